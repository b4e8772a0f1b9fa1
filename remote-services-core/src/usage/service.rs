//! What service wants to know: units and parts that were changed, faults and what became of them, tests.

use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// A customer-replaceable unit: how often it was changed, and failed.
    pub struct CruUsage {
        /// Name of the unit, as the device gives it. Source: vendor profile.
        pub name: Option<String>,
        /// How often it was replaced. Source: vendor profile, else the agent counts changes of its serial
        /// number.
        pub replacements: Option<u64>,
        /// When it was replaced. Source: vendor profile.
        pub replaced_at: Vec<Timestamp>,
        /// How often it failed. Source: vendor profile.
        pub failures: Option<u64>,
        /// Fault code of a failure, as the maker writes it. Source: vendor profile.
        #[cfg_attr(feature = "serde", serde(rename = "FailureCode"))]
        pub failure_codes: Vec<String>,
        /// Failures by age or use of the unit when it failed.
        pub failure_distribution: Vec<FailureBucket>,
    }

    /// A high-frequency service item: a part that service changes by its use.
    pub struct ServiceItem {
        /// Number or name of the item at the maker. Source: vendor profile.
        pub id: String,
        /// Name of the item for a person. Source: vendor profile.
        pub name: Option<String>,
        /// Use since it was changed, in Unit. Source: vendor profile.
        pub usage: Option<u64>,
        /// Use at which it is due, in Unit. Source: vendor profile.
        pub limit: Option<u64>,
        /// The maker's unit of Usage and Limit: impressions, sheets, hours.
        pub unit: Option<String>,
        /// Days until it is due, as the device estimates; negative when it is overdue. Source: vendor
        /// profile.
        #[cfg_attr(feature = "serde", serde(rename = "DaysUntil"))]
        pub days_until_replace: Option<i64>,
        /// When it was changed. Source: vendor profile.
        #[cfg_attr(feature = "serde", serde(rename = "LastReset"))]
        pub last_reset_at: Option<Timestamp>,
    }

    /// A location of non-volatile memory.
    pub struct NvmLocation {
        /// Address of the location, as the maker writes it. Source: the embedder.
        pub id: String,
        /// Name of the location. Source: the embedder.
        pub name: Option<String>,
        /// What it holds. Source: the embedder.
        pub value: Option<String>,
    }

    /// A fault or incident, and how often it was seen.
    pub struct Incident {
        /// Its code: a word of AlertCode, or the maker's fault code. Source: prtAlertCode
        /// 1.3.6.1.2.1.43.18.1.1.7, else vendor profile.
        pub code: String,
        /// How often it was seen. Source: vendor profile, else the agent counts.
        pub count: Option<u64>,
        /// When it was last seen. Source: prtAlertTime 1.3.6.1.2.1.43.18.1.1.9.
        pub last_at: Option<Timestamp>,
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
        /// Number to order it by. Source: vendor profile.
        pub part_number: Option<String>,
        /// Name of the part. Source: vendor profile.
        pub name: Option<String>,
        /// When it was replaced. Source: vendor profile, else when the agent saw its serial number change.
        pub replaced_at: Option<Timestamp>,
        /// Impressions of the device at that time. Source: vendor profile.
        #[cfg_attr(feature = "serde", serde(rename = "CountAtReplacement"))]
        pub count_at: Option<u64>,
    }

    /// Outcome of a diagnostic test.
    pub struct Diagnostic {
        /// Name of the test.
        pub test: String,
        /// What came of it, in the maker's words.
        pub result: Option<String>,
        /// A value that was measured.
        #[cfg_attr(feature = "serde", serde(rename = "Value"))]
        pub values: Vec<Measurement>,
        /// When it ran.
        pub at: Option<Timestamp>,
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
