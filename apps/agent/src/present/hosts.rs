use super::{IN_A_ROW, printable, shortened, table};
use crate::failure::{Context, Failure};
use crate::survey::Origin;
use remote_services_collect::discover::{Evidence, Finding, HostKind, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// One host that discovery asked, by the names of the XML schemas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostRow {
    /// Where it was asked.
    pub address: SocketAddr,
    /// `printer`, `printServer`, `notPrinter`, `refused`, `noAnswer` or `notAsked`.
    pub outcome: String,
    /// Of what is no printer: `ups`, `switch`, `router`, `computer` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
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
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    dns_name: Vec<String>,
    /// `name`, `dns`, `broadcast`, `dnsSd` or `queue`; nothing for an address of a list.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    found_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    service_instance: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    queue_name: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    print_server: Vec<String>,
}

impl HostRow {
    /// What became of one target. `name` says what its credentials are called.
    #[must_use]
    pub fn new(finding: &Finding, name: impl Fn(usize) -> String) -> Self {
        let mut row = Self {
            address: finding.address,
            outcome: "noAnswer".to_owned(),
            kind: None,
            credentials: None,
            make_and_model: None,
            serial_number: None,
            system_name: None,
            description: None,
            system_object_id: None,
            reason: None,
            dns_name: Vec::new(),
            found_by: Vec::new(),
            service_instance: Vec::new(),
            queue_name: Vec::new(),
            print_server: Vec::new(),
        };
        let mut said = |outcome: &str, credential, evidence: &Evidence| {
            row.outcome = outcome.to_owned();
            row.credentials = Some(name(credential));
            row.make_and_model.clone_from(&evidence.model);
            row.serial_number.clone_from(&evidence.serial_number);
            row.system_name.clone_from(&evidence.system_name);
            row.description.clone_from(&evidence.description);
            row.system_object_id = evidence.object_id.as_ref().map(ToString::to_string);
        };
        match &finding.outcome {
            Outcome::Found { credential, evidence } => match evidence.kind {
                HostKind::PrintServer => said("printServer", *credential, evidence),
                _ => said("printer", *credential, evidence),
            },
            Outcome::NotPrinter { credential, evidence } => {
                said("notPrinter", *credential, evidence);
                row.kind = Some(evidence.kind.label().to_owned());
            }
            Outcome::Refused(error) => {
                row.outcome = "refused".to_owned();
                row.reason = Some(error.to_string());
            }
            Outcome::NotAsked => {
                row.outcome = "notAsked".to_owned();
                row.reason = Some("the policy allows none of the credentials for it".to_owned());
            }
            _ => {}
        }
        row
    }

    /// With what led to the host.
    #[must_use]
    pub fn with_origins(mut self, origins: &[Origin]) -> Self {
        let add = |list: &mut Vec<String>, text: &str| {
            if !list.iter().any(|known| known == text) {
                list.push(text.to_owned());
            }
        };
        for origin in origins {
            add(&mut self.found_by, origin.label());
            if let Some(name) = origin.dns_name() {
                add(&mut self.dns_name, name);
            }
            match origin {
                Origin::DnsSd { instance, .. } => add(&mut self.service_instance, instance),
                Origin::Queue { name, server } => {
                    add(&mut self.queue_name, name);
                    add(&mut self.print_server, server);
                }
                _ => {}
            }
        }
        self
    }

    /// Whether it is a printer or shows some.
    #[must_use]
    pub fn is_printer(&self) -> bool {
        matches!(self.outcome.as_str(), "printer" | "printServer")
    }

    /// Whether it is more than one of many addresses where nobody is.
    #[must_use]
    pub fn is_worth_showing(&self) -> bool {
        self.outcome != "noAnswer" || !self.found_by.is_empty()
    }

