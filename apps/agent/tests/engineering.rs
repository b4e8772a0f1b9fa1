//! Logs for support: only those that the site named, only with consent, in parts, and with an index that says under which.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::clock::Told;
use remote_services_agent::commands::obey;
use remote_services_agent::consents;
use remote_services_agent::decision::Decision;
use remote_services_agent::engineering;
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::{Patience, Site};
use remote_services_agent::survey::now;
use remote_services_core::backoff::Backoff;
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_transport::document::{NextPoll, names};
use remote_services_transport::exchange::{Method, Request};
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{World, asker, turn, wait_until};

const LENGTH: usize = 9_000_000;

fn site(world: &World) -> Site {
    let folder = world.folder.path().join("logs");
    std::fs::create_dir_all(&folder).unwrap();
    let octets: Vec<u8> =
        (0..LENGTH as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    std::fs::write(folder.join("engine.log"), octets).unwrap();
    std::fs::write(folder.join("empty.log"), b"").unwrap();
    let settings =
        format!("[logs]\nfolder = {folder:?}\nsource = \"engine\"\n[actions]\nsendEngineeringLog = \"on\"\n");
    world.site(&settings)
}

fn consent(world: &World) -> Uuid {
    support::consent(&Home::look(&world.data()), 7, ConsentScope::Engineering)
}

/// What became of a command after one turn of the agent.
fn ask(world: &World, site: &mut Site, parameters: &Value) -> (String, Value) {
    let wish =
        json!({ "client": site.client.id(), "action": "sendEngineeringLog", "parameters": parameters });
    let command = world.post("/api/v1/commands", &wish);
    turn(site);
    let shown = world.get(&format!("/api/v1/commands/{}", command["id"].as_str().unwrap()));
    let last = shown["executions"].as_array().unwrap().last().unwrap().clone();
    (shown["state"].as_str().unwrap().to_owned(), last)
}

fn opened(world: &World) -> Vec<Value> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let uploads = world.get("/api/v1/uploads").as_array().unwrap().clone();
        if uploads.iter().all(|upload| upload["state"] != "received") {
            return uploads;
        }
        assert!(Instant::now() < until, "{uploads:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn logs_go_in_parts_under_the_consent_that_is_on_record_with_an_index_that_names_it() {
    let world = World::new();
    let mut site = site(&world);
    let id = consent(&world);
    let (state, last) = ask(&world, &mut site, &json!({}));
    assert_eq!((state.as_str(), &last["result"]["code"]), ("succeeded", &json!("ok")), "{last}");
    assert!(last["result"]["text"].as_str().unwrap().contains(&format!("under consent {id}")), "{last}");
    assert_eq!(last["evidence"].as_array().map(Vec::len), Some(3), "two logs and the index: {last}");
    assert_eq!(site.send(|_| {}).unwrap().stored, 1, "the index goes by the spool");
    let uploads = opened(&world);
    assert!(uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
    let log = |name: &str| uploads.iter().find(|upload| upload["log"]["name"] == name).unwrap();
    assert_eq!(
        (&log("engine.log")["parts"], &log("engine.log")["log"]["length"]),
        (&json!(3), &json!(LENGTH))
    );
    assert_eq!(log("empty.log")["log"]["length"], 0);
    assert!(!site.home.state("logs").join("x").exists());
    assert_eq!(std::fs::read_dir(site.home.state("logs")).unwrap().count(), 0, "nothing stays behind");
}

#[test]
fn a_log_that_cannot_be_sent_keeps_none_of_the_others_from_being_sent() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let logs = world.folder.path().join("logs");
    std::fs::write(logs.join("a.log"), b"first\n").unwrap();
    std::fs::write(logs.join("z.log"), b"last\n").unwrap();
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let command = begun(&mut world, &mut site, &wish);
    // Rotated since it was measured, in the middle of the alphabet.
    std::fs::write(logs.join("engine.log"), b"anew\n").unwrap();
    world.start_again();
    assert_eq!(turn(&mut site), ["failed"]);
    let shown = world.get(&format!("/api/v1/commands/{command}"));
    let last = shown["executions"].as_array().unwrap().last().unwrap().clone();
    let text = last["result"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("3 logs sent, 11 octets, ") && text.contains("; not sent: log engine.log: "),
        "{text}"
    );
    assert_eq!(last["evidence"].as_array().map(Vec::len), Some(4), "three logs and their index: {last}");
    assert_eq!(site.send(|_| {}).unwrap().stored, 1, "the index goes by the spool");
    let uploads = opened(&world);
    let names: Vec<_> = uploads.iter().filter_map(|upload| upload["log"]["name"].as_str()).collect();
    for name in ["a.log", "empty.log", "z.log"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
}

#[test]
fn files_that_are_not_sent_are_told_of_with_the_reason_and_the_others_are_sent() {
    let world = World::new();
    let mut site = site(&world);
    consent(&world);
    let logs = world.folder.path().join("logs");
    std::fs::write(logs.join("my log.txt"), b"first\n").unwrap();
    for number in 0..254 {
        std::fs::write(logs.join(format!("z{number:03}.log")), b"").unwrap();
    }
    std::fs::write(logs.join("engine.log"), b"short\n").unwrap();
    let (state, last) = ask(&world, &mut site, &json!({}));
    let text = last["result"]["text"].as_str().unwrap();
    assert_eq!(state, "failed", "{text}");
    assert!(text.starts_with("255 logs sent, 6 octets, "), "{text}");
    assert!(
        text.contains("; not sent: log my log.txt: its name has other characters than letters"),
        "{text}"
    );
    assert!(text.ends_with("; not sent: 1 file beyond the first 256 of the folder, each sent when it is asked for by its name: z253.log"), "{text}");
    assert_eq!(last["evidence"].as_array().map(Vec::len), Some(256), "and the index");
    let (state, last) = ask(&world, &mut site, &json!({ "name": "z253.log" }));
    assert_eq!((state.as_str(), last["evidence"].as_array().map(Vec::len)), ("succeeded", Some(2)), "{last}");
    let (state, last) = ask(&world, &mut site, &json!({ "name": "my log.txt" }));
    let text = last["result"]["text"].as_str().unwrap();
    assert!(state == "failed" && text.starts_with("log my log.txt: its name has"), "{text}");
}

#[test]
fn a_log_under_whose_name_the_server_has_other_bytes_begins_again_under_another_and_arrives_whole() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let command = begun(&mut world, &mut site, &wish);
    world.start_again();
    let folder = site.home.state("logs").join(command.to_string());
    let plan: Value = serde_json::from_slice(&std::fs::read(folder.join("plan.json")).unwrap()).unwrap();
    let mut logs = plan["logs"].as_array().unwrap().iter();
    let transfer = logs.find(|log| log.to_string().contains("engine.log")).unwrap()["transfer"].clone();
    // As a copy of this data folder would: the smallest that has the form of a sealed one.
    const OTHERS: &[u8] =
        b"\x30\x84\x00\x00\x00\x13\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17others";
    let client = site.client.id();
    let path = format!("/rs/v1/clients/{client}/uploads/{}/parts/2", transfer.as_str().unwrap());
    let part = Request::new(Method::Put, path).with("if-none-match", "*").with_body(names::SEALED, OTHERS);
    assert_eq!(site.client.exchange(&part, Duration::ZERO).unwrap().status, 201);
    assert_eq!(turn(&mut site), ["succeeded"]);
    let uploads = opened(&world);
    let log = uploads.iter().find(|upload| upload["log"]["name"] == "engine.log").unwrap();
    assert_eq!((&log["state"], &log["log"]["length"]), (&json!("opened"), &json!(LENGTH)), "{log}");
    let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert_eq!(audit.matches("begins again: log engine.log: the server has a part").count(), 1, "{audit}");
    assert_eq!(std::fs::read_dir(site.home.state("logs")).unwrap().count(), 0, "nothing stays behind");
}

#[test]
fn a_log_of_more_parts_than_the_server_takes_ends_before_the_first() {
    // Parts of 16 KiB, the smallest, whatever this server says of their size.
    let world = World::with(|config| config.part_size = 1);
    let mut site = site(&world);
    consent(&world);
    // Nothing but a hole, an octet longer than 4096 parts.
    let log = std::fs::File::create(world.folder.path().join("logs/engine.log")).unwrap();
    log.set_len((4096 << 14) + 1).unwrap();
    let (state, last) = ask(&world, &mut site, &json!({ "name": "engine.log" }));
    let text = last["result"]["text"].as_str().unwrap();
    assert_eq!(state, "failed", "{text}");
    assert!(text.contains("more than the server takes of one log: 4096 parts of 16384 octets"), "{text}");
    let exchanges = std::fs::read_to_string(site.home.exchanges()).unwrap();
    assert!(exchanges.contains("/commands/") && !exchanges.contains("/parts/"), "{exchanges}");
}

#[test]
fn without_consent_or_after_it_was_withdrawn_nothing_is_sent() {
    let world = World::new();
    let mut site = site(&world);
    let (state, last) = ask(&world, &mut site, &json!({}));
    assert_eq!((state.as_str(), &last["result"]["code"]), ("failed", &json!("consentDenied")), "{last}");
    let id = consent(&world);
    consents::withdraw(&Home::look(&world.data()), id, "Ada Lovelace", now()).unwrap();
    let (state, last) = ask(&world, &mut site, &json!({}));
    assert_eq!((state.as_str(), &last["result"]["code"]), ("failed", &json!("consentDenied")), "{last}");
    assert_eq!(opened(&world), Vec::<Value>::new());
}

#[test]
fn a_consent_that_is_withdrawn_amid_the_parts_of_a_log_ends_it_at_once_and_nothing_of_it_is_kept_or_sent_later()
 {
    // Hundreds of parts, so that there is a middle.
    let world = World::with(|config| config.part_size = 80 << 10);
    let mut site = site(&world);
    let (id, data, exchanges) = (consent(&world), world.data(), site.home.exchanges());
    let sent = move || std::fs::read_to_string(&exchanges).unwrap_or_default().matches("/parts/").count();
    let withdrawn = std::thread::spawn({
        let sent = sent.clone();
        move || {
            wait_until("some parts are sent", || sent() >= 10);
            consents::withdraw(&Home::look(&data), id, "Ada Lovelace", now()).unwrap();
            sent()
        }
    });
    let (state, last) = ask(&world, &mut site, &json!({ "name": "engine.log" }));
    assert_eq!((state.as_str(), &last["result"]["code"]), ("failed", &json!("consentDenied")), "{last}");
    let (before, after) = (withdrawn.join().unwrap(), sent());
    // One was under way, and one was sealed.
    assert!(after <= before + 2, "{before} parts, then {after}");
    assert_eq!(last["evidence"], Value::Null, "{last}");
    assert_eq!(std::fs::read_dir(site.home.state("logs")).unwrap().count(), 0, "nothing stays behind");

    // Another consent is for what is asked for under it.
    support::consent(&Home::look(&world.data()), 8, ConsentScope::Engineering);
    assert_eq!(turn(&mut site), Vec::<String>::new());
    assert_eq!((sent(), site.waiting()), (after, 0));
    let uploads = opened(&world);
    assert!(uploads.iter().all(|upload| upload["log"]["name"] != "engine.log"), "{uploads:?}");
}

#[test]
fn only_logs_of_the_folder_that_the_site_named_can_be_asked_for() {
    let world = World::new();
    let mut site = site(&world);
    consent(&world);
    std::fs::write(world.folder.path().join("secret"), b"elsewhere").unwrap();
    for name in ["../secret", "/etc/hostname", "other.log"] {
        let (state, last) = ask(&world, &mut site, &json!({ "name": name }));
        assert!(
            state == "failed" && last["result"]["text"].as_str().unwrap().contains("there is no log"),
            "{last}"
        );
    }
    let (state, last) = ask(&world, &mut site, &json!({ "name": "empty.log" }));
    assert_eq!((state.as_str(), last["evidence"].as_array().map(Vec::len)), ("succeeded", Some(2)), "{last}");
    drop(site);
    let mut site = world.site("[actions]\nsendEngineeringLog = \"on\"\n");
    let (_, last) = ask(&world, &mut site, &json!({}));
    assert_eq!(last["result"]["code"], "policyDisabled", "no folder is named: {last}");
}

#[test]
fn a_server_that_is_away_for_long_does_not_hold_up_the_round_and_the_log_goes_on_later() {
    let mut world = World::new();
    let folder = world.folder.path().join("logs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("engine.log"), b"one line\n").unwrap();
    let settings = format!(
        "[logs]\nfolder = {folder:?}\nsource = \"engine\"\n[actions]\nsendEngineeringLog = \"ask\"\n"
    );
    let hour = Duration::from_secs(3600);
    let patience = Patience { pace: Backoff::new(hour, hour), ..Patience::default() };
    let mut site = world.site(&settings).with_patience(patience);
    consent(&world);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let command = world.post("/api/v1/commands", &wish);
    assert_eq!(turn(&mut site), ["awaitingConsent"]);
    let word = Decision { given: true, by: "Ada Lovelace".into(), at: now(), reason: None, overrules: None };
    word.leave(&site.home, command["id"].as_str().unwrap().parse().unwrap()).unwrap();
    world.stop();
    let begun = Instant::now();
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    let failed = ended(&mut site, &mut journal, &mut poll);
    assert_eq!(failed.map(|failure| failure.code), Some(ExitCode::NoAnswer));
    assert!(begun.elapsed() < hour / 2, "it waited for a server that was away");
    world.start_again();
    assert_eq!(turn(&mut site), ["succeeded"]);
}

/// What went wrong in a round of commands.
fn ended(site: &mut Site, journal: &mut CommandJournal, poll: &mut Poll) -> Option<Failure> {
    obey(site, &mut asker(), journal, Some(poll), &mut |_| {}).unwrap().failed
}

#[test]
fn a_log_that_waits_for_the_clock_keeps_no_other_command_waiting() {
    let world = World::new();
    let mut site = site(&world);
    consent(&world);
    let log = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let path = |command: &Value| format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    let log = path(&world.post("/api/v1/commands", &log));
    // It is taken up, and ends in the middle.
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    std::fs::write(site.home.state("logs"), "in the way of the first try").unwrap();
    assert!(ended(&mut site, &mut journal, &mut poll).is_some());
    std::fs::remove_file(site.home.state("logs")).unwrap();
    drop(journal);

    // As if this host were two hours ahead.
    for second in 0..2 {
        let now = now().plus(Duration::from_secs(second));
        let server = now.minus(Duration::from_secs(7_200));
        site.compare_clock(Told { server, before: now, after: now }).unwrap();
    }
    let other = json!({ "client": site.client.id(), "action": "checkSoftware" });
    let other = path(&world.post("/api/v1/commands", &other));
    assert_eq!(turn(&mut site), ["rejected"], "the site did not switch it on");
    assert_eq!(world.get(&other)["state"], "rejected");
    let states = || world.get(&log)["state"].as_str().unwrap().to_owned();
    assert!(!["succeeded", "failed", "rejected"].contains(&&*states()), "{}", states());
    site.refresh().unwrap();
    assert_eq!(turn(&mut site), ["succeeded"]);
    assert_eq!(states(), "succeeded");
}

/// An agent with a log of three parts, whose settings or consents change while the first is on its way; what came of the command, and
/// how many parts went.
fn amid_the_first_part(change: impl FnOnce(&World) + Send + 'static) -> (Value, usize) {
    let world = Arc::new(World::new());
    let open = site(&world);
    consent(&world);
    let again = Arc::clone(&world);
    // A part is some 70 KB, compressed.
    let proxy = support::relay::start(40_000, move || change(&again));
    let text = std::fs::read_to_string(open.home.settings()).unwrap();
    drop(open);
    let mut site = world.site(&format!("proxy = {proxy:?}\n{text}"));
    let (state, last) = ask(&world, &mut site, &json!({ "name": "engine.log" }));
    assert_eq!(state, "failed", "{last}");
    let exchanges = std::fs::read_to_string(site.home.exchanges()).unwrap();
    let parts = exchanges.lines().filter(|line| line.contains("PUT") && line.contains("/parts/")).count();
    assert_eq!(site.send(|_| {}).unwrap().stored, 0, "nor does an index go");
    (last["result"].clone(), parts)
}

#[test]
fn lockdown_an_action_switched_off_and_a_withdrawal_hold_from_the_next_part_on() {
    let write = |world: &World, change: &dyn Fn(&str) -> String| {
        let settings = world.data().join("agent.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(settings, change(&text)).unwrap();
    };
    let (result, parts) = amid_the_first_part(move |world| {
        write(world, &|text| format!("mode = \"lockdown\"\n{text}"));
    });
    assert_eq!((&result["code"], parts), (&json!("policyDisabled"), 1), "{result}");
    assert!(result["text"].as_str().unwrap().contains("lockdown"), "{result}");
    let (result, parts) = amid_the_first_part(move |world| {
        write(world, &|text| text.replace("Log = \"on\"", "Log = \"off\""));
    });
    assert_eq!((&result["code"], parts), (&json!("policyDisabled"), 1), "{result}");
    let (result, parts) = amid_the_first_part(|world| {
        let home = Home::look(&world.data());
        consents::withdraw(&home, Uuid::from_u128(7), "Ada Lovelace", now()).unwrap();
    });
    assert_eq!((&result["code"], parts), (&json!("consentDenied"), 1), "{result}");
}

#[test]
fn who_was_killed_before_the_result_was_written_down_finds_logs_and_index_sent() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let id = begun(&mut world, &mut site, &wish);
    world.start_again();
    let command = CommandJournal::open(&site.home).unwrap().get(id).unwrap().command.clone().unwrap();
    let first = engineering::send(&command, &mut site).unwrap();
    // Once while the index waits, and once when it has been sent.
    let second = engineering::send(&command, &mut site).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    assert_eq!((first.evidence.len(), &first.evidence), (3, &second.evidence));
    assert_eq!(turn(&mut site), ["succeeded"]);
    assert_eq!(site.send(|_| {}).unwrap().stored, 0);
    let uploads = opened(&world);
    assert_eq!(uploads.len(), 3, "two logs and their index: {uploads:?}");
    let audit = world.get("/api/v1/audit").to_string();
    assert!(!audit.contains("sequenceRepeated"), "{audit}");
    assert_eq!(std::fs::read_dir(site.home.state("logs")).unwrap().count(), 0, "nothing stays behind");
}

/// A command for logs that was begun when the server went away: the log is measured, and nothing of it has arrived.
fn begun(world: &mut World, site: &mut Site, wish: &Value) -> Uuid {
    consent(world);
    let command = world.post("/api/v1/commands", wish);
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    std::fs::write(site.home.state("logs"), "in the way of the first try").unwrap();
    assert!(ended(site, &mut journal, &mut poll).is_some());
    std::fs::remove_file(site.home.state("logs")).unwrap();
    world.stop();
    assert!(ended(site, &mut journal, &mut poll).is_some());
    command["id"].as_str().unwrap().parse().unwrap()
}

fn result(world: &World, command: Uuid) -> Value {
    let shown = world.get(&format!("/api/v1/commands/{command}"));
    shown["executions"].as_array().unwrap().last().unwrap()["result"].clone()
}

#[test]
fn a_log_that_was_rotated_while_it_was_sent_is_not_told_as_sent() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let command = begun(&mut world, &mut site, &wish);
    let log = world.folder.path().join("logs/engine.log");
    let mut octets = std::fs::read(&log).unwrap();
    std::fs::rename(&log, log.with_extension("1")).unwrap();
    // Longer than it was, and different at its end only.
    *octets.last_mut().unwrap() ^= 1;
    octets.extend_from_slice(&[b'N'; 500_000]);
    std::fs::write(&log, octets).unwrap();
    world.start_again();
    assert_eq!(turn(&mut site), ["failed"]);
    let result = result(&world, command);
    assert!(result["text"].as_str().unwrap().contains("rotated, or written anew"), "{result}");
}

#[test]
fn a_log_that_does_not_arrive_within_its_deadline_is_given_up_and_keeps_no_other_command_waiting() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog", "runDeadline": 3_600 });
    let command = begun(&mut world, &mut site, &wish);
    // Somebody in front of the server takes no parts, and all else.
    let folder = site.home.state("logs").join(command.to_string()).join("0");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way of the upload").unwrap();
    world.start_again();
    // An hour passes.
    let file = site.home.state("commands").join(format!("{command}.json"));
    let mut entry: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    entry["execution"]["startedAt"] = json!(now().minus(Duration::from_secs(3_600)));
    std::fs::write(&file, entry.to_string()).unwrap();
    let other =
        world.post("/api/v1/commands", &json!({ "client": site.client.id(), "action": "checkSoftware" }));
    assert_eq!(turn(&mut site)[0], "failed");
    let result = result(&world, command);
    assert!(result["text"].as_str().unwrap().starts_with("given up: "), "{result}");
    assert!(!site.home.state("logs").join(command.to_string()).exists());
    assert_ne!(world.get(&format!("/api/v1/commands/{}", other["id"].as_str().unwrap()))["state"], "queued");
}

