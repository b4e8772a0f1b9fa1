//! Models from a seed: any value that the XML can carry, in any combination.

use remote_services_core::agent::{Agent, CriticalService, Host, OsType, RunState};
use remote_services_core::alert_code::AlertCode;
use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterEvent, CounterUnit, Counters, LargeCounts, MarkerCount, MediaUsed,
    Persistence, ProductionCounts, ScanCount, ServiceCounters, ServiceType, Traffic, TrafficDirection,
    TwoSidedCounts, UsageStatistics, WorkCounters, WorkType,
};
use remote_services_core::device::{
    DeviceReport, Identity, Licence, LicenceState, ManagementState, Module, ModuleKind,
};
use remote_services_core::digest::Sha256;
use remote_services_core::engineering::{Engineering, EngineeringLog, JobReproduction};
use remote_services_core::job::{
    AccountingSource, ColorMode, Job, JobAccounting, JobCharge, JobDestination, JobManagement, JobResult,
    JobServiceType, JobSource, JobState,
};
use remote_services_core::mode::SecurityMode;
use remote_services_core::money::{Amount, Currency, Money};
use remote_services_core::network::{AddressOrigin, Interface, Ipx, Network};
use remote_services_core::policy::{PolicyAction, PolicyViolation, PrintControl};
use remote_services_core::properties::{
    Component, ComponentKind, ConfigurationSetting, Finisher, FinisherType, Finishing, InputTray, InputType,
    Interpreter, InterpreterFamily, Marker, MarkingTechnology, OutputBin, OutputType, PowerMode, PrintSpeed,
    Properties, Service, SoftwareModule, SoftwareType, Storage, StorageType, UserDefined,
};
use remote_services_core::reading::{Header, Source, Withheld, WithheldReason};
use remote_services_core::status::{
    Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, ComponentStatus, ConsoleColor, ConsoleLight,
    ConsoleLightState, CoverStatus, DetectedError, DeviceStatus, DfeEvent, Discovery, DiscoveryMethod,
    DiscoveryType, Fault, FaultHistory, Jam, OverallStatus, PayloadKind, PrinterStatus, Retrieval,
    RetrievalOutcome, RetrievalProtocol, Status, SubUnitStatus, TransferOutcome, Transmission, Traps,
};
use remote_services_core::supply::{
    CapacityUnit, LevelQuality, LifetimeLimit, LimitKind, Paper, RelatedAttribute, ReplaceableBy, Supplies,
    Supply, SupplyCategory, SupplyClass, SupplyCount, SupplyState, SupplyType, SupplyUnit,
};
use remote_services_core::time::{DateTime, Timestamp};
use remote_services_core::usage::{
    BinUsage, Bucket, ColorantCoverage, ColorantPixels, CruUsage, DetailedUsage, Diagnostic, DocumentLength,
    FailureBucket, FaultResolution, Incident, InstalledMedia, LanguageCount, Measurement, MediaSizeUsage,
    MediaTypeUsage, NumberUpCount, NvmLocation, OcrUsage, PartReplaced, PowerChange, PowerState,
    PowerStateUsage, PowerUsage, PrintUsage, Resolution, RunLength, ScanDestination, ScanUsage, ServiceItem,
    SetCount, TrayUsage,
};
use remote_services_payload::kind::Document;

/// Where the random values come from (SplitMix64).
pub(crate) struct Dice {
    state: u64,
    /// All members are there, lists have this many entries.
    full: Option<usize>,
    /// Every text is this one.
    text: Option<String>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, full: None, text: None }
    }

    pub(crate) fn full(seed: u64, entries: usize) -> Self {
        Self { state: seed, full: Some(entries), text: None }
    }

    pub(crate) fn saying(text: &str) -> Self {
        Self { text: Some(text.into()), ..Self::full(1, 2) }
    }

    fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.throw() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// A device with any values.
pub(crate) fn report(seed: u64) -> DeviceReport {
    Random::random(&mut Dice::new(seed))
}

/// An agent with any values.
pub(crate) fn agent(seed: u64) -> Agent {
    Random::random(&mut Dice::new(seed))
}

/// A device of which nothing is absent.
pub(crate) fn full_report(seed: u64, entries: usize) -> DeviceReport {
    Random::random(&mut Dice::full(seed, entries))
}

/// An agent of which nothing is absent.
pub(crate) fn full_agent(seed: u64, entries: usize) -> Agent {
    Random::random(&mut Dice::full(seed, entries))
}

