use super::{Site, admit};
use crate::document::{Command, Execution};
use remote_services_core::command::{CommandState, RejectReason, ResultCode};
use remote_services_core::time::Timestamp;

/// What others want of a command by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What the person at the site said; `None` while nobody answered.
    pub consent: Option<bool>,
    /// Whether the server wants it back.
    pub cancel: bool,
}

/// What to do with a command next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// [`super::Run::reject`] it.
    Reject(RejectReason),
    /// [`super::Run::accept`] it, and ask again.
    Accept,
    /// [`super::Run::hold`] it: a person is asked, or its time has not come.
    Hold(CommandState),
    /// Nothing for now: it waits for a person, for its time, or for what runs.
    Wait,
    /// [`super::Run::begin`], then the effect.
    Begin,
    /// It was interrupted: look at the device, then [`super::Run::conclude`]. Never do it again.
    Look,
    /// [`super::Run::conclude`] with this code: it was accepted, and will not be done after all.
    GiveUp(ResultCode),
    /// [`super::Run::close`]: expired or cancelled.
    Close(CommandState),
    /// It is over; only the report may be due.
    Over,
}

/// What to do with a command that stands at `execution`. The site is asked each time anew: what was allowed when the
/// command came may not be allowed when its time has come.
#[must_use]
pub fn next(command: &Command, execution: &Execution, asked: Asked, site: &Site<'_>, now: Timestamp) -> Step {
    let state = &execution.state;
    match state {
        _ if state.is_closed() => return Step::Over,
        // What has begun cannot be taken back.
        CommandState::Running => return Step::Wait,
        CommandState::Interrupted => return Step::Look,
        _ => {}
    }
    if asked.cancel {
        return Step::Close(CommandState::Cancelled);
    }
    let needs_consent = match admit(command, site, now) {
        Ok(needs_consent) => needs_consent,
        Err(RejectReason::Stale) if *state != CommandState::Delivered && now >= command.expires_at => {
            return Step::Close(CommandState::Expired);
        }
        Err(reason) if state.may_become(&CommandState::Rejected) => return Step::Reject(reason),
        Err(_) => return Step::GiveUp(ResultCode::PolicyDisabled),
    };
    if *state == CommandState::Delivered {
        return Step::Accept;
    }
    if needs_consent {
        match asked.consent {
            Some(true) => {}
            Some(false) => return Step::GiveUp(ResultCode::ConsentDenied),
            None if *state == CommandState::AwaitingConsent => return Step::Wait,
            None if state.may_become(&CommandState::AwaitingConsent) => {
                return Step::Hold(CommandState::AwaitingConsent);
            }
            // The switch was turned to "ask" while it waited for its time.
            None => return Step::GiveUp(ResultCode::ConsentDenied),
        }
    }
    match command.not_before {
        Some(begin) if now < begin && *state == CommandState::Scheduled => Step::Wait,
        Some(begin) if now < begin => Step::Hold(CommandState::Scheduled),
        _ => Step::Begin,
    }
}
