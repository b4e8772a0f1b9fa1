//! Until when a certificate is not renewed, over starts.
//!
//! ```text
//! DATA/state/renewal-rest.json     the certificate that rests, since when, and for how long
//! ```
//!
//! A certificate that was issued just now is not renewed, even if by its dates it is due again; within one process the client minds that
//! by a clock that nobody sets. Without this file each start would ask for another one, as often as somebody starts the agent.
//!
//! The time is that by which a certificate is due or not. Where a clock was set back since, or the file is damaged or gone, nothing rests: at
//! worst a certificate is renewed once too often.

use crate::home::Home;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use remote_services_transport::enrol::Identity;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io;
use std::time::Duration;

#[derive(Serialize, Deserialize)]
struct Rest {
    /// SHA-256 of the certificate.
    certificate: String,
    since: Timestamp,
    seconds: u64,
}

/// Keeps for how long this identity's certificate rests. A disk that does not take it is told of, and keeps nothing from going on.
pub(crate) fn keep(home: &Home, own: &Identity, since: Timestamp, rest: Duration) {
    if rest.is_zero() {
        return;
    }
    // A part of a second counts as one.
    let seconds = rest.as_secs().saturating_add(u64::from(rest.subsec_nanos() > 0));
    let rest = Rest { certificate: fingerprint(own), since, seconds };
    let path = home.state(FILE);
    let kept = serde_json::to_vec(&rest).map_err(io::Error::from);
    if let Err(error) = kept.and_then(|octets| durable::replace(&path, &octets)) {
        tell!("cannot keep {}: {error}", path.display());
    }
}

/// Whether it rests at this moment.
pub(crate) fn rests(home: &Home, own: &Identity, moment: Timestamp) -> bool {
    let Ok(octets) = std::fs::read(home.state(FILE)) else { return false };
    let Ok(Rest { certificate, since, seconds }) = serde_json::from_slice(&octets) else { return false };
    // Whatever stands there, the server may be asked once a day.
    let until = since.plus(Duration::from_secs(seconds).min(LONGEST));
    certificate == fingerprint(own) && (since..until).contains(&moment)
}

fn fingerprint(own: &Identity) -> String {
    hex::encode(&Sha256::digest(own.chain.first().map_or(&[][..], Vec::as_slice)))
}

const FILE: &str = "renewal-rest.json";
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
