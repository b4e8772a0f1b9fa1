//! Accounting records from the Job-Monitoring MIB (RFC 2707, PWG 5100.x): jobs that a device has ended and still remembers.
//!
//! Personal data throughout, so nothing here is part of a usual collection: ask for [`columns`] only where the customer has
//! agreed to job accounting, and hand what was read to [`build`]. A device forgets a job after jmGeneralJobPersistence seconds
//! (60 by default), so a reading a day sees few of them; the record id lets the same job be read twice and counted once.

use core::time::Duration;
use remote_services_core::job::{
    AccountingSource, ColorMode, Job, JobCharge, JobDestination, JobManagement, JobResult, JobServiceType,
    JobSource, JobState,
};
use remote_services_core::time::Timestamp;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;

use crate::store::{ObjectStore, Row, Table, integer, not_empty};
use crate::text::{self, Charset};

/// 2 state, 3 reasons for it, 8 impressions, 9 owner; indexed by job set and job.
static JOBS: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.1.1.3.1.1"), columns: &[2, 3, 8, 9] };
/// 3 number, 4 octets; indexed by job set, job, attribute and instance.
static ATTRIBUTES: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.1.1.4.1.1"), columns: &[3, 4] };
const SYS_UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");

/// Jobs that are read at most: a device has a few dozen.
const MOST_JOBS: usize = 1_000;

/// Columns to walk, and sysUpTime, without which the times of jobs say nothing.
#[must_use]
pub fn columns() -> (Vec<Oid>, Oid) {
    let tables = [&JOBS, &ATTRIBUTES];
    (tables.iter().flat_map(|table| table.roots()).collect(), SYS_UP_TIME)
}

/// Names for one GETNEXT, whose answers tell [whether there are jobs](are_there) and what time it is for the device.
#[must_use]
pub fn probe() -> Vec<Oid> {
    vec![oid!("1.3.6.1.2.1.1.3"), JOBS.column(2)]
}

/// Whether the answers to [`probe`] are those of a device that keeps jobs.
#[must_use]
pub fn are_there(store: &ObjectStore) -> bool {
    store.below(&JOBS.column(2)).next().is_some()
}

/// The jobs that have ended, oldest first. `device` goes into the record ids: something that stays with the device, such
/// as its serial number. `read_at` is when sysUpTime was read.
#[must_use]
pub fn build(store: &ObjectStore, device: &str, read_at: Timestamp) -> Vec<Job> {
    let attributes = Attributes::of(store);
    let clock = Clock { read_at, uptime: store.get(&SYS_UP_TIME).and_then(Value::as_u64) };
    let rows = store.rows(&JOBS, None);
    let ended = rows.iter().filter(|row| matches!(row.number(2), Some(7..=9)) && row.index.len() == 2);
    let mut jobs: Vec<(Option<u64>, Job)> = ended
        .take(MOST_JOBS)
        .map(|row| {
            let key = (row.index[0], row.index[1]);
            let of = Of { attributes: &attributes, key };
            (of.number(COMPLETED), job(row, &of, device, clock))
        })
        .collect();
    jobs.sort_by_key(|(completed, _)| *completed);
    jobs.into_iter().map(|(_, job)| job).collect()
}

