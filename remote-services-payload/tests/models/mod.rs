//! Models for tests: random ones, full ones, and a plausible printer.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod random;
pub(crate) mod sample;
