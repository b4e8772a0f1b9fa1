//! A running client whose clock is far ahead and that no server tells the time, by both drivers: one renewal, not one after another.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::time::Timestamp;
use remote_services_transport::certs_only;
use remote_services_transport::client::{
    ClientConfig, ClientError, PendingRenewal, blocking, tokio as on_tokio,
};
use remote_services_transport::enrol::{EnrolError, Identity};
use remote_services_transport::next_step::NextStep;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use support::{Authority, Server, answer, server_tls};
use uuid::Uuid;

/// The certificates of these tests live from 1975 to 4096.
fn ahead() -> Timestamp {
    "3900-01-01T00:00:00Z".parse().unwrap()
}

fn now() -> Timestamp {
    Timestamp::default().plus(SystemTime::UNIX_EPOCH.elapsed().unwrap())
}

/// A server that answers every request for a certificate as `status` says.
fn server(authority: &Arc<Authority>, status: u16) -> Server {
    server_of(authority, Arc::clone(authority), status)
}

/// The same with certificates that `issuer` signs.
fn server_of(authority: &Arc<Authority>, issuer: Arc<Authority>, status: u16) -> Server {
    let tls = server_tls(authority, true, authority.server("localhost", |_| {}));
    Server::start(tls, move |seen, tls| {
        assert!(seen.line.starts_with("POST /.well-known/est/simplereenroll "), "{}", seen.line);
        let asked = certs_only::from_base64_lines(&seen.body).unwrap();
        let issued = certs_only::write(&[&issuer.issue(&asked, Uuid::from_u128(7))]);
        answer(tls, status, "retry-after: 60\r\n", if status == 200 { issued.as_bytes() } else { b"" })
    })
}

