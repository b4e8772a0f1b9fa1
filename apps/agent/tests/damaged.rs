//! Files of the identity that the disk has damaged: each is named with what to do, and none is made anew.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::spool::Class;
use serde_json::json;
use std::path::Path;
use support::{World, turn, work};

fn refused(data: &Path) -> Failure {
    let home = Home::open(data).unwrap();
    Site::open(home, Settings::default(), StopFlag::new()).err().unwrap()
}

#[test]
fn whatever_is_in_a_file_of_the_identity_or_the_log_it_is_named_with_what_to_do() {
    let world = World::new();
    drop(world.site(""));
    for (name, what_to_do) in [
        ("identity/client.key.pem", "register --replace"),
        ("identity/client.pem", "register --replace"),
        ("identity/server-url", "register --replace"),
        ("identity/pseudonym.key", "move it away"),
        ("state/software.json", "remove it"),
        ("audit.log", "move it aside"),
    ] {
        let path = world.data().join(name);
        let whole = std::fs::read(&path).unwrap_or_default();
        let length = whole.len().max(20);
        let zeros = vec![0; length];
        for torn in [&zeros[..], &vec![0xff; length], b"half of it\n"] {
            // A last line without an end is what a crash leaves: it is cut off.
            if name == "audit.log" && !torn.ends_with(b"\n") {
                continue;
            }
            std::fs::write(&path, torn).unwrap();
            let failure = match name {
                "state/software.json" => Software::load(&Home::look(&world.data())).err().unwrap(),
                _ => refused(&world.data()),
            };
            assert_eq!(failure.code, ExitCode::Failed);
            for words in [name, what_to_do, "from a backup"] {
                assert!(failure.sentence.contains(words), "{name}: {failure}");
            }
            assert_eq!(std::fs::read(&path).unwrap(), torn, "{name} stays as it is");
        }
        match whole.is_empty() {
            true => std::fs::remove_file(&path).unwrap(),
            false => std::fs::write(&path, &whole).unwrap(),
        }
    }
    std::fs::write(world.data().join("identity/server-url"), "https://127").unwrap();
    let failure = refused(&world.data());
    assert!(failure.sentence.contains("server-url is damaged: 127 is no name of a server"), "{failure}");
    std::fs::write(world.data().join("identity/server-url"), b"\xff").unwrap();
    // As the sentence says.
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line)).unwrap();
    std::fs::rename(data.join("audit.log"), data.join("audit.aside")).unwrap();
    drop(world.site(""));
}

#[test]
fn a_torn_entry_of_the_journal_is_told_and_keeps_nothing_from_going_on() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"on\"\n");
    let device = work(&mut site);
    let wish = json!({ "client": site.client.id(), "device": device, "action": "printTestPage" });
    let command = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned();
    // As if it had been begun before.
    let path = site.home.state(&format!("commands/{command}.json"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "{\"execution\":{\"sta").unwrap();
    assert!(turn(&mut site).is_empty());
    world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    assert_eq!(turn(&mut site), ["rejected"], "others go on");
    let found = world.get(&format!("/api/v1/commands/{command}"));
    assert!(found["executions"].as_array().is_none_or(Vec::is_empty), "it was not begun: {found}");
    drop(site);

    let (code, told) = run_once(&world.data());
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told.matches(&format!("commands/{command}.json is damaged: ")).count(), 1, "{told}");
}

