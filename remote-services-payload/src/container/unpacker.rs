//! A long log from its parts, on the receiving side.

use std::collections::BTreeMap;

use super::list::{LIST_KIND, LIST_NAME, ListedPart, PARTS_NAMESPACE, PartList};
use super::parts_error::PartsError;
use super::{Limits, Origin, SignerBinding, UnpackError, Unpacked, sha256_by};
use crate::archive::{ManifestHead, Part};
use crate::seal::{Recipient, Trust};
use remote_services_core::id::Uuid;

/// What the receiver knows before it opens the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedLog {
    /// The client that sent it.
    pub sender: String,
    /// How the signer's certificate is bound to `sender`.
    pub binding: SignerBinding,
    /// The transfer.
    pub transfer: Uuid,
}

/// Opens parts in whatever order they come, and at last the list; remembers of each its length and digest
/// only, whatever the length of the log.
///
/// What a part holds may be used when [`Self::part`] gave it out: who sent it and which part it is was checked.
/// Whether it is all of the log only [`Self::finish`] says.
pub struct Unpacker<'a> {
    expected: ExpectedLog,
    recipient: Recipient<'a>,
    trust: &'a Trust,
    limits: Limits,
    /// Known from the first part on.
    progress: Option<Progress>,
}

/// What came so far: to be kept by whoever wants to go on later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many parts there are.
    pub of: u32,
    /// Kind of the data.
    pub kind: String,
    /// Name of the log.
    pub name: String,
    /// The parts that were taken, by number.
    pub parts: BTreeMap<u32, ListedPart>,
}

/// The octets of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Which part of how many.
    pub part: Part,
    /// Octets of the log.
    pub octets: Vec<u8>,
    /// The sender's count of archives.
    pub sequence: u64,
}

impl<'a> Unpacker<'a> {
    /// An unpacker that has seen nothing yet.
    #[must_use]
    pub fn new(expected: ExpectedLog, recipient: Recipient<'a>, trust: &'a Trust, limits: Limits) -> Self {
        Self { expected, recipient, trust, limits, progress: None }
    }

