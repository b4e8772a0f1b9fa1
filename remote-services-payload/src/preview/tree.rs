//! Documents as trees: what the comparison needs, made from the octets.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element or an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Name of the element, or `@` and that of the attribute.
    pub(super) name: String,
    /// Its text, when it has no elements below.
    pub(super) text: Option<String>,
    pub(super) children: Vec<Node>,
}

/// Elements below each other: more than any schema has.
const MOST_DEPTH: usize = 64;

/// The root element; `None` when the octets are no well-formed XML of a kind that we write.
pub(super) fn parse(xml: &[u8]) -> Option<Node> {
    let mut reader = Reader::from_str(str::from_utf8(xml).ok()?);
    let mut open: Vec<Node> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() == MOST_DEPTH {
                    return None;
                }
                open.push(node(&start)?);
            }
            Event::Empty(start) => {
                let done = node(&start)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Some(done),
                }
            }
            Event::End(_) => {
                let mut done = open.pop()?;
                let only_attributes = done.children.iter().all(|child| child.name.starts_with('@'));
                if !only_attributes {
                    done.text = None;
                } else if done.text.is_none() && done.children.is_empty() {
                    done.text = Some(String::new());
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Some(done),
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(letter) => push(&mut open, letter.encode_utf8(&mut [0; 4])),
                None => push(&mut open, quick_xml::escape::resolve_predefined_entity(&reference)?),
            },
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn push(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.get_or_insert_default().push_str(text);
    }
}

fn node(start: &BytesStart<'_>) -> Option<Node> {
    let mut node = Node { name: start.name().0.to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let name = attribute.key.0;
        if name != "xmlns" && name != "schemaVersion" {
            let text = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
            node.children.push(Node {
                name: format!("@{name}"),
                text: Some(text.into_owned()),
                children: Vec::new(),
            });
        }
    }
    Some(node)
}

impl Node {
    /// The text of the child with this name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name)?.text.as_deref()
    }
}
