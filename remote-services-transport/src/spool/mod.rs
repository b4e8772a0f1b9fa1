//! Sealed payloads on their way out, in a folder that survives crashes.
//!
//! ```text
//! FOLDER/lock                                  held while a spool is open: one process at a time
//! FOLDER/pending/CLASS-UUID7-SHA256.sealed     waits; the name orders by class, then by time
//! FOLDER/pending/*.tmp                         being written; removed at the next opening
//! FOLDER/quarantine/….sealed and ….why         refused by the server or damaged, with one sentence: kept while there is room
//! FOLDER/withheld/….sealed and ….why           this client may not send it: kept while there is room, or until a person gives it up
//! FOLDER/receipts.log, receipts.old            one JSON receipt or drop a line; the older half is given up first
//! FOLDER/stuck                                 payloads that the server does not take while it takes others: see `stuck`
//! FOLDER/ages                                  how long each payload has waited, whatever clocks show: see `age`
//! ```
//!
//! Append: write `….tmp`, fsync, rename, fsync the folder. Only then does the caller hear that it is safe. A group: all are
//! written and synced, several at a time; then all are renamed; then the folder is synced once. A crash amid a group may
//! leave any of them, each whole; nobody heard that they were safe.
//! Done: append the receipt, fsync, remove the file. A crash in between leaves a file that has a receipt;
//! it is removed at the next opening. A crash before the receipt leads to sending it again under the same name, and
//! the server answers 200: nothing lost, nothing twice.
//!
//! A full spool drops the oldest payload of the lowest class and says so; so does age. It never drops something more
//! important for something less important, and what was set aside goes before anything that waits. A drop is in the journal before the file goes, so that it is counted once
//! whatever happens. Only encrypted payloads belong here, which [`SealedPayload`] sees to.

mod age;
mod aside;
mod bounds;
mod disk;
mod entry;
mod error;
mod files;
mod sealed;
mod settled;
mod stuck;

pub use bounds::SpoolLimits;
pub use disk::{Disk, Lock, OsDisk};
pub use entry::{Class, Entry};
pub use error::SpoolError;
pub use files::Place;
pub use sealed::{NotSealed, SealedPayload};
pub use settled::{DropReason, Dropped, Drops};
#[cfg(feature = "client")]
pub(crate) use stuck::VAIN;
pub use stuck::{Failures, NotTaken};

use crate::document::{ContentDigest, DropCount, Receipt, SpoolReport};
use age::Ages;
use bounds::octets_of;
use files::Folders;
use remote_services_core::time::Timestamp;
use settled::Settled;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use stuck::Stuck;
use uuid::Uuid;

/// A spool, open. See the module's page.
#[derive(Debug)]
pub struct Spool {
    disk: Arc<dyn Disk>,
    folders: Folders,
    limits: SpoolLimits,
    /// In the order in which they are to be sent. Every entry is one file in `pending/`.
    pending: BTreeSet<Entry>,
    /// The sum of the sizes in `pending`.
    bytes: u64,
    settled: Settled,
    stuck: Stuck,
    ages: Ages,
    /// Every entry is one file in `quarantine/`.
    quarantined: BTreeSet<Entry>,
    /// Every entry is one file in `withheld/`.
    withheld: BTreeSet<Entry>,
    _lock: HeldLock,
}

/// Released with the spool.
struct HeldLock(#[allow(dead_code, reason = "held, not used")] Lock);

impl std::fmt::Debug for HeldLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("held")
    }
}

/// What was put right when a spool was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Half-written payloads that were removed; their makers never heard that they were safe.
    pub unfinished: usize,
    /// Payloads that the server already has, or that had been dropped: a crash had undone their removal.
    pub already_stored: usize,
    /// Files that are not of the spool's making; they stay and are not touched.
    pub foreign: usize,
    /// The name of the first of them.
    pub first_foreign: Option<String>,
    /// Files larger than all that the spool may hold; they were set aside unread.
    pub oversized: usize,
    /// Whether the last receipt was torn and was cut off; its payload is sent again.
    pub torn_receipt: bool,
}

impl Spool {
    /// Opens the spool in a folder, making it if needed, and puts right what a crash left.
    ///
    /// # Errors
    /// [`SpoolError::Locked`] when another process has it open; else as the disk says.
    pub fn open(folder: &Path, limits: SpoolLimits) -> Result<(Self, Recovery), SpoolError> {
        Self::open_on(Arc::new(OsDisk), folder, limits)
    }

