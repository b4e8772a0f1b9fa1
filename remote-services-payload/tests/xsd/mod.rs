//! Reads the XSD files of the crate, as far as they use the language.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use remote_services_payload::kind::{PayloadKind, SCHEMAS};
use remote_services_payload::xml::table::Occurs;
use std::collections::{BTreeMap, BTreeSet};

/// What an XSD file says, as far as our schemas use the language.
#[derive(Default)]
pub(crate) struct Schema {
    pub(crate) target_namespace: Option<String>,
    pub(crate) includes: Vec<String>,
    pub(crate) roots: Vec<(String, String)>,
    /// Children in order, attributes, base of the text.
    pub(crate) complex: BTreeMap<String, Complex>,
    /// Name to the words it lists.
    pub(crate) words: BTreeMap<String, Vec<String>>,
    /// Name to the members of its union.
    pub(crate) unions: BTreeMap<String, Vec<String>>,
    pub(crate) simple: BTreeSet<String>,
    /// Name of a simple type to what narrows it down: its base, then facets in order.
    pub(crate) facets: BTreeMap<String, Vec<(String, String)>>,
    /// Types, elements, attributes and words without a documentation.
    pub(crate) undocumented: Vec<String>,
    /// Documentation by type, and by type and member: `Alert`, `Alert/Index`, `MarkerCount/@unit`.
    pub(crate) documentation: BTreeMap<String, String>,
}

#[derive(Default)]
pub(crate) struct Complex {
    pub(crate) children: Vec<(String, String, Occurs)>,
    pub(crate) attributes: BTreeMap<String, (String, Occurs)>,
    pub(crate) text: Option<String>,
}

pub(crate) fn parse(text: &str) -> Schema {
    let mut schema = Schema::default();
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<(String, String, bool)> = Vec::new();
    let (mut complex, mut simple) = (String::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let element = start.local_name().as_ref().to_owned();
                let name = attribute(&start, "name").unwrap_or_default();
                let of = attribute(&start, "type").unwrap_or_default();
                match element.as_str() {
                    "schema" => schema.target_namespace = attribute(&start, "targetNamespace"),
                    "include" => schema.includes.push(attribute(&start, "schemaLocation").unwrap()),
                    "complexType" => {
                        complex = name.clone();
                        schema.complex.insert(name.clone(), Complex::default());
                    }
                    "simpleType" => {
                        simple = name.clone();
                        schema.simple.insert(name.clone());
                    }
                    "union" => {
                        let members = attribute(&start, "memberTypes").unwrap();
                        let members = members.split(' ').map(String::from).collect();
                        schema.unions.insert(simple.clone(), members);
                    }
                    "enumeration" => {
                        let word = attribute(&start, "value").unwrap();
                        schema.words.entry(simple.clone()).or_default().push(word);
                    }
                    "restriction" => {
                        let base = attribute(&start, "base").unwrap();
                        schema.facets.insert(simple.clone(), vec![("base".into(), base)]);
                    }
                    facet if open.last().is_some_and(|(parent, ..)| parent == "restriction") => {
                        let value = attribute(&start, "value").unwrap();
                        schema.facets.get_mut(&simple).unwrap().push((facet.to_owned(), value));
                    }
                    "element" if open.len() == 1 => schema.roots.push((name.clone(), of)),
                    "element" => {
                        let occurs = match (attribute(&start, "minOccurs"), attribute(&start, "maxOccurs")) {
                            (None, None) => Occurs::Once,
                            (Some(min), None) if min == "0" => Occurs::Optional,
                            (Some(min), Some(max)) if min == "0" && max == "unbounded" => Occurs::Many,
                            other => panic!("{name}: {other:?}"),
                        };
                        schema.complex.get_mut(&complex).unwrap().children.push((name.clone(), of, occurs));
                    }
                    "attribute" => {
                        let required = attribute(&start, "use").as_deref() == Some("required");
                        let occurs = if required { Occurs::Once } else { Occurs::Optional };
                        let attributes = &mut schema.complex.get_mut(&complex).unwrap().attributes;
                        attributes.insert(name.clone(), (of, occurs));
                    }
                    "extension" => {
                        let base = attribute(&start, "base");
                        schema.complex.get_mut(&complex).unwrap().text = base;
                    }
                    "annotation" => open.last_mut().unwrap().2 = true,
                    _ => {}
                }
                open.push((element, name, false));
            }
            Event::End(_) => {
                let (element, name, documented) = open.pop().unwrap();
                let wanted = ["schema", "complexType", "simpleType", "element", "attribute", "enumeration"];
                if wanted.contains(&element.as_str()) && !documented {
                    schema.undocumented.push(format!("{element} {name}"));
                }
            }
            Event::Text(text) if open.last().is_some_and(|(element, ..)| element == "documentation") => {
                // schema or type or member, annotation, documentation
                let Some((element, name, _)) = open.iter().rev().nth(2) else { continue };
                let of = match element.as_str() {
                    "complexType" | "simpleType" => name.clone(),
                    "element" if open.len() > 4 => format!("{complex}/{name}"),
                    "attribute" => format!("{complex}/@{name}"),
                    _ => continue,
                };
                let words = text.split_ascii_whitespace().flat_map(|word| [word, " "]);
                schema.documentation.entry(of).or_default().extend(words);
            }
            Event::Eof => return schema,
            _ => {}
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    start.try_get_attribute(name).unwrap().map(|attribute| attribute.value.to_string())
}

/// A kind's schema with what it includes.
pub(crate) fn schema_of(kind: PayloadKind) -> Schema {
    whole(kind.schema(), &|file| {
        let (_, text) = SCHEMAS.iter().find(|(name, _)| *name == file).expect("included files are ours");
        (*text).to_owned()
    })
}

/// A schema with what it includes, the files read by name.
pub(crate) fn whole(text: &str, read: &dyn Fn(&str) -> String) -> Schema {
    let mut schema = parse(text);
    let mut open = schema.includes.clone();
    let mut done = BTreeSet::new();
    while let Some(file) = open.pop() {
        if !done.insert(file.clone()) {
            continue;
        }
        let included = parse(&read(&file));
        assert_eq!(included.target_namespace, None, "{file} takes the namespace of who includes it");
        open.extend(included.includes);
        schema.complex.extend(included.complex);
        schema.simple.extend(included.simple);
        schema.words.extend(included.words);
        schema.unions.extend(included.unions);
        schema.facets.extend(included.facets);
        schema.documentation.extend(included.documentation);
    }
    schema
}
