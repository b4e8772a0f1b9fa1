//! One exchange as the state machines see it: what to ask, and what came back.
//!
//! Machines make a [`Request`], a driver carries it out, and the machine is given an [`Answer`], or hears that
//! there was none. Names and values in here are plain text that has been checked by the driver on its way in.

pub use crate::body::{Body, BodySource};
use crate::document::{ContentDigest, NextPoll, Problem, names};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::time::Timestamp;
use std::time::Duration;

/// Request methods that the protocol uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Read.
    Get,
    /// Read the header fields only.
    Head,
    /// Write a whole document to a URL that the client named.
    Put,
    /// Enrolment alone uses it.
    Post,
}

impl Method {
    /// The word in the request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }
}

/// A request to the server. `Host`, `Content-Length` and `Content-Digest` are the driver's business.
///
/// No `Debug`: a field may hold a one-time key.
pub struct Request<'a> {
    /// Method.
    pub method: Method,
    /// Absolute path and query on the server's origin.
    pub path: String,
    /// Header fields, names in lower case.
    pub fields: Vec<(&'static str, String)>,
    /// Body, for PUT and POST.
    pub body: Option<Body<'a>>,
}

impl<'a> Request<'a> {
    /// A request without fields and body.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), fields: Vec::new(), body: None }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Sets the body and its media type.
    #[must_use]
    pub fn with_body(mut self, media_type: &str, body: impl Into<Body<'a>>) -> Self {
        self.body = Some(body.into());
        self.with("content-type", media_type)
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        for (_, value) in self.fields.iter_mut().filter(|(name, _)| *name == "authorization") {
            zeroize::Zeroize::zeroize(value);
        }
    }
}

/// An answer of the server, whole and within limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Status code, 200 to 599.
    pub status: u16,
    /// Header fields in their order, names in lower case.
    pub fields: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header field, if it is there exactly once.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() { None } else { first }
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.field("content-type")?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }

    /// The strong entity tag, with its quotes. Weak ones cannot be used with `If-Match` and are left out, and so
    /// are those with characters that no request of ours may carry: a tag is sent back as it is.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.field("etag").filter(|tag| {
            tag.len() >= 2
                && tag.starts_with('"')
                && tag.ends_with('"')
                && tag.bytes().all(|byte| byte.is_ascii_graphic())
        })
    }

    /// `Retry-After` in seconds (RFC 9110 §10.2.3); the form with a date is not taken. However long the number is, it says to
    /// wait for long: what is beyond 31 years is that.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.field("retry-after")?;
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // No number only where it does not fit.
        let seconds = value.parse().unwrap_or(LONGEST_RETRY);
        Some(Duration::from_secs(seconds.min(LONGEST_RETRY)))
    }

    /// `Date`: when the answer was made, by the clock of who made it (RFC 9110 §6.6.1). The obsolete forms are not taken.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        // IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
        let (day_name, rest) = self.field("date")?.split_once(", ")?;
        let mut words = rest.split(' ');
        let (day, month, year) = (words.next()?, words.next()?, words.next()?);
        let (time, zone) = (words.next()?, words.next()?);
        let month = (month.len() == 3).then(|| MONTHS.find(month)).flatten()?;
        let whole = day_name.len() == 3 && zone == "GMT" && words.next().is_none() && month % 3 == 0;
        let text = format!("{year}-{:02}-{day}T{time}Z", month / 3 + 1);
        text.parse().ok().filter(|_| whole && text.len() == "1994-11-06T08:49:37Z".len())
    }

    /// The pace that the server sets.
    #[must_use]
    pub fn next_poll(&self) -> Option<NextPoll> {
        self.field(names::NEXT_POLL)?.parse().ok()
    }

    /// The problem document, if the body is one.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        if self.media_type()? != names::PROBLEM_JSON {
            return None;
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether this is what a server of this protocol says, and not somebody in front of it, such as a web server whose routes
    /// are wrong or a portal: it refuses in a problem document, and what it gives is of the media type that is `expected`, or
    /// nothing. Of an answer to HEAD the header says it.
    #[must_use]
    pub fn is_own_word(&self, expected: &str) -> bool {
        let media_type = self.media_type();
        match next_step(Outcome::Status(self.status)) {
            NextStep::GoOn => self.body.is_empty() || media_type.as_deref() == Some(expected),
            _ if self.body.is_empty() => media_type.as_deref() == Some(names::PROBLEM_JSON),
            _ => self.problem().is_some(),
        }
    }

    /// What to do next, and one sentence about why: by the status, where it has an end for what was asked only if it is the
    /// server's [own word](Answer::is_own_word). What somebody in front says ends nothing: it is asked again later.
    #[must_use]
    pub fn verdict(&self, expected: &str) -> (NextStep, String) {
        match next_step(Outcome::Status(self.status)) {
            NextStep::GoOn
            | NextStep::Quarantine
            | NextStep::Gone
            | NextStep::Conflict
            | NextStep::TooLarge
            | NextStep::StartAgain
                if !self.is_own_word(expected) =>
            {
                (NextStep::Unknown, self.complaint_of_another())
            }
            step => (step, self.complaint()),
        }
    }

    /// One sentence about an answer that is not the server's own word.
    #[must_use]
    pub(crate) fn complaint_of_another(&self) -> String {
        format!("{}, and not in the words of this protocol", self.complaint())
    }

    /// Whether the body is the one that `Content-Digest` speaks of; true when the field is absent.
    #[must_use]
    pub fn digest_holds(&self) -> bool {
        match self.field(names::CONTENT_DIGEST) {
            Some(value) => value.parse::<ContentDigest>() == Ok(ContentDigest::of(&self.body)),
            None => !self.fields.iter().any(|(name, _)| name == names::CONTENT_DIGEST),
        }
    }

    /// One sentence about why this answer is not the one that was wanted: at most 620 characters, of which none
    /// is carried out by a terminal or begins a new line in a log. Who answers may not be who was asked.
    #[must_use]
    pub fn complaint(&self) -> String {
        let mut sentence = match self.problem() {
            Some(problem) => format!("{} (status {})", harmless(&problem.to_string()), self.status),
            None => format!("the server answered with status {}", self.status),
        };
        if matches!(next_step(Outcome::Status(self.status)), NextStep::Misconfigured | NextStep::Follow) {
            sentence.push_str(REDIRECT);
        }
        sentence
    }
}

