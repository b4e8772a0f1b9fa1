//! Kinds that need consent are sealed with the proof of it, and without it by no road.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_core::consent::{Consent, ConsentFault, ConsentScope, Consents, Permit};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{self, EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{Limits, PackError, pack, seal_message};
use remote_services_payload::kind::PayloadKind;
use remote_services_payload::seal::SealError;
use support::{Authority, Counting, now};

const NEEDING: [(&str, ConsentScope); 4] = [
    ("jobAccounting", ConsentScope::JobAccounting),
    ("printControl", ConsentScope::PrintControl),
    ("engineering", ConsentScope::Engineering),
    ("jobReproduction", ConsentScope::JobReproduction),
];

fn hours(hours: i64) -> Timestamp {
    Timestamp::from_unix_seconds(now().unix_seconds() + hours * 3600)
}

fn consent(scopes: &[ConsentScope]) -> Consent {
    Consent {
        id: Uuid::from_u128(1),
        given_by: "Ada Lovelace".into(),
        given_at: hours(-2),
        scopes: scopes.to_vec(),
        devices: Vec::new(),
        until: Some(hours(2)),
        text: scopes[0].statement().into(),
        revocation: None,
    }
}

fn recorded(consent: Consent) -> Consents {
    Consents::try_from(vec![consent]).unwrap()
}

fn permit<'a>(consents: &'a Consents, scope: &ConsentScope) -> Permit<'a> {
    consents.permit(scope, Some("printer-1"), now(), SecurityMode::Normal).unwrap()
}

fn head() -> ManifestHead {
    ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client-7".to_owned(),
        recipients: Vec::new(),
        sequence: 4,
        part: Part::WHOLE,
        created_at: now(),
        redaction: "default".to_owned(),
        device: Some("printer-1".to_owned()),
    }
}

fn seal(head: ManifestHead, kind: &str, permits: &[Permit<'_>]) -> Result<Vec<u8>, PackError> {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let entries = [
        EntrySource { name: "supplies.xml", kind: "supplies", schema: None, octets: b"<Supplies/>" },
        EntrySource { name: "x.xml", kind, schema: None, octets: b"<X/>" },
    ];
    let recipients = [server.certificate];
    pack(head, &entries, permits, &client.as_signer(), &recipients, &Limits::default(), &mut Counting(1))
}

fn refused(result: Result<Vec<u8>, PackError>, kind: &str) -> ConsentFault {
    match result.unwrap_err() {
        PackError::Consent(refusal) => {
            assert_eq!(refusal.kind, kind);
            assert!(refusal.to_string().contains(kind), "{refusal}");
            refusal.fault
        }
        other => panic!("{other}"),
    }
}

#[test]
fn without_a_permit_no_kind_that_needs_one_is_sealed() {
    for (kind, _) in NEEDING {
        assert_eq!(refused(seal(head(), kind, &[]), kind), ConsentFault::NotRecorded);
    }
    assert!(seal(head(), "counters", &[]).is_ok());
}

#[test]
fn a_document_under_the_label_of_another_kind_needs_the_permit_of_its_own() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let recipients = [server.certificate];
    let pack = |schema: Option<&str>, octets: &[u8]| {
        let entries = [EntrySource { name: "status.xml", kind: "status", schema, octets }];
        let signer = client.as_signer();
        pack(head(), &entries, &[], &signer, &recipients, &Limits::default(), &mut Counting(1))
    };
    for kind in PayloadKind::ALL.iter().filter(|kind| kind.needs_consent()) {
        let namespace = kind.namespace();
        let document = format!("<?xml version=\"1.0\"?><{} xmlns=\"{namespace}\"/>", kind.root());
        let fault = refused(pack(None, document.as_bytes()), kind.label());
        assert_eq!(fault, ConsentFault::NotRecorded);
        assert_eq!(refused(pack(Some(namespace), b"<Status/>"), kind.label()), ConsentFault::NotRecorded);
        let hidden = namespace.replace("urn", "&#117;rn");
        let (comment, blanks) = (format!("\u{FEFF}<!-- {} -->", "x".repeat(100_000)), " ".repeat(100_000));
        for beginning in ["\u{FEFF}", " ", &comment, &blanks] {
            let document = format!("{beginning}<a:{} b='1' xmlns:a='{hidden}'/>", kind.root());
            let fault = refused(pack(None, document.as_bytes()), kind.label());
            assert_eq!(fault, ConsentFault::NotRecorded, "{hidden}");
        }
    }
    let status = format!("<Status xmlns=\"{}\"/>", PayloadKind::Status.namespace());
    assert!(pack(None, status.as_bytes()).is_ok());
}

