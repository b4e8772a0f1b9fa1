use super::TlsSettings;
use crate::registration_key::ServerUrl;
use remote_services_core::secret::Secret;
use rustls::crypto::CryptoProvider;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

/// How to reach the server. Who we are is given beside it, see [`crate::enrol::Identity`].
#[derive(Clone)]
pub struct ClientConfig {
    pub(super) server: ServerUrl,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) proxy: Option<Arc<ProxySettings>>,
    pub(super) timeouts: Timeouts,
    pub(super) limits: AnswerLimits,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) tls: TlsSettings,
}

/// A web proxy, spoken to in the clear; what goes through it is TLS to the server.
pub struct ProxySettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password for HTTP Basic (RFC 7617), sent with the first request.
    pub credentials: Option<(String, Secret)>,
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
            proxy: None,
            timeouts: Timeouts::default(),
            limits: AnswerLimits::default(),
            resolver: Arc::new(SystemResolver),
            tls: TlsSettings::default(),
        }
    }

    /// Goes through a web proxy.
    #[must_use]
    pub fn with_proxy(mut self, proxy: ProxySettings) -> Self {
        self.proxy = Some(Arc::new(proxy));
        self
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

    /// The server.
    #[must_use]
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }
}
