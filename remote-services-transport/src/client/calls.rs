//! What the server is asked and what its answer means, for both drivers.

use super::{ClientConfig, ClientError, tls};
use crate::document::{ClientHeard, Command, DeviceConflict, Execution, UrlTemplates, expand, names};
use crate::enrol::{self, ClientKey, EnrolError, EnrolOutcome, Identity, Issuers, TrustAnchors};
use crate::exchange::{Answer, Method, Request};
use crate::execution::{CommandVerifier, ReportOutcome, begun_elsewhere};
use crate::next_step::NextStep;
use remote_services_core::time::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What the server makes of a device's evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceOutcome {
    /// Taken.
    Known,
    /// It is the same as this other device, under whose name it goes from now on.
    Merged(Uuid),
    /// It could be any of these; a person must decide.
    Conflict(Vec<Uuid>),
}

/// A command that was asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FetchedCommand {
    /// Its signature holds.
    Verified(Box<Command>),
    /// Its signature does not hold, or it is not the command that was asked for: to be rejected, with this sentence.
    BadSignature(String),
    /// It is signed and cannot be read: to be rejected as unsupported, with this sentence.
    Unreadable(String),
    /// The server does not have it any more.
    Gone,
}

/// A document to write to a path.
pub(super) fn put<'a>(path: String, body: &'a [u8]) -> Request<'a> {
    Request::new(Method::Put, path).with_body(names::JSON, body)
}

pub(super) fn device_path(urls: &UrlTemplates, client: Uuid, device: Uuid) -> String {
    expand(&urls.device, &[("client", &*client.to_string()), ("device", &*device.to_string())])
}

pub(super) fn judge_device(answer: &Answer) -> Result<DeviceOutcome, ClientError> {
    match answer.status {
        308 => {
            let name = answer.field("location").and_then(|path| path.rsplit('/').next()?.parse().ok());
            name.map(DeviceOutcome::Merged).ok_or_else(|| ClientError::Document {
                what: "redirect of a device",
                why: "it does not end in a device's name".to_owned(),
            })
        }
        409 => {
            let conflict: Option<DeviceConflict> = serde_json::from_slice(&answer.body).ok();
            let conflict = conflict.ok_or_else(|| status("the device was not taken", answer))?;
            Ok(DeviceOutcome::Conflict(conflict.candidates))
        }
        _ => success("the device was not taken", answer).map(|()| DeviceOutcome::Known),
    }
}

pub(super) fn command_request(urls: &UrlTemplates, client: Uuid, command: Uuid) -> Request<'static> {
    let values = [("client", &*client.to_string()), ("command", &*command.to_string())];
    Request::new(Method::Get, expand(&urls.command, &values)).with("accept", names::SIGNED)
}

/// The question for where a command stands by the server's word.
pub(super) fn execution_request(urls: &UrlTemplates, client: Uuid, command: Uuid) -> Request<'static> {
    let values = [("client", &*client.to_string()), ("command", &*command.to_string())];
    Request::new(Method::Get, expand(&urls.execution, &values)).with("accept", names::JSON)
}

/// Where a command stands by the server's word, and its version; `None` when the server does not have it any more.
pub(super) fn judge_execution(answer: &Answer) -> Result<Option<(Execution, Option<String>)>, ClientError> {
    if answer.verdict(names::JSON).0 == NextStep::Gone {
        return Ok(None);
    }
    if answer.status != 200 {
        return Err(status("it was not said where the command stands", answer));
    }
    let execution = serde_json::from_slice(&answer.body)
        .map_err(|error| ClientError::Document { what: "execution", why: error.to_string() })?;
    Ok(Some((execution, answer.etag().map(str::to_owned))))
}

/// What is left to do after a report of the beginning was not taken, by what the server knows: the outcome, or `None` to send
/// it again with the tag that is now in `etag`.
pub(super) fn settle_beginning(
    known: Option<(Execution, Option<String>)>,
    own: &Execution,
    etag: &mut Option<String>,
) -> Option<ReportOutcome> {
    let Some((known, tag)) = known else {
        return Some(ReportOutcome::Closed("the server does not have it any more".to_owned()));
    };
    *etag = tag;
    begun_elsewhere(&known, own).map(ReportOutcome::BegunElsewhere)
}

