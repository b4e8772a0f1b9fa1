//! Normal mode, lockdown, and people who are asked: an agent and its server, both in this process.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Command, Line, carry_out};
use remote_services_agent::commands::obey;
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::{Reading, SnmpAsker, now};
use remote_services_agent::wishes::Wishes;
use remote_services_collect::ObjectStore;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_server::{RunningServer, Server, ServerConfig};
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::Class;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

struct World {
    folder: tempfile::TempDir,
    runtime: Runtime,
    server: Option<RunningServer>,
}

impl World {
    fn new() -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let server = Server::start(ServerConfig::new(folder.path().join("server")));
        let server = runtime.block_on(server).unwrap();
        let key =
            runtime.block_on(server.create_registration_key("default", Duration::from_secs(60))).unwrap();
        let home = Home::open(&folder.path().join("agent")).unwrap();
        register(&home, &Settings::default(), &RegistrationKey::from_text(key.text()).unwrap()).unwrap();
        Self { folder, runtime, server: Some(server) }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("agent")
    }

    fn site(&self, settings: &str) -> Site {
        let home = Home::open(&self.data()).unwrap();
        std::fs::write(home.settings(), settings).unwrap();
        let settings = Settings::read(&home.settings()).unwrap();
        Site::open(home, settings, StopFlag::new()).unwrap()
    }

    fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    fn get(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.call().unwrap().into_body().read_json().unwrap()
    }

    fn post(&self, path: &str, document: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        request.send_json(document).unwrap().into_body().read_json().unwrap()
    }

    fn put(&self, path: &str, document: &Value) {
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

/// A printer that answers nobody any more.
fn reading() -> Reading {
    let mut report = DeviceReport::default();
    report.identity.header.read_at = now();
    report.identity.manufacturer = Some("Xerox".into());
    report.identity.serial_number = Some("SERIAL0001".into());
    Reading {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
        credential: 0,
        credentials: "v2c".into(),
        store: ObjectStore::new(),
        report,
    }
}

fn asker() -> SnmpAsker {
    let line = ["agent", "discover", "127.0.0.1", "--timeout", "0.1", "--retries", "0"];
    let line =
        Line::try_parse_from(line).or_else(|_| Line::try_parse_from(["agent", "discover", "127.0.0.1"]));
    let Command::Discover(options) = line.unwrap().command else { panic!("not discover") };
    SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap()
}

/// Reads the device into the spool, sends it and introduces it; its id.
fn work(site: &mut Site) -> Uuid {
    let mut reading = reading();
    let (device, _) = site.keep(&mut reading, Class::Meter).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    site.introduce(&[(device, &reading.report)], &mut Progress::silent()).unwrap();
    device
}

fn turn(site: &mut Site) -> Vec<String> {
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    let done = obey(site, &mut asker(), &mut journal, &mut poll, &mut |_| {}).unwrap();
    done.obeyed.iter().map(|done| done.execution.state.to_string()).collect()
}

#[test]
fn lockdown_is_data_sync_and_nothing_else_and_ends_on_site_only() {
    let world = World::new();
    let mut site = world.site("mode = \"lockdown\"\n[actions]\ngetStatus = \"on\"\n");
    let client = site.client.id();
    let device = work(&mut site);
    world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "collectEvery": 7200 }));
    let command =
        world.post("/api/v1/commands", &json!({ "client": client, "device": device, "action": "getStatus" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());

    let mut wishes = Wishes::load(&site.home);
    wishes.ask(&mut site).unwrap();
    assert_eq!(wishes.applied(&site).0, Default::default());
    assert!(!site.home.state("policy.json").exists(), "nobody asked");
    assert_eq!(turn(&mut site), Vec::<String>::new());
    assert_eq!(world.get(&path)["state"], "queued", "the client never asked for commands");
    let description = &world.get("/api/v1/clients")[0]["description"];
    assert_eq!(description["securityMode"], "lockdown");
    let audit = &description["audit"];
    assert!(audit["entries"].as_u64() >= Some(1) && audit["hash"].as_str().unwrap().len() == 64, "{audit}");
    assert!(description["actions"].as_object().unwrap().values().all(|setting| setting == "off"));
    let devices = world.get("/api/v1/devices").to_string();
    assert!(devices.contains("SERIAL0001") && !devices.contains("127.0.0.1"), "{devices}");
    drop(site);

    // The administrator ends it; what the server wants is heard again.
    let mut site = world.site("mode = \"normal\"\n[actions]\ngetStatus = \"on\"\n");
    assert_eq!(site.settings.mode, SecurityMode::Normal);
    wishes.ask(&mut site).unwrap();
    assert_eq!(wishes.applied(&site).0.collect_every, Some(7200));
    assert_eq!(turn(&mut site), ["failed"], "the device does not answer, but it was tried");
    assert_eq!(world.get(&path)["state"], "failed");
    drop(site);

    // Back in lockdown what was wished counts no more, though it is still kept.
    let site = world.site("mode = \"lockdown\"\n");
    assert!(site.home.state("policy.json").exists());
    assert_eq!(Wishes::load(&site.home).applied(&site).0, Default::default());
}

fn people(data: &Path, words: &[&str]) -> bool {
    let data = data.to_str().unwrap();
    let line = ["agent", "commands", words[0], "--data", data].into_iter().chain(words[1..].iter().copied());
    carry_out(Line::parse_from(line)).is_ok()
}

#[test]
fn a_person_is_asked_and_what_was_said_is_recorded_and_reported() {
    let world = World::new();
    let mut site = world.site("[actions]\ngetStatus = \"ask\"\n");
    let (client, device) = (site.client.id(), work(&mut site));
    let wish = json!({ "client": client, "device": device, "action": "getStatus" });
    for (word, code) in [("refuse", "consentDenied"), ("agree", "notReachable")] {
        let command = world.post("/api/v1/commands", &wish);
        let id = command["id"].as_str().unwrap();
        assert_eq!(turn(&mut site), ["awaitingConsent"]);
        assert_eq!(turn(&mut site), Vec::<String>::new(), "it waits");
        assert_eq!(world.get(&format!("/api/v1/commands/{id}"))["state"], "awaitingConsent");
        // The agent has the folder, and people have their say all the same.
        assert!(!people(&world.data(), &[word, "--by", "A. Smith", &Uuid::nil().to_string()]));
        assert!(!people(&world.data(), &[word, "--by", " ", id]));
        assert!(people(&world.data(), &["list"]));
        assert!(people(&world.data(), &[word, "--by", "A. Smith", "--reason", "as agreed", id]));
        assert_eq!(turn(&mut site), ["failed"]);
        let shown = world.get(&format!("/api/v1/commands/{id}"));
        let last = shown["executions"].as_array().unwrap().last().unwrap();
        assert_eq!(last["result"]["code"], code, "{shown}");
    }
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("refused by A. Smith") && audit.contains("agreed by A. Smith"), "{audit}");
    drop(site);
    let data = world.data();
    let data = data.to_str().unwrap();
    for words in [&["audit", "verify", "--data", data][..], &["audit", "show", "--data", data, "--last", "3"]]
    {
        carry_out(Line::parse_from(["agent"].iter().chain(words)))
            .map_err(|failure| failure.to_string())
            .unwrap();
    }
    let edited = audit.replacen("refused by A. Smith", "agreed  by A. Smith", 1);
    std::fs::write(world.data().join("audit.log"), edited).unwrap();
    assert!(carry_out(Line::parse_from(["agent", "audit", "verify", "--data", data])).is_err());
}
