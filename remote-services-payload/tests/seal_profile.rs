//! The profile of the container: every deviation has its own refusal, every damage is seen.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{DerErrorKind, OpenError, SealLimits, open, sign, verify};
use support::der::Node;
use support::{Authority, Counting, Issued, now};

const CONTENT: &[u8] = b"what the printer said";

struct World {
    authority: Authority,
    server: Issued,
    sealed: Vec<u8>,
    signed: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new("authority");
        let (client, server) = (authority.signer("client"), authority.recipient("server"));
        let recipients = [server.certificate.clone()];
        let sealed =
            seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut Counting(1)).unwrap();
        let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
        Self { authority, server, sealed, signed }
    }

    fn open(&self, octets: &[u8]) -> Result<Vec<u8>, OpenError> {
        let opened =
            open(octets, &self.server.as_recipient(), &self.authority.trust(), &SealLimits::default())?;
        Ok(opened.into_content())
    }

    fn verify(&self, octets: &[u8]) -> Result<Vec<u8>, OpenError> {
        let verified = verify(octets, &self.authority.trust(), &SealLimits::default())?;
        Ok(verified.content.to_vec())
    }

    /// What opening says about the sealed container after a change to its tree.
    fn envelope(&self, change: impl FnOnce(&mut Node)) -> OpenError {
        let mut tree = Node::read(&self.sealed);
        change(&mut tree);
        self.open(&tree.write()).unwrap_err()
    }

    /// What verifying says about the signed content after a change to its tree.
    fn signed(&self, change: impl FnOnce(&mut Node)) -> OpenError {
        let mut tree = Node::read(&self.signed);
        change(&mut tree);
        self.verify(&tree.write()).unwrap_err()
    }
}

// Positions in the tree of a ContentInfo with AuthEnvelopedData.
const VERSION: &[usize] = &[1, 0, 0];
const ENVELOPED: &[usize] = &[1, 0];
const RECIPIENTS: &[usize] = &[1, 0, 1];
const RECIPIENT: &[usize] = &[1, 0, 1, 0];
const EPHEMERAL: &[usize] = &[1, 0, 1, 0, 1, 0];
const AGREEMENT: &[usize] = &[1, 0, 1, 0, 2];
const ENCRYPTED_KEYS: &[usize] = &[1, 0, 1, 0, 3];
const ENCRYPTED_CONTENT: &[usize] = &[1, 0, 2];
const MAC: &[usize] = &[1, 0, 3];

// Positions in the tree of a ContentInfo with SignedData.
const DIGESTS: &[usize] = &[1, 0, 1];
const ENCAPSULATED: &[usize] = &[1, 0, 2];
const CERTIFICATES: &[usize] = &[1, 0, 3];
const SIGNER_INFOS: &[usize] = &[1, 0, 4];
const SIGNER_INFO: &[usize] = &[1, 0, 4, 0];
const ATTRIBUTES: &[usize] = &[1, 0, 4, 0, 3];

fn path(start: &[usize], more: &[usize]) -> Vec<usize> {
    [start, more].concat()
}

fn flip_last(node: &mut Node) {
    *node.bytes().last_mut().unwrap() ^= 1;
}

macro_rules! assert_error {
    ($error:expr, $pattern:pat $(if $guard:expr)?) => {
        let error = $error;
        assert!(matches!(&error, $pattern $(if $guard)?), "{error}");
    };
}

#[test]
fn the_trees_are_those_that_the_tests_change() {
    let world = World::new();
    assert_eq!(Node::read(&world.sealed).write(), world.sealed);
    assert_eq!(Node::read(&world.signed).write(), world.signed);
    assert_eq!(world.open(&world.sealed).unwrap(), CONTENT);
    assert_eq!(world.verify(&world.signed).unwrap(), CONTENT);
}

#[test]
fn refuses_other_versions() {
    let world = World::new();
    let set = |at: &'static [usize], to: u8| move |tree: &mut Node| *tree.at(at).bytes() = vec![to];
    assert_error!(
        world.envelope(set(VERSION, 1)),
        OpenError::Version { structure: "AuthEnvelopedData", found: 1, expected: 0 }
    );
    assert_error!(
        world.envelope(set(&[1, 0, 1, 0, 0], 2)),
        OpenError::Version { structure: "KeyAgreeRecipientInfo", found: 2, .. }
    );
    assert_error!(
        world.signed(set(VERSION, 2)),
        OpenError::Version { structure: "SignedData", found: 2, .. }
    );
    assert_error!(
        world.signed(set(VERSION, 3)),
        OpenError::Version { structure: "SignerInfo", found: 1, .. }
    );
    assert_error!(
        world.signed(set(&[1, 0, 4, 0, 0], 3)),
        OpenError::Version { structure: "SignerInfo", found: 3, .. }
    );
}

