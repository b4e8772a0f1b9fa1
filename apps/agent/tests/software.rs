//! The agent's own versions: published by an operator, installed in a folder by the agent, with programs that do nothing but
//! say who they are.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::software::Software;
use remote_services_agent::wishes::Wishes;
use remote_services_transport::document::{ContentDigest, Policy};
use remote_services_transport::software::Attempt;
use serde_json::json;
use std::path::Path;
use support::versions::{another_time, current, look, script, settings};
use support::{World, turn};

#[test]
fn a_version_is_found_fetched_installed_once_and_the_next_one_only_in_its_window() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    assert_eq!(look(&mut site, &Policy::default()).0, None, "none is published");
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, None, "it is not asked again within a day");
    let command =
        world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    assert_eq!(turn(&mut site), ["rejected"], "the site did not switch it on");
    assert!(!world.folder.path().join("programs/current").exists());
    drop(site);

    let mut site = world.site(&settings(&world, "[actions]\ncheckSoftware = \"on\"\n"));
    world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    assert_eq!(turn(&mut site), ["succeeded"]);
    assert_eq!(current(&world), Path::new("versions/1.1"));
    assert!(site.replaced.is_some());
    assert_eq!(std::fs::read_dir(site.home.downloads()).unwrap().count(), 0, "the download is gone");
    assert!(world.get(&path)["state"].as_str() == Some("rejected"));

    // The server's window counts where the site has none; what waits is fetched already, so that it is there in time.
    world.publish("1.2", &script("1.2"));
    let wish = Policy { maintenance_window: Some(another_time()), ..Policy::default() };
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &wish, true).unwrap();
    assert_eq!((attempt, text.as_str()), (None, "a version waits for its time"));
    assert_eq!(std::fs::read_dir(site.home.downloads()).unwrap().count(), 1);
    assert_eq!(current(&world), Path::new("versions/1.1"));
    let (attempt, _) = look(&mut site, &Policy::default());
    assert_eq!(attempt, Some(Attempt::Installed("1.2".into())));
    assert_eq!(current(&world), Path::new("versions/1.2"));
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(
        audit.contains("version 1.2 is offered") && audit.contains("version 1.2 is installed"),
        "{audit}"
    );
}

#[test]
fn what_the_settings_say_when_a_version_is_there_counts_and_not_what_they_said_before_it_was_fetched() {
    let world = World::new();
    let mut octets = script("1.1");
    octets.extend_from_slice(&[b'#'; 3_000_000]);
    world.publish("1.1", &octets);
    for change in [format!("window = {:?}\n", another_time()), "updates = \"off\"\n".to_owned()] {
        let (file, text) = (world.data().join("agent.toml"), settings(&world, &change));
        let proxy = support::relay::start(1_000_000, move || std::fs::write(file, text).unwrap());
        let mut site = world.site(&format!("proxy = {proxy:?}\n{}", settings(&world, "")));
        let mut software = Software::load(&site.home).unwrap();
        let (attempt, why) = software.turn(&mut site, &Policy::default(), true).unwrap();
        assert_eq!(attempt, None, "{why}");
        assert!(why.contains("the settings changed meanwhile"), "{why}");
        let fetched = std::fs::read_dir(site.home.downloads()).unwrap();
        let fetched: Vec<_> = fetched.map(|file| file.unwrap()).collect();
        let size = fetched[0].metadata().unwrap().len();
        assert!(fetched.len() == 1 && size < 3_000_000, "no other piece is asked for: {fetched:?} {size}");
        assert!(!world.folder.path().join("programs/current").exists(), "{change}");
        std::fs::remove_dir_all(site.home.downloads()).unwrap();
        std::fs::remove_file(site.home.state("software.json")).unwrap();
    }
    let mut site = world.site(&settings(&world, ""));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
}