    /// Names and values, in the order of the columns.
    fn fields(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let text = |value: &Option<String>| value.clone();
        let lists = [
            ("DnsName", &self.dns_name),
            ("FoundBy", &self.found_by),
            ("ServiceInstance", &self.service_instance),
            ("QueueName", &self.queue_name),
            ("PrintServer", &self.print_server),
        ];
        let lists =
            lists.into_iter().flat_map(|(name, list)| list.iter().map(move |value| (name, value.clone())));
        [
            ("Address", Some(self.address.to_string())),
            ("Outcome", Some(self.outcome.clone())),
            ("Kind", text(&self.kind)),
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
        .chain(lists)
    }
}

/// The hosts for people.
#[must_use]
pub fn hosts_table(rows: &[HostRow]) -> String {
    let mut table = table(&["Address", "What", "SNMP", "Model", "Serial", "Name", "Queues"]);
    for row in rows {
        let short = |text: &str| shortened(text, IN_A_ROW);
        let text = |value: &Option<String>| short(value.as_deref().unwrap_or("-"));
        table.add_row([
            row.address.to_string(),
            short(row.reason.as_ref().or(row.kind.as_ref()).unwrap_or(&row.outcome)),
            text(&row.credentials),
            text(&row.make_and_model),
            text(&row.serial_number),
            short(row.system_name.as_ref().or(row.dns_name.first()).map_or("-", String::as_str)),
            short(&row.queue_name.join(", ")),
        ]);
    }
    table.to_string()
}

/// What is said of printers with the same serial number: a script that counts rows would count them twice.
#[must_use]
pub fn twins(rows: &[HostRow]) -> Vec<String> {
    let mut seen = Serials::default();
    let serial = |row: &HostRow| (row.address, row.serial_number.clone().unwrap_or_default());
    rows.iter().map(serial).filter_map(|(address, serial)| seen.twin(address, &serial)).collect()
}

/// The serial numbers of devices, and where each answered first.
#[derive(Default)]
pub struct Serials(BTreeMap<String, SocketAddr>);

impl Serials {
    /// What to say of a device with a serial number that another address had before.
    pub fn twin(&mut self, address: SocketAddr, serial: &str) -> Option<String> {
        let serial = serial.trim().to_uppercase();
        // Nulls and the like are nobody's number.
        if serial.chars().filter(|letter| letter.is_alphanumeric() && *letter != '0').count() < 3 {
            return None;
        }
        let first = *self.0.entry(serial.clone()).or_insert(address);
        (first != address).then(|| {
            format!(
                "{address} has the serial number of {first} ({}): one device with two addresses, or behind a \
                 print server",
                printable(&serial)
            )
        })
    }
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
        let origins = [
            Origin::Name("laser".to_owned()),
            Origin::Queue { name: "a".to_owned(), server: "print.example".to_owned() },
            Origin::Queue { name: "b".to_owned(), server: "print.example".to_owned() },
        ];
        HostRow::new(&finding, |_| "v2c".to_owned()).with_origins(&origins)
    }

    #[test]
    fn json_and_xml_have_the_same_names() {
        let json: serde_json::Value = serde_json::from_str(&hosts_json(&[row()]).unwrap()).unwrap();
        let json: Vec<&String> = json[0].as_object().unwrap().keys().collect();
        let row = row();
        let mut xml: Vec<&str> = row.fields().map(|(name, _)| name).collect();
        xml.sort_unstable();
        xml.dedup();
        assert_eq!(json, xml);
    }

    #[test]
    fn one_serial_number_at_two_addresses_is_told_and_placeholders_are_not() {
        let at = |host: u8, serial: &str| {
            let (address, serial_number) =
                (SocketAddr::from(([192, 0, 2, host], 161)), Some(serial.to_owned()));
            HostRow { address, serial_number, ..row() }
        };
        let told = twins(&[at(1, "vd21"), at(2, "0000"), at(3, "VD21 "), at(4, "0000"), at(5, "VD22")]);
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("192.0.2.3:161 has the serial number of 192.0.2.1:161 (VD21)"),
            "{told:?}"
        );
    }

    #[test]
    fn a_row_comes_back_from_its_json() {
        let row = row();
        assert_eq!(serde_json::from_str::<HostRow>(&serde_json::to_string(&row).unwrap()).unwrap(), row);
        assert_eq!((row.queue_name.len(), row.print_server.len(), row.found_by.len()), (2, 1, 2));
    }

    #[test]
    fn what_a_device_says_cannot_break_the_xml() {
        assert!(hosts_xml(&[row()]).contains("<MakeAndModel>A &lt;b&gt; &amp; \u{FFFD}</MakeAndModel>"));
    }
}
