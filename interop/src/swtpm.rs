//! swtpm: a TPM made of software, and a token in it behind the PKCS#11 library of the TPM's people.
//!
//! ```text
//! library ─ TPM2_PKCS11_STORE ─▶ store/     which tokens and keys there are, wrapped by the TPM's own key
//!         └ TPM2_PKCS11_TCTI  ─▶ swtpm      that key, on a port of loopback; its state is in state/
//! ```
//!
//! It serves one program at a time, as no resource manager stands before it.
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::process::{Guard, free_tcp_port, run_ok};

/// The user's PIN of the token.
pub const PIN: &str = "471112";
/// The label of the token.
pub const TOKEN: &str = "a tpm";
const OFFICER: &str = "12345678";

/// A TPM that runs, with one token.
#[derive(Debug)]
pub struct Swtpm {
    folder: TempDir,
    port: u16,
    running: Option<Guard>,
}

impl Swtpm {
    /// Starts a TPM that nobody has used, and makes a token in it without keys.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for name in ["state", "store"] {
            fs::create_dir(folder.path().join(name)).expect("the folder is ours");
        }
        let mut tpm = Self { folder, port: free_pair(), running: None };
        tpm.bring_back();
        tpm.tool(&["--init-token", "--slot-index", "0", "--label", TOKEN, "--so-pin", OFFICER]);
        tpm.tool(&["--token-label", TOKEN, "--so-pin", OFFICER, "--init-pin", "--pin", PIN]);
        tpm
    }

    /// The environment with which a process finds the token.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        let store = self.folder.path().join("store").display().to_string();
        [
            ("TPM2_PKCS11_STORE", store),
            ("TPM2_PKCS11_TCTI", self.interface()),
            ("TSS2_LOG", "all+NONE".to_owned()),
        ]
    }

    /// A folder for the test, beside those of the TPM.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs OpenSC's tool on the token.
    ///
    /// # Panics
    /// When it fails.
    pub fn tool(&self, words: &[&str]) -> String {
        let mut tool = Command::new(Tool::Pkcs11Tool.path());
        run_ok(tool.arg("--module").arg(module()).args(words).envs(self.environment()))
    }

    /// Takes the TPM away.
    pub fn take_away(&mut self) {
        self.running = None;
    }

    /// Brings it back, as after its machine was off: what it held for a moment is gone, its keys are not.
    ///
    /// # Panics
    /// When it does not start.
    pub fn bring_back(&mut self) {
        let log = self.folder.path().join("swtpm.log");
        let at = |port: u16| format!("type=tcp,bindaddr=127.0.0.1,port={port}");
        let mut start = Command::new(Tool::Swtpm.path());
        start.args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear", "--server"]);
        start.args([&at(self.port), "--ctrl", &at(self.port + 1), "--tpmstate"]);
        start.arg(format!("dir={}", self.folder.path().join("state").display()));
        let mut running = Guard::start(&mut start, &log);
        let tool = Tool::Tpm2Tools.path();
        running.wait_until("the TPM answers", || {
            let mut ask = Command::new(&tool);
            let asked = ask.args(["properties-fixed", "--tcti", &self.interface()]).output();
            asked.is_ok_and(|output| output.status.success()).then_some(())
        });
        self.running = Some(running);
    }

    fn interface(&self) -> String {
        format!("swtpm:host=127.0.0.1,port={}", self.port)
    }
}

impl Default for Swtpm {
    fn default() -> Self {
        Self::new()
    }
}

/// Where Debian has the library.
#[must_use]
pub fn module() -> PathBuf {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    Path::new("/usr/lib").join(triplet).join("pkcs11/libtpm2_pkcs11.so")
}

/// The URI of the key with this label.
#[must_use]
pub fn uri(object: &str) -> String {
    format!("pkcs11:token=a%20tpm;object={object}?module-path={}", module().display())
}

/// A port of loopback for the TPM, and the next one for its switches.
fn free_pair() -> u16 {
    loop {
        let port = free_tcp_port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}
