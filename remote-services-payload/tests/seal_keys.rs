//! Keys of every kind, by handle: P-256, P-384 and RSA, alone and mixed.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use std::cell::Cell;

use rcgen::{KeyPair, KeyUsagePurpose, PKCS_RSA_SHA384};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, CertificateError, KeyError, KeyKind, OpenError, Opened, OsRandom, PublicKey, Recipient,
    RecipientKey, SealError, SealLimits, SignatureScheme, Signer, SignerKey, SoftwareSigner, open, sign,
    verify,
};
use support::der::Node;
use support::kinds::{KINDS, key, recipient, signer};
use support::{Authority, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";
const RSA_3072: &str = include_str!("data/keys/rsa-3072.pem");
const RSA_1024: &str = include_str!("data/keys/rsa-1024.pem");

fn opened(octets: &[u8], server: &Issued, authority: &Authority) -> Result<Vec<u8>, OpenError> {
    open(octets, &server.as_recipient(), &authority.trust(), &SealLimits::default()).map(Opened::into_content)
}

#[test]
fn every_kind_of_signer_seals_for_every_kind_of_recipient() {
    let authority = Authority::new("authority");
    for (signing, receiving) in KINDS.iter().flat_map(|kind| KINDS.map(|other| (*kind, other))) {
        let (client, server) = (signer(&authority, signing), recipient(&authority, receiving));
        assert_eq!(client.certificate.public_key().kind(), signing);
        let recipients = [server.certificate.clone()];
        let octets = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
        assert_eq!(opened(&octets, &server, &authority).unwrap(), CONTENT, "{signing} to {receiving}");
    }
}

#[test]
fn one_envelope_serves_recipients_of_all_kinds() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let servers = KINDS.map(|kind| recipient(&authority, kind));
    let recipients = servers.each_ref().map(|server| server.certificate.clone());
    let octets = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
    for server in &servers {
        assert_eq!(opened(&octets, server, &authority).unwrap(), CONTENT);
    }
    for kind in [KeyKind::P256, KeyKind::P384] {
        let other = recipient(&authority, kind);
        assert!(matches!(opened(&octets, &other, &authority), Err(OpenError::NotARecipient)));
    }
}

#[test]
fn paths_lead_over_authorities_of_every_kind() {
    let authorities = [
        Authority::with_key("P-384", key(KeyKind::P384)),
        Authority::with_key("RSA", key(KeyKind::Rsa)),
        Authority::with_key("RSA 384", KeyPair::from_pem_and_sign_algo(RSA_3072, &PKCS_RSA_SHA384).unwrap()),
    ];
    for (authority, kind) in authorities.iter().flat_map(|authority| KINDS.map(|kind| (authority, kind))) {
        let signed = sign(CONTENT, &signer(authority, kind).as_signer(), now()).unwrap();
        let verified = verify(&signed, &authority.trust(), &SealLimits::default()).unwrap();
        assert_eq!(verified.content, CONTENT, "{kind}");
    }
}

