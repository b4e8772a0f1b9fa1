//! Transports that are not ours: what DTLS, TLS or a tunnel would plug in through the drivers' traits.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod served;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::{ManagerDriver, Transport};
use remote_services_snmp::driver::tokio::{Connect, ManagerHandle};
use remote_services_snmp::driver::{CallError, Clock, Inbox, os_random};
use remote_services_snmp::engine::responder::{Responder, SortedTable};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerOptions, RequestError};
use remote_services_snmp::message::Framer;
use remote_services_snmp::{Value, VarBind};
use served::{COLUMN, NAME, ROWS};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const DEVICE: &str = "192.0.2.7:10161";
const NOBODY: &str = "192.0.2.8:10161";

fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), CryptoProvider::none(), os_random()).unwrap()
}

/// What "encrypts": every octet is turned over.
fn seal(octets: &[u8]) -> Vec<u8> {
    octets.iter().map(|octet| !octet).collect()
}

/// A device at the end of a tunnel, which has everything sealed.
struct Tunnel {
    clock: Clock,
    responder: Responder,
    table: SortedTable,
    sealed: VecDeque<(SocketAddr, Vec<u8>)>,
    unreachable: Vec<SocketAddr>,
}

impl Transport for Tunnel {
    fn send(&mut self, to: SocketAddr, message: Vec<u8>) {
        if to == DEVICE.parse().unwrap() {
            self.sealed.push_back((to, seal(&message)));
        } else {
            self.unreachable.push(to);
        }
    }

    fn receive(&mut self, _: Duration, inbox: &mut Inbox<'_>) -> io::Result<()> {
        for to in self.unreachable.drain(..) {
            inbox.unreachable(to);
        }
        while let Some((device, sealed)) = self.sealed.pop_front() {
            let asker = "192.0.2.1:50000".parse().unwrap();
            let request = seal(&sealed);
            let answer = self.responder.handle_datagram(self.clock.now(), asker, &request, &mut self.table);
            if let Some(answer) = answer {
                inbox.message(device, &answer);
            }
        }
        Ok(())
    }
}

#[test]
fn a_transport_of_ones_own_carries_a_walk_and_says_who_cannot_be_reached() {
    let clock = Clock::start();
    let tunnel = Tunnel {
        clock,
        responder: served::responder(clock),
        table: served::table(),
        sealed: VecDeque::new(),
        unreachable: Vec::new(),
    };
    let mut driver = ManagerDriver::over(tunnel, manager());
    let mut peer = |at: &str| {
        driver.add_peer(at.parse().unwrap(), Credentials::v2c("public"), PeerOptions::default()).unwrap()
    };
    let (device, nobody) = (peer(DEVICE), peer(NOBODY));
    assert_eq!(driver.get(device, &[NAME]).unwrap(), [VarBind::new(NAME, Value::from("lobby"))]);
    assert_eq!(driver.walk(device, COLUMN).unwrap().len(), ROWS as usize);
    let failed = driver.get(nobody, &[NAME]);
    assert!(matches!(failed, Err(CallError::Request { error: RequestError::Unreachable, .. })), "{failed:?}");
}

/// Streams inside this process, at whose ends a device listens.
struct Pipes;

impl Connect for Pipes {
    type Stream = DuplexStream;

    async fn connect(&self, to: SocketAddr) -> io::Result<DuplexStream> {
        if to != DEVICE.parse().unwrap() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (ours, theirs) = tokio::io::duplex(4_096);
        tokio::spawn(answer(theirs));
        Ok(ours)
    }
}

async fn answer(mut stream: DuplexStream) -> io::Result<()> {
    let clock = Clock::start();
    let (mut responder, mut table) = (served::responder(clock), served::table());
    let mut framer = Framer::new(&Limits::default());
    let mut buffer = [0; 1_024];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        framer.push(&buffer[..length]);
        while let Some(message) = framer.next_message().unwrap() {
            let asker = "192.0.2.1:50000".parse().unwrap();
            if let Some(reply) = responder.handle_datagram(clock.now(), asker, message, &mut table) {
                stream.write_all(&reply).await?;
            }
        }
    }
}

#[tokio::test]
async fn streams_of_ones_own_carry_a_walk_and_say_who_cannot_be_reached() {
    let handle = ManagerHandle::over_streams(Pipes, manager());
    let options = PeerOptions::default;
    let device =
        handle.add_peer(DEVICE.parse().unwrap(), Credentials::v2c("public"), options()).await.unwrap();
    let nobody =
        handle.add_peer(NOBODY.parse().unwrap(), Credentials::v2c("public"), options()).await.unwrap();
    assert_eq!(handle.get(device, &[NAME]).await.unwrap(), [VarBind::new(NAME, Value::from("lobby"))]);
    assert_eq!(handle.walk(device, COLUMN).await.unwrap().len(), ROWS as usize);
    let failed = handle.get(nobody, &[NAME]).await;
    assert!(matches!(failed, Err(CallError::Request { error: RequestError::Unreachable, .. })), "{failed:?}");
}
