//! Octets that nobody can guess, from the operating system.

use remote_services_core::id::uuid_v7;
use remote_services_core::time::Timestamp;
use uuid::Uuid;

use crate::clock;

/// The operating system gave no random octets. Blame: the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random octets")]
pub struct RandomnessError;

pub(crate) fn octets<const N: usize>() -> Result<[u8; N], RandomnessError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|_| RandomnessError)?;
    Ok(octets)
}

/// A fresh UUIDv7: identifiers made later sort later.
pub(crate) fn uuid() -> Result<Uuid, RandomnessError> {
    Ok(uuid_v7(Timestamp::from_unix_millis(clock::now_ms()), octets()?))
}
