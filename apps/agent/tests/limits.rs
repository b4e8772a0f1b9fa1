//! The site's own bounds: an agent and its server, both in this process.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::commands::obey;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::progress::Progress;
use remote_services_agent::site::Site;
use remote_services_agent::wishes::Wishes;
use remote_services_core::id::Uuid;
use remote_services_transport::document::{NextPoll, Policy};
use remote_services_transport::poll::Poll;
use remote_services_transport::spool::Class;
use serde_json::{Value, json};
use std::time::Duration;
use support::front::{HTML, Page, put_before};
use support::{World, asker, reading, turn};

/// A device that the server knows; its id.
fn known(site: &mut Site) -> Uuid {
    let mut reading = reading();
    let (device, _) = site.keep(&mut reading, Class::Meter).unwrap();
    site.introduce(&[(device, &reading.report)], &mut Progress::silent()).unwrap();
    device
}

#[test]
fn a_wish_beyond_the_sites_own_bounds_is_left_out_though_the_program_would_take_it() {
    let world = World::new();
    let mut site = world.site("[limits]\ncollect-every = [14400, 86400]\nsoftware-every = [60, 7200]\n");
    let path = format!("/api/v1/clients/{}/policy", site.client.id());
    let mut wishes = Wishes::load(&site.home);
    for (collect, software, kept) in
        [(7_200, 3_600, (None, Some(3_600))), (14_400, 86_400, (Some(14_400), None))]
    {
        world.put(&path, &json!({ "collectEvery": collect, "softwareEvery": software }));
        wishes.ask(&mut site).unwrap();
        let (applied, _) = wishes.applied(&site);
        assert_eq!((applied.collect_every, applied.software_every), kept);
    }
    // The operator is told, too, and that it is over.
    let told = || world.get("/api/v1/clients")[0]["description"]["wishesLeftOut"].clone();
    assert_eq!(told(), json!(["softwareEvery 86400 is not within the site's 60 to 7200"]));
    site.settings.daily_window = Some("01:00-02:00".to_owned());
    world.put(&path, &json!({ "dailyWindow": "03:00-04:00" }));
    wishes.ask(&mut site).unwrap();
    assert_eq!(
        (told(), wishes.applied(&site).0),
        (json!(["dailyWindow is the site's own"]), Policy::default())
    );
    site.settings.daily_window = None;
    wishes.ask(&mut site).unwrap();
    assert_eq!((told(), wishes.applied(&site).1), (Value::Null, Vec::<String>::new()));
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("collectEvery 7200 is not within the site's 14400 to 86400"), "{audit}");
}

#[test]
fn a_wish_of_another_type_is_left_out_by_itself_and_the_operator_is_told_also_of_what_is_no_policy() {
    let world = World::new();
    let mut site = world.site("");
    let pages = put_before(&world, &mut site);
    let mut wishes = Wishes::load(&site.home);
    let mut ask = |site: &mut Site, body| {
        let page = Page { method: "GET", ending: "/policy".to_owned(), status: 200, times: 1, body };
        pages.lock().unwrap().push(page);
        let asked = wishes.ask(site).map_err(|failure| failure.sentence);
        (asked, wishes.applied(site).0)
    };
    let told = |member: &str| world.get("/api/v1/clients")[0]["description"][member].clone();
    let first =
        r#"{"dailyWindow":"02:00-03:00","snmpRetries":"x","collectEvery":7200.5,"softwareEvery":7200}"#;
    let (asked, applied) = ask(&mut site, first);
    asked.unwrap();
    let wished = (applied.daily_window.as_deref(), applied.software_every);
    assert_eq!((wished, applied.snmp_retries), ((Some("02:00-03:00"), Some(7_200)), None));
    let left_out = json!([
        "collectEvery is no whole number within the site's 3600 to 604800",
        "snmpRetries is no whole number within the site's 0 to 5"
    ]);
    assert_eq!((told("wishesLeftOut"), told("errors")), (left_out.clone(), Value::Null));
    let noted = || std::fs::read_to_string(site_audit(&world)).unwrap();
    assert!(noted().contains("snmpRetries is no whole number"), "{}", noted());

    // Of what is no object nothing is applied, and what was known goes on to count.
    for _ in 0..2 {
        let (asked, still) = ask(&mut site, HTML);
        assert!(asked.unwrap_err().contains("the policy cannot be read"));
        assert_eq!(still, applied);
    }
    let errors = told("errors");
    assert!(errors[0].as_str().unwrap().starts_with("the policy cannot be read: "), "{errors}");
    assert_eq!((errors.as_array().unwrap().len(), told("wishesLeftOut")), (1, left_out.clone()));
    // What else is described leaves it there, until a policy comes that can be read.
    site.introduce(&[], &mut Progress::silent()).unwrap();
    assert_eq!(told("errors"), errors);
    ask(&mut site, first).0.unwrap();
    site.introduce(&[], &mut Progress::silent()).unwrap();
    assert_eq!((told("errors"), told("wishesLeftOut")), (Value::Null, left_out));
    assert_eq!(noted().matches("not applied: the policy cannot be read").count(), 1, "{}", noted());
}

