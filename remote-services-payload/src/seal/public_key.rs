//! Public keys of the profile: P-256 and P-384, and RSA for old devices.

use core::fmt;

use der::asn1::ObjectIdentifier;
pub use remote_services_core::key::KeyKind;

use super::asn1::{self, Cursor, tag};
use super::keys::KeyError;
use super::oid;

/// A public key that was found to be well-formed: a point on its curve, or an RSA key within the limits. In a crate
/// that is built without the feature `rust-crypto` the form of a point is checked here, and the point itself by the
/// module at each use.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    kind: KeyKind,
    octets: Box<[u8]>,
}

impl PublicKey {
    /// A point on P-256 or P-384 in uncompressed form: `04 ‖ x ‖ y` (SEC 1 §2.3.3), 65 or 97 octets.
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when the octets are no such point.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        let kind = curve_of(point).ok_or(KeyError::PublicKey)?;
        if on_curve(kind, point) { Ok(Self { kind, octets: point.into() }) } else { Err(KeyError::PublicKey) }
    }

    /// An RSAPublicKey in DER (RFC 8017 §A.1.1).
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when the octets are no such key, its modulus is even or outside 2,048 to 4,096
    /// bits, or its exponent is another than 65,537.
    pub fn from_rsa(der: &[u8]) -> Result<Self, KeyError> {
        let fail = |_| KeyError::PublicKey;
        let mut outer = Cursor::new(der, 0);
        let mut inside = outer.enter(tag::SEQUENCE, "RSAPublicKey").map_err(fail)?;
        outer.finish("RSAPublicKey").map_err(fail)?;
        let modulus = inside.element(tag::INTEGER, "modulus").map_err(fail)?.body;
        let exponent = inside.element(tag::INTEGER, "publicExponent").map_err(fail)?.body;
        inside.finish("RSAPublicKey").map_err(fail)?;
        // A positive INTEGER whose first bit is set has a zero octet before it.
        let modulus = match modulus {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            [1..=0x7F, ..] => modulus,
            _ => return Err(KeyError::PublicKey),
        };
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |first| first.leading_zeros() as usize);
        let odd = modulus.last().is_some_and(|last| last % 2 == 1);
        if RSA_BITS.contains(&bits) && odd && exponent == RSA_EXPONENT {
            Ok(Self { kind: KeyKind::Rsa, octets: der.into() })
        } else {
            Err(KeyError::PublicKey)
        }
    }

    /// From the DER of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`KeyError::PublicKey`] when it holds another kind of key, or one that is not well-formed.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let fail = |_| KeyError::PublicKey;
        let mut outer = Cursor::new(der, 0);
        let mut inside = outer.enter(tag::SEQUENCE, "SubjectPublicKeyInfo").map_err(fail)?;
        outer.finish("SubjectPublicKeyInfo").map_err(fail)?;
        let algorithm = inside.algorithm("SubjectPublicKeyInfo.algorithm").map_err(fail)?;
        let bits = inside.element(tag::BIT_STRING, "subjectPublicKey").map_err(fail)?.body;
        inside.finish("SubjectPublicKeyInfo").map_err(fail)?;
        let Some((0, octets)) = bits.split_first() else { return Err(KeyError::PublicKey) };
        match (algorithm.oid, algorithm.parameters) {
            (oid::EC_PUBLIC_KEY, parameters) => {
                let key = Self::from_point(octets)?;
                if key.curve().is_some_and(|curve| asn1::oid(curve) == parameters) {
                    Ok(key)
                } else {
                    Err(KeyError::PublicKey)
                }
            }
            (oid::RSA_ENCRYPTION, [tag::NULL, 0]) => Self::from_rsa(octets),
            _ => Err(KeyError::PublicKey),
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The point in uncompressed form, or the RSAPublicKey in DER.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets
    }

    /// The DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        let algorithm = match self.curve() {
            Some(curve) => asn1::algorithm(oid::EC_PUBLIC_KEY, &asn1::oid(curve)),
            None => asn1::algorithm(oid::RSA_ENCRYPTION, &[tag::NULL, 0]),
        };
        let bits = asn1::element(tag::BIT_STRING, &[&[0], &self.octets]);
        asn1::element(tag::SEQUENCE, &[&algorithm, &bits])
    }

    fn curve(&self) -> Option<ObjectIdentifier> {
        match self.kind {
            KeyKind::P256 => Some(oid::P_256),
            KeyKind::P384 => Some(oid::P_384),
            KeyKind::Rsa => None,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {} octets)", self.kind, self.octets.len())
    }
}

