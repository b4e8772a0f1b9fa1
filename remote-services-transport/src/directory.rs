//! The directory: where a client begins, kept until the server says that it changed.
//!
//! ```text
//! nothing ── GET /rs/v1/ ──▶ 200 ─▶ known ── GET, If-None-Match ──▶ 200 ─▶ known, replaced
//!    │                                    ╲──▶ 304 ─▶ known, as it was
//!    ╲─▶ error: nothing is known yet       ╲─▶ error: what was known stays
//!
//! error: another status, a body that is no directory, a URL off this server, 304 or 204 where nothing was known
//!
//! asked with a certificate that is to be tried out:
//!   200 that can be read, 304 where one was known, 400 404 406 409 410 412 413 415 416 422 in the server's own words ─▶ accepted
//!   401 403 ─▶ refused                                               another status, not the server's words, no answer ─▶ nobody knows
//! ```

use crate::document::{Directory, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// The directory as it was last read.
#[derive(Clone, Debug, Default)]
pub struct DirectoryCache {
    known: Option<(Option<String>, Directory)>,
    server_time: Option<Timestamp>,
}

/// Why an answer to the directory's request is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The server did not give it.
    #[error("{why}")]
    Status {
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
    /// The body is no directory.
    #[error("the server's directory cannot be read: {0}")]
    Document(String),
    /// A URL template leads off the server.
    #[error("the server's directory names a URL that is no path on this server: {0}")]
    ForeignUrl(String),
}

impl DirectoryError {
    /// Whether the server does not take the client's certificate, so that one that is tried out is of no use; all others say nothing of it.
    #[must_use]
    pub fn refuses_the_client(&self) -> bool {
        matches!(self, Self::Status { step: NextStep::Trust, .. })
    }
}

impl DirectoryCache {
    /// The directory, if it was ever read.
    #[must_use]
    pub fn get(&self) -> Option<&Directory> {
        self.known.as_ref().map(|(_, directory)| directory)
    }

    /// What the server's clock showed when it answered last: `serverTime`, or `Date` (RFC 9110 §6.6.1) where it said that
    /// nothing else changed. None when it said neither, and when the answer shows that it was stored on its way: by an `Age`
    /// (RFC 9111 §5.1), or a `Date` that is not about its `serverTime`.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.server_time
    }

    /// What to ask.
    #[must_use]
    pub fn request(&self) -> Request<'static> {
        // It tells the time, too: whoever stores answers is to ask the server (RFC 9111 §5.2.1.4).
        let request = Request::new(Method::Get, names::DIRECTORY)
            .with("accept", names::JSON)
            .with("cache-control", "no-cache");
        match &self.known {
            Some((Some(etag), _)) => request.with("if-none-match", etag.clone()),
            _ => request,
        }
    }

    /// Takes the answer in.
    ///
    /// # Errors
    /// See [`DirectoryError`]; what was known before stays.
    pub fn handle(&mut self, answer: &Answer) -> Result<&Directory, DirectoryError> {
        match (next_step(Outcome::Status(answer.status)), answer.status) {
            (NextStep::GoOn, 200) => {
                let directory = serde_json::from_slice::<Directory>(&answer.body)
                    .map_err(|error| DirectoryError::Document(error.to_string()))?;
                check_templates(&directory)?;
                self.server_time = time_of(answer, Some(directory.server_time));
                self.known = Some((answer.etag().map(str::to_owned), directory));
            }
            (NextStep::GoOn, 304) => self.server_time = time_of(answer, None),
            (NextStep::GoOn, _) => return Err(DirectoryError::Document("it has no body".to_owned())),
            (step, _) => return Err(DirectoryError::Status { step, why: answer.complaint() }),
        }
        self.get().ok_or_else(|| {
            DirectoryError::Document("not changed, says the server, but never sent".to_owned())
        })
    }

    /// Takes the answer in to a request that was made to learn whether the server accepts the certificate that it was made with. It
    /// does when it gives the directory; `None` when it does, and has none to give: it says something else of this request, in its
    /// own words.
    ///
    /// # Errors
    /// When the certificate is not accepted, [`NextStep::Trust`], or nobody knows: one that stands in front of the server answered, or
    /// the server as it answers anybody while it is busy or out of order.
    pub fn try_out(&mut self, answer: &Answer) -> Result<Option<&Directory>, DirectoryError> {
        let refused = matches!(
            answer.verdict(names::JSON).0,
            NextStep::Quarantine
                | NextStep::Gone
                | NextStep::Conflict
                | NextStep::ReadAgain
                | NextStep::TooLarge
                | NextStep::StartAgain
        );
        if refused && answer.is_own_word(names::JSON) {
            return Ok(None);
        }
        self.handle(answer).map(Some)
    }
}

