//! Shows what would be sent, before it is sent, and what was sent: to whoever has the right to see it.
//!
//! ```text
//!  model ──encode──▶ octets before ─┐
//!    │                              ├─▶ compared, element by element ──▶ text, page
//!    └─redact─encode▶ octets after ─┘
//!                       └──────────────▶ the container: these very octets are sealed
//! ```
//!
//! Nothing is rendered from the model a second time: all is made from the octets that go into the container
//! ([`Preview::sent`]), so that what a person sees is what leaves. Only line breaks and blanks between elements are
//! added, and characters that could play tricks with a terminal or a page are shown by their numbers.

mod compare;
mod page;
mod text;
mod tree;

pub use text::{indented, preview};

use crate::kind::{self, Document, Encoded};
use crate::xml::EncodeError;
use remote_services_core::agent::Agent;
use remote_services_core::device::DeviceReport;
use remote_services_core::redact::Redaction;

/// What would be sent of one reading, beside what was read.
///
/// ```
/// use remote_services_core::device::DeviceReport;
/// use remote_services_core::redact::{Redaction, RedactionProfile};
/// use remote_services_payload::preview::Preview;
///
/// let mut report = DeviceReport::default();
/// report.identity.contact = Some("Joe".into());
/// let preview = Preview::of_report(&Redaction::new(RedactionProfile::Default), &report)?;
/// assert!(preview.page().contains("Joe"), "before");
/// assert!(!preview.xml().contains("Joe"), "after");
/// # Ok::<(), remote_services_payload::xml::EncodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    label: String,
    title: Option<String>,
    before: Vec<Encoded>,
    sent: Vec<Encoded>,
}

impl Preview {
    /// A device's documents.
    ///
    /// # Errors
    /// When a value is outside what its schema can carry.
    pub fn of_report(redaction: &Redaction, report: &DeviceReport) -> Result<Self, EncodeError> {
        let before = kind::encode_report(report)?;
        let mut redacted = report.clone();
        redaction.report(&mut redacted);
        Ok(Self::between(redaction, before, kind::encode_report(&redacted)?))
    }

    /// The agent's own document.
    ///
    /// # Errors
    /// When a value is outside what its schema can carry.
    pub fn of_agent(redaction: &Redaction, agent: &Agent) -> Result<Self, EncodeError> {
        Self::of_document(redaction, Document::Agent(agent.clone()))
    }

    /// A document that stands beside the report of a device: the agent's, or one of those that need consent.
    ///
    /// # Errors
    /// When a value is outside what its schema can carry.
    pub fn of_document(redaction: &Redaction, document: Document) -> Result<Self, EncodeError> {
        let before = vec![document.encode()?];
        let mut redacted = document;
        match &mut redacted {
            Document::Agent(agent) => redaction.agent(agent),
            Document::Engineering(engineering) => redaction.engineering(engineering),
            Document::JobAccounting(jobs) => redaction.job_accounting(jobs),
            Document::PrintControl(violations) => redaction.print_control(violations),
            _ => {
                let mut report = DeviceReport::default();
                let kind = redacted.kind();
                drop(redacted.place_in(&mut report));
                let mut of_device = Self::of_report(redaction, &report)?;
                of_device.sent.retain(|document| document.kind == kind);
                return Ok(Self::between(redaction, before, of_device.sent));
            }
        }
        Ok(Self::between(redaction, before, vec![redacted.encode()?]))
    }

    /// What was sent, as it stands in an archive that was opened: there is no before.
    #[must_use]
    pub fn of_sent(label: &str, documents: Vec<Encoded>) -> Self {
        Self { label: label.to_owned(), title: None, before: documents.clone(), sent: documents }
    }

    fn between(redaction: &Redaction, before: Vec<Encoded>, sent: Vec<Encoded>) -> Self {
        Self { label: redaction.label().into_owned(), title: None, before, sent }
    }

    /// The same with a line that says whose it is, on the page only.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// The same with the documents of another preview behind these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.before.extend(other.before);
        self.sent.extend(other.sent);
        self
    }

    /// What the manifest says about the redaction.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The documents as they are sealed, to the octet.
    #[must_use]
    pub fn sent(&self) -> &[Encoded] {
        &self.sent
    }

    /// What is sent, as lines for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        preview(&self.label, &self.sent)
    }

    /// What is sent, as one XML document: the documents to the letter, inside `Preview`.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Preview redaction=\"");
        page::escape(&self.label, &mut out);
        out += "\">\n";
        for document in &self.sent {
            let text = String::from_utf8_lossy(&document.xml);
            // only the whole file may have a declaration
            out += text.split_once("?>\n").map_or(&*text, |(_, root)| root);
        }
        out += "</Preview>\n";
        out
    }

    /// What was read and what is sent, side by side, as a page of HTML: without scripts, and without anything from
    /// elsewhere.
    #[must_use]
    pub fn page(&self) -> String {
        page::render(self)
    }
}

/// Without what was read: this may reach a log.
impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview").field("label", &self.label).finish_non_exhaustive()
    }
}
