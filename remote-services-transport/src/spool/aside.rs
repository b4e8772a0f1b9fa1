//! What was set aside: kept with its reason while there is room, or until a person says what is to become of it.

use super::files::{Folders, Place};
use super::settled::DropReason;
use super::{Entry, Recovery, Spool, SpoolError};
use std::collections::HashSet;
use std::path::Path;
use uuid::Uuid;

impl Spool {
    /// Sets a payload aside with one sentence why; it is not sent again. It counts in the bounds of the spool as before, and goes
    /// before anything that waits.
    ///
    /// # Errors
    /// [`SpoolError::Unknown`] when it is not there, else as the disk says.
    pub fn quarantine(&mut self, id: Uuid, why: &str) -> Result<(), SpoolError> {
        let entry = self.find(id).ok_or(SpoolError::Unknown(id))?;
        self.folders.set_aside(&[entry], Place::Quarantine, why)?;
        self.forget(&entry);
        self.quarantined.insert(entry);
        Ok(())
    }

    /// Sets all that waits and all that is in quarantine aside with one sentence why, since this client may not send it; it is
    /// never put back. It counts in the bounds of the spool, where it goes before anything that waits; else it stays until a person
    /// gives it up. Says how many these are.
    ///
    /// # Errors
    /// As the disk says; some may have been set aside then.
    pub fn withhold_all(&mut self, why: &str) -> Result<usize, SpoolError> {
        // What could not be kept, and nobody heard was safe, is this client's no more than the rest, and may be there after a crash.
        self.folders.sync_pending()?;
        let mut entries: Vec<Entry> = self.pending.iter().copied().collect();
        let known: HashSet<Uuid> = entries.iter().map(|entry| entry.id).collect();
        let left = self.folders.scan(&mut Recovery::default())?.into_iter();
        entries.extend(left.filter(|entry| !known.contains(&entry.id) && !self.settled.holds(entry.id)));
        if !entries.is_empty() {
            self.folders.set_aside(&entries, Place::Withheld, why)?;
            entries.iter().for_each(|entry| self.forget(entry));
        }
        let quarantined = self.folders.withhold_quarantined(why)?;
        self.quarantined.clear();
        self.withheld = self.there(Place::Withheld)?.into_iter().collect();
        Ok(entries.len() + quarantined)
    }

    /// What is in a place, oldest first, but for what was given up and the disk did not let go.
    fn there(&self, place: Place) -> Result<Vec<Entry>, SpoolError> {
        let mut entries = self.folders.aside(place)?;
        entries.retain(|entry| !self.settled.holds(entry.id));
        Ok(entries)
    }

    fn there_with_reasons(&self, place: Place) -> Result<Vec<(Entry, String)>, SpoolError> {
        let mut entries = self.folders.aside_with_reasons(place)?;
        entries.retain(|(entry, _)| !self.settled.holds(entry.id));
        Ok(entries)
    }

    /// What is in quarantine, oldest first, with the reasons.
    ///
    /// # Errors
    /// As the disk says.
    pub fn quarantined(&self) -> Result<Vec<(Entry, String)>, SpoolError> {
        self.there_with_reasons(Place::Quarantine)
    }

    /// What is withheld ([`Self::withhold_all`]), oldest first, with the reasons.
    ///
    /// # Errors
    /// As the disk says.
    pub fn withheld(&self) -> Result<Vec<(Entry, String)>, SpoolError> {
        self.there_with_reasons(Place::Withheld)
    }

    /// What is in quarantine of the spool in this folder, as [`Self::quarantined`] gives it, while another process may have it
    /// open. Nothing is changed. A folder without a spool has nothing.
    ///
    /// # Errors
    /// As the disk says.
    pub fn look_aside(folder: &Path) -> Result<Vec<(Entry, String)>, SpoolError> {
        Folders::look(folder).aside_with_reasons(Place::Quarantine)
    }

