//! Documents that somebody made to hurt: each gets its own error, with its place, in bounded time and memory.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;

use models::{sample, sample_usage};
use proptest::prelude::*;
use remote_services_payload::kind::{self, Decoded, Document, PayloadKind};
use remote_services_payload::xml::{Limits, XmlCause, XmlError};
use std::time::{Duration, Instant};

const ROOT: &str = r#"<Identity xmlns="urn:remote-services:identity:1" schemaVersion="1.0">"#;
const HEADER: &str = "<Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header>";
const STATE: &str = "<ManagementState>managed</ManagementState>";

fn read(xml: &str) -> Result<Decoded, XmlError> {
    kind::decode(PayloadKind::Identity, xml.as_bytes(), &Limits::default())
}

/// An identity with something between the header and the rest.
fn identity(more: &str) -> String {
    format!("{ROOT}{HEADER}{more}{STATE}</Identity>")
}

fn cause(xml: &str) -> XmlCause {
    read(xml).unwrap_err().cause
}

fn description(xml: &str) -> Option<String> {
    match read(xml).unwrap_or_else(|error| panic!("{error}")).document {
        Document::Identity(identity) => identity.description,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_plain_document_is_read() {
    assert!(read(&identity("")).is_ok());
    assert!(
        read(&format!(
            "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n{}\n<!-- end -->\n",
            identity("")
        ))
        .is_ok()
    );
}

#[test]
fn text_is_read_as_xml_says() {
    for (xml, text) in [
        ("a &lt;&gt;&amp;&quot;&apos; b", "a <>&\"' b"),
        ("&#65;&#x42;&#x1F600;&#13;", "AB😀\r"),
        ("<![CDATA[<a>&amp;]]>b<![CDATA[c]]>", "<a>&amp;bc"),
        ("a<!-- no text -->b", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("  ", "  "),
        ("", ""),
    ] {
        let xml = identity(&format!("<Description>{xml}</Description>"));
        assert_eq!(description(&xml).as_deref(), Some(text), "{xml}");
    }
    assert_eq!(description(&identity("<Description/>")).as_deref(), Some(""));
}

#[test]
fn a_prefix_for_the_namespace_is_as_good_as_none() {
    let xml = format!("{ROOT}{HEADER}<Description>x</Description>{STATE}</Identity>")
        .replace("xmlns=", "xmlns:i=")
        .replace("</", "</i:")
        .replace('<', "<i:")
        .replace("<i:/i:", "</i:");
    assert_eq!(description(&xml).as_deref(), Some("x"));
    assert!(matches!(cause(&xml.replace("xmlns:i=", "xmlns:j=")), XmlCause::UnboundPrefix(_)));
}

#[test]
fn doctype_instructions_and_foreign_entities_are_refused() {
    let plain = identity("");
    for doctype in [
        "<!DOCTYPE Identity>",
        "<!DOCTYPE Identity SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE Identity [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>",
        "<!doctype Identity>",
        "<!DOCTYPE",
        "<!DOCTYPE Identity [",
    ] {
        assert_eq!(cause(&format!("{doctype}{plain}")), XmlCause::Doctype, "{doctype}");
    }
    assert_eq!(cause(&format!("<?xml-stylesheet href='x'?>{plain}")), XmlCause::ProcessingInstruction);
    assert_eq!(cause(&identity("<?php x?>")), XmlCause::ProcessingInstruction);
    assert_eq!(cause(&format!(" <?xml version='1.0'?>{plain}")), XmlCause::ProcessingInstruction);
    let entity = |text: &str| cause(&identity(&format!("<Description>{text}</Description>")));
    assert_eq!(entity("&nbsp;"), XmlCause::ForeignEntity("nbsp".into()));
    assert_eq!(entity("&;"), XmlCause::ForeignEntity(String::new()));
    assert!(matches!(entity("a & b"), XmlCause::NotWellFormed(_)));
    for number in ["&#;", "&#x;", "&#xD800;", "&#x110000;", "&#-1;", "&#+1;", "&#9999999999;", "&#X41;"] {
        assert!(matches!(entity(number), XmlCause::NotWellFormed(_)), "{number}");
    }
    assert_eq!(entity("&#0;"), XmlCause::ForbiddenCharacter('\0'));
    assert_eq!(entity("&#xFFFE;"), XmlCause::ForbiddenCharacter('\u{FFFE}'));
    assert_eq!(entity("\u{1}"), XmlCause::ForbiddenCharacter('\u{1}'));
    assert_eq!(entity("\u{FFFF}"), XmlCause::ForbiddenCharacter('\u{FFFF}'));
    assert!(matches!(entity("]]>"), XmlCause::NotWellFormed(_)));
}

#[test]
fn other_encodings_and_versions_are_refused() {
    let plain = identity("");
    for name in ["ISO-8859-1", "UTF-16", "UTF-7", "utf8"] {
        let xml = format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{plain}");
        assert_eq!(cause(&xml), XmlCause::ForeignEncoding(name.into()));
    }
    assert_eq!(cause(&format!("<?xml version=\"1.1\"?>{plain}")), XmlCause::ForeignVersion("1.1".into()));
    let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE][..], &wide].concat();
    for octets in [&wide[..], &marked, b"<Identity>\xFF</Identity>", b"<Identity>\xC0\x80</Identity>"] {
        let error = kind::decode(PayloadKind::Identity, octets, &Limits::default()).unwrap_err();
        assert!(matches!(error.cause, XmlCause::NotUtf8 | XmlCause::ForbiddenCharacter('\0')), "{error}");
    }
}

#[test]
fn only_the_root_of_the_kind_is_read() {
    for (from, to) in [
        ("urn:remote-services:identity:1", "urn:remote-services:network:1"),
        ("urn:remote-services:identity:1", "urn:remote-services:identity:2"),
        ("urn:remote-services:identity:1", ""),
        ("<Identity", "<identity"),
    ] {
        let error = read(&identity("").replacen(from, to, 1)).unwrap_err();
        assert!(matches!(error.cause, XmlCause::WrongRoot { .. }), "{error}");
    }
    for version in ["2.0", "1", "1.", "1.0.0", "1.x", "", "1.1234567890", " 1.0"] {
        let xml = identity("").replacen("\"1.0\"", &format!("{version:?}"), 1);
        assert_eq!(cause(&xml), XmlCause::SchemaVersion(version.into()), "{version}");
    }
    let xml = identity("").replacen("\"1.0\"", "\"1.17\"", 1);
    assert_eq!(read(&xml).unwrap().schema_version, "1.17");
    let xml = identity("").replacen(" schemaVersion=\"1.0\"", "", 1);
    assert_eq!(cause(&xml), XmlCause::MissingAttribute("schemaVersion"));
    let plain = identity("");
    for after in ["x", "<a/>", "</a>", "<?x?>", "&lt;", "<![CDATA[x]]>"] {
        assert!(read(&format!("{plain}{after}")).is_err(), "{after}");
    }
    assert_eq!(cause(&format!("{plain}{plain}")), XmlCause::AfterRoot);
    assert_eq!(cause(&format!("x{plain}")), XmlCause::UnexpectedText);
    for nothing in ["", " ", "<?xml version='1.0'?>", "<!-- x -->"] {
        assert_eq!(cause(nothing), XmlCause::Truncated, "{nothing:?}");
    }
}

#[test]
fn members_are_there_once_and_in_order() {
    let two = |first: &str, second: &str| cause(&identity(&format!("{first}{second}")));
    let (maker, serial) = ("<Manufacturer>x</Manufacturer>", "<SerialNumber>x</SerialNumber>");
    assert_eq!(two(serial, maker), XmlCause::OutOfOrder("Manufacturer"));
    assert_eq!(two(serial, serial), XmlCause::RepeatedElement("SerialNumber"));
    assert_eq!(cause(&identity(STATE)), XmlCause::RepeatedElement("ManagementState"));
    assert_eq!(cause(&identity("").replace(STATE, "")), XmlCause::MissingElement("ManagementState"));
    assert_eq!(cause(&identity("").replace(HEADER, "")), XmlCause::MissingElement("Header"));
    assert_eq!(cause(&identity("text")), XmlCause::UnexpectedText);
    assert_eq!(cause(&identity("<![CDATA[x]]>")), XmlCause::UnexpectedText);
    let inside = "<SerialNumber>x<b/></SerialNumber>";
    assert_eq!(cause(&identity(inside)), XmlCause::UnexpectedElement("b".into()));
    assert_eq!(
        cause(&identity("").replace("managed", " ")),
        XmlCause::Value { expected: "ManagementState", text: " ".into() }
    );
}

#[test]
fn attributes_are_checked() {
    let attribute = |text: &str| cause(&identity(&format!("<SerialNumber {text}>x</SerialNumber>")));
    assert_eq!(attribute("a='1' a='2'"), XmlCause::DuplicateAttribute("a".into()));
    for bad in ["a", "a=", "a=1", "a='<'", "a='&#0;'", "1a='x'", "a='1'b='&x'", "xmlns:p='u' q:a='1'"] {
        let xml = identity(&format!("<SerialNumber {bad}>x</SerialNumber>"));
        assert!(read(&xml).is_err(), "{bad}");
    }
    assert_eq!(attribute("a='&nbsp;'"), XmlCause::ForeignEntity("nbsp".into()));
    let flood: String = (0..100_000).map(|number| format!(" a{number}=''")).collect();
    assert_eq!(attribute(&flood), XmlCause::TooManyAttributes { limit: 16 });
    let flood: String = (0..100_000).map(|number| format!(" xmlns:a{number}='u'")).collect();
    assert_eq!(attribute(&flood), XmlCause::TooManyAttributes { limit: 16 });
    let withheld =
        |text: &str| cause(&identity("").replace("</Header>", &format!("<Withheld {text}/></Header>")));
    assert_eq!(withheld("element='a'"), XmlCause::MissingAttribute("reason"));
    assert_eq!(
        withheld("element='a' reason=''"),
        XmlCause::Value { expected: "WithheldReason", text: String::new() }
    );
}

#[test]
fn what_a_newer_schema_adds_is_stepped_over_and_reported() {
    let more =
        "<Weight unit='kg'>12<b><c/></b></Weight><Module tint='red'><Kind>fax</Kind><Age>3</Age></Module>";
    let xml =
        identity(&format!("{more}<x:y xmlns:x='urn:x'>&lt;</x:y>")).replace("/ReadAt>", "/ReadAt><Note/>");
    let decoded = read(&xml).unwrap();
    let noted: Vec<_> =
        decoded.unknown.iter().map(|entry| (entry.path.as_str(), entry.xml.as_str())).collect();
    assert_eq!(
        noted,
        [
            ("Identity/Header/Note", "<Note/>"),
            ("Identity/Weight", "<Weight unit='kg'>12<b><c/></b></Weight>"),
            ("Identity/Module/@tint", "red"),
            ("Identity/Module/Age", "<Age>3</Age>"),
            ("Identity/y", "<x:y xmlns:x='urn:x'>&lt;</x:y>"),
        ]
    );
    assert_eq!(decoded.unknown_total, 5);

    let many = identity(&"<New/>".repeat(5_000));
    let decoded = read(&many).unwrap();
    assert_eq!((decoded.unknown.len(), decoded.unknown_total), (1_000, 5_000));

    // also there, what is not XML is refused
    for bad in [
        "<New a='1' a='2'/>",
        "<New>&x;</New>",
        "<New><!DOCTYPE a></New>",
        "<New><1/></New>",
        "<1/>",
        "<:New/>",
        "<p:New/>",
    ] {
        assert!(read(&identity(bad)).is_err(), "{bad}");
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
    let huge = " ".repeat((16 << 20) + 1);
    assert_eq!(cause(&huge), XmlCause::TooLarge { limit: 16 << 20, found: huge.len() });
}

#[test]
fn time_grows_with_the_size_and_not_faster() {
    // each is quadratic in a careless reader; a minute in a debug build says so
    let started = Instant::now();
    for hostile in [
        format!("{ROOT}{HEADER}<SerialNumber{}", " a='1'".repeat(250_000)),
        identity(&format!("<Description>{}</Description>", "<!---->".repeat(500_000))),
        identity(&format!("<Description>{}</Description>", "<![CDATA[]]>".repeat(500_000))),
        identity(&" ".repeat(2 << 20)),
        identity(&"\n".repeat(2 << 20)).replace(STATE, ""),
        format!("{ROOT}{}", "<!--".repeat(500_000)),
        format!("{ROOT}{}", "<".repeat(2 << 20)),
        format!("{ROOT}{}", "&".repeat(2 << 20)),
        format!("{ROOT}{}", "<![CDATA[".repeat(250_000)),
        format!("<!DOCTYPE a [{}", "<!ENTITY a 'b'>".repeat(500_000)),
        identity(&format!("<{}/>", "n".repeat(2 << 20))),
    ] {
        let _ = read(&hostile);
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn errors_say_where() {
    let xml = format!(
        "{ROOT}\n  {HEADER}\n  <Module><Kind>fax</Kind></Module>\n  <Module>\n    <Kind>é</Kind><Version>é</Version><InstallDate>soon</InstallDate></Module>{STATE}</Identity>"
    );
    let error = read(&xml).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 5, column 39, at Identity/Module[2]/InstallDate: \"soon\" is not a value of DateTime"
    );
    assert!(xml[error.offset..].starts_with("<InstallDate>"));

    let xml = identity("").replace("</Header>", "<Withheld element='x'/></Header>");
    let error = read(&xml).unwrap_err();
    assert_eq!((error.line, error.path.as_str()), (1, "Identity/Header/Withheld"));
    assert!(xml[error.offset..].starts_with("<Withheld"));

    let counters = "<Counters xmlns='urn:remote-services:counters:1' schemaVersion='1.0'><Header><ReadAt>2026-11-22T09:30:00Z</ReadAt></Header><Epoch>0</Epoch><LifeCount unit='sheets' marker='one'>7</LifeCount></Counters>";
    let error = kind::decode(PayloadKind::Counters, counters.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.path, "Counters/LifeCount/@marker");
    assert_eq!(error.cause, XmlCause::Value { expected: "Count", text: "one".into() });
}

#[test]
fn a_long_value_is_cut_in_the_error() {
    let xml = identity("").replace("2026-11-22T09:30:00.000Z", &"9".repeat(10_000));
    assert!(read(&xml).unwrap_err().to_string().len() < 300);
}

#[test]
fn every_truncation_is_refused() {
    let mut files = kind::encode_report(&sample::report()).unwrap();
    files.push(kind::encode_agent(&sample::agent()).unwrap());
    files.extend(sample_usage::with_consent().map(|document| document.encode().unwrap()));
    for file in files {
        // the last octet is a line feed that nobody misses
        for length in 0..file.xml.len() - 1 {
            let cut = kind::decode(file.kind, &file.xml[..length], &Limits::default());
            assert!(cut.is_err(), "{} cut at {length}", file.kind);
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
            let again = decoded.document.encode().unwrap();
            let back = kind::decode(file.kind, &again.xml, &Limits::default()).unwrap();
            prop_assert_eq!(back.document, decoded.document);
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
