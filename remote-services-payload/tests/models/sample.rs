//! A plausible printer and agent, for samples that people read.

use super::sample_status::{counters, status};
use remote_services_core::agent::{Agent, CriticalService, Host, OsType, RunState};
use remote_services_core::counter::{CounterUnit, ServiceType};
use remote_services_core::device::{
    DeviceReport, Identity, Licence, LicenceState, ManagementState, Module, ModuleKind,
};
use remote_services_core::job::ColorMode;
use remote_services_core::mode::SecurityMode;
use remote_services_core::network::{AddressOrigin, Interface, Ipx, Network};
use remote_services_core::properties::{
    Component, ComponentKind, ConfigurationSetting, Finisher, FinisherType, Finishing, InputTray, InputType,
    Interpreter, InterpreterFamily, Marker, MarkingTechnology, OutputBin, OutputType, PowerMode, PrintSpeed,
    Properties, Service, SoftwareModule, Storage, StorageType, UserDefined,
};
use remote_services_core::reading::{Header, WithheldReason};
use remote_services_core::supply::{
    CapacityUnit, LevelQuality, LifetimeLimit, LimitKind, Paper, RelatedAttribute, ReplaceableBy, Supplies,
    Supply, SupplyCategory, SupplyClass, SupplyCount, SupplyState, SupplyType, SupplyUnit,
};
use remote_services_core::time::{DateTime, Timestamp};
use remote_services_core::usage::PowerState;

/// A colour printer with an open cover and little cyan.
pub(crate) fn report() -> DeviceReport {
    DeviceReport {
        identity: identity(),
        network: network(),
        properties: properties(),
        status: status(),
        counters: counters(),
        supplies: supplies(),
        usage: Some(super::sample_usage::usage()),
    }
}

/// The agent that reads it.
pub(crate) fn agent() -> Agent {
    Agent {
        header: header(),
        host: Host {
            dns_name: Some("reports.example.net".into()),
            ip_addresses: vec!["192.0.2.10".into(), "2001:db8::10".into()],
            os_name: Some("Debian GNU/Linux 12".into()),
            os_type: Some(OsType::Linux),
            processor: Some("2 cores".into()),
            memory_total: Some(4_294_967_296),
            memory_free: Some(3_221_225_472),
            memory_used: Some(1_073_741_824),
            disk_total: Some(64_000_000_000),
            disk_free: Some(40_000_000_000),
            disk_used: Some(24_000_000_000),
            time_zone: Some("Europe/Vienna".into()),
        },
        site_name: Some("Head office".into()),
        application_version: "0.1.0".into(),
        licence_expires_at: Some(at(31_536_000)),
        runtime_version: Some("rustc 1.95".into()),
        discovery_version: Some("0.1.0".into()),
        main_database_size: Some(1_048_576),
        discovery_database_size: None,
        devices_in_scope: 12,
        devices_out_of_scope: 3,
        critical_services: vec![
            CriticalService { name: "collector".into(), state: RunState::Running, reason: None },
            CriticalService {
                name: "uploader".into(),
                state: RunState::Starting,
                reason: text("no route to the server yet"),
            },
        ],
        security_mode: SecurityMode::Normal,
        remote_settings_allowed: true,
        scheduled_sync_enabled: true,
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    // 2026-11-22T09:30:00Z
    Timestamp::from_unix_seconds(1_795_339_800 + second)
}

pub(crate) fn header() -> Header {
    Header { read_at: at(0), ..Header::default() }
}

pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.into())
}

fn identity() -> Identity {
    let mut header = header();
    header.withhold("CustomerAssetTag", WithheldReason::NotSupported);
    header.withhold("Contact", WithheldReason::Redacted);
    header.source("SerialNumber", "1.3.6.1.2.1.43.5.1.1.17", text("1"));
    header.source("Module[1]", "vendor rule: firmware list", None);
    Identity {
        header,
        manufacturer: text("Example Imaging"),
        make_and_model: text("Example Imaging C2400"),
        description: text("Example Imaging C2400; System 1.2.3, Engine 4.5 & \"Fax\" <none>"),
        firmware_version: text("1.2.3"),
        modules: vec![Module {
            name: text("Engine"),
            kind: ModuleKind::Marker,
            version: text("4.5"),
            serial_number: text("E-0042"),
            installed_at: Some(at(-86_400).into()),
        }],
        serial_number: text("XA1234567"),
        // the panel shows no zone
        installed_at: Some(DateTime::Local(at(-8_640_000))),
        asset_tags: vec!["LEASE-17".into()],
        customer_asset_tag: None,
        system_name: text("printer-2-17"),
        printer_name: text("Second floor"),
        contact: None,
        location: text("2nd floor, room 17"),
        management_state: ManagementState::Managed,
        management_workstation: None,
        phone_numbers: vec![],
        fax_numbers: vec!["tel:+43-1-5550117".into()],
        queue_names: vec!["colour".into(), "draft".into()],
        licences: vec![Licence {
            feature: "PostScript".into(),
            state: LicenceState::Installed,
            installed_at: Some(DateTime::Local(at(-8_640_000))),
            expires_at: None,
        }],
        device_uuid: text("urn:uuid:01234567-89ab-cdef-0123-456789abcdef"),
        device_id_1284: text("MFG:Example Imaging;MDL:C2400;CMD:PS,PCL;"),
        system_object_id: text("1.3.6.1.4.1.32473.1.24"),
        snmp_engine_id: text("80007ed9030200005e0053"),
    }
}

