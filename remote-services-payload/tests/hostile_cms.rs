//! Sealed containers made to cost or to confuse: memory stays within a small multiple of their length, work grows
//! with it and no faster, and each has an error of its own.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use allocation_counter::measure;
use rcgen::{CustomExtension, KeyPair, KeyUsagePurpose};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, CertificateError, ChainError, DerErrorKind, OpenError, OsRandom, SealLimits, Signer, open,
    open_in_place, sign, verify,
};
use support::der::Node;
use support::{Authority, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";

fn sealed(client: &Issued, server: &Issued) -> Vec<u8> {
    let recipients = core::slice::from_ref(&server.certificate);
    seal_message(CONTENT, &client.as_signer(), recipients, now(), &mut OsRandom).unwrap()
}

#[test]
fn lengths_that_promise_more_than_there_is_cost_nothing() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let (octets, trust) = (sealed(&client, &server), authority.trust());
    // Each two-octet length of the container, made as large as four octets can say.
    for at in (0..octets.len() - 3).filter(|at| octets[at + 1] == 0x82) {
        let mut huge = octets.clone();
        huge.splice(at + 1..at + 4, [0x84, 0xFF, 0xFF, 0xFF, 0xFF]);
        let mut outcome = None;
        let used = measure(|| {
            outcome = open(&huge, &server.as_recipient(), &trust, &SealLimits::default()).err();
        });
        assert!(outcome.is_some(), "octet {at}");
        assert!(used.bytes_max < 4 * octets.len() as u64 + 16_384, "octet {at}: {} octets", used.bytes_max);
    }
}

#[test]
fn nothing_nests_the_reader() {
    let authority = Authority::new("authority");
    let server = authority.recipient("server");
    // A hundred thousand SEQUENCEs inside each other, with the lengths of DER.
    let mut nest = Vec::new();
    for _ in 0..100_000 {
        let mut length: Vec<u8> =
            nest.len().to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
        if nest.len() >= 0x80 {
            length.insert(0, 0x80 | u8::try_from(length.len()).unwrap());
        } else {
            length = vec![u8::try_from(nest.len()).unwrap()];
        }
        // From the inside out; turned round at the end, so that nothing is moved.
        nest.extend(length.into_iter().rev());
        nest.push(0x30);
    }
    nest.reverse();
    let error = open(&nest, &server.as_recipient(), &authority.trust(), &SealLimits::default()).unwrap_err();
    match error {
        OpenError::Envelope(error) => {
            assert!(matches!(error.kind, DerErrorKind::UnexpectedTag { .. }), "{error}");
        }
        other => panic!("{other}"),
    }
    assert!(Certificate::from_der(&nest).is_err());
}

#[test]
fn floods_of_recipients_attributes_and_certificates_end_at_their_limits() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let trust = authority.trust();
    let mut flood = Node::read(&sealed(&client, &server));
    let one = flood.at(&[1, 0, 1, 0]).clone();
    *flood.at(&[1, 0, 1]).list() = vec![one; 5_000];
    let flood = flood.write();
    let mut outcome = None;
    let used = measure(|| {
        outcome = open(&flood, &server.as_recipient(), &trust, &SealLimits::default()).err();
    });
    assert!(matches!(outcome, Some(OpenError::TooMany { what: "recipients", limit: 16 })), "{outcome:?}");
    assert!(used.bytes_max < flood.len() as u64 + 65_536, "{} octets", used.bytes_max);

    let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
    let refused = |change: &dyn Fn(&mut Node)| {
        let mut tree = Node::read(&signed);
        change(&mut tree);
        let octets = tree.write();
        let mut outcome = None;
        let used = measure(|| outcome = verify(&octets, &trust, &SealLimits::default()).err());
        assert!(used.bytes_max < 262_144, "{} octets for {}", used.bytes_max, octets.len());
        outcome.unwrap()
    };
    // Attributes of different names, in order, so that only their number is wrong.
    let error = refused(&|tree| {
        let value = Node::nodes(0x31, vec![Node::octets(4, b"x")]);
        let names = (0..40_u8).flat_map(|high| (0..125_u8).map(move |low| [0x2A, 0x81 + high, low]));
        let attributes =
            names.map(|name| Node::nodes(0x30, vec![Node::octets(6, &name), value.clone()])).collect();
        *tree.at(&[1, 0, 4, 0, 3]).list() = attributes;
    });
    assert!(
        matches!(error, OpenError::TooMany { what: "signed attributes", limit: 16 } | OpenError::Signed(_)),
        "{error}"
    );
    let error = refused(&|tree| {
        let more = (0..40).map(|_| Node::read(authority.signer("more").certificate.der())).collect();
        *tree.at(&[1, 0, 3]).list() = more;
    });
    assert!(matches!(error, OpenError::TooMany { what: "certificates", limit: 4 }), "{error}");
}

