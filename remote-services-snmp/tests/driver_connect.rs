//! A blocking driver for one device.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod served;

use std::net::{SocketAddr, UdpSocket};

use remote_services_snmp::VarBind;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::{CallError, os_random};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerOptions, RequestError};
use served::{COLUMN, NAME, ROWS, Served};

fn connect(device: SocketAddr) -> ManagerDriver {
    let manager = Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random()).unwrap();
    ManagerDriver::connect(device, manager).unwrap()
}

fn read(driver: &mut ManagerDriver, from: SocketAddr) -> Result<Vec<VarBind>, CallError> {
    let peer = driver.add_peer(from, Credentials::v2c("public"), PeerOptions::default()).unwrap();
    driver.get(peer, &[NAME])
}

#[test]
fn reads_its_device_over_ipv4_and_ipv6() {
    for host in ["127.0.0.1:0", "[::1]:0"] {
        let Some(served) = Served::new(host) else {
            println!("left out: this machine has no {host}");
            continue;
        };
        let mut driver = connect(served.address);
        assert_eq!(read(&mut driver, served.address).unwrap().len(), 1);
        let peer =
            driver.add_peer(served.address, Credentials::v2c("public"), PeerOptions::default()).unwrap();
        assert_eq!(driver.walk(peer, COLUMN).unwrap().len(), ROWS as usize);
    }
}

#[test]
fn has_no_way_to_another_and_goes_on_with_its_own() {
    let (own, other) = (Served::new("127.0.0.1:0").unwrap(), Served::new("127.0.0.1:0").unwrap());
    let mut driver = connect(own.address);
    let refused = read(&mut driver, other.address).unwrap_err();
    assert!(matches!(refused, CallError::Request { error: RequestError::Unreachable, .. }), "{refused:?}");
    assert!(read(&mut driver, own.address).is_ok());
}

#[test]
fn what_others_send_does_not_reach_it() {
    let own = Served::new("127.0.0.1:0").unwrap();
    let mut driver = connect(own.address);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(b"no SNMP", driver.local_addr().unwrap()).unwrap();
    assert!(read(&mut driver, own.address).is_ok());
    let stats = driver.manager().stats();
    assert_eq!((stats.received, stats.malformed), (1, 0));
}

#[test]
fn hears_at_once_that_nobody_listens() {
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = read(&mut connect(gone), gone).unwrap_err();
    let CallError::Request { error, .. } = error else { panic!("{error:?}") };
    assert!(
        error == RequestError::Unreachable || !cfg!(all(target_os = "linux", not(portable_sockets))),
        "{error}"
    );
}
