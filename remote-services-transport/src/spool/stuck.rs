//! Payloads that the server does not take, while it may take others: how often each failed, and until when it is left alone.
//!
//! ```text
//! waiting ── 3rd failure, or too large ─▶ stuck ── its wait is over, or another got through for the first time since ─▶ due, after the others
//!                                           ▲                                                     │
//!                                           └────────────── failed: a longer wait ◀───────────────┘
//! ```
//!
//! A payload over which the server was lost may have brought it down, or it is down for all. So the next try of such a one is for
//! after the server answered something else ([`Failures::is_in_doubt`]): then its losses are its own, and a server that is down
//! makes no payload stuck.
//!
//! What is stuck waits as all others do: it counts in the bounds of the spool, and is dropped for room and age as they are.
//! `FOLDER/stuck` keeps what is known of it, so that a restart does not begin with the same payload again. It is a help only: one that
//! cannot be written or read costs a few tries.

use super::{Disk, Entry, Spool};
use crate::upload::Concerns;
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Why a payload was not taken that waits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTaken {
    /// It was answered as one payload may be and another not.
    Answered,
    /// The server was lost while it had it.
    Lost,
    /// It is larger than what somebody between us and the server lets through.
    TooLarge,
}

impl NotTaken {
    /// What a failure that concerns this means for its payload; `None` when it says nothing about it.
    #[must_use]
    pub fn of(concerns: Concerns) -> Option<Self> {
        match concerns {
            Concerns::Server => None,
            Concerns::Payload => Some(Self::Answered),
            Concerns::Either => Some(Self::Lost),
        }
    }
}

/// What is known of one payload that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    count: u32,
    /// One sentence about the last.
    why: String,
    /// Whether another got through since it is stuck: then it is this one and not the server.
    alone: bool,
    /// Milliseconds of the client's clock.
    until: i64,
    /// Whether the server was lost over it the last time.
    #[serde(default)]
    lost: bool,
    /// Its octets, if they were too many the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    too_large: Option<u64>,
}

impl Failures {
    /// How often it was not taken.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// One sentence about the last time.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Whether others go before it.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.count >= PATIENCE
    }

    /// Whether it is stuck by itself: the server took another since, or is there for all else.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.is_stuck() && (self.alone || self.lost || self.too_large.is_some())
    }

    /// Whether the server was lost over it the last time: it is not sent again before the server answered something else.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.lost
    }

    /// How long it is left alone yet. A clock that was set back does not make that longer than it ever is.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Duration {
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
    /// How often in a row the server was asked for its directory in vain; not kept.
    #[cfg(feature = "client")]
    vain: u32,
}

impl Stuck {
    pub(super) fn open(disk: &Arc<dyn Disk>, folder: &Path, pending: &BTreeSet<Entry>) -> Self {
        let path = folder.join(NAME);
        let read = disk.read(&path, READ_LIMIT).ok().and_then(|octets| serde_json::from_slice(&octets).ok());
        let mut failed: BTreeMap<Uuid, Failures> = read.unwrap_or_default();
        let waiting: BTreeSet<Uuid> = pending.iter().map(|entry| entry.id).collect();
        failed.retain(|id, _| waiting.contains(id));
        Self {
            disk: Arc::clone(disk),
            path,
            failed,
            #[cfg(feature = "client")]
            vain: 0,
        }
    }

    /// The file goes on naming it until it is next written: nobody asks about what does not wait.
    pub(super) fn forget(&mut self, id: Uuid) {
        self.failed.remove(&id);
    }

