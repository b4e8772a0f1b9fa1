//! Data folders that are copies: of an agent that works at the same time, and of the state that one had before.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::commands::obey;
use remote_services_agent::decision::Decision;
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::now;
use remote_services_core::command::CommandState;
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::{Execution, NextPoll};
use remote_services_transport::poll::Poll;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use support::{World, asker, turn, work};

/// The same data folder at another place, opened.
fn copy(world: &World, name: &str) -> Site {
    fn files(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                files(&entry.path(), &to);
            } else {
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let root = world.folder.path().join(name);
    files(&world.data(), &root);
    let home = Home::open(&root).unwrap();
    let settings = Settings::read(&home).unwrap();
    Site::open(home, settings, StopFlag::new()).unwrap()
}

/// A device of this agent that does not answer, and a command for it.
fn page(world: &World, site: &mut Site) -> Uuid {
    let device = work(site);
    let wish = json!({ "client": site.client.id(), "device": device, "action": "printTestPage" });
    world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().parse().unwrap()
}

fn agree(site: &Site, command: Uuid) {
    let word = Decision { given: true, by: "Ada Lovelace".into(), at: now(), reason: None, overrules: None };
    word.leave(&site.home, command).unwrap();
}

fn executions(world: &World, command: Uuid) -> Vec<Value> {
    world.get(&format!("/api/v1/commands/{command}"))["executions"].as_array().unwrap().clone()
}

/// What somebody with this agent's name and key tells the server: it began so many seconds ago.
fn begin_elsewhere(site: &Site, command: Uuid, ago: u64) {
    let started_at = Some(now().minus(Duration::from_secs(ago)));
    let running = Execution { attempt: 1, started_at, ..Execution::in_state(CommandState::Running) };
    site.client.report(command, &running, &mut None).unwrap();
}

#[test]
fn of_two_agents_with_one_identity_one_does_what_is_asked() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"ask\"\n");
    let (first, second) = (page(&world, &mut site), page(&world, &mut site));
    assert_eq!(turn(&mut site), ["awaitingConsent", "awaitingConsent"]);
    let mut other = copy(&world, "copy");
    for command in [first, second] {
        agree(&site, command);
        agree(&other, command);
    }
    // One is over when the other comes to it, and one has just begun.
    begin_elsewhere(&site, second, 0);
    let before = executions(&world, second).len();
    assert_eq!(turn(&mut site).len(), 2);
    assert_eq!(site.touched.len(), 1, "the first alone was tried");
    assert_eq!(turn(&mut other), ["failed", "failed"]);
    assert!(other.touched.is_empty(), "nothing was tried");
    let journal = CommandJournal::open(&other.home).unwrap();
    for (command, why) in
        [(first, "the command is closed: failed"), (second, "another client of this name began it at ")]
    {
        let result = journal.get(command).unwrap().execution.result.clone().unwrap();
        assert!(result.text.starts_with("not begun here: ") && result.text.contains(why), "{result:?}");
    }
    assert_eq!(executions(&world, second).len(), before, "whoever began it tells of its end");
    assert_eq!(turn(&mut other), [""; 0]);
}