fn job(row: &Row<'_>, of: &Of<'_>, device: &str, clock: Clock) -> Job {
    let (set, number) = of.key;
    let owner = row.text(9, Charset::Unknown);
    // jmJobSubmissionID tells jobs apart too, but mostly by the name of a person.
    let job_id = format!("{set}.{number}");
    // Times are those of sysUpTime then, so they are the same at every reading.
    let [submitted, started, completed] =
        [of.number(191).or_else(|| of.number(190)), of.number(193), of.number(COMPLETED)];
    let time = completed.or(started).or(submitted).map_or_else(|| "-".into(), |ticks| ticks.to_string());
    let record_id = format!("jobmib:{device}:{job_id}:{time}");
    let colorants = |kind| of.all(kind).map(colorant).collect::<Vec<_>>();
    let (requested, consumed) = (colorants(172), colorants(173));
    let impressions = row.number(8).and_then(|count| u64::try_from(count).ok());
    let full_color = of.number(114);
    let highlight = of.number(115);
    let monochrome = impressions
        .zip(full_color)
        .and_then(|(all, color)| all.checked_sub(color)?.checked_sub(highlight.unwrap_or(0)));
    let duration = completed.zip(started).and_then(|(end, start)| end.checked_sub(start));
    let [submitted, started, completed] =
        [submitted, started, completed].map(|ticks| ticks.and_then(|ticks| clock.at(ticks)));
    Job {
        job_id,
        job_name: of.text(23).or_else(|| of.text(22)),
        document_name: of.text(35).or_else(|| of.text(34)),
        owner: owner.clone(),
        document_type: of.text(28),
        job_types: of.number(24).map(services).unwrap_or_default(),
        state: row.number(2).map(JobState::from_number),
        state_reasons: row.number(3).map(reasons).unwrap_or_default(),
        color_requested: is_color(&requested),
        duplex: of.number(55).map(|sides| sides == 2),
        media_requested: of.text(170),
        media_size: of.text(175),
        document_format: of.text(38),
        pages_requested: of.number(130),
        sets_requested: of.number(90).or_else(|| of.number(92)),
        destination: of
            .text(32)
            .or_else(|| of.text(30))
            .map(|device| JobDestination { device: Some(device), ..JobDestination::default() }),
        result: Some(JobResult {
            submitted_at: submitted,
            started_at: started,
            completed_at: completed,
            duration,
            pages_printed: of.number(131),
            impressions,
            impressions_full_color: full_color,
            impressions_monochrome: monochrome,
            sheets: of.number(151),
            sets_printed: of.number(91),
            color_mode: is_color(&consumed)
                .map(|color| if color { ColorMode::Color } else { ColorMode::Monochrome }),
            number_up: None,
        }),
        accounting: Some(JobCharge {
            charge_back_code: of.text(21),
            charge_back_price: None,
            source: Some(AccountingSource::JobMib),
        }),
        source: Some(JobSource {
            workstation: of.text(29),
            print_server_name: of.text(27),
            queue_name: of.text(31),
            port: of.number(25).map(|channel| format!("channel {channel}")),
            user_name: owner,
            ..JobSource::default()
        }),
        management: JobManagement { record_id, ..JobManagement::default() },
        ..Job::default()
    }
}

/// jobCompletionTime
const COMPLETED: u32 = 194;

/// When a time of jobs was, from seconds of sysUpTime (JmTimeStampTC).
#[derive(Clone, Copy)]
struct Clock {
    read_at: Timestamp,
    uptime: Option<u64>,
}

impl Clock {
    fn at(self, seconds: u64) -> Option<Timestamp> {
        let ago = (self.uptime? / 100).checked_sub(seconds)?;
        Some(self.read_at.minus(Duration::from_secs(ago)))
    }
}

/// Attributes by job set, job, kind and instance: the number and the octets.
struct Attributes<'a>(BTreeMap<(u32, u32, u32, u32), Cell<'a>>);

/// jmAttributeValueAsInteger and jmAttributeValueAsOctets: an attribute has one of them or both.
type Cell<'a> = (Option<i64>, Option<&'a [u8]>);

impl<'a> Attributes<'a> {
    fn of(store: &'a ObjectStore) -> Self {
        let mut all: BTreeMap<_, Cell<'_>> = BTreeMap::new();
        for column in [3, 4] {
            for (index, value) in store.below(&ATTRIBUTES.column(column)) {
                let [set, job, kind, instance] = index[..] else { continue };
                let cell = all.entry((set, job, kind, instance)).or_default();
                match column {
                    3 => cell.0 = integer(value),
                    _ => cell.1 = value.as_bytes(),
                }
            }
        }
        Self(all)
    }
}

/// The attributes of one job.
struct Of<'a> {
    attributes: &'a Attributes<'a>,
    key: (u32, u32),
}

impl Of<'_> {
    fn all(&self, kind: u32) -> impl Iterator<Item = Cell<'_>> {
        let (set, job) = self.key;
        self.attributes.0.range((set, job, kind, 0)..=(set, job, kind, u32::MAX)).map(|(_, cell)| *cell)
    }

    /// The number of the first instance; -1 and -2 are none.
    fn number(&self, kind: u32) -> Option<u64> {
        self.all(kind).find_map(|(number, _)| u64::try_from(number?).ok())
    }

    fn text(&self, kind: u32) -> Option<String> {
        self.all(kind).find_map(|(_, octets)| not_empty(text::plain(octets?)))
    }
}

/// The name of a colorant, or its index where no name is told.
fn colorant((number, octets): Cell<'_>) -> String {
    let name = octets.map(text::plain).and_then(not_empty);
    name.unwrap_or_else(|| number.map_or_else(String::new, |number| format!("#{number}")))
}

/// Several colorants, or one that is not black.
fn is_color(colorants: &[String]) -> Option<bool> {
    match colorants {
        [] => None,
        [one] if one.starts_with('#') => None,
        [one] => Some(!one.eq_ignore_ascii_case("black")),
        _ => Some(true),
    }
}

