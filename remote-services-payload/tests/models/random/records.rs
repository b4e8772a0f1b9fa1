//! Random records: every member of every record of the model.

use super::*;

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
        asset_tags, customer_asset_tag, system_name, printer_name, contact, location, management_state, management_workstation, phone_numbers, fax_numbers,
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