#[test]
fn refuses_other_content_types() {
    let world = World::new();
    let swap = |at: &'static [usize]| move |tree: &mut Node| flip_last(tree.at(at));
    assert_error!(world.envelope(swap(&[0])), OpenError::ContentType { structure: "ContentInfo", .. });
    assert_error!(
        world.envelope(swap(&[1, 0, 2, 0])),
        OpenError::ContentType { structure: "EncryptedContentInfo", .. }
    );
    assert_error!(world.signed(swap(&[0])), OpenError::ContentType { .. });
    assert_error!(
        world.signed(swap(&[1, 0, 2, 0])),
        OpenError::ContentType { structure: "EncapsulatedContentInfo", .. }
    );
    // Signed content instead of an envelope: nobody encrypted it.
    assert_error!(
        world.open(&world.signed).unwrap_err(),
        OpenError::ContentType { structure: "ContentInfo", .. }
    );
}

#[test]
fn refuses_other_algorithms() {
    let world = World::new();
    for (at, expected) in [
        (path(EPHEMERAL, &[0, 0]), "ephemeral key"),
        (path(AGREEMENT, &[0]), "key agreement"),
        (path(AGREEMENT, &[1, 0]), "key wrap"),
        (path(ENCRYPTED_CONTENT, &[1, 0]), "content encryption"),
    ] {
        let error = world.envelope(|tree| flip_last(tree.at(&at)));
        assert_error!(error, OpenError::Algorithm { role, .. } if *role == expected);
    }
    for (at, expected) in [
        (path(DIGESTS, &[0, 0]), "digest"),
        (path(SIGNER_INFO, &[2, 0]), "digest"),
        (path(SIGNER_INFO, &[4, 0]), "signature"),
    ] {
        // Another arc below the same parent, which is no algorithm of the profile.
        let error = world.signed(|tree| *tree.at(&at).bytes().last_mut().unwrap() ^= 8);
        assert_error!(error, OpenError::Algorithm { role, .. } if *role == expected);
    }
}

#[test]
fn refuses_other_parameters() {
    let world = World::new();
    let null = || Node::octets(5, &[]);
    for (at, expected) in [(path(EPHEMERAL, &[0]), "ephemeral key"), (path(AGREEMENT, &[1]), "key wrap")] {
        let error = world.envelope(|tree| tree.at(&at).list().push(null()));
        assert_error!(error, OpenError::AlgorithmParameters { role, .. } if *role == expected);
    }
    let error = world.envelope(|tree| drop(tree.at(AGREEMENT).list().pop()));
    assert_error!(error, OpenError::AlgorithmParameters { role: "key agreement", .. });
    let gcm = path(ENCRYPTED_CONTENT, &[1, 1]);
    let error = world.envelope(|tree| *tree.at(&gcm).list()[1].bytes() = vec![12]);
    assert_error!(error, OpenError::AlgorithmParameters { role: "content encryption", .. });
    let error = world.envelope(|tree| tree.at(&gcm).list()[0].bytes().push(0));
    assert_error!(error, OpenError::AlgorithmParameters { role: "content encryption", .. });
    let error = world.signed(|tree| tree.at(&path(SIGNER_INFO, &[4])).list().push(null()));
    assert_error!(error, OpenError::AlgorithmParameters { role: "signature", .. });
}

#[test]
fn refusals_of_parameters_tell_the_octet() {
    let world = World::new();
    for (at, tag) in [(path(AGREEMENT, &[1]), 0x30), (path(ENCRYPTED_CONTENT, &[1, 1]), 0x30)] {
        let mut tree = Node::read(&world.sealed);
        assert_eq!(tree.at(&at).tag, tag);
        let here = tree.at(&at).write();
        let octet = world.sealed.windows(here.len()).position(|found| found == here).unwrap();
        let error = world.envelope(|tree| tree.at(&at).tag = 0x31);
        let unexpected = DerErrorKind::UnexpectedTag { expected: tag, found: 0x31 };
        assert_error!(error, OpenError::Envelope(error) if error.kind == unexpected && error.offset == octet);
    }
}

#[test]
fn null_after_the_digest_algorithm_is_accepted() {
    let world = World::new();
    let mut tree = Node::read(&world.signed);
    tree.at(&path(DIGESTS, &[0])).list().push(Node::octets(5, &[]));
    assert_eq!(world.verify(&tree.write()).unwrap(), CONTENT);
}

