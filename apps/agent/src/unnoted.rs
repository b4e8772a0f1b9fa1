//! What the audit log is to say of a new certificate, until it is there: an agent may be killed in between.
//!
//! ```text
//! DATA/identity/unnoted.json     there from before the certificate counts until the entry is written
//! ```
//!
//! Killed right after the entry is written, the next one writes it once more: twice, and never not at all.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::survey::now;
use crate::trail::Trail;
use remote_services_core::hex;
use remote_services_transport::durable;
use remote_services_transport::enrol::Identity;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io;

#[derive(Serialize, Deserialize)]
struct Unnoted {
    /// SHA-256 of the certificate.
    certificate: String,
    event: String,
    text: String,
}

/// Keeps what is to be noted once this identity counts.
///
/// # Errors
/// As the disk says; the identity must stay what it is then.
pub(crate) fn keep(home: &Home, next: &Identity, event: &str, text: &str) -> Result<(), Failure> {
    let unnoted = Unnoted { certificate: fingerprint(next), event: event.to_owned(), text: text.to_owned() };
    let path = home.identity(FILE);
    serde_json::to_vec(&unnoted)
        .map_err(io::Error::from)
        .and_then(|octets| durable::replace(&path, &octets))
        .context(format_args!("cannot keep {}", path.display()))
}

/// Notes what was kept, if it is of the identity that counts now.
///
/// # Errors
/// When the audit log or the disk fails; it is noted the next time then.
pub(crate) fn note(home: &Home, identity: &Identity, audit: &Trail) -> Result<(), Failure> {
    let path = home.identity(FILE);
    let octets = match std::fs::read(&path) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context(path.display()),
    };
    let unnoted: Unnoted = serde_json::from_slice(&octets).map_err(|error| {
        Failure::failed(format_args!(
            "{} is damaged: {error}. It says what the audit log has yet to say of a new certificate: bring \
             it back from a backup, or remove it",
            path.display()
        ))
    })?;
    if unnoted.certificate == fingerprint(identity) {
        let client = identity.client.to_string();
        audit.append(now(), &unnoted.event, &client, &unnoted.text).context("audit log")?;
    }
    std::fs::remove_file(&path).context(path.display())
}

fn fingerprint(identity: &Identity) -> String {
    hex::encode(&Sha256::digest(identity.chain.first().map_or(&[][..], Vec::as_slice)))
}

const FILE: &str = "unnoted.json";
