//! A new device at its first network: only the server's own word about its key makes it give up.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::backoff::Backoff;
use remote_services_transport::certs_only;
use remote_services_transport::client::ClientError;
use remote_services_transport::client::blocking::{StopFlag, enrol_when_reachable};
use remote_services_transport::enrol::{EnrolError, Identity};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKey, ServerUrl, SpkiPin};
use rustls::ServerConnection;
use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Listener, Tls, answer, server_tls};
use uuid::Uuid;

const PROBLEM: &str = "content-type: application/problem+json\r\n";

/// Who takes the next connection.
#[derive(Clone, Copy)]
enum Who {
    /// Somebody who speaks no TLS.
    Plain,
    /// Somebody with a certificate of their own who answers everything alike.
    Portal(u16, &'static str, &'static [u8]),
    /// The server, by a clock that the device's is years behind.
    YearsLater,
    /// The server, or what stands before it, when it is asked for a certificate.
    Refuses(u16, &'static str, &'static [u8]),
    /// The server, whose certificates are signed by another authority than they say.
    Misissues,
    Server,
}

type Enrolled = Result<Option<Box<Identity>>, ClientError>;

/// All others come first, one connection each; then it is the server.
struct World {
    authority: Arc<Authority>,
    listener: Listener,
}

impl World {
    fn new(script: &[Who]) -> Self {
        let authority = Arc::new(Authority::new());
        let stranger = Authority::named("somebody");
        let good = server_tls(&authority, false, authority.server("localhost", |_| {}));
        let later =
            authority.server("localhost", |params| params.not_before = rcgen::date_time_ymd(2120, 1, 1));
        let later = server_tls(&authority, false, later);
        let portal = server_tls(&stranger, false, stranger.server("portal", |_| {}));
        let (script, issuer) = (Mutex::new(VecDeque::from(script.to_vec())), Arc::clone(&authority));
        let listener = Listener::start(move |mut tcp| {
            let who = script.lock().unwrap().pop_front().unwrap_or(Who::Server);
            let tls = match who {
                Who::Plain => {
                    let _ = tcp.read(&mut [0; 4096])?;
                    return tcp.write_all(b"HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n");
                }
                Who::Portal(..) => &portal,
                Who::YearsLater => &later,
                Who::Refuses(..) | Who::Misissues | Who::Server => &good,
            };
            serve(tcp, tls, who, &issuer)
        });
        Self { authority, listener }
    }

    /// What becomes of a device, and what it told while it waited.
    fn enrol(&self) -> (Enrolled, Vec<(String, Duration)>) {
        let registration = RegistrationKey {
            server: ServerUrl::new("localhost", self.listener.address.port()).unwrap(),
            pin: SpkiPin::of_certificate(&self.authority.certificate).unwrap(),
            key: OneTimeKey::from_random([5; 16]),
        };
        let (config, key) = (support::config(self.listener.address), support::client_key());
        let (pace, mut told) = (Backoff::new(Duration::from_millis(1), LONGEST), Vec::new());
        let tell = &mut |why: &str, wait| told.push((why.to_owned(), wait));
        let end = enrol_when_reachable(&config, &registration, &key, pace, &StopFlag::new(), tell);
        (end, told)
    }
}

const LONGEST: Duration = Duration::from_millis(20);

/// One request, answered as whoever it is does.
fn serve(tcp: TcpStream, tls: &Arc<rustls::ServerConfig>, who: Who, issuer: &Authority) -> io::Result<()> {
    let session = ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
    let mut tls: Tls = BufReader::new(rustls::StreamOwned::new(session, tcp));
    let (mut lines, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if tls.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        length = line.strip_prefix("content-length: ").map_or(length, |it| it.trim_end().parse().unwrap());
        lines.push(line);
    }
    let mut body = vec![0; length];
    tls.read_exact(&mut body)?;
    let asks = lines.first().is_some_and(|line| line.contains("simpleenroll"));
    match who {
        Who::Portal(status, fields, body) => answer(&mut tls, status, fields, body)?,
        Who::Refuses(status, fields, body) if asks => answer(&mut tls, status, fields, body)?,
        Who::Misissues if asks => {
            let asked = certs_only::from_base64_lines(&body).unwrap();
            let issued = Authority::new().issue(&asked, Uuid::from_u128(7));
            answer(&mut tls, 200, "", certs_only::write(&[&issued]).as_bytes())?
        }
        _ if asks => {
            let issued = issuer.issue(&certs_only::from_base64_lines(&body).unwrap(), Uuid::from_u128(7));
            answer(&mut tls, 200, "", certs_only::write(&[&issued]).as_bytes())?
        }
        _ => answer(&mut tls, 200, "", certs_only::write(&[&issuer.certificate]).as_bytes())?,
    };
    tls.get_mut().conn.send_close_notify();
    tls.get_mut().flush()
}

#[test]
fn a_new_device_waits_out_a_portal_a_redirect_a_wrong_clock_and_a_gateway_and_is_registered_then() {
    let gateway = |status, fields, body| [Who::Server, Who::Refuses(status, fields, body)];
    let script = [
        &[Who::Portal(200, "content-type: text/html\r\n", b"<html>please log in</html>")][..],
        &[Who::Plain],
        &[Who::Portal(302, "location: https://portal/login\r\n", b"")],
        &[Who::Portal(404, "", b"")],
        &[Who::Portal(403, PROBLEM, br#"{"type":"urn:remote-services:problem:registration-key"}"#)],
        // Another authority's certificates; those who are asked for them need not show theirs.
        &[Who::Server, Who::YearsLater],
        &gateway(403, "", b"<html>blocked</html>"),
        &gateway(401, PROBLEM, br#"{"title":"who are you"}"#),
        &gateway(400, "", b""),
        &[Who::Server, Who::Misissues],
    ];
    let (end, told) = World::new(&script.concat()).enrol();
    assert_eq!(end.unwrap().unwrap().client, Uuid::from_u128(7));
    assert_eq!(told.len(), script.len(), "{told:#?}");
    for (why, wait) in &told {
        assert_eq!(*wait, LONGEST, "{why}");
    }
    for (at, words) in [
        (0, "cannot be read"),
        (2, "status 302"),
        (3, "404"),
        (5, "not valid yet"),
        (7, "who are you"),
        (9, "not that of the authority"),
    ] {
        assert!(told[at].0.contains(words), "{words}: {told:#?}");
    }
}

#[test]
fn a_new_device_gives_up_when_the_server_itself_refuses_its_key() {
    const USED: &[u8] = br#"{"type":"urn:remote-services:problem:registration-key","detail":"already used"}"#;
    for status in [401, 403] {
        let world = World::new(&[Who::Server, Who::Refuses(status, PROBLEM, USED)]);
        let (end, told) = world.enrol();
        let Err(ClientError::Enrol(EnrolError::KeyRefused(why))) = end else { panic!("{:?}", end.err()) };
        assert!(why.contains("already used") && told.is_empty(), "{why} {told:?}");
        assert_eq!(world.listener.count(), 2);
    }
}

#[test]
fn a_server_that_is_away_for_a_moment_is_asked_again_soon() {
    let busy = Who::Portal(503, "", b"");
    let (end, told) = World::new(&[busy, busy]).enrol();
    assert!(end.unwrap().is_some());
    let [(_, first), (_, second)] = told.as_slice() else { panic!("{told:?}") };
    assert!(*first < Duration::from_millis(2) && *second < Duration::from_millis(4), "{told:?}");
}
