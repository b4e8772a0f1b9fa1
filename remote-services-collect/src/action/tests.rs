//! Actions on a device of a few values, which does what it is told or not.

use super::*;
use crate::profile::Profiles;
use crate::samples::values;
use crate::{ObjectStore, ReadContext, build};
use core::net::SocketAddr;
use core::time::Duration;
use remote_services_core::command::ResultCode;
use remote_services_core::device::DeviceReport;
use remote_services_core::time::Timestamp;
use remote_services_snmp::{Oid, Value, VarBind, oid};
use std::collections::BTreeMap;
use std::convert::Infallible;

const PRINTER: &str = "\
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.253.8.62.1.42
    1.3.6.1.2.1.1.5.0|4|desk
    1.3.6.1.2.1.1.6.0|4|first floor
    1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.5
    1.3.6.1.2.1.25.3.2.1.3.1|4|Xerox Example 9
    1.3.6.1.2.1.25.3.2.1.5.1|2|2
    1.3.6.1.2.1.25.3.5.1.1.1|2|3
    1.3.6.1.2.1.43.5.1.1.17.1|4|EHQ100000
    1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
    1.3.6.1.2.1.43.10.2.1.4.1.1|65|7
    1.3.6.1.2.1.43.14.1.1.2.1.1|2|11
    1.3.6.1.2.1.43.14.1.1.9.1.1|4|port=9100
    1.3.6.1.2.1.43.14.1.1.2.1.2|2|8
    1.3.6.1.2.1.43.14.1.1.9.1.2|4|queue=lp
";
const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const LIFE_COUNT: Oid = oid!("1.3.6.1.2.1.43.10.2.1.4.1.1");
const SERIAL: Oid = oid!("1.3.6.1.2.1.43.5.1.1.17.1");
const LOCATION: Oid = oid!("1.3.6.1.2.1.1.6.0");
const RESET: Oid = oid!("1.3.6.1.2.1.43.5.1.1.3.1");
const XCMI: Oid = oid!("1.3.6.1.4.1.253.8.53.5.2.1.2.1");
const WHO: &str = "serial:253:EHQ100000";

/// What happens to a SET.
#[derive(Clone, Copy, PartialEq)]
enum Write {
    Done,
    Refused,
    /// The answer is lost, and it was done all the same.
    DoneUnheard,
    /// The device says that it was done, and it was not.
    Lie,
}

struct Bench {
    values: BTreeMap<Oid, Value>,
    /// Objects that take a SET, and what happens.
    writes: BTreeMap<Oid, Write>,
    seconds: i64,
    started: i64,
    /// No answer until then.
    silent_until: i64,
    /// Seconds after a start in which it does not tell its serial number.
    coy: i64,
    firmware: String,
    /// What the next start runs.
    next_firmware: Option<String>,
    sends: Vec<Sent>,
    changed_file: bool,
    /// Seconds that a read takes of a device that is silent.
    deaf_for: i64,
    /// What the page counter is once a job was sent, in place of one more.
    counter_after: Option<Option<u32>>,
    /// What was done, in order.
    log: Vec<String>,
}

struct Look {
    store: ObjectStore,
    report: DeviceReport,
}

impl Seen for Look {
    fn address(&self) -> SocketAddr {
        "192.0.2.7:161".parse().unwrap()
    }
    fn store(&self) -> &ObjectStore {
        &self.store
    }
    fn report(&self) -> &DeviceReport {
        &self.report
    }
}

impl Bench {
    fn new() -> Self {
        Self {
            values: values(PRINTER),
            writes: BTreeMap::new(),
            seconds: 1_000_000,
            started: 0,
            silent_until: 0,
            coy: 0,
            firmware: "1.0".into(),
            next_firmware: None,
            sends: Vec::new(),
            changed_file: false,
            deaf_for: 0,
            counter_after: None,
            log: Vec::new(),
        }
    }

