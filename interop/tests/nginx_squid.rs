//! Our uploader on nginx, which insists on a client certificate, and through squid, which insists on a password.
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use remote_services_core::backoff::Backoff;
use remote_services_core::id::{Uuid, uuid_v7};
use remote_services_core::secret::Secret;
use remote_services_core::time::Timestamp;
use remote_services_interop::nginx::Nginx;
use remote_services_interop::pki::Authority;
use remote_services_interop::process::free_tcp_port;
use remote_services_interop::server::OurServer;
use remote_services_interop::squid::Squid;
use remote_services_interop::uploader::{self, identity};
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::{
    Client, DrainEnd, Enrolled, StopFlag, UploadEvent, Uploader, enrol, new_key,
};
use remote_services_transport::client::{ClientConfig, ClientError, ProxySettings, TlsFault};
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use remote_services_transport::upload::UploadOutcome;

const HOST: &str = "upload.test";
const UPLOAD: Uuid = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);

fn config(port: u16) -> ClientConfig {
    uploader::config(HOST, port)
}

fn through(squid: &Squid, password: &str) -> ProxySettings {
    let credentials = Some(("user".to_owned(), Secret::from(password)));
    ProxySettings { host: "127.0.0.1".to_owned(), port: squid.address.port(), credentials }
}

/// An authority, nginx for [`HOST`], and an authority that nobody knows.
struct World {
    authority: Authority,
    stranger: Authority,
    nginx: Nginx,
    _folder: tempfile::TempDir,
}

impl World {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (ours, others) = (folder.path().join("ours"), folder.path().join("others"));
        fs::create_dir(&ours).expect("the folder is ours");
        fs::create_dir(&others).expect("the folder is ours");
        let authority = Authority::new(&ours);
        // A name of its own: see `tls_peers.rs`. nginx would close without an alert now and then.
        let stranger = Authority::named(&others, "another authority");
        let nginx = Nginx::start(&authority, &authority.server(HOST));
        Self { authority, stranger, nginx, _folder: folder }
    }

    fn config(&self) -> ClientConfig {
        config(self.nginx.address.port())
    }

    fn client(&self, config: ClientConfig) -> Client {
        Client::new(config, &identity(&self.authority, &self.authority.client("client"))).expect("they fit")
    }

    /// What nginx has under the upload's name.
    fn stored(&self) -> Option<Vec<u8>> {
        let path = format!("rs/v1/clients/{}/uploads/{UPLOAD}", Uuid::from_u128(7));
        fs::read(self.nginx.store().join(path)).ok()
    }
}

/// nginx stores the octets, and knows nothing of receipts: the uploader does not take its word for it.
fn assert_stored_without_receipt(world: &World, outcome: &UploadOutcome, sealed: &[u8]) {
    assert!(matches!(outcome, UploadOutcome::Unconfirmed { status: 201 | 204, .. }), "{outcome:?}");
    assert_eq!(world.stored().as_deref(), Some(sealed));
}

#[test]
fn nginx_takes_an_upload_with_our_client_certificate() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::start();
    let sealed = vec![0x30; 300_000];
    let outcome = world.client(world.config()).upload(UPLOAD, &sealed).unwrap();
    assert_stored_without_receipt(&world, &outcome, &sealed);
}

