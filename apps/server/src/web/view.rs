//! What the pages show, made from the store's rows and the core model.

use remote_services_core::counter::Counters;
use remote_services_core::device::Identity;
use remote_services_core::status::{AlertSeverity, OverallStatus, Status};
use remote_services_core::supply::{LevelQuality, Supplies, Supply, SupplyClass};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::{CommandView, DeviceView, ReadingView, UploadView};

/// A device in the list.
pub(super) struct DeviceCard {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) serial: String,
    pub(super) location: String,
    pub(super) status: StatusWord,
    pub(super) alerts: Vec<AlertLine>,
    pub(super) supplies: Vec<SupplyBar>,
    pub(super) life_count: Option<String>,
    pub(super) last_seen: String,
}

/// A status in words, with the class that colours it.
pub(super) struct StatusWord {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// One supply with its level.
pub(super) struct SupplyBar {
    pub(super) name: String,
    /// Class for the colour of the bar.
    pub(super) tint: &'static str,
    /// Percent that is left (for a receptacle: room that is left), if it can be said.
    pub(super) percent: Option<u8>,
    pub(super) text: String,
    pub(super) low: bool,
}

pub(super) struct AlertLine {
    pub(super) class: &'static str,
    pub(super) severity: String,
    pub(super) text: String,
}

pub(super) struct CounterLine {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) unit: String,
}

/// A device on its own page.
pub(super) struct DevicePage {
    pub(super) card: DeviceCard,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) counters: Vec<CounterLine>,
}

pub(super) struct ReadingLine {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) read_at: String,
    pub(super) json: String,
}

pub(super) struct UploadLine {
    pub(super) upload: String,
    pub(super) client: String,
    pub(super) state: String,
    pub(super) reason: String,
    pub(super) size: String,
    pub(super) stored_at: String,
    pub(super) kinds: String,
}

pub(super) struct CommandLine {
    pub(super) action: String,
    pub(super) state: String,
    pub(super) issued_at: String,
    pub(super) outcome: String,
}

impl DeviceCard {
    pub(super) fn new(device: &DeviceView) -> Self {
        let identity: Identity = latest(device, "identity");
        let status: Status = latest(device, "status");
        let supplies: Supplies = latest(device, "supplies");
        let counters: Counters = latest(device, "counters");
        let model = device.model.clone().or(identity.make_and_model).or(identity.description);
        let count = counters.life_counts.first();
        Self {
            id: device.id.clone(),
            model: model.unwrap_or_else(|| "Unknown device".to_owned()),
            serial: device.serial.clone().unwrap_or_default(),
            location: identity.location.unwrap_or_default(),
            status: StatusWord::new(&status.overall),
            alerts: status
                .alerts
                .iter()
                .map(|alert| AlertLine {
                    class: if alert.severity == AlertSeverity::Critical { "bad" } else { "warn" },
                    severity: words(alert.severity.label()),
                    text: alert.description.clone().unwrap_or_else(|| alert.code.words()),
                })
                .collect(),
            supplies: supplies.supplies.iter().map(SupplyBar::new).collect(),
            life_count: count.map(|count| format!("{} {}", grouped(count.value), words(count.unit.label()))),
            last_seen: moment(&device.last_seen),
        }
    }

    /// Whether a person should look at it.
    pub(super) fn needs_attention(&self) -> bool {
        self.status.class == "bad" || self.supplies.iter().any(|supply| supply.low)
    }
}

impl StatusWord {
    fn new(status: &OverallStatus) -> Self {
        let class = match status {
            OverallStatus::Ready | OverallStatus::Busy | OverallStatus::WarmingUp => "good",
            OverallStatus::Sleeping => "quiet",
            OverallStatus::Warning => "warn",
            OverallStatus::Stopped | OverallStatus::Unreachable => "bad",
            _ => "quiet",
        };
        Self { class, text: words(status.label()) }
    }
}

impl SupplyBar {
    fn new(supply: &Supply) -> Self {
        let percent = percent(supply);
        let receptacle = supply.class == SupplyClass::ReceptacleThatIsFilled;
        let text = match (percent, &supply.quality) {
            (Some(percent), _) if receptacle => format!("{percent} % free"),
            (Some(percent), _) => format!("{percent} %"),
            (None, LevelQuality::SomeRemaining) if receptacle => "some room left".to_owned(),
            (None, LevelQuality::SomeRemaining) => "some left".to_owned(),
            (None, LevelQuality::Unlimited) => "no limit".to_owned(),
            (None, LevelQuality::Measured | LevelQuality::VendorDecoded) => supply.level.map_or_else(
                || "unknown".to_owned(),
                |level| format!("{level} {}", words(supply.unit.label())),
            ),
            (None, _) => "unknown".to_owned(),
        };
        let name = supply.name.clone().or_else(|| supply.colorant.clone());
        Self {
            name: name.unwrap_or_else(|| words(supply.supply_type.label())),
            tint: tint(supply),
            percent,
            text,
            low: percent.is_some_and(|percent| percent <= LOW_PERCENT),
        }
    }
}

