//! A large engineering log: the agent's memory does not grow with it, and `kill -9` in the middle leaves it whole and once.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::fs;
use std::path::{Path, PathBuf};

use remote_services_interop::ours::{Running, SiteServer, agent, agent_says};
use serde_json::{Value, json};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

/// A server, and an agent that may send its logs.
struct World {
    folder: TempDir,
    server: SiteServer,
    data: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SiteServer::start(&folder.path().join("server"));
        let data = folder.path().join("agent");
        server.register(&data);
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let settings = format!(
            "[logs]\nfolder = {logs:?}\nsource = \"engine\"\n[actions]\nsendEngineeringLog = \"on\"\n"
        );
        fs::write(data.join("agent.toml"), settings).unwrap();
        let who = ["consent", "record", "--scope", "engineering", "--given-by", "Ada Lovelace", "--agree"];
        let said = agent_says(&[&who[..], &["--data", data.to_str().unwrap()]].concat());
        assert_eq!(said.code, Some(0), "{}", said.all());
        Self { folder, server, data }
    }

    /// Octets that do not become shorter, as the log of this name; a wish for it.
    fn wish(&self, name: &str, length: usize) -> String {
        let octets: Vec<u8> =
            (0..length as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
        fs::write(self.folder.path().join("logs").join(name), octets).unwrap();
        let client = self.server.operator.get("clients")[0]["id"].clone();
        let wish =
            json!({ "client": client, "action": "sendEngineeringLog", "parameters": { "name": name } });
        self.server.operator.post("commands", &wish)["id"].as_str().unwrap().to_owned()
    }

    fn run(&self) -> Running {
        let data = self.data.to_str().unwrap();
        Running::start(&mut agent(&["run", "--once", "--no-collect", "--data", data]))
    }

    fn runs_to_its_end(&self) {
        let said = self.run().end();
        assert_eq!(said.code, Some(0), "{}", said.all());
    }

    /// The uploads that are this log.
    fn uploads_of(&self, name: &str) -> Vec<Value> {
        let mut uploads = self.server.operator.opened_uploads();
        uploads.retain(|upload| upload["log"]["name"] == name);
        uploads
    }
}

/// The most memory that a process had, in KiB, as far as it ran when looked at.
fn most_memory(running: &mut Running) -> u64 {
    let status = format!("/proc/{}/status", running.id());
    let mut most = 0;
    while !running.has_ended() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        most = most.max(now.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    most
}

#[test]
fn the_memory_of_the_agent_does_not_grow_with_the_log() {
    let world = World::new();
    // Both are several parts of 4 MiB.
    let most = [("short.log", 12 * MIB), ("long.log", 120 * MIB)].map(|(name, length)| {
        world.wish(name, length);
        let mut running = world.run();
        let most = most_memory(&mut running);
        let said = running.end();
        assert_eq!(said.code, Some(0), "{}", said.all());
        let uploads = world.uploads_of(name);
        assert_eq!((uploads.len(), &uploads[0]["log"]["length"]), (1, &json!(length)));
        assert_eq!(uploads[0]["state"], "opened", "{uploads:?}");
        most
    });
    assert!(most[0] > 0, "it was looked at while it ran");
    // Ten times the log; what the allocator keeps is no part of it.
    assert!(most[1] < most[0] + most[0] / 4, "{most:?} KiB for 12 and 120 MiB");
}

#[test]
fn a_log_that_is_killed_on_its_way_again_and_again_arrives_whole_and_once() {
    let world = World::new();
    let command = world.wish("engine.log", 40 * MIB);
    let parts = world.data.join("state/logs").join(&command).join("0/parts.log");
    let mut kills = 0;
    for sealed in [0, 1, 2, 4, 5, 7, 8, 10] {
        let mut running = world.run();
        while !running.has_ended() && lines(&parts) < Some(sealed) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        kills += usize::from(running.kill_and_see());
    }
    assert!(kills >= 5, "only {kills} kills came in time");
    world.runs_to_its_end();
    let uploads = world.uploads_of("engine.log");
    assert_eq!(uploads.len(), 1, "{uploads:?}");
    assert_eq!((&uploads[0]["state"], &uploads[0]["log"]["length"]), (&json!("opened"), &json!(40 * MIB)));
    let shown = world.server.operator.get(&format!("commands/{command}"));
    assert_eq!(shown["state"], "succeeded", "{shown}");
    world.runs_to_its_end();
    assert_eq!(world.uploads_of("engine.log").len(), 1, "and it stays at that");
}

/// Lines of a file, if it is there.
fn lines(path: &Path) -> Option<usize> {
    fs::read(path).ok().map(|octets| octets.iter().filter(|octet| **octet == b'\n').count())
}
