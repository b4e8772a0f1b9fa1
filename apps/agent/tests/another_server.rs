//! Another server takes the place of the one before: what that one said, offered and asked is nothing to it.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::journal::{CommandJournal, Entry};
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_agent::survey::now;
use remote_services_agent::trail::Logs;
use remote_services_agent::wishes::Wishes;
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::{Command, Execution, Policy};
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::Class;
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};
use support::{World, turn};

/// The agent of `world` goes to the server of `other`; its new name.
fn moves(world: &World, other: &World, more: &[&str]) -> Result<Uuid, Failure> {
    let (data, key) = (world.data(), other.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more)))?;
    Ok(identity::registered(&Home::look(&data)).unwrap().client)
}

/// What became of the payloads that the server has, as soon as it looked at them.
fn states(world: &World) -> Vec<String> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let uploads = world.get("/api/v1/uploads").as_array().unwrap().clone();
        let states: Vec<_> = uploads.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
        if states.iter().all(|state| state != "received") {
            return states;
        }
        assert!(Instant::now() < until, "{uploads:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn nothing_is_sealed_for_the_server_of_before_while_the_new_one_was_not_heard_yet() {
    let (world, mut other) = (World::new(), World::new());
    drop(world.site(""));
    moves(&world, &other, &[]).unwrap();
    assert!(!world.data().join("state/directory.json").exists());
    other.stop();
    let open = || Site::open(Home::open(&world.data()).unwrap(), Settings::default(), StopFlag::new());
    assert_eq!(open().err().unwrap().code, ExitCode::NoAnswer, "nobody knows yet whom to seal for");
    other.start_again();
    let mut site = world.site("");
    site.keep(&mut support::reading(), Class::Report).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    assert_eq!(states(&other), ["opened"]);
    drop(site);
    other.stop();
    assert!(open().is_ok(), "it was heard by now");
}

#[test]
fn the_wishes_of_the_server_of_before_are_not_taken_for_those_of_the_new_one() {
    let (world, other) = (World::new(), World::new());
    let wish = |world: &World, client: Uuid, every: u32| {
        world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "collectEvery": every }));
    };
    let heard = || {
        let mut site = world.site("");
        let mut wishes = Wishes::load(&site.home);
        let before = wishes.applied(&site).0.collect_every;
        wishes.ask(&mut site).unwrap();
        (before, wishes.applied(&site).0.collect_every)
    };
    let old = world.site("").client.id();
    wish(&world, old, 86_400);
    assert_eq!(heard(), (None, Some(86_400)));
    assert_eq!(heard(), (Some(86_400), Some(86_400)));
    let new = moves(&world, &other, &[]).unwrap();
    wish(&other, new, 10_800);
    assert_eq!(heard(), (None, Some(10_800)));
    // Nor where it is the same server, which names the version of each client's wishes alike.
    let newest = moves(&world, &other, &[]).unwrap();
    wish(&other, newest, 43_200);
    assert_eq!(heard(), (None, Some(43_200)));
}

/// What comes of a look for a newer version; the number that was seen last and whether one is offered.
fn looked(world: &World) -> (String, u64, bool) {
    // It is not to be installed now.
    let then =
        jiff::Zoned::now().checked_add(jiff::Span::new().hours(6)).unwrap().strftime("%H:%M").to_string();
    let (folder, end) = (world.folder.path().join("programs"), &then[..3]);
    let settings = format!("[software]\nfolder = {folder:?}\nwindow = \"{end}00-{end}59\"\n");
    let mut site = world.site(&settings);
    let (_, text) = Software::load(&site.home).unwrap().turn(&mut site, &Policy::default(), true).unwrap();
    let kept = fs::read(world.data().join("state/software.json")).unwrap();
    let state = serde_json::from_slice::<serde_json::Value>(&kept).unwrap()["state"].clone();
    (text, state["sequence"].as_u64().unwrap(), state["offered"].is_object())
}

fn downloads(world: &World) -> usize {
    fs::read_dir(world.data().join("downloads")).map_or(0, Iterator::count)
}

