//! What ten thousand devices cost, as the operating system counts it.
#![cfg(all(target_os = "linux", feature = "rustcrypto"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod link;

use std::net::SocketAddr;
use std::sync::Arc;

use link::secure::{AUTH, PRIVACY, USER, credentials, engine_id};
use link::{dice, ms};
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::engine::{
    Credentials, EngineRecord, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions,
};
use remote_services_snmp::oid;
use remote_services_snmp::usm::EngineTime;

const DEVICES: usize = 10_000;

/// Octets of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1_024
}

#[test]
fn ten_thousand_devices_take_at_most_two_kibibytes_each_idle_and_asked() {
    let now = Instant::from_start(ms(1_000_000));
    let config = || ManagerConfig {
        packets_per_second: u32::MAX,
        burst: u32::MAX,
        max_in_flight: DEVICES,
        ..ManagerConfig::default()
    };
    // None is dropped before the end, lest one live in the memory of another.
    let mut kept = Vec::new();
    for version3 in [true, false] {
        let credentials = Arc::new(if version3 {
            credentials(USER, Some(AUTH), Some(PRIVACY))
        } else {
            Credentials::v2c("public")
        });
        let before = resident();
        let mut manager = Manager::new(config(), rustcrypto(), dice(1)).unwrap();
        let mut peers = Vec::with_capacity(DEVICES);
        for device in 0..DEVICES {
            let [high, low] = u16::try_from(device).unwrap().to_be_bytes();
            let address = SocketAddr::from(([10, 0, high, low], 161));
            let peer = manager.add_peer(address, Arc::clone(&credentials), PeerOptions::default()).unwrap();
            if version3 {
                let time = Some(EngineTime { boots: 7, time: 1_000 });
                let record = EngineRecord { engine_id: engine_id(low), time };
                manager.restore_engine(now, peer, &record).unwrap();
            }
            peers.push(peer);
        }
        let idle = (resident() - before) / DEVICES;
        let names: Vec<_> =
            (1..=6).map(|row| oid!("1.3.6.1.2.1.43.10.2.1.4.1").child(row).unwrap()).collect();
        for peer in peers {
            manager.request(now, peer, Operation::Get(names.clone())).unwrap();
            // As a driver does: what is to be sent does not wait.
            assert!(matches!(manager.poll_output(), Some(Output::Transmit { .. })));
        }
        let asked = (resident() - before) / DEVICES;
        assert_eq!(manager.in_flight(), DEVICES);
        println!("SNMPv3 {version3}: {idle} octets idle, {asked} with a GET of 6 names under way");
        kept.push(manager);
        assert!(idle <= 2_048 && asked <= 2_048, "SNMPv3 {version3}: {idle} idle, {asked} asked");
    }
}
