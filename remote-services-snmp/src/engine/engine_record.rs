//! What is worth remembering of a peer's SNMPv3 engine.

use crate::usm::{EngineId, EngineTime};

/// A peer's engine as last heard, to be kept over a restart of ours. Nothing in it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineRecord {
    /// snmpEngineID.
    pub engine_id: EngineId,
    /// What its clock shows by our reckoning; `None` when it never proved any time.
    ///
    /// A caller who keeps this may add the time since, or leave it: an old time costs one message more. But if the
    /// time is ahead of the peer's by more than 150 s, the peer's messages are taken for replays.
    pub time: Option<EngineTime>,
}
