//! §4: the protocols and the lengths of their codes.
use remote_services_snmp::crypto::{AuthProtocol, rustcrypto};

use crate::forge::{Forged, Said, ask, hex, key};

/// R21.
#[test]
fn rfc7860_4_1_codes_have_16_24_32_and_48_octets() {
    let lengths = [
        (AuthProtocol::HmacSha224, 16),
        (AuthProtocol::HmacSha256, 24),
        (AuthProtocol::HmacSha384, 32),
        (AuthProtocol::HmacSha512, 48),
    ];
    for (protocol, len) in lengths {
        let forged = Forged::plain(protocol);
        assert_eq!(forged.code().len(), len);
        assert_eq!(ask(&forged, &forged.signed()), Said::Answer, "{protocol}");
    }
}

/// R21. RFC 4231 §4.2, truncated.
#[test]
fn rfc7860_4_2_the_code_is_the_first_octets_of_the_hmac() {
    let cases = [
        (AuthProtocol::HmacSha224, "896fb1128abbdf196832107cd49df33f"),
        (AuthProtocol::HmacSha256, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da7"),
        (AuthProtocol::HmacSha384, "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"),
        (
            AuthProtocol::HmacSha512,
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4",
        ),
    ];
    for (protocol, expected) in cases {
        // HMAC fills the key of 20 octets with zeros to the block, so that a longer one with zeros is the same.
        let mut octets = vec![0x0b; 20];
        octets.resize(protocol.key_len(), 0);
        let key = rustcrypto().auth(protocol).unwrap().key(&key(&octets)).unwrap();
        assert!(key.mac(&[b"Hi ", b"There"]).unwrap().matches(&hex(expected)), "{protocol}");
    }
}