#[test]
fn refuses_parts_that_nothing_covers() {
    let world = World::new();
    let extra = |at: &'static [usize], position: usize, node: Node| {
        move |tree: &mut Node| tree.at(at).list().insert(position, node)
    };
    for (at, position, node, what) in [
        (ENVELOPED, 1, Node::nodes(0xA0, vec![]), "AuthEnvelopedData.originatorInfo"),
        (ENVELOPED, 3, Node::nodes(0xA1, vec![]), "AuthEnvelopedData.authAttrs"),
        (ENVELOPED, 4, Node::nodes(0xA2, vec![]), "AuthEnvelopedData.unauthAttrs"),
        (RECIPIENT, 2, Node::nodes(0xA1, vec![Node::octets(4, b"ukm")]), "KeyAgreeRecipientInfo.ukm"),
    ] {
        let error = world.envelope(extra(at, position, node));
        assert_error!(error, OpenError::NotInProfile { what: found } if *found == what);
    }
    for (at, position, node, what) in [
        (ENVELOPED, 4, Node::nodes(0xA1, vec![]), "SignedData.crls"),
        (SIGNER_INFO, 6, Node::nodes(0xA1, vec![]), "SignerInfo.unsignedAttrs"),
    ] {
        let error = world.signed(extra(at, position, node));
        assert_error!(error, OpenError::NotInProfile { what: found } if *found == what);
    }
}

#[test]
fn refuses_recipients_of_other_kinds_and_too_many() {
    let world = World::new();
    let error = world.envelope(|tree| tree.at(RECIPIENT).tag = 0xA2); // KEKRecipientInfo
    assert_error!(error, OpenError::Envelope(error) if error.kind == DerErrorKind::UnexpectedTag { expected: 0xA1, found: 0xA2 });
    let error = world.envelope(|tree| {
        let one = tree.at(RECIPIENT).clone();
        *tree.at(RECIPIENTS).list() = vec![one; 17];
    });
    assert_error!(error, OpenError::TooMany { what: "recipients", limit: 16 });
    let error = world.envelope(|tree| {
        let one = tree.at(ENCRYPTED_KEYS).list()[0].clone();
        tree.at(ENCRYPTED_KEYS).list().push(one);
    });
    assert_error!(error, OpenError::TooMany { what: "keys for one ephemeral key", limit: 1 });
    let error = world.envelope(|tree| tree.at(RECIPIENTS).list().clear());
    assert_error!(error, OpenError::NotARecipient);
}

#[test]
fn refuses_keys_tags_and_ciphertexts_that_were_changed() {
    let world = World::new();
    let point = path(EPHEMERAL, &[1]);
    assert_error!(world.envelope(|tree| flip_last(tree.at(&point))), OpenError::EphemeralKey);
    assert_error!(world.envelope(|tree| tree.at(&point).bytes()[0] = 1), OpenError::EphemeralKey);
    assert_error!(world.envelope(|tree| tree.at(&point).bytes()[1] = 2), OpenError::EphemeralKey);
    // The point at infinity, and a compressed point.
    assert_error!(world.envelope(|tree| *tree.at(&point).bytes() = vec![0, 0]), OpenError::EphemeralKey);
    assert_error!(world.envelope(|tree| tree.at(&point).bytes().truncate(34)), OpenError::EphemeralKey);
    let wrapped = path(ENCRYPTED_KEYS, &[0, 1]);
    assert_error!(world.envelope(|tree| flip_last(tree.at(&wrapped))), OpenError::KeyUnwrap);
    assert_error!(world.envelope(|tree| tree.at(&wrapped).bytes().push(0)), OpenError::KeyUnwrap);
    assert_error!(world.envelope(|tree| flip_last(tree.at(MAC))), OpenError::Tag);
    assert_error!(world.envelope(|tree| tree.at(MAC).bytes().truncate(12)), OpenError::Tag);
    let content = path(ENCRYPTED_CONTENT, &[2]);
    assert_error!(world.envelope(|tree| flip_last(tree.at(&content))), OpenError::Tag);
    let nonce = path(ENCRYPTED_CONTENT, &[1, 1, 0]);
    assert_error!(world.envelope(|tree| flip_last(tree.at(&nonce))), OpenError::Tag);
    let serial = path(ENCRYPTED_KEYS, &[0, 0, 1]);
    assert_error!(world.envelope(|tree| flip_last(tree.at(&serial))), OpenError::NotARecipient);
}

#[test]
fn refuses_content_and_signatures_that_were_changed() {
    let world = World::new();
    let content = path(ENCAPSULATED, &[1, 0]);
    assert_error!(world.signed(|tree| flip_last(tree.at(&content))), OpenError::Digest);
    assert_error!(world.signed(|tree| flip_last(tree.at(&path(SIGNER_INFO, &[5])))), OpenError::Signature);
    let signing_time = |tree: &mut Node| {
        let attribute = tree
            .at(ATTRIBUTES)
            .list()
            .iter_mut()
            .find(|node| node.write().windows(2).any(|pair| pair == [0x17, 13]));
        attribute.unwrap().at(&[1, 0]).bytes()[11] ^= 1;
    };
    assert_error!(world.signed(signing_time), OpenError::Signature);
    // Content inside is a must: a detached signature has none.
    assert_error!(world.signed(|tree| drop(tree.at(ENCAPSULATED).list().pop())), OpenError::Signed(_));
}

