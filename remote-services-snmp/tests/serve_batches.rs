//! Requests that wait together are answered together, each from the address that it was sent to.
#![cfg(all(feature = "blocking", feature = "tokio"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod served;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::driver::{Clock, bind, blocking, tokio as tasks};
use remote_services_snmp::engine::responder::{GenErr, MibHandler, Request, SortedTable};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{Oid, Value, VarBind};
use served::NAME;

/// More than one batch of any size.
const CLIENTS: u8 = 150;

fn get(number: u8) -> Vec<u8> {
    let pdu = Pdu::request(PduKind::Get, number.into(), vec![VarBind::unspecified(NAME)]);
    CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes()
}

/// The address that a client asks: on Linux several of this machine by turns, so that batches are of several sources.
fn asked(number: u8, port: u16) -> SocketAddr {
    let several = cfg!(all(target_os = "linux", not(portable_sockets)));
    // Runs of eight, of one, and of two of the same address.
    let last = match number / 50 {
        _ if !several => 1,
        0 => 1 + number / 8 % 3,
        1 => 1 + number % 2,
        _ => 1 + number / 2 % 2,
    };
    (Ipv4Addr::new(127, 0, 0, last), port).into()
}

/// A table that keeps the first who asks waiting until the others have asked too.
struct Gated {
    table: SortedTable,
    gate: Option<(SyncSender<()>, Receiver<()>)>,
}

impl MibHandler for Gated {
    fn get(&mut self, request: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        if let Some((entered, open)) = self.gate.take() {
            entered.send(()).unwrap();
            open.recv().unwrap();
        }
        self.table.get(request, name)
    }

    fn get_next(&mut self, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        self.table.get_next(request, after)
    }
}

/// A gated table, and what asks at it.
fn gated() -> (Gated, impl FnOnce(u16) -> Vec<UdpSocket>) {
    let (entered, at_the_gate) = sync_channel(1);
    let (opens, open) = sync_channel(1);
    let gated = Gated { table: served::table(), gate: Some((entered, open)) };
    let ask = move |port| {
        let mut clients = vec![client(0, port)];
        at_the_gate.recv().unwrap();
        clients.extend((1..CLIENTS).map(|number| client(number, port)));
        opens.send(()).unwrap();
        clients
    };
    (gated, ask)
}

/// A client that has asked; every third sends something that gets no answer before that.
fn client(number: u8, port: u16) -> UdpSocket {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    // A socket that is connected hears of nobody else at all.
    client.connect(asked(number, port)).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    if number.is_multiple_of(3) {
        client.send(&[0x30, 0x01]).unwrap();
    }
    client.send(&get(number)).unwrap();
    client
}

fn each_has_its_answer(clients: &[UdpSocket]) {
    for (number, client) in clients.iter().enumerate() {
        let mut buffer = [0; 512];
        let length = client.recv(&mut buffer).unwrap();
        let answer = CommunityMessage::from_bytes(&buffer[..length], &Limits::default()).unwrap();
        let CommunityPdu::Pdu(pdu) = answer.pdu else { panic!("a trap") };
        assert_eq!(usize::try_from(pdu.request_id).unwrap(), number);
        assert_eq!(pdu.varbinds, [VarBind::new(NAME, Value::from("lobby"))]);
        client.set_nonblocking(true).unwrap();
        assert!(client.recv(&mut buffer).is_err(), "answered twice");
    }
}

#[test]
fn what_waits_for_a_thread_is_answered_each_from_the_address_asked() {
    for wildcard in ["0.0.0.0:0", "[::]:0"] {
        let Ok(socket) = bind(wildcard.parse().unwrap()) else {
            println!("left out: this machine has no {wildcard}");
            continue;
        };
        let port = socket.local_addr().unwrap().port();
        let stop = AtomicBool::new(false);
        let (mut gated, ask) = gated();
        std::thread::scope(|scope| {
            let serving = scope.spawn(|| {
                let clock = Clock::start();
                let mut responder = served::responder(clock);
                blocking::serve(&socket, &mut responder, &mut gated, clock, &stop).unwrap();
                responder.stats().asn_parse_errors
            });
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                each_has_its_answer(&ask(port));
            }));
            stop.store(true, Ordering::Relaxed);
            assert_eq!(serving.join().unwrap(), u32::from(CLIENTS / 3));
            done.unwrap();
        });
    }
}

#[tokio::test]
async fn what_waits_for_a_task_is_answered_each_from_the_address_asked() {
    let socket = bind("0.0.0.0:0".parse().unwrap()).unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let socket = tokio::net::UdpSocket::from_std(socket).unwrap();
    let clock = Clock::start();
    let (mut responder, (mut gated, ask)) = (served::responder(clock), gated());
    tokio::select! {
        ended = tasks::serve(&socket, &mut responder, &mut gated, clock) => panic!("{ended:?}"),
        done = tokio::task::spawn_blocking(move || each_has_its_answer(&ask(port))) => done.unwrap(),
    }
    assert_eq!(responder.stats().asn_parse_errors, u32::from(CLIENTS / 3));
}
