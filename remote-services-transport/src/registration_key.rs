//! What a new client is given to introduce itself: server, trust anchor and one-time key.
//!
//! ```text
//! https://server.example:8443/#H3K2M-9QR4T-…-ZZ0A1.mP3x…Q
//!         └── server ───────┘  └ one-time key ──┘ └ SHA-256 of the trust anchor's SPKI, base64url
//! ```
//!
//! It has the form of an `https` URL with the secrets in the fragment, so that a person who opens it in a
//! browser sends them nowhere. The one-time key is 128 random bits and 20 check bits in base32
//! (Crockford's alphabet: capitals and small letters are the same, O reads as 0, I and L as 1, hyphens do not count).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq as _;
use x509_cert::der::{Decode as _, Encode as _};
use zeroize::Zeroizing;

/// Where a server is: host name or address, and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    host: String,
    port: u16,
}

/// SHA-256 over the DER of a certificate's `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpkiPin([u8; 32]);

/// A one-time registration key: 128 random bits. Never printed but by [`OneTimeKey::to_text`].
pub struct OneTimeKey(Zeroizing<[u8; 16]>);

/// All that a client needs to register. No `Debug`: it holds a secret.
pub struct RegistrationKey {
    /// The server to register with.
    pub server: ServerUrl,
    /// The trust anchor that the server must show.
    pub pin: SpkiPin,
    /// The one-time key.
    pub key: OneTimeKey,
}

/// Why a text is not a registration key. Says nothing of the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationKeyError {
    /// Not `https://HOST[:PORT]` with a usable host.
    #[error("the server must be given as https://HOST or https://HOST:PORT")]
    Server,
    /// The host ends with a full stop, as the DNS writes names that are complete; no certificate is for such a one.
    #[error("the server's name ends with a full stop, which certificates do not have: give it without")]
    FullStop,
    /// The host has letters beyond ASCII (RFC 5890).
    #[error("the server's name has letters beyond ASCII: give it as the DNS has it, each such part as xn--…")]
    NotAscii,
    /// No fragment, or a fragment without a full stop between key and pin.
    #[error("the registration key is incomplete: it has the form https://HOST:PORT/#KEY.PIN")]
    Incomplete,
    /// The one-time key has another length or other characters.
    #[error("the one-time key must have 30 letters and digits in groups of five")]
    KeyForm,
    /// The check characters differ: somebody mistyped it.
    #[error("the one-time key is mistyped: its check characters do not fit")]
    KeyCheck,
    /// The pin is not base64url of 32 octets.
    #[error("the pin of the trust anchor must be the base64url of a SHA-256")]
    Pin,
}

impl ServerUrl {
    /// A server by host and port.
    ///
    /// # Errors
    /// [`RegistrationKeyError::Server`] when the host is neither a name nor an address, or
    /// [`RegistrationKeyError::FullStop`] or [`RegistrationKeyError::NotAscii`] when that is why.
    pub fn new(host: &str, port: u16) -> Result<Self, RegistrationKeyError> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_address = bare.parse::<std::net::IpAddr>().is_ok();
        if port == 0 {
            return Err(RegistrationKeyError::Server);
        }
        if !(is_address || (host == bare && is_host_name(host))) {
            return Err(why_no_host(host));
        }
        Ok(Self { host: bare.to_ascii_lowercase(), port })
    }

    /// Host name, or address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, 443 unless said otherwise.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `HOST:PORT` with brackets around an IPv6 address, as CONNECT wants it.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority())
    }
}

impl FromStr for ServerUrl {
    type Err = RegistrationKeyError;

    fn from_str(text: &str) -> Result<Self, RegistrationKeyError> {
        let rest = text.strip_prefix("https://").ok_or(RegistrationKeyError::Server)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port_number(port)?),
            _ => (rest, 443),
        };
        Self::new(host, port)
    }
}

impl SpkiPin {
    /// The pin with these octets.
    #[must_use]
    pub fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The pin of a certificate in DER; `None` when it is not one.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let spki = certificate.tbs_certificate().subject_public_key_info().to_der().ok()?;
        Some(Self::of_public_key(&spki))
    }

    /// The pin of a public key, given as DER of its `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn of_public_key(spki: &[u8]) -> Self {
        Self(Sha256::digest(spki).into())
    }

    /// The 32 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Base64url without padding, 43 characters.
impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for SpkiPin {
    type Err = RegistrationKeyError;

    fn from_str(text: &str) -> Result<Self, RegistrationKeyError> {
        let octets = URL_SAFE_NO_PAD.decode(text).map_err(|_| RegistrationKeyError::Pin)?;
        octets.try_into().map(Self).map_err(|_| RegistrationKeyError::Pin)
    }
}

impl OneTimeKey {
    /// A key from 16 fresh random octets.
    #[must_use]
    pub fn from_random(octets: [u8; 16]) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Reads the 30 characters, hyphens and case aside, and checks them.
    ///
    /// # Errors
    /// [`RegistrationKeyError::KeyForm`] or [`RegistrationKeyError::KeyCheck`].
    pub fn from_text(text: &str) -> Result<Self, RegistrationKeyError> {
        let mut octets = Zeroizing::new([0_u8; 16]);
        let (mut pending, mut bits, mut symbols, mut filled, mut check) = (0_u32, 0, 0, 0, 0_u32);
        for character in text.bytes().filter(|byte| *byte != b'-') {
            let symbol = symbol_value(character).ok_or(RegistrationKeyError::KeyForm)?;
            match symbols {
                0..KEY_SYMBOLS => {
                    pending = pending << 5 | symbol;
                    bits += 5;
                    if bits >= 8 && filled < 16 {
                        bits -= 8;
                        octets[filled] = u8::try_from(pending >> bits & 0xFF).expect("masked to 8 bits");
                        filled += 1;
                    }
                }
                KEY_SYMBOLS..ALL_SYMBOLS => check = check << 5 | symbol,
                _ => return Err(RegistrationKeyError::KeyForm),
            }
            symbols += 1;
        }
        if symbols != ALL_SYMBOLS {
            return Err(RegistrationKeyError::KeyForm);
        }
        // 26 symbols carry 130 bits; the last two must be zero or two texts would mean one key.
        if pending & 3 != 0 || check != check_bits(&octets) {
            return Err(RegistrationKeyError::KeyCheck);
        }
        Ok(Self(octets))
    }

    /// The text to hand to the person who registers a client: six groups of five.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut number = u128::from_be_bytes(*self.0);
        let mut symbols = Zeroizing::new([0_u8; ALL_SYMBOLS]);
        let mut check = check_bits(&self.0);
        for place in symbols[KEY_SYMBOLS..].iter_mut().rev() {
            *place = ALPHABET[usize::try_from(check & 31).expect("masked to 5 bits")];
            check >>= 5;
        }
        // The last symbol holds three bits of the number and two zero bits.
        symbols[KEY_SYMBOLS - 1] = ALPHABET[usize::try_from(number & 7).expect("masked to 3 bits") << 2];
        number >>= 3;
        for place in symbols[..KEY_SYMBOLS - 1].iter_mut().rev() {
            *place = ALPHABET[usize::try_from(number & 31).expect("masked to 5 bits")];
            number >>= 5;
        }
        let mut text = Zeroizing::new(String::with_capacity(ALL_SYMBOLS + 5));
        for (at, symbol) in symbols.iter().enumerate() {
            if at > 0 && at % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// What a server keeps instead of the key: its SHA-256. 128 random bits need no slow hash.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(HASH_PREFIX).chain_update(*self.0).finalize().into()
    }

    /// Whether both are the same key, in constant time.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }

    /// The value of the `Authorization` field for `simpleenroll`: HTTP Basic with the key as password.
    #[must_use]
    pub fn to_basic(&self) -> Zeroizing<String> {
        let text = self.to_text();
        let pair = Zeroizing::new(format!("{BASIC_USER}:{}", *text));
        Zeroizing::new(format!("Basic {}", *Zeroizing::new(STANDARD.encode(pair.as_bytes()))))
    }

