//! A device within reach of this host's sockets.

use super::ping::ping;
use super::send;
use crate::failure::Failure;
use crate::progress::Progress as Shown;
use crate::survey::{self, Candidate, Detail, Reading, SnmpAsker, Targets};
use remote_services_collect::ObjectStore;
use remote_services_collect::action::{
    Before, Content, Device, Package, Patience, Ping, Progress, Seen, Sent, Unreached, Way, WriteFailure,
};
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_collect::profile::Profiles;
use remote_services_core::command::ResultCode;
use remote_services_core::device::DeviceReport;
use remote_services_core::status::RetrievalOutcome;
use remote_services_snmp::engine::{Operation, RequestError};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::{Oid, Value, VarBind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// One address, and how to get at the device there.
pub struct Reach<'a> {
    /// Where it answers SNMP.
    pub address: SocketAddr,
    /// Name of the credentials that it took last.
    pub credentials: Option<String>,
    /// The SNMP socket.
    pub asker: &'a mut SnmpAsker,
    /// Keeps a look at the device, durably.
    pub keep: &'a mut dyn FnMut(&Before) -> Result<(), Failure>,
    /// Hears how far it has come.
    pub tell: &'a mut dyn FnMut(Progress),
    /// How often to look.
    pub patience: Patience,
    /// From when its clock counts.
    pub begun: Instant,
}

impl Seen for Reading {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn store(&self) -> &ObjectStore {
        &self.store
    }

    fn report(&self) -> &DeviceReport {
        &self.report
    }
}

impl Reach<'_> {
    fn read_one(&mut self, candidates: &[Candidate<'_>]) -> Result<Option<Reading>, Failure> {
        let mut readings = Vec::new();
        survey::collect(self.asker, candidates, Detail::Usual, |reading| {
            readings.push(reading);
            Ok(())
        })?;
        // A device that was asked and answered nothing is not there.
        let answered = |reading: &Reading| {
            matches!(reading.store.outcome(), RetrievalOutcome::Ok | RetrievalOutcome::Partial)
        };
        Ok(readings.pop().filter(answered))
    }
}

impl Device for Reach<'_> {
    type Reading = Reading;
    type Error = Failure;

    fn ping(&mut self) -> Result<Ping, Failure> {
        Ok(ping(self.address.ip(), PING))
    }

    fn read(&mut self) -> Result<Result<Reading, Unreached>, Failure> {
        let address = self.address;
        let credential = self.credentials.as_ref().and_then(|name| self.asker.credential_named(name));
        if let Some(credential) = credential {
            let evidence = Evidence::default();
            if let Some(reading) =
                self.read_one(&[Candidate { address, credential, evidence: &evidence, baseline: None }])?
            {
                return Ok(Ok(reading));
            }
        }
        // It takes other credentials now, or is not there.
        let findings = survey::discover(self.asker, &Targets::one(address), &mut Shown::silent())?;
        Ok(self.read_one(&survey::printers(&findings))?.ok_or_else(|| unreached(&findings)))
    }

    fn get(&mut self, seen: &Reading, names: &[Oid]) -> Result<Result<Vec<VarBind>, Unreached>, Failure> {
        // One by one: SNMPv1 gives nothing of a request in which one name is not there.
        let mut found = Vec::new();
        for name in names {
            let operation = Operation::Get(vec![name.clone()]);
            match self.asker.call(seen.address, seen.credential, operation)? {
                Ok(bindings) => found.extend(bindings.into_iter().filter(|binding| is_there(&binding.value))),
                Err(RequestError::ErrorStatus { .. }) => {}
                Err(error) => return Ok(Err(Unreached { code: code(&error), text: error.to_string() })),
            }
        }
        Ok(Ok(found))
    }

    fn set(&mut self, seen: &Reading, bindings: Vec<VarBind>) -> Result<Result<(), WriteFailure>, Failure> {
        if self.asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        let Some(writer) = self.asker.writer(seen.credential)? else {
            return Ok(Err(WriteFailure::Refused(NO_WRITE_COMMUNITY.to_owned())));
        };
        Ok(self.asker.set(seen.address, writer, bindings)?.map_err(|error| {
            let text = error.to_string();
            if certainly_undone(&error) { WriteFailure::Refused(text) } else { WriteFailure::Unknown(text) }
        }))
    }

    fn verify(&mut self, package: &Package<'_>) -> Result<Result<(), String>, Failure> {
        send::verify(package)
    }

    fn send(
        &mut self,
        to: SocketAddr,
        way: &Way,
        title: &str,
        content: Content<'_>,
    ) -> Result<Sent, Failure> {
        if self.asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        let total = content.size();
        let tell = &mut *self.tell;
        send::send(to.ip(), way, title, content, &mut |sent| tell(Progress::Sending(sent, total)))
    }

    fn keep(&mut self, before: &Before) -> Result<(), Failure> {
        (self.keep)(before)
    }

    fn wait(&mut self, time: Duration) -> Result<(), Failure> {
        if self.asker.wait(time) { Err(Failure::interrupted()) } else { Ok(()) }
    }

    fn clock(&self) -> Duration {
        self.begun.elapsed()
    }

    fn profiles(&self) -> Profiles {
        self.asker.profiles()
    }

    fn patience(&self) -> Patience {
        self.patience
    }

    fn progress(&mut self, progress: Progress) {
        (self.tell)(progress);
    }
}

fn is_there(value: &Value) -> bool {
    !matches!(value, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView)
}

/// The device answered, and what it said leaves nothing open (RFC 3416 §4.2.5). Reports can be forged, so they leave it open.
fn certainly_undone(error: &RequestError) -> bool {
    let RequestError::ErrorStatus { status, .. } = error else { return false };
    !matches!(status, ErrorStatus::GenErr | ErrorStatus::UndoFailed | ErrorStatus::Other(_))
}

fn code(error: &RequestError) -> ResultCode {
    match error {
        RequestError::Unreachable | RequestError::Timeout { .. } => ResultCode::NotReachable,
        _ => ResultCode::AuthenticationFailed,
    }
}

fn unreached(findings: &[Finding]) -> Unreached {
    match findings.first().map(|finding| &finding.outcome) {
        Some(Outcome::Refused(error)) => Unreached { code: code(error), text: error.to_string() },
        _ => Unreached { code: ResultCode::NotReachable, text: "the device does not answer SNMP".to_owned() },
    }
}

const NO_WRITE_COMMUNITY: &str =
    "nothing was written, since no community for writing is given (--write-community)";
const PING: Duration = Duration::from_secs(2);