/// Documents of the kinds that need consent, with any values.
pub(crate) fn with_consent(dice: &mut Dice) -> [Document; 3] {
    [
        Document::Engineering(Random::random(dice)),
        Document::JobAccounting(Random::random(dice)),
        Document::PrintControl(Random::random(dice)),
    ]
}

/// A device and an agent in which every text is this one.
pub(crate) fn saying(text: &str) -> (DeviceReport, Agent) {
    (Random::random(&mut Dice::saying(text)), Random::random(&mut Dice::saying(text)))
}

pub(crate) trait Random {
    fn random(dice: &mut Dice) -> Self;
}

impl<T: Random> Random for Option<T> {
    fn random(dice: &mut Dice) -> Self {
        (dice.full.is_some() || dice.below(2) == 0).then(|| T::random(dice))
    }
}

impl<T: Random> Random for Vec<T> {
    fn random(dice: &mut Dice) -> Self {
        let length = match dice.full {
            Some(entries) => entries,
            None => dice.below(4),
        };
        (0..length).map(|_| T::random(dice)).collect()
    }
}

impl Random for String {
    fn random(dice: &mut Dice) -> Self {
        const PIECES: &[&str] = &[
            "Toner",
            "Black Cartridge HP CF226X",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\r",
            "<",
            ">",
            "&",
            "\"",
            "'",
            "&amp;",
            "]]>",
            "<!--",
            "<?x?>",
            "é",
            "黒トナー",
            "Ω",
            "\u{85}",
            "\u{FEFF}",
            "\u{FFFD}",
            "ﬀ",
            "😀",
            "\u{7F}",
            "1.3.6.1.2.1.43.11.1.1.6",
            "0",
            "-3",
            "Фотобарабан",
        ];
        if let Some(text) = &dice.text {
            return text.clone();
        }
        (0..dice.below(5)).map(|_| dice.pick(PIECES)).collect()
    }
}

impl Random for bool {
    fn random(dice: &mut Dice) -> Self {
        dice.below(2) == 0
    }
}

impl Random for u64 {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => dice.pick(&[0, 1, u64::from(u32::MAX), u64::MAX]),
            _ => dice.throw() >> dice.below(64),
        }
    }
}

impl Random for i64 {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => dice.pick(&[-3, -2, -1, 0, i64::MIN, i64::MAX]),
            _ => u64::random(dice).cast_signed(),
        }
    }
}

impl Random for u8 {
    fn random(dice: &mut Dice) -> Self {
        u8::try_from(dice.below(33)).unwrap()
    }
}

impl Random for f64 {
    fn random(dice: &mut Dice) -> Self {
        f64::from(u32::try_from(dice.below(1001)).unwrap()) / 10.0
    }
}

impl Random for Timestamp {
    fn random(dice: &mut Dice) -> Self {
        // 0001-01-01 to 9999-12-31
        const FIRST: i64 = -62_135_596_800_000;
        const SPAN: u64 = 315_537_897_600_000;
        Self::from_unix_millis(FIRST + (dice.throw() % SPAN).cast_signed())
    }
}

impl Random for DateTime {
    fn random(dice: &mut Dice) -> Self {
        let written = Timestamp::random(dice);
        if dice.below(2) == 0 { Self::Local(written) } else { Self::Utc(written) }
    }
}

impl Random for AlertCode {
    fn random(dice: &mut Dice) -> Self {
        match dice.below(4) {
            0 => Self(dice.pick(&[-1, 0, 3, 99_999])),
            _ => {
                let at = dice.below(AlertCode::listed().count());
                AlertCode::listed().nth(at).unwrap().0
            }
        }
    }
}

impl Random for SecurityMode {
    fn random(dice: &mut Dice) -> Self {
        dice.pick(&[Self::Normal, Self::Lockdown])
    }
}

impl Random for Amount {
    fn random(dice: &mut Dice) -> Self {
        const MOST: i64 = 1_000_000_000_000_000_000;
        let size = u64::random(dice).cast_signed() % (MOST + 1);
        Self::from_millionths(size).unwrap()
    }
}

impl Random for Currency {
    fn random(dice: &mut Dice) -> Self {
        dice.pick(&["XXX", "EUR", "USD", "JPY"]).parse().unwrap()
    }
}

impl Random for Sha256 {
    fn random(dice: &mut Dice) -> Self {
        Self(std::array::from_fn(|_| dice.throw().to_le_bytes()[0]))
    }
}

macro_rules! tokens {
    ($($type:ident),+ $(,)?) => {$(
        impl Random for $type {
            fn random(dice: &mut Dice) -> Self {
                match dice.below(8) {
                    0 => Self::from_label(dice.pick(&["4242", "x-vendorWord", "two words", "<&>", "größer"])),
                    _ => Self::LISTED[dice.below(Self::LISTED.len())].0.clone(),
                }
            }
        }
    )+};
}

