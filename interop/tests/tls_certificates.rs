//! Servers with bad certificates, played by `openssl s_server`: each has its own error and its own sentence.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
#[path = "s_server/mod.rs"]
mod s_server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, KeyUsagePurpose, NameConstraints,
    date_time_ymd,
};
use remote_services_interop::pki::Identity;
use remote_services_interop::s_server::SServer;
use remote_services_interop::server::OurServer;
use remote_services_interop::squid::Squid;
use remote_services_interop::uploader::{Here, config, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::{Client, enrol, new_key};
use remote_services_transport::client::{
    ClientError, ProxySettings, RevocationLists, RevocationPolicy, TlsFault, TlsSettings,
};
use remote_services_transport::enrol::{self, TrustAnchors};
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::pem::certificates;
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use s_server::{HOST, VERSIONS, World, fault, files};

/// Also what OpenSSL by itself would not show any more.
const WEAK: [&str; 2] = ["-cipher", "DEFAULT:@SECLEVEL=0"];

#[test]
fn each_bad_certificate_has_its_own_error_and_sentence_in_both_versions_of_tls() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let plain = TlsSettings::default();
    let mut sentences = BTreeSet::new();
    let mut refused = |found: Option<TlsFault>, expected: TlsFault| {
        assert_eq!(found.as_ref(), Some(&expected));
        assert!(sentences.insert(expected.to_string()), "said twice: {expected}");
    };
    let good = world.server("good", |_| {});
    assert_eq!(world.judged(files(&good), &[], &plain), None);

    let expired = world.server("expired", |params| params.not_after = date_time_ymd(2020, 1, 1));
    refused(world.judged(files(&expired), &[], &plain), TlsFault::Expired);
    let early = world.server("early", |params| params.not_before = date_time_ymd(2090, 1, 1));
    refused(world.judged(files(&early), &[], &plain), TlsFault::NotYetValid);
    let other_host = world.authority.server("other.test");
    refused(world.judged(files(&other_host), &[], &plain), TlsFault::WrongHost);
    let foreign = world.stranger.server("other.test");
    refused(world.judged(files(&foreign), &[], &plain), TlsFault::UnknownIssuer);
    let usage = world.server("usage", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    refused(world.judged(files(&usage), &[], &plain), TlsFault::WrongPurpose);

    // With TLS 1.2 openssl does not show such a certificate.
    let with_usages = |file, usages: &[KeyUsagePurpose]| {
        let server = world.server(file, |params| params.key_usages = usages.to_vec());
        world.says(&SServer::start(&server.certificate, &server.key, &["-tls1_3"]), plain.clone())
    };
    refused(with_usages("no-signer", &[KeyUsagePurpose::KeyCertSign]), TlsFault::WrongKeyUsage);
    let both = [KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    assert_eq!((with_usages("signer", &both), with_usages("anything", &[])), (None, None));

    let narrow = world.authority.below(&world.folder("narrow"), "narrow", |params| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("example.com".to_owned())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    });
    let beyond = narrow.server(HOST);
    let chain = narrow.certificate().display().to_string();
    refused(world.judged(files(&beyond), &["-cert_chain", &chain], &plain), TlsFault::NameConstraint);

    let serial = |params: &mut CertificateParams| params.serial_number = Some(77_u64.into());
    let revoked = world.server("revoked", serial);
    let lists = [world.authority.revoking(&[77], 2090)];
    let lists = RevocationLists::new(RevocationPolicy::Hard, &lists).unwrap();
    let checking = TlsSettings::default().with_revocation(lists);
    refused(world.judged(files(&revoked), &[], &checking), TlsFault::Revoked);

    let suffix = TlsSettings::default().with_name_suffixes(vec!["example.com".parse().unwrap()]);
    let names = ("upload.test".to_owned(), "example.com".to_owned());
    let wrong = TlsFault::WrongSuffix { name: names.0, suffixes: names.1 };
    refused(world.judged(files(&good), &[], &suffix), wrong);
    let pin = TlsSettings::default().with_pins(vec![SpkiPin::from_bytes([7; 32])]);
    let found = SpkiPin::of_certificate(&good.certificate_der).unwrap().to_string();
    refused(world.judged(files(&good), &[], &pin), TlsFault::WrongPin { found });
}

#[test]
fn weak_keys_and_weak_signatures_are_told_apart_from_unknown_issuers() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let plain = TlsSettings::default();
    let (certificate, key) = (world.authority.certificate(), world.authority.key());
    let ours = (certificate.as_path(), key.as_path());
    let names = &*format!("subjectAltName=DNS:{HOST}");
    let short = &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..];
    let curve = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"][..];

    let weak = world.by_openssl(ours, "weak", short, &["-sha256"], names);
    let found = world.judged([&weak[0], &weak[1]], &WEAK, &plain);
    assert_eq!(found, Some(TlsFault::WeakKey("RSA of 1024 bits, fewer than 2048".to_owned())));

    let sha1 = world.by_openssl(ours, "sha1", curve, &["-sha1"], names);
    let found = world.judged([&sha1[0], &sha1[1]], &WEAK, &plain);
    assert_eq!(found, Some(TlsFault::SignatureAlgorithm("ECDSA with SHA-1".to_owned())));

    let middle = world.by_openssl(ours, "middle", short, &["-sha256"], "basicConstraints=critical,CA:TRUE");
    let below = world.by_openssl((&middle[0], &middle[1]), "below", curve, &["-sha256"], names);
    let chain = middle[0].display().to_string();
    let options = [&WEAK[..], &["-cert_chain", &chain]].concat();
    let found = world.judged([&below[0], &below[1]], &options, &plain);
    assert_eq!(found, Some(TlsFault::WeakKey("RSA of 1024 bits, fewer than 2048".to_owned())));
}

