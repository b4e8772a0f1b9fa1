//! Addresses in a row, and holes in them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::NamedTarget;
use super::item::number;

/// Consecutive addresses of one family, asked on one port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) v6: bool,
    pub(super) port: u16,
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Span {
    pub(super) fn of(address: SocketAddr) -> Self {
        let number = number(address.ip());
        Self { v6: address.is_ipv6(), port: address.port(), first: number, last: number }
    }

    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.last - self.first).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Whether a span that sorts behind this one overlaps or continues it.
    pub(super) fn touches(&self, behind: &Self) -> bool {
        self.v6 == behind.v6 && self.port == behind.port && behind.first <= self.last.saturating_add(1)
    }

    pub(super) fn address(&self, number: u128) -> SocketAddr {
        let ip = if self.v6 {
            IpAddr::V6(Ipv6Addr::from_bits(number))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)))
        };
        SocketAddr::new(ip, self.port)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exclusion {
    pub(super) host: ExcludedHost,
    pub(super) ports: (u16, u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExcludedHost {
    Name(String),
    Addresses { v6: bool, first: u128, last: u128 },
}

impl From<&Span> for Exclusion {
    fn from(span: &Span) -> Self {
        let host = ExcludedHost::Addresses { v6: span.v6, first: span.first, last: span.last };
        Self { host, ports: (span.port, span.port) }
    }
}

impl Exclusion {
    pub(super) fn covers(&self, span: &Span) -> bool {
        self.cut(span.clone()).next().is_none()
    }

    pub(super) fn covers_name(&self, name: &NamedTarget) -> bool {
        (self.ports.0..=self.ports.1).contains(&name.port)
            && matches!(&self.host, ExcludedHost::Name(host) if name.host.eq_ignore_ascii_case(host))
    }

    /// What is left of a span: at most a piece before and a piece behind.
    pub(super) fn cut(&self, span: Span) -> impl Iterator<Item = Span> + use<> {
        let pieces = match self.host {
            ExcludedHost::Addresses { v6, first, last }
                if v6 == span.v6
                    && (self.ports.0..=self.ports.1).contains(&span.port)
                    && first <= span.last
                    && span.first <= last =>
            {
                let before = (span.first < first).then(|| Span { last: first - 1, ..span.clone() });
                let behind = (last < span.last).then(|| Span { first: last + 1, ..span.clone() });
                [before, behind]
            }
            _ => [Some(span), None],
        };
        pieces.into_iter().flatten()
    }
}
