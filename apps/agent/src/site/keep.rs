//! From readings to sealed payloads in the spool, and what is remembered of the devices.

use super::Site;
use super::held::Held;
use crate::failure::{Context, Failure};
use crate::host::{self, Work};
use crate::memory::Device;
use crate::pack::{Label, Sealed, Unsealed};
use crate::survey::{Reading, now};
use remote_services_core::id::Uuid;
use remote_services_transport::spool::{Class, NotSealed, SealedPayload, SpoolError};
use std::sync::PoisonError;

impl Site {
    /// Takes a reading in, as [`Self::keep_all`] does.
    ///
    /// # Errors
    /// When it cannot be kept; nothing is sent then.
    pub fn keep(&mut self, reading: &mut Reading, class: Class) -> Result<(Uuid, Uuid), Failure> {
        let kept = self.keep_all(std::slice::from_mut(reading), class)?;
        kept.first().copied().flatten().ok_or_else(|| Failure::failed("the reading cannot be sealed"))
    }

    /// Takes readings in: compares counters, remembers the devices, seals the redacted reports and spools them.
    /// Gives the devices' ids and the names of the uploads, in order; none for a reading that cannot be sealed, such
    /// as one beyond the limits of a payload, which is told and noted: one device must not stop the others. Those that the key
    /// does not sign for now are held, see [`Self::seal_held`].
    ///
    /// # Errors
    /// When they cannot be kept, or the key does not sign; what was spooled by then stays.
    pub fn keep_all(
        &mut self,
        readings: &mut [Reading],
        class: Class,
    ) -> Result<Vec<Option<(Uuid, Uuid)>>, Failure> {
        self.keep_group(readings, class, 0)
    }

    /// As [`Self::keep_all`], before a group of so many further ones: their numbers of the sequence are kept with the memory
    /// of this one.
    ///
    /// # Errors
    /// As there.
    pub fn keep_group(
        &mut self,
        readings: &mut [Reading],
        class: Class,
        further: usize,
    ) -> Result<Vec<Option<(Uuid, Uuid)>>, Failure> {
        self.check_clock()?;
        self.check_witnessed()?;
        // Before others are compared with what is remembered.
        self.seal_held()?;
        let mut seen: Vec<(Uuid, Device)> =
            readings.iter_mut().map(|reading| self.observe(reading)).collect();
        let first = self.memory.take_sequence(readings.len() as u64);
        // Before anything is sealed: a number of the sequence is never used twice.
        if !self.memory.is_sequence_kept() {
            self.memory.save()?;
        }
        let redaction = self.redaction()?;
        // Read anew each time: what was withdrawn meanwhile is not sent.
        let consents = self.consents()?;
        let (mut group, mut away) = (Vec::with_capacity(readings.len()), None);
        for ((reading, (id, _)), sequence) in readings.iter().zip(&seen).zip(first..) {
            let address = reading.address;
            group.push(
                match self.seal_reading((&reading.report, address), *id, sequence, &redaction, &consents) {
                    Ok(sealed) => Some(sealed),
                    Err(Unsealed::Content(failure)) => {
                        self.leave_unsealed(address, *id, &failure)?;
                        None
                    }
                    // It is not asked for each of the others.
                    Err(Unsealed::Key(failure)) => {
                        away = Some(failure);
                        break;
                    }
                },
            );
        }
        let later = seen.split_off(group.len());
        let sequences = first + group.len() as u64..;
        for (((id, device), reading), sequence) in
            later.into_iter().zip(&readings[group.len()..]).zip(sequences)
        {
            let (report, address) = (reading.report.clone(), reading.address);
            self.held.push_back(Held { class, report, address, id, device, sequence });
        }
        if let Some(failure) = &away {
            tell!("{failure}: {}", self.waits_for_key());
        }
        self.append_all(class, group.iter().flatten())?.context(NOT_KEPT)?;
        let name =
            |(sealed, (id, _)): (&Option<Sealed>, &(Uuid, Device))| Some((*id, sealed.as_ref()?.upload));
        let kept: Vec<_> = group.iter().zip(&seen).map(name).collect();
        // After all is spooled: an agent that dies in between tells of a wrapped counter twice, and never not at all.
        for ((id, device), _) in seen.into_iter().zip(&kept).filter(|(_, kept)| kept.is_some()) {
            self.memory.remember(id, device);
        }
        self.memory.save_ahead(further as u64)?;
        away.map_or(Ok(kept), |failure| Err(failure.and(&self.waits_for_key())))
    }

