use super::exchange::SHORTEST_RETRY;
use super::*;
use crate::document::{ProblemKind, names};
use crate::exchange::Answer;
use crate::next_step::NextStep;
use crate::registration_key::SpkiPin;
use crate::{certs_only, p256_key};
use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, Issuer, KeyPair};
use remote_services_core::time::Timestamp;

struct Authority {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

impl Authority {
    fn issue(&self, request: &[u8], common_name: &str) -> Vec<u8> {
        let mut request = CertificateSigningRequestParams::from_der(&request.to_vec().into()).unwrap();
        request.params.distinguished_name = rcgen::DistinguishedName::new();
        request.params.distinguished_name.push(DnType::CommonName, common_name);
        request.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}

fn key(seed: u8) -> ClientKey {
    p256_key::fixed(seed)
}

fn answer(status: u16, certificates: &[&[u8]]) -> Answer {
    Answer { status, fields: Vec::new(), body: certs_only::write(certificates).into_bytes() }
}

const NAME: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn a_certificate_for_our_key_is_taken_with_its_name() {
    let (authority, key) = (authority(), key(1));
    // rcgen checks the request's signature before it issues, so this also shows that ours holds.
    let issued = authority.issue(&key.certification_request().unwrap(), NAME);
    for certificates in [[&issued, &authority.certificate], [&authority.certificate, &issued]] {
        let outcome = judge(&answer(200, &[certificates[0], certificates[1]]), &key).unwrap();
        let EnrolOutcome::Issued(client, chain) = outcome else { panic!("not issued") };
        assert_eq!(client.to_string(), NAME);
        assert_eq!(chain, [issued.clone(), authority.certificate.clone()]);
    }
}

#[test]
fn a_certificate_for_another_key_or_without_a_name_is_refused() {
    let authority = authority();
    let others = authority.issue(&key(2).certification_request().unwrap(), NAME);
    assert!(matches!(judge(&answer(200, &[&others]), &key(1)), Err(EnrolError::WrongKey)));
    let nameless = authority.issue(&key(1).certification_request().unwrap(), "printer");
    assert!(matches!(judge(&answer(200, &[&nameless]), &key(1)), Err(EnrolError::NoName)));
}

#[test]
fn anchors_must_fit_the_pin() {
    let (right, wrong) = (authority(), authority());
    let pin = SpkiPin::of_certificate(&right.certificate).unwrap();
    let both = answer(200, &[&right.certificate, &wrong.certificate]);
    assert_eq!(TrustAnchors::from_cacerts(&both, pin).unwrap().certificates(), [right.certificate]);
    let only_wrong = answer(200, &[&wrong.certificate]);
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
