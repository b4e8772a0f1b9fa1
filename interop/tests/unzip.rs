//! Info-ZIP and Python's zipfile on the archives that we write.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::archive::{
    ArchiveLimits, EntrySource, MANIFEST_NAME, ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::kind;
use remote_services_payload::seal::KeyId;

#[path = "../../remote-services-payload/tests/models/mod.rs"]
mod models;

type Entries = Vec<(String, Vec<u8>)>;

fn archive(entries: &[(String, Vec<u8>)], folder: &Path) -> PathBuf {
    let head = ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client-7".to_owned(),
        recipients: vec![KeyId([3; 32])],
        sequence: 4,
        part: Part::WHOLE,
        created_at: Timestamp::from_unix_seconds(1_700_000_000),
        redaction: "default".to_owned(),
        device: None,
    };
    let sources: Vec<EntrySource<'_>> = entries
        .iter()
        .map(|(name, octets)| EntrySource { name, kind: "any", schema: None, octets })
        .collect();
    let file = folder.join("payload.zip");
    fs::write(&file, write(&head, &sources, &ArchiveLimits::default()).unwrap()).unwrap();
    file
}

/// Archives of every shape that the writer can make.
fn shapes() -> Vec<(&'static str, Entries)> {
    let noise: Vec<u8> = (0..70_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let long = |start: &str| format!("{start}{}", "x".repeat(120 - start.len()));
    let documents = kind::encode_report(&models::sample::report()).unwrap();
    vec![
        (
            "the documents of a device",
            documents.into_iter().map(|one| (one.name().to_owned(), one.xml)).collect(),
        ),
        (
            "deflated, stored, empty",
            vec![
                ("deflated.xml".into(), b"<Supplies/>".repeat(1_000)),
                ("logs/stored.bin".into(), b"\x00\xFF".to_vec()),
                ("noise".into(), noise),
                ("empty".into(), Vec::new()),
            ],
        ),
        ("a megabyte that is all the same", vec![("same".into(), vec![7; 1 << 20])]),
        (
            "names of 120 octets",
            vec![(long(""), b"a".to_vec()), (long("a/b/c/"), b"b".to_vec()), (long("A-1._"), b"c".to_vec())],
        ),
        (
            "as many entries as there may be",
            (0..256)
                .map(|at| (format!("d{}/{at}.xml", at % 7), format!("{at}").repeat(at).into_bytes()))
                .collect(),
        ),
    ]
}

#[test]
fn unzip_finds_manifest_and_entries_whole_and_in_order() {
    if !require(&[Tool::Unzip]) {
        return;
    }
    for (shape, entries) in shapes() {
        let folder = tempfile::tempdir().unwrap();
        let file = archive(&entries, folder.path());
        let unzip = |words: &[&str]| run_ok(Command::new(Tool::Unzip.path()).args(words).arg(&file));
        assert!(unzip(&["-t"]).contains("No errors detected"), "{shape}");
        let names = unzip(&["-Z1"]);
        let expected = [MANIFEST_NAME].into_iter().chain(entries.iter().map(|(name, _)| name.as_str()));
        assert!(names.lines().eq(expected), "{shape}");
        let out = folder.path().join("out");
        run_ok(Command::new(Tool::Unzip.path()).arg("-q").arg(&file).arg("-d").arg(&out));
        for (name, octets) in &entries {
            assert!(fs::read(out.join(name)).unwrap() == *octets, "{shape}: {name}");
        }
        assert!(fs::read_to_string(out.join(MANIFEST_NAME)).unwrap().contains("client-7"));
    }
}

#[test]
fn pythons_zipfile_finds_the_same_entries_and_no_fault() {
    if !require(&[Tool::Python]) {
        return;
    }
    let script = "import sys, zipfile\n\
                  archive = zipfile.ZipFile(sys.argv[1])\n\
                  assert archive.testzip() is None\n\
                  for entry in archive.infolist():\n    \
                      assert (entry.date_time[0], entry.extra, entry.comment) == (1980, b'', b'')\n    \
                      print(entry.filename, len(archive.read(entry)), archive.read(entry).hex() if entry.file_size < 200 else '')\n";
    for (shape, entries) in shapes() {
        let folder = tempfile::tempdir().unwrap();
        let file = archive(&entries, folder.path());
        let said = run_ok(Command::new(Tool::Python.path()).args(["-c", script]).arg(&file));
        let mut lines = said.lines();
        assert!(lines.next().unwrap().starts_with("manifest.xml "), "{shape}: {said}");
        for (name, octets) in &entries {
            let line = lines.next().unwrap();
            assert!(line.starts_with(&format!("{name} {} ", octets.len())), "{shape}: {line}");
        }
        assert_eq!(lines.next(), None, "{shape}");
    }
}
