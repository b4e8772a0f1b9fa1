//! From the model to a sealed payload in the spool.

use crate::failure::{Context, Failure};
use crate::modules;
use remote_services_core::agent::Agent;
use remote_services_core::consent::Permit;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::{Uuid, uuid_v7};
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{self, Limits, LogHead, PackError, PartsError};
use remote_services_payload::kind::{Document, Encoded, encode_agent, encode_report};
use remote_services_payload::seal::{
    Certificate, CryptoProvider, KeyDerivation, KeyKind, Random, SealError, Service, Signer, SignerKey,
};
use remote_services_transport::document::Directory;
use remote_services_transport::enrol::Identity;

/// Seals payloads in the name of this client, to the keys of its server.
pub struct Packer {
    client: Uuid,
    provider: &'static dyn CryptoProvider,
    key: Box<dyn SignerKey>,
    certificate: Certificate,
    intermediates: Vec<Certificate>,
    recipients: Vec<Certificate>,
    derivation: KeyDerivation,
    /// Whether only what the module offers as an approved service may seal.
    pub(crate) approved_only: bool,
}

/// Why nothing was sealed.
#[derive(Debug)]
pub enum Unsealed {
    /// What was to be sent cannot be, now or later.
    Content(Failure),
    /// Nothing can be sealed now, whatever it is: the key does not sign, such as that of a token that is away, or a
    /// certificate is past its end while the server is away.
    Key(Failure),
}

/// Whether it is another time with the same content: a certificate is renewed, a token comes back.
fn passes(error: &PackError) -> bool {
    matches!(
        error,
        PackError::Seal(
            SealError::Key(KeyError::Module(_))
                | SealError::SignerCertificate(_)
                | SealError::RecipientCertificate { .. }
                | SealError::SignerKeyMismatch
        )
    )
}

/// The certificate that the server wants payloads to be sealed to.
///
/// # Errors
/// When it names none, or one that cannot be read.
pub(crate) fn recipient(directory: &Directory) -> Result<Certificate, Failure> {
    let none = || Failure::failed("the server names no certificate to encrypt to");
    let preferred = directory.encryption_certificates.first().ok_or_else(none)?;
    Certificate::from_der(&preferred.certificate.0).context("the server's encryption certificate")
}

/// A payload ready for the spool.
pub struct Sealed {
    /// Name of the upload.
    pub upload: Uuid,
    /// The sealed container.
    pub octets: Vec<u8>,
    /// The consents that it was sealed under.
    pub consents: Vec<Uuid>,
}

/// What the manifest says besides the documents.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    /// Number in the client's sequence.
    pub sequence: u64,
    /// When.
    pub now: Timestamp,
    /// Name of the redaction profile that the data went through.
    pub redaction: &'a str,
    /// The consents under which it is sent.
    pub permits: &'a [Permit<'a>],
}

impl Packer {
    /// A packer with the keys that the server's directory names; `provider` seals.
    ///
    /// # Errors
    /// When a certificate or the key cannot be used, or approved services only are demanded and the server's key needs
    /// another.
    pub fn new(
        identity: &Identity,
        directory: &Directory,
        provider: &'static dyn CryptoProvider,
        approved_only: bool,
    ) -> Result<Self, Failure> {
        let mut chain = identity
            .chain
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<Vec<_>, _>>()
            .context("this client's certificate")?;
        if chain.is_empty() {
            return Err(Failure::failed("this client has no certificate"));
        }
        let certificate = chain.remove(0);
        let anchors = identity.anchors.certificates();
        chain.retain(|intermediate| !anchors.iter().any(|anchor| anchor == intermediate.der()));
        let recipient = recipient(directory)?;
        let kind = recipient.public_key().kind();
        let derivation = derivation(kind, approved_only)?;
        let provider = modules::sealing_to(kind, provider);
        let key: Box<dyn SignerKey> = match identity.key.to_pkcs8() {
            Some(key) => provider.signer(&key).context("this client's key")?,
            None => Box::new(identity.key.duplicate()),
        };
        Ok(Self {
            client: identity.client,
            provider,
            key,
            certificate,
            intermediates: chain,
            recipients: vec![recipient],
            derivation,
            approved_only,
        })
    }

    /// Seals the documents of a device: six, and the detailed usage when there is one.
    ///
    /// # Errors
    /// When a value cannot be carried, or sealing fails.
    pub fn device(&self, report: &DeviceReport, device: Uuid, label: &Label<'_>) -> Result<Sealed, Unsealed> {
        let documents = encode_report(report).context("cannot write the device's documents")?;
        self.seal(&documents, Some(device), label)
    }

