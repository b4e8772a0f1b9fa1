//! The agent's audit log after somebody was at its files: what `audit verify`, the next run and the server say.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::survey::now;
use remote_services_core::id::Uuid;
use remote_services_transport::audit::{
    AuditEntry, AuditLimits, AuditLog, ChainHead, CheckpointKey, History,
};
use remote_services_transport::client::blocking::new_key;
use remote_services_transport::enrol::Identity;
use remote_services_transport::pem::certificate_to_pem;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use support::{World, entries, turn, work};

fn agent(words: &[&str]) -> Result<(), String> {
    let line = ["agent"].iter().chain(words);
    carry_out(Line::parse_from(line)).map_err(|failure| failure.sentence)
}

fn verify(world: &World) -> Result<(), String> {
    agent(&["audit", "verify", "--data", world.data().to_str().unwrap()])
}

fn run(world: &World) {
    agent(&["run", "--once", "--no-collect", "--data", world.data().to_str().unwrap()]).unwrap();
}

/// A world whose agent did something, and told its server where its log stands.
fn world() -> World {
    let world = World::new();
    let mut site = world.site("");
    site.note("action", "printer", "restarted by nobody").unwrap();
    site.introduce(&[], &mut Progress::silent()).unwrap();
    drop(site);
    run(&world);
    verify(&world).unwrap();
    world
}

/// The entries edited, in a chain that holds together.
fn hashed_anew(log: &Path, edit: impl Fn(&str) -> String) {
    let mut head = ChainHead::default();
    let text = fs::read_to_string(log).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str::<AuditEntry>(&edit(&line[65..])).unwrap());
    fs::write(log, entries.map(|entry| head.append(entry)).collect::<String>()).unwrap();
}

fn told(world: &World) -> String {
    world.get("/api/v1/clients")[0]["findings"].to_string()
}

#[test]
fn an_edited_entry_is_told_for_ever_whatever_is_signed_afterwards() {
    let world = world();
    hashed_anew(&world.data().join("audit.log"), |json| json.replace("by nobody", "by somebody"));
    assert!(verify(&world).unwrap_err().contains("is not the one that a signed checkpoint vouches for"));
    for _ in 0..3 {
        run(&world);
        let said = verify(&world).unwrap_err();
        assert!(said.contains("history does not hold from entry 1"), "{said}");
    }
    world.site("").introduce(&[], &mut Progress::silent()).unwrap();
    assert!(told(&world).contains("cannot be believed from entry 1"), "{}", told(&world));
}

#[test]
fn an_end_that_is_cut_off_with_its_checkpoints_is_told_by_the_agent_and_by_the_server() {
    let world = world();
    let log = world.data().join("audit.log");
    let whole = fs::read_to_string(&log).unwrap();
    fs::write(&log, whole.split_inclusive('\n').take(1).collect::<String>()).unwrap();
    fs::remove_file(world.data().join("audit.checkpoint")).unwrap();
    fs::remove_file(world.data().join("identity/audit.checkpoint")).unwrap();
    assert!(verify(&world).unwrap_err().contains("is gone"));
    world.site("").introduce(&[], &mut Progress::silent()).unwrap();
    assert!(verify(&world).unwrap_err().contains("history does not hold from entry 1"));
    assert!(
        told(&world).contains("went back from") || told(&world).contains("of the client's audit log was"),
        "{}",
        told(&world)
    );
}

