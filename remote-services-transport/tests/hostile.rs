//! The client and servers, proxies and certificates that do not behave: one clear sentence each, in bounded time and memory.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

mod support;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};
use remote_services_core::secret::Secret;
use remote_services_transport::client::blocking::{Client, HangUp, enrol};
use remote_services_transport::client::{
    AnswerLimits, ClientConfig, ClientError, HttpFault, Phase, ProxySettings, Resolve, Timeouts, TlsFault,
    TlsSettings,
};
use remote_services_transport::document::NextPoll;
use remote_services_transport::enrol::Identity;
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::poll::{Poll, PollOutcome};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;
use support::{Authority, Listener, Server, answer, server_tls, server_tls_versions};

const SHORT: Duration = Duration::from_millis(300);

fn get(config: ClientConfig, authority: &Authority) -> Result<u16, ClientError> {
    let client = Client::new(config, &authority.client())?;
    client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).map(|answer| answer.status)
}

/// What the client says to a server that writes these octets over and over.
fn said_to(octets: &'static [u8], repeat: usize) -> ClientError {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, move |_, tls| {
        for _ in 0..repeat {
            tls.get_mut().write_all(octets)?;
        }
        Ok(false)
    });
    let limits = AnswerLimits { head: 4096, body: 65536 };
    get(server.config().with_limits(limits), &authority).unwrap_err()
}

fn fault(error: ClientError) -> HttpFault {
    match error {
        ClientError::Http { fault, .. } => fault,
        error => panic!("{error}"),
    }
}

#[test]
fn huge_heads_and_endless_bodies_are_cut_off() {
    assert_eq!(fault(said_to(b"HTTP/1.1 200 OK\r\nx: ", 1_000)), HttpFault::HeadTooLarge(4096));
    assert_eq!(fault(said_to(b"HTTP/1.1 100 Continue\r\n\r\n", 100_000)), HttpFault::HeadTooLarge(4096));
    let line: &[u8] = [b"HTTP/1.1 ".as_slice(), &[b'x'; 100_000]].concat().leak();
    assert_eq!(fault(said_to(line, 100)), HttpFault::HeadTooLarge(4096));
    let body: &[u8] = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[0; 100_000]].concat().leak();
    assert_eq!(fault(said_to(body, 1_000)), HttpFault::BodyTooLarge(65536));
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n";
    assert_eq!(fault(said_to(announced, 1)), HttpFault::BodyTooLarge(65536));
}

#[test]
fn bent_answers_are_refused() {
    let smuggled = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(matches!(fault(said_to(smuggled, 1)), HttpFault::Framing(_)));
    let doubled = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc";
    assert!(matches!(fault(said_to(doubled, 1)), HttpFault::Framing(_)));
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc";
    assert_eq!(fault(said_to(cut, 1)), HttpFault::Truncated);
    let digest = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:\r\n\r\nabc";
    assert!(matches!(said_to(digest, 1), ClientError::Digest { .. }));
    assert!(matches!(said_to(b"", 0), ClientError::Lost { phase: Phase::FirstByte, .. }));
}

#[test]
fn one_who_does_not_speak_http_is_told_at_once_though_it_says_no_more() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    for octets in [&b"HTTP/1.1 200 OK\ncontent-length: 0\n\n"[..], b"hi", b"\0\0\x12\x04\0\0\0\0\0"] {
        // What would end a head never comes, and the connection stays open.
        let server = Server::start(Arc::clone(&tls), move |_, tls| {
            tls.get_mut().write_all(octets)?;
            tls.get_mut().flush()?;
            tls.fill_buf().map(|_| true)
        });
        let fault = fault(get(server.config().with_timeouts(timeouts()), &authority).unwrap_err());
        assert!(matches!(fault, HttpFault::Malformed(_)), "{octets:?}: {fault}");
    }
}

