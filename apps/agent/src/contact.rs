//! How an agent keeps in touch with its server: the directory, and the certificate, which is renewed when its time has come.

use crate::failure::Failure;
use crate::home::{self, Home};
use crate::identity;
use crate::limits::SiteLimits;
use crate::modules;
use crate::pack::recipient;
use crate::proxy;
use crate::renewal_rest;
use crate::settings::Settings;
use crate::survey::now;
use crate::trail::{Logs, Trail};
use crate::unnoted;
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{ClientConfig, ClientError, PendingRenewal, Resolve, renewal_is_due};
use remote_services_transport::clock::{Clock, Told};
use remote_services_transport::document::Directory;
use remote_services_transport::durable;
use remote_services_transport::enrol::{Identity, validity};
use remote_services_transport::next_step::NextStep;
use remote_services_transport::registration_key::ServerUrl;
use std::sync::Arc;
use std::time::Instant;

/// The way to the server that the settings name, each exchange on which stands in the log of exchanges. `names` resolves names.
///
/// # Errors
/// A sentence with the setting or file that cannot be used.
pub(crate) fn configured(
    home: &Home,
    settings: &Settings,
    server: ServerUrl,
    names: &Arc<dyn Resolve>,
    audit: &Trail,
) -> Result<ClientConfig, Failure> {
    let config = ClientConfig::new(server, modules::tls())
        .with_resolver(Arc::clone(names))
        .with_observer(Arc::new(audit.clone()));
    proxy::through(settings.tls.apply(config)?, settings, Arc::clone(names), home.vault())
}

/// What is needed to be in touch.
pub(crate) struct Contact<'a> {
    pub(crate) home: &'a Home,
    pub(crate) config: &'a ClientConfig,
    pub(crate) client: &'a mut Arc<Client>,
    pub(crate) identity: &'a mut Identity,
    pub(crate) audit: &'a Trail,
    pub(crate) limits: &'a SiteLimits,
    pub(crate) renewal: &'a mut Renewal,
    /// What is known of this host's clock.
    pub(crate) clock: &'a Clock,
}

/// The waits between tries to renew, and what became of the last one.
pub(crate) struct Renewal {
    pace: Backoff,
    failed: Option<(Instant, Failure)>,
    /// By this host's clock alone a certificate was due that had just been issued: that clock says nothing of it.
    misled: bool,
    /// One that was issued, and nobody knows yet whether the server accepts it.
    untried: Option<Identity>,
}

impl Renewal {
    pub(crate) const fn new() -> Self {
        Self { pace: Backoff::PROTOCOL, failed: None, misled: false, untried: None }
    }

    /// Nothing failed.
    fn rest(&mut self) {
        *self = Self { misled: self.misled, ..Self::new() };
    }

    /// The moment by which a certificate is due or not: the server's, which issues and judges it, where its clock is known; this
    /// host's own when that has not misled us yet.
    fn moment(&self, told: Option<&Told>, clock: &Clock, own: Timestamp) -> Option<Timestamp> {
        told.map(|told| told.server)
            .or_else(|| clock.at_the_server(own))
            .or_else(|| (!self.misled).then_some(own))
    }

    /// Why the last try failed, while it is not time for another.
    fn resting(&self) -> Option<Failure> {
        self.failed.as_ref().filter(|(until, _)| Instant::now() < *until).map(|(_, why)| why.clone())
    }

    fn fail(&mut self, why: Failure) {
        self.failed = Some((Instant::now() + self.pace.next_wait(0, None), why));
    }
}

/// What the server said.
pub(crate) struct Heard {
    /// Its directory.
    pub(crate) directory: Result<Directory, ClientError>,
    /// What its clock showed, if it said so.
    pub(crate) time: Option<Told>,
    /// Whether the identity is another now.
    pub(crate) renewed: bool,
    /// Whether there is something to be told of the certificate.
    pub(crate) certificate: Due,
}

/// Whether a certificate is to be renewed, and was not.
pub(crate) enum Due {
    /// Nobody looked.
    Unknown,
    /// It was renewed, or its time has not come.
    No,
    /// Why it is not renewed, though it is time.
    NotRenewed(Failure),
}

/// What a try to renew came to.
enum Tried {
    /// It is not time, or was tried just now.
    NotDue,
    /// It rests, as a process before this one may have learnt: what was told of it before stands.
    Rests,
    /// The next certificate is on its way.
    Pending(PendingRenewal),
    /// There is another one, which brought this directory, if any.
    Renewed(Option<Box<Directory>>),
}

