//! Web proxies: which one, and what is said to it. Sans-IO; the drivers have the sockets.
//!
//! ```text
//! routes       who finds the way: none, one that is named, the environment, a script
//! search       in which order the ways are tried: what worked is remembered until it fails
//! environment  https_proxy, all_proxy and no_proxy, as curl reads them
//! negotiation  CONNECT (RFC 9110 §9.3.6) until the proxy agrees: Digest, Basic, or a handler of one's own
//! challenge    what a 407 asks for           digest   RFC 7616
//! ```
//!
//! ```text
//!          ┌──────────── again, on this connection or a new one ────────────┐
//!          ▼                                                                │
//! CONNECT (with what worked last time, else without credentials) ──▶ 407 ──┴─▶ nothing left to offer, asked eight times, or
//!          ╲                                         ╲                          left in the middle of a handshake: credentials
//!           ╲──▶ 2xx: the octets are the server's     ╲──▶ another status: refused
//!            ╲─▶ 2xx and octets of its own: a bad answer; and a token that the handler does not believe: an impostor
//! ```
//!
//! A proxy may close the connection after its 407 and not say so: what it did not read is asked again on a new one, but for a
//! handshake that is half done.

mod challenge;
mod digest;
mod environment;
mod negotiation;
mod routes;
mod search;

pub use environment::{EnvironmentError, ProxyEnvironment};
pub(super) use negotiation::{Negotiation, ProxyMemory, Verdict};
pub(super) use routes::host_and_port;
pub use routes::{FindProxy, PacError, Route, pac_routes};
pub(super) use search::{Search, Taken};

use remote_services_core::secret::Secret;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A web proxy, spoken to in the clear; what goes through it is TLS to the server.
pub struct ProxySettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password: for Digest (RFC 7616), or for Basic (RFC 7617), which shows them to who listens between here
    /// and the proxy.
    pub credentials: Option<(String, Secret)>,
}

/// An answer to 407 that is not built in, such as Negotiate (RFC 4559) or NTLM: given to
/// [`super::ClientConfig::with_proxy_handler`], and preferred to Digest and Basic where a proxy offers it.
///
/// ```
/// use remote_services_transport::client::{ProxyHandler, ProxyHandshake};
/// use zeroize::Zeroizing;
///
/// /// Answers with one token, as a library for Kerberos gives it.
/// struct Negotiate;
/// struct Once(String);
///
/// impl ProxyHandler for Negotiate {
///     fn scheme(&self) -> &str {
///         "Negotiate"
///     }
///     fn begin(&self, proxy: &str) -> Box<dyn ProxyHandshake + Send> {
///         Box::new(Once(format!("HTTP/{proxy}")))
///     }
/// }
///
/// impl ProxyHandshake for Once {
///     fn answer(&mut self, token: Option<&str>) -> Result<Zeroizing<String>, String> {
///         match token {
///             None => Ok(Zeroizing::new(token_for(&self.0))),
///             Some(_) => Err("the proxy wants more than one token".to_owned()),
///         }
///     }
/// }
/// # fn token_for(service: &str) -> String { service.len().to_string() }
/// ```
pub trait ProxyHandler: Send + Sync {
    /// The name of the scheme, as in `Proxy-Authenticate`; its case does not matter.
    fn scheme(&self) -> &str;

    /// Begins the handshake of one connection to this host.
    fn begin(&self, proxy: &str) -> Box<dyn ProxyHandshake + Send>;
}

/// The handshake of one connection.
pub trait ProxyHandshake {
    /// What follows the scheme's name in `Proxy-Authorization`: a `token68`. `token` is the proxy's, absent at the beginning.
    ///
    /// # Errors
    /// One sentence about why it cannot go on, without secrets: it is shown.
    fn answer(&mut self, token: Option<&str>) -> Result<Zeroizing<String>, String>;

    /// The proxy agreed to connect. `token` is what came with that, if anything: by it a proxy shows who it is where both
    /// sides are to (RFC 4559 §5). Nothing is checked without this method.
    ///
    /// # Errors
    /// One sentence about why this is not the proxy, without secrets: it is shown, and nothing goes through this proxy.
    fn finish(&mut self, token: Option<&str>) -> Result<(), String> {
        let _ = token;
        Ok(())
    }
}

/// How a proxy's 407 is answered.
#[derive(Clone)]
pub(super) struct ProxyAuth {
    pub(super) handlers: Vec<Arc<dyn ProxyHandler>>,
    /// Whether Basic is offered, in which the password is readable.
    pub(super) basic: bool,
}
