//! nginx in the place of our server, or in front of it: with a certificate of its authority, and any answers.
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use tempfile::TempDir;

use crate::nginx;
use crate::process::Guard;
use crate::process::free_tcp_port;
use crate::server::opened_key;

/// A server on the address of ours, which is away, or on one of its own.
#[derive(Debug)]
pub struct StandIn {
    /// Where it listens.
    pub address: SocketAddr,
    guard: Guard,
    folder: TempDir,
}

impl StandIn {
    /// Starts one that does what `rules` say in nginx's words, with a certificate that `authority` issued: the folder of
    /// keys of our server, or of any other.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(address: SocketAddr, authority: &Path, rules: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let here = folder.path().display().to_string();
        let read = |name: &str| fs::read_to_string(authority.join(name)).expect("our server made it");
        let key = KeyPair::from_pem(&opened_key(authority, "ca")).expect("a key in PEM");
        let issuer = Issuer::from_ca_cert_pem(&read("ca.pem"), key).expect("a certificate in PEM");
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).expect("two names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let own = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&own, &issuer).expect("a certificate");
        fs::write(folder.path().join("own.pem"), certificate.pem()).expect("the folder is ours");
        fs::write(folder.path().join("own.key"), own.serialize_pem()).expect("the folder is ours");
        let rules = format!(
            "ssl_certificate {here}/own.pem; ssl_certificate_key {here}/own.key;
        ssl_verify_client optional_no_ca;
        {rules}"
        );
        let guard = nginx::run(address, folder.path(), &rules);
        Self { address, guard, folder }
    }

    /// Starts one on any free port that passes on to `server` what it does not answer by `rules`, with the certificate of the one
    /// client that comes by it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn in_front_of(server: &str, authority: &Path, client: &ClientFiles, rules: &str) -> Self {
        let rules = format!(
            "proxy_ssl_certificate {certificate}; proxy_ssl_certificate_key {key};
        {rules}
        location / {{ proxy_pass {server}; }}",
            certificate = client.certificate.display(),
            key = client.key.display(),
        );
        let address = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()));
        Self::start(address, authority, &rules)
    }

    /// Where clients reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The requests so far, one line each.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Waits until so many requests came.
    ///
    /// # Panics
    /// When it takes too long.
    pub fn wait_for(&mut self, requests: usize) {
        let log = self.folder.path().join("access.log");
        self.guard.wait_until("requests", || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            (text.lines().count() >= requests).then_some(())
        });
    }
}

/// A client's certificate and its PKCS#8 key, in PEM.
#[derive(Clone, Debug)]
pub struct ClientFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}
