//! `PUT …/uploads/{uuid7}/parts/{n}`: one part of a large upload; which are there; whether all are.
//!
//! ```text
//! PUT part ─▶ room? ─▶ as an upload: archive, then row ─▶ 201 | 200 same bytes | 409 other bytes or closed
//!               ╲─▶ 429 too much is open, none of it left alone | 413 too much for one upload
//! HEAD     ─▶ 200 closed | 204 with Remote-Services-Parts | 404 nothing
//! PUT list ─▶ 409 missingParts while one is missing, else an upload that the worker opens with its parts
//! ```
//! Parts of an upload that is never closed are given up by the worker after a month, and before when its client opens more
//! than it may: see the store.

use axum::body::Body;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use remote_services_transport::document::{PartRanges, ProblemKind, names};
use remote_services_transport::parts::MISSING_PARTS;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::Refusal;
use super::answer::empty;
use super::body::{BoundedBody, content_length};
use super::peer::{Client, Names};
use super::uploads::{check_headers, other_bytes, receipt, receive, upload_name};
use crate::app::App;
use crate::clock;
use crate::store::{NewPart, NewUpload, NoRoom, OpenBounds, PartRecorded};

pub(super) async fn store(
    State(app): State<Arc<App>>,
    client: Client,
    Names(path): Names,
    raw: RawPathParams,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let upload = upload_name(&path)?;
    let limits = app.directory.0.limits;
    let part = raw.iter().find(|(name, _)| *name == "part").and_then(|(_, value)| value.parse().ok());
    let part =
        part.filter(|part| (1..=limits.max_parts.min(PartRanges::LAST)).contains(part)).ok_or_else(|| {
            Refusal::new(ProblemKind::TooLarge, format!("parts are numbered from 1 to {}", limits.max_parts))
        })?;
    let announced = check_headers(&headers)?;
    let (bounds, octets) = (app.settings.open, content_length(&headers)?.unwrap_or(limits.part_size));
    if let Some(no_room) = app.store.room_for_part(client.id, upload, part, octets, bounds).await? {
        return Err(refusal(no_room, &app));
    }
    let mut body = BoundedBody::new(&headers, body, limits.part_size)?;
    let received = receive(&app, &mut body, announced).await?;
    let recorded = app.carry_through(|app| async move {
        let recording = app.recording.read().await;
        let (sha256, size) = received.keep().await?;
        let octets =
            NewUpload { client: client.id, upload, sha256, size, stored_at: clock::now_ms(), parts: None };
        let (recorded, given_up) = app.store.record_part(&NewPart { part, octets }, bounds).await?;
        drop(recording);
        // The part is there, whatever becomes of what made room for it.
        app.let_go(given_up).await;
        if !matches!(&recorded, PartRecorded::There(stored, _) if stored.sha256 == sha256) {
            app.let_go(vec![sha256]).await;
        }
        Ok((recorded, sha256))
    });
    let (recorded, sha256) = recorded.await?;
    match recorded {
        PartRecorded::There(stored, new) if stored.sha256 == sha256 => {
            Ok(receipt(if new { StatusCode::CREATED } else { StatusCode::OK }, upload, &stored))
        }
        PartRecorded::There(..) => Err(other_bytes(upload)),
        PartRecorded::Closed => {
            Err(Refusal::new(ProblemKind::Conflict, "the upload is closed").because("otherBytes"))
        }
        PartRecorded::NoRoom(no_room) => Err(refusal(no_room, &app)),
    }
}

fn refusal(no_room: NoRoom, app: &App) -> Refusal {
    let OpenBounds { uploads, octets, .. } = app.settings.open;
    match no_room {
        NoRoom::For(ms) => {
            let detail = format!(
                "at most {uploads} uploads of a client, of {octets} octets together, may wait for their last parts"
            );
            let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(LONGEST_WAIT);
            Refusal::new(ProblemKind::Busy, detail).with_retry_after(wait)
        }
        NoRoom::Ever => {
            Refusal::new(ProblemKind::TooLarge, format!("at most {octets} octets are taken in parts"))
        }
    }
}

/// Which parts are there: 204, or 404 when there are none.
pub(super) async fn list(app: &App, client: Uuid, upload: Uuid) -> Result<Response, Refusal> {
    let parts: PartRanges =
        app.store.parts(client, upload).await?.into_iter().map(|(part, _)| part).collect();
    if parts.is_empty() {
        return Err(Refusal::new(ProblemKind::NotFound, format!("there is no upload {upload}")));
    }
    let mut response = empty(StatusCode::NO_CONTENT);
    if let Ok(parts) = HeaderValue::try_from(parts.to_string()) {
        response.headers_mut().insert(names::PARTS, parts);
    }
    Ok(response)
}

/// Refuses a list that closes parts of which one is missing, or fewer than there are.
pub(super) async fn require_all(app: &App, client: Uuid, upload: Uuid, of: u32) -> Result<(), Refusal> {
    let parts: PartRanges =
        app.store.parts(client, upload).await?.into_iter().map(|(part, _)| part).collect();
    if parts == PartRanges::up_to(of) {
        return Ok(());
    }
    let detail = match (1..=of).find(|part| !parts.contains(*part)) {
        Some(missing) => format!("part {missing} of {of} is not there"),
        None => format!("there are parts beyond {of}"),
    };
    Err(Refusal::new(ProblemKind::Conflict, detail).because(MISSING_PARTS))
}

/// Somebody else may make room before.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
