//! Actions on a device, by the agent's command line: what the virtual printer tells of it afterwards, not the agent, says
//! whether it happened.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use remote_services_core::hex;
use remote_services_interop::ours::{Running, Said, agent_says, program};
use remote_services_interop::process::{free_udp_port, run_ok};
use remote_services_interop::{Tool, net_snmp, require};
use remote_services_transport::document::ContentDigest;
use serde_json::{Value, json};

const SERIAL: &str = "EHQ100000";
const WRITE: &[&str] = &["--write-community", "private"];

/// A Xerox of the virtual printer, with all that it is reached by.
struct Printer {
    _running: Running,
    snmp: SocketAddr,
    lpr: SocketAddr,
    control: SocketAddr,
}

impl Printer {
    fn start(words: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", words)
    }

    fn start_at(listen: &str, words: &[&str]) -> Self {
        let mut command = program("virtual-printer");
        command.args(["--listen", listen, "--lpr", "0", "--control", "127.0.0.1:0"]);
        command.args(["--write-community", "private", "--model", "xerox"]);
        let mut running = Running::start(command.args(words));
        let said =
            running.wait_until("it runs", |stdout| stdout.contains("running; ").then(|| stdout.to_owned()));
        let control = place(&said, "control on http://");
        let all = get(control, "/printers");
        let address = |service: &str| all[0]["addresses"][service].as_str().unwrap().parse().unwrap();
        Self { _running: running, snmp: address("snmp"), lpr: address("lpr"), control }
    }

    fn look(&self) -> Value {
        get(self.control, "/printers/0")
    }

    fn boots(&self) -> u64 {
        self.look()["state"]["boots"].as_u64().unwrap()
    }

    fn put_faults(&self, faults: &Value) {
        let answer = ureq::put(format!("http://{}/printers/0/faults", self.control)).send_json(faults);
        assert_eq!(answer.unwrap().status(), 204);
    }

    /// Does an action to its end.
    fn act(&self, words: &[&str]) -> Said {
        let at = self.snmp.to_string();
        agent_says(&[&["action", words[0], &at, "--retries", "4"], &words[1..], WRITE].concat())
    }

    /// What an action that ends well says in JSON.
    fn done(&self, words: &[&str]) -> Value {
        let said = self.act(&[words, &["--format", "json"]].concat());
        assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
        serde_json::from_str(&said.stdout).unwrap()
    }
}

fn place(said: &str, service: &str) -> SocketAddr {
    said.split_once(service).unwrap().1.split([',', '\n']).next().unwrap().trim().parse().unwrap()
}

fn get(control: SocketAddr, path: &str) -> Value {
    ureq::get(format!("http://{control}{path}")).call().unwrap().into_body().read_json().unwrap()
}

/// A firmware of the virtual printer for its Xerox, and its digest.
fn firmware(folder: &Path, version: &str) -> (PathBuf, String) {
    let made = program("virtual-printer").args(["--model", "xerox", "--firmware", version]).output().unwrap();
    assert!(made.status.success());
    keep(folder, version, &made.stdout)
}

fn keep(folder: &Path, name: &str, octets: &[u8]) -> (PathBuf, String) {
    let path = folder.join(format!("{name}.vpf"));
    fs::write(&path, octets).unwrap();
    (path, hex::encode(ContentDigest::of(octets).as_bytes()))
}

fn upgrade<'a>(file: &'a Path, digest: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["upgrade", "--file", file.to_str().unwrap(), "--sha-256", digest], more].concat()
}

#[test]
fn a_restart_is_seen_in_boots_and_uptime_by_v2c_and_v3() {
    let user = ["--user", "monitor", "--auth-password", "authpass12", "--priv-password", "privpass12"];
    let printer = Printer::start(&[&["--start-takes", "3"], &user[..]].concat());
    let v3 = ["--user", "monitor", "-A", "authpass12", "-X", "privpass12", "--snmp-version", "3"];
    for (boots, version) in [(1, &["-c", "public"][..]), (2, &v3)] {
        let done = printer.done(&[&["restart", "--serial", SERIAL], version].concat());
        assert_eq!(done["text"], "the device restarted: its uptime began again");
        assert_eq!((printer.boots(), &done["serialNumber"]), (boots, &SERIAL.into()), "{done}");
        assert!(done["after"]["upTime"].as_u64() < Some(6_000), "{done}");
        assert!(done["before"]["upTime"].is_u64(), "{done}");
    }
}

#[test]
fn a_restart_that_the_device_does_not_do_is_not_told_as_one() {
    let printer = Printer::start(&[]);
    let at = printer.snmp.to_string();
    let words = ["action", "restart", &at, "--wait", "6", "--write-community", "wrong", "--timeout", "0.2"];
    let said = agent_says(&words);
    assert_eq!(said.code, Some(5), "{}", said.stderr);
    assert!(said.stderr.contains("the device answers and did not restart"), "{}", said.stderr);
    assert_eq!(printer.boots(), 0);
}

