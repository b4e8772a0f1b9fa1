//! Lists of revoked certificates against servers that `openssl s_server` plays: which of them count, and for what.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
#[path = "s_server/mod.rs"]
mod s_server;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rcgen::{CertificateParams, KeyUsagePurpose};
use remote_services_interop::pki::{Authority, Identity, revoking};
use remote_services_interop::s_server::SServer;
use remote_services_interop::uploader::{config, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{
    RevocationListError, RevocationLists, RevocationPolicy, TlsFault, TlsSettings,
};
use remote_services_transport::exchange::{Method, Request};
use s_server::{HOST, VERSIONS, World, fault};

#[test]
fn lists_of_revoked_certificates_are_hard_or_soft_about_what_they_do_not_say() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let serial = |params: &mut CertificateParams| params.serial_number = Some(77_u64.into());
    let server = world.server("server", serial);
    let server = SServer::start(&server.certificate, &server.key, &[]);
    let says = |policy, list: &[u8]| {
        let lists = RevocationLists::new(policy, &[list.to_vec()]).unwrap();
        world.says(&server, TlsSettings::default().with_revocation(lists))
    };
    let (hard, soft) = (RevocationPolicy::Hard, RevocationPolicy::Soft);
    let ours = &world.authority;
    let fresh = ours.revoking(&[5], 2090);
    assert_eq!((says(hard, &fresh), says(soft, &fresh)), (None, None));
    let old = ours.revoking(&[5], 2021);
    assert_eq!((says(hard, &old), says(soft, &old)), (Some(TlsFault::RevocationListExpired), None));
    let listed = ours.revoking(&[77], 2021);
    assert_eq!(says(soft, &listed), Some(TlsFault::Revoked), "an old list still revokes");
    let foreign = world.stranger.revoking(&[77], 2090);
    assert_eq!((says(hard, &foreign), says(soft, &foreign)), (Some(TlsFault::RevocationUnknown), None));
    // By another authority that calls itself like ours.
    let forged = Authority::new(&world.folder("forged")).revoking(&[5], 2090);
    for policy in [hard, soft] {
        let found = says(policy, &forged);
        assert!(
            matches!(&found, Some(TlsFault::RevocationList(why)) if why.contains("signature")),
            "{found:?}"
        );
    }
}

#[test]
fn a_certificate_on_any_list_is_refused_whatever_the_other_lists_of_its_issuer_say() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let serial = |params: &mut CertificateParams| params.serial_number = Some(77_u64.into());
    let server = world.server("server", serial);
    let server = SServer::start(&server.certificate, &server.key, &[]);
    let ours = &world.authority;
    let says = |policy, lists: &[Vec<u8>]| {
        let lists = RevocationLists::new(policy, lists).unwrap();
        world.says(&server, TlsSettings::default().with_revocation(lists))
    };
    let in_both_orders = |policy, one: &[u8], other: &[u8]| {
        let said = says(policy, &[one.to_vec(), other.to_vec()]);
        assert_eq!(said, says(policy, &[other.to_vec(), one.to_vec()]), "the order makes a difference");
        said
    };
    let (hard, soft) = (RevocationPolicy::Hard, RevocationPolicy::Soft);
    let (listed, listed_then) = (ours.revoking(&[77], 2090), ours.revoking(&[77], 2021));
    let (empty, empty_then) = (ours.revoking_between(&[], 2021, 2090), ours.revoking(&[], 2021));
    for policy in [hard, soft] {
        for (one, other) in [(&listed, &empty), (&listed, &empty_then), (&listed_then, &empty)] {
            assert_eq!(in_both_orders(policy, one, other), Some(TlsFault::Revoked), "{policy:?}");
        }
        assert_eq!(in_both_orders(policy, &empty_then, &empty), None, "an old one beside a fresh one");
    }

    // The newest decides about freshness, not the one that would be in its time the longest.
    let newest = ours.revoking_between(&[], 2022, 2023);
    assert_eq!(in_both_orders(hard, &empty, &newest), Some(TlsFault::RevocationListExpired));
    assert_eq!(in_both_orders(soft, &empty, &newest), None);

    // The authority had another key, or somebody calls himself like it: that list says nothing about our server, for it or
    // against it.
    let earlier = Authority::new(&world.folder("earlier"));
    for policy in [hard, soft] {
        assert_eq!(in_both_orders(policy, &earlier.revoking(&[77], 2090), &empty), None);
        let found = in_both_orders(policy, &earlier.revoking(&[], 2090), &listed);
        assert_eq!(found, Some(TlsFault::Revoked));
    }
    let found = in_both_orders(hard, &earlier.revoking_between(&[], 2022, 2090), &empty_then);
    assert_eq!(found, Some(TlsFault::RevocationListExpired), "a stranger's list makes ours no fresher");
}