#[test]
fn refuses_signed_attributes_that_are_missing_doubled_or_out_of_order() {
    let world = World::new();
    let names = ["contentType", "signingTime", "messageDigest"];
    for (at, name) in names.into_iter().enumerate() {
        let error = world.signed(|tree| drop(tree.at(ATTRIBUTES).list().remove(at)));
        assert_error!(error, OpenError::AttributeMissing { attribute } if *attribute == name);
        let error = world.signed(|tree| {
            let values = tree.at(&path(ATTRIBUTES, &[at, 1]));
            let value = values.list()[0].clone();
            values.list().push(value);
        });
        assert_error!(error, OpenError::AttributeRepeated { .. });
        let error = world.signed(|tree| {
            let attribute = tree.at(ATTRIBUTES).list()[at].clone();
            tree.at(ATTRIBUTES).list().insert(at, attribute);
        });
        assert_error!(error, OpenError::AttributeRepeated { .. });
    }
    assert_error!(world.signed(|tree| tree.at(ATTRIBUTES).list().reverse()), OpenError::AttributeOrder);
}

#[test]
fn refuses_signers_without_certificate_several_signers_and_swapped_certificates() {
    let world = World::new();
    let other = world.authority.signer("client");
    let swapped = |tree: &mut Node| *tree.at(CERTIFICATES).list() = vec![Node::read(other.certificate.der())];
    assert_error!(world.signed(swapped), OpenError::SignerCertificateMissing);
    assert_error!(
        world.signed(|tree| tree.at(CERTIFICATES).list().clear()),
        OpenError::SignerCertificateMissing
    );
    let two = |tree: &mut Node| {
        let one = tree.at(SIGNER_INFO).clone();
        tree.at(SIGNER_INFOS).list().push(one);
    };
    assert_error!(world.signed(two), OpenError::TooMany { what: "signers", limit: 1 });
    let twice = |tree: &mut Node| {
        let one = tree.at(CERTIFICATES).list()[0].clone();
        tree.at(CERTIFICATES).list().push(one);
    };
    assert_error!(world.signed(twice), OpenError::SurplusCertificate);
    let renamed = |tree: &mut Node| {
        let name = Node::read(&sid_of(&other));
        *tree.at(&path(SIGNER_INFO, &[1])) = name;
        swapped(tree);
    };
    assert_error!(world.signed(renamed), OpenError::Signature);
    let flood = |tree: &mut Node| {
        let one = tree.at(CERTIFICATES).list()[0].clone();
        *tree.at(CERTIFICATES).list() = vec![one; 10];
    };
    assert_error!(world.signed(flood), OpenError::SurplusCertificate);
}

/// IssuerAndSerialNumber of a certificate.
fn sid_of(issued: &Issued) -> Vec<u8> {
    let mut tree = Node::read(issued.certificate.der());
    let (serial, issuer) = (tree.at(&[0, 1]).clone(), tree.at(&[0, 3]).clone());
    Node::nodes(0x30, vec![issuer, serial]).write()
}

#[test]
fn refuses_ber_and_octets_after_the_end() {
    let world = World::new();
    type Check = fn(&World, &[u8]) -> Result<Vec<u8>, OpenError>;
    for (octets, check) in [(&world.sealed, World::open as Check), (&world.signed, World::verify)] {
        let check = |octets: &[u8]| check(&world, octets).unwrap_err();
        let kind = |error: OpenError| match error {
            OpenError::Envelope(error) | OpenError::Signed(error) => error.kind,
            other => panic!("{other}"),
        };
        // ContentInfo with indefinite length, as `openssl cms -indef` writes it.
        let mut indefinite = octets.clone();
        indefinite.splice(1..4, [0x80]);
        indefinite.extend([0, 0]);
        assert_eq!(kind(check(&indefinite)), DerErrorKind::IndefiniteLength);
        let mut long = octets.clone();
        long.splice(1..2, [0x83, 0]);
        assert_eq!(kind(check(&long)), DerErrorKind::NonMinimalLength);
        let mut trailing = octets.clone();
        trailing.push(0);
        assert_eq!(kind(check(&trailing)), DerErrorKind::TrailingData { extra: 1 });
        let mut huge = octets.clone();
        huge.splice(1..4, [0x84, 0x7F, 0xFF, 0xFF, 0xFF]);
        assert!(matches!(kind(check(&huge)), DerErrorKind::Truncated { .. }));
    }
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        static WORLD: LazyLock<World> = LazyLock::new(World::new);
        let world = &*WORLD;
        prop_assert!(world.open(&octets).is_err());
        prop_assert!(world.verify(&octets).is_err());
    }
}
