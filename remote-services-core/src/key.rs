//! Keys by handle: who needs a signature asks for it, and never sees the key.
//!
//! One handle serves the TLS handshake, the enrolment, the seal of payloads and the audit log, whether the key is in a
//! file, in a token behind PKCS#11, or in a TPM.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A key that signs: a software key in one place, a handle to a hardware module in another.
pub trait SignerKey {
    /// What kind of key it is.
    fn kind(&self) -> KeyKind;

    /// The public half: the DER of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), which is compared with the
    /// certificate before anything is signed.
    fn public_spki(&self) -> Vec<u8>;

    /// Signs a message of a few hundred octets: the attributes of a seal and not its content, or the transcript of
    /// a handshake.
    ///
    /// ECDSA gives `r ‖ s`, each as long as the curve's order, as PKCS#11's `CKM_ECDSA` does; RSASSA-PSS gives the
    /// signature, as `CKM_SHA256_RSA_PKCS_PSS` does. A module that signs digests only is handed that of the
    /// message. The scheme is [`SignatureScheme::of`] the key's kind.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

// The next three are closed: a module must say of each, new ones included, whether it does it.

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Elliptic curve P-256 (SP 800-186; secp256r1).
    P256,
    /// Elliptic curve P-384 (SP 800-186; secp384r1).
    P384,
    /// RSA of 2,048 to 4,096 bits with the public exponent 65,537.
    Rsa,
}

/// A digest algorithm (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// How a signature is made. The two PKCS #1 schemes stand on certificates only, never on content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// ECDSA with SHA-256 (FIPS 186-5, RFC 5754 §3.3).
    EcdsaSha256,
    /// ECDSA with SHA-384 (FIPS 186-5, RFC 5754 §3.3).
    EcdsaSha384,
    /// RSASSA-PSS with SHA-256, MGF1 of the same and a salt of 32 octets (RFC 8017 §8.1, RFC 4056).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 of the same and a salt of 48 octets (RFC 8017 §8.1, RFC 4056).
    RsaPssSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384 (RFC 8017 §8.2).
    RsaPkcs1Sha384,
}

/// A key could not be read or used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not an unencrypted PKCS#8 private key of a kind that is used here.
    Malformed,
    /// Not a public key of a kind that is used here.
    PublicKey,
    /// The key is of a kind that does not do this.
    NotOffered,
    /// What was to be decrypted was not encrypted for this key, or was changed.
    Decrypt,
    /// The module that holds the key failed; the text is its own.
    Module(String),
}

impl DigestAlgorithm {
    /// Octets of a digest.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }
}

impl SignatureScheme {
    /// The scheme that content is signed with by a key of this kind.
    #[must_use]
    pub fn of(kind: KeyKind) -> Self {
        match kind {
            KeyKind::P256 => Self::EcdsaSha256,
            KeyKind::P384 => Self::EcdsaSha384,
            KeyKind::Rsa => Self::RsaPssSha256,
        }
    }

    /// The digest that is signed.
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            Self::EcdsaSha256 | Self::RsaPssSha256 | Self::RsaPkcs1Sha256 => DigestAlgorithm::Sha256,
            Self::EcdsaSha384 | Self::RsaPssSha384 | Self::RsaPkcs1Sha384 => DigestAlgorithm::Sha384,
        }
    }

    /// Whether keys of this kind sign like this.
    #[must_use]
    pub fn fits(self, kind: KeyKind) -> bool {
        let elliptic = matches!(self, Self::EcdsaSha256 | Self::EcdsaSha384);
        elliptic != (kind == KeyKind::Rsa)
    }
}

/// `r ‖ s`, as a [`SignerKey`] on a curve of this kind gives it, as the DER of ECDSA-Sig-Value (RFC 3279 §2.2.3).
/// `None` when it has another length, or one half is zero.
#[must_use]
pub fn ecdsa_sig_value(signature: &[u8], kind: KeyKind) -> Option<Vec<u8>> {
    let half = match kind {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        KeyKind::Rsa => return None,
    };
    if signature.len() != 2 * half {
        return None;
    }
    let (r, s) = signature.split_at(half);
    let mut inside = Vec::with_capacity(2 * (half + 3));
    put_unsigned(r, &mut inside)?;
    put_unsigned(s, &mut inside)?;
    // At most 2 · (48 + 3) octets, so both lengths have the short form.
    let mut value = Vec::with_capacity(inside.len() + 2);
    value.extend([SEQUENCE, u8::try_from(inside.len()).ok()?]);
    value.extend(inside);
    Some(value)
}

/// A positive INTEGER; `None` for zero.
fn put_unsigned(octets: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let octets = octets.get(octets.iter().position(|octet| *octet != 0)?..)?;
    let sign = octets.first().is_some_and(|first| *first >= 0x80);
    out.extend([INTEGER, u8::try_from(octets.len() + usize::from(sign)).ok()?]);
    out.extend(sign.then_some(0));
    out.extend(octets);
    Some(())
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Rsa => "RSA",
        })
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EcdsaSha256 => "ECDSA with SHA-256",
            Self::EcdsaSha384 => "ECDSA with SHA-384",
            Self::RsaPssSha256 => "RSASSA-PSS with SHA-256",
            Self::RsaPssSha384 => "RSASSA-PSS with SHA-384",
            Self::RsaPkcs1Sha256 => "RSASSA-PKCS1-v1_5 with SHA-256",
            Self::RsaPkcs1Sha384 => "RSASSA-PKCS1-v1_5 with SHA-384",
        })
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                f.write_str("not an unencrypted PKCS#8 key for P-256, P-384 or RSA of 2048 to 4096 bits")
            }
            Self::PublicKey => f.write_str(
                "not an uncompressed point on P-256 or P-384, nor an RSA key of 2048 to 4096 bits",
            ),
            Self::NotOffered => f.write_str("the key does not offer this"),
            Self::Decrypt => f.write_str("not encrypted for this key"),
            Self::Module(words) => write!(f, "the key's module failed: {words}"),
        }
    }
}

impl core::error::Error for KeyError {}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecdsa_values_are_written_in_the_least_octets_and_zero_is_refused() {
        let mut signature = [0; 64];
        (signature[30], signature[31], signature[32]) = (1, 2, 0x80);
        let der = ecdsa_sig_value(&signature, KeyKind::P256).unwrap();
        assert_eq!(der[..8], [0x30, 4 + 2 + 33, 0x02, 2, 1, 2, 0x02, 33]);
        assert_eq!(der[8..10], [0, 0x80]);
        assert_eq!(ecdsa_sig_value(&[0xFF; 96], KeyKind::P384).unwrap()[..4], [0x30, 102, 0x02, 49]);
        for (octets, kind) in
            [(&[0; 64][..], KeyKind::P256), (&[1; 63], KeyKind::P256), (&[1; 64], KeyKind::P384)]
        {
            assert_eq!(ecdsa_sig_value(octets, kind), None);
        }
        assert_eq!(ecdsa_sig_value(&[1; 64], KeyKind::Rsa), None);
    }
}
