//! The imaging counters of PWG 5106.3 (PWG-IMAGING-COUNTER-MIB): services, and what each has counted.
//!
//! Every counter row begins with a key; icKeyTable says of which service, or of which part, the key is. Only keys of
//! services become counters of the model; those of parts (a tray, a marker) are left alone, since the model has no place
//! for them and adding them to a service would count twice.

use remote_services_core::counter::{
    ColorCounts, CounterUnit, Counters, MediaUsed, Persistence, ServiceCounters, ServiceType, Traffic,
    TrafficDirection, TwoSidedCounts, UsageStatistics, WorkCounters, WorkType,
};
use remote_services_core::properties::{Properties, Service};
use remote_services_core::status::Status;
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeMap;

use super::Reading;
use crate::profile;
use crate::store::{Row, Table, dotted};
use crate::text::Charset;

/// What a device with these counters has rows below.
pub(crate) const ROOT: Oid = oid!("1.3.6.1.4.1.2699.1.3.1.2.1.1");

/// 2 service, 5 index of the part, 0 for none.
static KEYS: Table = Table { entry: ROOT, columns: &[2, 5] };
/// 4 information, 6 state; indexed by service and number.
static SERVICES: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.3.1.1"), columns: &[4, 6] };
/// 4 down, 5 maintenance, 6 processing, in seconds; indexed by key and persistence.
static TIMES: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.5.1.1"), columns: &[4, 5, 6] };
/// 6 aborted, 7 cancelled, 8 completed jobs; indexed by key and persistence.
static MONITOR: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.6.1.1"), columns: &[6, 7, 8] };
/// 4 total, 5 monochrome, 6 full colour; indexed by key, work and persistence, as are the next four.
static IMAGES: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.7.1.1"), columns: &[4, 5, 6] };
/// 4 total, 5 monochrome, 6 blank, 7 full colour, 8 highlight colour, as in the next two.
static IMPRESSIONS: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.8.1.1"), columns: &[4, 5, 6, 7, 8] };
static TWO_SIDED: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.9.1.1"), columns: &[4, 5, 6, 7, 8] };
static SHEETS: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.10.1.1"), columns: &[4, 5, 6, 7, 8] };
/// 4 into the device, 5 out of it, in KiB.
static TRAFFIC: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.11.1.1"), columns: &[4, 5] };
/// 4 to 8 as above, 9 size; indexed by key, number and persistence.
static MEDIA: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.3.1.12.1.1"), columns: &[4, 5, 6, 7, 8, 9] };

/// icTimeTotalSeconds: all powered time.
pub(crate) const POWERED: Oid = oid!("1.3.6.1.4.1.2699.1.3.1.5.1.1.3");
/// icSheetTotalSheets
pub(crate) const SHEETS_TOTAL: Oid = oid!("1.3.6.1.4.1.2699.1.3.1.10.1.1.4");

/// Keys of the device as a whole.
pub(crate) fn device_keys(reading: &Reading<'_>) -> Vec<u32> {
    let keys = keys(reading).into_iter();
    keys.filter(|(_, service)| *service == ServiceType::SystemTotals).map(|(key, _)| key).collect()
}

/// Keys of single services.
pub(crate) fn service_keys(reading: &Reading<'_>) -> Vec<u32> {
    let keys = keys(reading).into_iter();
    keys.filter(|(_, service)| *service != ServiceType::SystemTotals).map(|(key, _)| key).collect()
}

/// Seconds of power over the lifetime of the device, and the instance that says so.
pub(crate) fn powered_seconds(reading: &Reading<'_>) -> Option<(u64, String)> {
    let of_device = device_keys(reading);
    let mut all = reading.store.below(&POWERED);
    all.find_map(|(index, value)| match index[..] {
        [key, 3] if of_device.contains(&key) => Some((value.as_u64()?, dotted(&index))),
        _ => None,
    })
}

/// Lifetime sheets of all work, of every key: that of a service or of a part. With the instance that says so.
pub(crate) fn sheets_by_key(reading: &Reading<'_>) -> Vec<(u32, u64, String)> {
    let all = reading.store.below(&SHEETS_TOTAL);
    all.filter_map(|(index, value)| match index[..] {
        [key, 3, 3] => Some((key, value.as_u64()?, dotted(&index))),
        _ => None,
    })
    .collect()
}

/// Columns to read from a device that has these counters.
pub(crate) fn columns() -> Vec<Oid> {
    let tables =
        [&KEYS, &SERVICES, &TIMES, &MONITOR, &IMAGES, &IMPRESSIONS, &TWO_SIDED, &SHEETS, &TRAFFIC, &MEDIA];
    tables.iter().flat_map(|table| table.roots()).collect()
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    for row in reading.store.rows(&SERVICES, None) {
        let service_type = row.index.first().map(|kind| ServiceType::from_number(i64::from(*kind)));
        if service_type == Some(ServiceType::SystemTotals) {
            continue;
        }
        properties.services.push(Service {
            service_type,
            name: row.text(4, Charset::Unknown),
            // IcServiceStateTC: down(7) takes no jobs.
            enabled: row.number(6).map(|state| state != 7),
        });
        let element = format!("Service[{}]", properties.services.len());
        properties.header.source(element, SERVICES.entry.to_string(), Some(row.dotted()));
    }
}

