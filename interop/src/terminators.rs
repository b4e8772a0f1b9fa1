//! haproxy and stunnel as what ends TLS at the edge of a server, where both demand a client certificate; haproxy as what passes
//! TLS on.
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use tempfile::TempDir;

use crate::Tool;
use crate::pki::{Authority, Identity};
use crate::process::{Guard, free_tcp_port};

/// A running terminator that lets clients of an authority through, to an answer of status 200; or who passes connections on.
#[derive(Debug)]
pub struct Terminator {
    /// Where it listens.
    pub address: SocketAddr,
    _guard: Guard,
    _folder: TempDir,
}

impl Terminator {
    /// Starts haproxy for one version of TLS, `TLSv1.2` or `TLSv1.3`; it answers by itself.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn haproxy(authority: &Authority, identity: &Identity, version: &str) -> Self {
        let folder = folder(identity);
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let text = format!(
            "global
    log stdout format raw local0
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
frontend edge
    bind {address} ssl crt {here}/server.pem ca-file {authority} verify required ssl-min-ver {version} ssl-max-ver {version}
    http-request return status 200 content-type text/plain string hello
",
            here = folder.path().display(),
            authority = authority.certificate().display(),
        );
        Self::haproxy_by(&text, folder, address)
    }

    /// Starts haproxy in TCP mode: it ends no TLS, and passes each connection on from its own address.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn haproxy_that_passes_on(to: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let text = format!(
            "global
    log stdout format raw local0
defaults
    mode tcp
    timeout connect 10s
    timeout client 120s
    timeout server 120s
listen edge
    bind {address}
    server ours {to}
"
        );
        Self::haproxy_by(&text, folder, address)
    }

    fn haproxy_by(text: &str, folder: TempDir, address: SocketAddr) -> Self {
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new(Tool::Haproxy.path());
        command.arg("-db").arg("-f").arg(&file);
        Self::running(&mut command, folder, address)
    }

    /// Starts stunnel for one version of TLS, `TLSv1.2` or `TLSv1.3`, in front of a little server of ours.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn stunnel(authority: &Authority, identity: &Identity, version: &str) -> Self {
        let folder = folder(identity);
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        let text = format!(
            "foreground = yes
pid =
[edge]
accept = {address}
connect = {behind}
cert = {here}/server.pem
CAfile = {authority}
verifyChain = yes
sslVersionMin = {version}
sslVersionMax = {version}
",
            behind = answer_in_clear(),
            here = folder.path().display(),
            authority = authority.certificate().display(),
        );
        let file = folder.path().join("stunnel.conf");
        fs::write(&file, text).expect("the folder is ours");
        let mut command = Command::new(Tool::Stunnel.path());
        Self::running(command.arg(&file), folder, address)
    }

    fn running(command: &mut Command, folder: TempDir, address: SocketAddr) -> Self {
        let mut guard = Guard::start(command, &folder.path().join("log"));
        guard.wait_until("the terminator listens", || TcpStream::connect(address).ok().map(drop));
        Self { address, _guard: guard, _folder: folder }
    }
}

/// A folder with certificate and key in one file.
fn folder(identity: &Identity) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let pem = [&identity.certificate, &identity.key].map(|file| fs::read(file).expect("it is there"));
    fs::write(folder.path().join("server.pem"), pem.concat()).expect("the folder is ours");
    folder
}

/// A server that answers every connection with status 200, as long as this process lives.
fn answer_in_clear() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let Ok(mut tcp) = tcp else { return };
            std::thread::spawn(move || {
                let (mut seen, mut piece) = (Vec::new(), [0; 1024]);
                // Who looks whether the port is open says nothing and leaves.
                while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
                    match tcp.read(&mut piece) {
                        Ok(read @ 1..) => seen.extend_from_slice(&piece[..read]),
                        _ => return,
                    }
                }
                let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
            });
        }
    });
    address
}
