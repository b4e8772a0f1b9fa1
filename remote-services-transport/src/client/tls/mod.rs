//! Which certificates are believed, and what a TLS error means in words.
//!
//! ```text
//! settings     what the site demands beyond what always holds: suffix, pins, revocation, versions
//! verify       the server: webpki's check, then the site's; strength: which keys are too weak; stranger: whether who is not
//!              trusted is an interceptor
//! revocation   lists of revoked certificates, which may be replaced at any time; crl: one of them; standing: what they say
//!              together
//! held_key     signs the handshake with a key that something else holds
//! report       whose cryptography it is, and what of it is approved
//! fault        each thing that can be wrong, and its sentence; algorithm: what certificates name by numbers
//! ```

mod algorithm;
mod crl;
mod fault;
mod held_key;
mod report;
mod revocation;
mod settings;
mod standing;
mod stranger;
mod strength;
mod verify;

pub use fault::TlsFault;
pub use report::{TlsPurpose, TlsReport, TlsService};
pub use revocation::{RevocationListError, RevocationLists, RevocationLook, RevocationPolicy};
pub use settings::{NameSuffix, NotADomain, PostQuantum, TlsSettings, TlsVersions};

use super::{ClientConfig as Settings, ClientError};
use crate::enrol::{Identity, TrustAnchors};
use held_key::HeldKey;
use report::{group_is_on, is_hybrid, suite_is_on};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use std::sync::Arc;
use verify::{Verifier, unproven};

/// TLS with the client's certificate: for everything but enrolment.
pub(super) fn mutual(settings: &Settings, identity: &Identity) -> Result<Arc<ClientConfig>, ClientError> {
    let anchors = identity.anchors.certificates();
    let chain = identity.chain.iter().filter(|certificate| !anchors.contains(certificate));
    let chain = chain.map(|certificate| CertificateDer::from(certificate.clone())).collect();
    let unusable = |error| setup("this client's certificate and key cannot be used", &error);
    let key: Arc<dyn SigningKey> = match identity.key.to_pkcs8() {
        Some(key) => {
            let key = PrivatePkcs8KeyDer::from(key.to_vec());
            settings.provider.key_provider.load_private_key(key.into()).map_err(unusable)?
        }
        None => Arc::new(HeldKey::new(identity.key.duplicate())),
    };
    let shown = CertifiedKey::new(chain, key);
    shown.keys_match().map_err(unusable)?;
    let shown = Arc::new(SingleCertAndKey::from(shown));
    let config = checking(settings, &identity.anchors, &identity.chain)?.with_client_cert_resolver(shown);
    finished(settings, config)
}

/// TLS that checks the server and shows no certificate: for the first enrolment.
pub(super) fn server_only(
    settings: &Settings,
    anchors: &TrustAnchors,
) -> Result<Arc<ClientConfig>, ClientError> {
    finished(settings, checking(settings, anchors, &[])?.with_no_client_auth())
}

/// TLS that believes any server. Only for asking what its trust anchors are, which are then checked against the pin;
/// nothing secret is sent over it.
pub(super) fn unchecked(settings: &Settings) -> Result<Arc<ClientConfig>, ClientError> {
    let verifier = Arc::new(AnyServer(Arc::clone(&settings.provider)));
    let config = versions(settings)?.dangerous().with_custom_certificate_verifier(verifier);
    finished(settings, config.with_no_client_auth())
}

/// A builder that has the verifier of servers.
fn checking(
    settings: &Settings,
    anchors: &TrustAnchors,
    own_chain: &[Vec<u8>],
) -> Result<ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, ClientError> {
    let (provider, demands) = (Arc::clone(&settings.provider), settings.tls.clone());
    let verifier = Verifier::new(roots(anchors)?, provider, demands, own_chain);
    let verifier = Arc::new(verifier.map_err(ClientError::Setup)?);
    // The verifier asks webpki first and only ever refuses more.
    Ok(versions(settings)?.dangerous().with_custom_certificate_verifier(verifier))
}

fn versions(settings: &Settings) -> Result<ConfigBuilder<ClientConfig, rustls::WantsVerifier>, ClientError> {
    let versions = match settings.tls.versions {
        TlsVersions::From12 => &[&rustls::version::TLS13, &rustls::version::TLS12][..],
        TlsVersions::Only13 => &[&rustls::version::TLS13],
    };
    ClientConfig::builder_with_provider(ordered(settings)).with_protocol_versions(versions).map_err(|error| {
        setup("the crypto provider cannot do the versions of TLS that are asked for", &error)
    })
}

/// The provider with what the settings let be used, hybrid key exchanges first.
fn ordered(settings: &Settings) -> Arc<CryptoProvider> {
    let mut provider = CryptoProvider::clone(&settings.provider);
    provider.cipher_suites.retain(|suite| suite_is_on(suite, &settings.tls));
    provider.kx_groups.retain(|group| group_is_on(group.name(), &settings.tls));
    provider.kx_groups.sort_by_key(|group| !is_hybrid(group.name()));
    Arc::new(provider)
}

/// What the module has, and what of it may be used with these settings.
pub(super) fn report(settings: &Settings) -> TlsReport {
    TlsReport::of(&settings.provider, &settings.tls)
}

fn finished(settings: &Settings, mut config: ClientConfig) -> Result<Arc<ClientConfig>, ClientError> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if settings.tls.revocation.is_some() {
        config.resumption = Resumption::disabled();
    }
    if settings.tls.fips {
        // The extended master secret of TLS 1.2 (RFC 7627) is part of what is approved.
        config.require_ems = true;
        if !config.fips() {
            return Err(ClientError::NotFips(Box::new(report(settings))));
        }
    }
    Ok(Arc::new(config))
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
            .map_err(|error| unproven(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
            .map_err(|error| unproven(error, certificate))
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
}
