//! A host whose clock is months ahead: what the server issues and judges is renewed by the server's clock.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::time::{Duration, SystemTime};

use remote_services_core::time::Timestamp;
use remote_services_interop::clock::Clock;
use remote_services_interop::ours::program;
use remote_services_interop::process::{Guard, run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::stand_in::{ClientFiles, StandIn};
use remote_services_interop::{Tool, require};
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::Value;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_certificate_is_not_renewed_at_each_start_by_a_clock_that_is_months_ahead() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let server = OurServer::start();
    let (data, key) = (server.folder().join("agent"), server.folder().join("key"));
    fs::write(&key, server.registration_key(HOUR)).unwrap();
    let agent = || program("remote-services-agent");
    run_ok(agent().args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key));
    let certificate = || fs::read_to_string(data.join("identity/client.pem")).unwrap();
    let first = certificate();
    // Its life is 90 days.
    let ahead = Timestamp::from_system_time(SystemTime::now()).plus(75 * 24 * HOUR + HOUR);
    let clock = Clock::new(server.folder(), ahead);
    for start in 1..=3 {
        let mut round = agent();
        let round = clock.set(round.args(["run", "--once", "--no-collect", "--data"]).arg(&data));
        let told = String::from_utf8(run(round).stderr).unwrap();
        assert!(told.contains("this host's clock is 75 d") && !told.contains("renewed"), "{start}: {told}");
        assert!(certificate() == first, "{start}: {told}");
    }
}

#[test]
fn a_clock_that_is_ahead_is_seen_in_the_round_that_renews_a_certificate_that_was_past_its_end() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let server = OurServer::with(|config| config.lifetimes.client = Duration::from_secs(40));
    let (data, key) = (server.folder().join("agent"), server.folder().join("key"));
    fs::write(&key, server.registration_key(HOUR)).unwrap();
    let agent = || program("remote-services-agent");
    run_ok(agent().args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key));
    std::thread::sleep(Duration::from_secs(41));
    let ahead = Timestamp::from_system_time(SystemTime::now()).plus(25 * 24 * HOUR + HOUR);
    let clock = Clock::new(server.folder(), ahead);
    let mut round = agent();
    let round = clock.set(round.args(["run", "--once", "--no-collect", "--data"]).arg(&data));
    let told = String::from_utf8(run(round).stderr).unwrap();
    assert!(told.contains("the certificate was renewed"), "{told}");
    assert!(told.contains("this host's clock is 25 d"), "{told}");
}

#[test]
fn a_running_device_that_no_server_tells_the_time_renews_once_by_a_clock_that_is_months_ahead() {
    if !require(&[Tool::Faketime, Tool::Nginx]) {
        return;
    }
    let server = OurServer::start();
    let (folder, log) = (server.folder().join("device"), server.folder().join("log"));
    fs::create_dir(&folder).unwrap();
    let key = server.registration_key(HOUR);
    fs::write(folder.join("registration-key"), &key).unwrap();
    fs::write(folder.join("nameplate"), r#"{"Identity": {"SerialNumber": "DIRECT4711"}}"#).unwrap();
    let device = || program("direct-device");
    let heard = |log: &str| fs::read_to_string(log).unwrap_or_default();
    let log = log.to_str().unwrap();
    let mut first = Guard::start(device().arg(&folder), log.as_ref());
    first.wait_until("it has registered and reported", || heard(log).contains("Stored").then_some(()));
    first.kill();

    // Nobody gives it the directory, which tells the time; all else goes its way.
    let state: Value = serde_json::from_slice(&fs::read(folder.join("state")).unwrap()).unwrap();
    let [own, certificate] = ["key", "certificate"].map(|name| server.folder().join(name));
    fs::write(&own, state["pem"][0].as_str().unwrap()).unwrap();
    fs::write(&certificate, state["pem"][1].as_str().unwrap()).unwrap();
    let client = ClientFiles { certificate, key: own };
    let real = format!("https://{}", server.running().device_address());
    let rules = "location = /rs/v1/ { return 503; }";
    let nginx = StandIn::in_front_of(&real, &server.authority(), &client, rules);
    let mut registration = RegistrationKey::from_text(&key).unwrap();
    registration.server = nginx.url().parse().unwrap();
    fs::write(folder.join("registration-key"), registration.to_text().as_bytes()).unwrap();
    let ahead = Timestamp::from_system_time(SystemTime::now()).plus(75 * 24 * HOUR + HOUR);
    let clock = Clock::new(server.folder(), ahead);
    let mut second = Guard::start(clock.set(device().arg(&folder)), log.as_ref());
    // One that renews without end comes to nothing else.
    second.wait_until("it goes on to its report", || heard(log).contains("Stored").then_some(()));
    assert!(heard(log).contains("offline: "), "{}", heard(log));
    second.kill();
    let renewed = nginx.requests().iter().filter(|line| line.contains("/simplereenroll ")).count();
    assert_eq!(renewed, 1, "{:#?}\n{}", nginx.requests(), heard(log));
}

#[test]
fn a_device_seals_nothing_by_a_clock_that_is_hours_ahead_and_says_so_once() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let server = OurServer::start();
    let (folder, log) = (server.folder().join("device"), server.folder().join("log"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("registration-key"), server.registration_key(HOUR)).unwrap();
    fs::write(folder.join("nameplate"), r#"{"Identity": {"SerialNumber": "DIRECT4711"}}"#).unwrap();
    let told = |words: &str| fs::read_to_string(&log).unwrap_or_default().matches(words).count();
    let clock = Clock::new(server.folder(), Timestamp::from_system_time(SystemTime::now()).plus(3 * HOUR));
    let mut device = Guard::start(clock.set(program("direct-device").arg(&folder)), &log);
    device.wait_until("it says so", || (told("not kept: this host's clock is ") == 1).then_some(()));
    device.kill();
    assert_eq!(told("Stored"), 0);
    assert!(!fs::read_dir(folder.join("spool/pending")).is_ok_and(|mut all| all.next().is_some()));
    let mut device = Guard::start(program("direct-device").arg(&folder), &log);
    device.wait_until("the clock was set", || (told("Stored") == 1).then_some(()));
}
