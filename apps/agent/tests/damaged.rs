//! Files of the identity that the disk has damaged: each is named with what to do, and none is made anew.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::failure::{ExitCode, Failure};
use remote_services_agent::home::Home;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::spool::Class;
use std::path::Path;
use support::World;

fn refused(data: &Path) -> Failure {
    let home = Home::open(data).unwrap();
    Site::open(home, Settings::default(), StopFlag::new()).err().unwrap()
}

#[test]
fn one_bit_of_the_anchors_is_no_fault_of_the_server() {
    let world = World::new();
    drop(world.site(""));
    let path = world.data().join("identity/anchors.pem");
    let whole = std::fs::read(&path).unwrap();
    for place in [whole.len() / 3, whole.len() / 2, whole.len() - 60] {
        let mut flipped = whole.clone();
        flipped[place] ^= 4;
        std::fs::write(&path, &flipped).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        for words in ["identity/anchors.pem is damaged: ", "the server has no part in it", "backup"] {
            assert!(failure.sentence.contains(words), "{failure}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), flipped);
    }
    std::fs::write(&path, &whole).unwrap();
    drop(world.site(""));
}

#[test]
fn a_torn_key_for_pseudonyms_ends_it_and_stays_as_it_is() {
    let world = World::new();
    drop(world.site(""));
    let path = world.data().join("identity/pseudonym.key");
    let whole = std::fs::read(&path).unwrap();
    for torn in [&whole[..0], &whole[..31]] {
        std::fs::write(&path, torn).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        assert!(failure.sentence.contains("pseudonym.key is damaged: "), "{failure}");
        assert!(failure.sentence.contains("backup"), "{failure}");
        assert_eq!(std::fs::read(&path).unwrap(), torn, "another key would make other people");
    }
}

#[test]
fn a_torn_name_of_who_made_what_waits_withholds_nothing() {
    let world = World::new();
    world.site("").keep(&mut support::reading(), Class::Report).unwrap();
    let path = world.data().join("state/spool-owner");
    let whole = std::fs::read(&path).unwrap();
    for torn in [&whole[..0], &whole[..20], b"\0\0\0\0"] {
        std::fs::write(&path, torn).unwrap();
        let failure = refused(&world.data());
        assert_eq!(failure.code, ExitCode::Failed);
        for words in ["state/spool-owner is damaged: ", "remove the file", "this agent is client "] {
            assert!(failure.sentence.contains(words), "{failure}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), torn);
    }
    // As the sentence says.
    std::fs::remove_file(&path).unwrap();
    let mut site = world.site("");
    assert_eq!((site.waiting(), site.send(|_| {}).unwrap().stored), (1, 1));
}

#[test]
fn an_empty_address_of_the_server_or_certificate_is_told_with_what_to_do() {
    let world = World::new();
    for name in ["server-url", "client.pem"] {
        let path = world.data().join("identity").join(name);
        let whole = std::fs::read(&path).unwrap();
        for torn in [&whole[..0], b"\n"] {
            std::fs::write(&path, torn).unwrap();
            let failure = refused(&world.data());
            assert_eq!(failure.code, ExitCode::Failed);
            for words in [&*format!("identity/{name} is damaged: "), "backup", "register --replace"] {
                assert!(failure.sentence.contains(words), "{failure}");
            }
        }
        std::fs::write(&path, &whole).unwrap();
    }
    drop(world.site(""));
}
