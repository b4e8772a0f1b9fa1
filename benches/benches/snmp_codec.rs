//! Decoding and encoding a response of 20 variable bindings and a GETBULK of three names, beside snmp-parser.
//!
//! The bindings are of the kinds that a poll of the Printer-MIB brings. snmp-parser has no encoder, and its decoder
//! owns its list of bindings, so it stands beside both of ours: borrowed and owned.
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use remote_services_snmp::ber::{Limits, Writer};
use remote_services_snmp::message::{CommunityMessage, CommunityMessageRef, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::{Oid, Value, oid};

fn response() -> CommunityMessage {
    let supplies = oid!("1.3.6.1.2.1.43.11.1.1");
    let alerts = oid!("1.3.6.1.2.1.43.18.1.1");
    let cell = |table: &Oid, column: u32, row: u32| table.extend(&[column, 1, row]).expect("short");
    let mut varbinds = vec![
        VarBind::new(oid!("1.3.6.1.2.1.1.1.0"), Value::from("A4 colour laser printer, firmware 2026-11")),
        VarBind::new(oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62.1.33"))),
        VarBind::new(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(87_654_321)),
        VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer-3rd-floor")),
        VarBind::new(oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), Value::Counter32(123_456)),
        VarBind::new(oid!("1.3.6.1.2.1.25.3.5.1.1.1"), Value::Integer(3)),
    ];
    for row in 1..=4 {
        varbinds.push(VarBind::new(cell(&supplies, 6, row), Value::from("Black toner cartridge")));
        varbinds.push(VarBind::new(cell(&supplies, 8, row), Value::Integer(20_000)));
        varbinds.push(VarBind::new(cell(&supplies, 9, row), Value::Integer(4_711)));
    }
    varbinds.push(VarBind::new(cell(&alerts, 8, 1), Value::from("Tray 2 empty")));
    varbinds.push(VarBind::new(cell(&alerts, 7, 1), Value::Integer(808)));
    CommunityMessage::new(
        Version::V2c,
        b"public",
        Pdu::response(1_414_683_000, ErrorStatus::NoError, 0, varbinds),
    )
}

fn bulk() -> CommunityMessage {
    let names =
        [oid!("1.3.6.1.2.1.43.11.1.1.6"), oid!("1.3.6.1.2.1.43.11.1.1.8"), oid!("1.3.6.1.2.1.43.11.1.1.9")];
    let kind = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 20 };
    CommunityMessage::new(
        Version::V2c,
        b"public",
        Pdu::request(kind, 1_414_683_000, names.map(VarBind::unspecified).into()),
    )
}

fn decode(criterion: &mut Criterion) {
    let octets = response().to_bytes();
    let limits = Limits::default();
    assert_eq!(CommunityMessage::from_bytes(&octets, &limits), Ok(response()));
    let mut group = criterion.benchmark_group("ber/decode a response of 20 bindings");
    group.throughput(Throughput::Bytes(u64::try_from(octets.len()).expect("a short message")));
    group.bench_function("ours, borrowed, all bindings validated", |bencher| {
        bencher.iter(|| CommunityMessageRef::decode(black_box(&octets), &limits).is_ok());
    });
    group.bench_function("ours, borrowed, every value visited", |bencher| {
        bencher.iter(|| {
            let message = CommunityMessageRef::decode(black_box(&octets), &limits).expect("decoded above");
            let CommunityPdu::Pdu(pdu) = &message.pdu else { return };
            for varbind in &pdu.varbinds {
                black_box(varbind);
            }
        });
    });
    group.bench_function("ours, owned", |bencher| {
        bencher.iter(|| CommunityMessage::from_bytes(black_box(&octets), &limits));
    });
    group.bench_function("snmp-parser", |bencher| {
        bencher.iter(|| snmp_parser::parse_snmp_v2c(black_box(&octets)).is_ok());
    });
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    for (name, message) in [("a response of 20 bindings", response()), ("a GETBULK of 3 names", bulk())] {
        let mut group = criterion.benchmark_group(format!("ber/encode {name}"));
        group.bench_function("ours, into a new buffer", |bencher| {
            bencher.iter(|| black_box(&message).to_bytes());
        });
        let CommunityPdu::Pdu(pdu) = &message.pdu else { continue };
        let mut buffer = Vec::with_capacity(2_048);
        group.bench_function("ours, the PDU into a used buffer", |bencher| {
            bencher.iter(|| {
                let mut writer = Writer::reuse(std::mem::take(&mut buffer));
                black_box(pdu).encode(&mut writer);
                buffer = writer.into_vec();
            });
        });
        group.finish();
    }
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
