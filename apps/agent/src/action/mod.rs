//! What a command does to a device, and what it may never do twice.
//!
//! ```text
//! admit ─▶ accept ─▶ prepare: files ─▶ begin (journalled) ─▶ Wanted: parameters, files ─▶ Reach ─▶ collect's `Device::carry_out` ─▶ finish
//! ```
//!
//! What is done in which order stands in `remote_services_collect::action`; here are its hands: `reach` has the sockets of
//! SNMP, `send` those of print data, `wanted` what a command asks for.

pub mod ping;
mod reach;
mod send;
mod wanted;

pub use reach::Reach;
pub use wanted::{By, Firmware, FirmwareFile, Prepared, Wanted, WayName, prepare};

use crate::engineering;
use crate::failure::Failure;
use crate::site::Site;
use crate::software::Software;
use crate::survey::{Reading, SnmpAsker};
use crate::wishes::Wishes;
use remote_services_collect::action::{Before, Device as _, Order, Outcome, Patience};
use remote_services_core::command::{Action, ActionSetting, ResultCode};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::document::{Command, ExecutionResult};
use remote_services_transport::execution::Begun;
use remote_services_transport::spool::Class;
use std::time::Instant;

/// What came of an action.
pub struct Done {
    /// How it ended, as the server is told.
    pub result: ExecutionResult,
    /// The same with the words of the device, which are for the site alone.
    pub here: Option<String>,
    /// Uploads that show it.
    pub evidence: Vec<Uuid>,
}

impl Done {
    /// All that there is to say, for the site itself.
    pub(crate) fn told_here(&self) -> &str {
        self.here.as_deref().unwrap_or(&self.result.text)
    }

    pub(crate) fn with(code: ResultCode, text: impl Into<String>) -> Self {
        Self { result: ExecutionResult { code, text: text.into() }, here: None, evidence: Vec::new() }
    }
}

/// The hands of an action: the site, its SNMP socket, and where to keep what was seen before the effect.
pub struct Hands<'a> {
    /// The site.
    pub site: &'a mut Site,
    /// Its SNMP socket.
    pub asker: &'a mut SnmpAsker,
    /// Keeps a look at the device, durably.
    pub keep: &'a mut dyn FnMut(&Before) -> Result<(), Failure>,
    /// How often to look whether an effect shows.
    pub patience: Patience,
}

/// Carries out a command about a device. `_begun` shows that the journal knows.
///
/// # Errors
/// Only when this machine fails; what the device does is an outcome.
pub fn carry_out(command: &Command, hands: &mut Hands<'_>, _begun: &Begun) -> Result<Done, Failure> {
    if let Some(done) = on_this_host(command, hands.site)? {
        return Ok(done);
    }
    let wanted = match Wanted::of(command, hands.site)? {
        Ok(wanted) => wanted,
        Err(done) => return Ok(done),
    };
    note_touched(command, hands.site);
    let done = on_device(command.device, hands, |reach, who| reach.carry_out(wanted.order(), who));
    wanted.clean_up();
    done
}

/// Says what became of an action that was interrupted, by looking at the device. Never does it again.
///
/// # Errors
/// Only when this machine fails.
pub fn look_after(
    command: &Command,
    before: Option<&Before>,
    hands: &mut Hands<'_>,
) -> Result<Done, Failure> {
    // Whether it is sent or installed already is part of both.
    if let Some(done) = on_this_host(command, hands.site)? {
        return Ok(done);
    }
    let wanted = match Wanted::to_look_after(command) {
        Ok(wanted) => wanted,
        Err(done) => return Ok(done),
    };
    note_touched(command, hands.site);
    on_device(command.device, hands, |reach, who| reach.look_after(wanted.order(), who, before))
}

/// What was read of a device may not hold any more once a command changes it.
fn note_touched(command: &Command, site: &mut Site) {
    if !matches!(command.action, Action::GetStatus | Action::Troubleshoot) {
        site.touched.extend(command.device);
    }
}

/// How a command ends that goes on after an interruption, or for long, where the site does not let it any more.
///
/// # Errors
/// When nobody knows what the site lets it, since the settings are wrong.
pub(crate) fn forbidden(action: &Action, site: &Site) -> Result<Option<Done>, Failure> {
    if site.settings.is_suspended() {
        return Err(Failure::failed(format_args!("{action} waits until the settings can be understood")));
    }
    Ok((site.settings.action(action) == ActionSetting::Off).then(|| {
        let why = match site.settings.mode {
            SecurityMode::Lockdown => "the site went into lockdown",
            SecurityMode::Normal => "the site's administrator switched the action off",
        };
        Done::with(ResultCode::PolicyDisabled, format!("{why} before it was over"))
    }))
}

/// Commands that are about this host: what they do goes on after an interruption and is never done twice.
fn on_this_host(command: &Command, site: &mut Site) -> Result<Option<Done>, Failure> {
    if let Action::SendEngineeringLog | Action::CheckSoftware = command.action
        && let Some(done) = forbidden(&command.action, site)?
    {
        return Ok(Some(done));
    }
    Ok(match command.action {
        Action::SendEngineeringLog => Some(engineering::send(command, site)?),
        Action::CheckSoftware => {
            let (wish, _) = Wishes::load(&site.home).applied(site);
            let mut software = Software::load(&site.home)?;
            let (_, text) = software.turn(site, &wish, true)?;
            Some(Done::with(software.result(), text))
        }
        _ => None,
    })
}

/// Reads a device where it was last seen, and keeps what it says.
///
/// # Errors
/// Only when this machine fails.
pub fn get_status(device: Uuid, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    on_device(Some(device), hands, |reach, who| reach.carry_out(Order::GetStatus, who))
}

/// Does something with a device of the site where it was last seen, and keeps the last look at it.
fn on_device(
    device: Option<Uuid>,
    hands: &mut Hands<'_>,
    act: impl FnOnce(&mut Reach<'_>, &str) -> Result<Outcome<Reading>, Failure>,
) -> Result<Done, Failure> {
    let Some(device) = device else {
        return Ok(Done::with(ResultCode::Internal, "the command names no device"));
    };
    let Some(known) = hands.site.memory.device(device) else {
        return Ok(Done::with(ResultCode::Internal, "the device is not known here"));
    };
    // What became of it could not be told.
    if let Err(failure) = hands.site.check_clock() {
        return Ok(Done::with(ResultCode::Internal, failure.sentence));
    }
    let who = known.key.clone();
    let mut reach = Reach {
        address: known.address,
        credentials: Some(known.credentials.clone()),
        asker: hands.asker,
        keep: hands.keep,
        tell: &mut |_| {},
        patience: hands.patience,
        begun: Instant::now(),
    };
    let Outcome { code, mut text, mut here, seen } = act(&mut reach, &who)?;
    let mut evidence = Vec::new();
    // What another device said is not reported under this one's name.
    if let Some(mut seen) = seen {
        evidence.push(hands.site.keep(&mut seen, Class::Result)?.1);
        let events = &seen.report.counters.events;
        if let Some(event) = events.first() {
            for text in [Some(&mut text), here.as_mut()].into_iter().flatten() {
                text.push_str(&format!(" ({event})"));
            }
        }
    }
    Ok(Done { result: ExecutionResult { code, text }, here, evidence })
}