#[test]
fn nothing_is_sealed_past_the_question() {
    let entry = EntrySource { name: "a.xml", kind: "jobAccounting", schema: None, octets: b"<a/>" };
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let recipients = [server.certificate];
    let head = ManifestHead { recipients: vec![recipients[0].key_id()], ..head() };
    let zip = archive::write(&head, &[entry], &Limits::default().archive).unwrap();
    let sealed = seal_message(&zip, &client.as_signer(), &recipients, now(), &mut Counting(1));
    assert!(matches!(sealed, Err(SealError::Archive)));
    for kind in PayloadKind::ALL.iter().filter(|kind| kind.needs_consent()) {
        let document = format!("<!--{}--><a:b xmlns:a='urn:remote-services:{kind}:2'/>", "x".repeat(70_000));
        let sealed =
            seal_message(document.as_bytes(), &client.as_signer(), &recipients, now(), &mut Counting(1));
        assert!(
            matches!(sealed, Err(SealError::NeedsConsent { kind: found }) if found == kind.label()),
            "{kind}"
        );
    }
}

#[test]
fn a_permit_opens_its_own_kind_and_no_other() {
    for (kind, scope) in NEEDING {
        let consents = recorded(consent(std::slice::from_ref(&scope)));
        let permits = [permit(&consents, &scope)];
        assert!(seal(head(), kind, &permits).is_ok(), "{kind}");
        for (other, _) in NEEDING.iter().filter(|(other, _)| *other != kind) {
            assert_eq!(refused(seal(head(), other, &permits), other), ConsentFault::NotRecorded);
        }
    }
}

#[test]
fn the_time_and_the_device_of_the_sealing_count() {
    let scope = ConsentScope::JobAccounting;
    let consents =
        recorded(Consent { devices: vec!["printer-1".into()], ..consent(std::slice::from_ref(&scope)) });
    let permits = [permit(&consents, &scope)];
    let at = |created_at| ManifestHead { created_at, ..head() };
    let fault = |head| refused(seal(head, "jobAccounting", &permits), "jobAccounting");
    assert_eq!(fault(at(hours(2))), ConsentFault::Expired { until: hours(2) });
    assert_eq!(fault(at(hours(-3))), ConsentFault::NotYet { from: hours(-2) });
    for device in [None, Some("printer-2".to_owned())] {
        assert_eq!(fault(ManifestHead { device, ..head() }), ConsentFault::OtherDevices);
    }
}

#[test]
fn what_was_redacted_for_lockdown_is_sealed_with_no_kind_that_needs_consent() {
    let scope = ConsentScope::Engineering;
    let consents = recorded(consent(std::slice::from_ref(&scope)));
    let permits = [permit(&consents, &scope)];
    for label in ["lockdown", "strict-lockdown", "custom.acme-lockdown"] {
        let head = ManifestHead { redaction: label.to_owned(), ..head() };
        assert_eq!(
            refused(seal(head, "engineering", &permits), "engineering"),
            ConsentFault::Lockdown,
            "{label}"
        );
    }
    assert!(consents.permit(&scope, None, now(), SecurityMode::Lockdown).is_err());
}

#[test]
fn a_kind_that_nobody_knows_is_not_sealed() {
    assert_eq!(refused(seal(head(), "diary", &[]), "diary"), ConsentFault::UnknownKind);
}

#[test]
fn every_kind_of_document_is_known_to_need_consent_or_not() {
    for kind in PayloadKind::ALL {
        let scope = ConsentScope::of_kind(kind.label()).unwrap();
        let listed =
            NEEDING.iter().find(|(needing, _)| *needing == kind.label()).map(|(_, scope)| scope.clone());
        assert_eq!(scope, listed, "{kind}");
    }
}
