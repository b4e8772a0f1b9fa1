//! Identifiers that a client can name beforehand, so that sending again is always safe.

use crate::time::Timestamp;

pub use uuid::Uuid;

/// A UUIDv7 (RFC 9562 §5.7): `now` to the millisecond, the rest from `random`.
///
/// Identifiers made later sort later. The caller gives ten fresh random octets each time.
#[must_use]
pub fn uuid_v7(now: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_version_7_and_sorts_by_time() {
        let earlier = uuid_v7(Timestamp::from_unix_millis(1_000), [0xFF; 10]);
        let later = uuid_v7(Timestamp::from_unix_millis(1_001), [0; 10]);
        assert_eq!(earlier.get_version_num(), 7);
        assert!(earlier < later);
    }
}
