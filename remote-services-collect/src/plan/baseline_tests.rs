//! The second reading of a device: what it asks, what it takes for standing, and what puts everything in doubt.

use super::baseline::moves;
use super::*;
use crate::drive::{self, Answer, Asker};
use crate::samples::{KYOCERA, values};
use crate::truth::Ledger;
use crate::{ReadContext, build, replay};
use core::time::Duration;
use remote_services_core::counter::CounterEvent;
use remote_services_core::device::DeviceReport;
use remote_services_snmp::{Value, oid};
use std::net::SocketAddr;

const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const CHANGES: Oid = oid!("1.3.6.1.2.1.43.5.1.1.1.1");
const SERIAL: Oid = oid!("1.3.6.1.2.1.43.5.1.1.17.1");
const LIFE: Oid = oid!("1.3.6.1.2.1.43.10.2.1.4.1.1");
const LEVEL: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9.1.1");
const ALERT: Oid = oid!("1.3.6.1.2.1.43.18.1.1");

type Values = BTreeMap<Oid, Value>;

struct Device<'a> {
    values: &'a Values,
    silent: bool,
    asked: Vec<Operation>,
    outcomes: VecDeque<Answer<usize>>,
}

impl Asker for Device<'_> {
    type Id = usize;
    type Error = ();

    fn submit(&mut self, _: SocketAddr, _: usize, operation: Operation) -> Result<usize, ()> {
        let id = self.asked.len();
        let silence = Err(RequestError::Timeout { attempts: 3, garbage: None });
        let result = if self.silent { silence } else { replay::answer(self.values, &operation) };
        self.outcomes.push_back(Answer { id, result, partial: Vec::new() });
        self.asked.push(operation);
        Ok(id)
    }

    fn next(&mut self) -> Result<Option<Answer<usize>>, ()> {
        Ok(self.outcomes.pop_front())
    }
}

struct Read {
    store: ObjectStore,
    whole: bool,
    asked: usize,
    /// Names in the first question.
    names: usize,
}

fn read(mut collection: Collection, values: &Values, silent: bool) -> Read {
    let mut device = Device { values, silent, asked: Vec::new(), outcomes: VecDeque::new() };
    drive::collect(&mut collection, "192.0.2.1:161".parse().unwrap(), 0, &mut device).unwrap();
    let whole = collection.is_whole();
    let names = match device.asked.first() {
        Some(Operation::Get(names)) => names.len(),
        _ => 0,
    };
    Read { store: collection.finish(), whole, asked: device.asked.len(), names }
}

fn first(values: &Values) -> Read {
    read(Collection::new(&Known::default()), values, false)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_700_000_000_000 + seconds * 1_000)
}

fn again(baseline: &Baseline, values: &Values, seconds: i64) -> Read {
    let known = Known { device: Some(1), object_id: None };
    read(Collection::again(baseline, &known, at(seconds), Profiles::builtin()), values, false)
}

fn report(store: &ObjectStore) -> DeviceReport {
    build(store, &ReadContext::default())
}

fn device() -> Values {
    let mut values = values(KYOCERA);
    values.insert(UP_TIME, Value::TimeTicks(1_000_000));
    values.insert(CHANGES, Value::Counter32(7));
    values.insert(SERIAL, Value::from("VD21457943"));
    values.insert(LIFE, Value::Counter32(12_000));
    values.insert(LEVEL, Value::Integer(800));
    values
}

/// An hour of work.
fn an_hour_later(values: &mut Values) {
    values.insert(UP_TIME, Value::TimeTicks(1_360_000));
    values.insert(LIFE, Value::Counter32(12_345));
    values.insert(LEVEL, Value::Integer(790));
    for (column, number) in [(2, 3), (4, 11), (5, 1), (7, 1104)] {
        let name = ALERT.extend(&[column, 1, 77]).unwrap();
        values.insert(name, Value::Integer(number));
    }
}

