//! What people say of commands that wait for them: what was said stays, all of it is on record, and a refusal counts.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::decision::Decision;
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::site::Site;
use remote_services_core::id::Uuid;
use serde_json::{Value, json};
use std::path::Path;
use support::{World, turn, work};

const ASK: &str = "[actions]\ngetStatus = \"ask\"\n";

fn says(data: &Path, word: &str, by: &str, id: Uuid) -> Result<(), Failure> {
    let (data, id) = (data.to_str().unwrap(), id.to_string());
    carry_out(Line::parse_from(["agent", "commands", word, "--data", data, "--by", by, &id]))
}

/// A command that waits for somebody to agree.
fn asked(world: &World, site: &mut Site) -> Uuid {
    let device = work(site);
    let wish = json!({ "client": site.client.id(), "device": device, "action": "getStatus" });
    let command = world.post("/api/v1/commands", &wish);
    assert_eq!(turn(site), ["awaitingConsent"]);
    command["id"].as_str().unwrap().parse().unwrap()
}

fn last(world: &World, id: Uuid) -> Value {
    world.get(&format!("/api/v1/commands/{id}"))["executions"].as_array().unwrap().last().unwrap().clone()
}

/// What the audit log has of what people said.
fn on_record(site: &Site) -> Vec<String> {
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    audit.lines().filter(|line| line.contains("\"consent\"")).map(str::to_owned).collect()
}

fn held(record: &[String], words: &[&str]) {
    assert_eq!(record.len(), words.len(), "{record:?}");
    assert!(record.iter().zip(words).all(|(line, words)| line.contains(words)), "{record:?}");
}

fn file(world: &World, id: Uuid) -> std::path::PathBuf {
    world.data().join(format!("state/decisions/{id}.json"))
}

#[test]
fn what_somebody_decided_stays_and_who_comes_later_is_told_by_whom() {
    for (first, later, text) in [
        ("agree", &["agree"][..], "agreed by Ada at "),
        ("refuse", &["agree", "refuse"], "refused by Ada at "),
    ] {
        let world = World::new();
        let mut site = world.site(ASK);
        let id = asked(&world, &mut site);
        says(&world.data(), first, "Ada", id).unwrap();
        let left = std::fs::read(file(&world, id)).unwrap();
        for later in later {
            let failure = says(&world.data(), later, "Eve", id).unwrap_err();
            assert_eq!(failure.code, ExitCode::Failed);
            for words in ["nothing was changed", text, " stays"] {
                assert!(failure.sentence.contains(words), "{failure}");
            }
            assert_eq!(std::fs::read(file(&world, id)).unwrap(), left);
        }
        assert_eq!(turn(&mut site), ["failed"]);
        held(&on_record(&site), &[text]);
        assert!(!file(&world, id).exists());
        assert!(says(&world.data(), "refuse", "Eve", id).is_err(), "it is over");
    }
}

#[test]
fn a_refusal_counts_though_somebody_had_agreed_and_both_words_are_on_record() {
    let world = World::new();
    let mut site = world.site(ASK);
    let id = asked(&world, &mut site);
    says(&world.data(), "agree", "Ada", id).unwrap();
    says(&world.data(), "refuse", "Bob", id).unwrap();
    assert!(says(&world.data(), "agree", "Eve", id).unwrap_err().sentence.contains("refused by Bob at "));
    assert_eq!(turn(&mut site), ["failed"]);
    assert_eq!(last(&world, id)["result"]["code"], "consentDenied");
    held(&on_record(&site), &["agreed by Ada at ", "refused by Bob at "]);
}

#[test]
fn what_was_agreed_to_and_taken_up_can_be_refused_as_long_as_it_has_not_begun() {
    let world = World::new();
    let mut site = world.site(ASK);
    let id = asked(&world, &mut site);
    says(&world.data(), "agree", "Ada", id).unwrap();
    // It is taken up, and nothing is begun by settings that nobody understands.
    let settings = world.data().join("agent.toml");
    std::fs::write(&settings, "mode = \"lokdown\"\n").unwrap();
    assert!(turn(&mut site).is_empty() && !file(&world, id).exists());
    held(&on_record(&site), &["agreed by Ada at "]);
    assert!(says(&world.data(), "agree", "Eve", id).unwrap_err().sentence.contains("agreed by Ada at "));
    says(&world.data(), "refuse", "Bob", id).unwrap();
    std::fs::write(&settings, ASK).unwrap();
    assert_eq!(turn(&mut site), ["failed"]);
    assert_eq!(last(&world, id)["result"]["code"], "consentDenied");
    held(&on_record(&site), &["agreed by Ada at ", "refused by Bob at "]);
}

