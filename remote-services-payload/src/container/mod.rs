//! Archive and seal together: what a sender packs, and what a receiver may believe when it unpacks.
//!
//! The seal says who signed and that nothing changed. Only the manifest inside says for whom, for which
//! transfer and which part: without comparing it, one reader could pass a container on to another, a network
//! could deliver it twice or out of order, and a client could speak for another. [`unpack`] compares.
//!
//! Only here, and in [`Packer`], is an archive sealed: both ask for a consent to each kind that needs one, by the entry's
//! label, its schema and the namespace of the document itself. [`seal_message`] refuses archives, and
//! [`unpack`] takes nothing else.
//!
//! A log that is too long for one container goes as parts, each a container of its own, and a signed list:
//!
//! ```text
//! octets ──▶ Packer ──▶ part 1 of n … part n of n, list         each part below 8 MiB, each sealed alone
//!            holds one part                                     list: number, length and SHA-256 of each
//! octets ◀── Unpacker ◀── parts in any order, the list          missing, doubled, swapped, foreign and
//!            holds one part, remembers digests                  cut off parts each have their own error
//! ```
//!
//! A part seals with one digest and one pass of encryption over the buffer in which its archive was written,
//! and opens in the buffer in which it came, so that both together take the memory of three parts.

mod consent;
#[cfg(test)]
mod forged;
mod list;
mod message;
mod packer;
mod parts_error;
mod unpacker;

use remote_services_core::consent::{ConsentRefusal, Permit};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use thiserror::Error;

use consent::require_consent_of_document;

use crate::archive::{self, Archive, ArchiveError, ArchiveLimits, EntrySource, ManifestHead, Part};
use crate::seal::{
    Certificate, CryptoProvider, DigestAlgorithm, KeyId, OpenError, Opened, Random, Recipient, SealError,
    SealLimits, Sealing, Signer, Trust, open, open_in_place,
};

pub use consent::require_consent;
pub use list::{ListedPart, PARTS_NAMESPACE, PARTS_SCHEMA, PartList};
pub use message::seal_message;
pub use packer::{FinishedLog, LogHead, MAX_PART_OCTETS, PART_OCTETS, Packer, SealedPart};
pub use parts_error::PartsError;
pub use unpacker::{ExpectedLog, LogPart, Progress, Unpacker};

/// What a receiver accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// For the sealed container.
    pub seal: SealLimits,
    /// For the archive inside.
    pub archive: ArchiveLimits,
}

/// Packs, signs and seals, all at the time `head.created_at`. The recipients' key ids are written into the
/// manifest; what `head.recipients` holds is replaced.
///
/// Entries of kinds that need consent are sealed only with a permit among `permits` that covers the kind, the
/// device and the time; see [`require_consent`].
///
/// # Errors
/// When a consent is missing, or the archive or the seal cannot be made.
pub fn pack(
    head: ManifestHead,
    entries: &[EntrySource<'_>],
    permits: &[Permit<'_>],
    signer: &Signer<'_>,
    recipients: &[Certificate],
    limits: &Limits,
    random: &mut dyn Random,
) -> Result<Vec<u8>, PackError> {
    for entry in entries {
        require_consent(&head, entry.kind, permits)?;
        require_consent_of_document(&head, entry, permits)?;
    }
    pack_permitted(head, entries, signer, recipients, limits, random)
}

/// As [`pack`], for entries that need no consent or have it.
fn pack_permitted(
    mut head: ManifestHead,
    entries: &[EntrySource<'_>],
    signer: &Signer<'_>,
    recipients: &[Certificate],
    limits: &Limits,
    random: &mut dyn Random,
) -> Result<Vec<u8>, PackError> {
    head.recipients = recipients.iter().map(Certificate::key_id).collect();
    if recipients.is_empty() {
        return Err(SealError::NoRecipient.into());
    }
    let sealing = Sealing::new(signer, recipients, head.created_at, random)?;
    // The archive is written where it is signed and encrypted, behind the headers that the seal will need.
    let archive =
        archive::write_behind(sealing.headroom(), &head, entries, &limits.archive, signer.provider)?;
    let mut sealed = sealing.finish(archive, random)?;
    if sealed.capacity() / 2 > sealed.len() {
        sealed.shrink_to_fit();
    }
    Ok(sealed)
}

/// What the receiver knows before it opens, from the URL and the TLS session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The client that sent it.
    pub sender: &'a str,
    /// How the signer's certificate is bound to `sender`.
    pub binding: SignerBinding,
    /// The transfer.
    pub transfer: Uuid,
    /// The part.
    pub part: Part,
}

/// How the signer's certificate is bound to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerBinding {
    /// Its common name is the sender's identifier, as the server's authority issues it.
    CommonName,
    /// It holds this key, as registered for the sender.
    Key(KeyId),
}

/// A container that was opened, and whose manifest says what was expected. Entries are still to be read:
/// [`Self::archive`].
#[derive(Debug)]
pub struct Unpacked {
    /// The zip, its signer and the signing time.
    pub opened: Opened,
    limits: ArchiveLimits,
    provider: &'static dyn CryptoProvider,
}

impl Unpacked {
    /// The archive, ready to read entries from.
    ///
    /// # Errors
    /// None that [`unpack`] did not find already.
    pub fn archive(&self) -> Result<Archive<'_>, ArchiveError> {
        Archive::open_by(self.opened.content(), &self.limits, self.provider)
    }

    /// The zip as it was signed, for the archive.
    #[must_use]
    pub fn into_zip(self) -> Vec<u8> {
        self.opened.into_content()
    }
}

