//! prtConsoleDisplayBufferTable and prtConsoleLightTable (Printer-MIB): what stands and shines on the operator panel.

use remote_services_core::status::{ConsoleColor, ConsoleLight, ConsoleLightState, Status};
use remote_services_snmp::{Value, oid};

use super::{Reading, source_scalar};
use crate::store::{Table, not_empty};
use crate::text;

/// 2 text.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.43.16.5.1"), columns: &[2] };

/// 2 on time, 3 off time (milliseconds), 4 colour, 5 description.
pub(crate) static LIGHTS: Table = Table { entry: oid!("1.3.6.1.2.1.43.17.6.1"), columns: &[2, 3, 4, 5] };

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let rows = reading.rows(&TABLE);
    for row in &rows {
        if let Some(line) = row.text(2, reading.console_charset) {
            let position = status.console_messages.len();
            status.console_messages.push(line);
            reading.source_row(&mut status.header, "ConsoleMessage", position, &TABLE, row);
        }
    }
    if rows.is_empty() {
        fill_by_profile(reading, status);
    }
    if rows.is_empty() == status.console_messages.is_empty() {
        reading.check_rows(&mut status.header, "ConsoleMessage", &TABLE, rows.len());
    }
    for (position, row) in reading.rows(&LIGHTS).iter().enumerate() {
        status.console_lights.push(ConsoleLight {
            description: row.text(5, reading.console_charset),
            color: row.number(4).map(ConsoleColor::from_number),
            state: Some(light(row.number(2), row.number(3))),
        });
        reading.source_row(&mut status.header, "ConsoleLight", position, &LIGHTS, row);
    }
    reading.check_rows(&mut status.header, "ConsoleLight", &LIGHTS, status.console_lights.len());
}

/// The texts of a panel that only the maker's own objects show.
fn fill_by_profile(reading: &Reading<'_>, status: &mut Status) {
    for object in reading.profile.map_or(&[][..], |profile| &profile.console) {
        let Some(name) = object.instance(reading.device) else { continue };
        let octets = reading.store.get(&name).and_then(Value::as_bytes);
        let text = octets.map(|octets| text::decode(octets, reading.console_charset).trim().to_owned());
        if let Some(line) = text.and_then(not_empty) {
            status.console_messages.push(line);
            let element = format!("ConsoleMessage[{}]", status.console_messages.len());
            source_scalar(&mut status.header, &element, &name);
        }
    }
}

/// RFC 3805, prtConsoleOnTime and prtConsoleOffTime: both other than zero blink, and a light without an on time is dark.
fn light(on: Option<i64>, off: Option<i64>) -> ConsoleLightState {
    match (on, off) {
        (Some(0), _) => ConsoleLightState::Off,
        (Some(1..), Some(0)) => ConsoleLightState::On,
        (Some(1..), Some(1..)) => ConsoleLightState::Blinking,
        _ => ConsoleLightState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_blinks_when_it_is_on_and_off() {
        assert_eq!(light(Some(0), Some(0)), ConsoleLightState::Off);
        assert_eq!(light(Some(0), Some(500)), ConsoleLightState::Off);
        assert_eq!(light(Some(500), Some(0)), ConsoleLightState::On);
        assert_eq!(light(Some(500), Some(500)), ConsoleLightState::Blinking);
        assert_eq!(light(Some(500), None), ConsoleLightState::Unknown);
        assert_eq!(light(Some(-1), Some(0)), ConsoleLightState::Unknown);
    }
}
