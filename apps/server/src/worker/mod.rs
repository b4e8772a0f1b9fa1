//! Opens what the edge took in: one upload at a time, each exactly once; clients that have some waiting take turns.
//!
//! ```text
//! store: received ─▶ archive bytes ─▶ open (decrypt, signature, signer, manifest) ─▶ decode (XML ─▶ model)
//!        ├▶ opened        readings stored and state changed in one transaction
//!        └▶ quarantined   the sender's fault, or our fault five times; the reason is kept, never tried again
//! ```
//!
//! Decoding runs on the blocking pool, so that a panic there costs one upload and not the server. What fails
//! for want of disk or database stays in line behind the others. The worker also closes commands whose time
//! has passed, and gives up the parts of uploads that were never closed, and the oldest of a quarantine that is full.

mod decode;
mod open;

use std::fmt::Display;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::store::sqlite::Resolved;
use crate::store::{DeviceEvidenceRow, Fault, OpenedReadings, PendingUpload, StoreError};
use decode::DecodedPayload;

/// Works until the server stops.
pub(crate) async fn run(app: Arc<App>) {
    let mut stop = app.stop.clone();
    let mut next_sweep = Instant::now();
    let mut last_turn = None;
    while !*stop.borrow_and_update() {
        let pause = match expire(&app).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "cannot close expired commands");
                LONGEST_PAUSE
            }
        };
        if next_sweep <= Instant::now() {
            let keep = app.settings.keep_parts.min(app.settings.keep_quarantined);
            next_sweep = Instant::now() + BETWEEN_SWEEPS.min(keep);
            if let Err(error) = give_up_parts(&app).await {
                tracing::error!(%error, "cannot give up parts of uploads that were never closed");
            }
            if let Err(error) = give_up_quarantined(&app).await {
                tracing::error!(%error, "cannot make room in the quarantine");
            }
        }
        let put_off = drain(&app, &mut last_turn).await.err();
        if let Some(reason) = &put_off {
            tracing::error!(reason, "opening uploads is put off");
        }
        *app.put_off.lock().unwrap_or_else(PoisonError::into_inner) = put_off;
        tokio::select! {
            () = app.ingest.rung() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Opens all that waits, until there is nothing left or the server stops; else why the environment failed. `last_turn` is whose
/// upload was the last.
async fn drain(app: &Arc<App>, last_turn: &mut Option<Uuid>) -> Result<(), String> {
    let failed = |error: StoreError| error.to_string();
    while !*app.stop.borrow() {
        let Some(upload) = app.store.next_pending(*last_turn).await.map_err(failed)? else { return Ok(()) };
        *last_turn = Some(upload.client);
        match open_one(app, &upload).await {
            Ok(()) => {}
            Err(Failure::Refused(reason)) => {
                tracing::warn!(client = %upload.client, upload = %upload.upload, reason, "upload quarantined");
                let PendingUpload { client, upload, .. } = upload;
                app.store.quarantine(client, upload, &reason, Fault::Senders).await.map_err(failed)?;
            }
            Err(Failure::Environment(reason)) => {
                tracing::error!(upload = %upload.upload, reason, "an upload could not be opened");
                app.store.count_attempt(upload.client, upload.upload).await.map_err(failed)?;
                if upload.attempts + 1 >= MOST_ATTEMPTS {
                    let PendingUpload { client, upload, .. } = upload;
                    app.store.quarantine(client, upload, &reason, Fault::Ours).await.map_err(failed)?;
                }
                return Err(reason);
            }
        }
    }
    Ok(())
}

/// Why an upload was not opened.
enum Failure {
    /// It is not what it should be. Blame: the sender.
    Refused(String),
    /// We could not. Blame: the environment, or this program.
    Environment(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Environment(error.to_string())
    }
}

async fn open_one(app: &Arc<App>, upload: &PendingUpload) -> Result<(), Failure> {
    let environment = |error: &dyn Display| Failure::Environment(error.to_string());
    let sealed = app.archive.read(&upload.sha256).await.map_err(|error| environment(&error))?;
    let parts = match upload.parts {
        Some(_) => app.store.parts(upload.client, upload.upload).await?,
        None => Vec::new(),
    };
    let payload = {
        let (app, upload) = (Arc::clone(app), upload.clone());
        tokio::task::spawn_blocking(move || decoded(&app, &upload, sealed, &parts))
            .await
            .map_err(|error| environment(&error))?
            .map_err(|failure| match failure {
                open::OpenFailure::Refused(reason) => Failure::Refused(reason),
                open::OpenFailure::Ourselves(reason) => Failure::Environment(reason),
            })?
    };
    store(app, upload, payload).await
}

/// Opens one container, or a log with all its parts.
fn decoded(
    app: &App,
    upload: &PendingUpload,
    sealed: Vec<u8>,
    parts: &[(u32, [u8; 32])],
) -> Result<DecodedPayload, open::OpenFailure> {
    let PendingUpload { client, upload, stored_at, parts: of, .. } = *upload;
    let Some(of) = of else {
        let opened = open::open(&app.authority, &sealed, client, upload, stored_at)?;
        return decode::decode(&opened).map_err(open::OpenFailure::Refused);
    };
    let part = |number: u32| {
        let (_, sha256) = parts
            .iter()
            .find(|(known, _)| *known == number)
            .ok_or_else(|| format!("part {number} is not recorded"))?;
        app.archive.read_blocking(sha256).map_err(|error| format!("part {number}: {error}"))
    };
    let opened = open::open_log(&app.authority, sealed, of, part, client, upload, stored_at)?;
    decode::log(&opened).map_err(open::OpenFailure::Refused)
}

async fn store(app: &App, upload: &PendingUpload, payload: DecodedPayload) -> Result<(), Failure> {
    let device = match payload.device {
        Some(device) => Some(resolve(app, upload, &device.name, &device.evidence).await?),
        None => None,
    };
    let repeats = app.store.sequence_user(upload.client, payload.sequence, upload.upload).await?;
    if let Some(other) = repeats {
        // The transfer is bound by the signature, so this is no replay; the client lost count.
        let detail = format!("{} used the sequence number {} of {other}", upload.upload, payload.sequence);
        app.store.audit(&upload.client.to_string(), "sequenceRepeated", &detail).await?;
    }
    let readings =
        OpenedReadings { device, sequence: payload.sequence, readings: payload.readings, log: payload.log };
    Ok(app.store.store_opened(upload, &readings).await?)
}

/// The device that the payload speaks of; contradictions are settled, since data must not be lost for them.
async fn resolve(
    app: &App,
    upload: &PendingUpload,
    name: &Uuid,
    evidence: &DeviceEvidenceRow,
) -> Result<Uuid, Failure> {
    match app.store.resolve_device(&upload.tenant, upload.client, *name, evidence, false).await? {
        Resolved::Created(device) | Resolved::Known(device) => Ok(device),
        Resolved::TooMany => {
            Err(Failure::Refused("its client has named as many devices as it may".to_owned()))
        }
        Resolved::Conflict(_) => Err(Failure::Environment("evidence was not settled".to_owned())),
    }
}

/// Closes commands whose time has passed; how long until the next one.
async fn expire(app: &App) -> Result<Duration, StoreError> {
    for (client, version) in app.store.expire_commands().await? {
        app.roster.set_commands_version(client, version);
    }
    let next = app.store.next_command_expiry().await?;
    let left = next.map_or(i64::MAX, |at| at.saturating_sub(clock::now_ms()));
    Ok(Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(LONGEST_PAUSE))
}

/// Gives up the parts of uploads that were never closed.
async fn give_up_parts(app: &App) -> Result<(), StoreError> {
    let keep = i64::try_from(app.settings.keep_parts.as_millis()).unwrap_or(i64::MAX);
    let given_up = app.store.forget_stale_parts(clock::now_ms().saturating_sub(keep)).await?;
    app.remove_unused(given_up).await
}

/// Gives up what was quarantined for long enough where its client's share is full.
async fn give_up_quarantined(app: &App) -> Result<(), StoreError> {
    let (share, keep) = (app.settings.share, app.settings.keep_quarantined);
    let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    let given_up = app.store.give_up_quarantined(share, clock::now_ms().saturating_sub(keep)).await?;
    app.remove_unused(given_up).await
}

const BETWEEN_SWEEPS: Duration = Duration::from_secs(60 * 60);
/// Uploads that could not be opened for want of something are tried again after this.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
const MOST_ATTEMPTS: i64 = 5;
