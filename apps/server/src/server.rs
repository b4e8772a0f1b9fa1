//! Starts a server on a data folder, and stops it.

use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_payload::kind::{PayloadKind, SCHEMA_VERSION};
use remote_services_transport::document::{Base64Bytes, Directory, EncryptionCertificate, Limits};
use remote_services_transport::{durable, pem};
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::app::{App, Settings, directory_tag};
use crate::archive::Archive;
use crate::ca::{Authority, CaError, Passphrase};
use crate::config::ServerConfig;
use crate::queue::ingest::Ingest;
use crate::queue::roster::Roster;
use crate::registration::{self, CreateKeyError, CreatedKey, KeyWish};
use crate::store::{OpenBounds, ShareBounds, Store, StoreError};
use crate::underway::Underway;
use crate::web::session::{self, Operators};
use crate::{clock, edge, listener, web, worker};

/// Why a server did not start. Blame: the environment or the configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A file or folder of the data could not be used.
    #[error("{}: {source}", path.display())]
    Data {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another server has the data folder.
    #[error("{}: another server is running on this folder", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// An address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operator's side would be in clear on a network.
    #[error("the operator's side must be on loopback or have TLS, and {0} is not loopback")]
    OperatorInClear(SocketAddr),
    /// The certification authority could not be opened.
    #[error("certification authority: {0}")]
    Authority(#[from] CaError),
    /// The operator's token could not be opened or kept.
    #[error("operator's token: {0}")]
    OperatorToken(CaError),
    /// TLS could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The server's own encryption certificate cannot be used.
    #[error("encryption certificate: {0}")]
    Encryption(String),
    /// The database could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The communication server.
#[derive(Clone, Copy, Debug)]
pub struct Server;

/// A server that runs. Dropping it stops it without waiting; [`RunningServer::shutdown`] waits.
pub struct RunningServer {
    app: Arc<App>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    device_address: SocketAddr,
    operator_address: SocketAddr,
    _lock: File,
}

impl Server {
    /// Opens the data folder and serves until [`RunningServer::shutdown`]. What an earlier server kept there
    /// (authority, clients, uploads, commands, operator's token) goes on.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: ServerConfig) -> Result<RunningServer, StartError> {
        if !config.operator_tls && !config.operator_listen.ip().is_loopback() {
            return Err(StartError::OperatorInClear(config.operator_listen));
        }
        let data = &config.data_dir;
        let data_error =
            |path: PathBuf| move |source: io::Error| StartError::Data { path: path.clone(), source };
        durable::create_private_folder(data).map_err(data_error(data.clone()))?;
        let lock = lock(data)?;
        let ca = data.join("ca");
        let passphrase = Passphrase::find(config.key_passphrase.as_deref(), data, &ca)?;
        let authority = Authority::open(&ca, &passphrase, config.lifetimes, clock::now_ms())?;
        let archive = Archive::open(&data.join("archive"), config.keep_free)
            .map_err(data_error(data.join("archive")))?;
        let store = Store::open(&data.join(DATABASE)).await?;
        let roster = Roster::load(&store).await?;

        let device = listen(config.listen).await?;
        let operator = listen(config.operator_listen).await?;
        let device_url = url("https", &config.names, device.1);
        let scheme = if config.operator_tls { "https" } else { "http" };
        let operator_url = url(scheme, &config.names, operator.1);
        write_address(data, &device_url, &operator_url)?;

        let credential = authority.issue_server(&config.names, clock::now_ms())?;
        let edge_tls = TlsAcceptor::from(edge::tls::edge(&authority, &credential)?);
        let operator_tls = match config.operator_tls {
            true => Some(TlsAcceptor::from(edge::tls::operator(&authority, &credential)?)),
            false => None,
        };
        let token_file = data.join(TOKEN_FILE);
        let operators = Operators::open(&token_file, &passphrase, config.operator_tls, operator_url)
            .map_err(StartError::OperatorToken)?;
        let directory = directory(&authority, &config)?;
        let (stop, stopped) = watch::channel(false);
        let app = Arc::new(App {
            settings: Settings {
                next_poll: config.next_poll,
                device_url,
                keep_parts: config.keep_parts,
                open: OpenBounds {
                    uploads: config.max_open_uploads,
                    octets: config.max_open_octets,
                    idle_ms: i64::try_from(config.open_idle.as_millis()).unwrap_or(i64::MAX),
                },
                share: ShareBounds {
                    uploads: config.max_unopened_uploads,
                    octets: config.max_unopened_octets,
                },
                keep_quarantined: config.keep_quarantined,
                approval_pace: config.approval_pace,
            },
            directory: (directory.clone(), directory_tag(&directory)),
            authority,
            store,
            archive,
            recording: RwLock::default(),
            roster,
            ingest: Ingest::default(),
            put_off: Mutex::default(),
            attempts: edge::attempts::Attempts::default(),
            underway: Underway::default(),
            operators,
            stop: stopped.clone(),
        });
        let per_address = match config.max_per_address {
            0 => listener::MOST_PER_ADDRESS,
            most => usize::try_from(most).unwrap_or(usize::MAX),
        };
        // What was received before this start is opened first.
        app.ingest.ring();
        let tasks = vec![
            tokio::spawn(listener::serve(
                device.0,
                per_address,
                Some(edge_tls),
                edge::router(Arc::clone(&app)),
                stopped.clone(),
            )),
            tokio::spawn(listener::serve(
                operator.0,
                per_address,
                operator_tls,
                web::router(Arc::clone(&app)),
                stopped,
            )),
            tokio::spawn(worker::run(Arc::clone(&app))),
        ];
        let (device_address, operator_address) = (device.1, operator.1);
        Ok(RunningServer { app, stop, tasks, device_address, operator_address, _lock: lock })
    }
}

impl RunningServer {
    /// Where clients reach the server: `https://HOST:PORT`.
    #[must_use]
    pub fn device_url(&self) -> &str {
        &self.app.settings.device_url
    }

    /// The address that clients connect to.
    #[must_use]
    pub fn device_address(&self) -> SocketAddr {
        self.device_address
    }

    /// Where the operator's API (below `/api/v1/`) and pages are: `http://HOST:PORT`.
    #[must_use]
    pub fn operator_url(&self) -> &str {
        &self.app.operators.url
    }

    /// The address of the operator's side.
    #[must_use]
    pub fn operator_address(&self) -> SocketAddr {
        self.operator_address
    }

    /// The bearer token of the operator's API. It stays the same for a data folder.
    #[must_use]
    pub fn operator_token(&self) -> &str {
        self.app.operators.token()
    }

    /// A link to the pages that opens one session, once, within ten minutes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_link(&self) -> Result<String, StoreError> {
        let link = session::new_login_link(&self.app.store).await?;
        Ok(format!("{}/?token={}", self.operator_url(), *link))
    }

    /// SHA-256 of the trust anchor's `SubjectPublicKeyInfo`, which registration keys carry.
    #[must_use]
    pub fn ca_spki_pin(&self) -> [u8; 32] {
        self.app.authority.root_spki_pin()
    }

    /// The trust anchor in PEM, for tools such as curl.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        pem::certificate_to_pem(self.app.authority.root())
    }

    /// Makes a registration key for one client of `tenant`, good once within `ttl`.
    ///
    /// # Errors
    /// See [`CreateKeyError`].
    pub async fn create_registration_key(
        &self,
        tenant: &str,
        ttl: Duration,
    ) -> Result<CreatedKey, CreateKeyError> {
        self.create_key(&KeyWish::new(tenant, ttl)).await
    }

    /// Makes a registration key as wished.
    ///
    /// # Errors
    /// See [`CreateKeyError`].
    pub async fn create_key(&self, wish: &KeyWish) -> Result<CreatedKey, CreateKeyError> {
        let app = &self.app;
        registration::create(&app.store, &app.settings.device_url, app.authority.root_spki_pin(), wish).await
    }

    /// Why opening uploads is put off, while it is: a full disk, say. They are tried again by themselves.
    #[must_use]
    pub fn opening_put_off(&self) -> Option<String> {
        self.app.put_off.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops accepting, lets open requests end (for a few seconds at most) and what they had begun to write, and closes the
    /// database.
    pub async fn shutdown(mut self) {
        // Nobody listening any more is just as well.
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the server had died");
            }
        }
        self.app.underway.end().await;
        self.app.store.close().await;
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// One server a folder: the lock goes with the process, so a crash leaves none behind.
fn lock(data: &Path) -> Result<File, StartError> {
    let path = data.join("lock");
    let file_error = |source| StartError::Data { path: path.clone(), source };
    let file = durable::private_file().create(true).truncate(false).open(&path).map_err(file_error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::InUse { path: data.to_owned() }),
        Err(std::fs::TryLockError::Error(source)) => Err(file_error(source)),
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let error = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}

