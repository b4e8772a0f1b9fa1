//! Discovery and collection of printers by SNMP: standard MIBs into the model of `remote-services-core`.
//!
//! No sockets and no clock: everything here takes answers and gives questions, or is a pure function.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`record`] | recordings of devices, read and written |

pub mod record;
