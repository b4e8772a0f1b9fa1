//! An agent whose clock is not the server's: what it would sign is not made, and a person is told what to do.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::clock::Told;
use remote_services_agent::survey::now;
use remote_services_transport::spool::Class;
use std::time::Duration;
use support::{World, reading};

#[test]
fn what_the_server_would_put_aside_is_not_sealed_and_nothing_is_lost_when_the_clock_was_set() {
    let world = World::new();
    let mut site = world.site("");
    site.check_clock().unwrap();
    site.keep(&mut reading(), Class::Meter).unwrap();
    let noted = |what: &str| {
        let audit = std::fs::read_to_string(world.data().join("audit.log")).unwrap();
        audit.matches(what).count()
    };

    // As if this host were two hours ahead.
    let told = |second| {
        let now = now().plus(Duration::from_secs(second));
        Told { server: now.minus(Duration::from_secs(7_200)), before: now, after: now }
    };
    site.compare_clock(told(0)).unwrap();
    site.check_clock().expect("by one answer alone no clock is off");
    assert_eq!(noted("2 h 0 min ahead"), 0);
    for second in 1..=3 {
        site.compare_clock(told(second)).unwrap();
    }
    let failure = site.keep(&mut reading(), Class::Meter).unwrap_err();
    assert!(failure.sentence.contains("2 h 0 min ahead of the server's"), "{failure}");
    assert!(failure.sentence.contains("set the clock here"), "{failure}");
    assert!(site.keep_agent(0).is_err() && site.check_clock().is_err());
    assert_eq!(noted("2 h 0 min ahead"), 1, "noted when it is found, and not again each time");
    let clients = world.get("/api/v1/clients").to_string();
    assert!(clients.contains("\"clockSkew\":7200") && clients.contains("2 h 0 min ahead"), "{clients}");
    assert_eq!(site.waiting(), 1, "what was sealed before waits");
    assert_eq!(site.send(|_| {}).unwrap().stored, 1, "and is sent");

    site.refresh().unwrap();
    site.check_clock().unwrap();
    assert_eq!(noted("agree again"), 1);
    site.keep(&mut reading(), Class::Meter).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
}
