//! The agent's identity on the disk: certificate chain, private key, trust anchors, and the server they are for.
//!
//! ```text
//! DATA/identity/client.key.pem, client.pem     sealed key, and certificate; no key here when a token holds it
//! DATA/identity/renewed.pem                    the next pair, whole or not there; from the moment that it is, it counts.
//!                                              After a registration, server and anchors are in it, too
//! DATA/identity/earlier.pem                    certificates of earlier keys, by which older parts of the audit log are signed, in the
//!                                              word of the present key
//! DATA/identity/anchors.pem, server-url        whom to believe, and where the server is
//! DATA/identity/registration.json              what the operator is told of it, see [`crate::registration`]
//! ```
//!
//! A renewed pair is two files and a new identity is four, which no file system replaces at once. So it is put down as one
//! first, then copied to its places, then removed; whoever finds it there goes on with it. Killed anywhere, the agent has the
//! old identity or the new one, never parts of each.

mod earlier;

pub(crate) use earlier::keys_after;

use crate::anchors;
use crate::failure::{Context, Failure};
use crate::home::{Home, remove};
use crate::settings::Settings;
use crate::vault::{CLIENT_KEY, Place};
use remote_services_payload::seal::Certificate;
use remote_services_transport::audit::write_earlier;
use remote_services_transport::client::blocking::new_key;
use remote_services_transport::durable;
use remote_services_transport::enrol::{ClientKey, Identity, client_name};
use remote_services_transport::pem::{certificates, key_from_pem, key_to_pem};
use remote_services_transport::registration_key::ServerUrl;
use rustls::pki_types::ServerName;
use std::fmt;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Whether an identity is there.
#[must_use]
pub fn exists(home: &Home) -> bool {
    let next = || Next::read(home).is_ok_and(|next| next.is_some_and(|next| next.with.is_some()));
    home.identity(SERVER).exists() || next()
}

/// The name in what is left of an identity, which may not be whole.
#[must_use]
pub fn remains(home: &Home) -> Option<Uuid> {
    let (chain, _) = present(home).ok()?;
    client_name(&certificates(&chain)?.swap_remove(0))
}

/// The key to register with: that of the token where the settings name one, otherwise the one of an earlier try, so that an answer that was lost can be asked for again, or
/// a new one, kept before it is used.
///
/// # Errors
/// When the key cannot be made, kept or read.
pub fn registration_key(home: &Home, settings: &Settings) -> Result<ClientKey, Failure> {
    if let Some(key) = token_key(home, settings, true)? {
        return Ok(key);
    }
    settle(home)?;
    // Whoever registers anew may do so because somebody else has the key of before.
    let path = home.identity(if exists(home) { NEXT_KEY } else { KEY });
    if path.exists() {
        keep_private(home, &path)?;
        let key = secret(home, &path).and_then(|pem| key_of(&path, &pem));
        return key.map_err(|failure| failure.and("without the file another key is made"));
    }
    let key = new_key().context("cannot make a key")?;
    if let Some(pem) = key_to_pem(&key) {
        write(&path, sealed(home, &pem)?.as_bytes())?;
    }
    Ok(key)
}

/// Keeps an identity in place of the one that is there, if any. It vouches for the key of the one `before`, which is to be known to be
/// this client's: what the logs have in the word of any other is not believed from here on.
///
/// # Errors
/// When a file cannot be written.
pub fn save(
    home: &Home,
    server: &ServerUrl,
    identity: &Identity,
    before: Option<&Identity>,
) -> Result<(), Failure> {
    settle(home)?;
    Next::of(home, identity, Some(server), before)?.write(home)?;
    settle(home)
}

/// Keeps the certificate that came in place of its `own`, and its key.
///
/// # Errors
/// When a file cannot be written: the old pair then counts, unless the new one is there as a whole.
pub fn renew(home: &Home, next: &Identity, own: &Identity) -> Result<(), Failure> {
    settle(home)?;
    Next::of(home, next, None, Some(own))?.write(home)?;
    if let Err(failure) = settle(home) {
        // It counts where it is, too, and is brought to its place at the next start.
        tell!("{failure}");
    }
    Ok(())
}

/// Whether the next pair could be kept, before it is asked for: its key can be sealed, and there is room.
///
/// # Errors
/// Why it could not.
pub(crate) fn can_renew(home: &Home, own: &Identity) -> Result<(), Failure> {
    settle(home)?;
    has_room(home, 2 * Next::of(home, own, None, Some(own))?.whole().len())
}

/// Whether an identity could be kept, before a registration key is used up for it, with the logs that begin with it.
///
/// # Errors
/// Why it could not.
pub(crate) fn can_register(home: &Home) -> Result<(), Failure> {
    has_room(home, FIRST_ROOM)
}

/// Whether so many octets could be kept.
fn has_room(home: &Home, octets: usize) -> Result<(), Failure> {
    let path = home.identity(ROOM);
    let written = write(&path, &vec![0; octets]);
    remove(&path)?;
    written
}

