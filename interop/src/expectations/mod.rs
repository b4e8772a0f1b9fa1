//! What others published about recordings of real devices, against what we make of them.
//!
//! `EXPECTED.tsv` stands beside the recordings: file, attribute, value and origin, a line each after the head. Rows of
//! origin `plain-reading` are the raw value at an OID and must match to the letter. Rows of LibreNMS and glpi-agent are
//! other programs' readings: compared where they follow from the data, with the reason beside each that does not.
mod attributes;
mod cartridges;
mod different;
mod others;
mod rows;

use std::fmt::Write as _;

use remote_services_core::device::DeviceReport;

use different::DIFFERENT;

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Same,
    /// Something else: ours.
    Wrong(String),
    /// The recording does not bear it out, or it is a convention of the other program: why nothing can be compared.
    NotCompared(&'static str),
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The recording.
    pub file: String,
    /// What is expected of it.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// Who says so.
    pub origin: String,
}

impl Expectation {
    /// Reads the table.
    ///
    /// # Errors
    /// The first line that has not four columns.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let line = |(number, line): (usize, &str)| match line.splitn(4, '\t').collect::<Vec<_>>()[..] {
            [file, attribute, value, origin] => {
                let [file, attribute, value, origin] = [file, attribute, value, origin].map(str::to_owned);
                Ok(Self { file, attribute, value, origin })
            }
            _ => Err(format!("line {}: not four columns", number + 1)),
        };
        text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()).map(line).collect()
    }

    fn reason(&self) -> Option<&'static str> {
        let known = DIFFERENT
            .iter()
            .find(|(file, attribute, _)| (*file, *attribute) == (&self.file, &self.attribute));
        known.map(|(_, _, reason)| *reason)
    }
}

/// What all expectations came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// As expected.
    pub matched: usize,
    /// Different, each with the reason.
    pub different: Vec<String>,
    /// Nothing to compare with, each with the reason.
    pub not_compared: Vec<String>,
    /// Different without a reason.
    pub wrong: Vec<String>,
}

impl Tally {
    /// Judges the report of a recording by its expectations. `how` says how it was read.
    pub fn judge(&mut self, file: &str, how: &str, report: &DeviceReport, expected: &[Expectation]) {
        for row in expected.iter().filter(|row| row.file == file) {
            match attributes::compare(report, &row.attribute, &row.value) {
                Verdict::Same => self.matched += 1,
                Verdict::NotCompared(reason) => self
                    .not_compared
                    .push(format!("{file}{how} {}: expected {:?}: {reason}", row.attribute, row.value)),
                Verdict::Wrong(ours) => {
                    let said =
                        format!("{file}{how} {}: expected {:?}, got {ours:?}", row.attribute, row.value);
                    match row.reason() {
                        Some(reason) => self.different.push(format!("{said}: {reason}")),
                        None => self.wrong.push(said),
                    }
                }
            }
        }
    }

    /// The differences, a line each, and the totals in the last line.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = String::new();
        for line in &self.different {
            let _ = writeln!(text, "different  {line}");
        }
        for line in &self.not_compared {
            let _ = writeln!(text, "no value   {line}");
        }
        for line in &self.wrong {
            let _ = writeln!(text, "wrong      {line}");
        }
        let _ = writeln!(
            text,
            "{} matched, {} different with a reason, {} not to be compared for a reason, {} wrong",
            self.matched,
            self.different.len(),
            self.not_compared.len(),
            self.wrong.len()
        );
        text
    }
}

/// How many differences are excused; a test sees that none is there in vain.
#[must_use]
pub fn excuses() -> usize {
    DIFFERENT.len()
}