#[test]
fn each_authority_on_the_way_is_asked_for_and_may_have_changed_its_key() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let number =
        |serial: u64| move |params: &mut CertificateParams| params.serial_number = Some(serial.into());
    let above = &world.authority;
    let middle = above.below(&world.folder("middle"), "middle", number(5));
    let below = middle.bent_server("below", HOST, number(77));
    // Of the same name, and certified by the key before.
    let renewed = above.below(&world.folder("renewed"), "interop authority", number(6));
    let renewed_server = renewed.bent_server("renewed-server", HOST, number(77));
    let says = |server: &Identity, chain: &Authority, policy, lists: &[Vec<u8>]| {
        let chain = chain.certificate().display().to_string();
        let server = SServer::start(&server.certificate, &server.key, &["-cert_chain", &chain]);
        let lists = RevocationLists::new(policy, lists).unwrap();
        world.says(&server, TlsSettings::default().with_revocation(lists))
    };
    let (hard, soft) = (RevocationPolicy::Hard, RevocationPolicy::Soft);
    let (from_above, from_middle) = (above.revoking(&[], 2090), middle.revoking(&[], 2090));
    let both = [from_above.clone(), from_middle.clone()];
    assert_eq!(says(&below, &middle, hard, &both), None);
    for one in &both {
        let one = std::slice::from_ref(one);
        assert_eq!(says(&below, &middle, hard, one), Some(TlsFault::RevocationUnknown));
        assert_eq!(says(&below, &middle, soft, one), None);
    }
    for policy in [hard, soft] {
        let found = says(&below, &middle, policy, &[from_above.clone(), middle.revoking(&[77], 2090)]);
        assert_eq!(found, Some(TlsFault::Revoked));
        let found = says(&below, &middle, policy, &[above.revoking(&[5], 2090), from_middle.clone()]);
        assert_eq!(found, Some(TlsFault::Revoked), "of an authority on the way");
    }

    let lists = [above.revoking(&[77], 2090), renewed.revoking(&[], 2090)];
    for policy in [hard, soft] {
        assert_eq!(says(&renewed_server, &renewed, policy, &lists), None, "77 of the key before");
        let lists = [from_above.clone(), renewed.revoking(&[77], 2090)];
        assert_eq!(says(&renewed_server, &renewed, policy, &lists), Some(TlsFault::Revoked));
    }
    assert_eq!(says(&renewed_server, &renewed, soft, &[renewed.revoking(&[], 2090)]), None);

    let silent = above.below(&world.folder("silent"), "silent", |params| {
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    });
    // As if it had signed one all the same.
    let twin = world.stranger.below(&world.folder("twin"), "silent", |_| {});
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let list = revoking(&read(twin.certificate()), &read(silent.key()), &[], 2090);
    let found = says(&silent.server(HOST), &silent, hard, &[from_above, list]);
    assert!(
        matches!(&found, Some(TlsFault::RevocationList(why)) if why.contains("may not sign")),
        "{found:?}"
    );
}

#[test]
fn a_list_that_cannot_be_used_says_why_and_leaves_the_others_their_say() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let serial = |params: &mut CertificateParams| params.serial_number = Some(77_u64.into());
    let server = world.server("server", serial);
    let server = SServer::start(&server.certificate, &server.key, &[]);
    let says = |policy, lists: &[Vec<u8>]| {
        let lists = RevocationLists::new(policy, lists).unwrap();
        world.says(&server, TlsSettings::default().with_revocation(lists))
    };
    let (hard, soft) = (RevocationPolicy::Hard, RevocationPolicy::Soft);
    let (listed, fresh) = (world.authority.revoking(&[77], 2090), world.authority.revoking(&[5], 2090));
    for (name, extension, words) in [
        ("delta", "2.5.29.27=critical,ASN1:INTEGER:1", "(delta CRL)"),
        ("indirect", "2.5.29.28=critical,DER:30:03:84:01:FF", "(indirect CRL)"),
        ("unknown", "1.2.3.4=critical,ASN1:NULL", "critical extension"),
    ] {
        let odd = world.odd_list(name, extension);
        let why = RevocationLists::new(hard, std::slice::from_ref(&odd)).err().unwrap();
        assert!(matches!(why, RevocationListError::Unsupported(_)), "{why}");
        assert!(why.to_string().contains(words), "{why}");
        assert_eq!(RevocationLists::check(&[odd.clone(), fresh.clone()]), Ok(vec![why]));
        for policy in [hard, soft] {
            assert_eq!(says(policy, &[odd.clone(), fresh.clone()]), None);
            assert_eq!(says(policy, &[odd.clone(), listed.clone()]), Some(TlsFault::Revoked));
        }
    }

    let future = world.authority.revoking_between(&[], 2090, 2091);
    let found = says(hard, std::slice::from_ref(&future));
    assert!(
        matches!(&found, Some(TlsFault::RevocationList(why)) if why.contains("not valid yet")),
        "{found:?}"
    );
    assert_eq!(says(soft, std::slice::from_ref(&future)), None);
    assert_eq!(says(hard, &[future, fresh]), None, "the one of now counts");
    let found = says(soft, &[world.authority.revoking_between(&[77], 2090, 2091)]);
    assert_eq!(found, Some(TlsFault::Revoked), "who is on it is on it");
}

#[test]
fn a_new_list_counts_from_the_next_connection_on() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let serial = |params: &mut CertificateParams| params.serial_number = Some(77_u64.into());
    let server = world.server("server", serial);
    for version in VERSIONS {
        let server = SServer::start(&server.certificate, &server.key, &[version]);
        let lists = [world.authority.revoking(&[5], 2090)];
        let lists = RevocationLists::new(RevocationPolicy::Hard, &lists).unwrap();
        let config = config(HOST, server.address.port());
        let config = config.with_tls(TlsSettings::default().with_revocation(lists.clone()));
        let client =
            Client::new(config, &identity(&world.authority, &world.authority.client("client"))).unwrap();
        let get = || {
            let answer = client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO);
            fault(answer.map(|answer| answer.status))
        };
        assert_eq!((get(), get()), (None, None));
        lists.replace(&[world.authority.revoking(&[77], 2090)]).unwrap();
        assert_eq!(get(), Some(TlsFault::Revoked), "{version}");
        lists.replace(&[world.authority.revoking(&[], 2090)]).unwrap();
        assert_eq!(get(), None);
    }
}
