//! Vectors of the RFC, and whole messages from one role to the other.
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use super::*;
use crate::ber::Limits;
use crate::crypto::{AuthProtocol, CryptoProvider, KeyMaterial, PrivProtocol, rustcrypto};
use crate::message::{MsgFlags, ScopedPdu, V3MessageRef};
use crate::pdu::{Pdu, PduKind, VarBind};
use crate::{Value, oid};

pub(super) const SHA1: AuthProtocol = AuthProtocol::HmacSha1;
pub(super) const SHA256: AuthProtocol = AuthProtocol::HmacSha256;
pub(super) const NOW: Duration = Duration::from_secs(10_000);

pub(super) fn engine() -> EngineId {
    EngineId::new(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]).unwrap()
}

fn user_of(provider: &CryptoProvider, auth: AuthProtocol, password: &[u8]) -> LocalizedUser {
    let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
    let user =
        User::new(provider, &mut KeyCache::new(), b"operator", Some((auth, password)), privacy).unwrap();
    user.localize(provider, engine()).unwrap()
}

pub(super) fn user(auth: AuthProtocol) -> LocalizedUser {
    user_of(&rustcrypto(), auth, b"maplesyrup")
}

pub(super) fn request() -> ScopedPdu {
    let names = vec![VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::Null)];
    ScopedPdu {
        context_engine_id: engine().as_slice().to_vec(),
        context_name: b"paper".to_vec(),
        pdu: Pdu::request(PduKind::GetNext, 42, names),
    }
}

pub(super) fn authority() -> AuthorityClock {
    AuthorityClock::new(7, Duration::from_secs(1_000))
}

/// 9,000 s after the start of `authority`.
pub(super) const TIME: EngineTime = EngineTime { boots: 7, time: 9_000 };

pub(super) fn sealed(user: &LocalizedUser, level: SecurityLevel, time: EngineTime) -> Vec<u8> {
    let envelope = Envelope { level, ..Envelope::for_user(user, 77, 1_472, time, [1, 2, 3, 4, 5, 6, 7, 8]) };
    seal(&envelope, &request()).unwrap()
}

fn open(octets: &[u8], known: &LocalizedUser) -> Result<(SecurityLevel, ScopedPdu), UsmError> {
    let message = V3MessageRef::decode(octets, &Limits::default()).unwrap();
    let find = |name: &[u8]| (name == known.name()).then_some(known);
    let opened = open_as_authority(&message, &engine(), find, &authority(), NOW)?;
    Ok((opened.level, opened.scoped_pdu(&Limits::default())?.to_owned()))
}

#[test]
fn rfc3414_a_3_2_password_to_key_with_sha() {
    let provider = rustcrypto();
    let algorithm = provider.auth(SHA1).unwrap();
    let master = algorithm.password_to_key(b"maplesyrup").unwrap();
    let expected = [
        0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b, 0x37, 0x93, 0x52, 0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d, 0x79,
        0x14, 0x52, 0x11,
    ];
    assert_eq!(master.expose(), expected);
    let localized = algorithm.localize(&master, engine().as_slice()).unwrap();
    let expected = [
        0x66, 0x95, 0xfe, 0xbc, 0x92, 0x88, 0xe3, 0x62, 0x82, 0x23, 0x5f, 0xc7, 0x15, 0x1f, 0x12, 0x84, 0x97,
        0xb3, 0x8f, 0x3f,
    ];
    assert_eq!(localized.expose(), expected);
}

#[test]
fn messages_of_every_level_reach_the_authority_unchanged() {
    for protocol in [SHA1, SHA256] {
        let user = user(protocol);
        for level in [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
            let octets = sealed(&user, level, TIME);
            assert_eq!(open(&octets, &user), Ok((level, request())));
            let contains_context = octets.windows(5).any(|window| window == b"paper");
            assert_eq!(contains_context, level != SecurityLevel::AuthPriv);
        }
    }
}

#[test]
fn a_changed_octet_anywhere_is_a_wrong_digest_or_worse() {
    let user = user(SHA256);
    let octets = sealed(&user, SecurityLevel::AuthPriv, TIME);
    for at in 0..octets.len() {
        for flip in [0x01, 0x80] {
            let mut changed = octets.clone();
            changed[at] ^= flip;
            let Ok(message) = V3MessageRef::decode(&changed, &Limits::default()) else { continue };
            let find = |name: &[u8]| (name == user.name()).then_some(&user);
            let opened = open_as_authority(&message, &engine(), find, &authority(), NOW);
            // Nothing proves a message that asks for no proof, but then it cannot be the encrypted one.
            assert!(opened.is_err(), "octet {at} flipped by {flip:#x}");
        }
    }
}