#[test]
fn without_a_community_for_writing_nothing_is_written() {
    let printer = Printer::start(&[]);
    let at = printer.snmp.to_string();
    for words in [&["action", "restart", &at][..], &["action", "set", &at, "location=x"]] {
        let said = agent_says(words);
        assert_eq!(said.code, Some(5), "{}", said.stderr);
        assert!(said.stderr.contains("--write-community"), "{}", said.stderr);
    }
    let look = printer.look();
    assert_eq!(look["state"]["boots"], 0, "{look}");
    let done = printer.done(&["set", "location=first floor"]);
    assert!(!done["text"].as_str().unwrap().contains("was \"x\""), "{done}");
}

#[test]
fn nothing_is_done_to_another_device() {
    let printer = Printer::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (file, digest) = firmware(folder.path(), "2.0");
    for words in [vec!["restart"], vec!["test-page"], vec!["set", "location=x"], upgrade(&file, &digest, &[])]
    {
        let said = printer.act(&[&words[..], &["--serial", "EHQ999999"]].concat());
        assert_eq!(said.code, Some(5), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains("nothing was done"), "{words:?}: {}", said.stderr);
    }
    let look = printer.look();
    assert_eq!((&look["state"]["boots"], &look["jobsTaken"]), (&json!(0), &json!(0)), "{look}");
}

#[test]
fn a_test_page_goes_by_either_way_and_the_page_counter_moves() {
    let printer = Printer::start(&[]);
    let port = printer.lpr.port().to_string();
    for (origin, words) in [
        ("Raw", vec!["test-page"]),
        ("Lpr", vec!["test-page", "--way", "lpr", "--port", &port, "--queue", "text"]),
    ] {
        let done = printer.done(&words);
        let (before, after) = (done["before"]["lifeCount"].as_u64(), done["after"]["lifeCount"].as_u64());
        assert_eq!(after, before.map(|before| before + 1), "{done}");
        let look = printer.look();
        let job = look["jobs"].as_array().unwrap().iter().max_by_key(|job| job["number"].as_u64()).unwrap();
        assert_eq!((&job["origin"], &job["sides"]), (&json!(origin), &json!(1)), "{look}");
    }
    assert_eq!(printer.look()["jobsTaken"], 2);
}

#[test]
fn a_setting_is_written_read_back_and_seen_by_net_snmp() {
    let printer = Printer::start(&[]);
    let done = printer.done(&["set", "location=Second floor", "operator=Ada"]);
    let text = done["text"].as_str().unwrap();
    assert!(text.contains("and is \"Second floor\"") && text.contains("operator"), "{text}");
    assert!(
        printer.done(&["set", "location=Second floor"])["text"].as_str().unwrap().contains("is so already")
    );
    for (setting, words) in [
        ("1.3.6.1.2.1.1.6.0=x", "no setting of this device is called"),
        ("location=a\u{7}b", "control characters"),
        // The printer has it and does not let it be written.
        ("assetTag=4711", "notWritable"),
    ] {
        let said = printer.act(&["set", setting]);
        assert_eq!(said.code, Some(5), "{setting}: {}", said.stderr);
        assert!(said.stderr.contains(words), "{setting}: {}", said.stderr);
    }
    if require(&[Tool::Snmp]) {
        let mut ask = net_snmp::command("snmpget");
        ask.args(["-v2c", "-c", "public", &printer.snmp.to_string(), "1.3.6.1.2.1.1.6.0"]);
        assert!(net_snmp::ask(&mut ask).1.contains("Second floor"));
    }
}

#[test]
fn an_upgrade_is_watched_and_its_version_read_back_by_either_way() {
    let printer = Printer::start(&["--start-takes", "3"]);
    let folder = tempfile::tempdir().unwrap();
    let port = printer.lpr.port().to_string();
    for (version, way) in [("119.2", &[][..]), ("119.3", &["--way", "lpr", "--port", &port])] {
        let (file, digest) = firmware(folder.path(), version);
        let more = [&["--firmware-version", version, "--model", "AltaLink C8155"], way].concat();
        let done = printer.done(&upgrade(&file, &digest, &more));
        assert_eq!((&done["after"]["firmware"], &done["code"]), (&json!(version), &json!("ok")), "{done}");
        assert_eq!(printer.look()["state"]["firmware"], version);
    }
    assert_eq!(printer.boots(), 2);
    let (file, digest) = firmware(folder.path(), "119.3");
    let again = printer.done(&upgrade(&file, &digest, &["--firmware-version", "119.3"]));
    assert_eq!(again["text"], "version 119.3 runs already; nothing was sent");
}

#[test]
fn what_must_not_be_sent_is_not_sent() {
    let printer = Printer::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (file, digest) = firmware(folder.path(), "2.0");
    let wrong = digest.chars().rev().collect::<String>();
    for (words, sentence) in [
        (upgrade(&file, &wrong, &[]), "does not have the digest that it must have; nothing was sent"),
        (upgrade(&file, &digest, &["--model", "LaserJet 9"]), "the file is for LaserJet 9"),
        (upgrade(&file, &digest, &["--model", "5"]), "the file is for 5"),
        (upgrade(&file, &digest, &["--model", "C8155"]), "the file is for C8155"),
        (upgrade(&file, &digest, &["--from", "0.1"]), "may not replace version"),
    ] {
        let said = printer.act(&words);
        assert_eq!(said.code, Some(5), "{}", said.stderr);
        assert!(said.stderr.contains(sentence), "{}", said.stderr);
    }
    assert_eq!(printer.act(&upgrade(&file, "9f86", &[])).code, Some(2));
    assert_eq!(printer.act(&upgrade(&file, &digest, &["--model", " "])).code, Some(2));
    assert_eq!(printer.look()["jobsTaken"], 0);
}

