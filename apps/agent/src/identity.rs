//! The agent's identity on the disk: certificate chain, private key, trust anchors, and the server they are for.
//!
//! ```text
//! DATA/identity/client.key.pem, client.pem     key and certificate; no key here when a token holds it
//! DATA/identity/renewed.pem                    the next pair, whole or not there; from the moment that it is, it counts
//! DATA/identity/earlier.pem                    certificates of earlier keys, which older parts of the audit log are signed by
//! DATA/identity/anchors.pem, server-url        whom to believe, and where the server is
//! ```
//!
//! A renewed pair is two files, which no file system replaces at once. So it is put down as one first, then copied to
//! its two places, then removed; whoever finds it there goes on with it. Killed anywhere, the agent has the old pair or
//! the new one, never half of each.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::settings::Settings;
use remote_services_transport::client::blocking::new_key;
use remote_services_transport::durable;
use remote_services_transport::enrol::{ClientKey, Identity, client_name};
use remote_services_transport::pem::{certificate_to_pem, certificates, key_from_pem, key_to_pem};
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
    settle(home)?;
    // Whoever registers anew may do so because somebody else has the key of before.
    let path = home.identity(if exists(home) { NEXT_KEY } else { KEY });
    if path.exists() {
        keep_private(home, &path)?;
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
    settle(home)?;
    if home.identity(CHAIN).exists() {
        remember_own(home)?;
    }
    if exists(home) {
        write_pair(home, identity)?;
        write(&home.identity(ANCHORS), identity.anchors_pem().as_bytes())?;
        write(&home.identity(SERVER), server.to_string().as_bytes())?;
        settle(home)?;
        let next = home.identity(NEXT_KEY);
        return match std::fs::remove_file(&next) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context(next.display()),
            _ => Ok(()),
        };
    }
    if let Some(pem) = identity.key_pem() {
        write(&home.identity(KEY), pem.as_bytes())?;
    }
    write(&home.identity(CHAIN), identity.chain_pem().as_bytes())?;
    write(&home.identity(ANCHORS), identity.anchors_pem().as_bytes())?;
    write(&home.identity(SERVER), server.to_string().as_bytes())
}

/// Keeps the certificate that came in place of the present one, and its key.
///
/// # Errors
/// When a file cannot be written: the old pair then counts, unless the new one is there as a whole.
pub fn renew(home: &Home, next: &Identity) -> Result<(), Failure> {
    settle(home)?;
    remember_own(home)?;
    write_pair(home, next)?;
    if let Err(failure) = settle(home) {
        // It counts where it is, too, and is brought to its place at the next start.
        tell!("{failure}");
    }
    Ok(())
}

/// A certificate and its key in one file, so that there is never one without the other; see [`settle`].
fn write_pair(home: &Home, next: &Identity) -> Result<(), Failure> {
    let key = next.key_pem();
    let pair = Zeroizing::new(format!("{}{}", key.as_ref().map_or("", |key| key), next.chain_pem()));
    write(&home.identity(RENEWED), pair.as_bytes())
}

/// Brings a renewed pair, if one is there, to its two places.
fn settle(home: &Home) -> Result<(), Failure> {
    let path = home.identity(RENEWED);
    let Some(pair) = Pair::renewed(home)? else { return Ok(()) };
    if let Some(key) = &pair.key {
        write(&home.identity(KEY), key.as_bytes())?;
    }
    write(&home.identity(CHAIN), pair.chain.as_bytes())?;
    std::fs::remove_file(&path).context(path.display())
}

/// Certificate chain, and the key if it is in a file, in PEM each.
struct Pair {
    key: Option<Zeroizing<String>>,
    chain: String,
}

impl Pair {
    /// The one that waits to be brought to its place.
    fn renewed(home: &Home) -> Result<Option<Self>, Failure> {
        let path = home.identity(RENEWED);
        if !path.exists() {
            return Ok(None);
        }
        let whole = Zeroizing::new(text(&path)?);
        let at = whole
            .find(CERTIFICATE)
            .ok_or_else(|| Failure::failed(format_args!("{}: no certificate of a client", path.display())))?;
        let (key, chain) = whole.split_at(at);
        let key = (!key.is_empty()).then(|| Zeroizing::new(key.to_owned()));
        Ok(Some(Self { key, chain: chain.to_owned() }))
    }