/// States of services other than the usual ones, as state reasons of the PWG.
pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    for row in reading.store.rows(&SERVICES, None) {
        let Some(kind) = row.index.first() else { continue };
        let state = match row.number(6) {
            Some(4) => "processing",
            Some(5) => "stopped",
            Some(6) => "testing",
            Some(7) => "down",
            _ => continue,
        };
        status.active_states.push(format!("{}-{state}", ServiceType::from_number(i64::from(*kind)).label()));
        let element = format!("ActiveState[{}]", status.active_states.len());
        status.header.source(element, SERVICES.column(6).to_string(), Some(row.dotted()));
    }
}

/// Fills the counters of services and the statistics; what the whole device has counted as well where no rule of the maker
/// has. Comes after those.
pub(crate) fn fill_counters(reading: &Reading<'_>, counters: &mut Counters) {
    let keys = keys(reading);
    let mut found = Work::default();
    for (table, unit) in
        [(&IMPRESSIONS, Unit::Impressions), (&TWO_SIDED, Unit::TwoSided), (&SHEETS, Unit::Sheets)]
    {
        for row in reading.store.rows(table, None) {
            let counts = ColorCounts {
                total: row.counter(4),
                monochrome: row.counter(5),
                blank: row.counter(6),
                full_color: row.counter(7),
                highlight_color: row.counter(8),
            };
            found.add(&keys, &row, unit, counts);
        }
    }
    for row in reading.store.rows(&IMAGES, None) {
        let (total, monochrome, full_color) = (row.counter(4), row.counter(5), row.counter(6));
        let counts = ColorCounts { total, monochrome, full_color, ..ColorCounts::default() };
        found.add(&keys, &row, Unit::Images, counts);
    }
    for row in reading.store.rows(&MEDIA, None) {
        found.add_media(&keys, &row);
    }
    let read = !found.0.is_empty();
    let maintenance = found.0.get(&(ServiceType::SystemTotals, MAINTENANCE, LIFETIME));
    let serviced = maintenance.and_then(|work| work.impressions.as_ref()?.total);
    let whole = reading.profile.and_then(profile::whole_device_label);
    // It stands beside the meter of all impressions, and is never subtracted from it.
    if let (Some(serviced), Some(label)) = (serviced, whole)
        && let Some(at) = counters.billing_meters.iter().position(|meter| meter.label == label)
    {
        counters.billing_meters[at].service_usage = Some(serviced);
        let element = format!("BillingMeter[{}]/ServiceUsage", at + 1);
        counters.header.source(element, IMPRESSIONS.column(4).to_string(), None);
    }
    for ((service, _, _), work) in found.0 {
        let services = &mut counters.services;
        let whole = work.work_type == WorkType::WorkTotals && work.persistence == Persistence::Lifetime;
        if whole && service == ServiceType::SystemTotals {
            whole_device(&work, counters);
            continue;
        }
        let at = services.iter().position(|known| known.service_type == service).unwrap_or(services.len());
        if at == services.len() {
            services.push(ServiceCounters { service_type: service, work: Vec::new() });
        }
        let same =
            |known: &WorkCounters| known.work_type == work.work_type && known.persistence == work.persistence;
        // What a rule of the maker has filled stays: the maker's meter is what bills.
        match services[at].work.iter_mut().find(|known| same(known)) {
            Some(known) => complete(known, work),
            None => services[at].work.push(work),
        }
    }
    if read {
        counters.header.source("Service", ROOT.to_string(), None);
    }
    statistics(reading, &keys, counters);
}

/// The service of each key that is no part's.
fn keys(reading: &Reading<'_>) -> BTreeMap<u32, ServiceType> {
    let of_service = |row: &Row<'_>| row.number(5).unwrap_or(0) == 0;
    let rows = reading.store.rows(&KEYS, None);
    let rows = rows.iter().filter(|row| of_service(row));
    rows.filter_map(|row| Some((row.last(), ServiceType::from_number(row.number(2)?)))).collect()
}

#[derive(Clone, Copy)]
enum Unit {
    Impressions,
    TwoSided,
    Sheets,
    Images,
}

/// Counters by service, and the numbers of work and persistence.
#[derive(Default)]
struct Work(BTreeMap<(ServiceType, u32, u32), WorkCounters>);

impl Work {
    fn of(&mut self, service: &ServiceType, work: u32, persistence: u32) -> &mut WorkCounters {
        self.0.entry((service.clone(), work, persistence)).or_insert_with(|| WorkCounters {
            work_type: WorkType::from_number(i64::from(work)),
            persistence: Persistence::from_number(i64::from(persistence)),
            ..WorkCounters::default()
        })
    }

