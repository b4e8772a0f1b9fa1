//! The archive: what is written, and each way in which a hostile zip must be refused.

mod support;

use remote_services_core::id::Uuid;
use remote_services_payload::archive::{
    Archive, ArchiveLimits, EntrySource, ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::seal::KeyId;
use support::now;

fn head() -> ManifestHead {
    ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client-7".to_owned(),
        recipients: vec![KeyId([3; 32])],
        sequence: 4,
        part: Part::WHOLE,
        created_at: now(),
        redaction: "default".to_owned(),
        device: None,
    }
}

const SUPPLIES: &[u8] = b"<Supplies xmlns=\"urn:remote-services:supplies:1\"/>";

fn sources() -> Vec<EntrySource<'static>> {
    let entry = |name, kind, octets| EntrySource { name, kind, schema: Some("urn:x:1"), octets };
    vec![entry("supplies.xml", "supplies", SUPPLIES), entry("status.xml", "status", b"<Status/>")]
}

#[test]
fn what_is_written_reads_back_and_twice_gives_the_same_octets() {
    let limits = ArchiveLimits::default();
    let zip = write(&head(), &sources(), &limits).unwrap();
    assert_eq!(zip, write(&head(), &sources(), &limits).unwrap());
    let archive = Archive::open(&zip, &limits).unwrap();
    assert_eq!(archive.manifest().head, head());
    assert_eq!(archive.read("supplies.xml").unwrap(), SUPPLIES);
    let names: Vec<_> = archive.entries().map(|entry| entry.unwrap().0.name.clone()).collect();
    assert_eq!(names, ["supplies.xml", "status.xml"]);
}