#[test]
fn only_what_moves_is_asked_for_and_the_report_is_that_of_a_whole_reading() {
    let mut values = device();
    let whole = first(&values);
    let baseline = Baseline::new(&whole.store, at(0)).unwrap();
    an_hour_later(&mut values);
    let gone: Vec<Oid> = values
        .range(ALERT..)
        .take_while(|(name, _)| name.starts_with(&ALERT))
        .filter(|(name, _)| name.strip_prefix(&ALERT).unwrap().nth(2) != Some(77))
        .map(|(name, _)| name.clone())
        .collect();
    gone.iter().for_each(|name| drop(values.remove(name)));
    let refreshed = again(&baseline, &values, 3_600);
    assert!(!refreshed.whole);
    assert_eq!(refreshed.asked, 2);
    assert_eq!(report(&refreshed.store), report(&first(&values).store));
    // And once more, from the reading of what moved.
    let baseline = baseline.renewed(&refreshed.store, at(3_600)).unwrap();
    values.insert(UP_TIME, Value::TimeTicks(1_720_000));
    values.insert(LEVEL, Value::Integer(780));
    let refreshed = again(&baseline, &values, 7_200);
    assert!(!refreshed.whole);
    assert_eq!((baseline.whole_at(), report(&refreshed.store)), (at(0), report(&first(&values).store)));
}

#[test]
fn the_names_of_the_system_and_the_media_in_the_trays_are_as_fresh_as_the_reading() {
    let words =
        ["1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.43.8.2.1.12.1.1"];
    let words: Vec<Oid> = words.iter().map(|name| name.parse().unwrap()).collect();
    let mut values = device();
    for name in &words {
        values.insert(name.clone(), Value::from("before"));
    }
    let baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    an_hour_later(&mut values);
    for name in &words {
        values.insert(name.clone(), Value::from("after"));
    }
    let refreshed = again(&baseline, &values, 3_600);
    assert!(!refreshed.whole);
    assert_eq!(refreshed.asked, 2);
    for name in &words {
        assert_eq!(refreshed.store.get(name), Some(&Value::from("after")), "{name}");
    }
}

#[test]
fn whatever_puts_the_rest_in_doubt_leads_to_a_whole_reading_at_once() {
    let doubts = [
        ("changes counted", CHANGES, Some(Value::Counter32(8))),
        ("another device", SERIAL, Some(Value::from("VD99999999"))),
        ("a start", UP_TIME, Some(Value::TimeTicks(4_000))),
        ("a start and much time since", UP_TIME, Some(Value::TimeTicks(1_200_000))),
        ("other firmware", oid!("1.3.6.1.2.1.1.1.0"), Some(Value::from("KYOCERA 2.0"))),
        (
            "another model",
            oid!("1.3.6.1.2.1.1.2.0"),
            Some(Value::ObjectIdentifier(oid!("1.3.6.1.4.1.1347.42"))),
        ),
        ("a warning", oid!("1.3.6.1.2.1.25.3.2.1.5.1"), Some(Value::Integer(3))),
        ("a new cartridge", LEVEL, Some(Value::Integer(1_000))),
        ("a larger cartridge", oid!("1.3.6.1.2.1.43.11.1.1.8.1.1"), Some(Value::Integer(99_999))),
        (
            "another cartridge of the same level",
            oid!("1.3.6.1.2.1.43.11.1.1.6.1.1"),
            Some(Value::from("TK-1162;SN99")),
        ),
        ("an object is gone", LIFE, None),
    ];
    let baseline = Baseline::new(&first(&device()).store, at(0)).unwrap();
    for (what, name, value) in doubts {
        let mut values = device();
        an_hour_later(&mut values);
        // A part that only a whole reading shows.
        values.insert(oid!("1.3.6.1.2.1.43.8.2.1.18.1.1"), Value::from("another tray"));
        match value {
            Some(value) => drop(values.insert(name, value)),
            None => drop(values.remove(&name)),
        }
        let refreshed = again(&baseline, &values, 3_600);
        assert!(refreshed.whole, "{what}");
        assert_eq!(report(&refreshed.store), report(&first(&values).store), "{what}");
    }
}

