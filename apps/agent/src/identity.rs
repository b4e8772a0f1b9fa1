//! The agent's identity on the disk: certificate chain, private key, trust anchors, and the server they are for.

use crate::failure::{Context, Failure};
use crate::home::Home;
use remote_services_transport::client::blocking::new_key;
use remote_services_transport::durable;
use remote_services_transport::enrol::{ClientKey, Identity};
use remote_services_transport::pem::{key_from_pem, key_to_pem};
use remote_services_transport::registration_key::ServerUrl;
use std::path::Path;
use zeroize::Zeroizing;

/// Whether an identity is there.
#[must_use]
pub fn exists(home: &Home) -> bool {
    home.identity(SERVER).exists()
}

/// The key to register with: the one of an earlier try, so that an answer that was lost can be asked for again, or
/// a new one, kept before it is used.
///
/// # Errors
/// When the key cannot be made, kept or read.
pub fn registration_key(home: &Home) -> Result<ClientKey, Failure> {
    let path = home.identity(KEY);
    if path.exists() {
        return key_from_pem(&Zeroizing::new(text(&path)?)).context(path.display());
    }
    let key = new_key().context("cannot make a key")?;
    if let Some(pem) = key_to_pem(&key) {
        write(&path, pem.as_bytes())?;
    }
    Ok(key)
}

/// Keeps an identity. The file with the server's URL comes last: without it there is no identity.
///
/// # Errors
/// When a file cannot be written.
pub fn save(home: &Home, server: &ServerUrl, identity: &Identity) -> Result<(), Failure> {
    if let Some(pem) = identity.key_pem() {
        write(&home.identity(KEY), pem.as_bytes())?;
    }
    write(&home.identity(CHAIN), identity.chain_pem().as_bytes())?;
    write(&home.identity(ANCHORS), identity.anchors_pem().as_bytes())?;
    write(&home.identity(SERVER), server.to_string().as_bytes())
}

/// Reads the identity.
///
/// # Errors
/// A sentence with the file that cannot be used.
pub fn load(home: &Home) -> Result<(ServerUrl, Identity), Failure> {
    if !exists(home) {
        return Err(Failure::usage(format_args!(
            "{} holds no identity: register this agent first (remote-services-agent register --help)",
            home.root().display()
        )));
    }
    let server = text(&home.identity(SERVER))?.trim().parse().context(home.identity(SERVER).display())?;
    let (chain, anchors) = (text(&home.identity(CHAIN))?, text(&home.identity(ANCHORS))?);
    let key = Zeroizing::new(text(&home.identity(KEY))?);
    let folder = home.identity("");
    Ok((server, Identity::from_pem(&chain, &key, &anchors).context(folder.display())?))
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).context(path.display())
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    durable::replace(path, content).context(format_args!("cannot keep the identity in {}", path.display()))
}

const KEY: &str = "client.key.pem";
const CHAIN: &str = "client.pem";
const ANCHORS: &str = "anchors.pem";
const SERVER: &str = "server-url";