    /// As [`Self::open`], on another file system than that of the operating system.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        limits: SpoolLimits,
    ) -> Result<(Self, Recovery), SpoolError> {
        let (folders, lock) = Folders::open(&disk, folder)?;
        let (settled, torn_receipt) = Settled::open(&disk, folder)?;
        let mut recovery = Recovery { torn_receipt, ..Recovery::default() };
        let mut pending = folders.scan(&mut recovery)?;
        pending.retain(|entry| {
            let over = settled.holds(entry.id);
            if over && folders.remove(entry).is_ok() {
                recovery.already_stored += 1;
            }
            !over
        });
        // Nothing that this spool kept is larger than all of it: it would be read for nothing and take the room of the others.
        let oversized: Vec<Entry> =
            pending.iter().filter(|entry| entry.bytes > limits.max_bytes).copied().collect();
        for entry in oversized {
            let why = "larger than all that the spool may hold";
            if folders.set_aside(&[entry], Place::Quarantine, why).is_ok() {
                recovery.oversized += 1;
            }
            pending.remove(&entry);
        }
        // What was given up is told of before it goes, and comes back where a crash was in between.
        let aside = |place| -> Result<BTreeSet<Entry>, SpoolError> {
            let (over, kept): (Vec<Entry>, Vec<Entry>) =
                folders.aside(place)?.into_iter().partition(|entry| settled.holds(entry.id));
            let given_up = folders.give_up(&over, place).is_ok();
            folders.sweep(place);
            let left = if given_up { Vec::new() } else { over };
            Ok(kept.into_iter().chain(left).collect())
        };
        let (quarantined, mut withheld) = (aside(Place::Quarantine)?, aside(Place::Withheld)?);
        // No crash leaves these, but a copy of the folder that was put back may: what is withheld under a name is not sent under it.
        let names: HashSet<Uuid> = withheld.iter().map(|entry| entry.id).collect();
        let doubled: Vec<Entry> = pending.iter().filter(|entry| names.contains(&entry.id)).copied().collect();
        for entry in doubled {
            pending.remove(&entry);
            if folders.set_aside(&[entry], Place::Withheld, "another of its name is withheld").is_ok() {
                withheld.insert(entry);
            }
        }
        let bytes = pending.iter().map(|entry| entry.bytes).sum();
        let stuck = Stuck::open(&disk, folder, &pending);
        let there = pending.iter().chain(&quarantined).chain(&withheld).map(|entry| entry.id);
        let ages = Ages::open(&*disk, folder, there);
        let spool = Self {
            disk,
            folders,
            limits,
            pending,
            bytes,
            settled,
            stuck,
            ages,
            quarantined,
            withheld,
            _lock: HeldLock(lock),
        };
        Ok((spool, recovery))
    }

    /// Sets other limits. What waits beyond them goes when room is made for the next payload, or when it is asked for its age;
    /// what was set aside beyond them, at the next of both.
    pub fn set_limits(&mut self, limits: SpoolLimits) {
        self.limits = limits;
    }

    /// Keeps a sealed payload durably, and gives back what had to be dropped for it.
    ///
    /// `id` is the upload's name (UUIDv7) for good. Keeping the same bytes again under the same name is fine.
    ///
    /// # Errors
    /// [`SpoolError::DiskFull`], [`SpoolError::Full`] when all that waits is more important, and others; the
    /// payload is then not kept.
    pub fn append(
        &mut self,
        class: Class,
        id: Uuid,
        sealed: SealedPayload<'_>,
    ) -> Result<Vec<Dropped>, SpoolError> {
        self.append_all(class, &[(id, sealed)])
    }

    /// As [`Self::append`] with many payloads of one class, which takes much less time than one after the other. What was set aside
    /// and then what waits already make room for the group, none of its own does.
    ///
    /// # Errors
    /// As [`Self::append`]; none of them is then kept, but those that were kept before under their names.
    pub fn append_all(
        &mut self,
        class: Class,
        payloads: &[(Uuid, SealedPayload<'_>)],
    ) -> Result<Vec<Dropped>, SpoolError> {
        let mut group: Vec<(Entry, &[u8])> = Vec::with_capacity(payloads.len());
        for (id, sealed) in payloads {
            let (id, sealed) = (*id, sealed.octets());
            let entry = Entry { class, id, digest: ContentDigest::of(sealed), bytes: sealed.len() as u64 };
            let in_group = || group.iter().map(|(entry, _)| *entry).find(|entry| entry.id == id);
            match self.find(id).or_else(in_group) {
                Some(known) if known.digest == entry.digest => {}
                None if !self.settled.holds(id) && !self.is_aside(id) => group.push((entry, sealed)),
                _ => return Err(SpoolError::NameTaken(id)),
            }
        }
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let victims = self.make_room(class, &group)?;
        self.folders.add_all(&group)?;
        self.bytes += octets_of(&group);
        self.pending.extend(group.iter().map(|(entry, _)| *entry));
        // One that cannot be dropped stays and is sent: the new ones are safe all the same.
        Ok(victims.into_iter().filter(|victim| self.discard(victim).is_ok()).collect())
    }

    fn make_journal_short(&mut self) -> Result<(), SpoolError> {
        if self.settled.length() >= self.limits.max_journal {
            // Removals need no sync of their own as long as the journal tells of them; the old ones go now.
            self.folders.sync_pending()?;
            self.settled.rotate()?;
        }
        Ok(())
    }

    /// The payload to send next: the most important class, the oldest of it.
    #[must_use]
    pub fn next(&self) -> Option<Entry> {
        self.pending.first().copied()
    }

    /// All that waits, in the order in which it is to be sent.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.pending.iter()
    }

    /// The bytes of a payload, checked against the digest that was taken when it was kept.
    ///
    /// # Errors
    /// [`SpoolError::Damaged`] when the disk gives back other bytes; quarantine it then.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, SpoolError> {
        self.folders.read(entry)
    }

    /// Notes the server's receipt durably and lets go of the payload.
    ///
    /// # Errors
    /// As the disk says; the payload then stays and will be sent again.
    pub fn done(&mut self, receipt: &Receipt) -> Result<(), SpoolError> {
        self.make_journal_short()?;
        let entry = self.find(receipt.upload);
        match self.settled.stored(receipt) {
            Err(SpoolError::DiskFull(_)) if entry.is_some() => {
                // The server has it, so the payload may go first; that makes room for the receipt.
                self.let_go(entry)?;
                self.settled.stored(receipt)
            }
            Ok(()) => self.let_go(entry),
            Err(error) => Err(error),
        }
    }

    /// The receipts that are still kept, oldest first.
    ///
    /// # Errors
    /// As the disk says.
    pub fn receipts(&self) -> Result<Vec<Receipt>, SpoolError> {
        self.settled.receipts()
    }

    /// Depth and age, for the client's description of itself.
    #[must_use]
    pub fn report(&self) -> SpoolReport {
        let oldest = self
            .pending
            .iter()
            .filter_map(|entry| entry.id.get_timestamp())
            .min_by_key(uuid::Timestamp::to_unix);
        SpoolReport {
            depth: self.pending.len() as u64,
            bytes: self.bytes,
            quarantined: (self.quarantined.len() + self.withheld.len()) as u64,
            dropped: self.settled.drops().values().copied().fold(0, u64::saturating_add),
            drops: self
                .settled
                .drops()
                .iter()
                .map(|((class, why), count)| DropCount {
                    class: class.label().to_owned(),
                    why: why.label().to_owned(),
                    count: *count,
                })
                .collect(),
            oldest: oldest.map(|time| {
                Timestamp::from_unix_seconds(i64::try_from(time.to_unix().0).unwrap_or(i64::MAX))
            }),
        }
    }

    fn find(&self, id: Uuid) -> Option<Entry> {
        self.pending.iter().find(|entry| entry.id == id).copied()
    }

    fn is_aside(&self, id: Uuid) -> bool {
        Place::ASIDE.iter().any(|place| self.in_place(*place).iter().any(|entry| entry.id == id))
    }

    fn in_place(&self, place: Place) -> &BTreeSet<Entry> {
        match place {
            Place::Waiting => &self.pending,
            Place::Quarantine => &self.quarantined,
            Place::Withheld => &self.withheld,
        }
    }

    fn let_go(&mut self, entry: Option<Entry>) -> Result<(), SpoolError> {
        if let Some(entry) = entry {
            self.folders.remove(&entry)?;
            self.forget(&entry);
        }
        Ok(())
    }

    fn forget(&mut self, entry: &Entry) {
        if self.pending.remove(entry) {
            self.stuck.forget(entry.id);
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
pub(crate) mod tests;
