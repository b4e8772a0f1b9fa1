//! The operations by name, and replies from the address asked.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod served;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::tokio::{ManagerHandle, serve};
use remote_services_snmp::driver::{CallError, Clock, bind, os_random};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerId, PeerOptions, RequestError};
use remote_services_snmp::{Value, VarBind};
use served::{COLUMN, NAME, ROWS, Served};

fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random()).unwrap()
}

fn peer(driver: &mut ManagerDriver, address: SocketAddr) -> PeerId {
    driver.add_peer(address, Credentials::v2c("public"), PeerOptions::default()).unwrap()
}

#[test]
fn a_blocking_driver_gets_sets_walks_and_reads_tables_by_name() {
    let served = Served::new("127.0.0.1:0").unwrap();
    let mut driver = ManagerDriver::bind_any(manager()).unwrap();
    let peer = peer(&mut driver, served.address);
    let named = vec![VarBind::new(NAME, Value::from("cellar"))];
    assert_eq!(driver.set(peer, named.clone()).unwrap(), named);
    assert_eq!(driver.get(peer, &[NAME]).unwrap(), named);
    assert_eq!(driver.walk(peer, COLUMN).unwrap().len(), ROWS as usize);
    assert_eq!(driver.table(peer, &[COLUMN, NAME.parent().unwrap()]).unwrap().len(), 1 + ROWS as usize);
    let error = driver.set(peer, vec![VarBind::new(COLUMN, Value::Gauge32(1))]).unwrap_err();
    assert!(matches!(error, CallError::Request { error: RequestError::ErrorStatus { .. }, .. }), "{error:?}");
}

#[tokio::test]
async fn a_handle_gets_sets_walks_and_reads_tables_by_name() {
    let served = Served::new("127.0.0.1:0").unwrap();
    let handle = ManagerHandle::bind_any(manager()).unwrap();
    let added = handle.add_peer(served.address, Credentials::v2c("public"), PeerOptions::default()).await;
    let peer = added.unwrap();
    let named = vec![VarBind::new(NAME, Value::from("cellar"))];
    assert_eq!(handle.set(peer, named.clone()).await.unwrap(), named);
    assert_eq!(handle.get(peer, &[NAME]).await.unwrap(), named);
    assert_eq!(handle.walk(peer, COLUMN).await.unwrap().len(), ROWS as usize);
    assert_eq!(handle.table(peer, &[COLUMN, NAME.parent().unwrap()]).await.unwrap().len(), 1 + ROWS as usize);
}

/// Other addresses of this machine, with what a wildcard socket is bound to.
#[cfg(all(target_os = "linux", not(portable_sockets)))]
const WILDCARDS: [(&str, &[Ipv4Addr]); 2] = [
    ("0.0.0.0:0", &[Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)]),
    ("[::]:0", &[Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)]),
];

/// R54.
#[cfg(all(target_os = "linux", not(portable_sockets)))]
#[test]
fn rfc3417_3_a_wildcard_socket_replies_from_the_address_that_was_asked() {
    for (wildcard, addresses) in WILDCARDS {
        let Some(served) = Served::new(wildcard) else {
            println!("left out: this machine has no {wildcard}");
            continue;
        };
        for asked in addresses {
            // A manager drops answers from elsewhere, so an answer proves where it came from.
            let mut driver = ManagerDriver::bind("0.0.0.0:0".parse().unwrap(), manager()).unwrap();
            let peer = peer(&mut driver, SocketAddr::from((*asked, served.address.port())));
            driver.get(peer, &[NAME]).unwrap();
            assert_eq!(driver.manager().stats().wrong_source, 0, "{wildcard} {asked}");
            // A socket that is connected hears of nobody else at all.
            let connected = UdpSocket::bind("127.0.0.1:0").unwrap();
            connected.connect((*asked, served.address.port())).unwrap();
            connected.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
            connected.send(&GET_NAME).unwrap();
            assert!(connected.recv(&mut [0; 512]).unwrap() > GET_NAME.len(), "{wildcard} {asked}");
        }
    }
}

/// R54.
#[cfg(all(target_os = "linux", not(portable_sockets)))]
#[tokio::test]
async fn rfc3417_3_a_task_on_a_wildcard_socket_replies_from_the_address_that_was_asked() {
    let socket = bind("0.0.0.0:0".parse().unwrap()).unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let socket = Arc::new(tokio::net::UdpSocket::from_std(socket).unwrap());
    let serving = tokio::spawn(async move {
        let clock = Clock::start();
        serve(&socket, &mut served::responder(clock), &mut served::table(), clock).await
    });
    let handle = ManagerHandle::bind("0.0.0.0:0".parse().unwrap(), manager()).unwrap();
    for last in [1, 2, 200] {
        let asked = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
        let peer = handle.add_peer(asked, Credentials::v2c("public"), PeerOptions::default()).await.unwrap();
        handle.get(peer, &[NAME]).await.unwrap();
    }
    assert_eq!(handle.stats().await.unwrap().wrong_source, 0);
    serving.abort();
}

/// A v2c GET of [`NAME`] by `public`.
const GET_NAME: [u8; 40] = [
    0x30, 0x26, 0x02, 0x01, 0x01, 0x04, 0x06, b'p', b'u', b'b', b'l', b'i', b'c', 0xA0, 0x19, 0x02, 0x01,
    0x07, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0E, 0x30, 0x0C, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x02,
    0x01, 0x01, 0x05, 0x00, 0x05, 0x00,
];
