//! A server and an agent, both in the process of the test.
#![allow(dead_code, unreachable_pub, reason = "each program of tests uses its part")]

pub mod archive;
pub mod front;
pub mod relay;
pub mod versions;

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Command, Line};
use remote_services_agent::commands::obey;
use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::{Reading, SnmpAsker, now};
use remote_services_collect::ObjectStore;
use remote_services_core::consent::{Consent, ConsentScope};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_server::{RunningServer, Server, ServerConfig};
use remote_services_transport::audit::AuditEntry;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::{ContentDigest, NextPoll};
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::Class;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// A server, and an agent that is registered with it.
pub struct World {
    pub folder: tempfile::TempDir,
    runtime: Runtime,
    server: Option<RunningServer>,
    /// Where the server was when it went away.
    address: Option<SocketAddr>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with a server whose keys and certificates were changed in their folder.
    pub fn with_authority(change: impl FnOnce(&Path)) -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let first = Server::start(ServerConfig::new(folder.path().join("server")));
        runtime.block_on(async { first.await.unwrap().shutdown().await });
        change(&folder.path().join("server/ca"));
        Self::registered(folder, runtime, |_| {})
    }

    /// With a server of other settings.
    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        Self::registered(folder, runtime, change)
    }

    fn registered(
        folder: tempfile::TempDir,
        runtime: Runtime,
        change: impl FnOnce(&mut ServerConfig),
    ) -> Self {
        let mut config = ServerConfig::new(folder.path().join("server"));
        change(&mut config);
        let server = runtime.block_on(Server::start(config)).unwrap();
        let key =
            runtime.block_on(server.create_registration_key("default", Duration::from_secs(60))).unwrap();
        let home = Home::open(&folder.path().join("agent")).unwrap();
        register(&home, &Settings::default(), &RegistrationKey::from_text(key.text()).unwrap()).unwrap();
        Self { folder, runtime, server: Some(server), address: None }
    }

    /// The server starts again, with its default settings.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// The server goes away.
    pub fn stop(&mut self) {
        let server = self.server.take().unwrap();
        self.address = Some(server.device_address());
        self.runtime.block_on(server.shutdown());
    }

    /// The server that went away is back, with its default settings.
    pub fn start_again(&mut self) {
        let mut config = ServerConfig::new(self.folder.path().join("server"));
        config.listen = self.address.unwrap();
        self.server = Some(self.runtime.block_on(Server::start(config)).unwrap());
    }

    /// A fresh registration key.
    pub fn key(&self) -> String {
        let key = self.server().create_registration_key("default", Duration::from_secs(60));
        self.runtime.block_on(key).unwrap().text().to_owned()
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("agent")
    }

    pub fn site(&self, settings: &str) -> Site {
        // A program that another test is just starting holds a copy of each lock until it runs.
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let opened = Home::open(&self.data()).and_then(|home| {
                // An empty file is one that somebody lost.
                let text = if settings.is_empty() { "#\n" } else { settings };
                std::fs::write(home.settings(), text).unwrap();
                let settings = Settings::read(&home)?;
                Site::open(home, settings, StopFlag::new())
            });
            match opened {
                Err(failure) if failure.sentence.contains("another") && Instant::now() < until => {
                    thread::sleep(Duration::from_millis(20));
                }
                opened => return opened.unwrap(),
            }
        }
    }

    pub fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    pub fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.call().unwrap().into_body().read_json().unwrap()
    }

    pub fn delete(&self, path: &str) {
        let request = ureq::delete(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.call().unwrap();
    }

    pub fn post(&self, path: &str, document: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.send_json(document).unwrap().into_body().read_json().unwrap()
    }

    /// Publishes an artifact as the next version of the agent.
    pub fn publish(&self, version: &str, octets: &[u8]) {
        self.publish_on(None, version, octets);
    }

    /// The same on a channel.
    pub fn publish_on(&self, channel: Option<&str>, version: &str, octets: &[u8]) {
        let digest = self.put_artifact(octets);
        let wish = serde_json::json!({
            "component": "agent", "version": version, "digest": digest, "channel": channel
        });
        self.post("/api/v1/software", &wish);
    }

    /// Gives the server a file.
    pub fn put_artifact(&self, octets: &[u8]) -> ContentDigest {
        let digest = ContentDigest::of(octets);
        let request = ureq::put(format!("{}/api/v1/artifacts", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()))
            .header("content-digest", digest.to_string())
            .header("content-type", "application/octet-stream");
        request.send(octets).unwrap();
        digest
    }

    pub fn put(&self, path: &str, document: &Value) {
        let request = ureq::put(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.send_json(document).unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

/// An SNMP socket that does not wait for long.
pub fn asker() -> SnmpAsker {
    let line = ["agent", "discover", "127.0.0.1", "--timeout", "0.1", "--retries", "0"];
    let line =
        Line::try_parse_from(line).or_else(|_| Line::try_parse_from(["agent", "discover", "127.0.0.1"]));
    let Command::Discover(options) = line.unwrap().command else { panic!("not discover") };
    SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap()
}

/// Asks for commands once; where each stands then.
pub fn turn(site: &mut Site) -> Vec<String> {
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    let done = obey(site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).unwrap();
    done.obeyed.iter().map(|done| done.execution.state.to_string()).collect()
}

/// A printer that answers nobody any more.
pub fn reading() -> Reading {
    let mut report = DeviceReport::default();
    report.identity.header.read_at = now();
    report.identity.manufacturer = Some("Xerox".into());
    report.identity.serial_number = Some("SERIAL0001".into());
    Reading {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
        credential: 0,
        credentials: "v2c".into(),
        whole: true,
        store: ObjectStore::new(),
        report,
    }
}

/// Reads the device into the spool, sends it and introduces it; its id.
pub fn work(site: &mut Site) -> Uuid {
    let mut reading = reading();
    let (device, _) = site.keep(&mut reading, Class::Meter).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    site.introduce(&[(device, &reading.report)], &mut Progress::silent()).unwrap();
    device
}

/// The entries of a log that begins with one.
pub fn entries(log: &str) -> Vec<AuditEntry> {
    log.lines().map(|line| serde_json::from_str(&line[65..]).unwrap()).collect()
}

/// Puts a consent for all devices on record, as `consent record` does it beside an agent.
pub fn consent(home: &Home, number: u128, scope: ConsentScope) -> Uuid {
    let consent = Consent {
        id: Uuid::from_u128(number),
        given_by: "Ada Lovelace".into(),
        given_at: now(),
        text: scope.statement().into(),
        scopes: vec![scope],
        devices: Vec::new(),
        until: None,
        revocation: None,
    };
    consents::record(home, consent).unwrap();
    Uuid::from_u128(number)
}

/// An agent at work, until the test ends.
pub struct AtWork(Child);

impl AtWork {
    /// `run` with these words more.
    pub fn begin(world: &World, words: &[&str]) -> Self {
        let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        agent.args(["run", "--data"]).arg(world.data()).args(words);
        Self(agent.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is so, and fails when it never is.
pub fn wait_until(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < deadline, "{what}: not in a minute");
        thread::sleep(Duration::from_millis(50));
    }
}