impl DevicePage {
    pub(super) fn new(device: &DeviceView) -> Self {
        let identity: Identity = latest(device, "identity");
        let counters: Counters = latest(device, "counters");
        let mut facts: Vec<(&'static str, String)> = Vec::new();
        let mut fact = |name, value: Option<String>| {
            facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name, value)));
        };
        fact("Manufacturer", device.manufacturer.clone());
        fact("Model", device.model.clone());
        fact("Serial number", device.serial.clone());
        fact("Firmware", identity.firmware_version);
        fact("System name", identity.system_name);
        fact("Location", identity.location);
        fact("Asset tags", Some(identity.asset_tags.join(", ")));
        fact(
            "MAC addresses",
            Some(device.macs.iter().map(|mac| mac_text(mac)).collect::<Vec<_>>().join(", ")),
        );
        fact("Account", Some(device.tenant.clone()));
        fact("Seen by", Some(device.clients.join(", ")));
        fact("First seen", Some(moment(&device.first_seen)));
        fact("Last seen", Some(moment(&device.last_seen)));
        fact("Device id", Some(device.id.clone()));
        Self { card: DeviceCard::new(device), facts, counters: counter_lines(&counters) }
    }
}

impl ReadingLine {
    pub(super) fn new(reading: &ReadingView) -> Self {
        Self {
            id: reading.id,
            kind: reading.kind.clone(),
            read_at: match (moment(&reading.read_at), reading.is_ahead) {
                (read_at, false) => read_at,
                (read_at, true) => {
                    format!("{read_at} by a clock that is ahead, received {}", moment(&reading.received_at))
                }
            },
            json: serde_json::to_string_pretty(&reading.document).unwrap_or_default(),
        }
    }
}

impl UploadLine {
    pub(super) fn new(upload: &UploadView) -> Self {
        Self {
            upload: upload.upload.clone(),
            client: upload.client.clone(),
            state: upload.state.clone(),
            reason: match (&upload.reason, &upload.given_up_at) {
                (Some(reason), Some(at)) => format!("{reason}; given up {}", moment(at)),
                (reason, _) => reason.clone().unwrap_or_default(),
            },
            size: grouped(u64::try_from(upload.size).unwrap_or(0)),
            stored_at: moment(&upload.stored_at),
            kinds: upload.kinds.join(", "),
        }
    }
}

impl CommandLine {
    pub(super) fn new(command: &CommandView) -> Self {
        let last = command.executions.last().map(|execution| &execution.document);
        let text = |pointer: &str| {
            last.and_then(|document| document.pointer(pointer)).and_then(Value::as_str).unwrap_or_default()
        };
        let outcome = [text("/reason"), text("/result/code"), text("/result/text")];
        Self {
            action: words(&command.action),
            state: words(&command.state),
            issued_at: moment(&command.issued_at),
            outcome: outcome
                .into_iter()
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(": "),
        }
    }
}

fn counter_lines(counters: &Counters) -> Vec<CounterLine> {
    let mut lines = Vec::new();
    let mut line = |name: String, value: u64, unit: &str| {
        lines.push(CounterLine { name, value: grouped(value), unit: words(unit) });
    };
    for count in &counters.life_counts {
        let marker = count.marker.map_or_else(String::new, |marker| format!(", marker {marker}"));
        line(format!("Life count{marker}"), count.value, count.unit.label());
    }
    if counters.epoch > 0 {
        // Else a counter that wrapped looks like that of a new device.
        let times = if counters.epoch == 1 { "time" } else { "times" };
        line("Counting began anew (wrap or reset)".to_owned(), counters.epoch, times);
    }
    for meter in &counters.billing_meters {
        line(meter.label.clone(), meter.value, meter.unit.label());
    }
    for service in &counters.services {
        for work in &service.work {
            let name = |what: &str| {
                let (service, work_type) = (service.service_type.label(), work.work_type.label());
                format!("{}, {}, {what}", words(service), words(work_type))
            };
            let counts =
                [("impressions", &work.impressions), ("sheets", &work.sheets), ("images", &work.images)];
            for (unit, counts) in
                counts.into_iter().filter_map(|(unit, counts)| Some((unit, counts.as_ref()?)))
            {
                for (what, value) in [
                    ("total", counts.total),
                    ("monochrome", counts.monochrome),
                    ("full colour", counts.full_color),
                ] {
                    if let Some(value) = value {
                        line(name(what), value, unit);
                    }
                }
            }
        }
    }
    lines
}

