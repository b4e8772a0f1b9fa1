//! Seal and open: the round trip, and who must not be able to do what.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use core::time::Duration;

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, PKCS_ED25519};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, CertificateError, ChainError, OpenError, Opened, PURPOSE_CLIENT, PURPOSE_CODE_SIGNING,
    PURPOSE_UPDATE_SIGNING, Random, RandomError, Recipient, SealError, SealLimits, Signer, Trust, open, sign,
    verify,
};
use support::{Authority, Counting, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";
const DAY: Duration = Duration::from_secs(24 * 3600);

fn sealed(client: &Issued, servers: &[&Issued]) -> Vec<u8> {
    let certificates: Vec<_> = servers.iter().map(|server| server.certificate.clone()).collect();
    seal_message(CONTENT, &client.as_signer(), &certificates, now(), &mut Counting(1)).unwrap()
}

fn opens(octets: &[u8], server: &Issued, trust: &Trust) -> Result<Vec<u8>, OpenError> {
    open(octets, &server.as_recipient(), trust, &SealLimits::default()).map(Opened::into_content)
}

fn untrusted(result: Result<Vec<u8>, OpenError>) -> ChainError {
    match result {
        Err(OpenError::Untrusted(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_sealed_opens_with_signer_and_time() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let recipients = [server.certificate.clone()];
    for length in [0, 1, 127, 128, 5_000, 70_000] {
        let content = vec![b'z'; length];
        let octets =
            seal_message(&content, &client.as_signer(), &recipients, now(), &mut Counting(1)).unwrap();
        let opened =
            open(&octets, &server.as_recipient(), &authority.trust(), &SealLimits::default()).unwrap();
        assert_eq!(opened.content(), content);
        assert_eq!(opened.signer, client.certificate);
        assert_eq!(opened.signer.common_name().as_deref(), Some("client-7"));
        assert_eq!(opened.signing_time, now());
        assert_eq!(opened.into_content(), content);
    }
}

#[test]
fn the_same_randomness_gives_the_same_octets_and_other_randomness_other_ones() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let recipients = [server.certificate.clone()];
    let with = |random| {
        seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut Counting(random)).unwrap()
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn the_content_does_not_show_and_the_overhead_is_small() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    assert!(!octets.windows(8).any(|window| CONTENT.windows(8).any(|piece| piece == window)));
    assert!(octets.len() - CONTENT.len() <= 1_150, "{}", octets.len() - CONTENT.len());
}

#[test]
fn each_recipient_opens_and_nobody_else_does() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let servers: Vec<_> = (0..16).map(|at| authority.recipient(&format!("server {at}"))).collect();
    let octets = sealed(&client, &servers.iter().collect::<Vec<_>>());
    for server in &servers {
        assert_eq!(opens(&octets, server, &authority.trust()).unwrap(), CONTENT);
    }
    let other = authority.recipient("server 16");
    assert!(matches!(opens(&octets, &other, &authority.trust()), Err(OpenError::NotARecipient)));
    let mixed = Recipient { certificate: &servers[0].certificate, key: &servers[1].recipient };
    let error = open(&octets, &mixed, &authority.trust(), &SealLimits::default()).unwrap_err();
    assert!(matches!(error, OpenError::RecipientKeyMismatch), "{error}");
}

#[test]
fn refuses_to_seal_for_certificates_that_are_not_meant_for_it() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let refused = |server: &Issued, at| {
        let recipients = [authority.recipient("good").certificate, server.certificate.clone()];
        match seal_message(CONTENT, &client.as_signer(), &recipients, at, &mut Counting(1)) {
            Err(SealError::RecipientCertificate { index: 1, error }) => error,
            other => panic!("{other:?}"),
        }
    };
    let wanted = CertificateError::KeyUsage { wanted: "keyAgreement" };
    assert_eq!(refused(&authority.signer("a TLS client"), now()), wanted);
    assert_eq!(refused(&authority.issue(&params("no usage", &[], &[])), now()), wanted);
    let mut old = params("expired", &[KeyUsagePurpose::KeyAgreement], &[]);
    old.not_after = rcgen::date_time_ymd(2026, 11, 22);
    let error = refused(&authority.issue(&old), now());
    assert!(matches!(error, CertificateError::Validity { .. }), "{error}");

    let none = seal_message(CONTENT, &client.as_signer(), &[], now(), &mut Counting(1));
    assert!(matches!(none, Err(SealError::NoRecipient)));
    let many = vec![authority.recipient("server").certificate; 17];
    let many = seal_message(CONTENT, &client.as_signer(), &many, now(), &mut Counting(1));
    assert!(matches!(many, Err(SealError::TooManyRecipients { given: 17 })));
}

#[test]
fn refuses_to_sign_with_a_certificate_or_key_that_readers_would_refuse() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let error = sign(CONTENT, &client.as_signer(), now().plus(DAY * 365)).unwrap_err();
    assert!(matches!(error, SealError::SignerCertificate(CertificateError::Validity { .. })), "{error}");
    let server = authority.recipient("server");
    let error = sign(CONTENT, &server.as_signer(), now()).unwrap_err();
    let wanted = CertificateError::KeyUsage { wanted: "digitalSignature" };
    assert!(matches!(&error, SealError::SignerCertificate(found) if *found == wanted), "{error}");
    let mixed = Signer { key: &server.signer, ..client.as_signer() };
    let error = sign(CONTENT, &mixed, now()).unwrap_err();
    assert!(matches!(error, SealError::SignerKeyMismatch), "{error}");
}

