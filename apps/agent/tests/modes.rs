//! Normal mode, lockdown, and people who are asked: an agent and its server, both in this process.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::site::Site;
use remote_services_agent::wishes::Wishes;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_transport::spool::Class;
use serde_json::json;
use std::path::Path;
use support::{World, reading, turn, work};

#[test]
fn lockdown_is_data_sync_and_nothing_else_and_ends_on_site_only() {
    let world = World::new();
    let mut site = world.site("mode = \"lockdown\"\n[actions]\ngetStatus = \"on\"\n");
    let client = site.client.id();
    let device = work(&mut site);
    world.put(&format!("/api/v1/clients/{client}/policy"), &json!({ "collectEvery": 7200 }));
    let queue = || {
        let wish = json!({ "client": client, "device": device, "action": "getStatus" });
        let command = world.post("/api/v1/commands", &wish);
        format!("/api/v1/commands/{}", command["id"].as_str().unwrap())
    };
    let path = queue();

    let mut wishes = Wishes::load(&site.home);
    wishes.ask(&mut site).unwrap();
    assert_eq!(wishes.applied(&site).0, Default::default());
    assert!(!site.home.state("policy.json").exists(), "nobody asked");
    assert_eq!(turn(&mut site), ["rejected"]);
    let shown = world.get(&path);
    assert_eq!(shown["executions"].as_array().unwrap().last().unwrap()["reason"], "lockdown", "{shown}");
    let noted = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(noted.contains("getStatus refused: lockdown"), "{noted}");
    let description = &world.get("/api/v1/clients")[0]["description"];
    assert_eq!(description["securityMode"], "lockdown");
    let audit = &description["audit"];
    assert!(audit["entries"].as_u64() >= Some(1) && audit["hash"].as_str().unwrap().len() == 64, "{audit}");
    assert!(description["actions"].as_object().unwrap().values().all(|setting| setting == "off"));
    let devices = world.get("/api/v1/devices").to_string();
    assert!(devices.contains("SERIAL0001") && !devices.contains("127.0.0.1"), "{devices}");
    drop(site);

    // The administrator ends it; what the server wants is heard again.
    let mut site = world.site("mode = \"normal\"\n[actions]\ngetStatus = \"on\"\n");
    assert_eq!(site.settings.mode, SecurityMode::Normal);
    wishes.ask(&mut site).unwrap();
    assert_eq!(wishes.applied(&site).0.collect_every, Some(7200));
    assert_eq!(turn(&mut site), Vec::<String>::new(), "what was refused stays refused");
    assert_eq!(world.get(&path)["state"], "rejected");
    let path = queue();
    assert_eq!(turn(&mut site), ["failed"], "the device does not answer, but it was tried");
    assert_eq!(world.get(&path)["state"], "failed");
    drop(site);

    // Back in lockdown what was wished counts no more, though it is still kept.
    let site = world.site("mode = \"lockdown\"\n");
    assert!(site.home.state("policy.json").exists());
    assert_eq!(Wishes::load(&site.home).applied(&site).0, Default::default());
}

#[test]
fn of_how_a_command_ended_the_server_is_told_no_more_than_of_a_report() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"on\"\n");
    let (client, device) = (site.client.id(), work(&mut site));
    let wish = json!({
        "client": client, "device": device, "action": "printTestPage", "parameters": { "ada@example.com": 1 }
    });
    let id = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned();
    assert_eq!(turn(&mut site), ["failed"]);
    let command = world.get(&format!("/api/v1/commands/{id}"));
    let text = command["executions"].as_array().unwrap().last().unwrap()["result"]["text"].to_string();
    assert!(text.contains("unknown field `[redacted]`"), "{text}");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("unknown field `ada@example.com`"), "the site itself is told all: {audit}");
}

fn people(data: &Path, words: &[&str]) -> bool {
    let data = data.to_str().unwrap();
    let line = ["agent", "commands", words[0], "--data", data].into_iter().chain(words[1..].iter().copied());
    carry_out(Line::parse_from(line)).is_ok()
}

