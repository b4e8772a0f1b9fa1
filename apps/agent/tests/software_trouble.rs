//! The agent's own versions, and what keeps one from being installed: the version itself, this machine, the server's silence, an
//! offer or a file that is not what it should be.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::failure::ExitCode;
use remote_services_agent::home::Home;
use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_core::command::ResultCode;
use remote_services_transport::document::Policy;
use remote_services_transport::software::Attempt;
use serde_json::json;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use support::versions::{another_time, current, look, script, settings};
use support::{World, turn};

#[test]
fn a_version_that_does_not_start_is_rolled_back_and_not_tried_again() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    world.publish(
        "1.2",
        b"#!/bin/sh\ncase $0 in */current/*) exit 1;; esac\necho remote-services-agent 1.2\n",
    );
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert!(matches!(attempt, Some(Attempt::Failed(_))), "{text}");
    assert!(text.contains("the version before is current again"), "{text}");
    assert_eq!(current(&world), Path::new("versions/1.1"));
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(attempt, None, "{text}");
    world.publish("1.3", &script("1.3"));
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(attempt, Some(Attempt::Installed("1.3".into())), "{text}");
}

#[test]
fn a_version_that_this_machine_does_not_let_be_installed_is_offered_on_and_tried_again_later() {
    let world = World::new();
    let mut site = world.site(&settings(&world, "[actions]\ncheckSoftware = \"on\"\n"));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    world.publish("1.2", &script("1.2"));
    let place = world.folder.path().join("programs/versions/1.2");
    std::fs::write(&place, "of somebody").unwrap();
    let mut result = |state: &str| {
        let wish = json!({ "client": site.client.id(), "action": "checkSoftware" });
        let id = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned();
        assert_eq!(turn(&mut site), [state]);
        let command = world.get(&format!("/api/v1/commands/{id}"));
        command["executions"].as_array().unwrap().last().unwrap()["result"].to_string()
    };
    // Also while it is left alone.
    for _ in 0..2 {
        let result = result("failed");
        for words in ["\"internal\"", "1.2 is offered and is not installed", "Not a directory", "before"] {
            assert!(result.contains(words), "{words}: {result}");
        }
        assert!(!result.contains("programs"), "{result}");
    }
    let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert_eq!(audit.matches(&*place.to_string_lossy()).count(), 1, "{audit}");
    assert!(errors(&world).contains("Not a directory") && !errors(&world).contains("programs"));
    assert_eq!(current(&world), Path::new("versions/1.1"));

    // As if a quarter of an hour were over.
    std::fs::remove_file(&place).unwrap();
    let path = world.data().join("state/software.json");
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["state"]["obstructed"]["at"] = json!("2026-01-01T00:00:00Z");
    std::fs::write(&path, kept.to_string()).unwrap();
    assert!(result("succeeded").contains("version 1.2 is installed"));
    assert_eq!(current(&world), Path::new("versions/1.2"));
}

#[test]
fn an_installation_that_was_interrupted_begins_again_twice_and_is_then_told_to_be_given_up() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    let path = site.home.state("software.json");
    // As a kill leaves it: the note that the installer runs, and half of what it does.
    let mut interrupt = |version: &str| {
        world.publish(version, &script(version));
        let never = Policy { maintenance_window: Some(another_time()), ..Policy::default() };
        let (attempt, text) = Software::load(&site.home).unwrap().turn(&mut site, &never, true).unwrap();
        assert_eq!((attempt, text.as_str()), (None, "a version waits for its time"));
        let killed = |times: Option<u32>| {
            let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            kept["state"]["installing"] = json!(version);
            if let Some(times) = times {
                let digest = kept["state"]["offered"]["artifact"]["digest"].clone();
                let interrupted = json!({ "digest": digest, "times": times, "at": "2026-01-01T00:00:00Z" });
                kept["state"]["interrupted"] = json!([interrupted]);
            }
            std::fs::write(&path, kept.to_string()).unwrap();
            std::fs::create_dir_all(world.folder.path().join("programs/versions/.new")).unwrap();
        };
        killed((version == "1.3").then_some(2));
        let mut software = Software::load(&site.home).unwrap();
        let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
        (attempt, text, software.result())
    };
    assert_eq!(interrupt("1.2").0, Some(Attempt::Installed("1.2".into())));
    let (attempt, text, result) = interrupt("1.3");
    assert!(matches!(attempt, Some(Attempt::GivenUp(_))), "{text}");
    assert_eq!(result, ResultCode::Internal, "nothing is known against the package");
    assert!(text.contains("it is given up after 3 interruptions, and version 1.2 runs"), "{text}");
    let (_, text) = Software::load(&site.home).unwrap().turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(text, "version 1.2 runs; 1.3 was offered and was given up after 3 interruptions");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert_eq!(audit.matches("the installation of 1.2 was interrupted, and begins again").count(), 1);
}

