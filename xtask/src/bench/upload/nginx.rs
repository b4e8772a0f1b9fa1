//! nginx as a server that demands client certificates and stores what is PUT, with an authority made for it.
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::peers;

/// A running server and what belongs to it, in one folder.
#[derive(Debug)]
pub(super) struct Nginx {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Nginx {
    /// Makes an authority, the certificates of server and client, and starts the server.
    ///
    /// # Errors
    /// When openssl or nginx fails.
    pub(super) fn start(folder: &Path) -> Result<Self, String> {
        // Of an earlier run.
        let _ = fs::remove_dir_all(folder);
        for made in ["store", "identity", "spool"] {
            fs::create_dir_all(folder.join(made))
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        certify(folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("no free port: {error}"))?
            .port();
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(folder, port))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let log = fs::File::create(folder.join("log")).map_err(|error| format!("log: {error}"))?;
        let program = peers::find("nginx").ok_or("nginx is missing")?;
        let child = Command::new(program)
            .arg("-p")
            .arg(folder)
            .args(["-e", "stderr", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("nginx: {error}"))?;
        let nginx = Self { child, port, folder: folder.to_owned() };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("nginx does not listen: {log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// A file or folder of this stage.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// A file of so many octets, which no compression makes shorter.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn file(&self, name: &str, length: usize) -> Result<String, String> {
        let path = self.folder.join(name);
        // Numbers of a linear congruential generator: they need only be many.
        let mut state = 1_u64;
        let octets: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        })
        .take(length)
        .collect();
        fs::write(&path, octets).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path.display().to_string())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let here = folder.display();
    format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fcgi;
    uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
    client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {here}/server.pem; ssl_certificate_key {here}/server.key;
        ssl_client_certificate {here}/ca.pem; ssl_verify_client on;
        ssl_protocols TLSv1.3;
        location / {{ root {here}/store; dav_methods PUT; create_full_put_path on; }}
    }}
}}
"
    )
}

/// An authority, a server called `localhost`, and a client whose common name is a UUID.
fn certify(folder: &Path) -> Result<(), String> {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let openssl = |words: &[&str]| -> Result<(), String> {
        let mut command = Command::new("openssl");
        command.args(["req", "-x509"]).args(key).args(words).current_dir(folder).stdin(Stdio::null());
        let output = command.output().map_err(|error| format!("openssl: {error}"))?;
        let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said())) }
    };
    openssl(&["-subj", "/CN=bench", "-keyout", "ca.key", "-out", "ca.pem"])?;
    let below = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"];
    let server = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let usage = ["-addext", "extendedKeyUsage=serverAuth", "-keyout", "server.key", "-out", "server.pem"];
    openssl(&[&below[..], &server, &usage].concat())?;
    let client = ["-subj", "/CN=01890a5d-ac96-774b-bcce-b302099a8057"];
    let usage = ["-addext", "extendedKeyUsage=clientAuth", "-keyout", "client.key", "-out", "client.pem"];
    openssl(&[&below[..], &client, &usage].concat())?;
    for (from, to) in [("client.pem", "chain.pem"), ("client.key", "key.pem"), ("ca.pem", "anchors.pem")] {
        let to = folder.join("identity").join(to);
        fs::copy(folder.join(from), &to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}
