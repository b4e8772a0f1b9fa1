//! What a command does to a device, and what it may never do twice.

pub mod ping;
pub mod raw_print;
