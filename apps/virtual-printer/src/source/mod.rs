//! What is played: a recording, taken apart into what stands still, what belongs to one device, and what moves.
//!
//! ```text
//!  .snmprec ─▶ record::parse ─┬─▶ still: shared by all printers that play the recording
//!                             ├─▶ personal: serial number, MAC, names, address: another for each printer
//!                             └─▶ layout: the objects that a working printer changes, and how
//! ```
//!
//! Any recording will do. The standard objects of the Printer-MIB move by themselves; `# live: OID = COUNTER` lines say
//! which counter an object of the maker shows (see [`Counter`](crate::device::counts::Counter)), with `+ OCTET` behind the
//! OID where four octets of a text are the number.

pub mod layout;
mod rows;

pub use layout::{Identity, Layout, Meter, Person};

use crate::device::counts::UnknownCounter;
use remote_services_collect::record::{self, Mode, RecordError};
use remote_services_collect::{ObjectStore, ReadContext, build, synthetic};
use remote_services_snmp::{Oid, Value};
use std::collections::BTreeMap;
use std::fmt;

/// A recording, ready to be played by any number of printers.
#[derive(Debug)]
pub struct Source {
    /// Short name: of the built-in recording or of the file.
    pub name: String,
    /// What never changes, in the order of names.
    pub still: Vec<(Oid, Value)>,
    /// What tells the device apart from others, before it is changed.
    pub personal: BTreeMap<Oid, Value>,
    /// What moves.
    pub layout: Layout,
    /// Who the recorded device is.
    pub identity: Identity,
    /// Everything, to the letter.
    pub recorded: BTreeMap<Oid, Value>,
    /// Lines that were left out because they could not be read.
    pub skipped: Vec<RecordError>,
}

/// Why a recording cannot be played.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// A line is no line of a recording.
    Record(RecordError),
    /// A `# live:` line is not understood.
    Live {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// No built-in recording has this name.
    UnknownName(String),
}

impl Source {
    /// A built-in recording: see [`synthetic::ALL`].
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn built_in(name: &str) -> Result<Self, SourceError> {
        let found = synthetic::by_name(name).ok_or_else(|| SourceError::UnknownName(name.to_owned()))?;
        Self::parse(found.name, found.text.as_bytes(), Mode::Strict)
    }

    /// Takes a recording apart.
    ///
    /// # Errors
    /// When a line cannot be read; in [`Mode::Lenient`] those of the recording itself are left out.
    pub fn parse(name: &str, bytes: &[u8], mode: Mode) -> Result<Self, SourceError> {
        let recording = record::parse(bytes, mode).map_err(SourceError::Record)?;
        let meters = live_lines(bytes)?;
        let store = ObjectStore::from(recording.values.clone());
        let report = build(&store, &ReadContext::default());
        let identity = Identity::of(&recording.values, &report);
        let layout = Layout::of(&store, meters);
        let marks = identity.marks();
        let moving = layout.moving();
        let mut still = Vec::new();
        let mut personal = BTreeMap::new();
        for (name, value) in &recording.values {
            if moving.contains(name) || layout.is_alert(name) {
                continue;
            }
            let touched = marks.name(name).is_some() || marks.value(value).is_some();
            if touched || identity.is_named_by(name) || layout::is_writable(name) {
                personal.insert(name.clone(), value.clone());
            } else {
                still.push((name.clone(), value.clone()));
            }
        }
        still.shrink_to_fit();
        let skipped = recording.skipped;
        let recorded = recording.values;
        Ok(Self { name: name.to_owned(), still, personal, layout, identity, recorded, skipped })
    }
}

/// The `# live:` lines.
fn live_lines(bytes: &[u8]) -> Result<Vec<Meter>, SourceError> {
    let mut meters = Vec::new();
    for (at, line) in bytes.split(|octet| *octet == b'\n').enumerate() {
        let Some(rest) = line.strip_prefix(b"# live:") else { continue };
        let wrong = |why: String| SourceError::Live { line: at + 1, why };
        let text = std::str::from_utf8(rest).map_err(|_| wrong("not text".to_owned()))?;
        let (object, counter) =
            text.split_once('=').ok_or_else(|| wrong("expected OID = COUNTER".to_owned()))?;
        let (name, octet) = match object.split_once('+') {
            Some((name, octet)) => {
                let octet =
                    octet.trim().parse().map_err(|_| wrong(format!("{} is no number", octet.trim())))?;
                (name, Some(octet))
            }
            None => (object, None),
        };
        let name: Oid = name.trim().parse().map_err(|error| wrong(format!("{}: {error}", name.trim())))?;
        let counter = counter.trim().parse().map_err(|error: UnknownCounter| wrong(error.to_string()))?;
        meters.push(Meter { name, octet, counter, base: Value::Null });
    }
    Ok(meters)
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => error.fmt(f),
            Self::Live { line, why } => write!(f, "line {line} of the recording: {why}"),
            Self::UnknownName(name) => {
                let known: Vec<&str> = synthetic::ALL.iter().map(|recording| recording.name).collect();
                write!(f, "no model is called {name:?}: {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::supplies::Shown;

    #[test]
    fn every_built_in_recording_can_be_played_and_its_meters_are_there() {
        for recording in synthetic::ALL {
            let source = Source::built_in(recording.name).unwrap_or_else(|error| panic!("{error}"));
            let layout = &source.layout;
            assert!(layout.device.is_some() && !layout.supplies.is_empty() && !layout.trays.is_empty());
            assert!(layout.meters.iter().all(|meter| meter.base != Value::Null), "{}", recording.name);
            assert!(source.identity.serial_number.is_some(), "{}", recording.name);
            let parts = source.still.len()
                + source.personal.len()
                + layout.moving().iter().filter(|name| source.recorded.contains_key(*name)).count();
            let alerts = source.recorded.keys().filter(|name| layout.is_alert(name)).count();
            assert_eq!(parts + alerts, source.recorded.len(), "{}: nothing is lost or twice", recording.name);
        }
    }

    #[test]
    fn levels_are_shown_as_the_maker_does() {
        let shown = |name: &str| -> Vec<Shown> {
            Source::built_in(name).unwrap().layout.supplies.iter().map(|row| row.shown).collect()
        };
        assert_eq!(shown("brother")[..3], [Shown::SomeRemaining, Shown::SomeRemaining, Shown::Fixed]);
        assert!(shown("xerox")[..4].iter().all(|shown| *shown == Shown::Number));
        assert_eq!(shown("sharp")[6], Shown::Fixed, "what is not genuine stays so");
    }

    #[test]
    fn a_live_line_that_is_wrong_is_named() {
        for (line, why) in [
            ("# live: 1.3.6.1 impressions", "line 2 of the recording: expected OID = COUNTER"),
            ("# live: 1.3.x = print", "line 2 of the recording: 1.3.x: "),
            ("# live: 1.3.6.1 + y = print", "line 2 of the recording: y is no number"),
            ("# live: 1.3.6.1 = pages", "line 2 of the recording: \"pages\" is no counter"),
        ] {
            let text = format!("1.3.6.1.2|2|1\n{line}\n");
            let error = Source::parse("x", text.as_bytes(), Mode::Strict).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
