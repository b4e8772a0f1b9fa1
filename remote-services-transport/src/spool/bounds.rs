//! How much a spool may hold, and what goes when it is more.
//!
//! What was set aside counts beside what waits, and goes first, what is withheld before what is in quarantine: nothing that is to be
//! sent is dropped or refused for what is not.

use super::{Class, DropReason, Dropped, Entry, Place, Spool, SpoolError};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// How much a spool may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpoolLimits {
    /// Octets of all payloads that wait or were set aside (default 256 MiB).
    pub max_bytes: u64,
    /// Number of payloads that wait or were set aside (default 10,000: a folder listing stays cheap).
    pub max_count: usize,
    /// How long a payload may wait or be set aside (default 365 days: a server takes no older ones). See [`Spool::expire`].
    pub max_age: Duration,
    /// Octets from which the journal of receipts and drops begins a new file (default 4 MiB: about 20,000 receipts,
    /// months of a busy client, and read in a moment). Two files are kept.
    pub max_journal: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        let max_age = Duration::from_secs(365 * 24 * 60 * 60);
        Self { max_bytes: 256 << 20, max_count: 10_000, max_age, max_journal: 4 << 20 }
    }
}

impl Spool {
    /// Drops what waited or was set aside longer than the limit, and what was set aside beyond the others, and gives it back.
    ///
    /// `elapsed` is what passed since the last call, or since the opening, by a clock that cannot be set, such as
    /// [`Instant`](std::time::Instant). `time` is the real time where somebody vouches for it, read after that call: a client gives
    /// it where its clock and the server's agree to the hour, and nothing where they do not, or it knows of no other clock. Without it
    /// all grows old as well, but only while the spool is open. What the client's own clock shows, and showed when a payload was named, makes
    /// nothing older; whatever happens to it, nothing is dropped for its age that has not waited so long.
    ///
    /// # Errors
    /// As the disk says, when nothing could be dropped that should be; it stays then.
    pub fn expire(&mut self, time: Option<Timestamp>, elapsed: Duration) -> Result<Vec<Dropped>, SpoolError> {
        let there = self.pending.iter().chain(&self.quarantined).chain(&self.withheld);
        self.ages.pass(&*self.disk, (time, elapsed), there.map(|entry| entry.id));
        let max_age = self.limits.max_age;
        let old = |place| {
            let old = self.in_place(place).iter().filter(|entry| self.ages.is_older(entry.id, max_age));
            old.map(move |entry| Dropped { entry: *entry, why: DropReason::Age, place })
        };
        let all = old(Place::Waiting).chain(Place::ASIDE.into_iter().flat_map(old)).collect();
        let mut dropped = Vec::new();
        let mut discard = |spool: &mut Self, all: Vec<Dropped>| {
            all.into_iter().try_for_each(|it| spool.discard(&it).map(|()| dropped.push(it)))
        };
        let done = discard(self, all).and_then(|()| {
            let beyond = self.aside_beyond(self.pending.len(), self.bytes);
            discard(self, beyond)
        });
        // What was dropped is told of, whatever became of the rest: that goes the next time.
        if dropped.is_empty() { done.map(|()| dropped) } else { Ok(dropped) }
    }

    /// The journal first: a file that comes back after a crash is then known to be dropped and counted.
    pub(super) fn discard(&mut self, Dropped { entry, why, place }: &Dropped) -> Result<(), SpoolError> {
        self.make_journal_short()?;
        self.settled.dropped(entry.id, entry.class, *why)?;
        // What the journal tells of is removed at the next opening if not now.
        if *place == Place::Waiting {
            self.forget(entry);
            let _ = self.folders.remove(entry);
        } else {
            self.forget_aside(entry, *place);
            let _ = self.folders.give_up(&[*entry], *place);
        }
        Ok(())
    }

    /// Which entries must go so that the new ones fit: what was set aside, then the oldest of the lowest class first, never a higher
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
        let mut victims = self.aside_beyond(count, bytes);
        for class in Class::ALL.iter().rev().take_while(|class| **class >= class_of_new) {
            for entry in self.pending.iter().filter(|entry| entry.class == *class) {
                if count <= self.limits.max_count && bytes <= self.limits.max_bytes {
                    return Ok(victims);
                }
                count -= 1;
                bytes -= entry.bytes;
                victims.push(Dropped { entry: *entry, why: DropReason::Room, place: Place::Waiting });
            }
        }
        if count <= self.limits.max_count && bytes <= self.limits.max_bytes {
            Ok(victims)
        } else {
            Err(SpoolError::Full)
        }
    }

    /// What was set aside for which there is no room beside so much that waits: what is withheld, then what is in quarantine, the
    /// oldest of the lowest class first. What is larger than all of the spool is in nobody's place, and goes before.
    fn aside_beyond(&self, waiting: usize, waiting_bytes: u64) -> Vec<Dropped> {
        let limits = &self.limits;
        let in_order = |place| {
            let of_class = move |class: &Class| {
                let class = *class;
                self.in_place(place).iter().filter(move |entry| entry.class == class)
            };
            Class::ALL.iter().rev().flat_map(of_class).map(move |entry| (*entry, place))
        };
        let (huge, others): (Vec<_>, Vec<_>) = Place::ASIDE
            .into_iter()
            .flat_map(in_order)
            .partition(|(entry, _)| entry.bytes > limits.max_bytes);
        let mut count = waiting + huge.len() + others.len();
        let octets = huge.iter().chain(&others).map(|(entry, _)| entry.bytes);
        let mut bytes = octets.fold(waiting_bytes, u64::saturating_add);
        let mut beyond = Vec::new();
        for (entry, place) in huge.into_iter().chain(others) {
            if count <= limits.max_count && bytes <= limits.max_bytes {
                break;
            }
            count -= 1;
            bytes = bytes.saturating_sub(entry.bytes);
            beyond.push(Dropped { entry, why: DropReason::Room, place });
        }
        beyond
    }
}

pub(super) fn octets_of(group: &[(Entry, &[u8])]) -> u64 {
    group.iter().map(|(entry, _)| entry.bytes).sum()
}

#[cfg(test)]
mod tests;
