//! How old a payload may get, by a clock that does not jump.
//!
//! A payload's name says when it was made, by the client's clock. That clock may be wrong, and may be set while payloads
//! wait: taken at its word, a leap to the year 2099 would throw all of them away. So the spool keeps a clock of its own,
//! which follows the client's forward only, by at most twice the time that has really passed, and by one day at an
//! opening, since nobody knows how long the client was off. What is in doubt is kept longer, never shorter.

use super::{Disk, SpoolError};
use remote_services_core::time::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// The spool's own clock.
#[derive(Debug)]
pub(super) struct SpoolClock {
    path: PathBuf,
    /// What it shows, in milliseconds; `None` before it was first set.
    shows: Option<i64>,
    /// What of it is on the disk.
    kept: Option<i64>,
    /// How far it may be set forward because of the opening.
    leap: Duration,
}

impl SpoolClock {
    pub(super) fn open(disk: &dyn Disk, folder: &Path) -> Result<Self, SpoolError> {
        let path = folder.join(NAME);
        let kept = match disk.read(&path, 64) {
            // Without a readable clock it begins anew, with the client's word.
            Ok(text) => std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(SpoolError::at(&path)(error)),
        };
        Ok(Self { path, shows: kept, kept, leap: LEAP })
    }

    /// Follows the client's clock, `elapsed` after the last time by a clock that cannot be set.
    pub(super) fn follow(&mut self, disk: &dyn Disk, now: Timestamp, elapsed: Duration) {
        let now = now.unix_millis();
        let shows = match self.shows {
            None => now,
            Some(shows) => {
                let most = elapsed.saturating_mul(2).saturating_add(std::mem::take(&mut self.leap));
                let most = i64::try_from(most.as_millis()).unwrap_or(i64::MAX);
                now.clamp(shows, shows.saturating_add(most))
            }
        };
        self.shows = Some(shows);
        if self.kept.is_none_or(|kept| shows - kept >= KEEP_EVERY_MS) && self.keep(disk, shows).is_ok() {
            self.kept = Some(shows);
        }
    }

    /// A clock that cannot be kept is kept another time: it only makes payloads younger.
    fn keep(&self, disk: &dyn Disk, shows: i64) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        disk.remove(&beside)?;
        disk.write_new(&beside, format!("{shows}\n").as_bytes())?;
        disk.rename(&beside, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| disk.sync_folder(folder))
    }

    /// Whether a payload with this name is older than `max_age`. One that was named by a clock ahead of this one is young.
    pub(super) fn is_older(&self, id: Uuid, max_age: Duration) -> bool {
        let (Some(shows), Some(made)) = (self.shows, id.get_timestamp()) else { return false };
        let (seconds, nanos) = made.to_unix();
        let made = i64::try_from(seconds * 1000 + u64::from(nanos / 1_000_000)).unwrap_or(i64::MAX);
        let age = u64::try_from(shows.saturating_sub(made)).unwrap_or(0);
        u128::from(age) > max_age.as_millis()
    }
}

const NAME: &str = "clock";
const LEAP: Duration = Duration::from_secs(24 * 60 * 60);
const KEEP_EVERY_MS: i64 = 60 * 60 * 1000;
