use super::supply::level_words;
use super::{OF_A_DEVICE, shortened, table, usage};
use comfy_table::Table;
use remote_services_core::counter::CounterUnit;
use remote_services_core::device::DeviceReport;
use remote_services_core::reading::Header;
use remote_services_core::status::SubUnitStatus;

/// All that one reading brought, one line a value, with what is missing and why at the end.
#[must_use]
pub fn device_table(report: &DeviceReport) -> Table {
    let mut lines = Lines(Vec::new());
    identity(&mut lines, report);
    network(&mut lines, report);
    properties(&mut lines, report);
    status(&mut lines, report);
    counters(&mut lines, report);
    supplies(&mut lines, report);
    for (element, words) in report.usage.iter().flat_map(usage::lines) {
        lines.add("DetailedUsage", &element, &words);
    }
    for (kind, header) in [
        ("Identity", &report.identity.header),
        ("Network", &report.network.header),
        ("Properties", &report.properties.header),
        ("Status", &report.status.header),
        ("Counters", &report.counters.header),
        ("Supplies", &report.supplies.header),
    ] {
        withheld(&mut lines, kind, header);
    }
    if let Some(usage) = &report.usage {
        withheld(&mut lines, "DetailedUsage", &usage.header);
    }
    let mut table = table(&["Kind", "Attribute", "Value"]);
    for (kind, name, value) in lines.0 {
        table.add_row([kind.to_owned(), name, value]);
    }
    table
}

