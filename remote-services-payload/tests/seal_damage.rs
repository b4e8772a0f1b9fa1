//! Containers and signed content that were cut off or changed by a bit, for keys of every kind: nothing of it opens.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    DerErrorKind, KeyDerivation, KeyKind, OpenError, Opened, OsRandom, SealLimits, Signer, open, sign, verify,
};
use support::kinds::{KINDS, recipient, signer};
use support::{Authority, now};

const CONTENT: &[u8] = b"what the printer said";

/// Hands each damaged form to `check`: with one bit of `every` flipped, or cut off.
fn damaged(whole: &[u8], every: usize, check: &dyn Fn(&[u8], &str)) {
    for bit in (0..whole.len() * 8).step_by(every) {
        // not the same bit of each octet
        let bit = bit + (bit / every) % every;
        let mut changed = whole.to_vec();
        if let Some(octet) = changed.get_mut(bit / 8) {
            *octet ^= 1 << (bit % 8);
            check(&changed, &format!("bit {} of octet {}", bit % 8, bit / 8));
        }
    }
}

fn is_truncation(error: &OpenError) -> bool {
    match error {
        OpenError::Envelope(error) | OpenError::Signed(error) => {
            matches!(error.kind, DerErrorKind::Truncated { .. })
        }
        _ => false,
    }
}

#[test]
fn no_flipped_bit_of_a_container_opens_whatever_the_keys() {
    let authority = Authority::new("authority");
    let trust = authority.trust();
    let by_hkdf = [KeyKind::P256, KeyKind::P384].map(|kind| (kind, KeyDerivation::hkdf(kind)));
    for (kind, derivation) in KINDS.map(|kind| (kind, KeyDerivation::X963Sha256)).into_iter().chain(by_hkdf) {
        let (client, server) = (signer(&authority, kind), recipient(&authority, kind));
        let recipients = [server.certificate.clone()];
        let sender = Signer { derivation, ..client.as_signer() };
        let octets = seal_message(CONTENT, &sender, &recipients, now(), &mut OsRandom).unwrap();
        // the private operations of P-384 and RSA are slow: a sample of their bits
        let every = [1, 5, 11][KINDS.iter().position(|one| *one == kind).unwrap()];
        damaged(&octets, every, &|changed, what| {
            let opened = open(changed, &server.as_recipient(), &trust, &SealLimits::default());
            assert!(opened.is_err(), "{kind}, {derivation:?}: {what}");
        });
    }
}

/// The tag covers no key that is wrapped: that of another recipient is for the other to check.
#[test]
fn a_flipped_bit_shows_to_one_of_two_recipients_and_changes_nothing_for_the_other() {
    let authority = Authority::new("authority");
    let trust = authority.trust();
    let (client, servers) =
        (authority.signer("client"), ["one", "two"].map(|name| authority.recipient(name)));
    let recipients = servers.each_ref().map(|server| server.certificate.clone());
    let octets = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
    damaged(&octets, 7, &|changed, what| {
        let opened = servers.each_ref().map(|server| {
            open(changed, &server.as_recipient(), &trust, &SealLimits::default())
                .map(Opened::into_content)
                .ok()
        });
        assert!(opened.contains(&None), "{what}");
        assert!(opened.iter().flatten().all(|content| content == CONTENT), "{what}");
    });
}

#[test]
fn no_flipped_bit_of_signed_content_verifies_whatever_the_key() {
    let authority = Authority::new("authority");
    let trust = authority.trust();
    for kind in KINDS {
        let octets = sign(CONTENT, &signer(&authority, kind).as_signer(), now()).unwrap();
        let every = if kind == KeyKind::P384 { 3 } else { 1 };
        damaged(&octets, every, &|changed, what| {
            assert!(verify(changed, &trust, &SealLimits::default()).is_err(), "{kind}: {what}");
        });
    }
}

#[test]
fn what_is_cut_off_is_refused_as_that_whatever_the_keys() {
    let authority = Authority::new("authority");
    let trust = authority.trust();
    for kind in KINDS {
        let (client, server) = (signer(&authority, kind), recipient(&authority, kind));
        let recipients = [server.certificate.clone()];
        let sealed = seal_message(CONTENT, &client.as_signer(), &recipients, now(), &mut OsRandom).unwrap();
        for length in 0..sealed.len() {
            let error =
                open(&sealed[..length], &server.as_recipient(), &trust, &SealLimits::default()).unwrap_err();
            assert!(is_truncation(&error), "{kind}, {length} octets: {error}");
        }
        let signed = sign(CONTENT, &client.as_signer(), now()).unwrap();
        for length in 0..signed.len() {
            let error = verify(&signed[..length], &trust, &SealLimits::default()).unwrap_err();
            assert!(is_truncation(&error), "{kind}, {length} octets: {error}");
        }
    }
}
