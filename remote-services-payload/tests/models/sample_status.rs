//! How the plausible printer is, and what it has counted.

use super::sample::{at, header, text};
use remote_services_core::alert_code::AlertCode;
use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterEvent, CounterUnit, Counters, LargeCounts, MarkerCount, MediaUsed,
    Persistence, ProductionCounts, ScanCount, ServiceCounters, ServiceType, Traffic, TrafficDirection,
    TwoSidedCounts, UsageStatistics, WorkCounters, WorkType,
};
use remote_services_core::properties::ComponentKind;
use remote_services_core::status::{
    Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, ComponentStatus, ConsoleColor, ConsoleLight,
    ConsoleLightState, CoverStatus, DetectedError, DeviceStatus, DfeEvent, Discovery, DiscoveryMethod,
    DiscoveryType, Fault, FaultHistory, Jam, OverallStatus, PayloadKind, PrinterStatus, Retrieval,
    RetrievalOutcome, RetrievalProtocol, Status, SubUnitStatus, TransferOutcome, Transmission, Traps,
};
use remote_services_core::time::DateTime;
use remote_services_core::usage::ScanDestination;

pub(super) fn status() -> Status {
    Status {
        header: header(),
        overall: OverallStatus::Stopped,
        device_status: Some(DeviceStatus::Down),
        printer_status: Some(PrinterStatus::Other),
        detected_errors: vec![DetectedError::DoorOpen, DetectedError::LowToner],
        active_states: vec!["cover-open".into(), "toner-low".into()],
        alerts: vec![Alert {
            index: 7,
            severity: AlertSeverity::Critical,
            training_level: Some(AlertTrainingLevel::Untrained),
            group: AlertGroup::Cover,
            group_index: Some(1),
            location: Some(-2),
            code: AlertCode::from_label("coverOpen"),
            description: text("Front cover open"),
            time: Some(123_456),
            raised_at: Some(at(-60)),
        }],
        fault_history: Some(FaultHistory {
            count: Some(3),
            all_events: Some(99),
            faults: vec![Fault {
                code: "077-300".into(),
                description: text("Front cover open"),
                occurred_at: Some(DateTime::Local(at(-7_200))),
                component: text("cover 1.1"),
            }],
        }),
        jams: vec![Jam {
            count: Some(12),
            location: text("mediaPath 1, location 3"),
            occurred_at: Some(at(-90_000).into()),
        }],
        console_messages: vec!["Close front cover".into()],
        console_lights: vec![ConsoleLight {
            description: text("Attention"),
            color: Some(ConsoleColor::Orange),
            state: Some(ConsoleLightState::Blinking),
        }],
        components: vec![
            ComponentStatus {
                kind: ComponentKind::Cover,
                index: "1.1".into(),
                cover_status: Some(CoverStatus::CoverOpen),
                description: text("Front cover"),
                ..ComponentStatus::default()
            },
            ComponentStatus {
                kind: ComponentKind::InputTray,
                index: "1.2".into(),
                status: SubUnitStatus::of_sum(1 + 8),
                description: text("Tray 2"),
                errors: Some(2),
                ..ComponentStatus::default()
            },
        ],
        retrieval: Some(Retrieval {
            started_at: at(0),
            completed_at: Some(at(2)),
            outcome: RetrievalOutcome::Ok,
            protocol: Some(RetrievalProtocol::SnmpV3),
        }),
        discovery: Some(Discovery {
            date: Some(at(-864_000)),
            method: Some(DiscoveryMethod::AddressRange),
            discovery_type: Some(DiscoveryType::Scheduled),
        }),
        uptime: Some(129_456),
        last_reset_at: Some(at(-1_295).into()),
        traps: Some(Traps {
            supported: Some(true),
            enabled: Some(true),
            destinations: vec!["192.0.2.200".into()],
        }),
        dfe_events: vec![DfeEvent {
            occurred_at: DateTime::Local(at(-600)),
            severity: Some(AlertSeverity::Warning),
            source: text("spooler"),
            text: text("queue held"),
        }],
        transmissions: vec![Transmission {
            id: "0193516c-7d1e-7000-8000-000000000001".into(),
            kind: PayloadKind::Counters,
            started_at: at(-86_400),
            outcome: TransferOutcome::Stored,
            size: Some(4_711),
        }],
    }
}

pub(super) fn counters() -> Counters {
    Counters {
        header: header(),
        epoch: 1,
        events: vec![CounterEvent::CounterWrap],
        billing_meters: vec![BillingMeter {
            label: "Color Impressions".into(),
            value: 1_200,
            unit: CounterUnit::Impressions,
            service_usage: Some(14),
        }],
        life_counts: vec![MarkerCount { value: 7_432, unit: CounterUnit::Impressions, marker: Some(1) }],
        power_on_counts: vec![MarkerCount { value: 32, unit: CounterUnit::Impressions, marker: Some(1) }],
        impressions: Some(ColorCounts {
            total: Some(7_432),
            monochrome: Some(6_232),
            full_color: Some(1_200),
            highlight_color: None,
            blank: None,
        }),
        two_sided: Some(TwoSidedCounts {
            unit: CounterUnit::Impressions,
            total: Some(3_200),
            ..TwoSidedCounts::default()
        }),
        sheets: Some(ColorCounts { total: Some(5_832), ..ColorCounts::default() }),
        images: Some(ColorCounts { total: Some(911), ..ColorCounts::default() }),
        services: vec![ServiceCounters {
            service_type: ServiceType::Print,
            work: vec![WorkCounters {
                work_type: WorkType::WorkTotals,
                persistence: Persistence::Lifetime,
                impressions: Some(ColorCounts { total: Some(7_000), ..ColorCounts::default() }),
                two_sided: None,
                sheets: Some(ColorCounts { total: Some(3_900), ..ColorCounts::default() }),
                images: None,
                media_used: vec![MediaUsed {
                    media_size_name: "iso_a3_297x420mm".into(),
                    sheets: ColorCounts { total: Some(120), ..ColorCounts::default() },
                }],
            }],
        }],
        scan_to: vec![ScanCount { destination: ScanDestination::Email, images: 640 }],
        large: vec![LargeCounts {
            limit: text("over 297 x 216 mm"),
            impressions: ColorCounts { total: Some(210), ..ColorCounts::default() },
        }],
        large_jobs: Some(4),
        production: Some(ProductionCounts {
            impressions: ColorCounts { total: Some(7_432), ..ColorCounts::default() },
        }),
        usage: Some(UsageStatistics {
            jobs_completed: Some(1_804),
            jobs_canceled: Some(21),
            jobs_aborted: Some(2),
            processing_time: Some(86_000),
            down_time: Some(3_600),
            maintenance_time: Some(900),
            traffic: vec![Traffic {
                value: 1_048_576,
                direction: TrafficDirection::Input,
                service: Some(ServiceType::Print),
            }],
        }),
        target_volume: Some(1_000),
    }
}