#[test]
fn a_signature_that_this_programs_module_cannot_check_is_told_with_its_key_and_not_called_weak() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let (certificate, key) = (world.authority.certificate(), world.authority.key());
    let ours = (certificate.as_path(), key.as_path());
    let names = &*format!("subjectAltName=DNS:{HOST}");
    let p256 = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"][..];
    let p521 = &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"][..];
    let said = |[certificate, key]: &[PathBuf; 2], options: &[&str]| {
        world.judged([certificate, key], options, &TlsSettings::default()).unwrap()
    };
    let unsupported = |what: &str| TlsFault::SignatureNotSupported(what.to_owned());

    let sha512 = world.by_openssl(ours, "sha512", p256, &["-sha512"], names);
    assert_eq!(said(&sha512, &[]), unsupported("ECDSA with SHA-512"));

    let of_authority = "basicConstraints=critical,CA:TRUE";
    let middle = world.by_openssl(ours, "p521-middle", p521, &["-sha256"], of_authority);
    let below = world.by_openssl((&middle[0], &middle[1]), "p521", p256, &["-sha256"], names);
    let found = said(&below, &["-cert_chain", &middle[0].display().to_string()]);
    assert_eq!(found, unsupported("ECDSA with SHA-256 by a key on the curve P-521"));
    let sentence = found.to_string();
    assert!(sentence.contains("cannot be checked by the cryptographic module"), "{sentence}");
    assert!(!sentence.contains("weak") && !sentence.contains("1.2.840"), "{sentence}");
}

#[test]
fn a_weak_key_of_the_authority_itself_is_told_as_such() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let (certificate, key) = (world.authority.certificate(), world.authority.key());
    let ours = (certificate.as_path(), key.as_path());
    let short = &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..];
    let curve = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"][..];
    let weak = world.by_openssl(ours, "weak", short, &["-sha256"], "basicConstraints=critical,CA:TRUE");
    let names = &*format!("subjectAltName=DNS:{HOST}");
    let below = world.by_openssl((&weak[0], &weak[1]), "below", curve, &["-sha256"], names);
    let server = SServer::start(&below[0], &below[1], &[]);
    let anchors = certificates(&fs::read_to_string(&weak[0]).unwrap()).unwrap();
    let own = identity(&world.authority, &world.authority.client("client"));
    let own = enrol::Identity { anchors: TrustAnchors::from_stored(anchors), ..own };
    let client = Client::new(config(HOST, server.address.port()), &own).unwrap();
    let request = Request::new(Method::Get, "/");
    let found = fault(client.exchange(&request, Duration::ZERO).map(|answer| answer.status));
    assert_eq!(found, Some(TlsFault::WeakKey("RSA of 1024 bits, fewer than 2048".to_owned())));
}

