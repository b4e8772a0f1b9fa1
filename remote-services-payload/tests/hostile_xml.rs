//! What is no XML of ours: each mistake gets its own error, with its place.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod identity;

use identity::{HEADER, ROOT, STATE, cause, description, identity, read};
use remote_services_payload::kind::{self, PayloadKind};
use remote_services_payload::xml::{Limits, XmlCause};

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
    let refused =
        |octets: &[u8]| kind::decode(PayloadKind::Identity, octets, &Limits::default()).unwrap_err().cause;
    let little: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for wide in [
        little.clone(),
        big.clone(),
        [&[0xFF, 0xFE], &little[..]].concat(),
        [&[0xFE, 0xFF], &big[..]].concat(),
    ] {
        assert_eq!(refused(&wide), XmlCause::ForeignEncoding("UTF-16".into()));
    }
    let wider: Vec<u8> = plain.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
    assert_eq!(refused(&wider), XmlCause::ForeignEncoding("UTF-32".into()));
    assert_eq!(refused(&[0x4C, 0x6F, 0xA7, 0x94, 0x93]), XmlCause::ForeignEncoding("EBCDIC".into()));
    for octets in
        [&b"<Identity>\xFF</Identity>"[..], b"<Identity>\xC0\x80</Identity>", b"<Identity>\xED\xA0\x80"]
    {
        assert_eq!(refused(octets), XmlCause::NotUtf8);
    }
    // Latin-1 that says so, and Latin-1 that does not
    let latin = format!("<?xml version='1.0' encoding='latin1'?>{plain}");
    assert_eq!(cause(&latin), XmlCause::ForeignEncoding("latin1".into()));
    let error =
        kind::decode(PayloadKind::Identity, b"<Identity>\n  Gr\xFC\xDFe", &Limits::default()).unwrap_err();
    assert_eq!((error.cause, error.line, error.column, error.offset), (XmlCause::NotUtf8, 2, 5, 15));
}

#[test]
fn a_declaration_is_as_xml_says_or_has_its_own_error() {
    let declared = |parts: &str| cause(&format!("<?xml{parts}?>{}", identity("")));
    for (parts, why) in [
        ("", "does not begin with the version"),
        (" encoding='UTF-8'", "does not begin with the version"),
        (" version='1.0'encoding='UTF-8'", "has no blank before one of its parts"),
        (" version='1.0' version='1.0'", "has a part that is unknown, doubled or too late"),
        (
            " version='1.0' standalone='no' encoding='UTF-8'",
            "has a part that is unknown, doubled or too late",
        ),
        (" version='1.0' junk='1'", "has a part that is unknown, doubled or too late"),
        (" version='1.0' junk", "has a part that is not name=\"value\""),
        (" version='1.0' standalone='maybe'", "has a standalone that is neither yes nor no"),
    ] {
        assert_eq!(declared(parts), XmlCause::Declaration(why), "{parts}");
    }
}

#[test]
fn outside_the_root_only_blanks_and_comments_stand() {
    let plain = identity("");
    for blank in ["&#32;", "&#x20;", "<![CDATA[]]>", "<![CDATA[ ]]>"] {
        assert_eq!(cause(&format!("{blank}{plain}")), XmlCause::OutsideRoot, "{blank}");
        let error = read(&format!("{plain}\n {blank}")).unwrap_err();
        assert_eq!((error.cause, error.line, error.column), (XmlCause::OutsideRoot, 2, 2), "{blank}");
        assert!(read(&identity(blank)).is_ok(), "{blank}");
    }
}

#[test]
fn one_attribute_through_two_prefixes_is_there_twice() {
    let new = |attributes: &str| identity(&format!("<New {attributes}/>"));
    let same = XmlCause::SameAttribute { first: "a:x".into(), second: "b:x".into() };
    assert_eq!(cause(&new("a:x='1' xmlns:a='urn:u' b:x='2' xmlns:b='urn:u'")), same);
    assert_eq!(cause(&new("xmlns:a='urn:u' xmlns:b='&#117;rn:u' a:x='1' b:x='2'")), same);
    assert!(read(&new("xmlns:a='urn:u' xmlns:b='urn:v' a:x='1' b:x='2' x='3'")).is_ok());
    assert!(read(&new("xmlns='urn:u' xmlns:a='urn:u' a:x='1' x='2' a:y='3'")).is_ok());
}

