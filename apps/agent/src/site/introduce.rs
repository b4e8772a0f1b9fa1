//! Who this client is and which devices it has, as the server is told.
use super::{SUPPORTED, Site, server_failure};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::proxy;
use crate::registration::Registration;
use remote_services_core::command::{Action, ActionSetting};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::{Redaction, RedactionProfile};
use remote_services_payload::kind::{PayloadKind, SCHEMA_VERSION};
use remote_services_transport::client::ClientError;
use remote_services_transport::client::blocking::DeviceOutcome;
use remote_services_transport::document::{Capabilities, ClientDescription};
use remote_services_transport::evidence::evidence_of;
use remote_services_transport::next_step::NextStep;
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// What the settings say in the description of this client.
#[derive(PartialEq)]
pub(super) struct Permissions {
    location: Option<String>,
    contact: Option<String>,
    security_mode: SecurityMode,
    actions: BTreeMap<Action, ActionSetting>,
    proxy: Option<String>,
    takes_wishes: bool,
}

impl Site {
    /// Tells the server who this client is, and of each device who it is.
    ///
    /// # Errors
    /// When the server does not take it, the audit log cannot be kept, or the stop flag was set.
    pub fn introduce(
        &mut self,
        devices: &[(Uuid, &DeviceReport)],
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        // What the server is told of the audit log is signed for here, too: cutting it off shows in both places.
        self.checkpoint()?;
        self.describe()?;
        let redaction = self.redaction()?;
        for (done, (id, report)) in (1..).zip(devices) {
            if self.stop.is_stopped() {
                return Err(Failure::interrupted());
            }
            let outcome =
                match self.client.put_device(*id, &evidence_of(report, &redaction, self.settings.mode)) {
                    // What a device says of itself may be too much or too odd; the others are introduced all the same.
                    Err(error) if matches!(error.step(), NextStep::Quarantine | NextStep::TooLarge) => {
                        tell!("device {id} could not be introduced: {error}");
                        continue;
                    }
                    outcome => outcome.map_err(server_failure)?,
                };
            match outcome {
                DeviceOutcome::Known | DeviceOutcome::Merged(_) => {}
                DeviceOutcome::Conflict(candidates) => {
                    tell!("the server cannot tell device {id} from {} others", candidates.len());
                }
                _ => {}
            }
            progress.set(done);
        }
        Ok(())
    }

    /// Tells the server who this client is where the settings changed that since it was told: what it may ask for is to be seen
    /// before it asks.
    ///
    /// # Errors
    /// When the server does not take it.
    pub(crate) fn describe_anew(&mut self) -> Result<(), Failure> {
        if self.settings.is_suspended() || self.described.as_ref() == Some(&self.permissions()) {
            return Ok(());
        }
        self.describe()
    }

    fn describe(&mut self) -> Result<(), Failure> {
        self.tell_errors().map_err(server_failure)
    }

    fn permissions(&self) -> Permissions {
        let Registration { location, contact } = self.registration.under(&self.settings);
        let lockdown = self.settings.mode == SecurityMode::Lockdown;
        Permissions {
            location: location.map(|location| location.to_string()),
            contact: contact.map(|contact| contact.to_string()),
            security_mode: self.settings.mode,
            actions: Action::LISTED
                .iter()
                .map(|(action, _, _)| (action.clone(), self.settings.action(action)))
                .collect(),
            proxy: (!lockdown).then(|| proxy::kind(self.settings.proxy.as_deref()).to_owned()),
            takes_wishes: self.settings.takes_wishes(),
        }
    }

    /// What of the server's wishes is not applied here, by now: the server is told when that is something else than before.
    ///
    /// # Errors
    /// When the server does not take it.
    pub(crate) fn leave_out(&mut self, wishes: Vec<String>) -> Result<(), Failure> {
        if self.wishes_left_out == wishes {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.wishes_left_out, wishes);
        self.send_description().map_err(|error| {
            // It is told with the next description, or when this is tried again.
            self.wishes_left_out = before;
            server_failure(error)
        })
    }

    /// Nothing is wished here, as far as the next description has it.
    pub(crate) fn forget_left_out(&mut self) {
        self.wishes_left_out.clear();
    }

    /// Tells the server what is wrong by now, with the description of this client.
    pub(crate) fn tell_errors(&mut self) -> Result<(), ClientError> {
        if !self.settings.takes_wishes() {
            self.wishes_left_out.clear();
        }
        let permissions = self.permissions();
        // One that does not reach the server now is made again.
        self.described = None;
        self.send_description()?;
        self.described = Some(permissions);
        Ok(())
    }

    /// Describes this client, and holds the audit log against where the server says that it stood before: if it is another one by now,
    /// the server is told at once.
    fn send_description(&self) -> Result<(), ClientError> {
        let mut description = self.description();
        let heard = self.client.describe(&description)?;
        if heard.audit.is_some_and(|stand| self.audit.hold_against(&stand)) {
            description.audit = self.audit.stand();
            self.client.describe(&description)?;
        }
        Ok(())
    }

    /// A sentence for the server, without what would be taken out of a report, and without paths of this host.
    pub(crate) fn redacted(&self, sentence: &str) -> String {
        let strictest = |_| Redaction::new(RedactionProfile::Strict).in_mode(SecurityMode::Lockdown);
        let mut sentence = sentence.to_owned();
        self.redaction().unwrap_or_else(strictest).sentence(&mut sentence);
        sentence
    }

    fn description(&self) -> ClientDescription {
        let lockdown = self.settings.mode == SecurityMode::Lockdown;
        let Permissions { location, contact, security_mode, actions, proxy, .. } = self.permissions();
        ClientDescription {
            software: BTreeMap::from([("agent".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            operating_system: sysinfo::System::long_os_version().ok(),
            deployment_model: Some("agent".to_owned()),
            location,
            contact,
            capabilities: Capabilities {
                operations: ["discovery", "collection", "commands"].map(str::to_owned).to_vec(),
                actions: SUPPORTED.to_vec(),
                payloads: PayloadKind::ALL
                    .iter()
                    .filter(|kind| !kind.needs_consent())
                    .map(|kind| {
                        let version = SCHEMA_VERSION.to_owned();
                        (kind.label().to_owned(), vec![version])
                    })
                    .collect(),
            },
            security_mode,
            actions,
            proxy,
            spool: Some(self.spool.lock().unwrap_or_else(PoisonError::into_inner).report()),
            audit: self.audit.stand(),
            wishes_left_out: if lockdown { Vec::new() } else { self.wishes_left_out.clone() },
            certificate_expires: self.certificate_end(),
            clock_skew: self.clock.skew(),
            errors: self.errors_now(),
            withheld: if lockdown { vec!["proxy".to_owned()] } else { Vec::new() },
            ..ClientDescription::default()
        }
    }
}