    fn restart(&mut self) {
        self.started = self.seconds + 60;
        self.silent_until = self.started;
        if let Some(next) = self.next_firmware.take() {
            self.firmware = next;
        }
    }

    fn did(&self, what: &str) -> usize {
        self.log.iter().filter(|line| line.starts_with(what)).count()
    }
}

impl Device for Bench {
    type Reading = Look;
    type Error = Infallible;

    fn ping(&mut self) -> Result<Ping, Infallible> {
        Ok(Ping::Answered(Duration::from_micros(1500)))
    }

    fn read(&mut self) -> Result<Result<Look, Unreached>, Infallible> {
        self.log.push("read".into());
        if self.seconds < self.silent_until {
            self.seconds += self.deaf_for;
            return Ok(Err(Unreached { code: ResultCode::NotReachable, text: "no answer".into() }));
        }
        let mut values = self.values.clone();
        let up = u32::try_from((self.seconds - self.started) * 100).unwrap();
        values.insert(UP_TIME, Value::TimeTicks(up));
        if self.seconds - self.started < self.coy {
            values.remove(&SERIAL);
        }
        let store = ObjectStore::from(values);
        let read_at = Timestamp::from_unix_seconds(self.seconds);
        let mut report = build(&store, &ReadContext { read_at, ..ReadContext::default() });
        report.identity.firmware_version = Some(self.firmware.clone());
        Ok(Ok(Look { store, report }))
    }

    fn get(&mut self, _: &Look, names: &[Oid]) -> Result<Result<Vec<VarBind>, Unreached>, Infallible> {
        let found =
            names.iter().filter_map(|name| Some(VarBind::new(name.clone(), self.values.get(name)?.clone())));
        Ok(Ok(found.collect()))
    }

    fn set(&mut self, _: &Look, bindings: Vec<VarBind>) -> Result<Result<(), WriteFailure>, Infallible> {
        let write = self.writes.get(&bindings[0].name).copied().unwrap_or(Write::Refused);
        self.log.push(format!("set {}", bindings[0].name));
        if write == Write::Refused {
            return Ok(Err(WriteFailure::Refused("notWritable".into())));
        }
        if write != Write::Lie {
            for binding in bindings {
                if binding.name == RESET || binding.name == XCMI {
                    self.restart();
                } else {
                    self.values.insert(binding.name, binding.value);
                }
            }
        }
        Ok(if write == Write::DoneUnheard { Err(WriteFailure::Unknown("no answer".into())) } else { Ok(()) })
    }

    fn verify(&mut self, _: &Package<'_>) -> Result<Result<(), String>, Infallible> {
        self.log.push("verify".into());
        Ok(if self.changed_file { Err("the file has another digest".into()) } else { Ok(()) })
    }

    fn send(&mut self, _: SocketAddr, way: &Way, _: &str, content: Content<'_>) -> Result<Sent, Infallible> {
        self.log.push(format!("send {way}"));
        let sent = if self.sends.is_empty() { Sent::Whole(content.size()) } else { self.sends.remove(0) };
        if let (Sent::Whole(_), Content::Job(_)) = (&sent, content) {
            let count = self.values.get(&LIFE_COUNT).and_then(Value::as_u64).unwrap_or(7);
            let after = self.counter_after.unwrap_or_else(|| Some(u32::try_from(count + 1).unwrap()));
            match after {
                Some(after) => self.values.insert(LIFE_COUNT, Value::Counter32(after)),
                None => self.values.remove(&LIFE_COUNT),
            };
        }
        if matches!(content, Content::Package(_)) && self.next_firmware.is_some() {
            self.restart();
        }
        Ok(sent)
    }

    fn keep(&mut self, before: &Before) -> Result<(), Infallible> {
        self.log.push(format!("keep {}", before.firmware.as_deref().unwrap_or_default()));
        Ok(())
    }

    fn wait(&mut self, time: Duration) -> Result<(), Infallible> {
        self.seconds += i64::try_from(time.as_secs()).unwrap();
        Ok(())
    }

