//! Directory, enrolment and renewal against their pictures.
use super::drawn::{answered, arrow, compare, drawn};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use remote_services_core::time::Timestamp;
use remote_services_transport::certs_only;
use remote_services_transport::directory::DirectoryCache;
use remote_services_transport::document::{Problem, ProblemKind, names};
use remote_services_transport::enrol::{
    ClientKey, EnrolError, EnrolOutcome, Issuers, TrustAnchors, judge, judge_renewal, renew_at, validity,
};
use remote_services_transport::exchange::Answer;
use remote_services_transport::registration_key::SpkiPin;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const COMPARED: &[&str] = &["Directory", "Enrolment", "Renewal"];

const SMALL: &[u8] = br#"{"serverTime":"2026-11-22T10:00:00Z"}"#;
const FOREIGN: &[u8] = br#"{"serverTime":"2026-11-22T10:00:00Z","urls":{"upload":"//other.test/u"}}"#;

#[test]
fn the_picture_of_the_directory_has_every_step_of_the_code_and_no_other() {
    let bodies: &[&str] = &["directory", "foreign", "unreadable"];
    let variants = BTreeMap::from([("nothing", bodies), ("known", bodies)]);
    let answer = |status, body: &str, etag: &str| Answer {
        status,
        fields: vec![("etag".to_owned(), etag.to_owned())],
        body: match body {
            "directory" => SMALL.to_vec(),
            "foreign" => FOREIGN.to_vec(),
            _ => b"<html>".to_vec(),
        },
    };
    // The tag shows which of them is kept.
    let tag = |cache: &DirectoryCache| cache.request().fields.iter().any(|(_, value)| value == "\"new\"");
    let coded = answered(&variants, |from, status, body| {
        let mut cache = DirectoryCache::default();
        if from == "known" {
            cache.handle(&answer(200, "directory", "\"old\"")).unwrap();
        }
        let known = cache.get().is_some();
        let result = cache.handle(&answer(status, body, "\"new\"")).is_ok();
        Some(match (result, tag(&cache)) {
            (true, true) => "known".to_owned(),
            (true, false) => "unchanged".to_owned(),
            (false, changed) => {
                assert!(!changed && cache.get().is_some() == known, "what was known stays");
                "error".to_owned()
            }
        })
    });
    compare("Directory", &drawn("Directory", &variants), &coded);
}

/// An authority and certificates that it could answer with.
struct Certificates {
    key: ClientKey,
    authority: Vec<u8>,
    bodies: BTreeMap<&'static str, Vec<u8>>,
}

const OWN: &str = "00000000-0000-0000-0000-000000000007";
const ANOTHER: &str = "00000000-0000-0000-0000-000000000008";
const ANSWERED: &[&str] = &[
    "certificate",
    "early",
    "anothers-name",
    "anothers-key",
    "nameless",
    "unusable",
    "unreadable",
    "problem",
];
const TRIED_OUT: &[&str] = &["directory", "problem", "another"];
const ISSUED: &[&str] =
    &["certificate", "early", "anothers-name", "anothers-key", "nameless", "unusable", "unreadable"];
/// What time it is, and when an early certificate begins to be valid.
const NOW: &str = "2026-11-22T10:00:00Z";
const EARLY: Duration = Duration::from_secs(50 * 60);

fn certificates() -> Certificates {
    let key_pair = KeyPair::generate().unwrap();
    let key = ClientKey::from_pkcs8(&key_pair.serialize_der()).unwrap();
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap().der().to_vec();
    let stranger = Issuer::new(params.clone(), KeyPair::generate().unwrap());
    let issuer = Issuer::new(params, authority_key);
    let issued_by = |issuer: &Issuer<'_, KeyPair>, name: &str, key: &KeyPair, begins: Option<Duration>| {
        let mut params = CertificateParams::default();
        params.not_before = begins.map_or(params.not_before, |begins| {
            let now: Timestamp = NOW.parse().unwrap();
            rcgen::date_time_ymd(1970, 1, 1) + now.plus(begins).since(Timestamp::from_unix_seconds(0))
        });
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        certs_only::write(&[params.signed_by(key, issuer).unwrap().der()]).into_bytes()
    };
    let issue = |name: &str, key: &KeyPair| issued_by(&issuer, name, key, None);
    let bodies = BTreeMap::from([
        ("certificate", issue(OWN, &key_pair)),
        ("early", issued_by(&issuer, OWN, &key_pair, Some(EARLY))),
        ("anothers-name", issue(ANOTHER, &key_pair)),
        ("anothers-key", issue(OWN, &KeyPair::generate().unwrap())),
        ("nameless", issue("printer", &key_pair)),
        ("unusable", issued_by(&stranger, OWN, &key_pair, None)),
        ("unreadable", b"<html>".to_vec()),
        ("problem", serde_json::to_vec(&Problem::new(ProblemKind::RegistrationKey, "used")).unwrap()),
        ("fits", certs_only::write(&[&authority]).into_bytes()),
        ("none-fits", issue("printer", &KeyPair::generate().unwrap())),
    ]);
    Certificates { key, authority, bodies }
}

