//! What a device has counted. Bills are made from these.

use crate::reading::Header;
use crate::usage::ScanDestination;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// Counters of a device, in the words of the PWG imaging counters.
    pub struct Counters {
        /// When and from where.
        pub header: Header,
        /// Rises by one whenever counting started anew (wrap, reset, swapped board). Readings of two epochs
        /// are never subtracted. Source: the agent; where a wrap comes early, xcmHrDevDetail
        /// deviceRolloverValue tells.
        pub epoch: u64,
        /// What happened to the counters since the reading before.
        #[cfg_attr(feature = "serde", serde(rename = "Event"))]
        pub events: Vec<CounterEvent>,
        /// A meter as the maker names it. Source: vendor profile.
        #[cfg_attr(feature = "serde", serde(rename = "BillingMeter"))]
        pub billing_meters: Vec<BillingMeter>,
        /// Lifetime count of one marker; never a sum. Source: prtMarkerLifeCount 1.3.6.1.2.1.43.10.2.1.4.
        #[cfg_attr(feature = "serde", serde(rename = "LifeCount"))]
        pub life_counts: Vec<MarkerCount>,
        /// Count of one marker since the last power-on: never billed. Source: prtMarkerPowerOnCount
        /// 1.3.6.1.2.1.43.10.2.1.5.
        #[cfg_attr(feature = "serde", serde(rename = "PowerOnCount"))]
        pub power_on_counts: Vec<MarkerCount>,
        /// Lifetime impressions of the whole device, where a source counts just that. Source:
        /// icImpressionTotalImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.4 of systemTotals, prtMarkerLifeCount
        /// 1.3.6.1.2.1.43.10.2.1.4 of the only marker when it counts impressions; PWG
        /// printer-impressions-completed.
        pub impressions: Option<ColorCounts>,
        /// Lifetime output with something on both sides, of the whole device. Source: icTwoSidedTable
        /// 1.3.6.1.4.1.2699.1.3.1.9.1 of systemTotals, vendor profile.
        pub two_sided: Option<TwoSidedCounts>,
        /// Lifetime sheets of the whole device: a two-sided sheet is one sheet and two impressions. Source:
        /// icSheetTotalSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.4 of systemTotals; PWG
        /// printer-media-sheets-completed.
        pub sheets: Option<ColorCounts>,
        /// Lifetime images of the whole device, scanned or received: not paper. Source: icImageTotalImages
        /// 1.3.6.1.4.1.2699.1.3.1.7.1.1.4 of systemTotals.
        pub images: Option<ColorCounts>,
        /// Counters of one service.
        #[cfg_attr(feature = "serde", serde(rename = "Service"))]
        pub services: Vec<ServiceCounters>,
        /// Images by the kind of place that they were sent to; no entry of an address book is ever read.
        #[cfg_attr(feature = "serde", serde(rename = "ScanToDestination"))]
        pub scan_to: Vec<ScanCount>,
        /// Work on large media, one entry for each limit that the maker sets.
        pub large: Vec<LargeCounts>,
        /// Jobs that the device calls large because they have many pages. Source: paperJobSizeJobCount of
        /// Lexmark, vendor profile.
        pub large_jobs: Option<u64>,
        /// Work that a production model counts by itself; which classes there are, the vendor profile tells.
        pub production: Option<ProductionCounts>,
        /// Jobs, times and traffic of the whole device.
        #[cfg_attr(feature = "serde", serde(rename = "UsageStatistics"))]
        pub usage: Option<UsageStatistics>,
        /// Impressions per month that the contract expects: a figure of the account, no reading. Source: the
        /// agent; the limits of the device itself (xcmHrDevDetail deviceUsageWarningThreshold(240)) are
        /// something else.
        pub target_volume: Option<u64>,
    }

    /// A meter as the maker names it.
    pub struct BillingMeter {
        /// The maker's label, to the letter. Source: xcmHrDevDetailValueString 1.3.6.1.4.1.253.8.53.13.2.1.8
        /// of deviceLifetimeUsage(20), ricohEngCounterName 1.3.6.1.4.1.367.3.2.1.2.19.5.1.5, or the profile's
        /// name for it.
        pub label: String,
        /// The number, 0 to 18446744073709551615, in Unit: impressions unless that says otherwise. Source:
        /// xcmHrDevDetailValueInteger 1.3.6.1.4.1.253.8.53.13.2.1.6, ricohEngCounterValue,
        /// scmHrDevCountValue; PWG print-meter-category-total.
        pub value: u64,
        /// What it counts.
        pub unit: CounterUnit,
        /// How much of it, in impressions or as Unit says, was work of technicians: never subtracted from
        /// Value. Source: xcmHrDevDetail deviceServiceUsage(230), icImpressionTotalImps
        /// 1.3.6.1.4.1.2699.1.3.1.8.1.1.4 of work type maintenance.
        pub service_usage: Option<u64>,
    }

    /// A count by colour; what is counted is said where it stands.
    pub struct ColorCounts {
        /// All of them. Source: icImpressionTotalImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.4, icSheetTotalSheets
        /// 1.3.6.1.4.1.2699.1.3.1.10.1.1.4, icImageTotalImages 1.3.6.1.4.1.2699.1.3.1.7.1.1.4.
        pub total: Option<u64>,
        /// Black only. Source: icImpressionMonochromeImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.5,
        /// icSheetMonochromeSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.5, icImageMonochromeImages
        /// 1.3.6.1.4.1.2699.1.3.1.7.1.1.5.
        pub monochrome: Option<u64>,
        /// Full colour. Source: icImpressionFullColorImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.7,
        /// icSheetFullColorSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.7, icImageFullColorImages
        /// 1.3.6.1.4.1.2699.1.3.1.7.1.1.6.
        pub full_color: Option<u64>,
        /// One or two colours. Source: icImpressionHighlightColorImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.8,
        /// icSheetHighlightColorSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.8, no object for images.
        pub highlight_color: Option<u64>,
        /// Nothing on them. Source: icImpressionBlankImps 1.3.6.1.4.1.2699.1.3.1.8.1.1.6, icSheetBlankSheets
        /// 1.3.6.1.4.1.2699.1.3.1.10.1.1.6, no object for images.
        pub blank: Option<u64>,
    }

    /// Counters of one service.
    pub struct ServiceCounters {
        /// Which service. Source: icServiceType 1.3.6.1.4.1.2699.1.3.1.3.1.1.1.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub service_type: ServiceType,
        /// One entry for each kind of work and persistence.
        pub work: Vec<WorkCounters>,
    }

    /// Counters of one kind of work.
    pub struct WorkCounters {
        /// What the work was for. Source: icImpressionWorkType 1.3.6.1.4.1.2699.1.3.1.8.1.1.2.
        #[cfg_attr(feature = "serde", serde(rename = "Type"))]
        pub work_type: WorkType,
        /// Since when it is counted; only lifetime bills. Source: icImpressionPersistence
        /// 1.3.6.1.4.1.2699.1.3.1.8.1.1.3.
        pub persistence: Persistence,
        /// Printed sides, in impressions. Source: icImpressionTable 1.3.6.1.4.1.2699.1.3.1.8.1.
        pub impressions: Option<ColorCounts>,
        /// Output with something on both sides. Source: icTwoSidedTable 1.3.6.1.4.1.2699.1.3.1.9.1.
        pub two_sided: Option<TwoSidedCounts>,
        /// Pieces of media, in sheets. Source: icSheetTotalSheets 1.3.6.1.4.1.2699.1.3.1.10.1.1.4 and its
        /// neighbours.
        pub sheets: Option<ColorCounts>,
        /// Scanned or received images. Source: icImageTotalImages 1.3.6.1.4.1.2699.1.3.1.7.1.1.4 and its
        /// neighbours.
        pub images: Option<ColorCounts>,
        /// Sheets by size of media. Source: icMediaUsedTable 1.3.6.1.4.1.2699.1.3.1.12.1.
        pub media_used: Vec<MediaUsed>,
    }

    /// Output with something on both sides, by colour: the standard counts sides, some makers count sheets.
    pub struct TwoSidedCounts {
        /// What is counted: impressions or sheets.
        pub unit: CounterUnit,
        /// All of it, in Unit. Source: icTwoSidedTotalImps 1.3.6.1.4.1.2699.1.3.1.9.1.1.4 (impressions).
        pub total: Option<u64>,
        /// Black only, in Unit. Source: icTwoSidedMonochromeImps 1.3.6.1.4.1.2699.1.3.1.9.1.1.5.
        pub monochrome: Option<u64>,
        /// Full colour, in Unit. Source: icTwoSidedFullColorImps 1.3.6.1.4.1.2699.1.3.1.9.1.1.7.
        pub full_color: Option<u64>,
        /// One or two colours, in Unit. Source: icTwoSidedHighlightColorImps 1.3.6.1.4.1.2699.1.3.1.9.1.1.8.
        pub highlight_color: Option<u64>,
        /// Nothing on them, in Unit. Source: icTwoSidedBlankImps 1.3.6.1.4.1.2699.1.3.1.9.1.1.6.
        pub blank: Option<u64>,
    }

    /// Sheets of one size of media.
    pub struct MediaUsed {
        /// Size in PWG 5101.1 words where given (iso_a3_297x420mm). Source: icMediaUsedMediaSizeName
        /// 1.3.6.1.4.1.2699.1.3.1.12.1.1.9.
        pub media_size_name: String,
        /// Sheets by colour. Source: icMediaUsedTotalSheets 1.3.6.1.4.1.2699.1.3.1.12.1.1.4 and its
        /// neighbours.
        pub sheets: ColorCounts,
    }

    /// Work on media larger than a limit.
    pub struct LargeCounts {
        /// The maker's limit in words, as the vendor profile states it (over 297 x 216 mm).
        pub limit: Option<String>,
        /// Impressions by colour. Source: vendor profile; where a device has it, icMediaUsedTotalSheets
        /// 1.3.6.1.4.1.2699.1.3.1.12.1.1.4 by size is in sheets and stands in MediaUsed.
        pub impressions: ColorCounts,
    }

    /// Work that a production model counts by itself.
    pub struct ProductionCounts {
        /// Impressions by colour. Source: HP print-meter-impression-count, vendor profile.
        pub impressions: ColorCounts,
    }

    /// Jobs, times and traffic of the whole device.
    pub struct UsageStatistics {
        /// Jobs that ended as asked. Source: icMonitorCompletedJobs 1.3.6.1.4.1.2699.1.3.1.6.1.1.8.
        pub jobs_completed: Option<u64>,
        /// Jobs that a person ended. Source: icMonitorCanceledJobs 1.3.6.1.4.1.2699.1.3.1.6.1.1.7.
        pub jobs_canceled: Option<u64>,
        /// Jobs that the system ended. Source: icMonitorAbortedJobs 1.3.6.1.4.1.2699.1.3.1.6.1.1.6.
        pub jobs_aborted: Option<u64>,
        /// Seconds of work on jobs. Source: icTimeProcessingSeconds 1.3.6.1.4.1.2699.1.3.1.5.1.1.6.
        pub processing_time: Option<u64>,
        /// Seconds in which the device could not work. Source: icTimeDownSeconds
        /// 1.3.6.1.4.1.2699.1.3.1.5.1.1.4.
        pub down_time: Option<u64>,
        /// Seconds of maintenance. Source: icTimeMaintenanceSeconds 1.3.6.1.4.1.2699.1.3.1.5.1.1.5.
        pub maintenance_time: Option<u64>,
        /// Data in and out. Source: icTrafficTable 1.3.6.1.4.1.2699.1.3.1.11.1.
        pub traffic: Vec<Traffic>,
    }

    /// Images that were sent to one kind of place.
    pub struct ScanCount {
        /// Kind of place. Source: scanCountType of Lexmark, xcmSvcMonServiceType
        /// 1.3.6.1.4.1.253.8.74.5.2.1.15, vendor profile; the standard knows mail only (emailOut).
        pub destination: ScanDestination,
        /// Images, 0 to 18446744073709551615. Source: icImageTotalImages 1.3.6.1.4.1.2699.1.3.1.7.1.1.4 of
        /// emailOut, vendor profile.
        pub images: u64,
    }
}

