//! Jobs that a device keeps, for whoever asked for them.

use super::{printable, table};
use crate::failure::{Context, Failure};
use comfy_table::Table;
use remote_services_core::job::{Job, JobAccounting};
use remote_services_payload::kind::Document;

/// A line a job, oldest first.
#[must_use]
pub fn jobs_table(accounting: &JobAccounting) -> Table {
    let mut table = table(&["Job", "Ended", "State", "Owner", "Name", "Impressions", "Sheets"]);
    for job in &accounting.jobs {
        let result = job.result.as_ref();
        let ended = result.and_then(|result| result.completed_at).map(|at| at.to_string());
        let count = |count: Option<u64>| count.map(|count| count.to_string());
        let cells = [
            Some(job.job_id.clone()),
            ended,
            Some(state(job)),
            job.owner.clone(),
            job.job_name.clone().or_else(|| job.document_name.clone()),
            count(result.and_then(|result| result.impressions)),
            count(result.and_then(|result| result.sheets)),
        ];
        table.add_row(cells.map(|cell| printable(&cell.unwrap_or_default())));
    }
    table
}

fn state(job: &Job) -> String {
    let state = job.state.iter().map(ToString::to_string);
    state.chain(job.state_reasons.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// The document as JSON, with the names of the XML elements.
///
/// # Errors
/// When a number cannot be written in JSON.
pub fn jobs_json(accounting: &JobAccounting) -> Result<String, Failure> {
    serde_json::to_string_pretty(accounting).context("cannot write JSON")
}

/// The document as XML.
///
/// # Errors
/// When a value cannot be carried by XML.
pub fn jobs_xml(accounting: JobAccounting) -> Result<String, Failure> {
    let encoded = Document::JobAccounting(accounting).encode().context("cannot write XML")?;
    String::from_utf8(encoded.xml).context("XML")
}
