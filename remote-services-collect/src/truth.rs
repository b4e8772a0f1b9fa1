//! Counters against those of the reading before: what was counted, and when counting began anew.
//!
//! A bill is made from differences, so the question is never "how much is it now" but "how much more than last
//! time, and is that so". The rules, for one counter:
//!
//! | what is read | what is taken | event |
//! | --- | --- | --- |
//! | more, by what a device can print in that time | the difference | |
//! | more than that | nothing: another board, or a wrong reading | `other` |
//! | less, and across 2^32 by what a device can print | the difference across 2^32 | `counterWrap` |
//! | much less (below a tenth) | nothing | `counterReset` |
//! | somewhat less | nothing | `other` |
//! | after a fall, again as much as before it or more | what is above the old value | `other` |
//! | anything, on another main board | nothing: its counters say nothing about the other's | `other` |
//! | anything, in another unit | nothing: sheets are no impressions | `other` |
//! | anything, where other meters than before have one label | nothing: which is which is not known | `other` |
//!
//! Meters and the counters of services are often signed numbers, and those of PWG 5106.3 always: they also wrap at 2^31.
//! Every event begins a new epoch. The last rule is for counters that come back: a reading that was wrong once, a
//! board that was put back. It takes the smaller of the two possible differences, because the larger one
//! may have been billed already; if the device really counted up to its old value again, the difference of one
//! interval is lost and the event says so. So what is taken is never negative, and never more than was printed but in
//! two cases that the numbers cannot show: used boards whose values lie close together change places and nothing tells them
//! apart, or a counter is reset just below 2^32. Boards are told apart by the serial number of the controller or by their MAC
//! addresses, which [`Ledger::observe_device`] compares.

use core::time::Duration;
use remote_services_core::counter::{
    BillingMeter, ColorCounts, CounterEvent, CounterUnit, Counters, Persistence, WorkCounters, WorkType,
};
use remote_services_core::device::{DeviceReport, ModuleKind};
use std::collections::{BTreeMap, BTreeSet};

use crate::identity;

/// What is remembered of the counters of one device between readings. Plain data, for the caller to store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Rises by one whenever counting began anew.
    pub epoch: u64,
    /// The counters, by element: `LifeCount/1`, `BillingMeter/Total Impressions`, `Service/copy/impressions/total`. Meters of
    /// one label are told apart by the instance that they come from, or else by their order, after a `#`.
    pub tracks: BTreeMap<String, Track>,
    /// What each of these counts. One that is not here, of a ledger that an older version kept, is taken to
    /// count what it counts at the next reading.
    pub units: BTreeMap<String, CounterUnit>,
    /// What the main board was known by at the last reading that told: `serial …` of the controller, `mac …`.
    pub board: Vec<String>,
}

/// What is remembered of one counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// The value read last.
    pub value: u64,
    /// Values from which it fell and that it has not reached again, highest first. At most 16.
    pub fallen_from: Vec<u64>,
}

/// What one counter has counted since the reading before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Increment {
    /// Which, as in [`Ledger::tracks`].
    pub counter: String,
    /// How much: what may be billed.
    pub counted: u64,
    /// Why it is not the plain difference.
    pub event: Option<CounterEvent>,
}

impl Ledger {
    /// Takes in the report of a reading that was made `elapsed` after the one before: as [`observe`](Self::observe), but the
    /// counters of another main board are never compared with those of the last one.
    pub fn observe_device(&mut self, report: &mut DeviceReport, elapsed: Duration) -> Vec<Increment> {
        let board = board(report);
        let other = is_another(&self.board, &board);
        if !board.is_empty() {
            self.board = board;
        }
        self.take(&mut report.counters, elapsed, other)
    }

    /// Takes in a reading that was made `elapsed` after the one before, and writes events and epoch into it. A
    /// counter that was not there before begins with nothing counted.
    pub fn observe(&mut self, counters: &mut Counters, elapsed: Duration) -> Vec<Increment> {
        self.take(counters, elapsed, false)
    }

