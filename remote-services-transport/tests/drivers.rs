//! Both drivers over the same machines: each phase has its own time-out and error, and both say the same to a server.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use remote_services_core::command::CommandState;
use remote_services_transport::client::{
    ClientConfig, ClientError, Phase, ProxySettings, Resolve, Timeouts, blocking, tokio as on_tokio,
};
use remote_services_transport::document::{
    ClientDescription, ContentDigest, DeviceEvidence, Execution, NextPoll,
};
use remote_services_transport::exchange::{Body, BodySource, Method, Request};
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use std::io::{self, BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Listener, PROBLEM, Server, answer, server_tls};
use tokio::runtime::Runtime;
use uuid::Uuid;

const SHORT: Duration = Duration::from_millis(200);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// What both drivers make of a request.
fn both(config: &ClientConfig, authority: &Authority, body: &[u8]) -> [Result<u16, ClientError>; 2] {
    let request = || Request::new(Method::Put, "/").with_body("a/b", body);
    let identity = authority.client();
    let blocking = blocking::Client::new(config.clone(), &identity).unwrap();
    let first = blocking.exchange(&request(), Duration::ZERO).map(|answer| answer.status);
    let runtime = runtime();
    let client = on_tokio::Client::new(config.clone(), &identity).unwrap();
    let second = runtime.block_on(client.exchange(&request(), Duration::ZERO)).map(|answer| answer.status);
    // A resolver that never comes back must not keep the test.
    runtime.shutdown_background();
    [first, second]
}

fn assert_times_out(
    phase: Phase,
    config: ClientConfig,
    change: fn(&mut Timeouts),
    body: &[u8],
    authority: &Authority,
) {
    let long = Duration::from_secs(30);
    let mut timeouts = Timeouts {
        resolve: long,
        connect: long,
        proxy: long,
        tls: long,
        send: long,
        first_byte: long,
        body: long,
    };
    change(&mut timeouts);
    for (driver, result) in
        ["blocking", "tokio"].iter().zip(both(&config.with_timeouts(timeouts), authority, body))
    {
        match result {
            Err(ClientError::TimedOut { phase: found, .. }) => assert_eq!(found, phase, "{driver}"),
            other => panic!("{driver}, {phase}: {other:?}"),
        }
    }
}

/// Never comes back while the sender lives.
struct Asleep(Mutex<Receiver<()>>);

impl Resolve for Asleep {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        let _ = self.0.lock().map(|wait| wait.recv());
        Ok(Vec::new())
    }
}

#[test]
fn a_resolver_that_sleeps_ends_the_first_phase() {
    let authority = Authority::new();
    let (done, wait) = channel();
    let asleep = Arc::new(Asleep(Mutex::new(wait)));
    let config = support::config(SocketAddr::from(([127, 0, 0, 1], 9))).with_resolver(asleep);
    assert_times_out(Phase::Resolve, config, |it| it.resolve = SHORT, b"", &authority);
    drop(done);
}

#[test]
fn a_host_that_does_not_answer_ends_the_second() {
    let authority = Authority::new();
    // A queue of connections that is full: further ones are neither taken nor refused.
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(tcp) = TcpStream::connect_timeout(&address, SHORT) {
        waiting.push(tcp);
        assert!(waiting.len() < 100, "this system queues without end");
    }
    assert_times_out(Phase::Connect, support::config(address), |it| it.connect = SHORT, b"", &authority);
}

/// Takes connections and says nothing.
fn silent() -> Listener {
    Listener::start(|mut tcp| io::copy(&mut tcp, &mut io::sink()).map(|_| ()))
}

#[test]
fn a_proxy_that_says_nothing_ends_the_third() {
    let (authority, silent) = (Authority::new(), silent());
    let port = silent.address.port();
    let proxy = ProxySettings { host: "127.0.0.1".into(), port, credentials: None };
    let config = support::config(silent.address).with_proxy(proxy);
    assert_times_out(Phase::Proxy, config, |it| it.proxy = SHORT, b"", &authority);
}

#[test]
fn a_server_that_does_not_shake_hands_ends_the_fourth() {
    let (authority, silent) = (Authority::new(), silent());
    let config = support::config(silent.address);
    assert_times_out(Phase::Tls, config, |it| it.tls = SHORT, b"", &authority);
}

#[test]
fn a_server_that_stops_reading_ends_the_fifth() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let (done, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let listener = Listener::start(move |mut tcp| {
        let mut tls = rustls::ServerConnection::new(Arc::clone(&tls)).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        let _ = wait.lock().map(|wait| wait.recv());
        Ok(())
    });
    let config = support::config(listener.address);
    // More than the buffers of both hosts take.
    let body = vec![0; 64 << 20];
    assert_times_out(Phase::Send, config, |it| it.send = SHORT, &body, &authority);
    drop(done);
}