/// The newest document of a kind; what is absent or unreadable is shown as unknown.
fn latest<T: DeserializeOwned + Default>(device: &DeviceView, kind: &str) -> T {
    device.latest.get(kind).and_then(|document| T::deserialize(document).ok()).unwrap_or_default()
}

/// Percent left, as the device's own numbers give it.
fn percent(supply: &Supply) -> Option<u8> {
    let exact = supply.remaining_percent.map(f64::round).or_else(|| {
        match (&supply.quality, supply.level, supply.max_capacity) {
            (LevelQuality::Measured | LevelQuality::VendorDecoded, Some(level), Some(capacity))
                if capacity > 0 && level >= 0 =>
            {
                let tenths = level.saturating_mul(100) / capacity;
                i32::try_from(tenths).ok().map(f64::from)
            }
            _ => None,
        }
    })?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100 before")]
    Some(exact.clamp(0.0, 100.0) as u8)
}

fn tint(supply: &Supply) -> &'static str {
    let name = format!(
        "{} {}",
        supply.colorant.as_deref().unwrap_or_default(),
        supply.name.as_deref().unwrap_or_default()
    )
    .to_lowercase();
    ["cyan", "magenta", "yellow", "black"].into_iter().find(|tint| name.contains(tint)).unwrap_or("plain")
}

/// `warningBinaryChangeEvent` → `warning binary change event`.
fn words(label: &str) -> String {
    let mut text = String::with_capacity(label.len() + 8);
    for character in label.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// 1234567 → `1 234 567`, with narrow spaces that do not break.
pub(super) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202F}');
        }
        text.push(digit);
    }
    text
}

/// `009c02abcd01` → `00:9c:02:ab:cd:01`.
fn mac_text(digits: &str) -> String {
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2)).collect();
    pairs.join(":")
}

/// `2026-11-22T10:00:00.000Z` → `2026-11-22 10:00:00 UTC`.
pub(super) fn moment(text: &str) -> String {
    match text.get(..19) {
        Some(seconds) => format!("{} UTC", seconds.replace('T', " ")),
        None => text.to_owned(),
    }
}

const LOW_PERCENT: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(level: i64, quality: LevelQuality) -> Supply {
        Supply {
            name: Some("Black Toner".into()),
            level: Some(level),
            max_capacity: Some(200),
            quality,
            ..Supply::default()
        }
    }

    #[test]
    fn a_measured_level_becomes_a_bar_and_an_unknown_one_does_not() {
        let bar = SupplyBar::new(&supply(18, LevelQuality::Measured));
        assert_eq!((bar.percent, bar.text.as_str(), bar.low, bar.tint), (Some(9), "9 %", true, "black"));
        let some = SupplyBar::new(&supply(-3, LevelQuality::SomeRemaining));
        assert_eq!((some.percent, some.text.as_str(), some.low), (None, "some left", false));
        let waste =
            Supply { class: SupplyClass::ReceptacleThatIsFilled, ..supply(-3, LevelQuality::SomeRemaining) };
        assert_eq!(SupplyBar::new(&waste).text, "some room left");
        let unknown = SupplyBar::new(&supply(-2, LevelQuality::Unknown));
        assert_eq!((unknown.percent, unknown.text.as_str()), (None, "unknown"));
    }

    #[test]
    fn a_count_that_wrapped_is_not_shown_as_that_of_a_new_device() {
        let names = |epoch| -> Vec<String> {
            let lines = counter_lines(&Counters { epoch, ..Counters::default() });
            lines.into_iter().map(|line| format!("{}: {} {}", line.name, line.value, line.unit)).collect()
        };
        assert_eq!(names(0), [""; 0]);
        assert_eq!(names(1), ["Counting began anew (wrap or reset): 1 time"]);
        assert_eq!(names(2), ["Counting began anew (wrap or reset): 2 times"]);
    }

    #[test]
    fn labels_numbers_and_times_are_readable() {
        assert_eq!(words("printTestPage"), "print test page");
        assert_eq!(grouped(1_234_567), "1\u{202F}234\u{202F}567");
        assert_eq!(grouped(12), "12");
        assert_eq!(mac_text("009c02abcd01"), "00:9c:02:ab:cd:01");
        assert_eq!(moment("2026-11-22T10:00:00.123Z"), "2026-11-22 10:00:00 UTC");
    }
}
