//! Signers and recipients that are named by the identifier of their key instead of issuer and serial number.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rcgen::{IsCa, KeyUsagePurpose};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, KeyKind, OpenError, Opened, OsRandom, SealLimits, open, sign, verify,
};
use support::der::Node;
use support::kinds::{KINDS, key};
use support::{Authority, Issued, now, params};

const CONTENT: &[u8] = b"what the printer said";
const SUBJECT_KEY_ID: [u8; 3] = [0x55, 0x1D, 0x0E];
// Positions in the tree of a sealed container, for a key on a curve and for RSA.
const AGREEMENT_ID: &[usize] = &[1, 0, 1, 0, 3, 0, 0];
const TRANSPORT: &[usize] = &[1, 0, 1, 0];

/// A certificate with a key identifier in it.
fn issue(authority: &Authority, kind: KeyKind, usage: KeyUsagePurpose) -> Issued {
    let mut params = params("with a key identifier", &[usage], &[]);
    params.is_ca = IsCa::ExplicitNoCa;
    authority.issue_for(&params, &key(kind))
}

fn key_id(certificate: &Certificate) -> Vec<u8> {
    let mut tree = Node::read(certificate.der());
    let extensions = tree.at(&[0]).list().pop().unwrap().list()[0].clone().list().clone();
    let of_the_key = |extension: &Node| extension.clone().list()[0].bytes() == &SUBJECT_KEY_ID;
    let mut found = extensions.into_iter().find(of_the_key).unwrap();
    Node::read(found.list().last_mut().unwrap().bytes()).bytes().clone()
}

fn signed_by_key_id(signed: &[u8], id: &[u8]) -> Vec<u8> {
    let mut tree = Node::read(signed);
    *tree.at(&[1, 0, 0]).bytes() = vec![3];
    *tree.at(&[1, 0, 4, 0, 0]).bytes() = vec![3];
    *tree.at(&[1, 0, 4, 0, 1]) = Node::octets(0x80, id);
    tree.write()
}

#[test]
fn a_signer_that_is_named_by_its_key_is_found_and_another_is_not() {
    let authority = Authority::new("authority");
    let client = issue(&authority, KeyKind::P256, KeyUsagePurpose::DigitalSignature);
    let id = key_id(&client.certificate);
    let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
    let verified = |octets: &[u8]| {
        verify(octets, &authority.trust(), &SealLimits::default()).map(|it| it.content.to_vec())
    };
    assert_eq!(verified(&signed_by_key_id(&signed, &id)).unwrap(), CONTENT);
    for other in [&[][..], &[0], &[1], &id[1..]] {
        let error = verified(&signed_by_key_id(&signed, other)).unwrap_err();
        assert!(matches!(error, OpenError::SignerCertificateMissing), "{error}");
    }
    // A certificate without an identifier has none that could be named.
    let without = authority.signer("client");
    let signed = sign(CONTENT, &without.as_signer(), now()).unwrap();
    for id in [&id[..], &[], &[0], &[1]] {
        let error = verified(&signed_by_key_id(&signed, id)).unwrap_err();
        assert!(matches!(error, OpenError::SignerCertificateMissing), "{error}");
    }
}

#[test]
fn a_recipient_that_is_named_by_its_key_opens_and_another_does_not() {
    let authority = Authority::new("authority");
    let client = authority.signer("client");
    for kind in KINDS {
        let usage = match kind {
            KeyKind::Rsa => KeyUsagePurpose::KeyEncipherment,
            _ => KeyUsagePurpose::KeyAgreement,
        };
        let server = issue(&authority, kind, usage);
        let recipients = [server.certificate.clone()];
        let octets = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
        let opened = |id: &[u8]| {
            let mut tree = Node::read(&octets);
            if kind == KeyKind::Rsa {
                *tree.at(TRANSPORT).list()[0].bytes() = vec![2];
                tree.at(TRANSPORT).list()[1] = Node::octets(0x80, id);
            } else {
                *tree.at(AGREEMENT_ID) = Node::nodes(0xA0, vec![Node::octets(4, id)]);
            }
            open(&tree.write(), &server.as_recipient(), &authority.trust(), &SealLimits::default())
                .map(Opened::into_content)
        };
        let id = key_id(&server.certificate);
        assert_eq!(opened(&id).unwrap(), CONTENT, "{kind}");
        for other in [&[][..], &[0], &[1], &id[1..]] {
            assert!(matches!(opened(other), Err(OpenError::NotARecipient)), "{kind}: {other:?}");
        }
    }
}
