//! What a TLS error means in words: one value, and one sentence, for each thing that can be wrong.

use super::algorithm::{self, Signature};
use crate::chain_fault;
use remote_services_core::key::KeyError;
use rustls::{AlertDescription as Alert, CertificateError, Error, OtherError};
use std::fmt;
use std::sync::Arc;

/// Why there is no trusted connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// The server's certificate leads to none of our anchors.
    #[error("its certificate is from an unknown issuer; it is another server, or somebody is in between")]
    UnknownIssuer,
    /// The certificate is for the right host and from an authority that is another than before, than the pins want, or
    /// that shows a root of its own: what a proxy or firewall shows that opens the encrypted connection to look into it.
    #[error(
        "somebody in between opens the encrypted connection{}: the certificate for this host was issued by \
         {issuer:?}, which is no authority of this server. Proxies and firewalls that inspect TLS do so: have this \
         host exempted there",
        By(.proxy.as_deref())
    )]
    Intercepted {
        /// Who issued the certificate, as it says itself.
        issuer: String,
        /// The proxy that the connection went through, if it did.
        proxy: Option<String>,
    },
    /// The certificate is for the right host, and what came with it does not lead to an authority, ours or another: an
    /// interceptor and a server that leaves out a certificate look the same.
    #[error(
        "the certificate for this host was issued by {issuer:?}, and nothing that came with it leads to an authority \
         of this server: either the server does not send the certificates between its own and its authority's, or \
         somebody in between opens the encrypted connection{}, as proxies and firewalls that inspect TLS do; have the \
         server's chain completed, or this host exempted there",
        By(.proxy.as_deref())
    )]
    ForeignIssuer {
        /// Who issued the certificate, as it says itself.
        issuer: String,
        /// The proxy that the connection went through, if it did.
        proxy: Option<String>,
    },
    /// The certificate is for the right host and has a pinned key, or is from the authority that issued the one before or
    /// this client's own; what lies between it and the anchors is missing.
    #[error(
        "it does not send the certificates between its own, which {issuer:?} issued, and its authority's; the \
         server's chain has to be completed"
    )]
    IncompleteChain {
        /// Who issued the certificate, as it says itself.
        issuer: String,
    },
    /// The certificate is for another name.
    #[error("its certificate is for another host")]
    WrongHost,
    /// The server's name is not under a domain that the settings ask for.
    #[error("its name {name} is not under {suffixes}, as this client's settings demand")]
    WrongSuffix {
        /// The name that the server was asked by.
        name: String,
        /// The domains of the settings.
        suffixes: String,
    },
    /// The certificate's key is none of those that the settings pin.
    #[error(
        "its certificate has none of the keys that this client's settings pin; its key has the SHA-256 {found}"
    )]
    WrongPin {
        /// The pin that would fit.
        found: String,
    },
    /// The certificate's time is over.
    #[error("its certificate has expired, or the clock here is wrong")]
    Expired,
    /// The certificate's time has not come.
    #[error("its certificate is not valid yet, or the clock here is wrong")]
    NotYetValid,
    /// The certificate was revoked.
    #[error("its certificate was revoked")]
    Revoked,
    /// No list of revoked certificates speaks of this certificate's issuer, and the settings want one.
    #[error(
        "no list of revoked certificates (CRL) is from the issuer of its certificate, and the settings demand one"
    )]
    RevocationUnknown,
    /// The list of revoked certificates is too old, and the settings want a fresh one.
    #[error(
        "the list of revoked certificates (CRL) of its issuer is out of date, and the settings demand a fresh one"
    )]
    RevocationListExpired,
    /// A list of revoked certificates cannot be used: its signature does not hold, for one.
    #[error("the list of revoked certificates (CRL) of its issuer cannot be used: {0}")]
    RevocationList(String),
    /// The certificate is not for servers.
    #[error("its certificate is not meant for servers")]
    WrongPurpose,
    /// The certificate's KeyUsage does not let the server sign.
    #[error(
        "its certificate's key is not meant for signing (keyUsage without digitalSignature), which TLS demands of \
         a server's"
    )]
    WrongKeyUsage,
    /// The authority that issued the certificate may not issue it for this name.
    #[error("its certificate is for a name that its authority may not issue certificates for")]
    NameConstraint,
    /// A key in the certificates is too weak.
    #[error("its certificate, or an authority's on the way, has a weak key: {0}")]
    WeakKey(String),
    /// A certificate is signed by an algorithm that is not accepted.
    #[error("its certificate is signed by an algorithm that is too weak or not known: {0}")]
    SignatureAlgorithm(String),
    /// A signature is neither weak nor unknown, and the module under TLS has no such algorithm.
    #[error(
        "a signature in its certificates cannot be checked by the cryptographic module that this program is built \
         with: {0}"
    )]
    SignatureNotSupported(String),
    /// The server showed a certificate whose key it does not have.
    #[error("it does not hold the key of the certificate that it shows")]
    NotItsKey,
    /// Another fault of the certificate.
    #[error("its certificate is not acceptable: {0}")]
    Certificate(String),
    /// The module that holds this client's key did not sign.
    #[error("this client cannot show that its certificate is its own: {0}")]
    OwnKey(String),
    /// The server does not accept our certificate.
    #[error("it does not accept this client's certificate ({0})")]
    ClientRefused(String),
    /// The server sent an alert.
    #[error("it ended the handshake ({0})")]
    Alert(String),
    /// No TLS there, or none that both know.
    #[error("it does not speak TLS 1.2 or 1.3 in a way that both sides know: {0}")]
    Protocol(String),
}

