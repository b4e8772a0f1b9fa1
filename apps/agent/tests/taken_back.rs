//! What waits when a consent is withdrawn, or the site goes into lockdown, is not sent any more.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::consents;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::now;
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_transport::spool::Class;
use std::collections::BTreeSet;
use support::{World, consent, reading};

fn keep(site: &mut Site) -> Uuid {
    site.keep(&mut reading(), Class::Meter).unwrap().1
}

/// The uploads that the server stored.
fn sent(site: &mut Site) -> BTreeSet<Uuid> {
    let mut stored = BTreeSet::new();
    site.send(|event| {
        if let remote_services_transport::client::blocking::UploadEvent::Stored { entry, .. } = event {
            stored.insert(entry.id);
        }
    })
    .unwrap();
    stored
}

#[test]
fn what_was_sealed_under_a_consent_that_was_withdrawn_is_given_up_and_nothing_else() {
    let world = World::new();
    let mut site = world.site("");
    let before = keep(&mut site);
    let first = consent(&site.home, 1, ConsentScope::PersonalDetails);
    let under = keep(&mut site);
    consents::withdraw(&site.home, first, "Ada Lovelace", now()).unwrap();
    consent(&site.home, 2, ConsentScope::PersonalDetails);
    let later = keep(&mut site);
    // It is known after a start, too.
    drop(site);
    let mut site = world.site("");
    assert_eq!(sent(&mut site), BTreeSet::from([before, later]));
    assert_eq!(site.waiting(), 0);
    let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
    let line = audit.lines().find(|line| line.contains(&under.to_string()) && line.contains("forbidden"));
    assert!(line.unwrap().contains("withdrawn"), "{audit}");
}

#[test]
fn what_was_sealed_in_normal_mode_waits_for_a_person_in_lockdown() {
    let world = World::new();
    let mut site = world.site("");
    let normal = keep(&mut site);
    // It is read again while the agent runs, and something is sealed before anything is sent.
    std::fs::write(world.data().join("agent.toml"), "mode = \"lockdown\"\n").unwrap();
    assert!(site.heed());
    let lockdown = keep(&mut site);
    assert_eq!(sent(&mut site), BTreeSet::from([lockdown]));
    let retry = |site: &mut Site| {
        let folder = site.home.root().join("spool/quarantine");
        std::fs::read_dir(folder).unwrap().filter(|file| file.as_ref().is_ok()).count()
    };
    assert!(retry(&mut site) > 0, "it is not lost");
    drop(site);
    let words = ["quarantine", "retry", "--by", "Ada Lovelace", "--data"];
    let mut person = std::process::Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    let output = person.args(words).arg(world.data()).arg(normal.to_string()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut site = world.site("mode = \"lockdown\"\n");
    site.follow_aside_wishes().unwrap();
    assert_eq!(sent(&mut site), BTreeSet::from([normal]), "a person wants it to be sent");
    assert!(Settings::read(&site.home).is_ok());
}
