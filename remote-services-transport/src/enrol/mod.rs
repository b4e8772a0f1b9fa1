//! From a registration key to a certificate: EST (RFC 7030, RFC 8951).
//!
//! ```text
//! key ── GET cacerts ─▶ anchors that fit the pin ── POST simpleenroll ──▶ issued: our key, a name
//!            │                    (TLS checked by them from here on) ╲──▶ 202: a person must agree, ask again
//!            ╲─▶ none fits: somebody is in between                    ╲─▶ 401 403 and a problem of that kind: key refused
//!            ╲─▶ another status, not readable: failed                  ╲▶ another status, another's key, not to be used: failed
//!
//! issued: of those for our key the one that leads to an anchor, is in its time by the server's clock, for a client that signs, and ours by
//!         name; when there is none: failed, what was there stays. After a certificate that ends later only one that can be renewed in time
//!
//! certificate ── 2/3 of its lifetime, spread ─▶ a fresh key, simplereenroll ──▶ issued ── tried out: new key and chain kept as one
//!      ▲                                                 │ ╲╲──▶ issued, not valid yet: kept aside until then
//!      │                                                 │  ╲──▶ 202, no answer: the old one works on, ask again
//!      └────── used from now on ◀─ the server takes it ──┘   ╲─▶ another status, another's, not to be used, not taken: failed
//! ```
//!
//! Only the server's own word about the key, in a problem document, is a refusal of it. Whatever else fails may be of the network
//! that one is in or of a clock that is not set yet, and is to be tried again.
//!
//! Nothing secret is sent before the anchors fit the pin: [`request`] demands [`TrustAnchors`], and only
//! [`TrustAnchors::from_cacerts`] and stored files make them. The private key is made here, or in a token, and never
//! leaves.

mod anchors;
mod certificate;
mod error;
mod exchange;
mod issued;
mod key;
mod successor;

pub use anchors::{TrustAnchors, cacerts_request};
pub use certificate::{client_name, renew_at, validity};
pub use error::EnrolError;
use error::status_error;
pub use exchange::{EnrolOutcome, judge, judge_renewal, renewal_request, request, request_body};
pub use issued::Issuers;
pub use key::{ClientKey, KeyHandle};
pub use successor::may_follow;
use uuid::Uuid;

/// A client that has a certificate. No `Debug`: it holds the private key.
pub struct Identity {
    /// The name that the server gave the client: the certificate's common name.
    pub client: Uuid,
    /// The client's certificate, then what leads to the anchor, DER each.
    pub chain: Vec<Vec<u8>>,
    /// The client's key.
    pub key: ClientKey,
    /// What the server's certificate must lead to.
    pub anchors: TrustAnchors,
}

#[cfg(test)]
mod tests;
