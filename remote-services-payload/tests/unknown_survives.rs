//! What a newer schema adds survives a program that does not know it.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;

use models::random;
use proptest::prelude::*;
use proptest::sample::Index;
use remote_services_payload::kind::{self, Decoded, Document, Encoded, PayloadKind};
use remote_services_payload::xml::{Limits, PassOnError};

const ROOT: &str = r#"<Identity xmlns="urn:remote-services:identity:1" schemaVersion="1.0">"#;
const HEADER: &str = "<Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header>";
const STATE: &str = "<ManagementState>managed</ManagementState>";

fn read(kind: PayloadKind, xml: &str) -> Decoded {
    kind::decode(kind, xml.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}\n{xml}"))
}

fn text(encoded: Encoded) -> String {
    String::from_utf8(encoded.xml).unwrap()
}

/// What is put in. `v` is declared at the root.
const ELEMENTS: &[&str] = &[
    "<New/>",
    "<New>text &amp; <![CDATA[<more>]]><!-- said --></New>",
    "<New unit='kg' v:by=\"us\"><Part><Part>12\r\n</Part></Part></New>",
    "<v:Note>&#x1F600;</v:Note>",
    "<w:Note xmlns:w='urn:other' w:a='&lt;'><w:b/><v:c/><New/></w:Note>",
    "<Note xmlns='urn:third'><b/><c xmlns=''/></Note>",
    "<Extensions><v:Toner chip='7'/></Extensions>",
];
const ATTRIBUTES: &[&str] =
    &[" v:chip=\"&lt;7&gt;\"", " newer=\"a&#10;b\"", " xmlns:u=\"urn:u\" u:tint=\"red\""];

/// Where elements and where attributes may be put: offsets before a `<`, and before the end of a start tag.
fn places(xml: &str) -> (Vec<usize>, Vec<usize>) {
    let (mut elements, mut attributes) = (Vec::new(), Vec::new());
    let mut open = 0;
    let mut after_end = false;
    for (at, _) in xml.match_indices('<').skip(1) {
        let end = at + xml[at..].find('>').unwrap();
        let closes = xml[at..].starts_with("</");
        // text stands before an end tag that follows no other end tag
        if open > 0 && (!closes || after_end) {
            elements.push(at);
        }
        let empty = xml[..end].ends_with('/');
        if closes {
            open -= 1;
        } else {
            attributes.push(if empty { end - 1 } else { end });
            open += usize::from(!empty);
        }
        after_end = closes || empty;
    }
    (elements, attributes)
}

proptest! {
    #[test]
    fn any_unknown_content_anywhere_in_any_document_comes_back(
        seed: u64,
        which in 0_usize..7,
        elements in prop::collection::vec((any::<Index>(), 0..ELEMENTS.len()), 0..12),
        attributes in prop::collection::vec((any::<Index>(), 0..ATTRIBUTES.len()), 0..6),
    ) {
        let mut files = kind::encode_report(&random::report(seed)).unwrap();
        files.push(kind::encode_agent(&random::agent(seed)).unwrap());
        let plain = files.swap_remove(which);
        let kind = plain.kind;
        let plain = text(plain)
            .replacen("schemaVersion=\"1.0\"", "schemaVersion=\"1.7\" xmlns:v=\"urn:vendor\"", 1);
        let known = read(kind, &plain).document;

        let (for_elements, for_attributes) = places(&plain);
        let mut inserted: Vec<(usize, &str)> = Vec::new();
        for (place, what) in &elements {
            inserted.push((*place.get(&for_elements), ELEMENTS[*what]));
        }
        for (place, what) in &attributes {
            let place = *place.get(&for_attributes);
            // not twice the same attribute
            if !inserted.contains(&(place, ATTRIBUTES[*what])) {
                inserted.push((place, ATTRIBUTES[*what]));
            }
        }
        inserted.sort_by_key(|(place, _)| *place);
        let mut newer = plain.clone();
        for (place, what) in inserted.iter().rev() {
            newer.insert_str(*place, what);
        }

        let decoded = read(kind, &newer);
        prop_assert_eq!(&decoded.document, &known);
        prop_assert_eq!(decoded.unknown_total(), inserted.len());
        let passed_on = text(decoded.encode().unwrap());
        for (_, what) in inserted {
            let there = |what: &str| passed_on.matches(what).count() >= newer.matches(what).count();
            // an element comes as it was, attributes in any order
            let parts: Vec<_> = if what.starts_with('<') { vec![what] } else { what.split(' ').collect() };
            prop_assert!(parts.into_iter().all(there), "{} is lost in {}", what, passed_on);
        }
        let again = read(kind, &passed_on);
        prop_assert_eq!(&again, &decoded);
        prop_assert_eq!(text(again.encode().unwrap()), passed_on);
    }
}

