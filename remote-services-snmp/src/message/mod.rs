//! Messages of SNMPv1, v2c and v3.
