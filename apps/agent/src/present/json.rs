use crate::failure::{Context, Failure};
use remote_services_core::device::DeviceReport;
use remote_services_payload::kind::{Document, decode};
use remote_services_payload::preview::Preview;
use remote_services_payload::xml::Limits;
use serde_json::json;

/// A report as JSON, with the names of the XML elements.
///
/// # Errors
/// When a number cannot be written in JSON.
pub fn report_json(report: &DeviceReport) -> Result<String, Failure> {
    serde_json::to_string_pretty(report).context("cannot write JSON")
}

/// What is sent as JSON: read from the very octets, with the names of the XML elements.
///
/// # Errors
/// When they cannot be read or written.
pub fn preview_json(preview: &Preview) -> Result<String, Failure> {
    let mut report = DeviceReport::default();
    let mut all = json!({ "redaction": preview.label() });
    let mut of_device = false;
    for document in preview.sent() {
        let decoded = decode(document.kind, &document.xml, &Limits::default()).context(document.name())?;
        match decoded.document {
            Document::Agent(agent) => {
                all["Agent"] = serde_json::to_value(agent).context("cannot write JSON")?;
            }
            other => {
                of_device = true;
                drop(other.place_in(&mut report));
            }
        }
    }
    if of_device {
        all["DeviceReport"] = serde_json::to_value(&report).context("cannot write JSON")?;
    }
    serde_json::to_string_pretty(&all).context("cannot write JSON")
}
