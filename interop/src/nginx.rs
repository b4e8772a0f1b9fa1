//! nginx as an upload server that demands client certificates and stores what is PUT.
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::pki::{Authority, Identity};
use crate::process::{Guard, free_tcp_port};

/// A running server.
#[derive(Debug)]
pub struct Nginx {
    /// Where it listens.
    pub address: SocketAddr,
    guard: Guard,
    folder: TempDir,
}

impl Nginx {
    /// Starts a server that shows `identity` and asks for a client certificate of `authority`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(authority: &Authority, identity: &Identity) -> Self {
        Self::speaking(authority, identity, "TLSv1.2 TLSv1.3")
    }

    /// The same in these versions of TLS only, in the words of `ssl_protocols`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn speaking(authority: &Authority, identity: &Identity, versions: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let here = folder.path().display().to_string();
        fs::create_dir(folder.path().join("store")).expect("the folder is ours");
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let rules = format!(
            "ssl_certificate {certificate}; ssl_certificate_key {key};
        ssl_client_certificate {authority}; ssl_verify_client on;
        ssl_protocols {versions};
        location / {{ root {here}/store; dav_methods PUT; create_full_put_path on; }}",
            certificate = identity.certificate.display(),
            key = identity.key.display(),
            authority = authority.certificate().display(),
        );
        let guard = run(address, folder.path(), &rules);
        Self { address, guard, folder }
    }

    /// A server that takes requests of up to `limit`, in the words of `client_max_body_size`, for another one on this machine's
    /// loopback, which it reaches in the clear; it asks for a client certificate of `authority`.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn in_front_of(
        upstream: SocketAddr,
        limit: &str,
        authority: &Authority,
        identity: &Identity,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let rules = format!(
            "ssl_certificate {certificate}; ssl_certificate_key {key};
        ssl_client_certificate {authority}; ssl_verify_client on;
        client_max_body_size {limit};
        location / {{ proxy_pass http://{upstream}; proxy_http_version 1.1; }}",
            certificate = identity.certificate.display(),
            key = identity.key.display(),
            authority = authority.certificate().display(),
        );
        let guard = run(address, folder.path(), &rules);
        Self { address, guard, folder }
    }

    /// The folder that a PUT to `/` lands in.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// One line for each request so far.
    #[must_use]
    pub fn access_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }

    /// What it complained about.
    #[must_use]
    pub fn error_log(&self) -> String {
        self.guard.log()
    }
}

/// Starts one whose only server listens on `address` and does what `rules` say in nginx's words; its files, `access.log`
/// among them, lie in `folder`.
///
/// # Panics
/// When it does not start.
pub(crate) fn run(address: SocketAddr, folder: &Path, rules: &str) -> Guard {
    let here = folder.display().to_string();
    let text = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr info;
events {{ worker_connections 64; }}
http {{
    access_log {here}/access.log;
    client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fcgi;
    uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
    client_max_body_size 64m;
    server {{
        listen {address} ssl;
        {rules}
    }}
}}
"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, text).expect("the folder is ours");
    let mut command = Command::new(Tool::Nginx.path());
    command.args(["-p", &here, "-e", "stderr", "-c"]).arg(&file);
    let mut guard = Guard::start(&mut command, &folder.join("log"));
    guard.wait_until("nginx listens", || TcpStream::connect(address).ok().map(drop));
    guard
}
