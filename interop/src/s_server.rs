//! `openssl s_server`: a TLS server that does what its options say, bad certificates included.
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::process::{Guard, free_tcp_port};

/// A running server, which answers every GET with status 200 and says what was negotiated.
#[derive(Debug)]
pub struct SServer {
    /// Where it listens.
    pub address: SocketAddr,
    guard: Guard,
    _folder: TempDir,
}

impl SServer {
    /// Starts a server with this certificate and key and further options of `s_server`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(certificate: &Path, key: &Path, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let mut command = Command::new(Tool::Openssl.path());
        command.args(["s_server", "-www", "-accept", &address.to_string(), "-cert"]).arg(certificate);
        command.arg("-key").arg(key).args(options);
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        guard.wait_until("s_server listens", || TcpStream::connect(address).ok().map(drop));
        Self { address, guard, _folder: folder }
    }

    /// What it says of the connections so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.guard.log()
    }
}
