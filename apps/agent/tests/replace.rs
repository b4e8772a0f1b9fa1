//! Registering anew: a key of its own, and nothing is lost that waits for the old identity.
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
use remote_services_agent::trail::open_audit;
use remote_services_agent::wishes::Wishes;
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::{Command, Execution, Policy};
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::{Class, Spool, SpoolLimits};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};
use support::{World, turn};

fn anew(world: &World, more: &[&str]) -> Result<(), Failure> {
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more)))
}

fn replace(world: &World, more: &[&str]) -> Result<(), Failure> {
    anew(world, &[&["--replace"], more].concat())
}

/// The agent of `world` goes to the server of `other`; its new name.
fn moves(world: &World, other: &World, more: &[&str]) -> Result<Uuid, Failure> {
    let (data, key) = (world.data(), other.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more)))?;
    Ok(identity::registered(&Home::look(&data)).unwrap().client)
}

/// Opens what was sent to the server, as soon as it looked at it.
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

/// An agent with one payload that waits; its name.
fn waiting(world: &World) -> Uuid {
    let mut site = world.site("");
    site.keep(&mut support::reading(), Class::Report).unwrap();
    site.client.id()
}

/// Why the payloads may not be sent that this agent holds back.
fn withheld(world: &World) -> Vec<String> {
    let found = Spool::look_withheld(&world.data().join("spool")).unwrap();
    found.into_iter().map(|(_, why)| why).collect()
}

fn retry(world: &World) -> Result<(), Failure> {
    let (upload, _) = Spool::look_withheld(&world.data().join("spool")).unwrap().remove(0);
    let (data, upload) = (world.data(), upload.id.to_string());
    let line =
        ["agent", "quarantine", "retry", "--data", data.to_str().unwrap(), "--by", "A. Smith", &upload];
    carry_out(Line::parse_from(line))
}

