//! `scheduled-sync = "off"`: devices are read when somebody asks, and all else goes on.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use serde_json::json;
use std::net::UdpSocket;
use std::process::Command;
use support::{AtWork, World, wait_until};

#[test]
fn without_a_schedule_no_device_is_asked_and_settings_are_changed_from_afar_all_the_same() {
    let world = World::new();
    let site = world.site("scheduled-sync = \"off\"\n");
    let client = site.client.id();
    drop(site);
    let device = UdpSocket::bind("127.0.0.1:0").unwrap();
    device.set_nonblocking(true).unwrap();
    let was_asked = || device.recv_from(&mut [0; 2048]).is_ok();
    let target = device.local_addr().unwrap().to_string();
    let whom = ["-c", "public", "--snmp-version", "2c", "--retries", "0", &target];

    let command = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "collectEvery": 7200 }));
    let agent = AtWork::begin(&world, &[&["--every", "1"], &whom[..]].concat());
    wait_until("the policy", || world.data().join("state/policy.json").exists());
    wait_until("the command", || world.get(&path)["state"] != "queued");
    assert!(!was_asked(), "it is past the reading with which each turn begins");

    // What the server may ask for it sees without a reading.
    let told = |member: &str| world.get("/api/v1/clients")[0]["description"][member].clone();
    wait_until("the description", || told("securityMode") == "normal");
    let settings = "scheduled-sync = \"off\"\n[actions]\nrestart = \"ask\"\n";
    std::fs::write(world.data().join("agent.toml"), settings).unwrap();
    wait_until("the action", || told("actions")["restart"] == "ask");
    std::fs::write(world.data().join("agent.toml"), "scheduled-sync = \"off\"\nmode = \"lockdown\"\n")
        .unwrap();
    wait_until("lockdown", || told("securityMode") == "lockdown" && told("actions")["restart"] == "off");
    std::fs::write(world.data().join("agent.toml"), "scheduled-sync = \"off\"\n").unwrap();
    wait_until("the end of lockdown", || told("securityMode") == "normal");
    assert!(!was_asked());

    // One round by hand is asked for.
    drop(agent);
    let mut once = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    once.args(["run", "--once", "--data"]).arg(world.data()).args(whom).output().unwrap();
    wait_until("the device is asked", was_asked);
    while was_asked() {}

    // The administrator wants the schedule again: the agent heeds that at once.
    let agent = AtWork::begin(&world, &[&["--every", "1"], &whom[..]].concat());
    std::fs::write(world.data().join("agent.toml"), "#\n").unwrap();
    wait_until("the device is asked", was_asked);
    drop(agent);
}
