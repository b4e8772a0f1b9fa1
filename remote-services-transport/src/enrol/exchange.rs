//! What is asked for a certificate, and what an answer means.

use super::issued::Chosen;
use super::{ClientKey, EnrolError, Issuers, TrustAnchors, status_error};
use crate::certs_only::{self, base64_lines};
use crate::document::{ProblemKind, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use crate::registration_key::OneTimeKey;
use std::time::Duration;
use uuid::Uuid;

/// What one try to enrol brought.
pub enum EnrolOutcome {
    /// A certificate for our key that can be used: the client's name and its chain.
    Issued(Uuid, Vec<Vec<u8>>),
    /// The same, but that it can be used only after this wait: by the server's clock it is not valid yet.
    IssuedEarly(Uuid, Vec<Vec<u8>>, Duration),
    /// Taken, not decided: ask again with the same key and request after this wait.
    AskAgain(Duration),
}

/// The body of an enrolment request: the certification request in base64.
///
/// # Errors
/// When the module that holds the key refuses or fails.
pub fn request_body(key: &ClientKey) -> Result<String, EnrolError> {
    Ok(base64_lines(&key.certification_request()?))
}

/// What to ask for the first certificate. `_checked` shows that the anchors were checked before the key is sent.
#[must_use]
pub fn request<'a>(key: &OneTimeKey, body: &'a str, _checked: &TrustAnchors) -> Request<'a> {
    Request::new(Method::Post, names::EST_SIMPLE_ENROLL)
        .with("authorization", key.to_basic().as_str())
        .with_body(names::PKCS10, body.as_bytes())
}

/// What to ask for the next certificate, over TLS with the present one (RFC 7030 §4.2.2).
#[must_use]
pub fn renewal_request<'a>(template: &str, body: &'a str) -> Request<'a> {
    Request::new(Method::Post, template).with_body(names::PKCS10, body.as_bytes())
}

/// What the answer to [`request`] means; that to [`renewal_request`] has a client to be compared with, [`judge_renewal`].
///
/// # Errors
/// See [`EnrolError`].
pub fn judge(answer: &Answer, key: &ClientKey, by: &Issuers<'_>) -> Result<EnrolOutcome, EnrolError> {
    judge_for(answer, key, None, by)
}

/// What the answer to [`renewal_request`] means for the client of this name.
///
/// # Errors
/// As [`judge`], and [`EnrolError::WrongName`] when the certificate is for another client.
pub fn judge_renewal(
    answer: &Answer,
    key: &ClientKey,
    own: Uuid,
    by: &Issuers<'_>,
) -> Result<EnrolOutcome, EnrolError> {
    judge_for(answer, key, Some(own), by)
}

fn judge_for(
    answer: &Answer,
    key: &ClientKey,
    own: Option<Uuid>,
    by: &Issuers<'_>,
) -> Result<EnrolOutcome, EnrolError> {
    match (answer.status, next_step(Outcome::Status(answer.status))) {
        (200, _) => {
            let by = Issuers { now: answer.date().unwrap_or(by.now), ..*by };
            let Chosen { client, chain, begins } = by.choose(key, own, certs_only::read(&answer.body)?)?;
            Ok(match begins {
                Some(begins) if begins > by.now => {
                    EnrolOutcome::IssuedEarly(client, chain, begins.since(by.now))
                }
                _ => EnrolOutcome::Issued(client, chain),
            })
        }
        (_, NextStep::AskAgain) => {
            let wait = answer.retry_after().unwrap_or(DEFAULT_RETRY);
            Ok(EnrolOutcome::AskAgain(wait.clamp(SHORTEST_RETRY, LONGEST_RETRY)))
        }
        (_, NextStep::Trust) if is_about_the_key(answer) => Err(EnrolError::KeyRefused(answer.complaint())),
        _ => Err(status_error(answer)),
    }
}

const DEFAULT_RETRY: Duration = Duration::from_secs(60);
pub(super) const SHORTEST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);

/// Who stands before a server may refuse what comes in, and knows nothing of its keys.
fn is_about_the_key(answer: &Answer) -> bool {
    answer.problem().is_some_and(|problem| problem.kind == ProblemKind::RegistrationKey.uri())
}
