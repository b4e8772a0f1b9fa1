//! Differences that are known, with their reasons.

/// Rows that differ, and why ours is right all the same.
pub(super) const DIFFERENT: &[(&str, &str, &str)] = &[
    ("lnms_fujifilmprinter_c7580.snmprec", "librenms.ipv4", "the recording has no mask for this address"),
    (
        "lnms_konica.snmprec",
        "hrDeviceDescr.1",
        "\"Generic 28C-1\" names no model; the maker's own object does",
    ),
    ("lnms_zebra.snmprec", "librenms.hardware", "the number of the print server board, not of the printer"),
    ("lnms_zebra.snmprec", "librenms.serial", "the number of the print server board, not of the printer"),
    ("pm_kyocera_p2040.snmprec", "glpi.NAME", "sysName is empty; the name is the maker's network setting"),
    ("lnms_samsungprinter_m4080fx.snmprec", "glpi.MODEL", "in no object of this recording"),
    ("lnms_brother.snmprec", "librenms.version", "in no object of this recording"),
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
