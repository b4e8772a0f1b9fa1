//! `poll-window`: the server is asked for commands at the time of day that the site has chosen, and at no other.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::wishes::Wishes;
use serde_json::json;
use std::process::Command;
use std::thread;
use std::time::Duration;
use support::{AtWork, World, wait_until};

/// A window of a minute that begins so many hours from now.
fn window(hours: i8) -> String {
    let hour = (jiff::Zoned::now().hour() + hours) % 24;
    format!("poll-window = \"{hour:02}:00-{hour:02}:01\"\n")
}

#[test]
fn commands_wait_for_the_window_of_the_site_and_no_other_work_does() {
    let world = World::new();
    let text = format!("{}[actions]\ngetStatus = \"on\"\n", window(12));
    let site = world.site(&text);
    let client = site.client.id();
    // It was asked today; who never was is asked soon after the start.
    Wishes::was_asked(&site.home).unwrap();
    let until = Wishes::load(&site.home).until_asking(&site).unwrap();
    let hours = until.as_secs() / 3600;
    assert!((10..=12).contains(&hours), "{until:?}");
    drop(site);

    let command = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "collectEvery": 7200 }));
    let _agent = AtWork::begin(&world, &["--no-collect"]);
    // The turn goes to its end, with the policy, and the command is still not asked for.
    wait_until("the policy", || world.data().join("state/policy.json").exists());
    thread::sleep(Duration::from_secs(1));
    assert_eq!(world.get(&path)["state"], "queued");

    // The administrator takes the window away: the agent heeds that at once.
    std::fs::write(world.data().join("agent.toml"), "[actions]\ngetStatus = \"on\"\n").unwrap();
    wait_until("the command", || world.get(&path)["state"] != "queued");
}

#[test]
fn one_round_by_hand_asks_at_once_and_what_was_asked_is_noted() {
    let world = World::new();
    let site = world.site(&window(12));
    let client = site.client.id();
    drop(site);
    let command = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    agent.args(["run", "--once", "--no-collect", "--data"]).arg(world.data());
    agent.output().unwrap();
    assert_ne!(world.get(&path)["state"], "queued");
    assert!(world.data().join("state/last-poll").exists(), "this day's question was asked");
}

#[test]
fn a_window_that_is_none_is_told() {
    let world = World::new();
    std::fs::write(world.data().join("agent.toml"), "poll-window = \"night\"\n").unwrap();
    let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    let output = agent.args(["run", "--once", "--no-collect", "--data"]).arg(world.data()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("agent.toml") && said.contains("night"), "{said}");
}

#[test]
fn a_time_zone_that_is_not_known_is_told_at_the_start_where_there_is_a_window_and_only_there() {
    let world = World::new();
    let run = |settings: &str, zone: &str| {
        std::fs::write(world.data().join("agent.toml"), settings).unwrap();
        let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        agent.args(["run", "--once", "--no-collect", "--data"]).arg(world.data()).env("TZ", zone);
        let output = agent.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{told}");
        told
    };
    let unknown = "the time zone Nowhere/City is not known here, so windows count in UTC";
    let windows = ["daily-window = \"02:00-02:30\"\n", &window(0), "[software]\nwindow = \"22:00-04:00\"\n"];
    for window in windows {
        let told = run(window, "Nowhere/City");
        assert_eq!(told.matches(unknown).count(), 1, "{window}: {told}");
        let told = run(window, "CET-1CEST,M3.5.0,M10.5.0/3");
        assert!(!told.contains("time zone"), "{window}: {told}");
    }
    let told = run("#\n", "Nowhere/City");
    assert!(!told.contains("time zone"), "{told}");
    // A window that the server wishes counts as much.
    let client = world.get("/api/v1/clients")[0]["id"].as_str().unwrap().to_owned();
    world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "dailyWindow": "01:00-02:00" }));
    run("#\n", "UTC");
    let told = run("#\n", "Nowhere/City");
    assert!(told.contains(unknown), "{told}");
}

#[test]
fn what_a_person_agreed_to_does_not_wait_for_the_window() {
    let world = World::new();
    let site = world.site(&format!("{}[actions]\ncheckSoftware = \"ask\"\n", window(12)));
    let client = site.client.id();
    drop(site);
    let command = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    let mut once = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    once.args(["run", "--once", "--no-collect", "--data"]).arg(world.data()).output().unwrap();
    assert_eq!(world.get(&path)["state"], "awaitingConsent");
    let mut agree = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    agree.args(["commands", "agree", command["id"].as_str().unwrap(), "--by", "Ada Lovelace", "--data"]);
    assert!(agree.arg(world.data()).output().unwrap().status.success());
    let _agent = AtWork::begin(&world, &["--no-collect"]);
    wait_until("it is carried out", || !world.get(&path)["state"].as_str().unwrap().starts_with("awaiting"));
}