pub(super) fn judge_command(
    answer: &Answer,
    command: Uuid,
    verifier: &dyn CommandVerifier,
) -> Result<FetchedCommand, ClientError> {
    let step = answer.verdict(names::SIGNED).0;
    if step == NextStep::Gone {
        return Ok(FetchedCommand::Gone);
    }
    // A page with a status of success is no command whose signature fails.
    if (step, answer.status) != (NextStep::GoOn, 200) {
        return Err(status("the command was not given", answer));
    }
    let document = match verifier.open(names::SIGNED, &answer.body) {
        Ok(document) => document,
        Err(why) => return Ok(FetchedCommand::BadSignature(why)),
    };
    let read: Command = match serde_json::from_slice(&document) {
        Ok(read) => read,
        Err(error) => return Ok(FetchedCommand::Unreadable(format!("it cannot be read: {error}"))),
    };
    Ok(if read.id == command {
        FetchedCommand::Verified(Box::new(read))
    } else {
        FetchedCommand::BadSignature(format!("it is signed as the command {}", read.id))
    })
}

/// What a report's answer leaves to do: the outcome, or `None` to send it again with the tag that is now in `etag`.
pub(super) fn settle_report(
    outcome: ReportOutcome,
    etag: &mut Option<String>,
    tries: u32,
) -> Option<ReportOutcome> {
    match &outcome {
        ReportOutcome::Taken { etag: now } => etag.clone_from(now),
        // Nobody but this client writes here, and a copy of it, whose beginning is looked for before an effect: the other version
        // is ours, and its answer was lost.
        ReportOutcome::ReadAgain { etag: now } => {
            etag.clone_from(now);
            if tries < MAX_REPORT_TRIES {
                return None;
            }
        }
        _ => {}
    }
    Some(outcome)
}

/// Whether it is time to renew: from 2/3 of the lifetime, spread over the fleet.
///
/// # Errors
/// When the identity has no certificate that can be read.
pub fn renewal_is_due(own: &Identity, now: Timestamp) -> Result<bool, ClientError> {
    let certificate = own.chain.first().ok_or(EnrolError::Stored("certificate"))?;
    let (from, until) = enrol::validity(certificate).ok_or(EnrolError::Stored("certificate"))?;
    // The certificate's own number and not a fresh one: who asks often would draw the earliest moment sooner or later.
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(certificate));
    Ok(now >= enrol::renew_at(from, until, u32::from_be_bytes([a, b, c, d])))
}

/// The key to renew with: a fresh one, or the same one where something else holds it and `fresh` cannot be kept.
pub(super) fn next_key(
    own: &Identity,
    fresh: impl FnOnce() -> Result<ClientKey, EnrolError>,
) -> Result<ClientKey, EnrolError> {
    if own.key.is_elsewhere() { Ok(own.key.duplicate()) } else { fresh() }
}

/// What a certificate is judged by that is issued to this client.
pub(super) fn issuers<'a>(
    config: &'a ClientConfig,
    anchors: &'a TrustAnchors,
    between: &'a [Vec<u8>],
    server_time: Option<Timestamp>,
) -> Issuers<'a> {
    let algorithms = config.provider.signature_verification_algorithms.all;
    let now = server_time.unwrap_or_else(super::blocking::now);
    Issuers { anchors, between, algorithms, now }
}

/// What the answer to a request for the next certificate means, by a client that uses `present`.
pub(super) fn judge_renewal(
    answer: &Answer,
    key: &ClientKey,
    (own, present): (Uuid, Option<&[u8]>),
    by: &Issuers<'_>,
) -> Result<EnrolOutcome, ClientError> {
    let outcome = enrol::judge_renewal(answer, key, own, by)?;
    if let (EnrolOutcome::Issued(_, chain) | EnrolOutcome::IssuedEarly(_, chain, _), Some(present)) =
        (&outcome, present)
        && let Some(issued) = chain.first()
    {
        enrol::may_follow(issued, present, answer.date().unwrap_or(by.now))?;
    }
    Ok(outcome)
}

