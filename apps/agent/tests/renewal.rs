//! Certificates that come to their end: an agent and its server, both in this process, and a server that issues short lives.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site;
use remote_services_agent::survey::now;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::enrol::validity;
use remote_services_transport::pem::{certificate_to_pem, certificates};
use remote_services_transport::registration_key::SpkiPin;
use remote_services_transport::spool::Class;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::{World, reading};
use uuid::Uuid;

/// A world whose agent got its certificate for so long.
fn short(lifetime: Duration) -> World {
    World::with(|config| config.lifetimes.client = lifetime)
}

fn file(data: &Path, name: &str) -> PathBuf {
    data.join("identity").join(name)
}

fn text(data: &Path, name: &str) -> String {
    std::fs::read_to_string(file(data, name)).unwrap()
}

/// The private key that the file with the sealed one holds.
fn opened_key(data: &Path) -> String {
    let (_, identity) = identity::load(&Home::look(data), &Settings::default()).unwrap();
    identity.key_pem().unwrap().as_str().to_owned()
}

fn certificate(data: &Path) -> Vec<u8> {
    certificates(&text(data, "client.pem")).unwrap().swap_remove(0)
}

fn agent(words: &[&str]) -> Result<(), String> {
    let line = ["agent"].iter().chain(words);
    carry_out(Line::parse_from(line)).map_err(|failure| failure.to_string())
}