#[test]
fn software_of_one_server_neither_stays_offered_nor_blocks_that_of_another_and_its_numbers_stay() {
    let (world, other) = (World::new(), World::new());
    for version in ["2.1", "2.2", "2.3"] {
        world.publish(version, version.as_bytes());
    }
    other.publish("1.1", b"1.1");
    assert_eq!(looked(&world).1, 3);
    assert_eq!(downloads(&world), 1);
    let of_before = fs::read(world.data().join("state/software.json")).unwrap();
    moves(&world, &other, &[]).unwrap();
    assert_eq!(downloads(&world), 0);
    let file = world.data().join("state/software.json");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(!kept.contains("2.3"), "{kept}");
    // Nor by a copy of before.
    fs::write(&file, &of_before).unwrap();
    let (text, sequence, offered) = looked(&world);
    assert_eq!((text.as_str(), sequence, offered), ("a version waits for its time", 1, true));
    // The server of before, again: what was seen there is known still, also when the file is gone.
    let key = RegistrationKey::from_text(&world.key()).unwrap();
    register(&Home::open(&world.data()).unwrap(), &Settings::default(), &key).unwrap();
    let audit = || fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert!(!audit().contains("is not believed"), "{}", audit());
    drop(world.site(""));
    let kept = fs::read_to_string(world.data().join("state/software.json")).unwrap();
    assert!(kept.contains("\"sequence\":3"), "{kept}");
    assert!(!audit().contains("went back"), "{}", audit());
    fs::remove_file(world.data().join("state/software.json")).unwrap();
    assert_eq!(looked(&world).1, 3);
    assert!(audit().contains("went back: manifest 3 was seen before 0"), "{}", audit());
}

#[test]
fn numbers_that_an_earlier_version_saw_are_those_of_the_identity_that_was_there_then() {
    let (world, other) = (World::new(), World::new());
    let earlier = |world: &World| {
        let home = Home::open(&world.data()).unwrap();
        let (_, identity) = identity::load(&home, &Settings::default()).unwrap();
        let mut logs = Logs::open(&home, &identity, &Settings::default().limits).unwrap();
        logs.main.set_mark("software", 3, now()).unwrap();
        fs::write(home.state("software.json"), "{\"state\":{\"sequence\":3}}").unwrap();
    };
    let refused = |world: &World| {
        let audit = fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.matches("the manifest has sequence number 1, 3 was seen before").count()
    };
    for one in [&world, &other] {
        one.publish("1.1", b"1.1");
        earlier(one);
    }
    // It is replaced before it ever looks.
    moves(&world, &other, &[]).unwrap();
    assert_eq!((looked(&world).1, refused(&world)), (1, 0));
    moves(&world, &world, &[]).unwrap();
    fs::remove_file(world.data().join("state/software.json")).unwrap();
    assert_eq!((looked(&world).1, refused(&world)), (3, 1));
    // It stays with its server, or comes back to it by another identity.
    fs::remove_file(other.data().join("state/software.json")).unwrap();
    assert_eq!((looked(&other).1, refused(&other)), (3, 1));
    moves(&other, &other, &[]).unwrap();
    assert_eq!((looked(&other).1, refused(&other)), (3, 2));
}

/// An agent that carried a command out, of which its server was not told; the command.
fn untold(world: &World) -> Entry {
    let mut site = world.site("[actions]\ncheckSoftware = \"on\"\n");
    let wish = json!({ "client": site.client.id(), "action": "checkSoftware" });
    let id: Uuid = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().parse().unwrap();
    turn(&mut site);
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let entry = Entry { reported: false, ..journal.get(id).unwrap().clone() };
    assert!(entry.execution.state.is_closed() && entry.execution.started_at.is_some());
    journal.take_up(id, entry.clone()).unwrap();
    entry
}

#[test]
fn what_came_of_commands_is_told_to_their_server_or_given_up_with_a_word_and_never_told_to_another() {
    let (world, other) = (World::new(), World::new());
    let done = untold(&world);
    let home = Home::open(&world.data()).unwrap();
    let command = done.command.clone().unwrap();
    let (running, waits) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut journal = CommandJournal::open(&home).unwrap();
    for (id, state) in [(running, CommandState::Running), (waits, CommandState::AwaitingConsent)] {
        let started_at = done.execution.started_at.filter(|_| id == running);
        let execution = Execution { started_at, ..Execution::in_state(state) };
        let command = Some(Command { id, ..command.clone() });
        journal.take_up(id, Entry { command, execution, reported: true, ..done.clone() }).unwrap();
    }
    let logs = home.state("logs").join(running.to_string());
    fs::create_dir_all(&logs).unwrap();
    drop(home);
    let refused = moves(&world, &other, &[]).unwrap_err();
    assert!(refused.code == ExitCode::Usage && refused.sentence.contains("2 command results"), "{refused}");

    let new = moves(&world, &other, &["--discard-waiting"]).unwrap();
    assert!(!logs.exists());
    let mut site = world.site("[actions]\ncheckSoftware = \"on\"\n");
    assert_eq!(turn(&mut site), [""; 0]);
    let audit = fs::read_to_string(site.home.audit()).unwrap();
    let exchanges = fs::read_to_string(site.home.exchanges()).unwrap();
    let told = format!("2 command results of client {} never told to its server", command.client);
    assert_eq!(audit.matches(&told).count(), 1, "{audit}");
    let ends = [(command.id, "succeeded, ok, "), (running, "failed, internal, "), (waits, "rejected; ")];
    for (id, end) in ends {
        let line =
            audit.lines().find(|line| line.contains(&id.to_string()) && line.contains("was never told"));
        assert!(line.is_some_and(|line| line.contains(&format!("checkSoftware: {end}"))), "{audit}");
        assert!(!exchanges.contains(&format!("{new}/commands/{id}")), "{exchanges}");
    }
    let journal = CommandJournal::open(&site.home).unwrap();
    assert!(journal.open_commands().is_empty());
    assert!(ends.iter().all(|(id, _)| journal.get(*id).is_some()));
    assert!(journal.may_have_been_done(&Command { id: Uuid::from_u128(3), ..command }));
}

