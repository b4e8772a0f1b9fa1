//! nginx in front of the server that answers for it with what it has stored: what time that was puts no clock off.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, SystemTime};

use front::{client_files, go_by};
use remote_services_core::time::Timestamp;
use remote_services_interop::ours::{Site, VirtualPrinters};
use remote_services_interop::stand_in::StandIn;
use remote_services_interop::{Tool, require};
use serde_json::Value;

#[test]
fn a_directory_that_was_stored_hours_ago_puts_no_clock_off() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let (site, printer) = (Site::start(), VirtualPrinters::start(&[]));
    let client = client_files(&site.data(), site.folder());
    let target = printer.target();
    let said = site.run(&[&target]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    let kept = fs::read(site.data().join("state/directory.json")).unwrap();
    let mut stored: Value = serde_json::from_slice(&kept).unwrap();
    assert!(stored["serverTime"].is_string(), "{stored}");
    // Older than any clock that is allowed to be ahead.
    stored["serverTime"] = "2026-01-01T00:00:00Z".into();
    fs::write(site.folder().join("stored.json"), stored.to_string()).unwrap();
    for age in ["", "add_header Age 7200;"] {
        let rules = format!(
            "location = /rs/v1/ {{ root {folder}; rewrite ^ /stored.json break; etag off; {age} }}",
            folder = site.folder().display()
        );
        let authority = site.folder().join("server/ca");
        let nginx = StandIn::in_front_of(site.server.device_url(), &authority, &client, &rules);
        go_by(&site.data(), &nginx.url());
        let said = site.run(&[&target]);
        assert_eq!(said.code, Some(0), "{age}: {}", said.all());
        assert!(!said.stderr.contains("this host's clock"), "{age}: {}", said.all());
        assert!(said.stderr.contains("1 device read"), "{age}: {}", said.all());
        let stored =
            nginx.requests().iter().filter(|line| line.contains("GET /rs/v1/ HTTP/1.1\" 200 ")).count();
        assert!(stored >= 1, "{:#?}", nginx.requests());
    }
}

/// Answers every question with this, and closes.
fn always(answer: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let asked = BufReader::new(&stream).lines().map_while(Result::ok);
            asked.take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn an_answer_that_is_given_again_and_again_with_the_date_that_it_had_puts_no_clock_off() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let (site, printer) = (Site::start(), VirtualPrinters::start(&[]));
    let client = client_files(&site.data(), site.folder());
    let target = printer.target();
    assert_eq!(site.run(&[&target]).code, Some(0));
    let kept = fs::read(site.data().join("state/directory.json")).unwrap();
    let mut stored: Value = serde_json::from_slice(&kept).unwrap();
    // Older than any clock that is allowed to be ahead, and both times are of the same moment.
    let then = SystemTime::now() - Duration::from_secs(7_200);
    stored["serverTime"] = Timestamp::from_system_time(then).to_string().into();
    let moment = jiff::Timestamp::try_from(then).unwrap();
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap();
    let body = stored.to_string();
    let head = format!("content-type: application/json\r\ndate: {date}\r\ncontent-length: {}", body.len());
    let port = always(format!("HTTP/1.1 200 OK\r\n{head}\r\nconnection: close\r\n\r\n{body}"));
    let rules =
        format!("location = /rs/v1/ {{ proxy_pass http://127.0.0.1:{port}; proxy_pass_header Date; }}");
    let authority = site.folder().join("server/ca");
    let nginx = StandIn::in_front_of(site.server.device_url(), &authority, &client, &rules);
    go_by(&site.data(), &nginx.url());
    let said = site.run(&[&target]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert!(!said.stderr.contains("this host's clock"), "{}", said.all());
    assert!(said.stderr.contains("1 device read"), "{}", said.all());
    let stored = nginx.requests().iter().filter(|line| line.contains("GET /rs/v1/ HTTP/1.1\" 200 ")).count();
    assert!(stored >= 2, "it was asked a second time: {:#?}", nginx.requests());
}
