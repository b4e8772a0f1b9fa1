//! Registering anew: a key of its own, and nothing is lost that waits for the old identity.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::register::register;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::{Class, Spool, SpoolLimits};
use std::fs;
use support::World;

fn replace(world: &World, more: &[&str]) -> Result<(), Failure> {
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--replace", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more)))
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
    let aside =
        Spool::open(&world.data().join("spool"), SpoolLimits::default()).unwrap().0.quarantined().unwrap();
    assert_eq!(aside.len(), 1);
    assert!(aside[0].1.contains("identity was replaced"), "{}", aside[0].1);
    assert_ne!(key(), old.1, "who has the old key has nothing of the new identity");
    assert!(!folder.join("client.key.next.pem").exists());
    let site = world.site("");
    assert_ne!(site.client.id(), old.0);
    assert_eq!(site.client.directory().map(drop).map_err(|error| error.to_string()), Ok(()));
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
