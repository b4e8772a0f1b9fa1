//! JSON (serde) and XML of the same model have the same names, nesting and values.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;

use models::random::{self, Dice};
use quick_xml::Reader;
use quick_xml::events::Event;
use remote_services_payload::kind::{self, Document};
use serde_json::Value;
use std::collections::BTreeMap;

/// What both forms come down to.
#[derive(Debug, Default, PartialEq)]
struct Node {
    /// Text of an element; `None` when there are only blanks and children.
    text: String,
    /// Attributes and child elements by name, in order within a name.
    members: BTreeMap<String, Vec<Node>>,
}

fn from_xml(xml: &[u8]) -> Node {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![(String::new(), Node::default())];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let mut node = Node::default();
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    let text = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                    let leaf = Node { text: text.into_owned(), ..Node::default() };
                    node.members.insert(attribute.key.0.to_owned(), vec![leaf]);
                }
                open.push((start.name().0.to_owned(), node));
            }
            Event::End(_) => {
                let (name, node) = open.pop().unwrap();
                open.last_mut().unwrap().1.members.entry(name).or_default().push(node);
            }
            Event::Text(text) => open.last_mut().unwrap().1.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().unwrap() {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference).unwrap().to_owned(),
                };
                open.last_mut().unwrap().1.text.push_str(&character);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut document = open.pop().unwrap().1;
    let mut root = document.members.pop_first().unwrap().1.pop().unwrap();
    root.members.retain(|name, _| name != "xmlns" && name != "schemaVersion");
    root
}

fn from_json(value: &Value) -> Node {
    let mut node = Node::default();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // the text of an element with attributes
                    scalar if name == "value" => node.text = from_json(scalar).text,
                    Value::Array(entries) => {
                        node.members.insert(name.clone(), entries.iter().map(from_json).collect());
                    }
                    other => {
                        node.members.insert(name.clone(), vec![from_json(other)]);
                    }
                }
            }
        }
        Value::String(text) => node.text.clone_from(text),
        // whole numbers look the same in both, but for `24.0`
        Value::Number(number) if number.is_f64() => node.text = number.as_f64().unwrap().to_string(),
        other => node.text = other.to_string(),
    }
    node
}

fn compare(xml: &Node, json: &Node, path: &str) {
    assert_eq!(xml.text, json.text, "text of {path}");
    let names = |node: &Node| node.members.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(xml), names(json), "members of {path}");
    for (name, entries) in &xml.members {
        let others = &json.members[name];
        assert_eq!(entries.len(), others.len(), "entries of {path}/{name}");
        for (entry, other) in entries.iter().zip(others) {
            compare(entry, other, &format!("{path}/{name}"));
        }
    }
}

#[test]
fn json_and_xml_mirror_each_other_in_names_nesting_and_values() {
    for seed in 0..20 {
        let report = match seed {
            0 => random::full_report(seed, 2),
            _ => random::report(seed),
        };
        let json = serde_json::to_value(&report).unwrap();
        let files = kind::encode_report(&report).unwrap();
        assert_eq!(json.as_object().unwrap().len(), files.len());
        for file in &files {
            let root = file.kind.root();
            compare(&from_xml(&file.xml), &from_json(&json[root]), root);
        }

        let agent = random::full_agent(seed, 2);
        let file = kind::encode_agent(&agent).unwrap();
        compare(&from_xml(&file.xml), &from_json(&serde_json::to_value(&agent).unwrap()), "Agent");

        for document in random::with_consent(&mut Dice::full(seed, 2)) {
            let json = match &document {
                Document::Engineering(content) => serde_json::to_value(content),
                Document::JobAccounting(content) => serde_json::to_value(content),
                Document::PrintControl(content) => serde_json::to_value(content),
                other => panic!("{} needs no consent", other.kind()),
            };
            let file = document.encode().unwrap();
            compare(&from_xml(&file.xml), &from_json(&json.unwrap()), file.kind.root());
        }
    }
}
