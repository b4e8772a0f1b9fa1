//! What a device has counted. Bills are made from these.

use crate::reading::Header;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Counters of a device, in the words of the PWG imaging counters.
    pub struct Counters {
        /// When and from where.
        pub header: Header,
        /// Rises by one whenever counting started anew: after a wrap, a reset or a swapped board.
        pub epoch: u64,
        /// What happened to the counters since the reading before.
        #[cfg_attr(feature = "serde", serde(rename = "Event"))]
        pub events: Vec<CounterEvent>,
        /// Meters as the maker names them.
        #[cfg_attr(feature = "serde", serde(rename = "BillingMeter"))]
        pub billing_meters: Vec<BillingMeter>,
        /// prtMarkerLifeCount, one a marker; never a sum.
        #[cfg_attr(feature = "serde", serde(rename = "LifeCount"))]
        pub life_counts: Vec<MarkerCount>,
        /// prtMarkerPowerOnCount, one a marker: since the last power-on, never billed.
        #[cfg_attr(feature = "serde", serde(rename = "PowerOnCount"))]
        pub power_on_counts: Vec<MarkerCount>,
        /// Lifetime impressions of the whole device, where a source counts just that.
        pub impressions: Option<ImpressionCounts>,
        /// Counters of single services.
        #[cfg_attr(feature = "serde", serde(rename = "Service"))]
        pub services: Vec<ServiceCounters>,
    }

    /// A meter as the maker names it.
    pub struct BillingMeter {
        /// The maker's label, to the letter.
        pub label: String,
        /// The number.
        pub value: u64,
        /// What it counts.
        pub unit: CounterUnit,
    }

    /// Impressions (printed sides) by colour.
    pub struct ImpressionCounts {
        /// All of them.
        pub total: Option<u64>,
        /// Black only.
        pub monochrome: Option<u64>,
        /// Full colour.
        pub full_color: Option<u64>,
        /// One or two colours.
        pub highlight_color: Option<u64>,
        /// Nothing on them.
        pub blank: Option<u64>,
    }

    /// Counters of one service.
    pub struct ServiceCounters {
        /// Which service.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub service_type: ServiceType,
        /// Its counters, one entry for each kind of work and persistence.
        pub work: Vec<WorkCounters>,
    }

    /// Counters of one kind of work.
    pub struct WorkCounters {
        /// What the work was for.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub work_type: WorkType,
        /// Since when it is counted; only `lifetime` bills.
        pub persistence: Persistence,
        /// Printed sides.
        pub impressions: Option<ImpressionCounts>,
        /// Pieces of media.
        pub sheets: Option<u64>,
        /// Scanned or received images.
        pub images: Option<u64>,
    }
}

leaf! {
    /// A counter of one marker with its unit.
    pub struct MarkerCount {
        /// The number, as the device gave it.
        pub value: u64,
        /// What it counts; a life count is close to pages only for impressions and sheets.
        pub unit: CounterUnit,
        /// prtMarkerIndex.
        pub marker: Option<u64>,
    }
}

open_enum! {
    /// What a counter counts.
    /// Source: prtMarkerCounterUnit.
    pub enum CounterUnit {
        /// 0.0001 inch of media.
        TenThousandthsOfInches = 3: "tenThousandthsOfInches",
        /// 0.001 millimetre of media.
        Micrometers = 4: "micrometers",
        /// Characters printed.
        Characters = 5: "characters",
        /// Lines printed.
        Lines = 6: "lines",
        /// Printed sides.
        Impressions = 7: "impressions",
        /// Pieces of media.
        Sheets = 8: "sheets",
        /// Rows of dots.
        DotRow = 9: "dotRow",
        /// Hours of running.
        Hours = 11: "hours",
        /// Feet of media.
        Feet = 16: "feet",
        /// Metres of media.
        Meters = 17: "meters",
    }

    /// What happened to a counter.
    /// Source: icAlertCounterEventType.
    pub enum CounterEvent {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        Unknown = 2: "unknown",
        /// Counter created.
        CounterCreated = 3: "counterCreated",
        /// Counter for errors.
        CounterForErrors = 4: "counterForErrors",
        /// Counter for warnings.
        CounterForWarnings = 5: "counterForWarnings",
        /// Counter reset.
        CounterReset = 6: "counterReset",
        /// Counter wrap.
        CounterWrap = 7: "counterWrap",
        /// Service created.
        ServiceCreated = 8: "serviceCreated",
        /// Subunit created.
        SubunitCreated = 9: "subunitCreated",
        /// Media used created.
        MediaUsedCreated = 10: "mediaUsedCreated",
        /// Service state changed.
        ServiceStateChanged = 11: "serviceStateChanged",
        /// Subunit status changed.
        SubunitStatusChanged = 12: "subunitStatusChanged",
        /// Counter interval.
        CounterInterval = 13: "counterInterval",
        /// Counter threshold.
        CounterThreshold = 14: "counterThreshold",
    }

    /// A service of the device.
    /// Source: icServiceType, icKeyServiceType.
    #[derive(Default)]
    pub enum ServiceType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        #[default]
        Unknown = 2: "unknown",
        /// All services together.
        SystemTotals = 3: "systemTotals",
        /// Scan then print.
        Copy = 4: "copy",
        /// Mail received and printed.
        EmailIn = 5: "emailIn",
        /// Scan sent by mail.
        EmailOut = 6: "emailOut",
        /// Phone fax received.
        FaxIn = 7: "faxIn",
        /// Phone fax sent.
        FaxOut = 8: "faxOut",
        /// Fax received over IP.
        NetworkFaxIn = 9: "networkFaxIn",
        /// Fax sent over IP.
        NetworkFaxOut = 10: "networkFaxOut",
        /// Jobs printed from hosts.
        Print = 11: "print",
        /// Originals scanned to files.
        Scan = 12: "scan",
        /// Format conversion.
        Transform = 13: "transform",
    }

    /// What work was for.
    /// Source: icImpressionWorkType and the other work tables.
    #[derive(Default)]
    pub enum WorkType {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        #[default]
        Unknown = 2: "unknown",
        /// All work together.
        WorkTotals = 3: "workTotals",
        /// What users asked for.
        Datastream = 4: "datastream",
        /// Banners, separators, report sheets.
        Auxiliary = 5: "auxiliary",
        /// Output thrown away.
        Waste = 6: "waste",
        /// Work done by service.
        Maintenance = 7: "maintenance",
    }

    /// Since when a counter counts.
    /// Source: icImpressionPersistence and the other tables.
    #[derive(Default)]
    pub enum Persistence {
        /// Value outside this list.
        Other = 1: "other",
        /// Value not known.
        #[default]
        Unknown = 2: "unknown",
        /// Since the device was installed.
        Lifetime = 3: "lifetime",
        /// Since the last power-on.
        PowerOn = 4: "powerOn",
        /// Since an administrator cleared it.
        Reset = 5: "reset",
    }
}

impl Default for CounterUnit {
    /// No unit: a counter without one is not valid, and no reader accepts it.
    fn default() -> Self {
        Self::Unlisted("".into())
    }
}
