//! The client's side of the wire: TLS, HTTP/1.1, proxies.
//!
//! ```text
//! blocking/   sockets and the clock, one thread per exchange; this folder and the next are the only ones here that wait
//! tokio/      the same on a runtime, with the feature `tokio`
//! calls       what the server is asked, and what its answer means      drain   how a spool is emptied
//! observe     who is told of each exchange                         addresses  which address is tried first
//! renewal     how often a certificate is renewed             pending     a renewal that is on its way
//! sending     how a log goes in parts      fetch, obeying   what both drivers share of artifacts and commands
//! http1       request head and answer, sans-IO, within limits
//! proxy/      which proxy, CONNECT (RFC 9110 §9.3.6) and what it asks for, sans-IO
//! tls/        which certificates are believed, and what a TLS error means in words
//! ```
//!
//! Nothing is process-wide: the crypto provider is an argument of [`ClientConfig`], and `install_default` is never called.

mod addresses;
pub mod blocking;
mod calls;
mod config;
mod drain;
mod error;
mod fetch;
mod http1;
mod obeying;
mod observe;
mod pending;
mod proxy;
mod renewal;
mod sending;
mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use calls::{DeviceOutcome, FetchedCommand, renewal_is_due};
pub use config::{AnswerLimits, ClientConfig, Resolve, SystemResolver, Timeouts};
pub use drain::{DrainEnd, DrainReport, UploadEvent};
pub use error::{ClientError, Phase};
pub use http1::{AnswerReader, HttpFault};
pub use observe::{Exchange, Observe};
pub use pending::PendingRenewal;
pub use proxy::{
    EnvironmentError, FindProxy, PacError, ProxyEnvironment, ProxyHandler, ProxyHandshake, ProxySettings,
    Route, pac_routes,
};
pub use tls::{
    NameSuffix, NotADomain, PostQuantum, RevocationListError, RevocationLists, RevocationLook,
    RevocationPolicy, TlsFault, TlsPurpose, TlsReport, TlsService, TlsSettings, TlsVersions,
};
