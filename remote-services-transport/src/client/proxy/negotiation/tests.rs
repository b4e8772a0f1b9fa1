use super::*;
use crate::client::{ProxyHandler, ProxyHandshake};
use remote_services_core::secret::Secret;
use std::sync::Arc;

pub(super) const SERVER: &str = "a.test:443";

pub(super) fn settings(credentials: Option<(&str, &str)>) -> ProxySettings {
    let credentials = credentials.map(|(user, password)| (user.to_owned(), Secret::from(password)));
    ProxySettings { host: "proxy.test".into(), port: 3128, credentials }
}

pub(super) fn auth(basic: bool, handlers: Vec<Arc<dyn ProxyHandler>>) -> ProxyAuth {
    ProxyAuth { handlers, basic }
}

/// Lets a client talk with a proxy whose answer to each request `proxy` gives; the requests, and how it ended.
fn talk(
    settings: &ProxySettings,
    auth: &ProxyAuth,
    memory: &ProxyMemory,
    mut proxy: impl FnMut(usize, &str) -> String,
) -> (Vec<String>, Result<Verdict, HttpFault>) {
    let mut negotiation = Negotiation::new(settings, "proxy.test:3128".into(), SERVER, (auth, memory));
    let mut requests = Vec::new();
    loop {
        let request = String::from_utf8(negotiation.request([7; 16]).unwrap().to_vec()).unwrap();
        let answer = proxy(requests.len(), &request);
        requests.push(request);
        let mut verdict = None;
        // Octet by octet: an answer is read whole and no further.
        for (at, byte) in answer.bytes().enumerate() {
            assert_eq!(verdict, None, "decided before octet {at}");
            match negotiation.feed(&[byte]) {
                Ok(found) => verdict = found,
                Err(fault) => return (requests, Err(fault)),
            }
        }
        let verdict = match verdict {
            Some(verdict) => verdict,
            None => match negotiation.end() {
                Ok(verdict) => verdict,
                Err(fault) => return (requests, Err(fault)),
            },
        };
        if !matches!(verdict, Verdict::Again { .. }) {
            return (requests, Ok(verdict));
        }
    }
}

const CONNECTED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

pub(super) fn asks(challenges: &[&str]) -> String {
    let fields: String = challenges.iter().map(|it| format!("Proxy-Authenticate: {it}\r\n")).collect();
    format!("HTTP/1.1 407 Who?\r\n{fields}Content-Length: 4\r\n\r\nWho?")
}

pub(super) fn authorization(request: &str) -> Option<&str> {
    request.lines().find_map(|line| line.strip_prefix("proxy-authorization: "))
}

pub(super) const DIGEST: &str = r#"Digest realm="r", qop="auth", algorithm=SHA-256, nonce="n1""#;

#[test]
fn credentials_are_shown_to_a_proxy_that_asks_and_from_then_on_at_once() {
    // The pair is the example of RFC 7617 §2.
    let (settings, memory) = (settings(Some(("Aladdin", "open sesame"))), ProxyMemory::default());
    let basic = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    for (connection, expected) in [(0, vec![None, Some(basic)]), (1, vec![Some(basic)])] {
        let (requests, verdict) = talk(&settings, &auth(true, vec![]), &memory, |_, request| {
            if authorization(request) == Some(basic) { CONNECTED.into() } else { asks(&["Basic realm=x"]) }
        });
        assert_eq!(verdict, Ok(Verdict::Connected));
        assert!(requests[0].starts_with("CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n"));
        let shown: Vec<_> = requests.iter().map(|it| authorization(it)).collect();
        assert_eq!(shown, expected, "connection {connection}");
    }
}

#[test]
fn digest_is_preferred_and_a_wrong_password_is_never_shown_by_basic() {
    let (settings, memory) = (settings(Some(("user", "password"))), ProxyMemory::default());
    let (requests, verdict) =
        talk(&settings, &auth(true, vec![]), &memory, |_, _| asks(&["Basic realm=x", DIGEST]));
    assert!(matches!(verdict, Ok(Verdict::Credentials(why)) if why == "it does not accept the credentials"));
    assert_eq!(requests.len(), 2);
    assert!(authorization(&requests[1]).unwrap().starts_with("Digest username=\"user\""));
    assert!(requests[1].contains("uri=\"a.test:443\""));
    assert!(!requests.concat().contains("password") && !requests.concat().contains("Basic"));
}

