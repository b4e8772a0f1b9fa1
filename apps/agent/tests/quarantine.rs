//! What was set aside: shown beside an agent at work, put back or given up by it, with a server in this process.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::failure::ExitCode;
use remote_services_agent::site::Site;
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_transport::spool::{Class, Spool, SpoolLimits};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use support::{World, reading};

/// Two reports that were set aside, oldest first.
fn set_aside(world: &World) -> Vec<Uuid> {
    let mut site = world.site("");
    let mut keep = || site.keep(&mut reading(), Class::Meter).unwrap().1;
    let uploads = vec![keep(), keep()];
    let folder = site.home.spool();
    drop(site);
    let (mut spool, _) = Spool::open(&folder, SpoolLimits::default()).unwrap();
    for upload in &uploads {
        spool.quarantine(*upload, "the server said 422: \u{1b}[31mno").unwrap();
    }
    uploads
}

/// The exit code of `quarantine` with these words, 0 if none.
fn quarantine(data: &Path, what: &str, words: &[&str]) -> i32 {
    let line = ["agent", "quarantine", what, "--data", data.to_str().unwrap()];
    let line = Line::try_parse_from(line.iter().chain(words)).unwrap();
    carry_out(line).map_or_else(|failure| failure.code as i32, |()| 0)
}

/// What the program prints for `quarantine` with these words and `--format json`.
fn json_of(data: &Path, what: &str, words: &[&str]) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    program.args(["quarantine", what, "--format", "json", "--data"]).arg(data).args(words);
    let output = program.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn aside(site: &Site) -> usize {
    Spool::look_aside(&site.home.spool()).unwrap().len()
}

#[test]
fn what_is_set_aside_beyond_the_bounds_of_the_spool_is_given_up_and_noted_and_the_server_is_told() {
    let world = World::new();
    let [first, second] = set_aside(&world)[..] else { panic!("two") };
    let mut site = world.site("[limits]\nspool-count = 2\n");
    site.expire().unwrap();
    assert_eq!((aside(&site), site.waiting()), (2, 0), "within the bounds");
    // One that is less important goes before it, as what waits does.
    site.keep(&mut reading(), Class::Log).unwrap();
    assert_eq!((aside(&site), site.waiting()), (1, 1));
    let noted = |upload: Uuid| {
        let audit = std::fs::read_to_string(site.home.audit()).unwrap();
        let line = audit.lines().find(|line| line.contains("dropped") && line.contains(&upload.to_string()));
        line.is_some_and(|line| line.contains("the spool was full, and this payload was set aside"))
    };
    assert_eq!((noted(first), noted(second)), (true, false));
    drop(site);
    let mut site = world.site("[limits]\nspool-count = 1\n");
    site.expire().unwrap();
    assert_eq!(
        (aside(&site), site.waiting()),
        (0, 1),
        "when there is less room, without that anything comes"
    );
    site.introduce(&[], &mut remote_services_agent::progress::Progress::silent()).unwrap();
    let spool = &world.get("/api/v1/clients")[0]["description"]["spool"];
    assert_eq!(spool["drops"], json!([{ "class": "meter", "why": "room", "count": 2 }]), "{spool}");
}

#[test]
fn what_was_set_aside_is_put_back_or_given_up_by_an_agent_at_work_and_noted() {
    let world = World::new();
    let [first, second] = set_aside(&world)[..] else { panic!("two") };
    let mut site = world.site("");
    let (data, first_word) = (world.data(), first.to_string());
    assert!(!site.has_aside_wishes());
    assert_eq!(quarantine(&data, "retry", &["--by", "A. Smith", &first_word]), 0);
    assert_eq!(quarantine(&data, "drop", &["--by", "B. Jones", "--format", "json", &second.to_string()]), 0);
    assert_eq!(
        (aside(&site), site.waiting()),
        (2, 0),
        "the agent has the spool, and follows at its next turn"
    );
    assert!(site.has_aside_wishes());
    site.follow_aside_wishes().unwrap();
    assert_eq!((aside(&site), site.waiting()), (0, 1));
    assert!(!site.has_aside_wishes());
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    site.introduce(&[], &mut remote_services_agent::progress::Progress::silent()).unwrap();
    let spool = &world.get("/api/v1/clients")[0]["description"]["spool"];
    assert_eq!((&spool["quarantined"], &spool["dropped"]), (&0.into(), &1.into()), "{spool}");
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("is sent again, as A. Smith wants it"), "{audit}");
    assert!(audit.contains("is given up, as B. Jones wants it"), "{audit}");

    // One that is not there any more changes nothing, and its wish goes.
    assert_eq!(quarantine(&data, "retry", &["--by", "A. Smith", &first_word]), ExitCode::Failed as i32);
    set_aside_wish_of_nothing(&site);
    site.follow_aside_wishes().unwrap();
    assert!(!site.has_aside_wishes());
}

fn set_aside_wish_of_nothing(site: &Site) {
    use remote_services_agent::aside::{AsideWish, Fate};
    let wish =
        AsideWish { fate: Fate::Retry, by: "A. Smith".into(), at: remote_services_agent::survey::now() };
    wish.leave(&site.home, Uuid::from_u128(7)).unwrap();
}