#[test]
fn cve_2008_0960_only_the_full_code_passes() {
    for protocol in [SHA1, SHA256] {
        let user = user(protocol);
        let octets = sealed(&user, SecurityLevel::AuthNoPriv, TIME);
        let message = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
        let right = UsmParameters::decode(&message).unwrap();
        for len in 0..=64 {
            let mut code = right.authentication.to_vec();
            code.resize(len, 0);
            let claimed = UsmParameters { authentication: &code, ..right };
            let verdict = authentication::authenticate(&octets, &claimed, &user).map(|_| ());
            let expected = if len == protocol.mac_len() { Ok(()) } else { Err(UsmError::WrongDigest) };
            assert_eq!(verdict, expected, "{len}");
        }
    }
}

#[test]
fn rfc3414_3_2_each_failure_is_told_by_its_own_counter() {
    let provider = rustcrypto();
    let user = user(SHA1);
    let octets = sealed(&user, SecurityLevel::AuthPriv, TIME);

    let elsewhere = User::new(&provider, &mut KeyCache::new(), b"operator", None, None).unwrap();
    let elsewhere = elsewhere.localize(&provider, EngineId::new(b"other engine").unwrap()).unwrap();
    let foreign = sealed(&elsewhere, SecurityLevel::NoAuthNoPriv, TIME);
    assert_eq!(open(&foreign, &user), Err(UsmError::UnknownEngineId));

    let nobody = User::new(&provider, &mut KeyCache::new(), b"nobody", None, None).unwrap();
    let nobody = nobody.localize(&provider, engine()).unwrap();
    assert_eq!(open(&octets, &nobody), Err(UsmError::UnknownUserName));

    let auth = Some((SHA1, &b"maplesyrup"[..]));
    let no_privacy = User::new(&provider, &mut KeyCache::new(), b"operator", auth, None).unwrap();
    let no_privacy = no_privacy.localize(&provider, engine()).unwrap();
    assert_eq!(open(&octets, &no_privacy), Err(UsmError::UnsupportedSecurityLevel));

    let wrong_password = user_of(&provider, SHA1, b"maplesirup");
    assert_eq!(open(&octets, &wrong_password), Err(UsmError::WrongDigest));

    let late = sealed(&user, SecurityLevel::AuthPriv, EngineTime { time: TIME.time + 151, ..TIME });
    assert_eq!(open(&late, &user), Err(UsmError::NotInTimeWindow));

    let raised: Vec<_> = [
        UsmError::UnsupportedSecurityLevel,
        UsmError::NotInTimeWindow,
        UsmError::UnknownUserName,
        UsmError::UnknownEngineId,
        UsmError::WrongDigest,
        UsmError::Decryption,
    ]
    .iter()
    .filter_map(UsmError::stat)
    .collect();
    assert_eq!(raised, UsmStat::ALL);
}

#[test]
fn rfc3826_3_1_4_2_privacy_parameters_have_eight_octets() {
    let user = user(SHA256);
    let proof = authentication::Authenticated::for_test();
    let timely = authority().check(NOW, TIME, &proof).unwrap_or_else(|_| panic!("in time"));
    for len in 0..=16 {
        let opened = privacy::decrypt(&[1, 2, 3], &[9; 16][..len], TIME, &user, &proof, &timely, Vec::new());
        assert_eq!(opened.is_ok(), len == 8, "{len}");
    }
}

