//! What a print policy stopped, changed or let pass with a warning. Personal data throughout: sent with
//! consent only.

use crate::money::Money;
use crate::reading::Header;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;

record! {
    /// What a print policy stopped, changed or let pass with a warning.
    pub struct PrintControl {
        /// When and from where; what is missing, and why.
        pub header: Header,
        /// One violation of one rule by one job.
        #[cfg_attr(feature = "serde", serde(rename = "Violation"))]
        pub violations: Vec<PolicyViolation>,
    }

    /// A job that broke a rule, and what was done about it.
    pub struct PolicyViolation {
        /// Computer that sent the job: personal data. Source: the print server's job event, or IPP
        /// client-info.
        pub computer_name: Option<String>,
        /// Print server that held the job. Source: its own name.
        pub print_server: Option<String>,
        /// Queue that the job was sent to. Source: the print server.
        pub queue_name: Option<String>,
        /// When the rule was applied, by the clock of the policy engine: personal data.
        pub occurred_at: Timestamp,
        /// Name of the document: customer content, dropped unless the site keeps it. Source: the print
        /// server's job event, or IPP document-name.
        pub document_name: Option<String>,
        /// Who sent the job: personal data, a pseudonym unless the site says otherwise. Source: the print
        /// server's job event, or IPP job-originating-user-name.
        pub user_name: Option<String>,
        /// Whether the job was two-sided. Source: IPP sides.
        pub duplex: Option<bool>,
        /// Whether the job was in colour. Source: IPP print-color-mode.
        pub color: Option<bool>,
        /// Impressions (printed sides) of the job as it was submitted, not as it was printed. Source: IPP
        /// job-impressions.
        pub total_impressions: Option<u64>,
        /// What the job would have cost and in which currency, by the price list of the policy.
        pub cost: Option<Money>,
        /// What the policy engine did.
        pub action: PolicyAction,
        /// Whether the user was told by mail or otherwise.
        pub user_notified: bool,
        /// Whether a message appeared on the user's screen. Its text stays on site.
        pub message_shown: bool,
        /// Name of the policy.
        pub policy_name: String,
        /// The rule of that policy that was broken.
        pub policy_rule: String,
    }
}

open_enum! {
    /// What a policy engine did with a job.
    #[derive(Default)]
    pub enum PolicyAction {
        /// Job went through.
        #[default]
        Allowed: "allowed",
        /// Printed, user was told.
        Warned: "warned",
        /// Waits for approval.
        Held: "held",
        /// Settings were altered.
        Changed: "changed",
        /// Job was deleted.
        Refused: "refused",
    }
}
