//! Opening: the tag is checked before anything is decrypted, signature and signer before anything is given out.

use core::fmt;
use core::ops::Range;

use remote_services_core::time::Timestamp;
use zeroize::Zeroize;

use super::approval::Service;
use super::certificate::Certificate;
use super::envelope::Envelope;
use super::error::OpenError;
use super::keys::RecipientKey;
use super::trust::Trust;
use super::verify::verify_at;

/// Who opens: a certificate and its key.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The certificate that was sealed to. Its validity is not asked for: what was sealed in time stays readable.
    pub certificate: &'a Certificate,
    /// The key of `certificate`.
    pub key: &'a dyn RecipientKey,
}

/// What a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealLimits {
    /// Octets of a sealed or signed container. Default 16 MiB: a part of 8 MiB with room to spare.
    pub max_sealed: usize,
}

impl Default for SealLimits {
    fn default() -> Self {
        Self { max_sealed: 16 << 20 }
    }
}

/// Content that was sealed for us by somebody we trust.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The container, decrypted where it stood.
    octets: Vec<u8>,
    content: Range<usize>,
    /// The certificate of the signer, trusted at `signing_time`.
    pub signer: Certificate,
    /// When the signer says that it signed, to the second.
    pub signing_time: Timestamp,
}

impl Opened {
    /// The content: a zip for payloads.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.octets[self.content.clone()]
    }

    /// The content alone.
    #[must_use]
    pub fn into_content(mut self) -> Vec<u8> {
        self.octets.truncate(self.content.end);
        self.octets.drain(..self.content.start);
        self.octets
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("content_length", &self.content.len())
            .field("signer", &self.signer)
            .field("signing_time", &self.signing_time)
            .finish()
    }
}

/// Decrypts and verifies a sealed container. It is copied once: [`open_in_place`] does without.
///
/// # Errors
/// [`OpenError`] says what does not hold; nothing of the content is given out then.
pub fn open(
    sealed: &[u8],
    recipient: &Recipient<'_>,
    trust: &Trust,
    limits: &SealLimits,
) -> Result<Opened, OpenError> {
    if sealed.len() > limits.max_sealed {
        return Err(OpenError::TooLarge { length: sealed.len(), limit: limits.max_sealed });
    }
    open_in_place(sealed.to_vec(), recipient, trust, limits)
}

/// As [`open`], in the octets of the container itself, which are gone when it is refused.
///
/// # Errors
/// As [`open`].
pub fn open_in_place(
    mut octets: Vec<u8>,
    recipient: &Recipient<'_>,
    trust: &Trust,
    limits: &SealLimits,
) -> Result<Opened, OpenError> {
    if octets.len() > limits.max_sealed {
        return Err(OpenError::TooLarge { length: octets.len(), limit: limits.max_sealed });
    }
    if recipient.key.public_key() != *recipient.certificate.public_key() {
        return Err(OpenError::RecipientKeyMismatch);
    }
    recipient.certificate.check_may_receive().map_err(OpenError::RecipientCertificate)?;

    let envelope = Envelope::read(&octets)?;
    trust.demand(&[Service::ContentEncryption])?;
    let key = envelope.recipient(recipient.certificate)?.content_key(recipient.key, trust)?;
    let (nonce, tag) = (envelope.nonce, envelope.tag);
    let encrypted = envelope.offset..envelope.offset + envelope.encrypted.len();
    trust
        .crypto()
        .decrypt(&key, &nonce, &[], &mut octets[encrypted.clone()], &tag)
        .map_err(|_| OpenError::Tag)?;

    match verify_at(&octets[encrypted.clone()], trust, limits) {
        Ok((verified, from)) => {
            let from = encrypted.start + from;
            let content = from..from + verified.content.len();
            let (signer, signing_time) = (verified.signer, verified.signing_time);
            Ok(Opened { octets, content, signer, signing_time })
        }
        Err(error) => {
            octets.zeroize();
            Err(error)
        }
    }
}
