//! What SNMP cannot tell: the trait of whoever can.
//!
//! A device that links the crates, or a program beside a print server, implements [`Embedder`]. It is asked on
//! the client, after the mode and the recorded consents were checked: in lockdown, or without consent, nothing
//! but [`Embedder::detailed_usage`] is called. Every method has a default that says "not supported", so that an
//! implementation tells what it has and the document says what it has not.
//!
//! ```
//! use remote_services_core::embedder::{Embedder, job_accounting};
//! use remote_services_core::job::{Job, JobManagement};
//! use remote_services_core::reading::WithheldReason;
//! use remote_services_core::time::Timestamp;
//!
//! /// The log of a print server, in memory.
//! struct PrintServer(Vec<Job>);
//!
//! impl Embedder for PrintServer {
//!     fn jobs(&mut self, after: Option<&str>, most: usize) -> Result<Vec<Job>, WithheldReason> {
//!         let sent = after.and_then(|id| self.0.iter().position(|job| job.management.record_id == id));
//!         Ok(self.0.iter().skip(sent.map_or(0, |at| at + 1)).take(most).cloned().collect())
//!     }
//! }
//!
//! let record = |id: &str| Job {
//!     management: JobManagement { record_id: id.into(), ..JobManagement::default() },
//!     ..Job::default()
//! };
//! let mut server = PrintServer(vec![record("1"), record("2")]);
//! let document = job_accounting(&mut server, Timestamp::from_unix_seconds(0), Some("1"), 100);
//! assert_eq!(document.jobs, [record("2")]);
//! ```

use crate::engineering::{EngineeringLog, JobReproduction};
use crate::job::{Job, JobAccounting};
use crate::policy::{PolicyViolation, PrintControl};
use crate::reading::{Header, WithheldReason};
use crate::time::Timestamp;
use crate::usage::DetailedUsage;
use alloc::vec::Vec;

/// Gives what SNMP cannot. All methods may be left out.
pub trait Embedder {
    /// Adds to what was read over SNMP: memory locations, service items, diagnostics, character recognition,
    /// pixel counts. The default notes that these are not supported.
    fn detailed_usage(&mut self, usage: &mut DetailedUsage) {
        for element in NOT_OVER_SNMP {
            if !usage.header.withheld.iter().any(|withheld| withheld.element == *element) {
                usage.header.withhold(*element, WithheldReason::NotSupported);
            }
        }
    }

    /// Jobs that ended, oldest first, at most `most`: those after the record with this `record_id`, or all that
    /// are kept. A record keeps its `record_id` for ever, so that one that is sent twice is counted once.
    ///
    /// Names of users and documents are given as they are; redaction is the caller's.
    ///
    /// # Errors
    /// The reason why there are none to give.
    fn jobs(&mut self, after: Option<&str>, most: usize) -> Result<Vec<Job>, WithheldReason> {
        let _ = (after, most);
        Err(WithheldReason::NotSupported)
    }

    /// Violations of a print policy from this time on, oldest first, at most `most`.
    ///
    /// # Errors
    /// The reason why there are none to give.
    fn violations(&mut self, from: Timestamp, most: usize) -> Result<Vec<PolicyViolation>, WithheldReason> {
        let _ = (from, most);
        Err(WithheldReason::NotSupported)
    }

    /// Logs for the command `request`, under the recorded `consent`. `content` names each for [`Self::read`];
    /// size and digest are the caller's to count while it reads.
    ///
    /// # Errors
    /// The reason why there are none to give.
    fn logs(&mut self, request: &str, consent: &str) -> Result<Vec<EngineeringLog>, WithheldReason> {
        let _ = (request, consent);
        Err(WithheldReason::NotSupported)
    }

    /// The page description of a job, encrypted to support, under the `consent` recorded for this job.
    ///
    /// # Errors
    /// The reason why it is not given; without the customer's switch it is `DisabledByPolicy`.
    fn job_to_reproduce(&mut self, job_id: &str, consent: &str) -> Result<JobReproduction, WithheldReason> {
        let _ = (job_id, consent);
        Err(WithheldReason::NotSupported)
    }

    /// Reads octets of a log or job from `offset` on into the buffer, and says how many; 0 is the end. Logs may be
    /// larger than the memory of the device: nobody asks for one as a whole.
    ///
    /// # Errors
    /// The reason why it cannot be read on.
    fn read(&mut self, content: &str, offset: u64, into: &mut [u8]) -> Result<usize, WithheldReason> {
        let _ = (content, offset, into);
        Err(WithheldReason::NotSupported)
    }
}

