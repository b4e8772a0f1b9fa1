//! Schemas that were published may get what may be absent, and lose nothing. See `published/README.md`.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod versions;
mod xsd;

use quick_xml::Reader;
use quick_xml::events::Event;
use remote_services_payload::kind::{PayloadKind, SCHEMAS};
use remote_services_payload::xml::table::Occurs;
use std::collections::BTreeSet;
use std::fs;
use versions::versions;
use xsd::Schema;

#[test]
fn schemas_only_add_what_may_be_absent_to_the_published_ones() {
    for folder in versions() {
        let published = |name: &str| fs::read_to_string(folder.join("schemas").join(name)).unwrap();
        for kind in PayloadKind::ALL {
            let file = format!("{}.xsd", kind.label());
            if !folder.join("schemas").join(&file).exists() {
                continue; // younger than this version
            }
            let complaints = changes(&xsd::whole(&published(&file), &published), &xsd::schema_of(*kind));
            assert_eq!(complaints, Vec::<String>::new(), "{kind} after {}", folder.display());
        }
    }
}

#[test]
fn the_manifests_schema_stays_as_it_is() {
    let (_, current) = SCHEMAS.iter().find(|(name, _)| *name == "manifest.xsd").unwrap();
    for folder in versions() {
        let published = fs::read_to_string(folder.join("schemas/manifest.xsd")).unwrap();
        assert_eq!(undocumented(&published), undocumented(current), "a change gets a namespace of its own");
    }
}

/// What breaks documents or readers of the published schema.
fn changes(published: &Schema, current: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    if (&published.target_namespace, &published.roots) != (&current.target_namespace, &current.roots) {
        found.push("another namespace or root".to_owned());
    }
    for (name, before) in &published.complex {
        let Some(now) = current.complex.get(name) else {
            found.push(format!("{name} is gone"));
            continue;
        };
        let mut rest = now.children.iter();
        for child in &before.children {
            let added: Vec<_> = rest.by_ref().take_while(|other| *other != child).collect();
            found.extend(
                added
                    .iter()
                    .filter(|added| added.2 == Occurs::Once)
                    .map(|added| format!("{name}/{} is new and required", added.0)),
            );
            if !now.children.contains(child) {
                found.push(format!("{name}/{} is gone or changed", child.0));
                break;
            }
        }
        found.extend(
            rest.filter(|added| added.2 == Occurs::Once)
                .map(|added| format!("{name}/{} is new and required", added.0)),
        );
        let order: Vec<_> = now.children.iter().filter(|child| before.children.contains(child)).collect();
        if order != before.children.iter().filter(|child| now.children.contains(child)).collect::<Vec<_>>() {
            found.push(format!("{name} has another order"));
        }
        for (attribute, stated) in &before.attributes {
            if now.attributes.get(attribute) != Some(stated) {
                found.push(format!("{name}/@{attribute} is gone or changed"));
            }
        }
        for (attribute, (_, occurs)) in &now.attributes {
            if !before.attributes.contains_key(attribute) && *occurs == Occurs::Once {
                found.push(format!("{name}/@{attribute} is new and required"));
            }
        }
        if before.text != now.text {
            found.push(format!("{name} has other text"));
        }
    }
    for name in &published.simple {
        let (before, now) = (published.facets.get(name), current.facets.get(name));
        if before != now || published.unions.get(name) != current.unions.get(name) {
            found.push(format!("{name} allows other values"));
        }
        let words = |schema: &Schema| -> BTreeSet<String> {
            schema.words.get(name).into_iter().flatten().cloned().collect()
        };
        let (before, now) = (words(published), words(current));
        found.extend(before.difference(&now).map(|word| format!("{name} lost {word}")));
        // a reader that knows the published words takes others only where the list is open
        let open = published.unions.values().any(|members| members.contains(name));
        if !open {
            found.extend(now.difference(&before).map(|word| format!("{name} is closed and got {word}")));
        }
    }
    found
}

/// The elements of a schema with their attributes, without what is said about them.
fn undocumented(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let (mut elements, mut annotations) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.local_name().as_ref() == "annotation" => annotations += 1,
            Event::End(end) if end.local_name().as_ref() == "annotation" => annotations -= 1,
            Event::Start(start) if annotations == 0 => {
                let attributes = start.attributes().map(|attribute| attribute.unwrap());
                let mut attributes: Vec<_> =
                    attributes.map(|one| format!("{}={}", one.key.0, one.value)).collect();
                attributes.sort();
                elements.push(format!("{} {}", start.name().0, attributes.join(" ")));
            }
            Event::End(_) if annotations == 0 => elements.push("/".to_owned()),
            Event::Eof => return elements,
            _ => {}
        }
    }
}

