//! What SNMP cannot tell and this host can: jobs of a CUPS print server, jobs that broke a rule, logs in files.
//!
//! ```text
//! page_log   CUPS's page_log ──▶ accounting records        policy  rules of the site ──▶ violations among those jobs
//! logs       files of a folder ──▶ engineering logs          facts   words of the administrator ──▶ members of reports
//! ```
//!
//! [`HostProducer`] gives all of it as an [`Embedder`]. Whoever calls it has checked the mode and the recorded consents
//! before: jobs, violations and logs are personal data and content.

pub mod facts;
pub mod logs;
pub mod page_log;
pub mod policy;

use crate::survey::now;
use remote_services_core::embedder::Embedder;
use remote_services_core::engineering::EngineeringLog;
use remote_services_core::job::Job;
use remote_services_core::policy::PolicyViolation;
use remote_services_core::reading::WithheldReason;
use remote_services_core::time::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// What this host has to tell.
#[derive(Default)]
pub struct HostProducer {
    /// CUPS's page_log, usually /var/log/cups/page_log.
    pub page_log: Option<PathBuf>,
    /// The rules of the site.
    pub policy: Option<policy::Policy>,
    /// Folders whose files are logs for support.
    pub logs: Option<logs::LogFiles>,
}

impl HostProducer {
    /// All up to the first that may still be printing: lines of it may be missing.
    fn all_jobs(&self) -> Result<Vec<Job>, WithheldReason> {
        let file = self.page_log.as_ref().ok_or(WithheldReason::NotSupported)?;
        let mut jobs = page_log::read(file).map_err(|_| WithheldReason::Error)?;
        let now = now();
        let ended = |job: &Job| job.result.as_ref().and_then(|result| result.completed_at);
        let settled = |job: &Job| ended(job).is_none_or(|ended| now.since(ended) >= STILL_PRINTING);
        let unsettled = jobs.iter().position(|job| !settled(job));
        jobs.truncate(unsettled.unwrap_or(jobs.len()));
        Ok(jobs)
    }
}

impl Embedder for HostProducer {
    fn jobs(&mut self, after: Option<&str>, most: usize) -> Result<Vec<Job>, WithheldReason> {
        let jobs = self.all_jobs()?;
        let sent = after.and_then(|id| jobs.iter().position(|job| job.management.record_id == id));
        Ok(jobs.into_iter().skip(sent.map_or(0, |at| at + 1)).take(most).collect())
    }

    fn violations(&mut self, from: Timestamp, most: usize) -> Result<Vec<PolicyViolation>, WithheldReason> {
        let policy = self.policy.as_ref().ok_or(WithheldReason::NotSupported)?;
        let jobs = self.all_jobs()?;
        let found = jobs.iter().flat_map(|job| policy.judge(job));
        let mut found: Vec<_> = found.filter(|violation| violation.occurred_at >= from).collect();
        found.sort_by_key(|violation| violation.occurred_at);
        found.truncate(most);
        Ok(found)
    }

    fn logs(&mut self, request: &str, consent: &str) -> Result<Vec<EngineeringLog>, WithheldReason> {
        let now = now();
        let logs = self.logs.as_ref().ok_or(WithheldReason::NotSupported)?;
        logs.list(request, consent, now).map_err(|_| WithheldReason::Error)
    }

    fn read(&mut self, content: &str, offset: u64, into: &mut [u8]) -> Result<usize, WithheldReason> {
        let logs = self.logs.as_mut().ok_or(WithheldReason::NotSupported)?;
        logs.read(content, offset, into).map_err(|_| WithheldReason::Error)
    }
}

/// A job of which no line was written for so long has ended.
const STILL_PRINTING: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::embedder::{job_accounting, print_control};

    const LOG: &str = "\
lp ana 1 [20/May/2024:19:21:05 +0000] total 12 - pc-1 a.pdf - one-sided
lp bob 2 [21/May/2024:19:21:05 +0000] total 1 - pc-2 b.pdf - one-sided
";

    fn producer(folder: &std::path::Path) -> HostProducer {
        let page_log = folder.join("page_log");
        std::fs::write(&page_log, LOG).unwrap();
        let rules = "name = \"Office\"\n[[rule]]\nname = \"long\"\nimpressions-above = 10";
        let policy = Some(policy::Policy::read(rules).unwrap());
        HostProducer { page_log: Some(page_log), policy, logs: Some(logs::LogFiles::new(folder, "cups")) }
    }

    #[test]
    fn one_producer_gives_jobs_after_the_last_one_violations_and_logs() {
        let folder = tempfile::tempdir().unwrap();
        let mut producer = producer(folder.path());
        let all = job_accounting(&mut producer, now(), None, 10);
        assert_eq!((all.jobs.len(), all.header.withheld.len()), (2, 0));
        let first = all.jobs[0].management.record_id.clone();
        assert_eq!(job_accounting(&mut producer, now(), Some(&first), 10).jobs, all.jobs[1..]);
        let broken = print_control(&mut producer, now(), Timestamp::default(), 10);
        assert_eq!(broken.violations.len(), 1);
        assert_eq!(broken.violations[0].policy_rule, "long");
        let logs = producer.logs("request", "consent").unwrap();
        let mut octets = [0; 256];
        let read = producer.read(&logs[0].content, 0, &mut octets).unwrap();
        assert_eq!(&octets[..read], LOG.as_bytes());
    }

    #[test]
    fn a_job_that_may_still_print_waits_and_so_do_those_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut producer = producer(folder.path());
        let second = jiff::Timestamp::now().strftime("%d/%b/%Y:%H:%M:%S +0000");
        let lines = format!("{LOG}lp ana 3 [{second}] 1 1 - pc-1 c.pdf - one-sided\n");
        std::fs::write(producer.page_log.as_ref().unwrap(), lines).unwrap();
        let ids: Vec<_> = producer.jobs(None, 10).unwrap().into_iter().map(|job| job.job_id).collect();
        assert_eq!(ids, ["1", "2"]);
    }

    #[test]
    fn what_the_site_did_not_name_is_not_supported() {
        let mut nothing = HostProducer::default();
        assert_eq!(nothing.jobs(None, 1), Err(WithheldReason::NotSupported));
        assert_eq!(nothing.violations(Timestamp::default(), 1), Err(WithheldReason::NotSupported));
        assert_eq!(nothing.logs("request", "consent"), Err(WithheldReason::NotSupported));
    }
}
