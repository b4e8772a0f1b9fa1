use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// When the server wants to hear from the client again: `900;jitter=300` in `Remote-Services-Next-Poll`.
///
/// The client waits `seconds` plus a random part of `jitter`, within its own bounds ([`NextPoll::wait`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NextPoll {
    /// Seconds to wait at least.
    pub seconds: u32,
    /// Seconds over which the fleet is spread beyond that.
    #[serde(default)]
    pub jitter: u32,
}

/// The field value is not an integer item with an optional integer parameter `jitter` (RFC 9651 §3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Remote-Services-Next-Poll is not an integer with an optional integer jitter")]
pub struct PaceError;

impl NextPoll {
    /// The shortest wait that a client accepts from a server.
    pub const MIN: Duration = Duration::from_secs(5);
    /// The longest wait that a client accepts from a server.
    pub const MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// The wait within the client's bounds; `random` is uniform over all of u32.
    #[must_use]
    pub fn wait(self, random: u32) -> Duration {
        // A day's milliseconds fit in 27 bits, so the product fits in 59.
        let jitter = u64::from(self.jitter).min(Self::MAX.as_secs());
        let spread = (jitter * 1000 * u64::from(random)) >> 32;
        Duration::from_millis(u64::from(self.seconds) * 1000 + spread).clamp(Self::MIN, Self::MAX)
    }
}

impl fmt::Display for NextPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};jitter={}", self.seconds, self.jitter)
    }
}

impl FromStr for NextPoll {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Self, PaceError> {
        let mut parts = text.trim_matches(' ').split(';');
        let seconds = integer(parts.next().unwrap_or_default())?;
        let mut jitter = 0;
        for parameter in parts {
            // Parameters that we do not know are ignored.
            if let Some(value) = parameter.trim_start_matches(' ').strip_prefix("jitter=") {
                jitter = integer(value)?;
            }
        }
        Ok(Self { seconds, jitter })
    }
}

/// A non-negative sf-integer: at most 15 digits; what exceeds u32 saturates, since the client clamps anyway.
fn integer(text: &str) -> Result<u32, PaceError> {
    if text.is_empty() || text.len() > 15 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PaceError);
    }
    let value: u64 = text.parse().map_err(|_| PaceError)?;
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_form_of_the_protocol() {
        assert_eq!("900;jitter=300".parse(), Ok(NextPoll { seconds: 900, jitter: 300 }));
        assert_eq!("60".parse(), Ok(NextPoll { seconds: 60, jitter: 0 }));
        assert_eq!("60; other=?1; jitter=5".parse(), Ok(NextPoll { seconds: 60, jitter: 5 }));
        for text in ["", "-1", "1.5", "abc", "60;jitter=x", "9999999999999999"] {
            assert_eq!(text.parse::<NextPoll>(), Err(PaceError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_wait_stays_within_the_clients_bounds(seconds: u32, jitter: u32, random: u32) {
            let wait = NextPoll { seconds, jitter }.wait(random);
            prop_assert!(wait >= NextPoll::MIN && wait <= NextPoll::MAX);
        }

        #[test]
        fn what_is_printed_reads_back(seconds: u32, jitter: u32) {
            let pace = NextPoll { seconds, jitter };
            prop_assert_eq!(pace.to_string().parse(), Ok(pace));
        }
    }
}
