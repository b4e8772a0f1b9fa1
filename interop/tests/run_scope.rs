//! `run` takes the same scope as `discover`: networks with credentials of their own, exclusions, sources; and follows a
//! device to another address.
use std::fs;
use std::path::Path;

use remote_services_interop::ours::{Said, SiteServer, agent_says, program};
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