leaf! {
    /// A counter of one marker with its unit.
    pub struct MarkerCount {
        /// The number, as the device gave it.
        pub value: u64,
        /// What it counts. Source: prtMarkerCounterUnit 1.3.6.1.2.1.43.10.2.1.3.
        pub unit: CounterUnit,
        /// prtMarkerIndex 1.3.6.1.2.1.43.10.2.1.1.
        pub marker: Option<u64>,
    }

    /// Data of a service in one direction.
    pub struct Traffic {
        /// Data in KiB (1024 octets). Source: icTrafficInputKOctets 1.3.6.1.4.1.2699.1.3.1.11.1.1.4,
        /// icTrafficOutputKOctets 1.3.6.1.4.1.2699.1.3.1.11.1.1.5.
        pub value: u64,
        /// Into the device or out of it.
        pub direction: TrafficDirection,
        /// Of which service; absent: of all.
        pub service: Option<ServiceType>,
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

    /// Into a device or out of it.
    #[derive(Default)]
    pub enum TrafficDirection {
        /// Into the device.
        #[default]
        Input: "input",
        /// Out of the device.
        Output: "output",
    }
}

impl Default for CounterUnit {
    /// No unit: a counter without one is not valid, and no reader accepts it.
    fn default() -> Self {
        Self::Unlisted("".into())
    }
}
