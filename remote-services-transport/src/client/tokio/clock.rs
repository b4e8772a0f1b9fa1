use super::Client;
use crate::client::ClientError;
use crate::client::blocking::moment;
use crate::clock::{Clock, TICK, Told};
use crate::document::Directory;

impl Client {
    /// Asks for the directory, and what time it is there.
    pub async fn directory_and_time(&self) -> (Result<Directory, ClientError>, Option<Told>) {
        let before = moment();
        let directory = self.directory().await;
        let server = directory.as_ref().ok().and_then(|_| self.server_time());
        (directory, Told::between(before, server, moment()))
    }

    /// Asks for the directory, and holds `clock`, which is this machine's, against the server's: asks a second time before it
    /// counts as off. While [`Clock::off`] says so, nothing is to be sealed: the server would put it aside.
    ///
    /// # Errors
    /// See [`ClientError`]; of the clock is known then what was known before, unless it was set.
    pub async fn directory_and_clock(&self, clock: &mut Clock) -> Result<Directory, ClientError> {
        let (counted, own) = moment();
        clock.look(counted, own);
        let (directory, told) = self.directory_and_time().await;
        if clock.hear(told) {
            ::tokio::time::sleep(TICK).await;
            clock.hear(self.directory_and_time().await.1);
        }
        directory
    }
}