impl Contact<'_> {
    /// Asks for the directory, and renews the certificate when it is time. A certificate that is past its end gets no
    /// directory, and may still renew itself for a while: so one does not depend on the other.
    pub(crate) fn hear(&mut self) -> Heard {
        let (directory, time) = self.ask();
        let mut heard = Heard { directory, time, renewed: false, certificate: Due::Unknown };
        if heard.directory.as_ref().is_err_and(is_silence) {
            return heard;
        }
        if let Some(why) = self.renewal.resting() {
            heard.certificate = Due::NotRenewed(why);
            return heard;
        }
        match self.renew(heard.time.as_ref()) {
            Ok(Tried::NotDue) => {
                self.renewal.rest();
                heard.certificate = Due::No;
            }
            Ok(Tried::Rests) => self.renewal.rest(),
            // When to ask again is the server's word, and minded by the client.
            Ok(Tried::Pending(why)) => {
                self.renewal.rest();
                heard.certificate = Due::NotRenewed(not_yet(why));
            }
            Ok(Tried::Renewed(directory)) => {
                self.renewal.rest();
                heard.certificate = Due::No;
                heard.renewed = true;
                heard.directory = directory.map_or(heard.directory, |new| Ok(*new));
                // To a certificate that was past its end nobody told the time.
                if heard.time.is_none() {
                    let (directory, time) = self.ask();
                    (heard.directory, heard.time) = (directory.or(heard.directory), time);
                }
            }
            Err(failure) => {
                let failure = failure.while_doing("the certificate was not renewed");
                self.renewal.fail(failure.clone());
                heard.certificate = Due::NotRenewed(failure);
            }
        }
        heard
    }

    /// Asks for the directory, and what time it is there.
    pub(crate) fn ask(&self) -> (Result<Directory, ClientError>, Option<Told>) {
        self.client.directory_and_time()
    }

    /// Renews when it is time. A certificate that could not be kept is not asked for.
    fn renew(&mut self, told: Option<&Told>) -> Result<Tried, Failure> {
        if self.renewal.misled && !renewal_is_due(self.identity, now()).map_err(server_failure)? {
            // The clock that misled us was set since.
            self.renewal.misled = false;
        }
        let Some(moment) = self.renewal.moment(told, self.clock, now()) else { return Ok(Tried::NotDue) };
        if !renewal_is_due(self.identity, moment).map_err(server_failure)? {
            return Ok(Tried::NotDue);
        }
        if renewal_rest::rests(self.home, self.identity, moment) {
            return Ok(self.client.pending_renewal(self.identity).map_or(Tried::Rests, Tried::Pending));
        }
        identity::can_renew(self.home, self.identity)?;
        let rest = |own: &Identity| {
            renewal_rest::keep(self.home, own, moment, self.config.renewal_rest(own, Instant::now()));
        };
        let next = match self.renewal.untried.take() {
            Some(next) if !renewal_is_due(&next, moment).map_err(server_failure)? => next,
            _ => match self.client.renew_when_due(self.identity, moment).map_err(server_failure)? {
                Some(next) => next,
                None => {
                    rest(self.identity);
                    let pending = self.client.pending_renewal(self.identity);
                    return Ok(pending.map_or(Tried::NotDue, Tried::Pending));
                }
            },
        };
        // The present one is good until its end, so it stays until the server is seen to accept the new one.
        let client = Client::new(self.config.clone(), &next).map_err(server_failure)?;
        let directory = match client.try_out() {
            Ok(directory) => directory,
            Err(error) => {
                // Where nobody knows, the same one is tried out the next time, and no other asked for.
                self.renewal.untried = Some(next).filter(|_| error.step() != NextStep::Trust);
                return Err(not_accepted(error));
            }
        };
        self.renewal.misled = renewal_is_due(&next, now()).map_err(server_failure)?;
        rest(&next);
        self.take(next, client).map(|()| Tried::Renewed(directory.map(Box::new)))
    }

    /// Uses a new identity, once it is kept. The audit log has the last word by the old key, and the first by the new one.
    fn take(&mut self, next: Identity, client: Client) -> Result<(), Failure> {
        let end = next.chain.first().and_then(|own| validity(own)).map(|(_, end)| end.to_string());
        let text = format!("a new certificate, valid until {}", end.unwrap_or_default());
        let audit = |error| Failure::failed(format_args!("audit log: {error}"));
        unnoted::keep(self.home, &next, "renewed", &text)?;
        identity::renew(self.home, &next, self.identity)?;
        (*self.client, *self.identity) = (Arc::new(client), next);
        tell!("the certificate was renewed: {text}");
        let noted = unnoted::note(self.home, self.identity, self.audit);
        let opened = noted.and_then(|()| {
            self.audit.begin_anew(|| {
                let mut logs = Logs::open(self.home, self.identity, self.limits)?;
                // Whatever fails of it is made good with the next entry: only these know what they wrote by now.
                if let Err(failure) = logs.change_signer(now()).map_err(audit) {
                    tell!("{failure}");
                }
                Ok(logs)
            })
        });
        match opened {
            Ok(()) => {}
            // The old key goes on signing, and is known as one of this client's, until the agent is started again.
            Err(failure) => tell!("{failure}"),
        }
        Ok(())
    }
}

