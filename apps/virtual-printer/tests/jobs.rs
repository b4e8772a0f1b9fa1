//! Jobs on the raw port and by LPR, firmware, the page and the control, over real sockets.
#![allow(clippy::unwrap_used, missing_docs, reason = "all of it is test code")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use support::{Bench, wait_for};
use virtual_printer::clock::Clock;
use virtual_printer::device::upgrade;
use virtual_printer::faults::Faults;
use virtual_printer::printer::PrinterOptions;
use virtual_printer::services::{Services, control};

fn bench(model: &str) -> Bench {
    let services = Services { raw: Some(0), lpr: Some(0), web: Some(0) };
    Bench::start(model, PrinterOptions { services, clock: Clock::standing(), ..PrinterOptions::default() })
}

fn connect(address: Option<SocketAddr>) -> TcpStream {
    let stream = TcpStream::connect(address.unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

fn sides(bench: &Bench) -> u64 {
    bench.printer.core().look(|device| device.counts().of("impressions".parse().unwrap()))
}

/// One request of HTTP/1.1; gives the whole answer.
fn http(address: SocketAddr, request: &str, body: &str) -> String {
    let mut stream = connect(Some(address));
    let length = body.len();
    write!(stream, "{request} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_job_on_the_raw_port_is_counted_and_its_questions_are_answered() {
    let bench = bench("xerox");
    let mut stream = connect(bench.printer.raw);
    stream.write_all(b"\x1b%-12345X@PJL INFO ID\r\n@PJL INFO STATUS\r\n@PJL INFO PAGECOUNT\r\n").unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while answer.iter().filter(|octet| **octet == 0x0C).count() < 3 {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0);
        answer.extend_from_slice(&buffer[..count]);
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("@PJL INFO ID\r\n\"Xerox AltaLink C8155\""), "{answer}");
    assert!(answer.contains("CODE=10001") && answer.contains("ONLINE=TRUE"), "{answer}");
    assert!(answer.contains("PAGECOUNT=96411"), "{answer}");
    stream
        .write_all(b"@PJL JOB NAME=\"<Report>\"\r\n@PJL ENTER LANGUAGE=PCL\r\none\x0Ctwo\x0C\x1b%-12345X")
        .unwrap();
    drop(stream);
    wait_for("the job", || (sides(&bench) == 2).then_some(()));

    let page = http(bench.printer.web.unwrap(), "GET /", "");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'"), "{page}");
    assert!(page.contains("&#60;Report&#62;") || page.contains("&lt;Report&gt;"), "{page}");
    assert!(!page.contains("<Report>"), "what a job says is text, never markup");
    for part in ["Xerox AltaLink C8155", "EHQ100000", "Black Toner Cartridge", "96413", "Printing"] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn a_firmware_is_installed_when_its_digest_fits_and_refused_otherwise() {
    let bench = bench("xerox");
    let core = bench.printer.core();
    let mut file = Vec::new();
    upgrade::write(&mut file, "AltaLink C8155", "119.010.000", &[7; 100_000]).unwrap();
    let mut broken = file.clone();
    *broken.last_mut().unwrap() ^= 1;
    connect(bench.printer.raw).write_all(&broken).unwrap();
    let refused = wait_for("the refusal", || {
        core.look(|device| device.jobs().next().and_then(|job| job.remark.clone()))
    });
    assert!(refused.contains("digest"), "{refused}");
    assert!(core.look(|device| device.is_up() && device.state().unwrap().console == refused));

    connect(bench.printer.raw).write_all(&file).unwrap();
    wait_for("the start", || (!core.look(virtual_printer::device::Device::is_up)).then_some(()));
    core.advance(Duration::from_secs(60));
    assert_eq!(core.look(|device| device.firmware().map(str::to_owned)).as_deref(), Some("119.010.000"));
    let page = http(bench.printer.web.unwrap(), "GET /", "");
    assert!(page.contains("firmware 119.010.000"), "{page}");
}

#[test]
fn rfc1179_a_job_by_lpr_has_its_name_and_user() {
    let bench = bench("kyocera");
    let mut stream = connect(bench.printer.lpr);
    let mut acknowledged = |octets: &[u8]| {
        stream.write_all(octets).unwrap();
        let mut answer = [9];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [0]);
    };
    let control = "Hhost\nPjane\nJMinutes\nfdfA001host\n";
    acknowledged(b"\x02lp\n");
    acknowledged(format!("\x02{} cfA001host\n", control.len()).as_bytes());
    acknowledged(format!("{control}\0").as_bytes());
    acknowledged(b"\x0311 dfA001host\n");
    acknowledged(b"one\x0Ctwo\x0C...\0");
    drop(stream);
    wait_for("the job", || (sides(&bench) == 3).then_some(()));
    let (name, user) = bench.printer.core().look(|device| {
        let record = device.jobs().next().unwrap();
        (record.job.name.clone(), record.job.user.clone())
    });
    assert_eq!((name.as_str(), user.as_str()), ("Minutes", "jane"));
}

#[test]
fn the_control_lists_acts_and_switches_faults() {
    let bench = bench("hp");
    let control = bench.block_on(control::serve("127.0.0.1:0".parse().unwrap(), [&bench.printer])).unwrap();
    let ask = |request: &str, body: &str| http(control.address, request, body);
    assert!(ask("GET /printers", "").contains("\"serialNumber\":\"CNB1100001\""));
    assert!(ask("POST /printers/0/actions", r#"{"do": "jam"}"#).starts_with("HTTP/1.1 204"));
    assert!(ask("GET /printers/0", "").contains("Paper jam"));
    assert!(
        ask("POST /printers/0/actions", r#"{"do": "setSupply", "index": 9, "percent": 1}"#)
            .starts_with("HTTP/1.1 409")
    );
    assert!(ask("POST /printers/0/actions", r#"{"do": "explode"}"#).starts_with("HTTP/1.1 422"));
    assert!(ask("GET /printers/7", "").starts_with("HTTP/1.1 404"));
    assert!(ask("PUT /printers/0/faults", r#"{"silent": true}"#).starts_with("HTTP/1.1 204"));
    assert!(bench.printer.core().faults().silent);
    assert!(ask("PUT /faults", r#"{"loss": 7}"#).starts_with("HTTP/1.1 409"));
    assert!(ask("PUT /faults", "{}").starts_with("HTTP/1.1 204"));
    assert_eq!(bench.printer.core().faults(), Faults::default());
    assert!(ask("POST /clock", r#"{"advanceSeconds": 60}"#).starts_with("HTTP/1.1 204"));
    assert_eq!(bench.printer.core().look(virtual_printer::device::Device::up_time), 6_000);
    let elsewhere = bench.block_on(control::serve("192.0.2.1:0".parse().unwrap(), [&bench.printer]));
    assert!(elsewhere.err().unwrap().to_string().contains("loopback"));
}
