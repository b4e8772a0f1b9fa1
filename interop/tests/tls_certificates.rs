//! Servers with bad certificates, played by `openssl s_server`: each has its own error and its own sentence.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, KeyUsagePurpose, NameConstraints,
    date_time_ymd,
};
use remote_services_interop::pki::{Authority, Identity, revoking};
use remote_services_interop::process::run_ok;
use remote_services_interop::s_server::SServer;
use remote_services_interop::server::OurServer;
use remote_services_interop::squid::Squid;
use remote_services_interop::uploader::{Here, config, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::{Client, enrol, new_key};
use remote_services_transport::client::{
    ClientConfig, ClientError, ProxySettings, RevocationListError, RevocationLists, RevocationPolicy,
    TlsFault, TlsSettings,
};
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::registration_key::{RegistrationKey, ServerUrl, SpkiPin};

const HOST: &str = "upload.test";
const VERSIONS: [&str; 2] = ["-tls1_2", "-tls1_3"];
/// Also what OpenSSL by itself would not show any more.
const WEAK: [&str; 2] = ["-cipher", "DEFAULT:@SECLEVEL=0"];

/// An authority that the client trusts, and one that it does not know.
struct World {
    authority: Authority,
    stranger: Authority,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            fs::create_dir(folder.path().join(name)).unwrap();
            folder.path().join(name)
        };
        let authority = Authority::new(&at("ours"));
        Self { authority, stranger: Authority::named(&at("others"), "Firewall of a hotel"), folder }
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// A certificate of the authority for [`HOST`], changed by `bend`.
    fn server(&self, file: &str, bend: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.authority.bent_server(file, HOST, bend)
    }

    /// A key made by openssl and a certificate for it: NAME.pem and NAME.key.
    fn by_openssl(
        &self,
        issuer: (&Path, &Path),
        name: &str,
        key: &[&str],
        sign: &[&str],
        extensions: &str,
    ) -> [PathBuf; 2] {
        let at = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        let openssl = |words: &[&str], files: &[(&str, &Path)]| {
            let mut command = Command::new(Tool::Openssl.path());
            command.args(words);
            for (option, file) in files {
                command.arg(option).arg(file);
            }
            run_ok(&mut command)
        };
        fs::write(at("ext"), extensions).unwrap();
        openssl(&[&["genpkey", "-algorithm"], key].concat(), &[("-out", &at("key"))]);
        let subject = format!("/CN={name}");
        openssl(&["req", "-new", "-subj", &subject], &[("-key", &at("key")), ("-out", &at("csr"))]);
        openssl(
            &[&["x509", "-req", "-days", "9", "-CAcreateserial"], sign].concat(),
            &[
                ("-in", &at("csr")),
                ("-CA", issuer.0),
                ("-CAkey", issuer.1),
                ("-extfile", &at("ext")),
                ("-out", &at("pem")),
            ],
        );
        [at("pem"), at("key")]
    }

    /// A list of the authority that revokes nothing and has an extension, by openssl.
    fn odd_list(&self, name: &str, extension: &str) -> Vec<u8> {
        let folder = self.folder(name);
        let at = |file: &str| folder.join(file);
        let settings = format!(
            "[ca]\ndefault_ca=it\n[it]\ndatabase={}\ncrlnumber={}\ncertificate={}\nprivate_key={}\ndefault_md=sha256\n\
             default_crl_days=7\ncrl_extensions=odd\n[odd]\n{extension}\n",
            at("index").display(),
            at("number").display(),
            self.authority.certificate().display(),
            self.authority.key().display(),
        );
        fs::write(at("cnf"), settings).unwrap();
        fs::write(at("index"), "").unwrap();
        fs::write(at("number"), "01").unwrap();
        let mut openssl = Command::new(Tool::Openssl.path());
        openssl.args(["ca", "-gencrl", "-config"]).arg(at("cnf")).arg("-out").arg(at("pem"));
        run_ok(&mut openssl);
        fs::read(at("pem")).unwrap()
    }

    fn get(&self, config: ClientConfig) -> Result<u16, ClientError> {
        let client = Client::new(config, &identity(&self.authority, &self.authority.client("client")))?;
        client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).map(|answer| answer.status)
    }

    /// What the client makes of a server.
    fn says(&self, server: &SServer, tls: TlsSettings) -> Option<TlsFault> {
        fault(self.get(config(HOST, server.address.port()).with_tls(tls)))
    }

    /// What the client makes of a certificate, in both versions of TLS.
    fn judged(
        &self,
        [certificate, key]: [&Path; 2],
        options: &[&str],
        tls: &TlsSettings,
    ) -> Option<TlsFault> {
        let [one, other] = VERSIONS.map(|version| {
            let server = SServer::start(certificate, key, &[&[version], options].concat());
            self.says(&server, tls.clone())
        });
        assert_eq!(one, other, "TLS 1.2 and 1.3");
        one
    }
}

/// Nothing when the server was trusted.
fn fault(result: Result<u16, ClientError>) -> Option<TlsFault> {
    match result {
        Ok(200) => None,
        Err(ClientError::Tls { fault, .. }) => Some(fault),
        other => panic!("{other:?}"),
    }
}

fn files(identity: &Identity) -> [&Path; 2] {
    [&identity.certificate, &identity.key]
}

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