    fn add(&mut self, keys: &BTreeMap<u32, ServiceType>, row: &Row<'_>, unit: Unit, counts: ColorCounts) {
        let [key, work, persistence] = row.index[..] else { return };
        let Some(service) = keys.get(&key) else { return };
        let work = self.of(service, work, persistence);
        match unit {
            Unit::Impressions => work.impressions = Some(counts),
            Unit::Sheets => work.sheets = Some(counts),
            Unit::Images => work.images = Some(counts),
            Unit::TwoSided => {
                let ColorCounts { total, monochrome, full_color, highlight_color, blank } = counts;
                let unit = CounterUnit::Impressions;
                work.two_sided =
                    Some(TwoSidedCounts { unit, total, monochrome, full_color, highlight_color, blank });
            }
        }
    }

    fn add_media(&mut self, keys: &BTreeMap<u32, ServiceType>, row: &Row<'_>) {
        let [key, _, persistence] = row.index[..] else { return };
        let (Some(service), Some(size)) = (keys.get(&key), row.text(9, Charset::Unknown)) else { return };
        let sheets = ColorCounts {
            total: row.counter(4),
            monochrome: row.counter(5),
            blank: row.counter(6),
            full_color: row.counter(7),
            highlight_color: row.counter(8),
        };
        // The table does not tell work apart: workTotals(3).
        let work = self.of(service, 3, persistence);
        work.media_used.push(MediaUsed { media_size_name: size, sheets });
    }
}

/// Members that were not filled.
fn complete(known: &mut WorkCounters, more: WorkCounters) {
    known.impressions = known.impressions.take().or(more.impressions);
    known.two_sided = known.two_sided.take().or(more.two_sided);
    known.sheets = known.sheets.take().or(more.sheets);
    known.images = known.images.take().or(more.images);
    known.media_used.extend(more.media_used);
}

/// systemTotals, all work, lifetime: the counters of the device as a whole.
fn whole_device(work: &WorkCounters, counters: &mut Counters) {
    if work.impressions.is_some() {
        counters.header.withheld.retain(|withheld| withheld.element != "Impressions");
        counters.header.sources.retain(|source| !source.element.starts_with("Impressions"));
        counters.header.source("Impressions", IMPRESSIONS.entry.to_string(), None);
        counters.impressions.clone_from(&work.impressions);
    }
    for (filled, element, table) in [
        (work.two_sided.is_some(), "TwoSided", &TWO_SIDED),
        (work.sheets.is_some(), "Sheets", &SHEETS),
        (work.images.is_some(), "Images", &IMAGES),
    ] {
        if filled {
            counters.header.source(element, table.entry.to_string(), None);
        }
    }
    counters.two_sided = counters.two_sided.take().or_else(|| work.two_sided.clone());
    counters.sheets = counters.sheets.take().or_else(|| work.sheets.clone());
    counters.images = counters.images.take().or_else(|| work.images.clone());
    if !work.media_used.is_empty() {
        let service = ServiceType::SystemTotals;
        let media = WorkCounters { media_used: work.media_used.clone(), ..WorkCounters::default() };
        let media =
            WorkCounters { work_type: WorkType::WorkTotals, persistence: Persistence::Lifetime, ..media };
        match counters.services.iter_mut().find(|known| known.service_type == service) {
            Some(known) => known.work.push(media),
            None => counters.services.push(ServiceCounters { service_type: service, work: vec![media] }),
        }
    }
}

/// Lifetime figures of the whole device, and the traffic of every service.
fn statistics(reading: &Reading<'_>, keys: &BTreeMap<u32, ServiceType>, counters: &mut Counters) {
    let lifetime = |row: &&Row<'_>| row.index.last() == Some(&3);
    let of_device = |row: &&Row<'_>| {
        lifetime(row) && row.index.first().and_then(|key| keys.get(key)) == Some(&ServiceType::SystemTotals)
    };
    let mut usage = UsageStatistics::default();
    if let Some(row) = reading.store.rows(&MONITOR, None).iter().find(of_device) {
        (usage.jobs_aborted, usage.jobs_canceled, usage.jobs_completed) =
            (row.counter(6), row.counter(7), row.counter(8));
    }
    if let Some(row) = reading.store.rows(&TIMES, None).iter().find(of_device) {
        (usage.down_time, usage.maintenance_time, usage.processing_time) =
            (row.counter(4), row.counter(5), row.counter(6));
    }
    for row in reading.store.rows(&TRAFFIC, None).iter().filter(lifetime) {
        // All work only: the parts of it would count twice.
        let (Some(service), Some(3)) = (row.index.first().and_then(|key| keys.get(key)), row.index.get(1))
        else {
            continue;
        };
        let service = (*service != ServiceType::SystemTotals).then(|| service.clone());
        for (column, direction) in [(4, TrafficDirection::Input), (5, TrafficDirection::Output)] {
            if let Some(value) = row.counter(column) {
                usage.traffic.push(Traffic { value, direction, service: service.clone() });
            }
        }
    }
    if usage != UsageStatistics::default() {
        counters.usage = Some(usage);
        counters.header.source("UsageStatistics", MONITOR.entry.to_string(), None);
    }
}

/// maintenance of IcWorkTypeTC, lifetime of IcPersistenceTC.
const MAINTENANCE: u32 = 7;
const LIFETIME: u32 = 3;

#[cfg(test)]
#[path = "imaging_tests.rs"]
mod tests;
