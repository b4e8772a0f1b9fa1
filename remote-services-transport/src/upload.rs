//! One sealed payload on its way to the server.
//!
//! ```text
//!            ┌──── wait (back-off, Retry-After) ◀──────────── 202 408 412 425 429 503, nobody reached
//!            ├──── lost: wait, ask for the directory ◀─────── 500 502 504 and other 5xx, reached and no answer
//!            ├──── wait (the longest) ◀────────────────────── 416, a status that nobody knows
//!            ▼                                            ╲
//! spooled ─▶ PUT uploads/{uuid7}, If-None-Match: * ────────┼─▶ stored       200 201 with the right receipt
//!                                                          ├─▶ refused      400 404 406 409 410 413 415 422 of this protocol
//!                                                          ├─▶ passed over  413 of somebody else: it waits, others go first
//!                                                          ├─▶ unconfirmed  200 201 204 304 without it: the payload waits
//!                                                          ├─▶ untrusted    401 403: the payload waits
//!                                                          └─▶ stopped      redirects, 407, other refusals of somebody else: it waits
//! ```
//!
//! An answer that speaks for one payload ([`Concerns::Payload`]) may be different for another: of those that wait because of it,
//! each lets others go first after a few failures of its own. 503, 429 and any Retry-After speak for the server. Where a server is
//! lost over a payload ([`Concerns::Either`]), the payload may have brought it down, or it is down for all: what it says to
//! something else tells.
//!
//! The name of an upload is fixed before it is first sent, so sending it again is the same request and the
//! server finds the duplicate: 200 with the same receipt. A receipt counts only if its digest is that of our bytes.

use crate::document::{ContentDigest, Receipt, expand, names};
use crate::exchange::{Answer, Body, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::backoff::Backoff;
use std::time::Duration;
use uuid::Uuid;

/// What a failure to upload speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Concerns {
    /// The server or the way to it: another payload would fare no better.
    Server,
    /// This payload: it was answered as one may be and another not, by a server that does not want to be left alone.
    Payload,
    /// One of both: the server was lost while it had this payload.
    Either,
}

/// What became of one try to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadOutcome {
    /// Durable on the server.
    Stored {
        /// The server's word for it.
        receipt: Receipt,
        /// Whether the server had these bytes already.
        duplicate: bool,
    },
    /// Stored says the status, but there is no receipt for these bytes: not a server of this protocol. The payload stays.
    Unconfirmed {
        /// The status.
        status: u16,
        /// What is wrong with the receipt.
        why: String,
    },
    /// The server will never take these bytes under this name: set aside.
    Refused {
        /// The status.
        status: u16,
        /// One sentence.
        why: String,
    },
    /// The client is not, or no longer, trusted. The payload waits for the enrolment.
    Untrusted {
        /// One sentence.
        why: String,
    },
    /// Something between us and the server is set up wrongly. The payload waits for a person.
    Stopped {
        /// Whether others may get through: it was answered as one payload may be and another not.
        of_payload: bool,
        /// One sentence.
        why: String,
    },
    /// This payload is too large for somebody between us and the server. It waits; others go first.
    PassedOver {
        /// One sentence.
        why: String,
    },
    /// Passing. The payload waits.
    Later {
        /// The server's own wish, if it had one.
        retry_after: Option<Duration>,
        /// Whether to wait the longest interval, since nobody knows what the answer means.
        longest: bool,
        /// Whether others may get through.
        concerns: Concerns,
        /// One sentence.
        why: String,
    },
}

/// The request for one payload. `template` is the directory's upload URL.
#[must_use]
pub fn request<'a>(template: &str, client: Uuid, upload: Uuid, sealed: impl Into<Body<'a>>) -> Request<'a> {
    let (client, upload) = (client.to_string(), upload.to_string());
    let path = expand(template, &[("client", &client), ("upload", &upload)]);
    Request::new(Method::Put, path).with("if-none-match", "*").with_body(names::SEALED, sealed)
}

