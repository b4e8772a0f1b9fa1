use super::addresses::{AddressMemory, Reached};
use super::pending::PendingRenewals;
use super::proxy::{FindProxy, ProxyAuth, ProxyHandler, ProxyMemory, ProxySettings, Route, Search, Taken};
use super::renewal::RenewalMemory;
use super::{ClientError, Observe, Phase, TlsReport, TlsSettings};
use crate::enrol::{Identity, TrustAnchors, validity};
use crate::registration_key::ServerUrl;
use rustls::crypto::CryptoProvider;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How to reach the server. Who we are is given beside it, see [`crate::enrol::Identity`].
#[derive(Clone)]
pub struct ClientConfig {
    pub(super) server: ServerUrl,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) finder: Option<Arc<dyn FindProxy>>,
    pub(super) proxy_auth: ProxyAuth,
    pub(super) proxy_memory: Arc<ProxyMemory>,
    pub(super) address_memory: Arc<AddressMemory>,
    pub(super) renewal_memory: Arc<RenewalMemory>,
    pub(super) pending_renewals: Arc<PendingRenewals>,
    pub(super) network: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    pub(super) timeouts: Timeouts,
    pub(super) limits: AnswerLimits,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: TlsSettings,
    pub(super) observer: Option<Arc<dyn Observe>>,
}

/// How long each phase of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution (default 10 s).
    pub resolve: Duration,
    /// TCP connection, over all addresses of the name (default 15 s).
    pub connect: Duration,
    /// The proxy's answer to CONNECT (default 30 s: the proxy resolves and connects meanwhile).
    pub proxy: Duration,
    /// TLS handshake (default 15 s).
    pub tls: Duration,
    /// Each 64 KiB that are sent (default 30 s).
    pub send: Duration,
    /// From the end of the request to the first octet of the answer, long polls apart (default 60 s).
    pub first_byte: Duration,
    /// Each 64 KiB of the answer (default 30 s).
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            resolve: seconds(10),
            connect: seconds(15),
            proxy: seconds(30),
            tls: seconds(15),
            send: seconds(30),
            first_byte: seconds(60),
            body: seconds(30),
        }
    }
}

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimits {
    /// Octets of status line and header fields, interim answers and trailers included (default 32 KiB).
    pub head: usize,
    /// Octets of the body (default 1 MiB: control documents are announced with at most 256 KiB).
    pub body: usize,
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self { head: 32 << 10, body: 1 << 20 }
    }
}

/// Turns names into addresses. Called on a thread of its own, which is given up when its time is over.
pub trait Resolve: Send + Sync {
    /// The addresses of a host.
    ///
    /// # Errors
    /// When there are none.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

impl ClientConfig {
    /// A direct connection with default limits. The provider does TLS's cryptography.
    #[must_use]
    pub fn new(server: ServerUrl, provider: Arc<CryptoProvider>) -> Self {
        Self {
            server,
            provider,
            finder: None,
            proxy_auth: ProxyAuth { handlers: Vec::new(), basic: true },
            proxy_memory: Arc::default(),
            address_memory: Arc::default(),
            renewal_memory: Arc::default(),
            pending_renewals: Arc::default(),
            network: None,
            timeouts: Timeouts::default(),
            limits: AnswerLimits::default(),
            resolver: Arc::new(SystemResolver),
            tls: TlsSettings::default(),
            observer: None,
        }
    }

    /// How much longer this identity's certificate is not renewed by clients of this configuration and its clones, whatever the clock
    /// says: it was issued just now, or the server wants to be asked later. The next process knows nothing of it: who starts often keeps
    /// it, and the time.
    #[must_use]
    pub fn renewal_rest(&self, own: &Identity, now: Instant) -> Duration {
        self.renewal_memory.rest(own, now)
    }

    /// Whether a certificate, the first of this chain, leads to these trust anchors, whatever its time.
    #[must_use]
    pub fn leads_to(&self, chain: &[Vec<u8>], anchors: &TrustAnchors) -> bool {
        let Some((own, between)) = chain.split_first() else { return false };
        let within = validity(own).map(|(begins, _)| begins.plus(Duration::from_secs(1)));
        within.is_some_and(|within| super::calls::issuers(self, anchors, between, Some(within)).issued(own))
    }

    /// Goes through a web proxy.
    #[must_use]
    pub fn with_proxy(self, proxy: ProxySettings) -> Self {
        self.with_proxy_finder(Arc::new(Arc::new(proxy)))
    }

    /// Asks for the way to the server whenever a connection is made, such as [`super::ProxyEnvironment`]. Of several ways the
    /// one that worked last on the same network is tried first, until it fails.
    #[must_use]
    pub fn with_proxy_finder(mut self, finder: Arc<dyn FindProxy>) -> Self {
        self.finder = Some(finder);
        self
    }

