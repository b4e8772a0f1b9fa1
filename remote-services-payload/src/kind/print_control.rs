//! `printControl.xml`: what a print policy stopped, changed or let pass with a warning.

use crate::xml::{macros::record, tokens};
use remote_services_core::policy::{PolicyAction, PolicyViolation, PrintControl};

record! {
    PrintControl {
        header: "Header",
        violations: "Violation",
    }

    PolicyViolation {
        computer_name: "ComputerName",
        print_server: "PrintServer",
        queue_name: "QueueName",
        occurred_at: "OccurredAt",
        document_name: "DocumentName",
        user_name: "UserName",
        duplex: "Duplex",
        color: "Color",
        total_impressions: "TotalImpressions",
        cost: "Cost",
        action: "Action",
        user_notified: "UserNotified",
        message_shown: "MessageShown",
        policy_name: "PolicyName",
        policy_rule: "PolicyRule",
    }
}

tokens!(PolicyAction);
