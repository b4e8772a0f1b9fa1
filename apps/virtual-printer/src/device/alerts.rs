//! The alert table (prtAlertTable, RFC 3805 §2.2.13): what is wrong, as rows that enter and leave.

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// Paper is stuck on its way.
    Jam,
    /// Cover of this index is open.
    CoverOpen(u32),
    /// The tray of this index has few sheets left.
    TrayLow(u32),
    /// It has none.
    TrayEmpty(u32),
    /// The supply of this index is nearly used up, or nearly full.
    SupplyLow(u32),
    /// It is used up, or full.
    SupplyOut(u32),
    /// The output bin is full.
    OutputFull,
    /// Someone has to come who knows the device.
    ServiceNeeded,
    /// A row of the recording itself.
    Recorded,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// prtAlertIndex: never used twice since the printer was started.
    pub index: u32,
    /// What it is about.
    pub matter: Matter,
    /// prtAlertSeverityLevel: critical(3), warning(4), warningBinaryChangeEvent(5).
    pub severity: i32,
    /// prtAlertTrainingLevel.
    pub training: i32,
    /// prtAlertGroup.
    pub group: i32,
    /// prtAlertGroupIndex.
    pub group_index: i32,
    /// prtAlertLocation.
    pub location: i32,
    /// prtAlertCode.
    pub code: i32,
    /// prtAlertDescription, in UTF-8.
    pub description: Vec<u8>,
    /// prtAlertTime.
    pub time: u32,
}

/// The rows, with what RFC 3805 counts of them.
#[derive(Clone, Debug, Default)]
pub struct AlertTable {
    rows: Vec<Alert>,
    last_index: u32,
    /// prtAlertCriticalEvents since the start.
    pub critical_events: u32,
    /// prtAlertAllEvents since the start.
    pub all_events: u32,
}

impl AlertTable {
    /// A table with the rows of a recording.
    #[must_use]
    pub fn with(rows: Vec<Alert>) -> Self {
        let last_index = rows.iter().map(|row| row.index).max().unwrap_or(0);
        Self { rows, last_index, ..Self::default() }
    }

    /// The rows in the order in which they came.
    #[must_use]
    pub fn rows(&self) -> &[Alert] {
        &self.rows
    }

    /// Whether there is a row about this.
    #[must_use]
    pub fn has(&self, matter: Matter) -> bool {
        self.rows.iter().any(|row| row.matter == matter)
    }

    /// Whether a row stops printing.
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.rows.iter().any(|row| row.severity == CRITICAL && row.matter != Matter::Recorded)
    }

    /// Whether a row that the printer itself made is there.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.rows.iter().any(|row| row.matter != Matter::Recorded)
    }

    /// Adds a row, unless there is one about this; gives the new row.
    pub fn enter(&mut self, matter: Matter, words: Words, time: u32) -> Option<Alert> {
        if self.has(matter) {
            return None;
        }
        self.last_index += 1;
        let Words { severity, training, group, group_index, code, description } = words;
        let description = description.into_bytes();
        let row = Alert {
            index: self.last_index,
            matter,
            severity,
            training,
            group,
            group_index,
            location: -2,
            code,
            description,
            time,
        };
        self.all_events += 1;
        if severity == CRITICAL {
            self.critical_events += 1;
        }
        self.rows.push(row.clone());
        Some(row)
    }

    /// Takes the row about this out; gives it.
    pub fn leave(&mut self, matter: Matter) -> Option<Alert> {
        let at = self.rows.iter().position(|row| row.matter == matter)?;
        Some(self.rows.remove(at))
    }

    /// Takes all rows out that the printer itself has made.
    pub fn clear(&mut self) {
        self.rows.retain(|row| row.matter == Matter::Recorded);
    }
}

/// How a matter is put.
#[derive(Clone, Debug)]
pub struct Words {
    severity: i32,
    training: i32,
    group: i32,
    group_index: i32,
    code: i32,
    description: String,
}

impl Words {
    /// An alert about `matter`; `name` is what the part is called.
    #[must_use]
    pub fn of(matter: Matter, name: &str, receptacle: bool) -> Self {
        let index = |index: u32| i32::try_from(index).unwrap_or(-1);
        let (severity, training, group, group_index, code, description) = match matter {
            Matter::Jam => (CRITICAL, UNTRAINED, MEDIA_PATH, 1, 8, "Paper jam in the media path".to_owned()),
            Matter::CoverOpen(cover) => (CRITICAL, UNTRAINED, 6, index(cover), 3, format!("{name} is open")),
            Matter::TrayLow(tray) => {
                (WARNING, UNTRAINED, INPUT, index(tray), 807, format!("{name} is low on paper"))
            }
            Matter::TrayEmpty(tray) => {
                (WARNING, UNTRAINED, INPUT, index(tray), 808, format!("{name} is empty"))
            }
            Matter::SupplyLow(supply) if receptacle => {
                (WARNING, UNTRAINED, SUPPLIES, index(supply), 1107, format!("{name} is almost full"))
            }
            Matter::SupplyLow(supply) => {
                (WARNING, UNTRAINED, SUPPLIES, index(supply), 1104, format!("{name} is low"))
            }
            Matter::SupplyOut(supply) if receptacle => {
                (CRITICAL, UNTRAINED, SUPPLIES, index(supply), 1109, format!("{name} is full"))
            }
            Matter::SupplyOut(supply) => {
                (CRITICAL, UNTRAINED, SUPPLIES, index(supply), 1101, format!("{name} is empty"))
            }
            Matter::OutputFull => (CRITICAL, UNTRAINED, 9, 1, 903, "The output bin is full".to_owned()),
            Matter::ServiceNeeded | Matter::Recorded => {
                (CRITICAL, FIELD_SERVICE, 5, 1, 30, "Call for service: 072-310".to_owned())
            }
        };
        Self { severity, training, group, group_index, code, description }
    }
}

/// prtAlertSeverityLevel critical(3): printing has stopped.
pub const CRITICAL: i32 = 3;
const WARNING: i32 = 5;
const UNTRAINED: i32 = 3;
const FIELD_SERVICE: i32 = 5;
const INPUT: i32 = 8;
const MEDIA_PATH: i32 = 13;
const SUPPLIES: i32 = 11;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_enters_once_leaves_and_its_index_never_comes_again() {
        let mut table = AlertTable::default();
        let words = |matter| Words::of(matter, "Tray 1", false);
        assert_eq!(table.enter(Matter::Jam, words(Matter::Jam), 100).map(|row| row.index), Some(1));
        assert_eq!(table.enter(Matter::Jam, words(Matter::Jam), 101), None);
        table.enter(Matter::TrayEmpty(2), words(Matter::TrayEmpty(2)), 102);
        assert!(table.is_critical());
        assert_eq!(table.leave(Matter::Jam).map(|row| row.time), Some(100));
        assert!(!table.is_critical() && table.is_warning());
        assert_eq!(table.enter(Matter::Jam, words(Matter::Jam), 103).map(|row| row.index), Some(3));
        assert_eq!((table.critical_events, table.all_events), (2, 3));
    }
}
