//! Readings that cannot be sealed yet, since the key that signs is away: they wait in memory, and nothing else is read.
//!
//! ```text
//! read ─▶ sealed ─▶ spool
//!   ╰ the key does not sign ▸ held ─▶ asked again, at the key's own pace ─▶ sealed, in the order of the readings ─▶ spool
//! ```
//!
//! They are not written to the disk, which has sealed payloads only: whoever ends this process loses them.

use super::Site;
use crate::consents;
use crate::failure::Failure;
use crate::memory::Device;
use crate::pack::{Label, Sealed, Unsealed};
use crate::present::counted;
use crate::survey::now;
use remote_services_core::consent::Consents;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::redact::Redaction;
use remote_services_transport::spool::Class;
use std::net::SocketAddr;

/// A reading that was compared with the one before, and has its number in the sequence.
pub(super) struct Held {
    pub(super) class: Class,
    pub(super) report: DeviceReport,
    pub(super) address: SocketAddr,
    pub(super) id: Uuid,
    pub(super) device: Device,
    pub(super) sequence: u64,
}

impl Site {
    /// How many readings wait for the key. While there are any, no others are taken in.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Seals and spools the readings that wait for the key.
    ///
    /// # Errors
    /// When the key still does not sign, or they cannot be kept: the rest waits on.
    pub fn seal_held(&mut self) -> Result<(), Failure> {
        if self.held.is_empty() {
            return Ok(());
        }
        let (redaction, consents) = (self.redaction()?, self.consents()?);
        let count = self.held.len();
        while let Some(held) = self.held.pop_front() {
            let Held { class, report, address, id, sequence, .. } = &held;
            let sealed = self.seal_reading((report, *address), *id, *sequence, &redaction, &consents);
            let kept = match sealed {
                Ok(sealed) => self.spool(*class, &sealed).map(|_| true),
                Err(Unsealed::Content(failure)) => {
                    self.leave_unsealed(*address, *id, &failure).map(|()| false)
                }
                Err(Unsealed::Key(failure)) => Err(failure),
            };
            match kept {
                Ok(true) => self.memory.remember(held.id, held.device),
                Ok(false) => {}
                Err(failure) => {
                    self.held.push_front(held);
                    return Err(failure.and(&self.waits_for_key()));
                }
            }
            self.memory.save()?;
        }
        tell!("sealed now: {} that waited", counted(count, "reading"));
        Ok(())
    }

    /// Says how many readings wait for the key.
    pub(super) fn waits_for_key(&self) -> String {
        format!("not sealed yet: {}", counted(self.held.len(), "reading"))
    }

    /// Redacts a report as consents and settings have it now, and seals it.
    pub(super) fn seal_reading(
        &self,
        (report, address): (&DeviceReport, SocketAddr),
        id: Uuid,
        sequence: u64,
        redaction: &Redaction,
        consents: &Consents,
    ) -> Result<Sealed, Unsealed> {
        let now = now();
        let permits = consents::permits(consents, Some(&id.to_string()), now, self.settings.mode);
        let redaction = consents::permitted(redaction.clone(), &permits).knowing([address.ip()]);
        let mut redacted = report.clone();
        redaction.report(&mut redacted);
        let label = Label { sequence, now, redaction: &redaction.label(), permits: &permits };
        self.packer.device(&redacted, id, &label)
    }

    /// Tells that a reading cannot be sent: one device must not stop the others.
    pub(super) fn leave_unsealed(
        &mut self,
        address: SocketAddr,
        id: Uuid,
        failure: &Failure,
    ) -> Result<(), Failure> {
        tell!("the reading of {address} is not sent: {failure}");
        self.note_payload("unsealed", id, &failure.to_string())
    }
}
