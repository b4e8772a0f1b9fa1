//! The data dictionary and the payload say the same: every row has its element, every word its enumeration.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod rows;
mod xsd;

use remote_services_payload::kind::PayloadKind;
use remote_services_payload::xml::table::{Content, Field, Occurs, Type};
use rows::Departures;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A file of the shared folder, without its heading; `None` where there is no such folder.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    match std::fs::read_to_string(file) {
        Ok(text) => {
            let rows = text.lines().skip(1).map(|row| row.split('\t').map(String::from).collect());
            Some(rows.collect())
        }
        Err(_) => {
            println!("left out: needs ../shared/{name}");
            None
        }
    }
}

/// A row of the data dictionary.
struct Row {
    id: String,
    kind: String,
    element: String,
    of: String,
    unit: String,
    cardinality: String,
    sources: Vec<String>,
}

fn dictionary() -> Option<Vec<Row>> {
    let row = |columns: Vec<String>| Row {
        id: columns[0].clone(),
        kind: columns[2].clone(),
        element: columns[3].clone(),
        of: columns[5].clone(),
        unit: columns[6].clone(),
        cardinality: columns[7].clone(),
        sources: columns[8..11].to_vec(),
    };
    Some(table("DATA-DICTIONARY.tsv")?.into_iter().map(row).collect())
}

fn departures(kind: &str) -> &'static Departures {
    rows::ALL.iter().find(|rows| rows.kind == kind).unwrap_or_else(|| panic!("no departures of {kind}"))
}

/// Where a row stands in the payload, when it stands in it.
fn place(row: &Row) -> &str {
    match departures(&row.kind).renamed.iter().find(|(id, ..)| *id == row.id) {
        Some((_, path, _)) => path,
        None => &row.element,
    }
}

