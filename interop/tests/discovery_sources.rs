//! Hosts that others know of: a name server's zones, a print server's queues, services announced by multicast DNS.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use remote_services_interop::lan::Lan;
use remote_services_interop::ours::{Running, Said, agent, agent_says, program};
use remote_services_interop::process::{Guard, free_tcp_port, free_udp_port};
use remote_services_interop::sources::{add_queue, announce, name_server, print_server};
use remote_services_interop::{Tool, require};
use serde_json::Value;

/// A printer on an address of loopback; all of one test share a port.
fn printer(ip: &str, port: u16, folder: &Path) -> Guard {
    let log = folder.join(format!("printer-{ip}"));
    let mut command = program("virtual-printer");
    let mut guard = Guard::start(command.args(["--listen", &format!("{ip}:{port}")]), &log);
    guard.wait_until("the printer is there", || {
        fs::read_to_string(&log).ok()?.contains("running; ").then_some(())
    });
    guard
}

fn rows(said: &Said) -> Vec<Value> {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.all()))
}

fn addresses(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["Address"].as_str()).collect()
}

#[test]
fn the_hosts_of_a_zone_and_those_with_a_name_are_asked() {
    if !require(&[Tool::Nsd]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_nsd, server) = name_server(folder.path());
    let port = free_udp_port();
    let _printers = ["127.78.0.2", "127.78.0.3", "127.78.0.4"].map(|ip| printer(ip, port, folder.path()));
    let server = server.to_string();
    let (port_text, reverse) = (port.to_string(), format!("127.78.0.1-8:{port}"));
    let common =
        ["discover", "--dns-server", &server, "--port", &port_text, "--format", "json", "--timeout", "0.2"];
    let with = |words: &[&str]| agent_says(&[&common[..], words].concat());
    let both = [format!("127.78.0.2:{port}"), format!("127.78.0.3:{port}")];

    // All addresses of the zone, be they printers or not.
    let said = with(&["--zone", "printers.test"]);
    let found = rows(&said);
    assert_eq!(addresses(&found), both, "{}", said.all());
    assert_eq!(found[0]["DnsName"], serde_json::json!(["laser.printers.test"]), "{found:?}");
    assert_eq!(found[0]["FoundBy"], serde_json::json!(["dns"]));
    assert!(said.stderr.contains("4 hosts asked: 2 printers"), "{}", said.stderr);
    // A reverse zone, and the names of a range one by one: the printer without a name is not asked.
    for words in [["--zone", "0.78.127.in-addr.arpa"], ["--reverse", &reverse]] {
        let said = with(&words);
        assert_eq!(addresses(&rows(&said)), both, "{}", said.all());
        assert!(said.stderr.contains("2 hosts asked"), "{}", said.stderr);
    }
    // Exclusions hold for what a zone has.
    let said = with(&["--zone", "printers.test", "--exclude", "127.78.0.3"]);
    assert_eq!(addresses(&rows(&said)), both[..1], "{}", said.all());

    let said = with(&["--zone", "closed.test"]);
    assert!(
        said.code == Some(3) && said.stderr.contains("gives no transfer of the zone (Refused)"),
        "{}",
        said.all()
    );
    let dead = SocketAddr::from(([127, 0, 0, 1], free_udp_port())).to_string();
    let said = agent_says(&["discover", "--dns-server", &dead, "--zone", "printers.test"]);
    assert!(said.code == Some(3) && said.stderr.contains("the zone printers.test from "), "{}", said.all());
}

#[test]
fn the_printers_behind_the_queues_of_a_real_cups_are_asked() {
    if !require(&[Tool::Cupsd, Tool::Lpadmin]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_cups, server) = print_server(folder.path());
    let said = agent_says(&["discover", "--print-server", &server]);
    assert!(said.code == Some(3) && said.stderr.contains("no source has found a host"), "{}", said.all());

    let queue = |name: &str, uri: &str| add_queue(&server, name, uri);
    queue("office", "socket://127.79.0.2:9100");
    queue("office-duplex", "lpd://127.79.0.2/duplex");
    queue("lobby", "ipp://127.79.0.3:631/ipp/print");
    queue("nobody", "socket://127.79.0.9");
    queue("desk", "usb://Example/Laser?serial=1");
    let port = free_udp_port();
    let _printers = ["127.79.0.2", "127.79.0.3"].map(|ip| printer(ip, port, folder.path()));
    let port_text = port.to_string();
    let words = [
        "discover",
        "--print-server",
        &server,
        "--port",
        &port_text,
        "--format",
        "json",
        "--timeout",
        "0.2",
        "--all",
    ];
    let said = agent_says(&words);
    let found = rows(&said);
    assert_eq!(addresses(&found), [2, 3, 9].map(|last| format!("127.79.0.{last}:{port}")), "{}", said.all());
    assert_eq!(found[0]["QueueName"], serde_json::json!(["office", "office-duplex"]), "{found:?}");
    assert_eq!(
        (&found[1]["QueueName"][0], &found[1]["PrintServer"][0]),
        (&"lobby".into(), &server.as_str().into())
    );
    assert_eq!(
        found.iter().map(|row| row["Outcome"].as_str().unwrap()).collect::<Vec<_>>(),
        ["printer", "printer", "noAnswer"]
    );
    assert!(said.stderr.contains("queue desk of ") && said.stderr.contains("(usb)"), "{}", said.stderr);

    // Whoever is no print server is told of, and the other targets are asked.
    let dead = format!("127.0.0.1:{}", free_tcp_port());
    let target = format!("127.79.0.2:{port}");
    let said = agent_says(&["discover", "--print-server", &dead, &target, "--format", "json"]);
    assert_eq!(addresses(&rows(&said)), [target.as_str()], "{}", said.all());
    assert!(said.stderr.contains(&format!("the print server {dead}: ")), "{}", said.stderr);
}

#[test]
fn printers_that_avahi_announces_are_asked() {
    if !require(&[Tool::Avahi, Tool::Ip]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (site, printing) = (lan.host("10.77.0.1/24"), lan.host("10.77.0.2/24"));
    let services = [
        ("Laser 9. (lobby)", "_ipp._tcp", 631),
        ("Laser 9. (lobby)", "_pdl-datastream._tcp", 9100),
        ("A server", "_ssh._tcp", 22),
    ];
    let mut avahi = announce(&printing, folder.path(), &services);
    let log = folder.path().join("printer");
    let mut running = Guard::start(
        &mut printing.command(program("virtual-printer").args(["--listen", "0.0.0.0:161"])),
        &log,
    );
    running.wait_until("the printer is there", || {
        fs::read_to_string(&log).ok()?.contains("running; ").then_some(())
    });

    let said = Running::start(
        &mut site.command(&agent(&["discover", "--dns-sd", "--listen", "2", "--format", "json"])),
    )
    .end();
    let found = rows(&said);
    assert_eq!(addresses(&found), ["10.77.0.2:161"], "{}", said.all());
    assert_eq!(found[0]["FoundBy"], serde_json::json!(["dnsSd"]));
    assert_eq!(found[0]["ServiceInstance"], serde_json::json!(["Laser 9. (lobby)"]));

    // Nobody announces a printer.
    avahi.kill();
    let said = Running::start(&mut site.command(&agent(&["discover", "--dns-sd", "--listen", "1"]))).end();
    assert!(said.code == Some(3) && said.stderr.contains("no source has found a host"), "{}", said.all());
}
