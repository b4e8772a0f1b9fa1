//! Downloads that do not fit on the disk, whose room is said by somebody else here.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_transport::document::Policy;
use remote_services_transport::software::Attempt;
use serde_json::json;
use std::path::Path;
use support::{World, turn, work};

const SCRIPT: &[u8] = b"#!/bin/sh\necho remote-services-agent 1.1\n";

fn settings(world: &World) -> String {
    let folder = world.folder.path().join("programs");
    format!("[software]\nfolder = {folder:?}\n[actions]\ncheckSoftware = \"on\"\nupgrade = \"on\"\n")
}

/// What became of a command: state, code and text of its result.
fn asked(world: &World, site: &mut Site, mut wish: serde_json::Value) -> (String, String, String) {
    wish["client"] = json!(site.client.id());
    let command = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned();
    let states = turn(site);
    assert_eq!(states.len(), 1);
    let command = world.get(&format!("/api/v1/commands/{command}"));
    let last = command["executions"].as_array().unwrap().last().unwrap()["result"].clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (states[0].clone(), text(&last["code"]), text(&last["text"]))
}

fn downloads(site: &Site) -> usize {
    std::fs::read_dir(site.home.downloads()).map_or(0, Iterator::count)
}

#[test]
fn a_version_that_does_not_fit_is_not_begun_and_noted_once() {
    let world = World::new();
    world.publish("1.1", SCRIPT);
    let noted = || {
        let text = |log: &str| std::fs::read_to_string(world.data().join(log)).unwrap_or_default();
        let fetched = text("exchanges.log").matches("/artifacts/").count();
        (text("audit.log").matches("no room for version").count(), fetched)
    };
    // The spool may take 8 MiB more.
    let settings = format!("{}[limits]\nspool-bytes = {}\n", settings(&world), 8 << 20);
    for free in [|_: &Path| Some(5 << 20), |_: &Path| Some((8 << 20) + 50)] {
        let mut site = world.site(&settings);
        site.free = free;
        let mut software = Software::load(&site.home).unwrap();
        let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
        assert_eq!((attempt, software.lacks_room()), (None, true), "{text}");
        for words in [
            "no room for version 1.1: ".to_owned(),
            format!("{} octets free", free(Path::new("")).unwrap()),
            format!("{} are to be fetched", SCRIPT.len()),
            // For its installation, too.
            format!("{} to stay free", (8 << 20) + SCRIPT.len()),
        ] {
            assert!(text.contains(&words), "{words}: {text}");
        }
        assert_eq!((noted(), downloads(&site)), ((1, 0), 0));
    }
    let mut site = world.site(&settings);
    site.free = |_| Some(5 << 20);
    let (state, code, text) = asked(&world, &mut site, json!({ "action": "checkSoftware" }));
    assert_eq!((&*state, &*code), ("failed", "notEnoughSpace"), "{text}");
    assert_eq!((noted(), downloads(&site)), ((2, 0), 0), "the command's own end is noted, too");

    // Where nobody can say what is free, the disk decides.
    site.free = |_| None;
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!((attempt, software.lacks_room()), (Some(Attempt::Installed("1.1".into())), false), "{text}");
}

#[test]
fn a_version_that_was_fetched_is_not_given_up_since_there_is_no_room_to_install_it() {
    let world = World::new();
    world.publish("1.1", SCRIPT);
    let mut site = world.site(&settings(&world));
    let never = Policy { maintenance_window: Some("never".into()), ..Policy::default() };
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &never, true).unwrap();
    assert_eq!((attempt, downloads(&site)), (None, 1), "{text}");
    site.free = |_| Some(500_000);
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert!(attempt.is_none() && software.lacks_room(), "{text}");
    assert!(text.contains("the disk of its folder has 500000 octets free"), "{text}");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("programs); make room") && !text.contains("programs"), "{text}: {audit}");
    assert!(!world.folder.path().join("programs").exists());
    site.free = |_| None;
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(attempt, Some(Attempt::Installed("1.1".into())), "{text}");
}

#[test]
fn firmware_that_does_not_fit_ends_its_command_before_a_piece_is_fetched() {
    let world = World::new();
    let mut site = world.site(&settings(&world));
    let device = work(&mut site);
    site.free = |_| Some(1 << 20);
    let digest = world.put_artifact(&[7; 1000]);
    let wish = json!({
        "device": device, "action": "upgrade", "artifacts": [{ "name": "new.bin", "digest": digest }],
    });
    let (state, code, text) = asked(&world, &mut site, wish);
    assert_eq!((&*state, &*code), ("failed", "notEnoughSpace"), "{text}");
    assert!(text.contains("1048576 octets free, and 1000 are to be fetched"), "{text}");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("agent/downloads)") && !text.contains("downloads"), "{text}: {audit}");
    let exchanges = std::fs::read_to_string(site.home.exchanges()).unwrap();
    assert!(exchanges.contains("/commands/"), "{exchanges}");
    assert_eq!((downloads(&site), exchanges.matches("/artifacts/").count()), (0, 0));
}
