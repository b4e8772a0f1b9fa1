//! Request bodies: bounded before reading, digested, timed.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use remote_services_transport::document::{ContentDigest, ProblemKind, names};
use serde::de::DeserializeOwned;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use super::Refusal;

/// A request body that never gives more octets than its limit, nor waits longer for the next ones than
/// [`PATIENCE`], nor for all of them longer than [`SLOWEST`] makes of the limit.
pub(crate) struct BoundedBody {
    body: Body,
    announced: u64,
    left: u64,
    limit: u64,
    until: Instant,
}

impl BoundedBody {
    /// Refuses at once what announces more than `limit` octets.
    pub(crate) fn new(headers: &HeaderMap, body: Body, limit: u64) -> Result<Self, Refusal> {
        let announced = content_length(headers)?.unwrap_or(0);
        if announced > limit {
            return Err(too_large(limit));
        }
        let until = Instant::now() + PATIENCE + Duration::from_secs(limit / SLOWEST);
        Ok(Self { body, announced, left: limit, limit, until })
    }

    /// How many octets were announced: none where nothing was said.
    pub(crate) fn announced(&self) -> u64 {
        self.announced
    }

    /// The next octets, at least one, or nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let frame = std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
            let frame = timeout_at(self.until.min(Instant::now() + PATIENCE), frame).await.map_err(|_| {
                Refusal::new(ProblemKind::Malformed, "the body did not arrive in time").with_status(408)
            })?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| {
                Refusal::new(ProblemKind::Malformed, format!("the body broke off: {error}"))
            })?;
            // Trailers are of no use here.
            let Ok(octets) = frame.into_data() else { continue };
            if octets.is_empty() {
                continue;
            }
            let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(length).ok_or_else(|| too_large(self.limit))?;
            return Ok(Some(octets));
        }
    }

    /// All octets, compared with their digest if one was sent.
    pub(super) async fn read_all(mut self, headers: &HeaderMap) -> Result<Vec<u8>, Refusal> {
        let mut all = Vec::new();
        while let Some(octets) = self.next().await? {
            all.extend_from_slice(&octets);
        }
        match content_digest(headers)? {
            Some(digest) if digest != ContentDigest::of(&all) => Err(wrong_digest()),
            _ => Ok(all),
        }
    }
}

/// Reads a JSON control document; also gives it as it was sent, unknown members included.
pub(crate) async fn read_document<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    limit: u64,
) -> Result<(T, String), Refusal> {
    expect_media_type(headers, names::JSON)?;
    let octets = BoundedBody::new(headers, body, limit)?.read_all(headers).await?;
    let malformed = |detail: String| Refusal::new(ProblemKind::Malformed, detail);
    let text = String::from_utf8(octets).map_err(|_| malformed("the document is not UTF-8".to_owned()))?;
    let unreadable = |error: serde_json::Error| malformed(format!("the document: {error}"));
    let document = serde_json::from_str(&text).map_err(unreadable)?;
    // Unknown members are skipped above, whatever is in them: what is kept is to be readable as a whole.
    serde_json::from_str::<serde_json::Value>(&text).map_err(unreadable)?;
    Ok((document, text))
}

/// Insists on a media type, parameters aside.
pub(super) fn expect_media_type(headers: &HeaderMap, expected: &str) -> Result<(), Refusal> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing");
    let essence = found.split(';').next().unwrap_or(found).trim();
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Refusal::new(ProblemKind::MediaType, format!("{expected} is taken here, not {found}")))
}

/// `Content-Length`, if there is one.
pub(super) fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    headers
        .get(CONTENT_LENGTH)
        .map(|value| {
            value
                .to_str()
                .ok()
                .and_then(|value| value.parse().ok())
                .ok_or_else(|| Refusal::new(ProblemKind::Malformed, "Content-Length is not a number"))
        })
        .transpose()
}

/// `Content-Digest`, if there is one.
pub(crate) fn content_digest(headers: &HeaderMap) -> Result<Option<ContentDigest>, Refusal> {
    headers
        .get(names::CONTENT_DIGEST)
        .map(|value| {
            value
                .to_str()
                .map_err(|error| error.to_string())
                .and_then(|value| value.parse().map_err(|error| format!("{error}")))
                .map_err(|detail| Refusal::new(ProblemKind::Digest, detail))
        })
        .transpose()
}

pub(crate) fn wrong_digest() -> Refusal {
    Refusal::new(ProblemKind::Digest, "the body received does not have the digest in Content-Digest")
}

fn too_large(limit: u64) -> Refusal {
    Refusal::new(ProblemKind::TooLarge, format!("at most {limit} octets are taken here"))
}

/// How long the next octets of a body may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Octets a second below which a whole body is too slow.
const SLOWEST: u64 = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::task::{Context, Poll};
    use tokio::time::Sleep;

    /// One octet each time shortly before patience ends, for ever.
    struct Drip(Pin<Box<Sleep>>);

    impl HttpBody for Drip {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.0.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.0.as_mut().reset(Instant::now() + PATIENCE - Duration::from_secs(1));
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_does_not_hold_its_connection_for_ever() {
        let start = Instant::now();
        let drip = Body::new(Drip(Box::pin(tokio::time::sleep(Duration::ZERO))));
        let headers = HeaderMap::new();
        let body = BoundedBody::new(&headers, drip, 16 << 10).unwrap();
        let refusal = tokio::time::timeout(Duration::from_secs(3_600), body.read_all(&headers)).await;
        assert!(refusal.expect("gives up within the hour").is_err());
        assert!(start.elapsed() <= PATIENCE + Duration::from_secs(5));
    }
}