#[test]
fn an_rsa_recipient_needs_key_encipherment_and_a_curve_key_agreement() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    for (kind, wrong, wanted) in [
        (KeyKind::Rsa, KeyUsagePurpose::KeyAgreement, "keyEncipherment"),
        (KeyKind::P384, KeyUsagePurpose::KeyEncipherment, "keyAgreement"),
    ] {
        let server = authority.issue_for(&params("server", &[wrong], &[]), &key(kind));
        let recipients = [server.certificate];
        match seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom) {
            Err(SealError::RecipientCertificate { index: 0, error }) => {
                assert_eq!(error, CertificateError::KeyUsage { wanted });
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn rsa_keys_outside_the_limits_are_refused() {
    assert_eq!(SoftwareSigner::from_pkcs8_pem(RSA_1024).err(), Some(KeyError::Malformed));
    assert!(SoftwareSigner::from_pkcs8_pem(RSA_3072).is_ok());
}

#[test]
fn algorithms_that_do_not_fit_each_other_are_refused() {
    let authority = Authority::new("authority");
    let refused = |kind, change: fn(&mut Node)| {
        let mut tree = Node::read(&sign(CONTENT, &signer(&authority, kind).as_signer(), now()).unwrap());
        change(&mut tree);
        verify(&tree.write(), &authority.trust(), &SealLimits::default()).unwrap_err()
    };
    // SHA-384 named where SHA-256 was signed.
    let digests: fn(&mut Node) = |tree| *tree.at(&[1, 0, 1, 0, 0]).bytes().last_mut().unwrap() = 2;
    assert!(matches!(refused(KeyKind::P256, digests), OpenError::AlgorithmsDiffer));
    let error = refused(KeyKind::P256, |tree| {
        *tree.at(&[1, 0, 4, 0, 4, 0]).bytes().last_mut().unwrap() = 3;
    });
    assert!(matches!(error, OpenError::AlgorithmsDiffer), "{error}");
    // An RSA signature that calls itself ECDSA.
    let error = refused(KeyKind::Rsa, |tree| {
        let ecdsa = Node::octets(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]);
        *tree.at(&[1, 0, 4, 0, 4]).list() = vec![ecdsa];
    });
    assert!(matches!(error, OpenError::AlgorithmsDiffer), "{error}");
    // RSASSA-PSS with another salt.
    let error = refused(KeyKind::Rsa, |tree| {
        *tree.at(&[1, 0, 4, 0, 4, 1, 2, 0]).bytes() = vec![20];
    });
    assert!(matches!(error, OpenError::AlgorithmParameters { role: "signature", .. }), "{error}");
    // PKCS #1 v1.5 is for certificates only.
    let error = refused(KeyKind::Rsa, |tree| {
        *tree.at(&[1, 0, 4, 0, 4, 0]).bytes().last_mut().unwrap() = 11;
    });
    assert!(matches!(error, OpenError::Algorithm { role: "signature", .. }), "{error}");
}

#[test]
fn an_ephemeral_key_of_another_curve_and_a_transport_key_of_another_length_are_refused() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let sealed = |server: &Issued| {
        let recipients = [server.certificate.clone()];
        Node::read(&seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap())
    };
    let servers = KINDS.map(|kind| recipient(&authority, kind));
    let [mut p256, mut p384, mut rsa] = servers.each_ref().map(sealed);
    let point: &[usize] = &[1, 0, 1, 0, 1, 0, 1];
    *p256.at(point) = p384.at(point).clone();
    let error = opened(&p256.write(), &servers[0], &authority).unwrap_err();
    assert!(matches!(error, OpenError::EphemeralKey), "{error}");
    rsa.at(&[1, 0, 1, 0, 3]).bytes().pop();
    let error = opened(&rsa.write(), &servers[2], &authority).unwrap_err();
    assert!(matches!(error, OpenError::KeyUnwrap), "{error}");
    // OAEP with a label, or with the SHA-1 that is its default.
    let mut rsa = sealed(&servers[2]);
    rsa.at(&[1, 0, 1, 0, 2]).list().pop();
    let error = opened(&rsa.write(), &servers[2], &authority).unwrap_err();
    assert!(matches!(error, OpenError::AlgorithmParameters { role: "key transport", .. }), "{error}");
}

/// A key that lives elsewhere: it does what it is told, and counts; nobody sees the key.
struct Handle<'a> {
    software: &'a Issued,
    uses: Cell<u32>,
    broken: bool,
}

impl Handle<'_> {
    fn used(&self) -> Result<(), KeyError> {
        self.uses.set(self.uses.get() + 1);
        if self.broken { Err(KeyError::Module("CKR_DEVICE_REMOVED".to_owned())) } else { Ok(()) }
    }
}

impl SignerKey for Handle<'_> {
    fn kind(&self) -> KeyKind {
        self.software.certificate.public_key().kind()
    }

    fn public_spki(&self) -> Vec<u8> {
        self.software.certificate.public_key().to_spki()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.used()?;
        assert!(message.len() < 300, "the attributes are signed, not the content");
        self.software.signer.sign(scheme, message)
    }
}