    fn clock(&self) -> Duration {
        Duration::from_secs(self.seconds.try_into().unwrap())
    }

    fn profiles(&self) -> Profiles {
        Profiles::builtin()
    }

    fn patience(&self) -> Patience {
        Patience { restart_looks: 30, upgrade_looks: 30, ..Patience::default() }
    }
}

fn act(bench: &mut Bench, order: Order<'_>) -> (ResultCode, String) {
    let Ok(outcome) = bench.carry_out(order, WHO);
    (outcome.code, outcome.text)
}

fn upgrade<'a>(version: Option<&'a str>) -> Upgrade<'a> {
    let package = Package { name: "f", size: 10, sha256: [0; 32], open: &|| Ok(Box::new(std::io::empty())) };
    Upgrade { package, wish: Wish::Any, version, model: Some("example 9"), from: &[] }
}

#[test]
fn another_device_at_the_address_is_touched_by_no_action() {
    let setting = [Setting { name: "location".into(), value: "x".into() }];
    let orders =
        [Order::Restart, Order::TestPage(Wish::Any), Order::Upgrade(upgrade(None)), Order::Set(&setting)];
    for order in orders {
        let mut bench = Bench::new();
        bench.values.insert(SERIAL, Value::from("EHQ999999"));
        let (code, text) = act(&mut bench, order);
        assert_eq!((code, text.as_str()), (ResultCode::NotReachable, device::ANOTHER));
        assert_eq!(bench.did("set") + bench.did("send") + bench.did("keep"), 0, "{:?}", bench.log);
    }
}

#[test]
fn a_restart_is_written_once_after_the_look_is_kept_and_seen_in_the_uptime() {
    let mut bench = Bench::new();
    bench.coy = 20;
    bench.writes.insert(RESET, Write::Done);
    let (code, text) = act(&mut bench, Order::Restart);
    assert_eq!(code, ResultCode::Ok, "{text}");
    assert_eq!(bench.log[..3], ["read", "keep 1.0", &format!("set {RESET}")]);
    assert_eq!(bench.did("set"), 1);
}

#[test]
fn the_way_of_the_maker_is_tried_only_when_the_standard_one_was_refused() {
    let mut bench = Bench::new();
    bench.writes.insert(XCMI, Write::Done);
    assert_eq!(act(&mut bench, Order::Restart).0, ResultCode::Ok);
    assert_eq!(bench.did("set"), 2, "{:?}", bench.log);

    let mut unheard = Bench::new();
    unheard.writes.extend([(RESET, Write::DoneUnheard), (XCMI, Write::Done)]);
    assert_eq!(act(&mut unheard, Order::Restart).0, ResultCode::Ok, "it shows all the same");
    assert_eq!(unheard.did("set"), 1, "it may have been done, so no other way is tried");

    let mut lying = Bench::new();
    lying.writes.extend([(RESET, Write::Lie), (XCMI, Write::Done)]);
    let (code, text) = act(&mut lying, Order::Restart);
    assert_eq!((code, lying.did("set")), (ResultCode::RefusedByDevice, 1));
    assert!(text.contains("did not restart"), "{text}");
}

#[test]
fn what_was_interrupted_is_looked_at_and_never_done_again() {
    let mut bench = Bench::new();
    bench.writes.insert(RESET, Write::Done);
    let Ok(seen) = bench.read();
    let before = Before::of(&seen.unwrap());
    bench.restart();
    bench.seconds += 100;
    let Ok(outcome) = bench.look_after(Order::Restart, WHO, Some(&before));
    assert_eq!(outcome.code, ResultCode::Ok);
    let Ok(outcome) = bench.look_after(Order::TestPage(Wish::Any), WHO, Some(&before));
    assert_eq!(outcome.code, ResultCode::DeviceBusy, "no page came out: {}", outcome.text);
    let Ok(outcome) = bench.look_after(Order::Restart, WHO, None);
    assert_eq!(outcome.code, ResultCode::Internal);
    assert_eq!(bench.did("set") + bench.did("send"), 0);
}

