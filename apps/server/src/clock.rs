//! The server's wall clock, in the one unit that the store uses.

use remote_services_core::time::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z. A clock before 1970 reads as 0.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `ms` as an RFC 3339 date and time in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    Timestamp::from_unix_millis(ms).to_string()
}
