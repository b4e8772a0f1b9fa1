//! Making a key from a password hashes a mebibyte: it is done once for each password, whoever needs it.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use remote_services_snmp::crypto::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, CryptoProvider, KeyMaterial, PrivProtocol,
    rustcrypto,
};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerOptions};
use remote_services_snmp::usm::{KeyCache, User};

const SHA256: AuthProtocol = AuthProtocol::HmacSha256;

/// HMAC-SHA-256 that counts how often a password became a key, and makes a cheap one.
struct Counting(AtomicUsize);

impl AuthAlgorithm for Counting {
    fn protocol(&self) -> AuthProtocol {
        SHA256
    }

    fn approval(&self) -> Approval {
        Approval::Unknown
    }

    fn key_derivation_approval(&self) -> Approval {
        Approval::Unknown
    }

    fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.hash(password)
    }

    fn localize(&self, master: &KeyMaterial, engine_id: &[u8]) -> Result<KeyMaterial, CryptoError> {
        rustcrypto().auth(SHA256)?.localize(master, engine_id)
    }

    fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError> {
        rustcrypto().auth(SHA256)?.hash(octets)
    }

    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
        rustcrypto().auth(SHA256)?.key(localized)
    }
}

fn provider(counting: &'static Counting) -> CryptoProvider {
    CryptoProvider::new("counting", vec![counting], rustcrypto().privacy)
}

#[test]
fn users_with_one_password_share_its_key_and_the_cache_is_bounded() {
    static COUNTING: Counting = Counting(AtomicUsize::new(0));
    let (provider, mut cache) = (provider(&COUNTING), KeyCache::new());
    let mut user = |name: &str, auth: &str, privacy: &str| {
        let auth = Some((SHA256, auth.as_bytes()));
        let privacy = Some((PrivProtocol::Aes128, privacy.as_bytes()));
        User::new(&provider, &mut cache, name.as_bytes(), auth, privacy).unwrap();
        (COUNTING.0.load(Ordering::Relaxed), cache.len())
    };
    assert_eq!(user("one", "a password", "another password"), (2, 2));
    assert_eq!(user("two", "a password", "another password"), (2, 2));
    assert_eq!(user("three", "another password", "a third password"), (3, 3));
    for number in 0..300 {
        user("many", "a password", &format!("password {number}"));
    }
    let (made, kept) = user("last", "password 299", "password 298");
    assert!(kept == 256 && made < 310, "{made} made, {kept} kept");
}

#[test]
fn a_thousand_devices_with_one_password_cost_one_derivation() {
    static COUNTING: Counting = Counting(AtomicUsize::new(0));
    let mut numbers = 1..;
    let random = move || numbers.next().unwrap();
    let mut manager = Manager::new(ManagerConfig::default(), provider(&COUNTING), random).unwrap();
    let credentials = || Credentials::V3 {
        user: "operator".into(),
        auth: Some((SHA256, "a password".into())),
        privacy: None,
        context_name: String::new(),
    };
    let shared = Arc::new(credentials());
    for device in 0..1_000_u32 {
        let address = SocketAddr::from((Ipv4Addr::from_bits(0xC000_0200 + device), 161));
        // Whether they share one value or each has its own.
        let credentials = if device % 2 == 0 { Arc::clone(&shared) } else { Arc::new(credentials()) };
        manager.add_peer(address, credentials, PeerOptions::default()).unwrap();
    }
    assert_eq!(COUNTING.0.load(Ordering::Relaxed), 1);
}
