//! CMS AuthEnvelopedData (RFC 5083, RFC 5084), the writing side: who may read it.
//!
//! AES-256-GCM with a fresh key, wrapped for each recipient. The content is a whole ContentInfo with
//! SignedData, typed id-data as S/MIME and `openssl cms` do it.

use remote_services_core::time::Timestamp;
use zeroize::Zeroize;

use super::MAX_RECIPIENTS;
use super::asn1::{self, tag};
use super::certificate::Certificate;
use super::envelope::{self, MAC_ELEMENT};
use super::error::SealError;
use super::keys::Random;
use super::provider::Key256;
use super::recipient_info;
use super::sign::{Frame, Signer};

/// Signs `content` and encrypts it to the recipients, all at the time `now`.
///
/// The same call with the same randomness gives the same octets over [`super::rust_crypto`] with keys on curves.
/// Randomness must never be used twice.
///
/// # Errors
/// When a certificate cannot serve at `now`, a key or the randomness fails, or the content is too long.
pub fn seal(
    content: &[u8],
    signer: &Signer<'_>,
    recipients: &[Certificate],
    now: Timestamp,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    check_recipients(recipients, now)?;
    let frame = Frame::new(content, signer, now)?;
    let mut key = Key256::default();
    random.fill(key.as_mut())?;
    let mut infos = recipients
        .iter()
        .map(|certificate| recipient_info::write(certificate, &key, signer.provider, random))
        .collect::<Result<Vec<_>, _>>()?;
    infos.sort_unstable(); // DER order of a SET OF

    let length = frame.length(content);
    let (before, nonce_at) = envelope::header(length, &infos.concat());
    let mut out = Vec::with_capacity(before.len() + length + MAC_ELEMENT);
    out.extend_from_slice(&before);
    frame.write(content, &mut out);
    match signer.provider.encrypt(&key, &mut out[before.len()..], random) {
        Ok((nonce, tag)) => {
            out[nonce_at].copy_from_slice(&nonce);
            out.extend(asn1::element(tag::OCTET_STRING, &[&tag]));
            Ok(out)
        }
        Err(error) => {
            out.zeroize();
            Err(error.into())
        }
    }
}

fn check_recipients(recipients: &[Certificate], now: Timestamp) -> Result<(), SealError> {
    match recipients.len() {
        0 => return Err(SealError::NoRecipient),
        given if given > MAX_RECIPIENTS => return Err(SealError::TooManyRecipients { given }),
        _ => {}
    }
    for (index, certificate) in recipients.iter().enumerate() {
        certificate
            .check_validity(now)
            .and_then(|()| certificate.check_may_receive())
            .map_err(|error| SealError::RecipientCertificate { index, error })?;
    }
    Ok(())
}
