//! squid as a forward proxy: one that wants Basic credentials, one that prefers Digest, and one that opens TLS to look inside.
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::pki::Authority;
use crate::process::{Guard, free_tcp_port, run_ok, runs_as_root};

/// Debian's helper that checks a password against htpasswd's file.
const CHECKER: &str = "/usr/lib/squid/basic_ncsa_auth";

/// Debian's helper that answers for the passwords of HTTP Digest.
const DIGEST_CHECKER: &str = "/usr/lib/squid/digest_file_auth";

/// A running proxy, which resolves the names it is told and no others.
#[derive(Debug)]
pub struct Squid {
    /// Where it listens.
    pub address: SocketAddr,
    _guard: Guard,
    folder: TempDir,
    // The last to go: what it takes away belongs to the running process.
    _shared: SharedMemory,
}

/// What one proxy keeps in shared memory, under the name of its service: two of one name take it from each other, and
/// one of them ends while it starts.
#[derive(Debug)]
struct SharedMemory {
    service: String,
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        for part in ["metadata", "queues", "readers"] {
            // A proxy that ended by itself took it away.
            let _ = fs::remove_file(format!("/dev/shm/{}-cf__{part}.shm", self.service));
        }
    }
}

impl Squid {
    /// Starts a proxy for one user; `names` all resolve to 127.0.0.1.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(user: &str, password: &str, names: &[&str]) -> Self {
        let folder = folder(names);
        let passwords = folder.path().join("passwords");
        run_ok(Command::new(Tool::Htpasswd.path()).arg("-bc").arg(&passwords).args([user, password]));
        let rules = format!(
            "http_port ADDRESS
auth_param basic program {CHECKER} {passwords}
auth_param basic children 1 startup=1
auth_param basic realm interop
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
",
            passwords = passwords.display(),
        );
        Self::run(folder, &rules)
    }

    /// Starts a proxy for one user that wants HTTP Digest, finds a nonce too old after it was used twice, and also takes
    /// Basic, from those who offer it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn with_digest(user: &str, password: &str, names: &[&str]) -> Self {
        let folder = folder(names);
        let passwords = folder.path().join("passwords");
        fs::write(&passwords, format!("{user}:{password}\n")).expect("the folder is ours");
        let hashed = folder.path().join("hashed");
        run_ok(Command::new(Tool::Htpasswd.path()).arg("-bc").arg(&hashed).args([user, password]));
        let rules = format!(
            "http_port ADDRESS
auth_param digest program {DIGEST_CHECKER} {passwords}
auth_param digest children 1 startup=1
auth_param digest realm interop
auth_param digest nonce_max_count 2
auth_param basic program {CHECKER} {hashed}
auth_param basic children 1 startup=1
auth_param basic realm interop
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
",
            passwords = passwords.display(),
            hashed = hashed.display(),
        );
        Self::run(folder, &rules)
    }

    /// Starts a proxy for everybody that opens TLS to look inside: it shows certificates that it makes on the spot
    /// with the key of `authority`, and believes every server.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn inspecting(authority: &Authority, names: &[&str]) -> Self {
        let folder = folder(names);
        let certificates = folder.path().join("certificates");
        let mut make = Command::new(Tool::SquidCertgen.path());
        run_ok(make.arg("-c").arg("-s").arg(&certificates).args(["-M", "4MB"]));
        let pem = [authority.certificate(), authority.key()].map(|file| fs::read(file).expect("it is there"));
        fs::write(folder.path().join("authority.pem"), pem.concat()).expect("the folder is ours");
        run_ok(Command::new("chmod").args(["-R", "a+rwX"]).arg(folder.path()));
        let rules = format!(
            "http_port ADDRESS ssl-bump tls-cert={here}/authority.pem generate-host-certificates=on
sslcrtd_program {certgen} -s {certificates} -M 4MB
sslcrtd_children 1
tls_outgoing_options flags=DONT_VERIFY_PEER
sslproxy_cert_error allow all
ssl_bump bump all
http_access allow all
",
            here = folder.path().display(),
            certgen = Tool::SquidCertgen.path().display(),
            certificates = certificates.display(),
        );
        Self::run(folder, &rules)
    }

    fn run(folder: TempDir, rules: &str) -> Self {
        let here = folder.path().display().to_string();
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        if runs_as_root() {
            // squid then becomes Debian's user `proxy`, who must be able to write here.
            let everybody = fs::Permissions::from_mode(0o777);
            fs::set_permissions(folder.path(), everybody).expect("the folder is ours");
        }
        let text = format!(
            "pid_filename {here}/pid
hosts_file {here}/hosts
pinger_enable off
cache deny all
cache_log {here}/cache.log
access_log stdio:{here}/access.log
coredump_dir {here}
shutdown_lifetime 0 seconds
{rules}",
            rules = rules.replace("ADDRESS", &address.to_string()),
        );
        let file = folder.path().join("squid.conf");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new(Tool::Squid.path());
        let shared = SharedMemory { service: format!("interop{}x{}", std::process::id(), address.port()) };
        command.args(["-N", "-d", "1", "-n", &shared.service, "-f"]).arg(&file);
        let mut guard = Guard::start(&mut command, &folder.path().join("log"));
        guard.wait_until("squid listens", || TcpStream::connect(address).ok().map(drop));
        Self { address, _guard: guard, folder, _shared: shared }
    }

    /// One line for each tunnel that was asked for and has ended.
    #[must_use]
    pub fn access_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }
}

/// A folder with the names that the proxy resolves to 127.0.0.1.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::Builder::new().prefix("squid").tempdir().expect("a temporary folder can be made");
    let hosts: String = names.iter().map(|name| format!("127.0.0.1 {name}\n")).collect();
    fs::write(folder.path().join("hosts"), hosts).expect("the folder is ours");
    folder
}
