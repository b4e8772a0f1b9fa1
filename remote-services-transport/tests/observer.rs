//! Whoever watches a client is told of each exchange, by both drivers alike, and of nothing that is secret.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_transport::certs_only;
use remote_services_transport::client::blocking::{self, Enrolled};
use remote_services_transport::client::{ClientConfig, ClientError, Exchange, tokio as on_tokio};
use remote_services_transport::enrol::Identity;
use remote_services_transport::exchange::{Answer, Method, Request};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Server, answer, server_tls};
use uuid::Uuid;

/// What was told, a line each: method, path, outcome, octets sent and received.
type Told = Arc<Mutex<Vec<String>>>;

fn watched(config: ClientConfig) -> (ClientConfig, Told) {
    let told = Told::default();
    let lines = Arc::clone(&told);
    let observer = move |exchange: &Exchange<'_>| {
        assert!(exchange.peer.starts_with("localhost:"), "{}", exchange.peer);
        let outcome = exchange.outcome.map_or_else(ToString::to_string, |status| status.to_string());
        let (method, path) = (exchange.method.as_str(), exchange.path);
        let line = format!("{method} {path} {outcome} {} {}", exchange.sent, exchange.received);
        // The whole of it, as somebody could print it.
        assert!(!format!("{exchange:?}").contains("secret"), "{exchange:?}");
        lines.lock().unwrap().push(line);
    };
    (config.with_observer(Arc::new(observer)), told)
}

fn take(told: &Told) -> Vec<String> {
    std::mem::take(&mut told.lock().unwrap())
}

/// A client by one of the drivers.
enum Driver {
    Blocking,
    Tokio(tokio::runtime::Runtime),
}

enum Client {
    Blocking(blocking::Client),
    Tokio(on_tokio::Client),
}

impl Driver {
    fn enrol(&self, config: &ClientConfig, registration: &RegistrationKey) -> Identity {
        let key = support::client_key();
        let enrolled = match self {
            Self::Blocking => blocking::enrol(config, registration, &key),
            Self::Tokio(runtime) => runtime.block_on(on_tokio::enrol(config, registration, &key)),
        };
        let Enrolled::Issued(identity) = enrolled.unwrap() else { panic!("not issued") };
        *identity
    }

    fn client(&self, config: ClientConfig, identity: &Identity) -> Client {
        match self {
            Self::Blocking => Client::Blocking(blocking::Client::new(config, identity).unwrap()),
            Self::Tokio(_) => Client::Tokio(on_tokio::Client::new(config, identity).unwrap()),
        }
    }

    fn exchange(&self, client: &Client, request: &Request<'_>) -> Result<Answer, ClientError> {
        match (self, client) {
            (_, Client::Blocking(client)) => client.exchange(request, Duration::ZERO),
            (Self::Tokio(runtime), Client::Tokio(client)) => {
                runtime.block_on(client.exchange(request, Duration::ZERO))
            }
            _ => unreachable!("each driver has its own clients"),
        }
    }
}

#[test]
fn each_exchange_is_told_with_what_it_came_to_and_without_query_fields_and_bodies() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for driver in [Driver::Blocking, Driver::Tokio(runtime)] {
        watches(&driver);
    }
}

fn watches(driver: &Driver) {
    let authority = Arc::new(Authority::new());
    let issuer = Arc::clone(&authority);
    let tls = server_tls(&authority, false, authority.server("localhost", |_| {}));
    let server = Server::start(tls, move |seen, tls| {
        if seen.line.starts_with("GET /.well-known/est/cacerts ") {
            let body = certs_only::write(&[&issuer.certificate]);
            return answer(tls, 200, "content-type: application/pkcs7-mime\r\n", body.as_bytes());
        }
        if seen.line.starts_with("POST ") {
            let request = certs_only::from_base64_lines(&seen.body).unwrap();
            let issued = issuer.issue(&request, Uuid::from_u128(9));
            return answer(tls, 200, "", certs_only::write(&[&issuer.certificate, &issued]).as_bytes());
        }
        match seen.line.split(' ').next() {
            // Nothing, and the connection is closed: asked again on another one, it is the same exchange.
            _ if seen.line.contains("nobody") => Ok(false),
            Some("PUT") => answer(tls, 201, "", b""),
            _ if seen.line.contains("wrong") => answer(
                tls,
                200,
                "content-digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\r\n",
                b"secret",
            ),
            _ => answer(tls, 404, "", b"secret"),
        }
    });
    let (config, told) = watched(server.config());
    let registration = RegistrationKey {
        server: ServerUrl::new("localhost", server.listener.address.port()).unwrap(),
        pin: SpkiPin::of_certificate(&authority.certificate).unwrap(),
        key: OneTimeKey::from_random([5; 16]),
    };
    let identity = driver.enrol(&config, &registration);
    let lines = take(&told);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("GET /.well-known/est/cacerts 200 0 "), "{}", lines[0]);
    assert!(lines[1].starts_with("POST /.well-known/est/simpleenroll 200 "), "{}", lines[1]);

    let client = driver.client(config, &identity);
    let exchange = |request: &Request<'_>| driver.exchange(&client, request);
    let put = Request::new(Method::Put, "/here?token=secret")
        .with("authorization", "secret")
        .with_body("text/plain", &b"secret"[..]);
    exchange(&put).unwrap();
    exchange(&Request::new(Method::Get, "/there")).unwrap();
    exchange(&Request::new(Method::Get, "/wrong")).unwrap_err();
    exchange(&Request::new(Method::Get, "/nobody")).unwrap_err();
    let lines = take(&told);
    assert_eq!(lines[..2], ["PUT /here 201 6 0", "GET /there 404 0 6"]);
    assert!(lines[2].starts_with("GET /wrong ") && lines[2].ends_with(" 0 0"), "{}", lines[2]);
    assert!(lines[3].starts_with("GET /nobody ") && lines[3].ends_with(" 0 0"), "{}", lines[3]);
    assert_eq!(lines.len(), 4, "each once: {lines:?}");
}