#[test]
fn half_a_firmware_is_told_as_what_the_device_makes_of_it() {
    let printer = Printer::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (whole, _) = firmware(folder.path(), "2.0");
    let octets = fs::read(whole).unwrap();
    let (half, digest) = keep(folder.path(), "half", &octets[..octets.len() / 2]);
    let said = printer.act(&upgrade(&half, &digest, &["--wait", "6"]));
    assert_eq!(said.code, Some(5), "{}", said.stderr);
    assert!(said.stderr.contains("it did not restart"), "{}", said.stderr);
    assert!(said.stderr.contains("upgrade refused"), "the console is quoted: {}", said.stderr);
    assert_eq!(printer.boots(), 0);
}

#[test]
fn a_printer_that_does_not_come_back_and_one_that_changes_nothing_are_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let (file, digest) = firmware(folder.path(), "2.0");
    let gone = Printer::start(&["--start-takes", "3600"]);
    let words = upgrade(&file, &digest, &["--wait", "6", "--timeout", "0.2"]);
    let said = gone.act(&words);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    assert!(said.stderr.contains("then the device did not come back in time"), "{}", said.stderr);

    let other = Printer::start(&["--start-takes", "3"]);
    let words = upgrade(&file, &digest, &["--firmware-version", "3.0"]);
    let said = other.act(&words);
    assert_eq!(said.code, Some(5), "{}", said.stderr);
    assert!(said.stderr.contains("the device restarted and has version 2.0 and not 3.0"), "{}", said.stderr);
}

#[test]
fn a_watch_that_is_interrupted_says_that_it_goes_on_in_the_device() {
    let printer = Printer::start(&["--start-takes", "3600"]);
    let at = printer.snmp.to_string();
    let words = ["action", "restart", &at, "--timeout", "0.2", "--write-community", "private"];
    let mut agent = Running::start(program("remote-services-agent").args(words));
    let until = std::time::Instant::now() + Duration::from_secs(120);
    while !printer.look()["state"]["doing"].as_str().unwrap().contains("Starting") {
        assert!(std::time::Instant::now() < until, "it does not restart");
        std::thread::sleep(Duration::from_millis(50));
    }
    agent.signal("INT");
    let said = agent.end();
    assert_eq!(said.code, Some(130), "{}", said.stderr);
    assert!(said.stderr.contains("what was begun goes on in the device"), "{}", said.stderr);
}

#[test]
fn a_silent_host_and_wrong_credentials_have_their_exit_codes() {
    let nobody = format!("127.0.0.1:{}", free_udp_port());
    let said = agent_says(&["action", "status", &nobody, "--timeout", "0.2", "--retries", "0"]);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    let words = ["action", "status", &nobody, "--timeout", "0.2", "--retries", "0", "--format", "json"];
    let said = agent_says(&words);
    let told: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.code, &told["code"]), (Some(3), &json!("notReachable")), "{told}");
    let printer = Printer::start(&[]);
    let said = printer.act(&["status", "--user", "nobody", "-A", "not the password", "--snmp-version", "3"]);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert_eq!(printer.done(&["status"])["code"], "ok");
    let pinged = printer.done(&["ping"]);
    assert!(pinged["text"].as_str().unwrap().starts_with("ping "), "{pinged}");
}

#[test]
fn on_a_bad_network_it_is_done_once_or_not_at_all_and_told_as_it_was() {
    let printer = Printer::start(&["--start-takes", "3"]);
    // The SET is sent once: it may be the message that is lost.
    printer.put_faults(&json!({ "dropEvery": 4, "latencyMs": 30 }));
    for _ in 0..2 {
        let before = printer.boots();
        let said = printer.act(&["restart", "--timeout", "0.5", "--wait", "15"]);
        assert!(matches!(said.code, Some(0 | 3 | 5)), "{}", said.stderr);
        let done = printer.boots() - before;
        assert!(done <= 1 && (said.code != Some(0) || done == 1), "{done}: {}", said.stderr);
    }
}

#[test]
fn the_help_of_every_action_has_its_exit_codes_or_is_under_one_that_has() {
    let help = run_ok(program("remote-services-agent").args(["action", "--help"]));
    for words in ["Examples:", "Exit codes:", "5 the device", "upgrade", "--sha-256"] {
        assert!(help.contains(words), "{words}: {help}");
    }
    let mut upgrade: Command = program("remote-services-agent");
    assert!(run_ok(upgrade.args(["action", "upgrade", "--help"])).contains("--firmware-version"));
}