    /// Adds a scheme for proxies that want one, such as Negotiate or NTLM; the first one is preferred.
    #[must_use]
    pub fn with_proxy_handler(mut self, handler: Arc<dyn ProxyHandler>) -> Self {
        self.proxy_auth.handlers.push(handler);
        self
    }

    /// Never shows a proxy's password by HTTP Basic, whatever the proxy asks for.
    #[must_use]
    pub fn without_basic_for_proxies(mut self) -> Self {
        self.proxy_auth.basic = false;
        self
    }

    /// How the network is called that this host is on, for remembering which proxy works there. The drivers take this host's
    /// own addresses on the way to the internet where nothing better is given: of IPv4, of IPv6 (its first half),
    /// or of both.
    #[must_use]
    pub fn with_network_name(mut self, network: Arc<dyn Fn() -> String + Send + Sync>) -> Self {
        self.network = Some(network);
        self
    }

    /// Begins to look for a way to the server on this network.
    pub(super) fn search(&self, network: String) -> Result<Search, ClientError> {
        let no_route = |why: String| ClientError::NoRoute { server: self.server.authority(), why };
        let found = self.finder.as_ref().map(|finder| finder.routes(&self.server)).transpose();
        let ways = found.map_err(no_route)?.unwrap_or_else(|| vec![Route::Direct]);
        Search::new(ways, network, Arc::clone(&self.proxy_memory))
            .ok_or_else(|| no_route("there is none".to_owned()))
    }

    /// Remembers to begin otherwise the next time, if it is the network that ended an exchange with an address, on a way.
    pub(super) fn ended(&self, reached: &Reached, taken: &Taken, error: &ClientError) {
        if let ClientError::TimedOut { phase, .. } | ClientError::Lost { phase, .. } = error
            && *phase > Phase::Tls
        {
            self.address_memory.failed(reached);
            self.proxy_memory.forget_route(taken);
        }
    }

    /// Sets how long each phase may take.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets how much of an answer is read.
    #[must_use]
    pub fn with_limits(mut self, limits: AnswerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Resolves names in another way than the operating system's.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Demands more of TLS than what always holds.
    #[must_use]
    pub fn with_tls(mut self, tls: TlsSettings) -> Self {
        self.tls = tls;
        self
    }

    /// Tells of every exchange with the server, enrolment and artifacts from elsewhere included, once it ended; each try of
    /// its own. A request that is sent a second time because the server had closed an idle connection is one exchange.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observe>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Whose cryptography TLS uses, and what of it is approved.
    #[must_use]
    pub fn tls_report(&self) -> TlsReport {
        super::tls::report(self)
    }

    /// Fresh octets of the module that does TLS, for what may not be guessed.
    pub(super) fn random_octets(&self) -> Result<[u8; 16], ClientError> {
        let mut octets = [0; 16];
        let drawn = self.provider.secure_random.fill(&mut octets);
        drawn
            .map_err(|_| ClientError::Setup("the cryptographic module gives no random octets".to_owned()))?;
        Ok(octets)
    }

    /// A fresh random number for jitter. When the module gives none it is of std's hashes, so that a fleet
    /// whose modules fail does not wait in step.
    pub(super) fn random(&self) -> u64 {
        let mut octets = [0; 8];
        let drawn = self.provider.secure_random.fill(&mut octets);
        drawn.map_or_else(|_| RandomState::new().build_hasher().finish(), |()| u64::from_ne_bytes(octets))
    }

    /// The same for another origin. The pins are those of the server's key and say nothing of others.
    pub(super) fn at(&self, server: ServerUrl) -> Self {
        let tls = self.tls.clone().with_pins(Vec::new());
        Self { server, tls, ..self.clone() }
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::{GetRandomFailed, SecureRandom, ring};

    #[derive(Debug)]
    struct Sevens;
    #[derive(Debug)]
    struct Dry;

    impl SecureRandom for Sevens {
        fn fill(&self, octets: &mut [u8]) -> Result<(), GetRandomFailed> {
            octets.fill(7);
            Ok(())
        }
    }

    impl SecureRandom for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), GetRandomFailed> {
            Err(GetRandomFailed)
        }
    }

    #[test]
    fn random_octets_are_those_of_the_module_that_does_tls_and_none_are_made_up() {
        let with = |secure_random| {
            let provider = CryptoProvider { secure_random, ..ring::default_provider() };
            ClientConfig::new("https://a.example".parse().unwrap(), Arc::new(provider))
        };
        let (sevens, dry) = (with(&Sevens), with(&Dry));
        assert_eq!((sevens.random_octets().unwrap(), sevens.random()), ([7; 16], 0x0707_0707_0707_0707));
        assert!(matches!(dry.random_octets(), Err(ClientError::Setup(_))));
        assert_ne!(dry.random(), dry.random(), "jitter can do without");
    }
}