    fn take(&mut self, counters: &mut Counters, elapsed: Duration, other_board: bool) -> Vec<Increment> {
        let mut increments = Vec::new();
        let mut readings = readings(counters);
        number(&mut readings);
        let regrouped = self.forget_regrouped(&readings);
        for Reading { counter, family, value, unit, signed } in readings {
            let wraps: &[u64] = if signed { &[SIGNED_WRAP, WRAP] } else { &[WRAP] };
            let counts = self.units.insert(counter.clone(), unit.clone());
            let other_unit = counts.is_some_and(|counts| counts != unit);
            let (counted, event) = match self.tracks.get_mut(&counter) {
                Some(track) if other_board || other_unit => {
                    *track = Track { value, fallen_from: Vec::new() };
                    (0, Some(CounterEvent::Other))
                }
                Some(track) => track.step(value, reach(elapsed, &unit), wraps),
                None => {
                    self.tracks.insert(counter.clone(), Track { value, fallen_from: Vec::new() });
                    (0, regrouped.contains(&family).then_some(CounterEvent::Other))
                }
            };
            increments.push(Increment { counter, counted, event });
        }
        for event in increments.iter().filter_map(|increment| increment.event.clone()) {
            if !counters.events.contains(&event) {
                counters.events.push(event);
            }
        }
        if increments.iter().any(|increment| increment.event.is_some()) {
            self.epoch += 1;
        }
        counters.epoch = self.epoch;
        increments
    }

    /// Forgets the counters of one label that are not the same ones as before, and says of which.
    fn forget_regrouped(&mut self, readings: &[Reading]) -> BTreeSet<String> {
        let mut now = BTreeMap::<&str, BTreeSet<&str>>::new();
        for reading in readings {
            now.entry(&reading.family).or_default().insert(&reading.counter);
        }
        let mut regrouped = BTreeSet::new();
        for (family, counters) in &now {
            let marked = format!("{family}#");
            let is_mark = |counter: &str| {
                let mark = counter.strip_prefix(&marked);
                let mark =
                    mark.filter(|mark| mark.bytes().all(|it| it.is_ascii_digit() || b".#".contains(&it)));
                mark.is_some() && !now.contains_key(counter)
            };
            let all = self.tracks.range(marked.clone()..).map(|(counter, _)| counter.as_str());
            let all =
                all.take_while(|counter| counter.starts_with(&marked)).filter(|counter| is_mark(counter));
            let plain = self.tracks.get_key_value(*family).map(|(counter, _)| counter.as_str());
            let before: BTreeSet<&str> = all.chain(plain).collect();
            if !before.is_empty() && before != *counters {
                let before: Vec<String> = before.into_iter().map(str::to_owned).collect();
                for counter in &before {
                    self.tracks.remove(counter);
                    self.units.remove(counter);
                }
                regrouped.insert((*family).to_owned());
            }
        }
        regrouped
    }
}

/// Gives counters that nothing else tells apart their order.
fn number(readings: &mut [Reading]) {
    let mut named = BTreeMap::<String, u32>::new();
    for reading in readings {
        let times = named.entry(reading.counter.clone()).or_default();
        *times += 1;
        if *times > 1 {
            reading.counter = format!("{}#{times}", reading.counter);
        }
    }
}

/// One counter of a reading.
struct Reading {
    counter: String,
    /// The same for all meters of one label.
    family: String,
    value: u64,
    unit: CounterUnit,
    /// Whether the device may hold it as a signed number.
    signed: bool,
}

fn readings(counters: &Counters) -> Vec<Reading> {
    let lives = counters.life_counts.iter().map(|count| {
        let marker = count.marker.map_or_else(|| "-".into(), |marker| marker.to_string());
        let (counter, unit) = (format!("LifeCount/{marker}"), count.unit.clone());
        Reading { family: counter.clone(), counter, value: count.value, unit, signed: false }
    });
    let instances = instances_of_meters(counters);
    let meters = counters.billing_meters.iter().zip(instances).map(|(meter, instance)| {
        let (family, unit) = (format!("BillingMeter/{}", meter.label), meter.unit.clone());
        let counter = instance.map_or_else(|| family.clone(), |instance| format!("{family}#{instance}"));
        Reading { counter, family, value: meter.value, unit, signed: true }
    });
    let mut all: Vec<Reading> = lives.chain(meters).collect();
    let mut add = |place: &str, counts: Option<&ColorCounts>, unit: &CounterUnit| {
        let Some(counts) = counts else { return };
        let colors = [
            ("total", counts.total),
            ("monochrome", counts.monochrome),
            ("fullColor", counts.full_color),
            ("highlightColor", counts.highlight_color),
            ("blank", counts.blank),
        ];
        for (color, value) in colors {
            let Some(value) = value else { continue };
            let counter = format!("{place}/{color}");
            all.push(Reading { family: counter.clone(), counter, value, unit: unit.clone(), signed: true });
        }
    };
    for service in &counters.services {
        let lifetime = |work: &&WorkCounters| work.persistence == Persistence::Lifetime;
        for work in service.work.iter().filter(lifetime) {
            let place = match work.work_type {
                WorkType::WorkTotals => format!("Service/{}", service.service_type),
                _ => format!("Service/{}/{}", service.service_type, work.work_type),
            };
            let impressions = &CounterUnit::Impressions;
            add(&format!("{place}/impressions"), work.impressions.as_ref(), impressions);
            add(&format!("{place}/sheets"), work.sheets.as_ref(), &CounterUnit::Sheets);
            // A scanner feeds no faster than an engine prints.
            add(&format!("{place}/images"), work.images.as_ref(), impressions);
        }
    }
    all
}

