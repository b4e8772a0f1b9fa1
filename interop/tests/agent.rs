//! The agent's command line on agents that others wrote, and what it says when it cannot do what it is asked.
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::thread;

use remote_services_collect::record::{Mode, parse, write};
use remote_services_interop::net_snmp;
use remote_services_interop::ours::{is_about_the_command_line, program};
use remote_services_interop::process::{Guard, free_udp_port, run, run_ok};
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpd};
use remote_services_interop::snmpsim::{self, Snmpsim};
use remote_services_interop::{Tool, require};
use serde_json::Value;

/// A printer that was written for these tests: low on yellow, with a jam and a serial number.
const PRINTER: &[u8] = b"\
1.3.6.1.2.1.1.1.0|4|Example Laser 9, firmware 1.2
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
1.3.6.1.2.1.1.3.0|67|8640000
1.3.6.1.2.1.1.5.0|4|laser-9
1.3.6.1.2.1.1.6.0|4|Second floor
1.3.6.1.2.1.2.2.1.6.1|4x|02aabbccddee
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|Example Laser 9
1.3.6.1.2.1.25.3.2.1.5.1|2|5
1.3.6.1.2.1.25.3.5.1.1.1|2|1
1.3.6.1.2.1.25.3.5.1.2.1|4x|04
1.3.6.1.2.1.43.5.1.1.17.1|4|EX-0009
1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
1.3.6.1.2.1.43.10.2.1.4.1.1|65|4711
1.3.6.1.2.1.43.11.1.1.2.1.1|2|1
1.3.6.1.2.1.43.11.1.1.3.1.1|2|1
1.3.6.1.2.1.43.11.1.1.4.1.1|2|3
1.3.6.1.2.1.43.11.1.1.5.1.1|2|3
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Yellow Toner
1.3.6.1.2.1.43.11.1.1.7.1.1|2|7
1.3.6.1.2.1.43.11.1.1.8.1.1|2|5000
1.3.6.1.2.1.43.11.1.1.9.1.1|2|250
1.3.6.1.2.1.43.18.1.1.2.1.1|2|3
1.3.6.1.2.1.43.18.1.1.4.1.1|2|13
1.3.6.1.2.1.43.18.1.1.5.1.1|2|1
1.3.6.1.2.1.43.18.1.1.7.1.1|2|8
1.3.6.1.2.1.43.18.1.1.8.1.1|4|Paper jam
";

fn agent(words: &[&str]) -> Command {
    let mut agent = program("remote-services-agent");
    agent.args(words);
    agent
}

/// Credentials for a user of [`Snmpd`] or [`Snmpsim`].
fn user<'a>(name: &'a str, auth: &'a str) -> Vec<&'a str> {
    vec!["-u", name, "-a", auth, "-A", AUTH_PASSWORD, "-X", PRIVACY_PASSWORD]
}

fn collect(address: SocketAddr, words: &[&str]) -> Value {
    let text =
        run_ok(agent(&["collect", "--retries", "4", "--format", "json", &address.to_string()]).args(words));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn collect_and_discover_work_on_snmpd_by_every_version() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    let address = snmpd.address.to_string();
    let versions = [
        vec!["--snmp-version", "1", "-c", "public"],
        vec!["--snmp-version", "2c", "-c", "public"],
        user("sha1aes", "sha"),
        user("sha256aes", "sha256"),
    ];
    for version in versions {
        let report = collect(snmpd.address, &version);
        assert_eq!(report["Identity"]["Contact"], "operator@example.com", "{version:?}");
        assert_eq!(report["Identity"]["SystemObjectId"], "1.3.6.1.4.1.8072.3.2.10", "{version:?}");
        let found = run_ok(agent(&["discover", "--all", "--format", "json", &address]).args(&version));
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found[0]["Outcome"], "notPrinter", "{version:?}: {found}");
    }
}

#[test]
fn a_printer_that_snmpsim_plays_is_found_in_a_range_and_read_by_v2c_and_v3() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let recording = parse(PRINTER, Mode::Strict).unwrap();
    let snmpsim = Snmpsim::serve(&[("public", &recording)]);
    let v3 = [user(snmpsim::USER, "sha"), vec!["-n", "public"]].concat();
    for credentials in [vec!["-c", "public"], v3] {
        let report = collect(snmpsim.address, &credentials);
        let identity = &report["Identity"];
        assert_eq!(identity["SerialNumber"], "EX-0009", "{credentials:?}");
        assert_eq!(identity["MakeAndModel"], "Example Laser 9", "{credentials:?}");
        assert_eq!(identity["Location"], "Second floor", "{credentials:?}");
        assert_eq!(
            report["Counters"]["LifeCount"][0]["value"], 4711,
            "{credentials:?}: {}",
            report["Counters"]
        );
        let supply = &report["Supplies"]["Supply"][0];
        assert_eq!((&supply["Level"], &supply["MaxCapacity"]), (&250.into(), &5000.into()), "{supply}");
        assert_eq!(supply["RemainingPercent"], 5.0, "{supply}");
        assert_eq!(report["Status"]["Alert"][0]["Code"], "jam", "{}", report["Status"]);

        let port = snmpsim.address.port();
        let range = format!("127.0.0.1:{}-{}", port - 1, port.saturating_add(1));
        let found = run_ok(agent(&["discover", "--format", "json", &range]).args(&credentials));
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
        assert_eq!(found[0]["SerialNumber"], "EX-0009", "{found}");
    }
}

