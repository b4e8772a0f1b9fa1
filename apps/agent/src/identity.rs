//! The agent's identity on the disk: certificate chain, private key, trust anchors, server, client id.

use crate::failure::{Context, Failure};
use crate::home::{Home, replace_file};
use der::pem::{LineEnding, encode_string};
use remote_services_transport::enrol::{ClientKey, Identity, TrustAnchors};
use remote_services_transport::registration_key::ServerUrl;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::path::Path;
use zeroize::Zeroizing;

/// Whether an identity is there.
#[must_use]
pub fn exists(home: &Home) -> bool {
    home.identity(SERVER).exists()
}

/// Keeps an identity. The file with the server's URL comes last: without it there is no identity.
///
/// # Errors
/// When a file cannot be written.
pub fn save(home: &Home, server: &ServerUrl, identity: &Identity) -> Result<(), Failure> {
    let write = |name: &str, content: &[u8]| {
        let path = home.identity(name);
        replace_file(&path, content).context(format_args!("cannot keep the identity in {}", path.display()))
    };
    let key =
        encode_string("PRIVATE KEY", LineEnding::LF, &identity.key.to_pkcs8()).context("private key")?;
    write(KEY, Zeroizing::new(key).as_bytes())?;
    write(CHAIN, certificates(&identity.chain)?.as_bytes())?;
    write(ANCHORS, certificates(identity.anchors.certificates())?.as_bytes())?;
    write(CLIENT, identity.client.to_string().as_bytes())?;
    write(SERVER, server.to_string().as_bytes())
}

/// Reads the identity.
///
/// # Errors
/// A sentence with the file that cannot be used.
pub fn load(home: &Home) -> Result<(ServerUrl, Identity), Failure> {
    if !exists(home) {
        return Err(Failure::usage(format_args!(
            "{} holds no identity: register this agent first (remote-services-agent register --help)",
            home.root().display()
        )));
    }
    let server = text(&home.identity(SERVER))?;
    let server: ServerUrl = server.trim().parse().context(home.identity(SERVER).display())?;
    let client = text(&home.identity(CLIENT))?;
    let client = client.trim().parse().context(home.identity(CLIENT).display())?;
    let key = PrivatePkcs8KeyDer::from_pem_file(home.identity(KEY)).context(home.identity(KEY).display())?;
    let key = ClientKey::from_pkcs8(key.secret_pkcs8_der()).context(home.identity(KEY).display())?;
    let chain = read_certificates(&home.identity(CHAIN))?;
    let anchors = TrustAnchors::from_stored(read_certificates(&home.identity(ANCHORS))?);
    Ok((server, Identity { client, chain, key, anchors }))
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).context(path.display())
}

fn certificates(chain: &[Vec<u8>]) -> Result<String, Failure> {
    let mut text = String::new();
    for certificate in chain {
        text += &encode_string("CERTIFICATE", LineEnding::LF, certificate).context("certificate")?;
    }
    Ok(text)
}

fn read_certificates(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let certificates = CertificateDer::pem_file_iter(path).context(path.display())?;
    certificates.map(|one| Ok(one.context(path.display())?.to_vec())).collect()
}

const KEY: &str = "client.key.pem";
const CHAIN: &str = "client.pem";
const ANCHORS: &str = "anchors.pem";
const CLIENT: &str = "client-id";
const SERVER: &str = "server-url";
