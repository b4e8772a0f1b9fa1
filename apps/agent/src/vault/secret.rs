//! A text that is overwritten when dropped.

use serde::{Deserialize, Deserializer};
use std::ops::Deref;
use zeroize::Zeroizing;

/// A secret among the settings. No `Debug` and no `Display`.
#[derive(Clone, PartialEq)]
pub struct SecretText(Zeroizing<String>);

impl Deref for SecretText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
