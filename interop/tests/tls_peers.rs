//! The client on servers that others wrote, in each version of TLS: with our certificate, and with another's.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::net::SocketAddr;
use std::time::Duration;

use remote_services_interop::nginx::Nginx;
use remote_services_interop::pki::{Authority, Identity};
use remote_services_interop::s_server::SServer;
use remote_services_interop::terminators::Terminator;
use remote_services_interop::uploader::{config, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{ClientError, TlsFault, TlsSettings, TlsVersions};
use remote_services_transport::exchange::{Method, Request};

const HOST: &str = "upload.test";

/// An authority and one that nobody knows; the server's certificate, and a client's of each authority.
struct World {
    authority: Authority,
    server: Identity,
    known: Identity,
    unknown: Identity,
    _folders: [tempfile::TempDir; 2],
}

impl World {
    fn new() -> Self {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder can be made"));
        let authority = Authority::new(folders[0].path());
        // A name of its own: where a signature of the same name's key fails, OpenSSL 3.0 leaves an error behind that nginx
        // takes for one of the handshake, should the rest of it not have come yet, and it closes without an alert.
        let stranger = Authority::named(folders[1].path(), "another authority");
        let (server, known, unknown) =
            (authority.server(HOST), authority.client("known"), stranger.client("unknown"));
        Self { authority, server, known, unknown, _folders: folders }
    }

    fn get(&self, address: SocketAddr, who: &Identity, versions: TlsVersions) -> Result<u16, ClientError> {
        let config = config(HOST, address.port());
        let config = config.with_tls(TlsSettings::default().with_versions(versions));
        let client = Client::new(config, &identity(&self.authority, who))?;
        client.exchange(&Request::new(Method::Get, "/"), Duration::ZERO).map(|answer| answer.status)
    }

    /// A server that speaks this version alone, and demands a certificate of the authority.
    fn check(&self, address: SocketAddr, is_13: bool, expected: u16) {
        assert_eq!(self.get(address, &self.known, TlsVersions::From12).unwrap(), expected);
        let error = self.get(address, &self.unknown, TlsVersions::From12).unwrap_err();
        assert!(matches!(error, ClientError::Tls { fault: TlsFault::ClientRefused(_), .. }), "{error}");
        match self.get(address, &self.known, TlsVersions::Only13) {
            Ok(status) => assert!(is_13 && status == expected),
            Err(ClientError::Tls { fault: TlsFault::Alert(_) | TlsFault::Protocol(_), .. }) if !is_13 => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn haproxy_in_both_versions_of_tls() {
    if !require(&[Tool::Haproxy]) {
        return;
    }
    let world = World::new();
    for (version, is_13) in [("TLSv1.2", false), ("TLSv1.3", true)] {
        let peer = Terminator::haproxy(&world.authority, &world.server, version);
        world.check(peer.address, is_13, 200);
    }
}

#[test]
fn stunnel_in_both_versions_of_tls() {
    if !require(&[Tool::Stunnel]) {
        return;
    }
    let world = World::new();
    for (version, is_13) in [("TLSv1.2", false), ("TLSv1.3", true)] {
        let peer = Terminator::stunnel(&world.authority, &world.server, version);
        world.check(peer.address, is_13, 200);
    }
}

#[test]
fn nginx_in_both_versions_of_tls() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::new();
    for (version, is_13) in [("TLSv1.2", false), ("TLSv1.3", true)] {
        let peer = Nginx::speaking(&world.authority, &world.server, version);
        // It has no file of this name, which it only says to who may ask.
        world.check(peer.address, is_13, 403);
    }
}

#[test]
fn openssl_in_both_versions_of_tls() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new();
    let demand = world.authority.certificate().display().to_string();
    for (version, is_13) in [("-tls1_2", false), ("-tls1_3", true)] {
        let options = [version, "-CAfile", &demand, "-Verify", "1", "-verify_return_error"];
        let peer = SServer::start(&world.server.certificate, &world.server.key, &options);
        world.check(peer.address, is_13, 200);
    }
}