#[test]
fn virtual_printer_serves_a_recording_as_snmpsim_does() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let recording = parse(PRINTER, Mode::Strict).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("printer.snmprec");
    std::fs::write(&file, write(&recording.values)).unwrap();
    let mut printer = program("virtual-printer");
    printer.args(["--listen", "127.0.0.1:0", "--recording"]).arg(&file);
    let mut guard = Guard::start(&mut printer, &folder.path().join("log"));
    let log = folder.path().join("log");
    let address: SocketAddr = guard.wait_until("its address", || {
        let log = std::fs::read_to_string(&log).ok()?;
        log.split_once("SNMP on ")?.1.split([',', '\n']).next()?.trim().parse().ok()
    });
    let mut walk = net_snmp::command("snmpbulkwalk");
    let (walked, text) =
        net_snmp::ask(walk.args(["-v2c", "-c", "public", &address.to_string(), "1.3.6.1.2.1"]));
    assert!(walked, "{text}");
    let objects = text.lines().filter(|line| !line.contains("No more variables")).count();
    assert_eq!(objects, recording.values.len(), "{text}");
    assert!(text.contains("\"EX-0009\""), "{text}");
    assert_eq!(collect(address, &["-c", "public"])["Identity"]["SerialNumber"], "EX-0009");
}

/// Exit code, and that there is one sentence on standard error and nothing on standard output.
fn failure(words: &[&str]) -> (Option<i32>, String) {
    let output = run(&mut agent(words));
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(printed.is_empty(), "{words:?}: {printed}");
    let said: Vec<&str> = said.lines().filter(|line| !is_about_the_command_line(line)).collect();
    let said = said.join("\n");
    assert_eq!(said.lines().count(), 1, "{words:?}: {said}");
    assert!(!said.contains("panicked"), "{words:?}: {said}");
    (output.status.code(), said)
}

#[test]
fn each_bad_credential_and_host_gives_one_sentence_and_its_exit_code() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    let nonsense = UdpSocket::bind("127.0.0.1:0").unwrap();
    let talker = nonsense.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((_, from)) = nonsense.recv_from(&mut buffer) {
            let _ = nonsense.send_to(b"HTTP/1.1 400 Bad Request\r\n\r\n", from);
        }
    });
    let dead = format!("127.0.0.1:{}", free_udp_port());
    let snmpd = snmpd.address.to_string();
    let v3 = |name, auth, privacy| vec!["-u", name, "-A", auth, "-X", privacy];
    let cases = [
        (&snmpd, vec!["-c", "wrong"], 3, "community"),
        (&snmpd, v3("sha256aes", "not the password", PRIVACY_PASSWORD), 4, "authentication password"),
        (&snmpd, v3("sha256aes", AUTH_PASSWORD, "not the password"), 4, "privacy password"),
        (&snmpd, v3("nobody", AUTH_PASSWORD, PRIVACY_PASSWORD), 4, "user"),
        (&dead, vec!["-c", "public"], 3, "does not answer"),
        (&talker, vec!["-c", "public"], 1, "not with SNMP"),
    ];
    let mut wrong = Vec::new();
    for (target, credentials, code, word) in cases {
        let (found, said) =
            failure(&[&["collect", "--retries", "1", target.as_str()], &credentials[..]].concat());
        if found != Some(code) || !said.contains(word) {
            wrong.push(format!("{credentials:?}: {found:?} {said}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_program_gets_its_document_also_when_nobody_is_in_it() {
    let nobody = format!("127.0.0.1:{}", free_udp_port());
    let two = format!("127.0.0.1-2:{}", free_udp_port());
    let quick = ["--timeout", "0.2", "--retries", "0"];
    for (words, document) in [
        (["discover", &nobody, "--format", "json"], "[]"),
        (["discover", &nobody, "--format", "xml"], "<Hosts>"),
        (["collect", &two, "--format", "json"], "[]"),
    ] {
        let said = run(agent(&words).args(quick));
        let document = document.as_bytes();
        assert_eq!(said.status.code(), Some(3), "{words:?}: {said:?}");
        assert!(said.stdout.windows(document.len()).any(|part| part == document), "{words:?}: {said:?}");
    }
}
