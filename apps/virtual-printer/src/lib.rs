//! A printer made of software, for demonstrations and tests: it answers SNMP like one of many makers' models,
//! takes print jobs on a raw TCP port, and can have faults.

pub mod fleet;
pub mod mib;
pub mod model;
pub mod objects;
pub mod persona;
pub mod printer;
pub mod raw9100;
pub mod works;
