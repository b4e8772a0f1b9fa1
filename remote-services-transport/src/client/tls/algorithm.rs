//! What the algorithms of certificates are called, which name them by object identifiers alone.

use der::asn1::{AnyRef, ContextSpecific, ObjectIdentifier};
use der::{Decode as _, SliceReader, TagNumber};
use x509_cert::spki::AlgorithmIdentifierRef;

/// An algorithm that something is signed by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signature {
    /// Its name, such as `ECDSA with SHA-256`; of what is not known here, the object identifier.
    pub(super) name: String,
    /// Whether it is known here, and no weakness of it is.
    pub(super) is_sound: bool,
}

/// The algorithm of a signature, of whose AlgorithmIdentifier only what is inside is given.
pub(super) fn signature(inside: &[u8]) -> Signature {
    let Some((kind, mut parameters)) = identifier(inside) else {
        return Signature { name: UNREADABLE.to_owned(), is_sound: false };
    };
    if kind == RSA_PSS {
        return pss_hash(&mut parameters).map_or_else(
            || Signature { name: format!("RSA-PSS with {UNKNOWN_HASH}"), is_sound: false },
            |hash| with("RSA-PSS", hash),
        );
    }
    let known = SIGNATURES.iter().find(|(number, ..)| *number == kind);
    known.map_or_else(
        || Signature { name: kind.to_string(), is_sound: false },
        |(_, key, hash)| with(key, hash),
    )
}

/// What sort of key it is, in the middle of a sentence; again without tag and length of the AlgorithmIdentifier.
pub(super) fn key(inside: &[u8]) -> String {
    match identifier(inside) {
        Some((EC, mut parameters)) => match ObjectIdentifier::decode(&mut parameters) {
            Ok(number) => format!("a key on the curve {}", curve(&number)),
            Err(_) => "a key on a curve without a name".to_owned(),
        },
        Some((RSA, _)) => "an RSA key".to_owned(),
        Some((RSA_PSS, _)) => "an RSA key that is for RSA-PSS alone".to_owned(),
        Some((ED25519, _)) => "an Ed25519 key".to_owned(),
        Some((ED448, _)) => "an Ed448 key".to_owned(),
        Some((other, _)) => format!("a key of the kind {other}"),
        None => format!("a key of an {UNREADABLE} kind"),
    }
}

