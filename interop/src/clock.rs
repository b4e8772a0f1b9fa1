//! A clock that stands where a test puts it, for programs that are started by it.
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use remote_services_core::time::Timestamp;

use crate::Tool;
use crate::process::run_ok;

/// The clock on the wall of all programs that are started by it: it stands still until it is moved. What they count time
/// with goes on as ever, so for them a move is what waking up is for a machine that slept.
#[derive(Clone, Debug)]
pub struct Clock {
    file: PathBuf,
    library: OsString,
}

impl Clock {
    /// A clock that keeps its time in this folder.
    ///
    /// # Panics
    /// When faketime is not there, see [`crate::require`].
    #[must_use]
    pub fn new(folder: &Path, time: Timestamp) -> Self {
        let mut ask = Command::new(Tool::Faketime.path());
        let library = run_ok(ask.args(["-f", "+0", "sh", "-c", "printf %s \"$LD_PRELOAD\""])).into();
        let clock = Self { file: folder.join("clock"), library };
        clock.move_to(time);
        clock
    }

    /// From now on it is this time.
    ///
    /// # Panics
    /// When the folder takes no file.
    pub fn move_to(&self, time: Timestamp) {
        let new = self.file.with_extension("new");
        // Nobody may read half of it.
        fs::write(&new, time.unix_seconds().to_string()).expect("the test's own folder");
        fs::rename(new, &self.file).expect("the test's own folder");
    }

    /// Has a program go by it.
    pub fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_FMT", "%s").env("FAKETIME_NO_CACHE", "1");
        // Neither what only counts nor what a file says of itself is this clock's.
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1")
    }
}
