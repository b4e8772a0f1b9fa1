//! Published keys, authentication codes and ciphertexts of the user-based security model, collected from RFC 3414,
//! RFC 3826 and the tests of other implementations, run through every back-end that is compiled in.
use std::fs;

use remote_services_interop::shared;
use remote_services_snmp::crypto::{
    AuthProtocol, CryptoProvider, KeyExtension, KeyMaterial, PrivProtocol, privacy_key, rustcrypto,
};

/// The cells of one line, each with the name of its column.
type Row = Vec<(String, String)>;

#[test]
fn passwords_become_the_published_keys() {
    let Some(rows) = rows("data/usm/keys.tsv") else { return };
    for provider in providers() {
        let mut checked = 0;
        for row in &rows {
            let source = column(row, "source");
            let (kind, hash) = column(row, "algorithm").rsplit_once('-').expect("kind and hash");
            let Some(algorithm) = auth(hash).and_then(|auth| provider.auth(auth).ok()) else { continue };
            let master = algorithm.password_to_key(column(row, "password").as_bytes()).unwrap();
            let engine_id = hex(column(row, "engineID_hex"));
            let expected = hex(column(row, "expected_key_hex"));
            let key = match kind {
                "Ku" => master,
                "Kul" => algorithm.localize(&master, &engine_id).unwrap(),
                // The vectors name a length; the cipher that wants it, or the longest that is not shorter.
                _ => privacy_key(algorithm, &master, &engine_id, cipher(kind)).unwrap(),
            };
            let len = key.expose().len().min(expected.len());
            assert_eq!(key.expose()[..len], expected[..len], "{kind}: {source}");
            assert!(kind == "320bit-Reeder" || len == expected.len(), "{kind}: {source}");
            checked += 1;
        }
        assert!(checked >= 30, "{}: only {checked} of {} rows", provider.name, rows.len());
        if offers_all(&provider) {
            assert_eq!(checked, rows.len(), "{}", provider.name);
        }
    }
}

#[test]
fn messages_get_the_published_authentication_codes() {
    let Some(rows) = rows("data/usm/macs.tsv") else { return };
    for provider in providers() {
        let mut checked = 0;
        for row in &rows {
            let hash = column(row, "algorithm").split('-').nth(1).expect("HMAC-hash-bits");
            let Some(algorithm) = auth(hash).and_then(|auth| provider.auth(auth).ok()) else { continue };
            let mut key = hex(column(row, "key_hex"));
            // Localised keys have the length of the hash. HMAC fills shorter keys with zeros, so this changes nothing.
            key.resize(algorithm.protocol().key_len(), 0);
            let key = KeyMaterial::new(&key).unwrap();
            let mac = algorithm.key(&key).unwrap().mac(&[&hex(column(row, "message_hex"))]).unwrap();
            let expected = hex(column(row, "expected_mac_hex"));
            assert!(mac.matches(&expected), "{}: {:02x?}", column(row, "source"), mac.as_slice());
            checked += 1;
        }
        assert!(checked >= 12, "{}: only {checked} of {} rows", provider.name, rows.len());
        if offers_all(&provider) {
            assert_eq!(checked, rows.len(), "{}", provider.name);
        }
    }
}

#[test]
fn plaintexts_and_ciphertexts_are_the_published_ones_both_ways() {
    let Some(rows) = rows("data/usm/ciphers.tsv") else { return };
    for provider in providers() {
        let mut checked = 0;
        for row in &rows {
            let source = column(row, "source");
            let protocol = cipher(column(row, "algorithm"));
            let Ok(algorithm) = provider.privacy(protocol) else { continue };
            let key = KeyMaterial::new(&hex(column(row, "localized_priv_key_hex"))).unwrap();
            let key = algorithm.key(&key).unwrap();
            let boots = column(row, "boots").parse().unwrap_or(0);
            let time = column(row, "time").parse().unwrap_or(0);
            let salt = hex(column(row, "privParams_hex")).try_into().unwrap();
            let (plain, sealed) = (hex(column(row, "plaintext_hex")), hex(column(row, "ciphertext_hex")));
            let mut data = plain.clone();
            key.encrypt(boots, time, salt, &mut data).unwrap();
            assert_eq!(data, sealed, "{source}");
            key.decrypt(boots, time, salt, &mut data).unwrap();
            assert_eq!(data, plain, "{source}");
            checked += 1;
        }
        assert!(checked >= 8, "{}: only {checked} of {} rows", provider.name, rows.len());
        if offers_all(&provider) {
            assert_eq!(checked, rows.len(), "{}", provider.name);
        }
    }
}

#[test]
fn the_fips_module_says_what_it_approves() {
    #[cfg(not(feature = "fips"))]
    remote_services_interop::leave_out("needs the feature fips, which is built with cmake, go, perl and g++");
    #[cfg(feature = "fips")]
    {
        use remote_services_snmp::crypto::{Approval, CryptoError, FipsPolicy, Service, aws_lc_rs};
        let provider = aws_lc_rs().expect("the module is in FIPS mode").with_policy(FipsPolicy::Strict);
        let report = provider.report();
        assert!(report.fips_mode && report.version.contains("FIPS module"), "{report}");
        for (service, approval, allowed) in report.services {
            let hmac = matches!(service, Service::Authentication(_));
            assert_eq!((approval == Approval::Approved, allowed), (hmac, hmac), "{service}");
        }
        let refused = provider.privacy(PrivProtocol::Aes128).err();
        assert!(matches!(refused, Some(CryptoError::Refused { .. })));
    }
}

fn providers() -> Vec<CryptoProvider> {
    vec![
        rustcrypto(),
        #[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
        remote_services_snmp::crypto::aws_lc_rs().expect("the module is in order"),
    ]
}

fn offers_all(provider: &CryptoProvider) -> bool {
    provider.auth(AuthProtocol::HmacMd5).is_ok() && provider.privacy(PrivProtocol::Des).is_ok()
}

fn auth(hash: &str) -> Option<AuthProtocol> {
    Some(match hash {
        "md5" => AuthProtocol::HmacMd5,
        "sha1" => AuthProtocol::HmacSha1,
        "sha224" => AuthProtocol::HmacSha224,
        "sha256" => AuthProtocol::HmacSha256,
        "sha384" => AuthProtocol::HmacSha384,
        "sha512" => AuthProtocol::HmacSha512,
        _ => return None,
    })
}

/// The cipher whose key is meant.
fn cipher(name: &str) -> PrivProtocol {
    let extension = if name.contains("Reeder") { KeyExtension::Reeder } else { KeyExtension::Blumenthal };
    match name {
        _ if name.starts_with("DES") => PrivProtocol::Des,
        _ if name.starts_with("3DES") => PrivProtocol::TripleDes,
        _ if name.starts_with("AES128") => PrivProtocol::Aes128,
        _ if name.starts_with("AES192") || name.starts_with("192bit") => PrivProtocol::Aes192(extension),
        _ => PrivProtocol::Aes256(extension),
    }
}

fn rows(path: &str) -> Option<Vec<Row>> {
    let text = fs::read_to_string(shared(path)?).expect("it is a text");
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<String> = lines.next().expect("the first line names the columns").collect();
    Some(lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect())
}

fn column<'a>(row: &'a Row, name: &str) -> &'a str {
    row.iter().find(|(column, _)| column == name).map_or("", |(_, value)| value)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}