#[test]
fn a_version_is_noted_as_installed_though_the_agent_was_killed_before_it_was() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    let noted = |version: &str| {
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.matches(&format!("version {version} is installed and runs")).count()
    };
    assert_eq!(noted("1.1"), 1);
    world.publish("1.2", &script("1.2"));
    let mut asked =
        || Software::load(&site.home).unwrap().turn(&mut site, &Policy::default(), true).unwrap().0;
    assert_eq!(asked(), Some(Attempt::Installed("1.2".into())));
    // As a kill leaves it behind the last rename: the state says that it is installed, and nobody noted it.
    let path = Home::look(&world.data()).state("software.json");
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["runs"] = json!("1.1");
    std::fs::write(&path, kept.to_string()).unwrap();
    for _ in 0..2 {
        assert_eq!(asked(), None);
        assert_eq!((noted("1.1"), noted("1.2")), (1, 2));
    }
}

#[test]
fn a_version_whose_preconditions_do_not_hold_is_noted_once_and_again_when_the_reason_is_another() {
    let world = World::new();
    let noted = |why: &str| {
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.matches(why).count()
    };
    let held_up = |version: &str, why: &str| {
        world.publish(version, &script(version));
        for _ in 0..3 {
            // As if the program had been started again: what was noted is remembered.
            let mut site = world.site(&settings(&world, ""));
            let mut software = Software::load(&site.home).unwrap();
            for _ in 0..3 {
                let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
                assert!(matches!(attempt, Some(Attempt::Failed(_))) && text.contains(why), "{text}");
            }
        }
        noted(why)
    };
    assert_eq!(held_up("1.1 beta", "1.1 beta is not installed"), 1);
    assert_eq!(held_up("1.2 beta", "1.2 beta is not installed"), 1);
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.3", &script("1.3"));
    let (attempt, text) =
        Software::load(&site.home).unwrap().turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(attempt, Some(Attempt::Installed("1.3".into())), "{text}");
}

#[test]
fn a_server_that_is_not_heard_for_longer_than_its_manifest_holds_is_noted_once_and_asked_on() {
    let mut world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    let path = site.home.state("software.json");
    world.stop();
    let missed = |site: &mut Site| {
        let software = |site: &Site| Software::load(&site.home).unwrap();
        let answered = software(site).turn(site, &Policy::default(), true).unwrap_err();
        let unasked = software(site).unasked(site).err();
        let audit = std::fs::read_to_string(site.home.audit()).unwrap();
        (answered, unasked, audit.matches("no fresh manifest since").count())
    };
    let (failure, unasked, noted) = missed(&mut site);
    assert_eq!((failure.code, unasked.is_none(), noted), (ExitCode::NoAnswer, true, 0), "{failure:?}");
    assert!(!failure.sentence.contains("fresh"), "an outage is told as what it is: {}", failure.sentence);

    // As if it had been two weeks ago.
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["state"]["freshUntil"] = json!("2026-01-01T00:00:00Z");
    std::fs::write(&path, kept.to_string()).unwrap();
    for _ in 0..3 {
        let (failure, unasked, noted) = missed(&mut site);
        assert_eq!((failure.code, noted), (ExitCode::NoAnswer, 1));
        assert_eq!(unasked.unwrap().sentence, failure.sentence);
        assert!(failure.sentence.contains("no fresh manifest since"), "{}", failure.sentence);
    }
    drop(site);
    world.start_again();
    let mut site = world.site(&settings(&world, ""));
    world.stop();
    assert_eq!(missed(&mut site).2, 1, "it is remembered that it was noted");

    world.start_again();
    let mut software = Software::load(&site.home).unwrap();
    software.turn(&mut site, &Policy::default(), true).unwrap();
    let errors = errors(&world);
    assert!(errors.contains("no fresh manifest since"), "it is told once it hears again: {errors}");
    software.unasked(&mut site).unwrap();
}

#[test]
fn why_an_offer_is_not_believed_is_told_once_here_and_to_the_server() {
    let world = World::new();
    let settings = settings(&world, "[actions]\ncheckSoftware = \"on\"\n");
    let site = world.site(&settings);
    world.publish("1.1", &script("1.1"));
    let path = site.home.state("software.json");
    drop(site);
    std::fs::write(&path, "{\"state\":{\"sequence\":99,\"ready\":false}}").unwrap();
    let why = "an offer is not believed: the manifest has sequence number 1, 99 was seen before";
    let mut said = String::new();
    for _ in 0..3 {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        program.args(["run", "--once", "--no-collect", "--data"]).arg(world.data());
        program.env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
        said += &String::from_utf8(program.output().unwrap().stderr).unwrap();
        // As if a day were over.
        let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert!(kept.as_object_mut().unwrap().remove("askedAt").is_some());
        std::fs::write(&path, kept.to_string()).unwrap();
    }
    assert_eq!(said.matches(why).count(), 1, "{said}");
    let noted = || {
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.lines().filter(|line| line.contains("\"software\"") && line.contains(why)).count()
    };
    assert_eq!(noted(), 1);

    // Whoever asks hears it each time.
    let mut site = world.site(&settings);
    for _ in 0..2 {
        let wish = json!({ "client": site.client.id(), "action": "checkSoftware" });
        let command = world.post("/api/v1/commands", &wish);
        assert_eq!(turn(&mut site), ["failed"]);
        let shown = world.get(&format!("/api/v1/commands/{}", command["id"].as_str().unwrap())).to_string();
        assert!(shown.contains("integrityFailed") && shown.contains(why), "{shown}");
    }
    assert_eq!(noted(), 1);

    // Another reason is told anew.
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["state"]["sequence"] = json!(100);
    std::fs::write(&path, kept.to_string()).unwrap();
    Software::load(&site.home).unwrap().turn(&mut site, &Policy::default(), true).unwrap();
    assert!(errors(&world).contains("sequence number 1, 100 was seen before"), "{}", errors(&world));
}

