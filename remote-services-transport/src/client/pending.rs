//! Renewals that are on their way: a person must agree first, or the certificate that was issued is not valid yet.
//!
//! ```text
//! asked ─▶ 202: a person must agree ─▶ asked again, see `renewal`
//!      ╲─▶ issued, valid from later on ─▶ kept aside with its key ── valid ─▶ to be tried out
//! ```
//!
//! What is kept aside is known to this process alone: the next one asks anew.

use crate::enrol::{ClientKey, EnrolOutcome, Identity, validity};
use remote_services_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Why there is no new certificate yet, though the server took the request for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PendingRenewal {
    /// A person must agree first, says the server (202).
    Approval,
    /// It was issued, and is not valid before this moment: until then the server would not accept it.
    NotValidBefore(Timestamp),
}

enum Pending {
    Approval,
    /// Until when by a clock that nobody sets, and what is to be used then.
    Aside(Instant, Box<Identity>),
}

/// Renewals by the certificate that was used for asking; shared by all clients of one [`ClientConfig`](super::ClientConfig).
#[derive(Default)]
pub(super) struct PendingRenewals(Mutex<BTreeMap<[u8; 32], Pending>>);

/// What there is to do about a certificate that is due.
pub(super) enum Next {
    /// Nothing is on its way: ask.
    Ask,
    /// It is not valid yet.
    Wait,
    /// To be tried out.
    Use(Box<Identity>),
}

impl PendingRenewals {
    pub(super) fn next(&self, own: &Identity, now: Instant) -> Next {
        let (mut all, of) = (self.all(), of(own));
        match all.remove(&of) {
            Some(Pending::Aside(until, next)) if now < until => {
                all.insert(of, Pending::Aside(until, next));
                Next::Wait
            }
            Some(Pending::Aside(_, next)) => Next::Use(next),
            Some(Pending::Approval) => {
                all.insert(of, Pending::Approval);
                Next::Ask
            }
            None => Next::Ask,
        }
    }

    /// Takes in what the server answered; gives the identity that can be used now.
    pub(super) fn note(
        &self,
        own: &Identity,
        key: ClientKey,
        outcome: EnrolOutcome,
        now: Instant,
    ) -> Option<Identity> {
        let identity = |client, chain, key| Identity { client, chain, key, anchors: own.anchors.clone() };
        let pending = match outcome {
            EnrolOutcome::Issued(client, chain) => return Some(identity(client, chain, key)),
            EnrolOutcome::IssuedEarly(client, chain, wait) => {
                Pending::Aside(now + wait, Box::new(identity(client, chain, key)))
            }
            EnrolOutcome::AskAgain(_) => Pending::Approval,
        };
        self.all().insert(of(own), pending);
        None
    }

    /// Nothing is known of a renewal that is asked for.
    pub(super) fn forget(&self, own: &Identity) {
        self.all().remove(&of(own));
    }

    pub(super) fn why(&self, own: &Identity) -> Option<PendingRenewal> {
        match self.all().get(&of(own))? {
            Pending::Approval => Some(PendingRenewal::Approval),
            Pending::Aside(_, next) => {
                let (from, _) = next.chain.first().and_then(|own| validity(own))?;
                Some(PendingRenewal::NotValidBefore(from))
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of(own: &Identity) -> [u8; 32] {
    Sha256::digest(own.chain.first().map_or(&[][..], Vec::as_slice)).into()
}
