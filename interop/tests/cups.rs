//! A real cupsd writes a page log, and the agent makes accounting records of it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_agent::produce::page_log;
use remote_services_core::job::{AccountingSource, Job};
use remote_services_interop::cupsd::{Backend, Cups};
use remote_services_interop::process::PATIENCE;
use remote_services_interop::{Tool, require};

/// Prints until the daemon takes it.
fn print(cups: &Cups, title: &str, options: &[&str]) {
    let file = cups.folder().join("a file.txt");
    fs::write(&file, "hello").unwrap();
    let until = Instant::now() + PATIENCE;
    loop {
        let mut lp = Command::new(Tool::Lp.path());
        lp.env("CUPS_SERVER", cups.socket()).args(["-d", "lp", "-o", "raw"]);
        let out = lp.args(options).args(["-t", title]).arg(&file).output().unwrap();
        if out.status.success() {
            return;
        }
        assert!(Instant::now() < until, "{}", String::from_utf8_lossy(&out.stderr));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The records of a log, when there are so many.
fn records(log: &Path, count: usize) -> Vec<Job> {
    let until = Instant::now() + PATIENCE;
    loop {
        let jobs = page_log::read(log).unwrap_or_default();
        if jobs.len() >= count {
            return jobs;
        }
        assert!(Instant::now() < until, "{} of {count} jobs in {}", jobs.len(), log.display());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn jobs_that_a_real_cups_has_printed_are_accounting_records() {
    if !require(&[Tool::Cupsd, Tool::Lp]) || !Cups::is_usable() {
        return;
    }
    let cups = Cups::start("testbe:x", Backend::Script("testbe", BACKEND));
    let page_log = cups.folder().join("log/page_log");
    print(&cups, "Annual report 2024.pdf", &["-o", "sides=two-sided-long-edge"]);
    let first = records(&page_log, 1);
    print(&cups, "Letter", &["-o", "sides=one-sided", "-o", "job-billing=acme-123"]);
    let [report, letter] = &records(&page_log, 2)[..] else { panic!("two jobs") };
    assert_eq!(report, &first[0], "what was read before is the same record");
    assert_eq!(report.job_name.as_deref(), Some("Annual report 2024.pdf"));
    assert_eq!((report.duplex, letter.duplex), (Some(true), Some(false)));
    assert_eq!(report.result.as_ref().unwrap().impressions, Some(2));
    let charge = letter.accounting.as_ref().unwrap();
    assert_eq!(charge.charge_back_code.as_deref(), Some("acme-123"));
    assert_eq!(charge.source, Some(AccountingSource::PrintServer));
    assert_ne!(report.management.record_id, letter.management.record_id);
}

const BACKEND: &str = "#!/bin/sh
[ $# = 0 ] && exit 0
cat > /dev/null
echo 'PAGE: 1 1' >&2
echo 'PAGE: 2 1' >&2
exit 0
";
