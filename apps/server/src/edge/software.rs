//! Newer software: the signed manifest, and the file that it names, whole or in pieces.
//!
//! Manifests are signed when they are asked for and good for two weeks, so that a manifest that somebody replays for ever is
//! noticed. Only what was published as an artifact can be fetched, whatever else the archive holds.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, RawPathParams, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, ProblemKind, names};
use remote_services_transport::software;
use serde::Deserialize;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncSeekExt, ReadBuf};

use super::Refusal;
use super::answer::{bytes, empty, is_known, tagged};
use super::peer::Client;
use crate::app::App;
use crate::clock;
use crate::signing::sign;

#[derive(Deserialize)]
pub(super) struct Question {
    component: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    target: String,
}

/// `GET clients/{client}/software`: the newest manifest, also when the client has that version.
pub(super) async fn manifest(
    State(app): State<Arc<App>>,
    _: Client,
    question: Result<Query<Question>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let question = question.map_err(|error| Refusal::new(ProblemKind::Malformed, error.body_text()))?;
    let Query(Question { component, channel, target }) = question;
    let Some(mut manifest) = app.store.newest_software(&component, &channel, &target).await? else {
        return Ok(empty(StatusCode::NO_CONTENT));
    };
    let now = clock::now_ms();
    manifest.expires = Timestamp::from_unix_millis(now / DAY_MS * DAY_MS).plus(GOOD_FOR);
    let document = serde_json::to_string(&manifest)
        .map_err(|_| Refusal::new(ProblemKind::Internal, "the manifest cannot be written"))?;
    // By what it says, and so another one each day: after a store is put back from a backup its sequence counts anew.
    let tag = format!("\"{}\"", &ContentDigest::of(document.as_bytes()).to_hex()[..32]);
    if is_known(&headers, &tag) {
        return Ok(tagged(empty(StatusCode::NOT_MODIFIED), &tag));
    }
    let signed = sign(app.authority.software(), &document, Timestamp::from_unix_millis(now))?;
    Ok(tagged(bytes(StatusCode::OK, names::SIGNED, signed), &tag))
}

/// `GET artifacts/sha-256/{digest}`: 200 with the whole, 206 with a part, 416 beyond the end.
pub(super) async fn artifact(
    State(app): State<Arc<App>>,
    _: Client,
    path: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let nothing = || Refusal::new(ProblemKind::NotFound, "there is no such artifact");
    let digest = path.iter().find(|(name, _)| *name == "digest").and_then(|(_, value)| hex::decode(value));
    let digest: [u8; 32] = digest.ok_or_else(nothing)?;
    let size = app.store.artifact(&digest).await?.ok_or_else(nothing)?;
    let tag = software::tag(ContentDigest::from_sha256(digest));
    // A part of another file would be of no use (RFC 9110 §13.1.5).
    let same = headers.get(IF_RANGE).is_none_or(|value| value.as_bytes() == tag.as_bytes());
    let range = headers.get(RANGE).filter(|_| same).and_then(|value| value.to_str().ok());
    let range = range.and_then(|value| requested(value, size));
    let (status, first, length) = match range {
        None => (StatusCode::OK, 0, size),
        Some(Some((first, last))) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Some(None) => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
                response.headers_mut().insert(CONTENT_RANGE, value);
            }
            return Ok(response);
        }
    };
    let mut file = app.archive.open_file(&digest).await?;
    file.seek(io::SeekFrom::Start(first)).await?;
    let mut response = Response::new(Body::new(FileBody { file, left: length }));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
    fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("private, immutable"));
    let whole = ContentDigest::from_sha256(digest).to_string();
    if let Ok(value) = HeaderValue::try_from(whole) {
        fields.insert("repr-digest", value);
    }
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::try_from(format!("bytes {first}-{}/{size}", first + length - 1))
    {
        fields.insert(CONTENT_RANGE, value);
    }
    Ok(tagged(response, &tag))
}

/// One range of octets (RFC 9110 §14.1.2): nothing when the field is to be ignored, `Some(None)` when it lies beyond the end.
fn requested(value: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.parse().ok()?;
    let last: u64 = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    if last < first {
        return None;
    }
    Some((first < size).then(|| (first, last.min(size - 1))))
}

/// A part of a file as a body, read when the connection takes it.
struct FileBody {
    file: tokio::fs::File,
    left: u64,
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; usize::try_from(self.left.min(PIECE)).unwrap_or(0)];
        let mut buffer = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut self.file).poll_read(context, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        piece.truncate(read);
        self.left -= read as u64;
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a manifest holds that a client was shown.
const GOOD_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const PIECE: u64 = 64 << 10;
