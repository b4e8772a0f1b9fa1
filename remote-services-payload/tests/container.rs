//! Pack and unpack: what the manifest inside protects against, when every signature holds.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_core::id::Uuid;
use remote_services_payload::archive::{ArchiveErrorKind, EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{
    Expected, Limits, PackError, SignerBinding, UnpackError, Unpacked, pack, seal_message, unpack,
};
use remote_services_payload::seal::SealError;
use support::{Authority, Counting, Issued, now};

const TRANSFER: Uuid = Uuid::from_u128(2);
const SUPPLIES: &[u8] = b"<Supplies/>";

fn head(sender: &str) -> ManifestHead {
    ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: TRANSFER,
        sender: sender.to_owned(),
        recipients: Vec::new(),
        sequence: 4,
        part: Part { number: 1, of: 2 },
        created_at: now(),
        redaction: "default".to_owned(),
        device: Some("printer-1".to_owned()),
    }
}

fn entries() -> [EntrySource<'static>; 1] {
    [EntrySource { name: "supplies.xml", kind: "supplies", schema: Some("urn:x:1"), octets: SUPPLIES }]
}

fn expected() -> Expected<'static> {
    Expected {
        sender: "client-7",
        binding: SignerBinding::CommonName,
        transfer: TRANSFER,
        part: Part { number: 1, of: 2 },
    }
}

struct World {
    authority: Authority,
    client: Issued,
    server: Issued,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new("authority");
        let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
        Self { authority, client, server }
    }

    fn packed(&self, head: ManifestHead, client: &Issued) -> Vec<u8> {
        let recipients = [self.server.certificate.clone()];
        pack(head, &entries(), &[], &client.as_signer(), &recipients, &Limits::default(), &mut Counting(1))
            .unwrap()
    }

    fn unpack(&self, octets: &[u8], expected: &Expected<'_>) -> Result<Unpacked, UnpackError> {
        unpack(octets, &self.server.as_recipient(), &self.authority.trust(), expected, &Limits::default())
    }
}

#[test]
fn what_was_packed_unpacks() {
    let world = World::new();
    let octets = world.packed(head("client-7"), &world.client);
    let unpacked = world.unpack(&octets, &expected()).unwrap();
    let archive = unpacked.archive().unwrap();
    assert_eq!(archive.read("supplies.xml").unwrap(), SUPPLIES);
    assert_eq!(archive.manifest().head.recipients, [world.server.certificate.key_id()]);
    assert_eq!(archive.manifest().head.device.as_deref(), Some("printer-1"));
    assert_eq!(unpacked.opened.signer, world.client.certificate);
}

#[test]
fn refuses_what_another_client_says_in_the_senders_name() {
    let world = World::new();
    let mallory = world.authority.signer("mallory");
    let forged = world.packed(head("client-7"), &mallory);
    let error = world.unpack(&forged, &expected()).unwrap_err();
    assert!(matches!(error, UnpackError::Signer { .. }), "{error}");
    let honest = world.packed(head("mallory"), &mallory);
    let error = world.unpack(&honest, &expected()).unwrap_err();
    assert!(matches!(error, UnpackError::Sender { .. }), "{error}");
}

#[test]
fn the_sender_can_be_bound_by_key_instead_of_by_name() {
    let world = World::new();
    let renamed = world.authority.signer("some other name");
    let octets = world.packed(head("client-7"), &renamed);
    let by_key = Expected { binding: SignerBinding::Key(renamed.certificate.key_id()), ..expected() };
    assert!(world.unpack(&octets, &by_key).is_ok());
    let other = Expected { binding: SignerBinding::Key(world.client.certificate.key_id()), ..expected() };
    assert!(matches!(world.unpack(&octets, &other), Err(UnpackError::Signer { .. })));
}

#[test]
fn refuses_another_transfer_and_another_part() {
    let world = World::new();
    let octets = world.packed(head("client-7"), &world.client);
    let error = world.unpack(&octets, &Expected { transfer: Uuid::from_u128(3), ..expected() }).unwrap_err();
    assert!(matches!(error, UnpackError::Transfer { .. }), "{error}");
    for part in [Part { number: 2, of: 2 }, Part { number: 1, of: 1 }, Part { number: 1, of: 3 }] {
        let error = world.unpack(&octets, &Expected { part, ..expected() }).unwrap_err();
        assert!(matches!(error, UnpackError::Part { .. }), "{error}");
    }
}

#[test]
fn a_seal_around_something_that_is_no_archive_is_refused() {
    let world = World::new();
    let recipients = [world.server.certificate.clone()];
    let octets =
        seal_message(b"no zip", &world.client.as_signer(), &recipients, now(), &mut Counting(1)).unwrap();
    let error = world.unpack(&octets, &expected()).unwrap_err();
    assert!(
        matches!(&error, UnpackError::Archive(error) if matches!(error.kind, ArchiveErrorKind::NoEndRecord)),
        "{error}"
    );
}

#[test]
fn packing_for_nobody_is_refused() {
    let world = World::new();
    let result = pack(
        head("client-7"),
        &entries(),
        &[],
        &world.client.as_signer(),
        &[],
        &Limits::default(),
        &mut Counting(1),
    );
    assert!(matches!(result, Err(PackError::Seal(SealError::NoRecipient))));
}
