use crate::present::printable;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where an agent stands, in the words of the site. Empty only where settings say that nothing is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Location(String);

impl Location {
    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for Location {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(format!("a location has at most {LONGEST} octets, this one {}", text.len()));
        }
        if printable(text) != text {
            return Err("a location has no control characters".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Self::try_from(text.to_owned())? {
            it if it.is_empty() => Err("it says nothing".to_owned()),
            it => Ok(it),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As sysLocation of RFC 3418.
const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_line_of_text_with_an_end() {
        for text in ["Second floor, room 7", "Büro 7", &"x".repeat(255)] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), text);
        }
        assert_eq!(" Cellar ".parse::<Location>().unwrap().to_string(), "Cellar");
        for text in ["", "  ", "a\nb", "a\u{7}b", "a\u{202E}b", &"x".repeat(256), &"ü".repeat(128)] {
            assert!(text.parse::<Location>().is_err(), "{text:?}");
        }
        assert!(Location::try_from(" ".to_owned()).unwrap().is_empty());
    }
}