#[test]
fn an_older_copy_of_all_files_is_found_by_what_the_server_was_told_though_the_log_grew_past_it() {
    let world = world();
    let of =
        |log: &str| [format!("{log}.log"), format!("{log}.checkpoint"), format!("identity/{log}.checkpoint")];
    let files = [of("audit"), of("exchanges")].concat().into_iter().map(|name| world.data().join(name));
    let files: Vec<_> = files.collect();
    let older: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let act = |entries: usize, by: &str| {
        let mut site = world.site("");
        for _ in 0..entries {
            site.note("action", "printer", by).unwrap();
        }
        site.introduce(&[], &mut Progress::silent()).unwrap();
    };
    act(3, "restarted by somebody");
    verify(&world).unwrap();
    assert_eq!(told(&world), "null");
    for (file, content) in files.iter().zip(older) {
        fs::write(file, content).unwrap();
    }
    act(6, "restarted by nobody");
    let said = verify(&world).unwrap_err();
    assert!(said.contains("is not the one that was told elsewhere"), "{said}");
    assert!(told(&world).contains("itself says that it cannot be believed from entry"), "{}", told(&world));
}

#[test]
fn a_log_that_was_removed_with_all_that_belongs_to_it_is_missed() {
    for mark in [false, true] {
        let world = world();
        for item in fs::read_dir(world.data()).unwrap().map(|item| item.unwrap().path()) {
            if item.file_name().unwrap().to_str().unwrap().starts_with("audit") {
                fs::remove_file(item).unwrap();
            }
        }
        if mark {
            fs::remove_file(world.data().join("identity/audit.checkpoint")).unwrap();
        }
        verify(&world).unwrap_err();
        run(&world);
        assert!(verify(&world).unwrap_err().contains("history does not hold from entry 1"));
    }
}

#[test]
fn what_is_removed_under_a_running_agent_is_told_with_its_next_heartbeat() {
    for (file, words) in [
        ("audit.log", "entries were there up to"),
        ("audit.checkpoint", "the checkpoint that belongs to it is gone"),
        ("identity/audit.checkpoint", "the copy of the checkpoint that belongs to it is gone"),
    ] {
        let world = world();
        let mut site = world.site("");
        fs::remove_file(world.data().join(file)).unwrap();
        site.introduce(&[], &mut Progress::silent()).unwrap();
        assert!(told(&world).contains("cannot be believed from entry"), "{file}: {}", told(&world));
        drop(site);
        let said = verify(&world).unwrap_err();
        assert!(said.contains("history does not hold") && said.contains(words), "{file}: {said}");
    }
}

#[test]
fn each_exchange_with_the_server_stands_in_the_log_from_the_registration_on() {
    let world = world();
    let audit = fs::read_to_string(world.data().join("exchanges.log")).unwrap();
    let entries = entries(&audit);
    let server = world.server().device_url().trim_start_matches("https://").to_owned();
    let own = format!("{server}/rs/v1/clients/{}", identity(&world));
    for (subject, text) in [
        (format!("GET {server}/.well-known/est/cacerts"), "200; 0 octets sent, "),
        (format!("POST {server}/.well-known/est/simpleenroll"), "200; "),
        (format!("GET {server}/rs/v1/"), "200; 0 octets sent, "),
        (format!("PUT {own}"), "201; "),
        (format!("GET {own}/commands"), "20"),
    ] {
        let found = entries.iter().find(|it| it.event == "exchange" && it.subject == subject);
        let found = found.unwrap_or_else(|| panic!("{subject} is missing in {audit}"));
        assert!(found.text.starts_with(text) && found.text.ends_with(" ms"), "{}: {}", subject, found.text);
    }
}

