//! Recordings that no device gave: one for each maker of printers, written from what MIBs and documents say.
//!
//! They have the makers' own meters and what is peculiar to their agents (levels that are no numbers, serial numbers in
//! objects of their own, a printer that is the ninth device of its host), with invented numbers that add up: all sides are
//! the black and the coloured ones, those printed, copied and faxed. Tests read them, and virtual printers play them; each
//! file says what it shows, and `# live:` which counter each of its meters is.
//!
//! ```
//! use remote_services_collect::{ObjectStore, ReadContext, build, record, synthetic};
//!
//! let xerox = synthetic::by_name("xerox").expect("is part of the crate");
//! let recording = record::parse(xerox.text.as_bytes(), record::Mode::Strict)?;
//! let report = build(&ObjectStore::from(recording.values), &ReadContext::default());
//! assert_eq!(report.identity.serial_number.as_deref(), Some("EHQ100000"));
//! # Ok::<(), record::RecordError>(())
//! ```

/// A synthetic recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synthetic {
    /// Short name: that of the file, and of the maker's profile.
    pub name: &'static str,
    /// The maker as its devices write it.
    pub manufacturer: &'static str,
    /// The lines, for [`record::parse`](crate::record::parse).
    pub text: &'static str,
}

macro_rules! recordings {
    ($($name:literal $manufacturer:literal),+ $(,)?) => {
        &[$(Synthetic {
            name: $name,
            manufacturer: $manufacturer,
            text: include_str!(concat!("../recordings/", $name, ".snmprec")),
        }),+]
    };
}

/// All of them, one a maker.
pub const ALL: &[Synthetic] = recordings![
    "xerox" "Xerox",
    "hp" "HP",
    "ricoh" "RICOH",
    "canon" "Canon",
    "lexmark" "Lexmark",
    "kyocera" "KYOCERA",
    "konica-minolta" "KONICA MINOLTA",
    "brother" "Brother",
    "epson" "EPSON",
    "oki" "OKI DATA CORP",
    "sharp" "SHARP",
    "samsung" "Samsung",
    "toshiba" "TOSHIBA",
    "fujifilm" "FUJIFILM",
    "dell" "Dell",
    "zebra" "Zebra",
    "pantum" "Pantum",
    "panasonic" "Panasonic",
];

/// The one with this short name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Synthetic> {
    ALL.iter().find(|recording| recording.name == name)
}
