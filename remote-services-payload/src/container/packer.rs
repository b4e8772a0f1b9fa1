//! A long log as parts, on the sending side.

use remote_services_core::consent::Permit;
use remote_services_core::id::{Uuid, uuid_v7};
use remote_services_core::time::Timestamp;

use super::consent::{require_consent, require_consent_of_document};
use super::list::{LIST_KIND, LIST_NAME, ListedPart, PARTS_NAMESPACE, PartList};
use super::parts_error::PartsError;
use super::{Limits, PackError, pack_permitted, sha256_by};
use crate::archive::{EntrySource, ManifestHead, ManifestVersion, Part};
use crate::seal::{Certificate, Random, SealError, Signer};

/// Octets of the log in one part, where nothing speaks for another length: three buffers of this length are
/// little beside what a process takes anyway.
pub const PART_OCTETS: usize = (4 << 20) - (64 << 10);
/// Octets of the log in one part at most: with manifest, signature and certificates the sealed part stays
/// below 8 MiB even where nothing can be compressed.
pub const MAX_PART_OCTETS: usize = (8 << 20) - (64 << 10);

/// A log that goes out in parts. Its length must be known before: each part says how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Names the transfer: the parts and the list share it.
    pub transfer: Uuid,
    /// The client that sends.
    pub sender: String,
    /// The sender's count of archives: part 1 has this number, the list the last one.
    pub sequence: u64,
    /// Name of the redaction profile that the log went through.
    pub redaction: String,
    /// The device that the log is of.
    pub device: Option<String>,
    /// Kind of the data, as in the manifest's entries.
    pub kind: String,
    /// Name of the log, as in the manifest's entries.
    pub name: String,
    /// Octets of the log.
    pub length: u64,
}

/// Cuts a log into parts and seals each; holds one part in memory, whatever the length of the log.
///
/// Hand in octets as they come by [`Self::push`] until it gives no part any more, then [`Self::finish`].
pub struct Packer<'a> {
    head: LogHead,
    signer: Signer<'a>,
    recipients: &'a [Certificate],
    permits: &'a [Permit<'a>],
    limits: Limits,
    part_octets: usize,
    of: u32,
    taken: u64,
    buffer: Vec<u8>,
    sealed: Vec<ListedPart>,
}

/// One part, sealed: a container of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedPart {
    /// Which part of how many.
    pub part: Part,
    /// The container.
    pub octets: Vec<u8>,
}