#[test]
fn a_container_as_long_as_the_limit_is_read_and_a_longer_one_costs_nothing() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let (recipient, trust) = (server.as_recipient(), authority.trust());
    let octets = sealed(&client, &server);
    let limits = |max_sealed| SealLimits { max_sealed };
    assert_eq!(open(&octets, &recipient, &trust, &limits(octets.len())).unwrap().content(), CONTENT);
    let opened = open_in_place(octets.clone(), &recipient, &trust, &limits(octets.len())).unwrap();
    assert_eq!(opened.content(), CONTENT);
    let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
    assert_eq!(verify(&signed, &trust, &limits(signed.len())).unwrap().content, CONTENT);

    for less in [1, 2, 20] {
        let limit = octets.len() - less;
        let mut outcome = None;
        let used = measure(|| outcome = open(&octets, &recipient, &trust, &limits(limit)).err());
        assert!(matches!(outcome, Some(OpenError::TooLarge { limit: told, .. }) if told == limit));
        assert_eq!(used.bytes_total, 0, "{less} octets too many");
        let refused = open_in_place(octets.clone(), &recipient, &trust, &limits(limit));
        assert!(matches!(refused, Err(OpenError::TooLarge { limit: told, .. }) if told == limit));
        let refused = verify(&signed, &trust, &limits(signed.len() - less));
        assert!(matches!(refused, Err(OpenError::TooLarge { .. })));
    }
}

#[test]
fn a_path_is_as_long_as_its_limit_and_no_longer() {
    let root = Authority::new("root");
    let authorities = root.descending(4);
    let certificates: Vec<_> = authorities.iter().map(|it| it.certificate.clone()).collect();
    let client = authorities[2].signer("client");
    let signer = Signer { intermediates: &certificates[..3], ..client.as_signer() };
    let signed = sign(CONTENT, &signer, now()).unwrap();
    assert_eq!(verify(&signed, &root.trust(), &SealLimits::default()).unwrap().content, CONTENT);

    let client = authorities[3].signer("client");
    let signer = Signer { intermediates: &certificates[1..], ..client.as_signer() };
    let mut tree = Node::read(&sign(CONTENT, &signer, now()).unwrap());
    tree.at(&[1, 0, 3]).list().push(Node::read(certificates[0].der()));
    let error = verify(&tree.write(), &root.trust(), &SealLimits::default()).unwrap_err();
    assert!(matches!(error, OpenError::TooMany { what: "certificates", limit: 4 }), "{error}");
}

#[test]
fn work_grows_with_the_length_and_no_faster() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let trust = authority.trust();
    let work = |length: usize| {
        let recipients = [server.certificate.clone()];
        let octets =
            seal_message(&vec![7; length], &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
        let used = measure(|| {
            open(&octets, &server.as_recipient(), &trust, &SealLimits::default()).unwrap();
        });
        (used.count_total, used.bytes_total)
    };
    let (small, large) = (work(10_000), work(1_000_000));
    assert!(large.0 <= small.0 + 2, "{large:?} allocations and octets, {small:?} for a hundredth");
    // One copy, and nothing else that grows.
    assert!(large.1 - small.1 <= 1_000_000, "{large:?} allocations and octets, {small:?} for a hundredth");
}

#[test]
fn a_certificate_with_a_critical_extension_that_nobody_knows_is_refused_by_its_name() {
    let authority = Authority::new("authority");
    let key = KeyPair::generate().unwrap();
    let mut unknown = params("client", &[KeyUsagePurpose::DigitalSignature], &[]);
    let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 55_555, 1], vec![5, 0]);
    unknown.custom_extensions = vec![extension.clone()];
    assert!(Certificate::from_der(unknown.self_signed(&key).unwrap().der()).is_ok(), "not critical");
    extension.set_criticality(true);
    unknown.custom_extensions = vec![extension];
    let error = Certificate::from_der(unknown.self_signed(&key).unwrap().der()).unwrap_err();
    assert!(matches!(error, CertificateError::CriticalExtension(_)), "{error}");

    // The same inside a container, in the place of the signer's.
    let client = authority.signer("client");
    let mut tree = Node::read(&sign(CONTENT, &client.as_signer(), now()).unwrap());
    *tree.at(&[1, 0, 3]).list() = vec![Node::read(unknown.self_signed(&key).unwrap().der())];
    let error = verify(&tree.write(), &authority.trust(), &SealLimits::default()).unwrap_err();
    assert!(matches!(error, OpenError::Certificate(CertificateError::CriticalExtension(_))), "{error}");
}

#[test]
fn every_certificate_of_the_path_must_be_valid_when_it_was_signed() {
    let (root, trust_at) = (Authority::new("root"), now());
    for (name, year) in [("over", 2026), ("not yet", 2026)] {
        let mut short = params(name, &[KeyUsagePurpose::KeyCertSign], &[]);
        short.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        match name {
            "over" => short.not_after = rcgen::date_time_ymd(year, 11, 1),
            _ => short.not_before = rcgen::date_time_ymd(year, 12, 1),
        }
        let middle = root.issue_authority(short);
        let client = middle.signer("client");
        let intermediates = [middle.certificate.clone()];
        let signer = Signer { intermediates: &intermediates, ..client.as_signer() };
        let signed = sign(CONTENT, &signer, trust_at).unwrap();
        match verify(&signed, &root.trust(), &SealLimits::default()).unwrap_err() {
            OpenError::Untrusted(ChainError::Certificate { subject, error }) => {
                assert_eq!(subject, format!("CN={name}"));
                assert!(matches!(error, CertificateError::Validity { .. }), "{error}");
            }
            other => panic!("{other}"),
        }
    }
}
