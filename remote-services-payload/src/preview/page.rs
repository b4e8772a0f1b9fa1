//! The page: HTML that holds everything itself, with all text of devices escaped.

use super::Preview;
use super::compare::{Fate, Note, Row, compare};
use super::text::indented;
use super::tree::parse;
use crate::kind::Encoded;
use std::fmt::Write as _;

pub(super) fn render(preview: &Preview) -> String {
    let mut out = String::with_capacity(64 << 10);
    out += HEAD;
    out += "<header>\n<h1>What is sent</h1>\n";
    if let Some(title) = &preview.title {
        out += "<p class=\"title\"><bdi>";
        escape(title, &mut out);
        out += "</bdi></p>\n";
    }
    let sections: Vec<Section<'_>> =
        preview.sent.iter().map(|sent| Section::new(sent, &preview.before)).collect();
    let count = |wanted: fn(&Fate) -> bool| -> usize {
        sections
            .iter()
            .flat_map(|section| &section.rows)
            .filter(|row| is_value(row) && wanted(&row.fate))
            .count()
    };
    let sent = count(|fate| !matches!(fate, Fate::Withheld { .. }));
    let changed = count(|fate| *fate == Fate::Changed);
    let withheld = count(|fate| matches!(fate, Fate::Withheld { .. }));
    out += "<p>Redaction profile <strong>";
    escape(&preview.label, &mut out);
    // writing to a String cannot fail
    let _ = writeln!(
        out,
        "</strong> <span class=\"count\">{sent} values sent</span> <span class=\"count changed\">{changed} of them \
         changed</span> <span class=\"count withheld\">{withheld} withheld</span></p>"
    );
    out += "<nav aria-label=\"Documents\"><ul>\n";
    for section in &sections {
        let name = section.sent.name();
        let _ = writeln!(
            out,
            "<li><a href=\"#{name}\">{name}</a> <span class=\"size\">{} octets</span></li>",
            section.sent.xml.len()
        );
    }
    out += "</ul></nav>\n</header>\n<main>\n";
    for section in &sections {
        section.render(&mut out);
    }
    out += "</main>\n</body>\n</html>\n";
    out
}

struct Section<'a> {
    sent: &'a Encoded,
    rows: Vec<Row>,
    notes: Vec<Note>,
}

impl<'a> Section<'a> {
    fn new(sent: &'a Encoded, before: &[Encoded]) -> Self {
        let was = before
            .iter()
            .find(|document| document.kind == sent.kind)
            .and_then(|document| parse(&document.xml));
        let (rows, notes) = match (was, parse(&sent.xml)) {
            (Some(was), Some(is)) => compare(&was, &is),
            _ => (Vec::new(), Vec::new()),
        };
        Self { sent, rows, notes }
    }

    fn render(&self, out: &mut String) {
        let name = self.sent.name();
        let _ = writeln!(out, "<section id=\"{name}\">\n<h2>{name}</h2>");
        self.render_notes(out);
        if !self.rows.is_empty() {
            out.push_str(
                "<table class=\"values\">\n<thead><tr><th scope=\"col\">Element</th><th scope=\"col\">Read</th>\
                 <th scope=\"col\">Sent</th></tr></thead>\n<tbody>\n",
            );
            self.rows.iter().for_each(|row| render_row(row, out));
            out.push_str("</tbody>\n</table>\n");
        }
        out.push_str("<details><summary>The document as it is sent</summary>\n<pre>");
        escape(&indented(&self.sent.xml), out);
        out.push_str("</pre>\n</details>\n</section>\n");
    }

