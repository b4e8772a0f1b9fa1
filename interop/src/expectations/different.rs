//! Differences that are known, with their reasons.

/// Rows that differ, and why ours is right all the same.
pub(super) const DIFFERENT: &[(&str, &str, &str)] = &[
    ("lnms_fujifilmprinter_c7580.snmprec", "librenms.ipv4", "the recording has no mask for this address"),
    (
        "lnms_samsungprinter_m4080fx.snmprec",
        "glpi.MODEL",
        "in no object of this recording: glpi-agent has a name for every sysObjectID, and Samsung has one for many models",
    ),
    ("lnms_brother.snmprec", "glpi.NAME", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.SERIAL", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.MAC", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.MODEL", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.RAM", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.MEMORY", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.IP", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.CARTRIDGES.DRUMBLACK", OTHER_RECORDING),
    ("lnms_brother.snmprec", "glpi.PAGECOUNTERS.TOTAL", OTHER_RECORDING),
];
const OTHER_RECORDING: &str = "glpi-agent was run on another recording of this name";
