//! CMS AuthEnvelopedData (RFC 5083, RFC 5084), the writing side: who may read it.
//!
//! AES-256-GCM with a fresh key, wrapped for each recipient. The content is a whole ContentInfo with
//! SignedData, typed id-data as S/MIME and `openssl cms` do it.

use core::ops::Range;

use remote_services_core::time::Timestamp;
use zeroize::Zeroize;

use super::MAX_RECIPIENTS;
use super::approval::Service;
use super::asn1::{self, tag};
use super::certificate::Certificate;
use super::envelope::{self, MAC_ELEMENT};
use super::error::SealError;
use super::keys::Random;
use super::provider::Key256;
use super::recipient_info;
use super::sign::{Frame, Signer};

/// Signs `content`, whatever it is, and encrypts it to the recipients, all at the time `now`.
pub(crate) fn seal_octets(
    content: &[u8],
    signer: &Signer<'_>,
    recipients: &[Certificate],
    now: Timestamp,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    let sealing = Sealing::new(signer, recipients, now, random)?;
    let frame = Frame::new(content, signer, now)?;
    let length = frame.length(content);
    let (before, nonce_at) = envelope::header(length, &sealing.infos);
    let mut out = Vec::with_capacity(before.len() + length + MAC_ELEMENT);
    out.extend_from_slice(&before);
    frame.write(content, &mut out);
    sealing.encrypt(&mut out, before.len(), nonce_at, random)?;
    Ok(out)
}

/// A seal begun: the content key, wrapped for each recipient.
pub(crate) struct Sealing<'a> {
    signer: &'a Signer<'a>,
    now: Timestamp,
    key: Key256,
    infos: Vec<u8>,
}

impl<'a> Sealing<'a> {
    pub(crate) fn new(
        signer: &'a Signer<'a>,
        recipients: &[Certificate],
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Self, SealError> {
        check_recipients(recipients, now)?;
        signer.demand(&[Service::ContentEncryption])?;
        let mut key = Key256::default();
        random.fill(key.as_mut())?;
        let mut infos = recipients
            .iter()
            .map(|certificate| recipient_info::write(certificate, &key, signer, random))
            .collect::<Result<Vec<_>, _>>()?;
        infos.sort_unstable(); // DER order of a SET OF
        Ok(Self { signer, now, key, infos: infos.concat() })
    }

    /// Octets that [`Self::finish`] needs before the content.
    pub(crate) fn headroom(&self) -> usize {
        self.infos.len() + FRAME_ROOM
    }

    /// Seals the content that stands in `buffer` behind the headroom, where it stands.
    pub(crate) fn finish(self, mut buffer: Vec<u8>, random: &mut dyn Random) -> Result<Vec<u8>, SealError> {
        let content_at = self.headroom();
        let too_short = SealError::Internal("no headroom before the content");
        let content = buffer.get(content_at..).ok_or(too_short)?;
        let frame = Frame::new(content, self.signer, self.now)?;
        let (before, nonce_at) = envelope::header(frame.length(content), &self.infos);
        let encrypted_at = content_at.checked_sub(frame.before.len());
        let start = encrypted_at.and_then(|at| at.checked_sub(before.len()));
        let (Some(encrypted_at), Some(start)) = (encrypted_at, start) else {
            return Err(SealError::Internal("the headroom does not hold the headers"));
        };
        buffer[start..encrypted_at].copy_from_slice(&before);
        buffer[encrypted_at..content_at].copy_from_slice(&frame.before);
        buffer.extend_from_slice(&frame.after);
        self.encrypt(&mut buffer, encrypted_at, nonce_at.start + start..nonce_at.end + start, random)?;
        buffer.drain(..start);
        Ok(buffer)
    }

    /// Encrypts what stands from `at` on, fills the nonce in and adds the tag.
    fn encrypt(
        &self,
        out: &mut Vec<u8>,
        at: usize,
        nonce_at: Range<usize>,
        random: &mut dyn Random,
    ) -> Result<(), SealError> {
        match self.signer.provider.encrypt(&self.key, &[], &mut out[at..], random) {
            Ok((nonce, tag)) => {
                out[nonce_at].copy_from_slice(&nonce);
                out.extend(asn1::element(tag::OCTET_STRING, &[&tag]));
                Ok(())
            }
            Err(error) => {
                out.zeroize();
                Err(error.into())
            }
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

/// Headers of both structures around the content, their lengths in four octets.
const FRAME_ROOM: usize = 256;