/// Every element and attribute of a document that the codec knows, with the name of its type.
fn places_of_codec(kind: PayloadKind) -> BTreeMap<String, String> {
    fn walk(of: &Type, path: &str, found: &mut BTreeMap<String, String>) {
        let name = match &of.content {
            Content::Attributes { text: Some(text), .. } => text.name,
            _ => of.name,
        };
        found.insert(path.into(), name.into());
        let member = |field: &Field, mark: &str, found: &mut BTreeMap<String, String>| {
            walk(field.of, &format!("{path}/{mark}{}", field.name), found);
        };
        match &of.content {
            Content::Text | Content::Tokens { .. } => {}
            Content::Elements { fields } => fields.iter().for_each(|field| member(field, "", found)),
            Content::Attributes { attributes, .. } => {
                attributes.iter().for_each(|field| member(field, "@", found));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(kind.table(), kind.root(), &mut found);
    found
}

/// Every element and attribute that the schema knows, with the name of its type and all documentation on
/// the way to it.
fn places_of_schema(kind: PayloadKind) -> BTreeMap<String, (String, String)> {
    fn walk(
        schema: &xsd::Schema,
        of: &str,
        path: &str,
        told: &str,
        found: &mut BTreeMap<String, (String, String)>,
    ) {
        let complex = schema.complex.get(of);
        let name = complex.and_then(|complex| complex.text.as_deref()).unwrap_or(of);
        let documentation = |key: &str| schema.documentation.get(key).map_or("", String::as_str);
        // what `Text` or `Count` say of themselves says nothing about the row
        let of_type =
            if complex.is_some() || schema.unions.contains_key(of) { documentation(of) } else { "" };
        let told = format!("{told} {of_type}");
        found.insert(path.into(), (name.into(), told.clone()));
        let Some(complex) = complex else { return };
        let children = complex.children.iter().map(|(name, of, _)| (name.clone(), of));
        let attributes = complex.attributes.iter().map(|(name, (of, _))| (format!("@{name}"), of));
        for (name, child) in children.chain(attributes) {
            let told = format!("{told} {}", documentation(&format!("{of}/{name}")));
            walk(schema, child, &format!("{path}/{name}"), &told, found);
        }
    }
    let schema = xsd::schema_of(kind);
    let mut found = BTreeMap::new();
    walk(&schema, kind.root(), kind.root(), "", &mut found);
    found
}

/// Names of the type that a row asks for.
fn wanted(of: &str) -> Vec<&str> {
    match of {
        "string" => vec!["Text"],
        "boolean" => vec!["Boolean"],
        "decimal" => vec!["Decimal"],
        "u64" | "u64 counter" => vec!["Count"],
        "i64" | "i64 level" => vec!["Integer"],
        "dateTime" => vec!["Instant", "DateTime"],
        "duration" => vec!["Duration"],
        other => vec![other.strip_prefix("enum ").unwrap_or(other)],
    }
}

#[test]
fn every_row_of_the_dictionary_has_its_element_in_codec_and_schema() {
    let Some(dictionary) = dictionary() else { return };
    assert!(dictionary.len() > 300);
    let mut wrong = Vec::new();
    for rows in rows::ALL {
        let kind = PayloadKind::from_label(rows.kind);
        let codec = kind.map(places_of_codec).unwrap_or_default();
        let schema = kind.map(places_of_schema).unwrap_or_default();
        for row in dictionary.iter().filter(|row| row.kind == rows.kind) {
            let id = &row.id;
            let in_codec = codec.get(place(row));
            let in_schema = schema.get(place(row)).map(|(of, _)| of);
            if rows.left_out.iter().any(|(left_out, _)| left_out == id) {
                if in_codec.is_some() || in_schema.is_some() {
                    wrong.push(format!("{id} is there and needs no entry"));
                }
                continue;
            }
            let (Some(in_codec), Some(in_schema)) = (in_codec, in_schema) else {
                wrong.push(format!("{id} has no element {}", place(row)));
                continue;
            };
            if place(row) != row.element && codec.contains_key(&row.element) {
                wrong.push(format!("{id} is in its own place and needs no other"));
            }
            let retyped = rows.retyped.iter().find(|(retyped, ..)| retyped == id);
            let agrees = match retyped {
                Some((_, of, _)) => in_codec == of && !wanted(&row.of).contains(of),
                None => wanted(&row.of).contains(&in_codec.as_str()),
            };
            if !agrees || in_codec != in_schema {
                wrong.push(format!("{id} is a {}, not {in_codec} and {in_schema}", row.of));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// How often each element and attribute stands in its parent, and whether it or one above it can repeat.
fn occurrences(kind: PayloadKind) -> BTreeMap<String, (Occurs, bool)> {
    fn walk(of: &Type, path: &str, repeats: bool, found: &mut BTreeMap<String, (Occurs, bool)>) {
        let (fields, mark) = match &of.content {
            Content::Text | Content::Tokens { .. } => return,
            Content::Elements { fields } => (*fields, ""),
            Content::Attributes { attributes, .. } => (*attributes, "@"),
        };
        for field in fields {
            let path = format!("{path}/{mark}{}", field.name);
            let repeats = repeats || field.occurs == Occurs::Many;
            found.insert(path.clone(), (field.occurs, repeats));
            walk(field.of, &path, repeats, found);
        }
    }
    let mut found = BTreeMap::new();
    walk(kind.table(), kind.root(), false, &mut found);
    found
}

#[test]
fn every_row_stands_as_often_as_the_dictionary_says() {
    let Some(dictionary) = dictionary() else { return };
    let mut wrong = Vec::new();
    for rows in rows::ALL {
        let occurrences = PayloadKind::from_label(rows.kind).map(occurrences).unwrap_or_default();
        for row in dictionary.iter().filter(|row| row.kind == rows.kind) {
            let Some((occurs, repeats)) = occurrences.get(place(row)) else { continue };
            let agrees = match row.cardinality.as_str() {
                "1" => *occurs == Occurs::Once,
                "0..1" => *occurs == Occurs::Optional,
                _ => *repeats,
            };
            let departs = rows.recounted.iter().any(|(id, why)| *id == row.id && why.len() > 10);
            if agrees == departs {
                wrong.push(format!("{} {} {occurs:?} {departs}", row.id, row.cardinality));
            }
        }
        for (id, _) in rows.recounted {
            assert!(dictionary.iter().any(|row| row.id == *id && row.kind == rows.kind), "no row {id}");
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_departure_names_a_row_once_and_has_a_reason() {
    let Some(dictionary) = dictionary() else { return };
    let kinds: BTreeSet<_> = dictionary.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, rows::ALL.iter().map(|rows| rows.kind).collect());
    for rows in rows::ALL {
        let renamed = rows.renamed.iter().map(|(id, ..)| *id);
        let left_out = rows.left_out.iter().map(|(id, _)| *id);
        let placed: Vec<_> = renamed.chain(left_out).collect();
        let retyped: Vec<_> = rows.retyped.iter().map(|(id, ..)| *id).collect();
        for ids in [placed, retyped] {
            let once: BTreeSet<_> = ids.iter().collect();
            assert_eq!(once.len(), ids.len(), "{}: a row twice", rows.kind);
            for id in ids {
                assert!(dictionary.iter().any(|row| row.id == id && row.kind == rows.kind), "no row {id}");
            }
        }
        let reasons = rows.renamed.iter().chain(rows.retyped).map(|(_, _, why)| *why);
        assert!(reasons.chain(rows.left_out.iter().map(|(_, why)| *why)).all(|why| why.len() > 10));
    }
}

#[test]
fn every_row_is_documented_with_its_unit_and_a_source() {
    let Some(dictionary) = dictionary() else { return };
    let mut wrong = Vec::new();
    for kind in PayloadKind::ALL {
        let schema = places_of_schema(*kind);
        for row in dictionary.iter().filter(|row| row.kind == kind.label()) {
            let Some((_, told)) = schema.get(place(row)) else { continue };
            let sources = sources(row);
            if !sources.is_empty() && !sources.iter().any(|source| told.contains(source)) {
                wrong.push(format!("{}: none of {sources:?} in: {told}", row.id));
            }
            let unit = row.unit.trim_end_matches(" unless the row says otherwise").trim_end_matches('s');
            if !told.to_lowercase().contains(&unit.to_lowercase()) && !row.unit.ends_with("Unit") {
                wrong.push(format!("{}: no {} in: {told}", row.id, row.unit));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// The objects and attributes that a row cites: words before an object identifier, and IPP's.
fn sources(row: &Row) -> Vec<&str> {
    let mut sources = Vec::new();
    for column in &row.sources {
        let words: Vec<_> = column.split([' ', ';', '/', ',']).collect();
        for pair in words.windows(2).filter(|pair| pair[1].starts_with("1.3.6.1.")) {
            sources.push(pair[0].split('(').next().unwrap());
        }
        let ipp = words
            .iter()
            .filter(|word| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        sources.extend(ipp);
    }
    // the rest are makers
    sources.retain(|source| source.starts_with(|first: char| first.is_ascii_lowercase()));
    sources
}

fn tokens(of: &'static Type, found: &mut BTreeMap<&'static str, Vec<&'static str>>) {
    match &of.content {
        Content::Text => {}
        Content::Tokens { labels } => {
            found.insert(of.name, labels());
        }
        Content::Elements { fields } => fields.iter().for_each(|field| tokens(field.of, found)),
        Content::Attributes { attributes, text } => {
            attributes.iter().for_each(|field| tokens(field.of, found));
            text.iter().for_each(|of| tokens(of, found));
        }
    }
}

#[test]
fn enumerations_have_the_words_of_the_shared_list() {
    let Some(list) = table("ENUMS.tsv") else { return };
    let mut listed = BTreeMap::<&str, BTreeSet<&str>>::new();
    for columns in &list {
        listed.entry(&columns[0]).or_default().insert(&columns[2]);
    }
    let mut ours = BTreeMap::new();
    for kind in PayloadKind::ALL {
        tokens(kind.table(), &mut ours);
    }
    assert!(ours.len() > 30);
    for (name, labels) in ours {
        let Some(words) = listed.get(name) else {
            assert!(OWN_WORDS.iter().any(|(own, why)| *own == name && !why.is_empty()), "no list of {name}");
            continue;
        };
        assert!(!OWN_WORDS.iter().any(|(own, _)| *own == name), "{name} is in the list");
        assert_eq!(labels.into_iter().collect::<BTreeSet<_>>(), *words, "{name}");
    }
}

/// Enumerations that the shared list does not have, and why we need them.
const OWN_WORDS: &[(&str, &str)] = &[
    ("LimitKind", "the words stand in the notes of supplies.20"),
    ("TrafficDirection", "the row counters.35 has a source for each direction"),
];
