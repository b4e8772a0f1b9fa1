//! Ours, snmp-parser and rasn-snmp read the same messages: what two of them take they take as the same message, and
//! where one of ours and rasn-snmp takes what the other refuses the reason stands in a list of the file for the version.
//! The reasons for differences from snmp-parser stand in the SNMP crate's own differential test.
mod changed;
mod reasons;
mod version_2c;
mod versions_1_and_3;
