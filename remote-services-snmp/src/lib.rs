//! remote-services-snmp
