//! `PUT …/uploads/{uuid7}`: one sealed payload, taken once, acknowledged when it is durable.
//!
//! ```text
//! headers checked ─▶ room in the client's share, else 429 ─▶ streamed to the archive, hashed ─▶ file synced and renamed ─▶ row committed ─▶ 201
//!                                                                     └ row was there: same bytes 200, other 409
//! ```
//! A crash before the row leaves a file without an owner, and the client, which has no answer, sends again.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, PartRanges, ProblemKind, Receipt, names};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::Refusal;
use super::answer::{empty, json};
use super::body::{BoundedBody, content_digest, content_length, expect_media_type, wrong_digest};
use super::parts;
use super::peer::{Client, Names};
use crate::app::App;
use crate::archive::Incoming;
use crate::clock;
use crate::store::{NewUpload, ShareBounds, StoredUpload};

pub(super) async fn store(
    State(app): State<Arc<App>>,
    client: Client,
    Names(names): Names,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let upload = upload_name(&names)?;
    let announced = check_headers(&headers)?;
    let mut body = BoundedBody::new(&headers, body, app.directory.0.limits.max_upload)?;

    if let Some(stored) = app.store.upload(client.id, upload).await? {
        if stored.sha256 != *announced.as_bytes() {
            return Err(other_bytes(upload));
        }
        // The claim to be the same bytes is checked as well, but nothing is written again.
        let mut hash = Sha256::new();
        while let Some(octets) = body.next().await? {
            hash.update(&octets);
        }
        return if hash.finalize().as_slice() == stored.sha256 {
            Ok(receipt(StatusCode::OK, upload, &stored))
        } else {
            Err(wrong_digest())
        };
    }

    let share = app.settings.share;
    if app.store.share_is_full(client.id, share).await? {
        return Err(share_is_full(share));
    }
    let closes = closes(&headers)?;
    if let Some(of) = closes {
        parts::require_all(&app, client.id, upload, of).await?;
    }
    let incoming = receive(&app, &mut body, announced).await?;
    app.carry_through(|app| async move {
        let recording = app.recording.read().await;
        let (sha256, size) = incoming.keep().await?;
        let row =
            NewUpload { client: client.id, upload, sha256, size, stored_at: clock::now_ms(), parts: closes };
        let recorded = app.store.record_upload(row, share).await?;
        drop(recording);
        match recorded {
            Some((true, stored)) => {
                app.ingest.ring();
                Ok(receipt(StatusCode::CREATED, upload, &stored))
            }
            Some((false, stored)) if stored.sha256 == sha256 => Ok(receipt(StatusCode::OK, upload, &stored)),
            refused => {
                app.let_go(vec![sha256]).await;
                Err(if refused.is_some() { other_bytes(upload) } else { share_is_full(share) })
            }
        }
    })
    .await
}

/// It is taken later: what waits is opened, and what is quarantined makes room after a while.
fn share_is_full(share: ShareBounds) -> Refusal {
    let ShareBounds { uploads, octets } = share;
    let detail = format!(
        "no more is taken while {uploads} uploads of a client, or {octets} octets, wait to be opened or are quarantined"
    );
    Refusal::new(ProblemKind::Busy, detail).with_retry_after(SHARE_WAIT)
}

/// Takes a sealed container into the archive, as far as it can be taken back.
pub(super) async fn receive(
    app: &App,
    body: &mut BoundedBody,
    announced: ContentDigest,
) -> Result<Received, Refusal> {
    let mut incoming = app.archive.receive(body.announced()).await?;
    let mut size = 0_i64;
    while let Some(octets) = body.next().await? {
        if size == 0 && octets.first() != Some(&DER_SEQUENCE) {
            return Err(
                Refusal::new(ProblemKind::Payload, "this is not a sealed payload").because("notSealed")
            );
        }
        size += i64::try_from(octets.len()).unwrap_or(i64::MAX);
        incoming.write(&octets).await?;
    }
    if incoming.sha256() != *announced.as_bytes() {
        return Err(wrong_digest());
    }
    if size == 0 {
        return Err(Refusal::new(ProblemKind::Payload, "the payload is empty").because("notSealed"));
    }
    Ok(Received { incoming, size })
}

/// A container that arrived whole, with the digest that was announced.
pub(super) struct Received {
    incoming: Incoming,
    size: i64,
}

impl Received {
    /// Makes it durable; its digest and size.
    pub(super) async fn keep(self) -> Result<([u8; 32], i64), Refusal> {
        let sha256 = self.incoming.sha256();
        self.incoming.keep().await?;
        Ok((sha256, self.size))
    }
}

/// `HEAD …/uploads/{uuid7}`: whether it is there, with its size and digest; else which of its parts are there.
pub(super) async fn look(
    State(app): State<Arc<App>>,
    client: Client,
    Names(names): Names,
) -> Result<Response, Refusal> {
    let upload = upload_name(&names)?;
    let Some(stored) = app.store.upload(client.id, upload).await? else {
        return parts::list(&app, client.id, upload).await;
    };
    let mut response = empty(StatusCode::OK);
    let digest = ContentDigest::from_sha256(stored.sha256).to_string();
    if let Ok(digest) = HeaderValue::try_from(digest) {
        response.headers_mut().insert("repr-digest", digest);
    }
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(stored.size));
    Ok(response)
}

pub(super) fn upload_name(names: &[Uuid]) -> Result<Uuid, Refusal> {
    match names {
        [upload] if upload.get_version_num() == 7 => Ok(*upload),
        _ => Err(Refusal::new(ProblemKind::Malformed, "the upload in the path is not a UUIDv7")),
    }
}

pub(super) fn check_headers(headers: &HeaderMap) -> Result<ContentDigest, Refusal> {
    expect_media_type(headers, names::SEALED)?;
    let missing = |field| Refusal::new(ProblemKind::Malformed, format!("the request has no {field}"));
    content_length(headers)?.ok_or_else(|| missing("Content-Length"))?;
    if headers.get(IF_NONE_MATCH).is_none_or(|value| value.as_bytes() != b"*") {
        return Err(missing("If-None-Match: *"));
    }
    content_digest(headers)?
        .ok_or_else(|| Refusal::new(ProblemKind::Digest, "the request has no Content-Digest"))
}

pub(super) fn receipt(status: StatusCode, upload: Uuid, stored: &StoredUpload) -> Response {
    let digest = ContentDigest::from_sha256(stored.sha256);
    json(status, &Receipt { upload, digest, stored_at: Timestamp::from_unix_millis(stored.stored_at) })
}

pub(super) fn other_bytes(upload: Uuid) -> Refusal {
    Refusal::new(ProblemKind::Conflict, format!("other bytes are stored as {upload}")).because("otherBytes")
}

/// How many parts the upload closes, if it is the list of parts that closes them.
fn closes(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let Some(value) = headers.get(names::PARTS) else { return Ok(None) };
    let parts = value.to_str().ok().and_then(|value| value.parse::<PartRanges>().ok());
    match parts.as_ref().and_then(PartRanges::last) {
        Some(last) if parts == Some(PartRanges::up_to(last)) => Ok(Some(last)),
        _ => Err(Refusal::new(
            ProblemKind::Malformed,
            "Remote-Services-Parts must be (1 N): all parts are needed",
        )),
    }
}

/// What waits is mostly opened by then; the client's own back-off goes on from there.
const SHARE_WAIT: Duration = Duration::from_secs(60);
/// Every sealed container is one DER SEQUENCE; what begins otherwise is not worth storing.
const DER_SEQUENCE: u8 = 0x30;
