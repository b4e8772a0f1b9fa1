//! Discovery in a network of its own: the budget counted on the wire, broadcasts, pings, and no word to a print port.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use remote_services_interop::lan::{Host, Lan, Packet};
use remote_services_interop::ours::{Running, Said, agent, program};
use remote_services_interop::process::{Guard, run_ok};
use remote_services_interop::{Tool, require};
use serde_json::Value;

/// A printer that is silent to everybody who does not know its community.
fn printer(host: &Host, folder: &Path, community: &str) -> Guard {
    printer_at(host, "0.0.0.0", folder, community)
}

fn printer_at(host: &Host, address: &str, folder: &Path, community: &str) -> Guard {
    let mut command = program("virtual-printer");
    command.args(["--listen", &format!("{address}:161"), "--community", community]);
    let log = folder.join(format!("printer-{community}-{}", rand()));
    let mut guard = Guard::start(&mut host.command(&command), &log);
    guard.wait_until("the printer is there", || {
        std::fs::read_to_string(&log).ok()?.contains("running; ").then_some(())
    });
    guard
}

fn rand() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

fn discover(host: &Host, words: &[&str]) -> (Said, Vec<Value>) {
    let said = Running::start(&mut host.command(agent(&["discover", "--format", "json"]).args(words))).end();
    let rows = serde_json::from_str(&said.stdout).unwrap_or_default();
    (said, rows)
}

/// The most packets in any half-open span of this length.
fn most_within(packets: &[Packet], span: Duration) -> usize {
    let mut first = 0;
    let count = |(last, packet): (usize, &Packet)| {
        while packet.at - packets[first].at >= span {
            first += 1;
        }
        last + 1 - first
    };
    packets.iter().enumerate().map(count).max().unwrap_or(0)
}