#[test]
fn a_page_goes_a_second_way_only_when_nothing_left_by_the_first() {
    let mut closed = Bench::new();
    closed.sends = vec![Sent::Nothing("refused".into())];
    let (code, text) = act(&mut closed, Order::TestPage(Wish::Any));
    assert_eq!(code, ResultCode::Ok, "{text}");
    assert!(text.contains("by LPR to queue lp on port 515; the page counter went from"), "{text}");

    let mut broken = Bench::new();
    broken.sends = vec![Sent::Broken(10, "reset".into())];
    let (code, text) = act(&mut broken, Order::TestPage(Wish::Any));
    assert_eq!((code, broken.did("send")), (ResultCode::DeviceBusy, 1), "{text}");
    assert!(text.contains("then: reset, but the page counter has not moved"), "{text}");
}

#[test]
fn an_upgrade_looks_at_the_device_last_and_reads_the_version_back() {
    let mut bench = Bench::new();
    bench.next_firmware = Some("2.0".into());
    let (code, text) = act(&mut bench, Order::Upgrade(upgrade(Some("2.0"))));
    assert_eq!(code, ResultCode::Ok, "{text}");
    assert!(text.ends_with("the device restarted, version 1.0 became 2.0"), "{text}");
    assert_eq!(bench.log[..4], ["verify", "read", "keep 1.0", "send to port 9100"]);
    assert_eq!(
        act(&mut bench, Order::Upgrade(upgrade(Some("2.0")))).1,
        "version 2.0 runs already; nothing was sent"
    );
    assert_eq!(bench.did("send"), 1);
}

#[test]
fn an_upgrade_that_must_not_be_is_refused_before_anything_is_sent() {
    let from = ["0.9".to_owned()];
    type Change<'a> = &'a dyn Fn(&mut Bench, &mut Upgrade<'_>);
    let no_identity = |bench: &mut Bench, _: &mut Upgrade<'_>| {
        bench.values.remove(&SERIAL);
    };
    let busy = |bench: &mut Bench, _: &mut Upgrade<'_>| {
        bench.values.insert(oid!("1.3.6.1.2.1.25.3.5.1.1.1"), Value::Integer(4));
    };
    let cases: [(Change<'_>, ResultCode, &str); 4] = [
        (&|bench, _| bench.changed_file = true, ResultCode::IntegrityFailed, "another digest"),
        (&|_, upgrade| upgrade.model = Some("LaserJet"), ResultCode::UnsupportedPackage, "is for LaserJet"),
        (&busy, ResultCode::DeviceBusy, "at work"),
        (&no_identity, ResultCode::RefusedByDevice, "neither serial number nor MAC"),
    ];
    for (change, code, words) in cases {
        let (mut bench, mut order) = (Bench::new(), upgrade(None));
        change(&mut bench, &mut order);
        let Ok(seen) = bench.read();
        let who = seen.unwrap().key().to_string();
        let Ok(outcome) = bench.carry_out(Order::Upgrade(order), &who);
        assert_eq!(outcome.code, code, "{}", outcome.text);
        assert!(
            outcome.text.contains(words) && outcome.text.contains("nothing was sent"),
            "{}",
            outcome.text
        );
        assert_eq!(bench.did("send"), 0);
    }
    let (mut bench, order) = (Bench::new(), Upgrade { from: &from, ..upgrade(None) });
    assert_eq!(act(&mut bench, Order::Upgrade(order)).0, ResultCode::UnsupportedPackage);
    assert_eq!(bench.did("send"), 0);
}

