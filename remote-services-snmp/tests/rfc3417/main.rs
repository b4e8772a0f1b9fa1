//! Transport Mappings for SNMP, section by section.
mod section_8;
