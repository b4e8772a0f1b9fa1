use super::again::once_more;
use crate::document::{ContentDigest, SoftwareManifest, expand, names};
use crate::exchange::{Answer, Method, Request};
use crate::execution::CommandVerifier;
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// What is looked after: one component on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name, such as `agent`.
    pub name: String,
    /// The channel, if there are several.
    pub channel: Option<String>,
    /// What this host needs, such as a target triple.
    pub target: Option<String>,
}

/// What is remembered of one component, to be kept durably after every change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateState {
    /// The highest sequence number that was seen.
    pub sequence: u64,
    /// Until when the last good manifest held: beyond it, silence is suspicious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fresh_until: Option<Timestamp>,
    /// The latest time since then at which the server had nothing to say, or showed what had ended: a clock that goes back makes
    /// nothing fresh again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Timestamp>,
    /// The manifest that is being followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered: Option<SoftwareManifest>,
    /// The last manifest that was believed, followed or not: under its number there is no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<SoftwareManifest>,
    /// The file of what is being followed was fetched whole.
    pub ready: bool,
    /// The installer was about to run, or ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installing: Option<String>,
    /// Versions that were installed and did not come up; not tried again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// Artifacts that came as something else than they were to be, in scraps, or onto a full disk, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<WrongArtifact>,
    /// The artifact that this machine could not put in place last, which is no fault of its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstructed: Option<WrongArtifact>,
    /// Artifacts whose installation was interrupted, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interrupted: Vec<WrongArtifact>,
}

impl UpdateState {
    /// Whether it was that time once, since the last good manifest.
    pub(super) fn was_after(&self, time: Timestamp) -> bool {
        self.clock.is_some_and(|clock| time <= clock)
    }
}

/// An artifact that was fetched and was not what the manifest names, of which the server gave next to nothing, that
/// filled the disk, that this machine could not put in place, or whose installation was interrupted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrongArtifact {
    /// What it was to be.
    pub digest: ContentDigest,
    /// How often it came so.
    pub times: u32,
    /// When that was the last time.
    pub at: Timestamp,
}

impl WrongArtifact {
    /// Until when it is left alone: a quarter of an hour the first time, and twice as long each time, up to a week.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.times.saturating_sub(1)));
        self.at.plus(wait.min(LONGEST_WAIT))
    }

    /// Whether this artifact is left alone. A clock that was set back must not make it wait for years.
    fn holds_up(&self, digest: ContentDigest, now: Timestamp) -> bool {
        self.digest == digest && self.at <= now && now < self.until()
    }
}

/// What an answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offer {
    /// A newer version, to be followed.
    Newer(Box<SoftwareManifest>),
    /// Nothing newer.
    Current,
    /// Not to be believed: told, and nothing changes.
    Refused(OfferRefusal),
    /// The server could not say.
    Later {
        /// What to do about it.
        step: NextStep,
        /// The server's own wish, if it had one.
        retry_after: Option<Duration>,
        /// One sentence.
        why: String,
    },
}

/// Why a manifest is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferRefusal {
    /// Not signed by the server's key, or not a manifest at all.
    #[error("the manifest is not signed as it must be: {0}")]
    Signature(String),
    /// About something else.
    #[error("the manifest is about {0}")]
    Another(String),
    /// It said something once, and says nothing now.
    #[error("the manifest expired on {0}")]
    Expired(Timestamp),
    /// It is older than one that was seen: somebody wants an old fault back.
    #[error("the manifest has sequence number {found}, {seen} was seen before")]
    Rollback {
        /// Its number.
        found: u64,
        /// The highest that was seen.
        seen: u64,
    },
    /// Two manifests with one number: somebody signs twice.
    #[error("another manifest with sequence number {0} was seen before")]
    Twice(u64),
    /// It does not go with the version that runs.
    #[error("version {0} may not be replaced by it")]
    From(String),
    /// Nothing fresh was seen for too long, whether the server has nothing else to say or is not heard at all: perhaps
    /// somebody keeps news away, perhaps this host was away itself.
    #[error("no fresh manifest since {0}")]
    Frozen(Timestamp),
}

/// `GET clients/{client}/software?component=…&version=…`; `version` is the one that runs.
#[must_use]
pub fn request(template: &str, client: Uuid, component: &Component, version: &str) -> Request<'static> {
    let mut path = expand(template, &[("client", &client.to_string())]);
    let mut add = |name: &str, value: &str| {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(name);
        path.push('=');
        path.push_str(&expand("{value}", &[("value", value)]));
    };
    add("component", &component.name);
    add("version", version);
    if let Some(channel) = &component.channel {
        add("channel", channel);
    }
    if let Some(target) = &component.target {
        add("target", target);
    }
    Request::new(Method::Get, path).with("accept", names::SIGNED)
}