#[test]
fn whoever_registers_is_told_of_a_servers_weak_key_as_such() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let (certificate, key) = (world.authority.certificate(), world.authority.key());
    let names = &*format!("subjectAltName=DNS:{HOST}");
    let short = &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..];
    let weak = world.by_openssl((&certificate, &key), "weak", short, &["-sha256"], names);
    for version in VERSIONS {
        let server = SServer::start(&weak[0], &weak[1], &[&[version], &WEAK[..]].concat());
        let registration = RegistrationKey {
            server: ServerUrl::new(HOST, server.address.port()).unwrap(),
            key: OneTimeKey::from_random([9; 16]),
            pin: SpkiPin::of_certificate(&world.authority.certificate_der()).unwrap(),
        };
        let plain = config(HOST, server.address.port());
        let Err(error) = enrol(&plain, &registration, &new_key().unwrap()) else { panic!("registered") };
        let ClientError::Tls { fault, .. } = &error else { panic!("{error}") };
        assert_eq!(*fault, TlsFault::WeakKey("RSA of 1024 bits, fewer than 2048".to_owned()), "{version}");
    }
}

#[test]
fn a_pin_fits_the_servers_own_key_and_one_may_be_for_tomorrow() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let pin = |identity: &Identity| SpkiPin::of_certificate(&identity.certificate_der).unwrap();
    let (today, tomorrow) = (world.server("today", |_| {}), world.server("tomorrow", |_| {}));
    let both = TlsSettings::default().with_pins(vec![pin(&today), pin(&tomorrow)]);
    assert_eq!(world.judged(files(&today), &[], &both), None);
    assert_eq!(world.judged(files(&tomorrow), &[], &both), None);
    let one = TlsSettings::default().with_pins(vec![pin(&tomorrow)]);
    let wrong = Some(TlsFault::WrongPin { found: pin(&today).to_string() });
    assert_eq!(world.judged(files(&today), &[], &one), wrong);
    // Who shows the pinned certificate beside its own does not thereby have its key.
    let chain = tomorrow.certificate.display().to_string();
    assert_eq!(world.judged(files(&today), &["-cert_chain", &chain], &one), wrong);
    // A pin does not stand in for the check of the chain.
    let foreign = world.stranger.server(HOST);
    let pinned = TlsSettings::default().with_pins(vec![pin(&foreign)]);
    let found = world.judged(files(&foreign), &[], &pinned);
    assert!(matches!(found, Some(TlsFault::IncompleteChain { .. })), "{found:?}");
}

#[test]
fn a_server_that_leaves_out_its_intermediate_is_not_taken_for_an_interceptor() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let middle = world.authority.below(&world.folder("middle"), "middle", |_| {});
    let server = middle.server(HOST);
    let plain = TlsSettings::default();
    let (ours, theirs) = (middle.certificate(), world.stranger.certificate());
    let chain = |path: &Path| ["-cert_chain".to_owned(), path.display().to_string()];
    let judged = |identity: &Identity, sent: &[String], tls: &TlsSettings| {
        let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
        world.judged(files(identity), &sent, tls)
    };
    assert_eq!(judged(&server, &chain(&ours), &plain), None);
    let either = judged(&server, &[], &plain).unwrap();
    assert_eq!(either, TlsFault::ForeignIssuer { issuer: "CN=middle".to_owned(), proxy: None });
    for words in ["\"CN=middle\"", "does not send the certificates between", "somebody in between opens"] {
        assert!(either.to_string().contains(words), "{either}");
    }
    let pin = SpkiPin::of_certificate(&server.certificate_der).unwrap();
    let found = judged(&server, &[], &plain.clone().with_pins(vec![pin]));
    assert_eq!(found, Some(TlsFault::IncompleteChain { issuer: "CN=middle".to_owned() }));
    // Who shows a root of his own, or none of the pinned keys, is an interceptor.
    let foreign = world.stranger.server(HOST);
    let intercepted =
        Some(TlsFault::Intercepted { issuer: "CN=Firewall of a hotel".to_owned(), proxy: None });
    assert_eq!(judged(&foreign, &chain(&theirs), &plain), intercepted);
    assert_eq!(judged(&foreign, &[], &plain.clone().with_pins(vec![pin])), intercepted);
}

