//! prtAlertTable (Printer-MIB): what the device wants people to know.

use core::time::Duration;
use remote_services_core::alert_code::AlertCode;
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_core::status::{Alert, AlertGroup, AlertSeverity, AlertTrainingLevel, Jam, Status};
use remote_services_core::time::{DateTime, Timestamp};
use remote_services_snmp::oid;

use super::Reading;
use crate::store::{Row, Table};

/// 2 severity, 3 training level, 4 group, 5 group index, 6 location, 7 code, 8 description, 9 time.
pub(crate) static TABLE: Table =
    Table { entry: oid!("1.3.6.1.2.1.43.18.1.1"), columns: &[2, 3, 4, 5, 6, 7, 8, 9] };

/// Alerts in a report: many times what a device with all its parts in trouble has.
const MOST_ALERTS: usize = 256;

/// Needs `status.uptime`.
pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let mut rows = reading.rows(&TABLE);
    if rows.len() > MOST_ALERTS {
        let detail =
            format!("{} rows were read, of which the {MOST_ALERTS} most severe are here", rows.len());
        // As PrtAlertSeverityLevelTC counts: critical is 3, what is not known comes last.
        let rank = |row: &Row<'_>| match row.number(2) {
            Some(3) => 0,
            Some(5) => 1,
            Some(4) => 2,
            _ => 3,
        };
        rows.sort_by_key(rank);
        rows.truncate(MOST_ALERTS);
        rows.sort_by(|one, other| one.index.cmp(&other.index));
        let reason = WithheldReason::Error;
        status.header.withheld.push(Withheld { element: "Alert".into(), reason, detail: Some(detail) });
    }
    for (position, row) in rows.iter().enumerate() {
        let code = row.number(7).map_or_else(AlertCode::default, AlertCode);
        let time = row.counter(9);
        status.alerts.push(Alert {
            index: i64::from(row.last()),
            severity: row.number(2).map_or(AlertSeverity::Other, AlertSeverity::from_number),
            training_level: row.number(3).map(AlertTrainingLevel::from_number),
            group: row.number(4).map_or(AlertGroup::Unknown, AlertGroup::from_number),
            group_index: row.number(5),
            location: row.number(6),
            code,
            description: Some(words(row.text(8, reading.charset), code)),
            time,
            raised_at: raised_at(reading.context.read_at, status.uptime, time),
        });
        reading.source_row(&mut status.header, "Alert", position, &TABLE, row);
    }
    for (alert, row) in status.alerts.iter().zip(&rows).filter(|(alert, _)| alert.code == JAM) {
        let position = status.jams.len();
        let occurred_at = alert.raised_at.map(DateTime::from);
        status.jams.push(Jam { count: None, location: Some(place(alert)), occurred_at });
        reading.source_row(&mut status.header, "Jam", position, &TABLE, row);
    }
    // No rows is the normal case; only a table that was not answered is worth a word.
    reading.check_rows(&mut status.header, "Alert", &TABLE, status.alerts.len().max(1));
}

/// What the device says; where it says nothing or just a number, the words of the alert code.
fn words(description: Option<String>, code: AlertCode) -> String {
    match description {
        None => code.words(),
        Some(number) if number.chars().all(|c| c.is_ascii_digit() || c == '-') => {
            format!("{} ({number})", code.words())
        }
        Some(text) => text,
    }
}

/// prtAlertTime is sysUpTime at the event, so it lies before the reading by the difference. A time after the
/// current sysUpTime is from before a wrap or a restart of the agent, and tells nothing.
/// The part, and the place in it where the device tells one: `mediaPath 1, location 3`.
fn place(alert: &Alert) -> String {
    let mut place = alert.group.to_string();
    if let Some(index @ 1..) = alert.group_index {
        place.push_str(&format!(" {index}"));
    }
    if let Some(location @ 0..) = alert.location {
        place.push_str(&format!(", location {location}"));
    }
    place
}

fn raised_at(read_at: Timestamp, uptime: Option<u64>, time: Option<u64>) -> Option<Timestamp> {
    let ago = uptime?.checked_sub(time?)?;
    Some(read_at.minus(Duration::from_millis(ago.saturating_mul(10))))
}

/// jam(8) of PrtAlertCodeTC.
const JAM: AlertCode = AlertCode(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_or_a_bare_number_gives_the_words_of_the_code() {
        assert_eq!(words(None, AlertCode(8)), "jam");
        assert_eq!(words(Some("10033".into()), AlertCode(1104)), "marker toner almost empty (10033)");
        assert_eq!(words(Some("Papierstau".into()), AlertCode(8)), "Papierstau");
    }

    #[test]
    fn a_table_without_end_gives_its_most_severe_alerts_and_says_so() {
        let (severity, code) = (TABLE.column(2), TABLE.column(7));
        let rows = (1..=2_000_u32).flat_map(|row| {
            let level = if row == 1_999 { 3 } else { 4 };
            [(&severity, level), (&code, 8)].map(|(column, value)| {
                (column.extend(&[1, row]).unwrap(), remote_services_snmp::Value::Integer(value))
            })
        });
        let report = crate::build(
            &crate::ObjectStore::from(rows.collect::<std::collections::BTreeMap<_, _>>()),
            &crate::ReadContext::default(),
        );
        assert_eq!(report.status.alerts.len(), MOST_ALERTS);
        assert!(report.status.alerts.iter().any(|alert| alert.index == 1_999));
        let said = report.status.header.withheld.iter().find(|withheld| withheld.element == "Alert").unwrap();
        assert!(said.detail.as_deref().unwrap().starts_with("2000 rows"), "{said:?}");
    }

    #[test]
    fn a_place_leaves_out_what_the_device_does_not_know() {
        let of = |group_index, location| {
            let group = AlertGroup::MediaPath;
            place(&Alert { group, group_index, location, ..Alert::default() })
        };
        assert_eq!(of(Some(1), Some(3)), "mediaPath 1, location 3");
        assert_eq!(of(Some(-1), Some(-2)), "mediaPath");
        assert_eq!(of(None, None), "mediaPath");
    }

    #[test]
    fn the_time_of_an_alert_is_counted_back_from_the_reading() {
        let now = Timestamp::from_unix_seconds(1_000_000);
        assert_eq!(raised_at(now, Some(50_000), Some(20_000)), Some(Timestamp::from_unix_seconds(999_700)));
        assert_eq!(raised_at(now, Some(50_000), Some(50_001)), None);
        assert_eq!(raised_at(now, None, Some(1)), None);
    }
}
