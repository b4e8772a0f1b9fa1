//! Info-ZIP and Python's zipfile on our archive.
use std::fs;
use std::process::Command;

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::archive::{
    ArchiveLimits, EntrySource, MANIFEST_NAME, ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::seal::KeyId;

#[test]
fn unzip_finds_manifest_and_entries_whole_and_in_order() {
    if !require(&[Tool::Unzip]) {
        return;
    }
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
    let supplies = b"<Supplies/>".repeat(1_000);
    let entries = [("supplies.xml", &supplies[..]), ("status.xml", b"<Status/>")];
    let sources = entries.map(|(name, octets)| EntrySource { name, kind: "any", schema: None, octets });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payload.zip");
    fs::write(&file, write(&head, &sources, &ArchiveLimits::default()).unwrap()).unwrap();

    let unzip = |words: &[&str], name: &str| {
        let mut command = Command::new(Tool::Unzip.path());
        command.args(words).arg(&file);
        run_ok(if name.is_empty() { &mut command } else { command.arg(name) })
    };
    assert!(unzip(&["-t"], "").contains("No errors detected"));
    let names = unzip(&["-Z1"], "");
    assert_eq!(names.lines().collect::<Vec<_>>(), [MANIFEST_NAME, "supplies.xml", "status.xml"]);
    for (name, octets) in entries {
        assert_eq!(unzip(&["-p"], name).as_bytes(), octets, "{name}");
    }
    assert!(unzip(&["-p"], MANIFEST_NAME).contains("client-7"));
}

#[test]
fn pythons_zipfile_finds_the_same_entries_and_no_fault() {
    if !require(&[Tool::Python]) {
        return;
    }
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
    // One that is deflated, and one that is stored because that is shorter.
    let supplies = b"<Supplies/>".repeat(1_000);
    let entries = [("supplies.xml", &supplies[..]), ("logs/a.bin", b"\x00\xFF")];
    let sources = entries.map(|(name, octets)| EntrySource { name, kind: "any", schema: None, octets });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payload.zip");
    fs::write(&file, write(&head, &sources, &ArchiveLimits::default()).unwrap()).unwrap();
    let script = "import sys, zipfile\n\
                  archive = zipfile.ZipFile(sys.argv[1])\n\
                  assert archive.testzip() is None\n\
                  for entry in archive.infolist():\n    \
                      print(entry.filename, entry.file_size, entry.compress_type, entry.date_time[0])\n";
    let said = run_ok(Command::new(Tool::Python.path()).args(["-c", script]).arg(&file));
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("manifest.xml ") && lines[0].ends_with(" 8 1980"), "{said}");
    assert_eq!(lines[1..], ["supplies.xml 11000 8 1980", "logs/a.bin 2 0 1980"]);
}
