use super::connect;
use super::connection::Connection;
use super::{new_key, random};
use crate::client::{ClientConfig, ClientError, tls};
use crate::directory::DirectoryCache;
use crate::document::{
    ClientDescription, Command, ContentDigest, DeviceConflict, DeviceEvidence, Directory, Execution,
    UrlTemplates, expand, names,
};
use crate::enrol::Identity;
use crate::enrol::{self, ClientKey, EnrolError, EnrolOutcome};
use crate::exchange::{Answer, Method, Request};
use crate::execution::{CommandVerifier, ReportOutcome, judge_report, report};
use crate::next_step::{NextStep, Outcome, next_step};
use crate::poll::{Poll, PollOutcome};
use crate::upload::{self, UploadOutcome};
use remote_services_core::time::Timestamp;
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// A client that has a certificate, talking to its server.
pub struct Client {
    config: ClientConfig,
    tls: Arc<rustls::ClientConfig>,
    id: Uuid,
    idle: Mutex<Option<Connection>>,
    directory: Mutex<DirectoryCache>,
}

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
    /// The server does not have it any more.
    Gone,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Setup`] when certificate, key or anchors cannot be used.
    pub fn new(config: ClientConfig, identity: &Identity) -> Result<Self, ClientError> {
        let tls = tls::mutual(&config, identity)?;
        Ok(Self { config, tls, id: identity.client, idle: Mutex::default(), directory: Mutex::default() })
    }

    /// The name that the server gave this client.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Asks for the directory, or whether it changed, and gives it.
    ///
    /// # Errors
    /// See [`ClientError`], here and below.
    pub fn directory(&self) -> Result<Directory, ClientError> {
        let mut cache = self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = self.exchange(&cache.request(), Duration::ZERO)?;
        let directory = cache.handle(&answer)?.clone();
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = cache;
        Ok(directory)
    }

    /// Says who this client is and how it does.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn describe(&self, description: &ClientDescription) -> Result<(), ClientError> {
        let path = expand(&self.urls().client, &[("client", &self.id.to_string())]);
        let body = json(description)?;
        let answer =
            self.exchange(&Request::new(Method::Put, path).with_body(names::JSON, &body), Duration::ZERO)?;
        success("the description of this client was not taken", &answer)
    }

    /// Says what is known of a device's identity.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn put_device(&self, device: Uuid, evidence: &DeviceEvidence) -> Result<DeviceOutcome, ClientError> {
        let values = [("client", &*self.id.to_string()), ("device", &*device.to_string())];
        let path = expand(&self.urls().device, &values);
        let body = json(evidence)?;
        let answer =
            self.exchange(&Request::new(Method::Put, path).with_body(names::JSON, &body), Duration::ZERO)?;
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
            _ => success("the device was not taken", &answer).map(|()| DeviceOutcome::Known),
        }
    }

    /// Sends one sealed payload, once. [`super::Uploader`] does it until it is done.
    ///
    /// # Errors
    /// When there was no answer. All answers are outcomes.
    pub fn upload(&self, upload: Uuid, sealed: &[u8]) -> Result<UploadOutcome, ClientError> {
        let request = upload::request(&self.urls().upload, self.id, upload, sealed);
        let answer = self.exchange(&request, Duration::ZERO)?;
        Ok(upload::judge(upload, ContentDigest::of(sealed), &answer))
    }

    /// Asks for commands, and says when to ask again. With `wait` the server may hold the answer for so long.
    pub fn commands(&self, poll: &mut Poll, wait: Option<Duration>) -> (PollOutcome, Duration) {
        let request = poll.request(&self.urls().commands, wait);
        let answer = self.exchange(&request, wait.unwrap_or_default());
        poll.handle(answer.as_ref().map_err(ToString::to_string), random())
    }

    /// Fetches one command and has its signature checked.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn command(
        &self,
        command: Uuid,
        verifier: &dyn CommandVerifier,
    ) -> Result<FetchedCommand, ClientError> {
        let values = [("client", &*self.id.to_string()), ("command", &*command.to_string())];
        let path = expand(&self.urls().command, &values);
        let request = Request::new(Method::Get, path).with("accept", names::SIGNED);
        let answer = self.exchange(&request, Duration::ZERO)?;
        if next_step(Outcome::Status(answer.status)) == NextStep::Gone {
            return Ok(FetchedCommand::Gone);
        }
        if answer.status != 200 {
            return Err(status("the command was not given", &answer));
        }
        let document = match verifier.open(&answer.media_type().unwrap_or_default(), &answer.body) {
            Ok(document) => document,
            Err(why) => return Ok(FetchedCommand::BadSignature(why)),
        };
        let read: Command = serde_json::from_slice(&document)
            .map_err(|error| ClientError::Document { what: "command", why: error.to_string() })?;
        Ok(if read.id == command {
            FetchedCommand::Verified(Box::new(read))
        } else {
            FetchedCommand::BadSignature(format!("it is signed as the command {}", read.id))
        })
    }

    /// Reports how far a command is. `etag` is that of the last report's answer, and is kept up to date.
    ///
    /// # Errors
    /// When there was no answer. All answers are outcomes.
    pub fn report(
        &self,
        command: Uuid,
        execution: &Execution,
        etag: &mut Option<String>,
    ) -> Result<ReportOutcome, ClientError> {
        let body = json(execution)?;
        let template = self.urls().execution;
        let mut tries = 0;
        loop {
            let request = report(&template, self.id, command, etag.as_deref(), &body);
            let outcome = judge_report(&self.exchange(&request, Duration::ZERO)?);
            tries += 1;
            match &outcome {
                ReportOutcome::Taken { etag: now } => etag.clone_from(now),
                // Nobody but this client writes here: the other version is ours, and its answer was lost.
                ReportOutcome::ReadAgain { etag: now } => etag.clone_from(now),
                _ => return Ok(outcome),
            }
            if matches!(outcome, ReportOutcome::Taken { .. }) || tries == MAX_REPORT_TRIES {
                return Ok(outcome);
            }
        }
    }

    /// Asks for the next certificate, for this key, and gives its chain; the present one is used for asking.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn renew(&self, key: &ClientKey) -> Result<EnrolOutcome, ClientError> {
        let body = enrol::request_body(key);
        let template = self.urls().simple_reenroll;
        let answer = self.exchange(&enrol::renewal_request(&template, &body), Duration::ZERO)?;
        match enrol::judge(&answer, key)? {
            EnrolOutcome::Issued(client, _) if client != self.id => Err(EnrolError::WrongName.into()),
            outcome => Ok(outcome),
        }
    }

    /// Renews the certificate with a fresh key when its time has come (2/3 of its lifetime); `None` when it has not, or a
    /// person must agree first. The new identity is to be kept as a whole before it is used.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn renew_when_due(&self, own: &Identity, now: Timestamp) -> Result<Option<Identity>, ClientError> {
        let lifetime = own.chain.first().and_then(|certificate| enrol::validity(certificate));
        let (from, until) = lifetime.ok_or(EnrolError::Stored("certificate"))?;
        // The upper half of the random number, as evenly spread as the whole.
        if now < enrol::renew_at(from, until, u32::try_from(random() >> 32).unwrap_or_default()) {
            return Ok(None);
        }
        let key = new_key()?;
        Ok(match self.renew(&key)? {
            EnrolOutcome::Issued(client, chain) => {
                Some(Identity { client, chain, key, anchors: own.anchors.clone() })
            }
            EnrolOutcome::AskAgain(_) => None,
        })
    }

    /// Carries out any request: what all the others are made of. `patience` is added to the wait for the answer.
    ///
    /// # Errors
    /// When there was no usable answer; statuses are not looked at.
    pub fn exchange(&self, request: &Request<'_>, patience: Duration) -> Result<Answer, ClientError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut connection = match idle {
            Some(connection) if !connection.is_old() => connection,
            _ => connect::open(&self.config, &self.tls)?,
        };
        let result = match connection.exchange(&self.config, request, patience) {
            Err(failure) if failure.stale => {
                connection = connect::open(&self.config, &self.tls)?;
                connection.exchange(&self.config, request, patience)
            }
            result => result,
        };
        let (answer, reusable) = result.map_err(|failure| failure.error)?;
        if reusable {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
        checked(&self.config, request, answer)
    }

    pub(super) fn urls(&self) -> UrlTemplates {
        let cache = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get().map(|directory| directory.urls.clone()).unwrap_or_default()
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

fn success(what: &'static str, answer: &Answer) -> Result<(), ClientError> {
    match next_step(Outcome::Status(answer.status)) {
        NextStep::GoOn => Ok(()),
        _ => Err(status(what, answer)),
    }
}

fn status(what: &'static str, answer: &Answer) -> ClientError {
    ClientError::Status { what, step: next_step(Outcome::Status(answer.status)), why: answer.complaint() }
}

fn json(document: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(document)
        .map_err(|error| ClientError::Setup(format!("a document cannot be written: {error}")))
}
