//! The engine without sockets: sealed messages, a responder's answers, a walk, and many devices at once. Beside each stands
//! the part of the work that nobody can leave out.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit as _, Mac as _};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, CryptoProvider, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions,
};
use remote_services_snmp::message::{CommunityMessage, ScopedPdu, V3MessageRef, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::usm::{
    AuthorityClock, EngineId, Envelope, KeyCache, LocalizedUser, RemoteClock, User, open_as_manager, seal,
};
use remote_services_snmp::{Oid, Value, oid};
use sha2::Sha256;

const TABLE: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9.1");
const NOW: Duration = Duration::from_secs(100);

fn cells(rows: u32) -> Vec<VarBind> {
    (1..=rows).map(|row| VarBind::new(TABLE.child(row).unwrap(), Value::Counter32(row))).collect()
}

fn user() -> LocalizedUser {
    let engine = EngineId::from_text(8072, "bench").unwrap();
    let auth = Some((AuthProtocol::HmacSha256, &b"authentication"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"privacypassword"[..]));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    user.localize(&rustcrypto(), engine).unwrap()
}

fn usm(criterion: &mut Criterion) {
    let user = user();
    let engine = user.engine_id();
    let pdu = Pdu::response(7, ErrorStatus::NoError, 0, cells(24));
    let scoped = ScopedPdu { context_engine_id: engine.as_slice().to_vec(), context_name: Vec::new(), pdu };
    let time = AuthorityClock::new(1, Duration::ZERO).at(NOW);
    let envelope = Envelope { reportable: false, ..Envelope::for_user(&user, 7, 65_507, time, [7; 8]) };
    let octets = seal(&envelope, &scoped).unwrap();
    let mut group = criterion.benchmark_group("usm/a message with HMAC-SHA-256 and AES-128");
    group.bench_function("ours, seal", |bencher| {
        bencher.iter(|| seal(black_box(&envelope), &scoped).unwrap());
    });
    group.bench_function("ours, open", |bencher| {
        bencher.iter(|| {
            let message = V3MessageRef::decode(black_box(&octets), &Limits::default()).unwrap();
            let mut clock = RemoteClock::restored(time, NOW);
            open_as_manager(&message, Some(&user), &mut clock, NOW).unwrap().level
        });
    });
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    group.bench_function("limit, HMAC-SHA-256 alone", |bencher| {
        bencher.iter(|| {
            let mut mac = keyed.clone();
            mac.update(black_box(&octets));
            mac.finalize().into_bytes()
        });
    });
    group.finish();
}

fn counter() -> impl FnMut() -> u64 {
    let mut last = 0_u64;
    move || {
        last = last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        last
    }
}

fn responder() -> Responder {
    let engine = EngineId::from_text(8072, "bench").unwrap();
    let config = ResponderConfig::new(engine, 1).community("public", Access::Read);
    Responder::new(config, &rustcrypto(), Instant::default(), counter()).unwrap()
}

fn filled(rows: u32) -> SortedTable {
    let mut table = SortedTable::new();
    for cell in cells(rows) {
        table.insert(cell.name, cell.value);
    }
    table
}

fn from() -> SocketAddr {
    "192.0.2.1:1161".parse().unwrap()
}

fn engine(criterion: &mut Criterion) {
    let (mut responder, mut table) = (responder(), filled(1_000));
    let kind = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 20 };
    let names = vec![VarBind::unspecified(TABLE)];
    let request = CommunityMessage::new(Version::V2c, b"public", Pdu::request(kind, 7, names)).to_bytes();
    let now = Instant::default();
    let answer = responder.handle_datagram(now, from(), &request, &mut table).unwrap();
    let decoded = CommunityMessage::from_bytes(&answer, &Limits::default()).unwrap();
    let mut group = criterion.benchmark_group("engine/a GETBULK of 20 of 1,000 rows");
    group.bench_function("ours, answered", |bencher| {
        bencher.iter(|| responder.handle_datagram(now, from(), black_box(&request), &mut table).unwrap());
    });
    group.bench_function("limit, the request decoded and the same answer encoded", |bencher| {
        bencher.iter(|| {
            let asked = CommunityMessage::from_bytes(black_box(&request), &Limits::default()).unwrap();
            (asked, black_box(&decoded).to_bytes())
        });
    });
    group.finish();
}

