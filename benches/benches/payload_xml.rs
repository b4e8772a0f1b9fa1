//! A large device as XML and back: ours, and a plain pass of quick-xml over the same octets.
//!
//! `cargo bench -p remote-services-benches --bench payload_xml`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no interface and may stop")]

#[path = "../../remote-services-payload/tests/models/mod.rs"]
mod models;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use models::sample;
use quick_xml::events::Event;
use remote_services_core::device::DeviceReport;
use remote_services_core::redact::{Redaction, RedactionProfile};
use remote_services_payload::kind::{self, Encoded};
use remote_services_payload::xml::Limits;
use std::hint::black_box;

/// The plausible printer with so many supplies, alerts, trays and sources that it makes some 55 KB, as in
/// the measurements of other libraries that ours are compared with.
fn large_report() -> DeviceReport {
    let mut report = sample::report();
    let repeat = |times: usize| std::iter::repeat_n((), times);
    let supply = report.supplies.supplies[0].clone();
    report.supplies.supplies.extend(repeat(30).map(|()| supply.clone()));
    let alert = report.status.alerts[0].clone();
    report.status.alerts.extend(repeat(40).map(|()| alert.clone()));
    let tray = report.properties.input_trays[0].clone();
    report.properties.input_trays.extend(repeat(30).map(|()| tray.clone()));
    let service = report.counters.services[0].clone();
    report.counters.services.extend(repeat(40).map(|()| service.clone()));
    for position in 1..100 {
        report.supplies.header.source(
            format!("Supply[{position}]"),
            "1.3.6.1.2.1.43.11.1.1.9",
            Some(format!("1.{position}")),
        );
    }
    report
}

fn events(files: &[Encoded]) -> usize {
    let mut seen = 0;
    for file in files {
        let mut reader = quick_xml::Reader::from_reader(file.xml.as_slice());
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(start) | Event::Empty(start) => {
                    for attribute in start.attributes() {
                        seen += attribute.unwrap().value.len();
                    }
                }
                _ => seen += 1,
            }
        }
    }
    seen
}

fn decode(files: &[Encoded]) -> usize {
    let limits = Limits::default();
    files.iter().map(|file| kind::decode(file.kind, &file.xml, &limits).unwrap().unknown_total()).sum()
}

fn payload_xml(criterion: &mut Criterion) {
    let report = large_report();
    let files = kind::encode_report(&report).unwrap();
    let octets: usize = files.iter().map(|file| file.xml.len()).sum();
    let throughput = Throughput::Bytes(octets.try_into().unwrap());
    let mut group = criterion.benchmark_group("xml/decode");
    group.throughput(throughput.clone());
    group.bench_function("ours, typed and with all limits", |bencher| {
        bencher.iter(|| decode(black_box(&files)));
    });
    group.bench_function("quick-xml, events and attributes only", |bencher| {
        bencher.iter(|| events(black_box(&files)));
    });
    group.finish();
    let mut group = criterion.benchmark_group("xml/encode and redact");
    group.throughput(throughput);
    group.bench_function("ours, encode", |bencher| {
        bencher.iter(|| kind::encode_report(black_box(&report)).unwrap());
    });
    for profile in [RedactionProfile::Default, RedactionProfile::Lockdown] {
        let redaction = Redaction::new(profile);
        group.bench_function(format!("ours, clone and redact: {}", profile.label()), |bencher| {
            bencher.iter(|| {
                let mut copy = black_box(&report).clone();
                redaction.report(&mut copy);
                copy
            });
        });
    }
    group.finish();
}

criterion_group!(benches, payload_xml);
criterion_main!(benches);
