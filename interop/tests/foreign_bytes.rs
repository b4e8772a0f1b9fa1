//! Bytes that others collected: packets of other implementations' tests, and zips made to break readers.
use std::fs;
use std::path::{Path, PathBuf};

use remote_services_interop::shared;
use remote_services_payload::archive::{Archive, ArchiveLimits};
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::Message;

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