#[test]
fn a_supply_with_a_fifth_of_its_capacity_less_is_another_and_one_that_was_used_is_not() {
    let capacity = 7_200;
    let mut values = device();
    values.insert(LEVEL, Value::Integer(capacity));
    let baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    an_hour_later(&mut values);
    for (level, whole) in [(capacity - capacity / 5, false), (capacity - capacity / 5 - 1, true)] {
        values.insert(LEVEL, Value::Integer(level));
        assert_eq!(again(&baseline, &values, 3_600).whole, whole, "{level}");
    }
}

#[test]
fn another_cartridge_of_the_same_level_shows_after_some_readings_where_there_is_much_to_ask() {
    let mut values = device();
    values.retain(|name, _| !name.starts_with(&oid!("1.3.6.1.4.1")));
    for row in 1..=12 {
        let cell = |column: u32| oid!("1.3.6.1.2.1.43.11.1.1").extend(&[column, 1, row]).unwrap();
        values.insert(cell(6), Value::from(format!("Cartridge {row};SN1").as_str()));
        values.insert(cell(8), Value::Integer(1_000));
        values.insert(cell(9), Value::Integer(800));
    }
    let others = values.iter().filter(|(name, _)| moves(name, Some(1))).count();
    // Covers: their states move. Four names less than two messages hold, once what can be spared is.
    for row in 0..u32::try_from(92 + 24 - others).unwrap() {
        values.insert(oid!("1.3.6.1.2.1.43.6.1.1.3.1").child(row + 50).unwrap(), Value::Integer(4));
    }
    let mut baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    let changed = oid!("1.3.6.1.2.1.43.11.1.1.6.1.11");
    values.insert(changed, Value::from("Cartridge 11;SN2"));
    for reading in 1..=6 {
        values.insert(UP_TIME, Value::TimeTicks(1_000_000 + reading * 6_000));
        let refreshed = again(&baseline, &values, i64::from(reading) * 60);
        assert_eq!(refreshed.names, 96, "no message more");
        if refreshed.whole {
            assert_eq!(reading, 3, "four of twelve at a time");
            assert_eq!(report(&refreshed.store), report(&first(&values).store));
            return;
        }
        baseline = baseline.renewed(&refreshed.store, at(i64::from(reading) * 60)).unwrap();
    }
    panic!("the other cartridge was never seen");
}

#[test]
fn a_whole_reading_comes_once_a_day_and_every_four_hours_where_no_changes_are_counted() {
    let hours = |baseline: &Baseline, hours: i64| baseline.is_stale(at(hours * 3_600));
    let values = device();
    let counts = Baseline::new(&first(&values).store, at(0)).unwrap();
    assert!(!hours(&counts, 23) && hours(&counts, 24));
    // What was read in between does not put it off, and a clock that was set back begins anew.
    let renewed = counts.renewed(&first(&values).store, at(20 * 3_600)).unwrap();
    assert!(hours(&renewed, 24) && hours(&renewed, 19));
    assert!(again(&renewed, &values, 24 * 3_600).whole);
    let mut without = values;
    without.remove(&CHANGES);
    let uncounted = Baseline::new(&first(&without).store, at(0)).unwrap();
    assert!(!hours(&uncounted, 3) && hours(&uncounted, 4));
}

#[test]
fn a_reading_without_a_clock_or_that_broke_off_is_no_baseline_and_silence_is_no_reading() {
    let values = device();
    let mut without = values.clone();
    without.remove(&UP_TIME);
    assert!(Baseline::new(&first(&without).store, at(0)).is_none());
    let mut cut = first(&values).store;
    cut.note_gap(LIFE, RequestError::Timeout { attempts: 3, garbage: None });
    assert!(Baseline::new(&cut, at(0)).is_none());
    let baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    let collection = Collection::again(&baseline, &Known::default(), at(60), Profiles::builtin());
    let silent = read(collection, &values, true);
    assert!(silent.store.values().is_empty());
    assert!(silent.asked <= 2);
}