#[test]
fn the_upload_goes_through_squid_with_the_right_password_and_not_with_another() {
    if !require(&[Tool::Nginx, Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let world = World::start();
    let squid = Squid::start("user", "right password", &[HOST]);
    let error =
        world.client(world.config().with_proxy(through(&squid, "wrong password"))).upload(UPLOAD, b"0");
    assert!(matches!(error, Err(ClientError::ProxyCredentials { .. })), "{error:?}");
    assert_eq!(world.stored(), None);

    let sealed = vec![0x30; 300_000];
    let client = world.client(world.config().with_proxy(through(&squid, "right password")));
    let outcome = client.upload(UPLOAD, &sealed).unwrap();
    assert_stored_without_receipt(&world, &outcome, &sealed);
    drop(client);
    assert!(squid.access_log().contains("TCP_DENIED/407"), "{}", squid.access_log());
}

#[test]
fn squid_is_answered_by_digest_over_nonces_that_grow_old_and_never_shown_the_password() {
    if !require(&[Tool::Nginx, Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let world = World::start();
    let squid = Squid::with_digest("user", "right password", &[HOST]);
    let wrong = world.config().with_proxy(through(&squid, "wrong password"));
    let error = world.client(wrong).upload(UPLOAD, b"0").unwrap_err();
    assert!(matches!(error, ClientError::ProxyCredentials { .. }), "{error}");
    assert!(!error.to_string().contains("wrong password"), "{error}");

    // Without Basic it works all the same: it is Digest that opens the way.
    let config = world.config().with_proxy(through(&squid, "right password")).without_basic_for_proxies();
    for round in 0..7_u8 {
        let sealed = vec![round; 1000];
        let outcome = world.client(config.clone()).upload(UPLOAD, &sealed).unwrap();
        assert_stored_without_receipt(&world, &outcome, &sealed);
    }
    let log = squid.access_log();
    let (denied, passed) = (log.matches("TCP_DENIED/407").count(), log.matches("TCP_TUNNEL/200").count());
    assert!(passed >= 6, "{log}");
    // Two for the wrong password, one to learn the first nonce, and one for each that grew old.
    assert!(denied < 2 + 7, "connections after the first begin with the nonce that is known: {log}");
}

#[test]
fn a_certificate_of_another_authority_is_refused_in_both_directions() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::start();
    let ours = identity(&world.authority, &world.stranger.client("client"));
    let error = Client::new(world.config(), &ours).unwrap().upload(UPLOAD, b"0").unwrap_err();
    assert!(matches!(error, ClientError::Tls { fault: TlsFault::ClientRefused(_), .. }), "{error}");

    // Of the same name, so that it is the key alone that tells the two apart.
    let folder = tempfile::tempdir().unwrap();
    let theirs = identity(&Authority::new(folder.path()), &world.authority.client("client"));
    let error = Client::new(world.config(), &theirs).unwrap().upload(UPLOAD, b"0").unwrap_err();
    assert!(matches!(error, ClientError::Tls { fault: TlsFault::UnknownIssuer, .. }), "{error}");
    assert_eq!(world.stored(), None);
}

#[test]
fn a_server_of_another_name_and_a_port_where_nobody_listens_are_told_apart() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::start();
    let other_name = uploader::config("other.test", world.nginx.address.port());
    let error = world.client(other_name).upload(UPLOAD, b"0").unwrap_err();
    assert!(matches!(error, ClientError::Tls { fault: TlsFault::WrongHost, .. }), "{error}");
    let error = world.client(config(free_tcp_port())).upload(UPLOAD, b"0").unwrap_err();
    assert!(matches!(error, ClientError::Refused { .. }), "{error}");
    assert_eq!(world.stored(), None);
}

#[test]
fn registration_and_a_spool_of_uploads_reach_our_server_through_squid() {
    if !require(&[Tool::Squid, Tool::Htpasswd]) {
        return;
    }
    let server = OurServer::named(&[HOST]);
    let squid = Squid::start("user", "password", &[HOST]);
    let lifetime = std::time::Duration::from_secs(600);
    let registration = RegistrationKey::from_text(&server.registration_key(lifetime)).unwrap();
    // Only the proxy can resolve the name.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::new(registration.server.clone(), provider).with_proxy(through(&squid, "password"));
    let Enrolled::Issued(identity) = enrol(&config, &registration, &new_key().unwrap()).unwrap() else {
        panic!("the server lets nobody wait")
    };
    let client = Client::new(config, &identity).unwrap();
    let spool = Mutex::new(spool_of(server.folder(), 5));
    let stop = StopFlag::new();
    let mut receipts = 0;
    let mut uploader = Uploader::new(&client, &spool, &stop).with_patience(Backoff::PROTOCOL, 1);
    let report =
        uploader.drain(&mut |event| receipts += usize::from(matches!(event, UploadEvent::Stored { .. })));
    let report = report.unwrap();
    assert_eq!((report.stored, report.duplicates, report.set_aside, receipts), (5, 0, 0, 5));
    assert_eq!(report.end, DrainEnd::Empty);
}

/// A spool with as many payloads as asked for, which begin as sealed ones do.
fn spool_of(folder: &Path, count: u8) -> Spool {
    let (mut spool, _) = Spool::open(&folder.join("spool"), SpoolLimits::default()).expect("an empty folder");
    for number in 0..count {
        let id = uuid_v7(Timestamp::from_unix_seconds(1_700_000_000), [number; 10]);
        // id-ct-authEnvelopedData (RFC 5083), and nothing sealed in it.
        let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
        let payload = [&[0x30, 14][..], &oid, &[number]].concat();
        let payload = SealedPayload::new(&payload).expect("it has the form of a sealed payload");
        spool.append(Class::Report, id, payload).expect("there is room");
    }
    spool
}
