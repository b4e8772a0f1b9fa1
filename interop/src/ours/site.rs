use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Running, Said, SiteServer, agent, program};

/// A server, and an agent that is registered with it, in a folder that goes with the test.
#[derive(Debug)]
pub struct Site {
    /// The server.
    pub server: SiteServer,
    folder: tempfile::TempDir,
}

impl Site {
    /// Starts the server and registers the agent.
    ///
    /// # Panics
    /// When either does not work.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let server = SiteServer::start(&folder.path().join("server"));
        server.register(&folder.path().join("agent"));
        Self { server, folder }
    }

    /// For whatever else the test has.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The agent's data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// A command for one round of `run`.
    #[must_use]
    pub fn run_once(&self, words: &[&str]) -> Command {
        let data = self.data().display().to_string();
        agent(&[&["run", "--once", "--timeout", "0.5", "--data", &data], words].concat())
    }

    /// One round of `run`, to its end.
    #[must_use]
    pub fn run(&self, words: &[&str]) -> Said {
        Running::start(&mut self.run_once(words)).end()
    }

    /// A command of the server about what it wishes of the agent's settings: `show`, or `set` with a document.
    ///
    /// # Panics
    /// When there is no client.
    #[must_use]
    pub fn policy(&self, words: &[&str]) -> Command {
        let client = self.server.operator.get("clients")[0]["id"].as_str().expect("a client").to_owned();
        let mut policy = program("remote-services-server");
        policy.args(["policy", words[0], "--data"]).arg(self.folder.path().join("server")).arg(client);
        policy.args(&words[1..]);
        policy
    }

    /// What the agent remembers: address of each device by its key, in the order of the addresses.
    ///
    /// # Panics
    /// When it has no memory.
    #[must_use]
    pub fn devices(&self) -> Vec<(String, String)> {
        let text =
            fs::read_to_string(self.data().join("state/devices.json")).expect("the agent has a memory");
        let memory: Value = serde_json::from_str(&text).expect("it is JSON");
        let devices = memory["devices"].as_object().expect("devices").values();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut devices: Vec<_> =
            devices.map(|device| (text(&device["address"]), text(&device["key"]))).collect();
        devices.sort();
        devices
    }

    /// Where the devices are that the agent remembers.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.devices().into_iter().map(|(address, _)| address).collect()
    }
}

/// A printer that plays this recording at a place, until it is dropped.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn play(lines: &str, place: &str, community: &str, folder: &Path) -> Running {
    let recording = folder.join(format!("{}.snmprec", place.replace(':', "-")));
    fs::write(&recording, lines).expect("the test's own folder");
    let mut command = program("virtual-printer");
    command.args(["--listen", place, "--community", community, "--recording"]).arg(&recording);
    let mut running = Running::start(&mut command);
    running.wait_until("the printer is there", |stdout| stdout.contains("running; ").then_some(()));
    running
}
