//! squid as a forward proxy that wants Basic credentials.
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::process::{Guard, free_tcp_port, run_ok, runs_as_root};

/// Debian's helper that checks a password against htpasswd's file.
const CHECKER: &str = "/usr/lib/squid/basic_ncsa_auth";

/// A running proxy, which resolves the names it is told and no others.
#[derive(Debug)]
pub struct Squid {
    /// Where it listens.
    pub address: SocketAddr,
    _guard: Guard,
    folder: TempDir,
}

impl Squid {
    /// Starts a proxy for one user; `names` all resolve to 127.0.0.1.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(user: &str, password: &str, names: &[&str]) -> Self {
        let folder =
            tempfile::Builder::new().prefix("squid").tempdir().expect("a temporary folder can be made");
        let here = folder.path().display().to_string();
        let passwords = folder.path().join("passwords");
        run_ok(Command::new(Tool::Htpasswd.path()).arg("-bc").arg(&passwords).args([user, password]));
        let hosts: String = names.iter().map(|name| format!("127.0.0.1 {name}\n")).collect();
        fs::write(folder.path().join("hosts"), hosts).expect("the folder is ours");
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        if runs_as_root() {
            // squid then becomes Debian's user `proxy`, who must be able to write here.
            let everybody = fs::Permissions::from_mode(0o777);
            fs::set_permissions(folder.path(), everybody).expect("the folder is ours");
        }
        let text = format!(
            "http_port {address}
pid_filename {here}/pid
hosts_file {here}/hosts
pinger_enable off
cache deny all
cache_log {here}/cache.log
access_log stdio:{here}/access.log
coredump_dir {here}
shutdown_lifetime 0 seconds
auth_param basic program {CHECKER} {passwords}
auth_param basic children 1 startup=1
auth_param basic realm interop
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
",
            passwords = passwords.display(),
        );
        let file = folder.path().join("squid.conf");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new(Tool::Squid.path());
        command.args(["-N", "-f"]).arg(&file);
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        guard.wait_until("squid listens", || TcpStream::connect(address).ok().map(drop));
        Self { address, _guard: guard, folder }
    }

    /// One line for each tunnel that was asked for and has ended.
    #[must_use]
    pub fn access_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }
}
