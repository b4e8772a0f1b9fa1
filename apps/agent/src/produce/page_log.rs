//! Accounting records from the page_log of CUPS.
//!
//! With its default PageLogFormat a line is
//! `printer user job-id [date] page copies job-billing host job-name media sides`. One line a job says `total` for the page;
//! older filters write a line a page, which are added up here. Only job-name may hold blanks; `-` stands for nothing.

use crate::regular;
use remote_services_core::job::{
    AccountingSource, Job, JobCharge, JobDestination, JobManagement, JobResult, JobServiceType, JobSource,
    JobState,
};
use remote_services_core::time::Timestamp;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Octets of a log that are read: CUPS rotates at one mebibyte (MaxLogSize).
const MOST_OCTETS: u64 = 64 << 20;
/// Jobs that are given.
const MOST_JOBS: usize = 100_000;

/// The jobs of a log, in the order in which they ended.
///
/// # Errors
/// When the file cannot be read.
pub fn read(file: &Path) -> io::Result<Vec<Job>> {
    Ok(parse(BufReader::new(regular::open(file)?.take(MOST_OCTETS))))
}

/// The jobs in these lines. What is no line of a page log is stepped over.
pub fn parse(lines: impl BufRead) -> Vec<Job> {
    let mut jobs: Vec<Entry> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let Some(entry) = Entry::of(line.trim_end()) else { continue };
        let key = (entry.printer.clone(), entry.job.clone());
        match known.get(&key) {
            // Job ids begin anew when the spool is emptied: much later it is another job.
            Some(&at) if entry.at.since(jobs[at].at).as_secs() < SAME_JOB => jobs[at].join(&entry),
            _ if jobs.len() >= MOST_JOBS => break,
            _ => {
                known.insert(key, jobs.len());
                jobs.push(entry);
            }
        }
    }
    jobs.into_iter().map(Entry::into_job).collect()
}

/// Pages of one job are logged while it prints.
const SAME_JOB: u64 = 86_400;

struct Entry {
    printer: String,
    user: Option<String>,
    job: String,
    /// Of the first line.
    began: Timestamp,
    at: Timestamp,
    impressions: u64,
    total: bool,
    billing: Option<String>,
    host: Option<String>,
    name: Option<String>,
    media: Option<String>,
    duplex: Option<bool>,
}

impl Entry {
    fn of(line: &str) -> Option<Self> {
        let (before, rest) = line.split_once(" [")?;
        let (date, after) = rest.split_once("] ")?;
        // A user or a printer has no blank, a job id is a number.
        let mut words = before.split(' ');
        let (printer, user, job) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() || !job.bytes().all(|c| c.is_ascii_digit()) || printer.is_empty() {
            return None;
        }
        let at = time(date)?;
        let words: Vec<&str> = after.split(' ').collect();
        let (page, count) = (*words.first()?, words.get(1)?.parse::<u64>().ok()?);
        let total = page == "total";
        if !total && page.parse::<u64>().is_err() {
            return None;
        }
        let told = |word: Option<&&str>| word.filter(|word| **word != "-").map(|word| (*word).to_owned());
        let (billing, host) = (told(words.get(2)), told(words.get(3)));
        let (name, media, sides) = match words.get(4..) {
            Some([name @ .., media, sides]) => (name.join(" "), told(Some(media)), told(Some(sides))),
            Some(rest) => (rest.join(" "), None, None),
            None => (String::new(), None, None),
        };
        Some(Self {
            printer: printer.to_owned(),
            user: told(Some(&user)),
            job: job.to_owned(),
            began: at,
            at,
            impressions: count,
            total,
            billing,
            host,
            name: Some(name).filter(|name| !matches!(name.as_str(), "" | "-")),
            media,
            duplex: sides.map(|sides| sides.starts_with("two-sided")),
        })
    }

    /// Another line of the same job: the total is all there is, pages add up.
    fn join(&mut self, more: &Self) {
        match (self.total, more.total) {
            (true, true) => self.impressions = self.impressions.max(more.impressions),
            (true, false) => {}
            (false, true) => self.impressions = more.impressions,
            (false, false) => self.impressions = self.impressions.saturating_add(more.impressions),
        }
        self.total |= more.total;
        self.at = more.at;
    }

    fn into_job(self) -> Job {
        let began = self.began.unix_seconds();
        Job {
            job_id: self.job.clone(),
            job_name: self.name,
            owner: self.user.clone(),
            job_types: vec![JobServiceType::Print],
            state: Some(JobState::Completed),
            duplex: self.duplex,
            media_requested: self.media,
            destination: Some(JobDestination {
                device: Some(self.printer.clone()),
                ..JobDestination::default()
            }),
            result: Some(JobResult {
                completed_at: Some(self.at),
                impressions: Some(self.impressions),
                ..JobResult::default()
            }),
            accounting: Some(JobCharge {
                charge_back_code: self.billing,
                charge_back_price: None,
                source: Some(AccountingSource::PrintServer),
            }),
            source: Some(JobSource {
                workstation: self.host,
                queue_name: Some(self.printer.clone()),
                user_name: self.user,
                ..JobSource::default()
            }),
            management: JobManagement {
                record_id: format!("page_log:{}:{}:{began}", self.printer, self.job),
                ..JobManagement::default()
            },
            ..Job::default()
        }
    }
}

/// `20/May/1999:19:21:05 +0000`.
fn time(date: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", date).ok()?.to_timestamp().ok()?;
    Some(Timestamp::from_unix_seconds(zoned.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
DeskJet ana 1 [20/May/2024:19:21:05 +0200] total 12 acme-123 localhost Annual report 2024.pdf iso_a4_210x297mm two-sided-long-edge
DeskJet bob 2 [20/May/2024:19:22:05 +0200] 1 1 - 192.0.2.7 test - -
DeskJet bob 2 [20/May/2024:19:22:07 +0200] 2 1 - 192.0.2.7 test - -
garbage
DeskJet bob x [20/May/2024:19:22:07 +0200] 2 1 - h n - -
DeskJet - 2 [20/May/2025:08:00:00 +0200] total 3 - localhost another - one-sided
";

    #[test]
    fn a_line_or_several_become_one_record_each() {
        let jobs = parse(LOG.as_bytes());
        let [report, test, later] = &jobs[..] else { panic!("three jobs: {jobs:?}") };
        assert_eq!(report.job_name.as_deref(), Some("Annual report 2024.pdf"));
        assert_eq!(report.result.as_ref().unwrap().impressions, Some(12));
        assert_eq!((report.duplex, report.owner.as_deref()), (Some(true), Some("ana")));
        assert_eq!(
            report.result.as_ref().unwrap().completed_at.unwrap().to_string(),
            "2024-05-20T17:21:05.000Z"
        );
        assert_eq!(report.accounting.as_ref().unwrap().charge_back_code.as_deref(), Some("acme-123"));
        assert_eq!((test.result.as_ref().unwrap().impressions, test.duplex), (Some(2), None));
        assert_eq!((later.result.as_ref().unwrap().impressions, later.owner.as_deref()), (Some(3), None));
        assert_ne!(test.management.record_id, later.management.record_id);
    }

    #[test]
    fn the_same_lines_give_the_same_record_ids() {
        let ids = |log: &str| {
            parse(log.as_bytes()).into_iter().map(|job| job.management.record_id).collect::<Vec<_>>()
        };
        let longer =
            format!("{LOG}DeskJet ana 9 [21/May/2025:08:00:00 +0200] total 1 - localhost x - one-sided\n");
        assert_eq!(ids(LOG), ids(&longer)[..3]);
    }
}