#[test]
fn a_server_that_thinks_ends_the_sixth() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let thinking = Server::start(tls, |_, tls| tls.fill_buf().map(|_| true));
    assert_times_out(Phase::FirstByte, thinking.config(), |it| it.first_byte = SHORT, b"", &authority);
}

#[test]
fn a_server_that_drips_ends_the_seventh() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let dripping = Server::start(tls, |_, tls| {
        tls.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n")?;
        loop {
            tls.get_mut().write_all(b"x")?;
            tls.get_mut().flush()?;
            std::thread::sleep(SHORT / 10); // the fault that is tested, not a wait for something
        }
    });
    assert_times_out(Phase::Body, dripping.config(), |it| it.body = SHORT, b"", &authority);
}

/// Octets that are somewhere else, and may be fewer than was said.
struct Elsewhere(Vec<u8>);

impl BodySource for Elsewhere {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut rest = &self.0[usize::try_from(at).unwrap().min(self.0.len())..];
        // As many as a slow disk gives at once.
        let most = into.len().min(50_000);
        io::Read::read(&mut rest, &mut into[..most])
    }
}

#[test]
fn a_body_that_is_read_while_it_is_sent_arrives_whole_from_both_drivers() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, |_, tls| answer(tls, 503, "", b""));
    let octets: Vec<u8> = (0..=250).cycle().take(300_000).collect();
    let (digest, source) = (ContentDigest::of(&octets), Elsewhere(octets.clone()));
    let (identity, upload) = (authority.client(), Uuid::from_u128(2));
    let blocking = blocking::Client::new(server.config(), &identity).unwrap();
    let client = on_tokio::Client::new(server.config(), &identity).unwrap();
    let whole = || Body::streamed(&source, 300_000, digest);
    blocking.upload(upload, whole()).unwrap();
    let runtime = runtime();
    runtime.block_on(client.upload(upload, whole())).unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        assert!(seen.body == octets);
        assert_eq!(seen.field("content-digest"), Some(digest.to_string().as_str()));
    }
    let short = || Body::streamed(&source, 300_001, digest);
    let errors = [blocking.upload(upload, short()), runtime.block_on(client.upload(upload, short()))];
    for error in errors.map(Result::unwrap_err) {
        assert!(matches!(error, ClientError::Source(_)), "{error}");
    }
    // The half of a request is not followed by another on the same connection.
    blocking.upload(upload, whole()).unwrap();
    assert_eq!(server.listener.count(), 3);
}