impl Certificates {
    fn judged<T>(&self, judge: impl FnOnce(&Issuers<'_>) -> T) -> T {
        let anchors = TrustAnchors::from_stored(vec![self.authority.clone()]);
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        let now = NOW.parse().unwrap();
        judge(&Issuers { anchors: &anchors, between: &[], algorithms, now })
    }
}

fn bounded(wait: Duration) {
    assert!(wait >= Duration::from_secs(5) && wait <= Duration::from_secs(3600));
}

#[test]
fn the_picture_of_enrolment_has_every_step_of_the_code_and_no_other() {
    let with = certificates();
    let pin = SpkiPin::of_certificate(&with.authority).unwrap();
    let variants: BTreeMap<&str, &[&str]> =
        BTreeMap::from([("key", &["fits", "none-fits", "unreadable"][..]), ("anchors", ANSWERED)]);
    let mut waits = false;
    let mut coded = answered(&variants, |from, status, body| {
        let kind = if body == "problem" { names::PROBLEM_JSON } else { names::PKCS7_CERTS_ONLY };
        let fields = vec![("content-type".to_owned(), kind.to_owned())];
        let answer = Answer { status, fields, body: with.bodies[body].clone() };
        let to = match from {
            "key" => match TrustAnchors::from_cacerts(&answer, pin) {
                Ok(_) => "anchors",
                Err(EnrolError::WrongAnchor) => "somebodyInBetween",
                Err(_) => "failed",
            },
            _ => match with.judged(|by| judge(&answer, &with.key, by)) {
                Ok(EnrolOutcome::Issued(..) | EnrolOutcome::IssuedEarly(..)) => "issued",
                Ok(EnrolOutcome::AskAgain(wait)) => {
                    bounded(wait);
                    waits = true;
                    "waiting"
                }
                Err(EnrolError::KeyRefused(_)) => "keyRefused",
                Err(_) => "failed",
            },
        };
        Some(to.to_owned())
    });
    // Who is told to ask again asks the same, with the anchors that were found.
    coded.extend(waits.then(|| arrow("waiting", "Retry-After", "anchors")));
    compare("Enrolment", &drawn("Enrolment", &variants), &coded);
}

#[test]
fn the_picture_of_renewal_has_every_step_of_the_code_and_no_other() {
    let with = certificates();
    let variants: BTreeMap<&str, &[&str]> = BTreeMap::from([("asking", ISSUED), ("issued", TRIED_OUT)]);
    let (mut waits, mut aside) = (false, false);
    let mut coded = answered(&variants, |from, status, body| {
        if from == "issued" {
            let (media_type, body) = match body {
                "directory" => (names::JSON, SMALL),
                "problem" => (names::PROBLEM_JSON, &b"{}"[..]),
                _ => ("text/html", &b"<html>"[..]),
            };
            let fields = vec![("content-type".to_owned(), media_type.to_owned())];
            let answer = Answer { status, fields, body: body.to_vec() };
            let to = match DirectoryCache::default().try_out(&answer) {
                Ok(_) => "renewed",
                Err(error) if error.refuses_the_client() => "failed",
                Err(_) => "untried",
            };
            return Some(to.to_owned());
        }
        let answer = Answer { status, body: with.bodies[body].clone(), ..Answer::default() };
        let to = match with.judged(|by| judge_renewal(&answer, &with.key, OWN.parse().unwrap(), by)) {
            Ok(EnrolOutcome::Issued(client, _)) => {
                assert_eq!(client.to_string(), OWN);
                "issued"
            }
            Ok(EnrolOutcome::IssuedEarly(client, _, wait)) => {
                assert_eq!((client.to_string().as_str(), wait), (OWN, EARLY));
                aside = true;
                "aside"
            }
            Ok(EnrolOutcome::AskAgain(wait)) => {
                bounded(wait);
                waits = true;
                "waiting"
            }
            Err(_) => "failed",
        };
        Some(to.to_owned())
    });
    coded.extend(waits.then(|| arrow("waiting", "Retry-After", "asking")));
    coded.extend(aside.then(|| arrow("aside", "valid", "issued")));
    // From two thirds of the lifetime to seven ninths, by the number that is drawn.
    let (from, until) = validity(&with.authority).unwrap();
    let lifetime = until.since(from);
    let early = |share: Duration| from.plus(share);
    for (random, share) in [(0, lifetime / 3 * 2), (u32::MAX, lifetime / 3 * 2 + lifetime / 9)] {
        let due = renew_at(from, until, random);
        assert!(due.since(early(share)).max(early(share).since(due)) < Duration::from_secs(2));
        coded.insert(arrow("certificate", if random == 0 { "two-thirds" } else { "seven-ninths" }, "asking"));
    }
    // The certificate that is there is used as long as no other one is.
    coded.insert(arrow("asking", "no-answer", "certificate"));
    // Which of these two it is, the error says; see the tests of `try_out`.
    for (event, to) in [("no-answer", "untried"), ("refused-by-TLS", "failed")] {
        coded.insert(arrow("issued", event, to));
    }
    coded.insert(arrow("untried", "back-off", "issued"));
    compare("Renewal", &drawn("Renewal", &variants), &coded);
}