#[test]
fn an_answer_without_a_proper_end_is_not_taken_for_whole() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    // Without length the end of the connection is the end of the body, but only if the server itself says so.
    let server = Server::start(tls, |_, tls| {
        tls.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")?;
        tls.get_mut().flush()?;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    assert_eq!(fault(get(server.config(), &authority).unwrap_err()), HttpFault::Truncated);
}

fn timeouts() -> Timeouts {
    let long = Duration::from_secs(20);
    Timeouts {
        resolve: long,
        connect: long,
        proxy: long,
        tls: long,
        send: long,
        first_byte: long,
        body: long,
    }
}

fn timed_out_in(error: ClientError) -> Phase {
    match error {
        ClientError::TimedOut { phase, .. } => phase,
        error => panic!("{error}"),
    }
}

#[test]
fn each_phase_has_its_own_time() {
    let authority = Authority::new();
    let silent = Listener::start(|mut tcp| io::copy(&mut tcp, &mut io::sink()).map(|_| ()));
    let config = support::config(silent.address);
    let error = get(config.clone().with_timeouts(Timeouts { tls: SHORT, ..timeouts() }), &authority);
    assert_eq!(timed_out_in(error.unwrap_err()), Phase::Tls);
    let proxy = ProxySettings { host: "127.0.0.1".into(), port: silent.address.port(), credentials: None };
    let error =
        get(config.with_proxy(proxy).with_timeouts(Timeouts { proxy: SHORT, ..timeouts() }), &authority);
    assert_eq!(timed_out_in(error.unwrap_err()), Phase::Proxy);

    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let thinking = Server::start(Arc::clone(&tls), |_, tls| tls.fill_buf().map(|_| true));
    let error =
        get(thinking.config().with_timeouts(Timeouts { first_byte: SHORT, ..timeouts() }), &authority);
    assert_eq!(timed_out_in(error.unwrap_err()), Phase::FirstByte);
    let dripping = Server::start(tls, |_, tls| {
        tls.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n")?;
        loop {
            tls.get_mut().write_all(b"x")?;
            tls.get_mut().flush()?;
            std::thread::sleep(SHORT / 10); // the fault that is tested, not a wait for something
        }
    });
    let error = get(dripping.config().with_timeouts(Timeouts { body: SHORT, ..timeouts() }), &authority);
    assert_eq!(timed_out_in(error.unwrap_err()), Phase::Body);
}

#[test]
fn who_hangs_up_waits_for_no_answer_and_asks_nothing_more() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let (asked, question) = channel();
    let asked = std::sync::Mutex::new(asked);
    // The first is answered; the second is held until the client goes.
    let server = Server::start(tls, move |seen, tls| {
        let _ = asked.lock().map(|asked| asked.send(seen.line.clone()));
        if seen.field("prefer").is_none() {
            return answer(tls, 304, "", b"");
        }
        tls.fill_buf().map(|_| false)
    });
    let hour = Duration::from_secs(3600);
    let config = server.config().with_timeouts(Timeouts { first_byte: hour, ..timeouts() });
    let client = Client::new(config, &authority.client()).unwrap();
    let mut poll = Poll::new(client.id(), NextPoll { seconds: 900, jitter: 0 });
    // On a connection that was used before, where a loss is no reason to fail otherwise.
    assert_eq!(client.commands(&mut poll, None).0, PollOutcome::Nothing);
    question.recv().unwrap();
    let hang_up = HangUp::new();
    let outcome = std::thread::scope(|scope| {
        let asking = scope.spawn(|| client.held_commands(&mut poll, Duration::from_secs(50), &hang_up).0);
        question.recv().unwrap();
        hang_up.hang_up();
        asking.join().unwrap()
    });
    let PollOutcome::Failed { why, .. } = outcome else { panic!("{outcome:?}") };
    assert!(why.ends_with("was given up on this side"), "{why}");
    assert!(hang_up.is_hung_up());
    let (outcome, _) = client.held_commands(&mut poll, hour, &hang_up);
    assert!(matches!(outcome, PollOutcome::Failed { .. }));
    assert!(question.try_recv().is_err(), "nothing more was asked");
    assert_eq!(client.commands(&mut poll, None).0, PollOutcome::Nothing, "others are not concerned");
}

#[test]
fn a_server_that_stops_reading_is_given_up() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let (done, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let listener = Listener::start(move |mut tcp| {
        let mut tls = rustls::ServerConnection::new(Arc::clone(&tls)).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)?;
        }
        let _ = wait.lock().map(|wait| wait.recv());
        Ok(())
    });
    let config = support::config(listener.address).with_timeouts(Timeouts { send: SHORT, ..timeouts() });
    let client = Client::new(config, &authority.client()).unwrap();
    let body = vec![0; 64 << 20];
    let request = Request::new(Method::Put, "/").with_body("a/b", &body);
    assert_eq!(timed_out_in(client.exchange(&request, Duration::ZERO).unwrap_err()), Phase::Send);
    drop(done);
}

#[test]
fn names_that_lead_nowhere_are_said_to() {
    struct Nobody;
    impl Resolve for Nobody {
        fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            Ok(Vec::new())
        }
    }
    struct Asleep(std::sync::Mutex<std::sync::mpsc::Receiver<()>>);
    impl Resolve for Asleep {
        fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            let _ = self.0.lock().map(|wait| wait.recv());
            Ok(Vec::new())
        }
    }
    let authority = Authority::new();
    let config = support::config(SocketAddr::from(([127, 0, 0, 1], 9)));
    let error = get(config.clone().with_resolver(Arc::new(Nobody)), &authority).unwrap_err();
    assert_eq!(error.to_string(), "the name localhost cannot be resolved: it has no address");
    let (done, wait) = channel();
    let asleep = Arc::new(Asleep(std::sync::Mutex::new(wait)));
    let error = get(config.with_resolver(asleep), &authority).unwrap_err();
    assert_eq!(timed_out_in(error), Phase::Resolve);
    drop(done);
}

