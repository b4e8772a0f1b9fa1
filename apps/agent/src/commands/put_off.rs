//! What was tried in vain at the server, kept for the next round: an agent that ends after each one, as from cron, gives all commands
//! their turn like one that stays.
//!
//! ```text
//! DATA/state/commands/put-off    commands that did not come, reports that were not taken; those tried longest ago first
//! ```
//!
//! It says in which order things are tried, and nothing else: a file that is lost or damaged costs a round, and no command.

use remote_services_core::id::Uuid;
use remote_services_transport::durable;
use remote_services_transport::poll::PutOff;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// The commands and the reports that come after all others.
#[derive(Debug)]
pub(crate) struct KeptPutOff {
    path: PathBuf,
    /// Commands for which the server was waited for in vain.
    pub(crate) commands: PutOff,
    /// Commands whose reports were not taken.
    pub(crate) reports: PutOff,
    on_disk: OnDisk,
    damaged: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct OnDisk {
    commands: Vec<Uuid>,
    reports: Vec<Uuid>,
}

impl KeptPutOff {
    /// Reads what the round before has kept in this folder.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let mut damaged = None;
        let on_disk = match std::fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets).unwrap_or_else(|error| {
                damaged = Some(format!(
                    "{} is damaged: {error}. It says which commands are asked for last, since the server was silent about them: \
                     all are asked for in the server's order now, and it is written anew",
                    path.display()
                ));
                OnDisk::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => OnDisk::default(),
            Err(error) => return Err(error),
        };
        let [commands, reports] =
            [&on_disk.commands, &on_disk.reports].map(|ids| ids.iter().copied().collect());
        Ok(Self { path, commands, reports, on_disk, damaged })
    }

    /// A sentence about the file, where it could not be understood.
    pub(crate) fn damaged(&self) -> Option<&str> {
        self.damaged.as_deref()
    }

    /// Writes it down, where it changed.
    ///
    /// # Errors
    /// As the disk says.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        let [commands, reports] = [&self.commands, &self.reports].map(|ids| ids.iter().collect());
        let now = OnDisk { commands, reports };
        if now != self.on_disk || self.damaged.is_some() {
            durable::replace(&self.path, &serde_json::to_vec(&now)?)?;
            (self.on_disk, self.damaged) = (now, None);
        }
        Ok(())
    }
}

/// Beside the commands of the journal.
const FILE: &str = "put-off";

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::poll::MAX_PUT_OFF;

    #[test]
    fn what_was_put_off_is_known_again_in_its_order_and_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let open = || KeptPutOff::open(folder.path()).unwrap();
        let mut kept = open();
        kept.keep().unwrap();
        assert!(!kept.path.exists(), "nothing was put off");
        kept.commands = [9, 2, 5].map(Uuid::from_u128).into_iter().collect();
        kept.reports.add(Uuid::from_u128(7));
        kept.keep().unwrap();
        let again = open();
        assert_eq!((&again.commands, &again.reports), (&kept.commands, &kept.reports));

        let many = OnDisk { commands: (0..5_000).map(Uuid::from_u128).collect(), ..OnDisk::default() };
        std::fs::write(&kept.path, serde_json::to_vec(&many).unwrap()).unwrap();
        assert_eq!(open().commands.iter().count(), MAX_PUT_OFF);
    }

    #[test]
    fn a_file_that_is_damaged_is_named_and_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for torn in [&b""[..], b"{\"commands\":[\"", &[0; 40], b"\xff\xfe", b"7"] {
            std::fs::write(&path, torn).unwrap();
            let mut kept = KeptPutOff::open(folder.path()).unwrap();
            let told = kept.damaged().unwrap();
            assert!(told.contains("put-off is damaged: ") && told.contains("written anew"), "{told}");
            kept.keep().unwrap();
            assert_eq!(KeptPutOff::open(folder.path()).unwrap().damaged(), None);
        }
    }
}
