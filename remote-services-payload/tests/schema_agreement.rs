//! The tables of the codec and the schemas say the same: names, order, cardinality, types, words.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use remote_services_payload::kind::{PayloadKind, SCHEMAS};
use remote_services_payload::xml::table::{Content, Field, Occurs, Type};
use std::collections::{BTreeMap, BTreeSet};

/// What an XSD file says, as far as our schemas use the language.
#[derive(Default)]
struct Schema {
    target_namespace: Option<String>,
    includes: Vec<String>,
    roots: Vec<(String, String)>,
    /// Children in order, attributes, base of the text.
    complex: BTreeMap<String, Complex>,
    /// Name to the words it lists.
    words: BTreeMap<String, Vec<String>>,
    /// Name to the members of its union.
    unions: BTreeMap<String, Vec<String>>,
    simple: BTreeSet<String>,
    /// Types, elements, attributes and words without a documentation.
    undocumented: Vec<String>,
}

#[derive(Default)]
struct Complex {
    children: Vec<(String, String, Occurs)>,
    attributes: BTreeMap<String, (String, Occurs)>,
    text: Option<String>,
}

fn parse(text: &str) -> Schema {
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
            Event::Eof => return schema,
            _ => {}
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    start.try_get_attribute(name).unwrap().map(|attribute| attribute.value.to_string())
}

/// A kind's schema with what it includes.
fn schema_of(kind: PayloadKind) -> Schema {
    let mut schema = parse(kind.schema());
    let mut open = schema.includes.clone();
    let mut done = BTreeSet::new();
    while let Some(file) = open.pop() {
        if !done.insert(file.clone()) {
            continue;
        }
        let (_, text) = SCHEMAS.iter().find(|(name, _)| *name == file).expect("included files are ours");
        let included = parse(text);
        assert_eq!(included.target_namespace, None, "{file} takes the namespace of who includes it");
        open.extend(included.includes);
        schema.complex.extend(included.complex);
        schema.simple.extend(included.simple);
        schema.words.extend(included.words);
        schema.unions.extend(included.unions);
    }
    schema
}

#[test]
fn every_table_agrees_with_its_schema() {
    for kind in PayloadKind::ALL {
        let schema = schema_of(*kind);
        assert_eq!(schema.target_namespace.as_deref(), Some(kind.namespace()));
        assert_eq!(schema.roots, [(kind.root().to_owned(), kind.table().name.to_owned())]);
        let mut used = BTreeSet::new();
        compare(kind.table(), &schema, true, &mut used);
        for name in ["Extensions", "SchemaVersion"] {
            used.insert(name.to_owned());
        }
        let own = parse(kind.schema());
        for name in own.complex.keys().chain(&own.simple) {
            assert!(used.contains(name), "{kind}: nothing uses the type {name}");
        }
    }
}

fn compare(of: &Type, schema: &Schema, root: bool, used: &mut BTreeSet<String>) {
    if !used.insert(of.name.to_owned()) {
        return;
    }
    let name = of.name;
    match &of.content {
        Content::Text => assert!(schema.simple.contains(name), "no simple type {name}"),
        Content::Tokens { labels } => {
            // open: Known or Token; closed: the words themselves
            let listed = match schema.unions.get(name) {
                Some(members) => {
                    assert_eq!(*members, [format!("{name}Known"), "Token".to_owned()]);
                    used.insert(members[0].clone());
                    &schema.words[&members[0]]
                }
                None => &schema.words[name],
            };
            let in_schema: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
            assert_eq!(in_schema, labels().into_iter().collect(), "{name}");
            assert_eq!(in_schema.len(), listed.len(), "{name} lists a word twice");
        }
        Content::Elements { fields } => {
            let complex = schema.complex.get(name).unwrap_or_else(|| panic!("no type {name}"));
            let mut expected: Vec<_> = fields.iter().map(child).collect();
            let mut attributes = Vec::new();
            if root {
                expected.push(("Extensions".into(), "Extensions".into(), Occurs::Optional));
                attributes.push(("schemaVersion", ("SchemaVersion", Occurs::Once)));
            }
            assert_eq!(complex.children, expected, "{name}");
            let stated =
                complex.attributes.iter().map(|(name, (of, occurs))| (name.as_str(), (of.as_str(), *occurs)));
            assert_eq!(stated.collect::<Vec<_>>(), attributes, "{name}");
            assert_eq!(complex.text, None, "{name}");
            fields.iter().for_each(|field| compare(field.of, schema, false, used));
        }
        Content::Attributes { attributes, text } => {
            let complex = schema.complex.get(name).unwrap_or_else(|| panic!("no type {name}"));
            assert_eq!(complex.children, [], "{name}");
            assert_eq!(complex.text.as_deref(), text.map(|of| of.name), "{name}");
            let expected: BTreeMap<_, _> =
                attributes.iter().map(child).map(|(name, of, occurs)| (name, (of, occurs))).collect();
            assert_eq!(complex.attributes, expected, "{name}");
            attributes.iter().for_each(|field| compare(field.of, schema, false, used));
            text.iter().for_each(|of| compare(of, schema, false, used));
        }
    }
}

fn child(field: &Field) -> (String, String, Occurs) {
    (field.name.to_owned(), field.of.name.to_owned(), field.occurs)
}

#[test]
fn everything_in_the_schemas_is_documented() {
    // the manifest's schema documents its types; its attributes speak for themselves
    for (name, text) in SCHEMAS.iter().filter(|(name, _)| *name != "manifest.xsd") {
        assert_eq!(parse(text).undocumented, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_schema_file_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".xsd"))
        .collect();
    files.sort();
    let mut shipped: Vec<_> = SCHEMAS.iter().map(|(name, _)| *name).collect();
    shipped.sort_unstable();
    assert_eq!(files, shipped);
}