fn identity(world: &World) -> String {
    world.get("/api/v1/clients")[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_never_signed_fills_neither_log_and_what_a_person_said_stays() {
    // Commands are signed by the key for software: by nobody.
    let world = World::with_authority(|ca| {
        for kind in ["key", "pem"] {
            let file = |name: &str| ca.join(format!("{name}.{kind}"));
            fs::rename(file("command"), file("other")).unwrap();
            fs::rename(file("software"), file("command")).unwrap();
            fs::rename(file("other"), file("software")).unwrap();
        }
    });
    let mut site = world.site("");
    let device = work(&mut site);
    site.note("consent", "printTestPage", "agreed by Ada Lovelace").unwrap();
    let wish = json!({ "client": site.client.id(), "device": device, "action": "getStatus" });
    for _ in 0..15 {
        for _ in 0..4 {
            world.post("/api/v1/commands", &wish);
        }
        assert_eq!(turn(&mut site), ["rejected"; 4]);
    }
    drop(site);
    let all = entries(&fs::read_to_string(world.data().join("audit.log")).unwrap());
    assert!(all.iter().any(|it| it.event == "consent" && it.text == "agreed by Ada Lovelace"));
    let refused: Vec<_> = all.iter().filter(|it| it.event == "command").collect();
    assert_eq!(refused.len(), 33, "as many as there is room for, and the newest: {refused:?}");
    assert!(refused[32].text.contains("; 27 more of the kind since"), "{:?}", refused[32]);
    let apart = |event: &str| ["exchange", "stored"].contains(&event);
    assert!(!all.iter().any(|it| apart(&it.event)), "{all:?}");
    let exchanges = entries(&fs::read_to_string(world.data().join("exchanges.log")).unwrap());
    assert!(exchanges.iter().all(|it| apart(&it.event)) && exchanges.iter().any(|it| it.event == "stored"));
    verify(&world).unwrap();
}

#[test]
fn whoever_was_at_the_log_of_exchanges_is_told_of_by_the_agent_and_the_server_for_ever() {
    let files = ["exchanges.log", "exchanges.checkpoint", "identity/exchanges.checkpoint"];
    let edited = |log: &Path| hashed_anew(log, |json| json.replace("simpleenroll", "simpleenrall"));
    let cut = |log: &Path| {
        let whole = fs::read_to_string(log).unwrap();
        fs::write(log, whole.split_inclusive('\n').take(1).collect::<String>()).unwrap();
    };
    let gone = |log: &Path| fs::remove_file(log).unwrap();
    let all = &files[..];
    let one = &files[..1];
    let ways =
        [(all, &gone as &dyn Fn(&Path)), (one, &gone), (&files[1..2], &gone), (one, &edited), (one, &cut)];
    for (nth, (files, change)) in ways.into_iter().enumerate() {
        let world = world();
        for file in files {
            change(&world.data().join(file));
        }
        verify(&world).unwrap_err();
        for _ in 0..2 {
            run(&world);
            let said = verify(&world).unwrap_err();
            let words = ["the log of exchanges cannot be believed from", "exchanges were there up to 8, now"];
            assert!(words.iter().any(|words| said.contains(words)), "{nth}: {said}");
        }
        world.site("").introduce(&[], &mut Progress::silent()).unwrap();
        assert!(told(&world).contains("cannot be believed from entry"), "{nth}: {}", told(&world));
    }
}

#[test]
fn a_log_of_exchanges_that_is_set_back_with_all_that_belongs_to_it_is_told() {
    let world = world();
    let files = ["exchanges.log", "exchanges.checkpoint", "identity/exchanges.checkpoint"];
    let earlier = files.map(|file| fs::read(world.data().join(file)).unwrap());
    let mut site = world.site("");
    work(&mut site);
    site.note("action", "printer", "restarted by nobody").unwrap();
    site.checkpoint().unwrap();
    drop(site);
    for (file, octets) in files.iter().zip(earlier) {
        fs::write(world.data().join(file), octets).unwrap();
    }
    assert!(verify(&world).unwrap_err().contains("the exchanges: entries"));
    run(&world);
    let said = verify(&world).unwrap_err();
    assert!(said.contains("exchanges were there up to"), "{said}");
}

#[test]
fn neither_log_goes_back_alone_nor_passes_for_the_other() {
    let mains = ["audit.log", "audit.checkpoint", "identity/audit.checkpoint"];
    let world = world();
    let read = |name: &str| fs::read(world.data().join(name)).unwrap();
    let put = |name: &str, octets: &[u8]| fs::write(world.data().join(name), octets).unwrap();
    let earlier = mains.map(read);
    let mut site = world.site("");
    work(&mut site);
    site.note("action", "printer", "restarted by nobody").unwrap();
    site.checkpoint().unwrap();
    drop(site);
    verify(&world).unwrap();
    let now = mains.map(read);
    // The log of exchanges in its place.
    for name in mains {
        put(name, &read(&name.replace("audit", "exchanges")));
    }
    let said = verify(&world).unwrap_err();
    assert!(said.contains("a checkpoint is that of another log, \"exchanges\""), "{said}");
    for (before, words) in [(now, ""), (earlier, "were cut off: a signed checkpoint vouches for them")] {
        mains.iter().zip(&before).for_each(|(name, octets)| put(name, octets));
        let said = verify(&world).err().unwrap_or_default();
        assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{said}");
    }
    run(&world);
    let said = verify(&world).unwrap_err();
    assert!(said.contains("as the log of exchanges says, now up to"), "{said}");
}

#[test]
fn a_log_of_a_version_before_that_has_the_exchanges_in_it_goes_on_and_loses_none() {
    let world = World::new();
    for item in
        fs::read_dir(world.data()).unwrap().chain(fs::read_dir(world.data().join("identity")).unwrap())
    {
        let item = item.unwrap().path();
        if ["audit", "exchanges"]
            .contains(&item.file_name().unwrap().to_str().unwrap().split('.').next().unwrap())
        {
            fs::remove_file(item).unwrap();
        }
    }
    let home = Home::look(&world.data());
    let (_, identity) = identity::load(&home, &Settings::default()).unwrap();
    let keys = CheckpointKey::from_spki(&identity.key.public_spki()).unwrap();
    let history = History { log: "audit", keys, copy: Some(home.audit_mark()), begun: false };
    let signer = Box::new(identity.key.duplicate());
    let now = now();
    let limits = AuditLimits { max_file: 2_000, ..AuditLimits::default() };
    let mut log = AuditLog::open_signed(&home.audit(), limits, signer, &history, now).unwrap();
    log.append(now, "enrolled", "client", "certificate issued").unwrap();
    for nth in 0..20 {
        log.append(now, "exchange", &format!("PUT server/uploads/{nth}"), "201; 3 octets sent").unwrap();
        log.append(now, "stored", &Uuid::from_u128(nth).to_string(), "stored by the server").unwrap();
    }
    log.checkpoint(now).unwrap();
    drop(log);
    verify(&world).unwrap();
    for _ in 0..2 {
        run(&world);
        verify(&world).unwrap();
    }
    assert!(world.data().join("exchanges.log").exists());
    let (data, export) = (world.data(), world.folder.path().join("out.log"));
    let words = |words: &[&str]| agent(&[&["audit"], words].concat());
    words(&["export", "--data", data.to_str().unwrap(), "--output", export.to_str().unwrap()]).unwrap();
    let own = data.join("identity/client.pem");
    for (file, event) in [("out.log", "enrolled"), ("out.exchanges.log", "exchange")] {
        let file = world.folder.path().join(file);
        assert!(fs::read_to_string(&file).unwrap().contains(&format!("\"event\":\"{event}\"")));
        let (file, own) = (file.to_str().unwrap(), own.to_str().unwrap());
        words(&["verify", "--file", file, "--certificate", own]).unwrap();
    }
    words(&["show", "--data", data.to_str().unwrap(), "--last", "5", "--format", "json"]).unwrap();
}

#[test]
fn whoever_knows_the_clients_certificate_asks_nothing_in_the_folder_whose_the_log_is() {
    let (world, other) = (world(), world());
    let verify_by = |world: &World, own: &Path| {
        let (data, own) = (world.data(), own.to_str().unwrap().to_owned());
        agent(&["audit", "verify", "--data", data.to_str().unwrap(), "--certificate", &own])
    };
    let own = world.data().join("identity/client.pem");
    let known = world.folder.path().join("known.pem");
    fs::copy(&own, &known).unwrap();
    verify_by(&world, &known).unwrap();
    verify_by(&other, &known).unwrap_err();
    // All that is in the folder is another's, and holds together.
    for item in ["audit.log", "audit.checkpoint", "exchanges.log", "exchanges.checkpoint"]
        .into_iter()
        .map(str::to_owned)
        .chain(
            ["client.pem", "earlier.pem", "audit.checkpoint", "exchanges.checkpoint"]
                .map(|it| format!("identity/{it}")),
        )
    {
        fs::copy(other.data().join(&item), world.data().join(&item)).unwrap();
    }
    verify(&world).unwrap();
    let said = verify_by(&world, &known).unwrap_err();
    assert!(said.contains("is not that of the present key"), "{said}");
    // With the true certificate in its place again, the list and the log are another's.
    let swapped = fs::read(&own).unwrap();
    fs::copy(&known, &own).unwrap();
    let said = verify_by(&world, &known).unwrap_err();
    assert!(said.contains("earlier.pem is not believed"), "{said}");
    fs::remove_file(world.data().join("identity/earlier.pem")).unwrap();
    let said = verify_by(&world, &known).unwrap_err();
    assert!(said.contains("is not signed by this client's key"), "{said}");
    fs::write(&own, swapped).unwrap();
    // Its own key signs no end of that.
    let export = world.folder.path().join("swapped.log");
    let words = ["audit", "export", "--data", world.data().to_str().unwrap(), "--output"].map(str::to_owned);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.push(export.to_str().unwrap());
    let (_, error, _) = self::said(&words);
    assert!(error.contains("the end of audit.log is not signed for: "), "{error}");
}

#[test]
fn a_certificate_of_an_earlier_key_stays_while_a_file_begins_in_its_word() {
    let world = world();
    let home = Home::open(&world.data()).unwrap();
    let (_, first) = identity::load(&home, &Settings::default()).unwrap();
    let keys = CheckpointKey::from_spki(&first.key.public_spki()).unwrap();
    let history = History { log: "audit", keys, copy: Some(home.audit_mark()), begun: true };
    let limits = AuditLimits { max_file: 2_000, ..AuditLimits::default() };
    let mut log =
        AuditLog::open_signed(&home.audit(), limits, Box::new(first.key.duplicate()), &history, now())
            .unwrap();
    for nth in 0..20 {
        log.append(now(), "consent", "printTestPage", &format!("agreed by nobody {nth}")).unwrap();
    }
    log.checkpoint(now()).unwrap();
    drop(log);
    let mut own = identity::load(&home, &Settings::default()).unwrap().1;
    for _ in 0..30 {
        let key = new_key().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, first.client.to_string());
        let pair = rcgen::KeyPair::try_from(key.to_pkcs8().unwrap().as_slice()).unwrap();
        let chain = certificate_to_pem(params.self_signed(&pair).unwrap().der());
        let next = Identity::with_key(&chain, key, &first.anchors_pem()).unwrap();
        identity::renew(&home, &next, &own).unwrap();
        own = next;
    }
    let earlier = identity::registered(&home).unwrap().earlier;
    assert_eq!((earlier.len(), &earlier[0]), (25, &first.chain[0]), "24, and the one that is needed");
    verify(&world).unwrap();
}

/// What the program says, and on standard error, and whether it ended well.
fn said(words: &[&str]) -> (Value, String, bool) {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    program.args(words).env_remove("RS_SECRETS_KEY").env_remove("CREDENTIALS_DIRECTORY");
    let output = program.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (json, String::from_utf8(output.stderr).unwrap(), output.status.success())
}

#[test]
fn an_export_beside_an_agent_at_work_is_signed_to_its_end_or_says_that_it_is_not() {
    let world = world();
    let data = world.data();
    let mut site = world.site("");
    site.checkpoint().unwrap();
    site.note("consent", "printTestPage", "agreed by Ada Lovelace").unwrap();
    let folder = data.to_str().unwrap().to_owned();
    let (told, _, ended_well) = said(&["audit", "verify", "--data", &folder, "--format", "json"]);
    assert!(ended_well && told["unsigned"] == 1, "a log at work has an end: {told}");
    let (told, _, _) = said(&["audit", "verify", "--data", &folder]);
    assert!(told.as_str().unwrap().contains(", 1 behind it not yet\n"), "{told}");

    let own = data.join("identity/client.pem").to_str().unwrap().to_owned();
    let taken = |name: &str| {
        let file = world.folder.path().join(name).to_str().unwrap().to_owned();
        let (_, told, ended_well) = said(&["audit", "export", "--data", &folder, "--output", &file]);
        assert!(ended_well, "{told}");
        (file, told)
    };
    let verified =
        |file: &str| said(&["audit", "verify", "--file", file, "--certificate", &own, "--format", "json"]);
    let (file, told) = taken("signed.log");
    assert_eq!(told, "");
    for file in [&file, &file.replace(".log", ".exchanges.log")] {
        let (told, error, ended_well) = verified(file);
        assert!(ended_well && told["unsigned"] == 0 && told["last"] == told["vouchedUpTo"], "{told} {error}");
        assert_eq!(told["isEnd"], true);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "it is for its owner alone");
        }
    }
    let words = |file: &str| said(&["audit", "verify", "--file", file, "--certificate", &own]).0.to_string();
    assert!(words(&file).contains(", where the export ends"), "{}", words(&file));
    // What was put behind it meanwhile is nobody's word.
    let more = fs::read_to_string(&file).unwrap();
    let mut head = ChainHead::default();
    entries(&more.lines().filter(|line| !line.starts_with("checkpoint")).collect::<Vec<_>>().join("\n"))
        .into_iter()
        .for_each(|entry| drop(head.append(entry)));
    let forged =
        AuditEntry { text: "agreed by nobody".into(), ..entries(more.lines().next().unwrap()).remove(0) };
    fs::write(&file, more + &head.append(forged)).unwrap();
    let (told, error, ended_well) = verified(&file);
    assert!(!ended_well && told["holds"] == false, "{told}");
    assert!(error.contains("it is not the export that its last line was signed for"), "{error}");
    // One log must not pass for the other.
    let exchanges = file.replace(".log", ".exchanges.log");
    assert_eq!(verified(&exchanges).0["log"], "exchanges");
    assert!(words(&exchanges).starts_with("\"exchanges 1 to "), "{}", words(&exchanges));

    fs::rename(data.join("secrets.key"), data.join("elsewhere")).unwrap();
    let (file, told) = taken("loose.log");
    assert!(told.contains("the end of audit.log is not signed for: "), "{told}");
    let (told, error, ended_well) = verified(&file);
    assert_eq!(
        (&told["unsigned"], &told["isEnd"], &told["log"]),
        (&json!(1), &json!(false), &json!("audit"))
    );
    assert!(!ended_well, "{told}");
    assert!(error.contains("nobody vouches for what the export says from entry"), "{error}");
    assert!(words(&file).contains("so more may have stood before or behind"), "{}", words(&file));
    let elsewhere = data.join("elsewhere").to_str().unwrap().to_owned();
    let loose = world.folder.path().join("again.log").to_str().unwrap().to_owned();
    let words = ["audit", "export", "--data", &folder, "--output", &loose, "--secrets-key", &elsewhere];
    assert_eq!(said(&words).1, "");
    assert_eq!(verified(&loose).0["unsigned"], 0);

    // The agent goes on in its log as if nobody had been there.
    site.note("consent", "printTestPage", "withdrawn by Ada Lovelace").unwrap();
    site.checkpoint().unwrap();
    drop(site);
    fs::rename(data.join("elsewhere"), data.join("secrets.key")).unwrap();
    verify(&world).unwrap();
}
