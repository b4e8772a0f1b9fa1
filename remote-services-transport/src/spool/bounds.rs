//! How much a spool may hold, and what goes when it is more.
//!
//! What is withheld counts beside what waits, and goes first: nothing that this client may send is dropped or refused for what it
//! may not.

use super::{Class, DropReason, Dropped, Entry, Place, Spool, SpoolError};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// How much a spool may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolLimits {
    /// Octets of all payloads that wait or are withheld (default 256 MiB).
    pub max_bytes: u64,
    /// Number of payloads that wait or are withheld (default 10,000: a folder listing stays cheap).
    pub max_count: usize,
    /// Number of payloads kept in quarantine (default 100); the oldest are given up.
    pub max_quarantined: usize,
    /// How long a payload may wait or be withheld (default 365 days: a server takes no older ones). See [`Spool::expire`].
    pub max_age: Duration,
    /// Octets from which the journal of receipts and drops begins a new file (default 4 MiB: about 20,000 receipts,
    /// months of a busy client, and read in a moment). Two files are kept.
    pub max_journal: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        let max_age = Duration::from_secs(365 * 24 * 60 * 60);
        Self { max_bytes: 256 << 20, max_count: 10_000, max_quarantined: 100, max_age, max_journal: 4 << 20 }
    }
}

impl Spool {
    /// Drops what waited or was withheld longer than the limit, and what is withheld beyond the others, and gives it back. `now` is
    /// the client's clock, `elapsed` what passed since the last call by a clock that cannot be set. A client's clock that leaps ages
    /// nothing.
    ///
    /// # Errors
    /// As the disk says, when nothing could be dropped that should be; it stays then.
    pub fn expire(&mut self, now: Timestamp, elapsed: Duration) -> Result<Vec<Dropped>, SpoolError> {
        self.clock.follow(&*self.disk, now, elapsed);
        let max_age = self.limits.max_age;
        let old = |entry: &&Entry| self.clock.is_older(entry.id, max_age);
        let waited = self.pending.iter().filter(old).map(|entry| Dropped::waiting(*entry, DropReason::Age));
        let withheld = self.withheld.iter().filter(old);
        let withheld = withheld.map(|entry| Dropped::withheld(*entry, DropReason::Age));
        let mut dropped = Vec::new();
        let mut discard = |spool: &mut Self, all: Vec<Dropped>| {
            all.into_iter().try_for_each(|it| spool.discard(&it).map(|()| dropped.push(it)))
        };
        let all = waited.chain(withheld).collect();
        let done = discard(self, all).and_then(|()| {
            let beyond = self.withheld_beyond(self.pending.len(), self.bytes);
            discard(self, beyond)
        });
        // What was dropped is told of, whatever became of the rest: that goes the next time.
        if dropped.is_empty() { done.map(|()| dropped) } else { Ok(dropped) }
    }

    /// The journal first: a file that comes back after a crash is then known to be dropped and counted.
    pub(super) fn discard(&mut self, Dropped { entry, why, withheld }: &Dropped) -> Result<(), SpoolError> {
        self.make_journal_short()?;
        self.settled.dropped(entry.id, entry.class, *why)?;
        // What the journal tells of is removed at the next opening if not now.
        if *withheld {
            self.withheld.remove(entry);
            let _ = self.folders.give_up(&[*entry], Place::Withheld);
        } else {
            self.forget(entry);
            let _ = self.folders.remove(entry);
        }
        Ok(())
    }

    /// Which entries must go so that the new ones fit: what is withheld, then the oldest of the lowest class first, never a higher
    /// class than theirs.
    pub(super) fn make_room(
        &self,
        class_of_new: Class,
        new: &[(Entry, &[u8])],
    ) -> Result<Vec<Dropped>, SpoolError> {
        let limit = self.limits.max_bytes;
        if let Some((Entry { bytes, .. }, _)) = new.iter().find(|(entry, _)| entry.bytes > limit) {
            return Err(SpoolError::TooLarge { bytes: *bytes, limit });
        }
        let (mut count, mut bytes) = (self.pending.len() + new.len(), self.bytes + octets_of(new));
        let mut victims = self.withheld_beyond(count, bytes);
        for class in Class::ALL.iter().rev().take_while(|class| **class >= class_of_new) {
            for entry in self.pending.iter().filter(|entry| entry.class == *class) {
                if count <= self.limits.max_count && bytes <= self.limits.max_bytes {
                    return Ok(victims);
                }
                count -= 1;
                bytes -= entry.bytes;
                victims.push(Dropped::waiting(*entry, DropReason::Room));
            }
        }
        if count <= self.limits.max_count && bytes <= self.limits.max_bytes {
            Ok(victims)
        } else {
            Err(SpoolError::Full)
        }
    }

    /// What is withheld for which there is no room beside so much that waits: the oldest of the lowest class first.
    fn withheld_beyond(&self, waiting: usize, waiting_bytes: u64) -> Vec<Dropped> {
        let mut count = waiting + self.withheld.len();
        let mut bytes = waiting_bytes + self.withheld.iter().map(|entry| entry.bytes).sum::<u64>();
        let mut beyond = Vec::new();
        for class in Class::ALL.iter().rev() {
            for entry in self.withheld.iter().filter(|entry| entry.class == *class) {
                if count <= self.limits.max_count && bytes <= self.limits.max_bytes {
                    return beyond;
                }
                count -= 1;
                bytes -= entry.bytes;
                beyond.push(Dropped::withheld(*entry, DropReason::Room));
            }
        }
        beyond
    }
}

pub(super) fn octets_of(group: &[(Entry, &[u8])]) -> u64 {
    group.iter().map(|(entry, _)| entry.bytes).sum()
}

#[cfg(test)]
mod tests;
