//! Rules, as pure functions: no store, no clock, no network.
//!
//! * [`identity`]: when two pieces of evidence speak of the same device.
//! * [`command`]: which execution report may follow which.

pub(crate) mod command;
pub(crate) mod identity;
