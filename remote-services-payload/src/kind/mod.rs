//! The kinds of documents: which there are, and the way between each and the model.
//!
//! One file a kind declares, for every type of the model that the kind uses, which member stands in which
//! element; [`xml`](crate::xml) makes writer, reader and table from that. The names are those of the model's
//! JSON form, so that a script can read either.
//!
//! ```text
//! DeviceReport ──encode_report──▶ identity.xml network.xml properties.xml status.xml counters.xml supplies.xml
//!                                 and detailedUsage.xml, when there is a detailed usage
//! Agent        ──encode_agent───▶ agent.xml
//! Document     ──encode─────────▶ any of them; engineering.xml, jobAccounting.xml and printControl.xml, too,
//!                                 which are sent with consent only (PayloadKind::needs_consent)
//!              ◀──decode────────  one at a time, by kind
//! ```
//!
//! ```
//! use remote_services_core::device::DeviceReport;
//! use remote_services_payload::kind::{self, Document};
//! use remote_services_payload::xml::Limits;
//!
//! let mut report = DeviceReport::default();
//! report.identity.serial_number = Some("X12".into());
//! let files = kind::encode_report(&report)?;
//! assert_eq!(files[0].name(), "identity.xml");
//!
//! let decoded = kind::decode(files[0].kind, &files[0].xml, &Limits::default())?;
//! assert!(matches!(decoded.document, Document::Identity(identity) if identity == report.identity));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent;
mod common;
mod counters;
mod detailed_usage;
mod document;
mod engineering;
mod identity;
mod job_accounting;
mod network;
mod print_control;
mod properties;
mod status;
mod supplies;

use crate::xml::table::Type;
use crate::xml::{EncodeError, Limits, Value, WriteError, XmlError, root_namespace};
use document::{encode, encode_to, read};
use remote_services_core::agent::Agent;
use remote_services_core::counter::Counters;
use remote_services_core::device::{DeviceReport, Identity};
use remote_services_core::engineering::Engineering;
use remote_services_core::job::JobAccounting;
use remote_services_core::network::Network;
use remote_services_core::policy::PrintControl;
use remote_services_core::properties::Properties;
use remote_services_core::status::Status;
use remote_services_core::supply::Supplies;
use remote_services_core::usage::DetailedUsage;

pub use document::{Decoded, Encoded, encode_agent, encode_report};

/// The schema version that is written. Any 1.x is read.
pub const SCHEMA_VERSION: &str = "1.0";

/// The files of `schemas/`, by name: what every kind includes, one schema a kind, and those of the manifest and
/// the list of parts.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("common.xsd", include_str!("../../schemas/common.xsd")),
    ("alert-codes.xsd", include_str!("../../schemas/alert-codes.xsd")),
    ("identity.xsd", PayloadKind::Identity.schema()),
    ("network.xsd", PayloadKind::Network.schema()),
    ("properties.xsd", PayloadKind::Properties.schema()),
    ("status.xsd", PayloadKind::Status.schema()),
    ("counters.xsd", PayloadKind::Counters.schema()),
    ("supplies.xsd", PayloadKind::Supplies.schema()),
    ("detailedUsage.xsd", PayloadKind::DetailedUsage.schema()),
    ("engineering.xsd", PayloadKind::Engineering.schema()),
    ("jobAccounting.xsd", PayloadKind::JobAccounting.schema()),
    ("agent.xsd", PayloadKind::Agent.schema()),
    ("printControl.xsd", PayloadKind::PrintControl.schema()),
    ("manifest.xsd", crate::archive::MANIFEST_SCHEMA),
    ("parts.xsd", crate::container::PARTS_SCHEMA),
];