/// A renewal by a client of its own, as a small device does it.
fn renewed(driver: &str, config: ClientConfig, own: &Identity) -> Result<Option<Identity>, ClientError> {
    if driver == "blocking" {
        return blocking::Client::new(config, own).unwrap().renew_when_due(own, ahead());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(on_tokio::Client::new(config, own).unwrap().renew_when_due(own, ahead()))
}

#[test]
fn a_certificate_that_the_server_would_not_accept_later_renews_nothing() {
    for driver in ["blocking", "tokio"] {
        let authority = Arc::new(Authority::new());
        let theirs = server_of(&authority, Arc::new(Authority::named("another")), 200);
        let refused = renewed(driver, theirs.config(), &authority.client()).err();
        assert!(
            matches!(refused, Some(ClientError::Enrol(EnrolError::UnknownIssuer))),
            "{driver}: {refused:?}"
        );
    }
}

#[test]
fn what_was_renewed_just_now_is_not_due_again_by_a_clock_that_says_so() {
    for driver in ["blocking", "tokio"] {
        let authority = Arc::new(Authority::new());
        let server = server(&authority, 200);
        let config = server.config();
        let renewed = |own: &Identity| renewed(driver, config.clone(), own);
        let next = renewed(&authority.client()).unwrap().unwrap();
        for _ in 0..3 {
            assert!(renewed(&next).unwrap().is_none(), "{driver}");
        }
        assert_eq!(server.seen().len(), 1, "{driver}");
    }
}

#[test]
fn one_that_ends_before_the_present_one_and_is_due_at_once_renews_nothing() {
    for (years, taken) in [((2020, 2027), false), ((2026, 2027), true)] {
        for driver in ["blocking", "tokio"] {
            let authority = Arc::new(Authority::new());
            let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
            let issuer = Arc::clone(&authority);
            let server = Server::start(tls, move |seen, tls| {
                let asked = certs_only::from_base64_lines(&seen.body).unwrap();
                let issued = certs_only::write(&[&issuer.issue_for(&asked, Uuid::from_u128(7), years)]);
                answer(tls, 200, "date: Mon, 01 Jun 2026 00:00:00 GMT\r\n", issued.as_bytes())
            });
            match renewed(driver, server.config(), &authority.client()) {
                Ok(next) => assert!(taken && next.is_some(), "{driver} {years:?}"),
                Err(ClientError::Enrol(error)) => {
                    assert!(matches!(error, EnrolError::EndsEarly { .. }) && !taken, "{driver}: {error}");
                }
                Err(error) => panic!("{driver}: {error}"),
            }
        }
    }
}

#[test]
fn a_server_that_gives_none_is_not_asked_again_at_once() {
    for status in [202, 429, 500] {
        let authority = Arc::new(Authority::new());
        let (server, own) = (server(&authority, status), authority.client());
        let client = blocking::Client::new(server.config(), &own).unwrap();
        assert_eq!(client.renew_when_due(&own, ahead()).is_ok(), status == 202, "{status}");
        assert!(client.renew_when_due(&own, ahead()).unwrap().is_none(), "{status}");
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_kept_aside_until_it_is_and_taken_by_the_server_then() {
    for driver in ["blocking", "tokio"] {
        let authority = Arc::new(Authority::new());
        let issuer = Arc::clone(&authority);
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        // Of whole seconds, as certificates have them.
        let begins = Timestamp::from_unix_seconds(now().unix_seconds() + 4);
        let server = Server::start(tls, move |seen, tls| {
            if seen.line.starts_with("GET ") {
                return answer(tls, 404, "content-type: application/problem+json\r\n", b"{}");
            }
            let asked = certs_only::from_base64_lines(&seen.body).unwrap();
            let issued = issuer.issue_from(&asked, Uuid::from_u128(7), begins);
            answer(tls, 200, "", certs_only::write(&[&issued]).as_bytes())
        });
        let (config, own) = (server.config(), authority.client());
        let pending = || blocking::Client::new(config.clone(), &own).unwrap().pending_renewal(&own);
        assert_eq!(pending(), None);
        let mut tried = 0;
        let next = loop {
            if let Some(next) = renewed(driver, config.clone(), &own).unwrap() {
                break next;
            }
            assert_eq!(pending(), Some(PendingRenewal::NotValidBefore(begins)), "{driver}");
            tried += 1;
            std::thread::sleep(Duration::from_millis(100));
        };
        assert!(tried > 1 && now() >= begins, "{driver}: {tried}");
        assert_eq!((pending(), server.seen().len()), (None, 1), "{driver}: asked for once");
        let accepted = blocking::Client::new(config.clone(), &next).unwrap().try_out();
        assert!(accepted.is_ok_and(|directory| directory.is_none()), "{driver}");
    }
}

#[test]
fn a_person_who_must_agree_first_is_known_of_until_the_server_says_otherwise() {
    for (status, expected) in [(202, Some(PendingRenewal::Approval)), (200, None), (500, None)] {
        let authority = Arc::new(Authority::new());
        let (server, own) = (server(&authority, status), authority.client());
        let client = blocking::Client::new(server.config(), &own).unwrap();
        for _ in 0..2 {
            let _ = client.renew_when_due(&own, ahead());
            assert_eq!(client.pending_renewal(&own), expected, "{status}");
        }
        assert_eq!(client.pending_renewal(&authority.client()), None, "another's");
    }
}

#[test]
fn a_server_was_seen_to_accept_a_certificate_by_its_own_word_only() {
    /// Whether it was accepted with a directory, or why not.
    fn tried_out(driver: &str, config: ClientConfig, own: &Identity) -> Result<bool, ClientError> {
        let directory = if driver == "blocking" {
            blocking::Client::new(config, own).unwrap().try_out()
        } else {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on_tokio::Client::new(config, own).unwrap().try_out())
        };
        directory.map(|directory| directory.is_some())
    }
    let authority = Authority::new();
    let says = |said: Option<(u16, &'static str)>| {
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        Server::start(tls, move |seen, tls| {
            assert!(seen.line.starts_with("GET /rs/v1/ "), "{}", seen.line);
            let Some((status, body)) = said else { return Ok(false) };
            let kind = if status == 200 { "json" } else { "problem+json" };
            answer(tls, status, &format!("content-type: application/{kind}\r\n"), body.as_bytes())
        })
    };
    let (directory, problem) = (r#"{"serverTime":"2026-11-22T10:00:00Z"}"#, r#"{"title":"no"}"#);
    for driver in ["blocking", "tokio"] {
        let tried =
            |status, body| tried_out(driver, says(Some((status, body))).config(), &authority.client());
        for (status, body, has_directory) in
            [(200, directory, true), (404, problem, false), (409, problem, false)]
        {
            assert_eq!(tried(status, body).unwrap(), has_directory, "{driver} {status}");
        }
        for (status, body) in [
            (200, "<html>login</html>"),
            (200, r#"{"x":1}"#),
            (204, ""),
            (304, ""),
            (404, "<html>nginx</html>"),
            (429, ""),
            (500, problem),
            (502, "<html>nginx</html>"),
            (503, problem),
        ] {
            let why = tried(status, body).err();
            assert!(
                why.as_ref().is_some_and(|why| why.step() != NextStep::Trust),
                "{driver} {status}: {why:?}"
            );
        }
        for status in [401, 403] {
            assert_eq!(tried(status, problem).unwrap_err().step(), NextStep::Trust, "{driver} {status}");
        }
        let lost = tried_out(driver, says(None).config(), &authority.client());
        assert!(matches!(lost, Err(ClientError::Lost { .. })), "{driver}: {lost:?}");
        let server = says(Some((200, directory)));
        // The same trust anchor, and a certificate that leads to another.
        let anchors = authority.client().anchors;
        let stranger = Identity { anchors, ..Authority::named("another").client() };
        let refused = tried_out(driver, server.config(), &stranger);
        assert!(refused.is_err() && server.seen().is_empty(), "{driver}: {refused:?}");
    }
}
