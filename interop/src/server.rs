//! Our server on loopback, on a folder that goes with it.
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_server::{RunningServer, Server, ServerConfig, StartError};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::process::run_ok;
use crate::tool::Tool;

/// Where a server was that is away.
pub struct Away {
    /// Its address, to which others may answer meanwhile.
    pub address: SocketAddr,
}

/// A running server.
pub struct OurServer {
    runtime: Runtime,
    running: Option<RunningServer>,
    folder: TempDir,
    names: Vec<String>,
}

impl OurServer {
    /// Starts one with its defaults.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::named(&[])
    }

    /// Starts one whose certificate, URLs and registration keys bear these names.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn named(names: &[&str]) -> Self {
        Self::with(|config| config.names = names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Starts one with other settings, which it has until [`Self::go_away`].
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut config = ServerConfig::new(folder.path().join("data"));
        change(&mut config);
        let names = config.names.clone();
        let running = runtime.block_on(Server::start(config)).expect("an empty folder suffices");
        Self { runtime, running: Some(running), folder, names }
    }

    /// The running server.
    ///
    /// # Panics
    /// When it is away.
    #[must_use]
    pub fn running(&self) -> &RunningServer {
        self.running.as_ref().expect("it is away only between go_away and come_back")
    }

    /// A registration key that lives for `lifetime`, as it is handed to a person.
    ///
    /// # Panics
    /// When the server's database fails.
    #[must_use]
    pub fn registration_key(&self, lifetime: Duration) -> String {
        let key = self.runtime.block_on(self.running().create_registration_key("default", lifetime));
        key.expect("the database takes it").text().to_owned()
    }

    /// Takes the server off the network, as an outage does; [`Self::come_back`] ends it.
    ///
    /// # Panics
    /// When it is away already.
    pub fn go_away(&mut self) -> Away {
        let running = self.running.take().expect("it runs");
        let address = running.device_address();
        self.runtime.block_on(running.shutdown());
        Away { address }
    }

    /// Starts the server again on the same data and port, under the same names.
    ///
    /// # Panics
    /// When it does not start.
    pub fn come_back(&mut self, away: &Away) {
        let mut config = ServerConfig::new(self.folder.path().join("data"));
        config.listen = away.address;
        config.names.clone_from(&self.names);
        let deadline = Instant::now() + Duration::from_secs(60);
        let start = || self.runtime.block_on(Server::start(config.clone()));
        self.running = Some(loop {
            match start() {
                Ok(running) => break running,
                // A program that another test starts has a copy of the lock until it is that program.
                Err(StartError::InUse { .. }) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => panic!("it ran before: {error}"),
            }
        });
    }

    /// The folder of its authority's keys.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("data/ca")
    }

    /// A key of its authority in PEM, opened by OpenSSL: `ca`, `encryption`, `command` or `software`.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    pub fn opened_key(&self, name: &str) -> String {
        opened_key(&self.authority(), name)
    }

    /// A folder for the test, beside the server's own.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The same for the folder of keys of any server of ours.
///
/// # Panics
/// When it does not open.
#[must_use]
pub fn opened_key(authority: &Path, name: &str) -> String {
    let passphrase = authority.with_file_name("keys.passphrase");
    let mut openssl = Command::new(Tool::Openssl.path());
    openssl.args(["pkey", "-passin", &format!("file:{}", passphrase.display()), "-in"]);
    run_ok(openssl.arg(authority.join(format!("{name}.key"))))
}

impl Drop for OurServer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.shutdown());
        }
    }
}
