//! What waits is sent, as long as it may be: before each payload it is looked whether anybody forbids it.

use super::Site;
use super::allowed::Standing;
use crate::failure::{Context, Failure};
use crate::present::counted;
use crate::survey::now;
use remote_services_transport::client::blocking::{DrainEnd, DrainReport, UploadEvent, Uploader};
use remote_services_transport::spool::{DropReason, Dropped, Place};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

impl Site {
    /// Sends all that waits, with patience for a server that is away for a moment. One that wants to be left alone for longer
    /// is left alone until then. The settings and consents of the moment count for each payload.
    ///
    /// # Errors
    /// When the disk fails, or the audit log does not take the settings that were changed.
    pub fn send(&mut self, mut progress: impl FnMut(&UploadEvent)) -> Result<DrainReport, Failure> {
        let mut before = nothing(DrainEnd::Empty, Duration::ZERO);
        loop {
            self.heed();
            let mut report = self.send_while_allowed(&mut progress)?;
            report.stored += before.stored;
            report.duplicates += before.duplicates;
            report.set_aside += before.set_aside;
            report.damaged += before.damaged;
            if report.end != DrainEnd::Halted {
                return Ok(report);
            }
            before = report;
        }
    }

    /// The same until the settings or the consents change.
    fn send_while_allowed(&mut self, progress: &mut dyn FnMut(&UploadEvent)) -> Result<DrainReport, Failure> {
        if let Some((until, why)) = &self.quiet {
            let leave_alone = until.saturating_duration_since(Instant::now());
            if !leave_alone.is_zero() {
                return Ok(nothing(DrainEnd::GaveUp(why.clone()), leave_alone));
            }
        }
        self.check_witnessed()?;
        let standing = Standing::now(&self.home);
        self.take_back_forbidden()?;
        let (audit, file, home) = (&self.audit, &self.file, &self.home);
        let mut noted = Ok(());
        let report = Uploader::new(&self.client, &self.spool, &self.stop)
            .with_patience(self.patience.pace, self.patience.failures)
            .with_longest_wait(self.patience.longest)
            .while_allowed(&|| standing.holds(home, file))
            .drain(&mut |event| {
                let (what, upload, text) = match event {
                    UploadEvent::Stored { entry, receipt, duplicate } => {
                        let what =
                            if *duplicate { "the server had it already" } else { "stored by the server" };
                        ("stored", entry.id, format!("{what} at {}", receipt.stored_at))
                    }
                    UploadEvent::SetAside { entry, why, damaged } => {
                        (if *damaged { "damaged" } else { "refused" }, entry.id, why.clone())
                    }
                    _ => return progress(event),
                };
                if noted.is_ok() {
                    noted = audit.payload(now(), what, &upload.to_string(), &text);
                }
                progress(event);
            })
            .context("spool")?;
        noted.context("audit log")?;
        self.takes_others = matches!(report.end, DrainEnd::Stuck(_));
        self.quiet = match &report.end {
            DrainEnd::GaveUp(why) => Some((Instant::now() + report.leave_alone, why.clone())),
            _ => None,
        };
        Ok(report)
    }

    /// Whether the server has all that it takes of what waited, and does not take the rest: it is there for all else.
    #[must_use]
    pub fn takes_others(&self) -> bool {
        self.takes_others
    }

    /// Drops what has waited or was set aside for too long, and what was set aside beyond the room that there is; the server hears of it
    /// with the next description. How long that is this host's clock says only where the server's agrees.
    ///
    /// # Errors
    /// When the disk fails; what was not dropped then waits on.
    pub fn expire(&mut self) -> Result<(), Failure> {
        let elapsed = self.last_expiry.elapsed();
        self.last_expiry = Instant::now();
        let spool = self.spool.get_mut().unwrap_or_else(PoisonError::into_inner);
        let dropped = spool.expire(self.clock.take_vouched(), elapsed).context("spool")?;
        self.note_dropped(&dropped)
    }

    pub(super) fn note_dropped(&mut self, dropped: &[Dropped]) -> Result<(), Failure> {
        let mut told: Vec<(&str, usize)> = Vec::new();
        let mut noted = Ok(());
        for dropped in dropped {
            let why = match (dropped.why, dropped.place) {
                (DropReason::Age, Place::Waiting) => "it waited longer than payloads are kept",
                (DropReason::Age, Place::Quarantine) => {
                    "it was set aside, and was there longer than payloads are kept"
                }
                (DropReason::Age, Place::Withheld) => {
                    "another identity made it, and it is older than payloads are kept"
                }
                (_, Place::Quarantine) => "the spool was full, and this payload was set aside",
                (_, Place::Withheld) => "the spool was full, and another identity made this payload",
                (_, Place::Waiting) => "the spool was full: this payload was the oldest of the lowest class",
            };
            match told.iter_mut().find(|(known, _)| *known == why) {
                Some((_, count)) => *count += 1,
                None => told.push((why, 1)),
            }
            noted = noted.and_then(|()| self.note_payload("dropped", dropped.entry.id, why));
        }
        for (why, count) in told {
            tell!("{} dropped: {why}", counted(count, "payload"));
        }
        noted
    }
}

/// The report of a sending that sent nothing.
fn nothing(end: DrainEnd, leave_alone: Duration) -> DrainReport {
    DrainReport { stored: 0, duplicates: 0, set_aside: 0, damaged: 0, end, leave_alone }
}