    /// Seals the document about this agent.
    ///
    /// # Errors
    /// When a value cannot be carried, or sealing fails.
    pub fn agent(&self, agent: &Agent, label: &Label<'_>) -> Result<Sealed, Failure> {
        let document = encode_agent(agent).context("cannot write the agent's document")?;
        Ok(self.seal(&[document], None, label)?)
    }

    /// Seals one document, such as those that need consent.
    ///
    /// # Errors
    /// When no permit covers it, a value cannot be carried, or sealing fails.
    pub fn document(
        &self,
        document: &Document,
        device: Option<Uuid>,
        label: &Label<'_>,
    ) -> Result<Sealed, Failure> {
        let kind = document.kind().entry_name();
        let encoded = document.encode().context(format_args!("cannot write {kind}"))?;
        Ok(self.seal(&[encoded], device, label)?)
    }

    /// A packer of one log in parts of so many octets.
    ///
    /// # Errors
    /// When the log cannot be cut so.
    pub fn log<'a>(
        &'a self,
        head: LogHead,
        part_octets: usize,
        permits: &'a [Permit<'a>],
    ) -> Result<container::Packer<'a>, PartsError> {
        let limits = Limits::default();
        container::Packer::new(head, part_octets, permits, self.signer(), &self.recipients, limits)
    }

    /// Randomness of the module that seals.
    pub(crate) fn random(&self) -> Box<dyn Random> {
        self.provider.random()
    }

    fn signer(&self) -> Signer<'_> {
        Signer {
            intermediates: &self.intermediates,
            provider: self.provider,
            derivation: self.derivation,
            approved_only: self.approved_only,
            ..Signer::new(&self.certificate, &*self.key)
        }
    }

    fn seal(
        &self,
        documents: &[Encoded],
        device: Option<Uuid>,
        label: &Label<'_>,
    ) -> Result<Sealed, Unsealed> {
        let upload = fresh_uuid(label.now)?;
        let head = ManifestHead {
            version: ManifestVersion::V1_0,
            payload: fresh_uuid(label.now)?,
            transfer: upload,
            sender: self.client.to_string(),
            recipients: Vec::new(),
            sequence: label.sequence,
            part: Part::WHOLE,
            created_at: label.now,
            redaction: label.redaction.to_owned(),
            device: device.map(|device| device.to_string()),
        };
        let entries: Vec<EntrySource<'_>> = documents.iter().map(EntrySource::from).collect();
        let packed = container::pack(
            head,
            &entries,
            label.permits,
            &self.signer(),
            &self.recipients,
            &Limits::default(),
            &mut *self.provider.random(),
        );
        match packed {
            Ok(octets) => {
                let consents = label.permits.iter().map(|permit| permit.consent().id).collect();
                Ok(Sealed { upload, octets, consents })
            }
            Err(error) => {
                let failure = Failure::failed(format_args!("cannot seal: {error}"));
                Err(if passes(&error) { Unsealed::Key(failure) } else { Unsealed::Content(failure) })
            }
        }
    }
}

impl From<Failure> for Unsealed {
    fn from(failure: Failure) -> Self {
        Self::Content(failure)
    }
}

impl From<Unsealed> for Failure {
    fn from(unsealed: Unsealed) -> Self {
        match unsealed {
            Unsealed::Content(failure) | Unsealed::Key(failure) => failure,
        }
    }
}

/// How keys come of an agreement with a recipient of this kind, and whether it may be sealed to at all.
fn derivation(recipient: KeyKind, approved_only: bool) -> Result<KeyDerivation, Failure> {
    match recipient {
        _ if !approved_only => Ok(KeyDerivation::default()),
        KeyKind::Rsa => Err(Failure::failed(format_args!(
            "[payload] fips: the server's encryption certificate has an RSA key, and {} is no approved service; the \
             server must name one with a key on P-256 or P-384",
            Service::KeyTransport
        ))),
        kind => Ok(KeyDerivation::hkdf(kind)),
    }
}

/// A fresh UUIDv7.
///
/// # Errors
/// When the module that seals has no randomness.
pub fn fresh_uuid(now: Timestamp) -> Result<Uuid, Failure> {
    let mut random = [0; 10];
    modules::at_rest()?.random().fill(&mut random).context("cannot name a payload")?;
    Ok(uuid_v7(now, random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demand_for_approved_services_changes_the_key_derivation_and_refuses_rsa_keys() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Rsa] {
            assert_eq!(derivation(kind, false).unwrap(), KeyDerivation::X963Sha256);
        }
        assert_eq!(derivation(KeyKind::P256, true).unwrap(), KeyDerivation::HkdfSha256);
        assert_eq!(derivation(KeyKind::P384, true).unwrap(), KeyDerivation::HkdfSha384);
        let refused = derivation(KeyKind::Rsa, true).unwrap_err().to_string();
        assert!(refused.contains("RSAES-OAEP with SHA-256 is no approved service"), "{refused}");
    }
}
