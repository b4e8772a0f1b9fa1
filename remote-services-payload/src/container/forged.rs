//! Containers as a dishonest reader or client with its own program could make them: the seal holds, the manifest lies.

use core::time::Duration;

use remote_services_core::id::Uuid;

use super::{Expected, Limits, SignerBinding, UnpackError, Unpacked, unpack};
use crate::archive::{self, EntrySource, ManifestHead, ManifestVersion, Part};
use crate::seal::{KeyId, seal_octets};
use crate::support::{Authority, Counting, Issued, now};

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

    fn head(&self) -> ManifestHead {
        ManifestHead {
            version: ManifestVersion::V1_0,
            payload: Uuid::from_u128(1),
            transfer: Uuid::from_u128(2),
            sender: "client-7".to_owned(),
            recipients: vec![self.server.certificate.key_id()],
            sequence: 4,
            part: Part::WHOLE,
            created_at: now(),
            redaction: "default".to_owned(),
            device: None,
        }
    }

    /// What the server makes of an archive with this head, sealed for it by the client's key.
    fn unpacked(&self, head: &ManifestHead) -> Result<Unpacked, UnpackError> {
        let entry =
            EntrySource { name: "supplies.xml", kind: "supplies", schema: None, octets: b"<Supplies/>" };
        let zip = archive::write(head, &[entry], &Limits::default().archive).unwrap();
        let recipients = [self.server.certificate.clone()];
        let sealed =
            seal_octets(&zip, &self.client.as_signer(), &recipients, now(), &mut Counting(1)).unwrap();
        let expected = Expected {
            sender: "client-7",
            binding: SignerBinding::CommonName,
            transfer: Uuid::from_u128(2),
            part: Part::WHOLE,
        };
        unpack(&sealed, &self.server.as_recipient(), &self.authority.trust(), &expected, &Limits::default())
    }
}

#[test]
fn the_honest_one_is_taken() {
    let world = World::new();
    assert!(world.unpacked(&world.head()).is_ok());
}

#[test]
fn refuses_what_was_meant_for_another_server() {
    // A reader that turns on its clients: it decrypts, and encrypts the client's signed zip to another server.
    let world = World::new();
    let meant_for: KeyId = world.authority.recipient("first server").certificate.key_id();
    let error = world.unpacked(&ManifestHead { recipients: vec![meant_for], ..world.head() }).unwrap_err();
    assert!(matches!(error, UnpackError::Recipient), "{error}");
}

#[test]
fn refuses_an_archive_that_is_younger_than_its_signature() {
    let world = World::new();
    let created_at = now().plus(Duration::from_secs(1));
    let error = world.unpacked(&ManifestHead { created_at, ..world.head() }).unwrap_err();
    assert!(matches!(error, UnpackError::Time { .. }), "{error}");
}
