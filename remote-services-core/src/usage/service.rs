//! What service wants to know: units and parts that were changed, faults and what became of them, tests.

use crate::time::{DateTime, Timestamp};
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// A customer-replaceable unit: how often it was changed, and failed.
    pub struct CruUsage {
        /// Name of the unit, as the device gives it. Source: vendor profile.
        pub name: Option<String>,
        /// Replacements so far. Source: Brother brInfoReplaceCount 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.20,
        /// Lexmark supplyHistogramCount 1.3.6.1.4.1.641.6.4.4.3.1.8, HP consumable-replacement-count
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.4.1.10.16, else the agent counts changes of its serial number.
        pub replacements: Option<u64>,
        /// When it was replaced. Source: Xerox deviceReplaceDate(57) of xcmHrDevDetailTable
        /// 1.3.6.1.4.1.253.8.53.13.2.1, Brother brInfoReplaceTime 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.23,
        /// Lexmark supplyHistoryInstallDate 1.3.6.1.4.1.641.6.4.4.2.1.8, else the agent's clock.
        pub replaced_at: Vec<DateTime>,
        /// Failures so far. Source: Xerox deviceLifetimeErrorCount(35) of xcmHrDevDetailTable
        /// 1.3.6.1.4.1.253.8.53.13.2.1 where it is per unit.
        pub failures: Option<u64>,
        /// Fault code of a failure, as the maker writes it. Source: Xerox xcmHrSystemFaultCode
        /// 1.3.6.1.4.1.253.8.53.8.2.1.3 with xcmHrSystemFaultHrDeviceIndex 1.3.6.1.4.1.253.8.53.8.2.1.6.
        #[cfg_attr(feature = "serde", serde(rename = "FailureCode"))]
        pub failure_codes: Vec<String>,
        /// Failures by age or use of the unit when it failed. Source: none public; the agent derives it, or
        /// the vendor gives it.
        pub failure_distribution: Vec<FailureBucket>,
    }

    /// A high-frequency service item: a part that service changes by its use.
    pub struct ServiceItem {
        /// Number or name of the item at the maker. Source: Xerox, index of its row in
        /// deviceLifetimeUsage(20) of xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1.
        pub id: String,
        /// Name of the item for a person. Source: Xerox xcmHrDevDetailValueString
        /// 1.3.6.1.4.1.253.8.53.13.2.1.8 of that row.
        pub name: Option<String>,
        /// Use since it was changed, in Unit (the maker's unit). Source: Xerox deviceLifetimeUsage(20) of
        /// xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1, Brother brInfoMaintenance
        /// 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.8, Samsung scmPrtCountFuserImageCount
        /// 1.3.6.1.4.1.236.11.5.11.55.20.1.5.
        pub usage: Option<u64>,
        /// Use at which it is due, in Unit (the maker's unit). Source: Xerox deviceReplaceLifetimeLimit(23)
        /// or deviceMaximumLifetimeLimit(24) of xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1, HP
        /// scanner-accessory-maintenance-interval 1.3.6.1.4.1.11.2.3.9.4.2.1.2.2.1.24.
        pub limit: Option<u64>,
        /// The maker's unit of Usage and Limit: impressions, sheets, hours. Source: Xerox xcmHrDevDetailUnit
        /// 1.3.6.1.4.1.253.8.53.13.2.1.5.
        pub unit: Option<String>,
        /// Days until it is due, as the device estimates; negative when it is overdue. Source: Xerox
        /// deviceDaysUntilReplaceMsg(27) of xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1.
        #[cfg_attr(feature = "serde", serde(rename = "DaysUntil"))]
        pub days_until_replace: Option<i64>,
        /// When it was changed. Source: Xerox deviceReplaceDate(57) of xcmHrDevDetailTable
        /// 1.3.6.1.4.1.253.8.53.13.2.1.
        #[cfg_attr(feature = "serde", serde(rename = "LastReset"))]
        pub last_reset_at: Option<DateTime>,
    }

    /// A location of non-volatile memory.
    pub struct NvmLocation {
        /// Address of the location, as the maker writes it. Source: the embedder, HP scanner-accessory-nvram
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.2.2.1.33.
        pub id: String,
        /// Name of the location. Source: the embedder.
        pub name: Option<String>,
        /// What it holds. Source: the embedder, HP scanner-accessory-nvram2
        /// 1.3.6.1.4.1.11.2.3.9.4.2.1.2.2.1.34.
        pub value: Option<String>,
    }

    /// A fault or incident, and how often it was seen.
    pub struct Incident {
        /// Its code: a word of AlertCode, or the maker's fault code. Source: prtAlertCode
        /// 1.3.6.1.2.1.43.18.1.1.7, Xerox xcmHrSystemFaultCode 1.3.6.1.4.1.253.8.53.8.2.1.3, Brother
        /// brErrorHistoryDescription 1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.51.2.1.2.
        pub code: String,
        /// Occurrences so far. Source: Lexmark genCountValue 1.3.6.1.4.1.641.6.4.1.1.1.4 (types 97 to 101),
        /// Xerox deviceLifetimeErrorCount(35) of xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1, else the
        /// agent counts.
        pub count: Option<u64>,
        /// When it was last seen. Source: prtAlertTime 1.3.6.1.2.1.43.18.1.1.9, Xerox xcmHrSystemFaultDate
        /// 1.3.6.1.4.1.253.8.53.8.2.1.7.
        pub last_at: Option<DateTime>,
    }

    /// How a fault that was seen before went away.
    pub struct Resolution {
        /// The fault: Code of an incident or alert seen before.
        pub fault: String,
        /// When it went away. Source: prtAlertCode 1.3.6.1.2.1.43.18.1.1.7 with
        /// alertRemovalOfBinaryChangeEntry(1801), else the agent's clock.
        pub resolved_at: Option<Timestamp>,
        /// How it was resolved.
        pub method: Option<FaultResolution>,
    }

    /// A part that was replaced.
    pub struct PartReplaced {
        /// Number to order it by. Source: Xerox xcmHrSuppliesPartNumber 1.3.6.1.4.1.253.8.53.20.1.1.6,
        /// Lexmark hwInventoryPartNumber 1.3.6.1.4.1.641.6.3.1.1.6.
        pub part_number: Option<String>,
        /// Name of the part. Source: Xerox xcmHrDevInfoName 1.3.6.1.4.1.253.8.53.3.2.1.2, Lexmark
        /// hwInventoryDescription 1.3.6.1.4.1.641.6.3.1.1.8.
        pub name: Option<String>,
        /// When it was replaced. Source: Xerox deviceReplaceDate(57) of xcmHrDevDetailTable
        /// 1.3.6.1.4.1.253.8.53.13.2.1, else when the agent saw its serial number change.
        pub replaced_at: Option<DateTime>,
        /// Impressions of the device at that time. Source: Xerox deviceReplaceSystemUsage(58) of
        /// xcmHrDevDetailTable 1.3.6.1.4.1.253.8.53.13.2.1.
        #[cfg_attr(feature = "serde", serde(rename = "CountAtReplacement"))]
        pub count_at: Option<u64>,
    }

    /// Outcome of a diagnostic test.
    pub struct Diagnostic {
        /// Name of the test. Source: none public; the embedder.
        pub test: String,
        /// What came of it, in the maker's words.
        pub result: Option<String>,
        /// A value that was measured.
        #[cfg_attr(feature = "serde", serde(rename = "Value"))]
        pub values: Vec<Measurement>,
        /// When it ran.
        pub at: Option<DateTime>,
    }
}