    /// Reads the `Authorization` field of `simpleenroll`; the user name is of no consequence.
    ///
    /// # Errors
    /// [`RegistrationKeyError`] when it is not HTTP Basic, or the password is no key.
    pub fn from_basic(field: &str) -> Result<Self, RegistrationKeyError> {
        let (scheme, credentials) = field.split_once(' ').ok_or(RegistrationKeyError::Incomplete)?;
        if !scheme.eq_ignore_ascii_case("basic") || credentials.len() > 256 {
            return Err(RegistrationKeyError::Incomplete);
        }
        let pair = STANDARD.decode(credentials.trim_matches(' ')).map(Zeroizing::new);
        let pair = pair.map_err(|_| RegistrationKeyError::Incomplete)?;
        let pair = std::str::from_utf8(&pair).map_err(|_| RegistrationKeyError::Incomplete)?;
        let (_, password) = pair.split_once(':').ok_or(RegistrationKeyError::Incomplete)?;
        Self::from_text(password)
    }
}

impl RegistrationKey {
    /// Reads the whole text; a mark of the order of octets before it, as some editors write it, does not count.
    ///
    /// # Errors
    /// See [`RegistrationKeyError`].
    pub fn from_text(text: &str) -> Result<Self, RegistrationKeyError> {
        let (server, secrets) = text
            .trim_start_matches(BYTE_ORDER_MARK)
            .trim()
            .split_once('#')
            .ok_or(RegistrationKeyError::Incomplete)?;
        let (key, pin) = secrets.split_once('.').ok_or(RegistrationKeyError::Incomplete)?;
        Ok(Self { server: server.parse()?, pin: pin.parse()?, key: OneTimeKey::from_text(key)? })
    }

    /// The whole text, to hand to the person who registers a client.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}/#{}.{}", self.server, *self.key.to_text(), self.pin))
    }
}

/// User name that goes with the key in HTTP Basic; servers ignore it.
pub const BASIC_USER: &str = "registration-key";

const BYTE_ORDER_MARK: char = '\u{FEFF}';
const KEY_SYMBOLS: usize = 26;
const ALL_SYMBOLS: usize = 30;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HASH_PREFIX: &[u8] = b"remote-services registration key\0";
const CHECK_PREFIX: &[u8] = b"remote-services check characters\0";

fn check_bits(key: &[u8; 16]) -> u32 {
    let digest = Sha256::new().chain_update(CHECK_PREFIX).chain_update(key).finalize();
    u32::from_be_bytes([0, digest[0], digest[1], digest[2]]) >> 4
}

fn symbol_value(character: u8) -> Option<u32> {
    let character = match character.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|symbol| *symbol == character).and_then(|at| u32::try_from(at).ok())
}

/// LDH labels with dots (RFC 1123 §2.1), also underscores, which local names have.
fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

fn why_no_host(host: &str) -> RegistrationKeyError {
    if host.strip_suffix('.').is_some_and(is_host_name) {
        RegistrationKeyError::FullStop
    } else if host.is_ascii() {
        RegistrationKeyError::Server
    } else {
        RegistrationKeyError::NotAscii
    }
}

