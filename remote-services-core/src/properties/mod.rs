//! What a device can do: parts, functions and abilities, and in `enumerations` the words for their kinds.

mod enumerations;
mod languages;

pub use enumerations::{
    ComponentKind, FinisherType, Finishing, InputType, MarkingTechnology, OutputType, SoftwareType,
    StorageType,
};
pub use languages::InterpreterFamily;

use crate::counter::{CounterUnit, ServiceType};
use crate::job::ColorMode;
use crate::reading::Header;
use crate::supply::{CapacityUnit, LevelQuality};
use crate::usage::PowerState;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Installed parts, functions and abilities.
    pub struct Properties {
        /// When and from where.
        pub header: Header,
        /// A part of the device. Source: hrDeviceTable 1.3.6.1.2.1.25.3.2 and the tables of the Printer-MIB.
        #[cfg_attr(feature = "serde", serde(rename = "Component"))]
        pub components: Vec<Component>,
        /// A place that media come from. Source: prtInputTable 1.3.6.1.2.1.43.8.2.
        #[cfg_attr(feature = "serde", serde(rename = "InputTray"))]
        pub input_trays: Vec<InputTray>,
        /// A place that media go to. Source: prtOutputTable 1.3.6.1.2.1.43.9.2.
        #[cfg_attr(feature = "serde", serde(rename = "OutputBin"))]
        pub output_bins: Vec<OutputBin>,
        /// A unit that staples, folds, punches or binds. Source: finDeviceTable 1.3.6.1.2.1.43.30.1.
        #[cfg_attr(feature = "serde", serde(rename = "Finisher"))]
        pub finishers: Vec<Finisher>,
        /// A unit that puts colorant on media. Source: prtMarkerTable 1.3.6.1.2.1.43.10.2.
        #[cfg_attr(feature = "serde", serde(rename = "Marker"))]
        pub markers: Vec<Marker>,
        /// More than one colorant can be laid on a page. Source: prtMarkerProcessColorants
        /// 1.3.6.1.2.1.43.10.2.1.6.
        pub color_supported: Option<bool>,
        /// Name of a colorant. Source: prtMarkerColorantValue 1.3.6.1.2.1.43.12.1.1.4.
        #[cfg_attr(feature = "serde", serde(rename = "Colorant"))]
        pub colorants: Vec<String>,
        /// Both sides can be printed in one pass. Source: prtMediaPathType 1.3.6.1.2.1.43.13.4.1.9.
        pub duplex_supported: Option<bool>,
        /// Impressions per minute (of media that are no pages: sheets), one for each media path. Source:
        /// prtMediaPathMaxSpeed 1.3.6.1.2.1.43.13.4.1.4 (per hour there).
        #[cfg_attr(feature = "serde", serde(rename = "PrintSpeed"))]
        pub print_speeds: Vec<PrintSpeed>,
        /// What the device does: print, copy, scan, fax in and out. Source: icServiceType
        /// 1.3.6.1.4.1.2699.1.3.1.3.1.1.1, vendor profile; PWG printer-service-type.
        #[cfg_attr(feature = "serde", serde(rename = "Function"))]
        pub functions: Vec<ServiceType>,
        /// A named, installed function. Source: icServiceTable 1.3.6.1.4.1.2699.1.3.1.3.1.
        #[cfg_attr(feature = "serde", serde(rename = "Service"))]
        pub services: Vec<Service>,
        /// Installed software. Source: hrSWInstalledTable 1.3.6.1.2.1.25.6.3.
        #[cfg_attr(feature = "serde", serde(rename = "SoftwareModule"))]
        pub software_modules: Vec<SoftwareModule>,
        /// A setting of the device by name, from the list that the vendor profile allows: never a password,
        /// community or key.
        #[cfg_attr(feature = "serde", serde(rename = "ConfigurationSetting"))]
        pub settings: Vec<ConfigurationSetting>,
        /// Changes of the configuration since the device was made. Source: prtGeneralConfigChanges
        /// 1.3.6.1.2.1.43.5.1.1.1.
        pub configuration_changes: Option<u64>,
        /// Main memory in octets. Source: hrMemorySize 1.3.6.1.2.1.25.2.2 (KiB there).
        pub memory_size: Option<u64>,
        /// A storage area. Source: hrStorageTable 1.3.6.1.2.1.25.2.3.
        #[cfg_attr(feature = "serde", serde(rename = "Storage"))]
        pub storages: Vec<Storage>,
        /// A language that the device prints. Source: prtInterpreterTable 1.3.6.1.2.1.43.15.1.
        #[cfg_attr(feature = "serde", serde(rename = "Interpreter"))]
        pub interpreters: Vec<Interpreter>,
        /// A way to save power.
        #[cfg_attr(feature = "serde", serde(rename = "PowerMode"))]
        pub power_modes: Vec<PowerMode>,
        /// An attribute that the agent's administrator defined.
        pub user_defined: Vec<UserDefined>,
    }

    /// A part of the device.
    pub struct Component {
        /// What kind of part. Source: hrDeviceType 1.3.6.1.2.1.25.3.2.1.2, or the table that the row is from.
        pub kind: ComponentKind,
        /// Index of the row in its table; a text, since some tables have several numbers. Not stable over a
        /// restart. Source: hrDeviceIndex 1.3.6.1.2.1.25.3.2.1.1 and the index of the table.
        pub index: String,
        /// What the device calls it. Source: hrDeviceDescr 1.3.6.1.2.1.25.3.2.1.3.
        pub description: Option<String>,
        /// Product identifier as a dotted OID. Source: hrDeviceID 1.3.6.1.2.1.25.3.2.1.4.
        pub identifier: Option<String>,
    }

    /// A place that media come from.
    pub struct InputTray {
        /// prtInputIndex 1.3.6.1.2.1.43.8.2.1.1.
        pub index: String,
        /// Source: prtInputName 1.3.6.1.2.1.43.8.2.1.13.
        pub name: Option<String>,
        /// How it feeds. Source: prtInputType 1.3.6.1.2.1.43.8.2.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub input_type: Option<InputType>,
        /// Raw maximum in Unit; -1 no limit, -2 unknown. Source: prtInputMaxCapacity 1.3.6.1.2.1.43.8.2.1.9.
        pub capacity: Option<i64>,
        /// Unit of the capacity. Source: prtInputCapacityUnit 1.3.6.1.2.1.43.8.2.1.8.
        pub unit: Option<CapacityUnit>,
        /// What the capacity is worth: a sentinel is no number. Source: derived from the raw value.
        pub quality: Option<LevelQuality>,
    }

    /// A place that media go to.
    pub struct OutputBin {
        /// prtOutputIndex 1.3.6.1.2.1.43.9.2.1.1.
        pub index: String,
        /// Source: prtOutputName 1.3.6.1.2.1.43.9.2.1.7.
        pub name: Option<String>,
        /// What kind of bin. Source: prtOutputType 1.3.6.1.2.1.43.9.2.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub output_type: Option<OutputType>,
        /// Raw maximum in Unit; -1 no limit, -2 unknown. Source: prtOutputMaxCapacity 1.3.6.1.2.1.43.9.2.1.4.
        pub capacity: Option<i64>,
        /// Unit of the capacity. Source: prtOutputCapacityUnit 1.3.6.1.2.1.43.9.2.1.3.
        pub unit: Option<CapacityUnit>,
        /// What the capacity is worth: a sentinel is no number. Source: derived from the raw value.
        pub quality: Option<LevelQuality>,
    }

    /// A unit that staples, folds, punches or binds.
    pub struct Finisher {
        /// What it does. Source: finDeviceType 1.3.6.1.2.1.43.30.1.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub finisher_type: Option<FinisherType>,
        /// What the device calls it. Source: finDeviceDescription 1.3.6.1.2.1.43.30.1.1.10.
        pub description: Option<String>,
        /// What it can do to a set. Source: finDeviceAttributeTypeIndex 1.3.6.1.2.1.43.33.1.1.1 with
        /// finDeviceAttributeValueAsInteger; PWG finishings-supported.
        #[cfg_attr(feature = "serde", serde(rename = "Option"))]
        pub options: Vec<Finishing>,
    }

    /// A unit that puts colorant on media.
    pub struct Marker {
        /// prtMarkerIndex 1.3.6.1.2.1.43.10.2.1.1.
        pub index: String,
        /// How it marks. Source: prtMarkerMarkTech 1.3.6.1.2.1.43.10.2.1.2.
        pub technology: Option<MarkingTechnology>,
        /// Dots per inch in feed direction. Source: prtMarkerAddressabilityFeedDir 1.3.6.1.2.1.43.10.2.1.9 in
        /// prtMarkerAddressabilityUnit (ten-thousandths of inches or micrometres there); PWG
        /// printer-resolution-supported.
        pub resolution: Option<f64>,
    }

    /// An installed piece of software or firmware.
    pub struct SoftwareModule {
        /// Name, often with the version in it. Source: hrSWInstalledName 1.3.6.1.2.1.25.6.3.1.2.
        pub name: Option<String>,
        /// Version, where the device tells it apart. Source: hrSWInstalledName 1.3.6.1.2.1.25.6.3.1.2 where
        /// it holds one, swInventoryRevision; PWG system-resident-application-string-version.
        pub version: Option<String>,
        /// What kind of software. Source: hrSWInstalledType 1.3.6.1.2.1.25.6.3.1.4.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub software_type: Option<SoftwareType>,
    }

    /// A storage area.
    pub struct Storage {
        /// What the device calls it. Source: hrStorageDescr 1.3.6.1.2.1.25.2.3.1.3.
        pub description: Option<String>,
        /// What kind of storage. Source: hrStorageType 1.3.6.1.2.1.25.2.3.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub storage_type: Option<StorageType>,
        /// Octets. Source: hrStorageSize 1.3.6.1.2.1.25.2.3.1.5 times hrStorageAllocationUnits
        /// 1.3.6.1.2.1.25.2.3.1.4.
        pub size: Option<u64>,
        /// Octets in use. Source: hrStorageUsed 1.3.6.1.2.1.25.2.3.1.6 times hrStorageAllocationUnits
        /// 1.3.6.1.2.1.25.2.3.1.4.
        pub used: Option<u64>,
    }

    /// A language that the device prints.
    pub struct Interpreter {
        /// Source: prtInterpreterLangFamily 1.3.6.1.2.1.43.15.1.1.2.
        pub family: Option<InterpreterFamily>,
        /// Level of the language. Source: prtInterpreterLangLevel 1.3.6.1.2.1.43.15.1.1.3.
        pub level: Option<String>,
        /// Version of the interpreter. Source: prtInterpreterVersion 1.3.6.1.2.1.43.15.1.1.6.
        pub version: Option<String>,
        /// Version of the language. Source: prtInterpreterLangVersion 1.3.6.1.2.1.43.15.1.1.4.
        pub language_version: Option<String>,
        /// What the device calls it. Source: prtInterpreterDescription 1.3.6.1.2.1.43.15.1.1.5.
        pub description: Option<String>,
    }

    /// A named, installed function.
    pub struct Service {
        /// Which function. Source: icServiceType 1.3.6.1.4.1.2699.1.3.1.3.1.1.1.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub service_type: Option<ServiceType>,
        /// What the device calls it. Source: icServiceInfo 1.3.6.1.4.1.2699.1.3.1.3.1.1.4,
        /// xcmSvcMonServiceName 1.3.6.1.4.1.253.8.74.5.2.1.3.
        pub name: Option<String>,
        /// Whether it can be used. Source: icServiceState 1.3.6.1.4.1.2699.1.3.1.3.1.1.6 other than down,
        /// xcmSvcMonServiceAvailability 1.3.6.1.4.1.253.8.74.5.2.1.7.
        pub enabled: Option<bool>,
    }

    /// A setting of the device by name.
    pub struct ConfigurationSetting {
        /// Name of the setting. Source: label of xcmHrDevDetail deviceConfigurationSetting(180),
        /// xcmHrGenericParamName 1.3.6.1.4.1.253.8.53.22.1, vendor profile.
        pub name: String,
        /// Its value as the device gave it. Source: xcmHrDevDetail deviceConfigurationSetting(180),
        /// xcmHrGenericParamValue 1.3.6.1.4.1.253.8.53.22.2.
        pub value: Option<String>,
    }

    /// An attribute that the agent's administrator defined.
    pub struct UserDefined {
        /// Its name. Source: the agent.
        pub name: String,
        /// What was typed in: personal data, sent with consent only. Source: the agent.
        pub value: Option<String>,
    }

    /// A way to save power.
    pub struct PowerMode {
        /// What the device calls it. Source: xcmHrDevDetail devicePowerModeName(110); PWG
        /// power-state-capabilities-col.
        pub name: Option<String>,
        /// How much stays powered. Source: xcmHrDevDetail devicePowerModeType(111), HP power-state
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.1.1.65; PWG power-state-capabilities-col.
        pub state: Option<PowerState>,
        /// Seconds without work before it begins. Source: xcmHrDevDetail devicePowerCoolerDelay(119) in
        /// devicePowerTimeUnit(114), kcprtSleepTimer 1.3.6.1.4.1.1347.43.5.1.1.23; PWG
        /// power-timeout-policy-col.
        pub delay: Option<u64>,
    }
}

leaf! {
    /// A speed of printing.
    pub struct PrintSpeed {
        /// Impressions per minute, or what unit says. Source: prtMediaPathMaxSpeed 1.3.6.1.2.1.43.13.4.1.4
        /// (per hour there).
        pub value: f64,
        /// What comes out in a minute: impressions when absent. Source: prtMediaPathMaxSpeedPrintUnit
        /// 1.3.6.1.2.1.43.13.4.1.2.
        pub unit: Option<CounterUnit>,
        /// For which colours; absent: not told. Source: PWG pages-per-minute, pages-per-minute-color.
        pub color: Option<ColorMode>,
    }
}
