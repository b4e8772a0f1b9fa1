//! `run` takes the same scope as `discover`: networks with credentials of their own, exclusions, sources; and follows a
//! device to another address.
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, Said, SiteServer, agent, agent_says, program};
use remote_services_interop::process::{Guard, free_udp_port};
use serde_json::Value;

/// A printer on an address of loopback.
fn printer(place: &str, community: &str, serial: &str, folder: &Path) -> Guard {
    let log = folder.join(format!("printer-{}", place.replace(':', "-")));
    let recording = folder.join(format!("{serial}.snmprec"));
    let lines = [
        "1.3.6.1.2.1.1.1.0|4|Laser",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1347.41",
        "1.3.6.1.2.1.1.3.0|67|4711",
        "1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5",
        "1.3.6.1.2.1.25.3.2.1.3.1|4|ECOSYS P2040dw",
        "1.3.6.1.2.1.43.5.1.1.1.1|65|0",
        &format!("1.3.6.1.2.1.43.5.1.1.17.1|4|{serial}"),
    ];
    fs::write(&recording, lines.join("\n") + "\n").expect("the test's own folder");
    let mut command = program("virtual-printer");
    command.args(["--listen", place, "--community", community, "--recording"]).arg(&recording);
    let mut guard = Guard::start(&mut command, &log);
    guard.wait_until("the printer is there", || {
        fs::read_to_string(&log).ok()?.contains("running; ").then_some(())
    });
    guard
}

fn run(data: &Path, words: &[&str]) -> Said {
    let data = data.display().to_string();
    agent_says(&[&["run", "--once", "--timeout", "0.5", "--data", &data], words].concat())
}

/// What the agent remembers: address of each device by its key.
fn devices(data: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(data.join("state/devices.json")).expect("the agent has a memory");
    let memory: Value = serde_json::from_str(&text).expect("it is JSON");
    let devices = memory["devices"].as_object().expect("devices").values();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut devices: Vec<_> =
        devices.map(|device| (text(&device["address"]), text(&device["key"]))).collect();
    devices.sort();
    devices
}

#[test]
fn run_reads_networks_with_their_own_credentials_but_for_what_is_excluded() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    server.register(&data);
    let port = free_udp_port();
    let place = |last: u8| format!("127.79.0.{last}:{port}");
    let _printers = [
        printer(&place(2), "public", "AAA111", folder.path()),
        printer(&place(3), "public", "BBB222", folder.path()),
        printer(&place(4), "lab", "CCC333", folder.path()),
    ];
    let networks = folder.path().join("networks.toml");
    let table = format!(
        "[[network]]\nname = \"lab\"\ntargets = [\"127.79.0.4-5:{port}\"]\nlowest-version = \"2c\"\n\
         [[network.credentials]]\ncommunities = [\"lab\"]\n"
    );
    fs::write(&networks, table).unwrap();
    let networks = networks.display().to_string();
    let said = run(
        &data,
        &[&format!("127.79.0.2-3:{port}"), "--exclude", &place(3), "--networks", &networks, "-c", "public"],
    );
    assert_eq!(said.code, Some(0), "{}", said.all());
    let addresses: Vec<String> = devices(&data).into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, [place(2), place(4)]);

    // Nothing below the lowest version is sent, so a policy without credentials is a mistake told at once.
    let said = run(&data, &[&place(2), "--lowest-version", "3"]);
    assert_eq!(said.code, Some(2), "{}", said.all());
    let list = folder.path().join("addresses.txt");
    fs::write(&list, format!("# second floor\n{}\n", place(3))).unwrap();
    let said = run(&data, &["--file", &list.display().to_string(), "-c", "public"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert_eq!(devices(&data).len(), 3);
}

#[test]
fn a_device_that_has_moved_is_the_same_device_at_its_new_address() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    server.register(&data);
    let port = free_udp_port();
    let range = format!("127.79.1.2-4:{port}");
    let place = |last: u8| format!("127.79.1.{last}:{port}");
    let printers = [
        printer(&place(2), "public", "MOVES01", folder.path()),
        printer(&place(3), "public", "STAYS02", folder.path()),
    ];
    assert_eq!(run(&data, &[&range]).code, Some(0));
    let before = devices(&data);
    let [moves, _stays] = printers;
    drop(moves);
    let _moved = printer(&place(4), "public", "MOVES01", folder.path());
    assert_eq!(run(&data, &[&range]).code, Some(0));
    let after = devices(&data);
    let keys = |devices: &[(String, String)]| {
        let mut keys: Vec<String> = devices.iter().map(|(_, key)| key.clone()).collect();
        keys.sort();
        keys
    };
    assert_eq!((before.len(), keys(&before)), (2, keys(&after)));
    assert_eq!(after.iter().map(|(address, _)| address.clone()).collect::<Vec<_>>(), [place(3), place(4)]);
}

