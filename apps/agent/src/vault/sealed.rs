//! A secret as text: `sealed:v1:` and the base64url of the key's name, nonce, encrypted octets and tag, by
//! AES-256-GCM.
//!
//! What it is a secret of is associated data: a private key does not open as a password, nor a password as a
//! community, which would be sent in clear.

use crate::failure::{Context, Failure};
use crate::modules;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use remote_services_core::hex;
use remote_services_payload::seal::{DigestAlgorithm, Key256, NONCE, TAG};
use std::fmt;
use zeroize::Zeroizing;

/// What a sealed text begins with.
pub const MARK: &str = "sealed:v1:";

/// Whether a text is a sealed one, of this version or of a later.
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    let version = text.strip_prefix("sealed:v").and_then(|rest| rest.split_once(':'));
    version.is_some_and(|(version, _)| version.parse::<u32>().is_ok())
}

/// A key that seals secrets. It has no `Debug`, and is overwritten when dropped.
pub struct SealingKey(Key256);

/// Why a sealed text does not open.
#[derive(Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It has another form.
    Form,
    /// It was sealed under another key.
    OtherKey,
    /// It was changed, or is a secret of something else.
    Changed,
    /// The cryptographic module cannot be used.
    Module(String),
    /// The key cannot be read.
    Key(String),
}

impl SealingKey {
    /// A new one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn draw() -> Result<Self, Failure> {
        let mut octets = Key256::new([0; 32]);
        let drawn = modules::at_rest()?.random().fill(&mut *octets);
        drawn.context("cannot make a key of the secrets")?;
        Ok(Self(octets))
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        hex::decode(text.trim_ascii()).map(|octets| Self(Key256::new(octets)))
    }

    /// What [`Self::from_text`] reads.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // What grows leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(2 * self.0.len() + 1));
        text.push_str(&Zeroizing::new(hex::encode(&*self.0)));
        text.push('\n');
        text
    }

    /// Seals a secret of `what`.
    ///
    /// # Errors
    /// When the module fails.
    pub fn seal(&self, what: &str, secret: &str) -> Result<String, Failure> {
        let module = modules::at_rest()?;
        let mut octets = Zeroizing::new(secret.as_bytes().to_vec());
        let sealed = module.encrypt(&self.0, what.as_bytes(), &mut octets, &mut *module.random());
        let (nonce, tag) = sealed.context("cannot seal a secret")?;
        let whole = [&self.name()?[..], &nonce, &octets, &tag].concat();
        Ok(format!("{MARK}{}", BASE64.encode(whole)))
    }

    /// Opens what was sealed as a secret of `what`.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn open(&self, what: &str, text: &str) -> Result<Zeroizing<String>, Unopened> {
        let module = modules::at_rest().map_err(|failure| Unopened::Module(failure.sentence))?;
        let whole = text.trim_ascii().strip_prefix(MARK).and_then(|text| BASE64.decode(text).ok());
        let whole = whole.ok_or(Unopened::Form)?;
        let (name, rest) = whole.split_first_chunk().ok_or(Unopened::Form)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(Unopened::Form)?;
        let (encrypted, tag) = rest.split_last_chunk::<TAG>().ok_or(Unopened::Form)?;
        if *name != self.name().map_err(|failure| Unopened::Module(failure.sentence))? {
            return Err(Unopened::OtherKey);
        }
        let mut octets = Zeroizing::new(encrypted.to_vec());
        let opened = module.decrypt(&self.0, nonce, what.as_bytes(), &mut octets, tag);
        opened.map_err(|_| Unopened::Changed)?;
        let text = std::str::from_utf8(&octets).map_err(|_| Unopened::Changed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Tells keys apart, and nothing of them: the key has 256 bits, so nobody finds it by trying.
    fn name(&self) -> Result<[u8; NAME], Failure> {
        let digest = modules::at_rest()?.digest(DigestAlgorithm::Sha256, &[NAMED, &*self.0]);
        digest.as_slice().first_chunk().copied().ok_or_else(|| Failure::failed("SHA-256 gave no digest"))
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => write!(f, "it is not {MARK} and the base64url of a secret"),
            Self::OtherKey => f.write_str("it was sealed under another key"),
            Self::Changed => f.write_str("it was changed, or sealed as a secret of something else"),
            Self::Module(why) | Self::Key(why) => f.write_str(why),
        }
    }
}

/// Octets of a key's name.
const NAME: usize = 4;
const NAMED: &[u8] = b"remote-services: the name of a key of secrets";

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SealingKey {
        SealingKey::draw().unwrap()
    }

    #[test]
    fn a_secret_opens_under_its_key_and_as_what_it_is() {
        let key = key();
        for secret in ["", "quince", "päß\n\"word"] {
            let sealed = key.seal("auth-password", secret).unwrap();
            assert!(is_sealed(&sealed) && !sealed.contains("quince"), "{sealed}");
            assert_ne!(sealed, key.seal("auth-password", secret).unwrap(), "each has a nonce of its own");
            let again = SealingKey::from_text(&key.to_text()).unwrap();
            assert_eq!(*again.open("auth-password", &format!("{sealed}\n")).unwrap(), secret);
            assert_eq!(key.open("communities", &sealed).unwrap_err(), Unopened::Changed);
        }
    }

    #[test]
    fn every_octet_counts_and_the_causes_are_told_apart() {
        let (key, other) = (key(), key());
        let sealed = key.seal("proxy", "http://a:b@c:1").unwrap();
        assert_eq!(other.open("proxy", &sealed).unwrap_err(), Unopened::OtherKey);
        let whole = BASE64.decode(sealed.strip_prefix(MARK).unwrap()).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            let why = key.open("proxy", &format!("{MARK}{}", BASE64.encode(changed))).unwrap_err();
            assert_eq!(why, if at < NAME { Unopened::OtherKey } else { Unopened::Changed }, "{at}");
        }
        for end in 0..sealed.len() {
            assert!(key.open("proxy", &sealed[..end]).is_err(), "{end}");
        }
        assert!(is_sealed("sealed:v2:AAAA") && !is_sealed("sealed: open at noon"));
        assert_eq!(key.open("proxy", "sealed:v2:AAAA").unwrap_err(), Unopened::Form);
    }

    #[test]
    fn a_key_is_64_digits_and_nothing_else() {
        let text = key().to_text();
        assert!(SealingKey::from_text(&text).is_some());
        for wrong in ["", &text[..62], &text.replace(&text[..1], "x"), &format!("{}00", text.trim())] {
            assert!(SealingKey::from_text(wrong).is_none(), "{wrong}");
        }
    }
}