/// The name of an elliptic curve; of what is not known here, the object identifier.
pub(super) fn curve(number: &ObjectIdentifier) -> String {
    let known = CURVES.iter().find(|(known, _)| known == number);
    known.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

fn with(key: &str, hash: &str) -> Signature {
    let name = if hash.is_empty() { key.to_owned() } else { format!("{key} with {hash}") };
    Signature { name, is_sound: !BROKEN_HASHES.contains(&hash) }
}

/// An object identifier, and the reader of what comes after it.
fn identifier(inside: &[u8]) -> Option<(ObjectIdentifier, SliceReader<'_>)> {
    let mut reader = SliceReader::new(inside).ok()?;
    Some((ObjectIdentifier::decode(&mut reader).ok()?, reader))
}

/// The hash in RSASSA-PSS-params (RFC 8017 §A.2.3), which is SHA-1 where none is named.
fn pss_hash(parameters: &mut SliceReader<'_>) -> Option<&'static str> {
    let parameters = AnyRef::decode(parameters).ok()?;
    if parameters.value().is_empty() {
        return Some("SHA-1");
    }
    let mut inside = SliceReader::new(parameters.value()).ok()?;
    let named =
        ContextSpecific::<AlgorithmIdentifierRef<'_>>::decode_explicit(&mut inside, TagNumber(0)).ok()?;
    let Some(named) = named else { return Some("SHA-1") };
    HASHES.iter().find(|(number, _)| *number == named.value.oid).map(|(_, name)| *name)
}

const UNREADABLE: &str = "unreadable";
const UNKNOWN_HASH: &str = "a hash that is not known";
/// Whose collisions somebody has shown.
const BROKEN_HASHES: [&str; 3] = ["MD2", "MD5", "SHA-1"];

pub(super) const RSA: ObjectIdentifier = number("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = number("1.2.840.113549.1.1.10");
pub(super) const EC: ObjectIdentifier = number("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = number("1.3.101.112");
pub(super) const ED448: ObjectIdentifier = number("1.3.101.113");
pub(super) const P256: ObjectIdentifier = number("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = number("1.3.132.0.34");
pub(super) const P521: ObjectIdentifier = number("1.3.132.0.35");

/// RFC 5480, RFC 5639, SEC 2.
const CURVES: [(ObjectIdentifier, &str); 9] = [
    (P256, "P-256"),
    (P384, "P-384"),
    (P521, "P-521"),
    (number("1.2.840.10045.3.1.1"), "P-192"),
    (number("1.3.132.0.33"), "P-224"),
    (number("1.3.132.0.10"), "secp256k1"),
    (number("1.3.36.3.3.2.8.1.1.7"), "brainpoolP256r1"),
    (number("1.3.36.3.3.2.8.1.1.11"), "brainpoolP384r1"),
    (number("1.3.36.3.3.2.8.1.1.13"), "brainpoolP512r1"),
];

/// RFC 8017 §A.2.4, RFC 3279 §2.2, RFC 5758, RFC 8410, RFC 9688, RFC 9881: algorithm, kind of key, hash.
const SIGNATURES: [(ObjectIdentifier, &str, &str); 25] = [
    (number("1.2.840.113549.1.1.2"), "RSA", "MD2"),
    (number("1.2.840.113549.1.1.4"), "RSA", "MD5"),
    (number("1.2.840.113549.1.1.5"), "RSA", "SHA-1"),
    (number("1.2.840.113549.1.1.11"), "RSA", "SHA-256"),
    (number("1.2.840.113549.1.1.12"), "RSA", "SHA-384"),
    (number("1.2.840.113549.1.1.13"), "RSA", "SHA-512"),
    (number("1.2.840.113549.1.1.14"), "RSA", "SHA-224"),
    (number("2.16.840.1.101.3.4.3.13"), "RSA", "SHA3-224"),
    (number("2.16.840.1.101.3.4.3.14"), "RSA", "SHA3-256"),
    (number("2.16.840.1.101.3.4.3.15"), "RSA", "SHA3-384"),
    (number("2.16.840.1.101.3.4.3.16"), "RSA", "SHA3-512"),
    (number("1.2.840.10045.4.1"), "ECDSA", "SHA-1"),
    (number("1.2.840.10045.4.3.1"), "ECDSA", "SHA-224"),
    (number("1.2.840.10045.4.3.2"), "ECDSA", "SHA-256"),
    (number("1.2.840.10045.4.3.3"), "ECDSA", "SHA-384"),
    (number("1.2.840.10045.4.3.4"), "ECDSA", "SHA-512"),
    (number("2.16.840.1.101.3.4.3.9"), "ECDSA", "SHA3-224"),
    (number("2.16.840.1.101.3.4.3.10"), "ECDSA", "SHA3-256"),
    (number("2.16.840.1.101.3.4.3.11"), "ECDSA", "SHA3-384"),
    (number("2.16.840.1.101.3.4.3.12"), "ECDSA", "SHA3-512"),
    (ED25519, "Ed25519", ""),
    (ED448, "Ed448", ""),
    (number("2.16.840.1.101.3.4.3.17"), "ML-DSA-44", ""),
    (number("2.16.840.1.101.3.4.3.18"), "ML-DSA-65", ""),
    (number("2.16.840.1.101.3.4.3.19"), "ML-DSA-87", ""),
];

const HASHES: [(ObjectIdentifier, &str); 10] = [
    (number("1.2.840.113549.2.5"), "MD5"),
    (number("1.3.14.3.2.26"), "SHA-1"),
    (number("2.16.840.1.101.3.4.2.1"), "SHA-256"),
    (number("2.16.840.1.101.3.4.2.2"), "SHA-384"),
    (number("2.16.840.1.101.3.4.2.3"), "SHA-512"),
    (number("2.16.840.1.101.3.4.2.4"), "SHA-224"),
    (number("2.16.840.1.101.3.4.2.7"), "SHA3-224"),
    (number("2.16.840.1.101.3.4.2.8"), "SHA3-256"),
    (number("2.16.840.1.101.3.4.2.9"), "SHA3-384"),
    (number("2.16.840.1.101.3.4.2.10"), "SHA3-512"),
];

const fn number(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inside of an AlgorithmIdentifier: object identifiers in their octets, in hexadecimal digits.
    fn octets(digits: &str) -> Vec<u8> {
        let digits = digits.replace(' ', "");
        let octet = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(octet).collect()
    }

    fn read(digits: &str) -> (String, bool) {
        let Signature { name, is_sound } = signature(&octets(digits));
        (name, is_sound)
    }

    #[test]
    fn signatures_have_names_and_weak_or_unknown_ones_are_not_sound() {
        for (digits, name, is_sound) in [
            ("06082a8648ce3d040302", "ECDSA with SHA-256", true),
            ("06082a8648ce3d040304", "ECDSA with SHA-512", true),
            ("06072a8648ce3d0401", "ECDSA with SHA-1", false),
            ("06092a864886f70d01010b 0500", "RSA with SHA-256", true),
            ("06092a864886f70d010104 0500", "RSA with MD5", false),
            ("06032b6570", "Ed25519", true),
            ("06032b6571", "Ed448", true),
            ("060960864801650304030a", "ECDSA with SHA3-256", true),
            ("0609608648016503040312", "ML-DSA-65", true),
            ("06032a0304", "1.2.3.4", false),
            ("0602", "unreadable", false),
        ] {
            assert_eq!(read(digits), (name.to_owned(), is_sound), "{digits}");
        }
    }

    #[test]
    fn the_hash_of_rsa_pss_is_that_of_its_parameters_or_sha_1() {
        let pss = "06092a864886f70d01010a";
        for (parameters, name, is_sound) in [
            ("300f a00d 300b 0609608648016503040208", "RSA-PSS with SHA3-256", true),
            ("3011 a00d 300b 0609608648016503040201 a200", "RSA-PSS with SHA-256", true),
            ("3000", "RSA-PSS with SHA-1", false),
            ("3003 a20102", "RSA-PSS with SHA-1", false),
            ("3009 a007 3005 06032a0304", "RSA-PSS with a hash that is not known", false),
            ("", "RSA-PSS with a hash that is not known", false),
        ] {
            assert_eq!(read(&format!("{pss}{parameters}")), (name.to_owned(), is_sound), "{parameters}");
        }
    }

    #[test]
    fn keys_are_told_by_their_kind_and_curve() {
        let ec = "06072a8648ce3d0201";
        for (digits, name) in [
            (format!("{ec} 06052b81040023"), "a key on the curve P-521"),
            (format!("{ec} 06052b8104000a"), "a key on the curve secp256k1"),
            (format!("{ec} 06032a0304"), "a key on the curve 1.2.3.4"),
            (format!("{ec} 3000"), "a key on a curve without a name"),
            ("06092a864886f70d010101 0500".to_owned(), "an RSA key"),
            ("06092a864886f70d01010a".to_owned(), "an RSA key that is for RSA-PSS alone"),
            ("06032b6570".to_owned(), "an Ed25519 key"),
            ("06032a0304".to_owned(), "a key of the kind 1.2.3.4"),
            ("06".to_owned(), "a key of an unreadable kind"),
        ] {
            assert_eq!(key(&octets(&digits)), name, "{digits}");
        }
    }
}
