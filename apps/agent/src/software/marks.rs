//! Which manifests were seen, in the checkpoints of the audit log: by who may sign them, since each server
//! counts for itself.
//!
//! ```text
//! software/PIN, softwareFreshUntil/PIN   for the public key of each anchor (its SHA-256, base64url)
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

    /// The highest number of a manifest that was seen.
    pub(super) fn sequence(&self) -> u64 {
        self.highest(SEQUENCE)
    }

    /// Until when the last one that was believed held.
    pub(super) fn fresh_until(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.highest(FRESH)).ok().filter(|seconds| *seconds > 0);
        seconds.map(Timestamp::from_unix_seconds)
    }

    /// Notes these, durably, for each issuer; what is lower changes nothing.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub(super) fn raise(
        &self,
        sequence: u64,
        fresh: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), AuditError> {
        let fresh = fresh.map_or(0, |at| u64::try_from(at.unix_seconds()).unwrap_or_default());
        self.issuers.iter().try_for_each(|issuer| {
            self.audit.set_mark(&self.name(SEQUENCE, issuer), sequence, now)?;
            self.audit.set_mark(&self.name(FRESH, issuer), fresh, now)
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
            let fresh = i64::try_from(fresh).ok().map(Timestamp::from_unix_seconds);
            self.raise(sequence, fresh, now)?;
            // Last: whoever is killed before adopts them again.
            self.audit.set_mark(ADOPTED, sequence, now)?;
        }
        self.raise(self.sequence(), self.fresh_until(), now)
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

const SEQUENCE: &str = "software";
/// In seconds since 1970.
const FRESH: &str = "softwareFreshUntil";
const ADOPTED: &str = "softwareAdopted";