/// Brings what is next, if it is there, to its places.
fn settle(home: &Home) -> Result<(), Failure> {
    let Some(next) = Next::read(home)? else { return Ok(()) };
    if let Some(key) = &next.key {
        write(&home.identity(KEY), key.as_bytes())?;
    }
    write(&home.identity(EARLIER), next.earlier.as_bytes())?;
    write(&home.identity(CHAIN), next.chain.as_bytes())?;
    if let Some((server, anchors)) = &next.with {
        anchors::write(&home.identity(ANCHORS), anchors)?;
        write(&home.identity(SERVER), server.as_bytes())?;
        remove(&home.identity(NEXT_KEY))?;
    }
    remove(&home.identity(RENEWED))
}

/// What is to be the identity, in one file, so that there is never one part without the others; see [`settle`].
struct Next {
    /// Certificate chain in PEM, and the key if it is in a file, as it stands there.
    key: Option<Zeroizing<String>>,
    chain: String,
    /// The certificates of earlier keys, signed by this one.
    earlier: String,
    /// Server and trust anchors, where these are new, too.
    with: Option<(String, String)>,
}

impl Next {
    fn of(
        home: &Home,
        identity: &Identity,
        server: Option<&ServerUrl>,
        before: Option<&Identity>,
    ) -> Result<Self, Failure> {
        let earlier =
            before.map_or_else(|| Ok(Vec::new()), |before| earlier::than(home, identity, before))?;
        let earlier = write_earlier(&earlier, &identity.key);
        Ok(Self {
            earlier: earlier.context("the list of earlier certificates")?,
            key: identity.key_pem().map(|key| sealed(home, &key)).transpose()?,
            chain: identity.chain_pem(),
            with: server.map(|server| (server.to_string(), identity.anchors_pem())),
        })
    }

    fn write(&self, home: &Home) -> Result<(), Failure> {
        write(&home.identity(RENEWED), self.whole().as_bytes())
    }

    fn whole(&self) -> Zeroizing<String> {
        let Self { key, chain, earlier, with } = self;
        let key = key.as_ref().map_or("", |key| key);
        let (before, behind) = match with {
            Some((server, anchors)) => {
                (format!("{SERVER_LINE}{server}\n"), format!("{ANCHORS_LINE}{anchors}"))
            }
            None => (String::new(), String::new()),
        };
        Zeroizing::new(format!("{before}{key}{chain}{behind}{EARLIER_LINE}{earlier}"))
    }

    fn read(home: &Home) -> Result<Option<Self>, Failure> {
        let path = home.identity(RENEWED);
        if !path.exists() {
            return Ok(None);
        }
        let wrong = |what: &str| {
            Failure::failed(format_args!(
                "{} is damaged: {what}. It is to replace the identity: bring the file back from a backup, or remove it, and \
                 the identity of before counts",
                path.display()
            ))
        };
        let whole = Zeroizing::new(text(&path)?);
        let (whole, earlier) =
            whole.split_once(EARLIER_LINE).ok_or_else(|| wrong("no certificates of earlier keys"))?;
        let (with, pair) = match whole.strip_prefix(SERVER_LINE).and_then(|rest| rest.split_once('\n')) {
            Some((server, rest)) => {
                let parts = rest.split_once(ANCHORS_LINE).ok_or_else(|| wrong("no trust anchors"))?;
                (Some((server.to_owned(), parts.1.to_owned())), parts.0)
            }
            None => (None, whole),
        };
        let at = pair.find(CERTIFICATE).ok_or_else(|| wrong("no certificate of a client"))?;
        let (key, chain) = pair.split_at(at);
        let key = (!key.is_empty()).then(|| Zeroizing::new(key.to_owned()));
        Ok(Some(Self { key, chain: chain.to_owned(), earlier: earlier.to_owned(), with }))
    }
}

/// The certificate chain that counts, and what is next, if it is there.
fn present(home: &Home) -> Result<(String, Option<Next>), Failure> {
    match Next::read(home)? {
        Some(next) => Ok((next.chain.clone(), Some(next))),
        None => Ok((text(&home.identity(CHAIN))?, None)),
    }
}

