//! Who may ask a printer, in which versions, and the SNMP engine that follows from it.

use remote_services_snmp::crypto::{self, AuthProtocol, CryptoProvider, PrivProtocol};
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig};
use remote_services_snmp::engine::{Credentials, Instant, Secret};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Versions of SNMP that a printer answers. A query in another version is not answered, as by an old or a
/// hardened device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// SNMPv1 alone.
    V1,
    /// SNMPv1 and SNMPv2c.
    V2c,
    /// SNMPv3 alone.
    V3,
    /// All three.
    All,
}

/// Who may ask.
#[derive(Clone)]
pub struct Guests {
    /// Community that may read.
    pub community: String,
    /// Community that may write.
    pub write_community: Option<String>,
    /// SNMPv3 user, who may read and write with authentication (HMAC-SHA-256 or as given) and privacy (AES-128).
    pub user: Option<UsmGuest>,
}

/// An SNMPv3 user by passwords.
#[derive(Clone)]
pub struct UsmGuest {
    /// User name.
    pub name: String,
    /// Authentication protocol.
    pub auth_protocol: AuthProtocol,
    /// Authentication password, at least 8 octets.
    pub auth_password: String,
    /// Privacy password, at least 8 octets; without one the user is authNoPriv.
    pub priv_password: Option<String>,
}

/// All that is needed to make the engine of a printer, again at each start. Shared by a fleet: keys are made of the
/// passwords once.
#[derive(Clone)]
pub struct Engines {
    guests: Arc<Guests>,
    keys: Arc<Mutex<KeyCache>>,
    provider: Arc<CryptoProvider>,
}

impl Engines {
    /// Engines for these guests.
    #[must_use]
    pub fn new(guests: &Guests) -> Self {
        Self {
            guests: Arc::new(guests.clone()),
            keys: Arc::new(Mutex::new(KeyCache::new())),
            provider: Arc::new(crypto::rustcrypto()),
        }
    }

    /// Who may ask.
    #[must_use]
    pub fn guests(&self) -> &Guests {
        &self.guests
    }

    /// The engine of a printer at its start number `boots`. `own_objects`: whether the engine's own counters are part of
    /// what is served.
    ///
    /// # Errors
    /// When the guests' passwords break a rule of SNMPv3.
    pub fn engine(
        &self,
        engine_id: EngineId,
        boots: u32,
        now: Instant,
        speaks: Speaks,
        own_objects: bool,
        max_message_size: Option<u32>,
    ) -> io::Result<Responder> {
        let guests = &self.guests;
        let mut config = ResponderConfig::new(engine_id, boots).serve_engine_objects(own_objects);
        if let Some(size) = max_message_size {
            config = config.max_message_size(size);
        }
        if speaks != Speaks::V3 {
            config = config.community(guests.community.as_str(), Access::Read);
            if let Some(write) = &guests.write_community {
                config = config.community(write.as_str(), Access::ReadWrite);
            }
        }
        if let (Speaks::V3 | Speaks::All, Some(guest)) = (speaks, &guests.user) {
            let privacy =
                guest.priv_password.as_ref().map(|password| (PrivProtocol::Aes128, password.as_bytes()));
            let least = if privacy.is_some() { SecurityLevel::AuthPriv } else { SecurityLevel::AuthNoPriv };
            let auth = Some((guest.auth_protocol, guest.auth_password.as_bytes()));
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let user = User::new(&self.provider, &mut keys, guest.name.as_bytes(), auth, privacy)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
            config = config.user(user, Access::ReadWrite, least);
        }
        // A system without randomness gives zeros, which are refused.
        Responder::new(config, &self.provider, now, || getrandom::u64().unwrap_or(0))
            .map_err(|error| io::Error::other(error.to_string()))
    }

    /// The crypto of the engines.
    #[must_use]
    pub fn provider(&self) -> CryptoProvider {
        crypto::rustcrypto()
    }
}

impl Guests {
    /// Credentials of the user, for notifications.
    #[must_use]
    pub fn user_credentials(&self) -> Option<Credentials> {
        let user = self.user.as_ref()?;
        Some(Credentials::V3 {
            user: user.name.clone(),
            auth: Some((user.auth_protocol, Secret::from(user.auth_password.as_str()))),
            privacy: user
                .priv_password
                .as_ref()
                .map(|password| (PrivProtocol::Aes128, Secret::from(password.as_str()))),
            context_name: String::new(),
        })
    }
}

/// Seconds since 2020 as the first snmpEngineBoots: higher at every start of the program, which is all that RFC 3414 §2.2
/// asks of it.
#[must_use]
pub(crate) fn first_boots() -> u32 {
    let since = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    let seconds = std::time::SystemTime::now().duration_since(since).map_or(1, |elapsed| elapsed.as_secs());
    u32::try_from(seconds).unwrap_or(1).clamp(1, i32::MAX.unsigned_abs() - 1_000_000)
}

/// An engine ID by the MAC address, or a random one.
///
/// # Errors
/// When the operating system has no randomness.
pub(crate) fn engine_id(mac: Option<[u8; 6]>) -> io::Result<EngineId> {
    let made = match mac {
        Some(mac) => EngineId::with_format(OUR_ENTERPRISE, 3, &mac),
        None => EngineId::with_format(OUR_ENTERPRISE, 5, &os_random()().to_be_bytes()),
    };
    made.map_err(|error| io::Error::other(error.to_string()))
}

/// 32473 is reserved for examples (RFC 5612).
const OUR_ENTERPRISE: u32 = 32_473;
