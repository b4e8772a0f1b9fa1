//! A round of commands of a client without a person to ask: what both drivers share.

use super::{ClientError, FetchedCommand};
use crate::execution::{CommandBook, ReportOutcome, RunError};
use remote_services_core::command::RejectReason;
use remote_services_core::time::Timestamp;
use std::io;
use std::time::Duration;
use uuid::Uuid;

/// Why a round of commands was not finished. What had begun is in the book and is taken up by the next round.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObeyError {
    /// The server could not be asked or told.
    #[error(transparent)]
    Exchange(#[from] ClientError),
    /// The server does not trust this client.
    #[error("{0}")]
    Untrusted(String),
    /// The book could not be kept.
    #[error(transparent)]
    Book(#[from] RunError<io::Error>),
}

/// Takes a command that was fetched into the book; `false` when the server does not have it any more.
pub(super) fn note(book: &mut CommandBook, id: Uuid, fetched: FetchedCommand, now: Timestamp) -> bool {
    match fetched {
        FetchedCommand::Verified(command) => book.take_up(id, Ok(*command), now),
        FetchedCommand::BadSignature(_) => book.take_up(id, Err(RejectReason::BadSignature), now),
        FetchedCommand::Unreadable(_) => book.take_up(id, Err(RejectReason::Unsupported), now),
        FetchedCommand::Gone => return false,
    }
    true
}

/// Whether the server knows of a state now, so that it is not reported again.
pub(super) fn is_known(outcome: ReportOutcome) -> Result<bool, ObeyError> {
    match outcome {
        ReportOutcome::Taken { .. } | ReportOutcome::Closed(_) | ReportOutcome::Refused(_) => Ok(true),
        ReportOutcome::Untrusted(why) => Err(ObeyError::Untrusted(why)),
        _ => Ok(false),
    }
}

/// In lockdown nobody is asked; what is left to do is looked through once a day.
pub(super) const LOCKDOWN_WAIT: Duration = Duration::from_secs(24 * 3600);
