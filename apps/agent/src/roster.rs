//! The devices that this agent knows at its site, so that it need not search before each reading.
//!
//! ```text
//!  discovery ──▶ the devices found, each by its identity: where, with which credentials, what was read
//!      ▲                 │
//!      │ due, or doubt   ▼
//!      └───────── reading of what moves ──▶ a device silent for the first time, or another one at its address: doubt
//! ```
//!
//! A device that is not found again stays known and is asked at its last address, since it may only be switched off; but
//! it raises no doubt a second time.

use crate::survey::Candidate;
use remote_services_collect::discover::Evidence;
use remote_services_collect::plan::Baseline;
use remote_services_core::id::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// One device.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where it answered last.
    pub address: SocketAddr,
    /// Position of the credentials that it took.
    pub credential: usize,
    /// What discovery learnt.
    pub evidence: Evidence,
    /// What was read, where that serves the next reading.
    pub baseline: Option<Baseline>,
    /// Whether it was not found when it was last looked for.
    pub missing: bool,
}

/// All devices that are known, by identity.
#[derive(Debug, Default)]
pub struct Roster {
    known: BTreeMap<Uuid, Known>,
    discovered_at: Option<Instant>,
}

impl Roster {
    /// Whether it is time to search, which is to be done every so often.
    #[must_use]
    pub fn is_due(&self, every: Duration) -> bool {
        self.known.is_empty() || self.discovered_at.is_none_or(|at| at.elapsed() >= every)
    }

    /// Takes in a device that was read. It is nowhere else any more, and nobody else is where it is.
    pub fn put(&mut self, id: Uuid, device: Known) {
        self.known.retain(|other, known| *other == id || known.address != device.address);
        self.known.insert(id, device);
    }

    /// Notes that these were read after a search of everything, and others were not found.
    pub fn searched(&mut self, read: &BTreeSet<Uuid>) {
        self.discovered_at = Some(Instant::now());
        self.note_missing(read);
    }

    /// Notes that all were asked and these were read. Gives whether one of the others was there the last time.
    pub fn asked(&mut self, read: &BTreeSet<Uuid>) -> bool {
        self.note_missing(read)
    }

    fn note_missing(&mut self, read: &BTreeSet<Uuid>) -> bool {
        let mut news = false;
        for (id, known) in &mut self.known {
            let missing = !read.contains(id);
            news |= missing && !known.missing;
            known.missing = missing;
        }
        news
    }

    /// What is known of a device.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Known> {
        self.known.get(&id)
    }

    /// Who is at an address.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Option<Uuid> {
        self.known.iter().find(|(_, known)| known.address == address).map(|(id, _)| *id)
    }

    /// Notes that something was done to these: what was read before it does not serve the next reading.
    pub fn read_anew(&mut self, touched: &BTreeSet<Uuid>) {
        for (_, known) in self.known.iter_mut().filter(|(id, _)| touched.contains(id)) {
            known.baseline = None;
        }
    }

    /// The devices that were there when they were looked for the last time, where, and with which credentials.
    pub fn present(&self) -> impl Iterator<Item = (Uuid, SocketAddr, usize)> {
        let present = self.known.iter().filter(|(_, known)| !known.missing);
        present.map(|(id, known)| (*id, known.address, known.credential))
    }

    /// Whom to read.
    #[must_use]
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        self.known.values().map(candidate).collect()
    }
}

fn candidate(known: &Known) -> Candidate<'_> {
    let Known { address, credential, evidence, baseline, .. } = known;
    Candidate { address: *address, credential: *credential, evidence, baseline: baseline.as_ref() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_collect::ObjectStore;
    use remote_services_core::time::Timestamp;
    use remote_services_snmp::{Value, oid};

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn at(last: u8) -> Known {
        let address = SocketAddr::from(([192, 0, 2, last], 161));
        Known { address, credential: 0, evidence: Evidence::default(), baseline: None, missing: false }
    }

    #[test]
    fn a_device_that_moves_is_known_once_and_who_takes_its_address_takes_its_place() {
        let mut roster = Roster::default();
        assert!(roster.is_due(Duration::from_secs(60)));
        roster.put(id(1), at(1));
        roster.put(id(2), at(2));
        roster.put(id(1), at(7));
        assert_eq!((roster.at(at(1).address), roster.at(at(7).address)), (None, Some(id(1))));
        roster.put(id(3), at(2));
        assert!(roster.get(id(2)).is_none());
        assert_eq!(roster.candidates().len(), 2);
    }

    #[test]
    fn what_was_read_before_an_action_serves_no_reading_after_it() {
        let values = [(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(100))];
        let store = ObjectStore::from(BTreeMap::from(values));
        let baseline = Baseline::new(&store, Timestamp::from_unix_seconds(1));
        assert!(baseline.is_some());
        let mut roster = Roster::default();
        roster.put(id(1), Known { baseline: baseline.clone(), ..at(1) });
        roster.put(id(2), Known { baseline, ..at(2) });
        roster.read_anew(&BTreeSet::from([id(2)]));
        let whole: Vec<bool> = roster.candidates().iter().map(|known| known.baseline.is_none()).collect();
        assert_eq!(whole, [false, true]);
    }

    #[test]
    fn who_is_silent_is_doubted_once_and_asked_on() {
        let mut roster = Roster::default();
        roster.put(id(1), at(1));
        roster.put(id(2), at(2));
        roster.searched(&[id(1), id(2)].into());
        assert!(!roster.is_due(Duration::from_secs(60)));
        assert!(roster.is_due(Duration::ZERO));
        assert!(!roster.asked(&[id(1), id(2)].into()));
        assert!(roster.asked(&[id(1)].into()));
        assert!(!roster.asked(&[id(1)].into()));
        assert_eq!(roster.candidates().len(), 2);
        assert!(!roster.asked(&[id(1), id(2)].into()));
        assert!(roster.asked(&[id(2)].into()));
    }
}