tokens!(
    AccountingSource,
    AddressOrigin,
    AlertGroup,
    AlertSeverity,
    AlertTrainingLevel,
    CapacityUnit,
    ColorMode,
    ComponentKind,
    ConsoleColor,
    ConsoleLightState,
    CounterEvent,
    CounterUnit,
    CoverStatus,
    DetectedError,
    DeviceStatus,
    DiscoveryMethod,
    DiscoveryType,
    FaultResolution,
    FinisherType,
    Finishing,
    InputType,
    InterpreterFamily,
    JobServiceType,
    JobState,
    LevelQuality,
    LicenceState,
    LimitKind,
    ManagementState,
    MarkingTechnology,
    ModuleKind,
    OsType,
    OutputType,
    OverallStatus,
    PayloadKind,
    Persistence,
    PolicyAction,
    PowerState,
    PrinterStatus,
    ReplaceableBy,
    RetrievalOutcome,
    RetrievalProtocol,
    RunState,
    ScanDestination,
    ServiceType,
    SoftwareType,
    StorageType,
    SubUnitStatus,
    SupplyCategory,
    SupplyClass,
    SupplyState,
    SupplyType,
    SupplyUnit,
    TrafficDirection,
    TransferOutcome,
    WithheldReason,
    WorkType,
);

/// Every member is named, so that a new one cannot be forgotten.
macro_rules! records {
    ($($type:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Random for $type {
            fn random(dice: &mut Dice) -> Self {
                Self { $($field: Random::random(dice)),+ }
            }
        }
    )+};
}