#[test]
fn a_closed_port_is_refused_in_words() {
    let authority = Authority::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = get(support::config(free), &authority).unwrap_err();
    assert!(matches!(error, ClientError::Refused { .. }), "{error}");
    assert!(error.is_passing());
}

#[test]
fn whoever_does_not_speak_tls_is_no_server() {
    let authority = Authority::new();
    let web = Listener::start(|mut tcp| tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let error = get(support::config(web.address), &authority).unwrap_err();
    assert!(matches!(error, ClientError::Tls { fault: TlsFault::Protocol(_), .. }), "{error}");
    let closing = Listener::start(|tcp| tcp.shutdown(std::net::Shutdown::Both));
    let error = get(support::config(closing.address), &authority).unwrap_err();
    assert!(matches!(error, ClientError::Lost { phase: Phase::Tls, .. }), "{error}");
}

#[test]
fn each_bad_certificate_has_its_own_error() {
    let authority = Authority::new();
    let said_to = |issuer: &Authority, name: &str, bend: fn(&mut CertificateParams)| {
        let server = Server::start(server_tls(&authority, true, issuer.server(name, bend)), |_, tls| {
            answer(tls, 200, "", b"")
        });
        match get(server.config(), &authority) {
            Err(ClientError::Tls { fault, .. }) => Some(fault),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    assert_eq!(said_to(&authority, "localhost", |_| {}), None);
    // Of the same name as ours, with another key; then of another name, as those have who look into connections, and as
    // a server's own may look that leaves out what lies between.
    assert_eq!(said_to(&Authority::new(), "localhost", |_| {}), Some(TlsFault::UnknownIssuer));
    let other = Authority::named("somebody else");
    let issuer = "CN=somebody else".to_owned();
    let foreign = Some(TlsFault::ForeignIssuer { issuer, proxy: None });
    assert_eq!(said_to(&other, "localhost", |_| {}), foreign);
    assert_eq!(said_to(&other, "other.test", |_| {}), Some(TlsFault::UnknownIssuer));
    assert_eq!(said_to(&authority, "other.test", |_| {}), Some(TlsFault::WrongHost));
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    assert_eq!(said_to(&authority, "localhost", expired), Some(TlsFault::Expired));
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2090, 1, 1);
    assert_eq!(said_to(&authority, "localhost", early), Some(TlsFault::NotYetValid));
    let purpose = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert_eq!(said_to(&authority, "localhost", purpose), Some(TlsFault::WrongPurpose));
    let of_authority = |params: &mut CertificateParams| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    };
    let said = said_to(&authority, "localhost", of_authority);
    assert!(matches!(&said, Some(TlsFault::Certificate(why)) if why.contains("CA:TRUE")), "{said:?}");
}

/// Shows a certificate and signs with another's key.
#[derive(Debug)]
struct Pretender(Arc<rustls::sign::CertifiedKey>);

impl rustls::server::ResolvesServerCert for Pretender {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[test]
fn who_shows_a_certificate_without_its_key_is_found_out_in_both_versions_of_tls() {
    let authority = Authority::new();
    let ((shown, _), (_, key)) =
        (authority.server("localhost", |_| {}), authority.server("other.test", |_| {}));
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let key = support::provider().key_provider.load_private_key(key.into()).unwrap();
    let pretender = Arc::new(Pretender(Arc::new(rustls::sign::CertifiedKey::new(vec![shown.into()], key))));
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let tls = rustls::ServerConfig::builder_with_provider(support::provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Pretender>::clone(&pretender));
        let server = Server::start(Arc::new(tls), |_, tls| answer(tls, 200, "", b""));
        let error = get(server.config(), &authority).unwrap_err();
        assert!(matches!(error, ClientError::Tls { fault: TlsFault::NotItsKey, .. }), "{error}");
        // At the first contact, too, when no certificate is believed yet.
        let registration = RegistrationKey {
            server: server.config().server().clone(),
            key: OneTimeKey::from_random([9; 16]),
            pin: SpkiPin::of_certificate(&authority.certificate).unwrap(),
        };
        let Err(error) = enrol(&server.config(), &registration, &support::client_key()) else {
            panic!("registered")
        };
        assert!(matches!(error, ClientError::Tls { fault: TlsFault::NotItsKey, .. }), "{error}");
    }
}

#[test]
fn a_refused_client_certificate_is_understood_in_both_versions_of_tls() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let tls = server_tls_versions(&authority, true, authority.server("localhost", |_| {}), &[version]);
        let server = Server::start(tls, |_, tls| answer(tls, 200, "", b""));
        assert_eq!(get(server.config(), &authority).unwrap(), 200);
        // Same anchors for the server, but a certificate from somebody else.
        for issuer in [Authority::new(), Authority::named("somebody else")] {
            let stranger = Identity { anchors: authority.client().anchors, ..issuer.client() };
            let client = Client::new(server.config(), &stranger).unwrap();
            let error = client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).unwrap_err();
            assert!(matches!(error, ClientError::Tls { fault: TlsFault::ClientRefused(_), .. }), "{error}");
            assert!(!error.is_passing());
        }
    }
}

