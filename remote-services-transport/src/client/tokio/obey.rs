use super::Client;
use crate::client::calls;
use crate::client::obeying::{LOCKDOWN_WAIT, ObeyError, is_known, note};
use crate::document::CommandEntry;
use crate::execution::{CommandBook, Hands, KeepBook, Orders, RunError};
use crate::poll::{Poll, PollOutcome};
use remote_services_core::command::CommandState;
use remote_services_core::mode::SecurityMode;
use std::time::Duration;

impl Client {
    /// One round of commands, for clients that have no person to ask: takes up what a crash left, asks the server, carries
    /// out what `orders` allow, and reports. Says when to ask again. In lockdown the server is not asked.
    ///
    /// Orders, book and hands belong to one thread, and so does this future: `LocalSet` or `block_on`. What the hands do is
    /// waited for on it.
    ///
    /// # Errors
    /// See [`ObeyError`].
    pub async fn obey(
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
            let (outcome, next) = self.commands(poll, None).await;
            wait = next;
            match outcome {
                PollOutcome::Commands(list) => {
                    for listed in &list.commands {
                        match self.take_up(listed, book, keep, orders, hands).await {
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
            if is_known(self.report(id, &execution, &mut None).await?)? {
                book.reported(id, &execution, hands.now(), keep).map_err(RunError::Journal)?;
            }
        }
        failed.map_or(Ok(wait), |error| Err(error.into()))
    }

    async fn take_up(
        &self,
        listed: &CommandEntry,
        book: &mut CommandBook,
        keep: &mut KeepBook<'_>,
        orders: &Orders<'_>,
        hands: &mut dyn Hands,
    ) -> Result<(), ObeyError> {
        let id = listed.id;
        if !book.knows(id) {
            let request = calls::command_request(&self.urls(), self.id(), id);
            let answer = self.exchange(&request, Duration::ZERO).await?;
            if !note(book, id, calls::judge_command(&answer, id, orders.verifier)?, hands.now()) {
                return Ok(());
            }
        }
        let cancel = listed.state == CommandState::CancelRequested;
        Ok(book.advance(id, cancel, orders, keep, hands)?)
    }
}
