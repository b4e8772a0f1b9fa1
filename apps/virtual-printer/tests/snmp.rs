//! A printer as managers meet it: versions, writing, restarts, notifications, faults.
#![allow(clippy::unwrap_used, missing_docs, reason = "all of it is test code")]

mod support;

use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::driver::blocking::NotificationListener;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::notify::{Notification, Received, Receiver, ReceiverConfig};
use remote_services_snmp::engine::{Credentials, Instant, Operation};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Oid, Value, VarBind, oid};
use std::time::Duration;
use support::{Bench, guests, user, wait_for};
use virtual_printer::clock::Clock;
use virtual_printer::device::{Action, DeviceOptions};
use virtual_printer::faults::Faults;
use virtual_printer::printer::PrinterOptions;

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const BOOTS: Oid = oid!("1.3.6.1.6.3.10.2.1.2.0");
const RESET: Oid = oid!("1.3.6.1.2.1.43.5.1.1.3.1");
const SUPPLY_LEVELS: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9");

fn standing() -> PrinterOptions {
    PrinterOptions { clock: Clock::standing(), ..PrinterOptions::default() }
}

fn faulty(faults: &str) -> PrinterOptions {
    PrinterOptions { faults: faults.parse().unwrap(), ..standing() }
}

#[test]
fn every_version_reads_and_those_who_may_write() {
    let bench = Bench::start("xerox", standing());
    for (credentials, writes) in [
        (Credentials::v1("public"), false),
        (Credentials::v2c("public"), false),
        (Credentials::v2c("private"), true),
        (user(), true),
    ] {
        let (mut driver, peer) = bench.ask(credentials);
        let levels = driver.walk(peer, SUPPLY_LEVELS).unwrap();
        assert_eq!(levels.len(), 8);
        let set = driver.call(peer, Operation::Set(vec![VarBind::new(NAME, Value::from("front desk"))]));
        assert_eq!(set.is_ok(), writes);
    }
    let (mut driver, peer) = bench.ask(Credentials::v2c("wrong"));
    assert!(driver.get(peer, &[NAME]).is_err());
}

#[test]
fn a_reset_is_silence_then_a_start_with_higher_boots_and_a_new_uptime() {
    let device = DeviceOptions { start_takes: Duration::from_secs(30), ..DeviceOptions::default() };
    let bench = Bench::start("xerox", PrinterOptions { device, ..standing() });
    let core = bench.printer.core();
    core.advance(Duration::from_secs(5000));
    let (mut driver, peer) = bench.ask(user());
    let before = driver.get(peer, &[UP_TIME, BOOTS]).unwrap();
    assert_eq!(before[0].value, Value::TimeTicks(500_000));
    driver.call(peer, Operation::Set(vec![VarBind::new(RESET, Value::Integer(4))])).unwrap();
    core.advance(Duration::from_secs(29));
    let silence = driver.get(peer, &[UP_TIME]);
    assert!(silence.is_err(), "{silence:?}");
    core.advance(Duration::from_secs(2));
    let (mut driver, peer) = bench.ask(user());
    let after = driver.get(peer, &[UP_TIME, BOOTS]).unwrap();
    assert_eq!(after[0].value, Value::TimeTicks(100));
    assert_eq!(after[1].value.as_i64(), before[1].value.as_i64().map(|boots| boots + 1));
}

#[test]
fn a_printer_that_lives_moves_with_its_clock_and_standing_it_stands_still() {
    let device = DeviceOptions { pace: Some(Default::default()), seed: 5, ..DeviceOptions::default() };
    let bench = Bench::start("canon", PrinterOptions { device, ..standing() });
    let (mut driver, peer) = bench.ask(Credentials::v2c("public"));
    let total = oid!("1.3.6.1.4.1.1602.1.11.1.3.1.4.101");
    let mut read = || driver.get(peer, std::slice::from_ref(&total)).unwrap()[0].value.as_i64().unwrap();
    let before = read();
    assert_eq!(read(), before);
    bench.printer.core().advance(Duration::from_secs(24 * 3600));
    assert!(read() > before + 100);
}