struct Lines(Vec<(&'static str, String, String)>);

impl Lines {
    fn add<T: std::fmt::Display + ?Sized>(&mut self, kind: &'static str, name: &str, value: &T) {
        self.0.push((kind, name.to_owned(), shortened(&value.to_string(), OF_A_DEVICE)));
    }

    fn maybe<T: std::fmt::Display>(&mut self, kind: &'static str, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.add(kind, name, &value);
        }
    }
}

fn identity(lines: &mut Lines, report: &DeviceReport) {
    let identity = &report.identity;
    lines.maybe("Identity", "Manufacturer", identity.manufacturer.as_ref());
    lines.maybe("Identity", "MakeAndModel", identity.make_and_model.as_ref());
    lines.maybe("Identity", "SerialNumber", identity.serial_number.as_ref());
    lines.maybe("Identity", "FirmwareVersion", identity.firmware_version.as_ref());
    lines.maybe("Identity", "Description", identity.description.as_ref());
    lines.maybe("Identity", "SystemName", identity.system_name.as_ref());
    lines.maybe("Identity", "Location", identity.location.as_ref());
    lines.maybe("Identity", "Contact", identity.contact.as_ref());
    lines.maybe("Identity", "SystemObjectId", identity.system_object_id.as_ref());
    for module in &identity.modules {
        let name = module.name.clone().unwrap_or_else(|| module.kind.to_string());
        lines.add(
            "Identity",
            "Module",
            &[Some(name.as_str()), module.version.as_deref(), module.serial_number.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
}

fn network(lines: &mut Lines, report: &DeviceReport) {
    for interface in &report.network.interfaces {
        let mut words = vec![interface.name.clone().unwrap_or_else(|| "interface".to_owned())];
        words.extend(interface.mac_address.clone());
        for address in &interface.ipv4_addresses {
            words.push(match interface.prefix_length {
                Some(length) => format!("{address}/{length}"),
                None => address.clone(),
            });
        }
        words.extend(interface.ipv6_addresses.iter().cloned());
        words.extend(interface.address_origin.as_ref().map(|origin| format!("({origin})")));
        lines.add("Network", "Interface", &words.join(" "));
    }
    lines.maybe("Network", "TimeZone", report.network.time_zone.as_ref());
    for gateway in &report.network.default_gateways {
        lines.add("Network", "DefaultGateway", gateway);
    }
}

fn properties(lines: &mut Lines, report: &DeviceReport) {
    let properties = &report.properties;
    for tray in &properties.input_trays {
        let name = tray.name.clone().unwrap_or_else(|| tray.index.clone());
        lines.add("Properties", "InputTray", &capacity_words(&name, tray.capacity, tray.unit.as_ref()));
    }
    for bin in &properties.output_bins {
        let name = bin.name.clone().unwrap_or_else(|| bin.index.clone());
        lines.add("Properties", "OutputBin", &capacity_words(&name, bin.capacity, bin.unit.as_ref()));
    }
    for marker in &properties.markers {
        lines.maybe("Properties", "Resolution", marker.resolution.map(|dots| format!("{dots} dpi")));
    }
    lines.maybe("Properties", "ColorSupported", properties.color_supported);
    lines.maybe("Properties", "DuplexSupported", properties.duplex_supported);
    for speed in &properties.print_speeds {
        let unit = speed.unit.as_ref().unwrap_or(&CounterUnit::Impressions);
        lines.add("Properties", "PrintSpeed", &format_args!("{} {unit} a minute", speed.value));
    }
    lines.maybe(
        "Properties",
        "MemorySize",
        properties.memory_size.map(|octets| format!("{} MiB", octets >> 20)),
    );
    let languages: Vec<String> = properties
        .interpreters
        .iter()
        .filter_map(|interpreter| {
            interpreter.description.clone().or_else(|| interpreter.family.as_ref().map(ToString::to_string))
        })
        .collect();
    if !languages.is_empty() {
        lines.add("Properties", "Interpreter", &languages.join(", "));
    }
}

fn capacity_words(name: &str, capacity: Option<i64>, unit: Option<&impl ToString>) -> String {
    match (capacity, unit) {
        (Some(capacity @ 0..), Some(unit)) => format!("{name}: {capacity} {}", unit.to_string()),
        _ => name.to_owned(),
    }
}

fn status(lines: &mut Lines, report: &DeviceReport) {
    let status = &report.status;
    lines.add("Status", "Overall", &status.overall);
    lines.maybe("Status", "DeviceStatus", status.device_status.as_ref());
    lines.maybe("Status", "PrinterStatus", status.printer_status.as_ref());
    for error in &status.detected_errors {
        lines.add("Status", "DetectedErrorState", error);
    }
    for alert in &status.alerts {
        let text = alert.description.clone().unwrap_or_else(|| alert.code.words());
        lines.add("Status", "Alert", &format_args!("{} {}: {text}", alert.severity, alert.group));
    }
    if let Some(history) = &status.fault_history {
        lines.maybe("Status", "FaultHistory", history.count.map(|count| format!("{count} since power-on")));
        lines.maybe(
            "Status",
            "FaultHistory",
            history.all_events.map(|count| format!("{count} alert events")),
        );
    }
    for jam in &status.jams {
        lines.add("Status", "Jam", jam.location.as_deref().unwrap_or("somewhere"));
    }
    for part in status.components.iter().filter(|part| !part.status.is_empty()) {
        let name = part.description.clone().unwrap_or_else(|| format!("{} {}", part.kind, part.index));
        let words: Vec<_> = part.status.iter().map(SubUnitStatus::label).collect();
        lines.add("Status", "Component", &format_args!("{name}: {}", words.join(", ")));
    }
    for light in &status.console_lights {
        let words = [light.description.clone(), light.color.as_ref().map(ToString::to_string)];
        let name = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
        lines.maybe("Status", "ConsoleLight", light.state.as_ref().map(|state| format!("{name}: {state}")));
    }
    for message in &status.console_messages {
        lines.add("Status", "ConsoleMessage", message);
    }
    lines.maybe("Status", "LastResetAt", status.last_reset_at);
    lines.maybe("Status", "Uptime", status.uptime.map(|hundredths| format!("{} s", hundredths / 100)));
}

fn counters(lines: &mut Lines, report: &DeviceReport) {
    for count in &report.counters.life_counts {
        lines.add("Counters", "LifeCount", &format_args!("{} {}", count.value, count.unit));
    }
    for count in &report.counters.power_on_counts {
        lines.add("Counters", "PowerOnCount", &format_args!("{} {}", count.value, count.unit));
    }
    for meter in &report.counters.billing_meters {
        lines.add(
            "Counters",
            "BillingMeter",
            &format_args!("{}: {} {}", meter.label, meter.value, meter.unit),
        );
    }
    if report.counters.epoch > 0 {
        lines.add("Counters", "Epoch", &report.counters.epoch);
    }
    for event in &report.counters.events {
        lines.add("Counters", "Event", event);
    }
}

fn supplies(lines: &mut Lines, report: &DeviceReport) {
    for supply in &report.supplies.supplies {
        let name = supply.name.clone().unwrap_or_else(|| supply.supply_type.to_string());
        let raw = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        lines.add(
            "Supplies",
            "Supply",
            &format_args!(
                "{name}: {} (raw {} of {} {})",
                level_words(supply),
                raw(supply.level),
                raw(supply.max_capacity),
                supply.unit
            ),
        );
    }
    for paper in &report.supplies.paper {
        let level = match (paper.level, &paper.unit) {
            (Some(level @ 0..), Some(unit)) => format!("{level} {unit}"),
            _ => paper.quality.to_string(),
        };
        lines.add(
            "Supplies",
            "Paper",
            &format_args!("{}: {level} {}", paper.tray, paper.media_name.as_deref().unwrap_or("")),
        );
    }
}

fn withheld(lines: &mut Lines, kind: &'static str, header: &Header) {
    for missing in &header.withheld {
        lines.add(kind, &missing.element, &format_args!("(missing: {})", missing.reason));
    }
}