/// What an answer to [`request`] means; `sent` is the digest of the bytes that were sent.
#[must_use]
pub fn judge(upload: Uuid, sent: ContentDigest, answer: &Answer) -> UploadOutcome {
    let (status, why) = (answer.status, answer.complaint());
    match next_step(Outcome::Status(status)) {
        NextStep::GoOn => match receipt_for(upload, sent, answer) {
            Ok(receipt) => UploadOutcome::Stored { receipt, duplicate: status == 200 },
            Err(why) => UploadOutcome::Unconfirmed { status, why: why.to_owned() },
        },
        // Our servers refuse in a problem document. Without one it is somebody else who refuses, such as a web server in
        // front whose routes are wrong or whose limit is low, and would have the whole spool set aside.
        NextStep::TooLarge if !answer.is_own_word(names::JSON) => UploadOutcome::PassedOver {
            why: format!(
                "{}; it is probably larger than a limit of a proxy or web server in front (nginx: client_max_body_size)",
                answer.complaint_of_another()
            ),
        },
        NextStep::Quarantine | NextStep::Gone | NextStep::Conflict if !answer.is_own_word(names::JSON) => {
            UploadOutcome::Stopped {
                of_payload: true,
                why: format!(
                    "{}; a web server in front may be set up wrongly",
                    answer.complaint_of_another()
                ),
            }
        }
        NextStep::Quarantine | NextStep::Gone | NextStep::Conflict | NextStep::TooLarge => {
            UploadOutcome::Refused { status, why }
        }
        NextStep::Trust => UploadOutcome::Untrusted { why },
        NextStep::Misconfigured | NextStep::Follow | NextStep::ProxyCredentials => {
            UploadOutcome::Stopped { of_payload: false, why }
        }
        // 412 says that something is stored under this name; what it is, the next try learns by 200 or 409.
        step @ (NextStep::AskAgain
        | NextStep::BackOff
        | NextStep::ReadAgain
        | NextStep::StartAgain
        | NextStep::Unknown) => {
            let (retry_after, longest) =
                (answer.retry_after(), matches!(step, NextStep::StartAgain | NextStep::Unknown));
            let concerns = match status {
                429 | 503 => Concerns::Server,
                _ if retry_after.is_some() => Concerns::Server,
                500..=599 => Concerns::Either,
                _ => Concerns::Payload,
            };
            UploadOutcome::Later { retry_after, longest, concerns, why }
        }
    }
}

/// How long to wait before the next try of anything, after this outcome; `None` when there is no reason to wait.
#[must_use]
pub fn wait_after(outcome: &UploadOutcome, backoff: &mut Backoff, random: u64) -> Option<Duration> {
    match outcome {
        UploadOutcome::Stored { .. } | UploadOutcome::Refused { .. } => {
            backoff.reset();
            None
        }
        UploadOutcome::PassedOver { .. } => Some(backoff.next_wait(random, None)),
        UploadOutcome::Later { retry_after, longest: false, .. } => {
            Some(backoff.next_wait(random, *retry_after))
        }
        UploadOutcome::Later { .. }
        | UploadOutcome::Unconfirmed { .. }
        | UploadOutcome::Untrusted { .. }
        | UploadOutcome::Stopped { .. } => Some(backoff.next_wait(random, Some(LONGEST))),
    }
}

/// The longest interval of the protocol's back-off.
const LONGEST: Duration = Duration::from_secs(3600);