#[test]
fn names_are_names_wherever_they_stand() {
    for (xml, name) in [
        ("<New :b='1'/>", ":b"),
        ("<New b:='1' xmlns:b='urn:u'/>", "b:"),
        ("<New a:b:c='1' xmlns:a='urn:u'/>", "a:b:c"),
        ("<New 1a='1'/>", "1a"),
        ("<New xmlns:1='urn:u'/>", "1"),
        ("<New xmlns:='urn:u'/>", "xmlns:"),
        ("<New xmlns:a:b='urn:u'/>", "a:b"),
        ("<:New/>", ":New"),
        ("<a:New:b xmlns:a='urn:u'/>", "a:New:b"),
        ("<a: xmlns:a='urn:u'/>", "a:"),
        ("<SerialNumber :b='1'/>", ":b"),
        ("<Module -a='1'><Kind>fax</Kind></Module>", "-a"),
    ] {
        assert_eq!(cause(&identity(xml)), XmlCause::NotAName(name.into()), "{xml}");
    }
    assert_eq!(
        cause(&identity("").replacen("<Identity", "<Identity :b=''", 1)),
        XmlCause::NotAName(":b".into())
    );
}

#[test]
fn a_byte_order_mark_counts_in_the_offset_and_in_no_column() {
    let error = read(&format!("\u{FEFF}{}", identity("<SerialNumber>&x;"))).unwrap_err();
    let without = read(&identity("<SerialNumber>&x;")).unwrap_err();
    assert_eq!((error.offset, error.line, error.column), (without.offset + 3, without.line, without.column));
}

#[test]
fn each_refusal_says_line_column_and_path() {
    let at = |inside: &str| {
        format!(
            "{ROOT}\n{HEADER}\n<Module><Kind>fax</Kind>\n  <Version>{inside}</Version></Module>{STATE}</Identity>"
        )
    };
    let path = "Identity/Module/Version";
    let too_long = XmlCause::TextTooLong { limit: 256 << 10 };
    for (xml, wanted, line, column, path) in [
        (format!("\n<!DOCTYPE a>{}", at("")), XmlCause::Doctype, 2, 1, ""),
        (at("ab<!DOCTYPE a>"), XmlCause::Doctype, 4, 14, path),
        (at("<?php x?>"), XmlCause::ProcessingInstruction, 4, 12, path),
        (at("a&nbsp;"), XmlCause::ForeignEntity("nbsp".into()), 4, 13, path),
        (at("é&#1;"), XmlCause::ForbiddenCharacter('\u{1}'), 4, 13, path),
        (at("x<b>"), XmlCause::UnexpectedElement("b".into()), 4, 13, path),
        (at("x</Weight>"), mismatch("Version", "Weight"), 4, 13, path),
        (at(&"x".repeat(300_000)), too_long, 4, 12, path),
        (at("\u{1}"), XmlCause::ForbiddenCharacter('\u{1}'), 4, 12, ""),
        (at("").replace("</Module>", ""), mismatch("Module", "Identity"), 4, 64, "Identity/Module"),
        (
            at("").replace("<Version>", "<Version a='1' a='2'>"),
            XmlCause::DuplicateAttribute("a".into()),
            4,
            3,
            path,
        ),
        (
            at("").replace("<Version>", "<p:V>"),
            XmlCause::UnboundPrefix("p".into()),
            4,
            3,
            "Identity/Module/V",
        ),
        (at("")[..at("").len() - 20].into(), XmlCause::Truncated, 4, 55, "Identity/ManagementState"),
        (at("").replace("<Kind>fax</Kind>", ""), XmlCause::MissingElement("Kind"), 4, 22, "Identity/Module"),
        (format!("{}\n<a/>", at("")), XmlCause::AfterRoot, 5, 1, ""),
        ("</a>".into(), mismatch("", "a"), 1, 1, ""),
    ] {
        let error = read(&xml).unwrap_err();
        assert_eq!(
            (&error.cause, error.line, error.column, error.path.as_str()),
            (&wanted, line, column, path),
            "{error}"
        );
    }
}

fn mismatch(expected: &str, found: &str) -> XmlCause {
    XmlCause::MismatchedEndTag { expected: expected.into(), found: found.into() }
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
    assert_eq!(attribute(&flood), XmlCause::TooManyNamespaces { limit: 32 });
    assert_eq!(attribute("a='1'b='2'"), XmlCause::NotWellFormed("no blank before an attribute".into()));
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
        decoded.unknown().iter().map(|entry| (entry.path.as_str(), entry.xml.as_str())).collect();
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
    assert_eq!(decoded.unknown_total(), 5);

    let many = identity(&"<New/>".repeat(20_000));
    let decoded = read(&many).unwrap();
    assert_eq!((decoded.unknown().len(), decoded.unknown_total()), (10_000, 20_000));

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
