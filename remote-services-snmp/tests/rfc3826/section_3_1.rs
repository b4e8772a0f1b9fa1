//! §3.1: the cipher, its IV, its salts.
use std::collections::BTreeSet;

use remote_services_snmp::crypto::{AuthProtocol, KeyExtension, PrivProtocol, rustcrypto};
use remote_services_snmp::message::{ScopedPdu, V3MessageRef};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, Envelope, SaltCounter, UsmParameters, UsmStat, seal};

use crate::forge::{self, Forged, Said, ask};

const SHA256: AuthProtocol = AuthProtocol::HmacSha256;
const AES: [PrivProtocol; 5] = [
    PrivProtocol::Aes128,
    PrivProtocol::Aes192(KeyExtension::Blumenthal),
    PrivProtocol::Aes192(KeyExtension::Reeder),
    PrivProtocol::Aes256(KeyExtension::Blumenthal),
    PrivProtocol::Aes256(KeyExtension::Reeder),
];

/// R30.
#[test]
fn rfc3826_3_1_4_2_privacy_parameters_have_eight_octets() {
    for protocol in AES {
        for len in 0..=16 {
            let mut forged = Forged::secret(SHA256, protocol);
            forged.privacy = vec![9; len];
            let expected = if len == 8 { Said::Answer } else { Said::Report(UsmStat::DecryptionErrors, 1) };
            assert_eq!(ask(&forged, &forged.signed()), expected, "{protocol}, {len}");
        }
    }
}

/// R32.
#[test]
fn rfc3826_3_1_3_nothing_is_padded() {
    for protocol in AES {
        let key = rustcrypto().privacy(protocol).unwrap().key(&forge::key(&[7; 32])).unwrap();
        for len in 0..40 {
            let plain: Vec<u8> = (0..len).collect();
            let mut data = plain.clone();
            key.encrypt(1, 2, [3; 8], &mut data).unwrap();
            key.decrypt(1, 2, [3; 8], &mut data).unwrap();
            assert_eq!(data, plain);
        }
    }
}

/// R32.
#[test]
fn rfc3826_3_1_2_1_boots_time_and_salt_all_enter_the_iv() {
    let key = rustcrypto().privacy(PrivProtocol::Aes128).unwrap().key(&forge::key(&[7; 16])).unwrap();
    let sealed = |boots, time, salt| {
        let mut data = [0; 16];
        key.encrypt(boots, time, salt, &mut data).unwrap();
        data
    };
    let mut salt = [3; 8];
    let first = sealed(1, 2, salt);
    assert_eq!(first, sealed(1, 2, salt));
    assert_ne!(first, sealed(2, 2, salt));
    assert_ne!(first, sealed(1, 3, salt));
    salt[7] = 4;
    assert_ne!(first, sealed(1, 2, salt));
}

/// R32. A hundred starts with a new random number each, a hundred thousand messages in each.
#[test]
fn rfc3826_3_1_2_1_salts_never_repeat_across_restarts() {
    const MESSAGES: u64 = 100_000;
    let mut runs = BTreeSet::new();
    let mut state = 0x1234_5678_u64;
    for _ in 0..100 {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let mut counter = SaltCounter::new(state ^ (state >> 29));
        let first = u64::from_be_bytes(counter.next_salt());
        // Each run is an unbroken row of numbers, so runs that do not touch share none.
        for n in 1..MESSAGES {
            assert_eq!(u64::from_be_bytes(counter.next_salt()), first.wrapping_add(n));
        }
        let apart = |other: &u64| first.abs_diff(*other) >= MESSAGES;
        assert!(runs.iter().all(apart), "a salt was used twice");
        runs.insert(first);
    }
    assert_eq!(runs.len(), 100);
}

/// R32. What is on the wire is the salt that was given, whole.
#[test]
fn rfc3826_3_1_2_1_the_salt_is_sent_as_the_privacy_parameters() {
    let user = forge::user(SHA256, PrivProtocol::Aes128).localize(&rustcrypto(), forge::engine()).unwrap();
    let mut counter = SaltCounter::new(u64::MAX);
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let pdu = Pdu::request(PduKind::Get, 1, Vec::new());
        let scoped = ScopedPdu { context_engine_id: Vec::new(), context_name: Vec::new(), pdu };
        let salt = user.authority_salt(7, &mut counter).unwrap();
        let envelope = Envelope::for_user(&user, 1, 1_472, EngineTime { boots: 7, time: 5 }, salt);
        let octets = seal(&envelope, &scoped).unwrap();
        let message = V3MessageRef::decode(&octets, &Default::default()).unwrap();
        seen.insert(UsmParameters::decode(&message).unwrap().privacy.to_vec());
    }
    assert_eq!(seen.len(), 100);
}