#[test]
fn lockdown_or_no_updates_amid_a_download_stops_it_and_what_asked_for_it_ends_as_others_do() {
    let world = World::new();
    let octets = [script("1.1"), vec![b'#'; 3_000_000]].concat();
    world.publish("1.1", &octets);
    let file = world.data().join("agent.toml");
    for (change, words) in [
        // In lockdown the code alone is told.
        ("mode = \"lockdown\"\n", "withheld: the site is in lockdown"),
        ("", "software updates are switched off here"),
    ] {
        let more = |updates: &str| settings(&world, &format!("{updates}[actions]\ncheckSoftware = \"on\"\n"));
        let text = format!("{change}{}", more(if change.is_empty() { "updates = \"off\"\n" } else { "" }));
        let file = file.clone();
        let proxy = support::relay::start(1_000_000, move || std::fs::write(file, text).unwrap());
        let mut site = world.site(&format!("proxy = {proxy:?}\n{}", more("")));
        let wish = json!({ "client": site.client.id(), "action": "checkSoftware" });
        let id = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned();
        assert_eq!(turn(&mut site), ["failed"]);
        let command = world.get(&format!("/api/v1/commands/{id}"));
        let result = command["executions"].as_array().unwrap().last().unwrap()["result"].to_string();
        assert!(result.contains("\"policyDisabled\"") && result.contains(words), "{result}");
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        assert!(audit.contains("the site went into lockdown before it was over"), "{audit}");
        let fetched: u64 = std::fs::read_dir(site.home.downloads())
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        assert!((1..2_500_000).contains(&fetched), "no other piece is asked for: {fetched}");
        drop(site);
        std::fs::remove_dir_all(world.data().join("downloads")).unwrap();
    }
}

#[test]
fn each_channel_has_numbers_of_its_own_and_what_another_offered_is_not_installed() {
    let world = World::new();
    let on =
        |channel: &str, more: &str| world.site(&settings(&world, &format!("channel = {channel:?}\n{more}")));
    let mut site = world.site(&settings(&world, ""));
    for version in ["1.1", "1.2", "1.3"] {
        world.publish(version, &script(version));
    }
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.3".into())));
    drop(site);

    // Its first manifest there is no step back.
    world.publish_on(Some("beta"), "2.0-beta", &script("2.0-beta"));
    let mut site = on("beta", &format!("window = {:?}\n", another_time()));
    let (attempt, text) = look(&mut site, &Policy::default());
    assert_eq!((attempt, text.as_str()), (None, "a version waits for its time"));
    drop(site);
    let mut site = on("stable", "");
    assert_eq!(
        look(&mut site, &Policy::default()).0,
        None,
        "it is not what the administrator wants any more"
    );
    assert_eq!(current(&world), Path::new("versions/1.3"));
    drop(site);

    // Back there, the numbers are those that were seen.
    let mut site = on("beta", "");
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("2.0-beta".into())));
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(site.home.state("software.json")).unwrap()).unwrap();
    assert_eq!(file["state"]["sequence"], 1, "{file}");
    // Nor does a file that went away make another channel's numbers those of this one.
    std::fs::remove_file(site.home.state("software.json")).unwrap();
    look(&mut site, &Policy::default());
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(site.home.state("software.json")).unwrap()).unwrap();
    assert_eq!(file["state"]["sequence"], 1, "{file}");
    drop(site);
    let mut site = world.site(&settings(&world, ""));
    look(&mut site, &Policy::default());
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(site.home.state("software.json")).unwrap()).unwrap();
    assert_eq!(file["state"]["sequence"], 3, "{file}");
}

#[test]
fn the_key_for_commands_offers_no_software_and_that_for_software_gives_no_commands() {
    let world = World::with_authority(|ca| {
        for kind in ["key", "pem"] {
            let file = |name: &str| ca.join(format!("{name}.{kind}"));
            std::fs::rename(file("command"), file("other")).unwrap();
            std::fs::rename(file("software"), file("command")).unwrap();
            std::fs::rename(file("other"), file("software")).unwrap();
        }
    });
    let mut site = world.site(&settings(&world, "[actions]\ncheckSoftware = \"on\"\n"));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, None);
    assert!(!world.folder.path().join("programs/current").exists());
    world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    assert_eq!(turn(&mut site), ["rejected"]);
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    let alone = |purpose: &str| format!("is not for the extended key usage 1.3.6.1.5.5.7.3.{purpose} alone");
    assert!(audit.contains(&alone("43")) && audit.contains(&alone("3")), "{audit}");
}

