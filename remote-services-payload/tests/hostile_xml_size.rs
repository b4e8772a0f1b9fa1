//! Documents that are too large in some way: each limit has its own error, memory stays within a factor of the size.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "models/hostile.rs"]
mod hostile;
mod identity;

use identity::{ROOT, cause, identity, read};
use remote_services_payload::kind::{self, PayloadKind};
use remote_services_payload::xml::{Limits, XmlCause};

#[test]
fn namespaces_are_limited_where_they_are_in_force() {
    // three prefixes an element are few, thirteen elements inside each other have too many
    let nested = |depth: usize| {
        let open: String =
            (0..depth).map(|at| format!("<New xmlns:a{at}='u' xmlns:b{at}='u' xmlns:c{at}='u'>")).collect();
        identity(&format!("{open}{}", "</New>".repeat(depth)))
    };
    assert!(read(&nested(10)).is_ok());
    assert_eq!(cause(&nested(11)), XmlCause::TooManyNamespaces { limit: 32 });
    let beside = "<New xmlns:a='u' xmlns:b='u'/>".repeat(1_000);
    assert!(read(&identity(&beside)).is_ok());
    let long = format!("<New xmlns:a='{}'/>", "u".repeat(1_025));
    assert_eq!(cause(&identity(&long)), XmlCause::NamespaceTooLong { limit: 1_024 });
    for (bad, prefix) in [("xmlns:a=''", "a"), ("xmlns:xml='u'", "xml"), ("xmlns:xmlns='u'", "xmlns")] {
        assert_eq!(cause(&identity(&format!("<New {bad}/>"))), XmlCause::ForbiddenNamespace(prefix.into()));
    }
}

#[test]
fn limits_hold() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(cause(&identity(&deep)), XmlCause::TooDeep { limit: 16 });
    assert_eq!(cause(&format!("{ROOT}{}", "<Header>".repeat(100_000))), XmlCause::TooDeep { limit: 16 });
    assert_eq!(cause(&identity(&"<a/>".repeat(300_000))), XmlCause::TooManyElements { limit: 250_000 });
    assert_eq!(
        cause(&identity(&"<AssetTag/>".repeat(300_000))),
        XmlCause::TooManyElements { limit: 250_000 }
    );
    let long = "x".repeat(300_000);
    let too_long = XmlCause::TextTooLong { limit: 256 << 10 };
    assert_eq!(cause(&identity(&format!("<Description>{long}</Description>"))), too_long);
    assert_eq!(
        cause(&identity(&format!("<Description>{}</Description>", "x&lt;".repeat(200_000)))),
        too_long
    );
    assert_eq!(cause(&identity(&format!("<Description a='{long}'/>"))), too_long);
    assert_eq!(cause(&identity(&format!("<New>{long}</New>"))), too_long);
    // the text counts, not its pieces, also where nobody knows the element
    for pieces in ["x&lt;".repeat(200_000), "<![CDATA[xx]]>x<!-- -->".repeat(100_000)] {
        assert_eq!(cause(&identity(&format!("<Description>{pieces}</Description>"))), too_long);
        assert_eq!(cause(&identity(&format!("<New>{pieces}</New>"))), too_long);
    }
    assert!(
        read(&identity(&format!("<New>{}</New>", "x".repeat(200_000) + "<b/>" + &"x".repeat(200_000))))
            .is_ok()
    );
    let huge = " ".repeat((16 << 20) + 1);
    assert_eq!(cause(&huge), XmlCause::TooLarge { limit: 16 << 20, found: huge.len() });
}

/// How their instructions grow with their size is counted by `cargo xtask bench payload`.
#[test]
fn every_shape_that_hurts_careless_readers_has_its_own_end() {
    let network = |xml: &str| kind::decode(PayloadKind::Network, xml.as_bytes(), &Limits::default());
    for shape in hostile::SHAPES {
        let outcome = network(&hostile::document(shape, 2 << 20).unwrap()).map_err(|error| error.cause);
        let expected = match *shape {
            "members" | "records" | "unknown-attributes" | "text" | "references" | "cdata" | "comments"
            | "blanks" | "returns" | "brackets" => None,
            "unknown" => Some(XmlCause::TooManyElements { limit: 250_000 }),
            "lines" | "open-comments" | "open-tags" | "open-cdata" => Some(XmlCause::Truncated),
            "attributes" => Some(XmlCause::TooManyAttributes { limit: 16 }),
            "namespaces" => Some(XmlCause::TooManyNamespaces { limit: 32 }),
            "depth" => Some(XmlCause::TooDeep { limit: 16 }),
            "doctype" => Some(XmlCause::Doctype),
            _ => {
                assert!(outcome.is_err() || *shape == "long-name", "{shape}");
                continue;
            }
        };
        assert_eq!(outcome.as_ref().err(), expected.as_ref(), "{shape}");
    }
}

#[test]
fn memory_grows_with_the_document_and_stays_within_a_factor() {
    for shape in hostile::SHAPES {
        let most = |octets: usize| {
            let xml = hostile::document(shape, octets).unwrap();
            let mut outcome = None;
            let used = allocation_counter::measure(|| {
                outcome = Some(kind::decode(PayloadKind::Network, xml.as_bytes(), &Limits::default()));
            });
            usize::try_from(used.bytes_max).unwrap()
        };
        let (once, twice) = (most(512 << 10), most(1 << 20));
        // an empty record of twelve octets becomes one of some 130 in a vector that doubles
        assert!(once <= 40 * (512 << 10), "{shape}: {once} octets of memory for 512 KiB");
        assert!(
            twice <= 2 * once + (once >> 3) + (64 << 10),
            "{shape}: {once} octets, {twice} for twice the size"
        );
    }
}
