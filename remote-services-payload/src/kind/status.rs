//! `status.xml`: state, alerts and messages.

use crate::xml::{macros::record, tokens};
use remote_services_core::status::{
    Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, ComponentStatus, CoverStatus, DetectedError,
    DeviceStatus, Discovery, DiscoveryMethod, DiscoveryType, OverallStatus, PrinterStatus, Retrieval,
    RetrievalOutcome, RetrievalProtocol, Status,
};

record! {
    Status {
        header: "Header",
        overall: "Overall",
        device_status: "DeviceStatus",
        printer_status: "PrinterStatus",
        detected_errors: "DetectedErrorState",
        alerts: "Alert",
        all_events: "AllEvents",
        console_messages: "ConsoleMessage",
        components: "Component",
        retrieval: "Retrieval",
        discovery: "Discovery",
        uptime: "Uptime",
    }

    Alert {
        index: "Index",
        severity: "Severity",
        training_level: "TrainingLevel",
        group: "Group",
        group_index: "GroupIndex",
        location: "Location",
        code: "Code",
        description: "Description",
        time: "Time",
        raised_at: "RaisedAt",
    }

    ComponentStatus {
        kind: "Kind",
        index: "Index",
        status: "Status",
        cover_status: "CoverStatus",
        description: "Description",
    }

    Retrieval {
        started_at: "StartedAt",
        completed_at: "CompletedAt",
        outcome: "Outcome",
        protocol: "Protocol",
    }

    Discovery {
        date: "Date",
        method: "Method",
        discovery_type: "Type",
    }
}

tokens!(
    AlertGroup,
    AlertSeverity,
    AlertTrainingLevel,
    CoverStatus,
    DetectedError,
    DeviceStatus,
    DiscoveryMethod,
    DiscoveryType,
    OverallStatus,
    PrinterStatus,
    RetrievalOutcome,
    RetrievalProtocol,
);
