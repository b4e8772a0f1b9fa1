//! An agent that installs another version of itself and starts it in its own place, as it does where it runs for good.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use remote_services_interop::ours::{Running, SiteServer, program};
use serde_json::json;

/// Says who it is, and with what it was started.
const NEXT: &[u8] = b"#!/bin/sh
if [ \"$1\" = --version ]; then echo remote-services-agent 9.9; else echo \"9.9 was started with $*\"; fi
";

#[test]
fn an_agent_in_a_folder_of_versions_starts_the_one_that_it_installed_in_its_own_place() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    server.register(&data);
    let programs = folder.path().join("programs");
    let first = programs.join("versions/first");
    fs::create_dir_all(&first).unwrap();
    let own = program("remote-services-agent");
    let (from, to) = (Path::new(own.get_program()), first.join("remote-services-agent"));
    if fs::hard_link(from, &to).is_err() {
        fs::copy(from, &to).unwrap();
    }
    symlink("versions/first", programs.join("current")).unwrap();
    fs::write(data.join("agent.toml"), format!("[software]\nfolder = {programs:?}\n")).unwrap();
    let digest = server.operator.put_artifact(NEXT);
    let _ = server
        .operator
        .post("software", &json!({ "component": "agent", "version": "9.9", "digest": digest }));

    let mut command = Command::new(programs.join("current/remote-services-agent"));
    let data = data.to_str().unwrap();
    let mut agent = Running::start(command.args(["run", "--no-collect", "--data", data]));
    let said = agent.end();
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.contains(&format!("9.9 was started with run --no-collect --data {data}")),
        "{}",
        said.stdout
    );
    assert!(said.stderr.contains("version 9.9 is installed"), "{}", said.stderr);
    assert_eq!(fs::read_link(programs.join("current")).unwrap(), Path::new("versions/9.9"));
}
