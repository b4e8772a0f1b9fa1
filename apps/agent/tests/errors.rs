//! What the server is told of errors: each stands in each description of the client until it is over, and none has a path in it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::clock::Told;
use remote_services_agent::progress::Progress;
use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_agent::supervise;
use remote_services_agent::survey::now;
use remote_services_transport::document::Policy;
use remote_services_transport::software::Attempt;
use serde_json::{Value, json};
use std::time::Duration;
use support::World;
use support::versions::{look, script, settings};

/// What the server has of it now.
fn errors(world: &World) -> Value {
    world.get("/api/v1/clients")[0]["description"]["errors"].clone()
}

/// As each reading does it.
fn described(world: &World, site: &mut Site) -> Value {
    site.introduce(&[], &mut Progress::silent()).unwrap();
    errors(world)
}

fn have(errors: &Value, words: &[&str]) {
    let told = errors.as_array().map_or(0, Vec::len);
    assert_eq!(told, words.len(), "{errors}");
    for (number, words) in words.iter().enumerate() {
        assert!(errors[number].as_str().unwrap().contains(words), "{words}: {errors}");
    }
}

fn asked(site: &mut Site) -> (Option<Attempt>, String) {
    Software::load(&site.home).unwrap().turn(site, &Policy::default(), true).unwrap()
}

#[test]
fn what_keeps_a_version_from_being_installed_stands_in_each_description_until_one_is_installed() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    let programs = world.folder.path().join("programs");
    world.publish("1.0", &script("1.0"));
    assert!(matches!(asked(&mut site).0, Some(Attempt::Installed(_))));
    // Two things at once, and neither takes the place of the other.
    world.publish("1.1 beta", &script("1.1 beta"));
    std::fs::write(programs.join("supervised.json"), "{").unwrap();
    assert!(matches!(asked(&mut site).0, Some(Attempt::Failed(_))));
    let (beta, stay) = ("1.1 beta is not installed", "versions that nobody goes back to stay: EOF");
    have(&errors(&world), &[beta, stay]);
    have(&described(&world, &mut site), &[beta, stay]);
    drop(site);

    // Nor does a start forget them, before the software is looked at again.
    let mut site = world.site(&settings(&world, ""));
    have(&described(&world, &mut site), &[beta, stay]);
    std::fs::remove_file(programs.join("supervised.json")).unwrap();
    assert!(matches!(asked(&mut site).0, Some(Attempt::Failed(_))));
    have(&described(&world, &mut site), &[beta]);
    world.publish("1.2", &script("1.2"));
    assert!(matches!(asked(&mut site).0, Some(Attempt::Installed(_))));
    assert!(described(&world, &mut site).is_null());
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert_eq!(audit.matches(beta).count(), 1, "people here are told once: {audit}");
}

#[test]
fn what_is_wrong_with_software_is_not_told_while_the_site_follows_none() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1 beta", &script("1.1 beta"));
    assert!(matches!(asked(&mut site).0, Some(Attempt::Failed(_))));
    drop(site);
    let mut site = world.site(&format!("mode = \"lockdown\"\n{}", settings(&world, "")));
    assert!(described(&world, &mut site).is_null());
    drop(site);
    let mut site = world.site(&settings(&world, ""));
    have(&described(&world, &mut site), &["1.1 beta is not installed"]);
}

#[test]
fn a_version_that_the_supervisor_left_is_told_until_another_is_installed() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.0", &script("1.0"));
    assert!(matches!(asked(&mut site).0, Some(Attempt::Installed(_))));
    let record = world.folder.path().join("programs/supervised.json");
    let left = json!({ "version": "1.1", "to": "1.0", "at": now(), "why": "version 1.1 ended three times" });
    std::fs::write(record, json!({ "good": "1.0", "rolledBack": [left] }).to_string()).unwrap();
    for _ in 0..2 {
        supervise::report_failed(&mut site).unwrap();
        have(&described(&world, &mut site), &["version 1.1 ended three times; version 1.0 is current again"]);
    }
    world.publish("1.2", &script("1.2"));
    assert!(matches!(look(&mut site, &Policy::default()).0, None | Some(Attempt::Installed(_))));
    assert!(matches!(asked(&mut site).0, None | Some(Attempt::Installed(_))));
    assert!(described(&world, &mut site).is_null());
}

