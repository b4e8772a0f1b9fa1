//! Addresses and e-mail addresses by their shape.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv6Addr;
use core::ops::Range;

/// Octets of the longest text of an IPv6 address.
const LONGEST_V6: usize = 45;

/// Where the text spells an IPv4 or IPv6 address.
pub(super) fn addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    // most texts are words: an address has two joints at least (`fe80::`)
    if !b".:-_".iter().any(|joint| bytes.iter().filter(|byte| *byte == joint).count() > 1) {
        return;
    }
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = mac_at(bytes, at) {
            at = end;
        } else if let Some(end) =
            v4_at(bytes, at).or_else(|| v6_at(bytes, at)).or_else(|| host_part_at(bytes, at))
        {
            found.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The octets of an IPv4 address as [`addresses`] finds it.
pub(super) fn v4_octets(address: &str) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let mut groups = address.split(['.', '-', '_']);
    for octet in &mut octets {
        *octet = groups.next()?.parse().ok()?;
    }
    groups.next().is_none().then_some(octets)
}

/// Where the text spells an e-mail address.
pub(super) fn mail_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let signs = text.match_indices('@').chain(text.match_indices("%40"));
    for (at, sign) in signs {
        let start = text[..at]
            .char_indices()
            .rev()
            .take_while(|(_, character)| character.is_alphanumeric() || "._%+-'=&/".contains(*character))
            .last()
            .map_or(at, |(start, _)| start);
        let domain: &str = &text[at + sign.len()..];
        let end = domain
            .char_indices()
            .find(|(_, character)| !character.is_alphanumeric() && !"-.".contains(*character))
            .map_or(domain.len(), |(end, _)| end);
        let domain = domain[..end].trim_end_matches(['.', '-']);
        let inner_dot = domain.find('.').is_some_and(|dot| dot > 0);
        if start < at && inner_dot {
            found.push(start..at + sign.len() + domain.len());
        }
    }
}

/// Where the text has digits enough for a phone number, set apart by no more than blanks and the signs that people write
/// between them; with the `+` or the bracket in front. Another one begins with its area in brackets (`(089)`).
pub(super) fn digit_runs(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (first, mut digits, mut end) = (at, 0, at);
        while at < bytes.len() && at - end <= LONGEST_GAP {
            let begins_another = bytes[at..].starts_with(b"(0");
            if bytes[at].is_ascii_digit() {
                (digits, end) = (digits + 1, at + 1);
            } else if begins_another || !b" -/.()".contains(&bytes[at]) {
                break;
            }
            at += 1;
        }
        at = at.max(end);
        if digits >= LEAST_DIGITS {
            let start = if first > 0 && b"+(".contains(&bytes[first - 1]) { first - 1 } else { first };
            found.push(start..end);
        }
    }
}

/// Whether no letter touches what stands there.
pub(super) fn is_alone(text: &str, span: &Range<usize>) -> bool {
    !text[..span.start].ends_with(char::is_alphanumeric)
        && !text[span.end..].starts_with(char::is_alphanumeric)
}

/// Where the text spells a phone number as such, with what follows it in one piece: with a `+` and the country, or with its area
/// in brackets.
pub(super) fn phone_numbers(text: &str, found: &mut Vec<Range<usize>>) {
    let mut runs = Vec::new();
    digit_runs(text, &mut runs);
    found.extend(runs.into_iter().filter(|run| {
        let number = &text[run.clone()];
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let area = number.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(area, _)| area);
        let has_area =
            area.is_some_and(|area| area.starts_with('0') && area.bytes().all(|byte| byte.is_ascii_digit()));
        digits >= 8 && (number.starts_with('+') || has_area) && is_alone(text, run)
    }));
}

/// Digits of the shortest number that is taken for a phone's.
pub(super) const LEAST_DIGITS: usize = 6;
/// Signs between two digits of one number: `) (` at most.
const LONGEST_GAP: usize = 3;

/// Where the text has a path of a file system from its root, of two names at least: `/srv/agent`, `C:\\agent\\data`, up to
/// a blank, a comma, a quote or a colon.
pub(super) fn paths(text: &str, found: &mut Vec<Range<usize>>) {
    let begins_word = |at: usize| {
        !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || "/\\.:_-".contains(letter))
    };
    let mut behind = 0;
    for (at, root) in text.match_indices(['/', '\\']) {
        if at < behind {
            continue;
        }
        let drive = text[..at].ends_with(':')
            && text[..at - 1].ends_with(|letter: char| letter.is_ascii_alphabetic())
            && begins_word(at - 2);
        let start = if drive { at - 2 } else { at };
        if !drive && (!begins_word(at) || root == "\\") {
            continue;
        }
        let rest = &text[at..];
        let length = rest.find(|letter: char| letter.is_whitespace() || ",;:\"'()<>|".contains(letter));
        let end = at + length.unwrap_or(rest.len());
        let names = text[at..end].split(['/', '\\']).filter(|name| !name.is_empty()).count();
        if names >= 2 || drive && names == 1 {
            found.push(start..end);
        }
        behind = end;
    }
}