records! {
    DeviceReport { identity, network, properties, status, counters, supplies, usage }
    Header { read_at, withheld, sources }
    Withheld { element, reason, detail }
    Source { element, object, instance }
    Identity {
        header, manufacturer, make_and_model, description, firmware_version, modules, serial_number, installed_at,
        asset_tags, customer_asset_tag, system_name, contact, location, management_state, management_workstation, phone_numbers, fax_numbers,
        queue_names, licences, device_uuid, device_id_1284, system_object_id, snmp_engine_id,
    }
    Module { name, kind, version, serial_number, installed_at }
    Network {
        header, interfaces, default_gateways, dns_names, last_known_address, address_changed,
        previous_address, address_changed_at, time_zone, ipx,
    }
    Interface { name, mac_address, subnet_address, ipv4_addresses, ipv6_addresses, prefix_length, address_origin }
    Properties {
        header, components, input_trays, output_bins, finishers, markers, color_supported, colorants,
        duplex_supported, print_speeds, functions, services, software_modules, settings, configuration_changes, memory_size, storages,
        interpreters, power_modes, user_defined,
    }
    Component { kind, index, description, identifier }
    InputTray { index, name, input_type, capacity, unit, quality }
    OutputBin { index, name, output_type, capacity, unit, quality }
    Finisher { finisher_type, description, options }
    Marker { index, technology, resolution }
    SoftwareModule { name, version, software_type }
    Storage { description, storage_type, size, used }
    Interpreter { family, level, version, language_version, description }
    Status {
        header, overall, device_status, printer_status, detected_errors, active_states, alerts, fault_history, jams,
        console_messages, console_lights, components, retrieval, discovery, uptime, last_reset_at, traps, dfe_events, transmissions,
    }
    Alert {
        index, severity, training_level, group, group_index, location, code, description, time, raised_at,
    }
    ComponentStatus { kind, index, status, cover_status, description, errors }
    Retrieval { started_at, completed_at, outcome, protocol }
    Discovery { date, method, discovery_type }
    Counters { header, epoch, events, billing_meters, life_counts, power_on_counts, impressions, two_sided, sheets, images, services, scan_to, large, large_jobs, production, usage, target_volume }
    BillingMeter { label, value, unit, service_usage }
    ColorCounts { total, monochrome, full_color, highlight_color, blank }
    ServiceCounters { service_type, work }
    WorkCounters { work_type, persistence, impressions, two_sided, sheets, images, media_used }
    MarkerCount { value, unit, marker }
    Supplies { header, supplies, paper }
    Supply {
        index, category, class, supply_type, name, manufacturer, model, part_number, serial_number, colorant,
        unit, max_capacity, level, quality, remaining_percent, state, size, remaining_impressions, lifetime_usage, lifetime_limits, installed_at, count_at_install, replaceable_by, related,
    }
    Paper { tray, max_capacity, level, unit, quality, media_name, media_type }
    Agent {
        header, host, site_name, application_version, licence_expires_at, runtime_version, discovery_version,
        main_database_size, discovery_database_size, devices_in_scope, devices_out_of_scope,
        critical_services, security_mode, remote_settings_allowed, scheduled_sync_enabled,
    }
    Host {
        dns_name, ip_addresses, os_name, os_type, processor, memory_total, memory_free, memory_used,
        disk_total, disk_free, disk_used, time_zone,
    }
    DetailedUsage {
        header, print, power, crus, ocr, run_lengths, trays, bins, installed_media, media_types,
        media_sizes, document_lengths, set_counts, hfsi, nvm, pixel_counts, average_coverage, incidents,
        resolutions, scan, parts_replaced, diagnostics, dfe_log,
    }
    PrintUsage { label, color, sides, media_size, quality, impressions, sheets, by_language, by_number_up }
    LanguageCount { value, language }
    NumberUpCount { value, number_up }
    PowerUsage { states, energy, log }
    PowerStateUsage { state, time, transitions }
    PowerChange { value, state }
    CruUsage { name, replacements, replaced_at, failures, failure_codes, failure_distribution }
    FailureBucket { value, lower, upper, unit }
    OcrUsage { jobs, pages }
    Bucket { lower, upper }
    RunLength { bucket, jobs, impressions }
    TrayUsage { tray, sheets }
    BinUsage { bin, sheets }
    InstalledMedia { tray, size, media_type, weight, color }
    MediaTypeUsage { name, sheets }
    MediaSizeUsage { name, sheets, monochrome_sheets, full_color_sheets }
    DocumentLength { bucket, documents }
    SetCount { bucket, jobs }
    ServiceItem { id, name, usage, limit, unit, days_until_replace, last_reset_at }
    NvmLocation { id, name, value }
    ColorantPixels { value, colorant }
    ColorantCoverage { value, colorant }
    Incident { code, count, last_at }
    Resolution { fault, resolved_at, method }
    ScanUsage { label, source, color, media_size, destination, images, sheets }
    PartReplaced { part_number, name, replaced_at, count_at }
    Diagnostic { test, result, values, at }
    Measurement { value, name, unit }
    Engineering { header, logs, jobs }
    EngineeringLog { id, source, media_type, captured_at, size, digest, request, consent, content }
    JobReproduction { job_id, media_type, encrypted_to, consent, content }
    JobAccounting { header, jobs }
    Job {
        job_id, job_name, document_name, owner, document_type, job_types, state, state_reasons,
        color_requested, duplex, media_requested, media_size, document_format, pages_requested,
        sets_requested, errors, destination, result, accounting, source, management,
    }
    JobDestination { device, model, dns_name, ip_address, mac_address, serial_number }
    JobResult {
        submitted_at, started_at, completed_at, duration, pages_printed, impressions,
        impressions_full_color, impressions_monochrome, sheets, sets_printed, color_mode, number_up,
    }
    JobCharge { charge_back_code, charge_back_price, source }
    JobSource { workstation, print_server_name, print_server_mac, queue_name, port, user_name, user_id }
    JobManagement { account_id, record_id, site_id }
    PrintControl { header, violations }
    PolicyViolation {
        computer_name, print_server, queue_name, occurred_at, document_name, user_name, duplex, color,
        total_impressions, cost, action, user_notified, message_shown, policy_name, policy_rule,
    }
    Money { value, currency }
    CriticalService { name, state, reason }
    Licence { feature, state, installed_at, expires_at }
    Ipx { address, external_network, print_server_address }
    SupplyCount { value, unit }
    LifetimeLimit { value, at, unit }
    RelatedAttribute { value, name }
    TwoSidedCounts { unit, total, monochrome, full_color, highlight_color, blank }
    MediaUsed { media_size_name, sheets }
    LargeCounts { limit, impressions }
    ProductionCounts { impressions }
    UsageStatistics { jobs_completed, jobs_canceled, jobs_aborted, processing_time, down_time, maintenance_time, traffic }
    Traffic { value, direction, service }
    Service { service_type, name, enabled }
    ConfigurationSetting { name, value }
    UserDefined { name, value }
    PrintSpeed { value, unit, color }
    FaultHistory { count, all_events, faults }
    Fault { code, description, occurred_at, component }
    Jam { count, location, occurred_at }
    ConsoleLight { description, color, state }
    Traps { supported, enabled, destinations }
    DfeEvent { occurred_at, severity, source, text }
    Transmission { id, kind, started_at, outcome, size }
    ScanCount { destination, images }
    PowerMode { name, state, delay }
}
