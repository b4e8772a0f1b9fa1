use super::{Client, FetchedCommand};
use crate::client::ClientError;
use crate::document::CommandEntry;
use crate::execution::{CommandBook, Hands, KeepBook, Orders, ReportOutcome, RunError};
use crate::poll::{Poll, PollOutcome};
use remote_services_core::command::{CommandState, RejectReason};
use remote_services_core::mode::SecurityMode;
use std::io;
use std::time::Duration;

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

impl Client {
    /// One round of commands, for clients that have no person to ask: takes up what a crash left, asks the server, carries
    /// out what `orders` allow, and reports. Says when to ask again. In lockdown the server is not asked.
    ///
    /// # Errors
    /// See [`ObeyError`].
    pub fn obey(
        &self,
        poll: &mut Poll,
        book: &mut CommandBook,
        keep: &mut KeepBook<'_>,
        orders: &Orders<'_>,
        hands: &mut dyn Hands,
    ) -> Result<Duration, ObeyError> {
        for id in book.open() {
            book.advance(id, false, orders, keep, hands)?;
        }
        let (mut wait, mut failed) = (LOCKDOWN_WAIT, None);
        if orders.mode != SecurityMode::Lockdown {
            let (outcome, next) = self.commands(poll, None);
            wait = next;
            match outcome {
                PollOutcome::Commands(list) => {
                    for listed in &list.commands {
                        match self.take_up(listed, book, keep, orders, hands) {
                            // One that cannot be had holds up no other.
                            Err(ObeyError::Exchange(error)) => {
                                poll.forget();
                                failed = failed.or(Some(error));
                            }
                            taken => taken?,
                        }
                    }
                }
                PollOutcome::Untrusted(why) => return Err(ObeyError::Untrusted(why)),
                PollOutcome::Nothing | PollOutcome::Failed(_) => {}
            }
        }
        for (id, execution) in book.unreported() {
            match self.report(id, &execution, &mut None)? {
                ReportOutcome::Taken { .. } | ReportOutcome::Closed(_) | ReportOutcome::Refused(_) => {
                    book.reported(id, &execution, hands.now(), keep).map_err(RunError::Journal)?;
                }
                ReportOutcome::Untrusted(why) => return Err(ObeyError::Untrusted(why)),
                _ => {}
            }
        }
        failed.map_or(Ok(wait), |error| Err(error.into()))
    }

    fn take_up(
        &self,
        listed: &CommandEntry,
        book: &mut CommandBook,
        keep: &mut KeepBook<'_>,
        orders: &Orders<'_>,
        hands: &mut dyn Hands,
    ) -> Result<(), ObeyError> {
        let id = listed.id;
        if !book.knows(id) {
            match self.command(id, orders.verifier)? {
                FetchedCommand::Verified(command) => book.take_up(id, Ok(*command), hands.now()),
                FetchedCommand::BadSignature(_) => {
                    book.take_up(id, Err(RejectReason::BadSignature), hands.now());
                }
                FetchedCommand::Unreadable(_) => {
                    book.take_up(id, Err(RejectReason::Unsupported), hands.now());
                }
                FetchedCommand::Gone => return Ok(()),
            }
        }
        let cancel = listed.state == CommandState::CancelRequested;
        Ok(book.advance(id, cancel, orders, keep, hands)?)
    }
}

/// In lockdown nobody is asked; what is left to do is looked through once a day.
const LOCKDOWN_WAIT: Duration = Duration::from_secs(24 * 3600);