    fn render_notes(&self, out: &mut String) {
        if self.notes.is_empty() {
            return;
        }
        out.push_str(
            "<table class=\"notes\">\n<caption>Missing, and why</caption>\n<thead><tr><th scope=\"col\">Element</th>\
             <th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
        );
        for note in &self.notes {
            out.push_str(if note.added { "<tr class=\"withheld\"><td><bdi>" } else { "<tr><td><bdi>" });
            escape(&note.element, out);
            out.push_str("</bdi></td><td>");
            escape(words(&note.reason), out);
            if let Some(detail) = &note.detail {
                out.push_str(": <bdi>");
                escape(detail, out);
                out.push_str("</bdi>");
            }
            out.push_str("</td></tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
    }
}

/// Whether a row shows a value and not only a heading.
fn is_value(row: &Row) -> bool {
    row.before.is_some() || row.after.is_some()
}

fn render_row(row: &Row, out: &mut String) {
    let class = match row.fate {
        _ if !is_value(row) && row.fate == Fate::Same => "group",
        Fate::Same => "same",
        Fate::Changed => "changed",
        Fate::Withheld { .. } => "withheld",
        Fate::Added => "added",
    };
    let _ = write!(out, "<tr class=\"{class}\"><th scope=\"row\" class=\"d{}\">", row.depth.min(6));
    escape(&row.name, out);
    out.push_str("</th>");
    if class == "group" {
        out.push_str("<td></td><td></td></tr>\n");
        return;
    }
    cell(row.before.as_deref(), out);
    match &row.fate {
        Fate::Withheld { reason } => {
            out.push_str("<td><span class=\"mark\">withheld</span> ");
            if let Some(reason) = reason {
                let (reason, detail) = reason.split_once(": ").unwrap_or((reason, ""));
                escape(words(reason), out);
                if !detail.is_empty() {
                    out.push_str(": ");
                    escape(detail, out);
                }
            }
            out.push_str("</td>");
        }
        Fate::Changed => {
            out.push_str("<td><span class=\"mark\">changed</span> ");
            value(row.after.as_deref().unwrap_or_default(), out);
            out.push_str("</td>");
        }
        Fate::Same | Fate::Added => cell(row.after.as_deref(), out),
    }
    out.push_str("</tr>\n");
}

fn cell(text: Option<&str>, out: &mut String) {
    out.push_str("<td>");
    if let Some(text) = text {
        value(text, out);
    }
    out.push_str("</td>");
}

fn value(text: &str, out: &mut String) {
    if text.is_empty() {
        out.push_str("<span class=\"empty\">empty</span>");
        return;
    }
    out.push_str("<bdi>");
    escape(text, out);
    out.push_str("</bdi>");
}

/// The reason for a person; one that is not known, as it is.
fn words(reason: &str) -> &str {
    match reason {
        "notSupported" => "the device has none",
        "notAnswered" => "the device did not answer",
        "disabledByPolicy" => "switched off by the site",
        "redacted" => "taken out by the profile",
        "lockdown" => "lockdown",
        "error" => "the reading failed",
        other => other,
    }
}

/// Text as HTML shows it, in elements and in attributes. What could turn, hide or break the text around it is shown by
/// its number.
pub(super) fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            odd if super::text::plays_tricks(odd) => {
                let _ = write!(out, "[U+{:04X}]", u32::from(odd));
            }
            plain => out.push(plain),
        }
    }
}

/// No scripts and nothing from elsewhere: the policy says so to the browser, too.
const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What is sent</title>
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #59636e; --line: #d9dee3; --head: #f3f5f7;
  --withheld: #fdecea; --withheld-ink: #8f1d13; --changed: #fff5d6; --changed-ink: #6b4d00; --added: #e9f3fe; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #15181c; --soft: #9aa4ae; --line: #333a42;
  --head: #1f242a; --withheld: #3a1d1b; --withheld-ink: #ffb4ab; --changed: #39300f; --changed-ink: #f3d37a; --added: #16283a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
.title { margin: 0 0 .6rem; font-size: 1.05rem; color: var(--soft); overflow-wrap: anywhere; }
.count { white-space: nowrap; padding: .05rem .35rem; border-radius: .25rem; background: var(--head); }
.count.changed { background: var(--changed); color: var(--changed-ink); }
.count.withheld { background: var(--withheld); color: var(--withheld-ink); }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; margin: .8rem 0 0; padding: 0; }
a { color: inherit; }
.size, .empty { color: var(--soft); font-size: .9em; }
.empty { font-style: italic; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 0 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; font-weight: normal; }
td bdi { white-space: pre-wrap; }
thead th { position: sticky; top: 0; background: var(--head); font-weight: 600; }
.values th:first-child { width: 30%; }
.notes { max-width: 52rem; }
.notes th:first-child { width: 45%; }
tbody th { color: var(--soft); }
.group th { color: var(--ink); font-weight: 600; }
.d1 { padding-left: 1.8rem; } .d2 { padding-left: 3rem; } .d3 { padding-left: 4.2rem; }
.d4 { padding-left: 5.4rem; } .d5 { padding-left: 6.6rem; } .d6 { padding-left: 7.8rem; }
tr.withheld > * { background: var(--withheld); }
tr.withheld td:nth-child(2) bdi { text-decoration: line-through; }
.notes tr.withheld td:nth-child(2) bdi { text-decoration: none; }
tr.changed > * { background: var(--changed); }
tr.added > * { background: var(--added); }
.mark { font-size: .8em; font-weight: 600; border: 1px solid; border-radius: .25rem; padding: 0 .3rem; }
tr.withheld .mark { color: var(--withheld-ink); }
tr.changed .mark { color: var(--changed-ink); }
details { margin: .4rem 0 1rem; }
summary { cursor: pointer; color: var(--soft); }
pre { overflow-x: auto; padding: .8rem; background: var(--head); font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
@media print { body { max-width: none; padding: 0; } thead th { position: static; } }
</style>
</head>
<body>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_html_could_carry_out_is_text() {
        let mut out = String::new();
        escape("</td><script>alert('x')</script>\u{202E}\0\"&", &mut out);
        assert_eq!(
            out,
            "&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;[U+202E][U+0000]&quot;&amp;"
        );
    }
}
