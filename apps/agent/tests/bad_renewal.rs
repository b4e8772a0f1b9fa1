//! A server that answers a renewal with what cannot be used, or with nothing: the present certificate stays, and somebody hears of it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::now;
use remote_services_core::time::Timestamp;
use remote_services_transport::certs_only;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::enrol::validity;
use remote_services_transport::exchange::Answer;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::World;
use support::front::{HTML, issuer, put_before_with, start};

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
    issue_from(issuer, body, name, Timestamp::from_unix_seconds(0))
}

/// The same, valid from a moment on.
fn issue_from(issuer: &Issuer<'_, KeyPair>, body: &[u8], name: &str, begins: Timestamp) -> Vec<u8> {
    let asked = certs_only::from_base64_lines(body).unwrap();
    let mut request = CertificateSigningRequestParams::from_der(&asked.into()).unwrap();
    request.params.distinguished_name = rcgen::DistinguishedName::new();
    request.params.distinguished_name.push(DnType::CommonName, name);
    let since = begins.since(Timestamp::from_unix_seconds(0));
    request.params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since;
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

fn noted(site: &Site) -> usize {
    std::fs::read_to_string(site.home.audit()).unwrap().matches("\"notRenewed\"").count()
}

#[test]
fn a_renewal_that_a_person_must_approve_is_told_before_the_end_and_asked_for_again_as_the_server_says() {
    let world = World::with(|config| config.lifetimes.client = Duration::from_secs(12));
    let mut site = world.site("");
    let (approved, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let (agreed, log) = (Arc::clone(&approved), Arc::clone(&asked));
    put_before_with(
        &world,
        &mut site,
        Arc::new(move |path, _| {
            if !path.ends_with("/simplereenroll") {
                return None;
            }
            log.lock().unwrap().push(Instant::now());
            let fields = vec![("retry-after".to_owned(), "5".to_owned())];
            (!agreed.load(Ordering::SeqCst)).then_some(Answer { status: 202, fields, body: Vec::new() })
        }),
    );
    let before = site_chain(&world);
    let words = "the certificate was not renewed yet: the server's operator must approve that first";
    until_refused(&mut site, words);
    let description = world.get("/api/v1/clients")[0]["description"].clone();
    let (_, end) = validity(&before).unwrap();
    assert_eq!(description["errors"][0], format!("{words}; it ends {end}"), "{description}");
    assert_eq!(site.refresh().unwrap_err().to_string(), words);
    // Past its end, too, it goes on asking, at the pace that the server gave, and no line stands there twice.
    while now() <= end.plus(Duration::from_secs(6)) {
        let _ = site.refresh();
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!((noted(&site), site_chain(&world) == before), (1, true));
    let moments = asked.lock().unwrap().clone();
    let waits: Vec<_> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.len() >= 2 && waits.iter().all(|wait| *wait > Duration::from_millis(4_900)), "{waits:?}");
    approved.store(true, Ordering::SeqCst);
    let deadline = Instant::now() + Duration::from_secs(120);
    while site_chain(&world) == before {
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_kept_aside_and_tried_out_when_it_is() {
    let world = World::with(|config| config.lifetimes.client = Duration::from_secs(120));
    let mut site = world.site("");
    let (named, own) = (site.client.id().to_string(), Mutex::new(issuer(&world)));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    put_before_with(
        &world,
        &mut site,
        Arc::new(move |path, body| {
            let is_renewal = path.ends_with("/simplereenroll");
            is_renewal.then(|| {
                let begins = Timestamp::from_unix_seconds(now().unix_seconds() + 10);
                log.lock().unwrap().push(begins);
                let issued = issue_from(&own.lock().unwrap(), body, &named, begins);
                answer(200, certs_only::write(&[&issued]).as_bytes())
            })?
        }),
    );
    let before = site_chain(&world);
    until_refused(&mut site, "when the one that was issued begins to be valid");
    let begins = asked.lock().unwrap()[0];
    assert!(now() < begins, "it is told before");
    assert!(site.refresh().unwrap_err().to_string().contains(&format!("it stays until {begins}")));
    // The server knows nothing of what it did not issue, and is asked for that only now.
    until_refused(&mut site, "the server does not accept the certificate that it issued");
    assert!(now() >= begins && site_chain(&world) == before);
    assert_eq!(*asked.lock().unwrap(), [begins], "there is no second one");
    assert_eq!(noted(&site), 2);
}

#[test]
fn a_renewal_that_is_refused_is_noted_once_though_no_start_gets_a_directory() {
    let world = World::with(|config| config.lifetimes.client = Duration::from_secs(1));
    let client = identity::registered(&site_home(&world)).unwrap().client;
    let (_, end) = validity(&site_chain(&world)).unwrap();
    while now() <= end {
        std::thread::sleep(Duration::from_millis(50));
    }
    world.delete(&format!("/api/v1/clients/{client}"));
    let _ = std::fs::remove_file(site_home(&world).state("directory.json"));
    let audit = || std::fs::read_to_string(site_home(&world).audit()).unwrap();
    for _ in 0..3 {
        let home = Home::open(&world.data()).unwrap();
        assert!(Site::open(home, Settings::default(), StopFlag::new()).is_err());
        assert_eq!(audit().matches("\"notRenewed\"").count(), 1, "{}", audit());
    }
}

fn site_home(world: &World) -> Home {
    Home::look(&world.data())
}

fn site_chain(world: &World) -> Vec<u8> {
    let (_, own) = identity::load(&site_home(world), &Settings::default()).unwrap();
    own.chain[0].clone()
}

#[test]
fn a_certificate_that_could_not_be_tried_out_is_tried_out_again_and_no_other_asked_for() {
    let world = World::with(|config| config.lifetimes.client = Duration::from_secs(120));
    let real = Arc::clone(&world.site("").client);
    let (named, own) = (real.id().to_string(), Mutex::new(issuer(&world)));
    let (asked, tried) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (enrolling, trying) = (Arc::clone(&asked), Arc::clone(&tried));
    let answers = move |path: &str, body: &[u8]| {
        if path.ends_with("/simplereenroll") {
            enrolling.fetch_add(1, Ordering::SeqCst);
            return answer(200, certs_only::write(&[&issue(&own.lock().unwrap(), body, &named)]).as_bytes());
        }
        // What comes first after it is the question that the new certificate is tried out by.
        let is_first = path == "/rs/v1/" && trying.load(Ordering::SeqCst) < enrolling.load(Ordering::SeqCst);
        is_first.then(|| {
            trying.fetch_add(1, Ordering::SeqCst);
            answer(503, HTML.as_bytes())
        })?
    };
    let (server, _) = start(&world, real, Arc::new(answers));
    std::fs::write(world.data().join("identity/server-url"), server.to_string()).unwrap();
    let mut site = world.site("");
    let before = site_chain(&world);
    until_refused(&mut site, "the certificate that was issued could not be tried out yet");
    assert!(site_chain(&world) == before);
    let deadline = Instant::now() + Duration::from_secs(120);
    while site_chain(&world) == before {
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!([asked, tried].map(|times| times.load(Ordering::SeqCst)), [1, 1]);
    assert!(!site.home.state("not-renewed").exists());
}
