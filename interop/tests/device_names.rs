//! The names of devices in the DNS: asked for while the devices are read, and never waited for long.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_interop::lan::Lan;
use remote_services_interop::ours::{Said, agent_says, program};
use remote_services_interop::pki::Authority;
use remote_services_interop::process::{Guard, free_udp_port, run};
use remote_services_interop::sources::name_server;
use remote_services_interop::unbound::Unbound;
use remote_services_interop::{Tool, require};
use serde_json::Value;

fn printer(address: &str, folder: &Path) -> Guard {
    start(program("virtual-printer").args(["--listen", address]), &folder.join(format!("printer-{address}")))
}

fn start(printer: &mut Command, log: &Path) -> Guard {
    let mut guard = Guard::start(printer, log);
    guard.wait_until("the printer is there", || {
        fs::read_to_string(log).ok()?.contains("running; ").then_some(())
    });
    guard
}

/// The documents about the network of each device that was read, by its address.
fn networks(said: &Said) -> Vec<Value> {
    let reports: Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.all()));
    let reports = reports.as_array().cloned().unwrap_or_else(|| vec![reports]);
    let mut networks: Vec<Value> = reports.into_iter().map(|report| report["Network"].clone()).collect();
    networks.sort_by_key(|network| network["LastKnownAddress"].to_string());
    networks
}

fn why_nameless(network: &Value) -> Option<&str> {
    let withheld = network["Header"]["Withheld"].as_array()?;
    withheld.iter().find(|it| it["element"] == "DnsName")?["reason"].as_str()
}

#[test]
fn a_name_is_reported_when_a_real_name_server_leads_back_from_it_to_the_device() {
    if !require(&[Tool::Nsd]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_nsd, server) = name_server(folder.path());
    let port = free_udp_port();
    // One has a name, one the name of another, and one none.
    let at = ["127.78.0.2", "127.78.1.2", "127.78.1.3"].map(|ip| format!("{ip}:{port}"));
    let _printers = at.each_ref().map(|address| printer(address, folder.path()));
    let asking = format!("--dns-names={server}");
    let collect = |words: &[&str]| {
        agent_says(&[&["collect", &at[0], &at[1], &at[2], "--format", "json"], words].concat())
    };

    let said = collect(&[&asking]);
    let found = networks(&said);
    let names: Vec<&Value> = found.iter().map(|network| &network["DnsName"]).collect();
    assert_eq!(names[0], &serde_json::json!(["laser.printers.test"]), "{}", said.all());
    assert!(found[0].to_string().contains("rule:dns") && why_nameless(&found[0]).is_none(), "{}", found[0]);
    for nameless in &found[1..] {
        assert_eq!(why_nameless(nameless), Some("notSupported"), "{nameless}");
    }
    // One device alone, and what its agent's settings say.
    let alone = agent_says(&["collect", &at[0], "--format", "json", &asking]);
    assert_eq!(networks(&alone)[0]["DnsName"][0], "laser.printers.test", "{}", alone.all());
    let data = folder.path().join("agent");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("agent.toml"), format!("[names]\nof-devices = \"{server}\"\n")).unwrap();
    let preview = agent_says(&["preview", &at[0], "--data", data.to_str().unwrap(), "--format", "xml"]);
    assert!(preview.stdout.contains("<DnsName>laser.printers.test</DnsName>"), "{}", preview.all());

    // Nobody is asked who was not wished for.
    for network in networks(&collect(&[])) {
        assert_eq!(why_nameless(&network), Some("disabledByPolicy"), "{network}");
    }
}

#[test]
fn where_resolvers_are_named_they_are_asked_for_names_of_devices_over_tls() {
    if !require(&[Tool::Unbound]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let (site, printing) = (lan.host("10.77.0.1/24"), lan.host("10.77.0.2/24"));
    let folder = tempfile::tempdir().unwrap();
    let (data, pki) = (folder.path().join("agent"), folder.path().join("pki"));
    fs::create_dir(&data).unwrap();
    fs::create_dir(&pki).unwrap();
    let authority = Authority::new(&pki);
    let records = ["laser.names.test. A 10.77.0.2", "2.0.77.10.in-addr.arpa. PTR laser.names.test."];
    let unbound = Unbound::start_on(&site, &authority, &records.map(String::from));
    let section = unbound.section(&authority.certificate());
    let section = section.replace("[names]\n", "[names]\nof-devices = \"on\"\n");
    fs::write(data.join("agent.toml"), section).unwrap();
    let _printer = start(
        &mut printing.command(program("virtual-printer").args(["--listen", "0.0.0.0:161"])),
        &folder.path().join("printer"),
    );

    let mut preview = program("remote-services-agent");
    preview.args(["preview", "10.77.0.2", "--format", "xml", "--data"]).arg(&data);
    let said = run(&mut site.command(&preview));
    let shown = String::from_utf8_lossy(&said.stdout);
    assert!(shown.contains("<DnsName>laser.names.test</DnsName>"), "{shown}\n{said:?}");
    assert!(unbound.queries().contains("2.0.77.10.in-addr.arpa. PTR"), "{}", unbound.queries());
}

#[test]
fn a_name_server_that_is_silent_holds_up_no_device() {
    let folder = tempfile::tempdir().unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = free_udp_port();
    let at: Vec<String> = (2..12).map(|last| format!("127.78.2.{last}:{port}")).collect();
    let _printers: Vec<Guard> = at.iter().map(|address| printer(address, folder.path())).collect();
    let asking = format!("--dns-names={}", silent.local_addr().unwrap());
    let targets: Vec<&str> = at.iter().map(String::as_str).collect();

    let began = Instant::now();
    let said = agent_says(&[&["collect", "--format", "json", &asking][..], &targets].concat());
    let found = networks(&said);
    assert_eq!(found.len(), at.len(), "{}", said.all());
    assert!(found.iter().all(|network| why_nameless(network) == Some("notAnswered")), "{}", said.all());
    // All wait together, for two tries of it.
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    silent.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let asked = std::iter::from_fn(|| silent.recv(&mut [0; 512]).ok()).count();
    assert!((1..=2 * at.len()).contains(&asked), "{asked} questions");
}