/// The log of an agent that is at work.
fn site_audit(world: &World) -> std::path::PathBuf {
    remote_services_agent::home::Home::look(&world.data()).audit()
}

#[test]
fn the_pace_of_the_server_is_brought_within_the_sites() {
    let world = World::new();
    for (settings, least, most) in [("", 900, 1200), ("[limits]\npoll-every = [60, 120]\n", 120, 120)] {
        let mut site = world.site(settings);
        let mut journal = CommandJournal::open(&site.home).unwrap();
        let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 300 });
        let done = obey(&mut site, &mut asker(), &mut journal, Some(&mut poll), &mut |_| {}).unwrap();
        let [least, most] = [least, most].map(Duration::from_secs);
        assert!(done.again.unwrap() >= least && done.again.unwrap() <= most, "{settings}: {:?}", done.again);
    }
}

#[test]
fn commands_beyond_the_sites_rate_wait_until_an_hour_has_passed() {
    let world = World::new();
    let mut site = world.site("[limits]\ncommands-per-hour = 1\n");
    let device = known(&mut site);
    let wish = json!({ "client": site.client.id(), "device": device, "action": "getStatus" });
    let paths: Vec<String> = (0..2)
        .map(|_| {
            format!("/api/v1/commands/{}", world.post("/api/v1/commands", &wish)["id"].as_str().unwrap())
        })
        .collect();
    let mut states = turn(&mut site);
    states.sort();
    assert_eq!(states, ["failed", "scheduled"], "the device does not answer, but it was tried");
    assert_eq!(turn(&mut site), Vec::<String>::new(), "it waits");
    let told = |path: &String| world.get(path)["state"].as_str().unwrap().to_owned();
    let mut told: Vec<String> = paths.iter().map(told).collect();
    told.sort();
    assert_eq!(told, ["failed", "scheduled"]);
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert_eq!(audit.matches("lets no more begin within an hour").count(), 1, "{audit}");

    // An hour later, as far as the journal goes.
    for file in std::fs::read_dir(site.home.state("commands")).unwrap() {
        let path = file.unwrap().path();
        let mut entry: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if entry["execution"]["startedAt"].is_string() {
            entry["execution"]["startedAt"] = json!("2026-01-01T00:00:00Z");
            std::fs::write(&path, entry.to_string()).unwrap();
        }
    }
    assert_eq!(turn(&mut site), ["failed"]);
}

#[test]
fn a_command_that_was_issued_too_long_ago_is_refused_when_it_comes() {
    let world = World::new();
    let mut site = world.site("");
    let device = known(&mut site);
    let wish = json!({ "client": site.client.id(), "device": device, "action": "getStatus" });
    let command = world.post("/api/v1/commands", &wish);
    // Shorter than any file may say, so that nobody has to wait.
    site.settings.limits.command_age = Some(0);
    assert_eq!(turn(&mut site), ["rejected"]);
    let shown = world.get(&format!("/api/v1/commands/{}", command["id"].as_str().unwrap()));
    assert_eq!(shown["executions"].as_array().unwrap().last().unwrap()["reason"], "stale", "{shown}");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("refused: stale; [limits] lets none begin"), "{audit}");
}

#[test]
fn the_spool_holds_what_the_site_lets_it_also_while_the_agent_runs() {
    let world = World::new();
    let mut site = world.site("[limits]\nspool-count = 3\n");
    let keep_four = |site: &mut Site| {
        for _ in 0..4 {
            site.keep(&mut reading(), Class::Meter).unwrap();
        }
        site.waiting()
    };
    assert_eq!(keep_four(&mut site), 3);
    std::fs::write(site.home.settings(), "[limits]\nspool-count = 2\n").unwrap();
    assert!(site.heed());
    assert_eq!(keep_four(&mut site), 2);
    std::fs::write(site.home.settings(), "[limits]\nspool-count = 0\n").unwrap();
    assert!(site.heed() && site.settings.is_suspended(), "a mistake permits nothing");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(
        audit.contains("the spool was full") && audit.contains("spool-count: from 1 to 10000"),
        "{audit}"
    );
}
