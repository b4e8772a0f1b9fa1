//! The example of an event loop of one's own, against a responder on a socket of this machine.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "../examples/own_event_loop.rs"]
mod own_event_loop;
mod served;

use remote_services_snmp::oid;
use served::{COLUMN, NAME, ROWS, Served};

#[test]
fn the_engine_runs_in_an_event_loop_of_one_s_own() {
    let served = Served::new("127.0.0.1:0").unwrap();
    let read = own_event_loop::walk(served.address, "public", COLUMN).unwrap();
    assert_eq!(read.len(), ROWS as usize);
    assert!(read.is_sorted_by(|before, after| before.name < after.name));
    let read = own_event_loop::walk(served.address, "public", oid!("1.3.6.1.2.1.1")).unwrap();
    assert_eq!(read.iter().map(|varbind| varbind.name.clone()).collect::<Vec<_>>(), [NAME]);
}
