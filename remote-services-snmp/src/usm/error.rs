//! Why a secured message was refused.
use core::fmt;

use super::UsmStat;
use crate::ber::{BufferTooSmall, DecodeError};
use crate::crypto::CryptoError;

/// Why the user-based security model refuses a message, in the order of RFC 3414 §3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsmError {
    /// The peer sent security parameters that are no such (step 1).
    Malformed(DecodeError),
    /// The message names another engine than the one it must (step 3).
    UnknownEngineId,
    /// Nobody of that name here (step 4).
    UnknownUserName,
    /// The user has no key for the security level of the message (step 5).
    UnsupportedSecurityLevel,
    /// The authentication code is wrong (step 6).
    WrongDigest,
    /// Boots or time are not those of the authoritative engine (step 7).
    NotInTimeWindow,
    /// The scoped PDU cannot be decrypted (step 8).
    Decryption,
    /// Our own crypto provider failed.
    Crypto(CryptoError),
    /// All 2^32 salts that DES and 3DES have under one snmpEngineBoots are used up (RFC 3414 §8.1.1.1).
    SaltsExhausted,
    /// The slice to write into is too small.
    BufferTooSmall(BufferTooSmall),
}

impl UsmError {
    /// The counter that this failure raises. Failures of our own and malformed octets have none.
    #[must_use]
    pub fn stat(&self) -> Option<UsmStat> {
        match self {
            Self::UnknownEngineId => Some(UsmStat::UnknownEngineIds),
            Self::UnknownUserName => Some(UsmStat::UnknownUserNames),
            Self::UnsupportedSecurityLevel => Some(UsmStat::UnsupportedSecLevels),
            Self::WrongDigest => Some(UsmStat::WrongDigests),
            Self::NotInTimeWindow => Some(UsmStat::NotInTimeWindows),
            Self::Decryption => Some(UsmStat::DecryptionErrors),
            Self::Malformed(_) | Self::Crypto(_) | Self::SaltsExhausted | Self::BufferTooSmall(_) => None,
        }
    }
}

impl From<DecodeError> for UsmError {
    fn from(error: DecodeError) -> Self {
        UsmError::Malformed(error)
    }
}

impl From<CryptoError> for UsmError {
    fn from(error: CryptoError) -> Self {
        UsmError::Crypto(error)
    }
}

impl From<BufferTooSmall> for UsmError {
    fn from(error: BufferTooSmall) -> Self {
        UsmError::BufferTooSmall(error)
    }
}

impl fmt::Display for UsmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "malformed security parameters: {error}"),
            Self::UnknownEngineId => f.write_str("unknown engine ID"),
            Self::UnknownUserName => f.write_str("unknown user name"),
            Self::UnsupportedSecurityLevel => f.write_str("the user has no key for this security level"),
            Self::WrongDigest => f.write_str("wrong digest"),
            Self::NotInTimeWindow => f.write_str("not in the time window"),
            Self::Decryption => f.write_str("cannot be decrypted"),
            Self::Crypto(error) => error.fmt(f),
            Self::BufferTooSmall(error) => error.fmt(f),
            Self::SaltsExhausted => {
                f.write_str("no salt is left for DES before the next start of the engine")
            }
        }
    }
}

impl core::error::Error for UsmError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::ber::DecodeErrorKind;

    #[test]
    fn each_refusal_says_what_is_wrong() {
        let short = BufferTooSmall { needed: 90 };
        let malformed = DecodeError::new(DecodeErrorKind::IndefiniteLength, 27);
        let texts = [
            (UsmError::from(malformed), "malformed security parameters: indefinite length at byte 27"),
            (UsmError::UnknownEngineId, "unknown engine ID"),
            (UsmError::UnknownUserName, "unknown user name"),
            (UsmError::UnsupportedSecurityLevel, "the user has no key for this security level"),
            (UsmError::WrongDigest, "wrong digest"),
            (UsmError::NotInTimeWindow, "not in the time window"),
            (UsmError::Decryption, "cannot be decrypted"),
            (UsmError::from(CryptoError::Module), &CryptoError::Module.to_string()),
            (UsmError::from(short), &short.to_string()),
            (UsmError::SaltsExhausted, "no salt is left for DES before the next start of the engine"),
        ];
        for (error, text) in texts {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_fault_of_the_message_raises_no_counter() {
        let malformed = DecodeError::new(DecodeErrorKind::IndefiniteLength, 27);
        for error in [
            UsmError::Malformed(malformed),
            UsmError::Crypto(CryptoError::Module),
            UsmError::SaltsExhausted,
            UsmError::BufferTooSmall(BufferTooSmall { needed: 90 }),
        ] {
            assert_eq!(error.stat(), None, "{error}");
        }
    }
}
