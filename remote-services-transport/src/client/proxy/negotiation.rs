//! From CONNECT to a connection through a proxy.

use super::challenge::{Challenge, challenges, parameters};
use super::digest::{Bound, Digest};
use super::{ProxyAuth, ProxyHandshake, ProxySettings, Taken};
use crate::client::AnswerLimits;
use crate::client::http1::{AnswerReader, HttpFault};
use crate::exchange::Answer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use remote_services_core::hex;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// What worked with each proxy and on each network; shared by all connections of a client.
#[derive(Default)]
pub(in crate::client) struct ProxyMemory {
    ways: Mutex<BTreeMap<String, Way>>,
    routes: Mutex<BTreeMap<String, String>>,
}

impl ProxyMemory {
    fn way(&self, proxy: &str) -> Option<Way> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner).get(proxy).cloned()
    }

    fn keep_way(&self, proxy: &str, way: Option<Way>) {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        match way {
            Some(way) => ways.insert(proxy.to_owned(), way),
            None => ways.remove(proxy),
        };
    }

    /// The name of the route that worked last on a network.
    pub(super) fn route(&self, network: &str) -> Option<String> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).get(network).cloned()
    }

    /// Remembers the route that works on a network; of the networks that were never seen again the first by name goes.
    pub(super) fn keep_route(&self, taken: &Taken) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if routes.len() >= MAX_NETWORKS && !routes.contains_key(&taken.network) {
            routes.pop_first();
        }
        routes.insert(taken.network.clone(), taken.route.clone());
    }

    /// Forgets a route that failed, if it is the one that worked last on its network.
    pub(in crate::client) fn forget_route(&self, taken: &Taken) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if routes.get(&taken.network) == Some(&taken.route) {
            routes.remove(&taken.network);
        }
    }
}

/// How a request shows who we are.
#[derive(Clone)]
enum Way {
    Basic,
    Digest(Digest),
    /// By the handler of this number.
    Handler(usize),
}

/// What a proxy's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) enum Verdict {
    /// From here on the octets are the server's.
    Connected,
    /// To be asked again, with what is asked for.
    Again {
        /// Whether on this connection; otherwise it is over.
        same_connection: bool,
    },
    /// It will not, and says so by this status.
    Refused(u16),
    /// It wants credentials that we do not have; why, in words.
    Credentials(String),
    /// It would connect, and our handler does not believe that it is the proxy; why, in words.
    Impostor(String),
}

/// The talk with one proxy until it connects.
pub(in crate::client) struct Negotiation<'a> {
    proxy: &'a ProxySettings,
    name: String,
    server: &'a str,
    auth: &'a ProxyAuth,
    memory: &'a ProxyMemory,
    way: Option<Way>,
    /// `way` is of an earlier connection: its failure says nothing about the credentials.
    remembered: bool,
    handshake: Option<(Box<dyn ProxyHandshake + Send>, Option<String>)>,
    /// The handshake answers a token of the proxy: on another connection that means nothing.
    midway: bool,
    /// What did not work: 0 Basic, 1 Digest, 2 and more the handlers.
    failed: Vec<usize>,
    rounds: u32,
    reader: AnswerReader,
}

impl<'a> Negotiation<'a> {
    /// Towards `server` (host and port), through a proxy that is called `name` in messages.
    pub(in crate::client) fn new(
        proxy: &'a ProxySettings,
        name: String,
        server: &'a str,
        (auth, memory): (&'a ProxyAuth, &'a ProxyMemory),
    ) -> Self {
        let way = memory.way(&name);
        Self {
            remembered: way.is_some(),
            proxy,
            name,
            server,
            auth,
            memory,
            way,
            handshake: None,
            midway: false,
            failed: Vec::new(),
            rounds: 0,
            reader: AnswerReader::for_connect(LIMITS),
        }
    }

