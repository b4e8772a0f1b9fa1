//! Where a target came from, for the person who reads the result.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What led to a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// A name that was typed.
    Name(String),
    /// A name of a DNS zone, or of a reverse zone.
    Dns(String),
    /// It answered a broadcast.
    Broadcast,
    /// It announced a service by multicast DNS.
    DnsSd {
        /// The name of the service instance, such as `Laser 9 (second floor)`.
        instance: String,
        /// Its type, such as `_ipp._tcp`.
        service: String,
    },
    /// A print server prints to it.
    Queue {
        /// Name of the queue.
        name: String,
        /// The print server, as typed.
        server: String,
    },
}

impl Origin {
    /// One word for the kind of source.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Dns(_) => "dns",
            Self::Broadcast => "broadcast",
            Self::DnsSd { .. } => "dnsSd",
            Self::Queue { .. } => "queue",
        }
    }

    /// The DNS name, if it came by one.
    #[must_use]
    pub fn dns_name(&self) -> Option<&str> {
        match self {
            Self::Name(name) | Self::Dns(name) => Some(name),
            _ => None,
        }
    }
}

/// What led to each host. Addresses of lists have nothing here.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<IpAddr, Vec<Origin>>);

impl Origins {
    /// Remembers one more.
    pub(super) fn add(&mut self, host: IpAddr, origin: Origin) {
        let known = self.0.entry(host.to_canonical()).or_default();
        if known.len() < MOST && !known.contains(&origin) {
            known.push(origin);
        }
    }

    /// What led to this host.
    #[must_use]
    pub(super) fn of(&self, host: IpAddr) -> &[Origin] {
        self.0.get(&host.to_canonical()).map_or(&[], Vec::as_slice)
    }
}

/// Kept for one host.
const MOST: usize = 64;
