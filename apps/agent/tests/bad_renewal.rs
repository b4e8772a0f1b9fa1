//! A server that answers a renewal with what cannot be used, or with nothing: the present certificate stays, and somebody hears of it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair};
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_transport::certs_only;
use remote_services_transport::enrol::validity;
use remote_services_transport::exchange::Answer;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::World;
use support::front::{issuer, put_before_with};

const ANOTHERS: u8 = 0;
const UNREGISTERED: u8 = 1;
const AWAY: u8 = 2;
const WELL: u8 = 3;

/// An authority that nobody asked for.
fn another() -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "another");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    Issuer::new(params, KeyPair::generate().unwrap())
}

/// A certificate for the key of the request, with this name.
fn issue(issuer: &Issuer<'_, KeyPair>, body: &[u8], name: &str) -> Vec<u8> {
    let asked = certs_only::from_base64_lines(body).unwrap();
    let mut request = CertificateSigningRequestParams::from_der(&asked.into()).unwrap();
    request.params.distinguished_name = rcgen::DistinguishedName::new();
    request.params.distinguished_name.push(DnType::CommonName, name);
    request.signed_by(issuer).unwrap().der().to_vec()
}

fn answer(status: u16, body: &[u8]) -> Option<Answer> {
    Some(Answer { status, fields: Vec::new(), body: body.to_vec() })
}

/// Turns until a certificate that is due was not renewed for this reason. Past its end the directory is refused as well.
fn until_refused(site: &mut Site, words: &str) {
    let why = |site: &Site| std::fs::read_to_string(site.home.state("not-renewed")).unwrap_or_default();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !why(site).contains(words) {
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "{words}: {}", why(site));
        std::thread::sleep(Duration::from_millis(50));
    }
    for _ in 0..3 {
        let _ = site.refresh();
    }
}

#[test]
fn a_certificate_that_the_server_would_not_accept_replaces_nothing_and_is_told_once_for_each_cause() {
    let world = World::with(|config| config.lifetimes.client = Duration::from_secs(120));
    let mut site = world.site("");
    let (mode, named) = (Arc::new(AtomicU8::new(ANOTHERS)), site.client.id().to_string());
    let authorities = Mutex::new((another(), issuer(&world)));
    let (real, asked) = (Arc::clone(&site.client), Arc::clone(&mode));
    put_before_with(
        &world,
        &mut site,
        Arc::new(move |path, body| {
            let (another, own) = &*authorities.lock().unwrap();
            let issued = |issuer: &Issuer<'_, KeyPair>| certs_only::write(&[&issue(issuer, body, &named)]);
            match (path.ends_with("/simplereenroll"), asked.load(Ordering::SeqCst)) {
                (true, ANOTHERS) => answer(200, issued(another).as_bytes()),
                // Of the right authority, and no client of the server's.
                (true, UNREGISTERED) => answer(200, issued(own).as_bytes()),
                (true, AWAY) => answer(500, b"oops"),
                _ => None,
            }
        }),
    );
    let pair = || {
        let (_, own) = identity::load(&site_home(&world), &Settings::default()).unwrap();
        (own.key_pem().unwrap().to_string(), own.chain_pem())
    };
    let before = pair();
    let described = || world.get("/api/v1/clients")[0]["description"].clone();
    let noted =
        |site: &Site| std::fs::read_to_string(site.home.audit()).unwrap().matches("\"notRenewed\"").count();
    for (number, (now, words)) in [
        (ANOTHERS, "leads to none of this client's trust anchors"),
        (UNREGISTERED, "the server does not accept the certificate that it issued, so the present one stays"),
        (AWAY, "500"),
    ]
    .into_iter()
    .enumerate()
    {
        mode.store(now, Ordering::SeqCst);
        until_refused(&mut site, words);
        assert_eq!(noted(&site), number + 1, "{words}");
        assert!(pair() == before, "{words}");
        let (_, end) = validity(&site_chain(&world)).unwrap();
        if number == 0 {
            let description = described();
            assert_eq!(description["certificateExpires"], end.to_string(), "{description}");
            let errors = description["errors"][0].as_str().unwrap();
            assert!(errors.contains(words) && errors.contains("; it ends "), "{description}");
        }
    }
    // It is forgotten by no start, and over once it is renewed.
    assert!(site.home.state("not-renewed").exists());
    mode.store(WELL, Ordering::SeqCst);
    site.client = real;
    let deadline = Instant::now() + Duration::from_secs(120);
    while pair() == before {
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(50));
    }
    site.refresh().unwrap();
    assert!(!site.home.state("not-renewed").exists());
    site.introduce(&[], &mut remote_services_agent::progress::Progress::silent()).unwrap();
    assert!(described()["errors"].is_null(), "{}", described());
}

fn site_home(world: &World) -> remote_services_agent::home::Home {
    remote_services_agent::home::Home::look(&world.data())
}

fn site_chain(world: &World) -> Vec<u8> {
    let (_, own) = identity::load(&site_home(world), &Settings::default()).unwrap();
    own.chain[0].clone()
}
