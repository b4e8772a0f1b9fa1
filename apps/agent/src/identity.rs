//! The agent's identity on the disk: certificate chain, private key, trust anchors, and the server they are for.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::settings::Settings;
use remote_services_transport::client::blocking::new_key;
use remote_services_transport::durable;
use remote_services_transport::enrol::{ClientKey, Identity, client_name};
use remote_services_transport::pem::{certificates, key_from_pem, key_to_pem};
use remote_services_transport::registration_key::ServerUrl;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Whether an identity is there.
#[must_use]
pub fn exists(home: &Home) -> bool {
    home.identity(SERVER).exists()
}

/// The key to register with: that of the token where the settings name one, otherwise the one of an earlier try, so that an answer that was lost can be asked for again, or
/// a new one, kept before it is used.
///
/// # Errors
/// When the key cannot be made, kept or read.
pub fn registration_key(home: &Home, settings: &Settings) -> Result<ClientKey, Failure> {
    #[cfg(feature = "pkcs11")]
    if let Some(key) = settings.tls.key(true)? {
        return Ok(key);
    }
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
pub fn load(home: &Home, settings: &Settings) -> Result<(ServerUrl, Identity), Failure> {
    let Registered { server, .. } = registered(home)?;
    let (chain, anchors) = (text(&home.identity(CHAIN))?, text(&home.identity(ANCHORS))?);
    let folder = home.identity("");
    let key = match token_key(settings)? {
        Some(key) => key,
        None => {
            let path = home.identity(KEY);
            key_from_pem(&Zeroizing::new(text(&path)?)).context(path.display())?
        }
    };
    Ok((server, Identity::with_key(&chain, key, &anchors).context(folder.display())?))
}

/// What of an identity is no secret.
pub struct Registered {
    /// The server that it is for.
    pub server: ServerUrl,
    /// The client's name.
    pub client: Uuid,
    /// The client's certificate, in DER.
    pub certificate: Vec<u8>,
}

/// Reads what of the identity is no secret; no key is touched.
///
/// # Errors
/// A sentence with the file that cannot be used.
pub fn registered(home: &Home) -> Result<Registered, Failure> {
    if !exists(home) {
        return Err(Failure::usage(format_args!(
            "{} holds no identity: register this agent first (remote-services-agent register --help)",
            home.root().display()
        )));
    }
    let server = text(&home.identity(SERVER))?.trim().parse().context(home.identity(SERVER).display())?;
    let path = home.identity(CHAIN);
    let unusable = || Failure::failed(format_args!("{}: no certificate of a client", path.display()));
    let certificate = certificates(&text(&path)?).map(|mut chain| chain.swap_remove(0));
    let certificate = certificate.ok_or_else(unusable)?;
    let client = client_name(&certificate).ok_or_else(unusable)?;
    Ok(Registered { server, client, certificate })
}

/// The key, if the settings say that a token holds it.
#[cfg(feature = "pkcs11")]
fn token_key(settings: &Settings) -> Result<Option<ClientKey>, Failure> {
    settings.tls.key(false)
}

#[cfg(not(feature = "pkcs11"))]
#[allow(clippy::unnecessary_wraps, reason = "a token may fail")]
fn token_key(_: &Settings) -> Result<Option<ClientKey>, Failure> {
    Ok(None)
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