/// Says that others can read a key which is not the agent's own to make private.
#[cfg(unix)]
fn tell_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o7777);
    if mode & 0o004 != 0 {
        tell!(
            "all of this host can read {} (mode {mode:04o}), the key of the secrets: make it private",
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn tell_open(_: &Path) {}

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
    let (chain, next) = present(home)?;
    let (next_key, with) = next.map_or((None, None), |next| (next.key, next.with));
    let anchors = match with {
        Some((_, anchors)) => anchors,
        None => anchors::read(&home.identity(ANCHORS))?,
    };
    let folder = home.identity("");
    let key = match (token_key(home, settings, false)?, next_key) {
        (Some(key), _) => key,
        (None, Some(key)) => {
            let path = home.identity(RENEWED);
            key_of(&path, &home.vault().open_stored(CLIENT_KEY, &path, key)?)?
        }
        (None, None) => {
            let path = home.identity(KEY);
            let key = secret(home, &path)?;
            keep_private(home, &path)?;
            match home.vault().place()? {
                Place::Data(key) if key.exists() => keep_private(home, key)?,
                Place::Named(key) => tell_open(key),
                _ => {}
            }
            key_of(&path, &key)?
        }
    };
    Ok((server, Identity::with_key(&chain, key, &anchors).context(folder.display())?))
}

/// That the key is the one of the certificate, before others say it in their words.
///
/// # Errors
/// A sentence with both.
pub(crate) fn fits(home: &Home, identity: &Identity, settings: &Settings) -> Result<(), Failure> {
    let path = home.identity(CHAIN);
    let Some(own) = identity.chain.first() else { return Ok(()) };
    let certificate = Certificate::from_der(own).context(path.display())?;
    if certificate.public_key().to_spki() == identity.key.public_spki() {
        return Ok(());
    }
    let key = match &settings.tls.key {
        Some(uri) => format!("the token's key {uri}"),
        None => format!("the key in {}", home.identity(KEY).display()),
    };
    Err(Failure::failed(format_args!(
        "{key} is not that of the certificate in {}: name the key that this agent was registered with, or register anew \
         (register --replace)",
        path.display()
    )))
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
    let (chain, next) = present(home)?;
    let (list, with) = next.map_or((None, None), |next| (Some(next.earlier), next.with));
    let server = match with {
        Some((server, _)) => server,
        None => text(&home.identity(SERVER))?,
    };
    let damaged = |name: &str, what: &dyn fmt::Display| damaged(&home.identity(name), what);
    let server = server.trim().parse::<ServerUrl>().map_err(|why| damaged(SERVER, &why))?;
    // Half of an address may be one still.
    if ServerName::try_from(server.host()).is_err() {
        return Err(damaged(SERVER, &format_args!("{} is no name of a server", server.host())));
    }
    let unusable = || damaged(CHAIN, &"it holds no certificate of a client");
    let certificate = certificates(&chain).map(|mut chain| chain.swap_remove(0));
    let certificate = certificate.ok_or_else(unusable)?;
    let client = client_name(&certificate).ok_or_else(unusable)?;
    let earlier = earlier::of(home, &certificate, list)?;
    Ok(Registered { server, client, certificate, earlier })
}

/// The key, if the settings say that a token holds it; with `make` it is made when it is not there.
#[cfg(feature = "pkcs11")]
fn token_key(home: &Home, settings: &Settings, make: bool) -> Result<Option<ClientKey>, Failure> {
    settings.tls.key(make, home)
}

#[cfg(not(feature = "pkcs11"))]
#[allow(clippy::unnecessary_wraps, reason = "a token may fail")]
fn token_key(_: &Home, _: &Settings, _: bool) -> Result<Option<ClientKey>, Failure> {
    Ok(None)
}

/// The private key of a file.
fn secret(home: &Home, path: &Path) -> Result<Zeroizing<String>, Failure> {
    home.vault().open_stored(CLIENT_KEY, path, Zeroizing::new(text(path)?))
}

/// What is to be written of a private key.
fn sealed(home: &Home, pem: &str) -> Result<Zeroizing<String>, Failure> {
    home.vault().for_disk(CLIENT_KEY, pem)
}

fn key_of(path: &Path, pem: &str) -> Result<ClientKey, Failure> {
    key_from_pem(pem).map_err(|why| damaged(path, &why))
}

fn text(path: &Path) -> Result<String, Failure> {
    let octets = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::failed(format_args!(
            "{}: {error}. Bring the file back from a backup, or register anew (register --replace)",
            path.display()
        )),
        _ => Failure::failed(format_args!("{}: {error}", path.display())),
    })?;
    String::from_utf8(octets).map_err(|error| {
        // It may be half of a key.
        drop(Zeroizing::new(error.into_bytes()));
        damaged(path, &"it holds octets that are no text")
    })
}

/// What to do about a file without which there is no identity.
fn damaged(path: &Path, what: &dyn fmt::Display) -> Failure {
    Failure::failed(format_args!(
        "{} is damaged: {what}. Bring the file back from a backup, or register anew (register --replace)",
        path.display()
    ))
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    durable::replace(path, content).context(format_args!("cannot keep the identity in {}", path.display()))
}

const KEY: &str = "client.key.pem";
const CHAIN: &str = "client.pem";
const RENEWED: &str = "renewed.pem";
/// As much as is to be kept takes, there for a moment.
const ROOM: &str = "renewal.room";
/// What is kept of a registration: a dozen files with a block of the disk each, those of the identity twice for a while.
const FIRST_ROOM: usize = 128 << 10;
/// The key to register anew with, until that is done.
const NEXT_KEY: &str = "client.key.next.pem";
const EARLIER: &str = "earlier.pem";
const SERVER_LINE: &str = "server: ";
const ANCHORS_LINE: &str = "anchors:\n";
const EARLIER_LINE: &str = "earlier:\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const ANCHORS: &str = "anchors.pem";
const SERVER: &str = "server-url";
