//! Which keys are too weak, whatever signs them, and what a key may be used for.

use super::algorithm::{self, EC, ED448, ED25519, P256, P384, P521, RSA};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use rustls_pki_types::TrustAnchor;
use x509_cert::Certificate;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::spki::AlgorithmIdentifierRef;

/// What is weak about the key in a certificate (DER), if anything is. What cannot be read is left to others.
pub(super) fn weakness(certificate: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let key = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
    weakness_of_key(AnyRef::from_der(&key).ok()?.value())
}

/// The same of the key of an anchor.
pub(super) fn weakness_of_anchor(anchor: &TrustAnchor<'_>) -> Option<String> {
    weakness_of_key(&anchor.subject_public_key_info)
}

/// The same of a SubjectPublicKeyInfo without its tag and length, as root stores keep it.
fn weakness_of_key(inside: &[u8]) -> Option<String> {
    let mut reader = SliceReader::new(inside).ok()?;
    let algorithm = AlgorithmIdentifierRef::decode(&mut reader).ok()?;
    let key = BitStringRef::decode(&mut reader).ok()?;
    match algorithm.oid {
        RSA => {
            let bits = modulus_bits(key.as_bytes()?)?;
            (bits < LEAST_RSA_BITS).then(|| format!("RSA of {bits} bits, fewer than {LEAST_RSA_BITS}"))
        }
        EC => {
            let curve = algorithm.parameters?.decode_as::<ObjectIdentifier>().ok()?;
            (!CURVES.contains(&curve)).then(|| format!("the elliptic curve {}", algorithm::curve(&curve)))
        }
        ED25519 | ED448 => None,
        other => Some(format!("a key of the kind {other}")),
    }
}

/// Whether a certificate's KeyUsage (RFC 5280 §4.2.1.3) has what `allows` looks for; without the extension there is no
/// limit. `None` when the certificate cannot be read.
pub(super) fn may(certificate: &[u8], allows: impl Fn(&KeyUsage) -> bool) -> Option<bool> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let usage = certificate.tbs_certificate().get_extension::<KeyUsage>().ok()?;
    Some(usage.is_none_or(|(_, usage)| allows(&usage)))
}

/// Bits of the modulus of an RSAPublicKey (RFC 8017 §A.1.1).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader
        .sequence(|inside: &mut SliceReader<'_>| {
            let modulus = UintRef::decode(inside)?;
            UintRef::decode(inside)?;
            Ok::<_, der::Error>(modulus)
        })
        .ok()?;
    let octets = modulus.as_bytes();
    Some(octets.len() * 8 - octets.first()?.leading_zeros() as usize)
}

/// SP 800-57 part 1: 112 bits of strength.
const LEAST_RSA_BITS: usize = 2048;
const CURVES: [ObjectIdentifier; 3] = [P256, P384, P521];