/// What an answer says of the present: `told`, else its `Date`.
fn time_of(answer: &Answer, told: Option<Timestamp>) -> Option<Timestamp> {
    let is_stored = answer.fields.iter().any(|(name, value)| name == "age" && value.trim() != "0");
    let (date, told) = (answer.date(), told.or(answer.date())?);
    let apart = date.map_or(Duration::ZERO, |date| date.since(told).max(told.since(date)));
    (!is_stored && apart <= MOST_APART).then_some(told)
}

/// `Date` and `serverTime` of one answer may be so far apart.
const MOST_APART: Duration = Duration::from_secs(60);

/// Templates stay on the server's own origin: credentials go nowhere else, and no character breaks out of the request line.
fn check_templates(directory: &Directory) -> Result<(), DirectoryError> {
    let urls = &directory.urls;
    let all = [
        &urls.cacerts,
        &urls.simple_enroll,
        &urls.simple_reenroll,
        &urls.client,
        &urls.device,
        &urls.upload,
        &urls.upload_part,
        &urls.commands,
        &urls.command,
        &urls.execution,
        &urls.software,
        &urls.policy,
        &urls.artifact,
    ];
    for template in all {
        let is_path = template.starts_with('/') && !template.starts_with("//") && template.len() <= 1024;
        if !is_path || !template.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DirectoryError::ForeignUrl(template.chars().take(80).collect()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, etag: &str, body: &str) -> Answer {
        Answer { status, fields: vec![("etag".to_owned(), etag.to_owned())], body: body.as_bytes().to_vec() }
    }

    const SMALL: &str = r#"{"serverTime":"2026-11-22T10:00:00Z","limits":{"maxUpload":7}}"#;

    #[test]
    fn is_kept_until_it_changes() {
        let mut cache = DirectoryCache::default();
        assert_eq!(cache.handle(&answer(200, "\"a\"", SMALL)).unwrap().limits.max_upload, 7);
        assert!(cache.request().fields.contains(&("if-none-match", "\"a\"".to_owned())));
        assert_eq!(cache.handle(&answer(304, "\"a\"", "")).unwrap().limits.max_upload, 7);
        assert!(cache.handle(&answer(503, "", "")).is_err());
        assert_eq!(cache.get().unwrap().limits.max_upload, 7);
    }

    #[test]
    fn each_answer_tells_what_time_it_is_at_the_server_whether_anything_else_changed_or_not() {
        let mut cache = DirectoryCache::default();
        assert_eq!(cache.server_time(), None);
        cache.handle(&answer(200, "\"a\"", SMALL)).unwrap();
        assert_eq!(cache.server_time().unwrap().to_string(), "2026-11-22T10:00:00.000Z");
        let mut unchanged = answer(304, "\"a\"", "");
        unchanged.fields.push(("date".to_owned(), "Sun, 22 Nov 2026 12:34:56 GMT".to_owned()));
        cache.handle(&unchanged).unwrap();
        assert_eq!(cache.server_time().unwrap().to_string(), "2026-11-22T12:34:56.000Z");
        cache.handle(&answer(304, "\"a\"", "")).unwrap();
        assert_eq!(cache.server_time(), None, "what it was two hours ago says nothing of now");
    }

    #[test]
    fn an_answer_that_was_stored_on_its_way_tells_no_time() {
        let told = |status, fields: &[(&str, &str)]| {
            let mut cache = DirectoryCache::default();
            cache.handle(&answer(200, "\"a\"", SMALL)).unwrap();
            let mut answer = answer(status, "\"a\"", SMALL);
            answer
                .fields
                .extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            cache.handle(&answer).unwrap();
            cache.server_time().map(Timestamp::unix_seconds)
        };
        let date = |text| ("date", text);
        let (same, minute) = (date("Sun, 22 Nov 2026 10:00:00 GMT"), date("Sun, 22 Nov 2026 10:01:00 GMT"));
        let (later, earlier) = (date("Sun, 22 Nov 2026 10:01:01 GMT"), date("Sun, 22 Nov 2026 09:58:59 GMT"));
        let ten = 1_795_341_600;
        for (status, fields, wanted) in [
            (200, &[same][..], Some(ten)),
            (200, &[minute], Some(ten)),
            (200, &[same, ("age", "0")], Some(ten)),
            (200, &[later], None),
            (200, &[earlier], None),
            (200, &[same, ("age", "1")], None),
            (200, &[("age", "0"), ("age", "7200")], None),
            (304, &[later, ("age", "0")], Some(ten + 61)),
            (304, &[later, ("age", "61")], None),
        ] {
            assert_eq!(told(status, fields), wanted, "{status} {fields:?}");
        }
        let request = DirectoryCache::default().request();
        assert!(request.fields.contains(&("cache-control", "no-cache".to_owned())));
    }

    #[test]
    fn a_url_off_the_server_is_refused() {
        for url in ["https://evil.test/x", "//evil.test/x", "x", "/a b", "/a\\r\\nHost: b"] {
            let body = SMALL.replace("\"limits\"", &format!("\"urls\":{{\"upload\":\"{url}\"}},\"limits\""));
            let error = DirectoryCache::default().handle(&answer(200, "", &body)).unwrap_err();
            assert!(matches!(error, DirectoryError::ForeignUrl(_)), "{url}: {error}");
        }
    }

    #[test]
    fn a_certificate_is_accepted_by_the_servers_own_words_only() {
        let tried = |cache: &mut DirectoryCache, status, media_type: &str, body: &str| {
            let mut answer = answer(status, "\"a\"", body);
            answer.fields.push(("content-type".to_owned(), media_type.to_owned()));
            match cache.try_out(&answer) {
                Ok(directory) if directory.is_some() => "directory",
                Ok(_) => "accepted",
                Err(DirectoryError::Status { step: NextStep::Trust, .. }) => "refused",
                Err(_) => "nobody knows",
            }
        };
        let foreign = SMALL.replace("\"limits\"", "\"urls\":{\"upload\":\"//other.test/u\"},\"limits\"");
        let html = "<html>login</html>";
        for (status, media_type, body, wanted) in [
            (200, names::JSON, SMALL, "directory"),
            (200, names::JSON, r#"{"x":1}"#, "nobody knows"),
            (200, names::JSON, &foreign, "nobody knows"),
            (200, "text/html", html, "nobody knows"),
            (304, names::JSON, "", "nobody knows"),
            (403, names::PROBLEM_JSON, "{}", "refused"),
        ] {
            assert_eq!(tried(&mut DirectoryCache::default(), status, media_type, body), wanted, "{body}");
        }
        for status in 201..=600 {
            let own = match status {
                401 | 403 => "refused",
                400 | 404 | 406 | 409 | 410 | 412 | 413 | 415 | 416 | 422 => "accepted",
                _ => "nobody knows",
            };
            let another = if own == "accepted" { "nobody knows" } else { own };
            let tried = |media_type, body| tried(&mut DirectoryCache::default(), status, media_type, body);
            assert_eq!(tried(names::PROBLEM_JSON, r#"{"title":"no"}"#), own, "{status}");
            assert_eq!(tried("text/html", html), another, "{status}");
            assert_eq!(tried(names::PROBLEM_JSON, html), another, "{status}");
        }
        let mut known = DirectoryCache::default();
        known.handle(&answer(200, "\"a\"", SMALL)).unwrap();
        assert_eq!(tried(&mut known, 304, names::JSON, ""), "directory");
    }

    #[test]
    fn not_modified_out_of_the_blue_is_an_error() {
        assert!(DirectoryCache::default().handle(&answer(304, "", "")).is_err());
    }
}
