//! One device: who it is, and all that one reading of it brings.

use crate::counter::Counters;
use crate::network::Network;
use crate::properties::Properties;
use crate::reading::Header;
use crate::status::Status;
use crate::supply::Supplies;
use crate::time::Timestamp;
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
        /// Maker of the device, as the maker spells it.
        pub manufacturer: Option<String>,
        /// Model with or without the maker's name.
        pub make_and_model: Option<String>,
        /// sysDescr or what stands for it.
        pub description: Option<String>,
        /// Firmware version of the whole device.
        pub firmware_version: Option<String>,
        /// Parts with a name, a version or a serial number of their own.
        #[cfg_attr(feature = "serde", serde(rename = "Module"))]
        pub modules: Vec<Module>,
        /// Serial number of the device (prtGeneralSerialNumber).
        pub serial_number: Option<String>,
        /// Asset tags of the maker.
        #[cfg_attr(feature = "serde", serde(rename = "AssetTag"))]
        pub asset_tags: Vec<String>,
        /// Asset tag of the customer.
        pub customer_asset_tag: Option<String>,
        /// sysName.
        pub system_name: Option<String>,
        /// sysContact: personal data.
        pub contact: Option<String>,
        /// sysLocation.
        pub location: Option<String>,
        /// Whether the device is in scope.
        pub management_state: ManagementState,
        /// Phone numbers: personal data.
        #[cfg_attr(feature = "serde", serde(rename = "PhoneNumber"))]
        pub phone_numbers: Vec<String>,
        /// Names of print queues.
        #[cfg_attr(feature = "serde", serde(rename = "QueueName"))]
        pub queue_names: Vec<String>,
        /// IEEE 1284 device id, as the device gave it.
        #[cfg_attr(feature = "serde", serde(rename = "DeviceId1284"))]
        pub device_id_1284: Option<String>,
        /// sysObjectID as a dotted OID.
        pub system_object_id: Option<String>,
        /// snmpEngineID in hexadecimal.
        pub snmp_engine_id: Option<String>,
    }

    /// A part of the device that has an identity of its own.
    pub struct Module {
        /// Name of the part.
        pub name: Option<String>,
        /// What kind of part it is.
        pub kind: ModuleKind,
        /// Version of its firmware or software.
        pub version: Option<String>,
        /// Its serial number.
        pub serial_number: Option<String>,
        /// When it was installed (UTC).
        pub install_date: Option<Timestamp>,
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
}
