//! The user-based security model (RFC 3414, RFC 3826, RFC 7860): who sent this, is it fresh, what does it say.
//!
//! ```text
//!  received:  parameters ─▶ engine known? ─▶ user known? ─▶ level possible? ─▶ digest right? ─▶ in time? ─▶ decrypt
//!                           └ unknownEngineIDs └ unknownUserNames └ unsupportedSecLevels    │            │       │
//!                                                          wrongDigests ┘  notInTimeWindows ┘  decryptionErrors ┘
//! ```
//!
//! The order is that of RFC 3414 §3.2, and types keep it: decryption asks for the proofs `Authenticated` and
//! `Timely`, which only the two checks can make. Every failure is a [`UsmError`]; the counter that it raises, and
//! with it the Report that is sent, follows from [`UsmError::stat`] alone.
//!
//! A [`User`] holds master keys, made from passwords once and kept in a [`KeyCache`]. [`User::localize`] binds them
//! to one engine: a [`LocalizedUser`], whose keys are opaque handles of the crypto provider. [`seal`] makes an outgoing
//! message, [`seal_in`] in a slice; [`open_as_manager`] and [`open_as_authority`] take in one that came, in the two roles.
//!
//! It never reads a clock (time is an argument), never draws a salt (see [`SaltCounter`]) and never says more to the
//! outside than the RFC wants.
mod authentication;
mod cache;
mod engine_id;
mod error;
mod incoming;
mod localized_keys;
mod outgoing;
mod params;
mod privacy;
mod stats;
mod time_window;
mod user;

pub use authentication::{sign, verify};
pub use cache::KeyCache;
pub use engine_id::{EngineId, EngineIdError};
pub use error::UsmError;
pub(crate) use incoming::open_as_manager_in;
pub use incoming::{Opened, open_as_authority, open_as_manager};
pub use localized_keys::LocalizedKeys;
pub(crate) use outgoing::seal_into;
pub use outgoing::{Envelope, SecurityLevel, discovery, seal, seal_in};
pub use params::UsmParameters;
pub use privacy::SaltCounter;
pub use stats::{UsmStat, UsmStats};
pub use time_window::{AuthorityClock, EngineTime, MAX_BOOTS_OR_TIME, RemoteClock, TIME_WINDOW};
pub use user::{LocalizedUser, User, UserError};

#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod message_tests;
#[cfg(test)]
#[cfg(feature = "rustcrypto")]
mod tests;