#[test]
fn nonces_that_are_stale_or_announced_are_followed() {
    let (settings, memory) = (settings(Some(("user", "password"))), ProxyMemory::default());
    let stale = r#"Digest realm="r", qop="auth", algorithm=SHA-256, nonce="n2", stale=true"#;
    let next = "HTTP/1.1 200 OK\r\nProxy-Authentication-Info: nextnonce=\"n3\"\r\n\r\n";
    let (requests, verdict) = talk(&settings, &auth(true, vec![]), &memory, |at, _| match at {
        0 => asks(&[DIGEST]),
        1 => asks(&[stale]),
        _ => next.into(),
    });
    assert_eq!(verdict, Ok(Verdict::Connected));
    assert!(requests[1].contains("nonce=\"n1\", nc=00000001"));
    assert!(requests[2].contains("nonce=\"n2\", nc=00000001"));
    // The next connection begins with the nonce that was announced, and gets a fresh one when that is too old by then,
    // whether the proxy says stale or not.
    let (requests, verdict) = talk(&settings, &auth(true, vec![]), &memory, |at, _| match at {
        0 => asks(&[DIGEST]),
        _ => CONNECTED.into(),
    });
    assert_eq!(verdict, Ok(Verdict::Connected));
    assert!(requests[0].contains("nonce=\"n3\", nc=00000001"));
    assert!(requests[1].contains("nonce=\"n1\", nc=00000001"));
    let (requests, _) = talk(&settings, &auth(true, vec![]), &memory, |_, _| CONNECTED.into());
    assert!(requests[0].contains("nonce=\"n1\", nc=00000002"), "a nonce is counted over connections");
}

#[test]
fn a_proxy_that_finds_every_nonce_stale_is_given_up() {
    let (settings, memory) = (settings(Some(("user", "password"))), ProxyMemory::default());
    let stale = format!("{DIGEST}, stale=true");
    let (requests, verdict) = talk(&settings, &auth(true, vec![]), &memory, |_, _| asks(&[&stale]));
    assert!(matches!(verdict, Ok(Verdict::Credentials(_))));
    assert_eq!(requests.len(), 8);
}

#[test]
fn what_cannot_be_answered_is_said_without_secrets() {
    let memory = ProxyMemory::default();
    for (credentials, basic, offered, why) in [
        (None, true, "Basic realm=x", "it wants credentials and there are none (it offers: basic)"),
        (
            Some(("u", "p")),
            false,
            "Basic realm=x",
            "it wants a scheme that is not offered here (it offers: basic)",
        ),
        (Some(("u", "p")), true, "NTLM", "it wants a scheme that is not offered here (it offers: ntlm)"),
    ] {
        let (requests, verdict) =
            talk(&settings(credentials), &auth(basic, vec![]), &memory, |_, _| asks(&[offered]));
        assert_eq!(verdict, Ok(Verdict::Credentials(why.to_owned())));
        assert_eq!((requests.len(), authorization(&requests[0])), (1, None));
    }
    let negotiation_of = |user: &str| {
        let settings = settings(Some((user, "p")));
        let auth = auth(true, vec![]);
        let mut negotiation = Negotiation::new(&settings, "p".into(), SERVER, (&auth, &memory));
        negotiation.request([0; 16]).unwrap();
        negotiation.feed(asks(&["Basic realm=x"]).as_bytes()).unwrap();
        negotiation.request([0; 16]).err()
    };
    assert!(negotiation_of("a:b").is_some() && negotiation_of("a\r\n").is_some());
    assert!(negotiation_of("ab").is_none());
}

/// Three messages, as NTLM has them, and only on one connection.
struct Shaking;
struct Shake(u8);

impl ProxyHandler for Shaking {
    fn scheme(&self) -> &str {
        "NTLM"
    }
    fn begin(&self, proxy: &str) -> Box<dyn ProxyHandshake + Send> {
        assert_eq!(proxy, "proxy.test");
        Box::new(Shake(0))
    }
}

