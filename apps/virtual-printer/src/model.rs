//! The models that a virtual printer can pose as: what is known of each in public, with invented serial numbers.

/// A model of a printer, as its SNMP agent would present it.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Short name on the command line.
    pub key: &'static str,
    /// Maker as in hrDeviceDescr.
    pub manufacturer: &'static str,
    /// Model name without the maker.
    pub name: &'static str,
    /// sysObjectID.
    pub system_object_id: &'static str,
    /// sysDescr.
    pub description: &'static str,
    /// First letters of the serial numbers.
    pub serial_prefix: &'static str,
    /// First three octets of the MAC address.
    pub mac_prefix: [u8; 3],
    /// Prints in colour.
    pub color: bool,
    /// Impressions a minute.
    pub speed: i32,
    /// How this maker tells levels.
    pub levels: Levels,
}

/// How a maker tells the levels of toner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// Unit percent(19), capacity 100.
    Percent,
    /// Unit impressions(7), capacity as the yield of the cartridge; the waste box knows only "some room left".
    Impressions,
    /// Capacity unknown(-2), level some remaining(-3): the number is not told.
    SomeRemaining,
    /// A percent, with capacity unknown(-2): the number cannot be checked against a maximum.
    PercentWithoutCapacity,
}

/// All models, one a maker.
pub const MODELS: &[Model] = &[
    Model {
        key: "xerox",
        manufacturer: "Xerox",
        name: "AltaLink C8155",
        system_object_id: "1.3.6.1.4.1.253.8.62.1.36.4.3.5",
        description: "Xerox AltaLink C8155; SS 119.009.031.22300, NC 119.009.31.22300, UI 119.009.31.22300, ME 063.028.000",
        serial_prefix: "EHQ",
        mac_prefix: [0x9C, 0x93, 0x4E],
        color: true,
        speed: 55,
        levels: Levels::Percent,
    },
    Model {
        key: "hp",
        manufacturer: "HP",
        name: "LaserJet MFP M528",
        system_object_id: "1.3.6.1.4.1.11.2.3.9.1",
        description: "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24110014,CIDATE 03/11/2021",
        serial_prefix: "CNB",
        mac_prefix: [0xB0, 0x5C, 0xDA],
        color: false,
        speed: 45,
        levels: Levels::Percent,
    },
    Model {
        key: "ricoh",
        manufacturer: "RICOH",
        name: "IM C3000",
        system_object_id: "1.3.6.1.4.1.367.1.1",
        description: "RICOH IM C3000 1.14 / RICOH Network Printer C model / RICOH Network Scanner C model",
        serial_prefix: "3089RA",
        mac_prefix: [0x58, 0x38, 0x79],
        color: true,
        speed: 30,
        levels: Levels::PercentWithoutCapacity,
    },
    Model {
        key: "canon",
        manufacturer: "Canon",
        name: "iR-ADV C5535",
        system_object_id: "1.3.6.1.4.1.1602.4.7",
        description: "Canon iR-ADV C5535 /P",
        serial_prefix: "XTQ",
        mac_prefix: [0x2C, 0x9E, 0xFC],
        color: true,
        speed: 35,
        levels: Levels::Percent,
    },
    Model {
        key: "lexmark",
        manufacturer: "Lexmark",
        name: "MX522adhe",
        system_object_id: "1.3.6.1.4.1.641.1.5.7.1",
        description: "Lexmark MX522adhe version MXTGM.076.293 kernel 4.17.19-yocto-standard All-N-1",
        serial_prefix: "7016",
        mac_prefix: [0x78, 0x8C, 0x77],
        color: false,
        speed: 44,
        levels: Levels::Impressions,
    },
    Model {
        key: "kyocera",
        manufacturer: "KYOCERA",
        name: "ECOSYS M5526cdw",
        system_object_id: "1.3.6.1.4.1.1347.41",
        description: "KYOCERA Document Solutions Printing System",
        serial_prefix: "VR9",
        mac_prefix: [0x00, 0x17, 0xC8],
        color: true,
        speed: 26,
        levels: Levels::Impressions,
    },
    Model {
        key: "konica",
        manufacturer: "KONICA MINOLTA",
        name: "bizhub C360i",
        system_object_id: "1.3.6.1.4.1.18334.1.1.1.2.1.153.2.1",
        description: "KONICA MINOLTA bizhub C360i",
        serial_prefix: "AA2K",
        mac_prefix: [0x00, 0x20, 0x6B],
        color: true,
        speed: 36,
        levels: Levels::Percent,
    },
    Model {
        key: "brother",
        manufacturer: "Brother",
        name: "MFC-L8900CDW series",
        system_object_id: "1.3.6.1.4.1.2435.2.3.9.1",
        description: "Brother NC-8700w, Firmware Ver.1.15  (17.06.12),MID 84E-807",
        serial_prefix: "E7588",
        mac_prefix: [0x30, 0x05, 0x5C],
        color: true,
        speed: 31,
        levels: Levels::SomeRemaining,
    },
    Model {
        key: "epson",
        manufacturer: "EPSON",
        name: "WF-C5790 Series",
        system_object_id: "1.3.6.1.4.1.1248.1.1.2.1.3.5.64.67.53.55",
        description: "EPSON Built-in 11b/g/n Print Server",
        serial_prefix: "X3BC",
        mac_prefix: [0x38, 0x1A, 0x52],
        color: true,
        speed: 24,
        levels: Levels::Percent,
    },
    Model {
        key: "oki",
        manufacturer: "OKI DATA CORP",
        name: "C844",
        system_object_id: "1.3.6.1.4.1.2001.1.1.1.297.93.1.41.1.1",
        description: "OKI OkiLAN 8450e Rev.02.28 10/100BASE Ethernet PrintServer: Attached to C844 Rev.A5.03",
        serial_prefix: "AL9A",
        mac_prefix: [0x00, 0x25, 0x36],
        color: true,
        speed: 36,
        levels: Levels::Percent,
    },
    Model {
        key: "sharp",
        manufacturer: "SHARP",
        name: "MX-3071",
        system_object_id: "1.3.6.1.4.1.2385.3.1.30.3.1.12.4.24.87.136",
        description: "SHARP MX-3071",
        serial_prefix: "9501",
        mac_prefix: [0x24, 0x26, 0x42],
        color: true,
        speed: 30,
        levels: Levels::PercentWithoutCapacity,
    },
    Model {
        key: "samsung",
        manufacturer: "Samsung",
        name: "SL-M4080FX",
        system_object_id: "1.3.6.1.4.1.236.11.5.1",
        description: "Samsung M408x Series; V4.00.02.18 JUN-22-2017;Engine V1.00.11;NIC V6.01.41",
        serial_prefix: "ZDGE",
        mac_prefix: [0x84, 0x25, 0x19],
        color: false,
        speed: 40,
        levels: Levels::Impressions,
    },
    Model {
        key: "toshiba",
        manufacturer: "TOSHIBA",
        name: "e-STUDIO3515AC",
        system_object_id: "1.3.6.1.4.1.1129.2.3.45.1",
        description: "TOSHIBA e-STUDIO3515AC",
        serial_prefix: "CKHI",
        mac_prefix: [0x00, 0x80, 0x91],
        color: true,
        speed: 35,
        levels: Levels::Percent,
    },
];

/// The model with this short name.
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.key == key)
}
