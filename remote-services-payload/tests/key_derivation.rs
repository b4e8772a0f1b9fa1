//! From the agreed secret to the key that wraps the content key: the X9.63 KDF, or HKDF, and what may be demanded of it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    DigestAlgorithm, KeyDerivation, KeyKind, OpenError, OsRandom, SealError, SealLimits, Service, Signer,
    Trust, open, rust_crypto,
};
use support::claims::Claims;
use support::der::Node;
use support::kinds::{KINDS, recipient, signer};
use support::{Authority, Issued, modules, now};

const CONTENT: &[u8] = b"what the printer said";
/// dhSinglePass-stdDH-hkdf-sha256-scheme, -sha384- and dhSinglePass-stdDH-sha256kdf-scheme, as they stand in DER.
const HKDF_SHA_256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13";
const HKDF_SHA_384: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x14";
const X963_SHA_256: &[u8] = b"\x2b\x81\x04\x01\x0b\x01";
// Positions in the tree of the container.
const RECIPIENT: &[usize] = &[1, 0, 1, 0];
const UKM: &[usize] = &[1, 0, 1, 0, 2];
const UKM_OCTETS: &[usize] = &[1, 0, 1, 0, 2, 0];
const SCHEME: &[usize] = &[1, 0, 1, 0, 3, 0];

fn sealed(signer: &Signer<'_>, server: &Issued) -> Result<Vec<u8>, SealError> {
    let mut random = signer.provider.random();
    seal_message(CONTENT, signer, std::slice::from_ref(&server.certificate), now(), &mut *random)
}

fn opened(octets: &[u8], server: &Issued, trust: &Trust) -> Result<Vec<u8>, OpenError> {
    open(octets, &server.as_recipient(), trust, &SealLimits::default())
        .map(|opened| opened.content().to_vec())
}

fn octets(range: std::ops::RangeInclusive<u8>) -> Vec<u8> {
    range.collect()
}