    pub(super) fn keep(&self) {
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
    /// What is known of a payload that was not taken and waits; for who sends by other means than the drivers of this crate.
    #[must_use]
    pub fn failures(&self, id: Uuid) -> Option<&Failures> {
        self.stuck.failed.get(&id)
    }

    /// Notes whether the server answered, when it was asked for something else before a payload in doubt is sent again.
    #[cfg(feature = "client")]
    pub(crate) fn heard(&mut self, answered: bool) {
        self.stuck.vain = if answered { 0 } else { self.stuck.vain.saturating_add(1).min(VAIN) };
    }

    /// How often it was asked in vain, up to [`VAIN`]: then a payload is sent all the same, since who gives no directory may take
    /// payloads, and no answer would ever show it.
    #[cfg(feature = "client")]
    pub(crate) fn asked_in_vain(&self) -> u32 {
        self.stuck.vain
    }

    /// The size of the smallest payload that was too large, of those that wait.
    #[cfg(feature = "client")]
    pub(crate) fn least_too_large(&self) -> Option<u64> {
        self.stuck.failed.values().filter_map(|failures| failures.too_large).min()
    }

    /// Notes that a payload that waits was not taken, though others may be; says whether others go before it from now on.
    /// `pace` gives its waits, as if nothing but it had failed, and the moment is the time and a fresh random number.
    pub fn not_taken(
        &mut self,
        id: Uuid,
        how: NotTaken,
        why: &str,
        moment: (Timestamp, u64),
        pace: Backoff,
    ) -> bool {
        let ((now, random), mut pace) = (moment, pace);
        let Some(entry) = self.find(id) else { return false };
        let known = self.stuck.failed.get(&id);
        let count = known.map_or(0, |known| known.count).saturating_add(1);
        // No other try tells more about what is too large.
        let count = if how == NotTaken::TooLarge { count.max(PATIENCE) } else { count };
        let alone = known.is_some_and(|known| known.alone);
        pace.reset();
        // Waits do not grow beyond the cap, which is reached long before.
        let waits = (0..count.min(32)).map(|_| pace.next_wait(random, None));
        let wait = waits.last().unwrap_or_default().min(LONGEST);
        let until = now.plus(wait).unix_millis();
        let why = why.chars().take(LONGEST_WORDS).collect();
        let too_large = (how == NotTaken::TooLarge).then_some(entry.bytes);
        let failures = Failures { count, why, alone, until, lost: how == NotTaken::Lost, too_large };
        let is_stuck = failures.is_stuck();
        self.stuck.failed.insert(id, failures);
        self.stuck.keep();
        is_stuck
    }

    /// Notes that a payload got through: those that were stuck before the first such are tried again, since it may have been
    /// the server.
    pub fn got_through(&mut self, now: Timestamp) {
        let mut changed = false;
        for failures in self.stuck.failed.values_mut().filter(|it| it.is_stuck() && !it.alone) {
            (failures.alone, changed) = (true, true);
            // One that is too large is so whatever else gets through.
            if failures.too_large.is_none() {
                failures.until = now.unix_millis();
            }
        }
        if changed {
            self.stuck.keep();
        }
    }
}

/// After so many failures of a payload others go before it.
const PATIENCE: u32 = 3;
/// After so many questions in vain one payload is sent without an answer.
#[cfg(feature = "client")]
pub(crate) const VAIN: u32 = 2;
/// The longest wait of the protocol.
const LONGEST: Duration = Duration::from_secs(3600);
/// Characters of the server's word that are kept.
const LONGEST_WORDS: usize = 300;
const NAME: &str = "stuck";
/// Ten thousand payloads have less.
const READ_LIMIT: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::super::tests::{id, keep};
    use super::super::{Class, Place};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    /// A spool with one payload after the other, of one octet more each.
    fn with(disk: &Memory, payloads: u128) -> Spool {
        let mut spool = disk.spool();
        for number in 1..=payloads {
            keep(&mut spool, Class::Report, id(number), &vec![7; usize::try_from(number).unwrap()]).unwrap();
        }
        spool
    }

    fn fail(spool: &mut Spool, number: u128, how: NotTaken, seconds: i64) -> bool {
        spool.not_taken(id(number), how, "no", (at(seconds), 0), Backoff::PROTOCOL)
    }

    #[test]
    fn a_failure_says_of_its_payload_what_it_concerns() {
        let means = [Concerns::Server, Concerns::Payload, Concerns::Either].map(NotTaken::of);
        assert_eq!(means, [None, Some(NotTaken::Answered), Some(NotTaken::Lost)]);
    }

    #[test]
    fn the_third_failure_makes_a_payload_stuck_and_waits_grow() {
        let mut spool = with(&Memory::default(), 1);
        assert_eq!(spool.failures(id(1)), None);
        for (count, wait) in [(1, 5), (2, 10), (3, 20), (4, 40)] {
            assert_eq!(fail(&mut spool, 1, NotTaken::Answered, 100), count >= 3);
            let failures = spool.failures(id(1)).unwrap();
            assert_eq!((failures.count(), failures.why(), failures.is_stuck()), (count, "no", count >= 3));
            assert_eq!(failures.wait(at(100)), Duration::from_secs(wait));
            assert_eq!(failures.wait(at(102)), Duration::from_secs(wait - 2));
            assert_eq!((failures.wait(at(10_000)), failures.is_alone()), (Duration::ZERO, false));
        }
        assert!(!fail(&mut spool, 9, NotTaken::TooLarge, 100), "it does not wait here");
        assert_eq!(spool.failures(id(9)), None);
    }