#[test]
fn what_came_of_commands_is_told_first_as_payloads_are_sent() {
    let (world, other) = (World::new(), World::new());
    let done = untold(&world);
    let command = done.command.unwrap();
    let refused = moves(&world, &other, &[]).unwrap_err();
    assert!(
        refused.sentence.contains("1 command result: send it first (run --once --no-collect)"),
        "{refused}"
    );
    let data = world.data();
    let line = ["agent", "run", "--once", "--no-collect", "--data", data.to_str().unwrap()];
    carry_out(Line::parse_from(line)).unwrap();
    moves(&world, &other, &[]).unwrap();
    let audit = fs::read_to_string(data.join("audit.log")).unwrap();
    assert!(!audit.contains("was never told"), "{audit}");
    assert!(CommandJournal::open(&Home::look(&data)).unwrap().get(command.id).unwrap().reported);
}

#[test]
fn an_agent_killed_anywhere_while_it_forgets_the_server_of_before_goes_on_from_there() {
    let (world, other) = (World::new(), World::new());
    world.publish("2.1", b"2.1");
    looked(&world);
    let done = untold(&world);
    let old = world.site("").client.id();
    let wish = json!({ "collectEvery": 86_400 });
    world.put(&format!("/api/v1/clients/{old}/policy"), &wish);
    let mut site = world.site("");
    Wishes::load(&site.home).ask(&mut site).unwrap();
    drop(site);
    let key = RegistrationKey::from_text(&other.key()).unwrap();
    let home = Home::open(&world.data()).unwrap();
    register(&home, &Settings::default(), &key).unwrap();
    drop(home);
    let state = world.data().join("state");
    // Each step in turn cannot be done: what comes after it is not, and the owner is the old one still.
    let command = format!("commands/{}.new", done.command.unwrap().id);
    for blocked in ["directory.json", "policy.json", &command, "software.new", "spool-owner.new"] {
        let path = state.join(blocked);
        let _ = fs::remove_file(&path);
        fs::create_dir(&path).unwrap();
        let open = Site::open(Home::open(&world.data()).unwrap(), Settings::default(), StopFlag::new());
        assert!(open.is_err(), "{blocked}");
        fs::remove_dir(&path).unwrap();
        assert_eq!(fs::read_to_string(state.join("spool-owner")).unwrap(), format!("{old}\n"));
    }
    assert!(!state.join("policy.json").exists());
    let site = world.site("");
    assert_eq!(fs::read_to_string(state.join("spool-owner")).unwrap(), format!("{}\n", site.client.id()));
    assert!(CommandJournal::open(&site.home).unwrap().open_commands().is_empty());
    assert!(!fs::read_to_string(state.join("software.json")).unwrap().contains("2.1"));
}

#[test]
fn a_directory_that_names_no_key_ends_no_start_and_is_not_gone_on_by() {
    let mut world = World::new();
    drop(world.site(""));
    let kept = world.data().join("state/directory.json");
    let good = fs::read(&kept).unwrap();
    let mut directory: serde_json::Value = serde_json::from_slice(&good).unwrap();
    directory["encryptionCertificates"] = json!([]);
    // As an earlier version kept one of a server whose keys were just exchanged.
    fs::write(&kept, directory.to_string()).unwrap();
    world.stop();
    let stop = StopFlag::new();
    let opened = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(2));
            stop.stop();
        });
        Site::open_to_stay(Home::open(&world.data()).unwrap(), Settings::default(), stop.clone())
    });
    assert_eq!(opened.map(drop).unwrap_err().code, ExitCode::Interrupted, "it waits for a server");
    fs::write(&kept, good).unwrap();
    let home = Home::open(&world.data()).unwrap();
    assert!(Site::open_to_stay(home, Settings::default(), StopFlag::new()).is_ok());
}