#[test]
fn a_name_suffix_covers_the_servers_name_and_no_address() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let suffixes = |texts: &[&str]| {
        TlsSettings::default().with_name_suffixes(texts.iter().map(|text| text.parse().unwrap()).collect())
    };
    let server = SServer::start(
        &world.server("good", |_| {}).certificate,
        &world.folder.path().join("ours/good.key"),
        &[],
    );
    assert_eq!(world.says(&server, suffixes(&["test"])), None);
    assert_eq!(world.says(&server, suffixes(&["example.com", "upload.test"])), None);
    let found = world.says(&server, suffixes(&["load.test"]));
    assert!(matches!(found, Some(TlsFault::WrongSuffix { .. })), "{found:?}");

    let address = world.authority.server("127.0.0.1");
    let server = SServer::start(&address.certificate, &address.key, &[]);
    let at = |tls| fault(world.get(config("127.0.0.1", server.address.port()).with_tls(tls)));
    assert_eq!(at(TlsSettings::default()), None);
    let found = at(suffixes(&["test"]));
    assert!(matches!(found, Some(TlsFault::WrongSuffix { name, .. }) if name == "127.0.0.1"));
}

#[test]
fn a_proxy_that_opens_tls_to_look_inside_is_named_with_its_authority() {
    if !require(&[Tool::Squid, Tool::SquidCertgen, Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let squid = Squid::inspecting(&world.stranger, &[HOST]);
    let server = world.server("good", |_| {});
    let server = SServer::start(&server.certificate, &server.key, &[]);
    let through =
        || ProxySettings { host: "127.0.0.1".into(), port: squid.address.port(), credentials: None };
    let error = world.get(config(HOST, server.address.port()).with_proxy(through())).unwrap_err();
    let said = error.to_string();
    let ClientError::Tls { fault: TlsFault::Intercepted { issuer, proxy }, .. } = error else {
        panic!("{said}")
    };
    assert_eq!(issuer, "CN=Firewall of a hotel");
    assert_eq!(proxy, Some(squid.address.to_string()));
    for words in ["somebody in between opens", &*format!("probably the proxy {}", squid.address), "exempted"]
    {
        assert!(said.contains(words), "{said}");
    }
    // The same without a proxy that we know of: a firewall on the way.
    let foreign = world.stranger.server(HOST);
    let foreign = SServer::start(&foreign.certificate, &foreign.key, &[]);
    let found = world.says(&foreign, TlsSettings::default());
    assert!(matches!(&found, Some(TlsFault::ForeignIssuer { proxy: None, .. })), "{found:?}");
}

#[test]
fn the_one_time_key_does_not_go_through_a_proxy_that_looks_inside() {
    if !require(&[Tool::Squid, Tool::SquidCertgen]) {
        return;
    }
    let world = World::new();
    let server = OurServer::named(&[HOST]);
    let squid = Squid::inspecting(&world.stranger, &[HOST]);
    let registration =
        RegistrationKey::from_text(&server.registration_key(Duration::from_secs(600))).unwrap();
    let direct: ServerUrl = registration.server.clone();
    let proxy = ProxySettings { host: "127.0.0.1".into(), port: squid.address.port(), credentials: None };
    let plain = config(direct.host(), direct.port());
    let Err(error) = enrol(&plain.clone().with_proxy(proxy), &registration, &new_key().unwrap()) else {
        panic!("registered through an interceptor")
    };
    assert!(matches!(&error, ClientError::Tls { fault: TlsFault::Intercepted { .. }, .. }), "{error}");
    // Nobody has used the key.
    assert!(
        enrol(&plain.with_resolver(std::sync::Arc::new(Here)), &registration, &new_key().unwrap()).is_ok()
    );
}
