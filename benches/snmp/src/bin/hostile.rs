//! `hostile WORK SIZE TIMES` handles a message made to cost much so often, for callgrind to count. Twice the size may cost
//! twice the work and no more: `cargo xtask bench instructions` compares the two.
//!
//! A program of its own, because what else a program does changes how the compiler lays out its codec.
use std::hint::black_box;
use std::net::SocketAddr;
use std::process::ExitCode;

use remote_services_snmp::ber::{Limits, Tag, Writer};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::notify::{Notification, Receiver, ReceiverConfig};
use remote_services_snmp::engine::responder::{Access, Grant, Responder, ResponderConfig, SortedTable, View};
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions,
};
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Oid, Value, VarBind, oid};

type Round = Box<dyn FnMut() -> usize>;

const TABLE: Oid = oid!("1.3.6.1.4.1.99999.1");
const START: Instant = Instant::START;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, size, times] = &words[..] else { return usage() };
    let (Some(mut round), Ok(times)) = (find(what, size), times.parse::<u32>()) else { return usage() };
    let done: usize = (0..times).map(|_| black_box(round())).sum();
    black_box(done);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: hostile WORK SIZE TIMES");
    ExitCode::from(2)
}

fn find(what: &str, size: &str) -> Option<Round> {
    let size: u32 = size.parse().ok()?;
    Some(match what {
        "long-names" => decoding(message(response(), (0..size).map(|_| Value::Null.bound_to(longest())))),
        "short-bindings" => {
            decoding(message(response(), (0..size).map(|_| Value::Null.bound_to(oid!("1.3")))))
        }
        "long-lengths" => decoding(long_lengths(size)),
        "broken-at-the-end" => {
            let mut octets = message(response(), (0..size).map(|_| Value::Null.bound_to(longest())));
            *octets.last_mut()? = 1;
            decoding(octets)
        }
        "oid-text" => {
            let text = "1.".repeat(size as usize);
            Box::new(move || usize::from(black_box(&text).parse::<Oid>().is_ok()))
        }
        "get" => asking(message(PduKind::Get, cells(size))),
        "get-next" => asking(message(PduKind::GetNext, cells(size))),
        "get-bulk" => {
            let bulk = PduKind::GetBulk { non_repeaters: size / 2, max_repetitions: 0x7fff_ffff };
            asking(message(bulk, cells(size)))
        }
        "set" => asking(message(PduKind::Set, cells(size))),
        "set-one-name" => {
            let name = TABLE.child(7).ok()?;
            asking(message(PduKind::Set, (0..size).map(|n| Value::Gauge32(n).bound_to(name.clone()))))
        }
        "inform" => notifying(size),
        "walk-answer" => walking(size),
        _ => return None,
    })
}

trait Bound {
    fn bound_to(self, name: Oid) -> VarBind;
}

impl Bound for Value {
    fn bound_to(self, name: Oid) -> VarBind {
        VarBind::new(name, self)
    }
}

fn response() -> PduKind {
    PduKind::Response { status: ErrorStatus::NoError, error_index: 0 }
}

fn longest() -> Oid {
    let mut arcs = vec![u32::MAX; 128];
    (arcs[0], arcs[1]) = (1, 3);
    Oid::from_arcs(&arcs).expect("128 arcs")
}

fn cells(count: u32) -> impl Iterator<Item = VarBind> {
    (0..count).map(|row| Value::Gauge32(row).bound_to(TABLE.child(row).expect("a short name")))
}

fn message(kind: PduKind, varbinds: impl Iterator<Item = VarBind>) -> Vec<u8> {
    CommunityMessage::new(Version::V2c, b"public", Pdu::request(kind, 7, varbinds.collect())).to_bytes()
}

/// Every length of the bindings takes five octets.
fn long_lengths(count: u32) -> Vec<u8> {
    let mut writer = Writer::default();
    let end = writer.mark();
    for _ in 0..count {
        writer.raw(b"\x30\x84\x00\x00\x00\x0e\x06\x84\x00\x00\x00\x02\x2b\x06\x05\x84\x00\x00\x00\x00");
    }
    writer.wrap(Tag::SEQUENCE, end);
    writer.integer(0);
    writer.integer(0);
    writer.integer(7);
    writer.wrap(response().tag(), end);
    writer.octets(Tag::OCTET_STRING, b"public");
    writer.integer(Version::V2c.to_wire());
    writer.wrap(Tag::SEQUENCE, end);
    writer.into_vec()
}

/// Takes the message in, owns it, and shows its names.
fn decoding(octets: Vec<u8>) -> Round {
    Box::new(move || {
        let Ok(message) = CommunityMessage::from_bytes(black_box(&octets), &Limits::default()) else {
            return 0;
        };
        format!("{:?}", black_box(&message).pdu).len()
    })
}

fn asking(octets: Vec<u8>) -> Round {
    // Masks make a view the dearest.
    let odd = View::nothing().include(oid!("1.3")).exclude_masked(oid!("1.3.6.1.4.1.0.2"), &[0xfd]);
    let config = ResponderConfig::new(engine_id(), 1)
        .community("nobody's", Access::Read)
        .community("public", Grant::reading(odd.clone()).writing(odd));
    let mut responder = Responder::new(config, &CryptoProvider::none(), START, os_random()).expect("no keys");
    let mut table = SortedTable::new();
    for cell in cells(2_000) {
        table.insert_writable(cell.name, cell.value);
    }
    let mut reply = Vec::new();
    Box::new(move || {
        responder.handle_datagram_into(START, source(), black_box(&octets), &mut table, &mut reply);
        reply.len()
    })
}

fn notifying(size: u32) -> Round {
    let config = ReceiverConfig::new(engine_id(), 1).community("public");
    let mut receiver = Receiver::new(config, CryptoProvider::none(), START, os_random()).expect("no keys");
    let mut varbinds = Notification::new(1, Notification::COLD_START).into_varbinds();
    varbinds.extend(cells(size));
    let octets = message(PduKind::Inform, varbinds.into_iter());
    let mut second = 0;
    Box::new(move || {
        second += 100;
        let now = START + std::time::Duration::from_secs(second);
        receiver.handle_datagram(now, source(), black_box(&octets)).reply.map_or(0, |reply| reply.len())
    })
}

/// An answer with far more than was asked for.
fn walking(size: u32) -> Round {
    let config = ManagerConfig { packets_per_second: 1_000_000_000, ..ManagerConfig::default() };
    let mut manager = Manager::new(config, CryptoProvider::none(), os_random()).expect("randomness");
    let peer = manager
        .add_peer(source(), Credentials::v2c("public"), PeerOptions::default())
        .expect("good credentials");
    let mut microsecond = 0;
    Box::new(move || {
        microsecond += 1;
        let now = START + std::time::Duration::from_micros(microsecond);
        let request = manager.request(now, peer, Operation::Walk(TABLE)).expect("there is room");
        let Some(Output::Transmit { bytes, .. }) = manager.poll_output() else { return 0 };
        let mut answer = CommunityMessage::from_bytes(&bytes, &Limits::default()).expect("our own");
        let remote_services_snmp::message::CommunityPdu::Pdu(pdu) = &mut answer.pdu else { return 0 };
        (pdu.kind, pdu.varbinds) = (response(), cells(size).collect());
        manager.handle_datagram(now, source(), &answer.to_bytes());
        manager.cancel(request);
        std::iter::from_fn(|| manager.poll_output()).count()
    })
}

fn engine_id() -> EngineId {
    EngineId::with_format(99_999, 4, b"hostile").expect("seven octets")
}

fn source() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 161))
}