/// Where the text spells an IPX address: eight hexadecimal digits of the network, twelve of the node.
pub(super) fn ipx_addresses(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let hexadecimal = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    for (at, joint) in bytes.iter().enumerate().skip(8) {
        if b".:".contains(joint)
            && (at - 8..at).all(hexadecimal)
            && (at + 1..at + 13).all(hexadecimal)
            && !(at > 8 && hexadecimal(at - 9))
            && !hexadecimal(at + 13)
        {
            found.push(at - 8..at + 13);
        }
    }
}

/// Where the text names a document: words with the ending of a file that people print, with what stands before
/// them in the same quotes or without a blank between.
pub(super) fn document_names(text: &str, found: &mut Vec<Range<usize>>) {
    // where the word at hand begins, and the quotes that are open
    let (mut word, mut quoted) = (0, None);
    for (at, letter) in text.char_indices() {
        let next = at + letter.len_utf8();
        if letter == '"' {
            quoted = if quoted.is_some() { None } else { Some(next) };
        }
        if letter.is_whitespace() || "\"'<>()[],;=|".contains(letter) {
            word = next;
        }
        if letter != '.' {
            continue;
        }
        let ending = &text[next..];
        let length = ending.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(ending.len());
        let inside_word = ending[length..].starts_with(char::is_alphanumeric);
        let known = DOCUMENT_ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(&ending[..length]));
        let start = quoted.unwrap_or(word).min(word);
        if known && !inside_word && start < at {
            found.push(start..next + length);
            (word, quoted) = (next + length, quoted.map(|_| next + length));
        }
    }
}

/// Endings of the names of documents.
const DOCUMENT_ENDINGS: &[&str] = &[
    "doc", "docx", "odt", "rtf", "txt", "pdf", "xps", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "odp",
    "vsd", "vsdx", "dwg", "eml", "msg", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "htm", "html",
    "pub",
];

/// The end of a MAC address that starts here: it stays, also where a part of it looks like an IPv4 address.
fn mac_at(bytes: &[u8], start: usize) -> Option<usize> {
    const LENGTH: usize = 17;
    let end = start + LENGTH;
    let inside_word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let joint = *bytes.get(start + 2)?;
    if end > bytes.len()
        || (start > 0 && inside_word(start - 1))
        || inside_word(end)
        || !b":-".contains(&joint)
    {
        return None;
    }
    let fits = |(at, byte): (usize, &u8)| if at % 3 == 2 { *byte == joint } else { byte.is_ascii_hexdigit() };
    let goes_on = bytes.get(end) == Some(&joint) && bytes.get(end + 1).is_some_and(u8::is_ascii_hexdigit);
    (bytes[start..end].iter().enumerate().all(fits) && !goes_on).then_some(end)
}

/// The end of an IPv4 address that starts here: four numbers to 255, joined by one of `.`, `-`, `_`.
///
/// Not inside a longer run of numbers, which would be an object identifier or a date with a time.
fn v4_at(bytes: &[u8], start: usize) -> Option<usize> {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    if !is_digit(start) || (start > 0 && is_digit(start - 1)) {
        return None;
    }
    let (mut at, mut joint) = (start, None);
    for group in 0..4 {
        if group > 0 {
            let here = *bytes.get(at)?;
            if !b".-_".contains(&here) || joint.is_some_and(|joint| joint != here) {
                return None;
            }
            joint = Some(here);
            at += 1;
        }
        let mut value = 0;
        let first = at;
        while is_digit(at) && at - first < 3 {
            value = value * 10 + u32::from(bytes[at] - b'0');
            at += 1;
        }
        if at == first || value > 255 || is_digit(at) {
            return None;
        }
    }
    let joint = joint?;
    let goes_on = bytes.get(at) == Some(&joint) && is_digit(at + 1);
    let came_before = start > 1 && bytes[start - 1] == joint && is_digit(start - 2);
    if goes_on || came_before { None } else { Some(at) }
}

