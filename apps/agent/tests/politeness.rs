//! A whole round, from discovery into the spool, seen from the network: payloads are sealed and spooled while devices are
//! read, and no device is asked more than it can stand for that, nor the site.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use clap::Parser as _;
use remote_services_agent::cli::{Command, Line};
use remote_services_agent::progress::Progress;
use remote_services_agent::roster::Roster;
use remote_services_agent::round;
use remote_services_agent::survey::{Rules, SnmpAsker, read_targets};
use remote_services_collect::discover::SnmpVersion;
use remote_services_transport::client::blocking::StopFlag;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::World;
use virtual_printer::access::{Guests, Speaks};
use virtual_printer::fleet::{self, FleetOptions, Place};
use virtual_printer::printer::PrinterOptions;

/// More than a group of the spool, so that some are read while others are spooled.
const PRINTERS: u32 = 80;
/// Packets a second for the site.
const RATE: u32 = 400;
/// How long a printer thinks.
const SERVICE: Duration = Duration::from_millis(5);

/// What was seen on the way to the printers.
#[derive(Default)]
struct Seen {
    questions: u32,
    first: Option<Instant>,
    last: Option<Instant>,
    most_of_one: u32,
}

/// Stands in front of a printer, hands everything on and counts. Its threads end with the process.
fn relay(printer: SocketAddr, seen: &Arc<Mutex<Seen>>) -> SocketAddr {
    let outside = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let inside = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    inside.connect(printer).unwrap();
    let address = outside.local_addr().unwrap();
    // Who asked last, and how many of the questions are not answered.
    let state = Arc::new(Mutex::new((None, 0_u32)));
    let (questions, answers) = ((Arc::clone(&outside), Arc::clone(&inside)), (outside, inside));
    let (asked, seen) = (Arc::clone(&state), Arc::clone(seen));
    thread::spawn(move || {
        let mut octets = [0; 4096];
        while let Ok((length, from)) = questions.0.recv_from(&mut octets) {
            let now = Instant::now();
            let waiting = {
                let mut state = asked.lock().unwrap();
                *state = (Some(from), state.1 + 1);
                state.1
            };
            let mut seen = seen.lock().unwrap();
            seen.questions += 1;
            seen.first.get_or_insert(now);
            seen.last = Some(now);
            seen.most_of_one = seen.most_of_one.max(waiting);
            drop(seen);
            questions.1.send(&octets[..length]).unwrap();
        }
    });
    thread::spawn(move || {
        let mut octets = [0; 65_535];
        while let Ok(length) = answers.1.recv(&mut octets) {
            thread::sleep(SERVICE); // the printer's own slowness, not a wait for something
            let asker = {
                let mut state = state.lock().unwrap();
                state.1 -= 1;
                state.0.unwrap()
            };
            answers.0.send_to(&octets[..length], asker).unwrap();
        }
    });
    address
}

fn asker() -> SnmpAsker {
    let rate = RATE.to_string();
    // A printer that is slow because this machine is busy is not asked again: that would look like impatience.
    let line = ["agent", "discover", "127.0.0.1", "--packet-rate", &rate, "--timeout", "30"];
    let Command::Discover(options) = Line::try_parse_from(line).unwrap().command else {
        panic!("not discover")
    };
    SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap()
}

#[test]
fn while_payloads_are_spooled_no_device_has_more_than_two_questions_and_the_site_no_more_packets_than_allowed()
 {
    let world = World::new();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let options = FleetOptions {
        count: PRINTERS,
        place: Place::Ports(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        sources: fleet::built_in().unwrap(),
        speaks: |_| Speaks::V2c,
        showcase: false,
        each: PrinterOptions::default(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let fleet = runtime.block_on(fleet::start_with(options, &guests)).unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let relays: Vec<SocketAddr> =
        fleet.printers.iter().map(|member| relay(member.printer.snmp, &seen)).collect();
    let targets: Vec<String> = relays.iter().map(ToString::to_string).collect();

    let mut site = world.site("");
    let rules = Rules { echo: false, ask_silent: false, lowest: SnmpVersion::V2c, networks: Vec::new() };
    let mut asker = asker();
    let targets = read_targets(&targets, &[], &*asker.names()).unwrap();
    let round =
        round::read(&mut site, &mut asker, &targets, &rules, &mut Roster::default(), &mut Progress::silent())
            .unwrap();

    let addresses: BTreeSet<SocketAddr> = round.devices.iter().map(|device| device.address).collect();
    assert_eq!(addresses, relays.iter().copied().collect());
    let uploads: BTreeSet<_> = round.devices.iter().map(|device| device.upload).collect();
    assert_eq!(uploads.len(), PRINTERS as usize);
    // And one about the agent.
    assert_eq!(site.waiting(), PRINTERS as usize + 1);

    let seen = seen.lock().unwrap();
    assert!(seen.questions >= 4 * PRINTERS, "{} questions", seen.questions);
    assert_eq!(seen.most_of_one, 2, "questions that wait for one device");
    let took = seen.last.unwrap() - seen.first.unwrap() + Duration::from_millis(50);
    let allowed = f64::from(RATE) * took.as_secs_f64() + f64::from(RATE / 100);
    assert!(f64::from(seen.questions) <= allowed, "{} questions in {took:?}", seen.questions);
}