/// One change each: file, what is replaced, by what, and the complaint; no complaint where it may be.
const CHANGES: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "supplies",
        r#"<xs:element name="Name" type="Text" minOccurs="0">"#,
        r#"<xs:element name="Name" type="Text">"#,
        Some("Supply/Name is gone or changed"),
    ),
    (
        "supplies",
        r#"<xs:element name="Name" type="Text" minOccurs="0">"#,
        r#"<xs:element name="Label" type="Text" minOccurs="0">"#,
        Some("Supply/Name is gone or changed"),
    ),
    (
        "supplies",
        r#"<xs:element name="Paper" type="Paper" minOccurs="0" maxOccurs="unbounded">"#,
        r#"<xs:element name="Paper" type="Paper" minOccurs="0">"#,
        Some("Supplies/Paper is gone or changed"),
    ),
    (
        "supplies",
        r#"<xs:element name="Paper" "#,
        r#"<xs:element name="New" type="Text"/><xs:element name="Paper" "#,
        Some("Supplies/New is new and required"),
    ),
    (
        "supplies",
        r#"<xs:element name="Paper" "#,
        r#"<xs:element name="New" type="Text" minOccurs="0"/><xs:element name="Paper" "#,
        None,
    ),
    (
        "supplies",
        r#"<xs:enumeration value="toner">"#,
        r#"<xs:enumeration value="tonerPowder">"#,
        Some("SupplyTypeKnown lost toner"),
    ),
    (
        "supplies",
        r#"<xs:enumeration value="toner">"#,
        r#"<xs:enumeration value="newWord"/><xs:enumeration value="toner">"#,
        None,
    ),
    (
        "supplies",
        "urn:remote-services:supplies:1",
        "urn:remote-services:supplies:2",
        Some("another namespace or root"),
    ),
    (
        "agent",
        r#"<xs:enumeration value="lockdown">"#,
        r#"<xs:enumeration value="open"/><xs:enumeration value="lockdown">"#,
        Some("SecurityMode is closed and got open"),
    ),
    (
        "counters",
        r#"<xs:attribute name="marker" type="Count">"#,
        r#"<xs:attribute name="marker" type="Count" use="required">"#,
        Some("MarkerCount/@marker is gone or changed"),
    ),
    (
        "counters",
        r#"<xs:attribute name="marker" type="Count">"#,
        r#"<xs:attribute name="new" type="Count"/><xs:attribute name="marker" type="Count">"#,
        None,
    ),
    (
        "counters",
        r#"<xs:extension base="Count">"#,
        r#"<xs:extension base="Integer">"#,
        Some("MarkerCount has other text"),
    ),
    (
        "common",
        r#"<xs:pattern value="[A-Z]{3}"/>"#,
        r#"<xs:pattern value="[A-Z]{2}"/>"#,
        Some("Currency allows other values"),
    ),
    (
        "common",
        r#"<xs:complexType name="Source">"#,
        r#"<xs:complexType name="Origin">"#,
        Some("Source is gone"),
    ),
];

#[test]
fn a_change_that_would_break_readers_is_noticed() {
    let current = |name: &str| {
        let found = SCHEMAS.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| (*text).to_owned()).unwrap()
    };
    for (stem, from, to, complaint) in CHANGES {
        let changed = |name: &str| {
            let text = current(name);
            if *name != format!("{stem}.xsd") {
                return text;
            }
            assert!(text.contains(from), "{stem} has no {from}");
            text.replace(from, to)
        };
        let file = if *stem == "common" { "jobAccounting.xsd" } else { &format!("{stem}.xsd") };
        let before = xsd::whole(&current(file), &current);
        let found = changes(&before, &xsd::whole(&changed(file), &changed));
        match complaint {
            Some(complaint) => assert!(found.iter().any(|one| one == complaint), "{to}: {found:?}"),
            None => assert_eq!(found, Vec::<String>::new(), "{to}"),
        }
    }
    let schema = current("manifest.xsd");
    assert_ne!(undocumented(&schema), undocumented(&schema.replace("maxOccurs=\"16\"", "maxOccurs=\"17\"")));
    assert_eq!(
        undocumented(&schema),
        undocumented(&schema.replace("Names this archive", "Says which archive"))
    );
}

#[test]
fn a_changed_order_is_noticed() {
    let text = |first: &str, second: &str| {
        format!(
            "<xs:schema xmlns:xs='urn:x'><xs:complexType name='A'><xs:sequence><xs:element name='{first}' type='Text'/>\
             <xs:element name='{second}' type='Text'/></xs:sequence></xs:complexType></xs:schema>"
        )
    };
    let found = changes(&xsd::parse(&text("B", "C")), &xsd::parse(&text("C", "B")));
    assert!(found.contains(&"A has another order".to_owned()), "{found:?}");
}
