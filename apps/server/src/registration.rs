//! Makes registration keys: for the operator's API, the command line, and whoever runs the server in-process.

use remote_services_core::time::Timestamp;
use remote_services_transport::registration_key::{
    OneTimeKey, RegistrationKey, RegistrationKeyError, SpkiPin,
};
use std::time::Duration;
use zeroize::Zeroizing;

use crate::clock;
use crate::random::{self, RandomnessError};
use crate::store::{Store, StoreError};

/// A registration key that was just made. Its text is not stored anywhere; no `Debug`.
pub struct CreatedKey {
    text: Zeroizing<String>,
    expires_at: Timestamp,
}

/// Why no registration key was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateKeyError {
    /// The tenant's name is empty, too long or has control characters.
    #[error("a tenant's name has 1 to 64 characters, none of them a control character")]
    Tenant,
    /// The lifetime is nothing or more than a year.
    #[error("a registration key lives for at least one second and at most one year")]
    Lifetime,
    /// The server's own address cannot stand in a key.
    #[error("the server's address cannot stand in a key: {0}")]
    Address(#[from] RegistrationKeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl CreatedKey {
    /// The text to hand to the person who registers a client: server, key and pin in one.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Until when it can be used.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// What a new registration key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyWish {
    /// Account that the client will belong to.
    pub tenant: String,
    /// How long the key can be used.
    pub ttl: Duration,
    /// Whether a person must approve who used it, before there is a certificate.
    pub needs_approval: bool,
}

impl KeyWish {
    /// A key for one client of `tenant`, good once within `ttl`, without approval.
    #[must_use]
    pub fn new(tenant: impl Into<String>, ttl: Duration) -> Self {
        Self { tenant: tenant.into(), ttl, needs_approval: false }
    }

    /// The same, where a person must approve who used it.
    #[must_use]
    pub fn with_approval(self) -> Self {
        Self { needs_approval: true, ..self }
    }
}

/// Makes a key for one client.
pub(crate) async fn create(
    store: &Store,
    device_url: &str,
    pin: [u8; 32],
    wish: &KeyWish,
) -> Result<CreatedKey, CreateKeyError> {
    let KeyWish { tenant, ttl, needs_approval } = wish;
    let ttl = *ttl;
    let length = tenant.chars().count();
    if !(1..=64).contains(&length) || tenant.chars().any(char::is_control) {
        return Err(CreateKeyError::Tenant);
    }
    if ttl < Duration::from_secs(1) || ttl > LONGEST {
        return Err(CreateKeyError::Lifetime);
    }
    let key = OneTimeKey::from_random(random::octets()?);
    let hash = key.hash();
    let whole = RegistrationKey { server: device_url.parse()?, pin: SpkiPin::from_bytes(pin), key };
    let expires_at = Timestamp::from_unix_millis(clock::now_ms()).plus(ttl);
    store.add_registration_key(&hash, tenant, expires_at.unix_millis(), *needs_approval).await?;
    Ok(CreatedKey { text: whole.to_text(), expires_at })
}

/// Whether a text can be told as the reason of a refusal.
pub(crate) fn is_reason(text: &str) -> bool {
    (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// What a reason is.
pub(crate) const REASON_RULE: &str = "a reason has 1 to 200 characters, none of them a control character";
/// The tenant of those who name none.
pub const DEFAULT_TENANT: &str = "default";
/// How long a key lives if nobody says otherwise.
pub const DEFAULT_TTL: Duration = Duration::from_secs(24 * 60 * 60);
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