#[test]
fn a_clock_that_is_off_stands_in_each_description_until_it_is_right() {
    let world = World::new();
    let mut site = world.site("");
    for second in 0..2 {
        let now = now().plus(Duration::from_secs(second));
        let server = now.minus(Duration::from_secs(7_200));
        site.compare_clock(Told { server, before: now, after: now }).unwrap();
    }
    have(&errors(&world), &["2 h 0 min ahead"]);
    have(&described(&world, &mut site), &["2 h 0 min ahead"]);
    site.refresh().unwrap();
    assert!(errors(&world).is_null(), "it is told that it is over");
}

#[test]
fn no_path_of_the_software_folder_goes_to_the_server_however_it_is_written() {
    let world = World::new();
    let programs = world.folder.path().join("my opt/Müller");
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::create_dir_all(programs.join("versions")).unwrap();
    let mut site =
        world.site(&format!("[software]\nfolder = {programs:?}\n[actions]\ncheckSoftware = \"on\"\n"));
    std::fs::write(programs.join("supervised.json"), "{").unwrap();
    world.publish("1.1", &script("1.1"));
    site.free = |folder| folder.ends_with("Müller").then_some(0);
    world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    assert_eq!(support::turn(&mut site), ["failed"]);
    have(&errors(&world), &["the disk of its folder has 0 octets free", "nobody goes back to stay: EOF"]);
    let told = [errors(&world).to_string(), world.get("/api/v1/commands").to_string()];
    assert!(told[1].contains("the disk of its folder has 0 octets free"), "{}", told[1]);
    for told in told {
        assert!(!told.contains("Müller") && !told.contains("opt"), "{told}");
    }
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert_eq!(audit.matches("my opt/Müller").count(), 2, "people here are told where: {audit}");
    drop(site);

    // And one that begins where the program happens to be.
    std::fs::create_dir_all(world.folder.path().join("rel/opt/versions")).unwrap();
    std::fs::write(world.folder.path().join("rel/opt/supervised.json"), "{").unwrap();
    std::fs::write(world.data().join("agent.toml"), "[software]\nfolder = \"rel/opt\"\n").unwrap();
    let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    agent
        .current_dir(world.folder.path())
        .args(["run", "--once", "--no-collect", "--data"])
        .arg(world.data());
    let said = String::from_utf8(agent.output().unwrap().stderr).unwrap();
    assert!(said.contains("(rel/opt)"), "{said}");
    let told = errors(&world).to_string();
    assert!(told.contains("nobody goes back to stay: EOF") && !told.contains("rel"), "{told}");
}

#[test]
fn a_list_of_errors_that_is_damaged_keeps_nothing_from_going_on_and_is_made_anew() {
    let world = World::new();
    let mut site = world.site(&settings(&world, ""));
    world.publish("1.1 beta", &script("1.1 beta"));
    asked(&mut site);
    let path = site.home.state("errors.json");
    drop(site);
    for torn in [&b""[..], b"{\"version\":", &[0; 40], b"\xff\xfe", b"7"] {
        std::fs::write(&path, torn).unwrap();
        let mut site = world.site(&settings(&world, ""));
        assert!(described(&world, &mut site).is_null());
        asked(&mut site);
        have(&described(&world, &mut site), &["1.1 beta is not installed"]);
        let kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert!(kept["version"].is_string(), "{kept}");
    }
}

#[test]
fn a_sentence_that_is_too_long_is_cut_for_the_server() {
    let world = World::new();
    let site = world.site(&settings(&world, ""));
    let path = site.home.state("errors.json");
    drop(site);
    std::fs::write(&path, json!({ "version": "x".repeat(100_000), "unknown": "y" }).to_string()).unwrap();
    let mut site = world.site(&settings(&world, ""));
    let told = described(&world, &mut site);
    assert_eq!((told[0].as_str().unwrap().len(), told.as_array().unwrap().len()), (1_024, 1), "{told}");
}