/// Of each meter whose label others have too the instance that it comes from, where that is known.
fn instances_of_meters(counters: &Counters) -> Vec<Option<String>> {
    let mut times = BTreeMap::<&str, u32>::new();
    for meter in &counters.billing_meters {
        *times.entry(&meter.label).or_default() += 1;
    }
    let sources = counters.header.sources.iter();
    let sources: BTreeMap<&str, _> = sources.map(|source| (source.element.as_str(), source)).collect();
    let instance = |(at, meter): (usize, &BillingMeter)| {
        let source = sources.get(format!("BillingMeter[{}]", at + 1).as_str())?;
        let shared = times.get(meter.label.as_str()).is_some_and(|times| *times > 1);
        shared.then(|| format!("{}.{}", source.object, source.instance.as_deref().unwrap_or("")))
    };
    counters.billing_meters.iter().enumerate().map(instance).collect()
}

/// What the main board of a device is known by.
fn board(report: &DeviceReport) -> Vec<String> {
    let controllers = report.identity.modules.iter().filter(|module| module.kind == ModuleKind::Controller);
    let serials = controllers.filter_map(|module| module.serial_number.as_ref());
    let macs = identity::macs(report).map(|mac| format!("{MAC}{mac}"));
    serials.map(|serial| format!("{SERIAL}{serial}")).chain(macs).collect()
}

/// Whether two boards are known to differ: by all serial numbers of their controllers, or where one of them tells none, by
/// all MAC addresses. A device that is asked over its other interface has still the same ones.
fn is_another(before: &[String], now: &[String]) -> bool {
    let differ = |kind: &str| {
        let of = |board: &[String]| -> Vec<String> {
            board.iter().filter(|mark| mark.starts_with(kind)).cloned().collect()
        };
        let (before, now) = (of(before), of(now));
        (!before.is_empty() && !now.is_empty()).then(|| !now.iter().any(|mark| before.contains(mark)))
    };
    differ(SERIAL).or_else(|| differ(MAC)).unwrap_or(false)
}

const SERIAL: &str = "serial ";
const MAC: &str = "mac ";

impl Track {
    /// Takes in a value; `reach` is the most that can have been counted since the last one, `wraps` where the counter may
    /// begin again.
    fn step(&mut self, now: u64, reach: u64, wraps: &[u64]) -> (u64, Option<CounterEvent>) {
        let before = core::mem::replace(&mut self.value, now);
        if now < before {
            let across =
                wraps.iter().filter(|wrap| before < **wrap).filter_map(|wrap| now.checked_add(wrap - before));
            if let Some(counted) = across.filter(|counted| *counted <= reach).min() {
                return (counted, Some(CounterEvent::CounterWrap));
            }
            if self.fallen_from.len() < 16 {
                self.fallen_from.push(before);
            }
            let event = if now < before / 10 { CounterEvent::CounterReset } else { CounterEvent::Other };
            return (0, Some(event));
        }
        // What lies below a value that was reached before has been counted before.
        let mut counted_to = None;
        while let Some(old) = self.fallen_from.pop_if(|old| *old <= now) {
            counted_to = Some(old);
        }
        let more = now - counted_to.unwrap_or(before);
        match counted_to {
            _ if more > reach => (0, Some(CounterEvent::Other)),
            Some(_) => (more, Some(CounterEvent::Other)),
            None => (more, None),
        }
    }
}

/// Where a Counter32 begins again.
const WRAP: u64 = 1 << 32;

/// Where a signed one of 32 bits does: the high-order bit is never set (IcCounter32 of PWG 5106.3).
const SIGNED_WRAP: u64 = 1 << 31;