#[test]
fn a_running_agent_renews_and_works_on_with_the_new_certificate() {
    let world = short(Duration::from_secs(8));
    let mut site = world.site("");
    let (client, before) = (site.client.id(), certificate(&world.data()));
    let deadline = Instant::now() + Duration::from_secs(120);
    while certificate(&world.data()) == before {
        site.refresh().unwrap();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (from, until) = validity(&before).unwrap();
    assert!(now().since(from) >= until.since(from) / 3 * 2, "not before two thirds of its life");
    assert_eq!(site.client.id(), client, "the name stays");
    assert_ne!(SpkiPin::of_certificate(&certificate(&world.data())), SpkiPin::of_certificate(&before));
    site.keep_agent(0).unwrap();
    assert_eq!(site.send(|_| {}).unwrap().stored, 1);
    site.checkpoint().unwrap();
    let audit = std::fs::read_to_string(site.home.audit()).unwrap();
    assert!(audit.contains("a new certificate, valid until"), "{audit}");
    drop(site);
    agent(&["audit", "verify", "--data", world.data().to_str().unwrap()]).unwrap();
    // Whoever takes the log along takes the certificates along.
    let (export, data) = (world.folder.path().join("export"), world.data());
    let (export, own, earlier) =
        (export.to_str().unwrap(), file(&data, "client.pem"), file(&data, "earlier.pem"));
    agent(&["audit", "export", "--data", data.to_str().unwrap(), "--output", export]).unwrap();
    let verify = ["audit", "verify", "--file", export, "--certificate", own.to_str().unwrap()];
    let with_earlier = [&verify[..], &["--certificate", earlier.to_str().unwrap()]].concat();
    agent(&with_earlier).unwrap();
    // Nobody is believed whom the present key does not vouch for: a log could be signed by anybody's.
    let listed = std::fs::read_to_string(&earlier).unwrap();
    let stranger = rcgen::generate_simple_self_signed([Uuid::from_u128(7).to_string()]).unwrap();
    let (_, unsigned) = listed.split_once('\n').unwrap();
    for forged in [listed.clone() + &certificate_to_pem(stranger.cert.der()), unsigned.to_owned()] {
        std::fs::write(&earlier, forged).unwrap();
        for words in [&with_earlier[..], &["audit", "verify", "--data", data.to_str().unwrap()]] {
            let failure = agent(words).unwrap_err();
            assert!(failure.contains("earlier.pem") && failure.contains("is not believed: "), "{failure}");
        }
        let failure =
            agent(&["run", "--once", "--no-collect", "--data", data.to_str().unwrap()]).unwrap_err();
        assert!(failure.contains("earlier.pem is not believed: "), "{failure}");
    }
    std::fs::write(&earlier, listed).unwrap();
    agent(&with_earlier).unwrap();
}

#[test]
fn a_log_that_takes_no_checkpoint_at_a_renewal_is_blamed_for_nothing() {
    let world = short(Duration::from_secs(8));
    let mut site = world.site("");
    site.checkpoint().unwrap();
    let before = certificate(&world.data());
    // In the place of what checkpoints are written to first.
    let in_the_way = world.data().join("audit.new");
    std::fs::create_dir(&in_the_way).unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while certificate(&world.data()) == before {
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::remove_dir(&in_the_way).unwrap();
    site.note("action", "printer", "restarted by nobody").unwrap();
    site.checkpoint().unwrap();
    drop(site);
    agent(&["audit", "verify", "--data", world.data().to_str().unwrap()]).unwrap();
}

#[test]
fn a_certificate_that_is_past_its_end_renews_itself_and_an_agent_killed_meanwhile_has_a_whole_pair() {
    let mut world = short(Duration::from_secs(1));
    let data = world.data();
    let (_, end) = validity(&certificate(&data)).unwrap();
    while now() <= end.plus(Duration::from_secs(1)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    world.restart();
    let old = ["client.key.pem", "client.pem", "earlier.pem"].map(|name| text(&data, name));
    let old_key = opened_key(&data);
    let round = ["run", "--once", "--no-collect", "--data", data.to_str().unwrap()];
    agent(&round).unwrap();
    let new = ["client.key.pem", "client.pem", "earlier.pem"].map(|name| text(&data, name));
    let new_key = opened_key(&data);
    assert!(old[0] != new[0] && old[1] != new[1]);
    assert!(!file(&data, "renewed.pem").exists());
    agent(&round).unwrap();
    assert_eq!(text(&data, "client.pem"), new[1], "the next is not due");

    // Each state that a kill can leave, in the order in which the files are written.
    let pair = format!("{}{}earlier:\n{}", new[0], new[1], new[2]);
    let states = [
        ([&old[0], &old[1], &old[2]], None, &old),
        ([&old[0], &old[1], &old[2]], Some(&pair), &new),
        ([&new[0], &old[1], &old[2]], Some(&pair), &new),
        ([&new[0], &old[1], &new[2]], Some(&pair), &new),
        ([&new[0], &new[1], &new[2]], Some(&pair), &new),
    ];
    for ([key, chain, earlier], renewed, expected) in states {
        std::fs::write(file(&data, "client.key.pem"), key).unwrap();
        std::fs::write(file(&data, "client.pem"), chain).unwrap();
        std::fs::write(file(&data, "earlier.pem"), earlier).unwrap();
        std::fs::write(file(&data, "client.new"), "half").unwrap();
        if let Some(pair) = renewed {
            std::fs::write(file(&data, "renewed.pem"), pair).unwrap();
        }
        // Who only looks changes nothing, and sees what counts.
        let seen = identity::registered(&Home::look(&data)).unwrap();
        assert_eq!(seen.certificate, certificates(&expected[1]).unwrap()[0]);
        assert_eq!(seen.earlier, certificates(&expected[2]).unwrap_or_default());
        assert_eq!(&text(&data, "client.pem"), chain);
        let home = Home::open(&data).unwrap();
        let (_, loaded) = identity::load(&home, &Settings::default()).unwrap();
        let key = if expected == &old { &old_key } else { &new_key };
        assert_eq!([loaded.key_pem().unwrap().as_str(), &loaded.chain_pem()], [key, &expected[1]]);
        let kept = ["client.key.pem", "client.pem", "earlier.pem"].map(|name| text(&data, name));
        assert_eq!(kept, *expected);
        assert!(!file(&data, "renewed.pem").exists());
    }
}

#[test]
fn what_is_read_after_the_certificate_ended_waits_until_the_server_renews_it() {
    let mut world = short(Duration::from_secs(6));
    let mut site = world.site("");
    let before = certificate(&world.data());
    let (_, end) = validity(&before).unwrap();
    world.stop();
    while now() <= end.plus(Duration::from_secs(1)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let held = site.keep(&mut reading(), Class::Meter).unwrap_err();
    assert!(held.sentence.ends_with("not sealed yet: 1 reading"), "{held}");
    assert_eq!((site.waiting(), site.held()), (0, 1), "nobody would take what is sealed with it");
    world.start_again();
    let deadline = Instant::now() + Duration::from_secs(120);
    while site.seal_held().is_err() {
        // The next one may be over before it is used, on a machine that is busy.
        let _ = site.refresh();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_ne!(certificate(&world.data()), before);
    assert_eq!((site.waiting(), site.held()), (1, 0));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_could_read_is_made_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let keys = [file(&world.data(), "client.key.pem"), world.data().join("secrets.key")];
    for key in &keys {
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    drop(world.site(""));
    for key in keys {
        assert_eq!(
            std::fs::metadata(&key).unwrap().permissions().mode() & 0o7777,
            0o600,
            "{}",
            key.display()
        );
    }
}

#[test]
fn a_key_of_the_secrets_that_was_there_at_the_start_only_is_enough_to_renew_and_to_read_settings() {
    let world = short(Duration::from_secs(8));
    let (data, medium) = (world.data(), world.folder.path().join("medium"));
    std::fs::rename(data.join("secrets.key"), &medium).unwrap();
    let settings = format!("[secrets]\nkey-file = {medium:?}\n");
    let mut site = world.site(&settings);
    let key = std::fs::read(&medium).unwrap();
    std::fs::remove_file(&medium).unwrap();
    let before = certificate(&data);
    let deadline = Instant::now() + Duration::from_secs(120);
    while certificate(&data) == before {
        site.refresh().unwrap();
        assert!(Instant::now() < deadline, "it is never renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    let sealed = site.home.vault().key().unwrap().seal("communities", "quince").unwrap();
    std::fs::write(site.home.settings(), format!("{settings}[traps]\ncommunities = [{sealed:?}]\n")).unwrap();
    assert!(site.heed() && !site.settings.is_suspended());
    drop(site);
    std::fs::write(&medium, key).unwrap();
    assert_eq!(world.site(&settings).client.directory().map(drop).map_err(|it| it.to_string()), Ok(()));
}

#[test]
fn a_certificate_that_is_due_when_it_is_issued_is_renewed_by_starts_no_more_often_than_by_a_running_agent() {
    // The server lets them begin an hour before it issues them, so two thirds are over at once; it rests for a twentieth of the rest.
    let world = short(Duration::from_secs(900));
    let (data, first) = (world.data(), certificate(&world.data()));
    let start = || {
        drop(world.site(""));
        certificate(&data)
    };
    let rest = data.join("state/renewal-rest.json");
    let issued = start();
    assert_ne!(issued, first, "it was due");
    let kept: Value = serde_json::from_slice(&std::fs::read(&rest).unwrap()).unwrap();
    assert!((40..=45).contains(&kept["seconds"].as_u64().unwrap()), "{kept}");
    for _ in 0..3 {
        assert_eq!(start(), issued);
    }
    let since = kept["since"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let with = |since: Timestamp, seconds: u64| {
        let mut kept = kept.clone();
        (kept["since"], kept["seconds"]) = (since.to_string().into(), seconds.into());
        kept["certificate"] = hex::encode(&Sha256::digest(certificate(&data))).into();
        kept.to_string().into_bytes()
    };
    // However long it took until here.
    std::fs::write(&rest, with(since, 3600)).unwrap();
    assert_eq!(start(), issued);
    let hour = Duration::from_secs(3600);
    let mut before = issued;
    // Over; of a clock that was set back since; of another certificate; damaged; gone.
    for octets in
        [with(since.minus(hour), 3599), with(since.plus(hour), 7200), kept.to_string().into(), vec![0; 80]]
    {
        std::fs::write(&rest, octets).unwrap();
        let after = start();
        assert_ne!(after, before);
        before = after;
    }
    std::fs::remove_file(&rest).unwrap();
    assert_ne!(start(), before);
}

#[test]
fn a_certificate_that_could_not_be_kept_is_not_asked_for_and_the_next_try_waits() {
    type Deed = fn(&Path);
    let hindrances: [(Deed, Deed, &str); 2] = [
        (
            |data| std::fs::rename(data.join("secrets.key"), data.join("moved")).unwrap(),
            |data| std::fs::rename(data.join("moved"), data.join("secrets.key")).unwrap(),
            "secrets.key is not there",
        ),
        (
            |data| std::fs::create_dir(file(data, "renewal.new")).unwrap(),
            |data| std::fs::remove_dir(file(data, "renewal.new")).unwrap(),
            "cannot keep the identity",
        ),
    ];
    for (hinder, help, why) in hindrances {
        let world = short(Duration::from_secs(10));
        let data = world.data();
        let mut site = world.site("");
        let asked = |site: &Site| {
            let text = |log| std::fs::read_to_string::<PathBuf>(log).unwrap();
            let audit = text(site.home.audit()) + &text(site.home.exchanges());
            ["simplereenroll", "\"renewed\""].map(|what| audit.matches(what).count())
        };
        let (before, asked_before) = (certificate(&data), asked(&site));
        hinder(&data);
        let deadline = Instant::now() + Duration::from_secs(120);
        let until_it_fails = |site: &mut Site| {
            while Instant::now() < deadline {
                if let Err(failure) = site.refresh() {
                    return failure.to_string();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            panic!("it is never due");
        };
        let told = until_it_fails(&mut site);
        assert!(told.starts_with("the certificate was not renewed: ") && told.contains(why), "{told}");
        help(&data);
        assert_eq!(asked(&site), asked_before);
        assert_eq!(until_it_fails(&mut site), told, "the next try waits, and the trouble is not over");
        while certificate(&data) == before {
            // Meanwhile the certificate may be past its end.
            let _ = site.refresh();
            assert!(Instant::now() < deadline, "it is never renewed");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(asked(&site), asked_before.map(|times| times + 1), "asked and noted once");
        assert!(!file(&data, "renewal.room").exists());
    }
}
