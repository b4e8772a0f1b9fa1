use super::Client;
use crate::client::sending::{PartSource, PartsEnd, PartsFailure, Sending, SendingStep};
use crate::parts::PartsFolder;
use remote_services_core::backoff::Backoff;
use std::time::Duration;

/// Sends what the server does not have yet of a log in parts, as [`PartsUploader`](crate::client::blocking::PartsUploader)
/// does, with this pace, so many failures in a row and this longest wait. Sealing and the folder's disk are waited for on
/// this task, a part at a time.
///
/// # Errors
/// See [`PartsFailure`]; what is on the server stays there, and it goes on next time.
pub async fn send_parts(
    client: &Client,
    folder: &mut PartsFolder,
    source: &mut (dyn PartSource + Send),
    patience: (Backoff, u32, Duration),
    progress: &mut (dyn FnMut(u32, u32) + Send),
) -> Result<PartsEnd, PartsFailure> {
    let mut sending = Sending::new(client.id(), folder, patience);
    let mut step = SendingStep::Next;
    loop {
        step = match step {
            SendingStep::Next => sending.next(source)?,
            SendingStep::Send(piece) => {
                let request = sending.request(&piece, &client.urls());
                let answer = client.exchange(&request, Duration::ZERO).await;
                sending.took(&piece, answer.as_ref(), client.random(), progress)?
            }
            SendingStep::Wait(wait) => {
                tokio::time::sleep(wait).await;
                SendingStep::Next
            }
            SendingStep::End(end) => return Ok(end),
        };
    }
}