/// The end of the longest IPv6 address that starts here, joined by `:` or, as in host names, by `-`.
fn v6_at(bytes: &[u8], start: usize) -> Option<usize> {
    let first = bytes[start];
    if !(first.is_ascii_hexdigit() || (first == b':' && bytes.get(start + 1) == Some(&b':')))
        || (start > 0 && bytes[start - 1].is_ascii_hexdigit())
    {
        return None;
    }
    let inside_word = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
    let joint = bytes[start..]
        .iter()
        .take(5)
        .copied()
        .find(|byte| !byte.is_ascii_hexdigit())
        .filter(|byte| b":-".contains(byte))?;
    let mut joints = 0;
    let length = bytes[start..]
        .iter()
        .take(LONGEST_V6)
        .take_while(|byte| {
            joints = if **byte == joint { joints + 1 } else { 0 };
            joints < 3 && (byte.is_ascii_hexdigit() || **byte == joint || **byte == b'.')
        })
        .count();
    (3..=length).rev().map(|length| start + length).find(|end| {
        let goes_on = bytes.get(*end).is_some_and(u8::is_ascii_hexdigit);
        // `a--b` and `std::add` are names; `2001-db8--53` is not
        let least = if joint == b'-' || inside_word { 3 } else { 1 };
        !goes_on && is_v6(&bytes[start..*end], joint, least)
    })
}

/// The end of an IPv6 host part that was made from a MAC address (RFC 4291 appendix A): `200:5eff:fe00:5301`.
fn host_part_at(bytes: &[u8], start: usize) -> Option<usize> {
    let hexadecimal = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    if start > 0 && (bytes[start - 1].is_ascii_alphanumeric() || bytes[start - 1] == b':') {
        return None;
    }
    let mut at = start;
    for group in 0..4 {
        if group > 0 {
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at += 1;
        }
        let first = at;
        while hexadecimal(at) && at - first < 4 {
            at += 1;
        }
        let digits = &bytes[first..at];
        let fits = match group {
            1 => {
                digits.len() > 2 && digits.to_ascii_lowercase().ends_with(b"ff")
                    || digits.eq_ignore_ascii_case(b"ff")
            }
            2 => digits.len() == 4 && digits.to_ascii_lowercase().starts_with(b"fe"),
            _ => !digits.is_empty(),
        };
        if !fits {
            return None;
        }
    }
    (!hexadecimal(at) && bytes.get(at) != Some(&b':')).then_some(at)
}

