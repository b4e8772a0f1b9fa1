//! Published keys, authentication codes and ciphertexts of the user-based security model, collected from RFC 3414,
//! RFC 3826 and the tests of other implementations. Algorithms that we do not offer are passed over.
use std::fs;

use remote_services_interop::shared;
use remote_services_snmp::crypto::{AuthAlgorithm, AuthProtocol, KeyMaterial, PrivProtocol, rustcrypto};

/// The cells of one line, each with the name of its column.
type Row = Vec<(String, String)>;

#[test]
fn passwords_become_the_published_keys() {
    let Some(rows) = rows("data/usm/keys.tsv") else { return };
    let mut checked = 0;
    for row in &rows {
        let (kind, hash) = column(row, "algorithm").split_once('-').expect("kind and hash");
        let Some(algorithm) = auth(hash) else { continue };
        let password = column(row, "password").as_bytes();
        let key = match kind {
            "Ku" => algorithm.password_to_key(password).unwrap(),
            "Kul" => {
                let master = algorithm.password_to_key(password).unwrap();
                algorithm.localize(&master, &hex(column(row, "engineID_hex"))).unwrap()
            }
            _ => continue,
        };
        assert_eq!(key.expose(), hex(column(row, "expected_key_hex")), "{}", column(row, "source"));
        checked += 1;
    }
    assert!(checked >= 20, "only {checked} of {} rows", rows.len());
}

#[test]
fn messages_get_the_published_authentication_codes() {
    let Some(rows) = rows("data/usm/macs.tsv") else { return };
    let mut checked = 0;
    for row in &rows {
        let mut words = column(row, "algorithm").split('-').skip(1);
        let Some(algorithm) = words.next().and_then(auth) else { continue };
        let mut key = hex(column(row, "key_hex"));
        // Localised keys have the length of the hash. HMAC fills shorter keys with zeros, so this changes nothing.
        key.resize(algorithm.protocol().key_len(), 0);
        let key = KeyMaterial::new(&key).unwrap();
        let mac = algorithm.key(&key).unwrap().mac(&[&hex(column(row, "message_hex"))]).unwrap();
        let expected = hex(column(row, "expected_mac_hex"));
        assert!(mac.matches(&expected), "{}: {:02x?}", column(row, "source"), mac.as_slice());
        checked += 1;
    }
    assert!(checked >= 4, "only {checked} of {} rows", rows.len());
}

#[test]
fn plaintexts_and_ciphertexts_are_the_published_ones_both_ways() {
    let Some(rows) = rows("data/usm/ciphers.tsv") else { return };
    let provider = rustcrypto();
    let aes = provider.privacy(PrivProtocol::Aes128).unwrap();
    let mut checked = 0;
    for row in rows.iter().filter(|row| column(row, "algorithm").starts_with("AES128")) {
        let key = aes.key(&KeyMaterial::new(&hex(column(row, "localized_priv_key_hex"))).unwrap()).unwrap();
        let boots = column(row, "boots").parse().unwrap();
        let time = column(row, "time").parse().unwrap();
        let salt = hex(column(row, "privParams_hex")).try_into().unwrap();
        let (plain, sealed) = (hex(column(row, "plaintext_hex")), hex(column(row, "ciphertext_hex")));
        let mut data = plain.clone();
        key.encrypt(boots, time, salt, &mut data).unwrap();
        assert_eq!(data, sealed, "{}", column(row, "source"));
        key.decrypt(boots, time, salt, &mut data).unwrap();
        assert_eq!(data, plain, "{}", column(row, "source"));
        checked += 1;
    }
    assert!(checked >= 4, "only {checked} of {} rows", rows.len());
}

fn auth(hash: &str) -> Option<&'static dyn AuthAlgorithm> {
    let protocol = match hash {
        "sha1" => AuthProtocol::HmacSha1,
        "sha256" => AuthProtocol::HmacSha256,
        _ => return None,
    };
    Some(rustcrypto().auth(protocol).expect("the default provider offers it"))
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