fn network() -> Network {
    Network {
        header: header(),
        interfaces: vec![Interface {
            name: text("eth0"),
            mac_address: text("02:00:00:5e:00:53"),
            subnet_address: text("192.0.2.0"),
            ipv4_addresses: vec!["192.0.2.53".into()],
            ipv6_addresses: vec!["2001:db8::53".into(), "fe80::ff:fe5e:53".into()],
            prefix_length: Some(24),
            address_origin: Some(AddressOrigin::Dhcp),
        }],
        default_gateways: vec!["192.0.2.1".into()],
        dns_names: vec!["printer-2-17.example.net".into()],
        last_known_address: text("192.0.2.53"),
        address_changed: Some(true),
        previous_address: text("192.0.2.52"),
        address_changed_at: Some(at(-3_600)),
        time_zone: text("+01:00"),
        ipx: Some(Ipx {
            address: text("0000c0de.02005e005301"),
            external_network: text("0000c0de"),
            print_server_address: None,
        }),
    }
}

fn properties() -> Properties {
    Properties {
        header: header(),
        components: vec![Component {
            kind: ComponentKind::Network,
            index: "3".into(),
            description: text("Ethernet"),
            identifier: text("0.0"),
        }],
        input_trays: vec![InputTray {
            index: "1.1".into(),
            name: text("Tray 1"),
            input_type: Some(InputType::SheetFeedAutoRemovableTray),
            capacity: Some(250),
            unit: Some(CapacityUnit::Sheets),
            quality: Some(LevelQuality::Measured),
        }],
        output_bins: vec![OutputBin {
            index: "1.1".into(),
            name: text("Top"),
            output_type: Some(OutputType::UnRemovableBin),
            capacity: Some(-2),
            unit: Some(CapacityUnit::Sheets),
            quality: Some(LevelQuality::Unknown),
        }],
        finishers: vec![Finisher {
            finisher_type: Some(FinisherType::Stitcher),
            description: text("Office finisher"),
            options: vec![Finishing::Staple, Finishing::Punch],
        }],
        markers: vec![Marker {
            index: "1.1".into(),
            technology: Some(MarkingTechnology::ElectrophotographicLaser),
            resolution: Some(1_200.0),
        }],
        color_supported: Some(true),
        colorants: ["black", "cyan", "magenta", "yellow"].map(String::from).to_vec(),
        duplex_supported: Some(true),
        print_speeds: vec![
            PrintSpeed { value: 24.0, unit: None, color: Some(ColorMode::Monochrome) },
            PrintSpeed { value: 12.5, unit: Some(CounterUnit::Sheets), color: None },
        ],
        functions: vec![ServiceType::Print, ServiceType::Copy, ServiceType::Scan],
        services: vec![Service {
            service_type: Some(ServiceType::Copy),
            name: text("Copy"),
            enabled: Some(true),
        }],
        software_modules: vec![SoftwareModule {
            name: text("scan to mail"),
            version: text("2.0"),
            software_type: None,
        }],
        settings: vec![ConfigurationSetting { name: "Energy saver".into(), value: text("15 min") }],
        configuration_changes: Some(17),
        memory_size: Some(536_870_912),
        storages: vec![Storage {
            description: text("flash"),
            storage_type: Some(StorageType::Flash),
            size: Some(4_000_000_000),
            used: Some(1_500_000_000),
        }],
        interpreters: vec![Interpreter {
            family: Some(InterpreterFamily::LangPS),
            level: text("3"),
            version: text("3010"),
            language_version: text("3015.102"),
            description: text("PostScript"),
        }],
        power_modes: vec![PowerMode {
            name: text("Sleep"),
            state: Some(PowerState::Suspend),
            delay: Some(900),
        }],
        user_defined: vec![UserDefined { name: "Cost centre".into(), value: text("4711") }],
    }
}

fn supplies() -> Supplies {
    let mut header = header();
    header.withhold("Supply[2]/Level", WithheldReason::NotAnswered);
    Supplies {
        header,
        supplies: vec![
            Supply {
                index: "1.1".into(),
                category: SupplyCategory::Imaging,
                class: SupplyClass::SupplyThatIsConsumed,
                supply_type: SupplyType::TonerCartridge,
                name: text("Cyan toner, PN 106R01234"),
                manufacturer: text("Example Imaging"),
                model: text("C"),
                part_number: text("106R01234"),
                serial_number: text("C0FFEE"),
                colorant: text("cyan"),
                unit: SupplyUnit::Impressions,
                max_capacity: Some(3_000),
                level: Some(240),
                quality: LevelQuality::Measured,
                remaining_percent: Some(8.0),
                state: Some(SupplyState::Low),
                size: text("high yield"),
                remaining_impressions: Some(231),
                lifetime_usage: Some(SupplyCount { value: 2_760, unit: SupplyUnit::Impressions }),
                lifetime_limits: vec![LifetimeLimit {
                    value: 3_000,
                    at: LimitKind::Replace,
                    unit: SupplyUnit::Impressions,
                }],
                installed_at: Some(at(-8_640_000).into()),
                count_at_install: Some(4_672),
                replaceable_by: Some(ReplaceableBy::CustomerReplacable),
                related: vec![RelatedAttribute {
                    value: "https://example.com/supplies/C".into(),
                    name: "printer-supply-info-uri".into(),
                }],
            },
            Supply {
                index: "1.5".into(),
                class: SupplyClass::ReceptacleThatIsFilled,
                supply_type: SupplyType::WasteToner,
                name: text("Waste toner box"),
                ..Supply::default()
            },
        ],
        paper: vec![Paper {
            tray: "Tray 1".into(),
            max_capacity: Some(250),
            level: Some(-3),
            unit: Some(CapacityUnit::Sheets),
            quality: LevelQuality::SomeRemaining,
            media_name: text("na_letter_8.5x11in"),
            media_type: text("stationery"),
        }],
    }
}
