use crate::present::shortened;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The e-mail address of the person to ask about an agent. Empty only where settings say that nobody is told.
///
/// Looked at is its form, as people write addresses: `NAME@HOST.DOMAIN` without quotes, comments or addresses of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Whether nobody is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(format!("an e-mail address has at most {LONGEST} octets, this one {}", text.len()));
        }
        if !text.is_empty() && !is_address(text) {
            let shown = shortened(text, SHOWN);
            return Err(format!("{shown:?} is no e-mail address as ada@example.com is one"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for EmailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Self::try_from(text.to_owned())? {
            it if it.is_empty() => Err("it names nobody".to_owned()),
            it => Ok(it),
        }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Dot-atoms on both sides (RFC 5321 §4.1.2, with the letters of RFC 6531).
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    name.len() <= LONGEST_NAME
        && name.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_of_a_name))
        && labels.len() > 1
        && labels.into_iter().all(is_label)
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter)
}

fn is_label(label: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// What a path in SMTP has room for (RFC 5321 §4.5.3.1.3, without the brackets).
const LONGEST: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_NAME: usize = 64;
/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;
/// Of what is no address, so much is shown.
const SHOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_has_the_form_of_an_e_mail_address() {
        let long = format!("{}@{}.example", "n".repeat(64), "d".repeat(63));
        for text in [
            "ada@example.com",
            "ada.lovelace+printers@a-b.example.com",
            "büro@bücher.example",
            "o'x@x.y",
            &long,
        ] {
            assert_eq!(text.parse::<EmailAddress>().unwrap().to_string(), text);
        }
        let [long_name, long_label] = [format!("{}@x.y", "n".repeat(65)), format!("a@{}.y", "d".repeat(64))];
        let long = format!("a@{}y", "dddd.".repeat(60));
        for text in [
            "",
            " ",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@@example.com",
            "ada@example.com@example.com",
            "ada lovelace@example.com",
            "Ada <ada@example.com>",
            "mailto:ada@example.com",
            "ada@example.com, bob@example.com",
            "ada@[192.0.2.1]",
            "ada@example..com",
            "ada@.example.com",
            "ada@example.com.",
            ".ada@example.com",
            "a..b@example.com",
            "ada@-example.com",
            "ada@exa_mple.com",
            "ada@example.com\r\nBcc: x@example.com",
            "a\u{7}da@example.com",
            "ad\u{202E}a@example.com",
            &long_name,
            &long_label,
            &long,
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text:?}");
        }
        assert!(EmailAddress::try_from(String::new()).unwrap().is_empty());
    }
}