macro_rules! kinds {
    ($( $(#[$meta:meta])* $kind:ident = $label:literal ),+ $(,)?) => {
        /// A kind of document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum PayloadKind {
            $( $(#[$meta])* $kind, )+
        }

        impl PayloadKind {
            /// All of them: those of a device, then those beside it.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word in namespaces, manifests and file names: `identity`.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $( Self::$kind => $label, )+ }
            }

            /// Name of the file in the container: `identity.xml`.
            #[must_use]
            pub const fn entry_name(self) -> &'static str {
                match self { $( Self::$kind => concat!($label, ".xml"), )+ }
            }

            /// Namespace of the document: `urn:remote-services:identity:1`.
            #[must_use]
            pub const fn namespace(self) -> &'static str {
                match self { $( Self::$kind => concat!("urn:remote-services:", $label, ":1"), )+ }
            }

            /// Name of the root element: `Identity`.
            #[must_use]
            pub const fn root(self) -> &'static str {
                match self { $( Self::$kind => stringify!($kind), )+ }
            }

            /// The schema (XSD 1.0). It includes others by file name: see [`SCHEMAS`].
            #[must_use]
            pub const fn schema(self) -> &'static str {
                match self { $( Self::$kind => include_str!(concat!("../../schemas/", $label, ".xsd")), )+ }
            }

            /// The type of the root element, as the codec knows it.
            #[must_use]
            pub fn table(self) -> &'static Type {
                match self { $( Self::$kind => <$kind as Value>::TYPE, )+ }
            }
        }

        /// The content of a document: one kind of the model.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Document {
            $( $(#[$meta])* $kind($kind), )+
        }

        impl Document {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> PayloadKind {
                match self { $( Self::$kind(_) => PayloadKind::$kind, )+ }
            }

            /// Writes it as XML.
            ///
            /// # Errors
            /// When a value is outside what the schema can carry.
            pub fn encode(&self) -> Result<Encoded, EncodeError> {
                self.encode_as(SCHEMA_VERSION)
            }

            fn encode_as(&self, schema_version: &str) -> Result<Encoded, EncodeError> {
                match self { $( Self::$kind(content) => encode(PayloadKind::$kind, content, schema_version), )+ }
            }

            /// Writes it as XML to a sink, in pieces of some kibibytes: a long document is never in memory as a whole.
            ///
            /// # Errors
            /// When a value is outside what the schema can carry, which may show after much has been written; when the
            /// sink fails.
            pub fn encode_to(&self, sink: &mut dyn std::io::Write) -> Result<(), WriteError> {
                match self { $( Self::$kind(content) => encode_to(PayloadKind::$kind, content, sink), )+ }
            }
        }

        /// Reads a document of this kind.
        ///
        /// # Errors
        /// When the octets are not a document of this kind, or exceed a limit.
        pub fn decode(kind: PayloadKind, xml: &[u8], limits: &Limits) -> Result<Decoded, XmlError> {
            match kind { $( PayloadKind::$kind => read(kind, xml, limits, Document::$kind), )+ }
        }
    };
}

kinds! {
    /// Who the device is.
    Identity = "identity",
    /// Where it is on the network.
    Network = "network",
    /// What it can do.
    Properties = "properties",
    /// How it is.
    Status = "status",
    /// What it has counted.
    Counters = "counters",
    /// What it has left.
    Supplies = "supplies",
    /// How it was used, part by part.
    DetailedUsage = "detailedUsage",
    /// Who reports.
    Agent = "agent",
    /// Index of logs and jobs for third-level support.
    Engineering = "engineering",
    /// Who printed what, where and for whose account.
    JobAccounting = "jobAccounting",
    /// What a print policy stopped, changed or let pass with a warning.
    PrintControl = "printControl",
}

impl PayloadKind {
    /// The kind with this label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }

    /// Whether documents of this kind hold personal data or customer content throughout, so that none may be
    /// sealed without a recorded consent, and none in lockdown.
    #[must_use]
    pub const fn needs_consent(self) -> bool {
        matches!(self, Self::Engineering | Self::JobAccounting | Self::PrintControl)
    }

    /// The kind, of any major version, whose namespace this is.
    pub(crate) fn of_namespace(namespace: &str) -> Option<Self> {
        let of_any_major = |kind: &Self| {
            namespace.starts_with(kind.namespace().trim_end_matches(|letter: char| letter.is_ascii_digit()))
        };
        Self::ALL.iter().copied().find(of_any_major)
    }

    /// The kind that a document says it is by the namespace of its root, whatever it is called.
    pub(crate) fn of_document(octets: &[u8]) -> Option<Self> {
        root_namespace(octets).as_deref().and_then(Self::of_namespace)
    }

    /// The kind of the file with this name in a container.
    #[must_use]
    pub fn from_entry_name(name: &str) -> Option<Self> {
        Self::from_label(name.strip_suffix(".xml")?)
    }
}

impl std::fmt::Display for PayloadKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.label())
    }
}

impl Document {
    /// Puts the content in its place in a report; gives it back when it has none there.
    pub fn place_in(self, report: &mut DeviceReport) -> Option<Self> {
        match self {
            Self::Identity(content) => report.identity = content,
            Self::Network(content) => report.network = content,
            Self::Properties(content) => report.properties = content,
            Self::Status(content) => report.status = content,
            Self::Counters(content) => report.counters = content,
            Self::Supplies(content) => report.supplies = content,
            Self::DetailedUsage(content) => report.usage = Some(content),
            other => return Some(other),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::device::Module;

    #[test]
    fn an_identity_goes_out_and_comes_back() {
        let identity = Identity {
            manufacturer: Some("A & B <Ltd>".into()),
            modules: vec![Module { version: Some("1.2".into()), ..Module::default() }],
            ..Identity::default()
        };
        let encoded = Document::Identity(identity.clone()).encode().unwrap();
        let decoded = decode(encoded.kind, &encoded.xml, &Limits::default()).unwrap();
        assert_eq!(decoded.document, Document::Identity(identity));
        assert_eq!((decoded.schema_version.as_str(), decoded.unknown_total()), ("1.0", 0));
    }

    #[test]
    fn kinds_are_found_by_label_and_file_name() {
        for kind in PayloadKind::ALL {
            assert_eq!(PayloadKind::from_label(kind.label()), Some(*kind));
            assert_eq!(PayloadKind::from_entry_name(kind.entry_name()), Some(*kind));
        }
        assert_eq!(PayloadKind::from_entry_name("identity"), None);
    }
}
