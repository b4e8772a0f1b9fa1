use super::exchange::SHORTEST_RETRY;
use super::{ClientKey, EnrolError, EnrolOutcome, Issuers, TrustAnchors, renew_at};
use crate::document::{ProblemKind, names};
use crate::exchange::Answer;
use crate::next_step::NextStep;
use crate::registration_key::SpkiPin;
use crate::{certs_only, p256_key};
use rcgen::{CertificateParams, KeyPair};
use remote_services_core::time::Timestamp;

/// The certificate of an authority.
fn authority() -> Vec<u8> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn key(seed: u8) -> ClientKey {
    p256_key::fixed(seed)
}

fn answer(status: u16, certificates: &[&[u8]]) -> Answer {
    Answer { status, fields: Vec::new(), body: certs_only::write(certificates).into_bytes() }
}

/// What none of these answers comes to be judged by.
fn judge(answer: &Answer, key: &ClientKey) -> Result<EnrolOutcome, EnrolError> {
    let anchors = TrustAnchors::from_stored(Vec::new());
    let by = Issuers { anchors: &anchors, between: &[], algorithms: &[], now: Timestamp::default() };
    super::judge(answer, key, &by)
}

#[test]
fn anchors_must_fit_the_pin() {
    let (right, wrong) = (authority(), authority());
    let pin = SpkiPin::of_certificate(&right).unwrap();
    let both = answer(200, &[&right, &wrong]);
    assert_eq!(TrustAnchors::from_cacerts(&both, pin).unwrap().certificates(), [right]);
    let only_wrong = answer(200, &[&wrong]);
    assert_eq!(TrustAnchors::from_cacerts(&only_wrong, pin), Err(EnrolError::WrongAnchor));
    assert!(matches!(TrustAnchors::from_cacerts(&answer(503, &[]), pin), Err(EnrolError::Status { .. })));
}

#[test]
fn each_answer_has_its_own_meaning() {
    let waiting = Answer { fields: vec![("retry-after".into(), "1".into())], ..answer(202, &[]) };
    assert!(matches!(judge(&waiting, &key(1)), Ok(EnrolOutcome::AskAgain(wait)) if wait == SHORTEST_RETRY));
    for status in [401, 403] {
        let said = |body: &str| Answer {
            fields: vec![("content-type".into(), names::PROBLEM_JSON.into())],
            body: body.as_bytes().to_vec(),
            ..answer(status, &[])
        };
        let used = format!(r#"{{"type":"{}","detail":"used"}}"#, ProblemKind::RegistrationKey.uri());
        assert!(matches!(judge(&said(&used), &key(1)), Err(EnrolError::KeyRefused(_))));
        // What a gateway says, with and without a document.
        for other in [said("{}"), said("<html>"), answer(status, &[])] {
            let judged = judge(&other, &key(1));
            assert!(matches!(judged, Err(EnrolError::Status { step: NextStep::Trust, .. })), "{status}");
        }
    }
    assert!(matches!(
        judge(&answer(503, &[]), &key(1)),
        Err(EnrolError::Status { step: NextStep::BackOff, .. })
    ));
}

#[test]
fn a_key_survives_being_stored() {
    let key = key(7);
    let again = ClientKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.public_spki(), key.public_spki());
    assert!(ClientKey::from_pkcs8(b"junk").is_err());
    // The other modules draw their keys themselves.
    if ClientKey::module().0 == "RustCrypto" {
        assert!(matches!(ClientKey::generate(&mut |octets| octets.fill(0)), Err(EnrolError::Randomness)));
    }
}

#[test]
fn renewal_falls_between_two_thirds_and_seven_ninths() {
    let (start, end) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(90));
    assert_eq!(renew_at(start, end, 0).unix_seconds(), 60);
    assert_eq!(renew_at(start, end, u32::MAX).unix_seconds(), 70);
}
