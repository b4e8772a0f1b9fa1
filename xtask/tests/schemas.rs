//! The reference of the schemas: everything is on it, every link leads somewhere, no script runs.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]
use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;
use xtask::schemas::{files, pages};
use xtask::step::root;

fn reference() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let files = files(&root().join("remote-services-payload/schemas")).unwrap();
    let pages = pages(&files).unwrap();
    (files, pages)
}

/// What a page has: its ids, the targets of its links, the names of its elements, its text.
#[derive(Default)]
struct Page {
    ids: Vec<String>,
    links: Vec<String>,
    elements: BTreeSet<String>,
    text: String,
}

/// Reads a page as XML, which ours are also.
fn read(html: &str) -> Page {
    let mut reader = Reader::from_str(html);
    reader.config_mut().expand_empty_elements = true;
    let mut page = Page::default();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                page.elements.insert(start.name().0.to_owned());
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    let value =
                        attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned();
                    match attribute.key.0 {
                        "id" => page.ids.push(value),
                        "href" => page.links.push(value),
                        _ => {}
                    }
                }
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => page.text.push_str(&text),
            Event::GeneralRef(reference) => {
                page.text.push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    page
}

/// Names and words of a schema: `(type, member or word)`, the type alone as `(type, "")`. A second way of
/// reading, by lines, so that what the generator overlooks is missed.
fn declared(text: &str) -> Vec<(String, String)> {
    let value = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let mut found = Vec::new();
    let mut of = String::new();
    for line in text.lines() {
        for part in line.split('<').map(|part| format!("<{part}")) {
            if part.starts_with("<xs:complexType ") || part.starts_with("<xs:simpleType ") {
                of = value(&part, "name").unwrap();
                found.push((of.clone(), String::new()));
            } else if part.starts_with("<xs:element ") && !of.is_empty() {
                found.push((of.clone(), value(&part, "name").unwrap()));
            } else if part.starts_with("<xs:attribute ") {
                found.push((of.clone(), format!("@{}", value(&part, "name").unwrap())));
            } else if part.starts_with("<xs:enumeration ") {
                found.push((of.clone(), value(&part, "value").unwrap()));
            }
        }
    }
    found
}

#[test]
fn every_type_element_attribute_and_word_of_every_schema_has_its_place() {
    let (files, pages) = reference();
    let mut seen = 0;
    for (file, text) in &files {
        let page = read(&pages[&file.replace(".xsd", ".html")]);
        let ids: BTreeSet<&str> = page.ids.iter().map(String::as_str).collect();
        for (of, member) in declared(text) {
            let id = if member.is_empty() { of } else { format!("{of}.{member}") };
            assert!(ids.contains(id.as_str()), "{file}: nothing about {id}");
            seen += 1;
        }
    }
    assert!(files.len() > 10 && seen > 1000, "{seen}");
}

#[test]
fn every_documentation_of_every_schema_is_told() {
    let (files, pages) = reference();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    for (file, text) in &files {
        let page = squeezed(&read(&pages[&file.replace(".xsd", ".html")]).text);
        for told in text.split("<xs:documentation").skip(1) {
            let told = told.split_once('>').unwrap().1.split("</xs:documentation>").next().unwrap();
            let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            // the word `Source` has lost its colon to its type
            let told = squeezed(&told).replacen("Source:", "Source", 1);
            assert!(page.contains(&told), "{file}: not told: {told}");
        }
    }
}

#[test]
fn every_link_leads_somewhere_and_every_place_has_its_own_name() {
    let (files, pages) = reference();
    let read: BTreeMap<&str, Page> = pages.iter().map(|(name, html)| (name.as_str(), read(html))).collect();
    let mut links = 0;
    for (name, page) in &read {
        let ids: BTreeSet<_> = page.ids.iter().collect();
        assert_eq!(ids.len(), page.ids.len(), "{name} has an id twice");
        for link in &page.links {
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { name } else { file };
            let there =
                read.get(file).is_some_and(|page| place.is_empty() || page.ids.iter().any(|id| id == place));
            assert!(there || (place.is_empty() && files.contains_key(file)), "{name}: {link} leads nowhere");
            links += 1;
        }
    }
    assert!(links > 1000, "{links}");
}

#[test]
fn pages_run_nothing_and_fetch_nothing() {
    let (_, pages) = reference();
    for (name, html) in &pages {
        let page = read(html);
        for bad in ["script", "img", "link", "iframe", "object"] {
            assert!(!page.elements.contains(bad), "{name} has {bad}");
        }
        for bad in ["http:", "https:", "url(", "@import", "javascript:"] {
            assert!(!html.contains(bad), "{name} has {bad}");
        }
        assert!(html.contains("name=\"viewport\""), "{name} is not for phones");
    }
}

#[test]
fn a_schema_that_uses_more_of_the_language_is_refused() {
    let files = |inside: &str| {
        let text = format!(
            "<xs:schema xmlns:xs='urn:x'><xs:complexType name='A'>{inside}</xs:complexType></xs:schema>"
        );
        BTreeMap::from([("a.xsd".to_owned(), text)])
    };
    assert!(pages(&files("<xs:sequence/>")).is_ok());
    assert_eq!(pages(&files("<xs:choice/>")).unwrap_err(), "xs:choice in a complex type");
    assert_eq!(
        pages(&files("<xs:sequence><xs:element name='B'/></xs:sequence>")).unwrap_err(),
        "xs:element without type"
    );
}
