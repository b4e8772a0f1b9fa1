//! Which certificates are believed, and what a TLS error means in words.

use super::ClientError;
use crate::enrol::Identity;
use crate::enrol::TrustAnchors;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    AlertDescription as Alert, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use std::sync::Arc;

/// Why there is no trusted connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// The server's certificate leads to none of our anchors.
    #[error("its certificate is from an unknown issuer; it is another server, or somebody is in between")]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("its certificate is for another host")]
    WrongHost,
    /// The certificate's time is over.
    #[error("its certificate has expired, or the clock here is wrong")]
    Expired,
    /// The certificate's time has not come.
    #[error("its certificate is not valid yet, or the clock here is wrong")]
    NotYetValid,
    /// The certificate was revoked.
    #[error("its certificate was revoked")]
    Revoked,
    /// The certificate is not for servers.
    #[error("its certificate is not meant for servers")]
    WrongPurpose,
    /// Another fault of the certificate.
    #[error("its certificate is not acceptable: {0}")]
    Certificate(String),
    /// The server does not accept our certificate.
    #[error("it does not accept this client's certificate ({0})")]
    ClientRefused(String),
    /// The server sent an alert.
    #[error("it ended the handshake ({0})")]
    Alert(String),
    /// No TLS there, or none that both know.
    #[error("it does not speak TLS 1.2 or 1.3 in a way that both sides know: {0}")]
    Protocol(String),
    /// The certificate's owner's key or our own settings are of no use.
    #[error("{0}")]
    Setup(String),
}

impl From<&Error> for TlsFault {
    fn from(error: &Error) -> Self {
        use CertificateError as C;
        match error {
            Error::InvalidCertificate(fault) => match fault {
                // Two authorities of the same name differ by their keys alone, so the signature is what fails.
                C::UnknownIssuer | C::BadSignature => Self::UnknownIssuer,
                C::NotValidForName | C::NotValidForNameContext { .. } => Self::WrongHost,
                C::Expired | C::ExpiredContext { .. } => Self::Expired,
                C::NotValidYet | C::NotValidYetContext { .. } => Self::NotYetValid,
                C::Revoked => Self::Revoked,
                C::InvalidPurpose | C::InvalidPurposeContext { .. } => Self::WrongPurpose,
                other => Self::Certificate(other.to_string()),
            },
            Error::AlertReceived(alert) => match alert {
                Alert::CertificateRequired
                | Alert::NoCertificate
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::AccessDenied
                // Our certificate is from another authority of the same name as the server's.
                | Alert::DecryptError => Self::ClientRefused(format!("{alert:?}")),
                other => Self::Alert(format!("{other:?}")),
            },
            other => Self::Protocol(other.to_string()),
        }
    }
}

/// TLS with the client's certificate: for everything but enrolment.
pub(super) fn mutual(
    provider: Arc<CryptoProvider>,
    identity: &Identity,
) -> Result<Arc<ClientConfig>, ClientError> {
    let anchors = identity.anchors.certificates();
    let chain = identity.chain.iter().filter(|certificate| !anchors.contains(certificate));
    let chain = chain.map(|certificate| CertificateDer::from(certificate.clone())).collect();
    let key = PrivatePkcs8KeyDer::from(identity.key.to_pkcs8().to_vec());
    let config = versions(provider)?
        .with_root_certificates(roots(&identity.anchors)?)
        .with_client_auth_cert(chain, key.into())
        .map_err(|error| setup("this client's certificate and key cannot be used", &error))?;
    Ok(finished(config))
}

/// TLS that checks the server and shows no certificate: for the first enrolment.
pub(super) fn server_only(
    provider: Arc<CryptoProvider>,
    anchors: &TrustAnchors,
) -> Result<Arc<ClientConfig>, ClientError> {
    Ok(finished(versions(provider)?.with_root_certificates(roots(anchors)?).with_no_client_auth()))
}

/// TLS that believes any server. Only for asking what its trust anchors are, which are then checked against the pin;
/// nothing secret is sent over it.
pub(super) fn unchecked(provider: Arc<CryptoProvider>) -> Result<Arc<ClientConfig>, ClientError> {
    let verifier = Arc::new(AnyServer(Arc::clone(&provider)));
    let config = versions(provider)?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(finished(config.with_no_client_auth()))
}

fn versions(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, ClientError> {
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| setup("the crypto provider cannot do TLS 1.2 and 1.3", &error))
}

fn finished(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn roots(anchors: &TrustAnchors) -> Result<RootCertStore, ClientError> {
    let mut roots = RootCertStore::empty();
    for anchor in anchors.certificates() {
        roots
            .add(CertificateDer::from(anchor.as_slice()))
            .map_err(|error| setup("a trust anchor cannot be used", &error))?;
    }
    if roots.is_empty() { Err(ClientError::Setup("there is no trust anchor".to_owned())) } else { Ok(roots) }
}

fn setup(what: &str, error: &Error) -> ClientError {
    ClientError::Setup(format!("{what}: {error}"))
}

/// Checks that the server holds the key of the certificate that it shows, and nothing else.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What nginx says in place of a TLS alert: it completes the handshake and then answers in HTML.
pub(super) fn refusal_in(answer: &crate::exchange::Answer) -> Option<TlsFault> {
    let says = |sentence: &[u8]| answer.body.windows(sentence.len()).any(|window| window == sentence);
    match answer.status {
        495 | 496 => Some(TlsFault::ClientRefused(format!("status {}", answer.status))),
        400 if answer.media_type().as_deref() != Some("text/html") => None,
        400 if says(b"No required SSL certificate was sent") => {
            Some(TlsFault::ClientRefused("it says that none was sent".to_owned()))
        }
        400 if says(b"The SSL certificate error") => {
            Some(TlsFault::ClientRefused("it says that it is not valid".to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Answer;

    #[test]
    fn a_refusal_in_html_is_understood() {
        let page = |status, body: &str| Answer {
            status,
            fields: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let refused = |answer| matches!(refusal_in(&answer), Some(TlsFault::ClientRefused(_)));
        assert!(refused(page(400, "<center>No required SSL certificate was sent</center>")));
        assert!(refused(page(400, "<title>400 The SSL certificate error</title>")));
        assert!(refused(page(495, "")));
        assert!(!refused(page(400, "<title>400 Bad Request</title>")));
        assert!(!refused(page(200, "No required SSL certificate was sent")));
    }

    #[test]
    fn errors_of_certificates_are_told_apart() {
        let fault = |error| TlsFault::from(&Error::InvalidCertificate(error));
        assert_eq!(fault(CertificateError::UnknownIssuer), TlsFault::UnknownIssuer);
        assert_eq!(fault(CertificateError::BadSignature), TlsFault::UnknownIssuer);
        assert_eq!(fault(CertificateError::NotValidForName), TlsFault::WrongHost);
        assert_eq!(fault(CertificateError::Expired), TlsFault::Expired);
        assert_eq!(fault(CertificateError::NotValidYet), TlsFault::NotYetValid);
        assert_eq!(fault(CertificateError::Revoked), TlsFault::Revoked);
        assert_eq!(fault(CertificateError::InvalidPurpose), TlsFault::WrongPurpose);
        let alert = TlsFault::from(&Error::AlertReceived(Alert::CertificateRequired));
        assert_eq!(alert, TlsFault::ClientRefused("CertificateRequired".to_owned()));
    }
}
