use super::{printable, table};
use crate::failure::{Context, Failure};
use remote_services_collect::discover::{Evidence, Finding, Outcome};
use serde::Serialize;
use std::net::SocketAddr;

/// One host that discovery asked, by the names of the XML schemas.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostRow {
    address: SocketAddr,
    /// `printer`, `notPrinter`, `refused` or `noAnswer`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    make_and_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_object_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl HostRow {
    /// What became of one target. `name` says what its credentials are called.
    #[must_use]
    pub fn new(finding: &Finding, name: impl Fn(usize) -> String) -> Self {
        let mut row = Self {
            address: finding.address,
            outcome: "noAnswer",
            credentials: None,
            make_and_model: None,
            serial_number: None,
            system_name: None,
            description: None,
            system_object_id: None,
            reason: None,
        };
        let mut said = |outcome, credential, evidence: &Evidence| {
            row.outcome = outcome;
            row.credentials = Some(name(credential));
            row.make_and_model.clone_from(&evidence.model);
            row.serial_number.clone_from(&evidence.serial_number);
            row.system_name.clone_from(&evidence.system_name);
            row.description.clone_from(&evidence.description);
            row.system_object_id = evidence.object_id.as_ref().map(ToString::to_string);
        };
        match &finding.outcome {
            Outcome::Found { credential, evidence } => said("printer", *credential, evidence),
            Outcome::NotPrinter { credential, evidence } => said("notPrinter", *credential, evidence),
            Outcome::Refused(error) => {
                row.outcome = "refused";
                row.reason = Some(error.to_string());
            }
            _ => {}
        }
        row
    }

    /// Names and values, in the order of the columns.
    fn fields(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let text = |value: &Option<String>| value.clone();
        [
            ("Address", Some(self.address.to_string())),
            ("Outcome", Some(self.outcome.to_owned())),
            ("Credentials", text(&self.credentials)),
            ("MakeAndModel", text(&self.make_and_model)),
            ("SerialNumber", text(&self.serial_number)),
            ("SystemName", text(&self.system_name)),
            ("Description", text(&self.description)),
            ("SystemObjectId", text(&self.system_object_id)),
            ("Reason", text(&self.reason)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The hosts for people.
#[must_use]
pub fn hosts_table(rows: &[HostRow]) -> String {
    let mut table = table(&["Address", "What", "SNMP", "Model", "Serial", "Name"]);
    for row in rows {
        let text = |value: &Option<String>| printable(value.as_deref().unwrap_or("-"));
        table.add_row([
            row.address.to_string(),
            row.reason.clone().unwrap_or_else(|| row.outcome.to_owned()),
            text(&row.credentials),
            text(&row.make_and_model),
            text(&row.serial_number),
            text(&row.system_name),
        ]);
    }
    table.to_string()
}

/// The hosts as a JSON list.
///
/// # Errors
/// Never in practice: the values are texts.
pub fn hosts_json(rows: &[HostRow]) -> Result<String, Failure> {
    serde_json::to_string_pretty(rows).context("cannot write JSON")
}

/// The hosts as one XML document, with the names of the JSON.
#[must_use]
pub fn hosts_xml(rows: &[HostRow]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Hosts>\n");
    for row in rows {
        out += "  <Host>\n";
        for (name, value) in row.fields() {
            out += &format!("    <{name}>{}</{name}>\n", escaped(&value));
        }
        out += "  </Host>\n";
    }
    out += "</Hosts>\n";
    out
}

/// Text that is safe inside an element; what XML 1.0 cannot carry is replaced.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '\r' => out += "&#13;",
            '\t' | '\n' => out.push(letter),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ => out.push(letter),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> HostRow {
        let mut evidence = Evidence::default();
        evidence.model = Some("A <b> & \u{7}".to_owned());
        evidence.serial_number = Some("1".to_owned());
        let outcome = Outcome::Found { credential: 0, evidence: Box::new(evidence) };
        let finding = Finding { address: SocketAddr::from(([192, 0, 2, 1], 161)), outcome };
        HostRow::new(&finding, |_| "v2c".to_owned())
    }

    #[test]
    fn json_and_xml_have_the_same_names() {
        let json: serde_json::Value = serde_json::from_str(&hosts_json(&[row()]).unwrap()).unwrap();
        let json: Vec<&String> = json[0].as_object().unwrap().keys().collect();
        let row = row();
        let mut xml: Vec<&str> = row.fields().map(|(name, _)| name).collect();
        xml.sort_unstable();
        assert_eq!(json, xml);
    }

    #[test]
    fn what_a_device_says_cannot_break_the_xml() {
        assert!(hosts_xml(&[row()]).contains("<MakeAndModel>A &lt;b&gt; &amp; \u{FFFD}</MakeAndModel>"));
    }
}
