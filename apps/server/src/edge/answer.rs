//! Answers: documents with their digest, and problem documents (RFC 9457).

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use remote_services_transport::document::{ContentDigest, Problem, ProblemKind, names};
use serde::Serialize;
use std::time::Duration;

use crate::store::StoreError;

/// A request that was not granted: a problem document and its status.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Box<Problem>,
    headers: HeaderMap,
}

impl Refusal {
    /// A refusal of that kind, with one sentence about the case.
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, problem: Box::new(Problem::new(kind, detail)), headers: HeaderMap::new() }
    }

    /// The same with another status than the kind's usual one.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap_or(self.status);
        self.problem.status = Some(self.status.as_u16());
        self
    }

    /// The same with a reason as a token, for programs.
    pub(crate) fn because(mut self, reason: &'static str) -> Self {
        self.problem.reason = Some(reason.to_owned());
        self
    }

    /// The same with the entity tag of what is stored.
    pub(crate) fn with_tag(mut self, tag: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(tag) {
            self.headers.insert(ETAG, value);
        }
        self
    }

    /// Whether a registration key was at fault.
    pub(crate) fn is_about_keys(&self) -> bool {
        self.problem.kind == ProblemKind::RegistrationKey.uri()
    }

    /// The same, and when to come again.
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        self
    }

    /// The same with a header field.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }
}

/// The server could not keep something: the client may come again, since nothing was acknowledged.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        storage_failed(error.is_disk_full())
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the archive failed");
        storage_failed(error.kind() == std::io::ErrorKind::StorageFull)
    }
}

impl From<crate::ca::CaError> for Refusal {
    fn from(error: crate::ca::CaError) -> Self {
        tracing::error!(%error, "the certification authority failed");
        Self::new(ProblemKind::Internal, "the server could not issue the certificate")
    }
}

impl From<crate::random::RandomnessError> for Refusal {
    fn from(error: crate::random::RandomnessError) -> Self {
        tracing::error!(%error, "no identifier can be made");
        Self::new(ProblemKind::Internal, "the server has no randomness")
    }
}

fn storage_failed(disk_full: bool) -> Refusal {
    let why = match disk_full {
        true => "the server's disk is full; nothing was taken",
        false => "the server cannot store at the moment; nothing was taken",
    };
    Refusal::new(ProblemKind::Internal, why).with_status(503).with_header(RETRY_AFTER, "30")
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = document(self.status, names::PROBLEM_JSON, &self.problem);
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A JSON document with its digest.
pub(crate) fn json(status: StatusCode, content: &impl Serialize) -> Response {
    document(status, names::JSON, content)
}

fn document(status: StatusCode, media_type: &'static str, content: &impl Serialize) -> Response {
    match serde_json::to_vec(content) {
        Ok(octets) => bytes(status, media_type, octets),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Octets with their media type and digest.
pub(crate) fn bytes(status: StatusCode, media_type: &'static str, octets: Vec<u8>) -> Response {
    let digest = ContentDigest::of(&octets).to_string();
    let mut response = Response::new(Body::from(octets));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(digest) = HeaderValue::try_from(digest) {
        headers.insert(names::CONTENT_DIGEST, digest);
    }
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Puts an entity tag on an answer; `tag` includes its quotes.
pub(crate) fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// Whether `If-None-Match` names `tag`, weak or strong, or is `*` (RFC 9110 §13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    tags(headers, &IF_NONE_MATCH).any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

/// Whether `If-Match` names `tag` or is `*`. A weak one is no match (RFC 9110 §13.1.1).
pub(crate) fn is_matched(headers: &HeaderMap, tag: &str) -> bool {
    tags(headers, &IF_MATCH).any(|item| item == "*" || item == tag)
}

fn tags<'a>(headers: &'a HeaderMap, field: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(field).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}