#[test]
fn the_wrong_privacy_password_is_a_decryption_error() {
    let provider = rustcrypto();
    let octets = sealed(&user(SHA1), SecurityLevel::AuthPriv, TIME);
    let auth = Some((SHA1, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"another secret"[..]));
    let other = User::new(&provider, &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    let other = other.localize(&provider, engine()).unwrap();
    assert_eq!(open(&octets, &other), Err(UsmError::Decryption));
}

#[test]
fn the_digest_covers_the_octets_as_received_not_as_we_would_write_them() {
    let user = user(SHA256);
    let octets = sealed(&user, SecurityLevel::AuthNoPriv, TIME);
    // The same message with a longer form of its outermost length, signed anew.
    let mut longer = vec![0x30, 0x84, 0, 0, 0, u8::try_from(octets.len() - 3).unwrap()];
    assert_eq!(octets[1], 0x81);
    longer.extend(&octets[3..]);
    longer.extend(b"padding");
    let message = V3MessageRef::decode(&longer, &Limits::default()).unwrap();
    let at = UsmParameters::decode(&message).unwrap().authentication_offset;
    assert_eq!(open(&longer, &user), Err(UsmError::WrongDigest));
    let key = user.auth.as_ref().unwrap();
    sign(&*key.key, &mut longer, at, 24).unwrap();
    assert_eq!(verify(&*key.key, &longer, at, 24), Ok(true));
    assert_eq!(open(&longer, &user), Ok((SecurityLevel::AuthNoPriv, request())));
}

#[test]
fn a_manager_believes_an_authentic_clock_and_no_other() {
    let user = user(SHA256);
    let limits = Limits::default();
    let mut clock = RemoteClock::default();

    let forged = EngineTime { boots: 9_999, time: 1 };
    let unproven = sealed(&user, SecurityLevel::NoAuthNoPriv, forged);
    let message = V3MessageRef::decode(&unproven, &limits).unwrap();
    let opened = open_as_manager(&message, Some(&user), &mut clock, NOW).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((opened.level, clock.at(NOW)), (SecurityLevel::NoAuthNoPriv, None));

    let mut tampered = sealed(&user, SecurityLevel::AuthNoPriv, forged);
    *tampered.last_mut().unwrap() ^= 1;
    let message = V3MessageRef::decode(&tampered, &limits).unwrap();
    let refused = open_as_manager(&message, Some(&user), &mut clock, NOW).map(|_| ());
    assert_eq!((refused, clock.at(NOW)), (Err(UsmError::WrongDigest), None));

    let authentic = sealed(&user, SecurityLevel::AuthPriv, TIME);
    let message = V3MessageRef::decode(&authentic, &limits).unwrap();
    let opened = open_as_manager(&message, Some(&user), &mut clock, NOW).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(opened.scoped_pdu(&limits).unwrap().to_owned(), request());
    assert_eq!(clock.at(NOW + Duration::from_secs(5)), Some(EngineTime { time: TIME.time + 5, ..TIME }));

    // The same message again, once it is too old.
    let later = NOW + Duration::from_secs(151);
    let replayed = open_as_manager(&message, Some(&user), &mut clock, later).map(|_| ());
    assert_eq!(replayed, Err(UsmError::NotInTimeWindow));
}

#[test]
fn a_discovery_asks_nobody_by_name_and_wants_a_report() {
    let octets = discovery(5, 6, 65_507);
    let message = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
    let reportable = MsgFlags { reportable: true, ..MsgFlags::default() };
    assert_eq!((message.header.msg_id, message.header.flags), (5, reportable));
    let parameters = UsmParameters::decode(&message).unwrap();
    assert!(parameters.engine_id.is_empty() && parameters.user_name.is_empty());
    let find = |_: &[u8]| None;
    let refused = open_as_authority(&message, &engine(), find, &authority(), NOW).map(|_| ());
    assert_eq!(refused, Err(UsmError::UnknownEngineId));
}

#[test]
fn users_are_checked_when_they_are_set_up() {
    let provider = rustcrypto();
    let mut cache = KeyCache::new();
    let mut set_up = |name: &[u8], auth: Option<&[u8]>, privacy: Option<&[u8]>| {
        let auth = auth.map(|password| (SHA1, password));
        let privacy = privacy.map(|password| (PrivProtocol::Aes128, password));
        User::new(&provider, &mut cache, name, auth, privacy).map(|user| user.level())
    };
    assert_eq!(set_up(&[b'u'; 32], None, None), Ok(SecurityLevel::NoAuthNoPriv));
    assert_eq!(set_up(&[b'u'; 33], None, None), Err(UserError::NameTooLong(33)));
    assert_eq!(set_up(b"u", Some(b"1234567"), None), Err(UserError::PasswordTooShort(7)));
    assert_eq!(set_up(b"u", Some(b"12345678"), Some(b"short")), Err(UserError::PasswordTooShort(5)));
    assert_eq!(set_up(b"u", None, Some(b"12345678")), Err(UserError::PrivacyWithoutAuthentication));
    assert_eq!(set_up(b"u", Some(b"12345678"), Some(b"12345678")), Ok(SecurityLevel::AuthPriv));
    // One password, one master key.
    assert_eq!(cache.len(), 1);
    let nothing = CryptoProvider::none();
    let refused =
        User::new(&nothing, &mut KeyCache::new(), b"u", Some((SHA1, b"12345678")), None).map(|_| ());
    assert!(matches!(refused, Err(UserError::Crypto(_))));
}

#[test]
fn imported_keys_work_like_those_from_the_password() {
    let provider = rustcrypto();
    let algorithm = provider.auth(SHA256).unwrap();
    let localized = |password: &[u8]| {
        algorithm.localize(&algorithm.password_to_key(password).unwrap(), engine().as_slice()).unwrap()
    };
    let (auth, privacy): (KeyMaterial, KeyMaterial) =
        (localized(b"maplesyrup"), localized(b"private secret"));
    let imported = LocalizedUser::from_localized_keys(
        &provider,
        b"operator",
        engine(),
        Some((SHA256, &auth)),
        Some((PrivProtocol::Aes128, &privacy)),
    );
    let imported = imported.unwrap_or_else(|error| panic!("{error}"));
    let octets = sealed(&user(SHA256), SecurityLevel::AuthPriv, TIME);
    assert_eq!(open(&octets, &imported), Ok((SecurityLevel::AuthPriv, request())));
}

#[test]
fn a_level_above_the_keys_cannot_be_sealed() {
    let provider = rustcrypto();
    let plain = User::new(&provider, &mut KeyCache::new(), b"plain", None, None).unwrap();
    let plain = plain.localize(&provider, engine()).unwrap();
    let envelope =
        Envelope { level: SecurityLevel::AuthPriv, ..Envelope::for_user(&plain, 1, 484, TIME, [0; 8]) };
    assert_eq!(seal(&envelope, &request()), Err(UsmError::UnsupportedSecurityLevel));
}