/// SP 800-131A wants 2,048 bits at least; what is longer than 4,096 costs the reader too much.
const RSA_BITS: core::ops::RangeInclusive<usize> = 2_048..=4_096;
const RSA_EXPONENT: &[u8] = &[1, 0, 1];

/// The curve whose points have this form.
fn curve_of(point: &[u8]) -> Option<KeyKind> {
    match point {
        [4, rest @ ..] if rest.len() == 64 => Some(KeyKind::P256),
        [4, rest @ ..] if rest.len() == 96 => Some(KeyKind::P384),
        _ => None,
    }
}

#[cfg(feature = "rust-crypto")]
fn on_curve(kind: KeyKind, point: &[u8]) -> bool {
    match kind {
        KeyKind::P256 => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        _ => p384::PublicKey::from_sec1_bytes(point).is_ok(),
    }
}

#[cfg(not(feature = "rust-crypto"))]
fn on_curve(_: KeyKind, _: &[u8]) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, KeyError> {
        let parts = [asn1::element(tag::INTEGER, &[modulus]), asn1::element(tag::INTEGER, &[exponent])];
        PublicKey::from_rsa(&asn1::element(tag::SEQUENCE, &[&parts[0], &parts[1]]))
    }

    fn modulus(octets: usize, first: u8, last: u8) -> Vec<u8> {
        let mut modulus = vec![0xA5; octets];
        (modulus[0], modulus[octets - 1]) = (first, last);
        if first >= 0x80 {
            modulus.insert(0, 0);
        }
        modulus
    }

    #[test]
    fn rsa_keys_within_the_limits_pass_and_others_are_refused() {
        assert_eq!(rsa(&modulus(256, 0x80, 1), RSA_EXPONENT).unwrap().kind(), KeyKind::Rsa);
        assert!(rsa(&modulus(512, 0xFF, 1), RSA_EXPONENT).is_ok());
        assert!(rsa(&modulus(257, 0x03, 1), RSA_EXPONENT).is_ok(), "2,050 bits");
        let with_a_zero = [&[0][..], &modulus(257, 0x03, 1)].concat();
        for (what, modulus, exponent) in [
            ("2,047 bits", modulus(256, 0x7F, 1), RSA_EXPONENT),
            ("4,097 bits", modulus(513, 0x01, 1), RSA_EXPONENT),
            ("even", modulus(256, 0x80, 2), RSA_EXPONENT),
            ("exponent 3", modulus(256, 0x80, 1), &[3]),
            ("exponent with a zero before it", modulus(256, 0x80, 1), &[0, 1, 0, 1]),
            ("a zero before it that is not needed", with_a_zero, RSA_EXPONENT),
            ("negative", vec![0x80; 256], RSA_EXPONENT),
            ("zero", vec![0], RSA_EXPONENT),
            ("empty", vec![], RSA_EXPONENT),
        ] {
            assert_eq!(rsa(&modulus, exponent), Err(KeyError::PublicKey), "{what}");
        }
    }

    #[test]
    fn the_form_of_a_point_is_checked_before_it_is_looked_for_on_a_curve() {
        let form = |first: u8, octets: usize| curve_of(&[&[first][..], &vec![1; octets]].concat());
        assert_eq!((form(4, 64), form(4, 96)), (Some(KeyKind::P256), Some(KeyKind::P384)));
        for (first, octets) in [(4, 0), (4, 32), (4, 63), (4, 65), (4, 95), (4, 97), (3, 64), (2, 96)] {
            assert_eq!(form(first, octets), None, "{first} and {octets} octets");
        }
    }

    #[test]
    fn points_off_the_curve_compressed_points_and_infinity_are_refused() {
        for octets in [65, 97] {
            let mut point = vec![1; octets];
            point[0] = 4;
            assert_eq!(PublicKey::from_point(&point), Err(KeyError::PublicKey));
        }
        for point in [&[0][..], &[2; 33], &[3; 49], &[], &[4]] {
            assert_eq!(PublicKey::from_point(point), Err(KeyError::PublicKey));
        }
    }

    #[test]
    fn what_is_printed_for_debugging_tells_kind_and_length() {
        let key = rsa(&modulus(256, 0x80, 1), RSA_EXPONENT).unwrap();
        let printed = format!("{key:?}");
        assert_eq!(printed, format!("PublicKey({}, {} octets)", KeyKind::Rsa, key.as_octets().len()));
    }
}