#[test]
fn seals_nothing_when_the_source_of_randomness_fails() {
    struct Broken(u32);
    impl Random for Broken {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
            out.fill(0);
            self.0 = self.0.checked_sub(1).ok_or(RandomError)?;
            Ok(())
        }
    }
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    // The last one never fails, and gives only zeros: no key of that can be drawn.
    for good in [0, 1, 2, 1000] {
        let recipients = [server.certificate.clone()];
        let result = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut Broken(good));
        assert!(matches!(result, Err(SealError::Random(RandomError))), "{good}");
    }
}

#[test]
fn other_key_types_are_refused_by_name() {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let certificate = params("ed25519", &[], &[]).self_signed(&key).unwrap();
    assert_eq!(Certificate::from_der(certificate.der()).unwrap_err(), CertificateError::KeyType);
    assert_eq!(Certificate::from_pem(&certificate.pem()).unwrap_err(), CertificateError::KeyType);
}

#[test]
fn pem_text_is_read_with_what_stands_around_it() {
    let authority = Authority::new("authority");
    let (one, two) = (authority.signer("one"), authority.signer("two"));
    let text = format!("subject: one\n{}\nand\n{}", one.pem, two.pem);
    assert_eq!(Certificate::chain_from_pem(&text).unwrap(), [one.certificate.clone(), two.certificate]);
    assert_eq!(Certificate::from_pem(&one.pem).unwrap(), one.certificate);
    assert_eq!(Certificate::from_pem(&text).unwrap_err(), CertificateError::Count { found: 2 });
    assert_eq!(Certificate::from_pem("").unwrap_err(), CertificateError::Count { found: 0 });
    assert_eq!(Certificate::from_pem(&one.pem[..300]).unwrap_err(), CertificateError::Pem);
}

#[test]
fn a_signer_of_another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new("authority"), Authority::new("authority"));
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    for trust in [Trust::new(now()), other.trust()] {
        let error = untrusted(opens(&octets, &server, &trust));
        assert_eq!(error, ChainError::UnknownIssuer { subject: "CN=client".to_owned() });
    }
    let both = other.trust().authority(authority.certificate.clone());
    assert_eq!(opens(&octets, &server, &both).unwrap(), CONTENT);
}

#[test]
fn a_pinned_signer_needs_no_authority() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    let trust = Trust::new(now()).signer(client.certificate.clone());
    assert_eq!(opens(&octets, &server, &trust).unwrap(), CONTENT);
    let trust = Trust::new(now()).signer(authority.signer("client").certificate);
    untrusted(opens(&octets, &server, &trust));
}