    /// What is withheld ([`Self::withhold_all`]) of the spool in this folder, in the same way.
    ///
    /// # Errors
    /// As the disk says.
    pub fn look_withheld(folder: &Path) -> Result<Vec<(Entry, String)>, SpoolError> {
        Folders::look(folder).aside_with_reasons(Place::Withheld)
    }

    /// Puts a payload that was set aside back among those that wait, in the place of its class and age.
    ///
    /// # Errors
    /// [`SpoolError::Unknown`] when it is not in quarantine, [`SpoolError::Withheld`] when this client may not send it,
    /// [`SpoolError::Damaged`] when its bytes are not those that were kept, [`SpoolError::Full`] when there is no room without dropping others, else as the disk says. It stays in quarantine then.
    pub fn retry(&mut self, id: Uuid) -> Result<(), SpoolError> {
        let (entry, place) = self.find_aside(id)?;
        if place == Place::Withheld {
            return Err(SpoolError::Withheld(id));
        }
        if self.pending.len() >= self.limits.max_count || self.bytes + entry.bytes > self.limits.max_bytes {
            return Err(SpoolError::Full);
        }
        // What was known of it counts no more, also after a restart.
        self.stuck.keep();
        self.folders.put_back(&entry)?;
        self.quarantined.remove(&entry);
        if self.pending.insert(entry) {
            self.bytes += entry.bytes;
        }
        Ok(())
    }

    /// Gives up a payload that was set aside; it counts as dropped ([`DropReason::Refused`]).
    ///
    /// # Errors
    /// [`SpoolError::Unknown`] when it is not in quarantine, else as the disk says.
    pub fn give_up(&mut self, id: Uuid) -> Result<(), SpoolError> {
        let (entry, place) = self.find_aside(id)?;
        self.make_journal_short()?;
        self.settled.dropped(entry.id, entry.class, DropReason::Refused)?;
        self.forget_aside(&entry, place);
        self.folders.give_up(&[entry], place)
    }

    pub(super) fn forget_aside(&mut self, entry: &Entry, place: Place) {
        match place {
            Place::Waiting => false,
            Place::Quarantine => self.quarantined.remove(entry),
            Place::Withheld => self.withheld.remove(entry),
        };
    }

