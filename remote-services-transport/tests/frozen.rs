//! A server that is not heard, and for how long that is no more than an error: by both drivers, and over a restart.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::time::Timestamp;
use remote_services_transport::client::{ClientConfig, ClientError, Timeouts, blocking, tokio as on_tokio};
use remote_services_transport::document::{ContentDigest, SoftwareArtifact, SoftwareManifest, names};
use remote_services_transport::enrol::Identity;
use remote_services_transport::software::{Component, Offer, OfferRefusal, UpdateState};
use std::io;
use std::time::Duration;
use support::{Authority, Listener, Server, answer, server_tls};

const HOUR: Duration = Duration::from_secs(3600);

fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Good for an hour.
fn manifest(sequence: u64, from: Timestamp) -> SoftwareManifest {
    SoftwareManifest {
        document: SoftwareManifest::DOCUMENT.to_owned(),
        component: "agent".into(),
        version: "1".into(),
        channel: None,
        from: Vec::new(),
        target: None,
        artifact: SoftwareArtifact { digest: ContentDigest::of(b""), size: 0, origins: Vec::new() },
        not_before: None,
        expires: from.plus(HOUR),
        sequence,
        preconditions: serde_json::Map::new(),
    }
}

/// A server that shows one manifest.
fn showing(authority: &Authority, manifest: &SoftwareManifest) -> Server {
    let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
    let body = serde_json::to_vec(manifest).unwrap();
    Server::start(tls, move |_, tls| answer(tls, 200, &format!("content-type: {}\r\n", names::SIGNED), &body))
}

/// One check by a process that begins with what the last one kept, and ends.
fn check(
    driver: &str,
    config: &ClientConfig,
    identity: &Identity,
    kept: &mut Vec<u8>,
    now: Timestamp,
) -> Result<Offer, ClientError> {
    let component = Component { name: "agent".into(), channel: None, target: None };
    let verifier = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());
    let mut state: UpdateState = serde_json::from_slice(kept).unwrap();
    let offer = match driver {
        "blocking" => {
            let client = blocking::Client::new(config.clone(), identity).unwrap();
            client.software(&component, "1", &mut state, &verifier, now)
        }
        _ => {
            let client = on_tokio::Client::new(config.clone(), identity).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(client.software(&component, "1", &mut state, &verifier, now))
        }
    };
    *kept = serde_json::to_vec(&state).unwrap();
    offer
}

#[test]
fn a_server_that_is_never_heard_again_is_told_as_frozen_once_its_last_manifest_is_out_of_date() {
    let authority = Authority::new();
    let identity = authority.client();
    let there = showing(&authority, &manifest(1, noon()));
    let back = showing(&authority, &manifest(2, noon().plus(3 * HOUR)));
    // Nobody listens; whoever listens never says anything; what is said is no TLS of this server.
    let gone = Listener::start(|_| Ok(())).address;
    let silent = Listener::start(|mut tcp| io::copy(&mut tcp, &mut io::sink()).map(|_| ()));
    let stranger = showing(&Authority::new(), &manifest(3, noon()));
    let short = Duration::from_millis(300);
    let rest = Duration::from_secs(10);
    let timeouts = Timeouts {
        resolve: rest,
        connect: rest,
        proxy: rest,
        tls: short,
        send: rest,
        first_byte: rest,
        body: rest,
    };
    let ways =
        [support::config(gone), support::config(silent.address).with_timeouts(timeouts), stranger.config()];
    for (driver, unheard) in
        ["blocking", "tokio"].iter().flat_map(|driver| ways.iter().map(move |way| (driver, way)))
    {
        let mut kept = b"{}".to_vec();
        let mut ask = |config: &ClientConfig, now| check(driver, config, &identity, &mut kept, now);
        assert!(ask(unheard, noon()).is_err(), "{driver}: who never saw one waits for none");
        assert_eq!(ask(&there.config(), noon()).unwrap(), Offer::Current, "{driver}");
        let until = noon().plus(HOUR);
        let just_before = Timestamp::from_unix_seconds(until.unix_seconds() - 1);
        assert!(ask(unheard, just_before).is_err(), "{driver}: this is an outage, and no more");
        // The clock may go back at the next start: what is out of date stays so.
        for now in [until, noon(), Timestamp::from_unix_seconds(0)] {
            let frozen = Offer::Refused(OfferRefusal::Frozen(until));
            assert_eq!(ask(unheard, now).unwrap(), frozen, "{driver}, {now}");
        }
        assert_eq!(ask(&back.config(), noon().plus(3 * HOUR)).unwrap(), Offer::Current, "{driver}");
        assert!(ask(unheard, noon().plus(3 * HOUR)).is_err(), "{driver}: it holds again");
    }
}

#[test]
fn what_the_client_was_given_is_no_silence_of_the_server() {
    let authority = Authority::new();
    let identity = authority.client();
    let there = showing(&authority, &manifest(1, noon()));
    let proxy = remote_services_transport::client::ProxySettings {
        host: "no host".into(),
        port: 1,
        credentials: None,
    };
    let broken = there.config().with_proxy(proxy);
    for driver in ["blocking", "tokio"] {
        let mut kept = b"{}".to_vec();
        let mut ask = |config: &ClientConfig, now| check(driver, config, &identity, &mut kept, now);
        ask(&there.config(), noon()).unwrap();
        let error = ask(&broken, noon().plus(2 * HOUR)).unwrap_err();
        assert!(matches!(error, ClientError::Setup(_)), "{driver}: {error}");
    }
}
