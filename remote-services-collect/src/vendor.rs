//! What is known of single makers, as data: enterprise numbers, names, and objects outside the standard MIBs.
//!
//! Only serial number, firmware, model, asset tag and the 1284 id are here, because no standard object offers
//! them on every device; meters and the rest belong to vendor profiles. Enterprise numbers are IANA's. The
//! objects were read from the makers' public MIB texts or seen on devices, as the comments say; an object that a
//! device does not have costs nothing but a name in a GET.

use remote_services_snmp::{Oid, oid};

/// A maker of printers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Vendor {
    /// The name as we report it.
    pub name: &'static str,
    /// IANA enterprise numbers under which its devices answer.
    pub enterprises: &'static [u32],
    /// Words that a description or 1284 id starts with, in lower case, and the name each stands for. Longer
    /// ones stand before shorter ones that they start with.
    pub brands: &'static [(&'static str, &'static str)],
    /// Subtree of sysObjectID that only printers use, where the enterprise makes other things too.
    pub printers_below: Option<Oid>,
    /// Serial numbers, best first.
    pub serial: &'static [Scalar],
    /// Firmware versions of the whole device, best first.
    pub firmware: &'static [Scalar],
    /// Model names, for makers whose hrDeviceDescr does not say it.
    pub model: &'static [Scalar],
    /// Asset tags.
    pub asset_tag: &'static [Scalar],
    /// Where in sysDescr the model stands.
    pub description: Description,
}

/// An object outside the tables that we read.
#[derive(Debug)]
pub struct Scalar {
    /// The instance, or with `by_device` the column.
    pub object: Oid,
    /// The instance is the printer's hrDeviceIndex.
    pub by_device: bool,
}

/// What a maker writes into sysDescr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Description {
    /// Usually nothing to go by: the network card, or a slogan.
    NoModel,
    /// The model up to the first `;`, `,` or ` / `.
    ModelFirst,
    /// The same, then `name version` parts after the `;`.
    ModelThenParts,
    /// `…,PID:model,…` with `SN:serial`.
    HpFields,
    /// `… Attached to model Rev.firmware : …`.
    OkiAttached,
    /// `model version firmware kernel …`.
    LexmarkVersion,
    /// `model firmware / …`.
    RicohVersion,
}