/// Answers everything that a client asks, and registers it.
fn vendor(authority: &Arc<Authority>) -> Server {
    let tls = server_tls(authority, false, authority.server("localhost", |_| {}));
    let issuer = Arc::clone(authority);
    Server::start(tls, move |seen, tls| {
        use remote_services_transport::certs_only;
        let path = seen.line.split(' ').nth(1).unwrap();
        let command = "00000000-0000-0000-0000-000000000003";
        match path.rsplit('/').next().unwrap() {
            "cacerts" => answer(tls, 200, "", certs_only::write(&[&issuer.certificate]).as_bytes()),
            "simpleenroll" | "simplereenroll" => {
                let request = certs_only::from_base64_lines(&seen.body).unwrap();
                let issued = issuer.issue(&request, Uuid::from_u128(7));
                answer(tls, 200, "", certs_only::write(&[&issued]).as_bytes())
            }
            "commands" => {
                let list = format!(r#"{{"commands":[{{"id":"{command}","state":"queued"}}]}}"#);
                answer(tls, 200, "remote-services-next-poll: 30\r\n", list.as_bytes())
            }
            "execution" if seen.field("if-match").is_none() => answer(tls, 412, "etag: \"b\"\r\n", b""),
            "execution" => answer(tls, 200, "etag: \"c\"\r\n", b""),
            _ if seen.line.starts_with("PUT") && path.contains("/uploads/") => answer(tls, 503, "", b""),
            _ if seen.line.starts_with("PUT") => answer(tls, 204, "", b""),
            _ => answer(tls, 404, PROBLEM, br#"{"title":"there is none"}"#),
        }
    })
}

/// What the server was asked. A request for a certificate is signed, and not every module signs twice alike.
fn asked_of(server: &Server) -> Vec<(String, Vec<u8>)> {
    let body = |seen: &support::Seen| match seen.line.contains("/est/") && !seen.body.is_empty() {
        true => b"a request for a certificate".to_vec(),
        false => seen.body.clone(),
    };
    server.seen().into_iter().map(|seen| (seen.line.clone(), body(&seen))).collect()
}

#[test]
fn both_say_the_same_to_a_server_and_understand_the_same() {
    let authority = Arc::new(Authority::new());
    let identity = authority.client();
    let key = support::client_key();
    let registration = |server: &Server| RegistrationKey {
        server: ServerUrl::new("localhost", server.listener.address.port()).unwrap(),
        pin: SpkiPin::of_certificate(&authority.certificate).unwrap(),
        key: OneTimeKey::from_random([5; 16]),
    };
    let (execution, body) = (Execution::in_state(CommandState::Accepted), [7; 1000]);
    let pace = NextPoll { seconds: 900, jitter: 0 };
    let command = Uuid::from_u128(3);
    let trusting = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());

    let server = vendor(&authority);
    let blocking::Enrolled::Issued(enrolled) =
        blocking::enrol(&server.config(), &registration(&server), &key).unwrap()
    else {
        panic!("not issued")
    };
    let client = blocking::Client::new(server.config(), &identity).unwrap();
    let mut etag = None;
    let said = format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        enrolled.client,
        client.describe(&ClientDescription::default()).map_err(|error| error.to_string()),
        client.put_device(Uuid::from_u128(1), &DeviceEvidence::default()).unwrap(),
        client.upload(Uuid::from_u128(2), &body).unwrap(),
        client.commands(&mut Poll::new(client.id(), pace), Some(Duration::from_secs(9))),
        client.command(command, &trusting).unwrap(),
        client.report(command, &execution, &mut etag).unwrap(),
        client.directory().map_err(|error| error.to_string()),
    );
    client.renew(&key).unwrap();
    let asked = asked_of(&server);

    let server = vendor(&authority);
    let mut etag = None;
    let (same, asked_too) = runtime().block_on(async {
        let enrolled = on_tokio::enrol(&server.config(), &registration(&server), &key).await.unwrap();
        let blocking::Enrolled::Issued(enrolled) = enrolled else { panic!("not issued") };
        let client = on_tokio::Client::new(server.config(), &identity).unwrap();
        let said = format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            enrolled.client,
            client.describe(&ClientDescription::default()).await.map_err(|error| error.to_string()),
            client.put_device(Uuid::from_u128(1), &DeviceEvidence::default()).await.unwrap(),
            client.upload(Uuid::from_u128(2), &body).await.unwrap(),
            client.commands(&mut Poll::new(client.id(), pace), Some(Duration::from_secs(9))).await,
            client.command(command, &trusting).await.unwrap(),
            client.report(command, &execution, &mut etag).await.unwrap(),
            client.directory().await.map_err(|error| error.to_string()),
        );
        client.renew(&key).await.unwrap();
        (said, asked_of(&server))
    });
    assert_eq!(said, same);
    assert_eq!(asked, asked_too);
    assert_eq!(asked.len(), 11, "two to register, two reports, one of each other: {asked:#?}");
    assert_eq!(server.listener.count(), 3, "registration on connections of its own, all others on one");
}

/// Several addresses, always in this order; the port of each stands for a host of its own.
struct Sorted(Vec<SocketAddr>);

impl Resolve for Sorted {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.clone())
    }
}

#[test]
fn an_address_that_takes_connections_and_fails_after_it_is_gone_around_the_next_time() {
    let authority = Authority::new();
    let tls = || server_tls(&authority, true, authority.server("localhost", |_| {}));
    // A balancer with nobody behind it, and one that loses what comes after the handshake.
    let closing = Listener::start(|_| Ok(()));
    let losing = Server::start(tls(), |_, _| Ok(false));
    let server = Server::start(tls(), |_, tls| answer(tls, 204, "", b""));
    let addresses = [closing.address, losing.listener.address, server.listener.address];
    let config = || support::config(closing.address).with_resolver(Arc::new(Sorted(addresses.to_vec())));
    let (identity, request) = (authority.client(), Request::new(Method::Get, "/"));
    let told = |result: Result<u16, ClientError>| match result {
        Ok(status) => status.to_string(),
        Err(ClientError::Lost { phase, .. }) => format!("lost {phase}"),
        Err(other) => panic!("{other}"),
    };
    let expected = ["lost in the TLS handshake", "lost waiting for the answer", "204", "204"];

    let client = blocking::Client::new(config(), &identity).unwrap();
    let once = || client.exchange(&request, Duration::ZERO).map(|answer| answer.status);
    assert_eq!([(); 4].map(|()| told(once())), expected);

    let client = on_tokio::Client::new(config(), &identity).unwrap();
    let runtime = runtime();
    let once = || runtime.block_on(client.exchange(&request, Duration::ZERO)).map(|answer| answer.status);
    assert_eq!([(); 4].map(|()| told(once())), expected);
    assert_eq!([closing.count(), losing.listener.count()], [2, 2], "once from each driver");
}