    /// Goes on where an earlier run was: what it took need not come again.
    #[must_use]
    pub fn resume(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What came so far; `None` before the first part.
    #[must_use]
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Opens one part, called `number` by whoever delivers it.
    ///
    /// # Errors
    /// [`PartsError`] says what does not hold; the part may then be delivered again.
    pub fn part(&mut self, number: u32, sealed: Vec<u8>) -> Result<LogPart, PartsError> {
        if self.accepted(number).is_some() {
            return Err(PartsError::Twice { number });
        }
        let refused = |error: UnpackError| PartsError::Part { number, error: Box::new(error) };
        let sha256 = sha256_by(self.trust.crypto(), &sealed);
        let unpacked = self.open(sealed).map_err(refused)?;
        let archive = unpacked.archive().map_err(|error| refused(error.into()))?;
        let ManifestHead { part, sequence, .. } = archive.manifest().head;
        if part.number != number {
            let expected = Part { number, of: part.of };
            return Err(refused(UnpackError::Part { found: part, expected }));
        }
        let [entry] = archive.manifest().entries.as_slice() else { return Err(PartsError::Entry { number }) };
        match &self.progress {
            Some(log) if log.of != part.of => {
                return Err(PartsError::Count { number, found: part.of, expected: log.of });
            }
            Some(log) if (&log.kind, &log.name) != (&entry.kind, &entry.name) => {
                return Err(PartsError::Entry { number });
            }
            _ if entry.kind == LIST_KIND => return Err(PartsError::Entry { number }),
            _ => {}
        }
        self.check_length(part, entry.size)?;
        let octets = archive.read(&entry.name).map_err(|error| refused(error.into()))?;
        let progress = self.progress.get_or_insert_with(|| Progress {
            of: part.of,
            kind: entry.kind.clone(),
            name: entry.name.clone(),
            parts: BTreeMap::new(),
        });
        progress.parts.insert(number, ListedPart { length: octets.len() as u64, sha256 });
        Ok(LogPart { part, octets, sequence })
    }

    /// The numbers of the parts that did not come yet; all of one when nothing came.
    pub fn missing(&self) -> impl Iterator<Item = u32> {
        let of = self.progress.as_ref().map_or(1, |log| log.of);
        (1..=of).filter(|number| self.accepted(*number).is_none())
    }

    /// Where a part stands in the log, in octets; `None` as long as no part before the last came.
    #[must_use]
    pub fn offset(&self, number: u32) -> Option<u64> {
        match number.checked_sub(1)? {
            0 => Some(0),
            before => self.usual_length().map(|length| length * u64::from(before)),
        }
    }

    /// Opens the list and compares it with the parts that came.
    ///
    /// # Errors
    /// [`PartsError`] says what does not hold.
    pub fn finish(&self, sealed_list: Vec<u8>) -> Result<PartList, PartsError> {
        let list = self.list(sealed_list)?;
        if let Some(log) = &self.progress {
            if list.parts.len() != log.of as usize {
                return Err(PartsError::ListedCount { listed: list.parts.len(), expected: log.of });
            }
            if (&list.kind, &list.name) != (&log.kind, &log.name) {
                return Err(PartsError::ListedLog);
            }
        }
        for (number, listed) in (1_u32..).zip(&list.parts) {
            match self.accepted(number) {
                None => return Err(PartsError::Missing { number }),
                Some(accepted) if accepted != listed => return Err(PartsError::Changed { number }),
                Some(_) => {}
            }
        }
        Ok(list)
    }

    /// Opens the list alone, e.g. to see which parts to ask for.
    ///
    /// # Errors
    /// As [`Self::finish`], for the list itself.
    pub fn list(&self, sealed_list: Vec<u8>) -> Result<PartList, PartsError> {
        let refused = |error: UnpackError| PartsError::Closing(Box::new(error));
        let unpacked = self.open(sealed_list).map_err(refused)?;
        let archive = unpacked.archive().map_err(|error| refused(error.into()))?;
        let manifest = archive.manifest();
        let is_list = match manifest.entries.as_slice() {
            [entry] => {
                entry.name == LIST_NAME
                    && entry.kind == LIST_KIND
                    && entry.schema.as_deref() == Some(PARTS_NAMESPACE)
            }
            _ => false,
        };
        if !is_list || manifest.head.part != Part::WHOLE {
            return Err(PartsError::NoList);
        }
        PartList::from_xml(&archive.read(LIST_NAME).map_err(|error| refused(error.into()))?)
    }

    fn open(&self, sealed: Vec<u8>) -> Result<Unpacked, UnpackError> {
        let ExpectedLog { sender, binding, transfer } = &self.expected;
        let origin = Origin { sender, binding: *binding, transfer: *transfer };
        origin.unpack(sealed, &self.recipient, self.trust, &self.limits)
    }

    /// All parts but the last have the same length, and the last is not longer.
    fn check_length(&self, part: Part, found: u64) -> Result<(), PartsError> {
        let number = part.number;
        let last = self.accepted(part.of).map_or(0, |last| last.length);
        match self.usual_length() {
            Some(usual) if (number < part.of && found != usual) || found > usual => {
                Err(PartsError::Length { number, found, expected: usual })
            }
            None if number < part.of && found < last => {
                Err(PartsError::Length { number, found, expected: last })
            }
            _ if found == 0 && part.of > 1 => Err(PartsError::Length { number, found, expected: 1 }),
            _ => Ok(()),
        }
    }

    /// The length of the parts before the last, from the first of them that came.
    fn usual_length(&self) -> Option<u64> {
        let log = self.progress.as_ref()?;
        log.parts.range(..log.of).next().map(|(_, part)| part.length)
    }

    fn accepted(&self, number: u32) -> Option<&ListedPart> {
        self.progress.as_ref()?.parts.get(&number)
    }
}