    /// The one that counts.
    fn present(home: &Home) -> Result<Self, Failure> {
        match Self::renewed(home)? {
            Some(pair) => Ok(pair),
            None => Ok(Self { key: None, chain: text(&home.identity(CHAIN))? }),
        }
    }
}

/// Adds the present certificate to those of earlier keys; the oldest beyond [`EARLIER_KEPT`] goes.
fn remember_own(home: &Home) -> Result<(), Failure> {
    let Some(own) = certificates(&Pair::present(home)?.chain).map(|mut chain| chain.swap_remove(0)) else {
        return Ok(());
    };
    let mut all = earlier(home)?;
    if !all.contains(&own) {
        all.push(own);
        let kept = &all[all.len().saturating_sub(EARLIER_KEPT)..];
        let pem: String = kept.iter().map(|der| certificate_to_pem(der)).collect();
        write(&home.identity(EARLIER), pem.as_bytes())?;
    }
    Ok(())
}

/// The client's certificates of earlier keys, in DER each.
fn earlier(home: &Home) -> Result<Vec<Vec<u8>>, Failure> {
    let path = home.identity(EARLIER);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let read = certificates(&text(&path)?);
    read.ok_or_else(|| Failure::failed(format_args!("{}: not certificates in PEM", path.display())))
}

/// Makes a key that others could read private, and says so.
#[cfg(unix)]
fn keep_private(home: &Home, path: &Path) -> Result<(), Failure> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).context(path.display())?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let open = format!("others of this host could read {} (mode {mode:04o})", path.display());
    if home.is_held() {
        std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700)).context(&open)?;
        tell!("{open}; now only its owner can. If somebody did, register anew: register --replace");
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
fn keep_private(_: &Home, _: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Reads the identity.
///
/// # Errors
/// A sentence with the file that cannot be used.
pub fn load(home: &Home, settings: &Settings) -> Result<(ServerUrl, Identity), Failure> {
    let Registered { server, .. } = registered(home)?;
    if home.is_held() {
        settle(home)?;
    }
    let (pair, anchors) = (Pair::present(home)?, text(&home.identity(ANCHORS))?);
    let folder = home.identity("");
    let key = match (token_key(settings)?, pair.key) {
        (Some(key), _) => key,
        (None, Some(key)) => key_from_pem(&key).context(home.identity(RENEWED).display())?,
        (None, None) => {
            let path = home.identity(KEY);
            let key = Zeroizing::new(text(&path)?);
            keep_private(home, &path)?;
            key_from_pem(&key).context(path.display())?
        }
    };
    Ok((server, Identity::with_key(&pair.chain, key, &anchors).context(folder.display())?))
}

/// What of an identity is no secret.
pub struct Registered {
    /// The server that it is for.
    pub server: ServerUrl,
    /// The client's name.
    pub client: Uuid,
    /// The client's certificate, in DER.
    pub certificate: Vec<u8>,
    /// Those of its earlier keys, in DER each.
    pub earlier: Vec<Vec<u8>>,
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
    let certificate = certificates(&Pair::present(home)?.chain).map(|mut chain| chain.swap_remove(0));
    let certificate = certificate.ok_or_else(unusable)?;
    let client = client_name(&certificate).ok_or_else(unusable)?;
    Ok(Registered { server, client, certificate, earlier: earlier(home)? })
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
const RENEWED: &str = "renewed.pem";
/// The key to register anew with, until that is done.
const NEXT_KEY: &str = "client.key.next.pem";
const EARLIER: &str = "earlier.pem";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// A key lives for two months: four years of the audit log can be checked.
const EARLIER_KEPT: usize = 24;
const ANCHORS: &str = "anchors.pem";
const SERVER: &str = "server-url";