/// Opens, verifies, reads the manifest and compares it with what is expected. Entries are verified when they
/// are read.
///
/// # Errors
/// [`UnpackError`] says what does not hold; nothing is given out then.
pub fn unpack(
    sealed: &[u8],
    recipient: &Recipient<'_>,
    trust: &Trust,
    expected: &Expected<'_>,
    limits: &Limits,
) -> Result<Unpacked, UnpackError> {
    let opened = open(sealed, recipient, trust, &limits.seal)?;
    compared(opened, recipient, trust, expected, limits)
}

/// As [`unpack`], in the octets of the container itself, which are gone when it is refused.
///
/// # Errors
/// As [`unpack`].
pub fn unpack_in_place(
    sealed: Vec<u8>,
    recipient: &Recipient<'_>,
    trust: &Trust,
    expected: &Expected<'_>,
    limits: &Limits,
) -> Result<Unpacked, UnpackError> {
    let opened = open_in_place(sealed, recipient, trust, &limits.seal)?;
    compared(opened, recipient, trust, expected, limits)
}

fn compared(
    opened: Opened,
    recipient: &Recipient<'_>,
    trust: &Trust,
    expected: &Expected<'_>,
    limits: &Limits,
) -> Result<Unpacked, UnpackError> {
    let origin = Origin { sender: expected.sender, binding: expected.binding, transfer: expected.transfer };
    let archive = Archive::open_by(opened.content(), &limits.archive, trust.crypto())?;
    let head = &archive.manifest().head;
    origin.compare(head, &opened, recipient)?;
    if head.part != expected.part {
        return Err(UnpackError::Part { found: head.part, expected: expected.part });
    }
    Ok(Unpacked { opened, limits: limits.archive, provider: trust.crypto() })
}

/// SHA-256 by the module that does all else, so that a FIPS module digests the parts too.
fn sha256_by(provider: &dyn CryptoProvider, octets: &[u8]) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(provider.digest(DigestAlgorithm::Sha256, &[octets]).as_slice());
    sha256
}

/// From whom, and in which transfer: what is expected of whatever part.
struct Origin<'a> {
    sender: &'a str,
    binding: SignerBinding,
    transfer: Uuid,
}

impl Origin<'_> {
    /// As [`unpack_in_place`], whichever part it is.
    fn unpack(
        &self,
        sealed: Vec<u8>,
        recipient: &Recipient<'_>,
        trust: &Trust,
        limits: &Limits,
    ) -> Result<Unpacked, UnpackError> {
        let opened = open_in_place(sealed, recipient, trust, &limits.seal)?;
        let archive = Archive::open_by(opened.content(), &limits.archive, trust.crypto())?;
        self.compare(&archive.manifest().head, &opened, recipient)?;
        Ok(Unpacked { opened, limits: limits.archive, provider: trust.crypto() })
    }

    fn compare(
        &self,
        head: &ManifestHead,
        opened: &Opened,
        recipient: &Recipient<'_>,
    ) -> Result<(), UnpackError> {
        if head.sender != self.sender {
            return Err(UnpackError::Sender { found: head.sender.clone(), expected: self.sender.to_owned() });
        }
        let bound = match self.binding {
            SignerBinding::CommonName => opened.signer.common_name().as_deref() == Some(self.sender),
            SignerBinding::Key(key) => opened.signer.key_id() == key,
        };
        if !bound {
            return Err(UnpackError::Signer { sender: self.sender.to_owned() });
        }
        if !head.recipients.contains(&recipient.certificate.key_id()) {
            return Err(UnpackError::Recipient);
        }
        if head.transfer != self.transfer {
            return Err(UnpackError::Transfer { found: head.transfer, expected: self.transfer });
        }
        let (created, signed) = (head.created_at, opened.signing_time);
        // The signing time has whole seconds.
        if created.unix_seconds() > signed.unix_seconds() {
            return Err(UnpackError::Time { created, signed });
        }
        Ok(())
    }
}

/// Why nothing could be packed. Blame: the caller's input, a key or the source of randomness.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// A kind needs a consent that is missing.
    #[error(transparent)]
    Consent(#[from] ConsentRefusal),
    /// The archive could not be made.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The seal could not be made.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why a container was refused. Blame: the bytes or the peer that sent them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The seal does not hold.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The archive is not as it must be.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The manifest names another sender.
    #[error("the manifest names sender \"{found}\" (expected \"{expected}\")")]
    Sender {
        /// Sender in the manifest.
        found: String,
        /// Sender expected.
        expected: String,
    },
    /// Signed by somebody else than the sender.
    #[error("the signer's certificate is not that of \"{sender}\"")]
    Signer {
        /// The sender.
        sender: String,
    },
    /// The manifest does not name our key: somebody sealed again for us what was meant for others.
    #[error("the manifest does not name this recipient's key")]
    Recipient,
    /// The manifest names another transfer.
    #[error("the manifest names transfer {found} (expected {expected})")]
    Transfer {
        /// Transfer in the manifest.
        found: Uuid,
        /// Transfer expected.
        expected: Uuid,
    },
    /// The manifest names another part.
    #[error("the manifest names part {} of {} (expected {} of {})", found.number, found.of, expected.number, expected.of)]
    Part {
        /// Part in the manifest.
        found: Part,
        /// Part expected.
        expected: Part,
    },
    /// The archive says that it was made after it was signed.
    #[error("made at {created}, after it was signed at {signed}")]
    Time {
        /// Time in the manifest.
        created: Timestamp,
        /// Signing time.
        signed: Timestamp,
    },
}
