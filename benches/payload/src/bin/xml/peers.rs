//! quick-xml by itself: its writer, its events, and its serde.
use std::hint::black_box;

use crate::work::{DOCUMENTS, report};
use payload_speed::Round;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

pub(crate) fn find(what: &str, who: &str) -> Option<Round> {
    match (what, who) {
        ("encode", "quick-xml") => {
            let trees: Vec<Vec<Step>> =
                DOCUMENTS.iter().map(|(_, text)| steps(text)).collect::<Option<_>>()?;
            Some(Box::new(move || black_box(&trees).iter().map(|tree| write(tree).unwrap_or(0)).sum()))
        }
        ("encode", "quick-xml-serde") => {
            let report = report()?;
            serialized(&report).ok()?;
            Some(Box::new(move || {
                serialized(black_box(&report)).map_or(0, |files| files.iter().map(String::len).sum())
            }))
        }
        ("decode", "quick-xml") => {
            Some(Box::new(|| DOCUMENTS.iter().map(|(_, text)| events(black_box(text)).unwrap_or(0)).sum()))
        }
        ("decode", "quick-xml-serde") => {
            let report = report()?;
            let files = serialized(&report).ok()?;
            (deserialized(&files).ok()? == report).then_some(())?;
            Some(Box::new(move || usize::from(black_box(deserialized(black_box(&files))).is_ok())))
        }
        _ => None,
    }
}

/// What is written, apart from how: as a program that knows its model would call the writer.
enum Step {
    Start(String, Vec<(String, String)>),
    Text(String),
    End(String),
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut steps = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute = attribute.ok()?;
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned();
                    attributes.push((attribute.key.0.to_owned(), value));
                }
                steps.push(Step::Start(start.name().0.to_owned(), attributes));
            }
            Event::End(end) => steps.push(Step::End(end.name().0.to_owned())),
            Event::Text(more) => match steps.last_mut() {
                Some(Step::Text(text)) => text.push_str(&more),
                _ => steps.push(Step::Text(more.into_inner().into_owned())),
            },
            Event::GeneralRef(reference) => {
                let character = match &*reference {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    _ => return None,
                };
                match steps.last_mut() {
                    Some(Step::Text(text)) => text.push_str(character),
                    _ => steps.push(Step::Text(character.to_owned())),
                }
            }
            Event::Eof => return Some(steps),
            _ => {}
        }
    }
}

fn write(steps: &[Step]) -> std::io::Result<usize> {
    let mut writer = Writer::new(Vec::with_capacity(4_096));
    for step in steps {
        let event = match step {
            Step::Start(name, attributes) => {
                let attributes = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                Event::Start(BytesStart::new(name.as_str()).with_attributes(attributes))
            }
            Step::Text(text) => Event::Text(BytesText::new(text)),
            Step::End(name) => Event::End(BytesEnd::new(name.as_str())),
        };
        writer.write_event(event)?;
    }
    Ok(black_box(writer.into_inner()).len())
}

/// Every event and every attribute, of which nothing is kept.
fn events(text: &str) -> Option<usize> {
    let mut reader = Reader::from_str(text);
    let mut seen = 0;
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(seen),
            Event::Start(start) | Event::Empty(start) => {
                for attribute in start.attributes() {
                    seen += attribute.ok()?.value.len();
                }
            }
            _ => seen += 1,
        }
    }
}

/// In the form of the model's JSON, which has no attributes.
fn serialized(report: &Report) -> Result<Vec<String>, quick_xml::SeError> {
    Ok(vec![
        quick_xml::se::to_string(&report.identity)?,
        quick_xml::se::to_string(&report.network)?,
        quick_xml::se::to_string(&report.properties)?,
        quick_xml::se::to_string(&report.status)?,
        quick_xml::se::to_string(&report.counters)?,
        quick_xml::se::to_string(&report.supplies)?,
    ])
}

fn deserialized(files: &[String]) -> Result<Report, quick_xml::DeError> {
    Ok(Report {
        identity: quick_xml::de::from_str(&files[0])?,
        network: quick_xml::de::from_str(&files[1])?,
        properties: quick_xml::de::from_str(&files[2])?,
        status: quick_xml::de::from_str(&files[3])?,
        counters: quick_xml::de::from_str(&files[4])?,
        supplies: quick_xml::de::from_str(&files[5])?,
        usage: None,
    })
}

type Report = remote_services_core::device::DeviceReport;