#[test]
fn a_wish_about_an_unknown_payload_or_by_nobody_is_refused_and_none_of_it_is_left() {
    let world = World::new();
    let uploads = set_aside(&world);
    let (data, known) = (world.data(), uploads[0].to_string());
    let unknown = Uuid::from_u128(7).to_string();
    let (failed, usage) = (ExitCode::Failed as i32, ExitCode::Usage as i32);
    assert_eq!(quarantine(&data, "retry", &["--by", "A. Smith", &known, &unknown]), failed);
    assert_eq!(quarantine(&data, "drop", &["--by", " ", &known]), usage);
    assert_eq!(quarantine(&data, "show", &[&unknown]), failed);
    assert_eq!(quarantine(&data, "list", &["--format", "xml"]), usage);
    for words in [&["--by", "A. Smith"][..], &["--all", "--by", "A. Smith", &known], &["--all"]] {
        let line = ["agent", "quarantine", "drop", "--data", data.to_str().unwrap()];
        assert!(Line::try_parse_from(line.iter().chain(words)).is_err(), "{words:?}");
    }
    assert!(!world.site("").has_aside_wishes());
    for (what, words) in [("list", vec![]), ("show", vec![known.as_str()])] {
        for format in ["table", "json"] {
            assert_eq!(quarantine(&data, what, &[&words[..], &["--format", format]].concat()), 0);
        }
    }
    assert_eq!(quarantine(&data, "drop", &["--by", "A. Smith", "--all"]), 0);
    let mut site = world.site("");
    site.follow_aside_wishes().unwrap();
    assert_eq!((aside(&site), site.waiting()), (0, 0));
}

#[test]
fn programs_are_told_each_thing_that_is_known_of_what_was_set_aside() {
    let world = World::new();
    let [first, second] = set_aside(&world)[..] else { panic!("two") };
    let data = world.data();
    let known = Spool::look_aside(&data.join("spool")).unwrap();
    let of = |payload: Uuid, wish: Value| {
        let (entry, why) = known.iter().find(|(entry, _)| entry.id == payload).unwrap();
        let file = std::fs::read_dir(data.join("spool/quarantine")).unwrap().find_map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name()?.to_str()?;
            let is_it = name.contains(&payload.to_string()) && name.ends_with(".sealed");
            is_it.then(|| std::fs::metadata(&path).unwrap().len())
        });
        assert_eq!((Some(entry.bytes), why.as_str()), (file, "the server said 422: \u{1b}[31mno"));
        let (seconds, _) = payload.get_timestamp().unwrap().to_unix();
        json!({
            "payload": payload.to_string(),
            "class": "meter",
            "bytes": entry.bytes,
            "digest": entry.digest.to_hex(),
            "madeAt": Timestamp::from_unix_seconds(seconds.try_into().unwrap()).to_string(),
            "why": why,
            "withheld": false,
            "wish": wish,
        })
    };
    let (one, other) = (of(first, Value::Null), of(second, Value::Null));
    assert_eq!(json_of(&data, "list", &[]), json!([one, other]), "the oldest first");
    assert_eq!(json_of(&data, "show", &[&second.to_string()]), other);

    let before = Timestamp::from_unix_seconds(remote_services_agent::survey::now().unix_seconds());
    let said = json_of(&data, "retry", &["--by", "A. Smith", &first.to_string()]);
    assert_eq!(said, json!({ "fate": "retry", "payloads": [first.to_string()] }));
    let said = json_of(&data, "drop", &["--by", "B. Jones", &second.to_string()]);
    assert_eq!(said, json!({ "fate": "drop", "payloads": [second.to_string()] }));
    let listed = json_of(&data, "list", &[]);
    for (place, (payload, fate, by)) in
        [(first, "retry", "A. Smith"), (second, "drop", "B. Jones")].into_iter().enumerate()
    {
        let at = listed[place]["wish"]["at"].clone();
        let when: Timestamp = at.as_str().unwrap().parse().unwrap();
        assert!(before <= when && when <= remote_services_agent::survey::now(), "{listed}");
        assert_eq!(listed[place], of(payload, json!({ "fate": fate, "by": by, "at": at })));
    }
}

#[test]
fn one_payload_that_the_server_does_not_take_keeps_the_agent_from_nothing_else() {
    let world = World::new();
    let mut site = world.site("");
    let (_, upload) = site.keep(&mut reading(), Class::Meter).unwrap();
    let (folder, audit) = (site.home.spool(), site.home.exchanges());
    drop(site);
    // As an earlier run left it: it failed, others went, and its next try is in half an hour.
    let until = remote_services_agent::survey::now().unix_millis() + 1_800_000;
    let known =
        serde_json::json!({ "count": 5, "why": "out of memory (status 500)", "alone": true, "until": until });
    let known = serde_json::json!({ upload.to_string(): known });
    std::fs::write(folder.join("stuck"), known.to_string()).unwrap();
    let line = ["agent", "run", "--once", "--no-collect", "--data", world.data().to_str().unwrap()]
        .map(str::to_owned);
    let failure = carry_out(Line::try_parse_from(line).unwrap()).unwrap_err();
    let expected = format!("payload {upload} waits: out of memory (status 500)");
    assert_eq!((failure.code, failure.sentence), (ExitCode::Failed, expected));
    let audit = std::fs::read_to_string(audit).unwrap();
    assert!(audit.contains("/policy") && audit.contains("/commands"), "it asks for all else: {audit}");
}
