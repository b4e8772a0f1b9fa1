//! LPR (RFC 1179) with programs that others wrote, on either side: CUPS's backend sends to the virtual printer, and CUPS's
//! daemon takes the agent's test page.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;

use remote_services_core::hex;
use remote_services_interop::cupsd::{Backend, Cups};
use remote_services_interop::ours::{Running, agent_says, program};
use remote_services_interop::{Tool, require};
use remote_services_transport::document::ContentDigest;
use serde_json::Value;

/// A Xerox of the virtual printer, and what its control says of it.
fn printer() -> (Running, Value, impl Fn() -> Value) {
    let mut command = program("virtual-printer");
    command.args(["--listen", "127.0.0.1:0", "--lpr", "0", "--control", "127.0.0.1:0", "--model", "xerox"]);
    let mut running = Running::start(&mut command);
    let said =
        running.wait_until("it runs", |stdout| stdout.contains("running; ").then(|| stdout.to_owned()));
    let control = said.split_once("control on http://").unwrap().1.split([',', '\n']).next().unwrap();
    let url = format!("http://{}/printers/0", control.trim());
    let look = move || ureq::get(&url).call().unwrap().into_body().read_json::<Value>().unwrap();
    (running, look()["addresses"].clone(), look)
}

#[test]
fn a_job_of_cups_by_lpr_arrives_octet_by_octet_under_its_name() {
    if !require(&[Tool::LpdBackend]) {
        return;
    }
    let (_running, addresses, look) = printer();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("job");
    let octets: Vec<u8> = (0..300_000_u32).map(|at| (at % 247) as u8).collect();
    fs::write(&file, &octets).unwrap();
    for (job, options) in [("1", "?order=control,data"), ("2", "?order=data,control")] {
        let uri = format!("lpd://{}/text{options}", addresses["lpr"].as_str().unwrap());
        let mut backend = Command::new(Tool::LpdBackend.path());
        backend.env("DEVICE_URI", uri).args([job, "jane", "Annual report", "1", ""]).arg(&file);
        let out = backend.output().unwrap();
        assert!(out.status.success(), "{options}: {}", String::from_utf8_lossy(&out.stderr));
    }
    let look = look();
    let jobs = look["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 2, "{look}");
    for job in jobs {
        assert_eq!((&job["origin"], &job["user"]), (&"Lpr".into(), &"jane".into()), "{job}");
        assert_eq!(job["sha256"], hex::encode(ContentDigest::of(&octets).as_bytes()), "{job}");
        assert!(job["name"].as_str().unwrap().contains("Annual report"), "{job}");
    }
}

/// CUPS's line printer daemon, started for each connection as inetd does it.
fn daemon(cups: &Cups) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let socket = cups.socket();
    thread::spawn(move || {
        let mut children: Vec<Child> = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            let output = std::os::fd::OwnedFd::from(stream.try_clone().unwrap());
            let mut lpd = Command::new(Tool::CupsLpd.path());
            lpd.arg("-n").env("CUPS_SERVER", &socket).stderr(Stdio::null());
            let input = Stdio::from(std::os::fd::OwnedFd::from(stream));
            children.push(lpd.stdin(input).stdout(Stdio::from(output)).spawn().unwrap());
        }
    });
    address
}

#[test]
fn a_test_page_of_the_agent_goes_through_the_line_printer_daemon_of_cups() {
    if !require(&[Tool::Cupsd, Tool::CupsLpd]) || !Cups::is_usable() {
        return;
    }
    let (_running, addresses, look) = printer();
    let device = format!("socket://{}", addresses["raw"].as_str().unwrap());
    let cups = Cups::start(&device, Backend::Own("socket"));
    let lpd = daemon(&cups).port().to_string();
    let at = addresses["snmp"].as_str().unwrap();
    let page = |queue: &str, wait: &str| {
        let by = ["--way", "lpr", "--port", &lpd, "--queue", queue, "--wait", wait, "--format", "json"];
        agent_says(&[&["action", "test-page", at][..], &by].concat())
    };
    // A daemon that starts takes nothing at first, and that is what is told.
    let mut said = page("lp", "60");
    for _ in 0..50 {
        if said.code != Some(3) {
            break;
        }
        assert!(said.stderr.contains("the daemon"), "{}", said.stderr);
        thread::sleep(std::time::Duration::from_millis(200));
        said = page("lp", "60");
    }
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let seen = look();
    assert_eq!((&seen["jobsTaken"], &seen["jobs"][0]["sides"]), (&1.into(), &1.into()), "{seen}");

    let said = page("no-such-queue", "0");
    assert_eq!(said.code, Some(3), "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains("the daemon refused"), "{}", said.stderr);
    assert_eq!(look()["jobsTaken"], 1);
}