/// Runs a manager against responders in memory until it has nothing to do; how many requests ended well. Time passes
/// only while the manager waits, as it does to keep its pace.
fn run(manager: &mut Manager, now: &mut Instant, answer: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> usize {
    let mut ended = 0;
    let mut wire = VecDeque::new();
    loop {
        while let Some(output) = manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => wire.push_back((to, bytes)),
                Output::Completed(done) => ended += usize::from(done.result.is_ok()),
                _ => {}
            }
        }
        let Some((to, bytes)) = wire.pop_front() else {
            let Some(next) = manager.next_deadline().filter(|_| manager.requests_pending() > 0) else {
                return ended;
            };
            *now = next.max(*now);
            manager.handle_deadline(*now);
            continue;
        };
        let reply = answer(&bytes);
        manager.recycle(bytes);
        manager.handle_datagram(*now, to, &reply);
    }
}

fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), CryptoProvider::none(), counter()).unwrap()
}

fn walk(criterion: &mut Criterion) {
    let (mut responder, mut table, mut manager) = (responder(), filled(1_000), manager());
    let printer = "192.0.2.2:161".parse().unwrap();
    let peer = manager.add_peer(printer, Credentials::v2c("public"), PeerOptions::default()).unwrap();
    let mut now = Instant::default();
    let mut requests = Vec::new();
    let mut answer =
        |bytes: &[u8]| responder.handle_datagram(Instant::START, from(), bytes, &mut table).unwrap();
    manager.request(now, peer, Operation::Walk(TABLE)).unwrap();
    let mut listen = |bytes: &[u8]| {
        requests.push(bytes.to_vec());
        answer(bytes)
    };
    assert_eq!(run(&mut manager, &mut now, &mut listen), 1);
    let mut group = criterion.benchmark_group("walk/1,000 rows, both ends in memory");
    group.bench_function("ours, manager and responder", |bencher| {
        bencher.iter(|| {
            manager.request(now, peer, Operation::Walk(TABLE)).unwrap();
            run(&mut manager, &mut now, &mut answer)
        });
    });
    group.bench_function("limit, the responder with the same requests", |bencher| {
        bencher.iter(|| requests.iter().map(|request| answer(black_box(request)).len()).sum::<usize>());
    });
    group.finish();
}

fn fleet(criterion: &mut Criterion) {
    let (mut responder, mut table, mut manager) = (responder(), filled(10), manager());
    let mut now = Instant::default();
    let names: Vec<Oid> = (1..=6).map(|row| TABLE.child(row).unwrap()).collect();
    let peers: Vec<_> = (0..1_000_u32)
        .map(|number| {
            let number = number.to_be_bytes();
            let address = SocketAddr::from(([10, 0, number[2], number[3]], 161));
            manager.add_peer(address, Credentials::v2c("public"), PeerOptions::default()).unwrap()
        })
        .collect();
    let mut requests = Vec::new();
    let mut answer =
        |bytes: &[u8]| responder.handle_datagram(Instant::START, from(), bytes, &mut table).unwrap();
    let mut poll = |manager: &mut Manager, answer: &mut dyn FnMut(&[u8]) -> Vec<u8>| {
        for peer in &peers {
            manager.get(now, *peer, names.clone()).unwrap();
        }
        run(manager, &mut now, answer)
    };
    let mut listen = |bytes: &[u8]| {
        requests.push(bytes.to_vec());
        answer(bytes)
    };
    assert_eq!(poll(&mut manager, &mut listen), 1_000);
    let mut group = criterion.benchmark_group("fleet/1,000 devices, one GET of 6 names each");
    group.bench_function("ours, manager and responder", |bencher| {
        bencher.iter(|| poll(&mut manager, &mut answer));
    });
    group.bench_function("limit, the responder with the same requests", |bencher| {
        bencher.iter(|| requests.iter().map(|request| answer(black_box(request)).len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, usm, engine, walk, fleet);
criterion_main!(benches);