/// What an answer to [`request`] means. `version` is the one that runs; the state is changed in place, and must be kept
/// when it was.
pub fn judge_software(
    answer: &Answer,
    component: &Component,
    version: &str,
    state: &mut UpdateState,
    verifier: &dyn CommandVerifier,
    now: Timestamp,
) -> Offer {
    match (next_step(Outcome::Status(answer.status)), answer.status) {
        (NextStep::GoOn, 200) => {}
        // Who keeps news away can as well say that there is no such thing, or that all is broken.
        (step, status) => {
            // The server has nothing newer any more: what it offered was withdrawn.
            if (step, status) == (NextStep::GoOn, 204) && state.installing.is_none() {
                (state.offered, state.ready) = (None, false);
            }
            return match judge_silence(state, now) {
                Some(refusal) => Offer::Refused(refusal),
                None if step == NextStep::GoOn => Offer::Current,
                None => Offer::Later { step, retry_after: answer.retry_after(), why: answer.complaint() },
            };
        }
    }
    let opened = verifier.open(&answer.media_type().unwrap_or_default(), &answer.body).and_then(|document| {
        serde_json::from_slice::<SoftwareManifest>(&document).map_err(|error| error.to_string())
    });
    let manifest = match opened {
        Ok(manifest) => manifest,
        Err(why) => return Offer::Refused(OfferRefusal::Signature(why)),
    };
    match check(&manifest, component, version, state, now) {
        Err(refusal) => {
            if matches!(refusal, OfferRefusal::Expired(_)) {
                // That it was so late already is kept: who shows nothing else is as good as silent.
                let _ = judge_silence(state, now);
            }
            Offer::Refused(refusal)
        }
        Ok(newer) => {
            state.sequence = manifest.sequence;
            (state.fresh_until, state.clock) = (Some(manifest.expires), None);
            let known = state.offered.as_ref().is_some_and(|offered| offered.sequence == manifest.sequence);
            state.ready &= known && newer;
            state.offered = newer.then(|| manifest.clone());
            state.last = Some(manifest.clone());
            if newer { Offer::Newer(Box::new(manifest)) } else { Offer::Current }
        }
    }
}

/// What it means that there was no answer to [`request`], or that nobody could ask: nothing, while the last manifest that was
/// believed holds; beyond it [`OfferRefusal::Frozen`], as when the server answers and shows none. A component of which no
/// manifest was ever seen has none that could be out of date. To be asked after every try, and no more often for what it
/// says; the state is changed in place, and must be kept when it was.
pub fn judge_silence(state: &mut UpdateState, now: Timestamp) -> Option<OfferRefusal> {
    let until = state.fresh_until?;
    let clock = state.clock.map_or(now, |clock| clock.max(now));
    state.clock = Some(clock);
    (until <= clock).then_some(OfferRefusal::Frozen(until))
}

/// Whether a manifest may be believed, and offers something newer.
fn check(
    manifest: &SoftwareManifest,
    component: &Component,
    version: &str,
    state: &UpdateState,
    now: Timestamp,
) -> Result<bool, OfferRefusal> {
    if manifest.document != SoftwareManifest::DOCUMENT {
        return Err(OfferRefusal::Signature("it is another kind of document".to_owned()));
    }
    let same = manifest.component == component.name
        && manifest.channel == component.channel
        && (manifest.target.is_none() || manifest.target == component.target);
    if !same {
        return Err(OfferRefusal::Another(manifest.component.chars().take(80).collect()));
    }
    // What was seen to end is over, whatever the clock says now; one that is signed later ends later.
    let ended = state.fresh_until.is_some_and(|until| manifest.expires <= until && state.was_after(until));
    if ended || manifest.expires <= now {
        return Err(OfferRefusal::Expired(manifest.expires));
    }
    if manifest.sequence < state.sequence {
        return Err(OfferRefusal::Rollback { found: manifest.sequence, seen: state.sequence });
    }
    let followed = state.last.as_ref().filter(|last| last.sequence == manifest.sequence);
    // Signed anew it is good for longer, and says the same.
    let same = |last: &SoftwareManifest| SoftwareManifest { expires: manifest.expires, ..last.clone() };
    if followed.is_some_and(|last| same(last) != *manifest) {
        return Err(OfferRefusal::Twice(manifest.sequence));
    }
    let newer = manifest.version != version && !state.failed.contains(&manifest.version);
    if newer && !manifest.from.is_empty() && !manifest.from.iter().any(|from| from == version) {
        return Err(OfferRefusal::From(version.to_owned()));
    }
    Ok(newer)
}

