//! What an outcome, or that there is none, says of a payload.

use super::super::{ClientError, Phase};
use crate::next_step::NextStep;
use crate::spool::{Entry, NotTaken};
use crate::upload::{Concerns, UploadOutcome};

/// What went wrong, if it may be different with another payload.
pub(super) fn of_payload(outcome: &UploadOutcome, entry: &Entry) -> Option<(NotTaken, String)> {
    match outcome {
        UploadOutcome::Unconfirmed { status, why } => Some((NotTaken::Answered, unconfirmed(*status, why))),
        UploadOutcome::Stopped { of_payload: true, why } => Some((NotTaken::Answered, why.clone())),
        UploadOutcome::Later { concerns, why, .. } => Some((NotTaken::of(*concerns)?, why.clone())),
        UploadOutcome::PassedOver { why } => {
            Some((NotTaken::TooLarge, format!("it has {} octets: {why}", entry.bytes)))
        }
        _ => None,
    }
}

pub(super) fn unconfirmed(status: u16, why: &str) -> String {
    format!("the server answered with status {status}, but {why}")
}

/// What an exchange without an answer means for an upload.
pub(in crate::client) fn no_answer(error: &ClientError) -> UploadOutcome {
    let why = error.to_string();
    match error.step() {
        NextStep::Trust => UploadOutcome::Untrusted { why },
        NextStep::Misconfigured | NextStep::ProxyCredentials => {
            UploadOutcome::Stopped { of_payload: false, why }
        }
        _ => {
            let concerns = if has_the_request(error) { Concerns::Either } else { Concerns::Server };
            UploadOutcome::Later { retry_after: None, longest: false, concerns, why }
        }
    }
}

/// Whether the server had at least some of the request when it failed.
fn has_the_request(error: &ClientError) -> bool {
    match error {
        ClientError::TimedOut { phase, .. } | ClientError::Lost { phase, .. } => *phase >= Phase::Send,
        ClientError::Http { .. } | ClientError::Digest { .. } => true,
        _ => false,
    }
}