#[test]
fn what_an_agent_had_begun_before_its_folder_was_restored_is_looked_after_and_not_begun_again() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"on\"\n");
    let (begun, fresh) = (page(&world, &mut site), page(&world, &mut site));
    let underway = page(&world, &mut site);
    begin_elsewhere(&site, begun, 3_700);
    begin_elsewhere(&site, underway, 60);
    let ends = turn(&mut site);
    assert_eq!((ends.len(), site.touched.len()), (2, 1), "{ends:?}");
    let states = |command: Uuid| -> Vec<String> {
        executions(&world, command).iter().map(|it| it["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states(fresh), ["running", "failed"]);
    assert_eq!(states(begun), ["running", "failed"], "nobody answers who could say whether it happened");
    assert_eq!(states(underway), ["running"], "a copy of this agent may be at it");
    let last = executions(&world, begun).pop().unwrap();
    assert_eq!(last["startedAt"], executions(&world, begun)[0]["startedAt"], "{last}");
}

#[test]
fn a_log_that_another_of_this_name_began_is_left_to_it_for_as_long_as_it_may_take_and_never_sent_twice() {
    let world = World::new();
    let folder = world.folder.path().join("logs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("engine.log"), b"one line\n").unwrap();
    let mut site = world.site(&format!(
        "[logs]\nfolder = {folder:?}\nsource = \"engine\"\n[actions]\nsendEngineeringLog = \"on\"\n"
    ));
    support::consent(&site.home, 7, ConsentScope::Engineering);
    let client = site.client.id();
    let ask = |deadline: Value| -> Uuid {
        let wish = json!({
            "client": client, "action": "sendEngineeringLog", "runDeadline": deadline
        });
        world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().parse().unwrap()
    };
    let (alive, late, over) = (ask(Value::Null), ask(json!(3_600)), ask(Value::Null));
    for (command, ago) in [(alive, 2 * 24 * 3_600), (late, 3_700), (over, 8 * 24 * 3_600)] {
        begin_elsewhere(&site, command, ago);
    }
    assert_eq!(turn(&mut site), ["failed", "failed"]);
    assert_eq!(turn(&mut site), [""; 0]);
    let state = |command| executions(&world, command).pop().unwrap();
    assert_eq!(state(alive)["state"], "running", "whoever began it tells of its end");
    for command in [late, over] {
        let told = state(command);
        let text = told["result"]["text"].as_str().unwrap();
        assert!(text.starts_with("given up: nothing of it was sent from this data folder"), "{text}");
    }
    assert_eq!(world.get("/api/v1/uploads"), json!([]), "nothing was sent");
    // What was begun here and cut short goes on here.
    let own = ask(Value::Null);
    std::fs::write(site.home.state("logs"), "in the way of the first try").unwrap();
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    let done = obey(&mut site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).unwrap();
    assert!(done.failed.is_some());
    std::fs::remove_file(site.home.state("logs")).unwrap();
    assert_eq!(turn(&mut site), ["succeeded"]);
    assert_eq!(state(own)["state"], "succeeded");
}

#[test]
fn commands_that_wait_keep_no_other_from_being_heard_of() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"ask\"\n");
    let client = site.client.id();
    let wish = json!({ "client": client, "device": work(&mut site), "action": "printTestPage" });
    for _ in 0..105 {
        world.post("/api/v1/commands", &wish);
    }
    assert_eq!(turn(&mut site).len(), 100);
    let last = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(client, NextPoll { seconds: 900, jitter: 0 });
    let done = obey(&mut site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).unwrap();
    assert_eq!(done.obeyed.len(), 6);
    let path = format!("/api/v1/commands/{}", last["id"].as_str().unwrap());
    assert_ne!(world.get(&path)["state"], "queued");
}

#[test]
fn a_command_that_this_machine_fails_at_holds_up_no_other() {
    let world = World::new();
    let mut site = world.site("[actions]\ngetStatus = \"on\"\n");
    let device = work(&mut site);
    let ask = |action: &str| {
        let wish = json!({ "client": site.client.id(), "device": device, "action": action });
        world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned()
    };
    let (failing, other) = (ask("restart"), ask("upgrade"));
    // Its place in the journal is taken.
    std::fs::create_dir_all(site.home.state("commands").join(format!("{failing}.json"))).unwrap();
    let mut journal = CommandJournal::open(&site.home);
    if journal.is_err() {
        std::fs::remove_dir(site.home.state("commands").join(format!("{failing}.json"))).unwrap();
        journal = CommandJournal::open(&site.home);
        std::fs::create_dir(site.home.state("commands").join(format!("{failing}.json"))).unwrap();
    }
    let mut journal = journal.unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    let done = obey(&mut site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).unwrap();
    assert!(done.failed.unwrap().sentence.contains("command journal"));
    assert_eq!(done.obeyed.len(), 1);
    assert_eq!(world.get(&format!("/api/v1/commands/{other}"))["state"], "rejected");
    assert_eq!(world.get(&format!("/api/v1/commands/{failing}"))["state"], "delivered");
    assert!(!poll.knows_version(), "it is listed again");
}
