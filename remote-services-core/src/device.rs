//! One device: who it is, and all that one reading of it brings.

use crate::counter::Counters;
use crate::network::Network;
use crate::properties::Properties;
use crate::reading::Header;
use crate::status::Status;
use crate::supply::Supplies;
use crate::time::DateTime;
use crate::usage::DetailedUsage;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// All documents of one reading of one device.
    pub struct DeviceReport {
        /// Who the device is.
        pub identity: Identity,
        /// Where it is on the network.
        pub network: Network,
        /// What it can do.
        pub properties: Properties,
        /// How it is.
        pub status: Status,
        /// What it has counted.
        pub counters: Counters,
        /// What it has left.
        pub supplies: Supplies,
        /// How it was used, part by part; absent when nothing tells.
        #[cfg_attr(feature = "serde", serde(rename = "DetailedUsage"))]
        pub usage: Option<DetailedUsage>,
    }

    /// Who a device is.
    pub struct Identity {
        /// When and from where.
        pub header: Header,
        /// Maker, as the maker spells it. Source: MFG of the IEEE 1284 device id (ppmPrinterIEEE1284DeviceId
        /// 1.3.6.1.4.1.2699.1.2.1.2.1.1.3), enterprise arc of sysObjectID 1.3.6.1.2.1.1.2.
        pub manufacturer: Option<String>,
        /// Model, with or without the maker. Source: hrDeviceDescr 1.3.6.1.2.1.25.3.2.1.3, MDL of the IEEE
        /// 1284 device id; PWG printer-make-and-model.
        pub make_and_model: Option<String>,
        /// Free text of the device. Source: sysDescr 1.3.6.1.2.1.1.1.
        pub description: Option<String>,
        /// Firmware of the whole device; its parts are modules. Source: vendor profile over sysDescr; PWG
        /// printer-firmware-string-version.
        pub firmware_version: Option<String>,
        /// A board, unit or firmware part with a version or serial number of its own.
        #[cfg_attr(feature = "serde", serde(rename = "Module"))]
        pub modules: Vec<Module>,
        /// Serial number of the device. Source: prtGeneralSerialNumber 1.3.6.1.2.1.43.5.1.1.17; PWG
        /// printer-serial-number.
        pub serial_number: Option<String>,
        /// When the device was installed, in its local time where it tells no zone. Source:
        /// xcmHrDevInfoInstallDate 1.3.6.1.4.1.253.8.53.3.2.1.8, HP install-date, Lexmark deviceInstallDate;
        /// a clock that was never set gives no date.
        #[cfg_attr(feature = "serde", serde(rename = "InstallDate"))]
        pub installed_at: Option<DateTime>,
        /// Asset tag of the vendor or lessor. Source: PWG printer-asset-tag, vendor profile.
        #[cfg_attr(feature = "serde", serde(rename = "AssetTag"))]
        pub asset_tags: Vec<String>,
        /// Asset tag of the customer. Source: PWG system-asset-tag, vendor profile.
        pub customer_asset_tag: Option<String>,
        /// Name of the node. Source: sysName 1.3.6.1.2.1.1.5.
        pub system_name: Option<String>,
        /// Name of the printer: the model, or what an administrator called it. Source: prtGeneralPrinterName
        /// 1.3.6.1.2.1.43.5.1.1.16; PWG printer-name.
        pub printer_name: Option<String>,
        /// Whom to ask: personal data, sent with consent only. Source: sysContact 1.3.6.1.2.1.1.4.
        pub contact: Option<String>,
        /// Where it stands, in words. Source: sysLocation 1.3.6.1.2.1.1.6.
        pub location: Option<String>,
        /// Whether somebody manages the device; set in the agent.
        pub management_state: ManagementState,
        /// Name of the computer that a directly attached device hangs on; absent for devices of the network.
        /// Source: the agent.
        pub management_workstation: Option<String>,
        /// Number to call about the device, as it was typed in: personal data, sent with consent only.
        /// Source: prtGeneralServicePerson 1.3.6.1.2.1.43.5.1.1.5 by convention, xcmHrDevDetail
        /// deviceHelpAddress(61).
        #[cfg_attr(feature = "serde", serde(rename = "PhoneNumber"))]
        pub phone_numbers: Vec<String>,
        /// Number of the device's own fax line, as the device gave it. Source: PWG printer-fax-modem-number
        /// (a tel: URI); no MIB object.
        #[cfg_attr(feature = "serde", serde(rename = "FaxNumber"))]
        pub fax_numbers: Vec<String>,
        /// Name of a print queue. Source: Queue of prtChannelInformation 1.3.6.1.2.1.43.14.1.1.9,
        /// ppmPortServiceNameOrURI 1.3.6.1.4.1.2699.1.2.1.3.1.1.4.
        #[cfg_attr(feature = "serde", serde(rename = "QueueName"))]
        pub queue_names: Vec<String>,
        /// An option of the device that needs a licence. The key itself is a secret and never sent.
        #[cfg_attr(feature = "serde", serde(rename = "Licence"))]
        pub licences: Vec<Licence>,
        /// UUID of the device as urn:uuid: and 36 characters. Source: PWG printer-uuid, device-uuid; no MIB
        /// object.
        pub device_uuid: Option<String>,
        /// IEEE 1284 device id as the device gave it. Source: ppmPrinterIEEE1284DeviceId
        /// 1.3.6.1.4.1.2699.1.2.1.2.1.1.3.
        #[cfg_attr(feature = "serde", serde(rename = "DeviceId1284"))]
        pub device_id_1284: Option<String>,
        /// Dotted object identifier of the model. Source: sysObjectID 1.3.6.1.2.1.1.2.
        pub system_object_id: Option<String>,
        /// Engine id in hexadecimal; withheld in lockdown when it spells an address. Source: snmpEngineID
        /// 1.3.6.1.6.3.10.2.1.1.
        pub snmp_engine_id: Option<String>,
    }

    /// A part of the device that has an identity of its own.
    pub struct Module {
        /// Name of the part. Source: hrSWInstalledName 1.3.6.1.2.1.25.6.3.1.2, vendor profile.
        pub name: Option<String>,
        /// What kind of part it is. Source: hrDeviceType 1.3.6.1.2.1.25.3.2.1.2.
        pub kind: ModuleKind,
        /// Version of its firmware or software. Source: hrSWInstalledName 1.3.6.1.2.1.25.6.3.1.2 where it
        /// holds one, xcmHrDevDetail deviceVersion(14), swInventoryRevision; PWG
        /// printer-firmware-string-version.
        pub version: Option<String>,
        /// Its serial number. Source: prtInputSerialNumber 1.3.6.1.2.1.43.8.2.1.17, prtOutputSerialNumber
        /// 1.3.6.1.2.1.43.9.2.1.11.
        pub serial_number: Option<String>,
        /// When it was installed, in local time where the device tells no zone. Source: hrSWInstalledDate
        /// 1.3.6.1.2.1.25.6.3.1.5 (software), xcmHrDevInfoInstallDate 1.3.6.1.4.1.253.8.53.3.2.1.8; a clock
        /// that was never set gives no date.
        #[cfg_attr(feature = "serde", serde(rename = "InstallDate"))]
        pub installed_at: Option<DateTime>,
    }

    /// An option of the device that needs a licence.
    pub struct Licence {
        /// What is licensed, as the maker names it. Source: xcmHrDevDetail
        /// deviceFeatureInstallationKeyAvailability(501), vendor profile.
        pub feature: String,
        /// Whether it can be used. Source: xcmHrDevDetail deviceFeatureInstallationKeyAvailability(501) and
        /// deviceFeatureInstallationKeyDisablement(502).
        pub state: LicenceState,
        /// When the licence was installed. Source: xcmHrDevDetail deviceFeatureInstallationKeyDate(503).
        pub installed_at: Option<DateTime>,
        /// When it ends; absent when it does not. Source: vendor profile.
        pub expires_at: Option<DateTime>,
    }
}

