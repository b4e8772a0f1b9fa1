//! Models for tests: random ones, full ones, and a plausible printer.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod hostile;
pub(crate) mod random;
pub(crate) mod sample;
mod sample_status;
pub(crate) mod sample_usage;
