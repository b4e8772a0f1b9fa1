//! Every layer of a sealed container, octet by octet.

use crate::support::{Authority, Counting, now};
use remote_services_core::consent::{Consent, ConsentScope, Consents, Permit};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::Redaction;
use remote_services_payload::archive::{EntrySource, MANIFEST_NAME, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{Expected, Limits, SignerBinding, pack, require_consent, unpack};
use remote_services_payload::kind::Encoded;

/// A consent of the whole site to everything.
pub(crate) fn consents() -> Consents {
    let scopes = [
        ConsentScope::JobAccounting,
        ConsentScope::PrintControl,
        ConsentScope::Engineering,
        ConsentScope::JobReproduction,
        ConsentScope::PersonalDetails,
    ];
    let consent = Consent {
        id: Uuid::from_u128(1),
        given_by: "Ada Lovelace".into(),
        given_at: now(),
        scopes: scopes.to_vec(),
        devices: Vec::new(),
        until: None,
        text: "all of it".into(),
        revocation: None,
    };
    Consents::try_from(vec![consent]).unwrap()
}

pub(crate) fn permits<'a>(consents: &'a Consents, scopes: &[ConsentScope]) -> Vec<Permit<'a>> {
    let permit = |scope| consents.permit(scope, None, now(), SecurityMode::Normal).unwrap();
    scopes.iter().map(permit).collect()
}

/// Seals, opens, and hands every octet of every layer to `check`.
pub(crate) fn each_layer(redaction: &Redaction, documents: &[Encoded], check: &dyn Fn(&str, &[u8])) {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let head = ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client-7".to_owned(),
        recipients: Vec::new(),
        sequence: 1,
        part: Part::WHOLE,
        created_at: now(),
        redaction: redaction.label().into_owned(),
        device: Some("printer-1".to_owned()),
    };
    let consents = consents();
    let all = permits(&consents, &consents.records()[0].scopes);
    // in lockdown there is no way to seal the others
    let sealed: Vec<_> =
        documents.iter().filter(|it| require_consent(&head, it.kind.label(), &all).is_ok()).collect();
    assert_eq!(sealed.len(), if redaction.label().contains("lockdown") { 8 } else { 11 });
    let entries: Vec<_> = sealed
        .iter()
        .map(|document| EntrySource {
            name: document.name(),
            kind: document.kind.label(),
            schema: Some(document.kind.namespace()),
            octets: &document.xml,
        })
        .collect();
    let recipients = [server.certificate.clone()];
    let limits = Limits::default();
    let container =
        pack(head, &entries, &all, &client.as_signer(), &recipients, &limits, &mut Counting(1)).unwrap();
    check("the container", &container);
    let expected = Expected {
        sender: "client-7",
        binding: SignerBinding::CommonName,
        transfer: Uuid::from_u128(2),
        part: Part::WHOLE,
    };
    let unpacked =
        unpack(&container, &server.as_recipient(), &authority.trust(), &expected, &limits).unwrap();
    check("the zip", unpacked.opened.content());
    let archive = unpacked.archive().unwrap();
    assert_eq!(archive.manifest().head.redaction, redaction.label());
    check(MANIFEST_NAME, &archive.manifest().to_xml().unwrap());
    assert_eq!(archive.manifest().entries.len(), sealed.len());
    for document in sealed {
        let entry = archive.read(document.name()).unwrap();
        assert_eq!(entry, document.xml, "what was previewed is what is sealed");
        check(document.name(), &entry);
    }
}
