//! RFC 3430: SNMP over TCP. One file a section.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod section_2;
