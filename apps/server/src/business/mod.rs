//! Rules, as pure functions: no store, no clock, no network.
//!
//! * [`identity`]: when two pieces of evidence speak of the same device.

pub(crate) mod identity;