#[test]
fn the_path_leads_over_authorities_that_the_signer_sends_along() {
    let root = Authority::new("root");
    let middle = root.below("middle", Some(1));
    let low = middle.below("low", None);
    let client = low.signer("client");
    let signed = |intermediates: &[Certificate]| {
        sign(CONTENT, &Signer { intermediates, ..client.as_signer() }, now()).unwrap()
    };
    let check = |octets: &[u8], trust: &Trust| {
        verify(octets, trust, &SealLimits::default()).map(|verified| verified.content.to_vec())
    };
    let both = [low.certificate.clone(), middle.certificate.clone()];
    assert_eq!(check(&signed(&both), &root.trust()).unwrap(), CONTENT);
    assert_eq!(check(&signed(&both[..1]), &middle.trust()).unwrap(), CONTENT);
    assert_eq!(check(&signed(&[]), &low.trust()).unwrap(), CONTENT);
    assert_eq!(
        untrusted(check(&signed(&both[..1]), &root.trust())),
        ChainError::UnknownIssuer { subject: "CN=low".to_owned() }
    );
    // Nobody needs the second one: it would be room for a message that nobody signed.
    assert!(matches!(check(&signed(&both), &middle.trust()), Err(OpenError::SurplusCertificate)));
    let surplus = [low.certificate.clone(), Authority::new("stranger").certificate];
    assert!(matches!(check(&signed(&surplus), &middle.trust()), Err(OpenError::SurplusCertificate)));
}

#[test]
fn authorities_must_be_authorities_and_keep_their_path_length() {
    let root = Authority::new("root");
    let short = root.below("short", Some(0));
    let low = short.below("low", None);
    let client = low.signer("client");
    let intermediates = [low.certificate.clone(), short.certificate.clone()];
    let signed =
        sign(CONTENT, &Signer { intermediates: &intermediates, ..client.as_signer() }, now()).unwrap();
    let check = |octets: &[u8], trust: &Trust| {
        verify(octets, trust, &SealLimits::default()).map(|verified| verified.content.to_vec())
    };
    assert_eq!(
        untrusted(check(&signed, &root.trust())),
        ChainError::PathTooLong { subject: "CN=short".to_owned() }
    );

    // A client that issues certificates with its own key.
    let clever = root.leaf_that_issues("clever");
    let forged = clever.signer("the director");
    let intermediates = [clever.certificate.clone()];
    let signed =
        sign(CONTENT, &Signer { intermediates: &intermediates, ..forged.as_signer() }, now()).unwrap();
    assert_eq!(
        untrusted(check(&signed, &root.trust())),
        ChainError::NotAuthority { subject: "CN=clever".to_owned() }
    );
}

#[test]
fn an_authority_that_was_renewed_with_its_key_is_trusted_by_either_certificate() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client-7"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    let (old, new) = (authority.certificate_of_last_year(), authority.certificate.clone());
    for anchors in [[&old, &new], [&new, &old]] {
        let trust =
            anchors.into_iter().fold(Trust::new(now()), |trust, anchor| trust.authority(anchor.clone()));
        assert_eq!(opens(&octets, &server, &trust).unwrap(), CONTENT);
    }
    let ended = untrusted(opens(&octets, &server, &Trust::new(now()).authority(old)));
    assert!(matches!(ended, ChainError::Certificate { .. }), "{ended}");
}

#[test]
fn the_purpose_is_asked_for_when_the_reader_wants_it() {
    let authority = Authority::new("authority");
    let server = authority.recipient("server");
    let tls_server = authority.issue(&params(
        "a TLS server",
        &[KeyUsagePurpose::DigitalSignature],
        &[ExtendedKeyUsagePurpose::ServerAuth],
    ));
    let octets = sealed(&tls_server, &[&server]);
    assert_eq!(opens(&octets, &server, &authority.trust()).unwrap(), CONTENT);
    let error = untrusted(opens(&octets, &server, &authority.trust().purpose(PURPOSE_CLIENT)));
    assert!(matches!(error, ChainError::ExtendedKeyUsage { .. }), "{error}");
    let octets = sealed(&authority.signer("client"), &[&server]);
    assert_eq!(opens(&octets, &server, &authority.trust().purpose(PURPOSE_CLIENT)).unwrap(), CONTENT);
}

