//! What a discovery has found out so far, in a file: after a kill it goes on where it was.
//!
//! One JSON document a line: what was asked for, what the sources found, each host as soon as it is decided. A line is
//! handed to the system as a whole before the next host is taken, so `kill -9` loses nothing that was decided; of a
//! power failure it may lose the last lines, whose hosts are then asked again. The file is gone when all is done.

use super::Origin;
use crate::failure::{Context, Failure};
use crate::present::HostRow;
use remote_services_transport::durable::create_private_folder;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A discovery's file, locked while it is open.
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// What a discovery knew when it ended before its time.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Hosts that were decided.
    pub rows: Vec<HostRow>,
    /// What the sources had found.
    pub found: Vec<(SocketAddr, Origin)>,
    /// Whether all sources had been asked.
    pub sources_done: bool,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Begun { request: String },
    Found { address: SocketAddr, origin: Origin },
    SourcesDone,
    Host(Box<HostRow>),
}

impl Journal {
    /// Opens the file in the data folder. `request` says in one line what is asked for; only a discovery of the same can
    /// go on.
    ///
    /// # Errors
    /// When the file cannot be used, another discovery uses it, or it is of another request.
    pub fn open(data: &Path, request: &str, resume: bool) -> Result<(Self, Earlier), Failure> {
        for folder in [data.to_owned(), data.join("state")] {
            create_private_folder(&folder)
                .context(format_args!("cannot make the data folder {}", folder.display()))?;
        }
        let path = data.join("state").join(NAME);
        let about =
            |error: &dyn std::fmt::Display| Failure::failed(format_args!("{}: {error}", path.display()));
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = file.map_err(|error| about(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(about(&"another discovery is at work on it")),
            Err(TryLockError::Error(error)) => return Err(about(&error)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|error| about(&error))?;
        let mut earlier = Earlier::default();
        let mut good = 0;
        match (resume, text.is_empty()) {
            (true, false) => {
                (earlier, good) = read(&text, request)
                    .map_err(|failure| failure.while_doing(&path.display().to_string()))?;
            }
            (true, true) => tell!("no discovery was interrupted: this one begins at the start"),
            (false, false) => {
                tell!("a discovery was interrupted; this one begins anew (--resume would go on)");
            }
            (false, true) => {}
        }
        file.set_len(good).and_then(|()| file.seek(SeekFrom::Start(good))).map_err(|error| about(&error))?;
        let mut journal = Self { file, path };
        if good == 0 {
            journal.write(&Line::Begun { request: request.to_owned() })?;
        }
        Ok((journal, earlier))
    }

    /// Keeps what a source found.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn found(&mut self, address: SocketAddr, origin: &Origin) -> Result<(), Failure> {
        self.write(&Line::Found { address, origin: origin.clone() })
    }

    /// Keeps that all sources have been asked.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sources_done(&mut self) -> Result<(), Failure> {
        self.write(&Line::SourcesDone)
    }

    /// Keeps what became of a host.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn host(&mut self, row: &HostRow) -> Result<(), Failure> {
        self.write(&Line::Host(Box::new(row.clone())))
    }

    /// All is done: nothing is left to go on with.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn finish(self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path).context(self.path.display())
    }

    fn write(&mut self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_vec(line).context("cannot write JSON")?;
        text.push(b'\n');
        self.file.write_all(&text).context(self.path.display())
    }
}

/// What a file says, and how much of it is whole lines.
fn read(text: &[u8], request: &str) -> Result<(Earlier, u64), Failure> {
    let mut earlier = Earlier::default();
    let mut good = 0;
    for (number, line) in (1..).zip(text.split_inclusive(|octet| *octet == b'\n')) {
        // The last line is cut off where the kill came.
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        let line_is = serde_json::from_slice(whole).context(format_args!("line {number}"))?;
        match line_is {
            Line::Begun { request: earlier } if earlier == request => {}
            Line::Begun { .. } => {
                return Err(Failure::usage(
                    "the discovery that was interrupted was of other targets or by other rules: give the same, or leave out --resume",
                ));
            }
            Line::Found { address, origin } => earlier.found.push((address, origin)),
            Line::SourcesDone => earlier.sources_done = true,
            Line::Host(row) => earlier.rows.push(*row),
        }
        good += line.len() as u64;
    }
    Ok((earlier, good))
}

const NAME: &str = "discovery.jsonl";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ExitCode;
    use remote_services_collect::discover::{Finding, Outcome};
    use std::time::{Duration, Instant};

    fn row(last: u8) -> HostRow {
        let address = SocketAddr::from(([192, 0, 2, last], 161));
        HostRow::new(&Finding { address, outcome: Outcome::NoAnswer }, |_| String::new())
    }

    /// Opens one that nobody is at work on any more.
    fn open(folder: &Path, request: &str, resume: bool) -> Result<(Journal, Earlier), Failure> {
        // A program that another test is just starting holds a copy of each lock until it runs.
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            match Journal::open(folder, request, resume) {
                Err(failure) if failure.sentence.contains("another discovery") && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                opened => return opened,
            }
        }
    }

    #[test]
    fn what_was_decided_is_there_again_and_a_torn_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(folder.path(), "a", false).unwrap();
        journal.found(row(1).address, &Origin::Broadcast).unwrap();
        journal.sources_done().unwrap();
        journal.host(&row(1)).unwrap();
        journal.host(&row(2)).unwrap();
        drop(journal);
        let path = folder.path().join("state").join(NAME);
        let text = std::fs::read(&path).unwrap();
        for cut in 0..=text.len() {
            std::fs::write(&path, &text[..cut]).unwrap();
            let (mut journal, earlier) = open(folder.path(), "a", true).unwrap();
            let whole = text[..cut].iter().filter(|octet| **octet == b'\n').count();
            let lines = earlier.rows.len() + earlier.found.len() + usize::from(earlier.sources_done);
            assert_eq!(lines, whole.saturating_sub(1), "{cut}");
            journal.host(&row(3)).unwrap();
            drop(journal);
            let (_, after) = open(folder.path(), "a", true).unwrap();
            assert_eq!(after.rows.len(), earlier.rows.len() + 1, "{cut}");
        }
    }

    #[test]
    fn another_request_is_refused_and_a_second_discovery_too() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = open(folder.path(), "a", false).unwrap();
        assert!(
            Journal::open(folder.path(), "a", true).err().unwrap().sentence.contains("another discovery")
        );
        drop(journal);
        let failure = open(folder.path(), "b", true).err().unwrap();
        assert_eq!(failure.code, ExitCode::Usage);
        let (journal, _) = open(folder.path(), "b", false).unwrap();
        journal.finish().unwrap();
        assert!(!folder.path().join("state").join(NAME).exists());
    }
}