#[test]
fn unknown_content_goes_back_to_its_place() {
    let xml = format!(
        "{ROOT}<First/>{HEADER}<Module a=\"1\"><Kind>fax</Kind><Age>3</Age></Module><Module><Kind>fax</Kind></Module>\
         <Between/><Module><Weight/><Kind>fax</Kind></Module>{STATE}<Last/></Identity>"
    )
    .replace("1.0", "1.4")
    .replace("</ReadAt>", "</ReadAt><Withheld element=\"a\" reason=\"redacted\"><Who>me</Who></Withheld>");
    let decoded = read(PayloadKind::Identity, &xml);
    assert_eq!(text(decoded.encode().unwrap()).split_once('\n').unwrap().1.trim_end(), xml);
    let paths: Vec<_> = decoded.unknown().iter().map(|unknown| unknown.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "Identity/First",
            "Identity/Header/Withheld/Who",
            "Identity/Module/@a",
            "Identity/Module/Age",
            "Identity/Between",
            "Identity/Module[3]/Weight",
            "Identity/Last",
        ]
    );
    assert!(!text(decoded.document.encode().unwrap()).contains("Age"));
}

#[test]
fn names_keep_their_namespaces_when_the_sender_had_other_prefixes() {
    let xml = format!(
        "<i:Identity xmlns:i='urn:remote-services:identity:1' xmlns='urn:else&amp;' schemaVersion='1.0'>\
         <i:Header xmlns:p='urn:p'><i:ReadAt>2026-11-22T09:30:00.000Z</i:ReadAt><p:x/></i:Header>\
         <i:New><a b='c'/></i:New><d/>{}</i:Identity>",
        STATE.replace("</", "</i:").replace("<M", "<i:M")
    );
    let decoded = read(PayloadKind::Identity, &xml);
    assert_eq!(decoded.unknown_total(), 3);
    let passed_on = text(decoded.encode().unwrap());
    for part in [
        "<Identity xmlns=\"urn:remote-services:identity:1\" schemaVersion=\"1.0\" xmlns:i=\"urn:remote-services:identity:1\">",
        "<Header xmlns:p=\"urn:p\">",
        "<p:x/></Header>",
        "<i:New xmlns=\"urn:else&amp;\"><a b='c'/></i:New>",
        "<d xmlns=\"urn:else&amp;\"/>",
    ] {
        assert!(passed_on.contains(part), "{part} is not in {passed_on}");
    }
    assert_eq!(read(PayloadKind::Identity, &passed_on), decoded);
}

#[test]
fn what_cannot_be_passed_on_is_said() {
    let xml =
        format!("{ROOT}{HEADER}<Module><Kind>fax</Kind><Age>3</Age></Module>{STATE}<New/><New/></Identity>");
    let few = Limits { unknown: 2, ..Limits::default() };
    let decoded = kind::decode(PayloadKind::Identity, xml.as_bytes(), &few).unwrap();
    assert_eq!((decoded.unknown().len(), decoded.unknown_total()), (2, 3));
    assert_eq!(decoded.encode(), Err(PassOnError::TooMuchUnknown { lost: 1 }));

    let mut decoded = read(PayloadKind::Identity, &xml);
    let Document::Identity(identity) = &mut decoded.document else { panic!("an identity") };
    identity.modules.clear();
    let error = decoded.encode().unwrap_err();
    assert_eq!(error, PassOnError::NoPlace { path: "Identity/Module/Age".into() });
    assert_eq!(error.to_string(), "cannot write Identity/Module/Age: the place where it stood is gone");
}
