//! Where a value came from, and why one is missing.

use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// What every document of the model starts with.
    pub struct Header {
        /// When the reading began (UTC).
        pub read_at: Timestamp,
        /// What is missing, and why: zero and "the customer said no" never look alike.
        pub withheld: Vec<Withheld>,
        /// Where the values came from.
        #[cfg_attr(feature = "serde", serde(rename = "Source"))]
        pub sources: Vec<Source>,
    }
}

leaf! {
    /// A value that is not there, and the reason.
    pub struct Withheld {
        /// Element path below the root of the document: `SerialNumber`, `Supply[3]/Level` (positions from 1; of all
        /// rows without one: `Job/Owner`).
        pub element: String,
        /// Why it is missing.
        pub reason: WithheldReason,
        /// More about it, for a person.
        pub detail: Option<String>,
    }

    /// Where a value, or all values of a row, came from.
    pub struct Source {
        /// Element path below the root of the document: `SerialNumber`, `Supply[3]` (positions from 1).
        pub element: String,
        /// The object (a column or a table's entry) as a dotted OID without the instance, or the name of a rule.
        pub object: String,
        /// The instance below the object as dotted numbers (`1.3`).
        pub instance: Option<String>,
    }
}

impl Header {
    /// Notes that `element` is missing.
    pub fn withhold(&mut self, element: impl Into<String>, reason: WithheldReason) {
        self.withheld.push(Withheld { element: element.into(), reason, detail: None });
    }

    /// Notes where `element` came from.
    pub fn source(
        &mut self,
        element: impl Into<String>,
        object: impl Into<String>,
        instance: Option<String>,
    ) {
        self.sources.push(Source { element: element.into(), object: object.into(), instance });
    }
}

open_enum! {
    /// Why a value is missing.
    #[derive(Default)]
    pub enum WithheldReason {
        /// Device lacks it.
        #[default]
        NotSupported: "notSupported",
        /// Device did not answer.
        NotAnswered: "notAnswered",
        /// Switched off by customer.
        DisabledByPolicy: "disabledByPolicy",
        /// Removed as personal data.
        Redacted: "redacted",
        /// Mode forbids it.
        Lockdown: "lockdown",
        /// Reading failed.
        Error: "error",
    }
}
