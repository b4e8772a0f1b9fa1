//! `kill -9` of the agent in the middle of uploading, and a new run: every report is on the server exactly once.
//!
//! `REMOTE_SERVICES_KILL_ROUNDS` is another number of kills.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use remote_services_interop::curl_client::CurlClient;
use remote_services_interop::ours::program;
use remote_services_interop::process::{Guard, run_ok};
use remote_services_interop::{Tool, require};
use virtual_printer::access::{Guests, Speaks};
use virtual_printer::fleet;

const PRINTERS: u16 = 40;
/// What one reading of them all brings: a payload for each, and one about the agent itself.
const PAYLOADS: usize = PRINTERS as usize + 1;
/// Kills, unless said otherwise.
const ROUNDS: usize = 3;
/// Kills that one server sees.
const A_SERVER: usize = 50;

#[test]
fn after_kill_9_in_the_middle_of_uploading_every_report_is_on_the_server_exactly_once() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let rounds = std::env::var("REMOTE_SERVICES_KILL_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    for first in (0..rounds).step_by(A_SERVER) {
        killed_and_counted(first..rounds.min(first + A_SERVER));
    }
}

/// One server for these rounds: what it lists is bounded.
fn killed_and_counted(rounds: Range<usize>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, PRINTERS * 2, &guests)).unwrap();
    // Of three neighbours one speaks v3 only, and is not asked here.
    let targets: Vec<String> = (0..)
        .zip(&fleet.printers)
        .filter(|(number, _)| fleet::speaks(*number) != Speaks::V3)
        .map(|(_, member)| member.printer.snmp.to_string())
        .take(PRINTERS.into())
        .collect();
    let world = CurlClient::unregistered();
    let data = world.path("agent");
    let key = world.path("key");
    fs::write(&key, world.server.registration_key(Duration::from_secs(600))).unwrap();
    run_ok(
        program("remote-services-agent").args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key),
    );

    let agent = |words: &[&str]| {
        let mut command = program("remote-services-agent");
        command.args(["run", "--once", "--data"]).arg(&data).args(words);
        command
    };
    let pending = data.join("spool/pending");
    let count = rounds.len();
    let killed_with = rounds.map(|round| 1 + round * 17 % (PAYLOADS - 3)).map(|sent| {
        let mut guard = Guard::start(agent(&["-c", "public"]).args(&targets), &world.path("log"));
        guard.wait_until("all reports wait", || (waiting(&pending) == PAYLOADS).then_some(()));
        guard.wait_until("some are sent", || (waiting(&pending) <= PAYLOADS - sent).then_some(()));
        guard.kill();
        let left = waiting(&pending);
        run_ok(&mut agent(&["--no-collect"]));
        assert_eq!(waiting(&pending), 0);
        left
    });
    let killed_with: Vec<usize> = killed_with.collect();
    // No kill leaves what looks as if somebody had been at the audit log.
    run_ok(program("remote-services-agent").args(["audit", "verify", "--data"]).arg(&data));
    assert!(killed_with.iter().any(|left| *left > 0), "every kill came too late: {killed_with:?}");

    let expected = count * PAYLOADS;
    let uploads = world.wait_for("/api/v1/uploads?limit=5000", |answer| {
        let uploads = answer.as_array()?;
        uploads.iter().all(|upload| upload["state"] == "opened").then(|| uploads.clone())
    });
    assert_eq!(uploads.len(), expected, "killed with {killed_with:?} left");
    let readings = world.as_operator("/api/v1/readings?kind=identity&limit=5000", &[]).json();
    let mut per_device: BTreeMap<String, usize> = BTreeMap::new();
    for reading in readings.as_array().unwrap() {
        *per_device.entry(reading["device"].to_string()).or_default() += 1;
    }
    assert_eq!(per_device.len(), usize::from(PRINTERS), "each printer is one device");
    assert!(per_device.values().all(|times| *times == count), "{per_device:?}");
}

/// Sealed payloads that wait in the spool.
fn waiting(pending: &Path) -> usize {
    let Ok(folder) = fs::read_dir(pending) else { return 0 };
    folder.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "sealed")).count()
}