#[test]
fn traps_and_informs_tell_of_alerts_in_every_version() {
    let engine_id = EngineId::with_format(32_473, 4, b"receiver").unwrap();
    let provider = rustcrypto();
    let guest = guests().user.unwrap();
    let keys = &mut KeyCache::new();
    let auth = Some((guest.auth_protocol, guest.auth_password.as_bytes()));
    let password = guest.priv_password.unwrap();
    let privacy = Some((support::PRIVACY, password.as_bytes()));
    let user = User::new(&provider, keys, guest.name.as_bytes(), auth, privacy).unwrap();
    let config = ReceiverConfig::new(engine_id, 1).community("public").user(user, SecurityLevel::AuthPriv);
    let receiver = Receiver::new(config, provider, Instant::START, os_random()).unwrap();
    let mut listener = NotificationListener::bind("127.0.0.1:0".parse().unwrap(), receiver).unwrap();
    let to = listener.local_addr().unwrap();
    let receivers =
        ["1", "2c", "inform:2c", "3", "inform:3"].map(|who| format!("{who}@{to}").parse().unwrap());
    let options = PrinterOptions { receivers: receivers.to_vec(), ..standing() };
    let bench = Bench::start("xerox", options);
    let core = bench.printer.core();
    let collect = |listener: &mut NotificationListener, count: usize| -> Vec<Received> {
        let mut all = Vec::new();
        wait_for("all notifications", || {
            all.extend(listener.next(Duration::from_millis(200)).unwrap());
            (all.len() >= count).then_some(())
        });
        all
    };
    core.act(Action::Jam).unwrap();
    let entered = collect(&mut listener, 5);
    let code = |told: &Notification| told.value(&oid!("1.3.6.1.2.1.43.18.1.1.7.1.1")).and_then(Value::as_i64);
    for received in &entered {
        assert_eq!(received.notification.trap_oid, oid!("1.3.6.1.2.1.43.18.2.0.1"));
        assert_eq!(code(&received.notification), Some(8), "jam");
        assert_eq!(received.notification.varbinds.len(), 6);
    }
    core.act(Action::Repair).unwrap();
    let left = collect(&mut listener, 5);
    assert!(left.iter().all(|received| code(&received.notification) == Some(1801)));
    core.act(Action::Restart).unwrap();
    core.advance(Duration::from_secs(60));
    let started = collect(&mut listener, 5);
    assert!(started.iter().all(|received| received.notification.trap_oid == Notification::WARM_START));
}

#[test]
fn faults_are_met_as_they_are_named_and_can_be_switched_while_it_runs() {
    let bench = Bench::start("xerox", standing());
    let core = bench.printer.core();
    let (mut driver, peer) = bench.ask(Credentials::v2c("public"));
    let read = |driver: &mut remote_services_snmp::driver::blocking::ManagerDriver| driver.get(peer, &[NAME]);
    assert!(read(&mut driver).is_ok());

    core.set_faults("silent".parse().unwrap());
    assert!(read(&mut driver).is_err());
    core.set_faults(Faults::default());
    assert!(read(&mut driver).is_ok());

    core.set_faults("wrongRequestId=1".parse().unwrap());
    assert!(read(&mut driver).is_err(), "an answer to another question is none");
    core.set_faults("truncated=1".parse().unwrap());
    assert!(read(&mut driver).is_err());
    core.set_faults("duplicates=1,latencyMs=5,jitterMs=10".parse().unwrap());
    assert!(read(&mut driver).is_ok());

    core.set_faults("notIncreasing=1.3.6.1.2.1.43.11".parse().unwrap());
    let walk = driver.walk(peer, SUPPLY_LEVELS).unwrap_err();
    assert!(format!("{walk}").contains("increas"), "{walk}");
    assert!(read(&mut driver).is_ok(), "the rest is read");
}

#[test]
fn objects_that_cannot_be_read_or_lie_do_so_in_every_version() {
    let faults = "genErr=1.3.6.1.2.1.43.11.1.1.9,wrongTypes=1.3.6.1.2.1.43.10,lies=1.3.6.1.2.1.43.8";
    let bench = Bench::start("xerox", faulty(faults));
    for credentials in [Credentials::v2c("public"), user()] {
        let (mut driver, peer) = bench.ask(credentials);
        let error = driver.get(peer, &[oid!("1.3.6.1.2.1.43.11.1.1.9.1.1")]).unwrap_err();
        let error = format!("{error:?}");
        assert!(error.contains("GenErr"), "{error}");
        let wrong = driver.get(peer, &[oid!("1.3.6.1.2.1.43.10.2.1.4.1.1")]).unwrap();
        assert!(matches!(wrong[0].value, Value::Integer(96_411)), "{wrong:?}");
        let lie = driver.get(peer, &[oid!("1.3.6.1.2.1.43.8.2.1.9.1.2")]).unwrap();
        assert_eq!(lie[0].value, Value::Integer(i32::MAX));
    }
}

#[test]
fn a_small_message_size_makes_answers_too_big() {
    let bench = Bench::start("xerox", faulty("maxMessageSize=484"));
    let (mut driver, peer) = bench.ask(Credentials::v2c("public"));
    let levels = driver.walk(peer, SUPPLY_LEVELS).unwrap();
    assert_eq!(levels.len(), 8, "the manager asks for less");
    let row =
        |row: u32| [6, 9].map(|column| oid!("1.3.6.1.2.1.43.11.1.1").extend(&[column, 1, row]).unwrap());
    let all: Vec<Oid> = (0..32).flat_map(|at| row(1 + at % 8)).collect();
    match driver.get(peer, &all) {
        Ok(answers) => assert_eq!(answers.len(), 64),
        Err(error) => {
            assert!(format!("{error:?}").contains(&format!("{:?}", ErrorStatus::TooBig)), "{error:?}");
        }
    }
}