/// The proxy, in the middle of a sentence.
struct By<'a>(Option<&'a str>);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |proxy| write!(f, ", probably the proxy {proxy}"))
    }
}

impl TlsFault {
    /// The same, seen through a proxy: who may then be the one in between.
    pub(crate) fn through(self, by: Option<&str>) -> Self {
        match self {
            Self::Intercepted { issuer, .. } => Self::Intercepted { issuer, proxy: by.map(str::to_owned) },
            Self::ForeignIssuer { issuer, .. } => {
                Self::ForeignIssuer { issuer, proxy: by.map(str::to_owned) }
            }
            other => other,
        }
    }

    /// As the error of a verifier, which rustls hands through.
    pub(super) fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}

impl From<&Error> for TlsFault {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(fault) => of_certificate(fault),
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
            Error::Other(OtherError(inner)) => match inner.downcast_ref::<KeyError>() {
                Some(error) => Self::OwnKey(error.to_string()),
                None => Self::Protocol(inner.to_string()),
            },
            other => Self::Protocol(other.to_string()),
        }
    }
}

fn of_certificate(fault: &CertificateError) -> TlsFault {
    use CertificateError as C;
    match fault {
        // Two authorities of the same name differ by their keys alone, so the signature is what fails.
        C::UnknownIssuer | C::BadSignature => TlsFault::UnknownIssuer,
        C::NotValidForName | C::NotValidForNameContext { .. } => TlsFault::WrongHost,
        C::Expired | C::ExpiredContext { .. } => TlsFault::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => TlsFault::NotYetValid,
        C::Revoked => TlsFault::Revoked,
        C::UnknownRevocationStatus => TlsFault::RevocationUnknown,
        C::ExpiredRevocationList | C::ExpiredRevocationListContext { .. } => TlsFault::RevocationListExpired,
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => TlsFault::WrongPurpose,
        C::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            match algorithm::signature(signature_algorithm_id) {
                Signature { name, is_sound: true } => TlsFault::SignatureNotSupported(name),
                Signature { name, is_sound: false } => TlsFault::SignatureAlgorithm(name),
            }
        }
        // The module has the algorithm, for keys of another kind.
        C::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id,
            public_key_algorithm_id,
        } => {
            let Signature { name, .. } = algorithm::signature(signature_algorithm_id);
            let key = algorithm::key(public_key_algorithm_id);
            TlsFault::SignatureNotSupported(format!("{name} by {key}"))
        }
        C::Other(OtherError(inner)) => match (inner.downcast_ref(), inner.downcast_ref()) {
            (Some(fault), _) => TlsFault::clone(fault),
            (None, Some(webpki::Error::NameConstraintViolation)) => TlsFault::NameConstraint,
            (None, Some(error)) => TlsFault::Certificate(in_words(error)),
            (None, None) => TlsFault::Certificate(inner.to_string()),
        },
        C::UnhandledCriticalExtension => {
            TlsFault::Certificate(in_words(&webpki::Error::UnsupportedCriticalExtension))
        }
        C::BadEncoding => TlsFault::Certificate(in_words(&webpki::Error::BadDer)),
        other => TlsFault::Certificate(other.to_string()),
    }
}

