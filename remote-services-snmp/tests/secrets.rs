//! Keys and passwords cannot be printed, copied or compared, and policies say what they refuse.
#![cfg(feature = "rustcrypto")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::sync::Arc;

use remote_services_snmp::crypto::{
    Approval, AuthAlgorithm, AuthKey, AuthProtocol, CryptoError, CryptoProvider, FipsPolicy, KeyMaterial,
    PrivProtocol, PrivacyKey, Service, rustcrypto,
};
use remote_services_snmp::engine::notify::{Notifier, NotifierConfig, Receiver, ReceiverConfig};
use remote_services_snmp::engine::responder::{Responder, ResponderConfig};
use remote_services_snmp::engine::{Credentials, Instant, Manager, ManagerConfig};
use remote_services_snmp::usm::{EngineId, KeyCache, LocalizedKeys, LocalizedUser, User, UserError};

/// Does not compile when the type has one of the traits: the call is ambiguous then.
macro_rules! has_none_of {
    ($type:ty: $($trait:path),+) => {
        $(const _: fn() = || {
            trait Absent<Which> {
                fn ask() {}
            }
            struct Present;
            impl<T: ?Sized> Absent<()> for T {}
            impl<T: ?Sized + $trait> Absent<Present> for T {}
            let _ = <$type as Absent<_>>::ask;
        };)+
    };
}

