//! What is worth remembering of a peer's SNMPv3 engine.

use crate::usm::{EngineId, EngineTime};

/// The name by which every engine knows itself as the owner of a context (RFC 5343 §3.1): reading snmpEngineID.0
/// in that context tells the engine ID of whoever answers.
pub const LOCAL_ENGINE_ID: [u8; 5] = [0x80, 0, 0, 0, 6];

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