    #[test]
    fn what_somebody_says_is_kept_in_part() {
        let mut spool = with(&Memory::default(), 1);
        spool.not_taken(id(1), NotTaken::Answered, &"é".repeat(301), (at(1), 0), Backoff::PROTOCOL);
        assert_eq!(spool.failures(id(1)).unwrap().why(), "é".repeat(300));
    }

    #[test]
    fn a_payload_over_which_the_server_was_lost_is_in_doubt_until_it_is_answered() {
        let mut spool = with(&Memory::default(), 1);
        for count in 1..=3 {
            fail(&mut spool, 1, NotTaken::Lost, 100);
            let failures = spool.failures(id(1)).unwrap();
            assert_eq!((failures.is_in_doubt(), failures.is_alone()), (true, count == 3));
        }
        fail(&mut spool, 1, NotTaken::Answered, 100);
        let failures = spool.failures(id(1)).unwrap();
        assert_eq!((failures.is_in_doubt(), failures.is_alone()), (false, false));
    }

    #[test]
    fn what_is_too_large_is_stuck_at_once_and_stays_so_whatever_gets_through() {
        let disk = Memory::default();
        let mut spool = with(&disk, 3);
        assert!(fail(&mut spool, 2, NotTaken::TooLarge, 100));
        let failures = spool.failures(id(2)).unwrap();
        assert_eq!((failures.count(), failures.is_alone(), failures.is_in_doubt()), (3, true, false));
        let wait = failures.wait(at(100));
        for _ in 0..3 {
            fail(&mut spool, 3, NotTaken::Answered, 100);
        }
        fail(&mut spool, 1, NotTaken::Answered, 100);
        spool.got_through(at(100));
        assert_eq!(spool.failures(id(2)).unwrap().wait(at(100)), wait);
        let others = [(3, true, 0), (1, false, 5)].map(|(number, alone, seconds)| {
            let failures = spool.failures(id(number)).unwrap();
            failures.is_alone() == alone && failures.wait(at(100)) == Duration::from_secs(seconds)
        });
        assert_eq!(others, [true, true], "what is stuck is due, and known to be so by itself");
        // Only the first that gets through brings forward what is stuck.
        fail(&mut spool, 3, NotTaken::Answered, 100);
        spool.got_through(at(100));
        assert_eq!(spool.failures(id(3)).unwrap().wait(at(100)), Duration::from_secs(40));
        assert!(disk.spool().failures(id(3)).unwrap().is_alone(), "also after a restart");
    }

    #[test]
    fn no_wait_is_longer_than_the_longest_whatever_the_clock_does() {
        let until = at(10_000).unix_millis();
        let failures =
            Failures { count: 3, why: String::new(), alone: false, until, lost: false, too_large: None };
        assert_eq!(failures.wait(at(10_000 - 3_600)), LONGEST);
        assert_eq!(failures.wait(at(10_000 - 3_601)), Duration::ZERO, "the clock was set back");
        assert_eq!(failures.wait(at(10_001)), Duration::ZERO);
    }

    #[test]
    fn what_is_known_outlasts_the_spool_for_what_waits() {
        let disk = Memory::default();
        let mut spool = with(&disk, 2);
        for number in [1, 2] {
            fail(&mut spool, number, NotTaken::TooLarge, 100);
        }
        let known = spool.failures(id(2)).cloned();
        spool.quarantine(id(1), "refused").unwrap();
        assert_eq!(spool.failures(id(1)), None);
        drop(spool);
        let spool = disk.spool();
        assert_eq!((spool.failures(id(1)), spool.failures(id(2)).cloned()), (None, known));
        assert_eq!(spool.in_place(Place::Quarantine).len(), 1);
    }

    #[test]
    #[cfg(feature = "client")]
    fn questions_in_vain_are_counted_as_far_as_they_matter_and_the_least_too_large_is_known() {
        let mut spool = with(&Memory::default(), 3);
        assert_eq!((spool.asked_in_vain(), spool.least_too_large()), (0, None));
        for vain in [1, VAIN, VAIN] {
            spool.heard(false);
            assert_eq!(spool.asked_in_vain(), vain);
        }
        spool.heard(true);
        assert_eq!(spool.asked_in_vain(), 0);
        for number in [3, 2] {
            fail(&mut spool, number, NotTaken::TooLarge, 100);
            let entry = spool.pending().find(|entry| entry.id == id(number)).copied().unwrap();
            assert_eq!(spool.least_too_large(), Some(entry.bytes));
        }
    }
}
