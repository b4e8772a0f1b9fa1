//! Walks of ours beside net-snmp's own, line by line as its commands print them.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use remote_services_collect::record::{Mode, Recording, parse};
use remote_services_interop::manager::{Patience, askers, user};
use remote_services_interop::snmpsim::{self, Snmpsim};
use remote_services_interop::{Tool, net_snmp, require, shared, snmpd};
use remote_services_snmp::Oid;
use remote_services_snmp::crypto::AuthProtocol::{HmacSha1, HmacSha256};
use remote_services_snmp::engine::{Credentials, Operation};

/// How both sides ask: net-snmp's command with its words, and our credentials.
struct Way {
    command: &'static str,
    words: Vec<String>,
    credentials: Arc<Credentials>,
}

impl Way {
    fn community(command: &'static str, version: &str, name: &str) -> Self {
        let credentials = if version == "-v1" { Credentials::v1(name) } else { Credentials::v2c(name) };
        let words = [version, "-c", name].map(str::to_owned).to_vec();
        Self { command, words, credentials: Arc::new(credentials) }
    }
}

/// Walks `root` by every way and driver and compares the lines. `constant` says which lines do not change meanwhile.
fn alike(agent: SocketAddr, root: &str, ways: &[Way], constant: impl Fn(&str) -> bool) -> usize {
    let below: Oid = root.parse().unwrap();
    let mut least = usize::MAX;
    for way in ways {
        let mut command = net_snmp::command(way.command);
        command.args(["-Ox", "-t", "20"]).args(&way.words).arg(agent.to_string()).arg(root);
        let (walked, text) = net_snmp::ask(&mut command);
        let how = format!("{} {:?} {root}", way.command, way.words);
        assert!(walked, "{how}: {text}");
        let theirs: Vec<String> = net_snmp::lines(&text).into_iter().filter(|line| constant(line)).collect();
        for (driver, mut asker) in askers(Patience::Much) {
            let walk = Operation::Walk(below.clone());
            let read =
                asker.ask(agent, &way.credentials, walk).unwrap_or_else(|error| panic!("{how}: {error}"));
            let ours = read.iter().map(net_snmp::line).filter(|line| constant(line));
            for (at, (ours, theirs)) in ours.clone().zip(&theirs).enumerate() {
                assert_eq!(&ours, theirs, "{how}, {driver}: line {at}");
            }
            assert_eq!(ours.count(), theirs.len(), "{how}, {driver}");
        }
        least = least.min(theirs.len());
    }
    least
}

#[test]
fn snmpd_is_walked_to_the_letter_as_by_snmpbulkwalk_in_every_version() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = snmpd::Snmpd::start();
    let (auth, privacy) = (snmpd::AUTH_PASSWORD, snmpd::PRIVACY_PASSWORD);
    let v3 = net_snmp::V3 { user: "sha256aes", auth: ("SHA-256", auth), privacy: ("AES", privacy) };
    let ways = [
        Way::community("snmpwalk", "-v1", "public"),
        Way::community("snmpbulkwalk", "-v2c", "public"),
        Way {
            command: "snmpbulkwalk",
            words: v3.words(),
            credentials: Arc::new(user("sha256aes", HmacSha256, auth, Some(privacy), "")),
        },
    ];
    // Texts, identifiers, ticks, and tables whose indices are texts.
    for (root, lines) in [("1.3.6.1.2.1.1", 30), ("1.3.6.1.2.1.2.2.1.2", 1), ("1.3.6.1.2.1.88", 80)] {
        let least = alike(snmpd.address, root, &ways, |line| !line.starts_with(".1.3.6.1.2.1.1.3.0 "));
        assert!(least >= lines, "{root}: {least} lines");
    }
}

#[test]
fn recorded_printers_are_walked_to_the_letter_as_by_snmpbulkwalk_in_every_version() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let Some(folder) = shared("data/printers") else { return };
    let mut recordings: Vec<(String, Recording)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "snmprec"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let recording = parse(&fs::read(&path).unwrap(), Mode::Lenient).unwrap();
            (name, recording)
        })
        .collect();
    recordings.sort_by_key(|(_, recording)| recording.values.len());
    // The three smallest that are whole: snmpsim takes its time.
    recordings.retain(|(_, recording)| recording.values.len() > 300);
    recordings.truncate(3);
    assert_eq!(recordings.len(), 3);
    let named: Vec<_> = recordings.iter().map(|(name, recording)| (name.as_str(), recording)).collect();
    let snmpsim = Snmpsim::serve(&named);
    let (auth, privacy) = (snmpsim::AUTH_PASSWORD, snmpsim::PRIVACY_PASSWORD);
    for (name, recording) in &recordings {
        let v3 = net_snmp::V3 { user: snmpsim::USER, auth: ("SHA", auth), privacy: ("AES", privacy) };
        let ways = [
            Way::community("snmpwalk", "-v1", name),
            Way::community("snmpbulkwalk", "-v2c", name),
            Way {
                command: "snmpbulkwalk",
                words: [v3.words(), vec!["-n".to_owned(), name.clone()]].concat(),
                credentials: Arc::new(user(snmpsim::USER, HmacSha1, auth, Some(privacy), name)),
            },
        ];
        let least = alike(snmpsim.address, "1.3.6.1", &ways, |_| true);
        assert!(least > 100 && least <= recording.values.len(), "{name}: {least} lines");
    }
}