#[test]
fn a_person_is_asked_and_what_was_said_is_recorded_and_reported() {
    let world = World::new();
    let mut site = world.site("[actions]\ngetStatus = \"ask\"\n");
    let (client, device) = (site.client.id(), work(&mut site));
    let wish = json!({ "client": client, "device": device, "action": "getStatus" });
    for (word, code) in [("refuse", "consentDenied"), ("agree", "notReachable")] {
        let command = world.post("/api/v1/commands", &wish);
        let id = command["id"].as_str().unwrap();
        assert_eq!(turn(&mut site), ["awaitingConsent"]);
        assert_eq!(turn(&mut site), Vec::<String>::new(), "it waits");
        assert_eq!(world.get(&format!("/api/v1/commands/{id}"))["state"], "awaitingConsent");
        // The agent has the folder, and people have their say all the same.
        assert!(!people(&world.data(), &[word, "--by", "A. Smith", &Uuid::nil().to_string()]));
        assert!(!people(&world.data(), &[word, "--by", " ", id]));
        assert!(people(&world.data(), &["list"]));
        assert!(people(&world.data(), &[word, "--by", "A. Smith", "--reason", "as agreed", id]));
        assert_eq!(turn(&mut site), ["failed"]);
        let shown = world.get(&format!("/api/v1/commands/{id}"));
        let last = shown["executions"].as_array().unwrap().last().unwrap();
        assert_eq!(last["result"]["code"], code, "{shown}");
    }
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("refused by A. Smith") && audit.contains("agreed by A. Smith"), "{audit}");
    drop(site);
    let data = world.data();
    let data = data.to_str().unwrap();
    for words in [&["audit", "verify", "--data", data][..], &["audit", "show", "--data", data, "--last", "3"]]
    {
        carry_out(Line::parse_from(["agent"].iter().chain(words)))
            .map_err(|failure| failure.to_string())
            .unwrap();
    }
    let edited = audit.replacen("refused by A. Smith", "agreed  by A. Smith", 1);
    std::fs::write(world.data().join("audit.log"), edited).unwrap();
    assert!(carry_out(Line::parse_from(["agent", "audit", "verify", "--data", data])).is_err());
}

#[test]
fn a_device_to_which_something_was_done_is_read_anew_and_one_that_was_looked_at_is_not() {
    let world = World::new();
    let mut site = world.site("[actions]\ngetStatus = \"on\"\nprintTestPage = \"on\"\n");
    let (client, device) = (site.client.id(), work(&mut site));
    for (action, touched) in [("getStatus", 0), ("printTestPage", 1)] {
        world.post("/api/v1/commands", &json!({ "client": client, "device": device, "action": action }));
        assert_eq!(turn(&mut site), ["failed"], "nobody answers");
        assert_eq!(site.touched.len(), touched, "{action}");
    }
    assert!(site.touched.contains(&device));
}

