//! §6.3 and §7.3: the digest authentication protocols.
use remote_services_snmp::crypto::AuthProtocol;
use remote_services_snmp::usm::UsmStat;

use crate::forge::{Forged, Said, ask};

fn offered() -> impl Iterator<Item = AuthProtocol> {
    let offered = |it: &AuthProtocol| cfg!(feature = "legacy") || *it != AuthProtocol::HmacMd5;
    AuthProtocol::ALL.into_iter().filter(offered)
}

/// R20. CVE-2008-0960: the length is never the sender's to choose.
#[test]
fn rfc3414_6_3_2_1_no_length_but_the_right_one_passes() {
    for protocol in offered() {
        for len in 0..=64 {
            let mut forged = Forged::plain(protocol);
            forged.authentication = vec![0; len];
            // As a sender would sign who takes the length of the field for that of the code.
            let octets = if len == protocol.mac_len() { forged.signed() } else { forged.written().0 };
            let expected = match len == protocol.mac_len() {
                true => Said::Answer,
                false => Said::Report(UsmStat::WrongDigests, 1),
            };
            assert_eq!(ask(&forged, &octets), expected, "{protocol}, {len} octets");
        }
    }
}

/// R20. Each right prefix is as wrong as any other octets.
#[test]
fn rfc3414_6_3_2_1_a_right_prefix_of_the_code_does_not_pass() {
    for protocol in offered() {
        for len in 0..protocol.mac_len() {
            // The code over a message whose field has `len` octets is known to whoever knows the key only; the
            // strongest forgery is the prefix of the full one.
            let mut forged = Forged::plain(protocol);
            forged.authentication = forged.code()[..len].to_vec();
            let (octets, _) = forged.written();
            assert_eq!(ask(&forged, &octets), Said::Report(UsmStat::WrongDigests, 1), "{protocol}, {len}");
        }
    }
}

/// R23.
#[test]
fn rfc3414_6_3_2_3_the_code_covers_the_octets_as_they_came() {
    let mut forged = Forged::plain(AuthProtocol::HmacSha1);
    let short = forged.signed();
    forged.long_length = true;
    let long = forged.signed();
    assert_ne!(short, long);
    assert_eq!(ask(&forged, &long), Said::Answer, "signed over the longer form of the length");
    let (mut crossed, at) = forged.written();
    let code = Forged::plain(AuthProtocol::HmacSha1).code();
    crossed[at..at + code.len()].copy_from_slice(&code);
    assert_eq!(ask(&forged, &crossed), Said::Report(UsmStat::WrongDigests, 1), "signed over the shorter one");
}
