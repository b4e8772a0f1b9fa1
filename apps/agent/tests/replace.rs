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
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::pem::certificate_to_pem;
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::{Class, Spool, SpoolLimits};
use std::fs;
use support::World;

fn anew(world: &World, more: &[&str]) -> Result<(), Failure> {
    let (data, key) = (world.data(), world.key());
    let line = ["agent", "register", "--data", data.to_str().unwrap(), "--key", &key];
    carry_out(Line::parse_from(line.iter().chain(more)))
}

fn replace(world: &World, more: &[&str]) -> Result<(), Failure> {
    anew(world, &[&["--replace"], more].concat())
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
    let audit = fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert!(audit.contains("\"withheld\"") && audit.contains("1 payload made by client"), "{audit}");
    assert!(!folder.join("client.key.next.pem").exists());
    let site = world.site("");
    assert_ne!(site.client.id(), old.0);
    assert_eq!(site.client.directory().map(drop).map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn what_another_identity_made_makes_room_for_what_this_one_makes_and_the_audit_log_says_so() {
    let world = World::new();
    waiting(&world);
    replace(&world, &["--discard-waiting"]).unwrap();
    let (upload, _) = Spool::look_withheld(&world.data().join("spool")).unwrap().remove(0);
    let mut site = world.site("[limits]\nspool-count = 2\n");
    let dropped = || {
        let audit = fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.lines().filter(|line| line.contains("\"dropped\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    site.keep(&mut support::reading(), Class::Report).unwrap();
    assert_eq!((site.waiting(), withheld(&world).len(), dropped().len()), (1, 1, 0));
    site.keep(&mut support::reading(), Class::Log).unwrap();
    assert_eq!((site.waiting(), withheld(&world).len()), (2, 0));
    let told = dropped();
    assert!(told.len() == 1 && told[0].contains(&upload.id.to_string()), "{told:?}");
    assert!(told[0].contains("the spool was full, and another identity made this payload"), "{told:?}");
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
        let (audit, client) = (fs::read_to_string(site.home.audit()).unwrap(), seen.client.to_string());
        let is_noted = |line: &str| line.contains("\"enrolled\"") && line.contains(&client);
        assert!(audit.lines().any(is_noted) && !folder.join("unnoted.json").exists(), "{blocked}: {audit}");
        assert!(!folder.join("renewed.pem").exists());
    }
}

#[test]
fn nobody_is_vouched_for_whose_key_does_not_fit_or_whom_the_authority_did_not_issue() {
    for with_key in [false, true] {
        let world = World::new();
        let own = world.data().join("identity/client.pem");
        let mut params = rcgen::CertificateParams::default();
        let name = identity::registered(&Home::look(&world.data())).unwrap().client.to_string();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pair = rcgen::KeyPair::generate().unwrap();
        fs::write(&own, certificate_to_pem(params.self_signed(&pair).unwrap().der())).unwrap();
        if with_key {
            fs::write(world.data().join("identity/client.key.pem"), pair.serialize_pem()).unwrap();
        }
        fs::remove_file(world.data().join("identity/earlier.pem")).unwrap();
        replace(&world, &[]).unwrap();
        let seen = identity::registered(&Home::look(&world.data())).unwrap();
        assert_eq!(seen.earlier, [[0_u8; 0]; 0]);
        let verify =
            ["agent", "audit", "verify", "--data", world.data().to_str().unwrap()].map(str::to_owned);
        let said = carry_out(Line::parse_from(verify)).unwrap_err();
        assert!(said.sentence.contains("history does not hold from entry 1: "), "{said}");
    }
}

#[test]
fn a_damaged_list_of_earlier_certificates_keeps_nobody_from_registering_anew() {
    let world = World::new();
    replace(&world, &[]).unwrap();
    let list = world.data().join("identity/earlier.pem");
    fs::write(&list, fs::read_to_string(&list).unwrap().replacen("MII", "MIJ", 1)).unwrap();
    replace(&world, &[]).unwrap();
    let seen = identity::registered(&Home::look(&world.data())).unwrap();
    assert_eq!(seen.earlier, [[0_u8; 0]; 0], "nobody is vouched for");
    world.site("");
}

#[test]
fn what_would_not_open_for_the_new_identity_is_told_before_the_server_is_asked() {
    let world = World::new();
    drop(world.site(""));
    let (data, other, key) = (world.data(), world.folder.path().join("other.key"), world.key());
    fs::write(&other, "1".repeat(64)).unwrap();
    let replace = || {
        let (data, other) = (data.to_str().unwrap(), other.to_str().unwrap());
        let line = ["agent", "register", "--replace", "--data", data, "--key", &key, "--secrets-key", other];
        carry_out(Line::parse_from(line))
    };
    let certificate = || fs::read(data.join("identity/client.pem")).unwrap();
    let before = certificate();
    let told = replace().unwrap_err().sentence;
    for words in ["pseudonym.key", "another key", "say by --secrets-key", "move the file away"] {
        assert!(told.contains(words), "{told}");
    }
    let owner = data.join("state/spool-owner");
    let whole = fs::read(&owner).unwrap();
    fs::remove_file(data.join("identity/pseudonym.key")).unwrap();
    fs::write(&owner, "").unwrap();
    let told = replace().unwrap_err().sentence;
    assert!(told.contains("spool-owner is damaged"), "{told}");
    assert_eq!(certificate(), before);

    fs::write(&owner, whole).unwrap();
    replace().unwrap();
    assert_ne!(certificate(), before, "the registration key was not used up");
    let site = world.site(&format!("[secrets]\nkey-file = {other:?}\n"));
    assert_eq!(site.client.directory().map(drop).map_err(|error| error.to_string()), Ok(()));
}
