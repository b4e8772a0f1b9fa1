//! What the server wishes of how devices are asked, and wishes that another version of this program has kept.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::wishes::Wishes;
use remote_services_transport::policy::KeptPolicy;
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;
use support::World;

/// How often a device that is silent is asked in one round of `run`.
fn asked(world: &World, words: &[&str]) -> usize {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = silent.local_addr().unwrap().to_string();
    let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    agent.args(["run", "--once", "-c", "public", "--snmp-version", "2c", "--data"]).arg(world.data());
    agent.args(words).arg(target).output().unwrap();
    // All that was asked is here by now.
    silent.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    std::iter::from_fn(|| silent.recv_from(&mut [0; 2048]).ok()).count()
}

#[test]
fn a_silent_device_is_asked_as_often_as_the_server_wishes_unless_the_site_says_otherwise() {
    let world = World::new();
    let site = world.site("");
    let path = format!("/api/v1/clients/{}/policy", site.client.id());
    drop(site);
    let usual = asked(&world, &[]);
    assert!(usual > 1, "{usual}");
    world.put(&path, &json!({ "snmpRetries": 0, "snmpTimeoutMs": 200 }));
    assert_eq!(asked(&world, &[]), usual, "it hears of it after its reading");
    assert_eq!(asked(&world, &[]), 1);
    assert_eq!(asked(&world, &["--retries", "2"]), usual, "the command line is the site's");
    let settings = world.data().join("agent.toml");
    for text in ["remote-settings = \"off\"\n", "mode = \"lockdown\"\n", "[limits]\nsnmp-retries = [1, 5]\n"]
    {
        std::fs::write(&settings, text).unwrap();
        assert_eq!(asked(&world, &[]), usual, "{text}");
    }
    // Without a wish it is as it was.
    std::fs::write(&settings, "#\n").unwrap();
    world.put(&path, &json!({}));
    asked(&world, &[]);
    assert_eq!(asked(&world, &[]), usual);
}

#[test]
fn what_another_version_of_the_program_kept_goes_on_to_count_and_is_asked_for_anew_in_full_once() {
    let world = World::new();
    let mut site = world.site("");
    let path = format!("/api/v1/clients/{}/policy", site.client.id());
    world.put(&path, &json!({ "collectEvery": 7_200, "discoverEvery": 14_400 }));
    let file = site.home.state("policy.json");
    let kept = || -> Value { serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap() };
    Wishes::load(&site.home).ask(&mut site).unwrap();
    let own = kept();
    // The version before reads it as its own.
    let before: KeptPolicy = serde_json::from_value(own.clone()).unwrap();
    assert_eq!((before.policy.collect_every, before.etag.is_some()), (Some(7_200), true));

    // It wrote down what it knew, under the ETag of all; a later one what this one would read otherwise.
    let mut earlier = own.clone();
    earlier.as_object_mut().unwrap().remove("program");
    earlier["policy"] = json!({ "collectEvery": 7_200 });
    let mut later = own.clone();
    (later["program"], later["policy"]) =
        (json!("99.0"), json!({ "collectEvery": 7_200, "discoverEvery": 3_600 }));
    for (other, counts) in [(earlier, None), (later, Some(3_600))] {
        std::fs::write(&file, other.to_string()).unwrap();
        let mut wishes = Wishes::load(&site.home);
        let (applied, _) = wishes.applied(&site);
        assert_eq!((applied.collect_every, applied.discover_every), (Some(7_200), counts));
        wishes.ask(&mut site).unwrap();
        assert_eq!(wishes.applied(&site).0.discover_every, Some(14_400));
        assert_eq!(kept(), own);
    }
    // What cannot be read at all is asked for, too.
    std::fs::write(&file, "{").unwrap();
    let mut wishes = Wishes::load(&site.home);
    assert_eq!(wishes.applied(&site).0, Default::default());
    wishes.ask(&mut site).unwrap();
    assert_eq!(kept(), own);
}