/// What to do about a component.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdatesStep {
    /// Nothing is offered.
    Nothing,
    /// Fetch the artifact of this manifest.
    Fetch(Box<SoftwareManifest>),
    /// It is fetched and waits for its time and for the maintenance window; or what came was something else, next to
    /// nothing or more than the disk takes, or this machine could not put it in place, and it is left alone for a while.
    Wait,
    /// Install it now.
    Install(Box<SoftwareManifest>),
    /// The installer was running when this process ended: look at the version that runs now.
    Look(String),
}

/// One component's way to newer software.
#[derive(Clone, Debug)]
pub struct Updates {
    /// What is remembered; to be kept durably after every call that changes it.
    pub state: UpdateState,
}

impl Updates {
    /// What to do now. `window` says whether it is the time to install.
    #[must_use]
    pub fn next(&self, now: Timestamp, window: bool) -> UpdatesStep {
        if let Some(version) = &self.state.installing {
            return UpdatesStep::Look(version.clone());
        }
        let Some(manifest) = &self.state.offered else { return UpdatesStep::Nothing };
        if manifest.expires <= now || self.state.was_after(manifest.expires) {
            return UpdatesStep::Nothing;
        }
        if !self.state.ready {
            let digest = manifest.artifact.digest;
            if self.state.wrong.iter().any(|wrong| wrong.holds_up(digest, now)) {
                return UpdatesStep::Wait;
            }
            return UpdatesStep::Fetch(Box::new(manifest.clone()));
        }
        let too_early = manifest.not_before.is_some_and(|begin| now < begin);
        if too_early || !window || self.is_obstructed(now) {
            UpdatesStep::Wait
        } else {
            UpdatesStep::Install(Box::new(manifest.clone()))
        }
    }

    /// The artifact is there, whole and right.
    pub fn fetched(&mut self) {
        self.state.ready = true;
        let digest = self.state.offered.as_ref().map(|manifest| manifest.artifact.digest);
        self.state.wrong.retain(|wrong| Some(wrong.digest) != digest);
    }

    /// What came in place of the artifact that is being followed is something else, or filled the disk, and was thrown away, or
    /// came in scraps.
    /// Gives until when it is left alone; to be kept, so that a restart does not forget it.
    pub fn wrong(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.state.ready = false;
        let digest = self.state.offered.as_ref()?.artifact.digest;
        Some(once_more(&mut self.state.wrong, digest, now).until())
    }

    /// Whether what is being followed could not be put in place by this machine, and is left alone for a while.
    #[must_use]
    pub fn is_obstructed(&self, now: Timestamp) -> bool {
        let Some(offered) = &self.state.offered else { return false };
        let obstructed = self.state.obstructed.as_ref();
        obstructed.is_some_and(|obstructed| obstructed.holds_up(offered.artifact.digest, now))
    }

    /// This machine could not put in place what was to be installed: that is no fault of the version, which stays offered. Gives
    /// until when it is left alone; to be kept.
    pub fn obstructed(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.state.installing = None;
        let digest = self.state.offered.as_ref()?.artifact.digest;
        let before = self.state.obstructed.take().filter(|before| before.digest == digest);
        let times = before.map_or(1, |before| before.times.saturating_add(1));
        let obstructed = WrongArtifact { digest, times, at: now };
        let until = obstructed.until();
        self.state.obstructed = Some(obstructed);
        Some(until)
    }

    /// To be kept before the installer runs.
    pub fn begin(&mut self, manifest: &SoftwareManifest) {
        self.state.installing = Some(manifest.version.clone());
    }

    /// The version that runs after the installer did, or after a crash. Says whether it is the one that was wanted.
    pub fn looked(&mut self, running: &str) -> bool {
        let Some(wanted) = self.state.installing.take() else { return false };
        let came_up = wanted == running;
        if !came_up && !self.state.failed.contains(&wanted) {
            self.state.failed.push(wanted);
            // A server that never stops offering must not make this grow for ever.
            let excess = self.state.failed.len().saturating_sub(MOST_FAILED);
            self.state.failed.drain(..excess);
        }
        (self.state.offered, self.state.ready, self.state.obstructed) = (None, false, None);
        came_up
    }
}

const MOST_FAILED: usize = 32;
const FIRST_WAIT: Duration = Duration::from_secs(15 * 60);
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
