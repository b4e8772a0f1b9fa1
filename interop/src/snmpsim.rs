//! snmpsim: an agent of another family than net-snmp, which plays recordings over v1, v2c and v3.
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use remote_services_collect::record::{Recording, write};
use tempfile::TempDir;

use crate::process::{Guard, free_udp_port, runs_as_root};
use crate::{Tool, net_snmp};

/// The v3 user of every [`Snmpsim`]: SHA-1 and AES-128; the context name chooses the recording.
pub const USER: &str = "simuser";
/// What the user authenticates with.
pub const AUTH_PASSWORD: &str = "authpass12";
/// What the user encrypts with.
pub const PRIVACY_PASSWORD: &str = "privpass12";

/// A running responder. A recording's name is its community (v1, v2c) and its context name (v3).
#[derive(Debug)]
pub struct Snmpsim {
    /// Where it answers.
    pub address: SocketAddr,
    _guard: Guard,
    _folder: TempDir,
}

impl Snmpsim {
    /// Serves recordings by name and waits until the first answers.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve(recordings: &[(&str, &Recording)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("the folder is ours");
        for (name, recording) in recordings {
            let text = write(&recording.values);
            fs::write(data.join(format!("{name}.snmprec")), text).expect("the folder is ours");
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_udp_port()));
        let mut command = Command::new(Tool::Snmpsim.path());
        command
            .args(["--quiet", "--logging-method=null", "--log-level=error", "--v3-engine-id=auto"])
            .arg(format!("--data-dir={}", data.display()))
            .arg(format!("--cache-dir={}", folder.path().join("cache").display()))
            .arg(format!("--agent-udpv4-endpoint={address}"))
            .arg(format!("--v3-user={USER}"))
            .args([format!("--v3-auth-key={AUTH_PASSWORD}"), "--v3-auth-proto=SHA".to_owned()])
            .args([format!("--v3-priv-key={PRIVACY_PASSWORD}"), "--v3-priv-proto=AES".to_owned()]);
        if runs_as_root() {
            // It refuses to run as root unless told so.
            command.args(["--process-user=root", "--process-group=root"]);
        }
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        let (name, recording) = recordings.first().expect("a responder without recordings answers nothing");
        let first = recording.values.keys().next().expect("an empty recording answers nothing").to_string();
        guard.wait_until("snmpsim answers", || answers(address, name, &first));
        Self { address, _guard: guard, _folder: folder }
    }
}

fn answers(address: SocketAddr, community: &str, oid: &str) -> Option<()> {
    let mut command = net_snmp::command("snmpget");
    command.args(["-v2c", "-c", community, "-t", "0.5", "-r", "0"]);
    net_snmp::ask(command.arg(address.to_string()).arg(oid)).0.then_some(())
}
