//! Proxies that ask for credentials and close the connection: the answer goes over a new one, where it can.

#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "support/behind.rs"]
mod behind;
mod support;

use behind::{DRIVERS, World, connect, tunnel};
use remote_services_core::secret::Secret;
use remote_services_transport::client::{ClientError, ProxyHandler, ProxyHandshake, ProxySettings};
use std::io::{BufReader, Write as _};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use support::Listener;
use zeroize::Zeroizing;

/// What a proxy answers to what it was shown; nothing: it connects.
type Answers = fn(Option<&str>) -> Option<&'static str>;

/// A proxy that closes each connection on which it asked for something, and what it was shown on each.
struct Closing {
    listener: Listener,
    shown: Arc<Mutex<Vec<Option<String>>>>,
}

impl Closing {
    /// `fields` stand in each answer that asks.
    fn new(fields: &'static str, answers: Answers) -> Self {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&shown);
        let listener = Listener::start(move |tcp| {
            let mut client = BufReader::new(tcp);
            loop {
                let (port, given) = connect(&mut client)?;
                seen.lock().unwrap().push(given.clone());
                let Some(challenge) = answers(given.as_deref()) else {
                    return tunnel(client, port, u64::MAX);
                };
                // What stands in front of the challenge keeps the connection: the next request is read on it.
                let (keeps, challenge) =
                    challenge.strip_prefix('+').map_or((false, challenge), |it| (true, it));
                let fields = if keeps { "" } else { fields };
                let head = format!("HTTP/1.1 407 Who?\r\nProxy-Authenticate: {challenge}\r\n{fields}");
                client.get_mut().write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes())?;
                if !keeps {
                    return client.get_mut().shutdown(Shutdown::Both);
                }
            }
        });
        Self { listener, shown }
    }

    fn settings(&self) -> ProxySettings {
        let credentials = Some(("user".to_owned(), Secret::from("sesame")));
        ProxySettings { host: "127.0.0.1".into(), port: self.listener.address.port(), credentials }
    }

    fn shown(&self) -> Vec<Option<String>> {
        std::mem::take(&mut *self.shown.lock().unwrap())
    }
}

/// Each way to close a connection: said in the field that is for it, in the one of older proxies, and not at all.
const CLOSES: [&str; 4] =
    ["Connection: close\r\n", "Proxy-Connection: close\r\n", "Proxy-Connection: Keep-Alive, Close\r\n", ""];

#[test]
fn the_answer_to_a_challenge_goes_over_a_new_connection_when_the_proxy_closed_the_first() {
    let world = World::new();
    let basic: Answers = |shown| match shown {
        Some("Basic dXNlcjpzZXNhbWU=") => None,
        _ => Some("Basic realm=x"),
    };
    let digest: Answers = |shown| match shown {
        Some(shown) if shown.starts_with("Digest username=\"user\"") => None,
        _ => Some("Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, nonce=\"n1\""),
    };
    for (scheme, answers) in [("Basic", basic), ("Digest", digest)] {
        for fields in CLOSES {
            let proxy = Closing::new(fields, answers);
            for driver in DRIVERS {
                let before = proxy.listener.count();
                let config = world.server.config().with_proxy(proxy.settings());
                assert_eq!(world.ask(driver, &config, "/").unwrap(), 200, "{scheme} {driver:?} {fields:?}");
                assert_eq!(proxy.listener.count() - before, 2, "{scheme} {driver:?} {fields:?}");
                let shown = proxy.shown();
                assert!(shown.len() == 2 && shown[0].is_none(), "{scheme} {driver:?} {fields:?}: {shown:?}");
                assert!(shown[1].as_deref().is_some_and(|it| it.starts_with(scheme)), "{shown:?}");
            }
        }
    }
}

#[test]
fn credentials_that_a_closing_proxy_refuses_are_told_as_such() {
    let world = World::new();
    for fields in CLOSES {
        let proxy = Closing::new(fields, |_| Some("Basic realm=x"));
        for driver in DRIVERS {
            let error =
                world.ask(driver, &world.server.config().with_proxy(proxy.settings()), "/").unwrap_err();
            let told = error.to_string();
            assert!(matches!(error, ClientError::ProxyCredentials { .. }), "{driver:?} {fields:?}: {told}");
            assert!(told.contains("it does not accept the credentials"), "{driver:?} {fields:?}: {told}");
            assert_eq!(proxy.shown().len(), 2, "{driver:?} {fields:?}");
        }
    }
}

/// Two messages, as NTLM has them, and only on one connection.
struct Shaking;

impl ProxyHandler for Shaking {
    fn scheme(&self) -> &'static str {
        "NTLM"
    }
    fn begin(&self, _: &str) -> Box<dyn ProxyHandshake + Send> {
        Box::new(Self)
    }
}

impl ProxyHandshake for Shaking {
    fn answer(&mut self, token: Option<&str>) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new(if token.is_some() { "second" } else { "first" }.to_owned()))
    }
}

#[test]
fn a_handshake_of_several_steps_begins_on_a_new_connection_and_cannot_go_on_over_another() {
    let world = World::new();
    let once: Answers = |shown| match shown {
        None => Some("NTLM"),
        Some("NTLM first") => Some("+NTLM challenge="),
        Some(_) => None,
    };
    let midway: Answers = |shown| match shown {
        None => Some("+NTLM"),
        Some(_) => Some("NTLM challenge="),
    };
    for fields in CLOSES {
        let (closes_once, closes_midway) = (Closing::new(fields, once), Closing::new(fields, midway));
        for driver in DRIVERS {
            let by = |proxy: &Closing| {
                let config = world.server.config().with_proxy(proxy.settings());
                world.ask(driver, &config.with_proxy_handler(Arc::new(Shaking)), "/")
            };
            assert_eq!(by(&closes_once).unwrap(), 200, "{driver:?} {fields:?}");
            assert_eq!(closes_once.shown().last(), Some(&Some("NTLM second".to_owned())));
            let error = by(&closes_midway).unwrap_err();
            let told = error.to_string();
            assert!(matches!(error, ClientError::ProxyCredentials { .. }), "{driver:?} {fields:?}: {told}");
            assert!(told.contains("in the middle of the handshake (NTLM)"), "{driver:?} {fields:?}: {told}");
        }
    }
}
