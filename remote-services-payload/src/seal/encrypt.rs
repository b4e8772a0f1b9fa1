//! CMS AuthEnvelopedData (RFC 5083, RFC 5084): who may read it.
//!
//! AES-256-GCM with a fresh key. For each recipient one KeyAgreeRecipientInfo (RFC 5753) with an ephemeral
//! key of its own. The content is a whole ContentInfo with SignedData, typed id-data as S/MIME and
//! `openssl cms` do it.

use remote_services_core::time::Timestamp;
use zeroize::Zeroize;

use super::asn1::{self, tag};
use super::certificate::Certificate;
use super::crypto::{self, Key256};
use super::error::SealError;
use super::keys::{Random, RecipientKey, SoftwareRecipient};
use super::sign::{Frame, Signer};
use super::{MAX_RECIPIENTS, oid};

/// Signs `content` and encrypts it to the recipients, all at the time `now`.
///
/// The same call with the same randomness gives the same octets if the key signs deterministically, as
/// [`super::SoftwareSigner`] does. Randomness must never be used twice.
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
    let mut nonce = [0; crypto::NONCE];
    random.fill(&mut nonce)?;

    let length = frame.length(content);
    let before = header(length, &recipient_infos(recipients, &key, random)?, &nonce);
    let mut out = Vec::with_capacity(before.len() + length + MAC_ELEMENT);
    out.extend_from_slice(&before);
    frame.write(content, &mut out);
    let Some(tag) = crypto::aes_gcm_seal(&key, &nonce, &mut out[before.len()..]) else {
        out.zeroize();
        return Err(SealError::Internal("AES-GCM refused the content"));
    };
    out.extend(asn1::element(tag::OCTET_STRING, &[&tag]));
    Ok(out)
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
            .and_then(|()| certificate.check_may_agree())
            .map_err(|error| SealError::RecipientCertificate { index, error })?;
    }
    Ok(())
}

/// The RecipientInfos, encoded and in DER order, one after the other.
fn recipient_infos(
    recipients: &[Certificate],
    key: &Key256,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    let mut infos = recipients
        .iter()
        .map(|certificate| recipient_info(certificate, key, random))
        .collect::<Result<Vec<_>, _>>()?;
    infos.sort_unstable();
    Ok(infos.concat())
}

fn recipient_info(
    certificate: &Certificate,
    key: &Key256,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    let ephemeral = SoftwareRecipient::generate(random)?;
    let shared = ephemeral.agree(&certificate.public_key())?;
    let wrapped = crypto::wrap(&crypto::key_encryption_key(&shared), key)
        .ok_or(SealError::Internal("AES key wrap refused the key"))?;

    // Zero unused bits stand before the point in a BIT STRING.
    let point = asn1::element(tag::BIT_STRING, &[&[0], &ephemeral.public_key()]);
    let originator_key = asn1::element(tag::CONTEXT_1, &[&asn1::algorithm(oid::EC_PUBLIC_KEY, &[]), &point]);
    let encrypted_key = asn1::element(
        tag::SEQUENCE,
        &[certificate.issuer_and_serial(), &asn1::element(tag::OCTET_STRING, &[&wrapped])],
    );
    Ok(asn1::element(
        tag::CONTEXT_1,
        &[
            &asn1::small_integer(KEY_AGREE_VERSION),
            &asn1::element(tag::CONTEXT_0, &[&originator_key]),
            &asn1::algorithm(oid::ECDH_SHA_256_KDF, &asn1::algorithm(oid::AES_256_WRAP, &[])),
            &asn1::element(tag::SEQUENCE, &[&encrypted_key]),
        ],
    ))
}

/// Everything before `length` encrypted octets.
fn header(length: usize, recipient_infos: &[u8], nonce: &[u8; crypto::NONCE]) -> Vec<u8> {
    let parameters = asn1::element(
        tag::SEQUENCE,
        &[&asn1::element(tag::OCTET_STRING, &[nonce]), &asn1::small_integer(ICV_LENGTH)],
    );
    let mut before = vec![asn1::header(tag::CONTEXT_0_PRIMITIVE, length)];
    // From the inside out: each step wraps all that comes after it.
    let inner = |before: &[Vec<u8>]| before.iter().map(Vec::len).sum::<usize>() + length;
    before.push(asn1::algorithm(oid::AES_256_GCM, &parameters));
    before.push(asn1::oid(oid::DATA));
    before.push(asn1::header(tag::SEQUENCE, inner(&before)));
    before.push(asn1::element(tag::SET, &[recipient_infos]));
    before.push(asn1::small_integer(AUTH_ENVELOPED_VERSION));
    before.push(asn1::header(tag::SEQUENCE, inner(&before) + MAC_ELEMENT));
    before.push(asn1::header(tag::CONTEXT_0, inner(&before) + MAC_ELEMENT));
    before.push(asn1::oid(oid::AUTH_ENVELOPED_DATA));
    before.push(asn1::header(tag::SEQUENCE, inner(&before) + MAC_ELEMENT));
    before.reverse();
    before.concat()
}

/// RFC 5083 §2.1
const AUTH_ENVELOPED_VERSION: u8 = 0;
/// RFC 5652 §6.2.2
const KEY_AGREE_VERSION: u8 = 3;
/// aes-ICVlen (RFC 5084 §3.2); the default of 12 is not used.
const ICV_LENGTH: u8 = 16;
/// The MAC as an element.
const MAC_ELEMENT: usize = 2 + crypto::TAG;
