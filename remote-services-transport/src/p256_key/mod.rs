//! ECDSA on P-256 with SHA-256: the client's key and the signatures that are checked with it.
//!
//! RustCrypto where the crate is built with it, otherwise ring. With neither there is no key: what needs one fails.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

#[cfg(not(any(feature = "ring", feature = "rust-crypto")))]
mod none;
#[cfg(all(feature = "ring", any(test, not(feature = "rust-crypto"))))]
mod ring;
#[cfg(feature = "rust-crypto")]
mod rust_crypto;

#[cfg(not(any(feature = "ring", feature = "rust-crypto")))]
pub(crate) use none::{PrivateKey, verify};
#[cfg(all(feature = "ring", not(feature = "rust-crypto")))]
pub(crate) use ring::{PrivateKey, verify};
#[cfg(feature = "rust-crypto")]
pub(crate) use rust_crypto::{PrivateKey, verify};

/// A point in uncompressed form: `04 ‖ x ‖ y` (SEC 1 §2.3.3).
pub(crate) type Point = [u8; 65];

/// The `SubjectPublicKeyInfo` of a point (RFC 5480 §2).
pub(crate) fn spki_of(point: &Point) -> Vec<u8> {
    let curve = AnyRef::from(&SECP256R1);
    let encode = || -> der::Result<Vec<u8>> {
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(curve) },
            subject_public_key: BitStringRef::from_bytes(point)?,
        }
        .to_der()
    };
    encode().expect("a key of fixed shape is encodable")
}

/// The point in a `SubjectPublicKeyInfo`; `None` for other keys. Whether it lies on the curve, its use shows.
pub(crate) fn point_of(spki: &[u8]) -> Option<Point> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let curve: ObjectIdentifier = spki.algorithm.parameters?.decode_as().ok()?;
    let point: Point = spki.subject_public_key.as_bytes()?.try_into().ok()?;
    (spki.algorithm.oid == EC_PUBLIC_KEY && curve == SECP256R1 && point[0] == 4).then_some(point)
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

#[cfg(all(test, feature = "ring", feature = "rust-crypto"))]
mod tests {
    use super::*;
    use remote_services_core::key::{KeyKind, ecdsa_sig_value};

    #[test]
    fn a_key_of_one_module_is_the_same_key_in_the_other() {
        let made = PrivateKey::generate(&mut |octets| octets.fill(7)).unwrap();
        let read = ring::PrivateKey::from_pkcs8(&made.to_pkcs8()).unwrap();
        assert_eq!(made.point(), read.point());
        assert_eq!(*read.to_pkcs8(), *made.to_pkcs8());
        let drawn = ring::PrivateKey::generate(&mut |_| {}).unwrap();
        let read = PrivateKey::from_pkcs8(&drawn.to_pkcs8()).unwrap();
        assert_eq!(drawn.point(), read.point());
        assert_eq!(drawn.duplicate().point(), read.point());
        assert_ne!(drawn.point(), made.point());
        assert!(ring::PrivateKey::from_pkcs8(b"no key").is_none());
    }

    #[test]
    fn a_signature_of_one_module_holds_in_the_other_and_for_nothing_else() {
        let key = PrivateKey::generate(&mut |octets| octets.fill(7)).unwrap();
        let same = ring::PrivateKey::from_pkcs8(&key.to_pkcs8()).unwrap();
        let other = ring::PrivateKey::generate(&mut |_| {}).unwrap();
        for signature in [key.sign(b"octets"), same.sign(b"octets")] {
            let signature = ecdsa_sig_value(&signature, KeyKind::P256).unwrap();
            for verify in [verify, ring::verify] {
                assert!(verify(&key.point(), b"octets", &signature));
                assert!(!verify(&key.point(), b"Octets", &signature));
                assert!(!verify(&other.point(), b"octets", &signature));
                assert!(!verify(&[4; 65], b"octets", &signature));
                assert!(!verify(&key.point(), b"octets", &signature[1..]));
            }
        }
    }

    #[test]
    fn a_public_key_reads_back_and_other_kinds_do_not() {
        let point = PrivateKey::generate(&mut |octets| octets.fill(7)).unwrap().point();
        let spki = spki_of(&point);
        assert_eq!(point_of(&spki), Some(point));
        for at in 0..27 {
            let mut changed = spki.clone();
            changed[at] ^= 1;
            assert_eq!(point_of(&changed), None, "octet {at}");
        }
        assert_eq!(point_of(&spki[1..]), None);
    }
}
