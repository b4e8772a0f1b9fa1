//! Documents that somebody made to hurt, in any size: each would be quadratic, or eat memory, in a careless reader.

pub(crate) const ROOT: &str = r#"<Network xmlns="urn:remote-services:network:1" schemaVersion="1.0">"#;
pub(crate) const HEADER: &str = "<Header><ReadAt>2026-11-22T09:30:00.000Z</ReadAt></Header>";

/// The names of all shapes.
pub(crate) const SHAPES: &[&str] = &[
    "members",
    "records",
    "unknown",
    "unknown-attributes",
    "text",
    "references",
    "cdata",
    "comments",
    "blanks",
    "lines",
    "attributes",
    "namespaces",
    "depth",
    "open-comments",
    "open-tags",
    "ampersands",
    "open-cdata",
    "doctype",
    "long-name",
    "long-prefix",
    "returns",
    "brackets",
];

/// A network document of about `octets` in one of the shapes.
pub(crate) fn document(shape: &str, octets: usize) -> Option<String> {
    let of = |piece: &str| piece.repeat(octets / piece.len());
    let network = |more: &str| format!("{ROOT}{HEADER}{more}</Network>");
    let name = |more: &str| network(&format!("<LastKnownAddress>{more}</LastKnownAddress>"));
    let numbered = |start: &str, end: &str| -> String {
        (0..octets / (start.len() + end.len() + 5)).map(|number| format!("{start}{number:05}{end}")).collect()
    };
    Some(match shape {
        "members" => network(&of("<DefaultGateway/>")),
        "records" => network(&of("<Interface/>")),
        "unknown" => network(&of("<New/>")),
        "unknown-attributes" => network(&of("<DefaultGateway a='1' b='2'/>")),
        "text" => network(&of(&format!("<DefaultGateway>{}</DefaultGateway>", "x".repeat(1_000)))),
        "references" => network(&of("<DefaultGateway>&lt;&#65;&amp;</DefaultGateway>")),
        "cdata" => name(&of("<![CDATA[]]>")),
        "comments" => name(&of("<!---->")),
        "blanks" => network(&of(" ")),
        "lines" => format!("{ROOT}{}", of("\n")),
        "attributes" => network(&format!("<DefaultGateway{}/>", numbered(" a", "=''"))),
        "namespaces" => network(&format!("<DefaultGateway{}/>", numbered(" xmlns:a", "='u'"))),
        "depth" => network(&of("<New>")),
        "open-comments" => format!("{ROOT}{}", of("<!--")),
        "open-tags" => format!("{ROOT}{}", of("<")),
        "ampersands" => name(&of("&")),
        "open-cdata" => format!("{ROOT}{}", of("<![CDATA[")),
        "doctype" => format!("<!DOCTYPE a [{}", of("<!ENTITY a 'b'>")),
        "long-name" => network(&format!("<{}/>", of("n"))),
        "long-prefix" => {
            let prefix = "p".repeat(octets / 4);
            let root = format!(
                "{prefix}:Network xmlns:{prefix}='urn:remote-services:network:1' schemaVersion='1.0'"
            );
            // fewer than are kept, also in a large document: each that is kept is told its path
            let unknown = format!("<n>{}</n>", "x".repeat(120)).repeat(octets / 4 / 127);
            format!("<{root}>{unknown}</{prefix}:Network>")
        }
        "returns" => name(&of("\r")[..octets.min(200_000)]),
        "brackets" => name(&of("]")[..octets.min(200_000)]),
        _ => return None,
    })
}
