//! Our client of the server, at a host whose every name is this machine.
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use remote_services_core::id::Uuid;
use remote_services_transport::client::{ClientConfig, Resolve};
use remote_services_transport::enrol::{ClientKey, Identity, TrustAnchors};
use remote_services_transport::registration_key::ServerUrl;

use crate::pki;

/// Says that every name is this machine.
#[derive(Clone, Copy, Debug)]
pub struct Here;

impl Resolve for Here {
    fn resolve(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![([127, 0, 0, 1], port).into()])
    }
}

/// Settings for a server of this name on a port of this machine.
///
/// # Panics
/// When the name is none.
#[must_use]
pub fn config(host: &str, port: u16) -> ClientConfig {
    let server = ServerUrl::new(host, port).expect("a host name");
    ClientConfig::new(server, Arc::new(rustls::crypto::ring::default_provider()))
        .with_resolver(Arc::new(Here))
}

/// The identity of a client that trusts one authority and has the certificate of perhaps another.
///
/// # Panics
/// When the key is no P-256 key.
#[must_use]
pub fn identity(anchors: &pki::Authority, of: &pki::Identity) -> Identity {
    Identity {
        client: Uuid::from_u128(7),
        chain: vec![of.certificate_der.clone()],
        key: ClientKey::from_pkcs8(&of.key_der).expect("a P-256 key"),
        anchors: TrustAnchors::from_stored(vec![anchors.certificate_der()]),
    }
}