#[test]
fn of_many_versions_and_their_files_those_stay_that_somebody_may_want() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    let programs = world.folder.path().join("programs");
    let names = |folder: &Path| {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let mut installed = |version: &str| {
        world.publish(version, &script(version));
        let mut software = Software::load(&site.home).unwrap();
        let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
        assert_eq!(attempt, Some(Attempt::Installed(version.into())), "{text}");
        names(&programs.join("versions"))
    };
    assert_eq!(installed("1.1"), ["1.1"]);
    std::fs::write(programs.join("supervised.json"), json!({ "good": "1.1" }).to_string()).unwrap();
    assert_eq!(installed("1.2"), ["1.1", "1.2"]);
    assert_eq!(installed("1.3"), ["1.1", "1.2", "1.3"], "current, before, and believed in");
    assert_eq!(installed("1.4"), ["1.1", "1.3", "1.4"]);
    // Which one is believed in cannot be told: none goes.
    std::fs::write(programs.join("supervised.json"), "{").unwrap();
    assert_eq!(installed("1.5"), ["1.1", "1.3", "1.4", "1.5"]);
    std::fs::write(programs.join("supervised.json"), json!({ "good": "1.4" }).to_string()).unwrap();

    // A crash came before the others were removed, and left the half of one: they go at the next start.
    std::fs::create_dir(programs.join("versions/.new")).unwrap();
    let mut software = Software::load(&site.home).unwrap();
    software.turn(&mut site, &Policy::default(), false).unwrap();
    assert_eq!(names(&programs.join("versions")), ["1.4", "1.5"]);

    // What waits for its window goes when another one is offered in its place.
    let never = Policy { maintenance_window: Some(another_time()), ..Policy::default() };
    for version in ["1.6", "1.7"] {
        world.publish(version, &script(version));
        let mut software = Software::load(&site.home).unwrap();
        software.turn(&mut site, &never, true).unwrap();
        let digest = software.offered().unwrap();
        assert_eq!(digest, ContentDigest::of(&script(version)));
        assert_eq!(names(&site.home.downloads()), [digest.to_hex()]);
    }
}

#[test]
fn who_opted_out_or_is_in_lockdown_asks_nobody_and_loses_nothing_else() {
    let world = World::new();
    world.publish("1.1", &script("1.1"));
    let off = settings(&world, "updates = \"off\"\n[actions]\ncheckSoftware = \"on\"\n");
    let lockdown = format!("mode = \"lockdown\"\n{}", settings(&world, ""));
    for settings in ["[actions]\ncheckSoftware = \"on\"\n", &off, &lockdown] {
        let mut site = world.site(settings);
        let (attempt, text) = look(&mut site, &Policy::default());
        assert_eq!((attempt, text.as_str()), (None, "software updates are switched off here"));
        assert!(!site.home.state("software.json").exists() && !site.home.downloads().exists());
        Wishes::load(&site.home).ask(&mut site).unwrap();
        site.keep_agent(0).unwrap();
        assert_eq!(site.send(|_| {}).unwrap().stored, 1, "reports go on");
    }
    assert!(!world.folder.path().join("programs").exists());
}

#[test]
fn whoever_removes_what_is_remembered_brings_no_old_manifest_back() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    world.publish("1.2", &script("1.2"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.2".into())));
    let kept = std::fs::read_to_string(site.home.state("software.json")).unwrap();
    let seen = serde_json::from_str::<serde_json::Value>(&kept).unwrap()["state"].clone();
    assert!(seen["sequence"].as_u64() > Some(0), "{seen}");
    drop(site);
    std::fs::remove_file(world.data().join("state/software.json")).unwrap();
    let mut site = world.site(&settings(&world, ""));
    look(&mut site, &Policy::default());
    let again = std::fs::read_to_string(site.home.state("software.json")).unwrap();
    let again = serde_json::from_str::<serde_json::Value>(&again).unwrap()["state"].clone();
    assert_eq!((&again["sequence"], &again["freshUntil"]), (&seen["sequence"], &seen["freshUntil"]));
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("software.json is gone or went back"), "{audit}");
}

#[test]
fn whoever_removes_what_is_remembered_makes_nothing_fresh_again_that_was_seen_to_end() {
    let mut world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.stop();
    let path = site.home.state("software.json");
    let before = json!({ "state": { "sequence": 7, "freshUntil": "2026-01-01T00:00:00Z", "ready": false } });
    std::fs::write(&path, before.to_string()).unwrap();
    let mut unasked = || Software::load(&site.home).unwrap().unasked(&mut site).unwrap_err();
    unasked();
    let noted = |words: &str| {
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.matches(words).count()
    };
    let ended = "the last manifest was seen to end on 2026-01-01T00:00:00";
    assert_eq!(noted("is gone or went back"), 0);
    // As it was before that, though it says that it followed this server.
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(kept["state"].as_object_mut().unwrap().remove("clock").is_some());
    std::fs::write(&path, kept.to_string()).unwrap();
    unasked();
    assert_eq!(noted(ended), 1);
    std::fs::remove_file(&path).unwrap();
    unasked();
    assert_eq!(noted("manifest 7 was seen before 0"), 1);
    unasked();
    assert_eq!(noted("is gone or went back"), 2, "each once");
}
