//! Secrets, in every form in which somebody might have written one.
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::usm::{EngineId, KeyCache, LocalizedKeys, User};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

use crate::world::{AUTH, PRIVACY, USER};

/// What must not be found: a name and a form, both as text; octets stand as the characters of the same number.
#[derive(Default)]
pub(crate) struct Planted {
    forms: Vec<(String, String)>,
}

impl Planted {
    /// A secret that is text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.octets(name, text.as_bytes());
    }

    /// A secret in octets: as they are, in hexadecimal, in base64, and as Rust's `Debug` shows octets and text.
    pub(crate) fn octets(&mut self, name: &str, octets: &[u8]) {
        assert!(octets.len() >= 8, "{name} is so short that it is found everywhere");
        let hex = hex(octets);
        let debug = format!("{octets:?}");
        for (form, text) in [
            ("as it is", latin(octets)),
            ("in small hexadecimal", hex.clone()),
            ("in capital hexadecimal", hex.to_uppercase()),
            ("in base64", base64(octets).trim_end_matches('=').to_owned()),
            ("octet by octet", debug.trim_matches(['[', ']']).to_owned()),
            ("escaped", octets.escape_ascii().to_string()),
        ] {
            self.forms.push((format!("{name} {form}"), text));
        }
    }

    /// The one-time part of a registration key, with and without its hyphens.
    pub(crate) fn registration_key(&mut self, text: &str) {
        let key = text.split(['#', '.']).rev().nth(1).unwrap();
        assert!(key.len() >= 30, "{text} has another form");
        self.text("the one-time key", key);
        self.text("the one-time key", &key.replace('-', ""));
        self.text("the registration key", text.trim());
    }

    /// The master and localised keys of [`USER`] for an engine.
    pub(crate) fn keys_of_user(&mut self, engine: EngineId) -> LocalizedKeys {
        let provider = rustcrypto();
        let sha = provider.auth(AuthProtocol::HmacSha256).unwrap();
        for (name, password) in [("master authentication key", AUTH), ("master privacy key", PRIVACY)] {
            let master = sha.password_to_key(password.as_bytes()).unwrap();
            self.octets(&format!("the {name}"), master.expose());
        }
        let auth = Some((AuthProtocol::HmacSha256, AUTH.as_bytes()));
        let privacy = Some((PrivProtocol::Aes128, PRIVACY.as_bytes()));
        let user = User::new(&provider, &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
        let keys = user.export_localized_keys(&provider, engine).unwrap();
        self.octets("the localised authentication key", keys.auth().unwrap().1.expose());
        self.octets("the localised privacy key", keys.privacy().unwrap().1.expose());
        keys
    }

    /// A private key for P-256 in PEM: the number itself, and the first line of the base64.
    pub(crate) fn pem(&mut self, name: &str, pem: &str) {
        self.text(&format!("a line of {name}"), pem.lines().nth(2).unwrap());
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        // ECPrivateKey (RFC 5915): version 1, then an OCTET STRING of 32.
        let before = [0x02, 0x01, 0x01, 0x04, 0x20];
        let der = key.secret_der();
        let at = der.windows(before.len()).position(|window| window == before).unwrap() + before.len();
        self.octets(&format!("the number of {name}"), &der[at..at + 32]);
    }

    /// Which secrets are in there, and in which form.
    pub(crate) fn found_in(&self, place: &[u8]) -> Vec<&str> {
        let place = latin(place);
        let found = self.forms.iter().filter(|(_, form)| place.contains(form.as_str()));
        found.map(|(name, _)| name.as_str()).collect()
    }

    /// Nothing of the secrets may be in there.
    pub(crate) fn hide(&self, what: &str, place: &[u8]) {
        let found = self.found_in(place);
        assert!(found.is_empty(), "in {what}: {found:?}");
    }

    /// Nothing may be in the files of a folder, but for those that end with one of `vaults`. Names count too.
    pub(crate) fn hide_folder(&self, folder: &Path, vaults: &[&str]) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.to_string_lossy().into_owned();
            self.hide(&name, name.as_bytes());
            if path.is_dir() {
                self.hide_folder(&path, vaults);
            } else if !vaults.iter().any(|vault| name.ends_with(vault)) {
                self.hide(&name, &fs::read(&path).unwrap());
            }
        }
    }
}

fn latin(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}

/// Two digits an octet.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Base64 (RFC 4648 §4).
pub(crate) fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        let digit = |at: usize| {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize % 64];
            if at <= three.len() { char::from(digit) } else { '=' }
        };
        (0..4).map(digit).collect::<String>()
    };
    octets.chunks(3).map(group).collect()
}
