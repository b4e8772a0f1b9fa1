use super::Client;
use crate::client::blocking::now;
use crate::client::drain::{Drain, DrainReport, DrainStep, UploadEvent, no_answer};
use crate::exchange::Body;
use crate::spool::{Spool, SpoolError};
use remote_services_core::backoff::Backoff;
use std::sync::Mutex;
use std::time::Duration;

/// Sends what waits in a spool until it is empty, or too many tries in a row failed. The spool is locked only while it is
/// changed; its disk is waited for on this task, a few milliseconds a payload.
///
/// # Errors
/// When the spool's disk fails; what was sent by then is sent again next time, and the server knows it.
pub async fn drain(
    client: &Client,
    spool: &Mutex<Spool>,
    (backoff, max_failures): (Backoff, u32),
    progress: &mut (dyn FnMut(&UploadEvent) + Send),
) -> Result<DrainReport, SpoolError> {
    drain_with(client, spool, (backoff, max_failures, Duration::MAX), progress).await
}

/// As [`drain`]; leaves the rest for the next time when the server wants to be left alone for longer than the last of the
/// three.
///
/// # Errors
/// As [`drain`].
pub async fn drain_with(
    client: &Client,
    spool: &Mutex<Spool>,
    (backoff, max_failures, longest): (Backoff, u32, Duration),
    progress: &mut (dyn FnMut(&UploadEvent) + Send),
) -> Result<DrainReport, SpoolError> {
    let mut drain = Drain::new(spool, backoff, max_failures).with_longest(longest);
    let mut step = DrainStep::Next;
    loop {
        step = match step {
            DrainStep::Next => drain.next(now(), progress)?,
            DrainStep::Send(entry, sealed) => {
                let sent = client.upload(entry.id, Body::known(&sealed, entry.digest)).await;
                let outcome = sent.unwrap_or_else(|error| no_answer(&error));
                drain.took(entry, outcome, (now(), client.random()), progress)?
            }
            DrainStep::Ask => {
                let answer = client.ask_for_directory().await;
                drain.heard(answer.as_ref(), client.random(), progress)
            }
            DrainStep::Wait(wait) => {
                tokio::time::sleep(wait).await;
                DrainStep::Next
            }
            DrainStep::End(report) => return Ok(report),
        };
    }
}
