//! Somebody in front of the server who sends the agent elsewhere, at each resource: it goes nowhere, says so, and ends with the one
//! exit code for this.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::fs;
use std::path::PathBuf;

use front::{client_files, consent_to_logs, go_by};
use remote_services_interop::ours::{Said, SiteServer, VirtualPrinters, agent_says};
use remote_services_interop::stand_in::{ClientFiles, StandIn};
use remote_services_interop::{Tool, require};
use serde_json::json;
use tempfile::TempDir;

/// A server with an agent that reads a printer, may send its logs, and follows newer versions of itself.
struct World {
    folder: TempDir,
    server: SiteServer,
    data: PathBuf,
    client: ClientFiles,
    printer: VirtualPrinters,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SiteServer::start(&folder.path().join("server"));
        let data = folder.path().join("agent");
        server.register(&data);
        let client = client_files(&data, folder.path());
        let (logs, programs) = (folder.path().join("logs"), folder.path().join("programs"));
        fs::create_dir(&logs).unwrap();
        fs::create_dir(&programs).unwrap();
        fs::write(logs.join("engine.log"), b"one line\n").unwrap();
        let settings = format!(
            "[logs]\nfolder = {logs:?}\nsource = \"engine\"\n[actions]\nsendEngineeringLog = \"on\"\n\
             [software]\nfolder = {programs:?}\n"
        );
        fs::write(data.join("agent.toml"), settings).unwrap();
        let printer = VirtualPrinters::start(&[]);
        let world = Self { folder, server, data, client, printer };
        consent_to_logs(&world.data);
        world
    }

    /// nginx that sends whoever asks for this, in its own words, elsewhere with this status.
    fn sending_away(&self, location: &str, status: u16) -> StandIn {
        let rules = format!("location {location} {{ return {status} https://elsewhere.example/; }}");
        let authority = self.folder.path().join("server/ca");
        StandIn::in_front_of(self.server.device_url(), &authority, &self.client, &rules)
    }

    fn run(&self) -> Said {
        let (data, target) = (self.data.to_str().unwrap(), self.printer.target());
        agent_says(&["run", "--once", "--data", data, &target])
    }

    fn wish_for_the_log(&self) {
        let client = self.server.operator.get("clients")[0]["id"].clone();
        let _ = self
            .server
            .operator
            .post("commands", &json!({ "client": client, "action": "sendEngineeringLog" }));
    }

    fn publish(&self) {
        let digest = self.server.operator.put_artifact(b"#!/bin/sh\necho remote-services-agent 9.9\n");
        let _ = self
            .server
            .operator
            .post("software", &json!({ "component": "agent", "version": "9.9", "digest": digest }));
    }
}

/// The resources that the agent asks for, as nginx has it.
const RESOURCES: [(&str, &str); 9] = [
    ("the directory", "= /rs/v1/"),
    ("the policy", "~ /policy$"),
    ("the client", "~ /clients/[^/]+$"),
    ("a device", "~ /devices/"),
    ("the list of commands", "~ /commands$"),
    ("a command", "~ /commands/[^/]+$"),
    ("an execution", "~ /execution$"),
    ("a part", "~ /parts/"),
    ("an upload", "~ /uploads/[^/]+$"),
];

#[test]
fn whoever_sends_the_agent_elsewhere_is_not_followed_and_the_exit_code_is_the_same_at_each_resource() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::new();
    let expect = |what: &str, status: u16, said: &Said, nginx: &StandIn, why: &str| {
        let all = said.all();
        let sent = format!(" {status} ");
        assert!(nginx.requests().iter().any(|line| line.contains(&sent)), "{what} was not asked for: {all}");
        assert_eq!(said.code, Some(1), "{what}, {status}: {all}");
        assert!(said.stderr.contains(why), "{what}, {status}: {all}");
    };
    let ours = "a redirect is not part of this protocol here";
    // Asked once a day, when it is answered.
    for status in [302, 307] {
        let nginx = world.sending_away("~ /software", status);
        go_by(&world.data, &nginx.url());
        expect("the software", status, &world.run(), &nginx, ours);
    }
    world.publish();
    for (status, why) in [(302, ours), (307, "which is no origin that the manifest names")] {
        let nginx = world.sending_away("~ /artifacts/", status);
        go_by(&world.data, &nginx.url());
        expect("an artifact", status, &world.run(), &nginx, why);
    }
    for (what, location) in RESOURCES {
        for status in [302, 307] {
            world.wish_for_the_log();
            let nginx = world.sending_away(location, status);
            go_by(&world.data, &nginx.url());
            expect(what, status, &world.run(), &nginx, ours);
        }
    }
    for (what, location) in [("the anchors", "~ /cacerts$"), ("a certificate", "~ /simpleenroll$")] {
        for status in [302, 307] {
            let nginx = world.sending_away(location, status);
            let file = world.server.key_file(world.folder.path());
            let key = fs::read_to_string(&file).unwrap();
            fs::write(&file, key.replace(world.server.device_url(), &nginx.url())).unwrap();
            let data = world.folder.path().join(format!("{}{status}", what.replace(' ', "-")));
            let words = ["register", "--data", data.to_str().unwrap(), "--key-file", file.to_str().unwrap()];
            expect(what, status, &agent_says(&words), &nginx, ours);
        }
    }
    // All of it was in the way, and nothing is lost.
    go_by(&world.data, world.server.device_url());
    let said = world.run();
    assert_eq!(said.code, Some(0), "{}", said.all());
}
