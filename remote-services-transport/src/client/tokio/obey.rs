use super::Client;
use crate::client::obeying::{ObeyError, Progress, Round, RoundStep};
use crate::execution::{CommandBook, Hands, KeepBook, Orders};
use crate::poll::Poll;
use std::time::Duration;

impl Client {
    /// One round of commands, for clients that have no person to ask: takes up what a crash left, asks the server, carries
    /// out what `orders` allow, and reports. Says when to ask again. In lockdown all that
    /// it gives is refused with that reason.
    ///
    /// What is wrong with one command holds up no other, nor the reports: a book that cannot be kept, a status, a document
    /// or an answer of no use. Where the server is not reached, or does not know this client (401), the round ends.
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
        let progress = Progress::new(self.random());
        let mut round = Round { client: self.id(), poll, book, keep, orders, hands, progress };
        loop {
            let mut question = match round.next() {
                RoundStep::Send(question) => Some(question),
                RoundStep::End(end) => return end,
            };
            while let Some(asked) = question {
                let answer = {
                    let request = round.request(&asked, &self.urls());
                    self.exchange(&request, Duration::ZERO).await
                };
                question = round.took(asked, answer, self.random());
            }
        }
    }
}
