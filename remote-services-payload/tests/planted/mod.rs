//! Models in which every text is planted, and what was planted in them.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::models::random;
use remote_services_core::agent::Agent;
use remote_services_core::device::DeviceReport;
use remote_services_core::engineering::Engineering;
use remote_services_core::job::JobAccounting;
use remote_services_core::policy::PrintControl;
use remote_services_core::redact::{Personal, Redaction, columns};
use remote_services_payload::kind::{self, Encoded, PayloadKind};
use remote_services_payload::xml::table::{Content, Occurs, Type};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// All that can be sent, in one reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) report: DeviceReport,
    pub(crate) agent: Agent,
    /// The kinds that need consent.
    pub(crate) engineering: Engineering,
    pub(crate) jobs: JobAccounting,
    pub(crate) violations: PrintControl,
}

impl Everything {
    pub(crate) fn random(seed: u64) -> Self {
        let mut dice = random::Dice::full(seed, 2);
        let [
            kind::Document::Engineering(engineering),
            kind::Document::JobAccounting(jobs),
            kind::Document::PrintControl(violations),
        ] = random::with_consent(&mut dice)
        else {
            panic!("other kinds")
        };
        let (report, agent) = (random::full_report(seed, 2), random::full_agent(seed, 2));
        Self { report, agent, engineering, jobs, violations }
    }

    pub(crate) fn redact(&mut self, redaction: &Redaction) {
        redaction.report(&mut self.report);
        redaction.agent(&mut self.agent);
        redaction.engineering(&mut self.engineering);
        redaction.job_accounting(&mut self.jobs);
        redaction.print_control(&mut self.violations);
    }

    pub(crate) fn encode(&self) -> Vec<Encoded> {
        let mut documents = kind::encode_report(&self.report).unwrap();
        documents.push(kind::encode_agent(&self.agent).unwrap());
        documents.push(kind::Document::Engineering(self.engineering.clone()).encode().unwrap());
        documents.push(kind::Document::JobAccounting(self.jobs.clone()).encode().unwrap());
        documents.push(kind::Document::PrintControl(self.violations.clone()).encode().unwrap());
        documents
    }

    /// The kinds as JSON, by the names of their root elements.
    pub(crate) fn json(&self) -> Value {
        let mut all = serde_json::to_value(&self.report).unwrap();
        all["Agent"] = serde_json::to_value(&self.agent).unwrap();
        all["Engineering"] = serde_json::to_value(&self.engineering).unwrap();
        all["JobAccounting"] = serde_json::to_value(&self.jobs).unwrap();
        all["PrintControl"] = serde_json::to_value(&self.violations).unwrap();
        all
    }

    /// Puts into every text what `plant` gives for its path; `None` leaves it.
    pub(crate) fn fill(&mut self, plant: &mut dyn FnMut(&Place<'_>) -> Option<String>) {
        let mut all = self.json();
        for kind in PayloadKind::ALL {
            fill(&mut all[kind.root()], kind.table(), kind.root(), plant);
        }
        self.agent = back(&all["Agent"]);
        self.engineering = back(&all["Engineering"]);
        self.jobs = back(&all["JobAccounting"]);
        self.violations = back(&all["PrintControl"]);
        for beside in ["Agent", "Engineering", "JobAccounting", "PrintControl"] {
            all.as_object_mut().unwrap().remove(beside);
        }
        self.report = back(&all);
    }
}

fn back<T: DeserializeOwned + Serialize>(value: &Value) -> T {
    let read: T = T::deserialize(value).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), *value, "nothing that was planted is lost on the way");
    read
}

/// Where a text stands.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// From the root of the kind, without positions.
    pub(crate) path: &'a str,
    /// A word outside the list of an enumeration.
    pub(crate) token: bool,
}

impl Place<'_> {
    pub(crate) fn in_header(&self) -> bool {
        self.path.contains("/Header/")
    }

    /// Where four small numbers are nothing unusual, so that only known addresses can be told.
    pub(crate) fn is_code(&self) -> bool {
        self.path.contains("/Header/Source/") || columns(self.path).is_code()
    }

    pub(crate) fn is_written_by_people(&self) -> bool {
        !self.token && !self.in_header() && columns(self.path).is_written_by_people()
    }

    /// Whether names and contents stand there by right.
    pub(crate) fn is_personal(&self) -> bool {
        matches!(columns(self.path).personal, Personal::Person | Personal::Content)
            && columns(self.path).consent.is_some()
    }
}

/// Enumerations that hold no other words than their own: a number, and one that we give ourselves.
const CLOSED: &[&str] = &["AlertCode", "SecurityMode"];

fn fill(value: &mut Value, of: &Type, path: &str, plant: &mut dyn FnMut(&Place<'_>) -> Option<String>) {
    let text = |value: &mut Value, token, plant: &mut dyn FnMut(&Place<'_>) -> Option<String>| {
        if let (true, Some(planted)) = (value.is_string(), plant(&Place { path, token })) {
            *value = Value::String(planted);
        }
    };
    match &of.content {
        Content::Text if of.name == "Text" => text(value, false, plant),
        Content::Text => {}
        Content::Tokens { .. } if CLOSED.contains(&of.name) => {}
        Content::Tokens { .. } => text(value, true, plant),
        Content::Elements { fields } => {
            for field in *fields {
                let path = format!("{path}/{}", field.name);
                match (field.occurs, value.get_mut(field.name)) {
                    (_, None) => {}
                    (Occurs::Many, Some(Value::Array(entries))) => {
                        entries.iter_mut().for_each(|entry| fill(entry, field.of, &path, plant));
                    }
                    (_, Some(member)) => fill(member, field.of, &path, plant),
                }
            }
        }
        Content::Attributes { attributes, text } => {
            for field in *attributes {
                if let Some(member) = value.get_mut(field.name) {
                    fill(member, field.of, &format!("{path}/@{}", field.name), plant);
                }
            }
            if let (Some(of), Some(member)) = (text, value.get_mut("value")) {
                fill(member, of, path, plant);
            }
        }
    }
}

/// What must be found nowhere, and where it was planted.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    values: Vec<(String, String)>,
}

impl Planted {
    pub(crate) fn add(&mut self, value: &str, path: &str) {
        self.values.push((value.to_lowercase(), path.to_owned()));
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Fails when one of them is among the octets, in whatever case.
    pub(crate) fn assert_absent(&self, what: &str, octets: &[u8]) {
        let text = String::from_utf8_lossy(octets).to_lowercase();
        for (value, path) in &self.values {
            if let Some(at) = text.find(value) {
                let before: String = text[..at].chars().rev().take(160).collect();
                let before: String = before.chars().rev().collect();
                panic!("{what} holds {value}, planted in {path}, after …{before}");
            }
        }
    }
}
