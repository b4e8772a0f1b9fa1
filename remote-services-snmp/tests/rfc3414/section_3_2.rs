//! §3.2: processing an incoming message.
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol};
use remote_services_snmp::usm::UsmStat;

use crate::forge::{Forged, Said, ask};

const SHA256: AuthProtocol = AuthProtocol::HmacSha256;
const AES: PrivProtocol = PrivProtocol::Aes128;

#[test]
fn rfc3414_3_2_good_messages_are_answered() {
    for forged in [Forged::plain(SHA256), Forged::secret(SHA256, AES)] {
        assert_eq!(ask(&forged, &forged.signed()), Said::Answer);
    }
}

/// R22.
#[test]
fn rfc3414_3_2_6_each_flipped_bit_of_the_code_is_a_wrong_digest() {
    let forged = Forged::plain(SHA256);
    let (_, at) = forged.written();
    for bit in 0..SHA256.mac_len() * 8 {
        let mut octets = forged.signed();
        octets[at + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(ask(&forged, &octets), Said::Report(UsmStat::WrongDigests, 1), "bit {bit}");
    }
}

/// R29.
#[test]
fn rfc3414_3_2_8_a_wrong_privacy_key_is_a_decryption_error() {
    let mut forged = Forged::secret(SHA256, AES);
    // What another key would have made.
    forged.data.iter_mut().for_each(|octet| *octet ^= 0xa5);
    assert_eq!(ask(&forged, &forged.signed()), Said::Report(UsmStat::DecryptionErrors, 1));
}

/// R29. Short privacy parameters must not be looked at before the code is checked.
#[test]
fn rfc3414_3_2_8_privacy_parameters_of_another_length_are_a_decryption_error_once_authentic() {
    for len in (0..=16).filter(|len| *len != 8) {
        let mut forged = Forged::secret(SHA256, AES);
        forged.privacy = vec![9; len];
        let authentic = forged.signed();
        assert_eq!(ask(&forged, &authentic), Said::Report(UsmStat::DecryptionErrors, 1), "{len}");
        let mut unproven = authentic;
        *unproven.last_mut().unwrap() ^= 1;
        assert_eq!(ask(&forged, &unproven), Said::Report(UsmStat::WrongDigests, 1), "{len}");
    }
}
