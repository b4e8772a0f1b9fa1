//! How a device is.

use crate::alert_code::AlertCode;
use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// State, alerts and messages of a device.
    pub struct Status {
        /// When and from where.
        pub header: Header,
        /// All of the rest in one word.
        pub overall: OverallStatus,
        /// hrDeviceStatus as the device gave it.
        pub device_status: Option<DeviceStatus>,
        /// hrPrinterStatus as the device gave it.
        pub printer_status: Option<PrinterStatus>,
        /// Bits of hrPrinterDetectedErrorState that are set.
        #[cfg_attr(feature = "serde", serde(rename = "DetectedErrorState"))]
        pub detected_errors: Vec<DetectedError>,
        /// Rows of prtAlertTable.
        #[cfg_attr(feature = "serde", serde(rename = "Alert"))]
        pub alerts: Vec<Alert>,
        /// prtAlertAllEvents: alert events that the device has counted.
        pub all_events: Option<u64>,
        /// Lines of the console (prtConsoleDisplayBufferText).
        #[cfg_attr(feature = "serde", serde(rename = "ConsoleMessage"))]
        pub console_messages: Vec<String>,
        /// States of parts.
        #[cfg_attr(feature = "serde", serde(rename = "Component"))]
        pub components: Vec<ComponentStatus>,
        /// How this reading went.
        pub retrieval: Option<Retrieval>,
        /// How the device was found.
        pub discovery: Option<Discovery>,
        /// sysUpTime in hundredths of a second; starts again when the SNMP agent does, and after 497 days.
        pub uptime: Option<u64>,
    }

    /// A row of prtAlertTable.
    pub struct Alert {
        /// prtAlertIndex.
        pub index: i64,
        /// How bad it is.
        pub severity: AlertSeverity,
        /// Who can clear it.
        pub training_level: Option<AlertTrainingLevel>,
        /// The part it is about.
        pub group: AlertGroup,
        /// Index of that part in its table; -2 unknown.
        pub group_index: Option<i64>,
        /// Location within the part; -2 unknown.
        pub location: Option<i64>,
        /// What happened.
        pub code: AlertCode,
        /// What the device says about it.
        pub description: Option<String>,
        /// prtAlertTime: sysUpTime at the event, in hundredths of a second.
        pub time: Option<u64>,
        /// When it was raised (UTC), derived from sysUpTime.
        pub raised_at: Option<Timestamp>,
    }

    /// State of one tray, bin, marker, path or cover.
    pub struct ComponentStatus {
        /// What kind of part, as in the properties.
        pub kind: crate::properties::ComponentKind,
        /// Its index in the table it came from.
        pub index: String,
        /// PrtSubUnitStatusTC as the device gave it: an availability plus 8, 16, 32 and 64.
        pub status: Option<i64>,
        /// PrtCoverStatusTC, for covers.
        pub cover_status: Option<CoverStatus>,
        /// What the device calls it.
        pub description: Option<String>,
    }

    /// How a reading went.
    pub struct Retrieval {
        /// When it began (UTC).
        pub started_at: Timestamp,
        /// When it ended (UTC).
        pub completed_at: Option<Timestamp>,
        /// How it ended.
        pub outcome: RetrievalOutcome,
        /// Over which protocol.
        pub protocol: Option<RetrievalProtocol>,
    }

    /// How a device was found.
    pub struct Discovery {
        /// When (UTC).
        pub date: Option<Timestamp>,
        /// By which means.
        pub method: Option<DiscoveryMethod>,
        /// At whose wish.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub discovery_type: Option<DiscoveryType>,
    }
}

