//! The client's side of the wire: TLS, HTTP/1.1, proxies.
//!
//! ```text
//! blocking/   sockets and the clock, one thread per exchange; the only folder here that waits
//! http1       request head and answer, sans-IO, within limits
//! proxy       CONNECT (RFC 9110 §9.3.6), sans-IO
//! tls/        which certificates are believed, and what a TLS error means in words
//! ```
//!
//! Nothing is process-wide: the crypto provider is an argument of [`ClientConfig`], and `install_default` is never called.

pub mod blocking;
mod config;
mod error;
mod http1;
mod proxy;
mod tls;

pub use config::{AnswerLimits, ClientConfig, ProxySettings, Resolve, SystemResolver, Timeouts};
pub use error::{ClientError, Phase};
pub use http1::HttpFault;
pub use tls::{
    NameSuffix, NotADomain, RevocationListError, RevocationLists, RevocationPolicy, TlsFault, TlsSettings,
    TlsVersions,
};
