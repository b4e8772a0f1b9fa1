//! `.snmprec` files: a line is `OID|TAG|VALUE`, in OID order.
//!
//! Recordings of real devices come with lines that cannot be parsed and in no order; an agent that plays them
//! passes over both in silence, so they are put right before serving.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A recording in memory, in OID order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    rows: BTreeMap<Vec<u32>, (String, String)>,
}

impl Recording {
    /// Reads a recording, drops lines without a proper OID or tag, sorts; of two lines with one OID the first
    /// stays.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut recording = Self::default();
        for line in text.lines() {
            let mut columns = line.splitn(3, '|');
            let (Some(oid), Some(tag), Some(value)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let oid: Result<Vec<u32>, _> = oid.trim_start_matches('.').split('.').map(str::parse).collect();
            let known = tag.trim_end_matches('x').parse::<u8>().is_ok();
            if let (Ok(oid), true) = (oid, known) {
                recording.rows.entry(oid).or_insert((tag.to_owned(), value.to_owned()));
            }
        }
        recording
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    /// The number of objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The OIDs below `prefix`, in order, with tag and value as they stand in the file.
    pub fn below<'a>(&'a self, prefix: &'a [u32]) -> impl Iterator<Item = (&'a [u32], &'a str, &'a str)> {
        self.rows
            .range(prefix.to_vec()..)
            .take_while(move |(oid, _)| oid.starts_with(prefix))
            .map(|(oid, (tag, value))| (oid.as_slice(), tag.as_str(), value.as_str()))
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (oid, (tag, value)) in &self.rows {
            let oid: Vec<String> = oid.iter().map(u32::to_string).collect();
            writeln!(text, "{}|{tag}|{value}", oid.join(".")).expect("a String takes everything");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_sorted_by_number_and_loses_what_cannot_be_parsed() {
        let text =
            "1.3.6.1.10.0|2|7\n1.3.6.1.9.0|4|a|b\nnonsense\n1.3.x|2|1\n1.3.6.1.9.0|4|later\n1.3.6|zz|1\n";
        let recording = Recording::parse(text);
        assert_eq!(recording.to_text(), "1.3.6.1.9.0|4|a|b\n1.3.6.1.10.0|2|7\n");
        assert_eq!(recording.below(&[1, 3, 6, 1, 9]).count(), 1);
    }
}