/// Every maker that is known.
pub static VENDORS: &[Vendor] = &[
    Vendor {
        name: "Xerox",
        enterprises: &[253],
        brands: &[("xerox", "Xerox")],
        // xcmHrDevInfoSerialNumber
        serial: &[by_device(oid!("1.3.6.1.4.1.253.8.53.3.2.1.3"))],
        // xcmHrDevInfoXeroxAssetTagNumber, xcmHrDevInfoCustomerAssetNumber
        asset_tag: &[
            by_device(oid!("1.3.6.1.4.1.253.8.53.3.2.1.14")),
            by_device(oid!("1.3.6.1.4.1.253.8.53.3.2.1.15")),
        ],
        description: Description::ModelThenParts,
        ..UNKNOWN
    },
    Vendor {
        name: "FUJIFILM",
        enterprises: &[297],
        brands: &[("fuji xerox", "FUJI XEROX"), ("fujifilm", "FUJIFILM"), ("fx ", "FUJI XEROX")],
        serial: &[by_device(oid!("1.3.6.1.4.1.253.8.53.3.2.1.3"))],
        description: Description::ModelThenParts,
        ..UNKNOWN
    },
    Vendor {
        name: "HP",
        enterprises: &[11],
        brands: &[("hewlett-packard", "HP"), ("hewlett packard", "HP"), ("hp ", "HP"), ("hp", "HP")],
        // The rest of 11 is switches, servers and calculators.
        printers_below: Some(oid!("1.3.6.1.4.1.11.2.3.9")),
        // HP-LASERJET-COMMON-MIB serial-number
        serial: &[scalar(oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.3.0"))],
        // fw-rom-revision, fw-rom-datecode
        firmware: &[
            scalar(oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.6.0")),
            scalar(oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.5.0")),
        ],
        asset_tag: &[scalar(oid!("1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.12.0"))],
        description: Description::HpFields,
        ..UNKNOWN
    },
    Vendor {
        name: "Ricoh",
        enterprises: &[367],
        brands: &[
            ("ricoh", "Ricoh"),
            ("nrg", "NRG"),
            ("lanier", "Lanier"),
            ("savin", "Savin"),
            ("gestetner", "Gestetner"),
            ("nashuatec", "Nashuatec"),
            ("rex-rotary", "Rex-Rotary"),
            ("infotec", "infotec"),
        ],
        // ricohEngSerialNumber
        serial: &[scalar(oid!("1.3.6.1.4.1.367.3.2.1.2.1.4.0"))],
        // ricohSysVers
        firmware: &[scalar(oid!("1.3.6.1.4.1.367.3.2.1.1.1.2.0"))],
        // ricohSysName
        model: &[scalar(oid!("1.3.6.1.4.1.367.3.2.1.1.1.1.0"))],
        description: Description::RicohVersion,
        ..UNKNOWN
    },
    Vendor {
        name: "Canon",
        enterprises: &[1602],
        brands: &[("canon", "Canon")],
        // Seen on devices; no MIB text.
        serial: &[scalar(oid!("1.3.6.1.4.1.1602.1.2.1.8.1.3.1.1"))],
        firmware: &[scalar(oid!("1.3.6.1.4.1.1602.1.1.1.4.0"))],
        model: &[scalar(oid!("1.3.6.1.4.1.1602.1.1.1.1.0"))],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        name: "Lexmark",
        enterprises: &[641],
        brands: &[("lexmark", "Lexmark")],
        serial: &[scalar(oid!("1.3.6.1.4.1.641.2.1.2.1.6.1")), scalar(oid!("1.3.6.1.4.1.641.6.2.3.1.5.1"))],
        // LEXMARK-MPS-MIB deviceFirmwareRevision table, LEXMARK-PVT-MIB prtgenCodeRevision
        firmware: &[
            scalar(oid!("1.3.6.1.4.1.641.6.3.3.1.7.1.1")),
            scalar(oid!("1.3.6.1.4.1.641.2.1.2.1.4.1")),
        ],
        // LEXMARK-PVT-MIB prtgenPrinterName
        model: &[scalar(oid!("1.3.6.1.4.1.641.2.1.2.1.2.1"))],
        description: Description::LexmarkVersion,
        ..UNKNOWN
    },
    Vendor {
        name: "Kyocera",
        enterprises: &[1347],
        brands: &[
            ("kyocera", "Kyocera"),
            ("ta triumph-adler", "Triumph-Adler"),
            ("triumph-adler", "Triumph-Adler"),
            ("utax_ta", "UTAX"),
            ("utax", "UTAX"),
            ("copystar", "Copystar"),
            ("olivetti", "Olivetti"),
        ],
        serial: &[scalar(oid!("1.3.6.1.4.1.1347.43.5.1.1.28.1"))],
        // System firmware, first row
        firmware: &[scalar(oid!("1.3.6.1.4.1.1347.43.5.4.1.5.1.1"))],
        model: &[scalar(oid!("1.3.6.1.4.1.1347.43.5.1.1.1.1"))],
        ..UNKNOWN
    },
    Vendor {
        name: "Konica Minolta",
        enterprises: &[18334],
        brands: &[("konica minolta", "Konica Minolta"), ("konica", "Konica Minolta"), ("develop", "Develop")],
        // Seen on devices; no MIB text. The firmware table gives name and version.
        firmware: &[
            scalar(oid!("1.3.6.1.4.1.18334.1.1.1.1.6.1.0")),
            scalar(oid!("1.3.6.1.4.1.18334.1.1.1.5.5.1.1.3.1")),
        ],
        model: &[scalar(oid!("1.3.6.1.4.1.18334.1.1.1.1.6.2.1.0"))],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        name: "Brother",
        enterprises: &[2435],
        brands: &[("brother", "Brother")],
        serial: &[scalar(oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0"))],
        firmware: &[scalar(oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.17.0"))],
        ..UNKNOWN
    },
    Vendor {
        name: "Epson",
        enterprises: &[1248],
        brands: &[("seiko epson", "Epson"), ("epson", "Epson")],
        serial: &[scalar(oid!("1.3.6.1.4.1.1248.1.2.2.1.1.1.5.1"))],
        firmware: &[
            scalar(oid!("1.3.6.1.4.1.1248.1.2.2.2.1.1.2.1.4")),
            scalar(oid!("1.3.6.1.4.1.1248.1.1.3.1.21.1.1.2.5")),
        ],
        ..UNKNOWN
    },
    Vendor {
        name: "OKI",
        enterprises: &[2001],
        brands: &[("oki data", "OKI"), ("oki", "OKI")],
        serial: &[scalar(oid!("1.3.6.1.4.1.2001.1.1.1.1.11.1.10.45.0"))],
        description: Description::OkiAttached,
        ..UNKNOWN
    },
    Vendor {
        name: "Sharp",
        enterprises: &[2385],
        brands: &[("sharp", "Sharp")],
        // Seen on devices; no MIB text.
        firmware: &[scalar(oid!("1.3.6.1.4.1.2385.2.1.1.2.1.2.1"))],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        name: "Samsung",
        enterprises: &[236],
        brands: &[("samsung", "Samsung")],
        printers_below: Some(oid!("1.3.6.1.4.1.236.11.5")),
        // SAMSUNG-PRTGENERAL-MIB
        serial: &[scalar(oid!("1.3.6.1.4.1.236.11.5.1.1.1.4.0"))],
        description: Description::ModelThenParts,
        ..UNKNOWN
    },
    Vendor {
        name: "Toshiba",
        enterprises: &[1129],
        brands: &[("toshiba tec", "Toshiba"), ("toshiba", "Toshiba")],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        name: "Zebra",
        enterprises: &[10642],
        brands: &[
            ("zebra technologies", "Zebra"),
            ("zebranet", "Zebra"),
            ("zebra", "Zebra"),
            ("ztc", "Zebra"),
        ],
        serial: &[scalar(oid!("1.3.6.1.4.1.10642.200.19.5.0"))],
        firmware: &[scalar(oid!("1.3.6.1.4.1.10642.1.2.0"))],
        model: &[scalar(oid!("1.3.6.1.4.1.10642.1.1.0"))],
        ..UNKNOWN
    },
    Vendor {
        name: "Dell",
        enterprises: &[674],
        brands: &[("dell", "Dell")],
        printers_below: Some(oid!("1.3.6.1.4.1.674.10898")),
        description: Description::LexmarkVersion,
        ..UNKNOWN
    },
    Vendor {
        name: "Pantum",
        enterprises: &[40093],
        brands: &[("pantum", "Pantum")],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        name: "Panasonic",
        enterprises: &[258],
        brands: &[("panasonic", "Panasonic")],
        description: Description::ModelFirst,
        ..UNKNOWN
    },
    Vendor {
        // A print server board that other makers build in, Zebra among them.
        name: "Extended Systems",
        enterprises: &[683],
        printers_below: Some(oid!("1.3.6.1.4.1.683.6")),
        ..UNKNOWN
    },
];

/// Instances that hold a 1284 id: ppmPrinterIEEE1284DeviceId (PWG 5107.1), the JetDirect status id that many
/// boards copy, Brother's and Kyocera's place for the same, and xcmGenBaseSystem1284DeviceId.
pub static DEVICE_IDS: &[Oid] = &[
    oid!("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1"),
    oid!("1.3.6.1.4.1.11.2.3.9.1.1.7.0"),
    oid!("1.3.6.1.4.1.2435.2.3.9.1.1.7.0"),
    oid!("1.3.6.1.4.1.1347.40.1.1.1.8.1"),
    oid!("1.3.6.1.4.1.253.8.51.1.2.1.20.1"),
];

/// Xerox's counters by label (xcmHrDevDetail, type 20 deviceLifetimeUsage): `.6` is the number, `.8` the label;
/// below each: hrDeviceIndex, 20, row.
pub(crate) const XEROX_METER_VALUES: Oid = oid!("1.3.6.1.4.1.253.8.53.13.2.1.6");
pub(crate) const XEROX_METER_LABELS: Oid = oid!("1.3.6.1.4.1.253.8.53.13.2.1.8");

impl Vendor {
    /// The maker with the enterprise number of a sysObjectID.
    #[must_use]
    pub fn of_object_id(id: &Oid) -> Option<&'static Self> {
        let number = enterprise(id)?;
        VENDORS.iter().find(|vendor| vendor.enterprises.contains(&number))
    }

    /// The maker whose brand a text starts with, and the name of the brand.
    #[must_use]
    pub fn of_text(text: &str) -> Option<(&'static Self, &'static str)> {
        let text = text.trim().to_lowercase();
        VENDORS.iter().find_map(|vendor| Some((vendor, vendor.brand(&text)?)))
    }

    /// The brand of this maker that a text starts with.
    #[must_use]
    pub fn brand(&self, text: &str) -> Option<&'static str> {
        let text = text.trim().to_lowercase();
        let starts = |word: &str| {
            // A whole word: "hp" is not "hpux", and "oki" not "okipage".
            text.strip_prefix(word)
                .is_some_and(|rest| word.ends_with(' ') || !rest.starts_with(|c: char| c.is_alphanumeric()))
        };
        self.brands.iter().find(|(word, _)| starts(word)).map(|(_, name)| *name)
    }

    /// Whether a device with this sysObjectID is a printer by that alone.
    #[must_use]
    pub fn makes_printers_below(&self, id: &Oid) -> bool {
        match &self.printers_below {
            Some(root) => id.starts_with(root),
            None => enterprise(id).is_some_and(|number| self.enterprises.contains(&number)),
        }
    }

    /// All instances outside the standard MIBs to GET from a device of this maker.
    #[must_use]
    pub fn names(&self, device: Option<u32>) -> Vec<Oid> {
        [self.serial, self.firmware, self.model, self.asset_tag]
            .into_iter()
            .flatten()
            .filter_map(|scalar| scalar.instance(device))
            .collect()
    }
}

impl Scalar {
    /// The instance to GET; `None` when it needs an hrDeviceIndex and there is none.
    #[must_use]
    pub fn instance(&self, device: Option<u32>) -> Option<Oid> {
        if self.by_device { self.object.child(device?).ok() } else { Some(self.object.clone()) }
    }
}

/// The enterprise number of a sysObjectID: the arc below 1.3.6.1.4.1.
#[must_use]
pub fn enterprise(id: &Oid) -> Option<u32> {
    id.strip_prefix(&oid!("1.3.6.1.4.1"))?.next()
}

const fn scalar(object: Oid) -> Scalar {
    Scalar { object, by_device: false }
}

const fn by_device(object: Oid) -> Scalar {
    Scalar { object, by_device: true }
}

const UNKNOWN: Vendor = Vendor {
    name: "",
    enterprises: &[],
    brands: &[],
    printers_below: None,
    serial: &[],
    firmware: &[],
    model: &[],
    asset_tag: &[],
    description: Description::NoModel,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enterprise_numbers_name_one_maker_each() {
        let mut all: Vec<u32> = VENDORS.iter().flat_map(|vendor| vendor.enterprises).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(VENDORS.iter().all(|vendor| !vendor.name.is_empty() && !vendor.enterprises.is_empty()));
        for name in [
            "Xerox",
            "HP",
            "Ricoh",
            "Canon",
            "Lexmark",
            "Kyocera",
            "Konica Minolta",
            "Brother",
            "Epson",
            "OKI",
            "Sharp",
            "Samsung",
            "Toshiba",
        ] {
            assert!(VENDORS.iter().any(|vendor| vendor.name == name), "{name}");
        }
    }

    #[test]
    fn a_brand_is_a_whole_word_at_the_start() {
        let brand = |text| Vendor::of_text(text).map(|(_, brand)| brand);
        assert_eq!(brand("HP Color LaserJet Pro M252dw"), Some("HP"));
        assert_eq!(brand("Hewlett-Packard"), Some("HP"));
        assert_eq!(brand("HPUX server"), None);
        assert_eq!(brand("FUJI XEROX ApeosPort-VI C4471"), Some("FUJI XEROX"));
        assert_eq!(brand("Xerox AltaLink"), Some("Xerox"));
        assert_eq!(brand("UTAX P-4531DN"), Some("UTAX"));
        assert_eq!(brand("Generic 28C-1"), None);
    }

    #[test]
    fn makers_of_other_things_have_a_subtree_for_printers() {
        let hp = Vendor::of_object_id(&oid!("1.3.6.1.4.1.11.2.3.7.11.160")).unwrap();
        assert!(!hp.makes_printers_below(&oid!("1.3.6.1.4.1.11.2.3.7.11.160")));
        assert!(hp.makes_printers_below(&oid!("1.3.6.1.4.1.11.2.3.9.1")));
        assert!(Vendor::of_object_id(&oid!("1.3.6.1.4.1.8072.3.2.10")).is_none());
    }
}