#[test]
fn every_module_gives_the_vectors_of_rfc_5869_and_one_of_sha_384() {
    // §A.1 and §A.2, of which the first 32 octets are asked for.
    let short = (DigestAlgorithm::Sha256, octets(0..=0x0C), vec![0x0B; 22], octets(0xF0..=0xF9));
    let long = (octets(0x60..=0xAF), octets(0..=0x4F), octets(0xB0..=0xFF));
    let of_long = |digest| (digest, long.0.clone(), long.1.clone(), long.2.clone());
    for ((digest, salt, secret, info), expected) in [
        (short, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"),
        (
            of_long(DigestAlgorithm::Sha256),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
        ),
        // §A.2 with the other digest, by Python's hmac.
        (
            of_long(DigestAlgorithm::Sha384),
            "484ca052b8cc724fd1c4ec64d57b4e818c7e25a8e0f4569ed72a6a05fe0649ee",
        ),
    ] {
        for module in modules() {
            let key = module.hkdf(digest, &salt, &secret, &info).unwrap();
            let hex: String = key.iter().map(|octet| format!("{octet:02x}")).collect();
            assert_eq!(hex, expected, "{digest:?} by {module:?}");
        }
    }
}

#[test]
fn what_one_module_seals_by_any_derivation_every_other_opens() {
    let authority = Authority::new("authority");
    let client = signer(&authority, KeyKind::P256);
    for kind in [KeyKind::P256, KeyKind::P384] {
        let server = recipient(&authority, kind);
        for (derivation, scheme) in [
            (KeyDerivation::X963Sha256, X963_SHA_256),
            (KeyDerivation::HkdfSha256, HKDF_SHA_256),
            (KeyDerivation::HkdfSha384, HKDF_SHA_384),
        ] {
            for sealing in modules() {
                let signer = Signer { provider: sealing, derivation, ..client.as_signer() };
                let octets = sealed(&signer, &server).unwrap();
                assert!(octets.windows(scheme.len()).any(|found| found == scheme), "{derivation:?}");
                for opening in modules() {
                    let trust = authority.trust().provider(opening);
                    let content = opened(&octets, &server, &trust).unwrap();
                    assert_eq!(content, CONTENT, "{derivation:?}, {sealing:?} to {opening:?}");
                }
            }
        }
    }
}

#[test]
fn without_a_wish_it_is_the_kdf_that_openssl_reads_and_hkdf_has_the_digest_of_the_curve() {
    let authority = Authority::new("authority");
    let (client, server) = (signer(&authority, KeyKind::P256), recipient(&authority, KeyKind::P256));
    assert_eq!(client.as_signer().derivation, KeyDerivation::X963Sha256);
    let octets = sealed(&client.as_signer(), &server).unwrap();
    assert!(octets.windows(X963_SHA_256.len()).any(|found| found == X963_SHA_256));
    assert_eq!(KeyDerivation::hkdf(KeyKind::P256), KeyDerivation::HkdfSha256);
    assert_eq!(KeyDerivation::hkdf(KeyKind::P384), KeyDerivation::HkdfSha384);
}

#[test]
fn the_salt_is_fresh_as_long_as_the_digest_and_part_of_what_the_key_comes_from() {
    let authority = Authority::new("authority");
    let (client, server) = (signer(&authority, KeyKind::P256), recipient(&authority, KeyKind::P256));
    let trust = authority.trust();
    for (derivation, length) in [(KeyDerivation::HkdfSha256, 32), (KeyDerivation::HkdfSha384, 48)] {
        let signer = Signer { derivation, ..client.as_signer() };
        let [one, two] = [(); 2].map(|()| Node::read(&sealed(&signer, &server).unwrap()));
        let salt = |tree: &Node| tree.clone().at(UKM_OCTETS).bytes().clone();
        assert_eq!(salt(&one).len(), length);
        assert_ne!(salt(&one), salt(&two));

        let refused = |change: &dyn Fn(&mut Node)| {
            let mut tree = one.clone();
            change(&mut tree);
            opened(&tree.write(), &server, &trust).unwrap_err()
        };
        let error = refused(&|tree| tree.at(UKM_OCTETS).bytes()[0] ^= 1);
        assert!(matches!(error, OpenError::KeyUnwrap), "{error}");
        let other_length = |error: &OpenError| {
            matches!(error, OpenError::NotInProfile { what: "HKDF without a ukm as long as its digest" })
        };
        for length in [0, 1, length - 1, length + 1] {
            let error = refused(&|tree| tree.at(UKM_OCTETS).bytes().resize(length, 0));
            assert!(other_length(&error), "{length}: {error}");
        }
        let error = refused(&|tree| drop(tree.at(RECIPIENT).list().remove(2)));
        assert!(other_length(&error), "{error}");
        let error = refused(&|tree| tree.at(UKM).list().push(Node::octets(4, b"more")));
        assert!(matches!(error, OpenError::Envelope(_)), "{error}");
        // The scheme that is named decides, and its salt must be that of the scheme.
        let error = refused(&|tree| *tree.at(SCHEME).bytes() = X963_SHA_256.to_vec());
        assert!(matches!(error, OpenError::NotInProfile { what: "KeyAgreeRecipientInfo.ukm" }), "{error}");
        // dhSinglePass-stdDH-hkdf-sha512-scheme: no digest of ours.
        let error = refused(&|tree| *tree.at(SCHEME).bytes().last_mut().unwrap() = 0x15);
        assert!(matches!(error, OpenError::Algorithm { role: "key agreement", .. }), "{error}");
    }
}

#[test]
fn who_demands_approved_services_seals_by_hkdf_and_refuses_what_is_not_approved() {
    let authority = Authority::new("authority");
    let client = signer(&authority, KeyKind::P256);
    let demanding = Signer { provider: &Claims, approved_only: true, ..client.as_signer() };
    for kind in KINDS {
        let server = recipient(&authority, kind);
        let by_hkdf = Signer { derivation: KeyDerivation::hkdf(kind), ..demanding };
        let error = sealed(&demanding, &server).unwrap_err();
        let not_approved = |error: &SealError, expected: Service| matches!(error, SealError::NotApproved { service, module: "a module that claims" } if *service == expected);
        if kind == KeyKind::Rsa {
            assert!(not_approved(&error, Service::KeyTransport), "{error}");
            let error = sealed(&by_hkdf, &server).unwrap_err();
            assert!(not_approved(&error, Service::KeyTransport), "{error}");
        } else {
            assert!(not_approved(&error, Service::KeyDerivation(KeyDerivation::X963Sha256)), "{error}");
            let octets = sealed(&by_hkdf, &server).unwrap();
            assert_eq!(opened(&octets, &server, &authority.trust()).unwrap(), CONTENT);
        }
        // RustCrypto is no validated module, whatever the derivation.
        let error = sealed(&Signer { provider: rust_crypto(), ..by_hkdf }, &server).unwrap_err();
        assert!(
            matches!(error, SealError::NotApproved { service: Service::ContentEncryption, .. }),
            "{error}"
        );
    }
}

#[test]
fn who_demands_approved_services_opens_what_was_sealed_by_hkdf_and_refuses_the_rest_unopened() {
    let authority = Authority::new("authority");
    let client = signer(&authority, KeyKind::P256);
    let trust = authority.trust().provider(&Claims);
    let demanding = trust.clone().approved_only();
    for kind in KINDS {
        let server = recipient(&authority, kind);
        let octets = sealed(&client.as_signer(), &server).unwrap();
        assert_eq!(opened(&octets, &server, &trust).unwrap(), CONTENT);
        let error = opened(&octets, &server, &demanding).unwrap_err();
        let expected = match kind {
            KeyKind::Rsa => Service::KeyTransport,
            _ => Service::KeyDerivation(KeyDerivation::X963Sha256),
        };
        assert!(
            matches!(error, OpenError::NotApproved { service, .. } if service == expected),
            "{kind}: {error}"
        );
        let says = format!("{expected} is not an approved service of a module that claims");
        assert!(error.to_string().starts_with(&says), "{error}");
        if kind != KeyKind::Rsa {
            let by_hkdf = Signer { derivation: KeyDerivation::hkdf(kind), ..client.as_signer() };
            let octets = sealed(&by_hkdf, &server).unwrap();
            assert_eq!(opened(&octets, &server, &demanding).unwrap(), CONTENT);
            // A module that approves nothing opens nothing for who demands it.
            let error = opened(&octets, &server, &authority.trust().approved_only()).unwrap_err();
            assert!(
                matches!(error, OpenError::NotApproved { service: Service::ContentEncryption, .. }),
                "{error}"
            );
        }
    }
}

#[test]
fn each_recipient_of_one_container_has_a_salt_of_its_own() {
    let authority = Authority::new("authority");
    let client = signer(&authority, KeyKind::P256);
    let servers = [KeyKind::P256, KeyKind::P384].map(|kind| recipient(&authority, kind));
    let recipients = servers.each_ref().map(|server| server.certificate.clone());
    let signer = Signer { derivation: KeyDerivation::HkdfSha256, ..client.as_signer() };
    let octets = seal_message(CONTENT, &signer, &recipients, now(), &mut OsRandom).unwrap();
    for server in &servers {
        assert_eq!(opened(&octets, server, &authority.trust()).unwrap(), CONTENT);
    }
    let mut tree = Node::read(&octets);
    let infos = tree.at(&RECIPIENT[..3]).list();
    let salts: Vec<Vec<u8>> = infos.iter_mut().map(|info| info.at(&[2, 0]).bytes().clone()).collect();
    assert!(salts.len() == 2 && salts[0] != salts[1]);
}