fn port_number(text: &str) -> Result<u16, RegistrationKeyError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RegistrationKeyError::Server);
    }
    text.parse().map_err(|_| RegistrationKeyError::Server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> Result<[u8; 16], RegistrationKeyError> {
        OneTimeKey::from_text(text).map(|key| *key.0)
    }

    #[test]
    fn one_wrong_or_swapped_character_is_noticed() {
        let text = OneTimeKey::from_random(*b"0123456789abcdef").to_text();
        for at in 0..text.len() {
            for symbol in ALPHABET {
                let mut bent = text.as_bytes().to_vec();
                if bent[at] != b'-' && bent[at] != *symbol {
                    bent[at] = *symbol;
                    assert!(key(std::str::from_utf8(&bent).unwrap()).is_err(), "character {at}");
                }
            }
            let mut swapped = text.replace('-', "").into_bytes();
            if at + 1 < swapped.len() && swapped[at] != swapped[at + 1] {
                swapped.swap(at, at + 1);
                assert!(key(std::str::from_utf8(&swapped).unwrap()).is_err(), "swapped {at}");
            }
        }
    }

    #[test]
    fn what_people_type_is_understood() {
        let text = OneTimeKey::from_random([0x21; 16]).to_text();
        let typed = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', "");
        assert_eq!(key(&typed), Ok([0x21; 16]));
        assert_eq!(key("U"), Err(RegistrationKeyError::KeyForm));
        assert_eq!(key(&format!("{}0", *text)), Err(RegistrationKeyError::KeyForm));
        assert_eq!(key(""), Err(RegistrationKeyError::KeyForm));
    }

    #[test]
    fn the_whole_text_reads_back() {
        let text = RegistrationKey {
            server: ServerUrl::new("server.example", 8443).unwrap(),
            pin: SpkiPin::from_bytes([7; 32]),
            key: OneTimeKey::from_random([9; 16]),
        }
        .to_text();
        assert!(text.starts_with("https://server.example:8443/#"));
        let read = RegistrationKey::from_text(&text).unwrap();
        assert_eq!(read.server.authority(), "server.example:8443");
        assert_eq!(read.pin, SpkiPin::from_bytes([7; 32]));
        assert!(read.key.equals(&OneTimeKey::from_random([9; 16])));
        assert!(RegistrationKey::from_text("https://server.example/").is_err());
        assert!(RegistrationKey::from_text(&text.replace("https", "http")).is_err());
    }

    #[test]
    fn servers_are_names_or_addresses_and_nothing_else() {
        for (text, authority) in [
            ("https://a.test", "a.test:443"),
            ("https://A.Test:8443/", "a.test:8443"),
            ("https://127.0.0.1:1", "127.0.0.1:1"),
            ("https://[::1]:8443", "[::1]:8443"),
            ("https://[2001:db8::1]", "[2001:db8::1]:443"),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().authority(), authority);
        }
        for text in
            ["a.test", "https://", "https://a.test:0", "https://a.test:70000", "https://a b", "https://a\r\n"]
        {
            assert_eq!(text.parse::<ServerUrl>(), Err(RegistrationKeyError::Server), "{text:?}");
        }
        for (text, why) in [
            ("https://a.test.", RegistrationKeyError::FullStop),
            ("https://a.test.:8443/", RegistrationKeyError::FullStop),
            ("https://a.test..", RegistrationKeyError::Server),
            ("https://.", RegistrationKeyError::Server),
            ("https://b\u{fc}ro.test", RegistrationKeyError::NotAscii),
        ] {
            assert_eq!(text.parse::<ServerUrl>(), Err(why), "{text:?}");
        }
        assert!("https://user@a.test".parse::<ServerUrl>().is_err());
        assert!("https://[a.test]".parse::<ServerUrl>().is_err());
        assert!("https://a.test:+1".parse::<ServerUrl>().is_err());
    }

    #[test]
    fn basic_credentials_carry_the_key() {
        let key = OneTimeKey::from_random([3; 16]);
        let field = key.to_basic();
        assert!(OneTimeKey::from_basic(&field).unwrap().equals(&key));
        assert!(OneTimeKey::from_basic("Bearer x").is_err());
        assert!(OneTimeKey::from_basic("Basic !!").is_err());
        assert!(OneTimeKey::from_basic("").is_err());
    }

    #[test]
    fn a_pin_is_that_of_the_public_key_alone() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certify = |name: &str| {
            rcgen::CertificateParams::new(vec![name.into()])
                .unwrap()
                .self_signed(&key)
                .unwrap()
                .der()
                .to_vec()
        };
        let pin = SpkiPin::of_certificate(&certify("a.test")).unwrap();
        assert_eq!(SpkiPin::of_certificate(&certify("b.test")), Some(pin));
        let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
        assert_eq!(pin, SpkiPin::from_bytes(Sha256::digest(spki).into()));
        assert_eq!(SpkiPin::of_certificate(b"x"), None);
    }

    proptest! {
        #[test]
        fn every_key_reads_back(octets: [u8; 16]) {
            prop_assert_eq!(key(&OneTimeKey::from_random(octets).to_text()), Ok(octets));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = RegistrationKey::from_text(&text);
            let _ = OneTimeKey::from_basic(&text);
        }
    }
}