fn harmless(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\r' | '\t' => ' ',
        // Controls, and what reorders the characters around it on a screen.
        hidden if hidden.is_control() => char::REPLACEMENT_CHARACTER,
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        plain => plain,
    };
    let mut sentence: String = text.chars().take(LONGEST_COMPLAINT).map(shown).collect();
    if text.chars().nth(LONGEST_COMPLAINT).is_some() {
        sentence.push('…');
    }
    sentence
}

/// What to think of a redirect that no machine follows.
const REDIRECT: &str = ": a redirect is not part of this protocol here; a proxy or portal may be in the way, or the server is set up wrongly";
/// The longest `Retry-After`, in seconds: far beyond every bound, and added to a moment without overflow.
const LONGEST_RETRY: u64 = 999_999_999;
/// Characters of a problem document's sentence that are passed on.
const LONGEST_COMPLAINT: usize = 480;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(fields: &[(&str, &str)], body: &[u8]) -> Answer {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status: 200, fields, body: body.to_vec() }
    }

    #[test]
    fn a_field_that_comes_twice_is_not_believed() {
        assert_eq!(answer(&[("etag", "\"1\""), ("etag", "\"2\"")], b"").etag(), None);
        assert_eq!(answer(&[("etag", "\"1\"")], b"").etag(), Some("\"1\""));
        assert_eq!(answer(&[("etag", "W/\"1\"")], b"").etag(), None);
    }

    #[test]
    fn a_tag_that_could_not_be_sent_back_is_not_kept() {
        for tag in ["\"é\"", "\"a b\"", "\"\u{FFFD}\"", "\"a\tb\""] {
            assert_eq!(answer(&[("etag", tag)], b"").etag(), None, "{tag}");
        }
    }

    #[test]
    fn retry_after_takes_seconds_only() {
        assert_eq!(answer(&[("retry-after", "120")], b"").retry_after(), Some(Duration::from_secs(120)));
        for value in ["", "-1", "1e3", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(answer(&[("retry-after", value)], b"").retry_after(), None, "{value}");
        }
        for value in ["999999999", "9999999999", "99999999999999999999", &"9".repeat(1_000)] {
            let wait = answer(&[("retry-after", value)], b"").retry_after();
            assert_eq!(wait, Some(Duration::from_secs(999_999_999)), "{value}");
        }
    }

    #[test]
    fn a_date_is_a_point_in_time_in_one_form_only() {
        let date = |text: &str| answer(&[("date", text)], b"").date();
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::from_unix_seconds(784_111_777)));
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37.5 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 ovD 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 \u{e9}v 1994 08:49:37 GMT",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_digest_of_another_body_does_not_hold() {
        let right = ContentDigest::of(b"body").to_string();
        assert!(answer(&[("content-digest", &right)], b"body").digest_holds());
        assert!(!answer(&[("content-digest", &right)], b"Body").digest_holds());
        assert!(!answer(&[("content-digest", "sha-512=:AA:")], b"body").digest_holds());
        assert!(!answer(&[("content-digest", &right), ("content-digest", &right)], b"body").digest_holds());
        assert!(answer(&[], b"body").digest_holds());
    }

    #[test]
    fn a_problem_speaks_for_itself() {
        let problem = answer(&[("content-type", "application/problem+json; x=1")], br#"{"title":"No room"}"#);
        assert_eq!(problem.complaint(), "No room (status 200)");
        assert_eq!(answer(&[], b"").complaint(), "the server answered with status 200");
    }

    #[test]
    fn what_somebody_in_front_says_is_no_end_of_anything() {
        let verdict = |status, media_type: &str, body: &[u8]| {
            let fields = [("content-type", media_type)];
            Answer { status, ..answer(&fields, body) }.verdict(names::JSON).0
        };
        for status in [200, 201, 400, 404, 406, 409, 410, 413, 415, 416, 422] {
            assert_eq!(verdict(status, "text/html", b"<html>nginx</html>"), NextStep::Unknown, "{status}");
        }
        for status in [400, 404, 406, 409, 410, 413, 415, 416, 422] {
            let own = next_step(Outcome::Status(status));
            assert_eq!(verdict(status, "text/plain", b""), NextStep::Unknown, "{status}");
            assert_eq!(verdict(status, names::PROBLEM_JSON, b"<html>"), NextStep::Unknown, "{status}");
            assert_eq!(verdict(status, names::PROBLEM_JSON, b"{}"), own, "{status}");
            assert_eq!(verdict(status, names::PROBLEM_JSON, b""), own, "{status}: to HEAD");
        }
        assert_eq!(verdict(200, "application/json; charset=utf-8", b"{}"), NextStep::GoOn);
        assert_eq!(answer(&[], b"").verdict(names::JSON).0, NextStep::GoOn);
        // These end nothing, whoever says them.
        assert_eq!(verdict(403, "text/html", b"<html>"), NextStep::Trust);
        assert_eq!(verdict(503, "text/html", b"<html>"), NextStep::BackOff);
        let why = Answer { status: 404, ..answer(&[], b"<html>") }.verdict(names::JSON).1;
        assert_eq!(why, "the server answered with status 404, and not in the words of this protocol");
    }

    #[test]
    fn a_redirect_that_nobody_follows_is_said_to_be_in_the_way() {
        for status in [301, 302, 303, 307, 308] {
            let complaint = Answer { status, ..answer(&[], b"") }.complaint();
            assert!(complaint.contains(&format!("status {status}: a redirect is not part")), "{complaint}");
            assert!(complaint.contains("a proxy or portal may be in the way"), "{complaint}");
        }
        assert!(!Answer { status: 304, ..answer(&[], b"") }.complaint().contains("redirect"));
    }

    #[test]
    fn a_problem_cannot_write_to_the_terminal_or_flood_it() {
        let complaint = |detail: &str| {
            let body = serde_json::json!({ "detail": detail }).to_string();
            answer(&[("content-type", "application/problem+json")], body.as_bytes()).complaint()
        };
        assert_eq!(
            complaint("\u{1b}]0;owned\u{7}a\nb\u{202E}c"),
            "\u{FFFD}]0;owned\u{FFFD}a b\u{FFFD}c (status 200)"
        );
        assert!(complaint(&"x".repeat(100_000)).chars().count() <= 500);
    }
}
