//! What the settings permit and what people agreed to, in the audit log before anything is done by it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_agent::survey::now;
use remote_services_core::consent::ConsentScope;
use remote_services_core::id::Uuid;
use remote_services_transport::spool::Class;
use serde_json::{Value, json};
use std::fs;
use support::{World, consent, entries, reading};

#[test]
fn what_people_permit_is_noted_before_anything_is_sealed_by_it_also_what_changed_between_two_runs() {
    let world = World::new();
    let data = world.data();
    let noted = |event: &str| -> Vec<String> {
        let log = fs::read_to_string(data.join("audit.log")).unwrap();
        entries(&log).into_iter().filter(|entry| entry.event == event).map(|entry| entry.text).collect()
    };
    drop(world.site("[actions]\nrestart = \"ask\"\n"));
    drop(world.site("[actions]\nrestart = \"ask\"\n"));
    let first = "mode normal; redaction default; actions that are not off: getStatus on, troubleshoot on, restart ask";
    assert_eq!(noted("settings"), [first], "once, as long as it stays");
    drop(world.site("mode = \"lockdown\"\n"));
    let site = world.site("[redaction]\nbase = \"strict\"\n");
    let [_, second, third] = &noted("settings")[..] else { panic!("{:?}", noted("settings")) };
    assert_eq!(second, "mode lockdown; redaction lockdown; actions that are not off: none");
    assert!(third.starts_with("mode normal; redaction strict; "), "{third}");
    // The name of a profile says nothing of what it lets out.
    drop(site);
    let acme = "[redaction]\nname = \"acme\"\nbase = \"strict\"\n";
    let keep = "[[redaction.rules]]\nelement = \"Identity/SystemName\"\ndo = \"keep\"\n";
    drop(world.site(acme));
    drop(world.site(acme));
    let mut site = world.site(&format!("{acme}{keep}"));
    fs::write(site.home.settings(), acme.replace("strict", "default") + keep).unwrap();
    assert!(site.heed());
    let told = noted("settings");
    let profiles: Vec<&str> = told[3..].iter().filter_map(|text| text.split("; ").nth(1)).collect();
    let of = |base: &str| format!("redaction custom.acme, which is {base}");
    let kept = " but for: keep Identity/SystemName";
    assert_eq!(profiles, [of("strict"), of("strict") + kept, of("default") + kept], "{told:?}");

    let id = consent(&site.home, 1, ConsentScope::PersonalDetails);
    site.keep(&mut reading(), Class::Meter).unwrap();
    let [given] = &noted("consent")[..] else { panic!("{:?}", noted("consent")) };
    assert!(given.starts_with("personalDetails given by ") && given.contains("for all devices"), "{given}");
    drop(site);
    consents::withdraw(&Home::look(&data), id, "Ada Lovelace", now()).unwrap();
    let mut site = world.site("");
    site.keep(&mut reading(), Class::Meter).unwrap();
    assert!(noted("consent")[1].starts_with("withdrawn by Ada Lovelace at "), "{:?}", noted("consent"));
    // By hand, and not by the program.
    let file = Home::look(&data).consents();
    let text = fs::read_to_string(&file).unwrap();
    let mut edited: Value = serde_json::from_str(&text).unwrap();
    edited.as_array_mut().unwrap()[0].as_object_mut().unwrap().remove("revocation");
    fs::write(&file, edited.to_string()).unwrap();
    site.keep(&mut reading(), Class::Meter).unwrap();
    assert!(
        noted("consent")[2].starts_with("changed on the disk: personalDetails"),
        "{:?}",
        noted("consent")
    );
    fs::remove_file(&file).unwrap();
    site.keep(&mut reading(), Class::Meter).unwrap();
    assert_eq!(noted("consent")[3], "is on record no more");
}

#[test]
fn what_was_noted_last_is_believed_only_as_it_was_kept() {
    let world = World::new();
    let data = world.data();
    let noted = || {
        let log = fs::read_to_string(data.join("audit.log")).unwrap();
        entries(&log)
            .into_iter()
            .filter(|entry| entry.event == "settings")
            .map(|entry| entry.text)
            .collect::<Vec<_>>()
    };
    let file = data.join("state/witnessed.json");
    drop(world.site(""));
    let before = fs::read_to_string(&file).unwrap();
    // Somebody writes beforehand what the settings are to say.
    fs::write(&file, before.replace("troubleshoot on", "troubleshoot on, restart on")).unwrap();
    drop(world.site("[actions]\nrestart = \"on\"\n"));
    assert_eq!(noted().len(), 2, "{:?}", noted());
    assert!(noted()[1].ends_with("restart on"), "{:?}", noted());
    // Or puts back what was noted of the settings before.
    fs::write(&file, before).unwrap();
    drop(world.site(""));
    assert_eq!(noted().len(), 3, "{:?}", noted());
    // How long the logs are is what lets them be given up.
    drop(world.site("[limits]\naudit-bytes = 1048576\n"));
    assert!(noted()[3].ends_with("; audit-bytes 1048576"), "{:?}", noted());
    drop(world.site("[limits]\naudit-bytes = 1048576\n"));
    assert_eq!(noted().len(), 4);
}

#[test]
fn consents_that_are_written_into_the_file_by_the_hundred_wash_nothing_out_of_the_log() {
    let world = World::new();
    let home = Home::open(&world.data()).unwrap();
    consent(&home, 1, ConsentScope::PersonalDetails);
    let path = home.consents();
    let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let all: Vec<Value> = (0..400_u128)
        .map(|nth| {
            let mut more = file[0].clone();
            more["id"] = json!(Uuid::from_u128(nth + 1));
            more["text"] = json!("agreed ".repeat(500));
            more
        })
        .collect();
    fs::write(&path, json!(all).to_string()).unwrap();
    drop(home);
    for _ in 0..2 {
        world.site("").keep(&mut reading(), Class::Meter).unwrap();
        let log = fs::read_to_string(world.data().join("audit.log")).unwrap();
        let noted: Vec<_> = entries(&log).into_iter().filter(|entry| entry.event == "consent").collect();
        assert_eq!(noted.len(), 33);
        assert!(noted[32].text.starts_with("368 more at once, SHA-256 of all "), "{:?}", noted[32]);
        assert!(noted.iter().all(|entry| entry.text.len() < 1_024));
    }
}
