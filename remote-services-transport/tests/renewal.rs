//! A running client whose clock is far ahead and that no server tells the time, by both drivers: one renewal, not one after another.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::time::Timestamp;
use remote_services_transport::certs_only;
use remote_services_transport::client::{ClientConfig, ClientError, blocking, tokio as on_tokio};
use remote_services_transport::enrol::{EnrolError, Identity};
use std::sync::Arc;
use support::{Authority, Server, answer, server_tls};
use uuid::Uuid;

/// The certificates of these tests live from 1975 to 4096.
fn ahead() -> Timestamp {
    "3900-01-01T00:00:00Z".parse().unwrap()
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