leaf! {
    /// Failures of units whose age or use lay between two bounds.
    pub struct FailureBucket {
        /// Failures in the bucket.
        pub value: u64,
        /// Lower bound in unit, itself included; 0 or more.
        pub lower: i64,
        /// Upper bound in unit, itself included; absent when there is none.
        pub upper: Option<i64>,
        /// What the bounds count: impressions, sheets, hours, days.
        pub unit: String,
    }

    /// A value that was measured.
    pub struct Measurement {
        /// The value, in the maker's unit.
        pub value: f64,
        /// What was measured.
        pub name: Option<String>,
        /// The maker's unit.
        pub unit: Option<String>,
    }
}

open_enum! {
    /// How a fault was resolved.
    #[derive(Default)]
    pub enum FaultResolution {
        /// Fault went away.
        ClearedByItself: "clearedByItself",
        /// Someone on site.
        ClearedByOperator: "clearedByOperator",
        /// Device was restarted.
        Restarted: "restarted",
        /// Part or unit changed.
        PartReplaced: "partReplaced",
        /// Technician came.
        ServiceVisit: "serviceVisit",
        /// New software installed.
        SoftwareUpdate: "softwareUpdate",
        /// Nobody recorded it.
        #[default]
        Unknown: "unknown",
    }
}