impl ProxyHandshake for Shake {
    fn answer(&mut self, token: Option<&str>) -> Result<Zeroizing<String>, String> {
        self.0 += 1;
        match (self.0, token) {
            (1, None) => Ok(Zeroizing::new("first".into())),
            (2, Some("challenge=")) => Ok(Zeroizing::new("second".into())),
            _ => Err("a token that was not expected".into()),
        }
    }
}

#[test]
fn a_handler_of_ones_own_shakes_hands_on_one_connection_and_begins_anew_on_the_next() {
    let (settings, memory) = (settings(Some(("user", "password"))), ProxyMemory::default());
    let auth = auth(true, vec![Arc::new(Shaking)]);
    for first in [0, 1] {
        let (requests, verdict) = talk(&settings, &auth, &memory, |at, request| match at + first {
            0 => asks(&["Basic realm=x", "NTLM"]),
            1 => {
                assert_eq!(authorization(request), Some("NTLM first"));
                asks(&["NTLM challenge="])
            }
            _ => CONNECTED.into(),
        });
        assert_eq!(verdict, Ok(Verdict::Connected));
        assert_eq!(authorization(requests.last().unwrap()), Some("NTLM second"));
    }
    // A proxy that ends the connection in the middle cannot be shaken hands with.
    let closing =
        asks(&["NTLM challenge="]).replace("Content-Length: 4", "Connection: close\r\nContent-Length: 4");
    let (_, verdict) = talk(&settings, &auth, &memory, |_, _| closing.clone());
    assert!(matches!(verdict, Ok(Verdict::Credentials(why)) if why.contains("in the middle")));
}

#[test]
fn a_connection_that_ends_without_a_word_is_replaced_but_for_a_handshake_that_is_half_done() {
    let (settings, memory) = (settings(Some(("user", "password"))), ProxyMemory::default());
    let auth = auth(true, vec![Arc::new(Shaking)]);
    let mut negotiation = Negotiation::new(&settings, "proxy.test:3128".into(), SERVER, (&auth, &memory));
    let ask = |negotiation: &mut Negotiation<'_>, answer: Option<&str>| {
        let request = String::from_utf8(negotiation.request([7; 16]).unwrap().to_vec()).unwrap();
        let verdict = match answer {
            Some(answer) => negotiation.feed(asks(&[answer]).as_bytes()).unwrap().unwrap(),
            None => negotiation.closed(),
        };
        (authorization(&request).map(str::to_owned), verdict)
    };
    let (on, anew) = (Verdict::Again { same_connection: true }, Verdict::Again { same_connection: false });
    assert_eq!(ask(&mut negotiation, Some("NTLM")), (None, on.clone()));
    assert_eq!(ask(&mut negotiation, None), (Some("NTLM first".into()), anew));
    assert_eq!(ask(&mut negotiation, Some("NTLM challenge=")), (Some("NTLM first".into()), on));
    let (shown, verdict) = ask(&mut negotiation, None);
    assert_eq!(shown.as_deref(), Some("NTLM second"));
    assert!(
        matches!(verdict, Verdict::Credentials(why) if why.contains("in the middle of the handshake (NTLM)"))
    );
}

/// Wants to know who the proxy is, too.
struct Mutual;

impl ProxyHandler for Mutual {
    fn scheme(&self) -> &str {
        "Negotiate"
    }
    fn begin(&self, _: &str) -> Box<dyn ProxyHandshake + Send> {
        Box::new(Self)
    }
}

impl ProxyHandshake for Mutual {
    fn answer(&mut self, _: Option<&str>) -> Result<Zeroizing<String>, String> {
        Ok(Zeroizing::new("ours=".into()))
    }
    fn finish(&mut self, token: Option<&str>) -> Result<(), String> {
        match token {
            Some("theirs=") => Ok(()),
            Some(_) => Err("it is somebody else".into()),
            None => Err("it does not say who it is".into()),
        }
    }
}

