//! Basic encoding rules (X.690) as far as SNMP uses them.
