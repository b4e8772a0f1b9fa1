//! Keys that were localised elsewhere, as the credentials file has them.

use crate::failure::Failure;
use remote_services_snmp::crypto::{AuthProtocol, KeyMaterial, PrivProtocol};
use remote_services_snmp::usm::{EngineId, LocalizedKeys};
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

/// One `[[credentials.keys]]` table: the keys of the user for one engine, in hexadecimal.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Keys {
    engine_id: String,
    auth_key: String,
    priv_key: Option<String>,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.auth_key.zeroize();
        self.priv_key.zeroize();
    }
}

impl Keys {
    /// # Errors
    /// Names the engine and the member that is wrong, never what a key holds.
    pub(super) fn localized(
        &self,
        auth: AuthProtocol,
        privacy: PrivProtocol,
    ) -> Result<LocalizedKeys, Failure> {
        let wrong = |what: &str, why: &dyn core::fmt::Display| {
            Failure::usage(format_args!("{what} of the keys for engine {}: {why}", self.engine_id))
        };
        let key = |what: &str, text: &str| {
            let octets = octets(text).ok_or_else(|| wrong(what, &"not hexadecimal"))?;
            KeyMaterial::new(&octets).ok_or_else(|| wrong(what, &"too long"))
        };
        let engine_id = octets(&self.engine_id).ok_or_else(|| wrong("engine-id", &"not hexadecimal"))?;
        let engine_id = EngineId::new(&engine_id).map_err(|error| wrong("engine-id", &error))?;
        let auth = (auth, key("auth-key", &self.auth_key)?);
        let privacy = match &self.priv_key {
            Some(text) => Some((privacy, key("priv-key", text)?)),
            None => None,
        };
        LocalizedKeys::new(engine_id, Some(auth), privacy).map_err(|error| wrong("length", &error))
    }
}

/// Two digits an octet, with or without `0x` in front.
fn octets(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect::<Option<_>>()
        .map(Zeroizing::new)
}