#[test]
fn what_was_said_of_a_command_that_ended_meanwhile_is_on_record() {
    let world = World::new();
    let mut site = world.site(ASK);
    let id = asked(&world, &mut site);
    std::fs::write(world.data().join("agent.toml"), "mode = \"lockdown\"\n").unwrap();
    assert_eq!(turn(&mut site), ["rejected"]);
    // As if it had been left while that turn was at the command.
    let word = Decision {
        given: true,
        by: "Ada".into(),
        at: remote_services_agent::survey::now(),
        reason: None,
        overrules: None,
    };
    word.leave(&Home::look(&world.data()), id).unwrap();
    assert!(turn(&mut site).is_empty());
    held(&on_record(&site), &["the command was over before"]);
    assert!(!file(&world, id).exists());
}

#[test]
fn a_damaged_decision_is_told_once_and_holds_up_nothing() {
    let world = World::new();
    let mut site = world.site(ASK);
    let id = asked(&world, &mut site);
    std::fs::create_dir_all(file(&world, id).parent().unwrap()).unwrap();
    for torn in [&b"{"[..], b"", b"\xff\xfe"] {
        std::fs::write(file(&world, id), torn).unwrap();
        assert!(turn(&mut site).is_empty(), "it waits on");
        assert!(!file(&world, id).exists());
        assert_eq!(std::fs::read(file(&world, id).with_extension("damaged")).unwrap(), torn);
    }
    let told = on_record(&site);
    assert_eq!(told.len(), 3, "{told:?}");
    for words in [&*format!("{id}.json is damaged: "), "commands agree", ".damaged"] {
        assert!(told[0].contains(words), "{told:?}");
    }
    drop(site);
    // A whole run of the program says it, and is none that failed.
    std::fs::write(file(&world, id), "{").unwrap();
    for said in [1, 0] {
        let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        agent.args(["run", "--once", "--no-collect", "--data"]).arg(world.data());
        let output = agent.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert_eq!(told.matches(&format!("{id}.json is damaged: ")).count(), said, "{told}");
    }
    // In lockdown, and where the file cannot even be moved away, it is refused like any other.
    std::fs::write(file(&world, id), "{").unwrap();
    std::fs::create_dir_all(file(&world, id).with_extension("damaged.d")).unwrap();
    std::fs::remove_file(file(&world, id).with_extension("damaged")).unwrap();
    std::fs::rename(file(&world, id).with_extension("damaged.d"), file(&world, id).with_extension("damaged"))
        .unwrap();
    let mut site = world.site("mode = \"lockdown\"\n");
    assert_eq!(turn(&mut site), ["rejected"]);
    assert_eq!(last(&world, id)["reason"], "lockdown");
}

#[test]
fn a_damaged_decision_is_replaced_by_the_next_one() {
    for (word, code) in [("agree", "notReachable"), ("refuse", "consentDenied")] {
        let world = World::new();
        let mut site = world.site(ASK);
        let id = asked(&world, &mut site);
        std::fs::create_dir_all(file(&world, id).parent().unwrap()).unwrap();
        std::fs::write(file(&world, id), "{").unwrap();
        let data = world.data();
        carry_out(Line::parse_from(["agent", "commands", "list", "--data", data.to_str().unwrap()])).unwrap();
        assert_eq!(std::fs::read(file(&world, id)).unwrap(), b"{", "whoever looks changes nothing");
        says(&data, word, "Ada", id).unwrap();
        assert_eq!(turn(&mut site), ["failed"]);
        assert_eq!(last(&world, id)["result"]["code"], code);
    }
}

#[test]
fn nobody_is_taken_to_agree_still_whom_somebody_contradicted_who_cannot_be_understood() {
    let world = World::new();
    let mut site = world.site(ASK);
    let id = asked(&world, &mut site);
    says(&world.data(), "agree", "Ada", id).unwrap();
    let settings = world.data().join("agent.toml");
    std::fs::write(&settings, "mode = \"lokdown\"\n").unwrap();
    assert!(turn(&mut site).is_empty());
    says(&world.data(), "refuse", "Bob", id).unwrap();
    std::fs::write(file(&world, id), "{\"given\":fal").unwrap();
    std::fs::write(&settings, ASK).unwrap();
    assert!(turn(&mut site).is_empty(), "people are asked again");
    assert!(CommandJournal::open(&site.home).unwrap().get(id).unwrap().decision.is_none());
    says(&world.data(), "agree", "Ada", id).unwrap();
    assert_eq!(turn(&mut site), ["failed"]);
    assert_eq!(last(&world, id)["result"]["code"], "notReachable");
}

#[test]
fn what_was_said_of_a_command_of_the_identity_before_is_on_record() {
    for (torn, words) in [(None, "agreed by Ada at "), (Some("{"), "not known: ")] {
        let world = World::new();
        let mut site = world.site(ASK);
        let id = asked(&world, &mut site);
        drop(site);
        says(&world.data(), "agree", "Ada", id).unwrap();
        if let Some(torn) = torn {
            std::fs::write(file(&world, id), torn).unwrap();
        }
        let (data, key) = (world.data(), world.key());
        let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
        carry_out(Line::parse_from(line)).unwrap();
        let site = world.site(ASK);
        let record = on_record(&site);
        held(&record, &[words]);
        assert!(record[0].contains("it was another identity's command, which is over"), "{record:?}");
        assert!(!file(&world, id).exists());
    }
}