#[test]
fn a_handler_sees_the_token_that_comes_with_the_agreement_and_may_refuse_the_proxy_for_it() {
    let (settings, auth) = (settings(None), auth(true, vec![Arc::new(Mutual)]));
    for (field, why) in [
        ("Proxy-Authenticate: negotiate theirs=\r\n", None),
        ("Proxy-Authenticate: Basic realm=x, Negotiate theirs=\r\n", None),
        ("Proxy-Authenticate: Negotiate others=\r\n", Some("it is somebody else")),
        ("Proxy-Authenticate: NTLM theirs=\r\n", Some("it does not say who it is")),
        ("", Some("it does not say who it is")),
    ] {
        let memory = ProxyMemory::default();
        let (requests, verdict) = talk(&settings, &auth, &memory, |at, _| match at {
            0 => asks(&["Negotiate"]),
            _ => format!("HTTP/1.1 200 OK\r\n{field}\r\n"),
        });
        assert_eq!(authorization(&requests[1]), Some("Negotiate ours="));
        let expected = why.map_or(Verdict::Connected, |why| Verdict::Impostor(why.to_owned()));
        assert_eq!(verdict, Ok(expected), "{field}");
        // One that was refused is asked who it is again, and not believed for asking nothing.
        assert!(memory.way("proxy.test:3128").is_some(), "{field}");
        if let Some(why) = why {
            let (sent, verdict) = talk(&settings, &auth, &memory, |_, _| CONNECTED.into());
            assert!(verdict.is_ok_and(|verdict| verdict != Verdict::Connected), "{field}: {why}");
            assert_eq!(sent.len(), 1, "{field}");
        }
    }
    // Who asked for nothing is not asked who it is.
    let (_, verdict) = talk(&settings, &auth, &ProxyMemory::default(), |_, _| CONNECTED.into());
    assert_eq!(verdict, Ok(Verdict::Connected));
}

#[test]
fn answers_that_are_bent_or_say_more_than_they_may_are_refused() {
    let (settings, memory) = (settings(None), ProxyMemory::default());
    let ended = |answer: &str| {
        let answer = answer.to_owned();
        let auth = auth(true, vec![]);
        let mut negotiation = Negotiation::new(&settings, "p".into(), SERVER, (&auth, &memory));
        negotiation.request([0; 16]).unwrap();
        match negotiation.feed(answer.as_bytes()) {
            Ok(Some(verdict)) => Ok(verdict),
            Ok(None) => negotiation.end(),
            Err(fault) => Err(fault),
        }
    };
    assert_eq!(ended("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n"), Ok(Verdict::Connected));
    assert_eq!(ended("HTTP/1.1 403 No\r\n\r\nbecause"), Ok(Verdict::Refused(403)));
    assert_eq!(
        ended("HTTP/1.1 302 See\r\nlocation: http://x/\r\ncontent-length: 0\r\n\r\n"),
        Ok(Verdict::Refused(302))
    );
    assert!(ended("HTTP/1.1 200 OK\r\n\r\n\x16\x03").is_err(), "octets that are not the server's");
    assert!(ended("SSH-2.0\r\n").is_err());
    assert_eq!(ended("HTTP/1.1 407 W"), Err(HttpFault::Truncated));
    let long = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(LIMITS.head));
    assert_eq!(ended(&long), Err(HttpFault::HeadTooLarge(LIMITS.head)));
    let page = format!("HTTP/1.1 407 Who?\r\ncontent-length: {}\r\n\r\n", LIMITS.body + 1);
    assert_eq!(ended(&page), Err(HttpFault::BodyTooLarge(LIMITS.body)));
}

#[test]
fn the_route_that_works_is_remembered_for_each_network_and_not_for_too_many() {
    let memory = ProxyMemory::default();
    let taken = |network: &str, route: &str| Taken { network: network.into(), route: route.into() };
    memory.keep_route(&taken("home", "direct"));
    memory.keep_route(&taken("office", "proxy.test:1"));
    assert_eq!(memory.route("home").as_deref(), Some("direct"));
    assert_eq!(memory.route("office").as_deref(), Some("proxy.test:1"));
    for network in 0..100 {
        memory.keep_route(&taken(&format!("a{network:03}"), "direct"));
    }
    assert_eq!(memory.routes.lock().unwrap().len(), MAX_NETWORKS);
}
