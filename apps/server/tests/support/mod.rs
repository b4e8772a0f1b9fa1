//! A server on a temporary folder, and a small client that speaks HTTP/1.1 over real TLS.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by tests that each use a part of it, and where a failure should stop the test"
)]

pub mod http;
pub mod log;
pub mod payload;
pub mod program;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Answer, Call};
use rcgen::{CertificateParams, KeyPair};
use remote_services_server::{RunningServer, Server, ServerConfig};
use remote_services_transport::certs_only;
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A server that runs until it is dropped.
pub struct TestServer {
    runtime: Runtime,
    server: Option<RunningServer>,
}

impl TestServer {
    pub fn start(data: &Path) -> Self {
        Self::start_with(ServerConfig::new(data))
    }

    pub fn start_with(config: ServerConfig) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::start(config)).unwrap();
        Self { runtime, server: Some(server) }
    }

    pub fn running(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    /// A new registration key for `tenant`: what goes into HTTP Basic.
    pub fn one_time_key(&self, tenant: &str, ttl: Duration) -> String {
        let made = self.runtime.block_on(self.running().create_registration_key(tenant, ttl)).unwrap();
        RegistrationKey::from_text(made.text()).unwrap().key.to_text().to_string()
    }

    pub fn login_link(&self) -> String {
        self.runtime.block_on(self.running().login_link()).unwrap()
    }

    /// A call to the client side, trusting this server's authority.
    pub fn call<'a>(&self, method: &'a str, path: &'a str) -> Call<'a> {
        Call::new(self.running().device_address(), Some(self.running().ca_pem()), method, path)
    }

    /// A call to the operator's side with its token.
    pub fn operator<'a>(&self, method: &'a str, path: &'a str) -> Call<'a> {
        let token = format!("Bearer {}", self.running().operator_token());
        Call::new(self.running().operator_address(), None, method, path).header("authorization", &token)
    }

    /// What the operator's API answers, as JSON.
    pub fn api(&self, path: &str) -> Value {
        let answer = self.operator("GET", path).send();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Asks the operator's API again until `wanted` finds what it looks for.
    pub fn api_until<T>(&self, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let document = self.api(path);
            if let Some(found) = wanted(&document) {
                return found;
            }
            assert!(Instant::now() < deadline, "{path} never showed it: {document:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Registers a client of `tenant` with a key of its own.
    pub fn enrol(&self, tenant: &str) -> Client {
        let key = KeyPair::generate().unwrap();
        let one_time = self.one_time_key(tenant, Duration::from_secs(600));
        let answer = self.simple_enroll(&one_time, &key);
        assert_eq!(answer.status, 200, "{}", answer.text());
        Client::new(&answer, key)
    }

    pub fn simple_enroll(&self, one_time_key: &str, key: &KeyPair) -> Answer {
        self.enrolment(one_time_key, key).send()
    }

    /// The request that registers `key`.
    pub fn enrolment(&self, one_time_key: &str, key: &KeyPair) -> Call<'static> {
        let basic = format!("Basic {}", STANDARD.encode(format!("somebody:{one_time_key}")));
        self.call("POST", "/.well-known/est/simpleenroll")
            .header("authorization", &basic)
            .header("content-type", "application/pkcs10")
            .body(request_for(key).as_bytes())
    }

    /// Stops the server in an orderly way.
    pub fn stop(mut self) {
        let server = self.server.take().unwrap();
        self.runtime.block_on(server.shutdown());
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

/// A registered client.
pub struct Client {
    pub id: Uuid,
    pub certificate: Vec<u8>,
    pub key: KeyPair,
}

impl Client {
    pub fn new(answer: &Answer, key: KeyPair) -> Self {
        let certificate = certs_only::read(&answer.body).unwrap().remove(0);
        let id = remote_services_transport::enrol::client_name(&certificate).unwrap();
        Self { id, certificate, key }
    }

    pub fn call<'a>(&self, server: &TestServer, method: &'a str, path: &'a str) -> Call<'a> {
        server.call(method, path).identity(&self.certificate, &self.key)
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/rs/v1/clients/{}{rest}", self.id)
    }

    pub fn put_upload(&self, server: &TestServer, upload: Uuid, sealed: &[u8]) -> Answer {
        let path = self.path(&format!("/uploads/{upload}"));
        self.call(server, "PUT", &path).sealed(sealed).send()
    }

    pub fn put_json(&self, server: &TestServer, path: &str, document: &Value) -> Answer {
        self.call(server, "PUT", path).json(document).send()
    }
}

/// A PKCS#10 request in EST's base64.
pub fn request_for(key: &KeyPair) -> String {
    let params = CertificateParams::new(vec!["wish.test".to_owned()]).unwrap();
    certs_only::base64_lines(params.serialize_request(key).unwrap().der())
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A fresh UUIDv7.
pub fn uuid7() -> Uuid {
    let mut random = [0; 10];
    getrandom::fill(&mut random).unwrap();
    remote_services_core::id::uuid_v7(now(), random)
}

pub fn now() -> remote_services_core::time::Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    remote_services_core::time::Timestamp::default().plus(since)
}