open_enum! {
    /// The state of a device in one word.
    #[derive(Default)]
    pub enum OverallStatus {
        /// Can work now.
        Ready: "ready",
        /// Works on a job.
        Busy: "busy",
        /// Getting ready.
        WarmingUp: "warmingUp",
        /// Saving power.
        Sleeping: "sleeping",
        /// Works, attention wanted.
        Warning: "warning",
        /// Cannot work, help needed.
        Stopped: "stopped",
        /// Did not answer.
        Unreachable: "unreachable",
        /// Nothing certain.
        #[default]
        Unknown: "unknown",
    }

    /// hrDeviceStatus.
    /// Source: hrDeviceStatus.
    pub enum DeviceStatus {
        /// State not known.
        Unknown = 1: "unknown",
        /// Works without known errors.
        Running = 2: "running",
        /// Works, with some error.
        Warning = 3: "warning",
        /// In test, not available.
        Testing = 4: "testing",
        /// Not available for use.
        Down = 5: "down",
    }

    /// hrPrinterStatus.
    /// Source: hrPrinterStatus.
    pub enum PrinterStatus {
        /// See device status, maybe asleep.
        Other = 1: "other",
        /// State not known.
        Unknown = 2: "unknown",
        /// Ready, nothing to print.
        Idle = 3: "idle",
        /// Job in progress.
        Printing = 4: "printing",
        /// Getting ready.
        Warmup = 5: "warmup",
    }

    /// A bit of hrPrinterDetectedErrorState; numbers count bits from the most significant of the first octet.
    /// Source: hrPrinterDetectedErrorState.
    pub enum DetectedError {
        /// Some tray runs low.
        LowPaper = 0: "lowPaper",
        /// Some tray is empty.
        NoPaper = 1: "noPaper",
        /// Marking material runs low.
        LowToner = 2: "lowToner",
        /// Marking material is gone.
        NoToner = 3: "noToner",
        /// Cover or interlock open.
        DoorOpen = 4: "doorOpen",
        /// Media stuck.
        Jammed = 5: "jammed",
        /// Not accepting work.
        Offline = 6: "offline",
        /// Technician needed.
        ServiceRequested = 7: "serviceRequested",
        /// Input tray is out.
        InputTrayMissing = 8: "inputTrayMissing",
        /// Output tray is out.
        OutputTrayMissing = 9: "outputTrayMissing",
        /// Cartridge is not installed.
        MarkerSupplyMissing = 10: "markerSupplyMissing",
        /// Output bin almost full.
        OutputNearFull = 11: "outputNearFull",
        /// Output bin full.
        OutputFull = 12: "outputFull",
        /// One input tray empty.
        InputTrayEmpty = 13: "inputTrayEmpty",
        /// Preventive maintenance is overdue.
        OverduePreventMaint = 14: "overduePreventMaint",
    }

    /// How bad an alert is.
    /// Source: prtAlertSeverityLevel.
    #[derive(Default)]
    pub enum AlertSeverity {
        /// None of the others.
        #[default]
        Other = 1: "other",
        /// Work stops until cleared.
        Critical = 3: "critical",
        /// Work goes on, attention.
        Warning = 4: "warning",
        /// Warning with a removal event.
        WarningBinaryChangeEvent = 5: "warningBinaryChangeEvent",
    }

    /// Who can clear an alert.
    /// Source: prtAlertTrainingLevel.
    pub enum AlertTrainingLevel {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Anyone can clear it.
        Untrained = 3: "untrained",
        /// Needs a trained operator.
        Trained = 4: "trained",
        /// Needs a service technician.
        FieldService = 5: "fieldService",
        /// Concerns configuration or policy.
        Management = 6: "management",
        /// Clears by itself.
        NoInterventionRequired = 7: "noInterventionRequired",
    }

    /// The part that an alert is about.
    /// Source: prtAlertGroup.
    #[derive(Default)]
    pub enum AlertGroup {
        /// Value outside this list.
        #[default]
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Host resources MIB storage table.
        HostResourcesMIBStorageTable = 3: "hostResourcesMIBStorageTable",
        /// Host resources MIB device table.
        HostResourcesMIBDeviceTable = 4: "hostResourcesMIBDeviceTable",
        /// General printer.
        GeneralPrinter = 5: "generalPrinter",
        /// Cover.
        Cover = 6: "cover",
        /// Localization.
        Localization = 7: "localization",
        /// Input.
        Input = 8: "input",
        /// Output.
        Output = 9: "output",
        /// Marker.
        Marker = 10: "marker",
        /// Marker supplies.
        MarkerSupplies = 11: "markerSupplies",
        /// Marker colorant.
        MarkerColorant = 12: "markerColorant",
        /// Media path.
        MediaPath = 13: "mediaPath",
        /// Channel.
        Channel = 14: "channel",
        /// Interpreter.
        Interpreter = 15: "interpreter",
        /// Console display buffer.
        ConsoleDisplayBuffer = 16: "consoleDisplayBuffer",
        /// Console lights.
        ConsoleLights = 17: "consoleLights",
        /// Alert.
        Alert = 18: "alert",
        /// Fin device.
        FinDevice = 30: "finDevice",
        /// Fin supply.
        FinSupply = 31: "finSupply",
        /// Fin supply media input.
        FinSupplyMediaInput = 32: "finSupplyMediaInput",
        /// Fin attribute.
        FinAttribute = 33: "finAttribute",
    }

    /// Whether a cover or interlock is open.
    /// Source: prtCoverStatus.
    pub enum CoverStatus {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Cover is open.
        CoverOpen = 3: "coverOpen",
        /// Cover is shut.
        CoverClosed = 4: "coverClosed",
        /// Safety switch is open.
        InterlockOpen = 5: "interlockOpen",
        /// Safety switch is shut.
        InterlockClosed = 6: "interlockClosed",
    }

    /// How a reading ended.
    #[derive(Default)]
    pub enum RetrievalOutcome {
        /// All that was asked.
        Ok: "ok",
        /// Some objects missing.
        Partial: "partial",
        /// Nothing came back.
        #[default]
        NoAnswer: "noAnswer",
        /// Credentials refused.
        AuthenticationFailed: "authenticationFailed",
        /// Answer could not be read.
        ProtocolError: "protocolError",
    }

    /// The protocol of a reading.
    pub enum RetrievalProtocol {
        /// SNMP version 1.
        SnmpV1: "snmpV1",
        /// SNMP version 2 community.
        SnmpV2c: "snmpV2c",
        /// SNMP version 3.
        SnmpV3: "snmpV3",
        /// Internet printing protocol.
        Ipp: "ipp",
        /// Read inside the device.
        Direct: "direct",
        /// Device web pages.
        Web: "web",
    }

    /// The means by which a device was found.
    pub enum DiscoveryMethod {
        /// Unicast over a range.
        AddressRange: "addressRange",
        /// Subnet broadcast.
        Broadcast: "broadcast",
        /// List of addresses.
        AddressList: "addressList",
        /// List of names.
        DnsName: "dnsName",
        /// Echo, then a query.
        Icmp: "icmp",
        /// Queue of a server.
        PrintServer: "printServer",
        /// Trap from the device.
        Notification: "notification",
        /// Device announced itself.
        Direct: "direct",
    }

    /// At whose wish a device was found.
    pub enum DiscoveryType {
        /// By timetable.
        Scheduled: "scheduled",
        /// Started by a person.
        Manual: "manual",
        /// From a file.
        Imported: "imported",
        /// By the device itself.
        Announced: "announced",
    }
}
