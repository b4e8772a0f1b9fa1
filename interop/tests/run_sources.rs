//! `run` finds devices by the sources that `discover` has, and each round looks them up anew.
use std::path::Path;

use remote_services_interop::lan::{Host, Lan};
use remote_services_interop::ours::{Running, Said, Site, play, program};
use remote_services_interop::process::{Guard, free_udp_port};
use remote_services_interop::sources::{add_queue, announce, name_server, print_server};
use remote_services_interop::{Tool, require};

fn lines(serial: &str) -> String {
    format!(
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1347.41\n1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5\n\
         1.3.6.1.2.1.43.5.1.1.17.1|4|{serial}\n"
    )
}

/// A printer on an address of loopback.
fn printer(place: &str, serial: &str, folder: &Path) -> Running {
    play(&lines(serial), place, "public", folder)
}

#[test]
fn run_reads_the_hosts_of_a_zone_and_of_the_queues_of_a_real_cups_and_what_these_have_since() {
    if !require(&[Tool::Nsd, Tool::Cupsd, Tool::Lpadmin]) {
        return;
    }
    let site = Site::start();
    let (_nsd, dns) = name_server(site.folder());
    let (_cups, server) = print_server(site.folder());
    let port = free_udp_port();
    let place = |address: &str| format!("{address}:{port}");
    let _printers = [
        ("127.78.0.2", "ZONE02"),
        ("127.78.0.3", "ZONE03"),
        ("127.79.5.2", "QUEUE2"),
        ("127.79.5.3", "QUEUE3"),
    ]
    .map(|(address, serial)| printer(&place(address), serial, site.folder()));
    let (dns, port) = (dns.to_string(), port.to_string());
    let run = |words: &[&str]| {
        let said = site.run(&[&["--port", &port], words].concat());
        assert_eq!(said.code, Some(0), "{}", said.all());
        site.addresses()
    };
    let zone = ["--zone", "printers.test", "--dns-server", &dns, "--exclude", "127.78.0.3"];
    assert_eq!(run(&zone), [place("127.78.0.2")]);
    add_queue(&server, "office", "socket://127.79.5.2:9100");
    let both = [&zone[..], &["--print-server", &server]].concat();
    assert_eq!(run(&both), [place("127.78.0.2"), place("127.79.5.2")]);
    add_queue(&server, "lobby", "ipp://127.79.5.3:631/ipp/print");
    assert_eq!(run(&both), [place("127.78.0.2"), place("127.79.5.2"), place("127.79.5.3")]);
}

/// A printer on all addresses of a host.
fn printer_on(host: &Host, serial: &str, folder: &Path) -> Guard {
    let (recording, log) = (folder.join(format!("{serial}.snmprec")), folder.join(serial));
    std::fs::write(&recording, lines(serial)).expect("the test's own folder");
    let mut command = program("virtual-printer");
    command.args(["--listen", "0.0.0.0:161", "--recording"]).arg(&recording);
    let mut printer = Guard::start(&mut host.command(&command), &log);
    printer.wait_until("the printer is there", || {
        std::fs::read_to_string(&log).ok()?.contains("running; ").then_some(())
    });
    printer
}

#[test]
fn run_reads_who_answers_a_broadcast_and_who_announces_itself_while_the_server_is_out_of_reach() {
    if !require(&[Tool::Avahi, Tool::Ip]) {
        return;
    }
    let Some(mut lan) = Lan::new() else { return };
    let site = Site::start();
    let (here, announced, quiet) =
        (lan.host("10.77.0.1/24"), lan.host("10.77.0.2/24"), lan.host("10.77.0.3/24"));
    // The server's network is another one: what it says of itself is heard there, once.
    let nobody = format!("127.79.6.2:{}", free_udp_port());
    assert_eq!(site.run(&[&nobody]).code, Some(3));
    let _avahi = announce(&announced, site.folder(), &[("Laser", "_pdl-datastream._tcp", 9100)]);
    let _printers = [(&announced, "TELLS1"), (&quiet, "QUIET2")]
        .map(|(host, serial)| printer_on(host, serial, site.folder()));
    let run = |words: &[&str]| -> (Said, Vec<String>) {
        let said = Running::start(&mut here.command(&site.run_once(words))).end();
        // Nothing reaches the server, and what was read waits for it.
        assert!(said.code == Some(3) && said.stderr.contains("to send"), "{}", said.all());
        let addresses = site.addresses();
        (said, addresses)
    };
    let (said, addresses) = run(&["--dns-sd", "--listen", "2"]);
    assert_eq!(addresses, ["10.77.0.2:161"], "{}", said.all());
    let (said, addresses) = run(&["--broadcast", "10.77.0.0/24", "--listen", "2"]);
    assert_eq!(addresses, ["10.77.0.2:161", "10.77.0.3:161"], "{}", said.all());
    assert!(said.stderr.contains("2 devices read"), "{}", said.all());
}
