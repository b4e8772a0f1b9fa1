//! Who holds how many of the connections, so that nobody holds all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the connections of each holder; clones share the counts.
#[derive(Clone)]
pub(super) struct Holders {
    counts: Arc<Mutex<HashMap<Holder, usize>>>,
    most_of_strangers: usize,
}

/// Who holds a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// Somebody at this address who has shown no certificate, or none yet.
    Stranger(IpAddr),
    /// Who proved to hold the certificate with this SHA-256. Many may come from one address, through a proxy say.
    Certificate([u8; 32]),
}

impl Holder {
    /// Whoever has an IPv6 address has all of its network.
    pub(super) fn stranger(address: IpAddr) -> Self {
        Self::Stranger(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
            address => address,
        })
    }
}

impl Holders {
    /// Lets strangers at one address have so many connections.
    pub(super) fn new(most_of_strangers: usize) -> Self {
        Self { counts: Arc::default(), most_of_strangers }
    }

    /// Counts one more connection until what is returned is dropped; nothing when the holder has as many as it may.
    pub(super) fn one_more(&self, holder: Holder) -> Option<Held> {
        let most = match holder {
            Holder::Stranger(_) => self.most_of_strangers,
            Holder::Certificate(_) => MOST_OF_A_CERTIFICATE,
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.get(&holder).is_some_and(|count| *count >= most) {
            return None;
        }
        let count = counts.entry(holder).or_default();
        *count += 1;
        Some(Held { holders: self.clone(), holder })
    }
}

/// One connection of a holder.
pub(super) struct Held {
    holders: Holders,
    holder: Holder,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counts = self.holders.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.holder);
            }
        }
    }
}

/// A client needs one or two.
const MOST_OF_A_CERTIFICATE: usize = 64;
/// The first 64 bits.
const NETWORK: u128 = !(u64::MAX as u128);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[test]
    fn nobody_holds_more_than_its_share_and_what_ended_counts_no_more() {
        let holders = Holders::new(7);
        for (holder, most) in [
            (Holder::stranger("192.0.2.1".parse().unwrap()), 7),
            (Holder::stranger("192.0.2.2".parse().unwrap()), 7),
            (Holder::Certificate([1; 32]), MOST_OF_A_CERTIFICATE),
            (Holder::Certificate([2; 32]), MOST_OF_A_CERTIFICATE),
        ] {
            let mut held: Vec<_> = (0..most).map(|_| holders.one_more(holder).unwrap()).collect();
            assert!(holders.one_more(holder).is_none());
            held.pop();
            held.push(holders.one_more(holder).unwrap());
            assert!(holders.one_more(holder).is_none());
        }
        assert!(holders.counts.lock().unwrap().is_empty(), "nothing is left of those that are gone");
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written_and_a_network_is_one_holder() {
        let stranger = |text: &str| Holder::stranger(text.parse().unwrap());
        assert_eq!(stranger("::ffff:192.0.2.1"), stranger("192.0.2.1"));
        assert_eq!(stranger("2001:db8::1"), stranger("2001:db8:0:0:ffff::2"));
        assert_ne!(stranger("2001:db8::1"), stranger("2001:db8:0:1::1"));
    }
}
