//! What the server is asked and what its answer means, for both drivers.

use super::{ClientConfig, ClientError, tls};
use crate::document::{Command, DeviceConflict, UrlTemplates, expand, names};
use crate::enrol::{self, ClientKey, EnrolError, EnrolOutcome, Identity};
use crate::exchange::{Answer, Method, Request};
use crate::execution::{CommandVerifier, ReportOutcome};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::time::Timestamp;
use serde::Serialize;
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
            let conflict: DeviceConflict = serde_json::from_slice(&answer.body).unwrap_or_default();
            Ok(DeviceOutcome::Conflict(conflict.candidates))
        }
        _ => success("the device was not taken", answer).map(|()| DeviceOutcome::Known),
    }
}

pub(super) fn command_request(urls: &UrlTemplates, client: Uuid, command: Uuid) -> Request<'static> {
    let values = [("client", &*client.to_string()), ("command", &*command.to_string())];
    Request::new(Method::Get, expand(&urls.command, &values)).with("accept", names::SIGNED)
}

pub(super) fn judge_command(
    answer: &Answer,
    command: Uuid,
    verifier: &dyn CommandVerifier,
) -> Result<FetchedCommand, ClientError> {
    if next_step(Outcome::Status(answer.status)) == NextStep::Gone {
        return Ok(FetchedCommand::Gone);
    }
    if answer.status != 200 {
        return Err(status("the command was not given", answer));
    }
    let document = match verifier.open(&answer.media_type().unwrap_or_default(), &answer.body) {
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
        // Nobody but this client writes here: the other version is ours, and its answer was lost.
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

pub(super) fn judge_renewal(
    answer: &Answer,
    key: &ClientKey,
    own: Uuid,
) -> Result<EnrolOutcome, ClientError> {
    match enrol::judge(answer, key)? {
        EnrolOutcome::Issued(client, _) if client != own => Err(EnrolError::WrongName.into()),
        outcome => Ok(outcome),
    }
}

/// Whether it is time to renew: from 2/3 of the lifetime, spread by `random`.
pub(super) fn is_due(own: &Identity, now: Timestamp, random: u64) -> Result<bool, ClientError> {
    let lifetime = own.chain.first().and_then(|certificate| enrol::validity(certificate));
    let (from, until) = lifetime.ok_or(EnrolError::Stored("certificate"))?;
    // The upper half of the random number, as evenly spread as the whole.
    Ok(now >= enrol::renew_at(from, until, u32::try_from(random >> 32).unwrap_or_default()))
}

/// The identity after a renewal; `None` when a person must agree first.
pub(super) fn renewed(own: &Identity, key: ClientKey, outcome: EnrolOutcome) -> Option<Identity> {
    match outcome {
        EnrolOutcome::Issued(client, chain) => {
            Some(Identity { client, chain, key, anchors: own.anchors.clone() })
        }
        EnrolOutcome::AskAgain(_) => None,
    }
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
const MAX_REPORT_TRIES: u32 = 3;

pub(super) fn success(what: &'static str, answer: &Answer) -> Result<(), ClientError> {
    match next_step(Outcome::Status(answer.status)) {
        NextStep::GoOn => Ok(()),
        _ => Err(status(what, answer)),
    }
}

fn status(what: &'static str, answer: &Answer) -> ClientError {
    ClientError::Status { what, step: next_step(Outcome::Status(answer.status)), why: answer.complaint() }
}

pub(super) fn json(document: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(document)
        .map_err(|error| ClientError::Setup(format!("a document cannot be written: {error}")))
}
