//! Which manifests were seen, in the checkpoints of the audit log: by who may sign them, since each server
//! counts for itself.
//!
//! ```text
//! software/PIN, softwareFreshUntil/PIN   for the public key of each anchor (its SHA-256, base64url)
//! softwareEnded/PIN                      when the last manifest ended, once it was seen that none followed
//! …/PIN/CHANNEL                          the same of a channel that has a name: each has numbers of its own
//! software, softwareFreshUntil           of an earlier version: of the identity that was there then
//! softwareAdopted                        up to which of these an identity took them for its own
//! ```
//!
//! An anchor that is new beside one that was there before knows what that one knows, so that nothing is
//! forgotten when a server changes its authority.

use crate::trail::Trail;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::AuditError;
use remote_services_transport::enrol::TrustAnchors;
use remote_services_transport::registration_key::SpkiPin;
use remote_services_transport::software::Seen;

/// The marks of one server.
pub(super) struct Marks<'a> {
    audit: &'a Trail,
    issuers: Vec<String>,
    /// Empty where it has no name.
    channel: String,
}

/// Who may sign manifests, by the pins of their authorities' keys.
pub(super) fn issuers(anchors: &TrustAnchors) -> Vec<String> {
    let pins = anchors.certificates().iter().filter_map(|der| SpkiPin::of_certificate(der));
    pins.map(|pin| pin.to_string()).collect()
}

impl<'a> Marks<'a> {
    pub(super) fn new(audit: &'a Trail, anchors: &TrustAnchors, channel: &str) -> Self {
        Self::by(audit, issuers(anchors), channel)
    }

    pub(super) fn by(audit: &'a Trail, issuers: Vec<String>, channel: &str) -> Self {
        Self { audit, issuers, channel: channel.to_owned() }
    }

    /// What was seen of manifests.
    pub(super) fn seen(&self) -> Seen {
        let time = |name| of_seconds(self.highest(name));
        Seen { sequence: self.highest(SEQUENCE), fresh_until: time(FRESH), ended: time(ENDED) }
    }

    /// Notes these, durably, for each issuer; what is lower changes nothing.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub(super) fn raise(&self, seen: &Seen, now: Timestamp) -> Result<(), AuditError> {
        let (fresh, ended) = (in_seconds(seen.fresh_until), in_seconds(seen.ended));
        self.issuers.iter().try_for_each(|issuer| {
            self.audit.set_mark(&self.name(SEQUENCE, issuer), seen.sequence, now)?;
            self.audit.set_mark(&self.name(FRESH, issuer), fresh, now)?;
            self.audit.set_mark(&self.name(ENDED, issuer), ended, now)
        })
    }

    /// Takes the marks that have no issuer for those of this server, unless another one's identity did; and
    /// has each issuer know what any of them knows.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub(super) fn adopt(&self, now: Timestamp) -> Result<(), AuditError> {
        let (sequence, fresh) = (self.audit.mark(SEQUENCE), self.audit.mark(FRESH));
        if sequence > self.audit.mark(ADOPTED) {
            self.raise(&Seen { sequence, fresh_until: of_seconds(fresh), ended: None }, now)?;
            // Last: whoever is killed before adopts them again.
            self.audit.set_mark(ADOPTED, sequence, now)?;
        }
        self.raise(&self.seen(), now)
    }

    fn name(&self, what: &str, issuer: &str) -> String {
        match &*self.channel {
            "" => format!("{what}/{issuer}"),
            channel => format!("{what}/{issuer}/{channel}"),
        }
    }

    fn highest(&self, what: &str) -> u64 {
        self.issuers.iter().map(|issuer| self.audit.mark(&self.name(what, issuer))).max().unwrap_or(0)
    }
}

/// In seconds since 1970, rounded up: what ended within one has ended by then.
fn in_seconds(time: Option<Timestamp>) -> u64 {
    time.map_or(0, |at| u64::try_from(at.unix_millis()).unwrap_or_default().div_ceil(1_000))
}

fn of_seconds(seconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds > 0);
    seconds.map(Timestamp::from_unix_seconds)
}

const SEQUENCE: &str = "software";
const FRESH: &str = "softwareFreshUntil";
const ENDED: &str = "softwareEnded";
const ADOPTED: &str = "softwareAdopted";
