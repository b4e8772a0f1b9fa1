//! A discovery that is killed goes on and asks nobody twice who was decided; one that is interrupted shows what it has.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use remote_services_interop::ours::{Running, VirtualPrinters, agent, agent_says};
use serde_json::Value;

/// Who was asked, by the last octet of 127.9.0.x; nobody answers.
struct Silent {
    port: u16,
    asked: Arc<Mutex<Vec<u8>>>,
}

impl Silent {
    /// Listens on this many addresses.
    fn listen(count: u8) -> Self {
        let first = UdpSocket::bind("127.9.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        let others = (2..=count).map(|last| UdpSocket::bind((format!("127.9.0.{last}"), port)).unwrap());
        let asked = Arc::<Mutex<Vec<u8>>>::default();
        for (last, socket) in (1..).zip(std::iter::once(first).chain(others)) {
            let asked = Arc::clone(&asked);
            thread::spawn(move || {
                let mut buffer = [0; 1_500];
                while socket.recv_from(&mut buffer).is_ok() {
                    asked.lock().unwrap().push(last);
                }
            });
        }
        Self { port, asked }
    }

    fn take(&self) -> BTreeSet<u8> {
        std::mem::take(&mut *self.asked.lock().unwrap()).into_iter().collect()
    }
}

/// The hosts that the state in this folder has as decided.
fn decided(data: &Path) -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(data.join("state/discovery.jsonl")).unwrap_or_default();
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole
        .filter_map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["Host"]["Address"].as_str()?.parse().ok()
        })
        .collect()
}

#[test]
fn after_kill_9_it_goes_on_and_asks_nobody_who_was_decided() {
    let printers = VirtualPrinters::start(&["--fleet", "6", "--speaks", "2c"]);
    let silent = Silent::listen(40);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let silent_ones = format!("127.9.0.1-40:{}", silent.port);
    let (fleet, home) = (printers.target(), data.display().to_string());
    let mut words = vec!["discover", &fleet, &silent_ones, "--data", &home, "--format", "json"];
    words.extend(["--in-flight", "8", "--timeout", "0.1", "--retries", "1", "--snmp-version", "2c"]);

    let mut killed = Running::start(&mut agent(&words));
    killed.wait_until("some hosts are decided", |_| (decided(&data).len() >= 15).then_some(()));
    assert!(killed.kill_and_see(), "it was not killed in the middle");
    let before = decided(&data);
    assert!((15..46).contains(&before.len()), "{before:?}");
    silent.take();

    let said = agent_says(&[&words[..], &["--resume"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.all());
    let octet = |address: &SocketAddr| match address.ip() {
        std::net::IpAddr::V4(ip) if ip.octets()[1] == 9 => Some(ip.octets()[3]),
        _ => None,
    };
    let before: BTreeSet<u8> = before.iter().filter_map(octet).collect();
    let after = silent.take();
    assert_eq!(before.intersection(&after).count(), 0, "asked again: {before:?} {after:?}");
    assert_eq!(before.len() + after.len(), 40, "left out: {before:?} {after:?}");
    let rows: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(rows.len(), 6, "{}", said.all());
    assert!(
        said.stderr.contains("46 hosts asked: 6 printers") && said.stderr.contains("40 silent"),
        "{}",
        said.stderr
    );
    assert!(!data.join("state/discovery.jsonl").exists());

    // Nothing is left to go on with, and a resumption of something else is refused.
    let said = agent_says(&["discover", &fleet, "--data", &home, "--resume", "--snmp-version", "2c"]);
    assert!(said.code == Some(0) && said.stderr.contains("no discovery was interrupted"), "{}", said.all());
}

#[test]
fn ctrl_c_shows_what_was_found_and_says_that_it_is_not_all() {
    let printers = VirtualPrinters::start(&["--fleet", "3", "--speaks", "2c"]);
    let silent = Silent::listen(60);
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().display().to_string();
    let (fleet, silent_ones) = (printers.target(), format!("127.9.0.1-60:{}", silent.port));
    let mut words = vec!["discover", &fleet, &silent_ones, "--data", &home, "--format", "json"];
    words.extend(["--in-flight", "6", "--timeout", "0.5", "--retries", "1", "--snmp-version", "2c"]);
    let mut running = Running::start(&mut agent(&words));
    running.wait_until("some hosts are decided", |_| (decided(folder.path()).len() >= 5).then_some(()));
    running.signal("INT");
    let said = running.end();
    let sentence = said.sentence(130);
    assert!(sentence.contains("partial") && sentence.contains("not decided; --resume goes on"), "{sentence}");
    let rows: Vec<Value> =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.all()));
    assert_eq!(rows.len(), 3, "{}", said.all());

    let other = agent_says(&["discover", &fleet, "--data", &home, "--resume", "--snmp-version", "2c"]);
    assert!(other.only_sentence(2).contains("of other targets"), "{}", other.all());
    words.push("--resume");
    let said = agent_says(&words);
    assert!(said.code == Some(0) && said.stderr.contains("63 hosts asked: 3 printers"), "{}", said.all());
}
