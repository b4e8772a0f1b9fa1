use crate::document::ContentDigest;
use remote_services_core::hex;
use serde::{Deserialize, Serialize};
use std::str::FromStr as _;
use uuid::Uuid;

/// How important a payload is. When room is short, the last class goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Class {
    /// What a command brought.
    Result,
    /// Counters: money rides on them.
    Meter,
    /// Status and alerts.
    Status,
    /// All other regular reports.
    Report,
    /// Engineering logs.
    Log,
}

impl Class {
    /// All classes, the most important first.
    pub const ALL: [Self; 5] = [Self::Result, Self::Meter, Self::Status, Self::Report, Self::Log];

    /// The class as a token.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Meter => "meter",
            Self::Status => "status",
            Self::Report => "report",
            Self::Log => "log",
        }
    }

    fn digit(self) -> char {
        match self {
            Self::Result => '0',
            Self::Meter => '1',
            Self::Status => '2',
            Self::Report => '3',
            Self::Log => '4',
        }
    }
}

/// One payload in the spool. Orders by class, then by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// How important it is.
    pub class: Class,
    /// The upload's name, a UUIDv7.
    pub id: Uuid,
    /// SHA-256 of its bytes.
    pub digest: ContentDigest,
    /// Its size in octets.
    pub bytes: u64,
}

impl Entry {
    /// The file's name.
    pub(super) fn file_name(&self) -> String {
        format!("{}-{}-{}{SUFFIX}", self.class.digit(), self.id, self.digest.to_hex())
    }

    /// Reads a file's name; `None` when it is not of the spool's making.
    pub(super) fn from_file_name(name: &str, bytes: u64) -> Option<Self> {
        let mut characters = name.strip_suffix(SUFFIX)?.chars();
        let digit = characters.next()?;
        let class = Class::ALL.into_iter().find(|class| class.digit() == digit)?;
        let rest = characters.as_str().strip_prefix('-')?;
        let (id, digest) = (rest.get(..36)?, rest.get(36..)?.strip_prefix('-')?);
        let entry = Self {
            class,
            id: Uuid::from_str(id).ok()?,
            digest: hex::decode(digest).map(ContentDigest::from_sha256)?,
            bytes,
        };
        // One entry has one name: other spellings of the same would come out twice.
        (entry.file_name() == name).then_some(entry)
    }
}

const SUFFIX: &str = ".sealed";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_read_back_and_order_as_entries_do(a: u128, b: u128, class_a in 0_usize..5, class_b in 0_usize..5) {
            let entry = |id: u128, class: usize| Entry {
                class: Class::ALL[class], id: Uuid::from_u128(id), digest: ContentDigest::of(b"x"), bytes: 1,
            };
            let (a, b) = (entry(a, class_a), entry(b, class_b));
            prop_assert_eq!(Entry::from_file_name(&a.file_name(), 1), Some(a));
            prop_assert_eq!(a.cmp(&b), a.file_name().cmp(&b.file_name()));
        }

        #[test]
        fn no_other_name_panics(name in "\\PC{0,120}") {
            prop_assert!(Entry::from_file_name(&name, 0).is_none());
        }
    }

    #[test]
    fn other_spellings_are_not_of_the_spools_making() {
        let entry = Entry { class: Class::Log, id: Uuid::max(), digest: ContentDigest::of(b""), bytes: 0 };
        let name = entry.file_name();
        assert!(Entry::from_file_name(&name.to_uppercase(), 0).is_none());
        assert!(Entry::from_file_name(&name.replacen('4', "9", 1), 0).is_none());
        assert!(Entry::from_file_name(&name.replace('f', "é"), 0).is_none());
    }
}
