use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use remote_services_core::hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::str::FromStr;
use std::{fmt, io};

/// The SHA-256 of a body, as `Content-Digest` carries it: `sha-256=:BASE64:` (RFC 9530 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest([u8; 32]);

/// Why a `Content-Digest` field value is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// No member named `sha-256` is in the dictionary.
    #[error("Content-Digest has no sha-256 member")]
    NoSha256,
    /// The value is not a byte sequence of 32 octets (RFC 9651 §3.3.5).
    #[error("Content-Digest's sha-256 member is not a byte sequence of 32 octets")]
    Malformed,
}

impl ContentDigest {
    /// Digests a whole body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// Digests all that a reader gives, in pieces of 64 KiB; gives its length in octets as well.
    ///
    /// # Errors
    /// As the reader says.
    pub fn of_reader(reader: &mut dyn io::Read) -> io::Result<(u64, Self)> {
        let (mut hash, mut length, mut piece) = (Sha256::new(), 0, vec![0; 64 << 10]);
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok((length, Self(hash.finalize().into()))),
                Ok(read) => {
                    hash.update(&piece[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a digest computed elsewhere, say while streaming.
    #[must_use]
    pub fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 32 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal, 64 characters, as artifact paths and archive names use it.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(&self.0)
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha-256=:{}:", STANDARD.encode(self.0))
    }
}

/// Reads a field value: a dictionary in which other algorithms are skipped and the last `sha-256` counts.
impl FromStr for ContentDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut found = Err(DigestError::NoSha256);
        // Base64 and algorithm names hold no comma, so the dictionary can be cut at commas (RFC 9530 §2).
        for member in text.split(',') {
            let Some(value) = member.trim_matches([' ', '\t']).strip_prefix("sha-256=") else { continue };
            let value = value.split(';').next().unwrap_or(value).trim_end();
            found = value
                .strip_prefix(':')
                .and_then(|value| value.strip_suffix(':'))
                .and_then(|value| STANDARD.decode(value).ok())
                .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
                .map(Self)
                .ok_or(DigestError::Malformed);
        }
        found
    }
}

impl Serialize for ContentDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9530 appendix B.1 and B.2.
    const HELLO: &[u8] = b"{\"hello\": \"world\"}\n";
    const HELLO_FIELD: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    #[test]
    fn prints_and_reads_the_example_of_rfc_9530() {
        assert_eq!(ContentDigest::of(HELLO).to_string(), HELLO_FIELD);
        assert_eq!(HELLO_FIELD.parse(), Ok(ContentDigest::of(HELLO)));
    }

    #[test]
    fn a_reader_gives_the_digest_of_its_whole_and_its_length() {
        let long: Vec<u8> = (0..=255).cycle().take(200_001).collect();
        for octets in [&b""[..], HELLO, &long] {
            let read = ContentDigest::of_reader(&mut { octets }).unwrap();
            assert_eq!(read, (octets.len() as u64, ContentDigest::of(octets)));
        }
    }

    #[test]
    fn skips_other_algorithms() {
        let field = format!("sha-512=:AAAA:, {HELLO_FIELD};note=1 , x=?1");
        assert_eq!(field.parse(), Ok(ContentDigest::of(HELLO)));
        assert_eq!("sha-512=:AAAA:".parse::<ContentDigest>(), Err(DigestError::NoSha256));
    }

    #[test]
    fn refuses_other_lengths_and_forms() {
        for value in ["sha-256=:AAAA:", "sha-256=AAAA", "sha-256=::", "sha-256=:*:", "sha-256=:"] {
            assert_eq!(value.parse::<ContentDigest>(), Err(DigestError::Malformed), "{value}");
        }
    }
}
