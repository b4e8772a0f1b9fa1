//! The PROTOS c06-snmpv1 request cases: thousands of broken messages, and what two other decoders say of each.
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_interop::process::run_ok;
use remote_services_interop::responder::responder;
use remote_services_interop::{Tool, require, shared};
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Tag};
use remote_services_snmp::engine::responder::SortedTable;
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{Value, VarBind, engine, oid};

/// What the peers did with a case.
struct Peers {
    net_snmp_answered: bool,
    pysnmp_decoded: bool,
}

#[test]
fn every_case_is_refused_or_survives_a_round_trip_and_none_takes_long() {
    let Some(cases) = unpack() else { return };
    let limits = Limits::default();
    let mut decoded = 0;
    for (name, bytes) in &cases {
        let began = Instant::now();
        let outcome = CommunityMessage::from_bytes(bytes, &limits);
        assert!(began.elapsed() < Duration::from_millis(500), "case {name} took {:?}", began.elapsed());
        if let Ok(message) = outcome {
            decoded += 1;
            let again = CommunityMessage::from_bytes(&message.to_bytes(), &limits);
            assert_eq!(again.as_ref(), Ok(&message), "case {name} changes on the way");
        }
    }
    assert_eq!(cases.len(), 10_601);
    assert!(decoded > 3_000, "only {decoded} cases were understood, and many are sound");
}

/// Where we differ from both peers, we are the stricter one, and for two reasons only: request-id and error fields
/// are 32 bits wide (RFC 3416 §3; the peers cut longer ones), and the number of variable bindings has a limit.
#[test]
fn we_take_nothing_that_two_other_decoders_refuse_and_refuse_what_they_take_for_two_reasons_only() {
    let Some(cases) = unpack() else { return };
    let peers = opinions();
    let limits = Limits::default();
    for (name, bytes) in &cases {
        let theirs = &peers[name.as_str()];
        match CommunityMessage::from_bytes(bytes, &limits) {
            Ok(_) => assert!(theirs.net_snmp_answered || theirs.pysnmp_decoded, "only we take case {name}"),
            Err(error) if theirs.net_snmp_answered && theirs.pysnmp_decoded => {
                let reason = error.kind();
                let by_our_rule = matches!(
                    reason,
                    DecodeErrorKind::OutOfRange(Tag::INTEGER) | DecodeErrorKind::TooManyVarBinds { .. }
                );
                assert!(by_our_rule, "only we refuse case {name}: {error}");
            }
            Err(_) => {}
        }
    }
}

#[test]
fn a_responder_that_was_sent_every_case_still_answers() {
    let Some(cases) = unpack() else { return };
    let mut responder = responder();
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.5.0"), Value::from("a printer"));
    let from = ([127, 0, 0, 1], 9).into();
    let question = VarBind::unspecified(oid!("1.3.6.1.2.1.1.5.0"));
    let pdu = Pdu::request(PduKind::Get, 7, vec![question]);
    let question = CommunityMessage::new(Version::V1, b"public", pdu).to_bytes();
    let mut replies = 0;
    for (name, bytes) in &cases {
        let began = Instant::now();
        let reply = responder.handle_datagram(engine::Instant::START, from, bytes, &mut table);
        assert!(began.elapsed() < Duration::from_millis(500), "case {name} took {:?}", began.elapsed());
        replies += usize::from(reply.is_some());
    }
    assert!(replies > 3_000, "{replies} of {} cases were answered, and many are sound", cases.len());
    let reply = responder.handle_datagram(engine::Instant::START, from, &question, &mut table).unwrap();
    let reply = CommunityMessage::from_bytes(&reply, &Limits::default()).unwrap();
    assert!(format!("{reply:?}").contains("OctetString"), "{reply:?}");
}

/// Name and bytes of each case, or `None` when the test is left out.
fn unpack() -> Option<Vec<(String, Vec<u8>)>> {
    let archive = shared("data/protos-snmpv1/req-app.tar.xz")?;
    if !require(&[Tool::Xz]) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    run_ok(Command::new("tar").arg("xJf").arg(&archive).arg("-C").arg(folder.path()));
    let mut cases: Vec<_> = files(&folder.path().join("req-app")).collect();
    cases.sort();
    Some(cases)
}

fn files(folder: &Path) -> impl Iterator<Item = (String, Vec<u8>)> {
    fs::read_dir(folder).expect("the archive holds this folder").flatten().map(|file| {
        let bytes = fs::read(file.path()).expect("it was just unpacked");
        (file.file_name().to_string_lossy().into_owned(), bytes)
    })
}

fn opinions() -> HashMap<String, Peers> {
    let table = shared("data/protos-snmpv1/expected.tsv").expect("it lies beside the archive");
    let text = fs::read_to_string(table).expect("it is a text");
    text.lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let peers = Peers { net_snmp_answered: columns[4] == "1", pysnmp_decoded: columns[6] == "ok" };
            (columns[1].to_owned(), peers)
        })
        .collect()
}
