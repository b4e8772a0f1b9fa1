//! `status.xml`: state, alerts and messages.

use crate::xml::{macros::record, tokens};
use remote_services_core::status::{
    Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, ComponentStatus, ConsoleColor, ConsoleLight,
    ConsoleLightState, CoverStatus, DetectedError, DeviceStatus, DfeEvent, Discovery, DiscoveryMethod,
    DiscoveryType, Fault, FaultHistory, Jam, OverallStatus, PayloadKind, PrinterStatus, Retrieval,
    RetrievalOutcome, RetrievalProtocol, Status, SubUnitStatus, TransferOutcome, Transmission, Traps,
};

record! {
    Status {
        header: "Header",
        overall: "Overall",
        device_status: "DeviceStatus",
        printer_status: "PrinterStatus",
        detected_errors: "DetectedErrorState",
        active_states: "ActiveState",
        alerts: "Alert",
        fault_history: "FaultHistory",
        jams: "Jam",
        console_messages: "ConsoleMessage",
        console_lights: "ConsoleLight",
        components: "Component",
        retrieval: "Retrieval",
        discovery: "Discovery",
        uptime: "Uptime",
        last_reset_at: "LastResetAt",
        traps: "Traps",
        dfe_events: "DfeEvent",
        transmissions: "Transmission",
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
        errors: "Errors",
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

    FaultHistory {
        count: "Count",
        all_events: "AllEvents",
        faults: "Fault",
    }

    Fault {
        code: "Code",
        description: "Description",
        occurred_at: "OccurredAt",
        component: "Component",
    }

    Jam {
        count: "Count",
        location: "Location",
        occurred_at: "OccurredAt",
    }

    ConsoleLight {
        description: "Description",
        color: "Color",
        state: "State",
    }

    Traps {
        supported: "Supported",
        enabled: "Enabled",
        destinations: "Destination",
    }

    DfeEvent {
        occurred_at: "OccurredAt",
        severity: "Severity",
        source: "Source",
        text: "Text",
    }

    Transmission {
        id: "Id",
        kind: "Kind",
        started_at: "StartedAt",
        outcome: "Outcome",
        size: "Size",
    }
}

tokens!(
    AlertGroup,
    AlertSeverity,
    AlertTrainingLevel,
    ConsoleColor,
    ConsoleLightState,
    CoverStatus,
    DetectedError,
    DeviceStatus,
    DiscoveryMethod,
    DiscoveryType,
    OverallStatus,
    PayloadKind,
    PrinterStatus,
    RetrievalOutcome,
    RetrievalProtocol,
    SubUnitStatus,
    TransferOutcome,
);