#[test]
fn fips_that_is_demanded_of_another_module_is_refused_with_its_name_and_what_is_not_approved() {
    let authority = Authority::new();
    let config = support::config(SocketAddr::from(([127, 0, 0, 1], 9)));
    let error = get(config.with_tls(TlsSettings::default().with_fips(true)), &authority).unwrap_err();
    assert!(matches!(error, ClientError::NotFips(_)), "{error}");
    assert!(!error.is_passing());
    for words in ["ring does not offer", "TLS13_AES_256_GCM_SHA384", "X25519", "randomness"] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A proxy that wants this password and then connects to wherever it is told.
fn proxy() -> Listener {
    Listener::start(|tcp| {
        let mut client = BufReader::new(tcp);
        let (mut first, mut allowed, mut line) = (String::new(), false, String::new());
        client.read_line(&mut first)?;
        while client.read_line(&mut line)? > 2 {
            allowed |= line.trim_end() == "proxy-authorization: Basic dXNlcjpwYXNzd29yZA==";
            line.clear();
        }
        let port: u16 = first.split([':', ' ']).nth(2).unwrap().parse().unwrap();
        let answer: &[u8] = match (allowed, port) {
            (false, _) => b"HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm=\"x\"\r\n\r\n",
            (true, 1) => b"HTTP/1.1 403 Forbidden\r\n\r\n",
            (true, 2) => b"SSH-2.0-proxy\r\n\r\n",
            (true, 3) => b"HTTP/1.1 200 OK\r\n\r\nand more",
            (true, 4) => b"",
            (true, _) => b"HTTP/1.1 200 Connection established\r\n\r\n",
        };
        client.get_mut().write_all(answer)?;
        if !answer.ends_with(b"established\r\n\r\n") {
            return client.get_mut().shutdown(std::net::Shutdown::Write);
        }
        let server = TcpStream::connect(("127.0.0.1", port))?;
        let (mut from, mut to) = (client.get_ref().try_clone()?, server.try_clone()?);
        let back = std::thread::spawn(move || io::copy(&mut &server, &mut from));
        io::copy(client.get_mut(), &mut to)?;
        to.shutdown(std::net::Shutdown::Write)?;
        let _ = back.join();
        Ok(())
    })
}

#[test]
fn a_proxy_connects_with_the_right_password_only() {
    let authority = Authority::new();
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, |_, tls| answer(tls, 200, "", b"hello"));
    let proxy = proxy();
    let through = |password: &str, port: u16| {
        let settings = ProxySettings {
            host: "127.0.0.1".into(),
            port: proxy.address.port(),
            credentials: Some(("user".into(), Secret::from(password))),
        };
        let url = ServerUrl::new("localhost", port).unwrap();
        get(ClientConfig::new(url, support::provider()).with_proxy(settings), &authority)
    };
    let port = server.listener.address.port();
    assert_eq!(through("password", port).unwrap(), 200);
    let error = through("wrong", port).unwrap_err();
    assert!(matches!(error, ClientError::ProxyCredentials { .. }), "{error}");
    assert!(!error.to_string().contains("wrong"));
    assert!(matches!(through("password", 1).unwrap_err(), ClientError::ProxyRefused { status: 403, .. }));
    assert!(matches!(fault(through("password", 2).unwrap_err()), HttpFault::Malformed(_)));
    assert!(matches!(fault(through("password", 3).unwrap_err()), HttpFault::Malformed(_)));
    assert!(matches!(through("password", 4).unwrap_err(), ClientError::Lost { phase: Phase::Proxy, .. }));
}

#[test]
fn a_server_that_closes_at_any_moment_of_its_answer_never_passes() {
    let authority = Authority::new();
    let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
    let server = Server::start(tls, move |seen, tls| {
        let length: usize = seen.line.split(['/', ' ']).nth(2).unwrap().parse().unwrap();
        tls.get_mut().write_all(&whole[..length])?;
        Ok(false)
    });
    let client = Client::new(server.config(), &authority.client()).unwrap();
    for length in 0..=whole.len() {
        let result = client.exchange(&Request::new(Method::Get, format!("/{length}")), Duration::ZERO);
        assert_eq!(result.is_ok(), length == whole.len(), "closed after {length}");
    }
}