impl<'a> Packer<'a> {
    /// A packer for parts of `part_octets` of the log each, at most [`MAX_PART_OCTETS`]. A kind that needs consent is
    /// sealed only with a permit among `permits` that covers it whenever a part is sealed.
    ///
    /// # Errors
    /// When parts of that size are not possible, or there would be more than [`Part::MOST`].
    pub fn new(
        head: LogHead,
        part_octets: usize,
        permits: &'a [Permit<'a>],
        signer: Signer<'a>,
        recipients: &'a [Certificate],
        limits: Limits,
    ) -> Result<Self, PartsError> {
        if !(1..=MAX_PART_OCTETS).contains(&part_octets) {
            return Err(PartsError::PartSize { octets: part_octets });
        }
        let needed = head.length.div_ceil(part_octets as u64).max(1);
        let of = u32::try_from(needed).ok().filter(|of| *of <= Part::MOST);
        let of = of.ok_or(PartsError::TooMany { needed })?;
        if recipients.is_empty() {
            return Err(PackError::from(SealError::NoRecipient).into());
        }
        let (taken, buffer, sealed) = (0, Vec::new(), Vec::new());
        Ok(Self { head, signer, recipients, permits, limits, part_octets, of, taken, buffer, sealed })
    }

    /// Goes on where an earlier run was: `sealed` are the parts from the first on, as they were sealed then. The next
    /// octets to hand in are those behind them, at [`Self::taken`].
    ///
    /// # Errors
    /// When these cannot be the first parts of this log.
    pub fn resume(mut self, sealed: Vec<ListedPart>) -> Result<Self, PartsError> {
        let fits = |(at, part): (usize, &ListedPart)| {
            let from = at as u64 * self.part_octets as u64;
            let left = self.head.length.checked_sub(from);
            left.is_some_and(|left| part.length == left.min(self.part_octets as u64))
        };
        if sealed.len() > self.of as usize || !sealed.iter().enumerate().all(fits) {
            return Err(PartsError::Resume { announced: self.head.length });
        }
        self.taken = sealed.iter().map(|part| part.length).sum();
        self.sealed = sealed;
        Ok(self)
    }

    /// Octets of the log that were taken so far.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How many parts there will be.
    #[must_use]
    pub fn parts(&self) -> u32 {
        self.of
    }

    /// Takes octets from the front of `octets`, and gives a part as soon as it is full or the log is complete.
    /// `None` when all octets were taken and more are needed.
    ///
    /// # Errors
    /// When there are more octets than the head announced, or the part cannot be packed.
    pub fn push(
        &mut self,
        octets: &mut &[u8],
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Option<SealedPart>, PartsError> {
        let left = self.head.length - self.taken;
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(self.part_octets - self.buffer.len());
        // A part may be full here and not sealed: sealing it failed, and this call tries again.
        if left == 0 && !octets.is_empty() {
            return Err(PartsError::Surplus { announced: self.head.length });
        }
        if self.buffer.capacity() == 0 {
            let part = usize::try_from(self.head.length).unwrap_or(usize::MAX).min(self.part_octets);
            self.buffer.reserve_exact(part);
        }
        let (now_taken, rest) = octets.split_at(room.min(octets.len()));
        self.buffer.extend_from_slice(now_taken);
        self.taken += now_taken.len() as u64;
        *octets = rest;
        let full = self.buffer.len() == self.part_octets || self.taken == self.head.length;
        if full && !self.complete() { self.seal(now, random).map(Some) } else { Ok(None) }
    }

    /// The closing list, a container of its own: part 1 of 1 of the same transfer.
    ///
    /// # Errors
    /// When the log is not complete, or the list cannot be packed.
    pub fn finish(mut self, now: Timestamp, random: &mut dyn Random) -> Result<FinishedLog, PartsError> {
        if self.taken != self.head.length {
            return Err(PartsError::Short { taken: self.taken, announced: self.head.length });
        }
        // A log without octets is one part without octets.
        let last = if self.complete() { None } else { Some(self.seal(now, random)?) };
        self.buffer = Vec::new();
        let list = PartList {
            kind: self.head.kind.clone(),
            name: self.head.name.clone(),
            length: self.head.length,
            parts: core::mem::take(&mut self.sealed),
        };
        let document = list.to_xml();
        let entry = EntrySource {
            name: LIST_NAME,
            kind: LIST_KIND,
            schema: Some(PARTS_NAMESPACE),
            octets: &document,
        };
        let sequence = self.head.sequence.saturating_add(self.of.into());
        let list = self.pack(entry, Part::WHOLE, sequence, now, random)?;
        Ok(FinishedLog { last, list })
    }

    fn complete(&self) -> bool {
        self.sealed.len() == self.of as usize
    }

    fn seal(&mut self, now: Timestamp, random: &mut dyn Random) -> Result<SealedPart, PartsError> {
        let at = self.sealed.len() as u64;
        let number = u32::try_from(at + 1).map_err(|_| PartsError::TooMany { needed: at + 1 })?;
        let part = Part { number, of: self.of };
        let (kind, name) = (&self.head.kind, &self.head.name);
        let entry = EntrySource { name, kind, schema: None, octets: &self.buffer };
        let octets = self.pack(entry, part, self.head.sequence.saturating_add(at), now, random)?;
        let sha256 = sha256_by(self.signer.provider, &octets);
        self.sealed.push(ListedPart { length: self.buffer.len() as u64, sha256 });
        self.buffer.clear();
        Ok(SealedPart { part, octets })
    }

    fn pack(
        &self,
        entry: EntrySource<'_>,
        part: Part,
        sequence: u64,
        now: Timestamp,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, PartsError> {
        let mut fresh = [0; 10];
        random.fill(&mut fresh).map_err(|error| PackError::from(SealError::from(error)))?;
        let head = ManifestHead {
            version: ManifestVersion::V1_0,
            payload: uuid_v7(now, fresh),
            transfer: self.head.transfer,
            sender: self.head.sender.clone(),
            recipients: Vec::new(),
            sequence,
            part,
            created_at: now,
            redaction: self.head.redaction.clone(),
            device: self.head.device.clone(),
        };
        // The list tells of the log, so it goes under the log's consent.
        require_consent(&head, &self.head.kind, self.permits).map_err(PackError::from)?;
        require_consent_of_document(&head, &entry, self.permits).map_err(PackError::from)?;
        Ok(pack_permitted(head, &[entry], &self.signer, self.recipients, &self.limits, random)?)
    }
}

/// What closes a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishedLog {
    /// The one part of a log without octets; `None` for every other.
    pub last: Option<SealedPart>,
    /// The list of parts, sealed: a container of its own.
    pub list: Vec<u8>,
}
