//! Who may do what, where and how well protected (RFC 3415 §4, vacmAccessTable).
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::{Access, View};
use crate::usm::SecurityLevel;

/// What a community or user may do: any number of [`Grant`]s, of which the closest one counts.
#[derive(Clone, Debug, Default)]
pub struct Rights(Vec<Grant>);

/// What may be done in some contexts, from some security level on, by some addresses (vacmAccessEntry).
#[derive(Clone, Debug)]
pub struct Grant {
    context: ContextMatch,
    least: SecurityLevel,
    network: Option<(IpAddr, u8)>,
    pub(super) read: View,
    pub(super) write: View,
    pub(super) notify: View,
}

/// vacmAccessContextMatch.
#[derive(Clone, Debug)]
enum ContextMatch {
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
}

impl Rights {
    /// No right at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With one more grant.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.0.push(grant);
        self
    }

    /// Whether an address may use the name at all.
    pub(super) fn admit(&self, from: SocketAddr) -> bool {
        self.0.iter().any(|grant| grant.admits(from))
    }

    /// The grant that counts: an exact context before a prefix, a longer prefix before a shorter one, a higher level
    /// before a lower one (RFC 3415 §4, vacmAccessTable).
    pub(super) fn find(&self, context: &[u8], level: SecurityLevel, from: SocketAddr) -> Option<&Grant> {
        closest(self.0.iter().filter(|grant| grant.admits(from)), context, level)
    }

    /// The same for notifications, which go to wherever the target is.
    pub(super) fn find_to_notify(&self, context: &[u8], level: SecurityLevel) -> Option<&Grant> {
        closest(self.0.iter(), context, level)
    }
}

fn closest<'g>(
    grants: impl Iterator<Item = &'g Grant>,
    context: &[u8],
    level: SecurityLevel,
) -> Option<&'g Grant> {
    let fitting = grants.filter(|grant| grant.least <= level);
    let ranked = fitting.filter_map(|grant| Some((grant.context.rank(context)?, grant.least, grant)));
    ranked.max_by_key(|(rank, least, _)| (*rank, *least)).map(|(_, _, grant)| grant)
}

impl From<Grant> for Rights {
    fn from(grant: Grant) -> Self {
        Rights([grant].into())
    }
}

/// Everything, in all contexts.
impl From<Access> for Rights {
    fn from(access: Access) -> Self {
        let grant = Grant::reading(View::everything()).notifying(View::everything());
        match access {
            Access::Read => grant.into(),
            Access::ReadWrite => grant.writing(View::everything()).into(),
        }
    }
}

impl Grant {
    /// GET, GETNEXT and GETBULK in this view, in all contexts and at all levels.
    #[must_use]
    pub fn reading(view: View) -> Self {
        Grant {
            context: ContextMatch::Prefix(Vec::new()),
            least: SecurityLevel::NoAuthNoPriv,
            network: None,
            read: view,
            write: View::nothing(),
            notify: View::nothing(),
        }
    }

    /// SET in this view as well.
    #[must_use]
    pub fn writing(mut self, view: View) -> Self {
        self.write = view;
        self
    }

    /// Notifications may tell what is in this view.
    #[must_use]
    pub fn notifying(mut self, view: View) -> Self {
        self.notify = view;
        self
    }

    /// In this context only. The default context has the empty name.
    #[must_use]
    pub fn in_context(mut self, name: &[u8]) -> Self {
        self.context = ContextMatch::Exact(name.into());
        self
    }

    /// In all contexts whose name begins so.
    #[must_use]
    pub fn in_contexts(mut self, prefix: &[u8]) -> Self {
        self.context = ContextMatch::Prefix(prefix.into());
        self
    }

    /// From this security level on.
    #[must_use]
    pub fn at_least(mut self, level: SecurityLevel) -> Self {
        self.least = level;
        self
    }

    /// For addresses that have the first `prefix` bits in common with `network`. An address can be forged: this
    /// keeps order, it does not keep out.
    #[must_use]
    pub fn from_network(mut self, network: IpAddr, prefix: u8) -> Self {
        self.network = Some((network, prefix));
        self
    }

    fn admits(&self, from: SocketAddr) -> bool {
        let Some((network, prefix)) = self.network else { return true };
        match (network, from.ip().to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_start(u128::from(network.to_bits()) << 96, u128::from(address.to_bits()) << 96, prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_start(network.to_bits(), address.to_bits(), prefix)
            }
            _ => false,
        }
    }
}

impl ContextMatch {
    /// How closely it matches, or `None` when it does not.
    fn rank(&self, context: &[u8]) -> Option<usize> {
        match self {
            ContextMatch::Exact(name) => (name == context).then_some(usize::MAX),
            ContextMatch::Prefix(prefix) => context.starts_with(prefix).then_some(prefix.len()),
        }
    }
}

fn same_start(a: u128, b: u128, bits: u8) -> bool {
    (a ^ b).leading_zeros() >= u32::from(bits.min(128))
}
