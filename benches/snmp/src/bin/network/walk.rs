//! One table read from top to bottom.
use std::net::SocketAddr;

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, Operation, PeerOptions};
use remote_services_snmp::{Oid, oid};

use crate::agent::{Agent, COLUMN, REPETITIONS, ROWS};
use crate::cpu;
use crate::snmpd::Snmpd;

/// What snmpd has of itself. All the SNMP objects of the system, some thousand.
pub(crate) const MIB_2: Oid = oid!("1.3.6.1.2.1");
const REPEATED: usize = 30;

pub(crate) fn version2(who: &str) {
    cpu::share_one();
    let agent = Agent::start();
    match who {
        "ours" => ours(agent.address, Credentials::v2c("public"), COLUMN, Some(ROWS as usize)),
        #[cfg(feature = "peers")]
        "snmp2" => crate::snmp2_client::walk_version2(agent.address, REPEATED, true),
        // The same without keeping anything: what it does when nobody wants the values.
        #[cfg(feature = "peers")]
        "snmp2-forgetful" => crate::snmp2_client::walk_version2(agent.address, REPEATED, false),
        _ => panic!("unknown client {who}"),
    }
}

pub(crate) fn version3(who: &str) {
    cpu::share_one();
    let snmpd = Snmpd::start();
    let agent = snmpd.address;
    let credentials = Credentials::V3 {
        user: "sha1aes".into(),
        auth: Some((AuthProtocol::HmacSha1, "authpass12".into())),
        privacy: Some((PrivProtocol::Aes128, "privpass12".into())),
        context_name: String::new(),
    };
    match who {
        "ours" => ours(agent, credentials, MIB_2, None),
        #[cfg(feature = "peers")]
        "snmp2" => crate::snmp2_client::walk_version3(agent, REPEATED),
        _ => panic!("unknown client {who}"),
    }
}

fn ours(agent: SocketAddr, credentials: Credentials, below: Oid, expected: Option<usize>) {
    let config = ManagerConfig { packets_per_second: 10_000_000, burst: 10_000, ..ManagerConfig::default() };
    let manager = Manager::new(config, rustcrypto(), os_random()).expect("randomness");
    let mut driver = ManagerDriver::connect(agent, manager).expect("a socket");
    let options = PeerOptions { bulk_varbinds: REPETITIONS, ..PeerOptions::default() };
    let peer = driver.add_peer(agent, credentials, options).expect("credentials");
    let walk = |driver: &mut ManagerDriver| {
        let read = driver.call(peer, Operation::Walk(below.clone())).expect("a walk");
        assert!(expected.is_none_or(|expected| read.len() == expected));
        read.len()
    };
    measure(REPEATED, || walk(&mut driver));
}

/// The least CPU time of a walk, by its bindings.
pub(crate) fn measure(times: usize, mut walk: impl FnMut() -> usize) {
    walk();
    let mut least = f64::INFINITY;
    for _ in 0..times {
        let start = cpu::time();
        let bindings = walk();
        let used = cpu::time() - start;
        least = least.min(used.as_secs_f64() * 1e9 / bindings as f64);
    }
    println!("{least:.1}");
}
