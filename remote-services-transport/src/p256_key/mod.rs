//! ECDSA on P-256 with SHA-256: the client's key and the signatures that are checked with it.
//!
//! AWS-LC's FIPS module where the crate is built with it, otherwise RustCrypto, otherwise ring. With none of them there is
//! no key: what needs one fails.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

#[cfg(any(feature = "fips", all(feature = "ring", any(test, not(feature = "rust-crypto")))))]
mod by_module;
#[cfg(not(any(feature = "fips", feature = "ring", feature = "rust-crypto")))]
mod none;
#[cfg(all(feature = "rust-crypto", any(test, not(feature = "fips"))))]
mod rust_crypto;

#[cfg(any(feature = "fips", all(feature = "ring", not(feature = "rust-crypto"))))]
pub(crate) use by_module::{MODULE, PrivateKey, fips_mode, verify};
#[cfg(not(any(feature = "fips", feature = "ring", feature = "rust-crypto")))]
pub(crate) use none::{MODULE, PrivateKey, fips_mode, verify};
#[cfg(all(feature = "rust-crypto", not(feature = "fips")))]
pub(crate) use rust_crypto::{MODULE, PrivateKey, fips_mode, verify};

#[cfg(all(test, feature = "rust-crypto"))]
pub(crate) use rust_crypto::fixed;

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

#[cfg(all(test, any(feature = "fips", feature = "ring"), feature = "rust-crypto"))]
mod tests {
    use super::{by_module, point_of, rust_crypto, spki_of};
    use remote_services_core::key::{KeyKind, ecdsa_sig_value};

    fn made() -> rust_crypto::PrivateKey {
        rust_crypto::PrivateKey::generate(&mut |octets| octets.fill(7)).expect("seven is a key")
    }

    #[test]
    fn a_key_of_one_module_is_the_same_key_in_the_other() {
        let made = made();
        let read = by_module::PrivateKey::from_pkcs8(&made.to_pkcs8()).unwrap();
        assert_eq!(made.point(), read.point());
        assert_eq!(*read.to_pkcs8(), *made.to_pkcs8());
        let drawn = by_module::PrivateKey::generate(&mut |_| {}).unwrap();
        let read = rust_crypto::PrivateKey::from_pkcs8(&drawn.to_pkcs8()).unwrap();
        assert_eq!(drawn.point(), read.point());
        assert_eq!(drawn.duplicate().point(), read.point());
        assert_eq!(read.duplicate().point(), read.point());
        assert_ne!(drawn.point(), made.point());
        assert!(by_module::PrivateKey::from_pkcs8(b"no key").is_none());
        let [one, other] = [(); 2].map(|()| rust_crypto::PrivateKey::draw().unwrap().point());
        assert_ne!(one, other);
    }

    #[test]
    fn a_signature_of_one_module_holds_in_the_other_and_for_nothing_else() {
        let key = made();
        let same = by_module::PrivateKey::from_pkcs8(&key.to_pkcs8()).unwrap();
        let other = by_module::PrivateKey::generate(&mut |_| {}).unwrap();
        for signature in [key.sign(b"octets"), same.sign(b"octets")] {
            let signature = ecdsa_sig_value(&signature.unwrap(), KeyKind::P256).unwrap();
            for verify in [rust_crypto::verify, by_module::verify] {
                assert!(verify(&key.point(), b"octets", &signature));
                assert!(!verify(&key.point(), b"Octets", &signature));
                assert!(!verify(&other.point(), b"octets", &signature));
                assert!(!verify(&[4; 65], b"octets", &signature));
                assert!(!verify(&key.point(), b"octets", &signature[1..]));
            }
        }
    }

    #[test]
    fn only_the_fips_module_says_that_it_is_one() {
        assert_eq!((rust_crypto::MODULE, rust_crypto::fips_mode()), ("RustCrypto", false));
        let by_module = (by_module::MODULE, by_module::fips_mode());
        assert_eq!(by_module, if cfg!(feature = "fips") { ("AWS-LC", true) } else { ("ring", false) });
    }

    #[test]
    fn a_public_key_reads_back_and_other_kinds_do_not() {
        let point = made().point();
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