/// What holds for every answer: its digest, and that it is not a refusal of our certificate in disguise.
pub(super) fn checked(
    config: &ClientConfig,
    request: &Request<'_>,
    answer: Answer,
) -> Result<Answer, ClientError> {
    let peer = || config.server.authority();
    if request.method != Method::Head && answer.status != 304 && !answer.digest_holds() {
        return Err(ClientError::Digest { peer: peer() });
    }
    match tls::refusal_in(&answer) {
        Some(fault) => Err(ClientError::Tls { peer: peer(), fault }),
        None => Ok(answer),
    }
}

/// Tries of one report before it is left for later.
pub(super) const MAX_REPORT_TRIES: u32 = 3;

/// What to do about a question that has no answer, and one sentence about why.
pub(super) fn unanswered(error: &ClientError) -> (NextStep, String) {
    let step = match error {
        // Somebody answered, and nobody knows what it means.
        ClientError::Http { .. } | ClientError::Digest { .. } | ClientError::Document { .. } => {
            NextStep::Unknown
        }
        _ => error.step(),
    };
    (step, error.to_string())
}

pub(super) fn success(what: &'static str, answer: &Answer) -> Result<(), ClientError> {
    match answer.verdict(names::JSON).0 {
        NextStep::GoOn => Ok(()),
        _ => Err(status(what, answer)),
    }
}

/// What a server says where it took a description. One of before says nothing.
pub(super) fn judge_description(answer: &Answer) -> Result<ClientHeard, ClientError> {
    success("the description of this client was not taken", answer)?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The answer has another status than was wanted, or is not the server's own word.
fn status(what: &'static str, answer: &Answer) -> ClientError {
    let (step, why) = match answer.verdict(names::JSON) {
        // A document of another type.
        (NextStep::GoOn, _) => (NextStep::Unknown, answer.complaint_of_another()),
        verdict => verdict,
    };
    ClientError::Status { what, step, why }
}

pub(super) fn json(document: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(document)
        .map_err(|error| ClientError::Setup(format!("a document cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use std::time::Duration;

    fn key() -> ClientKey {
        ClientKey::from_pkcs8(KeyPair::generate().unwrap().serialized_der()).unwrap()
    }

    fn identity(key: ClientKey) -> Identity {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2026, 4, 1));
        let chain = vec![params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()];
        Identity { client: Uuid::nil(), chain, key, anchors: TrustAnchors::from_stored(Vec::new()) }
    }

    #[test]
    fn who_asks_often_renews_no_earlier_and_a_fleet_renews_over_time() {
        let mut moments = Vec::new();
        for _ in 0..20 {
            let own = identity(key());
            let (from, until) = enrol::validity(&own.chain[0]).unwrap();
            let lifetime = until.since(from);
            let quarters = (0..).map(|number| from.plus(Duration::from_secs(6 * 3600) * number));
            let due: Vec<_> =
                quarters.take_while(|at| *at < until).map(|at| renewal_is_due(&own, at).unwrap()).collect();
            let first = due.iter().position(|due| *due).unwrap();
            assert!(due[first..].iter().all(|due| *due), "once due it stays due");
            let moment = Duration::from_secs(6 * 3600) * u32::try_from(first).unwrap();
            assert!(moment >= lifetime / 3 * 2 && moment <= lifetime / 9 * 7 + Duration::from_secs(6 * 3600));
            moments.push(moment);
        }
        moments.sort();
        moments.dedup();
        assert!(moments.len() > 5, "{moments:?}");
    }

    #[test]
    fn a_key_that_something_else_holds_stays_and_one_in_memory_is_made_anew() {
        let (here, fresh) = (identity(key()), key());
        let new = fresh.public_spki();
        assert_eq!(next_key(&here, || Ok(fresh)).unwrap().public_spki(), new);
        let held = key();
        let public = held.public_spki();
        let elsewhere = identity(ClientKey::by_handle(std::sync::Arc::new(held)).unwrap());
        let kept = next_key(&elsewhere, || Err(EnrolError::Randomness)).unwrap();
        assert_eq!(kept.public_spki(), public);
    }
}
