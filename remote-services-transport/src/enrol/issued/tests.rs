#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use super::*;
use crate::certs_only;
use crate::enrol::{EnrolOutcome, judge, judge_renewal};
use crate::exchange::Answer;
use crate::p256_key;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

const NAME: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// So many days from [`now`].
fn day(days: i64) -> Timestamp {
    Timestamp::from_unix_seconds(now().unix_seconds() + days * 86_400)
}

struct Authority {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str, (from, until): (Timestamp, Timestamp)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let date = |moment: Timestamp| {
        let start = rcgen::date_time_ymd(1970, 1, 1);
        start + Duration::from_millis(u64::try_from(moment.unix_millis()).unwrap())
    };
    (params.not_before, params.not_after) = (date(from), date(until));
    params
}

fn authority_of(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = params(name, (day(-3650), day(3650)));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params, KeyPair::generate().unwrap())
}

fn authority(name: &str) -> Authority {
    let (params, key) = authority_of(name);
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

impl Authority {
    /// An authority that this one vouches for.
    fn below(&self, name: &str) -> Self {
        let (params, key) = authority_of(name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A certificate of a client, valid for ten days before and eighty from [`now`] on, changed by `bend`.
    fn issue(&self, key: &ClientKey, bend: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        // rcgen checks the request's signature before it issues, so this also shows that ours holds.
        let request = key.certification_request().unwrap();
        let mut request = CertificateSigningRequestParams::from_der(&request.into()).unwrap();
        request.params = params(NAME, (day(-10), day(80)));
        bend(&mut request.params);
        request.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_stored(vec![self.certificate.clone()])
    }
}

fn between(from: Timestamp, until: Timestamp) -> impl FnOnce(&mut CertificateParams) {
    let dates = params(NAME, (from, until));
    move |params| (params.not_before, params.not_after) = (dates.not_before, dates.not_after)
}

fn answer(certificates: &[&[u8]]) -> Answer {
    Answer { status: 200, fields: Vec::new(), body: certs_only::write(certificates).into_bytes() }
}

/// The chain, if the answer is taken by who trusts `anchors` and has the present chain `between`.
fn judged(
    answer: &Answer,
    key: &ClientKey,
    anchors: &TrustAnchors,
    between: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, EnrolError> {
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    let by = Issuers { anchors, between, algorithms, now: now() };
    match judge(answer, key, &by)? {
        EnrolOutcome::Issued(client, chain) => {
            assert_eq!(client.to_string(), NAME);
            Ok(chain)
        }
        EnrolOutcome::IssuedEarly(_, _, wait) => panic!("valid in {wait:?}"),
        EnrolOutcome::AskAgain(_) => panic!("not decided"),
    }
}

fn verdict(issued: &[u8], key: &ClientKey, anchors: &TrustAnchors) -> Result<(), EnrolError> {
    judged(&answer(&[issued]), key, anchors, &[]).map(drop)
}

#[test]
fn a_certificate_for_our_key_is_taken_with_its_name() {
    let (authority, key) = (authority("ours"), p256_key::fixed(1));
    let issued = authority.issue(&key, |_| {});
    for certificates in [[&issued, &authority.certificate], [&authority.certificate, &issued]] {
        let chain = judged(&answer(&[certificates[0], certificates[1]]), &key, &authority.anchors(), &[]);
        assert_eq!(chain.unwrap(), [issued.clone(), authority.certificate.clone()]);
    }
}

#[test]
fn each_certificate_that_the_server_would_not_accept_later_is_refused_by_its_own_error() {
    let (ours, key) = (authority("ours"), p256_key::fixed(1));
    let anchors = ours.anchors();
    let verdict = |issued: &[u8]| verdict(issued, &key, &anchors);
    let usual = |_: &mut CertificateParams| {};
    assert_eq!(verdict(&ours.issue(&key, usual)), Ok(()));

    assert_eq!(verdict(&authority("theirs").issue(&key, usual)), Err(EnrolError::UnknownIssuer));
    // Another authority of the same name, or a forger.
    assert_eq!(verdict(&authority("ours").issue(&key, usual)), Err(EnrolError::BadSignature));
    let expired = EnrolError::Expired { ended: day(-1), now: now() };
    assert_eq!(verdict(&ours.issue(&key, between(day(-90), day(-1)))), Err(expired));
    let early = EnrolError::NotYetValid { begins: day(30), now: now() };
    assert_eq!(verdict(&ours.issue(&key, between(day(30), day(90)))), Err(early));
    let for_servers = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(verdict(&ours.issue(&key, for_servers)), Err(EnrolError::WrongPurpose));
    let agrees = |params: &mut CertificateParams| params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    assert_eq!(verdict(&ours.issue(&key, agrees)), Err(EnrolError::WrongKeyUsage));
    let of_an_authority = |params: &mut CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    assert_eq!(verdict(&ours.issue(&key, of_an_authority)), Err(EnrolError::OfAnAuthority));
    let critical = |params: &mut CertificateParams| {
        let mut unknown =
            rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 32_473, 1], vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions = vec![unknown];
    };
    assert!(
        matches!(verdict(&ours.issue(&key, critical)), Err(EnrolError::Unacceptable(why)) if why.contains("critical"))
    );
    let named =
        |params: &mut CertificateParams| params.distinguished_name.push(DnType::CommonName, "printer");
    assert_eq!(verdict(&ours.issue(&key, named)), Err(EnrolError::NoName));
    assert_eq!(verdict(&ours.issue(&p256_key::fixed(2), usual)), Err(EnrolError::WrongKey));

    let both = |params: &mut CertificateParams| {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(verdict(&ours.issue(&key, both)), Ok(()));
}

#[test]
fn a_renewed_certificate_is_for_the_same_client() {
    let (ours, key) = (authority("ours"), p256_key::fixed(1));
    let (answer, anchors) = (answer(&[&ours.issue(&key, |_| {})]), ours.anchors());
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    let by = Issuers { anchors: &anchors, between: &[], algorithms, now: now() };
    assert!(matches!(judge_renewal(&answer, &key, NAME.parse().unwrap(), &by), Ok(EnrolOutcome::Issued(..))));
    assert!(matches!(judge_renewal(&answer, &key, Uuid::nil(), &by), Err(EnrolError::WrongName)));
}

#[test]
fn the_time_is_that_of_the_answer_and_who_issues_may_be_an_hour_ahead_of_it() {
    let (ours, key) = (authority("ours"), p256_key::fixed(1));
    let anchors = ours.anchors();
    let minute = Duration::from_secs(60);
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    let by = Issuers { anchors: &anchors, between: &[], algorithms, now: now() };
    for (ahead, taken) in [(0, true), (5, true), (60, true), (61, false)] {
        let ahead = ahead * minute;
        let issued = ours.issue(&key, between(now().plus(ahead), day(90)));
        let early = match judge(&answer(&[&issued]), &key, &by) {
            Ok(EnrolOutcome::IssuedEarly(_, chain, wait)) => {
                assert_eq!(chain, [issued]);
                Some(wait)
            }
            Ok(EnrolOutcome::Issued(..)) => Some(Duration::ZERO),
            _ => None,
        };
        assert_eq!(early, taken.then_some(ahead), "it is of use after that wait");
    }
    // This host's clock is three months late, or ahead.
    for (from, until) in [(day(92), day(182)), (day(-182), day(-92))] {
        let mut answer = answer(&[&ours.issue(&key, between(from, until))]);
        assert!(judged(&answer, &key, &anchors, &[]).is_err());
        let date =
            if from > now() { "Wed, 02 Sep 2026 00:00:00 GMT" } else { "Sun, 01 Feb 2026 00:00:00 GMT" };
        answer.fields.push(("date".to_owned(), date.to_owned()));
        assert!(judged(&answer, &key, &anchors, &[]).is_ok(), "{date}");
    }
}

#[test]
fn of_several_certificates_for_our_key_the_one_is_taken_that_can_be_used_and_ends_last() {
    let (ours, key) = (authority("ours"), p256_key::fixed(1));
    let good = |days| ours.issue(&key, between(day(-10), day(days)));
    let expired = ours.issue(&key, between(day(-90), day(-1)));
    let foreign = authority("theirs").issue(&key, between(day(-10), day(900)));
    let (short, long) = (good(20), good(80));
    let all: [&[u8]; 4] = [&short, &expired, &foreign, &long];
    for turn in 0..all.len() {
        let mut turned = all;
        turned.rotate_left(turn);
        let chain = judged(&answer(&turned), &key, &ours.anchors(), &[]).unwrap();
        assert_eq!(
            chain,
            std::slice::from_ref(&long),
            "the others are none over which it leads to an anchor"
        );
    }
    assert!(matches!(
        judged(&answer(&[&expired, &foreign]), &key, &ours.anchors(), &[]),
        Err(EnrolError::UnknownIssuer)
    ));
}

#[test]
fn what_lies_between_may_come_with_the_certificate_or_the_anchors_or_be_that_of_the_present_chain() {
    let (root, key) = (authority("root"), p256_key::fixed(1));
    let middle = root.below("middle");
    let issued = middle.issue(&key, |_| {});
    let (alone, whole) = (answer(&[&issued]), [issued.clone(), middle.certificate.clone()]);
    assert_eq!(judged(&alone, &key, &root.anchors(), &[]), Err(EnrolError::UnknownIssuer));
    let both = answer(&[&issued, &middle.certificate]);
    assert_eq!(judged(&both, &key, &root.anchors(), &[]).unwrap(), whole);
    let present = [middle.certificate.clone()];
    assert_eq!(judged(&alone, &key, &root.anchors(), &present).unwrap(), whole);
    let pin = SpkiPin::of_certificate(&root.certificate).unwrap();
    let with = TrustAnchors::from_cacerts(&answer(&[&middle.certificate, &root.certificate]), pin).unwrap();
    assert_eq!(with.certificates(), std::slice::from_ref(&root.certificate));
    assert_eq!(judged(&alone, &key, &with, &[]).unwrap(), whole);
    // An authority that takes another's place shows a certificate by that one.
    let next = authority_of("next");
    let crossed = next.0.signed_by(&next.1, &root.issuer).unwrap().der().to_vec();
    let next = Authority { certificate: crossed, issuer: Issuer::new(next.0, next.1) };
    let renewed = next.issue(&key, |_| {});
    assert!(judged(&answer(&[&renewed, &next.certificate]), &key, &root.anchors(), &[]).is_ok());
    assert_eq!(judged(&answer(&[&renewed]), &key, &root.anchors(), &present), Err(EnrolError::UnknownIssuer));
}