#[test]
fn what_waits_for_the_old_identity_is_sent_first_or_set_aside_and_the_key_is_a_new_one() {
    let world = World::new();
    let folder = world.data().join("identity");
    let key = || fs::read(folder.join("client.key.pem")).unwrap();
    let mut site = world.site("");
    let old = (site.client.id(), key());
    site.keep(&mut support::reading(), Class::Report).unwrap();
    drop(site);

    let refused = replace(&world, &[]).unwrap_err();
    assert!(refused.code == ExitCode::Usage && refused.sentence.contains("1 payload:"), "{refused}");
    assert_eq!(key(), old.1, "nothing happened");
    // Who does not reach the server keeps what the old identity may still send.
    let (data, used) = (world.data(), world.key());
    let other = format!("https://127.0.0.1:1/#{}", used.split_once('#').unwrap().1);
    let line = [
        "agent",
        "register",
        "--replace",
        "--discard-waiting",
        "--data",
        data.to_str().unwrap(),
        "--key",
        &other,
    ];
    assert!(carry_out(Line::parse_from(line)).is_err());
    assert_eq!(
        Spool::open(&world.data().join("spool"), SpoolLimits::default()).unwrap().0.pending().len(),
        1
    );
    assert_eq!(key(), old.1);

    replace(&world, &["--discard-waiting"]).unwrap();
    let why = withheld(&world);
    assert!(why.len() == 1 && why[0].contains(&format!("client {} made it", old.0)), "{why:?}");
    assert_ne!(key(), old.1, "who has the old key has nothing of the new identity");
    assert!(!folder.join("client.key.next.pem").exists());
    let site = world.site("");
    assert_ne!(site.client.id(), old.0);
    assert_eq!(site.client.directory().map(drop).map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn payloads_outlast_the_identity_that_made_them_and_no_other_registers_or_sends_without_a_word() {
    let lost: [fn(&World); 3] = [
        |world| fs::remove_file(world.data().join("identity/server-url")).unwrap(),
        |world| fs::remove_dir_all(world.data().join("identity")).unwrap(),
        // An agent of an earlier version, which did not put down whose they are.
        |world| {
            fs::remove_file(world.data().join("state/spool-owner")).unwrap();
            fs::remove_file(world.data().join("identity/server-url")).unwrap();
        },
    ];
    for lose in lost {
        let world = World::new();
        let old = waiting(&world);
        lose(&world);
        for words in [&[][..], &["--replace"]] {
            let refused = anew(&world, words).unwrap_err();
            assert_eq!(refused.code, ExitCode::Usage, "{refused}");
            assert!(refused.sentence.contains(&format!("only client {old} may send")), "{refused}");
        }
        replace(&world, &["--discard-waiting"]).unwrap();
        let mut site = world.site("");
        assert_eq!((site.waiting(), site.send(|_| {}).unwrap().stored), (0, 0));
        assert_ne!(site.client.id(), old);
        assert_eq!(withheld(&world).len(), 1);
        assert_eq!(retry(&world).unwrap_err().code, ExitCode::Usage);
    }
}

#[test]
fn an_agent_killed_between_its_new_identity_and_what_waits_sends_nothing_of_the_old_one() {
    for earlier_version in [false, true] {
        let world = World::new();
        let old = waiting(&world);
        if earlier_version {
            fs::remove_file(world.data().join("state/spool-owner")).unwrap();
            assert_eq!(world.site("").waiting(), 1, "they are of the identity that is there");
            fs::remove_file(world.data().join("state/spool-owner")).unwrap();
        }
        let key = RegistrationKey::from_text(&world.key()).unwrap();
        // Here it is killed: the identity is another, and nobody looked at the spool yet.
        let new = register(&Home::open(&world.data()).unwrap(), &Settings::default(), &key).unwrap();
        assert_ne!(new, old);
        let mut site = world.site("");
        assert_eq!((site.client.id(), site.waiting(), site.send(|_| {}).unwrap().stored), (new, 0, 0));
        assert!(withheld(&world)[0].contains(&format!("client {old} made it")));
        let audit = fs::read_to_string(site.home.audit()).unwrap();
        assert!(audit.contains("\"withheld\"") && audit.contains("1 payload made by client"), "{audit}");
        site.keep(&mut support::reading(), Class::Report).unwrap();
        assert_eq!(site.send(|_| {}).unwrap().stored, 1, "its own go");
        drop(site);
        assert_eq!(world.site("").waiting(), 0, "once");
    }
}

#[test]
fn an_agent_killed_while_it_takes_another_servers_identity_has_all_of_the_old_one_or_of_the_new_one() {
    let (world, other) = (World::new(), World::new());
    let folder = world.data().join("identity");
    let saved: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (fs::read(&path).unwrap(), path))
        .collect();
    let old = identity::registered(&Home::look(&world.data())).unwrap();
    // Each file in turn cannot be written: what comes after it is not done.
    for (blocked, is_new) in
        [("renewed", false), ("client.key", true), ("client", true), ("anchors", true), ("server-url", true)]
    {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        saved.iter().for_each(|(octets, path)| fs::write(path, octets).unwrap());
        let blocker = folder.join(format!("{blocked}.new"));
        fs::create_dir(&blocker).unwrap();
        let key = RegistrationKey::from_text(&other.key()).unwrap();
        let home = Home::open(&world.data()).unwrap();
        assert!(register(&home, &Settings::default(), &key).is_err(), "{blocked}");
        drop(home);
        let seen = identity::registered(&Home::look(&world.data())).unwrap();
        assert_eq!(seen.client != old.client, is_new, "{blocked}");
        assert_eq!(seen.server.to_string() != old.server.to_string(), is_new, "{blocked}");
        let (_, loaded) = identity::load(&Home::look(&world.data()), &Settings::default()).unwrap();
        assert_eq!(loaded.client, seen.client);
        fs::remove_dir(&blocker).unwrap();
        // The server is who the anchors say, and knows the client.
        let home = Home::open(&world.data()).unwrap();
        let site = Site::open(home, Settings::default(), StopFlag::new()).unwrap();
        assert_eq!(site.client.id(), seen.client, "{blocked}");
        assert!(!folder.join("renewed.pem").exists());
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
fn the_software_of_one_server_neither_stays_offered_nor_blocks_that_of_another_and_numbers_of_the_same_one_stay()
 {
    let (world, other) = (World::new(), World::new());
    for version in ["2.1", "2.2", "2.3"] {
        world.publish(version, version.as_bytes());
    }
    other.publish("1.1", b"1.1");
    assert_eq!(looked(&world).1, 3);
    assert_eq!(downloads(&world), 1);
    moves(&world, &other, &[]).unwrap();
    assert_eq!(downloads(&world), 0);
    let kept = fs::read_to_string(world.data().join("state/software.json")).unwrap();
    assert!(!kept.contains("2.3"), "{kept}");
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
        open_audit(&home, &identity).unwrap().set_mark("software", 3, now()).unwrap();
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
    let told = format!("2 command results of client {} never told to its server", command.client);
    assert_eq!(audit.matches(&told).count(), 1, "{audit}");
    let ends = [(command.id, "succeeded, ok, "), (running, "failed, internal, "), (waits, "rejected; ")];
    for (id, end) in ends {
        let line =
            audit.lines().find(|line| line.contains(&id.to_string()) && line.contains("was never told"));
        assert!(line.is_some_and(|line| line.contains(&format!("checkSoftware: {end}"))), "{audit}");
        assert!(!audit.contains(&format!("{new}/commands/{id}")), "{audit}");
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