    /// Compares the counters with those of the reading before; gives what to remember of the device.
    fn observe(&self, reading: &mut Reading) -> (Uuid, Device) {
        let (id, key) = self.device_id(&reading.report, reading.address);
        let read_at = reading.report.identity.header.read_at;
        let ledger = self.memory.compare(id, &mut reading.report);
        let faults = self.memory.recall(id, &mut reading.report, reading.address);
        let usage = self.memory.used(id, &mut reading.report);
        let identity = &reading.report.identity;
        let name =
            identity.make_and_model.clone().or_else(|| identity.manufacturer.clone()).unwrap_or_default();
        let device = Device {
            key,
            evidence: self.memory.evidence(id, &reading.report),
            name,
            address: reading.address,
            credentials: reading.credentials.clone(),
            read_at,
            ledger: (&ledger).into(),
            faults: (&faults).into(),
            usage: usage.into(),
        };
        (id, device)
    }

    /// Seals and spools a report about this agent and its host.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn keep_agent(&mut self, devices_out_of_scope: u64) -> Result<Uuid, Failure> {
        self.check_clock()?;
        self.check_witnessed()?;
        let work = Work {
            data: self.home.root(),
            devices_in_scope: self.memory.devices().count() as u64,
            devices_out_of_scope,
            settings: &self.settings,
        };
        let mut agent = host::describe(now(), &work);
        let sequence = self.memory.take_sequence(1);
        self.memory.save()?;
        let redaction = self.redaction()?;
        redaction.agent(&mut agent);
        let label = Label { sequence, now: now(), redaction: &redaction.label(), permits: &[] };
        let sealed = self.packer.agent(&agent, &label)?;
        self.spool(Class::Report, &sealed)
    }

    pub(crate) fn spool(&mut self, class: Class, sealed: &Sealed) -> Result<Uuid, Failure> {
        self.append_all(class, [sealed])?.context(NOT_KEPT)?;
        Ok(sealed.upload)
    }

    /// Spools a payload that may have been spooled before; one that was, and was sent or set aside since, is let be.
    pub(crate) fn spool_once(&mut self, class: Class, sealed: &Sealed) -> Result<(), Failure> {
        match self.append_all(class, [sealed])? {
            Ok(()) | Err(SpoolError::NameTaken(_)) => Ok(()),
            kept => kept.context(NOT_KEPT),
        }
    }

    /// Spools payloads as a group; when they cannot be kept so, such as in a spool that is nearly full, as many of the first
    /// ones as can. Gives what the spool says of them.
    fn append_all<'a>(
        &mut self,
        class: Class,
        sealed: impl IntoIterator<Item = &'a Sealed> + Clone,
    ) -> Result<Result<(), SpoolError>, Failure> {
        self.keep_under(&mut sealed.clone().into_iter())?;
        let payload = |sealed: &'a Sealed| Ok((sealed.upload, SealedPayload::new(&sealed.octets)?));
        let payloads: Result<Vec<_>, NotSealed> = sealed.into_iter().map(payload).collect();
        let payloads = payloads.context(NOT_KEPT)?;
        let spool = self.spool.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (mut dropped, mut kept) = (Vec::new(), Ok(()));
        match spool.append_all(class, &payloads) {
            Ok(victims) => dropped = victims,
            Err(_) if payloads.len() > 1 => {
                kept = payloads.iter().try_for_each(|(upload, payload)| {
                    spool.append(class, *upload, *payload).map(|victims| dropped.extend(victims))
                });
            }
            Err(error) => kept = Err(error),
        }
        self.note_dropped(&dropped)?;
        Ok(kept)
    }
}

const NOT_KEPT: &str = "cannot keep a payload";
