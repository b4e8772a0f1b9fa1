//! What waits when a consent is withdrawn, or the site goes into lockdown, is not sent any more.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::now;
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::UploadEvent;
use remote_services_transport::spool::Class;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use support::{World, consent, reading};

fn keep(site: &mut Site) -> Uuid {
    site.keep(&mut reading(), Class::Meter).unwrap().1
}

/// The uploads that the server stored.
fn sent(site: &mut Site) -> BTreeSet<Uuid> {
    let mut stored = BTreeSet::new();
    site.send(|event| {
        if let UploadEvent::Stored { entry, .. } = event {
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

/// Sends all, and does this as soon as the first is stored; the uploads that were.
fn sent_amid(site: &mut Site, mut once: impl FnMut()) -> Vec<Uuid> {
    let mut stored = Vec::new();
    site.send(|event| {
        if let UploadEvent::Stored { entry, .. } = event {
            stored.push(entry.id);
            if stored.len() == 1 {
                once();
            }
        }
    })
    .unwrap();
    stored
}

#[test]
fn lockdown_holds_from_the_next_payload_on_however_many_are_on_their_way() {
    let world = World::new();
    let mut site = world.site("");
    let normal = [keep(&mut site), keep(&mut site), keep(&mut site)];
    let settings = site.home.settings();
    let stored = sent_amid(&mut site, || std::fs::write(&settings, "mode = \"lockdown\"\n").unwrap());
    assert_eq!(stored, [normal[0]]);
    assert_eq!((site.waiting(), aside(&site)), (0, 2));
    assert!(site.has_new_settings(), "whoever asks later hears that they changed");
    assert!(!site.has_new_settings());
    let lockdown = keep(&mut site);
    assert_eq!(sent(&mut site), BTreeSet::from([lockdown]));
}

#[test]
fn a_withdrawal_holds_from_the_next_payload_on_however_many_are_on_their_way() {
    let world = World::new();
    let mut site = world.site("");
    let first = consent(&site.home, 1, ConsentScope::PersonalDetails);
    let under = [keep(&mut site), keep(&mut site)];
    consents::withdraw(&site.home, first, "Ada Lovelace", now()).unwrap();
    consent(&site.home, 2, ConsentScope::PersonalDetails);
    let home = Home::look(&world.data());
    // The withdrawal counts only from its moment on: a consent that is on record again does not cover what was sealed.
    assert_eq!(sent(&mut site), BTreeSet::new(), "{under:?}");
    let under = [keep(&mut site), keep(&mut site), keep(&mut site)];
    let withdraw = || consents::withdraw(&home, Uuid::from_u128(2), "Ada Lovelace", now()).unwrap();
    assert_eq!(sent_amid(&mut site, withdraw), [under[0]]);
    assert_eq!((site.waiting(), aside(&site)), (0, 0), "what was given up is no more");
}

/// How many payloads were set aside.
fn aside(site: &Site) -> usize {
    let folder = site.home.root().join("spool/quarantine");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|it| it == "why")).count()
}

#[test]
fn what_nobody_knows_the_mode_of_waits_for_a_person_in_lockdown() {
    let world = World::new();
    let mut site = world.site("");
    keep(&mut site);
    drop(site);
    // As a version before left it, or a backup without this file.
    std::fs::remove_file(world.data().join("state/sealed-under.json")).unwrap();
    let mut site = world.site("mode = \"lockdown\"\n");
    assert_eq!((sent(&mut site), aside(&site)), (BTreeSet::new(), 1));
    let lockdown = keep(&mut site);
    assert_eq!(sent(&mut site), BTreeSet::from([lockdown]));
}

#[test]
fn what_the_settings_say_counts_once_the_audit_log_has_it_and_until_then_nothing_is_sealed_or_sent() {
    let world = World::new();
    let mut site = world.site("mode = \"normal\"\n[redaction]\nbase = \"strict\"\n");
    let strict = keep(&mut site);
    let log = world.data().join("audit.log");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{whole}somebody was here\n")).unwrap();
    // One that lets out more, and one that lets out less than what is there: neither they nor those of before count.
    for (text, redaction) in [("#\n", "default"), ("mode = \"lockdown\"\n", "lockdown")] {
        std::fs::write(site.home.settings(), text).unwrap();
        assert!(site.heed() && site.has_new_settings(), "{text}");
        assert!(site.settings.is_suspended());
        let told = [
            site.keep(&mut reading(), Class::Meter).map(drop),
            site.keep_agent(0).map(drop),
            site.send(|_| {}).map(drop),
        ];
        for told in told {
            let why = told.unwrap_err().to_string();
            assert!(why.contains("before they stand in the audit log") && why.contains("line "), "{why}");
        }
        assert_eq!(site.waiting(), 1, "{text}");
        assert!(!std::fs::read_to_string(&log).unwrap().contains(&format!("redaction {redaction};")));
    }
    // A mistake is no way around it.
    std::fs::write(site.home.settings(), "mode = \"quiet\"\n").unwrap();
    assert!(site.heed());
    assert!(site.keep(&mut reading(), Class::Meter).is_err() && site.send(|_| {}).is_err());
    std::fs::write(site.home.settings(), "#\n").unwrap();
    assert!(site.heed() && site.settings.is_suspended());

    std::fs::write(&log, whole).unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while site.settings.is_suspended() {
        site.heed();
        assert!(Instant::now() < deadline, "it is never tried again");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(site.has_new_settings());
    assert!(std::fs::read_to_string(&log).unwrap().contains("redaction default;"));
    let default = keep(&mut site);
    assert_eq!(sent(&mut site), BTreeSet::from([strict, default]));
}

#[test]
fn settings_that_change_back_count_at_once_though_the_audit_log_takes_no_entry() {
    let world = World::new();
    let mut site = world.site("[redaction]\nbase = \"strict\"\n");
    let log = world.data().join("audit.log");
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{whole}somebody was here\n")).unwrap();
    std::fs::write(site.home.settings(), "#\n").unwrap();
    assert!(site.heed() && site.settings.is_suspended());
    std::fs::write(site.home.settings(), "[redaction]\nbase = \"strict\"\n").unwrap();
    assert!(site.heed() && !site.settings.is_suspended());
}