fn is_v6(bytes: &[u8], joint: u8, least: usize) -> bool {
    let text: String =
        bytes.iter().map(|byte| char::from(if *byte == joint { b':' } else { *byte })).collect();
    text.parse::<Ipv6Addr>().is_ok() && text.split(':').filter(|group| !group.is_empty()).count() >= least
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn found(text: &str) -> Vec<String> {
        let mut spans = Vec::new();
        addresses(text, &mut spans);
        spans.into_iter().map(|span| text[span].to_string()).collect()
    }

    fn mails(text: &str) -> Vec<String> {
        let mut spans = Vec::new();
        mail_addresses(text, &mut spans);
        spans.into_iter().map(|span| text[span].to_string()).collect()
    }

    #[test]
    fn finds_ipv4_in_all_its_spellings() {
        for (text, spelled) in [
            ("192.0.2.53", "192.0.2.53"),
            ("IP: 192.000.002.053, ready", "192.000.002.053"),
            ("ipp://192.0.2.53:631/ipp", "192.0.2.53"),
            ("ip-192-0-2-53.example.net", "192-0-2-53"),
            ("prn_192_0_2_53", "192_0_2_53"),
            ("53.2.0.192.in-addr.arpa", "53.2.0.192"),
            ("V10.0.0.5.", "10.0.0.5"),
        ] {
            assert_eq!(found(text), [spelled], "{text}");
        }
    }

    #[test]
    fn finds_ipv6_in_all_its_spellings() {
        for (text, spelled) in [
            ("2001:db8::53", "2001:db8::53"),
            ("[fe80::ff:fe5e:53%eth0]", "fe80::ff:fe5e:53"),
            ("at FE80::1, ready", "FE80::1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0053!", "2001:0db8:0000:0000:0000:0000:0000:0053"),
            ("::ffff:192.0.2.53", "::ffff:192.0.2.53"),
            ("prn2001:db8::53", "2001:db8::53"),
            ("2001-db8--53.ipv6-literal.net", "2001-db8--53"),
            ("x 2001-db8-0-0-0-0-0-53 y", "2001-db8-0-0-0-0-0-53"),
        ] {
            assert_eq!(found(text), [spelled], "{text}");
        }
    }

    #[test]
    fn leaves_what_is_no_address() {
        for text in [
            "1.3.6.1.4.1.2699.1.2.1",
            "1.3.6.1.2",
            "256.0.0.1",
            "192.0.2",
            "1.2.3",
            "02:00:00:5e:00:53",
            "02-00-00-5e-00-53",
            "printer 02-5e-00-53-01-02.",
            "12:34:56",
            "2026-11-22",
            "2026-11-22-10-30",
            "a--b",
            "std::string",
            "std::add",
            "1.2-3.4",
            "1234.1.1.1",
            "toner 100%",
            "",
            "::",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn finds_mail_addresses() {
        assert_eq!(mails("ask joe.doe+x@mail.example.com."), ["joe.doe+x@mail.example.com"]);
        assert_eq!(mails("<jürgen@büro.example>;b@c.de"), ["jürgen@büro.example", "b@c.de"]);
        assert_eq!(mails("mailto:a@b.example?subject=x"), ["a@b.example"]);
        for text in ["queue@server", "@example.com", "5 @ 3.20", "a@.b", "a@b.", "@"] {
            assert_eq!(mails(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn finds_mail_addresses_of_urls() {
        assert_eq!(mails("mailto:ada.lovelace%40example.com?x"), ["ada.lovelace%40example.com"]);
        assert_eq!(mails("100%40 of 5.0"), Vec::<String>::new());
    }

    #[test]
    fn finds_paths_of_this_host() {
        let found = |text: &str| {
            let mut spans = Vec::new();
            paths(text, &mut spans);
            spans.into_iter().map(|span| text[span].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            found("no room: /srv/ada/tiny/sw: its disk is full, \"/var/x/y\" (C:\\agent\\data)"),
            ["/srv/ada/tiny/sw", "/var/x/y", "C:\\agent\\data"]
        );
        assert_eq!(found("é/é /é/é, D:/x"), ["/é/é", "D:/x"]);
        for text in [
            "and/or",
            "https://server.example/path/x",
            "3/4 /tmp",
            "PUT clients/1",
            "a\\b",
            "/",
            ":\\",
            "application/x-y",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn finds_phone_numbers_that_are_written_as_such() {
        let phones = |text: &str| {
            let mut spans = Vec::new();
            phone_numbers(text, &mut spans);
            spans.into_iter().map(|span| text[span].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(phones("call +49 89 1234567, or (089) 123-4567."), ["+49 89 1234567", "(089) 123-4567"]);
        assert_eq!(phones("+49 89 1234567 / 0171 7654321"), ["+49 89 1234567 / 0171 7654321"]);
        assert_eq!(phones("room 12 (089) 1234567 - 2026"), ["(089) 1234567 - 2026"]);
        assert_eq!(phones("+1-202-555-0143 x2"), ["+1-202-555-0143"]);
        for text in [
            "+5 pages",
            "2026-11-30 10:30:00",
            "(1234567890)",
            "toner 1234567",
            "A+4989123456B",
            "(5) 12345678",
        ] {
            assert!(phones(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn finds_ipx_addresses_and_host_parts_that_a_mac_makes() {
        let ipx = |text: &str| {
            let mut spans = Vec::new();
            ipx_addresses(text, &mut spans);
            spans.into_iter().map(|span| text[span].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            ipx("net 0000ABCD.00005E005301, 0000abcd:00005e005302"),
            ["0000ABCD.00005E005301", "0000abcd:00005e005302"]
        );
        for text in ["0000ABCD", "20000ABCD.00005E005301", "0000ABCD.00005E0053012", "00005E005301"] {
            assert!(ipx(text).is_empty(), "{text}");
        }
        assert_eq!(found("host part 200:5eff:fe00:5301."), ["200:5eff:fe00:5301"]);
        assert_eq!(found("0221:B7FF:FE00:1"), ["0221:B7FF:FE00:1"]);
        assert_eq!(found("12:34ff:fd00:1"), Vec::<String>::new());
    }

    #[test]
    fn finds_names_of_documents() {
        let documents = |text: &str| {
            let mut spans = Vec::new();
            document_names(text, &mut spans);
            spans.into_iter().map(|span| text[span].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(documents("Printing Salaries.XLSX for all"), ["Salaries.XLSX"]);
        assert_eq!(documents("job \"Q3 salary review.docx\" held"), ["Q3 salary review.docx"]);
        assert_eq!(documents("C:\\Users\\jdoe\\plan.pdf, b.txt"), ["C:\\Users\\jdoe\\plan.pdf", "b.txt"]);
        for text in ["PDF 1.7", "firmware 1.2.3", ".pdf", "x.pdfs", "end. Text"] {
            assert!(documents(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn long_runs_of_joints_and_digits_are_over_soon() {
        for (piece, hits) in [
            (":", 0),
            ("-", 0),
            ("1:", 3750),
            ("0.0.0.", 0),
            ("@", 0),
            ("a.b@", 29_999),
            (".pdf", 15_000),
            ("\"a.doc ", 30_000),
            ("a:", 3750),
            ("(0", 0),
            ("+1 ", 0),
            ("/", 0),
            (" /a/b", 30_000),
        ] {
            let text = piece.repeat(30_000);
            let mut spans = Vec::new();
            addresses(&text, &mut spans);
            ipx_addresses(&text, &mut spans);
            mail_addresses(&text, &mut spans);
            document_names(&text, &mut spans);
            phone_numbers(&text, &mut spans);
            paths(&text, &mut spans);
            assert_eq!(spans.len(), hits, "{piece}");
        }
    }
}