/// The most that can have been counted in this time. No engine prints 1,500 sides a minute; other units, such as rows
/// of dots, run faster. A grace for clocks that are a little off.
fn reach(elapsed: Duration, unit: &CounterUnit) -> u64 {
    let per_minute = match unit {
        CounterUnit::Impressions | CounterUnit::Sheets => 1_500,
        _ => 10_000_000,
    };
    let minutes = elapsed.as_secs() / 60 + 10;
    minutes.saturating_mul(per_minute).min(WRAP / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use remote_services_core::counter::MarkerCount;

    const DAY: Duration = Duration::from_secs(86_400);

    fn counters(value: u64) -> Counters {
        let count = MarkerCount { value, unit: CounterUnit::Impressions, marker: Some(1) };
        Counters { life_counts: vec![count], ..Counters::default() }
    }

    /// What is counted, with its event, after each value; the first one is the beginning.
    fn run(values: &[u64]) -> Vec<(u64, Option<CounterEvent>)> {
        let mut ledger = Ledger::default();
        values
            .iter()
            .map(|value| {
                let mut reading = counters(*value);
                let increment = ledger.observe(&mut reading, DAY).remove(0);
                assert_eq!(reading.epoch, ledger.epoch);
                assert_eq!(reading.events, Vec::from_iter(increment.event.clone()));
                (increment.counted, increment.event)
            })
            .skip(1)
            .collect()
    }

    #[test]
    fn growth_is_the_difference() {
        assert_eq!(run(&[100, 100, 150]), [(0, None), (50, None)]);
    }

    #[test]
    fn a_wrap_is_counted_across_two_to_the_32() {
        assert_eq!(run(&[WRAP - 10, 5]), [(15, Some(CounterEvent::CounterWrap))]);
    }

    #[test]
    fn a_reset_and_a_decrease_count_nothing_and_differ() {
        assert_eq!(run(&[50_000, 20]), [(0, Some(CounterEvent::CounterReset))]);
        assert_eq!(run(&[50_000, 49_000]), [(0, Some(CounterEvent::Other))]);
        assert_eq!(run(&[50_000, 20, 40])[1], (20, None));
    }

    #[test]
    fn a_value_that_was_wrong_once_is_not_counted_twice() {
        assert_eq!(
            run(&[50_000, 0, 50_010, 50_020]),
            [(0, Some(CounterEvent::CounterReset)), (10, Some(CounterEvent::Other)), (10, None)]
        );
        assert_eq!(
            run(&[50_000, 900_000_000, 50_010]),
            [(0, Some(CounterEvent::Other)), (0, Some(CounterEvent::CounterReset))]
        );
    }

    #[test]
    fn each_event_begins_an_epoch_and_other_counters_go_on() {
        let mut ledger = Ledger::default();
        let mut reading = counters(1_000);
        reading.life_counts.push(MarkerCount { value: 7, unit: CounterUnit::Impressions, marker: Some(2) });
        ledger.observe(&mut reading, DAY);
        reading.life_counts[0].value = 3;
        reading.life_counts[1].value = 9;
        let increments = ledger.observe(&mut reading, DAY);
        assert_eq!((ledger.epoch, reading.epoch), (1, 1));
        assert_eq!(increments.iter().map(|increment| increment.counted).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn counts_of_different_units_are_never_compared() {
        let mut ledger = Ledger::default();
        let mut observe = |value, unit| {
            let mut reading = counters(value);
            reading.life_counts[0].unit = unit;
            let increment = ledger.observe(&mut reading, DAY).remove(0);
            (increment.counted, increment.event, reading.epoch)
        };
        let (impressions, sheets) = (|| CounterUnit::Impressions, || CounterUnit::Sheets);
        observe(1_000, sheets());
        // As many as can have been printed, and far fewer: neither is growth or a fall.
        assert_eq!(observe(1_900, impressions()), (0, Some(CounterEvent::Other), 1));
        assert_eq!(observe(1_910, impressions()), (10, None, 1));
        assert_eq!(observe(100, sheets()), (0, Some(CounterEvent::Other), 2));
        assert_eq!(observe(105, sheets()), (5, None, 2));
        // Nor does the value from before the change say anything now.
        assert_eq!(observe(2_000, sheets()), (1_895, None, 2));
    }

    #[test]
    fn a_ledger_that_kept_no_units_goes_on() {
        let mut ledger = Ledger::default();
        ledger.observe(&mut counters(1_000), DAY);
        ledger.units.clear();
        assert_eq!(ledger.observe(&mut counters(1_010), DAY)[0].counted, 10);
        assert_eq!(ledger.units["LifeCount/1"], CounterUnit::Impressions);
    }

    #[test]
    fn two_meters_of_one_label_are_two_counters() {
        use remote_services_core::counter::BillingMeter;
        let meter = |value| {
            let (label, unit) = ("Copies".to_owned(), CounterUnit::Impressions);
            BillingMeter { label, value, unit, service_usage: None }
        };
        let reading =
            |one, other| Counters { billing_meters: vec![meter(one), meter(other)], ..Counters::default() };
        let mut ledger = Ledger::default();
        ledger.observe(&mut reading(9_000, 5), DAY);
        let more = ledger.observe(&mut reading(9_010, 6), DAY);
        assert_eq!(
            more.iter().map(|more| (more.counted, more.event.clone())).collect::<Vec<_>>(),
            [(10, None), (1, None)]
        );
    }

    #[test]
    fn a_meter_that_goes_or_comes_beside_others_of_its_label_is_taken_for_none_of_them() {
        use remote_services_core::reading::Header;
        let reading = |rows: &[(u32, u64)]| {
            let mut header = Header::default();
            let mut billing_meters = Vec::new();
            for (at, (row, value)) in rows.iter().enumerate() {
                let (label, unit) = ("Total Impressions".to_owned(), CounterUnit::Impressions);
                billing_meters.push(BillingMeter { label, value: *value, unit, service_usage: None });
                header.source(
                    format!("BillingMeter[{}]", at + 1),
                    "1.3.6.1.4.1.253.8.53.13.2.1.6",
                    Some(row.to_string()),
                );
            }
            Counters { header, billing_meters, ..Counters::default() }
        };
        let mut ledger = Ledger::default();
        let mut observe = |rows: &[(u32, u64)]| {
            let mut counters = reading(rows);
            let increments = ledger.observe(&mut counters, DAY);
            let counted: Vec<u64> = increments.iter().map(|increment| increment.counted).collect();
            (counted, counters.events, counters.epoch)
        };
        let other = vec![CounterEvent::Other];
        assert_eq!(observe(&[(1, 1_000), (2, 9_000)]), (vec![0, 0], vec![], 0));
        // In another order they are the same meters.
        assert_eq!(observe(&[(2, 9_010), (1, 1_001)]), (vec![10, 1], vec![], 0));
        assert_eq!(observe(&[(2, 9_020)]), (vec![0], other.clone(), 1));
        assert_eq!(observe(&[(2, 9_025)]), (vec![5], vec![], 1));
        assert_eq!(observe(&[(1, 1_002), (2, 9_030)]), (vec![0, 0], other.clone(), 2));
        // As many as before, but not the same ones.
        assert_eq!(observe(&[(2, 9_035), (3, 9_100)]), (vec![0, 0], other, 3));
        assert_eq!(observe(&[(2, 9_036), (3, 9_102)]), (vec![1, 2], vec![], 3));
    }

    #[test]
    fn meters_and_counters_of_services_wrap_at_two_to_the_31_and_life_counts_do_not() {
        use remote_services_core::counter::{BillingMeter, ServiceCounters, ServiceType};
        let reading = |value: u64| {
            let impressions = Some(ColorCounts { total: Some(value), ..ColorCounts::default() });
            let (work_type, persistence) = (WorkType::WorkTotals, Persistence::Lifetime);
            let work = WorkCounters { work_type, persistence, impressions, ..WorkCounters::default() };
            let service = ServiceCounters { service_type: ServiceType::Print, work: vec![work] };
            let (label, unit) = ("Total".to_owned(), CounterUnit::Impressions);
            let meter = BillingMeter { label, value, unit, service_usage: None };
            Counters { billing_meters: vec![meter], services: vec![service], ..counters(value) }
        };
        let mut ledger = Ledger::default();
        ledger.observe(&mut reading(SIGNED_WRAP - 10), DAY);
        let mut after = reading(5);
        let told: Vec<_> = ledger
            .observe(&mut after, DAY)
            .into_iter()
            .map(|more| (more.counter, more.counted, more.event))
            .collect();
        assert_eq!(
            told,
            [
                ("LifeCount/1".into(), 0, Some(CounterEvent::CounterReset)),
                ("BillingMeter/Total".into(), 15, Some(CounterEvent::CounterWrap)),
                ("Service/print/impressions/total".into(), 15, Some(CounterEvent::CounterWrap)),
            ]
        );
        assert_eq!(after.epoch, 1, "one epoch for all of them");
        let again = ledger.observe(&mut reading(9), DAY);
        assert!(again.iter().all(|more| (more.counted, more.event.clone()) == (4, None)), "{again:?}");
    }

    #[test]
    fn another_board_is_told_by_its_serial_number_or_by_all_its_addresses() {
        let marks = |marks: &[&str]| marks.iter().map(|mark| (*mark).to_owned()).collect::<Vec<_>>();
        let [one, both, other, serial, spare] = [
            marks(&["mac 00:00:00:00:00:01"]),
            marks(&["mac 00:00:00:00:00:02", "mac 00:00:00:00:00:01"]),
            marks(&["mac 00:00:00:00:00:03"]),
            marks(&["serial A", "mac 00:00:00:00:00:01"]),
            marks(&["serial B", "mac 00:00:00:00:00:01"]),
        ];
        assert!(!is_another(&one, &both), "a second interface came up");
        assert!(is_another(&both, &other));
        assert!(is_another(&serial, &spare), "the network card was kept");
        assert!(!is_another(&serial, &one), "one of them tells no serial number");
        assert!(!is_another(&one, &[]) && !is_another(&[], &one), "nothing is known");
    }

    #[derive(Clone, Debug)]
    enum Happening {
        Print(u64),
        Reset,
        /// Shows zero once.
        WrongReading,
        OtherBoard,
    }

    fn printing() -> impl Strategy<Value = Happening> {
        (0_u64..2_000).prop_map(Happening::Print)
    }

    fn board_tried_and_put_back() -> impl Strategy<Value = Vec<Happening>> {
        let some = || prop::collection::vec(printing(), 0..9);
        (some(), some(), some()).prop_map(|(before, meanwhile, after)| {
            [before, vec![Happening::OtherBoard], meanwhile, vec![Happening::OtherBoard], after].concat()
        })
    }

    /// Where the counter begins, and what happens to it.
    fn life() -> impl Strategy<Value = (u64, Vec<Happening>)> {
        let one_board = prop_oneof![
            3 => printing(),
            1 => Just(Happening::Reset),
            1 => Just(Happening::WrongReading),
        ];
        let happenings = |of| prop::collection::vec(of, 0..40);
        prop_oneof![
            (0_u64..100_000, happenings(one_board.boxed())),
            (0_u64..100_000, board_tried_and_put_back()),
            (WRAP - 5_000..WRAP, happenings(printing().boxed())),
        ]
    }

    proptest! {
        // A device, in some lives with a second, new board; only what is printed may be counted.
        #[test]
        fn nothing_is_ever_counted_that_was_not_printed((start, happenings) in life()) {
            let mut boards = [start, 0];
            let mut fitted = 0;
            let (mut printed, mut counted) = (0_u64, 0_u64);
            let mut ledger = Ledger::default();
            ledger.observe(&mut counters(start), DAY);
            for happening in happenings {
                let mut shown = None;
                match happening {
                    Happening::Print(pages) => {
                        printed += pages;
                        boards[fitted] = (boards[fitted] + pages) % WRAP;
                    }
                    Happening::Reset => boards[fitted] = 0,
                    Happening::WrongReading => shown = Some(0),
                    Happening::OtherBoard => fitted = 1 - fitted,
                }
                let before = ledger.epoch;
                let value = shown.unwrap_or(boards[fitted]);
                let fell = value < ledger.tracks["LifeCount/1"].value;
                let increments = ledger.observe(&mut counters(value), DAY);
                counted += increments[0].counted;
                prop_assert!(!fell || ledger.epoch > before);
                prop_assert!(counted <= printed, "counted {counted}, printed {printed}");
            }
        }

        #[test]
        fn plain_printing_is_counted_in_full_across_the_wrap(
            start in WRAP - 5_000..WRAP,
            pages in prop::collection::vec(0_u64..2_000, 0..40),
        ) {
            let mut value = start;
            let mut ledger = Ledger::default();
            ledger.observe(&mut counters(value), DAY);
            let mut counted = 0;
            for pages in &pages {
                value = (value + pages) % WRAP;
                counted += ledger.observe(&mut counters(value), DAY)[0].counted;
            }
            prop_assert_eq!(counted, pages.iter().sum::<u64>());
        }

        #[test]
        fn no_values_panic(values: Vec<u64>) {
            run(&values);
        }
    }
}
