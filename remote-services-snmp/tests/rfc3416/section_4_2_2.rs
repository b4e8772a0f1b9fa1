//! §4.2.2: names increase, or a walk would never end.

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{Credentials, ManagerConfig, Operation, PeerOptions, RequestError};
use remote_services_snmp::{Oid, oid};

use super::link::agent::Agent;
use super::link::{AGENT, Link};

const COLUMN: Oid = oid!("1.3.6.1.4.1.9.1");

/// R60.
#[test]
fn rfc3416_4_2_2_a_walk_ends_at_a_name_that_repeats_or_goes_round_in_a_circle() {
    let row = |row: u32| COLUMN.child(row).unwrap();
    for avoid_bulk in [false, true] {
        for (from, to) in [(3, 3), (3, 2), (4, 1)] {
            let mut agent = Agent::table(&[COLUMN], 9);
            agent.next_is.insert(row(from), row(to));
            let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
            let address = link.host(AGENT, move |_, bytes| agent.answer(bytes));
            let options = PeerOptions { avoid_bulk, ..PeerOptions::default() };
            let peer = link.peer_with(address, Credentials::v2c("public"), options);
            let outcome = link.ask(peer, Operation::Walk(COLUMN));
            let error = RequestError::OidNotIncreasing { previous: row(from), returned: row(to) };
            assert_eq!(outcome.result, Err(error));
            assert_eq!(outcome.partial.len(), from as usize);
        }
    }
}
