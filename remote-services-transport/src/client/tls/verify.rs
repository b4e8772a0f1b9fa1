//! The check of the server: webpki's first, and on top of it what the site's settings demand.
//!
//! ```text
//! certificate ─▶ anchors, time, usage, constraints, name ─▶ CRLs ─▶ strength and use of keys ─▶ suffix ─▶ pin ─▶ trusted
//!                └────────────── webpki ───────────────┘    └──────────────────── here ─────────────────┘
//! ```

use super::standing::Standing;
use super::stranger::Stranger;
use super::strength::{may, weakness, weakness_of_anchor};
use super::{TlsFault, TlsSettings};
use crate::registration_key::SpkiPin;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::cell::RefCell;
use std::sync::Arc;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

/// Believes servers that lead to the anchors and are what the settings demand.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    settings: TlsSettings,
    webpki: Arc<WebPkiServerVerifier>,
    stranger: Stranger,
}

impl Verifier {
    pub(super) fn new(
        roots: RootCertStore,
        provider: Arc<CryptoProvider>,
        settings: TlsSettings,
        own_chain: &[Vec<u8>],
    ) -> Result<Self, String> {
        let roots = Arc::new(roots);
        let stranger = Stranger::new(&roots, &settings, own_chain);
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let webpki = builder.build().map_err(|error| format!("the server cannot be checked: {error}"))?;
        Ok(Self { roots, provider, settings, webpki, stranger })
    }

    /// What webpki's refusal means, where more can be said than it says.
    fn explain(
        &self,
        error: Error,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Error {
        match &error {
            // A signature by a weak key is not looked at.
            Error::InvalidCertificate(CertificateError::BadSignature) => {
                let of_others = others.iter().filter_map(|certificate| weakness(certificate));
                let mut weak = of_others.chain(self.roots.roots.iter().filter_map(weakness_of_anchor));
                weak.next().map_or(error, |what| TlsFault::WeakKey(what).into_error())
            }
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                self.stranger.judge(certificate, others, name).map_or(error, TlsFault::into_error)
            }
            _ => error,
        }
    }

    /// Asks the lists of revoked certificates about a certificate that is trusted otherwise.
    fn revocation(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), TlsFault> {
        let Some(revocation) = &self.settings.revocation else { return Ok(()) };
        revocation.look();
        let (lists, algorithms) = (revocation.now(), self.provider.signature_verification_algorithms.all);
        let standing = Standing { lists: &lists, policy: revocation.policy(), now, algorithms };
        let fault = RefCell::new(None);
        // Where there is more than one way to the anchors, one that nothing speaks against will do.
        let check = |path: &VerifiedPath<'_>| {
            standing.judge(path).map_err(|found| {
                fault.replace(Some(found));
                webpki::Error::UnknownRevocationStatus
            })
        };
        let anchors = &self.roots.roots;
        let purpose = KeyUsage::server_auth();
        EndEntityCert::try_from(certificate)
            .and_then(|parsed| {
                parsed
                    .verify_for_usage(algorithms, anchors, others, now, purpose, None, Some(&check))
                    .map(drop)
            })
            .map_err(|_| fault.take().unwrap_or(TlsFault::UnknownIssuer))
    }

    fn suffix(&self, name: &ServerName<'_>) -> Result<(), TlsFault> {
        let suffixes = &self.settings.suffixes;
        let covered = match name {
            ServerName::DnsName(name) => suffixes.iter().any(|suffix| suffix.covers(name.as_ref())),
            _ => false,
        };
        if covered || suffixes.is_empty() {
            return Ok(());
        }
        let listed: Vec<String> = suffixes.iter().map(ToString::to_string).collect();
        Err(TlsFault::WrongSuffix { name: name.to_str().into_owned(), suffixes: listed.join(" or ") })
    }

    fn pin(&self, certificate: &CertificateDer<'_>) -> Result<(), TlsFault> {
        if self.settings.pins.is_empty() {
            return Ok(());
        }
        let unreadable = || TlsFault::Certificate("its key cannot be read".to_owned());
        let found = SpkiPin::of_certificate(certificate).ok_or_else(unreadable)?;
        if self.settings.pins.contains(&found) {
            Ok(())
        } else {
            Err(TlsFault::WrongPin { found: found.to_string() })
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self
            .webpki
            .verify_server_cert(certificate, others, name, ocsp, now)
            .map_err(|error| self.explain(error, certificate, others, name))?;
        self.revocation(certificate, others, now).map_err(TlsFault::into_error)?;
        if let Some(what) = weakness(certificate) {
            return Err(TlsFault::WeakKey(what).into_error());
        }
        // RFC 8446 §4.4.2.2; with TLS 1.2 all that is spoken here has the server sign, too.
        // What cannot be read, as one with an overlong serial number, is left to webpki, which has let it pass.
        if may(certificate, x509_cert::ext::pkix::KeyUsage::digital_signature) == Some(false) {
            return Err(TlsFault::WrongKeyUsage.into_error());
        }
        self.suffix(name).and_then(|()| self.pin(certificate)).map_err(TlsFault::into_error)?;
        self.stranger.remember(certificate);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki
            .verify_tls12_signature(message, certificate, signed)
            .map_err(|error| unproven(error, certificate))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki
            .verify_tls13_signature(message, certificate, signed)
            .map_err(|error| unproven(error, certificate))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What it means that a server's signature of the handshake does not hold. One by a weak key is not looked at.
pub(super) fn unproven(error: Error, certificate: &CertificateDer<'_>) -> Error {
    match error {
        Error::InvalidCertificate(CertificateError::BadSignature) => {
            weakness(certificate).map_or(TlsFault::NotItsKey, TlsFault::WeakKey).into_error()
        }
        other => other,
    }
}