/// The detailed usage that was read, with what an embedder adds. What it gives is no longer said to be missing.
pub fn detailed_usage(from: &mut impl Embedder, mut usage: DetailedUsage) -> DetailedUsage {
    from.detailed_usage(&mut usage);
    let power = usage.power.as_ref();
    let given = [
        ("Power", power.is_some()),
        ("Cru", !usage.crus.is_empty()),
        ("Ocr", usage.ocr.is_some()),
        ("Hfsi", !usage.hfsi.is_empty()),
        ("Nvm", !usage.nvm.is_empty()),
        ("PixelCount", !usage.pixel_counts.is_empty()),
        ("AverageCoverage", !usage.average_coverage.is_empty()),
        ("Diagnostic", !usage.diagnostics.is_empty()),
        ("DfeLog", usage.dfe_log.is_some()),
    ];
    usage
        .header
        .withheld
        .retain(|withheld| !given.iter().any(|(element, given)| *given && withheld.element == *element));
    usage
}

/// The accounting document of what an embedder has; the reason stands in its header when there is nothing.
pub fn job_accounting(
    from: &mut impl Embedder,
    now: Timestamp,
    after: Option<&str>,
    most: usize,
) -> JobAccounting {
    let mut header = Header { read_at: now, ..Header::default() };
    let jobs = from.jobs(after, most).unwrap_or_else(|reason| {
        header.withhold("Job", reason);
        Vec::new()
    });
    JobAccounting { header, jobs }
}

/// The document of policy violations; the reason stands in its header when there is nothing.
pub fn print_control(
    from: &mut impl Embedder,
    now: Timestamp,
    since: Timestamp,
    most: usize,
) -> PrintControl {
    let mut header = Header { read_at: now, ..Header::default() };
    let violations = from.violations(since, most).unwrap_or_else(|reason| {
        header.withhold("Violation", reason);
        Vec::new()
    });
    PrintControl { header, violations }
}

/// Elements of the detailed usage that no MIB has.
const NOT_OVER_SNMP: &[&str] = &["Ocr", "Hfsi", "Nvm", "PixelCount", "Diagnostic", "DfeLog"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::OcrUsage;

    struct Silent;

    impl Embedder for Silent {}

    #[test]
    fn whoever_has_nothing_to_tell_says_that_it_is_not_supported() {
        let now = Timestamp::from_unix_seconds(1);
        let jobs = job_accounting(&mut Silent, now, None, 10);
        assert_eq!((jobs.header.read_at, jobs.jobs.len()), (now, 0));
        assert_eq!(jobs.header.withheld[0].element, "Job");
        let policy = print_control(&mut Silent, now, now, 10);
        assert_eq!(policy.header.withheld[0].element, "Violation");
        let mut usage = DetailedUsage::default();
        Silent.detailed_usage(&mut usage);
        let all = [jobs.header, policy.header, usage.header];
        let reasons = all.iter().flat_map(|header| &header.withheld).map(|withheld| &withheld.reason);
        assert_eq!(reasons.filter(|reason| **reason == WithheldReason::NotSupported).count(), 8);
        assert_eq!(Silent.logs("command", "consent"), Err(WithheldReason::NotSupported));
        assert_eq!(Silent.job_to_reproduce("4711", "consent"), Err(WithheldReason::NotSupported));
        assert_eq!(Silent.read("log", 0, &mut [0; 8]), Err(WithheldReason::NotSupported));
    }

    #[test]
    fn what_an_embedder_gives_is_not_said_to_be_missing() {
        struct Scanner;
        impl Embedder for Scanner {
            fn detailed_usage(&mut self, usage: &mut DetailedUsage) {
                usage.ocr = Some(OcrUsage { jobs: Some(3), pages: Some(40) });
            }
        }
        let mut read = DetailedUsage::default();
        for element in ["Ocr", "Nvm"] {
            read.header.withhold(element, WithheldReason::NotSupported);
        }
        let usage = detailed_usage(&mut Scanner, read.clone());
        assert_eq!(usage.ocr.and_then(|ocr| ocr.pages), Some(40));
        let withheld: Vec<_> = usage.header.withheld.iter().map(|row| row.element.as_str()).collect();
        assert_eq!(withheld, ["Nvm"]);
        let silent = detailed_usage(&mut Silent, read);
        let nvm = silent.header.withheld.iter().filter(|row| row.element == "Nvm");
        assert_eq!(nvm.count(), 1, "said once");
    }

    #[test]
    fn what_there_is_stands_in_the_document() {
        struct Engine;
        impl Embedder for Engine {
            fn violations(
                &mut self,
                from: Timestamp,
                _: usize,
            ) -> Result<Vec<PolicyViolation>, WithheldReason> {
                Ok(Vec::from([PolicyViolation { occurred_at: from, ..PolicyViolation::default() }]))
            }
        }
        let since = Timestamp::from_unix_seconds(7);
        let document = print_control(&mut Engine, since, since, 1);
        assert_eq!(document.violations[0].occurred_at, since);
        assert!(document.header.withheld.is_empty());
    }
}
