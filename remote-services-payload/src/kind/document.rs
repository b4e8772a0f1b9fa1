//! Documents of any kind as octets: written whole or in pieces, read with what was not known kept beside.

use super::{Document, PayloadKind, SCHEMA_VERSION};
use crate::xml::{
    EncodeError, Kept, Limits, PassOnError, Reader, Record, Unknown, WriteError, Writer, XmlError,
};
use remote_services_core::agent::Agent;
use remote_services_core::device::DeviceReport;

/// A document as it goes into the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its kind.
    pub kind: PayloadKind,
    /// The document in UTF-8.
    pub xml: Vec<u8>,
}

impl Encoded {
    /// Name of its file in the container.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.kind.entry_name()
    }
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// What it says.
    pub document: Document,
    /// The minor version that the sender wrote: `1.0`.
    pub schema_version: String,
    pub(super) kept: Kept,
}

impl Decoded {
    /// Elements and attributes that are not in our version of the schema, up to [`Limits::unknown`].
    #[must_use]
    pub fn unknown(&self) -> &[Unknown] {
        &self.kept.unknown
    }

    /// How many of them there were.
    #[must_use]
    pub fn unknown_total(&self) -> usize {
        self.kept.unknown_total
    }

    /// Writes it again with all that was not known, each in its place, as a document of the version that the sender
    /// wrote: who stands between an older and a newer program loses nothing.
    ///
    /// Elements go behind the member that they stood behind, attributes to their element. Both are found by names
    /// and numbers (`Supplies/Supply[3]`), so whoever changes the lists of `document` moves them to others. Redaction
    /// cannot know what they hold: who redacts encodes `document` alone.
    ///
    /// # Errors
    /// When a value is outside what the schema can carry, more was unknown than was kept, or the place of something
    /// unknown is gone.
    pub fn encode(&self) -> Result<Encoded, PassOnError> {
        let plain = self.document.encode_as(&self.schema_version)?;
        if self.unknown_total() == 0 {
            return Ok(plain);
        }
        Ok(Encoded { kind: plain.kind, xml: self.kept.put_into(&plain.xml)? })
    }
}

/// Writes the documents of a device: six, and the detailed usage when there is one.
///
/// # Errors
/// When a value is outside what its schema can carry. To send what can be sent, encode each [`Document`] by itself.
pub fn encode_report(report: &DeviceReport) -> Result<Vec<Encoded>, EncodeError> {
    let mut documents = vec![
        encode(PayloadKind::Identity, &report.identity, SCHEMA_VERSION)?,
        encode(PayloadKind::Network, &report.network, SCHEMA_VERSION)?,
        encode(PayloadKind::Properties, &report.properties, SCHEMA_VERSION)?,
        encode(PayloadKind::Status, &report.status, SCHEMA_VERSION)?,
        encode(PayloadKind::Counters, &report.counters, SCHEMA_VERSION)?,
        encode(PayloadKind::Supplies, &report.supplies, SCHEMA_VERSION)?,
    ];
    if let Some(usage) = &report.usage {
        documents.push(encode(PayloadKind::DetailedUsage, usage, SCHEMA_VERSION)?);
    }
    Ok(documents)
}

/// Writes the document of the agent.
///
/// # Errors
/// When a value is outside what the schema can carry.
pub fn encode_agent(agent: &Agent) -> Result<Encoded, EncodeError> {
    encode(PayloadKind::Agent, agent, SCHEMA_VERSION)
}

pub(super) fn encode<T: Record>(
    kind: PayloadKind,
    content: &T,
    schema_version: &str,
) -> Result<Encoded, EncodeError> {
    let mut out = Writer::new();
    start(kind, schema_version, &mut out);
    content.write_children(&mut out);
    end(kind, &mut out);
    Ok(Encoded { kind, xml: out.finish()? })
}

pub(super) fn encode_to<T: Record>(
    kind: PayloadKind,
    content: &T,
    sink: &mut dyn std::io::Write,
) -> Result<(), WriteError> {
    const PIECE: usize = 16 << 10;
    let mut out = Writer::new();
    start(kind, SCHEMA_VERSION, &mut out);
    content.write_in_pieces(&mut out, &mut |out| out.drain_into(sink, PIECE)).map_err(WriteError::Sink)?;
    end(kind, &mut out);
    sink.write_all(&out.finish()?).map_err(WriteError::Sink)
}

fn start(kind: PayloadKind, schema_version: &str, out: &mut Writer) {
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    out.raw(kind.root());
    out.raw(" xmlns=\"");
    out.raw(kind.namespace());
    out.raw("\" schemaVersion=\"");
    out.raw(schema_version);
    out.raw("\">");
}

fn end(kind: PayloadKind, out: &mut Writer) {
    out.raw("</");
    out.raw(kind.root());
    out.raw(">\n");
}

pub(super) fn read<T: Record>(
    kind: PayloadKind,
    xml: &[u8],
    limits: &Limits,
    document: fn(T) -> Document,
) -> Result<Decoded, XmlError> {
    let mut reader = Reader::new(xml, *limits, kind.namespace())?;
    let schema_version = reader.root(kind.namespace(), kind.root())?;
    let content = T::read(&mut reader)?;
    Ok(Decoded { document: document(content), schema_version, kept: reader.finish()? })
}
