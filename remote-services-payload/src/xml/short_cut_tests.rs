//! The short cuts of the reader change nothing but the time.

use super::error::XmlError;
use super::limits::Limits;
use super::unknown::Kept;
use super::{Reader, Record};
use proptest::prelude::*;
use remote_services_core::counter::Counters;
use remote_services_core::device::Identity;
use remote_services_core::status::Status;
use remote_services_core::supply::Supplies;
use std::fmt::Debug;

fn read<T: Record>(xml: &[u8], kind: Kind, short_cuts: bool) -> Result<(String, T, Kept), XmlError> {
    let (namespace, root, _) = kind;
    let mut reader = Reader::new(xml, Limits::default(), namespace)?;
    if !short_cuts {
        reader.tokens.without_short_cuts();
    }
    let version = reader.root(namespace, root)?;
    let content = T::read(&mut reader)?;
    Ok((version, content, reader.finish()?))
}

fn both_ways<T: Record + PartialEq + Debug>(xml: &[u8], kind: Kind) {
    let text = String::from_utf8_lossy(xml);
    assert_eq!(read::<T>(xml, kind, true), read::<T>(xml, kind, false), "{text}");
}

/// Namespace, name of the root, and a document.
type Kind = (&'static str, &'static str, &'static str);

const IDENTITY: Kind =
    ("urn:remote-services:identity:1", "Identity", include_str!("../../tests/data/identity.xml"));
const STATUS: Kind = ("urn:remote-services:status:1", "Status", include_str!("../../tests/data/status.xml"));
const COUNTERS: Kind =
    ("urn:remote-services:counters:1", "Counters", include_str!("../../tests/data/counters.xml"));
const SUPPLIES: Kind =
    ("urn:remote-services:supplies:1", "Supplies", include_str!("../../tests/data/supplies.xml"));

#[test]
fn short_cuts_change_nothing_in_a_good_document() {
    for kind in [IDENTITY, STATUS, COUNTERS, SUPPLIES] {
        let whole = kind.2.as_bytes();
        match kind.1 {
            "Identity" => both_ways::<Identity>(whole, kind),
            "Status" => both_ways::<Status>(whole, kind),
            "Counters" => both_ways::<Counters>(whole, kind),
            _ => both_ways::<Supplies>(whole, kind),
        }
    }
    assert!(read::<Supplies>(SUPPLIES.2.as_bytes(), SUPPLIES, true).is_ok());
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "]]",
    "<?",
    "&amp;",
    "&",
    "\r",
    "\n",
    " ",
    "=",
    "\"",
    "<Supply>",
    "</Supply>",
    "<Level>",
    "</Level>",
    "<New/>",
    "<New>",
    "</New>",
    "xmlns=''",
    " a='1'",
    "Level",
    "\u{0}",
];

proptest! {
    #[test]
    fn short_cuts_change_nothing_in_a_changed_document(
        which in 0_usize..4,
        at in any::<prop::sample::Index>(),
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..4),
        removed in 0_usize..12,
    ) {
        let kind = [IDENTITY, STATUS, COUNTERS, SUPPLIES][which];
        let mut xml = kind.2.as_bytes().to_vec();
        let at = at.index(xml.len());
        let end = (at + removed).min(xml.len());
        xml.splice(at..end, pieces.concat().into_bytes());
        match which {
            0 => both_ways::<Identity>(&xml, kind),
            1 => both_ways::<Status>(&xml, kind),
            2 => both_ways::<Counters>(&xml, kind),
            _ => both_ways::<Supplies>(&xml, kind),
        }
    }
}
