//! What a command does to a device, and what it may never do twice.
//!
//! ```text
//! admit ─▶ accept ─▶ begin (journalled) ─▶ find the device again at its address ─▶ look ─▶ effect ─▶ look ─▶ finish
//! ```
//!
//! A device is touched only after it proved, at that very address, to be the device that the command names.

pub mod ping;
mod raw_print;
mod restart;
mod test_page;
mod troubleshoot;

use crate::failure::Failure;
use crate::journal::Before;
use crate::progress::Progress;
use crate::site::Site;
use crate::survey::{self, Candidate, Reading, SnmpAsker, Targets};
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use remote_services_core::command::{Action, ResultCode};
use remote_services_core::id::Uuid;
use remote_services_snmp::engine::RequestError;
use remote_services_transport::document::ExecutionResult;
use remote_services_transport::execution::Begun;
use remote_services_transport::spool::Class;

/// What came of an action.
pub struct Done {
    /// How it ended.
    pub result: ExecutionResult,
    /// Uploads that show it.
    pub evidence: Vec<Uuid>,
}

impl Done {
    fn with(code: ResultCode, text: impl Into<String>, evidence: Vec<Uuid>) -> Self {
        Self { result: ExecutionResult { code, text: text.into() }, evidence }
    }
}

/// The hands of an action: the site, its SNMP socket, and where to keep what was seen before the effect.
pub struct Hands<'a> {
    /// The site.
    pub site: &'a mut Site,
    /// Its SNMP socket.
    pub asker: &'a mut SnmpAsker,
    /// Keeps a look at the device, durably.
    pub keep: &'a mut dyn FnMut(Before) -> Result<(), Failure>,
}

/// Carries out an action on a device. `Begun` shows that the journal knows.
///
/// # Errors
/// Only when this machine fails; what the device does is an outcome.
pub fn carry_out(
    action: &Action,
    device: Option<Uuid>,
    hands: &mut Hands<'_>,
    begun: &Begun,
) -> Result<Done, Failure> {
    let Some(device) = device else {
        return Ok(Done::with(ResultCode::Internal, "the command names no device", Vec::new()));
    };
    match action {
        Action::GetStatus => get_status(device, hands),
        Action::Troubleshoot => troubleshoot::carry_out(device, hands),
        Action::PrintTestPage => test_page::carry_out(device, hands, begun),
        Action::Restart => restart::carry_out(device, hands, begun),
        other => Ok(Done::with(ResultCode::Internal, format!("{other} is not built in"), Vec::new())),
    }
}

/// Says what became of an action that was interrupted, by looking at the device. Never does it again.
///
/// # Errors
/// Only when this machine fails.
pub fn look_after(
    action: &Action,
    device: Option<Uuid>,
    before: Option<&Before>,
    hands: &mut Hands<'_>,
) -> Result<Done, Failure> {
    let Some(device) = device else {
        return Ok(Done::with(ResultCode::Internal, "interrupted before it named a device", Vec::new()));
    };
    match action {
        Action::GetStatus | Action::Troubleshoot => carry_out_again(action, device, hands),
        Action::PrintTestPage => test_page::look_after(device, before, hands),
        Action::Restart => restart::look_after(device, before, hands),
        other => Ok(Done::with(ResultCode::Internal, format!("{other} is not built in"), Vec::new())),
    }
}

/// Looking has no effect, so it may be done again.
fn carry_out_again(action: &Action, device: Uuid, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    match action {
        Action::Troubleshoot => troubleshoot::carry_out(device, hands),
        _ => get_status(device, hands),
    }
}

/// Reads a device where it was last seen, and keeps what it says.
///
/// # Errors
/// Only when this machine fails.
pub fn get_status(device: Uuid, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    let mut reading = match find(device, hands)? {
        Ok(reading) => reading,
        Err(done) => return Ok(done),
    };
    let (_, upload) = hands.site.keep(&mut reading, Class::Result)?;
    let text = format!("the device is {}", reading.report.status.overall);
    Ok(Done::with(ResultCode::Ok, text, vec![upload]))
}

/// Reads the device where it was last seen, and makes sure that it is still that device.
fn find(device: Uuid, hands: &mut Hands<'_>) -> Result<Result<Reading, Done>, Failure> {
    let Some(known) = hands.site.memory.device(device) else {
        return Ok(Err(Done::with(ResultCode::Internal, "the device is not known here", Vec::new())));
    };
    let (address, credentials) = (known.address, known.credentials.clone());
    if let Some(credential) = hands.asker.credential_named(&credentials) {
        let evidence = Evidence::default();
        let reading = read(&[Candidate { address, credential, evidence: &evidence }], hands)?;
        if let Some(reading) =
            reading.filter(|reading| hands.site.device_id(&reading.report, address).0 == device)
        {
            return Ok(Ok(reading));
        }
    }
    // It takes other credentials now, or is another device.
    let findings = survey::discover(hands.asker, &Targets::one(address), &mut Progress::silent())?;
    Ok(match read(&survey::printers(&findings), hands)? {
        Some(reading) if hands.site.device_id(&reading.report, address).0 == device => Ok(reading),
        Some(_) => Err(Done::with(
            ResultCode::NotReachable,
            "another device answers at that address; this one was not touched",
            Vec::new(),
        )),
        None => Err(not_reached(&findings)),
    })
}

fn read(candidates: &[Candidate<'_>], hands: &mut Hands<'_>) -> Result<Option<Reading>, Failure> {
    let mut readings = Vec::new();
    survey::collect(hands.asker, candidates, |reading| {
        readings.push(reading);
        Ok(())
    })?;
    Ok(readings.pop())
}

fn not_reached(findings: &[Finding]) -> Done {
    match findings.first().map(|finding| &finding.outcome) {
        Some(Outcome::Refused(error)) => {
            let code = match error {
                RequestError::Unreachable | RequestError::Timeout { .. } => ResultCode::NotReachable,
                _ => ResultCode::AuthenticationFailed,
            };
            Done::with(code, error.to_string(), Vec::new())
        }
        _ => Done::with(ResultCode::NotReachable, "the device does not answer SNMP", Vec::new()),
    }
}

/// A look at the device, to compare with another look later.
fn look(reading: &Reading) -> Before {
    Before {
        life_count: reading.report.counters.life_counts.first().map(|count| count.value),
        up_time: reading.report.status.uptime,
        at: reading.report.identity.header.read_at,
    }
}
