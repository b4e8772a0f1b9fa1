//! net-snmp's receiver of traps and informs, on a port of its own.
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::process::{Guard, free_udp_port};
use crate::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD};

/// Takes community `public` and the v3 user [`USER`], by traps of the engine [`ENGINE_ID`] and by informs.
#[derive(Debug)]
pub struct Snmptrapd {
    /// Where it listens.
    pub address: SocketAddr,
    guard: Guard,
    folder: TempDir,
}

/// The user that it knows.
pub const USER: &str = "sha256aes";
/// The engine whose traps it takes, in hexadecimal.
pub const ENGINE_ID: &str = "80007ed90474657374";

/// What it prints of each notification: kind, version and community first, then the bindings.
const FORMAT: &str = "got|%s|%P|%w|%q|%N|%V;%v|end\n";

impl Snmptrapd {
    /// Starts one and waits until it listens.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = SocketAddr::from(([127, 0, 0, 1], free_udp_port()));
        // A handler is given each notification in the form of SNMPv2, whichever version it came by.
        let handler = folder.path().join("handler");
        let handled = folder.path().join("handled");
        fs::write(&handler, format!("#!/bin/sh\n{{ cat; echo end; }} >> {}\n", handled.display()))
            .expect("the folder is ours");
        fs::set_permissions(&handler, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        let keys = format!(r#"SHA-256 "{AUTH_PASSWORD}" AES "{PRIVACY_PASSWORD}""#);
        let lines = format!(
            "createUser -e 0x{ENGINE_ID} {USER} {keys}\ncreateUser {USER} {keys}\n\
             authUser log,execute {USER} priv\nauthCommunity log,execute public\n\
             traphandle default {}\n",
            handler.display()
        );
        let file = folder.path().join("snmptrapd.conf");
        fs::write(&file, lines).expect("the folder is ours");
        let mut command = Command::new(Tool::Snmptrapd.path());
        command
            .args(["-f", "-Lo", "-C", "-On", "-Oe", "-Ot", "-F", FORMAT, "-c"])
            .arg(&file)
            .arg("-p")
            .arg(folder.path().join("pid"))
            .arg(format!("udp:{address}"))
            .env("MIBS", "")
            .env("SNMP_PERSISTENT_DIR", folder.path());
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        let pid = folder.path().join("pid");
        guard.wait_until("snmptrapd listens", || pid.is_file().then_some(()));
        Self { address, guard, folder }
    }

    /// Waits until its log has so many notifications and gives the log.
    ///
    /// # Panics
    /// When that does not happen.
    pub fn log(&mut self, notifications: usize) -> String {
        let log = self.folder.path().join("log");
        self.guard.wait_until("snmptrapd logs", || {
            let text = fs::read_to_string(&log).ok()?;
            (text.matches("|end").count() >= notifications).then_some(text)
        })
    }

    /// Waits until its handler was given so many notifications and gives what it was given: a line a binding.
    ///
    /// # Panics
    /// When that does not happen.
    pub fn handled(&mut self, notifications: usize) -> Vec<String> {
        let file = self.folder.path().join("handled");
        self.guard.wait_until("snmptrapd's handler runs", || {
            let text = fs::read_to_string(&file).ok()?;
            let blocks: Vec<String> = text.split("end\n").map(str::to_owned).collect();
            (blocks.len() > notifications).then(|| blocks[..notifications].to_vec())
        })
    }
}