#[test]
fn a_log_that_the_identity_before_was_asked_for_is_not_sent_by_the_next_one() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let id = begun(&mut world, &mut site, &wish);
    let folder = site.home.state("logs").join(id.to_string());
    assert!(folder.join("plan.json").exists());
    let old = site.client.id();
    drop(site);
    world.start_again();

    let (data, key) = (world.data(), world.key());
    let words = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    let refused = carry_out(Line::parse_from(words)).unwrap_err();
    assert!(refused.sentence.contains("1 command result"), "{refused}");
    let anew = || {
        // An earlier version took the spool over and left the commands as they were.
        let home = Home::open(&data).unwrap();
        let key = RegistrationKey::from_text(&world.key()).unwrap();
        let new = register(&home, &Settings::default(), &key).unwrap();
        std::fs::write(home.state("spool-owner"), format!("{new}\n")).unwrap();
    };
    let before = world.get("/api/v1/uploads");
    let journal = data.join("state/commands").join(format!("{id}.json"));
    let (begun, plan) = (std::fs::read(&journal).unwrap(), std::fs::read(folder.join("plan.json")).unwrap());
    for by_an_earlier_version in [true, false] {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&journal, &begun).unwrap();
        std::fs::write(folder.join("plan.json"), &plan).unwrap();
        match by_an_earlier_version {
            true => anew(),
            false => {
                let words = words.into_iter().chain(["--discard-waiting"]);
                carry_out(Line::parse_from(words)).map_err(|failure| failure.sentence).unwrap();
                assert!(!folder.exists());
            }
        }
        let mut site = self::site(&world);
        assert_ne!(site.client.id(), old);
        assert_eq!(
            turn(&mut site).len(),
            usize::from(by_an_earlier_version),
            "failed in this turn, or before"
        );
        assert_eq!(world.get("/api/v1/uploads"), before, "nothing was sent");
        assert!(!folder.exists());
        assert_eq!(turn(&mut site), Vec::<String>::new(), "it is over");
    }
}
