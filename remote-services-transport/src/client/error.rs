use super::{HttpFault, ProxySettings, TlsFault, TlsReport};
use crate::directory::DirectoryError;
use crate::enrol::EnrolError;
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::backoff::Backoff;
use std::time::Duration;
use std::{fmt, io};

/// Why an exchange with the server did not bring what was wanted, in one sentence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No address for a name.
    #[error("the name {host} cannot be resolved: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody listens there.
    #[error("{peer} refuses the connection: nothing listens there, or a firewall is in between")]
    Refused {
        /// Host and port.
        peer: String,
    },
    /// No connection for another reason.
    #[error("no connection to {peer}: {source}")]
    Connect {
        /// Host and port.
        peer: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A phase took too long.
    #[error("{peer} took too long: {phase}")]
    TimedOut {
        /// Host and port.
        peer: String,
        /// The phase.
        phase: Phase,
    },
    /// The connection ended in the middle.
    #[error("the connection to {peer} was lost: {phase}: {source}")]
    Lost {
        /// Host and port.
        peer: String,
        /// The phase.
        phase: Phase,
        /// What the operating system says.
        source: io::Error,
    },
    /// Somebody on this side gave it up.
    #[error("the exchange with {peer} was given up on this side")]
    HungUp {
        /// Host and port.
        peer: String,
    },
    /// The proxy wants credentials, or others.
    #[error("the proxy {proxy} does not let us through: {why} (status 407; no other way is tried)")]
    ProxyCredentials {
        /// Host and port.
        proxy: String,
        /// What of it does not fit, without secrets.
        why: String,
    },
    /// The proxy would connect, and a handler of the site's own does not believe that it is the proxy.
    #[error("the proxy {proxy} does not show that it is the right one: {why}")]
    ProxyImpostor {
        /// Host and port.
        proxy: String,
        /// What the handler says.
        why: String,
    },
    /// Nobody knows which proxy leads to the server.
    #[error("no way to {server} is known: {why}")]
    NoRoute {
        /// Host and port of the server.
        server: String,
        /// One sentence.
        why: String,
    },
    /// The proxy does not connect us.
    #[error("the proxy {proxy} refuses to connect to {server} (status {status})")]
    ProxyRefused {
        /// Host and port of the proxy.
        proxy: String,
        /// Host and port of the server.
        server: String,
        /// The proxy's answer.
        status: u16,
    },
    /// TLS does not come about.
    #[error("no trusted connection to {peer}: {fault}")]
    Tls {
        /// Host and port.
        peer: String,
        /// Why.
        fault: TlsFault,
    },
    /// FIPS was demanded, and the provider is not, or has more than, what is approved.
    #[error(
        "TLS by approved services of a FIPS 140 module is demanded, and {module} does not offer these as such: {services}",
        module = .0.module,
        services = .0.not_approved().join(", ")
    )]
    NotFips(Box<TlsReport>),
    /// The answer is not HTTP as it should be.
    #[error("{peer} sent a bad answer: {fault}")]
    Http {
        /// Host and port.
        peer: String,
        /// What is wrong with it.
        fault: HttpFault,
    },
    /// The body is not the one that `Content-Digest` speaks of.
    #[error("{peer} sent a body that does not match its Content-Digest")]
    Digest {
        /// Host and port.
        peer: String,
    },
    /// An answer with another status than wanted.
    #[error("{what}: {why}")]
    Status {
        /// What was asked.
        what: &'static str,
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
    /// A document of the server cannot be read.
    #[error("the server's {what} cannot be read: {why}")]
    Document {
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// No certificate.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The source of a body fails, or is shorter than it was said to be.
    #[error("what is to be sent cannot be read: {0}")]
    Source(io::Error),
    /// What the caller gave cannot be used.
    #[error("{0}")]
    Setup(String),
}

/// The phases of an exchange, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Resolving the name.
    Resolve,
    /// Connecting.
    Connect,
    /// Waiting for the proxy.
    Proxy,
    /// Shaking hands.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the answer to begin.
    FirstByte,
    /// Reading the answer.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolving the name",
            Self::Connect => "connecting",
            Self::Proxy => "waiting for the proxy",
            Self::Tls => "in the TLS handshake",
            Self::Send => "sending the request",
            Self::FirstByte => "waiting for the answer",
            Self::Body => "reading the answer",
        })
    }
}

impl ClientError {
    /// What to do about it, in the words of the table that all state machines share.
    #[must_use]
    pub fn step(&self) -> NextStep {
        match self {
            Self::Status { step, .. }
            | Self::Directory(DirectoryError::Status { step, .. })
            | Self::Enrol(EnrolError::Status { step, .. }) => *step,
            Self::Tls { fault: TlsFault::ClientRefused(_), .. } | Self::Enrol(_) => NextStep::Trust,
            Self::ProxyCredentials { .. } => NextStep::ProxyCredentials,
            Self::ProxyRefused { status: 401 | 403, .. }
            | Self::ProxyImpostor { .. }
            | Self::Tls { .. }
            | Self::Setup(_)
            | Self::NotFips(_)
            | Self::Directory(_) => NextStep::Misconfigured,
            _ => next_step(Outcome::NoAnswer),
        }
    }

    /// Whether the next question may fare better: the server was reached, and what is wrong is this answer or this document.
    #[must_use]
    pub fn concerns_one(&self) -> bool {
        match self {
            Self::Status { .. }
            | Self::Document { .. }
            | Self::Digest { .. }
            | Self::Http { .. }
            | Self::Source(_) => true,
            Self::TimedOut { phase, .. } | Self::Lost { phase, .. } => *phase > Phase::Tls,
            _ => false,
        }
    }

    /// Whether the server was reached and waited for in vain.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::TimedOut { phase, .. } if *phase > Phase::Tls)
    }

    /// The same, seen through a proxy.
    pub(crate) fn through(self, proxy: Option<&ProxySettings>) -> Self {
        match (self, proxy) {
            (Self::Tls { peer, fault }, Some(proxy)) => {
                let fault = fault.through(Some(&format!("{}:{}", proxy.host, proxy.port)));
                Self::Tls { peer, fault }
            }
            (error, _) => error,
        }
    }

    /// Whether another way to the server, if there is one, may do better: this one did not lead to it.
    pub(super) fn is_of_the_way(&self) -> bool {
        match self {
            Self::Resolve { .. } | Self::Refused { .. } | Self::Connect { .. } | Self::Http { .. } => true,
            Self::ProxyRefused { status, .. } => *status >= 500,
            Self::TimedOut { phase, .. } | Self::Lost { phase, .. } => *phase < Phase::Tls,
            _ => false,
        }
    }

    /// Whether the same may work later without anybody doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.step(), NextStep::BackOff | NextStep::AskAgain | NextStep::Unknown)
    }

    /// How long a client that has no certificate yet waits before it asks for one again; `None` when that mends nothing: the
    /// server itself refused the registration key, or what was given on this side cannot be used.
    ///
    /// A portal that wants a login, a redirect, a clock that is not set yet: they are none of the server's words, another
    /// network or the time mends them, and the pin keeps the key safe meanwhile. They are waited for at the longest interval.
    #[must_use]
    pub fn wait_to_enrol(&self, pace: &mut Backoff, random: u64) -> Option<Duration> {
        match self {
            Self::Enrol(EnrolError::KeyRefused(_) | EnrolError::Stored(_))
            | Self::Setup(_)
            | Self::NotFips(_) => None,
            _ if self.is_passing() => Some(pace.next_wait(random, None)),
            _ => Some(pace.next_wait(random, Some(Duration::MAX))),
        }
    }
}