/// The bits of jobServiceTypes.
fn services(bits: u64) -> Vec<JobServiceType> {
    let set = (0..9).map(|bit| 1_i64 << bit).filter(|bit| bits & bit.unsigned_abs() != 0);
    set.map(JobServiceType::from_number).collect()
}

/// The bits of jmJobStateReasons1. A bit without a word, or a sign, is none.
fn reasons(bits: i64) -> Vec<String> {
    let words = REASONS.iter().enumerate().filter(|(bit, _)| bits > 0 && bits & (1 << bit) != 0);
    words.map(|(_, word)| (*word).to_owned()).collect()
}

/// JmJobStateReasons1TC, from the lowest bit on (RFC 2707 §3.3.9.1).
const REASONS: [&str; 25] = [
    "other",
    "unknown",
    "jobIncoming",
    "submissionInterrupted",
    "jobOutgoing",
    "jobHoldSpecified",
    "jobHoldUntilSpecified",
    "jobProcessAfterSpecified",
    "resourcesAreNotReady",
    "deviceStoppedPartly",
    "deviceStopped",
    "jobInterpreting",
    "jobPrinting",
    "jobCanceledByUser",
    "jobCanceledByOperator",
    "jobCanceledAtDevice",
    "abortedBySystem",
    "processingToStopPoint",
    "serviceOffLine",
    "jobCompletedSuccessfully",
    "jobCompletedWithWarnings",
    "jobCompletedWithErrors",
    "jobPaused",
    "jobInterrupted",
    "jobRetained",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    /// Job 17 of set 1 has ended, job 18 is printing.
    fn monitored() -> ObjectStore {
        let lines = "1.3.6.1.2.1.1.3.0|67|1000000
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.17|2|9
1.3.6.1.4.1.2699.1.1.1.3.1.1.3.1.17|2|17825792
1.3.6.1.4.1.2699.1.1.1.3.1.1.8.1.17|2|12
1.3.6.1.4.1.2699.1.1.1.3.1.1.9.1.17|4|ana
1.3.6.1.4.1.2699.1.1.1.3.1.1.2.1.18|2|5
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.17.23.1|4|Report.docx
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.24.1|2|12
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.17.29.1|4|pc-17
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.55.1|2|2
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.114.1|2|3
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.151.1|2|6
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.17.173.1|4|black
1.3.6.1.4.1.2699.1.1.1.4.1.1.4.1.17.173.2|4|cyan
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.131.1|2|-2
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.193.1|2|9900
1.3.6.1.4.1.2699.1.1.1.4.1.1.3.1.17.194.1|2|9940";
        samples::store(lines)
    }

    #[test]
    fn a_job_that_has_ended_is_an_accounting_record() {
        let read_at = Timestamp::from_unix_seconds(1_000_000);
        let jobs = build(&monitored(), "XYZ1", read_at);
        let [job] = &jobs[..] else { panic!("the one that has ended") };
        assert_eq!((job.owner.as_deref(), job.job_name.as_deref()), (Some("ana"), Some("Report.docx")));
        assert_eq!(job.job_types, [JobServiceType::Print, JobServiceType::Scan]);
        assert_eq!((job.state.as_ref(), job.duplex), (Some(&JobState::Completed), Some(true)));
        assert_eq!(job.state_reasons, ["jobCompletedWithWarnings", "jobRetained"]);
        assert!(reasons(-2).is_empty() && reasons(0).is_empty());
        let result = job.result.as_ref().unwrap();
        assert_eq!((result.impressions, result.impressions_full_color), (Some(12), Some(3)));
        assert_eq!(
            (result.impressions_monochrome, result.sheets, result.pages_printed),
            (Some(9), Some(6), None)
        );
        assert_eq!(result.completed_at, Some(Timestamp::from_unix_seconds(1_000_000 - 60)));
        assert_eq!((result.duration, result.color_mode.as_ref()), (Some(40), Some(&ColorMode::Color)));
        assert_eq!((job.job_id.as_str(), are_there(&monitored())), ("1.17", true));
        assert!(!are_there(&ObjectStore::new()));
    }

    #[test]
    fn a_job_that_is_read_twice_has_one_record_id() {
        let record = |seconds: u32| {
            let mut store = monitored();
            let later = Value::TimeTicks(1_000_000 + seconds * 100);
            store.insert(remote_services_snmp::VarBind::new(SYS_UP_TIME, later));
            build(&store, "XYZ1", Timestamp::from_unix_seconds(1_000_000 + i64::from(seconds))).remove(0)
        };
        assert_eq!(record(0), record(30));
        assert_eq!(record(0).management.record_id, "jobmib:XYZ1:1.17:9940", "and nobody's name is in it");
    }
}
