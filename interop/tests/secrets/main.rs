//! No planted password, key or token leaves the places that are for it: with all log events at TRACE, an SNMPv3 exchange, an
//! enrolment and uploads through proxies with a password, commands, and the failures of each with other secrets.
//! Nor do they stand in the agent's data folder, nor in files that people wrote and the program sealed.
//!
//! | file | what it is |
//! | --- | --- |
//! | `planted` | the secrets, in every form in which one might be written |
//! | `heard` | all log events of a process |
//! | `world` | a server, a printer and an agent that hold the secrets |
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod heard;
mod planted;
mod world;

use std::fs;

use planted::Planted;
use remote_services_interop::manager::{Patience, askers, user};
use remote_services_interop::squid::Squid;
use remote_services_interop::{Tool, require};
use remote_services_snmp::crypto::AuthProtocol;
use remote_services_snmp::engine::Operation;
use remote_services_snmp::usm::EngineId;
use remote_services_transport::client::blocking::{enrol, new_key};
use remote_services_transport::client::{ClientConfig, ProxySettings};
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::json;
use world::{
    AUTH, COMMUNITY, HOST, OTHER_AUTH, OTHER_PROXY, PRIVACY, PROXY, PROXY_USER, TRAPS, USER, WRITE, World,
};

/// snmpEngineID.0, SNMP-FRAMEWORK-MIB
const SNMP_ENGINE_ID: &str = "1.3.6.1.6.3.10.2.1.1.0";

