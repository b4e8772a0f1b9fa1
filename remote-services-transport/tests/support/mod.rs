//! A certification authority and a TLS server for one test: real sockets on loopback, answers as the test writes them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its own part of this, and may fail in it"
)]

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
};
use remote_services_core::time::Timestamp;
use remote_services_transport::client::{ClientConfig, Timeouts};
use remote_services_transport::enrol::{ClientKey, Identity, TrustAnchors};
use remote_services_transport::registration_key::ServerUrl;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConnection, StreamOwned, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use uuid::Uuid;

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// An authority that issues whatever a test needs.
pub(crate) struct Authority {
    pub(crate) certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// All authorities made by this have the same name and differ by their keys.
    pub(crate) fn new() -> Self {
        Self::named("authority of a test")
    }

    pub(crate) fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server's certificate for `name`, changed by `bend`.
    pub(crate) fn server(&self, name: &str, bend: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        bend(&mut params);
        (params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), key)
    }

    /// Answers a certification request.
    pub(crate) fn issue(&self, request: &[u8], client: Uuid) -> Vec<u8> {
        self.issued(request, client, |_| {})
    }

    /// The same, valid from a moment on.
    pub(crate) fn issue_from(&self, request: &[u8], client: Uuid, begins: Timestamp) -> Vec<u8> {
        let since = begins.since(Timestamp::from_unix_seconds(0));
        self.issued(request, client, |params| params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since)
    }

    fn issued(&self, request: &[u8], client: Uuid, bend: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut request = CertificateSigningRequestParams::from_der(&request.to_vec().into()).unwrap();
        request.params.distinguished_name = rcgen::DistinguishedName::new();
        request.params.distinguished_name.push(DnType::CommonName, client.to_string());
        bend(&mut request.params);
        request.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    /// The same, valid from and until the beginning of these years.
    pub(crate) fn issue_for(&self, request: &[u8], client: Uuid, years: (i32, i32)) -> Vec<u8> {
        self.issued(request, client, |params| {
            params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
            params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        })
    }

    pub(crate) fn client(&self) -> Identity {
        let key = client_key();
        let client = Uuid::from_u128(7);
        let chain = vec![self.issue(&key.certification_request().unwrap(), client)];
        Identity { client, chain, key, anchors: TrustAnchors::from_stored(vec![self.certificate.clone()]) }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.certificate.clone())).unwrap();
        Arc::new(roots)
    }
}

pub(crate) fn client_key() -> ClientKey {
    remote_services_transport::client::blocking::new_key().unwrap()
}

/// TLS settings of a server with a certificate of `authority`, demanding one in return if `mutual`.
pub(crate) fn server_tls(
    authority: &Authority,
    mutual: bool,
    certificate: (Vec<u8>, KeyPair),
) -> Arc<rustls::ServerConfig> {
    server_tls_versions(authority, mutual, certificate, rustls::ALL_VERSIONS)
}

pub(crate) fn server_tls_versions(
    authority: &Authority,
    mutual: bool,
    (certificate, key): (Vec<u8>, KeyPair),
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<rustls::ServerConfig> {
    let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), provider());
    let verifier = if mutual { verifier } else { verifier.allow_unauthenticated() };
    let config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key.serialize_der()).into());
    Arc::new(config.unwrap())
}

/// A listener whose every connection is given to a function, on threads that end with it.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, stopping) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop, serve) = (Arc::clone(&connections), Arc::clone(&stopping), Arc::new(serve));
        let accepting = std::thread::spawn(move || {
            for tcp in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let (tcp, serve) = (tcp.unwrap(), Arc::clone(&serve));
                // A client that went away must not keep the test's threads for ever.
                tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                // An answer that still waits for an acknowledgement is thrown away when the server closes hastily.
                tcp.set_nodelay(true).unwrap();
                // Errors are part of the tests: clients leave when they have seen enough.
                std::thread::spawn(move || serve(tcp));
            }
        });
        Self { address, connections, stopping, accepting: Some(accepting) }
    }

    pub(crate) fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

pub(crate) type Tls = BufReader<StreamOwned<ServerConnection, TcpStream>>;

/// A request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) fields: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find_map(|field| field.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A TLS server: `answer` is given each request and writes what it likes; `false` closes the connection.
pub(crate) struct Server {
    pub(crate) listener: Listener,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start(
        tls: Arc<rustls::ServerConfig>,
        answer: impl Fn(&Seen, &mut Tls) -> io::Result<bool> + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let listener = Listener::start(move |tcp| {
            let mut tls =
                BufReader::new(StreamOwned::new(ServerConnection::new(Arc::clone(&tls)).unwrap(), tcp));
            while let Some(request) = read_request(&mut tls)? {
                log.lock().unwrap().push(request.clone());
                let more = answer(&request, &mut tls)?;
                tls.get_mut().flush()?;
                if !more {
                    tls.get_mut().conn.send_close_notify();
                    tls.get_mut().flush()?;
                    return Ok(());
                }
            }
            Ok(())
        });
        Self { listener, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> ClientConfig {
        config(self.listener.address)
    }
}

/// Settings for a server on loopback that calls itself `localhost`, with short times.
pub(crate) fn config(address: SocketAddr) -> ClientConfig {
    let short = Duration::from_millis(700);
    ClientConfig::new(ServerUrl::new("localhost", address.port()).unwrap(), provider())
        .with_resolver(Arc::new(Loopback))
        .with_timeouts(Timeouts {
            resolve: short,
            // These take part in every test and depend on how busy the machine is.
            connect: Duration::from_secs(10),
            proxy: Duration::from_secs(10),
            tls: Duration::from_secs(10),
            send: Duration::from_secs(10),
            first_byte: Duration::from_secs(10),
            body: Duration::from_secs(10),
        })
}

/// Says 127.0.0.1 to every name.
pub(crate) struct Loopback;

impl remote_services_transport::client::Resolve for Loopback {
    fn resolve(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }
}

fn read_request(tls: &mut Tls) -> io::Result<Option<Seen>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if tls.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut seen = Seen { line: lines.remove(0), fields: lines, body: Vec::new() };
    let length = seen.field("content-length").map_or(0, |length| length.parse().unwrap());
    seen.body.resize(length, 0);
    tls.read_exact(&mut seen.body)?;
    Ok(Some(seen))
}

/// The header field of a signed document, and of the server's own refusal.
pub(crate) const SIGNED: &str = "content-type: application/vnd.remote-services.signed\r\n";
pub(crate) const PROBLEM: &str = "content-type: application/problem+json\r\n";

/// Writes an answer with its length.
pub(crate) fn answer(tls: &mut Tls, status: u16, fields: &str, body: &[u8]) -> io::Result<bool> {
    write!(tls.get_mut(), "HTTP/1.1 {status} X\r\n{fields}content-length: {}\r\n\r\n", body.len())?;
    tls.get_mut().write_all(body)?;
    Ok(true)
}