has_none_of!(KeyMaterial: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(User: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(LocalizedUser: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(LocalizedKeys: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(KeyCache: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(Credentials: core::fmt::Debug, core::fmt::Display, Clone, PartialEq);
has_none_of!(dyn AuthKey: core::fmt::Debug, core::fmt::Display);
has_none_of!(dyn PrivacyKey: core::fmt::Debug, core::fmt::Display);

const SHA256: AuthProtocol = AuthProtocol::HmacSha256;

fn engine() -> EngineId {
    EngineId::new(b"an engine").unwrap()
}

#[test]
fn no_engine_starts_with_random_numbers_that_repeat() {
    let none = CryptoProvider::none;
    let now = Instant::START;
    let constant = || 0x5eed;
    let refused = [
        Manager::new(ManagerConfig::default(), none(), constant).err(),
        Notifier::new(NotifierConfig::default(), none(), constant).err(),
        Responder::new(ResponderConfig::new(engine(), 1), &none(), now, constant).err(),
        Receiver::new(ReceiverConfig::new(engine(), 1), none(), now, constant).err(),
    ];
    assert_eq!(refused, [Some(CryptoError::RandomRepeats); 4]);
}

#[test]
fn nothing_in_the_crate_writes_logs() {
    let manifest = include_str!("../Cargo.toml");
    assert!(!manifest.contains("tracing") && !manifest.lines().any(|line| line.starts_with("log")));
}

#[test]
fn exported_keys_can_be_imported_and_work_the_same() {
    let provider = rustcrypto();
    let auth = Some((SHA256, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
    let user = User::new(&provider, &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    let keys = user.export_localized_keys(&provider, engine()).unwrap();
    let imported = User::from_localized_keys(b"operator", vec![Arc::new(keys)]).unwrap();
    assert_eq!(imported.level(), user.level());
    let again = imported.export_localized_keys(&provider, engine()).unwrap();
    let expected = user.export_localized_keys(&provider, engine()).unwrap();
    assert_eq!(again.auth().unwrap().1.expose(), expected.auth().unwrap().1.expose());
    assert_eq!(again.privacy().unwrap().1.expose(), expected.privacy().unwrap().1.expose());
    assert!(imported.localize(&provider, engine()).is_ok());
    let elsewhere = EngineId::new(b"another engine").unwrap();
    assert_eq!(imported.localize(&provider, elsewhere).err(), Some(CryptoError::NoKeyForEngine));
}

#[test]
fn imported_keys_of_a_wrong_length_are_refused() {
    let of = |len| KeyMaterial::new(&[7; 64][..len]).unwrap();
    for len in [0, 31, 33, 64] {
        let error = LocalizedKeys::new(engine(), Some((SHA256, of(len))), None).err();
        let expected = CryptoError::KeyLength { expected: 32, found: len };
        assert_eq!(error, Some(UserError::Crypto(expected)), "{len}");
    }
    let short = Some((PrivProtocol::Aes128, of(15)));
    assert!(LocalizedKeys::new(engine(), Some((SHA256, of(32))), short).is_err());
}

/// HMAC-SHA-256 as a module would offer it that approves the code but not the derivation; `works` can be false, as
/// in a module that has failed.
struct Module {
    works: bool,
}

impl AuthAlgorithm for Module {
    fn protocol(&self) -> AuthProtocol {
        SHA256
    }

    fn approval(&self) -> Approval {
        Approval::Approved
    }

    fn key_derivation_approval(&self) -> Approval {
        Approval::Unknown
    }

    fn password_to_key(&self, password: &[u8]) -> Result<KeyMaterial, CryptoError> {
        rustcrypto().auth(SHA256)?.password_to_key(password)
    }

    fn localize(&self, master: &KeyMaterial, engine_id: &[u8]) -> Result<KeyMaterial, CryptoError> {
        rustcrypto().auth(SHA256)?.localize(master, engine_id)
    }

    fn hash(&self, octets: &[u8]) -> Result<KeyMaterial, CryptoError> {
        rustcrypto().auth(SHA256)?.hash(octets)
    }

    fn key(&self, localized: &KeyMaterial) -> Result<Box<dyn AuthKey>, CryptoError> {
        if self.works { rustcrypto().auth(SHA256)?.key(localized) } else { Err(CryptoError::Module) }
    }
}

fn module(policy: FipsPolicy) -> CryptoProvider {
    let privacy = rustcrypto().privacy;
    CryptoProvider::new("test module", vec![&Module { works: true }], privacy)
        .with_module("1.2.3", true)
        .with_policy(policy)
}

#[test]
fn strict_refuses_passwords_and_takes_imported_keys() {
    let provider = module(FipsPolicy::Strict);
    let auth = Some((SHA256, &b"maplesyrup"[..]));
    let Err(UserError::Crypto(refused)) = User::new(&provider, &mut KeyCache::new(), b"operator", auth, None)
    else {
        panic!("a password was accepted");
    };
    let text = refused.to_string();
    assert!(text.contains("HMAC-SHA-256-192") && text.contains("imported localised keys"), "{text}");
    let keys = LocalizedKeys::new(engine(), Some((SHA256, KeyMaterial::new(&[7; 32]).unwrap())), None);
    let user = User::from_localized_keys(b"operator", vec![Arc::new(keys.unwrap_or_else(|e| panic!("{e}")))]);
    assert!(user.unwrap().localize(&provider, engine()).is_ok());
}

#[test]
fn a_master_key_made_before_does_not_get_round_the_policy() {
    let mut cache = KeyCache::new();
    let auth = Some((SHA256, &b"maplesyrup"[..]));
    let user = User::new(&module(FipsPolicy::Off), &mut cache, b"operator", auth, None).unwrap();
    assert!(User::new(&module(FipsPolicy::Strict), &mut cache, b"operator", auth, None).is_err());
    assert!(user.localize(&module(FipsPolicy::Strict), engine()).is_err());
}

#[test]
fn strict_refuses_encryption_that_is_not_approved_and_names_a_way_out() {
    let refused = module(FipsPolicy::Strict).privacy(PrivProtocol::Aes128).err().unwrap();
    let text = refused.to_string();
    assert!(text.contains("AES-128-CFB") && text.contains("authNoPriv"), "{text}");
    assert!(module(FipsPolicy::ApprovedAuthOnly).privacy(PrivProtocol::Aes128).is_ok());
}

#[test]
fn approved_authentication_only_names_what_to_use_instead() {
    let auth = vec![rustcrypto().auth(AuthProtocol::HmacSha1).unwrap(), &Module { works: true }];
    let provider = CryptoProvider::new("mixed", auth, Vec::new()).with_policy(FipsPolicy::ApprovedAuthOnly);
    let instead = Some(Service::Authentication(SHA256));
    let service = Service::Authentication(AuthProtocol::HmacSha1);
    let expected = CryptoError::Refused { service, policy: FipsPolicy::ApprovedAuthOnly, instead };
    assert_eq!(provider.auth(AuthProtocol::HmacSha1).err(), Some(expected));
    assert!(expected.to_string().ends_with("use HMAC-SHA-256-192"), "{expected}");
}

#[test]
fn one_call_says_module_version_mode_and_each_approval() {
    let report = module(FipsPolicy::Strict).report();
    assert_eq!((report.module, &*report.version, report.fips_mode), ("test module", "1.2.3", true));
    let text = report.to_string();
    assert!(text.starts_with("test module 1.2.3: in FIPS mode; policy: strict"), "{text}");
    assert!(text.contains("\n  HMAC-SHA-256-192: approved\n"), "{text}");
    assert!(text.contains("password-to-key of HMAC-SHA-256-192: unknown, refused by the policy"), "{text}");
    assert!(text.contains("AES-128-CFB: not approved, refused by the policy"), "{text}");
    let own = rustcrypto().report();
    assert!(!own.fips_mode && own.services.iter().all(|service| service.1 == Approval::NotApproved));
}

#[test]
fn a_module_that_fails_is_replaced_by_nobody() {
    let provider = CryptoProvider::new("failing", vec![&Module { works: false }], rustcrypto().privacy);
    let auth = Some((SHA256, &b"maplesyrup"[..]));
    let user = User::new(&provider, &mut KeyCache::new(), b"operator", auth, None).unwrap();
    assert_eq!(user.localize(&provider, engine()).err(), Some(CryptoError::Module));
    let missing = provider.auth(AuthProtocol::HmacSha512).err();
    assert_eq!(missing, Some(CryptoError::NoAuthAlgorithm(AuthProtocol::HmacSha512)));
}