/// What webpki found, in the middle of a sentence.
fn in_words(error: &webpki::Error) -> String {
    match error {
        webpki::Error::CaUsedAsEndEntity => OF_AN_AUTHORITY.to_owned(),
        other => chain_fault::in_words(other),
    }
}

/// What OpenSSL makes when it is asked for nothing else.
const OF_AN_AUTHORITY: &str = "it is one of an authority (CA:TRUE), by which others are issued; the server \
                               needs one of its own (openssl req -x509 -addext \
                               basicConstraints=critical,CA:FALSE)";

#[cfg(test)]
mod tests {
    use super::*;

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
        let violated = OtherError(Arc::new(webpki::Error::NameConstraintViolation));
        assert_eq!(fault(CertificateError::Other(violated)), TlsFault::NameConstraint);
        let alert = TlsFault::from(&Error::AlertReceived(Alert::CertificateRequired));
        assert_eq!(alert, TlsFault::ClientRefused("CertificateRequired".to_owned()));
        let ours = TlsFault::WeakKey("RSA of 1024 bits".to_owned());
        assert_eq!(TlsFault::from(&ours.clone().into_error()), ours);
    }

    #[test]
    fn faults_of_certificates_are_told_in_words_and_not_by_the_names_of_a_library() {
        use webpki::Error as E;
        let said = |error: E| {
            let fault = CertificateError::Other(OtherError(Arc::new(error)));
            TlsFault::from(&Error::InvalidCertificate(fault)).to_string()
        };
        for (error, words) in [
            (E::PathLenConstraintViolated, "more authorities on the way than one of them allows"),
            (E::EndEntityUsedAsCa, "is no authority (CA:FALSE)"),
            (E::UnsupportedCriticalExtension, "a critical extension that this client does not know"),
            (E::MaximumPathDepthExceeded, "too many authorities"),
            (E::UnsupportedCertVersion, "version 3"),
        ] {
            let (name, said) = (format!("{error:?}"), said(error));
            assert!(said.contains(words) && !said.contains(&name), "{said}");
        }
        let said = TlsFault::from(&Error::InvalidCertificate(CertificateError::BadEncoding)).to_string();
        assert!(said.contains("cannot be read") && !said.contains("BadEncoding"), "{said}");
    }

    #[test]
    fn the_proxy_stands_in_the_sentence_when_there_is_one() {
        let fault = TlsFault::Intercepted { issuer: "CN=Firewall".to_owned(), proxy: None };
        assert!(!fault.to_string().contains("proxy proxy.test"), "{fault}");
        let fault = fault.through(Some("proxy.test:3128"));
        assert!(fault.to_string().contains("probably the proxy proxy.test:3128: the certificate"), "{fault}");
        assert!(fault.to_string().contains("\"CN=Firewall\""), "{fault}");
        let fault = TlsFault::ForeignIssuer { issuer: "CN=Middle".to_owned(), proxy: None };
        assert!(!fault.to_string().contains("proxy proxy.test"), "{fault}");
        let fault = fault.through(Some("proxy.test:3128"));
        assert!(fault.to_string().contains("probably the proxy proxy.test:3128, as proxies"), "{fault}");
        assert_eq!(TlsFault::Expired.through(Some("proxy.test:3128")), TlsFault::Expired);
    }
}