/// The directory as the server gave it in an earlier run. It is a copy only, so one that cannot be read is no loss.
pub(crate) fn directory_of_last_time(home: &Home) -> Option<Directory> {
    let directory: Directory = serde_json::from_slice(&std::fs::read(home.state(DIRECTORY)).ok()?).ok()?;
    recipient(&directory).is_ok().then_some(directory)
}

/// A full disk must not keep the spool from emptying, so this is only told.
pub(crate) fn keep_directory(home: &Home, directory: &Directory) {
    let path = home.state(DIRECTORY);
    let kept =
        serde_json::to_vec(directory).map_err(Into::into).and_then(|octets| durable::replace(&path, &octets));
    if let Err(error) = kept {
        tell!("cannot keep {}: {error}", path.display());
    }
}

/// What another identity's server said of itself says nothing about this one's: payloads would be sealed
/// for the wrong one.
pub(crate) fn forget_directory(home: &Home) -> Result<(), Failure> {
    home::remove(&home.state(DIRECTORY))
}

/// Whether the directories differ in more than the time.
pub(crate) fn differs(one: &Directory, other: &Directory) -> bool {
    *one != Directory { server_time: one.server_time, ..other.clone() }
}

/// What keeps the server, whose `HOST:PORT` is given, out of reach, in a few words for a person.
pub(crate) fn absence(error: &ClientError, server: &str) -> &'static str {
    let on_the_way = |peer: &str| peer != server;
    match error {
        ClientError::NoRoute { .. } => "nothing says which way leads to the server",
        ClientError::ProxyRefused { .. } | ClientError::ProxyCredentials { .. } => {
            "the proxy does not let this client through"
        }
        ClientError::Refused { peer }
        | ClientError::Connect { peer, .. }
        | ClientError::TimedOut { peer, .. }
        | ClientError::Lost { peer, .. }
            if on_the_way(peer) =>
        {
            "the proxy is away"
        }
        error if error.is_passing() => "the server is away",
        _ => "the server cannot be used",
    }
}

/// What a failed exchange means for the person at the terminal.
#[must_use]
pub fn server_failure(error: ClientError) -> Failure {
    Failure::from(error)
}

/// What keeps the next certificate. The present one may end meanwhile, so somebody is to hear of it.
fn not_yet(why: PendingRenewal) -> Failure {
    Failure::no_answer(match why {
        PendingRenewal::Approval => {
            "the certificate was not renewed yet: the server's operator must approve that first".to_owned()
        }
        PendingRenewal::NotValidBefore(begins) => {
            format!(
                "the certificate was not renewed yet: it stays until {begins}, when the one that was issued begins to be valid"
            )
        }
        _ => "the certificate was not renewed yet".to_owned(),
    })
}

/// Why a certificate that was just issued is not used.
fn not_accepted(error: ClientError) -> Failure {
    let what = match error.step() {
        NextStep::Trust => {
            "the server does not accept the certificate that it issued, so the present one stays"
        }
        _ => "the certificate that was issued could not be tried out yet, so the present one stays",
    };
    server_failure(error).while_doing(what)
}

/// Whether nobody was there, as far as this machine can tell.
fn is_silence(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::NoRoute { .. }
            | ClientError::Resolve { .. }
            | ClientError::Refused { .. }
            | ClientError::Connect { .. }
            | ClientError::TimedOut { .. }
    )
}

const DIRECTORY: &str = "directory.json";

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_payload::seal::{MAX_AGE, MAX_SKEW};

    #[test]
    fn a_certificate_is_due_by_the_servers_clock_and_never_by_one_that_misled_us() {
        let at = |days: i64| Timestamp::from_unix_seconds(1_800_000_000 + days * 86_400);
        let told = Told { server: at(0), before: at(75), after: at(75) };
        let (unknown, mut renewal) = (Clock::new(MAX_SKEW, MAX_AGE), Renewal::new());
        assert_eq!(renewal.moment(Some(&told), &unknown, at(75)), Some(at(0)));
        assert_eq!(renewal.moment(None, &unknown, at(75)), Some(at(75)), "nothing better is known");
        renewal.misled = true;
        renewal.rest();
        assert_eq!(renewal.moment(None, &unknown, at(75)), None);
        assert_eq!(renewal.moment(Some(&told), &unknown, at(75)), Some(at(0)));
    }
}
