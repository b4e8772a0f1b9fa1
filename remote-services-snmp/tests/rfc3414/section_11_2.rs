//! §11.2: defining users.
use remote_services_snmp::crypto::{AuthProtocol, rustcrypto};
use remote_services_snmp::usm::{KeyCache, User, UserError};

/// R34.
#[test]
fn rfc3414_11_2_a_password_has_at_least_eight_octets() {
    for (len, good) in [(0, false), (7, false), (8, true), (1_024, true)] {
        let auth = Some((AuthProtocol::HmacSha256, &[b'p'; 1_024][..len]));
        let made = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, None);
        assert_eq!(made.err(), (!good).then_some(UserError::PasswordTooShort(len)), "{len}");
    }
}

/// R34.
#[test]
fn rfc3414_a_2_a_password_is_repeated_to_a_mebibyte_whatever_its_length() {
    let algorithm = rustcrypto().auth(AuthProtocol::HmacSha1).unwrap();
    let whole = algorithm.password_to_key(&[b'a'; 1_048_576]).unwrap();
    for len in [8, 9, 1_000, 4_095, 4_097, 1_048_575, 1_048_577] {
        let repeated = algorithm.password_to_key(&vec![b'a'; len]).unwrap();
        assert_eq!(repeated.expose(), whole.expose(), "{len}");
        assert_eq!(algorithm.hash(&[b'a'; 1_048_576]).unwrap().expose(), whole.expose());
    }
    let odd = algorithm.password_to_key(b"maplesyrup").unwrap();
    let spelt: Vec<u8> = b"maplesyrup".iter().copied().cycle().take(1_048_576).collect();
    assert_eq!(algorithm.hash(&spelt).unwrap().expose(), odd.expose());
}
