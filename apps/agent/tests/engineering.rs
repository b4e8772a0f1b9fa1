//! Logs for support: only those that the site named, only with consent, in parts, and with an index that says under which.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::commands::obey;
use remote_services_agent::consents;
use remote_services_agent::decision::Decision;
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::{Patience, Site};
use remote_services_agent::survey::now;
use remote_services_core::backoff::Backoff;
use remote_services_core::consent::{Consent, ConsentScope};
use remote_services_core::id::Uuid;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{World, asker, turn};

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
    let scope = ConsentScope::Engineering;
    let id = Uuid::from_u128(7);
    let consent = Consent {
        id,
        given_by: "Ada Lovelace".into(),
        given_at: now(),
        text: scope.statement().into(),
        scopes: vec![scope],
        devices: Vec::new(),
        until: None,
        revocation: None,
    };
    consents::record(&Home::look(&world.data()), consent).unwrap();
    id
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
    let word = Decision { given: true, by: "Ada Lovelace".into(), at: now(), reason: None };
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
    assert!(obey(&mut site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).is_err());
    std::fs::remove_file(site.home.state("logs")).unwrap();
    drop(journal);

    // As if this host were two hours ahead.
    site.compare_clock(now().minus(Duration::from_secs(7_200))).unwrap();
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

#[test]
fn a_log_that_the_identity_before_was_asked_for_is_not_sent_by_the_next_one() {
    let mut world = World::new();
    let patience = Patience { failures: 1, ..Patience::default() };
    let mut site = site(&world).with_patience(patience);
    consent(&world);
    let wish = json!({ "client": site.client.id(), "action": "sendEngineeringLog" });
    let command = world.post("/api/v1/commands", &wish);
    let id: Uuid = command["id"].as_str().unwrap().parse().unwrap();
    // It is taken up, and ends in the middle: a part is sealed, and the server is away.
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    std::fs::write(site.home.state("logs"), "in the way of the first try").unwrap();
    assert!(ended(&mut site, &mut journal, &mut poll).is_some());
    std::fs::remove_file(site.home.state("logs")).unwrap();
    world.stop();
    assert!(ended(&mut site, &mut journal, &mut poll).is_some());
    let folder = site.home.state("logs").join(id.to_string());
    assert!(folder.join("plan.json").exists());
    let old = site.client.id();
    drop((site, journal));
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