#[test]
fn a_role_is_for_the_key_that_has_it_and_nothing_else() {
    let authority = Authority::new("authority");
    let server = authority.recipient("server");
    let update = ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 43]);
    let signed_with = |purposes: &[ExtendedKeyUsagePurpose]| {
        let key = params("a signer", &[KeyUsagePurpose::DigitalSignature], purposes);
        sealed(&authority.issue(&key), &[&server])
    };
    let opened = |octets: &[u8], role| opens(octets, &server, &authority.trust().role(role));
    let (commands, updates) =
        (signed_with(&[ExtendedKeyUsagePurpose::CodeSigning]), signed_with(std::slice::from_ref(&update)));
    assert_eq!(opened(&commands, PURPOSE_CODE_SIGNING).unwrap(), CONTENT);
    assert_eq!(opened(&updates, PURPOSE_UPDATE_SIGNING).unwrap(), CONTENT);
    for (octets, role) in [
        (commands, PURPOSE_UPDATE_SIGNING),
        (updates, PURPOSE_CODE_SIGNING),
        (signed_with(&[]), PURPOSE_UPDATE_SIGNING),
        (signed_with(&[ExtendedKeyUsagePurpose::Any]), PURPOSE_UPDATE_SIGNING),
        (signed_with(&[ExtendedKeyUsagePurpose::CodeSigning, update]), PURPOSE_CODE_SIGNING),
    ] {
        let error = untrusted(opened(&octets, role));
        assert!(matches!(error, ChainError::Role { .. }), "{error}");
    }
}

#[test]
fn the_signing_time_must_be_near_the_readers_clock() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    let at = |clock| Trust::new(clock).authority(authority.certificate.clone());
    assert!(opens(&octets, &server, &at(now().plus(DAY * 90))).is_ok());
    assert!(opens(&octets, &server, &at(now().minus(Duration::from_secs(3600)))).is_ok());
    let late = opens(&octets, &server, &at(now().plus(DAY * 91)));
    assert!(matches!(late, Err(OpenError::SignedTooLongAgo { .. })));
    let early = opens(&octets, &server, &at(now().minus(Duration::from_secs(3601))));
    assert!(matches!(early, Err(OpenError::SignedInFuture { .. })));
    let strict = at(now().plus(DAY)).max_age(Duration::from_secs(60));
    assert!(matches!(opens(&octets, &server, &strict), Err(OpenError::SignedTooLongAgo { .. })));
    let lenient = at(now().minus(DAY)).max_skew(DAY);
    assert!(opens(&octets, &server, &lenient).is_ok());
}

#[test]
fn an_upload_that_waited_stays_readable_after_its_certificates_expired() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    // Everything expired on 2027-01-01; the signature is from 2026-11-22.
    let later = "2027-02-01T00:00:00Z".parse().unwrap();
    let trust = Trust::new(later).authority(authority.certificate.clone());
    assert_eq!(opens(&octets, &server, &trust).unwrap(), CONTENT);
}

#[test]
fn a_container_beyond_the_limit_is_not_looked_at() {
    let authority = Authority::new("authority");
    let server = authority.recipient("server");
    let limits = SealLimits { max_sealed: 10 };
    let error = open(&[0xFF; 11], &server.as_recipient(), &authority.trust(), &limits).unwrap_err();
    assert!(matches!(error, OpenError::TooLarge { length: 11, limit: 10 }), "{error}");
    let error = verify(&[0xFF; 11], &authority.trust(), &limits).unwrap_err();
    assert!(matches!(error, OpenError::TooLarge { length: 11, limit: 10 }), "{error}");
}

#[test]
fn what_is_printed_for_debugging_holds_no_content() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let octets = sealed(&client, &[&server]);
    let opened = open(&octets, &server.as_recipient(), &authority.trust(), &SealLimits::default()).unwrap();
    let printed = format!("{opened:?}");
    assert!(printed.contains("CN=client"), "{printed}");
    assert!(!printed.contains("printer") && !printed.contains("119, 104, 97"), "{printed}");
}