/// The most hosts that were asked and not given up at the same time, from the first packet to each host to the last.
fn most_at_once(packets: &[Packet]) -> usize {
    let mut spans: BTreeMap<String, (Duration, Duration)> = BTreeMap::new();
    for packet in packets {
        let span = spans.entry(packet.host()).or_insert((packet.at, packet.at));
        span.1 = packet.at;
    }
    spans
        .values()
        .map(|(begin, _)| spans.values().filter(|(from, to)| from <= begin && begin <= to).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn no_second_has_more_packets_than_the_site_allows_pings_and_repetitions_and_all_subnets_included() {
    if !require(&[Tool::Ip, Tool::Tcpdump]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = lan.host("10.77.0.1/16");
    let (printers, strangers, silent) =
        (lan.host("10.77.9.1/16"), lan.host("10.77.9.2/16"), lan.host("10.77.9.3/16"));
    printers.answer_for("10.77.1.0/24");
    strangers.answer_for("10.77.2.0/24");
    silent.answer_for("10.77.3.0/24");
    silent.set("net/ipv4/icmp_echo_ignore_all", "1");
    let mut running: Vec<Guard> = (1..=10)
        .map(|last| printer_at(&printers, &format!("10.77.1.{last}"), folder.path(), "public"))
        .collect();
    running.extend([&strangers, &silent].map(|host| printer(host, folder.path(), "other")));

    let capture = site.capture(folder.path());
    let targets = ["10.77.1.1-10", "10.77.2.1-60", "10.77.3.1-60"];
    let budget = [
        "--ping",
        "--packet-rate",
        "50",
        "--in-flight",
        "12",
        "--timeout",
        "0.3",
        "--retries",
        "1",
        "--snmp-version",
        "2c",
    ];
    let (said, rows) = discover(&site, &[&targets[..], &budget[..]].concat());
    let packets = capture.packets();
    assert_eq!((said.code, rows.len()), (Some(0), 10), "{}", said.stderr);
    assert!(said.stderr.contains("130 hosts asked: 10 printers"), "{}", said.stderr);

    let sent: Vec<Packet> =
        packets.into_iter().filter(|packet| packet.from.starts_with("10.77.0.1")).collect();
    let pings = sent.iter().filter(|packet| packet.what.starts_with("ICMP echo request")).count();
    let asked = sent.iter().filter(|packet| packet.is_to_port(161)).count();
    // 60 silent hosts are pinged twice; of those who answer, 60 are asked twice in vain.
    assert_eq!((pings, asked), (10 + 60 + 120, 10 + 120));
    assert_eq!(pings + asked, sent.len());
    let most = most_within(&sent, Duration::from_secs(1));
    assert!((30..=50).contains(&most), "{most} packets in a second");
    let most = most_at_once(&sent);
    assert!((6..=12).contains(&most), "{most} hosts at once");
    // Several subnets at once: long before the first is done, the last has begun.
    let place = |subnet: &str| sent.iter().position(|packet| packet.to.starts_with(subnet)).unwrap();
    assert!(["10.77.1.", "10.77.2.", "10.77.3."].map(place).into_iter().max() < Some(10));
}

#[test]
fn who_answers_a_broadcast_is_asked_by_itself_and_nobody_else_is() {
    if !require(&[Tool::Ip, Tool::Tcpdump]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = lan.host("10.77.0.1/24");
    let hosts: Vec<Host> = (2..7).map(|last| lan.host(&format!("10.77.0.{last}/24"))).collect();
    let mut running: Vec<Guard> =
        hosts[..4].iter().map(|host| printer(host, folder.path(), "public")).collect();
    running.push(printer(&hosts[4], folder.path(), "other"));

    let capture = site.capture(folder.path());
    let words =
        ["--broadcast", "10.77.0.0/24", "--listen", "2", "--exclude", "10.77.0.5", "--snmp-version", "2c"];
    let (said, rows) = discover(&site, &words);
    let packets = capture.packets();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let found: Vec<&str> = rows.iter().filter_map(|row| row["Address"].as_str()).collect();
    assert_eq!(found, ["10.77.0.2:161", "10.77.0.3:161", "10.77.0.4:161"]);
    assert!(
        rows.iter().all(|row| row["FoundBy"][0] == "broadcast" && row["Outcome"] == "printer"),
        "{rows:?}"
    );
    let asked: Vec<&Packet> = packets.iter().filter(|packet| packet.is_to_port(161)).collect();
    let (to_all, to_one): (Vec<_>, Vec<_>) =
        asked.iter().copied().partition(|packet| packet.host() == "10.77.0.255");
    assert_eq!((to_all.len(), to_one.len()), (1, 3), "{asked:?}");
}

#[test]
fn where_pings_are_not_allowed_it_says_so_and_asks_by_snmp() {
    let Some(mut lan) = Lan::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = lan.host("10.77.0.1/24");
    let printing = lan.host("10.77.0.2/24");
    printing.set("net/ipv4/icmp_echo_ignore_all", "1");
    let _running = printer(&printing, folder.path(), "public");
    let words = ["discover", "10.77.0.2", "--ping", "--format", "json"];

    // Pings go unanswered: with --ping it is silent, unless silent hosts are asked all the same.
    let patience = ["--timeout", "0.2"];
    let (said, _) = discover(&site, &[&["10.77.0.2", "--ping"], &patience[..]].concat());
    assert_eq!(said.code, Some(3), "{}", said.all());
    let (said, rows) = discover(&site, &[&["10.77.0.2", "--ping", "--ask-silent"], &patience[..]].concat());
    assert_eq!((said.code, rows.len()), (Some(0), 1), "{}", said.all());

    // A user whom the system lets open no ICMP socket of either kind.
    let nobody = |range: &str| {
        site.set("net/ipv4/ping_group_range", range);
        let setpriv = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all",
            "--inh-caps=-all",
        ];
        let program = agent(&words);
        let mut command = site.program(setpriv[0]);
        command.args(&setpriv[1..]).arg(program.get_program()).args(program.get_args()).args(patience);
        Running::start(&mut command).end()
    };
    let said = nobody("1 0");
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert!(
        said.stderr.contains("asked by SNMP without a ping first: this system does not let us ping ("),
        "{}",
        said.stderr
    );
    // With the sockets that Linux has for everybody's pings it does ping.
    let said = nobody("0 65535");
    assert_eq!(said.code, Some(3), "{}", said.all());
}

/// Counts connections to the print ports, and says on which.
const PRINT_PORTS: &str = "
import select, socket, sys
sockets = {}
for port in (9100, 515, 631):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('0.0.0.0', port)); s.listen(64); sockets[s] = port
print('ready', flush=True)
while True:
    for s in select.select(list(sockets), [], [])[0]:
        s.accept()[0].close(); print('connection', sockets[s], flush=True)
";

#[test]
fn nothing_goes_to_a_print_port() {
    if !require(&[Tool::Ip, Tool::Tcpdump, Tool::Python]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (site, printing) = (lan.host("10.77.0.1/24"), lan.host("10.77.0.2/24"));
    let _running = printer(&printing, folder.path(), "public");
    let log = folder.path().join("ports");
    let mut listeners = Guard::start(printing.program(Tool::Python.path()).args(["-c", PRINT_PORTS]), &log);
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    listeners.wait_until("the ports are open", || said().contains("ready").then_some(()));

    let capture = site.capture(folder.path());
    let (found, rows) = discover(
        &site,
        &[
            "10.77.0.0/28",
            "--broadcast",
            "10.77.0.0/24",
            "--listen",
            "1",
            "--ping",
            "--ask-silent",
            "--timeout",
            "0.1",
            "--all",
        ],
    );
    let collected = Running::start(&mut site.command(&agent(&["collect", "10.77.0.2"]))).end();
    let packets = capture.packets();
    assert_eq!((found.code, collected.code, rows.len()), (Some(0), Some(0), 1), "{}", found.all());
    let ports: BTreeSet<u16> = [9100, 515, 631]
        .into_iter()
        .filter(|port| packets.iter().any(|packet| packet.is_to_port(*port)))
        .collect();
    assert_eq!((ports, said().as_str()), (BTreeSet::new(), "ready\n"));

    // The listeners do count: somebody who connects is seen.
    run_ok(
        site.program(Tool::Python.path())
            .args(["-c", "import socket; socket.create_connection(('10.77.0.2', 9100))"]),
    );
    listeners.wait_until("a connection is counted", || said().contains("connection 9100").then_some(()));
}