impl RecipientKey for Handle<'_> {
    fn public_key(&self) -> PublicKey {
        self.software.certificate.public_key().clone()
    }

    fn agree(&self, peer: &PublicKey) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyError> {
        self.used()?;
        self.software.recipient.agree(peer)
    }
}

#[test]
fn keys_are_asked_once_by_handle_and_their_failures_are_told() {
    let authority = Authority::new("authority");
    let (client, server) = (authority.signer("client"), authority.recipient("server"));
    let handle = |software, broken| Handle { software, uses: Cell::new(0), broken };
    let recipients = [server.certificate.clone()];
    let content = vec![7; 100_000];
    let sealed = |key: &Handle<'_>| {
        seal_message(&content, &Signer::new(&client.certificate, key), &recipients, now(), &mut OsRandom)
    };
    let signing = handle(&client, false);
    let octets = sealed(&signing).unwrap();
    let receiving = handle(&server, false);
    let open_with = |key: &Handle<'_>| {
        let recipient = Recipient { certificate: &server.certificate, key };
        open(&octets, &recipient, &authority.trust(), &SealLimits::default())
    };
    assert_eq!(open_with(&receiving).unwrap().content(), content);
    assert_eq!((signing.uses.get(), receiving.uses.get()), (1, 1));

    let error = sealed(&handle(&client, true)).unwrap_err();
    assert!(matches!(error, SealError::Key(KeyError::Module(_))), "{error}");
    let error = open_with(&handle(&server, true)).unwrap_err();
    assert!(matches!(error, OpenError::Key(KeyError::Module(_))), "{error}");
}

#[test]
fn a_handle_that_can_neither_agree_nor_decrypt_says_so() {
    struct Public(PublicKey);
    impl RecipientKey for Public {
        fn public_key(&self) -> PublicKey {
            self.0.clone()
        }
    }
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    for kind in KINDS {
        let server = recipient(&authority, kind);
        let recipients = [server.certificate.clone()];
        let octets = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
        let key = Public(server.certificate.public_key().clone());
        let recipient = Recipient { certificate: &server.certificate, key: &key };
        let error = open(&octets, &recipient, &authority.trust(), &SealLimits::default()).unwrap_err();
        assert!(matches!(error, OpenError::Key(KeyError::NotOffered)), "{kind}: {error}");
    }
}

#[test]
fn a_key_that_was_encrypted_by_rsa_is_none_for_a_key_on_a_curve() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    let [rsa, curve] = [KeyKind::Rsa, KeyKind::P256].map(|kind| recipient(&authority, kind));
    let sealed = |server: &Issued| {
        let recipients = [server.certificate.clone()];
        Node::read(&seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap())
    };
    let (mut by_rsa, mut by_agreement) = (sealed(&rsa), sealed(&curve));
    // It calls the recipient by its name.
    *by_rsa.at(&[1, 0, 1, 0, 1]) = by_agreement.at(&[1, 0, 1, 0, 3, 0, 0]).clone();
    let error = opened(&by_rsa.write(), &curve, &authority).unwrap_err();
    assert!(matches!(error, OpenError::KeyUnwrap), "{error}");
}

#[test]
fn a_handle_that_returns_no_signature_is_noticed_before_anything_leaves() {
    struct Wrong(PublicKey);
    impl SignerKey for Wrong {
        fn kind(&self) -> KeyKind {
            self.0.kind()
        }

        fn public_spki(&self) -> Vec<u8> {
            self.0.to_spki()
        }

        fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, KeyError> {
            Ok(vec![0; 64])
        }
    }
    let client = Authority::new("authority").signer("client");
    let certificate: &Certificate = &client.certificate;
    let key = Wrong(certificate.public_key().clone());
    let error = sign(CONTENT, &Signer::new(certificate, &key), now()).unwrap_err();
    assert!(matches!(error, SealError::Internal(_)), "{error}");
}
