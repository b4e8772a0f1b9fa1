//! Whom the reader believes, and the path from a signer to them.

use core::time::Duration;

use der::asn1::ObjectIdentifier;
use remote_services_core::time::Timestamp;

use super::MAX_INTERMEDIATES;
use super::approval::{Approval, Service};
use super::certificate::Certificate;
use super::error::{ChainError, OpenError};
use super::provider::CryptoProvider;
use super::standard;

/// Extended key usage of a TLS client, which is what a device-management client's certificate has.
pub const PURPOSE_CLIENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// Extended key usage of a certificate that signs commands.
pub const PURPOSE_CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// Extended key usage of a certificate that signs manifests of software: id-kp-updatePackageSigning (RFC 9809 §3).
pub const PURPOSE_UPDATE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.43");

/// How far a signing time may lie ahead of the reader's clock, if the reader does not say otherwise: one hour.
pub const MAX_SKEW: Duration = Duration::from_secs(3600);

/// How long ago something may have been signed, if the reader does not say otherwise: 90 days.
pub const MAX_AGE: Duration = Duration::from_secs(90 * 24 * 3600);

/// Whom the reader believes, at which time.
///
/// Certificates are checked at the signing time, so that an upload that waited in a spool stays readable after
/// its signer's certificate expired. The signing time is the signer's own word; [`Self::max_age`] and
/// [`Self::max_skew`] bound how far it may lie from the reader's clock.
#[derive(Clone, Debug)]
pub struct Trust {
    anchors: Vec<Certificate>,
    signers: Vec<Certificate>,
    now: Timestamp,
    max_age: Duration,
    max_skew: Duration,
    purpose: Option<ObjectIdentifier>,
    role: Option<ObjectIdentifier>,
    provider: &'static dyn CryptoProvider,
    approved_only: bool,
}