#[test]
fn between_discoveries_only_what_moves_is_read_and_a_device_that_moved_is_searched_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = folder.path().join("agent");
    server.register(&data);
    let port = free_udp_port();
    let (range, place) = (format!("127.79.2.2-4:{port}"), |last: u8| format!("127.79.2.{last}:{port}"));
    let moves = printer(&place(2), "public", "MOVES01", folder.path());
    let _stays = printer(&place(3), "public", "STAYS02", folder.path());
    let path = data.display().to_string();
    let words =
        ["run", "--data", &path, "--timeout", "0.3", "--every", "1", "--discover-every", "3600", &range];
    let running = Running::start(&mut agent(&words));
    let told = |sentence: &str| {
        let until = Instant::now() + Duration::from_secs(60);
        while !running.stderr().contains(sentence) {
            assert!(Instant::now() < until, "{sentence}: {}", running.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    told("2 devices read, 2 of them as a whole");
    told("2 devices read, 0 of them as a whole");
    assert!(!running.stderr().contains("searching"));
    drop(moves);
    let _moved = printer(&place(4), "public", "MOVES01", folder.path());
    told("a device is not where it was: searching");
    told("2 devices read, 1 of them as a whole");
    let addresses: Vec<String> = devices(&data).into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, [place(3), place(4)]);
}

#[test]
fn collect_reads_many_and_says_all_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_udp_port();
    let place = |last: u8| format!("127.79.3.{last}:{port}");
    let _printers = ["ONE001", "TWO002", "NOT003"]
        .iter()
        .zip(2..)
        .map(|(serial, last)| printer(&place(last), "public", serial, folder.path()))
        .collect::<Vec<_>>();
    let range = format!("127.79.3.2-6:{port}");
    let said =
        agent_says(&["collect", &range, "--exclude", &place(4), "--timeout", "0.3", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    let reports: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    let mut serials: Vec<&str> = reports.iter().filter_map(|report| serial_of(report)).collect();
    serials.sort_unstable();
    assert_eq!(serials, ["ONE001", "TWO002"]);
    assert!(said.stderr.contains("2 of 2 printers read"), "{}", said.stderr);

    let said = agent_says(&["collect", &place(2), &place(3), "--timeout", "0.3"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    for part in [&place(2), "ONE001", &place(3), "TWO002"] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert_eq!(agent_says(&["collect", &place(2), &place(3), "--format", "xml"]).code, Some(2));
    assert_eq!(agent_says(&["collect", &format!("127.79.3.5-6:{port}"), "--timeout", "0.1"]).code, Some(3));
}

/// SerialNumber, wherever in a report it stands.
fn serial_of(report: &Value) -> Option<&str> {
    match report {
        Value::Object(members) => members.iter().find_map(|(name, value)| match value.as_str() {
            Some(serial) if name == "SerialNumber" => Some(serial),
            _ => serial_of(value),
        }),
        _ => None,
    }
}
