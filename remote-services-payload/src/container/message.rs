//! Sealing what is no payload.

use remote_services_core::time::Timestamp;

use crate::kind::PayloadKind;
use crate::seal::{Certificate, Random, SealError, Signer, seal_octets};

/// Signs a message that is no payload and encrypts it to the recipients, all at the time `now`.
///
/// Payloads are archives: [`pack`](super::pack) and [`Packer`](super::Packer) seal them, after they have asked for
/// the consents. So this function takes no archive and no document of a kind that needs consent, and what it seals no
/// receiver of payloads takes.
///
/// The same call with the same randomness gives the same octets over RustCrypto with keys on curves.
/// Randomness must never be used twice.
///
/// # Errors
/// When `content` is an archive, such a document, or too long, a certificate cannot serve at `now`, or a key or the randomness fails.
pub fn seal_message(
    content: &[u8],
    signer: &Signer<'_>,
    recipients: &[Certificate],
    now: Timestamp,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    if content.starts_with(ARCHIVE) {
        return Err(SealError::Archive);
    }
    if let Some(kind) = PayloadKind::of_document(content).filter(|kind| kind.needs_consent()) {
        return Err(SealError::NeedsConsent { kind: kind.label() });
    }
    seal_octets(content, signer, recipients, now, random)
}

/// What an archive begins with, or the reader does not take it.
const ARCHIVE: &[u8] = b"PK";
