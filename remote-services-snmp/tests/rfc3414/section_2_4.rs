//! §2.4: the security parameters.
use remote_services_snmp::crypto::{AuthProtocol, rustcrypto};
use remote_services_snmp::engine::{ApiMisuse, Credentials, Manager, ManagerConfig, PeerOptions};
use remote_services_snmp::usm::{KeyCache, User, UserError};

use crate::forge::{Forged, Said, ask};

/// R36.
#[test]
fn rfc3414_2_4_a_user_name_has_at_most_32_octets() {
    for (len, good) in [(0, true), (1, true), (32, true), (33, false)] {
        let made = User::new(&rustcrypto(), &mut KeyCache::new(), &[b'u'; 33][..len], None, None);
        assert_eq!(made.err(), (!good).then_some(UserError::NameTooLong(33)), "{len}");
    }
    let mut forged = Forged::plain(AuthProtocol::HmacSha256);
    forged.user_name = vec![b'u'; 32];
    assert!(matches!(ask(&forged, &forged.signed()), Said::Report(..)), "an unknown user is told so");
    forged.user_name.push(b'u');
    assert_eq!(ask(&forged, &forged.signed()), Said::Nothing, "malformed");
}

/// R36.
#[test]
fn rfc3414_2_4_a_context_name_has_at_most_255_octets() {
    for (len, good) in [(0, true), (255, true), (256, false)] {
        let credentials = Credentials::V3 {
            user: "operator".into(),
            auth: None,
            privacy: None,
            context_name: "c".repeat(len),
        };
        let mut seed = 1;
        let random = move || {
            seed += 1;
            seed
        };
        let mut manager = Manager::new(ManagerConfig::default(), rustcrypto(), random).unwrap();
        let address = "192.0.2.9:161".parse().unwrap();
        let added = manager.add_peer(address, std::sync::Arc::new(credentials), PeerOptions::default());
        assert_eq!(added.err(), (!good).then_some(ApiMisuse::NameLength), "{len}");
    }
}