    /// The request to send now; `random` is fresh. Why the settings cannot be used, if so, in words that hold no secret.
    pub(in crate::client) fn request(&mut self, random: [u8; 16]) -> Result<Zeroizing<Vec<u8>>, String> {
        self.rounds += 1;
        self.reader = AnswerReader::for_connect(LIMITS);
        let server = self.server;
        let mut head = Zeroizing::new(Vec::with_capacity(1024));
        head.extend_from_slice(format!("CONNECT {server} HTTP/1.1\r\nhost: {server}\r\n").as_bytes());
        if let Some(value) = self.authorization(random)? {
            if !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
                return Err("the credentials for the proxy cannot be sent in a header field".to_owned());
            }
            head.extend_from_slice(b"proxy-authorization: ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        Ok(head)
    }

    fn authorization(&mut self, random: [u8; 16]) -> Result<Option<Zeroizing<String>>, String> {
        let credentials = self.proxy.credentials.as_ref();
        let value = match (&mut self.way, credentials) {
            (Some(Way::Basic), Some((user, password))) => {
                if user.contains(':') || user.bytes().any(|byte| byte.is_ascii_control()) {
                    let why = "the user name for the proxy must have no colon and no control character";
                    return Err(why.to_owned());
                }
                let mut pair = Zeroizing::new(Vec::with_capacity(user.len() + 1 + password.expose().len()));
                pair.extend_from_slice(user.as_bytes());
                pair.push(b':');
                pair.extend_from_slice(password.expose());
                let pair = Zeroizing::new(STANDARD.encode(&*pair));
                Zeroizing::new(format!("Basic {}", *pair))
            }
            (Some(Way::Digest(digest)), Some((user, password))) => {
                let cnonce = hex::encode(&random);
                digest.answer(user, password, Bound { method: "CONNECT", uri: self.server, cnonce: &cnonce })
            }
            (Some(Way::Handler(number)), _) => {
                let handler = &self.auth.handlers[*number];
                let (handshake, token) =
                    self.handshake.get_or_insert_with(|| (handler.begin(&self.proxy.host), None));
                let answer = handshake.answer(token.take().as_deref())?;
                Zeroizing::new(format!("{} {}", handler.scheme(), *answer))
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// Takes the next octets of the proxy; `None` when more are needed.
    pub(in crate::client) fn feed(&mut self, octets: &[u8]) -> Result<Option<Verdict>, HttpFault> {
        let whole = self.reader.feed(octets)?;
        if whole { self.judge().map(Some) } else { Ok(None) }
    }

    /// The connection ended; an answer without a length is whole then.
    pub(in crate::client) fn end(&mut self) -> Result<Verdict, HttpFault> {
        self.reader.end()?;
        self.judge()
    }

    /// The proxy answered on this connection before and closed it without a word about that: nothing of an answer to the
    /// last request was seen.
    pub(in crate::client) fn closed(&mut self) -> Verdict {
        if let (true, Some(Way::Handler(number))) = (self.midway, &self.way) {
            return Verdict::Credentials(cut_off(self.auth.handlers[*number].scheme()));
        }
        self.handshake = None;
        Verdict::Again { same_connection: false }
    }

    /// Whether anything of the answer was seen.
    pub(in crate::client) fn has_begun(&self) -> bool {
        self.reader.has_begun()
    }

    fn judge(&mut self) -> Result<Verdict, HttpFault> {
        let reader = std::mem::replace(&mut self.reader, AnswerReader::for_connect(LIMITS));
        let (answer, reusable) = reader.finish();
        match answer.status {
            200..=299 if !reusable => Err(HttpFault::Malformed("octets after the proxy's answer to CONNECT")),
            200..=299 => Ok(match self.believe(&answer) {
                Ok(()) => {
                    self.keep(&answer);
                    Verdict::Connected
                }
                Err(why) => {
                    // The way stays known, so that the next connection begins by the handshake and is refused, too.
                    self.keep(&answer);
                    Verdict::Impostor(why)
                }
            }),
            407 if self.rounds < MAX_ROUNDS => Ok(self.challenged(&challenges(&answer, CHALLENGE), reusable)),
            407 => Ok(Verdict::Credentials("it asks again and again".to_owned())),
            status => Ok(Verdict::Refused(status)),
        }
    }

    /// Shows the handler what came with the proxy's agreement.
    fn believe(&mut self, answer: &Answer) -> Result<(), String> {
        let (Some(Way::Handler(number)), Some((handshake, _))) = (&self.way, &mut self.handshake) else {
            return Ok(());
        };
        let scheme = self.auth.handlers[*number].scheme();
        let given = challenges(answer, CHALLENGE);
        let last = given.iter().find(|it| it.scheme.eq_ignore_ascii_case(scheme));
        handshake.finish(last.and_then(|it| it.token.as_deref()))
    }

    /// What worked is used at once next time.
    fn keep(&self, answer: &Answer) {
        let mut way = self.way.clone();
        if let Some(Way::Digest(digest)) = &mut way
            && let Some(info) = answer.field("proxy-authentication-info")
            && let Some((_, nonce)) = parameters(info).into_iter().find(|(name, _)| name == "nextnonce")
        {
            digest.renew(&nonce);
        }
        self.memory.keep_way(&self.name, way);
    }

    fn challenged(&mut self, offered: &[Challenge], reusable: bool) -> Verdict {
        // A handshake goes on as long as the proxy has a token for it.
        if let (Some(Way::Handler(number)), Some((_, token))) = (&self.way, &mut self.handshake) {
            let scheme = self.auth.handlers[*number].scheme();
            let next = offered.iter().find(|it| it.scheme.eq_ignore_ascii_case(scheme));
            if let Some(next) = next.and_then(|challenge| challenge.token.clone()) {
                if !reusable {
                    return Verdict::Credentials(cut_off(scheme));
                }
                *token = Some(next);
                self.midway = true;
                return Verdict::Again { same_connection: true };
            }
        }
        (self.handshake, self.midway) = (None, false);
        let stale = matches!(self.way, Some(Way::Digest(_))) && Digest::is_stale(offered);
        if let Some(way) = self.way.take()
            && !self.remembered
            && !stale
        {
            self.failed.push(match way {
                Way::Basic => 0,
                Way::Digest(_) => 1,
                Way::Handler(number) => 2 + number,
            });
        }
        self.memory.keep_way(&self.name, None);
        self.remembered = false;
        self.way = self.next_way(offered);
        if self.way.is_some() {
            Verdict::Again { same_connection: reusable }
        } else {
            Verdict::Credentials(self.complaint(offered))
        }
    }

    /// The best of what is offered and was not tried.
    fn next_way(&self, offered: &[Challenge]) -> Option<Way> {
        let is_offered = |scheme: &str| offered.iter().any(|it| it.scheme.eq_ignore_ascii_case(scheme));
        let handler = self.auth.handlers.iter().enumerate().position(|(number, handler)| {
            !self.failed.contains(&(2 + number)) && is_offered(handler.scheme())
        });
        if let Some(number) = handler {
            return Some(Way::Handler(number));
        }
        self.proxy.credentials.as_ref()?;
        if !self.failed.contains(&1)
            && let Some(digest) = Digest::strongest(offered)
        {
            return Some(Way::Digest(digest));
        }
        // Where Digest failed the password is wrong: showing it in the clear would not help.
        let basic = self.auth.basic && self.failed.is_empty() && is_offered("basic");
        basic.then_some(Way::Basic)
    }

    fn complaint(&self, offered: &[Challenge]) -> String {
        let schemes: Vec<&str> = offered
            .iter()
            .map(|challenge| challenge.scheme.as_str())
            .filter(|scheme| scheme.len() <= 20)
            .take(8)
            .collect();
        let schemes = schemes.join(", ");
        match (&self.proxy.credentials, self.failed.is_empty()) {
            (_, false) => "it does not accept the credentials".to_owned(),
            (None, true) => format!("it wants credentials and there are none (it offers: {schemes})"),
            (Some(_), true) => format!("it wants a scheme that is not offered here (it offers: {schemes})"),
        }
    }
}

fn cut_off(scheme: &str) -> String {
    format!("it ends the connection in the middle of the handshake ({scheme})")
}

const CHALLENGE: &str = "proxy-authenticate";
/// Octets of an answer to CONNECT: a page with an explanation is read so that the connection can be used again.
const LIMITS: AnswerLimits = AnswerLimits { head: 16 << 10, body: 64 << 10 };
/// Requests to one proxy for one connection: a handshake takes three.
const MAX_ROUNDS: u32 = 8;
/// Networks whose route is remembered.
const MAX_NETWORKS: usize = 32;

#[cfg(test)]
mod picture;
#[cfg(test)]
mod tests;
