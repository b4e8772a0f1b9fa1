//! Appendix A.3 and A.5: the RFC's own vectors.
use remote_services_snmp::crypto::{AuthProtocol, rustcrypto};

use crate::forge::{engine, hex};

fn check(protocol: AuthProtocol, password: &[u8], master: Option<&str>, localized: &str) {
    let algorithm = rustcrypto().auth(protocol).unwrap();
    let ku = algorithm.password_to_key(password).unwrap();
    if let Some(master) = master {
        assert_eq!(ku.expose(), hex(master));
    }
    assert_eq!(algorithm.localize(&ku, engine().as_slice()).unwrap().expose(), hex(localized));
}

/// R34.
#[cfg(feature = "legacy")]
#[test]
fn rfc3414_a_3_1_password_to_key_with_md5() {
    let (master, localized) = ("9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b");
    check(AuthProtocol::HmacMd5, b"maplesyrup", Some(master), localized);
    check(AuthProtocol::HmacMd5, b"newsyrup", None, "87021d7bd9d101ba05ea6e3bf9d9bd4a");
}

/// R34.
#[test]
fn rfc3414_a_3_2_password_to_key_with_sha() {
    let (master, localized) =
        ("9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f");
    check(AuthProtocol::HmacSha1, b"maplesyrup", Some(master), localized);
    check(AuthProtocol::HmacSha1, b"newsyrup", None, "78e2dcce79d59403b58c1bbaa5bff46391f1cd25");
}
