//! How long a payload has waited, whatever clocks show.
//!
//! A payload's name says when it was made, by the client's clock. That clock may have been wrong then or be wrong now, so neither
//! says how long the payload has waited. Two things do, and each is never too long:
//!
//! - what passed while the spool was open since the payload was first seen, by a clock that cannot be set;
//! - what lies between two times that somebody vouches for, at both of which the payload was there.
//!
//! The longer of both is its age. Nobody knows how long a spool was closed before the next time that is vouched for: so long a payload
//! is kept longer, never shorter. The second is taken anew each time: when a later time is an earlier one again, the age is less again.
//!
//! `FOLDER/ages` keeps both from one opening to the next, under its own SHA-256. It is a help only: without it, all that waits begins
//! to grow old anew. The file `clock` is of older versions, and stays as it is.

use super::Disk;
use crate::document::ContentDigest;
use remote_services_core::time::Timestamp;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// Since when each payload is there.
#[derive(Debug)]
pub(super) struct Ages {
    path: PathBuf,
    /// What passed while the spool was open, in milliseconds, over all openings as far as it was kept.
    passed: u64,
    /// The time that is vouched for now, in milliseconds.
    time: Option<i64>,
    known: HashMap<Uuid, Since>,
    /// How far both were when they were last kept.
    kept: Since,
}

/// When a payload was first seen, by what passed, and by the first time that was vouched for while it was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Since {
    passed: u64,
    time: Option<i64>,
}

impl Ages {
    /// With what is there at an opening.
    pub(super) fn open(disk: &dyn Disk, folder: &Path, there: impl Iterator<Item = Uuid>) -> Self {
        let path = folder.join(NAME);
        let read = disk.read(&path, READ_LIMIT).ok().and_then(|octets| parse(&octets));
        let (kept, mut known) = read.unwrap_or_default();
        let new = Since { passed: kept.passed, time: None };
        let known = there.map(|id| (id, known.remove(&id).unwrap_or(new))).collect();
        Self { path, passed: kept.passed, time: None, known, kept }
    }

    /// Takes in what passed since the last call, a time that was vouched for in between, and what is there now.
    pub(super) fn pass(
        &mut self,
        disk: &dyn Disk,
        (time, elapsed): (Option<Timestamp>, Duration),
        there: impl Iterator<Item = Uuid>,
    ) {
        self.passed = self.passed.saturating_add(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        self.time = time.map(Timestamp::unix_millis);
        // Of what is new nobody knows whether it was there already at that time, nor for how much of what passed.
        let new = Since { passed: self.passed, time: None };
        let now = self.time;
        let since = |known: Since| Since { time: known.time.or(now), ..known };
        let known = std::mem::take(&mut self.known);
        self.known = there.map(|id| (id, known.get(&id).copied().map_or(new, since))).collect();
        let apart = |time: i64| self.kept.time.is_none_or(|kept| time.abs_diff(kept) >= KEEP_EVERY_MS);
        let due = self.passed - self.kept.passed >= KEEP_EVERY_MS || self.time.is_some_and(apart);
        // One that cannot be kept is kept another time: it only makes payloads younger.
        if due && !self.known.is_empty() && self.keep(disk).is_ok() {
            self.kept = Since { passed: self.passed, time: self.time.or(self.kept.time) };
        }
    }

    fn keep(&self, disk: &dyn Disk) -> io::Result<()> {
        let mut text = String::new();
        let mut line = |name: &str, since: &Since| {
            let time = since.time.map_or_else(|| NONE.to_owned(), |time| time.to_string());
            let _ = writeln!(text, "{name} {} {time}", since.passed);
        };
        line(ALL, &Since { passed: self.passed, time: self.time.or(self.kept.time) });
        self.known.iter().for_each(|(id, since)| line(&id.to_string(), since));
        let digest = ContentDigest::of(text.as_bytes()).to_hex();
        let beside = self.path.with_extension("new");
        disk.remove(&beside)?;
        disk.write_new(&beside, format!("{digest}\n{text}").as_bytes())?;
        disk.rename(&beside, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| disk.sync_folder(folder))
    }

    /// Whether a payload has waited longer than `max_age` for sure.
    pub(super) fn is_older(&self, id: Uuid, max_age: Duration) -> bool {
        let Some(since) = self.known.get(&id) else { return false };
        let passed = self.passed.saturating_sub(since.passed);
        let between = self.time.zip(since.time).map_or(0, |(now, then)| now.saturating_sub(then));
        let between = u64::try_from(between).unwrap_or(0).saturating_sub(DOUBT_MS);
        u128::from(passed.max(between)) > max_age.as_millis()
    }
}

/// Reads what was kept; `None` when that is not whole.
fn parse(octets: &[u8]) -> Option<(Since, HashMap<Uuid, Since>)> {
    let (digest, text) = std::str::from_utf8(octets).ok()?.split_once('\n')?;
    if digest != ContentDigest::of(text.as_bytes()).to_hex() {
        return None;
    }
    let mut lines = text.lines().map(|line| {
        let mut words = line.split(' ');
        let (name, passed, time) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        let time = if time == NONE { None } else { Some(time.parse().ok()?) };
        Some((name, Since { passed, time }))
    });
    let (ALL, kept) = lines.next()?? else { return None };
    let known = lines.map(|line| line.and_then(|(name, since)| Some((name.parse().ok()?, since))));
    Some((kept, known.collect::<Option<_>>()?))
}

const NAME: &str = "ages";
/// The name of the line about all.
const ALL: &str = "all";
const NONE: &str = "-";
/// By how much two times that are vouched for may be wrong together.
const DOUBT_MS: u64 = 60 * 60 * 1000;
const KEEP_EVERY_MS: u64 = 60 * 60 * 1000;
/// No more is read: about a million payloads.
const READ_LIMIT: u64 = 64 << 20;

#[cfg(test)]
mod tests;
