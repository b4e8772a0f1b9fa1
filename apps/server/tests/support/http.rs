//! One request, one connection, one answer. Reads a `Content-Length` body or until the end.

use rcgen::KeyPair;
use remote_services_transport::document::{ContentDigest, names};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// A request that is being put together.
pub struct Call<'a> {
    address: SocketAddr,
    roots: Option<String>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    config: Option<Arc<ClientConfig>>,
    method: &'a str,
    path: &'a str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    content_length: Option<usize>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether TLS went on from an earlier session.
    pub resumed: bool,
}

impl<'a> Call<'a> {
    /// With `roots` (PEM) over TLS, without in clear.
    pub fn new(address: SocketAddr, roots: Option<String>, method: &'a str, path: &'a str) -> Self {
        Self {
            address,
            roots,
            identity: None,
            config: None,
            method,
            path,
            headers: Vec::new(),
            body: Vec::new(),
            content_length: None,
        }
    }

    pub fn identity(mut self, certificate: &[u8], key: &KeyPair) -> Self {
        self.identity = Some((certificate.to_vec(), key.serialize_der()));
        self
    }

    /// Uses this TLS configuration, whose session cache several calls can share.
    pub fn config(mut self, config: &Arc<ClientConfig>) -> Self {
        self.config = Some(Arc::clone(config));
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Announces another length than the body has.
    pub fn announce(mut self, length: usize) -> Self {
        self.content_length = Some(length);
        self
    }

    pub fn json(self, document: &Value) -> Self {
        let text = document.to_string();
        let digest = ContentDigest::of(text.as_bytes()).to_string();
        self.header("content-type", names::JSON).header("content-digest", &digest).body(text.as_bytes())
    }

    /// The fields and body of an upload.
    pub fn sealed(self, octets: &[u8]) -> Self {
        let digest = ContentDigest::of(octets).to_string();
        self.header("content-type", names::SEALED)
            .header("content-digest", &digest)
            .header("if-none-match", "*")
            .body(octets)
    }

    pub fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    pub fn try_send(self) -> io::Result<Answer> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let Some(connection) = self.tls()? else { return self.exchange(stream) };
        let mut stream = StreamOwned::new(connection, stream);
        let mut answer = self.exchange(&mut stream)?;
        answer.resumed = stream.conn.handshake_kind() == Some(HandshakeKind::Resumed);
        Ok(answer)
    }

    /// Sends all of it, waits, and closes the connection without having read anything.
    pub fn send_and_cut(self, pause: Duration) {
        let stream = TcpStream::connect(self.address).unwrap();
        match self.tls().unwrap() {
            None => self.write(&stream).unwrap(),
            Some(connection) => self.write(&mut StreamOwned::new(connection, &stream)).unwrap(),
        }
        std::thread::sleep(pause);
    }

    fn tls(&self) -> io::Result<Option<ClientConnection>> {
        let Some(roots) = &self.roots else { return Ok(None) };
        let config = match &self.config {
            Some(config) => Arc::clone(config),
            None => tls(roots, self.identity.clone()).map_err(io::Error::other)?,
        };
        let name = ServerName::from(self.address.ip());
        ClientConnection::new(config, name).map(Some).map_err(io::Error::other)
    }

    fn exchange(&self, mut stream: impl Read + Write) -> io::Result<Answer> {
        // A server that refuses early may close while we are still writing; its answer counts.
        let written = self.write(&mut stream);
        let mut octets = Vec::new();
        match (stream.read_to_end(&mut octets), written) {
            (Err(error), _) if octets.is_empty() => return Err(error),
            (_, Err(error)) if octets.is_empty() => return Err(error),
            _ => {}
        }
        Answer::parse(&octets).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP answer"))
    }

    fn write(&self, mut stream: impl Write) -> io::Result<()> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.method != "GET"
            && self.method != "HEAD"
            && !self.headers.iter().any(|(name, _)| name == "transfer-encoding")
        {
            let length = self.content_length.unwrap_or(self.body.len());
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        stream.flush()
    }
}

impl Answer {
    fn parse(octets: &[u8]) -> Option<Self> {
        let end = octets.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&octets[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Some(Self { status, headers, body: octets[end + 4..].to_vec(), resumed: false })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The reason of a problem document, having checked that it is one.
    pub fn reason(&self) -> String {
        assert_eq!(self.header("content-type"), Some(names::PROBLEM_JSON), "{}", self.text());
        self.json()["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// The last part of a problem's type.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some(names::PROBLEM_JSON), "{}", self.text());
        let document = self.json();
        assert_eq!(document["status"], self.status);
        document["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
    }
}

/// A TLS configuration with its own session cache.
pub fn tls(
    roots: &str,
    identity: Option<(Vec<u8>, Vec<u8>)>,
) -> Result<Arc<ClientConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let mut store = RootCertStore::empty();
    store.add(CertificateDer::from_pem_slice(roots.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store);
    Ok(Arc::new(match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder.with_client_auth_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )?,
    }))
}