#[test]
fn a_number_alone_is_a_model_when_the_device_says_so_itself_and_else_a_part_of_one() {
    let named = Upgrade { model: Some("C8155"), ..upgrade(Some("2.0")) };
    let called = |id: &str| {
        let mut bench = Bench::new();
        bench.next_firmware = Some("2.0".into());
        bench
            .values
            .insert(oid!("1.3.6.1.2.1.25.3.2.1.3.1"), Value::OctetString(b"Xerox AltaLink C8155".into()));
        if !id.is_empty() {
            bench
                .values
                .insert(oid!("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1"), Value::OctetString(id.as_bytes().into()));
        }
        let (code, text) = act(&mut bench, Order::Upgrade(named));
        (code, text, bench.did("send"))
    };
    for id in ["MFG:Xerox;MDL:C8155;", "MFG:Xerox;CMD:PCL;MDL:Xerox c8155;"] {
        let (code, text, sent) = called(id);
        assert_eq!((code, sent), (ResultCode::Ok, 1), "{id}: {text}");
    }
    for id in ["", "MFG:Xerox;MDL:AltaLink C8155;", "MFG:Xerox;MDL:C81;"] {
        let (code, text, sent) = called(id);
        assert_eq!((code, sent), (ResultCode::UnsupportedPackage, 0), "{id}: {text}");
        assert!(text.contains("a part of its name could be another model's"), "{text}");
    }
}

#[test]
fn an_upgrade_that_does_not_show_is_told_as_it_is() {
    let mut deaf = Bench::new();
    let (code, text) = act(&mut deaf, Order::Upgrade(upgrade(Some("2.0"))));
    assert_eq!(code, ResultCode::RefusedByDevice);
    assert!(text.contains("it did not restart and has version 1.0"), "{text}");

    let mut same = Bench::new();
    same.next_firmware = Some("1.0".into());
    let (code, text) = act(&mut same, Order::Upgrade(upgrade(Some("2.0"))));
    assert_eq!(code, ResultCode::RefusedByDevice);
    assert!(text.ends_with("the device restarted and has version 1.0 and not 2.0"), "{text}");

    let mut gone = Bench::new();
    gone.sends = vec![Sent::Broken(5, "reset".into())];
    let (code, text) = act(&mut gone, Order::Upgrade(upgrade(None)));
    assert!(code == ResultCode::RefusedByDevice && text.starts_with("5 of 10 octets sent"), "{text}");

    let mut never = Bench::new();
    let Ok(seen) = never.read();
    let before = Before::of(&seen.unwrap());
    never.silent_until = i64::MAX;
    let Ok(outcome) = never.look_after(Order::Upgrade(upgrade(None)), WHO, Some(&before));
    assert_eq!(outcome.code, ResultCode::NotReachable);
    assert!(outcome.text.contains("did not come back in time"), "{}", outcome.text);
}

#[test]
fn a_setting_is_read_before_written_once_and_read_back() {
    let set = |name: &str, value: &str| [Setting { name: name.into(), value: value.into() }];
    let mut bench = Bench::new();
    bench.writes.insert(LOCATION, Write::Done);
    let Ok(outcome) = bench.carry_out(Order::Set(&set("location", "second floor")), WHO);
    assert_eq!(outcome.code, ResultCode::Ok);
    assert_eq!(outcome.text, "location is \"second floor\"");
    assert_eq!(outcome.told_here(), "location was \"first floor\" and is \"second floor\"");
    assert_eq!(act(&mut bench, Order::Set(&set("location", "second floor"))).0, ResultCode::Ok);
    assert_eq!(bench.did("set"), 1, "what is so already is not written");

    for (write, code, words) in [
        (Write::Lie, ResultCode::RefusedByDevice, "location is not \"third floor\""),
        (Write::Refused, ResultCode::RefusedByDevice, "notWritable"),
        (Write::DoneUnheard, ResultCode::Ok, "location is \"third floor\""),
    ] {
        bench.writes.insert(LOCATION, write);
        let (found, text) = act(&mut bench, Order::Set(&set("location", "third floor")));
        assert!(found == code && text.contains(words), "{found} {text}");
    }
    let (code, text) = act(&mut bench, Order::Set(&set("contact", "x")));
    assert!(code == ResultCode::RefusedByDevice && text.contains("no contact"), "{text}");
    let (code, text) = act(&mut bench, Order::Set(&set("1.3.6.1.2.1.1.6.0", "x")));
    assert!(code == ResultCode::RefusedByDevice && text.contains("assetTag"), "{text}");
}

