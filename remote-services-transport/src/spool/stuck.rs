//! Payloads that the server answers and does not take, while it may take others: how often each failed, and until when it is
//! left alone.
//!
//! ```text
//! waiting ── 3rd failure ─▶ stuck ── its wait is over, or another got through for the first time since ─▶ due, after the others
//!                             ▲                                                     │
//!                             └────────────── failed: a longer wait ◀───────────────┘
//! ```
//!
//! `FOLDER/stuck` keeps it, so that a restart does not begin with the same payload again. It is a help only: one that cannot
//! be written or read costs a few tries.
#![cfg_attr(not(feature = "client"), allow(dead_code, reason = "it is a client that sends and fails"))]

use super::{Disk, Entry, Spool};
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What is known of one payload that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failures {
    pub(crate) count: u32,
    /// One sentence about the last.
    pub(crate) why: String,
    /// Whether another got through since it is stuck: then it is this one and not the server.
    pub(crate) alone: bool,
    /// Milliseconds of the client's clock.
    until: i64,
}

impl Failures {
    /// Whether others go before it.
    pub(crate) fn is_stuck(&self) -> bool {
        self.count >= PATIENCE
    }

    /// How long it is left alone yet. A clock that was set back does not make that longer than it ever is.
    pub(crate) fn wait(&self, now: Timestamp) -> Duration {
        let left = u64::try_from(self.until.saturating_sub(now.unix_millis())).unwrap_or(0);
        let left = Duration::from_millis(left);
        if left > LONGEST { Duration::ZERO } else { left }
    }
}

#[derive(Debug)]
pub(super) struct Stuck {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    failed: BTreeMap<Uuid, Failures>,
}

impl Stuck {
    pub(super) fn open(disk: &Arc<dyn Disk>, folder: &Path, pending: &BTreeSet<Entry>) -> Self {
        let path = folder.join(NAME);
        let read = disk.read(&path, READ_LIMIT).ok().and_then(|octets| serde_json::from_slice(&octets).ok());
        let mut failed: BTreeMap<Uuid, Failures> = read.unwrap_or_default();
        let waiting: BTreeSet<Uuid> = pending.iter().map(|entry| entry.id).collect();
        failed.retain(|id, _| waiting.contains(id));
        Self { disk: Arc::clone(disk), path, failed }
    }

    pub(super) fn forget(&mut self, id: Uuid) {
        // The file goes on naming it until it is next written: nobody asks about what does not wait.
        self.failed.remove(&id);
    }

    fn keep(&self) {
        let beside = self.path.with_extension("new");
        let keep = || -> io::Result<()> {
            let octets = serde_json::to_vec(&self.failed)?;
            self.disk.remove(&beside)?;
            self.disk.write_new(&beside, &octets)?;
            self.disk.rename(&beside, &self.path)?;
            self.path.parent().map_or(Ok(()), |folder| self.disk.sync_folder(folder))
        };
        let _ = keep();
    }
}

impl Spool {
    /// What is known of a payload that failed.
    pub(crate) fn failures(&self, id: Uuid) -> Option<&Failures> {
        self.stuck.failed.get(&id)
    }

    /// Notes that the server did not take this one, though it may take others; says whether others go before it from now on.
    /// `pace` gives its waits, as if nothing but it had failed.
    pub(crate) fn failed(
        &mut self,
        id: Uuid,
        now: Timestamp,
        mut pace: Backoff,
        random: u64,
        why: &str,
    ) -> bool {
        let known = self.stuck.failed.get(&id);
        let count = known.map_or(0, |known| known.count).saturating_add(1);
        let alone = known.is_some_and(|known| known.alone);
        pace.reset();
        // Waits do not grow beyond the cap, which is reached long before.
        let waits = (0..count.min(32)).map(|_| pace.next_wait(random, None));
        let wait = waits.last().unwrap_or_default().min(LONGEST);
        let until = now.plus(wait).unix_millis();
        let why = why.chars().take(LONGEST_WORDS).collect();
        let failures = Failures { count, why, alone, until };
        let is_stuck = failures.is_stuck();
        self.stuck.failed.insert(id, failures);
        self.stuck.keep();
        is_stuck
    }

    /// Notes that a payload got through: those that were stuck before the first such are tried again, since it may have been
    /// the server.
    pub(crate) fn got_through(&mut self, now: Timestamp) {
        let mut changed = false;
        for failures in self.stuck.failed.values_mut().filter(|it| it.is_stuck() && !it.alone) {
            (failures.alone, failures.until, changed) = (true, now.unix_millis(), true);
        }
        if changed {
            self.stuck.keep();
        }
    }
}

/// After so many failures of a payload others go before it.
const PATIENCE: u32 = 3;
/// The longest wait of the protocol.
const LONGEST: Duration = Duration::from_secs(3600);
/// Characters of the server's word that are kept.
const LONGEST_WORDS: usize = 300;
const NAME: &str = "stuck";
/// Ten thousand payloads have less.
const READ_LIMIT: u64 = 16 << 20;
