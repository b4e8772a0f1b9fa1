//! Distributions that no device tells: from accounting records, where the customer has allowed those.
//!
//! Only counts leave the records: no name of a person, document or computer.

use remote_services_core::job::Job;
use remote_services_core::usage::{Bucket, DetailedUsage, DocumentLength, RunLength, SetCount};

/// Adds what these jobs show to the distributions of lengths of documents, of sets and, where the maker has none of its own,
/// of runs. A job that does not say how many pages or sets it had is in none of them.
pub fn add_jobs(usage: &mut DetailedUsage, jobs: &[Job]) {
    let maker_has_runs = usage.run_lengths.iter().any(|run| !is_ours(&run.bucket));
    for job in jobs {
        let result = job.result.as_ref();
        if let Some(bucket) = job.pages_requested.and_then(|pages| bucket(pages, PAGES)) {
            match usage.document_lengths.iter_mut().find(|known| known.bucket == bucket) {
                Some(known) => known.documents = known.documents.map(|count| count.saturating_add(1)),
                None => usage.document_lengths.push(DocumentLength { bucket, documents: Some(1) }),
            }
        }
        if let Some(bucket) = job.sets_requested.and_then(|sets| bucket(sets, SETS)) {
            match usage.set_counts.iter_mut().find(|known| known.bucket == bucket) {
                Some(known) => known.jobs = known.jobs.map(|count| count.saturating_add(1)),
                None => usage.set_counts.push(SetCount { bucket, jobs: Some(1) }),
            }
        }
        let Some(impressions) = result.and_then(|result| result.impressions).filter(|_| !maker_has_runs)
        else {
            continue;
        };
        let Some(bucket) = bucket(impressions, PAGES) else { continue };
        match usage.run_lengths.iter_mut().find(|known| known.bucket == bucket) {
            Some(known) => {
                known.jobs = known.jobs.map(|count| count.saturating_add(1));
                known.impressions = known.impressions.map(|count| count.saturating_add(impressions));
            }
            None => {
                usage.run_lengths.push(RunLength { bucket, jobs: Some(1), impressions: Some(impressions) });
            }
        }
    }
    usage.document_lengths.sort_by_key(|row| row.bucket.lower);
    usage.set_counts.sort_by_key(|row| row.bucket.lower);
    usage.run_lengths.sort_by_key(|row| row.bucket.lower);
    let filled = [
        ("DocumentLength", usage.document_lengths.is_empty()),
        ("SetCount", usage.set_counts.is_empty()),
        ("RunLength", usage.run_lengths.is_empty()),
    ];
    for (element, _) in filled.into_iter().filter(|(_, empty)| !empty) {
        usage.header.withheld.retain(|withheld| withheld.element != element);
    }
}

/// Upper bounds of the classes; beyond the last there is one without.
const PAGES: &[i64] = &[1, 2, 5, 10, 20, 50, 100, 500];
const SETS: &[i64] = &[1, 2, 5, 10, 20, 50, 100];

fn bucket(count: u64, bounds: &[i64]) -> Option<Bucket> {
    let count = i64::try_from(count).ok().filter(|count| *count > 0)?;
    let mut lower = 1;
    for upper in bounds {
        if count <= *upper {
            return Some(Bucket { lower, upper: Some(*upper) });
        }
        lower = upper + 1;
    }
    Some(Bucket { lower, upper: None })
}

fn is_ours(known: &Bucket) -> bool {
    u64::try_from(known.lower).ok().and_then(|lower| bucket(lower, PAGES)).as_ref() == Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::job::JobResult;

    fn job(pages: Option<u64>, sets: Option<u64>, impressions: Option<u64>) -> Job {
        Job {
            pages_requested: pages,
            sets_requested: sets,
            result: Some(JobResult { impressions, ..JobResult::default() }),
            ..Job::default()
        }
    }

    #[test]
    fn jobs_fall_into_classes_and_those_that_do_not_say_into_none() {
        let mut usage = DetailedUsage::default();
        add_jobs(
            &mut usage,
            &[
                job(Some(1), Some(1), Some(1)),
                job(Some(3), Some(30), Some(90)),
                job(Some(5), None, None),
                job(None, Some(0), Some(0)),
                job(Some(501), Some(1), Some(501)),
            ],
        );
        let lengths: Vec<_> = usage
            .document_lengths
            .iter()
            .map(|row| (row.bucket.lower, row.bucket.upper, row.documents))
            .collect();
        assert_eq!(lengths, [(1, Some(1), Some(1)), (3, Some(5), Some(2)), (501, None, Some(1))]);
        let sets: Vec<_> = usage.set_counts.iter().map(|row| (row.bucket.lower, row.jobs)).collect();
        assert_eq!(sets, [(1, Some(2)), (21, Some(1))]);
        let runs: Vec<_> =
            usage.run_lengths.iter().map(|row| (row.bucket.lower, row.jobs, row.impressions)).collect();
        assert_eq!(runs, [(1, Some(1), Some(1)), (51, Some(1), Some(90)), (501, Some(1), Some(501))]);
    }

    #[test]
    fn the_runs_of_the_maker_stay_as_they_are() {
        let maker =
            RunLength { bucket: Bucket { lower: 1, upper: Some(7) }, jobs: Some(9), impressions: None };
        let mut usage = DetailedUsage { run_lengths: vec![maker.clone()], ..DetailedUsage::default() };
        add_jobs(&mut usage, &[job(None, None, Some(4))]);
        assert_eq!(usage.run_lengths, [maker]);
    }
}
