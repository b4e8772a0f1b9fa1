//! Names of keys in tokens: the PKCS#11 URI scheme (RFC 7512), as far as it names one private key.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Which key of which token, and where the library is that reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUri {
    text: String,
    pub(crate) token: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) id: Option<Vec<u8>>,
    module_path: Option<PathBuf>,
    pin_source: Option<PathBuf>,
}

/// Why a text names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// It does not begin with `pkcs11:`.
    #[error("a key in a token is named by pkcs11:token=…;object=…?module-path=…")]
    Scheme,
    /// An attribute is not known here, given twice or without a value.
    #[error("the attribute {0:?} is not known, given twice or empty")]
    Attribute(String),
    /// A value is not percent-encoded as it must be.
    #[error("the value of {0:?} is not percent-encoded UTF-8")]
    Value(String),
    /// A PIN stands in it, where settings and lists of processes show it.
    #[error("a PIN does not belong in the name of a key: put it in a file and name that by pin-source=")]
    Pin,
    /// Neither object nor id.
    #[error("it must say which key: by object= or id=")]
    NoObject,
}

impl KeyUri {
    /// The library to load.
    #[must_use]
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// The file that holds the PIN.
    #[must_use]
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }
}

impl FromStr for KeyUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let rest = text.strip_prefix("pkcs11:").ok_or(UriError::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self {
            text: text.to_owned(),
            token: None,
            serial: None,
            object: None,
            id: None,
            module_path: None,
            pin_source: None,
        };
        for attribute in path.split(';').chain(query.split('&')).filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let bad = || UriError::Value(name.to_owned());
            let octets = percent_decode(value).ok_or_else(bad)?;
            let words = || String::from_utf8(octets.clone()).map_err(|_| bad());
            let file = || words().map(|words| PathBuf::from(words.strip_prefix("file:").unwrap_or(&words)));
            let fresh = match name {
                _ if value.is_empty() => false,
                "token" => uri.token.replace(words()?).is_none(),
                "serial" => uri.serial.replace(words()?).is_none(),
                "object" => uri.object.replace(words()?).is_none(),
                "id" => uri.id.replace(octets).is_none(),
                "type" => value == "private",
                "module-path" => uri.module_path.replace(file()?).is_none(),
                "pin-source" => uri.pin_source.replace(file()?).is_none(),
                "pin-value" => return Err(UriError::Pin),
                _ => false,
            };
            if !fresh {
                return Err(UriError::Attribute(name.to_owned()));
            }
        }
        if uri.object.is_none() && uri.id.is_none() { Err(UriError::NoObject) } else { Ok(uri) }
    }
}

/// As it was written.
impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn percent_decode(value: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    loop {
        rest = match rest {
            [] => return Some(octets),
            [b'%', high, low, rest @ ..] => {
                let digit = |digit: &u8| char::from(*digit).to_digit(16);
                octets.push(u8::try_from(digit(high)? << 4 | digit(low)?).ok()?);
                rest
            }
            [b'%', ..] => return None,
            [octet, rest @ ..] => {
                octets.push(*octet);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_read() {
        let text = "pkcs11:token=My%20token;serial=1a;object=client;id=%01%FF;type=private\
                    ?module-path=/usr/lib/m.so&pin-source=file:/etc/pin";
        let uri: KeyUri = text.parse().unwrap();
        assert_eq!((uri.token.as_deref(), uri.serial.as_deref()), (Some("My token"), Some("1a")));
        assert_eq!((uri.object.as_deref(), uri.id.as_deref()), (Some("client"), Some(&[1, 255][..])));
        assert_eq!(uri.module_path(), Some(Path::new("/usr/lib/m.so")));
        assert_eq!(uri.pin_source(), Some(Path::new("/etc/pin")));
        assert_eq!(uri.to_string(), text);
    }

    #[test]
    fn mistakes_are_told_apart_and_a_pin_is_not_repeated() {
        let why = |text: &str| text.parse::<KeyUri>().unwrap_err();
        assert_eq!(why("file:/key"), UriError::Scheme);
        assert_eq!(why("pkcs11:token=a"), UriError::NoObject);
        for (text, name) in [
            ("pkcs11:object=a;object=b", "object"),
            ("pkcs11:object=", "object"),
            ("pkcs11:object=a;type=cert", "type"),
            ("pkcs11:object=a;slot-id=1", "slot-id"),
            ("pkcs11:object=a;x", "x"),
        ] {
            assert_eq!(why(text), UriError::Attribute(name.to_owned()), "{text}");
        }
        for text in ["pkcs11:object=%4", "pkcs11:object=%zz", "pkcs11:object=%FF"] {
            assert_eq!(why(text), UriError::Value("object".to_owned()), "{text}");
        }
        let error = why("pkcs11:object=a?pin-value=4711");
        assert_eq!(error, UriError::Pin);
        assert!(!error.to_string().contains("4711"));
    }
}
