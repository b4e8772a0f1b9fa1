//! States, severities and places, by the labels of the MIBs that number them.

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

    /// Colour of a light.
    /// Source: prtConsoleColor.
    pub enum ConsoleColor {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// White.
        White = 3: "white",
        /// Red.
        Red = 4: "red",
        /// Green.
        Green = 5: "green",
        /// Blue.
        Blue = 6: "blue",
        /// Cyan.
        Cyan = 7: "cyan",
        /// Magenta.
        Magenta = 8: "magenta",
        /// Yellow.
        Yellow = 9: "yellow",
        /// Orange.
        Orange = 10: "orange",
    }

    /// Whether a light shines.
    /// Source: prtConsoleOnTime, prtConsoleOffTime.
    pub enum ConsoleLightState {
        /// Shines all the time.
        On: "on",
        /// Dark.
        Off: "off",
        /// On and off.
        Blinking: "blinking",
        /// State not known.
        Unknown: "unknown",
    }

    /// A word of the state of a part.
    /// Source: prtInputStatus, prtOutputStatus, prtMarkerStatus, prtMediaPathStatus, prtChannelStatus, finDeviceStatus.
    pub enum SubUnitStatus {
        /// Ready, nothing to do.
        AvailableAndIdle = 0: "availableAndIdle",
        /// Ready, saving power.
        AvailableAndStandby = 2: "availableAndStandby",
        /// Working.
        AvailableAndActive = 4: "availableAndActive",
        /// Working, queue is full.
        AvailableAndBusy = 6: "availableAndBusy",
        /// Off until asked for.
        UnavailableAndOnRequest = 1: "unavailableAndOnRequest",
        /// Broken.
        UnavailableBecauseBroken = 3: "unavailableBecauseBroken",
        /// Availability not known.
        Unknown = 5: "unknown",
        /// Add 8: a warning exists.
        NonCriticalAlerts = 8: "nonCriticalAlerts",
        /// Add 16: a critical alert.
        CriticalAlerts = 16: "criticalAlerts",
        /// Add 32: subunit off line.
        OffLine = 32: "offLine",
        /// Add 64: moving to state.
        Transitioning = 64: "transitioning",
    }

    /// Kind of a document.
    #[derive(Default)]
    pub enum PayloadKind {
        /// Identity document.
        Identity: "identity",
        /// Network document.
        Network: "network",
        /// Properties document.
        Properties: "properties",
        /// Status document.
        #[default]
        Status: "status",
        /// Counters document.
        Counters: "counters",
        /// Supplies document.
        Supplies: "supplies",
        /// DetailedUsage document.
        DetailedUsage: "detailedUsage",
        /// Engineering document.
        Engineering: "engineering",
        /// JobAccounting document.
        JobAccounting: "jobAccounting",
        /// Agent document.
        Agent: "agent",
        /// PrintControl document.
        PrintControl: "printControl",
    }

    /// How a transfer ended.
    #[derive(Default)]
    pub enum TransferOutcome {
        /// Server acknowledged it.
        Stored: "stored",
        /// Server had it already.
        Duplicate: "duplicate",
        /// Server said no.
        Refused: "refused",
        /// Will be tried again.
        #[default]
        Retrying: "retrying",
        /// Spool was full.
        Dropped: "dropped",
    }
}
