//! nginx in front of the server that answers for it with what it has stored: what time that was puts no clock off.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::fs;

use front::{client_files, go_by};
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
