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
mod tests;
