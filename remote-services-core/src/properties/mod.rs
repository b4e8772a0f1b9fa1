//! What a device can do: parts, functions and abilities, and in `enumerations` the words for their kinds.

mod enumerations;

pub use enumerations::{
    ComponentKind, FinisherType, InputType, InterpreterFamily, MarkingTechnology, OutputType, SoftwareType,
    StorageType,
};

use crate::reading::Header;
use crate::supply::CapacityUnit;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Installed parts, functions and abilities.
    pub struct Properties {
        /// When and from where.
        pub header: Header,
        /// Parts of the device (hrDeviceTable and the Printer-MIB tables).
        #[cfg_attr(feature = "serde", serde(rename = "Component"))]
        pub components: Vec<Component>,
        /// Input trays (prtInputTable).
        #[cfg_attr(feature = "serde", serde(rename = "InputTray"))]
        pub input_trays: Vec<InputTray>,
        /// Output bins (prtOutputTable).
        #[cfg_attr(feature = "serde", serde(rename = "OutputBin"))]
        pub output_bins: Vec<OutputBin>,
        /// Finishers (finDeviceTable).
        #[cfg_attr(feature = "serde", serde(rename = "Finisher"))]
        pub finishers: Vec<Finisher>,
        /// Markers (prtMarkerTable).
        #[cfg_attr(feature = "serde", serde(rename = "Marker"))]
        pub markers: Vec<Marker>,
        /// More than one colorant can be laid on a page.
        pub color_supported: Option<bool>,
        /// Colorants (prtMarkerColorantValue).
        #[cfg_attr(feature = "serde", serde(rename = "Colorant"))]
        pub colorants: Vec<String>,
        /// Both sides can be printed in one pass (prtMediaPathType).
        pub duplex_supported: Option<bool>,
        /// Print speeds in impressions (or sheets) per minute, one a media path.
        #[cfg_attr(feature = "serde", serde(rename = "PrintSpeed"))]
        pub print_speeds: Vec<f64>,
        /// Installed software (hrSWInstalledTable).
        #[cfg_attr(feature = "serde", serde(rename = "SoftwareModule"))]
        pub software_modules: Vec<SoftwareModule>,
        /// prtGeneralConfigChanges: changes since the device was made.
        pub configuration_changes: Option<u64>,
        /// Main memory in octets (hrMemorySize).
        pub memory_size: Option<u64>,
        /// Storage areas (hrStorageTable).
        #[cfg_attr(feature = "serde", serde(rename = "Storage"))]
        pub storages: Vec<Storage>,
        /// Languages that the device prints (prtInterpreterTable).
        #[cfg_attr(feature = "serde", serde(rename = "Interpreter"))]
        pub interpreters: Vec<Interpreter>,
    }

    /// A part of the device.
    pub struct Component {
        /// What kind of part.
        pub kind: ComponentKind,
        /// Its index in the table it came from.
        pub index: String,
        /// What the device calls it.
        pub description: Option<String>,
        /// Product identifier (hrDeviceID as a dotted OID).
        pub identifier: Option<String>,
    }

    /// A place that media come from.
    pub struct InputTray {
        /// Index in prtInputTable.
        pub index: String,
        /// Name of the tray.
        pub name: Option<String>,
        /// How it feeds.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub input_type: Option<InputType>,
        /// Raw prtInputMaxCapacity in `unit`; -1 no limit, -2 unknown.
        pub capacity: Option<i64>,
        /// Unit of the capacity.
        pub unit: Option<CapacityUnit>,
    }

    /// A place that media go to.
    pub struct OutputBin {
        /// Index in prtOutputTable.
        pub index: String,
        /// Name of the bin.
        pub name: Option<String>,
        /// What kind of bin.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub output_type: Option<OutputType>,
        /// Raw prtOutputMaxCapacity in `unit`; -1 no limit, -2 unknown.
        pub capacity: Option<i64>,
        /// Unit of the capacity.
        pub unit: Option<CapacityUnit>,
    }

    /// A unit that staples, folds, punches or binds.
    pub struct Finisher {
        /// What it does (finDeviceType).
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub finisher_type: Option<FinisherType>,
        /// What the device calls it.
        pub description: Option<String>,
    }

    /// A unit that puts colorant on media.
    pub struct Marker {
        /// Index in prtMarkerTable.
        pub index: String,
        /// How it marks.
        pub technology: Option<MarkingTechnology>,
    }

    /// An installed piece of software or firmware.
    pub struct SoftwareModule {
        /// Name, often with the version in it.
        pub name: Option<String>,
        /// Version, where the device tells it apart.
        pub version: Option<String>,
        /// What kind of software.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub software_type: Option<SoftwareType>,
    }

    /// A storage area.
    pub struct Storage {
        /// What the device calls it.
        pub description: Option<String>,
        /// What kind of storage.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub storage_type: Option<StorageType>,
        /// Size in octets.
        pub size: Option<u64>,
        /// Octets in use.
        pub used: Option<u64>,
    }

    /// A language that the device prints.
    pub struct Interpreter {
        /// Language family.
        pub family: Option<InterpreterFamily>,
        /// Level of the language.
        pub level: Option<String>,
        /// Version of the interpreter.
        pub version: Option<String>,
        /// What the device calls it.
        pub description: Option<String>,
    }
}
