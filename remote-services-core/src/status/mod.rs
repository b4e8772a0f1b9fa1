//! How a device is, and in `enumerations` the words for it.

mod enumerations;
mod sub_unit;

pub use enumerations::{
    AlertGroup, AlertSeverity, AlertTrainingLevel, ConsoleColor, ConsoleLightState, CoverStatus,
    DetectedError, DeviceStatus, DiscoveryMethod, DiscoveryType, OverallStatus, PayloadKind, PrinterStatus,
    RetrievalOutcome, RetrievalProtocol, SubUnitStatus, TransferOutcome,
};

use crate::alert_code::AlertCode;
use crate::reading::Header;
use crate::time::{DateTime, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// State, alerts and messages of a device.
    pub struct Status {
        /// When and from where.
        pub header: Header,
        /// All of the rest in one word; RFC 3805 gives the table that combines hrDeviceStatus
        /// 1.3.6.1.2.1.25.3.2.1.5 and hrPrinterStatus 1.3.6.1.2.1.25.3.5.1.1. PWG printer-state is coarser.
        pub overall: OverallStatus,
        /// As the device gave it. Source: hrDeviceStatus 1.3.6.1.2.1.25.3.2.1.5.
        pub device_status: Option<DeviceStatus>,
        /// As the device gave it. Source: hrPrinterStatus 1.3.6.1.2.1.25.3.5.1.1.
        pub printer_status: Option<PrinterStatus>,
        /// A bit that is set. Source: hrPrinterDetectedErrorState 1.3.6.1.2.1.25.3.5.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "DetectedErrorState"))]
        pub detected_errors: Vec<DetectedError>,
        /// A state that is active now, as a PWG state-reason keyword where one fits. Source: PWG
        /// printer-state-reasons; icServiceState 1.3.6.1.4.1.2699.1.3.1.3.1.1.6 of each service,
        /// xcmHrDevInfoConditions 1.3.6.1.4.1.253.8.53.3.2.1.6.
        #[cfg_attr(feature = "serde", serde(rename = "ActiveState"))]
        pub active_states: Vec<String>,
        /// An alert in force. Source: prtAlertTable 1.3.6.1.2.1.43.18.1.
        #[cfg_attr(feature = "serde", serde(rename = "Alert"))]
        pub alerts: Vec<Alert>,
        /// Faults of the past: where a device keeps none, the agent builds it from alerts and traps.
        pub fault_history: Option<FaultHistory>,
        /// Jams: those of now by place and time, those of the past by number where the maker counts them.
        #[cfg_attr(feature = "serde", serde(rename = "Jam"))]
        pub jams: Vec<Jam>,
        /// A line of the console. Source: prtConsoleDisplayBufferText 1.3.6.1.2.1.43.16.5.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "ConsoleMessage"))]
        pub console_messages: Vec<String>,
        /// A light of the console. Source: prtConsoleLightTable 1.3.6.1.2.1.43.17.6.
        #[cfg_attr(feature = "serde", serde(rename = "ConsoleLight"))]
        pub console_lights: Vec<ConsoleLight>,
        /// State of a tray, bin, marker, path or cover.
        #[cfg_attr(feature = "serde", serde(rename = "Component"))]
        pub components: Vec<ComponentStatus>,
        /// How this reading went.
        pub retrieval: Option<Retrieval>,
        /// How the device was found.
        pub discovery: Option<Discovery>,
        /// Hundredths of a second since the SNMP agent of the device started; starts again after 497 days.
        /// Source: sysUpTime 1.3.6.1.2.1.1.3.
        pub uptime: Option<u64>,
        /// When the device began to run. Source: derived from hrSystemUptime 1.3.6.1.2.1.25.1.1 (UTC, as
        /// exact as the round trip), xcmHrDevInfoResetDate 1.3.6.1.4.1.253.8.53.3.2.1.9.
        pub last_reset_at: Option<DateTime>,
        /// Notifications of the device.
        pub traps: Option<Traps>,
        /// An event of the digital front end.
        #[cfg_attr(feature = "serde", serde(rename = "DfeEvent"))]
        pub dfe_events: Vec<DfeEvent>,
        /// A payload about this device that went before, from the client's own spool.
        #[cfg_attr(feature = "serde", serde(rename = "Transmission"))]
        pub transmissions: Vec<Transmission>,
    }

    /// A row of prtAlertTable.
    pub struct Alert {
        /// prtAlertIndex 1.3.6.1.2.1.43.18.1.1.1.
        pub index: i64,
        /// How bad it is. Source: prtAlertSeverityLevel 1.3.6.1.2.1.43.18.1.1.2.
        pub severity: AlertSeverity,
        /// Who can clear it. Source: prtAlertTrainingLevel 1.3.6.1.2.1.43.18.1.1.3.
        pub training_level: Option<AlertTrainingLevel>,
        /// The part it is about. Source: prtAlertGroup 1.3.6.1.2.1.43.18.1.1.4.
        pub group: AlertGroup,
        /// Index of that part in its table; -1 no row, -2 unknown. Source: prtAlertGroupIndex
        /// 1.3.6.1.2.1.43.18.1.1.5.
        pub group_index: Option<i64>,
        /// Place within the part, in the maker's numbers; -2 unknown. Source: prtAlertLocation
        /// 1.3.6.1.2.1.43.18.1.1.6.
        pub location: Option<i64>,
        /// What happened. Source: prtAlertCode 1.3.6.1.2.1.43.18.1.1.7.
        pub code: AlertCode,
        /// What the device says about it. Source: prtAlertDescription 1.3.6.1.2.1.43.18.1.1.8.
        pub description: Option<String>,
        /// sysUpTime at the event, in hundredths of a second. Source: prtAlertTime 1.3.6.1.2.1.43.18.1.1.9.
        pub time: Option<u64>,
        /// When it was raised (UTC), derived from Time and sysUpTime 1.3.6.1.2.1.1.3: right to a few seconds.
        pub raised_at: Option<Timestamp>,
    }

    /// State of one tray, bin, marker, path or cover.
    pub struct ComponentStatus {
        /// What kind of part, as in the properties.
        pub kind: crate::properties::ComponentKind,
        /// Index of the row in its table; a text, since some tables have several numbers. Not stable over a
        /// restart.
        pub index: String,
        /// Word of its state: one for the availability, and one for each of warning, critical alert, off line
        /// and transition that holds. Source: PrtSubUnitStatusTC, the sum (0 to 126) in prtInputStatus
        /// 1.3.6.1.2.1.43.8.2.1.11 and its like; a sum outside of that stays a number.
        pub status: Vec<SubUnitStatus>,
        /// For covers. Source: prtCoverStatus 1.3.6.1.2.1.43.6.1.1.3.
        pub cover_status: Option<CoverStatus>,
        /// What the device calls it. Source: prtCoverDescription 1.3.6.1.2.1.43.6.1.1.2 and its like.
        pub description: Option<String>,
        /// Errors of the part that the device has counted. Source: hrDeviceErrors 1.3.6.1.2.1.25.3.2.1.6,
        /// xcmHrDevDetail deviceLifetimeErrorCount(35).
        pub errors: Option<u64>,
    }

    /// How a reading went.
    pub struct Retrieval {
        /// When it began (UTC, clock of the agent).
        pub started_at: Timestamp,
        /// When it ended (UTC, clock of the agent).
        pub completed_at: Option<Timestamp>,
        /// How it ended.
        pub outcome: RetrievalOutcome,
        /// Over which protocol.
        pub protocol: Option<RetrievalProtocol>,
    }

    /// How a device was found.
    pub struct Discovery {
        /// When the agent first saw it (UTC).
        pub date: Option<Timestamp>,
        /// By which means.
        pub method: Option<DiscoveryMethod>,
        /// At whose wish.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub discovery_type: Option<DiscoveryType>,
    }

    /// Faults of the past.
    pub struct FaultHistory {
        /// Faults (critical alerts) since power-on. Source: prtAlertCriticalEvents 1.3.6.1.2.1.43.5.1.1.18,
        /// icMonitorCriticalAlerts 1.3.6.1.4.1.2699.1.3.1.6.1.1.5.
        pub count: Option<u64>,
        /// Alert events that the device has counted; the MIB does not say since when, so a smaller number is
        /// a reset. Source: prtAlertAllEvents 1.3.6.1.2.1.43.5.1.1.19.
        pub all_events: Option<u64>,
        /// A fault, latest first: the last forty at least, where there were so many.
        #[cfg_attr(feature = "serde", serde(rename = "Fault"))]
        pub faults: Vec<Fault>,
    }

    /// A fault of the past.
    pub struct Fault {
        /// The maker's code, or the label of the alert code. Source: xcmHrSystemFaultCode
        /// 1.3.6.1.4.1.253.8.53.8.2.1.3, brErrorHistoryDescription; of the agent's own history prtAlertCode.
        pub code: String,
        /// What the device says about it. Source: xcmHrSystemFaultString 1.3.6.1.4.1.253.8.53.8.2.1.4,
        /// brErrorHistoryDescription.
        pub description: Option<String>,
        /// When it occurred. Source: xcmHrSystemFaultDate 1.3.6.1.4.1.253.8.53.8.2.1.7.
        pub occurred_at: Option<DateTime>,
        /// The part, as kind and index or in words. Source: xcmHrSystemFaultHrDeviceIndex
        /// 1.3.6.1.4.1.253.8.53.8.2.1.6.
        pub component: Option<String>,
    }

    /// A jam, or a number of them.
    pub struct Jam {
        /// Jams that the device has counted at this place, or in all. Source: genCountValue
        /// 1.3.6.1.4.1.641.6.4.1.1.1.4 of paperJams(97), brInfoJamCount 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.21.
        pub count: Option<u64>,
        /// The place: group and location of the alert, or as the maker names it. Source: prtAlertGroup
        /// 1.3.6.1.2.1.43.18.1.1.4 and prtAlertLocation 1.3.6.1.2.1.43.18.1.1.6 of an alert with code jam(8).
        pub location: Option<String>,
        /// When it occurred. Source: prtAlertTime 1.3.6.1.2.1.43.18.1.1.9 of that alert.
        pub occurred_at: Option<DateTime>,
    }

    /// A light of the console.
    pub struct ConsoleLight {
        /// What the device calls it. Source: prtConsoleDescription 1.3.6.1.2.1.43.17.6.1.5.
        pub description: Option<String>,
        /// Its colour. Source: prtConsoleColor 1.3.6.1.2.1.43.17.6.1.4.
        pub color: Option<ConsoleColor>,
        /// Whether it shines. Source: prtConsoleOnTime 1.3.6.1.2.1.43.17.6.1.2 and prtConsoleOffTime
        /// 1.3.6.1.2.1.43.17.6.1.3.
        pub state: Option<ConsoleLightState>,
    }

    /// Notifications of the device.
    pub struct Traps {
        /// Whether it can send them: seen, not declared. Source: printerV2Alert 1.3.6.1.2.1.43.18.2.0.1
        /// received, xcmGenBaseSNMPTrapSupport 1.3.6.1.4.1.253.8.51.1.2.1.11.
        pub supported: Option<bool>,
        /// Whether it sends them. Source: snmpEnableAuthenTraps 1.3.6.1.2.1.11.30 (of authentication only),
        /// rows of xcmGenTrapClientTable.
        pub enabled: Option<bool>,
        /// Where it sends them: an address, withheld in lockdown. Source: xcmGenTrapClientSNMPAddress
        /// 1.3.6.1.4.1.253.8.51.13.2.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Destination"))]
        pub destinations: Vec<String>,
    }

    /// An event of the digital front end.
    pub struct DfeEvent {
        /// When it occurred. Source: log of the front end.
        pub occurred_at: DateTime,
        /// How bad it is. Source: log of the front end.
        pub severity: Option<AlertSeverity>,
        /// The part of the front end that wrote it. Source: log of the front end.
        pub source: Option<String>,
        /// What it says; can name users and documents, so it is sent with consent only. Source: log of the
        /// front end.
        pub text: Option<String>,
    }

    /// A payload that went before.
    pub struct Transmission {
        /// Transfer id of the payload. Source: spool of the client.
        pub id: String,
        /// Kind of the document in it. Source: spool of the client.
        pub kind: PayloadKind,
        /// When the transfer began (UTC, clock of the agent). Source: spool of the client.
        pub started_at: Timestamp,
        /// How it ended. Source: spool of the client.
        pub outcome: TransferOutcome,
        /// Size of the sealed payload in octets. Source: spool of the client.
        pub size: Option<u64>,
    }
}
