//! What register keeps, and what becomes of its key where that cannot be. Where an agent stands and whom to ask about it: said when
//! it is registered or in its settings, told with each description.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::failure::Failure;
use remote_services_agent::home::Home;
use remote_services_agent::progress::Progress;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_transport::client::blocking::StopFlag;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use support::World;

fn register_anew(world: &World, more: &[&str]) {
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more))).unwrap();
}

/// What the operator sees of an agent with these settings.
fn told(world: &World, settings: &str) -> [Value; 2] {
    let mut site = world.site(settings);
    site.introduce(&[], &mut Progress::silent()).unwrap();
    let (id, clients) = (site.client.id().to_string(), world.get("/api/v1/clients"));
    let own = clients.as_array().unwrap().iter().find(|client| client["id"] == id.as_str()).unwrap();
    ["location", "contact"].map(|member| own["description"][member].clone())
}

const GIVEN: [&str; 4] = ["--location", "Second floor, <room 7>", "--contact", "ada@example.com"];

#[test]
fn what_register_was_given_is_told_with_each_description_and_the_settings_win() {
    let world = World::new();
    assert_eq!(told(&world, ""), [Value::Null, Value::Null], "nobody has to say anything");
    register_anew(&world, &GIVEN);
    let given = [json!("Second floor, <room 7>"), json!("ada@example.com")];
    for _ in 0..2 {
        assert_eq!(told(&world, ""), given);
    }
    assert_eq!(told(&world, "mode = \"lockdown\"\n"), given, "it is given to be told");
    assert_eq!(told(&world, "[redaction]\nbase = \"strict\"\n"), given);
    assert_eq!(told(&world, "location = \"Cellar\"\n"), [json!("Cellar"), given[1].clone()]);
    assert_eq!(told(&world, "contact = \"\"\n"), [given[0].clone(), Value::Null], "it is taken back");

    let mut site = world.site("");
    fs::write(site.home.settings(), "contact = \"help@example.com\"\n").unwrap();
    assert!(site.heed());
    site.introduce(&[], &mut Progress::silent()).unwrap();
    assert!(world.get("/api/v1/clients").to_string().contains("help@example.com"), "while it runs, too");
    drop(site);

    // Somebody else's server may be next.
    register_anew(&world, &["--location", "Cellar"]);
    assert_eq!(told(&world, ""), [json!("Cellar"), Value::Null]);
    register_anew(&world, &[]);
    assert_eq!(told(&world, ""), [Value::Null, Value::Null]);
    assert!(!world.data().join("identity/registration.json").exists());
}

/// A data folder in which a file of the identity cannot be kept for now, since what it would be written as is a folder.
fn hindered(world: &World, name: &str, file: &str) -> (PathBuf, PathBuf) {
    let data = world.folder.path().join(name);
    drop(Home::open(&data).unwrap());
    let hindrance = data.join("identity").join(file);
    fs::create_dir(&hindrance).unwrap();
    (data, hindrance)
}

fn register(data: &Path, key: &str) -> Result<(), Failure> {
    let line = ["agent", "register", "--no-wait", "--data", data.to_str().unwrap(), "--key", key];
    carry_out(Line::parse_from(line))
}

fn opens(data: &Path) {
    Site::open(Home::open(data).unwrap(), Settings::default(), StopFlag::new()).unwrap();
}

#[test]
fn a_registration_key_is_not_used_up_for_an_identity_that_could_not_be_kept() {
    let world = World::new();
    let (data, hindrance) = hindered(&world, "no-room", "renewal.new");
    let key = world.key();
    let failure = register(&data, &key).unwrap_err();
    for words in ["cannot keep the identity", "nothing was sent", "same registration key"] {
        assert!(failure.sentence.contains(words), "{failure}");
    }
    fs::remove_dir(hindrance).unwrap();
    // Nobody else could use one that this agent had asked with.
    let other = world.folder.path().join("other");
    register(&other, &key).unwrap();
    register(&data, &world.key()).unwrap();
    assert!(!data.join("identity/renewal.room").exists());
    opens(&data);
}

#[test]
fn what_was_issued_and_could_not_be_kept_is_fetched_again_by_the_same_command() {
    let world = World::new();
    let (data, hindrance) = hindered(&world, "not-kept", "unnoted.new");
    let key = world.key();
    let failure = register(&data, &key).unwrap_err();
    for words in ["unnoted.json", "which is not kept", "within ten minutes"] {
        assert!(failure.sentence.contains(words), "{failure}");
    }
    let clients = || world.get("/api/v1/clients").as_array().unwrap().len();
    let before = clients();
    fs::remove_dir(hindrance).unwrap();
    register(&data, &key).unwrap();
    assert_eq!(clients(), before, "it is the client that the server knows");
    opens(&data);
}

#[test]
fn an_identity_that_is_kept_counts_whatever_could_not_be_kept_beside_it() {
    let world = World::new();
    let (data, hindrance) = hindered(&world, "kept", "anchors.new");
    let failure = register(&data, &world.key()).unwrap_err();
    assert!(failure.sentence.contains("this agent is registered all the same"), "{failure}");
    fs::remove_dir(hindrance).unwrap();
    opens(&data);
}

#[test]
fn what_is_no_location_or_contact_is_refused_before_the_server_is_asked() {
    let world = World::new();
    let whole = fs::read(world.data().join("identity/client.pem")).unwrap();
    let (data, long) = (world.data(), "x".repeat(256));
    for (option, text, why) in [
        ("--location", "", "it says nothing"),
        ("--location", "a\u{7}b", "a location has no control characters"),
        ("--location", &long, "a location has at most 255 octets, this one 256"),
        ("--contact", "ada", "\"ada\" is no e-mail address"),
        ("--contact", "a@example.com\r\nBcc: b@example.com", "is no e-mail address"),
    ] {
        let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", "k"];
        let refused = Line::try_parse_from(line.into_iter().chain([option, text])).err().unwrap();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    assert_eq!(fs::read(world.data().join("identity/client.pem")).unwrap(), whole);
}
