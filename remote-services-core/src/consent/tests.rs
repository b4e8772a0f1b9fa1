use super::*;
use alloc::string::ToString;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn consent() -> Consent {
    Consent {
        id: Uuid::from_u128(7),
        given_by: "Ada Lovelace".into(),
        given_at: at(100),
        scopes: [ConsentScope::JobAccounting].to_vec(),
        devices: Vec::new(),
        until: Some(at(200)),
        text: ConsentScope::JobAccounting.statement().into(),
        revocation: None,
    }
}

fn recorded(consent: Consent) -> Consents {
    let mut consents = Consents::none();
    consents.add(consent).unwrap();
    consents
}

fn refused(consents: &Consents, scope: &ConsentScope, device: Option<&str>, time: i64) -> ConsentFault {
    consents.permit(scope, device, at(time), SecurityMode::Normal).unwrap_err().fault
}

#[test]
fn a_consent_covers_its_scope_from_its_beginning_to_its_end() {
    let consents = recorded(consent());
    let scope = ConsentScope::JobAccounting;
    for time in [100, 199] {
        let permit = consents.permit(&scope, None, at(time), SecurityMode::Normal).unwrap();
        assert_eq!((permit.scope(), permit.consent().id), (&scope, Uuid::from_u128(7)));
    }
    assert_eq!(refused(&consents, &scope, None, 99), ConsentFault::NotYet { from: at(100) });
    assert_eq!(refused(&consents, &scope, None, 200), ConsentFault::Expired { until: at(200) });
    assert_eq!(refused(&consents, &ConsentScope::PrintControl, None, 150), ConsentFault::NotRecorded);
}

#[test]
fn a_permit_is_checked_again_for_the_time_and_the_device_of_the_sealing() {
    let consents = recorded(Consent { devices: ["a".into()].to_vec(), ..consent() });
    let scope = ConsentScope::JobAccounting;
    let permit = consents.permit(&scope, Some("a"), at(150), SecurityMode::Normal).unwrap();
    assert_eq!(permit.check(Some("a"), at(199)), Ok(()));
    assert_eq!(permit.check(Some("b"), at(199)).unwrap_err().fault, ConsentFault::OtherDevices);
    assert_eq!(permit.check(Some("a"), at(200)).unwrap_err().fault, ConsentFault::Expired { until: at(200) });
    assert_eq!(refused(&consents, &scope, None, 150), ConsentFault::OtherDevices);
}

#[test]
fn what_was_revoked_counts_no_more() {
    let mut consents = recorded(consent());
    assert!(consents.revoke(Uuid::from_u128(7), "Ada Lovelace", at(150)));
    assert!(!consents.revoke(Uuid::from_u128(7), "Ada Lovelace", at(160)), "once is enough");
    assert!(!consents.revoke(Uuid::from_u128(8), "Ada Lovelace", at(160)), "there is none");
    let scope = ConsentScope::JobAccounting;
    assert_eq!(refused(&consents, &scope, None, 150), ConsentFault::Revoked { at: at(150) });
    assert!(consents.permit(&scope, None, at(149), SecurityMode::Normal).is_ok());
    let again = Consent { id: Uuid::from_u128(9), given_at: at(160), ..consent() };
    consents.add(again).unwrap();
    assert!(consents.permit(&scope, None, at(170), SecurityMode::Normal).is_ok());
}

#[test]
fn in_lockdown_no_consent_counts() {
    let consents = recorded(consent());
    let refusal =
        consents.permit(&ConsentScope::JobAccounting, None, at(150), SecurityMode::Lockdown).unwrap_err();
    assert_eq!(refusal.to_string(), "jobAccounting is never sent in lockdown");
}

#[test]
fn a_record_without_a_person_words_scope_or_duration_is_not_taken() {
    let mut consents = Consents::none();
    for (empty, why) in [
        (Consent { given_by: " ".into(), ..consent() }, ProvesNothing::NoPerson),
        (Consent { text: String::new(), ..consent() }, ProvesNothing::NoWords),
        (Consent { scopes: Vec::new(), ..consent() }, ProvesNothing::NoScope),
        (Consent { until: Some(at(100)), ..consent() }, ProvesNothing::NoTime),
    ] {
        assert_eq!(consents.add(empty), Err(why));
    }
    consents.add(consent()).unwrap();
    assert_eq!(consents.add(consent()), Err(ProvesNothing::SameId));
}

#[cfg(feature = "serde")]
#[test]
fn records_are_kept_as_json_and_checked_when_they_are_read() {
    let consents = recorded(consent());
    let text = serde_json::to_string(&consents).unwrap();
    assert!(text.contains("\"scopes\":[\"jobAccounting\"]"), "{text}");
    assert_eq!(serde_json::from_str::<Consents>(&text).unwrap(), consents);
    let nobody = text.replace("Ada Lovelace", "");
    let error = serde_json::from_str::<Consents>(&nobody).unwrap_err().to_string();
    assert!(error.contains("does not say who gave it"), "{error}");
}

#[test]
fn a_scope_that_is_not_known_allows_nothing() {
    let unlisted = ConsentScope::from_label("everything");
    let consents = recorded(Consent { scopes: [unlisted.clone()].to_vec(), ..consent() });
    assert_eq!(refused(&consents, &unlisted, None, 150), ConsentFault::UnknownKind);
    assert_eq!(refused(&consents, &ConsentScope::Engineering, None, 150), ConsentFault::NotRecorded);
    assert_eq!(ConsentScope::of_kind("everything").unwrap_err().fault, ConsentFault::UnknownKind);
}

#[test]
fn the_person_is_in_no_debug_output() {
    let mut consents = recorded(consent());
    consents.revoke(Uuid::from_u128(7), "Grace Hopper", at(150));
    let text = alloc::format!("{consents:?}");
    assert!(!text.contains("Ada") && !text.contains("Grace"), "{text}");
}
