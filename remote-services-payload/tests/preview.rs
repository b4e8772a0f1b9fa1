//! The preview shows exactly what is sealed, and nothing that a device wrote is more than text on it.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;
mod planted;

use models::sample;
use planted::Everything;
use remote_services_core::redact::{Redaction, RedactionProfile};
use remote_services_payload::kind;
use remote_services_payload::preview::Preview;
use std::collections::BTreeSet;

/// Names of the tags on a page, as a browser finds them.
fn tags(page: &str) -> BTreeSet<String> {
    let pieces = page.split('<').skip(1);
    pieces.map(|piece| piece.chars().take_while(|letter| !" >\n".contains(*letter)).collect()).collect()
}

/// Values of attributes of this name, as a browser finds them.
fn attributes<'a>(page: &'a str, name: &str) -> BTreeSet<&'a str> {
    let pieces = page.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
    pieces
        .filter_map(|(tag, _)| tag.split_once(&format!(" {name}=\"")))
        .filter_map(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value)
        .collect()
}

const HOSTILE: &[&str] = &[
    "</td><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><a href=\"javascript:alert(1)\">x</a>",
    "' onmouseover='alert(1)",
    "</style><style>*{background:url(http://planted.example/x)}</style>",
    "</pre></details><iframe src=//planted.example></iframe>",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "\u{202E}txt.exe\u{202C} \u{2066}x\u{2069} \u{200B}\u{FEFF}\u{61C}\u{2028}",
    "]]>--><!-- <![CDATA[<b>",
    "\r\n\t\u{1b}[31m\u{85}\u{7f}",
];

#[test]
fn hostile_texts_are_text_on_the_page() {
    for profile in [RedactionProfile::Default, RedactionProfile::Lockdown] {
        let mut everything = Everything::random(3);
        let mut count = 0;
        everything.fill(&mut |_| {
            count += 1;
            Some(HOSTILE[count % HOSTILE.len()].to_owned())
        });
        let redaction = Redaction::new(profile);
        let preview = Preview::of_report(&redaction, &everything.report)
            .unwrap()
            .and(Preview::of_agent(&redaction, &everything.agent).unwrap())
            .titled(HOSTILE.join(" "));
        let page = preview.page();
        let wanted = "!DOCTYPE html head meta title /title style /style /head body header h1 /h1 p /p bdi /bdi strong \
                      /strong span /span nav ul li a /a /li /ul /nav /header main section h2 /h2 table /table caption \
                      /caption thead /thead tbody /tbody tr /tr th /th td /td details /details summary /summary pre \
                      /pre /section /main /body /html";
        let wanted: BTreeSet<_> = wanted.split_whitespace().map(String::from).collect();
        let found = tags(&page);
        assert!(found.is_subset(&wanted), "{:?}", found.difference(&wanted).collect::<Vec<_>>());
        assert!(attributes(&page, "href").iter().all(|target| target.starts_with('#')));
        for attribute in ["src", "style", "onerror", "onmouseover", "onload"] {
            assert!(attributes(&page, attribute).is_empty(), "{attribute}");
        }
        assert_eq!(page.matches("<style>").count(), 1);
        assert!(page.contains("default-src 'none'"), "the browser is told, too");
        for odd in
            ['\u{202E}', '\u{2066}', '\u{200B}', '\u{FEFF}', '\u{61C}', '\u{2028}', '\u{1b}', '\u{85}', '\r']
        {
            assert!(!page.contains(odd) && !preview.text().contains(odd), "{odd:?}");
        }
    }
}

#[test]
fn the_preview_shows_the_octets_that_are_sealed() {
    let redaction = Redaction::new(RedactionProfile::Lockdown).knowing(["192.0.2.9".parse().unwrap()]);
    let report = sample::report();
    let preview = Preview::of_report(&redaction, &report).unwrap();
    let mut redacted = report;
    redaction.report(&mut redacted);
    assert_eq!(preview.sent(), kind::encode_report(&redacted).unwrap());
    assert_eq!(preview.label(), "lockdown");
    for document in preview.sent() {
        let text = String::from_utf8(document.xml.clone()).unwrap();
        let (_, root) = text.split_once("?>\n").unwrap();
        assert!(preview.xml().contains(root), "{} to the letter", document.name());
    }
}

#[test]
fn both_sides_stand_beside_each_other_with_reasons() {
    let mut report = sample::report();
    report.identity.header.withheld.clear();
    report.identity.contact = Some("Joe Doe".into());
    report.identity.location = Some("at 198.51.100.9".into());
    report.network.dns_names = vec!["ip-192-0-2-53.example.net".into(), "printer.example.net".into()];
    let preview = Preview::of_report(&Redaction::new(RedactionProfile::Lockdown), &report).unwrap();
    let page = preview.page();
    let row = |name: &str| {
        let rows: Vec<_> =
            page.lines().filter(|line| line.contains(&format!("\"d0\">{name}</th>"))).collect();
        assert_eq!(rows.len(), 1, "{name}: {rows:?}");
        rows[0].to_owned()
    };
    let contact = row("Contact");
    assert!(contact.starts_with("<tr class=\"withheld\">"), "{contact}");
    assert!(
        contact.contains("<td><bdi>Joe Doe</bdi></td>") && contact.contains("taken out by the profile"),
        "{contact}"
    );
    let address = row("LastKnownAddress");
    assert!(address.contains("192.0.2.53") && address.contains("</span> lockdown</td>"), "{address}");
    let location = row("Location");
    assert!(
        location.starts_with("<tr class=\"changed\">") && location.contains("at [withheld]"),
        "{location}"
    );
    let serial = row("DnsName 2");
    assert!(serial.starts_with("<tr class=\"same\">"), "{serial}");
    assert!(row("DnsName 1").contains("ip-192-0-2-53") && row("DnsName 1").contains("lockdown"));
    assert!(page.contains("Redaction profile <strong>lockdown</strong>"));
}

#[test]
fn what_was_sent_is_shown_as_it_stands_in_the_archive() {
    let documents = kind::encode_report(&sample::report()).unwrap();
    let preview = Preview::of_sent("default", documents.clone());
    assert_eq!(preview.sent(), documents);
    let page = preview.page();
    assert!(page.contains("XA1234567") && !page.contains("<tr class=\"withheld\"><th"));
}
