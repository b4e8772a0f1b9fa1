//! The agent's audit log after somebody was at its files: what `audit verify`, the next run and the server say.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::progress::Progress;
use remote_services_transport::audit::{AuditEntry, ChainHead};
use std::path::Path;
use support::World;

fn agent(words: &[&str]) -> Result<(), String> {
    let line = ["agent"].iter().chain(words);
    carry_out(Line::parse_from(line)).map_err(|failure| failure.sentence)
}

fn verify(world: &World) -> Result<(), String> {
    agent(&["audit", "verify", "--data", world.data().to_str().unwrap()])
}

fn run(world: &World) {
    agent(&["run", "--once", "--no-collect", "--data", world.data().to_str().unwrap()]).unwrap();
}

/// A world whose agent did something, and told its server where its log stands.
fn world() -> World {
    let world = World::new();
    let mut site = world.site("");
    site.note("action", "printer", "restarted by nobody").unwrap();
    site.introduce(&[], &mut Progress::silent()).unwrap();
    drop(site);
    run(&world);
    verify(&world).unwrap();
    world
}

/// The entries edited, in a chain that holds together.
fn hashed_anew(log: &Path, edit: impl Fn(&str) -> String) {
    let mut head = ChainHead::default();
    let text = std::fs::read_to_string(log).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str::<AuditEntry>(&edit(&line[65..])).unwrap());
    std::fs::write(log, entries.map(|entry| head.append(entry)).collect::<String>()).unwrap();
}

fn told(world: &World) -> String {
    world.get("/api/v1/clients")[0]["findings"].to_string()
}

#[test]
fn an_edited_entry_is_told_for_ever_whatever_is_signed_afterwards() {
    let world = world();
    hashed_anew(&world.data().join("audit.log"), |json| json.replace("by nobody", "by somebody"));
    assert!(verify(&world).unwrap_err().contains("is not the one that a signed checkpoint vouches for"));
    for _ in 0..3 {
        run(&world);
        let said = verify(&world).unwrap_err();
        assert!(said.contains("history does not hold from entry 1"), "{said}");
    }
    world.site("").introduce(&[], &mut Progress::silent()).unwrap();
    assert!(told(&world).contains("cannot be believed from entry 1"), "{}", told(&world));
}

#[test]
fn an_end_that_is_cut_off_with_its_checkpoints_is_told_by_the_agent_and_by_the_server() {
    let world = world();
    let log = world.data().join("audit.log");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, whole.split_inclusive('\n').take(1).collect::<String>()).unwrap();
    std::fs::remove_file(world.data().join("audit.checkpoint")).unwrap();
    std::fs::remove_file(world.data().join("identity/audit.checkpoint")).unwrap();
    assert!(verify(&world).unwrap_err().contains("is gone"));
    world.site("").introduce(&[], &mut Progress::silent()).unwrap();
    assert!(verify(&world).unwrap_err().contains("history does not hold from entry 1"));
    assert!(told(&world).contains("went back from") || told(&world).contains("is now"), "{}", told(&world));
}

#[test]
fn a_log_that_was_removed_with_all_that_belongs_to_it_is_missed() {
    for mark in [false, true] {
        let world = world();
        for item in std::fs::read_dir(world.data()).unwrap().map(|item| item.unwrap().path()) {
            if item.file_name().unwrap().to_str().unwrap().starts_with("audit") {
                std::fs::remove_file(item).unwrap();
            }
        }
        if mark {
            std::fs::remove_file(world.data().join("identity/audit.checkpoint")).unwrap();
        }
        verify(&world).unwrap_err();
        run(&world);
        assert!(verify(&world).unwrap_err().contains("history does not hold from entry 1"));
    }
}

#[test]
fn what_is_removed_under_a_running_agent_is_told_with_its_next_heartbeat() {
    for (file, words) in [
        ("audit.log", "entries were there up to"),
        ("audit.checkpoint", "the checkpoint that belongs to it is gone"),
        ("identity/audit.checkpoint", "the copy of the checkpoint that belongs to it is gone"),
    ] {
        let world = world();
        let mut site = world.site("");
        std::fs::remove_file(world.data().join(file)).unwrap();
        site.introduce(&[], &mut Progress::silent()).unwrap();
        assert!(told(&world).contains("cannot be believed from entry"), "{file}: {}", told(&world));
        drop(site);
        let said = verify(&world).unwrap_err();
        assert!(said.contains("history does not hold") && said.contains(words), "{file}: {said}");
    }
}

#[test]
fn each_exchange_with_the_server_stands_in_the_log_from_the_registration_on() {
    let world = world();
    let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
    let entries: Vec<AuditEntry> =
        audit.lines().map(|line| serde_json::from_str(&line[65..]).unwrap()).collect();
    let server = world.server().device_url().trim_start_matches("https://").to_owned();
    let own = format!("{server}/rs/v1/clients/{}", identity(&world));
    for (subject, text) in [
        (format!("GET {server}/.well-known/est/cacerts"), "200; 0 octets sent, "),
        (format!("POST {server}/.well-known/est/simpleenroll"), "200; "),
        (format!("GET {server}/rs/v1/"), "200; 0 octets sent, "),
        (format!("PUT {own}"), "201; "),
        (format!("GET {own}/commands"), "20"),
    ] {
        let found = entries.iter().find(|it| it.event == "exchange" && it.subject == subject);
        let found = found.unwrap_or_else(|| panic!("{subject} is missing in {audit}"));
        assert!(found.text.starts_with(text) && found.text.ends_with(" ms"), "{}: {}", subject, found.text);
    }
}

fn identity(world: &World) -> String {
    world.get("/api/v1/clients")[0]["id"].as_str().unwrap().to_owned()
}
