//! Jobs that a device keeps by the Job-Monitoring MIB: sealed under the consent that is on record, each once.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::cli::{Command, Line};
use remote_services_agent::device_jobs;
use remote_services_agent::progress::Progress;
use remote_services_agent::roster::Roster;
use remote_services_agent::round;
use remote_services_agent::site::Site;
use remote_services_agent::survey::{Rules, SnmpAsker, now, read_targets};
use remote_services_collect::discover::SnmpVersion;
use remote_services_collect::record::Mode;
use remote_services_core::consent::ConsentScope;
use remote_services_core::job::Job;
use remote_services_payload::kind::Document;
use remote_services_transport::client::blocking::StopFlag;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use support::World;
use support::archive::{consent, documents};
use virtual_printer::access::{Guests, Speaks};
use virtual_printer::fleet::{self, Fleet, FleetOptions, Place};
use virtual_printer::printer::PrinterOptions;
use virtual_printer::source::Source;

/// A printer whose clock stands at 100,000 seconds. Job 1 ended long ago, job 2 ten seconds ago, job 3 is printing.
const PRINTER: &str = "\
1.3.6.1.2.1.1.1.0|4|Laser
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.1347.41
1.3.6.1.2.1.1.3.0|67|10000000
1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
1.3.6.1.2.1.25.3.2.1.3.1|4|ECOSYS P2040dw
1.3.6.1.2.1.43.5.1.1.17.1|4|JOBS0001
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.1|2|9
1.3.6.1.4.1.2699.1.1.1.3.1.1.9.1.1|4|roberta
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.2|2|9
1.3.6.1.4.1.2699.1.1.1.3.1.1.8.1.2|2|12
1.3.6.1.4.1.2699.1.1.1.3.1.1.9.1.2|4|roberta
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.3|2|5
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.1.194.1|2|90000
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.2.35.1|4|salaries.pdf
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.2.194.1|2|99990
";
/// What more it has a while later: job 4, which was cancelled; it does not say when.
const LATER: &str = "\
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.4|2|8
1.3.6.1.4.1.2699.1.1.1.3.1.1.3.1.4|2|8192
";

/// The recording at this address, or at any, until it is dropped with the runtime.
struct Played {
    runtime: tokio::runtime::Runtime,
    fleet: Option<Fleet>,
}

impl Played {
    fn new(lines: &str, at: SocketAddr) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let source = Source::parse("jobs", lines.as_bytes(), Mode::Strict).unwrap();
        let options = FleetOptions {
            count: 1,
            place: Place::Ports(at),
            sources: vec![Arc::new(source)],
            speaks: |_| Speaks::V2c,
            showcase: false,
            each: PrinterOptions { to_the_letter: true, ..PrinterOptions::default() },
        };
        let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
        let fleet = Some(runtime.block_on(fleet::start_with(options, &guests)).unwrap());
        Self { runtime, fleet }
    }

    fn address(&self) -> SocketAddr {
        self.fleet.as_ref().unwrap().printers[0].printer.snmp
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        // Its tasks end with the runtime, which is dropped next.
        let _inside = self.runtime.enter();
        self.fleet.take();
    }
}

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const SETTINGS: &str = "site-name = \"Head office\"\n[jobs]\ndevices = \"on\"\n";

/// Reads the device, and the jobs that it keeps.
fn turn(site: &mut Site, address: SocketAddr) -> usize {
    use clap::Parser as _;
    let line = ["agent", "discover", "127.0.0.1", "--timeout", "5"];
    let Command::Discover(options) = Line::try_parse_from(line).unwrap().command else {
        panic!("not discover")
    };
    let mut asker = SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap();
    let rules = Rules { echo: false, ask_silent: false, lowest: SnmpVersion::V2c, networks: Vec::new() };
    let targets = read_targets(&[address.to_string()], &[], &*asker.names()).unwrap();
    let mut roster = Roster::default();
    round::read(site, &mut asker, &targets, &rules, &mut roster, &mut Progress::silent()).unwrap();
    device_jobs::keep(site, &mut asker, &roster).unwrap()
}

fn jobs(world: &World) -> Vec<Job> {
    let of_document = |document| match document {
        Document::JobAccounting(accounting) => accounting.jobs,
        _ => Vec::new(),
    };
    let mut jobs: Vec<Job> = documents(world).into_iter().flat_map(of_document).collect();
    jobs.sort_by_key(|job| job.job_id.clone());
    jobs
}

#[test]
fn jobs_that_a_device_keeps_reach_the_server_once_since_the_consent_and_without_names() {
    let world = World::new();
    consent(&world, now().minus(Duration::from_secs(600)), vec![ConsentScope::JobAccounting]);
    let printer = Played::new(PRINTER, ANY);
    let address = printer.address();
    let mut site = world.site(SETTINGS);
    assert_eq!(turn(&mut site, address), 1, "one ended since, one before, one has not ended");
    drop(site);
    // Another run of the agent knows what was sent.
    let mut site = world.site(SETTINGS);
    assert_eq!(turn(&mut site, address), 0);
    drop(printer);
    let _later = Played::new(&format!("{PRINTER}{LATER}"), address);
    assert_eq!(turn(&mut site, address), 1, "it was not there when the device was asked before");
    site.send(|_| {}).unwrap();
    let [job, cancelled] = &jobs(&world)[..] else { panic!("{:?}", jobs(&world)) };
    assert_eq!(
        (cancelled.job_id.as_str(), &cancelled.state_reasons[..]),
        ("1.4", &["jobCanceledByUser".to_owned()][..])
    );
    assert_eq!((job.job_id.as_str(), &job.document_name), ("1.2", &None));
    assert!(job.owner.as_deref().is_some_and(|owner| owner != "roberta"), "a pseudonym");
    assert!(!format!("{job:?}").contains("roberta") && !format!("{job:?}").contains("salaries"), "{job:?}");
    let destination = job.destination.as_ref().unwrap();
    assert_eq!(destination.serial_number.as_deref(), Some("JOBS0001"));
    assert_eq!(destination.model.as_deref(), Some("ECOSYS P2040dw"));
    assert_eq!(job.result.as_ref().unwrap().impressions, Some(12));
    assert_eq!(job.management.site_id.as_deref(), Some("Head office"));
}

#[test]
fn without_consent_switch_or_outside_normal_mode_no_device_is_asked_for_jobs() {
    let world = World::new();
    let printer = Played::new(PRINTER, ANY);
    assert_eq!(turn(&mut world.site(SETTINGS), printer.address()), 0);
    consent(&world, now().minus(Duration::from_secs(600)), vec![ConsentScope::JobAccounting]);
    assert_eq!(turn(&mut world.site(""), printer.address()), 0);
    assert_eq!(turn(&mut world.site("[jobs]\ndevices = \"off\"\n"), printer.address()), 0);
    let lockdown = format!("mode = \"lockdown\"\n{SETTINGS}");
    assert_eq!(turn(&mut world.site(&lockdown), printer.address()), 0);
    assert_eq!(turn(&mut world.site(SETTINGS), printer.address()), 1);
}
