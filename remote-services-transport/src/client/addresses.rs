//! Which address of a host is tried first: one that takes connections and then fails goes last the next time.
//!
//! A balancer with nobody behind it, or a path on which large packets vanish, takes TCP and fails after it; a resolver sorts its
//! addresses alike each time. Whoever began with the same one again would never come to the next.

use crate::registration_key::ServerUrl;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// An address of a host that a connection was made to.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    /// Host and port.
    pub(super) host: String,
    pub(super) address: SocketAddr,
}

/// What is known of addresses; shared by all connections of a client.
#[derive(Default)]
pub(super) struct AddressMemory(Mutex<Failed>);

impl AddressMemory {
    /// Puts those last that failed, the latest of them at the end.
    pub(super) fn sort(&self, host: &ServerUrl, addresses: &mut [SocketAddr]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sort(&host.authority(), addresses);
    }

    /// Notes that a connection did not come to be of use.
    pub(super) fn failed(&self, reached: &Reached) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(&reached.host, reached.address);
    }
}

/// The addresses of each host that failed, in the order in which they did.
#[derive(Debug, Default)]
struct Failed(BTreeMap<String, Vec<SocketAddr>>);

impl Failed {
    fn add(&mut self, host: &str, address: SocketAddr) {
        if self.0.len() >= MAX_HOSTS && !self.0.contains_key(host) {
            self.0.pop_first();
        }
        let failed = self.0.entry(host.to_owned()).or_default();
        failed.retain(|other| *other != address);
        if failed.len() >= MAX_FAILED {
            failed.remove(0);
        }
        failed.push(address);
    }

    fn sort(&self, host: &str, addresses: &mut [SocketAddr]) {
        if let Some(failed) = self.0.get(host) {
            addresses.sort_by_key(|address| failed.iter().position(|other| other == address));
        }
    }
}

/// Hosts that are remembered: the server, a proxy or two, where software lies.
const MAX_HOSTS: usize = 16;
/// Addresses of one host that are remembered.
const MAX_FAILED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], last))
    }

    fn order(failed: &Failed, host: &str) -> Vec<u16> {
        let mut addresses = [address(1), address(2), address(3)];
        failed.sort(host, &mut addresses);
        addresses.iter().map(SocketAddr::port).collect()
    }

    #[test]
    fn an_address_that_failed_goes_last_and_comes_first_again_when_all_others_failed_after_it() {
        let mut failed = Failed::default();
        for (fails, then) in [(1, [2, 3, 1]), (2, [3, 1, 2]), (2, [3, 1, 2]), (3, [1, 2, 3]), (1, [2, 3, 1])]
        {
            failed.add("server:443", address(fails));
            assert_eq!(order(&failed, "server:443"), then, "{fails}");
        }
        assert_eq!(order(&failed, "server:8443"), [1, 2, 3], "another host's are its own");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut failed = Failed::default();
        for number in 0..1000 {
            failed.add(&format!("host-{number}"), address(1));
            failed.add("server:443", address(number));
        }
        assert_eq!((failed.0.len(), failed.0["server:443"].len()), (MAX_HOSTS, MAX_FAILED));
        assert_eq!(failed.0["server:443"].last(), Some(&address(999)));
    }
}
