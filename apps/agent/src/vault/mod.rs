//! Secrets on the disk: sealed under one key, which is somewhere else where the site can have it so.
//!
//! ```text
//! sealed   one secret as text: AES-256-GCM under the key
//! place    where the key is, and that it is made once and never again in place of one that is lost
//! rekey    another key in place of that one
//! kept     the agent's own secrets: its private key, the key for pseudonyms
//! toml     secrets that people write into settings, networks and credentials files
//! secret   a text that is overwritten when dropped, as a member of the settings
//! ```
//!
//! What was opened is written sealed or not at all; an error names file, line and cause, and never the value.

mod kept;
mod place;
mod rekey;
mod sealed;
mod secret;
pub mod toml;

pub(crate) use kept::{CLIENT_KEY, Kept, PSEUDONYMS, REFUSED_PIN};
pub use place::{KEY_FILE, Place, Vault};
pub use sealed::{MARK, SealingKey, Unopened, is_sealed};
pub use secret::SecretText;
