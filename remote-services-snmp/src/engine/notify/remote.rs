//! The engines of those who send traps: their clocks, and our users' keys for each.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::engine::{EngineRecord, Instant};
use crate::usm::{EngineId, LocalizedUser, RemoteClock};

/// Engines that have proven a key, or were made known.
pub(super) struct Engines {
    known: BTreeMap<EngineId, Remote>,
    limit: usize,
    learn: bool,
}

/// One of them.
#[derive(Default)]
pub(super) struct Remote {
    pub(super) clock: RemoteClock,
    /// By user name. Only users that have proven their key here: never more than the receiver knows.
    pub(super) users: BTreeMap<Vec<u8>, LocalizedUser>,
}

impl Engines {
    pub(super) fn new(limit: usize, learn: bool) -> Self {
        Self { known: BTreeMap::new(), limit, learn }
    }

    pub(super) fn get_mut(&mut self, engine_id: &EngineId) -> Option<&mut Remote> {
        self.known.get_mut(engine_id)
    }

    /// Whether one not met before may be learnt, once it has proven a key.
    pub(super) fn may_learn(&self) -> bool {
        self.learn && self.known.len() < self.limit
    }

    pub(super) fn learn(&mut self, engine_id: EngineId, remote: Remote) {
        self.known.insert(engine_id, remote);
    }

    pub(super) fn restore(&mut self, now: Instant, record: &EngineRecord) -> bool {
        if self.known.len() >= self.limit && !self.known.contains_key(&record.engine_id) {
            return false;
        }
        let clock = record
            .time
            .map_or_else(RemoteClock::default, |time| RemoteClock::restored(time, now.since_start()));
        self.known.entry(record.engine_id).or_default().clock = clock;
        true
    }

    pub(super) fn records(&self, now: Instant) -> impl Iterator<Item = EngineRecord> + '_ {
        self.known.iter().map(move |(engine_id, remote)| EngineRecord {
            engine_id: *engine_id,
            time: remote.clock.at(now.since_start()),
        })
    }
}