#[test]
fn a_damaged_word_for_the_operator_is_told_once_and_keeps_nothing_from_going_on() {
    let world = World::new();
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.into_iter().chain(["--location", "Cellar"]))).unwrap();
    let path = data.join("identity/registration.json");
    for torn in [&[0; 20][..], b"\xff\xff", b"{\"half", b""] {
        std::fs::write(&path, torn).unwrap();
        let mut site = world.site("contact = \"ada@example.com\"\n");
        site.introduce(&[], &mut Progress::silent()).unwrap();
        let (id, clients) = (site.client.id().to_string(), world.get("/api/v1/clients"));
        let own = clients.as_array().unwrap().iter().find(|client| client["id"] == id.as_str()).unwrap();
        let said = ["location", "contact"].map(|member| own["description"][member].clone());
        assert_eq!(said, [json!(null), json!("ada@example.com")]);
        drop(site);

        let (code, told) = run_once(&data);
        assert_eq!(code, Some(0), "{told}");
        assert_eq!(told.matches("registration.json is damaged: ").count(), 1, "{told}");
        for words in ["from a backup", "remove it", "agent.toml"] {
            assert!(told.contains(words), "{told}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), torn, "it stays as it is");
    }
}

/// How a round by hand ends, and what it tells.
fn run_once(data: &Path) -> (Option<i32>, String) {
    let line = ["run", "--once", "--no-collect", "--data", data.to_str().unwrap()];
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent")).args(line).output();
    said.map(|said| (said.status.code(), String::from_utf8(said.stderr).unwrap())).unwrap()
}

#[test]
fn one_bit_of_the_anchors_is_no_fault_of_the_server() {
    let world = World::new();
    drop(world.site(""));
    let path = world.data().join("identity/anchors.pem");
    let whole = std::fs::read(&path).unwrap();
    for place in [whole.len() / 3, whole.len() / 2, whole.len() - 60] {
        let mut flipped = whole.clone();
        flipped[place] ^= 4;
        std::fs::write(&path, &flipped).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        for words in ["identity/anchors.pem is damaged: ", "the server has no part in it", "backup"] {
            assert!(failure.sentence.contains(words), "{failure}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), flipped);
    }
    std::fs::write(&path, &whole).unwrap();
    drop(world.site(""));
}

#[test]
fn a_torn_key_for_pseudonyms_ends_it_and_stays_as_it_is() {
    let world = World::new();
    drop(world.site(""));
    let path = world.data().join("identity/pseudonym.key");
    let whole = std::fs::read(&path).unwrap();
    for torn in [&whole[..0], &whole[..31]] {
        std::fs::write(&path, torn).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        assert!(failure.sentence.contains("pseudonym.key is damaged: "), "{failure}");
        assert!(failure.sentence.contains("backup"), "{failure}");
        assert_eq!(std::fs::read(&path).unwrap(), torn, "another key would make other people");
    }
}

#[test]
fn a_torn_name_of_who_made_what_waits_withholds_nothing() {
    let world = World::new();
    world.site("").keep(&mut support::reading(), Class::Report).unwrap();
    let path = world.data().join("state/spool-owner");
    let whole = std::fs::read(&path).unwrap();
    for torn in [&whole[..0], &whole[..20], b"\0\0\0\0"] {
        std::fs::write(&path, torn).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        for words in ["state/spool-owner is damaged: ", "remove the file", "this agent is client "] {
            assert!(failure.sentence.contains(words), "{failure}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), torn);
    }
    // As the sentence says.
    std::fs::remove_file(&path).unwrap();
    let mut site = world.site("");
    assert_eq!((site.waiting(), site.send(|_| {}).unwrap().stored), (1, 1));
}

#[test]
fn an_empty_address_of_the_server_or_certificate_is_told_with_what_to_do() {
    let world = World::new();
    for name in ["server-url", "client.pem"] {
        let path = world.data().join("identity").join(name);
        let whole = std::fs::read(&path).unwrap();
        for torn in [&whole[..0], b"\n"] {
            std::fs::write(&path, torn).unwrap();
            let failure = refused(&world.data());
            assert_eq!(failure.code, ExitCode::Failed);
            for words in [&*format!("identity/{name} is damaged: "), "backup", "register --replace"] {
                assert!(failure.sentence.contains(words), "{failure}");
            }
        }
        std::fs::write(&path, &whole).unwrap();
    }
    drop(world.site(""));
}
