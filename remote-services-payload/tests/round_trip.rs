//! What is written is read back: random models, full models, and the samples on disk.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;

use models::random::Dice;
use models::{random, sample, sample_usage};
use proptest::prelude::*;
use remote_services_core::device::DeviceReport;
use remote_services_core::network::{Interface, Network};
use remote_services_payload::kind::{self, Document, Encoded, PayloadKind};
use remote_services_payload::xml::{EncodeCause, Limits, WriteError};
use std::path::Path;

fn decoded(encoded: &Encoded) -> Document {
    let decoded = kind::decode(encoded.kind, &encoded.xml, &Limits::default())
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&encoded.xml)));
    assert_eq!((decoded.unknown(), decoded.unknown_total()), (&[][..], 0));
    decoded.document
}

fn rebuilt(files: &[Encoded]) -> DeviceReport {
    let mut report = DeviceReport::default();
    for file in files {
        assert_eq!(decoded(file).place_in(&mut report), None);
    }
    report
}

proptest! {
    #[test]
    fn any_report_comes_back_as_it_went(seed: u64) {
        let report = random::report(seed);
        let files = kind::encode_report(&report).unwrap();
        prop_assert_eq!(rebuilt(&files), report);
    }

    #[test]
    fn any_agent_comes_back_as_it_went(seed: u64) {
        let agent = random::agent(seed);
        let file = kind::encode_agent(&agent).unwrap();
        prop_assert_eq!(decoded(&file), Document::Agent(agent));
    }

    #[test]
    fn any_document_that_needs_consent_comes_back_as_it_went(seed: u64) {
        for document in random::with_consent(&mut Dice::new(seed)) {
            prop_assert_eq!(decoded(&document.encode().unwrap()), document);
        }
    }

    #[test]
    fn any_text_comes_back_with_pictures_for_what_xml_cannot_carry(text in any::<String>()) {
        let mut report = DeviceReport::default();
        report.identity.description = Some(text.clone());
        report.identity.header.withhold(text.clone(), Default::default());
        let shown: String = text
            .chars()
            .map(|character| match character {
                '\t' | '\n' | '\r' => character,
                '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(character)).unwrap(),
                '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
                other => other,
            })
            .collect();
        let back = rebuilt(&kind::encode_report(&report).unwrap());
        prop_assert_eq!(back.identity.description.as_ref(), Some(&shown));
        prop_assert_eq!(&back.identity.header.withheld[0].element, &shown);
    }
}

#[test]
fn a_report_of_which_nothing_is_absent_comes_back() {
    let report = random::full_report(1, 3);
    assert_eq!(rebuilt(&kind::encode_report(&report).unwrap()), report);
    let agent = random::full_agent(1, 3);
    assert_eq!(decoded(&kind::encode_agent(&agent).unwrap()), Document::Agent(agent));
    for document in random::with_consent(&mut Dice::full(1, 3)) {
        assert_eq!(decoded(&document.encode().unwrap()), document);
    }
}

#[test]
fn the_same_model_gives_the_same_octets() {
    let report = random::full_report(2, 2);
    assert_eq!(kind::encode_report(&report), kind::encode_report(&report.clone()));
}

#[test]
fn a_value_that_the_schema_cannot_carry_is_the_callers_mistake() {
    let mut report = DeviceReport::default();
    report.counters.life_counts = vec![Default::default()];
    let error = kind::encode_report(&report).unwrap_err();
    assert_eq!((error.element, error.cause), ("unit", EncodeCause::EmptyToken));
    assert_eq!(error.to_string(), "cannot write unit: it has no value");

    let interface = Interface { prefix_length: Some(33), ..Interface::default() };
    let network = Network { interfaces: vec![interface], ..Network::default() };
    let error = Document::Network(network).encode().unwrap_err();
    assert_eq!((error.element, error.cause), ("SubnetMask", EncodeCause::OutOfRange));
}

#[test]
fn a_long_document_goes_to_a_sink_in_pieces() {
    struct Sink {
        octets: Vec<u8>,
        longest: usize,
        full_at: usize,
    }
    impl std::io::Write for Sink {
        fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
            if self.octets.len() + piece.len() > self.full_at {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.longest = self.longest.max(piece.len());
            self.octets.extend_from_slice(piece);
            Ok(piece.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut report = sample::report();
    let supply = report.supplies.supplies[0].clone();
    report.supplies.supplies.extend(std::iter::repeat_n(supply, 1_000));
    let document = Document::Supplies(report.supplies);
    let whole = document.encode().unwrap().xml;
    let mut sink = Sink { octets: Vec::new(), longest: 0, full_at: usize::MAX };
    document.encode_to(&mut sink).unwrap();
    assert_eq!(sink.octets, whole);
    assert!(sink.longest < 20 << 10 && whole.len() > 500_000, "{} of {}", sink.longest, whole.len());

    let mut full = Sink { octets: Vec::new(), longest: 0, full_at: 100_000 };
    let error = document.encode_to(&mut full).unwrap_err();
    assert!(matches!(&error, WriteError::Sink(error) if error.kind() == std::io::ErrorKind::StorageFull));

    let network = Network {
        interfaces: vec![Interface { prefix_length: Some(33), ..Interface::default() }],
        ..Network::default()
    };
    let error = Document::Network(network).encode_to(&mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "cannot write SubnetMask: it holds a number outside its range");
}

/// `BLESS=1` writes the samples anew; look at the difference before it is committed.
#[test]
fn the_samples_on_disk_are_what_the_plausible_printer_gives() {
    let mut files = kind::encode_report(&sample::report()).unwrap();
    files.push(kind::encode_agent(&sample::agent()).unwrap());
    files.extend(sample_usage::with_consent().map(|document| document.encode().unwrap()));
    assert_eq!(files.len(), PayloadKind::ALL.len());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for file in &files {
        let path = folder.join(file.name());
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &file.xml).unwrap();
        }
        let on_disk = std::fs::read(&path).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&file.xml),
            String::from_utf8_lossy(&on_disk),
            "{} differs",
            file.name()
        );
    }
    let (device, others) = files.split_at(7);
    assert_eq!(rebuilt(device), sample::report());
    let mut expected = vec![Document::Agent(sample::agent())];
    expected.extend(sample_usage::with_consent());
    assert_eq!(others.iter().map(decoded).collect::<Vec<_>>(), expected);
}