#[test]
fn what_the_administrator_changes_counts_for_a_running_agent_before_anything_else_is_begun() {
    let world = World::new();
    let allowed = "[actions]\ngetStatus = \"ask\"\n";
    let mut site = world.site(allowed);
    let (client, device) = (site.client.id(), work(&mut site));
    let write = |text: &str| std::fs::write(world.data().join("agent.toml"), text).unwrap();
    let queue = || {
        let wish = json!({ "client": client, "device": device, "action": "getStatus" });
        world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().to_owned()
    };
    let state = |id: &str| world.get(&format!("/api/v1/commands/{id}"))["state"].as_str().unwrap().to_owned();

    // Somebody agreed, and before anything is done the site goes into lockdown.
    let first = queue();
    assert_eq!(turn(&mut site), ["awaitingConsent"]);
    assert!(people(&world.data(), &["agree", "--by", "A. Smith", &first]));
    write(&format!("mode = \"lockdown\"\n{allowed}"));
    assert_eq!(turn(&mut site), ["rejected"]);
    assert_eq!(site.settings.mode, SecurityMode::Lockdown);
    let shown = world.get(&format!("/api/v1/commands/{first}"));
    let last = shown["executions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["reason"], "lockdown", "{shown}");
    let second = queue();
    assert_eq!(turn(&mut site), ["rejected"]);
    assert_eq!(state(&second), "rejected");
    write("[actions]\ngetStatus = \"on\"\n");
    queue();
    assert_eq!(turn(&mut site), ["failed"], "tried, and the device does not answer");
}

#[test]
fn a_mistake_in_the_settings_permits_nothing_and_what_waits_is_done_when_it_is_mended() {
    let world = World::new();
    let (ask, on) = ("[actions]\ngetStatus = \"ask\"\n", "[actions]\ngetStatus = \"on\"\n");
    let mut site = world.site(ask);
    let (client, device) = (site.client.id(), work(&mut site));
    let path = world.data().join("agent.toml");
    let command =
        world.post("/api/v1/commands", &json!({ "client": client, "device": device, "action": "getStatus" }));
    let id = command["id"].as_str().unwrap();
    assert_eq!(turn(&mut site), ["awaitingConsent"]);
    assert!(people(&world.data(), &["agree", "--by", "A. Smith", id]));
    let mistakes: [&dyn Fn(); 4] = [
        &|| std::fs::write(&path, format!("mode = \"lokdown\"\n{on}")).unwrap(),
        &|| std::fs::write(&path, "").unwrap(),
        &|| std::fs::remove_file(&path).unwrap(),
        &|| std::fs::write(&path, [0xff, 0xfe]).unwrap(),
    ];
    for mistake in mistakes {
        mistake();
        world.post("/api/v1/commands", &json!({ "client": client, "device": device, "action": "getStatus" }));
        assert_eq!(turn(&mut site), Vec::<String>::new());
        assert!(site.settings.is_suspended());
        assert_eq!(world.get(&format!("/api/v1/commands/{id}"))["state"], "awaitingConsent");
        let mut wishes = Wishes::load(&site.home);
        wishes.ask(&mut site).unwrap();
        assert!(!site.home.state("policy.json").exists(), "nobody asked");
        let mut reading = reading();
        site.keep(&mut reading, Class::Meter).unwrap();
        assert_eq!(site.send(|_| {}).unwrap().stored, 1, "reading goes on");
    }
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(
        audit.contains("line 1") && audit.contains("went away") && audit.contains("is empty now"),
        "{audit}"
    );
    std::fs::write(&path, on).unwrap();
    assert_eq!(turn(&mut site), ["failed"; 5], "all five are tried, and the device does not answer");
    assert!(!site.settings.is_suspended());
}

#[test]
fn another_way_to_the_server_is_no_way_around_the_audit_log_and_one_that_cannot_be_is_not_taken() {
    let world = World::new();
    let mut site = world.site("");
    let exchanges = |site: &Site| {
        let audit = std::fs::read_to_string(site.home.exchanges()).unwrap();
        audit.lines().filter(|line| line.contains("/uploads/")).count()
    };
    work(&mut site);
    let before = exchanges(&site);
    assert!(before > 0);
    let settings = world.data().join("agent.toml");
    std::fs::write(&settings, "proxy = \"none\"\nsite-name = \"changed\"\n").unwrap();
    assert!(site.heed());
    work(&mut site);
    assert!(exchanges(&site) > before, "an exchange by the new way stands there, too");

    let names = "[names]\nroots = \"/no/such/file.pem\"\n[[names.resolvers]]\nurl = \"tls://dns.example\"\n\
                 addresses = [\"192.0.2.53\"]\n";
    std::fs::write(&settings, names).unwrap();
    assert!(site.heed());
    assert!(!site.settings.names.is_encrypted(), "it stays as it was");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(
        audit.contains("proxy, [names] and [tls] stay as they were") && audit.contains("/no/such/file.pem")
    );
}

#[test]
fn settings_that_are_empty_or_gone_at_a_start_end_no_lockdown() {
    let world = World::new();
    drop(world.site("mode = \"lockdown\"\n"));
    let file = world.data().join("agent.toml");
    let once = || {
        let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        let output =
            agent.args(["run", "--once", "--no-collect", "--data"]).arg(world.data()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::write(&file, " \n").unwrap();
    let (code, said) = once();
    assert!(code == Some(4) && said.contains("empty or gone"), "{said}");
    std::fs::remove_file(&file).unwrap();
    let (code, said) = once();
    assert!(code == Some(4) && said.contains("empty or gone"), "{said}");
    // Somebody wants the defaults.
    std::fs::write(&file, "#\n").unwrap();
    assert_eq!(once().0, Some(0));
}

#[cfg(unix)]
#[test]
fn what_another_user_than_the_agents_would_leave_in_its_folder_is_refused() {
    let world = World::new();
    drop(world.site("[actions]\nrestart = \"on\"\n"));
    let state = world.data().join("state");
    if std::os::unix::fs::chown(&state, Some(4711), None).is_err() {
        println!("left out: needs root, who may give a folder to another user");
        return;
    }
    let files = || {
        let mut names: Vec<_> =
            std::fs::read_dir(&state).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        (names, std::fs::read(world.data().join("audit.log")).unwrap())
    };
    let (before, data) = (files(), world.data());
    let data = ["--data", data.to_str().unwrap()];
    for words in [
        &["consent", "record", "--scope", "engineering", "--given-by", "Ada Lovelace", "--agree"][..],
        &["action", "restart", "127.0.0.1:1", "--serial", "S1"],
        &["run", "--once", "--no-collect"],
    ] {
        let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        let output = agent.args(words).args(data).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains("is at work for user 4711"), "{words:?}: {said}");
        assert!(files() == before, "{words:?}");
    }
}
