//! Good documents that were cut off or changed, and soup of markup: refused with a place, or read as what they then say.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod identity;
mod models;

use identity::{ROOT, identity, read};
use models::{sample, sample_usage};
use proptest::prelude::*;
use remote_services_payload::kind::{self, Encoded};
use remote_services_payload::xml::{Limits, XmlCause};

fn samples() -> Vec<Encoded> {
    let mut files = kind::encode_report(&sample::report()).unwrap();
    files.push(kind::encode_agent(&sample::agent()).unwrap());
    files.extend(sample_usage::with_consent().map(|document| document.encode().unwrap()));
    files
}

#[test]
fn every_truncation_is_refused() {
    for file in samples() {
        // the last octet is a line feed that nobody misses
        for length in 0..file.xml.len() - 1 {
            let cut = &file.xml[..length];
            let error = kind::decode(file.kind, cut, &Limits::default()).unwrap_err();
            let in_reference = cut.iter().rev().take(5).any(|octet| *octet == b'&');
            assert!(
                error.cause == XmlCause::Truncated || in_reference,
                "{} cut at {length}: {error}",
                file.kind
            );
        }
    }
}

#[test]
fn every_single_octet_change_is_refused_with_a_place_or_read_as_what_it_then_says() {
    for file in samples() {
        let mut xml = file.xml.clone();
        for at in 0..xml.len() {
            let original = xml[at];
            for changed in [original ^ 1, original ^ 0x80, b'<', b'&'] {
                xml[at] = changed;
                match kind::decode(file.kind, &xml, &Limits::default()) {
                    Ok(decoded) => {
                        let again = decoded.encode().unwrap();
                        let back = kind::decode(file.kind, &again.xml, &Limits::default()).unwrap();
                        assert_eq!(back, decoded, "{} changed at {at} to {changed}", file.kind);
                    }
                    Err(error) => {
                        let lines = xml.iter().filter(|octet| **octet == b'\n').count() + 1;
                        assert!(error.offset <= xml.len() && (1..=lines).contains(&error.line), "{error}");
                    }
                }
            }
            xml[at] = original;
        }
    }
}

proptest! {
    #[test]
    fn a_changed_document_is_read_or_refused_and_never_panics(
        which in 0_usize..6,
        at in any::<prop::sample::Index>(),
        octets in prop::collection::vec(any::<u8>(), 0..4),
        removed in 0_usize..8,
    ) {
        let file = kind::encode_report(&sample::report()).unwrap().swap_remove(which);
        let mut xml = file.xml;
        let at = at.index(xml.len());
        let end = (at + removed).min(xml.len());
        xml.splice(at..end, octets);
        if let Ok(decoded) = kind::decode(file.kind, &xml, &Limits::default()) {
            let again = decoded.encode().unwrap();
            let back = kind::decode(file.kind, &again.xml, &Limits::default()).unwrap();
            prop_assert_eq!(back, decoded);
        }
    }

    #[test]
    fn markup_soup_never_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let soup: String = pieces.concat();
        let _ = read(&soup);
        let _ = read(&format!("{ROOT}{soup}"));
        let _ = read(&identity(&soup));
    }
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "!",
    "--",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<?xml ",
    "<!DOCTYPE ",
    "[",
    "]",
    "&",
    ";",
    "&#",
    "&#x",
    "lt",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "a",
    "xmlns",
    "xmlns:",
    ":",
    "Header",
    "<Header>",
    "</Header>",
    "<Module>",
    "</Module>",
    "<Kind>",
    "</Kind>",
    "<a/>",
    "é",
    "\u{FEFF}",
    "\0",
    "1",
];