impl Trust {
    /// Trusts nobody yet. Signing times from [`MAX_AGE`] before `now` to [`MAX_SKEW`] after it are accepted.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            anchors: Vec::new(),
            signers: Vec::new(),
            now,
            max_age: MAX_AGE,
            max_skew: MAX_SKEW,
            purpose: None,
            role: None,
            provider: standard(),
            approved_only: false,
        }
    }

    /// Believes every signer whose certificate this authority, or one below it, issued.
    #[must_use]
    pub fn authority(mut self, certificate: Certificate) -> Self {
        self.anchors.push(certificate);
        self
    }

    /// Believes this one signer, whoever issued its certificate.
    #[must_use]
    pub fn signer(mut self, certificate: Certificate) -> Self {
        self.signers.push(certificate);
        self
    }

    /// Oldest signing time accepted, counted back from now.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How far the signer's clock may be ahead.
    #[must_use]
    pub fn max_skew(mut self, skew: Duration) -> Self {
        self.max_skew = skew;
        self
    }

    /// Asks that the signer's certificate, if it has an extended key usage, names this purpose
    /// ([`PURPOSE_CLIENT`] for uploads).
    #[must_use]
    pub fn purpose(mut self, purpose: ObjectIdentifier) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Asks that the signer's certificate has an extended key usage which names this purpose and nothing else: one key, one
    /// role ([`PURPOSE_CODE_SIGNING`] for commands, [`PURPOSE_UPDATE_SIGNING`] for manifests of software).
    #[must_use]
    pub fn role(mut self, purpose: ObjectIdentifier) -> Self {
        self.role = Some(purpose);
        self
    }

    /// Verifies, and decrypts, with this module instead of the one that [`Self::new`] takes: RustCrypto, or ring in a crate that is built without.
    #[must_use]
    pub fn provider(mut self, provider: &'static dyn CryptoProvider) -> Self {
        self.provider = provider;
        self
    }

    /// Refuses what needs a service that the module does not offer as an approved one, whatever the sender chose: content
    /// keys by the X9.63 KDF and RSAES-OAEP with every module. Keys behind handles are the matter of who holds them.
    #[must_use]
    pub fn approved_only(mut self) -> Self {
        self.approved_only = true;
        self
    }

    pub(crate) fn demand(&self, services: &[Service]) -> Result<(), OpenError> {
        match services.iter().find(|it| self.provider.approval(**it) != Approval::Approved) {
            Some(service) if self.approved_only => {
                Err(OpenError::NotApproved { service: *service, module: self.provider.module().name })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn crypto(&self) -> &'static dyn CryptoProvider {
        self.provider
    }

    /// Checks the signing time against the reader's clock.
    pub(crate) fn check_time(&self, signed: Timestamp) -> Result<(), OpenError> {
        if signed > self.now.plus(self.max_skew) {
            Err(OpenError::SignedInFuture { signed, now: self.now })
        } else if signed < self.now.minus(self.max_age) {
            Err(OpenError::SignedTooLongAgo { signed, now: self.now })
        } else {
            Ok(())
        }
    }

    /// Checks the path from `leaf` over the certificates of `others` to an anchor; every one of `others` must
    /// be needed.
    pub(crate) fn check_path(
        &self,
        leaf: &Certificate,
        others: &[Certificate],
        at: Timestamp,
    ) -> Result<(), OpenError> {
        let used = self.path(leaf, others, at).map_err(OpenError::Untrusted)?;
        for certificate in core::iter::once(leaf).chain(others) {
            if let Ok(scheme) = certificate.signature_scheme() {
                self.demand(&[Service::Signature(scheme)])?;
            }
        }
        if used == others.len() { Ok(()) } else { Err(OpenError::SurplusCertificate) }
    }

    fn path(&self, leaf: &Certificate, others: &[Certificate], at: Timestamp) -> Result<usize, ChainError> {
        usable(leaf, at)?;
        leaf.check_may_sign()
            .map_err(|error| ChainError::Certificate { subject: leaf.subject_text(), error })?;
        if let Some(wanted) = self.purpose
            && !leaf.allows_purpose(wanted)
        {
            return Err(ChainError::ExtendedKeyUsage { subject: leaf.subject_text(), wanted });
        }
        if let Some(wanted) = self.role
            && !leaf.is_only_for(wanted)
        {
            return Err(ChainError::Role { subject: leaf.subject_text(), wanted });
        }
        if self.signers.contains(leaf) {
            return Ok(0);
        }
        let mut current = leaf;
        let mut used: Vec<&Certificate> = Vec::new();
        loop {
            if !current.algorithms_agree() {
                return Err(ChainError::AlgorithmsDiffer { subject: current.subject_text() });
            }
            if let Err(algorithm) = current.signature_scheme() {
                return Err(ChainError::Algorithm { subject: current.subject_text(), algorithm });
            }
            let is_issuer = |candidate: &&Certificate| {
                candidate.subject_der() == current.issuer_der()
                    && current.is_signed_by(candidate, self.provider)
            };
            // An authority that was renewed with its key has two certificates, and one of them may have ended.
            let mut refused = None;
            for anchor in self.anchors.iter().filter(is_issuer) {
                match authority(anchor, used.len(), at) {
                    Ok(()) => return Ok(used.len()),
                    Err(error) => refused = refused.or(Some(error)),
                }
            }
            if let Some(error) = refused {
                return Err(error);
            }
            let next = others.iter().filter(|other| !used.contains(other)).find(is_issuer);
            let next = match next {
                Some(next) if used.len() < MAX_INTERMEDIATES => next,
                _ => return Err(ChainError::UnknownIssuer { subject: current.subject_text() }),
            };
            authority(next, used.len(), at)?;
            used.push(next);
            current = next;
        }
    }
}

fn usable(certificate: &Certificate, at: Timestamp) -> Result<(), ChainError> {
    certificate
        .check_validity(at)
        .map_err(|error| ChainError::Certificate { subject: certificate.subject_text(), error })
}

/// Checks that the certificate may issue, with `below` authorities between it and the signer.
fn authority(certificate: &Certificate, below: usize, at: Timestamp) -> Result<(), ChainError> {
    usable(certificate, at)?;
    if !certificate.is_authority() {
        return Err(ChainError::NotAuthority { subject: certificate.subject_text() });
    }
    match certificate.path_length() {
        Some(most) if below > usize::from(most) => {
            Err(ChainError::PathTooLong { subject: certificate.subject_text() })
        }
        _ => Ok(()),
    }
}