/// Where others reach the address: by the first name, by the address itself, or by localhost when it is
/// every address.
fn url(scheme: &str, names: &[String], address: SocketAddr) -> String {
    let port = address.port();
    match names.first() {
        Some(name) if name.contains(':') => format!("{scheme}://[{name}]:{port}"),
        Some(name) => format!("{scheme}://{name}:{port}"),
        None if address.ip().is_unspecified() => format!("{scheme}://localhost:{port}"),
        None => format!("{scheme}://{address}"),
    }
}

/// Leaves the URLs for the command line, which makes keys and links while the server runs.
fn write_address(data: &Path, device_url: &str, operator_url: &str) -> Result<(), StartError> {
    let path = data.join(ADDRESS_FILE);
    durable::replace(&path, format!("{device_url}\n{operator_url}\n").as_bytes())
        .map_err(|source| StartError::Data { path, source })
}

fn directory(authority: &Authority, config: &ServerConfig) -> Result<Directory, StartError> {
    let credential = authority.encryption();
    let key_id = credential.key_id().map_err(|error| StartError::Encryption(error.to_string()))?;
    let version = vec![SCHEMA_VERSION.to_owned()];
    Ok(Directory {
        urls: Default::default(),
        limits: Limits {
            max_upload: config.max_upload,
            part_size: config.part_size,
            max_open_uploads: config.max_open_uploads,
            ..Limits::default()
        },
        schema_versions: PayloadKind::ALL
            .iter()
            .filter(|kind| !kind.needs_consent())
            .map(|kind| (kind.label().to_owned(), version.clone()))
            .collect(),
        features: ["longPoll", "parts", "policy", "software"].map(str::to_owned).into(),
        server_time: Timestamp::default(),
        encryption_certificates: vec![EncryptionCertificate {
            key_id: hex::encode(&key_id),
            certificate: Base64Bytes(credential.certificate().to_vec()),
        }],
        next_poll: Some(config.next_poll),
    })
}

pub(crate) const DATABASE: &str = "server.sqlite";
pub(crate) const ADDRESS_FILE: &str = "address";
pub(crate) const TOKEN_FILE: &str = "operator-token";

#[cfg(test)]
mod cut_off;