fn receipt_for(upload: Uuid, sent: ContentDigest, answer: &Answer) -> Result<Receipt, &'static str> {
    if !matches!(answer.status, 200 | 201) {
        return Err("the answer carries no receipt");
    }
    let receipt: Receipt =
        serde_json::from_slice(&answer.body).map_err(|_| "the answer's body is not a receipt")?;
    if receipt.upload != upload {
        Err("the receipt is for another upload")
    } else if receipt.digest != sent {
        Err("the receipt is for other bytes than those that were sent")
    } else {
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use remote_services_core::time::Timestamp;

    const BYTES: &[u8] = b"sealed";

    fn id() -> Uuid {
        Uuid::from_u128(1)
    }

    fn answer(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, fields: Vec::new(), body }
    }

    fn receipt(upload: Uuid, bytes: &[u8]) -> Vec<u8> {
        let stored_at = Timestamp::from_unix_seconds(5);
        serde_json::to_vec(&Receipt { upload, digest: ContentDigest::of(bytes), stored_at }).unwrap()
    }

    fn judged(status: u16, body: Vec<u8>) -> UploadOutcome {
        judge(id(), ContentDigest::of(BYTES), &answer(status, body))
    }

    #[test]
    fn a_receipt_for_our_bytes_ends_it() {
        assert!(matches!(judged(201, receipt(id(), BYTES)), UploadOutcome::Stored { duplicate: false, .. }));
        assert!(matches!(judged(200, receipt(id(), BYTES)), UploadOutcome::Stored { duplicate: true, .. }));
    }

    #[test]
    fn a_success_without_the_right_receipt_confirms_nothing() {
        for (status, body) in [
            (201, receipt(id(), b"other bytes")),
            (201, receipt(Uuid::from_u128(2), BYTES)),
            (200, b"<html>welcome to the hotel</html>".to_vec()),
            (201, Vec::new()),
            (204, receipt(id(), BYTES)),
        ] {
            assert!(matches!(judged(status, body), UploadOutcome::Unconfirmed { .. }), "{status}");
        }
    }

    #[test]
    fn what_the_server_will_never_take_is_refused() {
        for status in [400, 404, 406, 409, 410, 413, 415, 422] {
            let problem = Answer {
                fields: vec![("content-type".to_owned(), names::PROBLEM_JSON.to_owned())],
                ..answer(status, b"{}".to_vec())
            };
            let outcome = judge(id(), ContentDigest::of(BYTES), &problem);
            assert!(matches!(outcome, UploadOutcome::Refused { .. }), "{status}");
        }
    }

    #[test]
    fn a_refusal_that_is_not_the_servers_sets_nothing_aside() {
        let page = || b"<html><h1>No</h1></html>".to_vec();
        for status in [400, 404, 406, 409, 410, 415, 422] {
            assert!(matches!(judged(status, page()), UploadOutcome::Stopped { .. }), "{status}");
        }
        assert!(matches!(judged(413, page()), UploadOutcome::PassedOver { .. }));
    }

    #[test]
    fn what_may_be_the_fault_of_one_payload_is_told_from_what_the_server_says_for_all() {
        let concerns = |outcome| match outcome {
            UploadOutcome::Later { concerns, .. } => concerns,
            UploadOutcome::Stopped { of_payload: true, .. } => Concerns::Payload,
            UploadOutcome::Stopped { of_payload: false, .. } => Concerns::Server,
            other => panic!("{other:?}"),
        };
        for status in [202, 400, 404, 408, 416, 422, 425, 418] {
            assert_eq!(concerns(judged(status, Vec::new())), Concerns::Payload, "{status}");
        }
        for status in [500, 501, 502, 504, 520, 599] {
            assert_eq!(concerns(judged(status, Vec::new())), Concerns::Either, "{status}");
        }
        for status in [302, 307, 407, 429, 503] {
            assert_eq!(concerns(judged(status, Vec::new())), Concerns::Server, "{status}");
        }
        let fields = vec![("retry-after".to_owned(), "60".to_owned())];
        let asked = Answer { fields, ..answer(500, Vec::new()) };
        assert_eq!(concerns(judge(id(), ContentDigest::of(BYTES), &asked)), Concerns::Server);
    }

    #[test]
    fn the_request_is_the_same_each_time() {
        let (first, again) =
            (request(names::UPLOAD, id(), id(), BYTES), request(names::UPLOAD, id(), id(), BYTES));
        assert_eq!(first.path, again.path);
        assert!(first.path.ends_with("/uploads/00000000-0000-0000-0000-000000000001"));
        assert!(first.fields.contains(&("if-none-match", "*".to_owned())));
    }

    #[test]
    fn waits_grow_and_a_success_forgets_them() {
        let mut backoff = Backoff::PROTOCOL;
        let later = judged(503, Vec::new());
        assert_eq!(wait_after(&later, &mut backoff, 0), Some(Duration::from_secs(5)));
        assert_eq!(wait_after(&later, &mut backoff, 0), Some(Duration::from_secs(10)));
        assert_eq!(wait_after(&judged(201, receipt(id(), BYTES)), &mut backoff, 0), None);
        assert_eq!(wait_after(&later, &mut backoff, 0), Some(Duration::from_secs(5)));
        assert_eq!(wait_after(&judged(418, Vec::new()), &mut backoff, 0), Some(LONGEST));
    }

    proptest! {
        #[test]
        fn nothing_but_a_right_receipt_counts_as_stored(status in 200_u16..600, body: Vec<u8>) {
            let stored = matches!(judged(status, body), UploadOutcome::Stored { .. });
            prop_assert!(!stored);
        }

        #[test]
        fn no_fault_of_the_server_sets_a_payload_aside(status in 500_u16..600, body: Vec<u8>) {
            let later = matches!(judged(status, body), UploadOutcome::Later { .. });
            prop_assert!(later);
        }
    }
}