    fn find_aside(&self, id: Uuid) -> Result<(Entry, Place), SpoolError> {
        for place in Place::ASIDE {
            let known = self.in_place(place).iter().find(|entry| entry.id == id);
            if let Some(entry) = known {
                return Ok((*entry, place));
            }
            // One whose way there was cut short.
            if let Some(entry) = self.there(place)?.into_iter().find(|entry| entry.id == id) {
                return Ok((entry, place));
            }
        }
        Err(SpoolError::Unknown(id))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sealed;
    use super::super::{Class, NotTaken, SealedPayload, SpoolLimits};
    use super::*;
    use std::fs;

    /// A spool in which these were set aside, one class after the other.
    fn with_aside(folder: &Path, limits: SpoolLimits, classes: &[Class]) -> Spool {
        let (mut spool, _) = Spool::open(folder, limits).unwrap();
        for (number, class) in (1..).zip(classes) {
            let id = Uuid::from_u128(number);
            spool.append(*class, id, SealedPayload::new(&sealed(b"report")).unwrap()).unwrap();
            spool.quarantine(id, &format!("reason {number}")).unwrap();
        }
        spool
    }

    fn waiting(spool: &Spool) -> Vec<u128> {
        spool.pending().map(|entry| entry.id.as_u128()).collect()
    }

    #[test]
    fn what_was_set_aside_can_be_seen_beside_the_process_that_has_the_spool() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Spool::look_aside(&folder.path().join("none")).unwrap(), []);
        let spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Meter, Class::Log]);
        let seen = Spool::look_aside(folder.path()).unwrap();
        assert_eq!(seen, spool.quarantined().unwrap());
        assert_eq!(seen.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>(), ["reason 1", "reason 2"]);
    }

    #[test]
    fn what_is_put_back_waits_in_its_place_and_can_be_set_aside_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Log, Class::Meter]);
        for id in [1, 2] {
            spool.retry(Uuid::from_u128(id)).unwrap();
        }
        assert_eq!(waiting(&spool), [2, 1]);
        assert_eq!((spool.report().quarantined, spool.report().dropped), (0, 0));
        assert_eq!(fs::read_dir(folder.path().join("quarantine")).unwrap().count(), 0, "reasons go, too");
        assert!(matches!(spool.retry(Uuid::from_u128(1)), Err(SpoolError::Unknown(_))));
        drop(spool);
        let (mut spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
        assert_eq!((waiting(&spool), spool.report().bytes), (vec![2, 1], 2 * sealed(b"report").len() as u64));
        spool.quarantine(Uuid::from_u128(1), "again").unwrap();
        assert_eq!(spool.quarantined().unwrap()[0].1, "again");
    }

    #[test]
    fn what_is_given_up_is_counted_once_and_never_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Report]);
        spool.give_up(Uuid::from_u128(1)).unwrap();
        assert_eq!((spool.report().quarantined, spool.report().dropped), (0, 1));
        for outcome in [spool.give_up(Uuid::from_u128(1)), spool.retry(Uuid::from_u128(1))] {
            assert!(matches!(outcome, Err(SpoolError::Unknown(_))));
        }
        drop(spool);
        let (spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
        let report = spool.report();
        assert_eq!((waiting(&spool).len(), report.quarantined, report.dropped), (0, 0, 1));
        assert_eq!(report.drops[0].why, "refused");
    }

    #[test]
    fn what_is_withheld_is_never_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let limits = SpoolLimits::default();
        let mut spool = with_aside(folder.path(), limits, &[Class::Meter]);
        for number in 2..=4 {
            let payload = sealed(b"report");
            let payload = SealedPayload::new(&payload).unwrap();
            spool.append(Class::Meter, Uuid::from_u128(number), payload).unwrap();
        }
        assert_eq!(spool.withhold_all("of another").unwrap(), 4);
        assert_eq!(spool.withhold_all("of a third").unwrap(), 0);
        assert_eq!(fs::read_dir(folder.path().join("quarantine")).unwrap().count(), 0, "nor its reason");
        drop(spool);
        let (mut spool, _) = Spool::open(folder.path(), limits).unwrap();
        let report = spool.report();
        assert_eq!((waiting(&spool).len(), report.bytes, report.quarantined, report.dropped), (0, 0, 4, 0));
        let withheld = Spool::look_withheld(folder.path()).unwrap();
        assert_eq!(withheld.iter().map(|(entry, _)| entry.id.as_u128()).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(withheld.iter().skip(1).all(|(_, why)| why == "of another"));
        assert_eq!(withheld[0].1, "reason 1; of another", "what the server refused before");
        assert!(matches!(spool.retry(Uuid::from_u128(1)), Err(SpoolError::Withheld(_))));
        assert!(matches!(spool.retry(Uuid::from_u128(2)), Err(SpoolError::Withheld(_))));
        spool.give_up(Uuid::from_u128(2)).unwrap();
        assert!(matches!(spool.give_up(Uuid::from_u128(2)), Err(SpoolError::Unknown(_))));
        assert_eq!((spool.report().quarantined, spool.report().dropped), (3, 1));
        assert_eq!(Spool::look_withheld(folder.path()).unwrap().len(), 3);
    }

    #[test]
    fn what_nobody_heard_was_kept_is_withheld_as_well_and_no_name_is_used_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Meter]);
        let payload = sealed(b"report");
        let payload = SealedPayload::new(&payload).unwrap();
        spool.append(Class::Log, Uuid::from_u128(2), payload).unwrap();
        // As if it had been named, and the disk had failed before that was safe.
        let pending = folder.path().join("pending");
        let file = fs::read_dir(&pending).unwrap().next().unwrap().unwrap().path();
        let left = file.to_str().unwrap().replace("000000000002", "000000000003");
        fs::copy(&file, &left).unwrap();
        assert_eq!(spool.withhold_all("of another").unwrap(), 3);
        assert_eq!(fs::read_dir(&pending).unwrap().count(), 0);
        for number in 1..=3 {
            let again = spool.append(Class::Log, Uuid::from_u128(number), payload);
            assert!(matches!(again, Err(SpoolError::NameTaken(_))), "{number}");
        }
        // One that comes back, as with a copy of the folder, is not sent.
        drop(spool);
        fs::write(&file, sealed(b"report")).unwrap();
        let (spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
        assert_eq!((waiting(&spool).len(), spool.withheld().unwrap().len()), (0, 3));
    }

    #[test]
    fn what_is_put_back_is_tried_as_if_it_had_never_failed_also_after_a_restart() {
        use remote_services_core::{backoff::Backoff, time::Timestamp};
        let folder = tempfile::tempdir().unwrap();
        let (mut spool, _) = Spool::open(folder.path(), SpoolLimits::default()).unwrap();
        let id = Uuid::from_u128(1);
        spool.append(Class::Log, id, SealedPayload::new(&sealed(b"report")).unwrap()).unwrap();
        let moment = (Timestamp::from_unix_seconds(0), 0);
        assert!(spool.not_taken(id, NotTaken::TooLarge, "no", moment, Backoff::PROTOCOL));
        spool.quarantine(id, "refused").unwrap();
        spool.retry(id).unwrap();
        assert_eq!(spool.failures(id), None);
        drop(spool);
        assert_eq!(Spool::open(folder.path(), SpoolLimits::default()).unwrap().0.failures(id), None);
    }

    #[test]
    fn nothing_is_put_back_that_is_damaged_or_would_drive_out_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Meter, Class::Meter]);
        let waits = Uuid::from_u128(9);
        spool.append(Class::Log, waits, SealedPayload::new(&sealed(b"log")).unwrap()).unwrap();
        spool.set_limits(SpoolLimits { max_count: 1, ..SpoolLimits::default() });
        assert!(matches!(spool.retry(Uuid::from_u128(1)), Err(SpoolError::Full)));
        assert_eq!((waiting(&spool), spool.report().quarantined), (vec![9], 2));
        spool.set_limits(SpoolLimits::default());
        let files = fs::read_dir(folder.path().join("quarantine")).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|it| it == "sealed")) {
            fs::write(file, b"other").unwrap();
        }
        assert!(matches!(spool.retry(Uuid::from_u128(1)), Err(SpoolError::Damaged(_))));
        assert_eq!((waiting(&spool), spool.report().quarantined), (vec![9], 2));
    }

    #[test]
    fn a_file_that_grew_is_damaged_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = with_aside(folder.path(), SpoolLimits::default(), &[Class::Meter]);
        let waits = Uuid::from_u128(2);
        spool.append(Class::Log, waits, SealedPayload::new(&sealed(b"log")).unwrap()).unwrap();
        for place in ["pending", "quarantine"] {
            let files = fs::read_dir(folder.path().join(place)).unwrap().map(|file| file.unwrap().path());
            for file in files.filter(|file| file.extension().is_some_and(|it| it == "sealed")) {
                fs::write(&file, [&fs::read(&file).unwrap()[..], b"more"].concat()).unwrap();
            }
        }
        assert!(matches!(spool.read(&spool.next().unwrap()), Err(SpoolError::Damaged(id)) if id == waits));
        assert!(matches!(spool.retry(Uuid::from_u128(1)), Err(SpoolError::Damaged(_))));
    }

    #[test]
    fn what_was_set_aside_and_cannot_be_looked_at_is_not_taken_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("quarantine"), b"a file").unwrap();
        assert!(matches!(Spool::look_aside(folder.path()), Err(SpoolError::Disk { .. })));
    }
}
