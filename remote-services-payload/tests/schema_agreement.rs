//! The tables of the codec and the schemas say the same: names, order, cardinality, types, words.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod xsd;

use remote_services_payload::kind::{PayloadKind, SCHEMAS};
use remote_services_payload::xml::table::{Content, Field, Occurs, Type};
use std::collections::{BTreeMap, BTreeSet};
use xsd::{Schema, parse, schema_of};

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
    // these two are read by a reader of their own, and written as XSD that the parser here does not know
    let apart = ["manifest.xsd", "parts.xsd"];
    for (name, text) in SCHEMAS.iter().filter(|(name, _)| !apart.contains(name)) {
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
