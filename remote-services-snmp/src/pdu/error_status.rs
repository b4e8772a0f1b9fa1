//! error-status.
use core::fmt;

/// error-status of a Response (RFC 3416 §3), under the RFC's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorStatus {
    /// noError (0).
    NoError,
    /// tooBig (1): the answer does not fit into a message.
    TooBig,
    /// noSuchName (2): SNMPv1 only.
    NoSuchName,
    /// badValue (3): SNMPv1 only.
    BadValue,
    /// readOnly (4): SNMPv1 only.
    ReadOnly,
    /// genErr (5): the responder failed.
    GenErr,
    /// noAccess (6): outside the view.
    NoAccess,
    /// wrongType (7).
    WrongType,
    /// wrongLength (8).
    WrongLength,
    /// wrongEncoding (9).
    WrongEncoding,
    /// wrongValue (10): never possible.
    WrongValue,
    /// noCreation (11): no such instance, and none can be made.
    NoCreation,
    /// inconsistentValue (12): not possible now.
    InconsistentValue,
    /// resourceUnavailable (13).
    ResourceUnavailable,
    /// commitFailed (14): nothing was changed after all.
    CommitFailed,
    /// undoFailed (15): some of it was changed.
    UndoFailed,
    /// authorizationError (16).
    AuthorizationError,
    /// notWritable (17).
    NotWritable,
    /// inconsistentName (18): no such instance can be made now.
    InconsistentName,
    /// A number that RFC 3416 does not name.
    Other(i32),
}

impl ErrorStatus {
    /// The status with this number.
    #[must_use]
    pub fn from_wire(number: i32) -> Self {
        usize::try_from(number)
            .ok()
            .and_then(|index| NAMED.get(index))
            .map_or(Self::Other(number), |named| named.0)
    }

    /// The number of this status.
    #[must_use]
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Other(number) => number,
            named => (0_i32..).zip(NAMED).find(|(_, row)| row.0 == named).map_or(5, |(number, _)| number),
        }
    }

    /// What SNMPv1 says instead (RFC 3584 §4.4).
    #[must_use]
    pub fn to_v1(self) -> Self {
        match self {
            Self::WrongValue
            | Self::WrongEncoding
            | Self::WrongType
            | Self::WrongLength
            | Self::InconsistentValue => Self::BadValue,
            Self::NoAccess
            | Self::NotWritable
            | Self::NoCreation
            | Self::InconsistentName
            | Self::AuthorizationError => Self::NoSuchName,
            Self::ResourceUnavailable | Self::CommitFailed | Self::UndoFailed | Self::Other(_) => {
                Self::GenErr
            }
            same => same,
        }
    }
}

impl fmt::Display for ErrorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMED.iter().find(|row| row.0 == *self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "error-status {}", self.to_wire()),
        }
    }
}

/// In the order of their numbers.
const NAMED: [(ErrorStatus, &str); 19] = [
    (ErrorStatus::NoError, "noError"),
    (ErrorStatus::TooBig, "tooBig"),
    (ErrorStatus::NoSuchName, "noSuchName"),
    (ErrorStatus::BadValue, "badValue"),
    (ErrorStatus::ReadOnly, "readOnly"),
    (ErrorStatus::GenErr, "genErr"),
    (ErrorStatus::NoAccess, "noAccess"),
    (ErrorStatus::WrongType, "wrongType"),
    (ErrorStatus::WrongLength, "wrongLength"),
    (ErrorStatus::WrongEncoding, "wrongEncoding"),
    (ErrorStatus::WrongValue, "wrongValue"),
    (ErrorStatus::NoCreation, "noCreation"),
    (ErrorStatus::InconsistentValue, "inconsistentValue"),
    (ErrorStatus::ResourceUnavailable, "resourceUnavailable"),
    (ErrorStatus::CommitFailed, "commitFailed"),
    (ErrorStatus::UndoFailed, "undoFailed"),
    (ErrorStatus::AuthorizationError, "authorizationError"),
    (ErrorStatus::NotWritable, "notWritable"),
    (ErrorStatus::InconsistentName, "inconsistentName"),
];

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn numbers_and_names_are_those_of_rfc_3416() {
        assert_eq!(ErrorStatus::from_wire(6), ErrorStatus::NoAccess);
        assert_eq!(ErrorStatus::from_wire(18).to_string(), "inconsistentName");
        assert_eq!(ErrorStatus::from_wire(19), ErrorStatus::Other(19));
        assert_eq!(ErrorStatus::from_wire(-1).to_string(), "error-status -1");
        for number in -2..25 {
            assert_eq!(ErrorStatus::from_wire(number).to_wire(), number);
        }
    }

    #[test]
    fn v1_is_told_only_what_it_knows() {
        for number in 0..25 {
            assert!((0..=5).contains(&ErrorStatus::from_wire(number).to_v1().to_wire()));
        }
        assert_eq!(ErrorStatus::WrongLength.to_v1(), ErrorStatus::BadValue);
        assert_eq!(ErrorStatus::NotWritable.to_v1(), ErrorStatus::NoSuchName);
        assert_eq!(ErrorStatus::CommitFailed.to_v1(), ErrorStatus::GenErr);
    }
}
