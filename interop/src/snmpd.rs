//! net-snmp's agent on a port of its own.
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Guard, free_tcp_port, free_udp_port};
use crate::{Tool, net_snmp};

/// The users that every [`Snmpd`] knows: name, `createUser` algorithms.
const USERS: [(&str, &str); 4] = [
    ("sha256aes", r#"SHA-256 "authpass12" AES "privpass12""#),
    ("sha1aes", r#"SHA "authpass12" AES "privpass12""#),
    ("sha256only", r#"SHA-256 "authpass12""#),
    ("sha1only", r#"SHA "authpass12""#),
];
/// The password that all users authenticate with.
pub const AUTH_PASSWORD: &str = "authpass12";
/// The password that those with privacy encrypt with.
pub const PRIVACY_PASSWORD: &str = "privpass12";

/// An agent with communities `public` (read), `private` (write) and `narrow` (read the system group without
/// sysContact), and v3 users `sha256aes`, `sha1aes`, `sha256only`, `sha1only`, each of whom may read and write.
#[derive(Debug)]
pub struct Snmpd {
    /// Where it answers.
    pub address: SocketAddr,
    _guard: Guard,
    _folder: TempDir,
}

impl Snmpd {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on("udp")
    }

    /// As [`start`](Self::start), with more lines of configuration.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_with(configuration: &str) -> Self {
        Self::configured("udp", configuration)
    }

    /// As [`start`](Self::start), on `udp` or `tcp`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_on(transport: &str) -> Self {
        Self::configured(transport, "")
    }

    fn configured(transport: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let port = if transport == "tcp" { free_tcp_port() } else { free_udp_port() };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut lines = format!(
            "agentAddress {transport}:{address}\nrocommunity public 127.0.0.1\nrwcommunity private 127.0.0.1\n\
             sysServices 72\nsysContact operator@example.com\n\
             view narrow included .1.3.6.1.2.1.1\nview narrow excluded .1.3.6.1.2.1.1.4\n\
             rocommunity narrow 127.0.0.1 -V narrow\n"
        );
        for (name, algorithms) in USERS {
            let level = if algorithms.contains("AES") { "priv" } else { "auth" };
            lines += &format!("createUser {name} {algorithms}\nrwuser {name} {level}\n");
        }
        lines += more;
        let file = folder.path().join("snmpd.conf");
        fs::write(&file, lines).expect("the folder is ours");
        let mut command = Command::new(Tool::Snmpd.path());
        command
            .args(["-f", "-Lo", "-C", "-c"])
            .arg(&file)
            .arg("-p")
            .arg(folder.path().join("pid"))
            .env("MIBS", "")
            .env("SNMP_PERSISTENT_DIR", folder.path());
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        guard.wait_until("snmpd answers", || answers(&format!("{transport}:{address}")));
        Self { address, _guard: guard, _folder: folder }
    }
}

/// One v2c GET by net-snmp itself.
fn answers(address: &str) -> Option<()> {
    let mut command = net_snmp::command("snmpget");
    command.args(["-v2c", "-c", "public", "-t", "0.3", "-r", "0"]);
    net_snmp::ask(command.arg(address).arg("1.3.6.1.2.1.1.3.0")).0.then_some(())
}