open_enum! {
    /// What kind of part a module is.
    #[derive(Default)]
    pub enum ModuleKind {
        /// Whole device.
        System: "system",
        /// Main board.
        Controller: "controller",
        /// Print engine.
        Marker: "marker",
        /// Image input.
        Scanner: "scanner",
        /// Document or paper feeder.
        Feeder: "feeder",
        /// Finishing unit.
        Finisher: "finisher",
        /// Fax board.
        Fax: "fax",
        /// Network interface.
        Network: "network",
        /// Operator panel.
        UserInterface: "userInterface",
        /// Digital front end.
        Dfe: "dfe",
        /// Program or firmware part.
        Software: "software",
        /// Part outside this list.
        #[default]
        Other: "other",
    }

    /// Whether somebody manages the device.
    #[derive(Default)]
    pub enum ManagementState {
        /// In scope, reported.
        Managed: "managed",
        /// Seen, out of scope.
        Unmanaged: "unmanaged",
        /// Managed for a while.
        Trial: "trial",
        /// Kept for history.
        Retired: "retired",
        /// Nobody decided yet.
        #[default]
        Unknown: "unknown",
    }

    /// Whether a licensed option can be used.
    #[derive(Default)]
    pub enum LicenceState {
        /// Can be bought.
        Available: "available",
        /// In use.
        Installed: "installed",
        /// Present, switched off.
        Disabled: "disabled",
        /// Time is over.
        Expired: "expired",
        /// State not known.
        #[default]
        Unknown: "unknown",
    }
}
