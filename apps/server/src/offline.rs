//! What the command line does on a data folder, whether or not a server is running on it.

use std::io;
use std::path::{Path, PathBuf};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ca::{self, CaError, Passphrase};
use crate::registration::{self, CreateKeyError, CreatedKey, KeyWish, REASON_RULE, is_reason};
use crate::server::{ADDRESS_FILE, DATABASE, TOKEN_FILE};
use crate::store::{Decided, Store, StoreError};
use crate::web::session;
use crate::wishes;

/// Why the data folder could not be worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// No server ever ran on this folder, so there is nothing to register with.
    #[error("{}: no server has run on this folder yet; start one with `serve`", path.display())]
    NoServer {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certification authority could not be opened.
    #[error("certification authority: {0}")]
    Authority(#[from] CaError),
    /// The operator's token could not be opened.
    #[error("operator's token: {0}")]
    OperatorToken(CaError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody registered by this name.
    #[error("no client is called {0}")]
    NoClient(Uuid),
    /// The policy is none, or no client could apply it.
    #[error("the policy was not set: {0}")]
    Policy(String),
    /// The key could not be made.
    #[error(transparent)]
    Key(#[from] CreateKeyError),
    /// The reason of a refusal is none. Blame: the caller.
    #[error("{REASON_RULE}")]
    Reason,
    /// Nobody of that name waits for approval.
    #[error("no client waits for approval as {0}")]
    NobodyWaits(Uuid),
    /// It was decided before.
    #[error("somebody has decided {0} before")]
    DecidedBefore(Uuid),
}

/// Makes a registration key for the server that has, or last had, this data folder. `url` replaces the
/// server's own idea of where clients reach it.
///
/// # Errors
/// See [`OfflineError`].
pub async fn create_registration_key(
    data_dir: &Path,
    url: Option<&str>,
    wish: &KeyWish,
) -> Result<CreatedKey, OfflineError> {
    let (device_url, _) = addresses(data_dir)?;
    let pin = ca::root_spki_pin(&data_dir.join("ca"))?;
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let url = url.unwrap_or(&device_url);
    let made = registration::create(&store, url, pin, wish).await;
    store.close().await;
    Ok(made?)
}

/// Makes a link to the operator's pages that works once.
///
/// # Errors
/// See [`OfflineError`].
pub async fn login_link(data_dir: &Path) -> Result<String, OfflineError> {
    let (_, operator_url) = addresses(data_dir)?;
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let link = session::new_login_link(&store).await;
    store.close().await;
    Ok(format!("{operator_url}/?token={}", *link?))
}

/// The bearer token of the operator's API, which is stored encrypted; `key_passphrase` as the server has it.
///
/// # Errors
/// See [`OfflineError`].
pub fn operator_token(
    data_dir: &Path,
    key_passphrase: Option<&Path>,
) -> Result<Zeroizing<String>, OfflineError> {
    addresses(data_dir)?;
    let passphrase = || Passphrase::find(key_passphrase, data_dir, &data_dir.join("ca"));
    let stored = session::stored_token(&data_dir.join(TOKEN_FILE), passphrase);
    stored.map(|(token, _)| token).map_err(OfflineError::OperatorToken)
}

/// A client's policy, as it was put; nothing when nothing ever was.
///
/// # Errors
/// See [`OfflineError`].
pub async fn policy(data_dir: &Path, client: Uuid) -> Result<Option<String>, OfflineError> {
    addresses(data_dir)?;
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let (is_there, policy) = (store.has_client(client).await, store.policy(client).await);
    store.close().await;
    if is_there? { Ok(policy?) } else { Err(OfflineError::NoClient(client)) }
}

/// Puts a client's policy in the place of the one before: a document as `GET clients/{client}/policy` gives it. The
/// client hears of it at its next turn.
///
/// # Errors
/// See [`OfflineError`].
pub async fn set_policy(data_dir: &Path, client: Uuid, policy: &str) -> Result<(), OfflineError> {
    addresses(data_dir)?;
    wishes::read(policy).map_err(OfflineError::Policy)?;
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let set = store.set_policy(client, policy).await;
    store.close().await;
    if set? { Ok(()) } else { Err(OfflineError::NoClient(client)) }
}

/// Somebody who asked with a registration key that needs approval, and has no certificate yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// By which a person decides, see [`decide`].
    pub id: String,
    /// Account of the key.
    pub tenant: String,
    /// SHA-256 of the client's public key, in hexadecimal digits: the client shows it too.
    pub key: String,
    /// Where it asked from.
    pub address: String,
    /// When it first asked (RFC 3339).
    pub asked_at: String,
    /// `waiting`, `approved` or `refused`.
    pub state: &'static str,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Who waits for approval by the server that has, or last had, this data folder.
///
/// # Errors
/// See [`OfflineError`].
pub async fn approvals(data_dir: &Path) -> Result<Vec<Asked>, OfflineError> {
    addresses(data_dir)?;
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let found = store.approvals(MOST_APPROVALS).await;
    store.close().await;
    let asked = |view: crate::store::ApprovalView| Asked {
        id: view.id,
        tenant: view.tenant,
        key: view.key,
        address: view.address,
        asked_at: view.asked_at,
        state: view.state,
        reason: view.reason,
    };
    Ok(found?.into_iter().map(asked).collect())
}

/// Approves who waits, or refuses it for a reason, which it is told when it asks again.
///
/// # Errors
/// See [`OfflineError`].
pub async fn decide(data_dir: &Path, id: Uuid, refusal: Option<&str>) -> Result<(), OfflineError> {
    addresses(data_dir)?;
    if refusal.is_some_and(|reason| !is_reason(reason)) {
        return Err(OfflineError::Reason);
    }
    let store = Store::open(&data_dir.join(DATABASE)).await?;
    let decided = store.decide_approval(id, refusal).await;
    store.close().await;
    match decided? {
        Decided::Done => Ok(()),
        Decided::Unknown => Err(OfflineError::NobodyWaits(id)),
        Decided::Before => Err(OfflineError::DecidedBefore(id)),
    }
}

const MOST_APPROVALS: i64 = 1_000;

fn addresses(data_dir: &Path) -> Result<(String, String), OfflineError> {
    let path = data_dir.join(ADDRESS_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OfflineError::NoServer { path: data_dir.to_owned() });
        }
        Err(source) => return Err(OfflineError::File { path, source }),
    };
    let mut lines = text.lines().map(str::to_owned);
    match (lines.next(), lines.next()) {
        (Some(device), Some(operator)) => Ok((device, operator)),
        _ => Err(OfflineError::NoServer { path: data_dir.to_owned() }),
    }
}
