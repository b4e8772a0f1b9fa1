use super::hang_up::HangUp;
use super::new_key;
use super::origin::Origin;
use crate::client::calls::{self, DeviceOutcome, FetchedCommand};
use crate::client::pending::{Next, PendingRenewal};
use crate::client::{ClientConfig, ClientError, tls};
use crate::directory::{DirectoryCache, DirectoryError};
use crate::document::{
    ClientDescription, ClientHeard, DeviceEvidence, Directory, Execution, UrlTemplates, expand,
};
use crate::enrol::{self, ClientKey, EnrolOutcome, Identity, TrustAnchors};
use crate::exchange::{Answer, Body, Request};
use crate::execution::{CommandVerifier, ReportOutcome, judge_report, report};
use crate::poll::{Poll, PollOutcome};
use crate::registration_key::ServerUrl;
use crate::upload::{self, UploadOutcome};
use remote_services_core::time::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A client that has a certificate, talking to its server.
pub struct Client {
    server: Origin,
    anchors: TrustAnchors,
    /// The present certificate, then over which it leads to the anchors.
    chain: Vec<Vec<u8>>,
    id: Uuid,
    directory: Mutex<DirectoryCache>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Setup`] when certificate, key or anchors cannot be used.
    pub fn new(config: ClientConfig, identity: &Identity) -> Result<Self, ClientError> {
        let tls = tls::mutual(&config, identity)?;
        let (anchors, chain, id) = (identity.anchors.clone(), identity.chain.clone(), identity.client);
        Ok(Self { server: Origin::new(config, tls), anchors, chain, id, directory: Mutex::default() })
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
        self.hear(|cache, answer| cache.handle(answer).cloned())
    }

    /// Asks for the directory, and takes in what is answered.
    fn hear<T>(
        &self,
        take_in: impl FnOnce(&mut DirectoryCache, &Answer) -> Result<T, DirectoryError>,
    ) -> Result<T, ClientError> {
        let mut cache = self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = self.exchange(&cache.request(), Duration::ZERO)?;
        let heard = take_in(&mut cache, &answer)?;
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = cache;
        Ok(heard)
    }

    /// Asks for the directory, whatever the answer is: whether the server is there. What is in doubt goes out on a fresh connection
    /// then: on one that was used it would be sent twice when the server closes it.
    pub(super) fn ask_for_directory(&self) -> Result<Answer, ClientError> {
        let request = self.directory.lock().unwrap_or_else(PoisonError::into_inner).request();
        self.exchange(&request.with("connection", "close"), Duration::ZERO)
    }

    /// What the server's clock showed with its last answer to [`Self::directory`], if it said so.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).server_time()
    }

    /// Says who this client is and how it does.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn describe(&self, description: &ClientDescription) -> Result<ClientHeard, ClientError> {
        let path = expand(&self.urls().client, &[("client", &self.id.to_string())]);
        let body = calls::json(description)?;
        calls::judge_description(&self.exchange(&calls::put(path, &body), Duration::ZERO)?)
    }

    /// Says what is known of a device's identity.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn put_device(&self, device: Uuid, evidence: &DeviceEvidence) -> Result<DeviceOutcome, ClientError> {
        let body = calls::json(evidence)?;
        let path = calls::device_path(&self.urls(), self.id, device);
        calls::judge_device(&self.exchange(&calls::put(path, &body), Duration::ZERO)?)
    }

    /// Sends one sealed payload, once. [`super::Uploader`] does it until it is done.
    ///
    /// # Errors
    /// When there was no answer. All answers are outcomes.
    #[allow(single_use_lifetimes, reason = "an anonymous one is not stable here")]
    pub fn upload<'a>(
        &self,
        upload: Uuid,
        sealed: impl Into<Body<'a>>,
    ) -> Result<UploadOutcome, ClientError> {
        let sealed = sealed.into();
        let request = upload::request(&self.urls().upload, self.id, upload, sealed);
        let answer = self.exchange(&request, Duration::ZERO)?;
        Ok(upload::judge(upload, sealed.digest(), &answer))
    }

    /// Asks for commands, and says when to ask again. With `wait` the server may hold the answer for so long.
    pub fn commands(&self, poll: &mut Poll, wait: Option<Duration>) -> (PollOutcome, Duration) {
        let request = poll.request(&self.urls().commands, wait);
        let answer = self.exchange(&request, wait.unwrap_or_default());
        poll.handle(answer.as_ref().map_err(calls::unanswered), self.random())
    }

    /// The same with an answer that may be held, and unless somebody hangs up: then the outcome is that it failed.
    pub fn held_commands(
        &self,
        poll: &mut Poll,
        wait: Duration,
        hang_up: &HangUp,
    ) -> (PollOutcome, Duration) {
        let request = poll.request(&self.urls().commands, Some(wait));
        let answer = self.server.exchange_unless(&request, wait, hang_up);
        poll.handle(answer.as_ref().map_err(calls::unanswered), self.random())
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
        let request = calls::command_request(&self.urls(), self.id, command);
        calls::judge_command(&self.exchange(&request, Duration::ZERO)?, command, verifier)
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
        let (body, template) = (calls::json(execution)?, self.urls().execution);
        let mut tries = 0;
        loop {
            tries += 1;
            let request = report(&template, self.id, command, etag.as_deref(), &body);
            let outcome = judge_report(&self.exchange(&request, Duration::ZERO)?);
            if let Some(outcome) = calls::settle_report(outcome, etag, tries) {
                return Ok(outcome);
            }
        }
    }

    /// Reports that a command begins, before it has any effect. Unlike [`Client::report`] it overwrites nothing that somebody
    /// else of this name wrote: [`ReportOutcome::BegunElsewhere`] then, and nothing may be begun.
    ///
    /// # Errors
    /// When there was no answer: nobody knows of another beginning. [`ReportOutcome::ReadAgain`] and [`ReportOutcome::Refused`] are no
    /// leave to begin: the server has another version of it.
    pub fn report_beginning(
        &self,
        command: Uuid,
        execution: &Execution,
        etag: &mut Option<String>,
    ) -> Result<ReportOutcome, ClientError> {
        let execution = &execution.at_beginning(self.random());
        let (body, urls) = (calls::json(execution)?, self.urls());
        let mut tries = 0;
        loop {
            tries += 1;
            let request = report(&urls.execution, self.id, command, etag.as_deref(), &body);
            let outcome = judge_report(&self.exchange(&request, Duration::ZERO)?);
            match outcome {
                ReportOutcome::ReadAgain { .. } | ReportOutcome::Refused(_) => {}
                outcome => return Ok(calls::settle_report(outcome.clone(), etag, tries).unwrap_or(outcome)),
            }
            // Somebody else wrote; that nobody says what is no leave to begin.
            let Ok(known) = self.execution(command) else { return Ok(outcome) };
            match calls::settle_beginning(known, execution, etag) {
                None if tries < calls::MAX_REPORT_TRIES => {}
                settled => return Ok(settled.unwrap_or(outcome)),
            }
        }
    }

    /// Where a command stands by the server's word, with the version of that; `None` when the server does not have it any more.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn execution(&self, command: Uuid) -> Result<Option<(Execution, Option<String>)>, ClientError> {
        let request = calls::execution_request(&self.urls(), self.id, command);
        calls::judge_execution(&self.exchange(&request, Duration::ZERO)?)
    }

    /// Asks for the next certificate, for this key, and gives its chain; the present one is used for asking.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn renew(&self, key: &ClientKey) -> Result<EnrolOutcome, ClientError> {
        let body = enrol::request_body(key)?;
        let template = self.urls().simple_reenroll;
        let answer = self.exchange(&enrol::renewal_request(&template, &body), Duration::ZERO)?;
        let config = &self.server.config;
        let between = self.chain.get(1..).unwrap_or_default();
        let by = calls::issuers(config, &self.anchors, between, self.server_time());
        let present = self.chain.first().map(Vec::as_slice);
        calls::judge_renewal(&answer, key, (self.id, present), &by)
    }

    /// Renews the certificate when its time has come (2/3 of its lifetime); `None` when it has not, or the next one is on its way, see
    /// [`Self::pending_renewal`]. One that is not valid yet is kept aside and given when it is, to clients of this [`ClientConfig`] and
    /// its clones. What clients of this [`ClientConfig`] and its clones were issued within a twentieth of its life, or within a day, is not
    /// due, whatever the clock says. The key is a fresh one, unless something else holds it, such as a token: then it stays. The new identity is
    /// to be tried out, see [`Self::try_out`], and then kept as a whole before it is used.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn renew_when_due(&self, own: &Identity, now: Timestamp) -> Result<Option<Identity>, ClientError> {
        let config = &self.server.config;
        let (memory, pending) = (&config.renewal_memory, &config.pending_renewals);
        if !calls::renewal_is_due(own, now)? {
            return Ok(None);
        }
        match pending.next(own, Instant::now()) {
            Next::Use(next) => return Ok(Some(*next)),
            Next::Ask if memory.try_one(own, Instant::now()) => pending.forget(own),
            Next::Ask | Next::Wait => return Ok(None),
        }
        let key = calls::next_key(own, new_key)?;
        let outcome = self.renew(&key)?;
        memory.note(own, &outcome, (Instant::now(), self.server_time()));
        Ok(pending.note(own, key, outcome, Instant::now()))
    }

    /// Why a certificate that is due is not renewed yet, when the server took the request for the next one: somebody should hear of it
    /// before this one ends.
    #[must_use]
    pub fn pending_renewal(&self, own: &Identity) -> Option<PendingRenewal> {
        self.server.config.pending_renewals.why(own)
    }

    /// Asks for the directory to learn whether the server accepts this client's certificate: by the client of a renewed identity, before that
    /// takes the place of the present one. `None` when the server does, and has no directory to give.
    ///
    /// # Errors
    /// When it does not, which is [`NextStep::Trust`](crate::next_step::NextStep::Trust), or nobody knows: the server did not answer, or
    /// somebody in its place, or it answered as it answers anybody while it is out of order. The present identity is to stay, and
    /// where nobody knows this one is worth another try later.
    pub fn try_out(&self) -> Result<Option<Directory>, ClientError> {
        self.hear(|cache, answer| cache.try_out(answer).map(Option::<&Directory>::cloned))
    }

    /// Carries out any request: what all the others are made of. `patience` is added to the wait for the answer.
    ///
    /// # Errors
    /// When there was no usable answer; statuses are not looked at.
    pub fn exchange(&self, request: &Request<'_>, patience: Duration) -> Result<Answer, ClientError> {
        self.server.exchange(request, patience)
    }

    /// Another origin with the same demands but for the pins of the server's key, as which this client is nobody.
    pub(super) fn elsewhere(&self, origin: ServerUrl) -> Result<Origin, ClientError> {
        let config = self.server.config.at(origin);
        let tls = tls::server_only(&config, &self.anchors)?;
        Ok(Origin::new(config, tls))
    }

    /// A fresh random number for jitter.
    pub(super) fn random(&self) -> u64 {
        self.server.config.random()
    }

    pub(super) fn server(&self) -> &ServerUrl {
        self.server.config.server()
    }

    pub(super) fn urls(&self) -> UrlTemplates {
        let cache = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get().map(|directory| directory.urls.clone()).unwrap_or_default()
    }
}
