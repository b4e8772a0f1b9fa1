//! §8: CBC-DES.
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::message::{ScopedPdu, V3MessageRef};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, Envelope, SaltCounter, UsmParameters, UsmStat, seal};

use crate::forge::{self, BOOTS, Forged, Said, ask};

const SHA1: AuthProtocol = AuthProtocol::HmacSha1;
const CBC: [PrivProtocol; 2] = [PrivProtocol::Des, PrivProtocol::TripleDes];

/// R30.
#[test]
fn rfc3414_8_3_2_1_privacy_parameters_have_eight_octets() {
    for protocol in CBC {
        for len in 0..=16 {
            let mut forged = Forged::secret(SHA1, protocol);
            forged.privacy = vec![9; len];
            let expected = if len == 8 { Said::Answer } else { Said::Report(UsmStat::DecryptionErrors, 1) };
            assert_eq!(ask(&forged, &forged.signed()), expected, "{protocol}, {len}");
        }
    }
}

/// R31.
#[test]
fn rfc3414_8_3_2_data_that_is_no_whole_number_of_blocks_is_a_decryption_error() {
    for protocol in CBC {
        for change in [-1_isize, 1, 7] {
            let mut forged = Forged::secret(SHA1, protocol);
            forged.data.resize(forged.data.len().checked_add_signed(change).unwrap(), 0);
            let said = ask(&forged, &forged.signed());
            assert_eq!(said, Said::Report(UsmStat::DecryptionErrors, 1), "{protocol}, {change}");
        }
    }
}

/// R31. `Forged::secret` pads with octets that are not zero.
#[test]
fn rfc3414_8_1_1_2_what_the_padding_holds_does_not_matter() {
    assert_ne!(forge::scoped_pdu().len() % 8, 0, "there is padding");
    for protocol in CBC {
        let forged = Forged::secret(SHA1, protocol);
        assert_eq!(ask(&forged, &forged.signed()), Said::Answer, "{protocol}");
    }
}

/// R33.
#[test]
fn rfc3414_8_1_1_1_the_salt_of_an_authority_is_its_boots_and_a_counter() {
    for protocol in CBC {
        let user = forge::user(SHA1, protocol).localize(&rustcrypto(), forge::engine()).unwrap();
        let mut counter = SaltCounter::new(0xaaaa_aaaa_0000_0010);
        let salts = [0; 2].map(|_| user.authority_salt(BOOTS, &mut counter).unwrap());
        assert_eq!(salts, [[0, 0, 0, 7, 0, 0, 0, 0x11], [0, 0, 0, 7, 0, 0, 0, 0x12]]);
    }
}

/// R33. The first eight octets are the key, the next eight the pre-IV; the salt is exclusive-ored onto that.
#[test]
fn rfc3414_8_1_1_1_the_pre_iv_is_the_last_eight_octets_of_the_key() {
    let des = rustcrypto().privacy(PrivProtocol::Des).unwrap();
    let zero_iv = des.key(&forge::key(&[[1; 8], [6; 8]].concat())).unwrap();
    let zero_pre_iv = des.key(&forge::key(&[[1; 8], [0; 8]].concat())).unwrap();
    let (mut a, mut b) = ([3; 24], [3; 24]);
    zero_iv.encrypt(1, 2, [6; 8], &mut a).unwrap();
    zero_pre_iv.encrypt(3, 4, [0; 8], &mut b).unwrap();
    assert_eq!(a, b);
    zero_iv.encrypt(1, 2, [7; 8], &mut b).unwrap();
    assert_ne!(a, b);
}

/// R31.
#[test]
fn rfc3414_8_1_1_2_what_we_send_is_padded_and_read_back() {
    for protocol in CBC {
        let user = forge::user(SHA1, protocol).localize(&rustcrypto(), forge::engine()).unwrap();
        let time = EngineTime { boots: BOOTS, time: 0 };
        for name_len in 0..9 {
            let scoped = ScopedPdu {
                context_engine_id: forge::engine().as_slice().to_vec(),
                context_name: vec![b'c'; name_len],
                pdu: Pdu::request(PduKind::Get, 1, Vec::new()),
            };
            let octets = seal(&Envelope::for_user(&user, 1, 1_472, time, [9; 8]), &scoped).unwrap();
            let message = V3MessageRef::decode(&octets, &Default::default()).unwrap();
            assert_eq!(UsmParameters::decode(&message).unwrap().privacy, [9; 8]);
            let mut clock = remote_services_snmp::usm::RemoteClock::default();
            let opened = remote_services_snmp::usm::open_as_manager(
                &message,
                Some(&user),
                &mut clock,
                core::time::Duration::from_secs(1),
            );
            let opened = opened.unwrap_or_else(|error| panic!("{protocol}: {error}"));
            assert_eq!(opened.scoped_pdu(&Default::default()).unwrap().to_owned(), scoped);
        }
    }
}
