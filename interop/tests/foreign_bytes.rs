//! Bytes that others collected: packets of other implementations' tests, and zips made to break readers.
use std::fs;
use std::path::{Path, PathBuf};

use remote_services_interop::shared;
use remote_services_payload::archive::{Archive, ArchiveLimits};
use remote_services_snmp::ber::{DecodeErrorKind, Limits, Reader, Tag};
use remote_services_snmp::message::{Message, MessageData, ScopedPduRef};
use remote_services_snmp::usm::UsmParameters;

#[test]
fn packets_of_other_implementations_decode_whole_and_cut_or_changed_ones_never_panic() {
    let (Some(gosnmp), Some(issues), Some(captures)) = (
        shared("data/packets/gosnmp"),
        shared("data/packets/gosnmp-issues"),
        shared("data/packets/snmp-parser/assets"),
    ) else {
        return;
    };
    let limits = Limits::default();
    for file in files(&captures, "bin") {
        let bytes = fs::read(&file).unwrap();
        let outcome = Message::decode(&bytes, &limits);
        assert!(outcome.is_ok(), "{}: {outcome:?}", file.display());
    }
    let mut tried = 0;
    for file in [gosnmp, issues, captures].iter().flat_map(|folder| files(folder, "bin")) {
        let bytes = fs::read(&file).unwrap();
        for length in 0..=bytes.len() {
            let _ = Message::decode(&bytes[..length], &limits);
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x80;
            let _ = Message::decode(&changed, &limits);
            tried += 1;
        }
    }
    assert!(tried > 5_000, "{tried}");
}

/// Messages of the list that we refuse though its maker takes them, and why.
const REFUSED: [(&str, DecodeErrorKind); 1] = [
    // UInteger32 of RFC 1442, which RFC 2578 no longer has.
    ("tesdtata-test11_PDUUinteger32_pkt.bin", DecodeErrorKind::UnknownValue(Tag(0x47))),
];

/// The list says what gosnmp, net-snmp and pysnmp made of each message.
#[test]
fn messages_of_other_implementations_are_judged_as_they_judge_them_or_the_difference_is_listed() {
    let Some(folder) = shared("data/packets/gosnmp") else { return };
    let list = fs::read_to_string(folder.join("index.tsv")).expect("it lies beside the packets");
    let (mut taken, mut refused) = (0, 0);
    for line in list.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, _, kind, expectation, pysnmp, _] = columns[..] else { panic!("{line}") };
        if kind != "message" {
            continue;
        }
        let octets = fs::read(folder.join(name)).expect("it is in the list");
        let made_by_others = ["without error", "net-snmp made"].iter().any(|it| expectation.contains(it));
        let sound = made_by_others || pysnmp.contains(" ok ");
        let listed = REFUSED.iter().find(|(file, _)| *file == name);
        match (open(&octets), listed) {
            (Err(kind), Some((_, reason))) => assert_eq!(kind, *reason, "{name}"),
            (Ok(()), Some(_)) => panic!("{name} is taken, the list says it is not"),
            (Ok(()), None) => {
                assert!(sound, "only we take {name}");
                taken += 1;
            }
            (Err(kind), None) => {
                assert!(!sound, "only we refuse {name}: {kind}");
                refused += 1;
            }
        }
    }
    assert!(taken >= 40 && refused >= 9, "{taken} taken, {refused} refused");
}

/// Opens all of a message that can be opened without keys.
fn open(octets: &[u8]) -> Result<(), DecodeErrorKind> {
    let limits = Limits::default();
    let opened = Message::decode(octets, &limits).and_then(|message| {
        if let Message::V3(message) = message {
            UsmParameters::decode(&message)?;
            if let MessageData::Plaintext(data) = message.data {
                ScopedPduRef::decode(&mut Reader::at(data, message.data_offset), &limits)?;
            }
        }
        Ok(())
    });
    opened.map_err(|error| error.kind())
}

#[test]
fn a_zip_that_is_not_ours_is_refused_with_a_sentence() {
    let Some(folder) = shared("data/zip") else { return };
    let limits = ArchiveLimits::default();
    let zips = files(&folder, "zip");
    assert!(zips.len() > 50, "{}", zips.len());
    for file in zips {
        let bytes = fs::read(&file).unwrap();
        let error = Archive::open(&bytes, &limits).err();
        let error = error.unwrap_or_else(|| panic!("{} was taken for a container", file.display()));
        assert!(error.to_string().len() > 10, "{}: {error}", file.display());
    }
}

/// All files below `folder` with this extension, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
