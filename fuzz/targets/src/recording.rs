//! Recordings of devices: read, written and read again; and what is built of them goes through XML and back.

use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, synthetic};
use remote_services_core::device::DeviceReport;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::{Redaction, RedactionProfile};
use remote_services_payload::kind::{decode, encode_report};
use remote_services_payload::xml::Limits;

pub(crate) fn run(data: &[u8]) {
    let lines = data.split(|octet| *octet == b'\n').count();
    let strict = record::parse(data, Mode::Strict);
    let lenient = record::parse(data, Mode::Lenient).expect("there are few lines");
    match &strict {
        Ok(recording) => assert_eq!(*recording, lenient),
        Err(error) => {
            assert!((1..=lines).contains(&error.line), "{error}");
            assert_eq!(lenient.skipped.first(), Some(error));
        }
    }
    let written = record::write(&lenient.values);
    let again = record::parse(written.as_bytes(), Mode::Strict).expect("we wrote it");
    assert_eq!(again.values, lenient.values);
    assert!(again.repeated.is_empty());

    let mut report = build(&ObjectStore::from(lenient.values), &ReadContext::default());
    goes_through_xml(&report);
    Redaction::new(RedactionProfile::of(SecurityMode::Lockdown)).report(&mut report);
    goes_through_xml(&report);
}

/// Text that XML cannot carry is shown by other characters; after that nothing changes any more.
fn goes_through_xml(report: &DeviceReport) {
    let once = through_xml(report);
    assert_eq!(through_xml(&once), once);
}

fn through_xml(report: &DeviceReport) -> DeviceReport {
    let mut back = DeviceReport::default();
    for document in encode_report(report).expect("every report that is built can be written") {
        let decoded = decode(document.kind, &document.xml, &Limits::default())
            .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&document.xml)));
        assert_eq!(decoded.unknown_total(), 0);
        assert_eq!(decoded.document.place_in(&mut back), None);
    }
    back
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let few = |text: &str, skip: usize, step: usize| {
        let lines: Vec<&str> = text.lines().skip(skip).step_by(step).take(40).collect();
        lines.join("\n").into_bytes()
    };
    let mut seeds = vec![
        b"# a comment\n\n1.3.6.1.2.1.1.1.0|4|Brother NC-8800w\n1.3.6.1.2.1.1.6.0|4x|00ff0a\n".to_vec(),
        b"1.3.6.1.2.1.1.3.0|67|5\n1.3.6.1.2.1.1.9.1|5|\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11\n\
          1.3.6.1.2.1.4.20.1.1.1|64|192.0.2.1\n1.3.6.1.2.1.31.1|70|18446744073709551615\n1.3.6|68x|9f7804\n"
            .to_vec(),
    ];
    for (at, recording) in synthetic::ALL.iter().enumerate().take(6) {
        seeds.push(few(recording.text, at * 7, 3));
    }
    seeds
}
