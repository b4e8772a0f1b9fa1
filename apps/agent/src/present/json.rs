use crate::failure::{Context, Failure};
use remote_services_core::device::DeviceReport;

/// A report as JSON, with the names of the XML elements.
///
/// # Errors
/// When a number cannot be written in JSON.
pub fn report_json(report: &DeviceReport) -> Result<String, Failure> {
    serde_json::to_string_pretty(report).context("cannot write JSON")
}
