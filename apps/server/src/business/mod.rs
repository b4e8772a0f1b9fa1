//! Rules, as pure functions: no store, no clock, no network.
//!
//! * [`identity`]: when two pieces of evidence speak of the same device.
//! * [`trail`]: when what a client says of its audit log cannot follow what it said before.

pub(crate) mod identity;
pub(crate) mod trail;