#[test]
fn no_planted_secret_is_found_outside_of_the_places_that_are_for_it() {
    // This test is also the agent: started again by itself, with a command line.
    if let Some(code) = heard::agent_of_this_process() {
        std::process::exit(code);
    }
    if !require(&[Tool::Squid, Tool::Htpasswd, Tool::Openssl]) {
        return;
    }
    heard::listen();
    let mut planted = Planted::default();
    for (name, text) in [
        ("the read community", COMMUNITY),
        ("the write community", WRITE),
        ("the community of traps", TRAPS),
        ("the authentication password", AUTH),
        ("the privacy password", PRIVACY),
        ("another authentication password", OTHER_AUTH),
        ("the proxy's password", PROXY),
        ("another password for the proxy", OTHER_PROXY),
    ] {
        planted.text(name, text);
    }
    for password in [PROXY, OTHER_PROXY] {
        planted.text("what Basic sends", &planted::base64(format!("{PROXY_USER}:{password}").as_bytes()));
    }
    let mut world = World::start();
    let basic = Squid::start(PROXY_USER, PROXY, &[HOST]);
    let digest = Squid::with_digest(PROXY_USER, PROXY, &[HOST]);

    // The SNMPv3 exchange of the libraries, and what it made of the passwords.
    let right = user(USER, AuthProtocol::HmacSha256, AUTH, Some(PRIVACY), "").into();
    let wrong = user(USER, AuthProtocol::HmacSha256, OTHER_AUTH, Some(PRIVACY), "").into();
    let mut engine = None;
    for (name, mut asker) in askers(Patience::Much) {
        let get = Operation::Get(vec![SNMP_ENGINE_ID.parse().unwrap()]);
        let told = asker.ask(world.printer(), &right, get.clone()).unwrap();
        engine = told[0].value.as_bytes().map(|octets| EngineId::new(octets).unwrap());
        planted.hide(name, format!("{told:?}").as_bytes());
        let refused = asker.ask(world.printer(), &wrong, get).unwrap_err();
        planted.hide(name, format!("{refused} {refused:?}").as_bytes());
    }
    let engine = engine.expect("the engine says who it is");
    let keys = planted.keys_of_user(engine);

    // The enrolment of the libraries, with the wrong password.
    let key = world.registration_key();
    planted.registration_key(&key);
    let registration = RegistrationKey::from_text(&key).unwrap();
    let proxy = ProxySettings {
        host: "127.0.0.1".to_owned(),
        port: basic.address.port(),
        credentials: Some((PROXY_USER.to_owned(), OTHER_PROXY.into())),
    };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::new(registration.server.clone(), provider).with_proxy(proxy);
    let Err(refused) = enrol(&config, &registration, &new_key().unwrap()) else {
        panic!("the proxy let it through")
    };
    planted.hide("the enrolment's error", format!("{refused} {refused:?}").as_bytes());

    // The agent: each step with what fails first.
    world.settings(&basic, OTHER_PROXY);
    world.agent(&planted, false, &["register", "--key-file", &world.vault("key", &key)]);
    world.settings(&basic, PROXY);
    let other = world.vault("other", &of_another_server(&key));
    let key_file = world.vault("key", &key);
    world.seal(&planted, &[]);
    world.agent(&planted, false, &["register", "--key-file", &other]);
    world.agent(&planted, true, &["register", "--key-file", &key_file]);
    let own_key = world.keys(&mut planted);

    let printer = world.printer().to_string();
    let (passwords, others, localized) =
        (world.passwords(AUTH), world.passwords(OTHER_AUTH), world.localized(&engine, &keys));
    world.agent(&planted, false, &["collect", "--credentials", &others, &printer]);
    // Not only what stands in the data folder: from here on the credentials are sealed, too.
    let in_clear = [&passwords, &localized].map(|file| fs::read(file).unwrap());
    world.seal(&planted, &[&passwords, &localized]);
    for file in [&passwords, &localized] {
        planted.hide(file, &fs::read(file).unwrap());
    }
    world.agent(&planted, true, &["collect", "--credentials", &passwords, "--format", "json", &printer]);
    world.agent(&planted, true, &["preview", "--credentials", &passwords, &printer]);
    world.agent(&planted, true, &["run", "--once", "--credentials", &passwords, &printer]);
    let away = world.server.go_away();
    world.agent(&planted, false, &["run", "--once", "--credentials", &passwords, &printer]);
    assert!(world.waiting() > 0, "a report waits in the spool");
    planted.hide_folder(&world.data(), world::AGENT_VAULTS);
    world.server.come_back(&away);
    world.settings(&digest, PROXY);
    let settings = fs::read(world.data().join("agent.toml")).unwrap();
    world.seal(&planted, &[]);
    world.agent(&planted, true, &["run", "--once", "--credentials", &passwords, &printer]);
    assert_eq!(world.waiting(), 0, "everything was uploaded");

    for (credentials, location) in [(&passwords, "Second floor"), (&localized, "Third floor")] {
        let settings = json!({ "settings": { "location": location } });
        let wish = json!({ "action": "setConfiguration", "parameters": settings });
        let ended = world.command(wish, || {
            let words =
                ["run", "--once", "--no-collect", "--write-community", WRITE, "--credentials", credentials];
            world.agent(&planted, true, &words);
        });
        assert_eq!(ended["state"], "succeeded", "{ended}");
        planted.hide("the command", ended.to_string().as_bytes());
    }
    world.agent(&planted, true, &["audit", "show"]);
    for path in ["devices", "clients", "uploads?limit=100", "commands"] {
        planted.hide(path, world.operator().get(path).to_string().as_bytes());
    }
    planted.hide("the model", world.whole_device().to_string().as_bytes());
    planted.hide_folder(&world.data(), world::AGENT_VAULTS);
    planted.hide_folder(&world.server.folder().join("data"), world::SERVER_VAULTS);
    let log = heard::all();
    for words in ["client registered", "TRACE", "INSERT"] {
        assert!(log.contains(words), "{words:?} was not heard among {} octets of log", log.len());
    }
    planted.hide("the log of server and printer", log.as_bytes());
    // Were the forms wrong in which they are looked for, nothing would ever be found.
    for (name, place) in [
        ("the proxy's password", settings.clone()),
        ("the community of traps", settings),
        ("the authentication password", in_clear[0].clone()),
        ("the localised authentication key", in_clear[1].clone()),
        ("the key of the secrets", fs::read(world.data().join("secrets.key")).unwrap()),
        ("the one-time key", fs::read(&key_file).unwrap()),
        ("a line of the client's key", own_key.into_bytes()),
    ] {
        assert!(
            planted.found_in(&place).iter().any(|found| found.starts_with(name)),
            "{name} is not where it belongs"
        );
    }
}

/// The same registration key with another pin: the server that answers is not the one that it is for.
fn of_another_server(key: &str) -> String {
    let (before, pin) = key.trim().rsplit_once('.').unwrap();
    let first = if pin.starts_with('A') { "B" } else { "A" };
    format!("{before}.{first}{}", &pin[1..])
}