#[test]
fn a_small_device_without_a_clock_is_asked_for_all_it_has_and_as_a_whole_each_hour() {
    let standing = oid!("1.3.6.1.2.1.43.8.2.1.18.1.1");
    let mut values: Values = device().into_iter().filter(|(name, _)| is_few(name)).collect();
    values.insert(standing.clone(), Value::from("a tray"));
    let baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    values.insert(LIFE, Value::Counter32(12_345));
    values.insert(standing.clone(), Value::from("another tray"));
    let refreshed = again(&baseline, &values, 3_599);
    assert_eq!((refreshed.whole, refreshed.asked), (false, 2));
    assert_eq!(report(&refreshed.store), report(&first(&values).store), "nothing is taken for standing");
    let baseline = baseline.renewed(&refreshed.store, at(3_599)).unwrap();
    assert!(again(&baseline, &values, 3_600).whole);
    values.insert(SERIAL, Value::from("VD99999999"));
    assert!(again(&baseline, &values, 3_599).whole, "another device");
    // One message is all that may be asked for in its stead.
    for row in 1..=48 {
        values.insert(oid!("1.3.6.1.2.1.43.6.1.1.3.1").child(row).unwrap(), Value::Integer(4));
    }
    assert!(Baseline::new(&first(&values).store, at(0)).is_none());
}

fn is_few(name: &Oid) -> bool {
    let few = [oid!("1.3.6.1.2.1.1.1"), oid!("1.3.6.1.2.1.1.2"), oid!("1.3.6.1.2.1.25.3.2.1"), SERIAL, LIFE];
    few.iter().any(|root| name.starts_with(root))
}

#[test]
fn counters_and_epochs_stay_true_when_a_board_is_swapped_and_the_device_started_between_two_readings() {
    let mut values = device();
    let mut ledger = Ledger::default();
    let mut counted = 0;
    let mut baseline = Baseline::new(&first(&values).store, at(0)).unwrap();
    let mut take = |store: &ObjectStore, ledger: &mut Ledger| {
        let mut report = report(store);
        let increments = ledger.observe(&mut report.counters, Duration::from_secs(3_600));
        counted +=
            increments.iter().filter(|it| it.counter == "LifeCount/1").map(|it| it.counted).sum::<u64>();
        (counted, report.counters.epoch, report.counters.events)
    };
    assert_eq!(take(&first(&values).store, &mut ledger), (0, 0, Vec::new()));
    // Work, then a start with work, then another board that begins at zero, then work.
    let steps = [
        (1, 1_360_000, "VD21457943", 12_345, false),
        (2, 60_000, "VD21457943", 12_400, true),
        (3, 420_000, "VD77777777", 3, true),
        (4, 780_000, "VD77777777", 103, false),
    ];
    let mut seen = Vec::new();
    for (hour, ticks, serial, life, whole) in steps {
        values.insert(UP_TIME, Value::TimeTicks(ticks));
        values.insert(SERIAL, Value::from(serial));
        values.insert(LIFE, Value::Counter32(life));
        let refreshed = again(&baseline, &values, hour * 3_600);
        assert_eq!(refreshed.whole, whole, "hour {hour}");
        seen.push(take(&refreshed.store, &mut ledger));
        baseline = match whole {
            true => Baseline::new(&refreshed.store, at(hour * 3_600)),
            false => baseline.renewed(&refreshed.store, at(hour * 3_600)),
        }
        .unwrap();
    }
    let reset = vec![CounterEvent::CounterReset];
    assert_eq!(seen, [(345, 0, vec![]), (400, 0, vec![]), (400, 1, reset), (500, 1, vec![])]);
}
