use crate::failure::{Context, Failure};
use remote_services_core::device::DeviceReport;
use remote_services_payload::kind::encode_report;

/// A report as one XML document: the documents of the payload, to the letter, inside one element.
///
/// # Errors
/// When a value cannot be carried by XML.
pub fn report_xml(report: &DeviceReport) -> Result<String, Failure> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeviceReport>\n");
    for document in encode_report(report).context("cannot write XML")? {
        let text = String::from_utf8(document.xml).context("XML")?;
        // Only the whole file may have a declaration.
        out += text.split_once("?>\n").map_or(text.as_str(), |(_, root)| root);
    }
    out += "</DeviceReport>\n";
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_declaration_and_six_documents() {
        let xml = report_xml(&DeviceReport::default()).unwrap();
        assert_eq!(xml.matches("<?xml").count(), 1);
        for kind in ["Identity", "Network", "Properties", "Status", "Counters", "Supplies"] {
            assert_eq!(xml.matches(&format!("<{kind} xmlns=")).count(), 1, "{kind}");
        }
    }
}