#[test]
fn words_of_the_device_are_told_at_the_site_and_nowhere_else() {
    let mut bench = Bench::new();
    for (name, value) in [
        ("1.3.6.1.2.1.43.16.5.1.2.1.1", "held for Ada"),
        ("1.3.6.1.2.1.43.18.1.1.2.1.1", "3"),
        ("1.3.6.1.2.1.43.18.1.1.7.1.1", "8"),
        ("1.3.6.1.2.1.43.18.1.1.8.1.1", "tray of Grace Hopper is empty"),
    ] {
        let value =
            value.parse().map_or_else(|_| Value::OctetString(value.as_bytes().into()), Value::Integer);
        bench.values.insert(name.parse().unwrap(), value);
    }
    let Ok(pinged) = bench.carry_out(Order::Ping, WHO);
    assert!(pinged.told_here().ends_with(": tray of Grace Hopper is empty"), "{}", pinged.told_here());
    assert!(pinged.text.contains("the device is") && !pinged.text.contains("Hopper"), "{}", pinged.text);
    bench.next_firmware = None;
    let Ok(refused) = bench.carry_out(Order::Upgrade(upgrade(Some("2.0"))), WHO);
    assert!(refused.told_here().ends_with("; its console says \"held for Ada\""), "{}", refused.told_here());
    assert!(refused.text.ends_with("has version 1.0"), "{}", refused.text);
}

#[test]
fn a_page_is_shown_only_by_a_counter_that_goes_up() {
    let page = |before: Option<u32>, after: Option<u32>| {
        let mut bench = Bench::new();
        match before {
            Some(before) => bench.values.insert(LIFE_COUNT, Value::Counter32(before)),
            None => bench.values.remove(&LIFE_COUNT),
        };
        bench.counter_after = Some(after);
        let (code, text) = act(&mut bench, Order::TestPage(Wish::Any));
        (code, text, bench.did("read"))
    };
    for (before, after) in [(7, 8), (u32::MAX, 0)] {
        let (code, text, _) = page(Some(before), Some(after));
        assert_eq!(code, ResultCode::Ok, "{text}");
        assert!(text.ends_with(&format!("went from {before} to {after}")), "{text}");
    }
    let most = 1 + usize::try_from(Patience::default().page_looks).unwrap();
    for (before, after, words, reads) in [
        (Some(7), None, "the page counter cannot be read any more", most),
        (Some(96_415), Some(96_415), "the page counter has not moved", most),
        (Some(96_415), Some(3), "went from 96415 to 3, which shows no page", most),
        (None, None, "the device told no page counter before", 2),
        (None, Some(8), "the device told no page counter before", 2),
    ] {
        let (code, text, read) = page(before, after);
        assert_eq!((code, read), (ResultCode::DeviceBusy, reads), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn to_wait_for_answers_is_part_of_the_time_of_a_watch() {
    let mut bench = Bench::new();
    let Ok(seen) = bench.read();
    let before = Before::of(&seen.unwrap());
    (bench.silent_until, bench.deaf_for) = (i64::MAX, 12);
    let begun = bench.seconds;
    let Ok(outcome) = bench.look_after(Order::Upgrade(upgrade(None)), WHO, Some(&before));
    assert_eq!(outcome.code, ResultCode::NotReachable, "{}", outcome.text);
    // 30 looks, 5 s between two of them: the last one begins in time.
    let took = bench.seconds - begun;
    assert!((29 * 5..=29 * 5 + 12).contains(&took), "{took}");
}