/// What the server was told of errors last.
fn errors(world: &World) -> String {
    world.get("/api/v1/clients")[0]["description"]["errors"].to_string()
}

#[test]
fn an_artifact_that_is_not_what_the_manifest_names_is_not_fetched_at_each_turn() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    let octets = script("1.1");
    world.publish("1.1", &octets);
    let other = [b"#!/bin/sh\n# ", &vec![b'x'; octets.len() - 12][..]].concat();
    assert_eq!(replaced(&world.folder.path().join("server"), &octets, &other), 1);
    let (attempt, text) = look(&mut site, &Policy::default());
    assert_eq!(attempt, None);
    assert!(text.contains("not tried again before"), "{text}");
    assert!(errors(&world).contains("software: version 1.1 could not be fetched"), "{}", errors(&world));
    drop(site);
    let exchanges = |world: &World| {
        let audit = std::fs::read_to_string(world.data().join("exchanges.log")).unwrap();
        audit.lines().filter(|line| line.contains("/artifacts/")).count()
    };
    let fetched = exchanges(&world);
    assert!(fetched > 0);
    for _ in 0..3 {
        let mut site = world.site(&settings(&world, ""));
        let mut software = Software::load(&site.home).unwrap();
        let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
        assert_eq!((attempt, text.as_str()), (None, "a version waits for its time"));
        assert_eq!(exchanges(&world), fetched, "a restart does not forget it");
    }
    // Another one is fetched at once.
    world.publish("1.2", &script("1.2"));
    let mut site = world.site(&settings(&world, ""));
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert_eq!(attempt, Some(Attempt::Installed("1.2".into())), "{text}");
}

thread_local! {
    static DOWNLOADS: RefCell<PathBuf> = RefCell::default();
}

#[test]
fn a_file_that_is_changed_after_its_digest_was_taken_is_not_installed_but_told_and_fetched_anew() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1", &script("1.1"));
    DOWNLOADS.set(site.home.downloads());
    // It is asked between the digest and the copy.
    site.free = |folder| {
        if folder.ends_with("programs") {
            for file in std::fs::read_dir(DOWNLOADS.take()).into_iter().flatten() {
                let other = [script("1.1"), b"# and more".to_vec()].concat();
                std::fs::write(file.unwrap().path(), other).unwrap();
            }
        }
        None
    };
    let mut software = Software::load(&site.home).unwrap();
    let (attempt, text) = software.turn(&mut site, &Policy::default(), true).unwrap();
    assert!(matches!(attempt, Some(Attempt::Changed(_))), "{text}");
    assert_eq!(software.result().label(), "integrityFailed");
    assert!(errors(&world).contains("was changed since it was fetched"), "{}", errors(&world));
    let programs = world.folder.path().join("programs");
    assert!(
        !programs.join("current").exists() && !programs.join("versions/.new/remote-services-agent").exists()
    );
    assert_eq!(std::fs::read_dir(site.home.downloads()).unwrap().count(), 0);

    // As if a quarter of an hour were over.
    let path = site.home.state("software.json");
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(kept["state"].as_object_mut().unwrap().remove("wrong").is_some());
    std::fs::write(&path, kept.to_string()).unwrap();
    assert_eq!(look(&mut site, &Policy::default()).0, Some(Attempt::Installed("1.1".into())));
    let installed = std::fs::read(programs.join("current/remote-services-agent")).unwrap();
    assert_eq!(installed, script("1.1"));
}

/// Replaces files of this content below a folder; how many there were.
fn replaced(folder: &Path, content: &[u8], other: &[u8]) -> usize {
    let mut count = 0;
    for item in std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()) {
        if item.is_dir() {
            count += replaced(&item, content, other);
        } else if std::fs::read(&item).is_ok_and(|found| found == content) {
            std::fs::remove_file(&item).unwrap();
            std::fs::write(&item, other).unwrap();
            count += 1;
        }
    }
    count
}
