//! The small change of HTML: escaping, the frame of a page, prose.
use std::fmt::Write as _;

/// Text between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A page with its title, the way to its neighbours (page, name, whether it is this one) and its content.
pub(super) fn frame(title: &str, neighbours: &[(String, String)], here: &str, content: &str) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n\
         <style>{}</style>\n</head>\n<body>\n<nav>",
        escape(title),
        include_str!("style.css"),
    );
    for (target, name) in neighbours {
        let mark = if target == here { " aria-current=\"page\"" } else { "" };
        // writing to a String cannot fail
        let _ = write!(page, "<a href=\"{target}\"{mark}>{}</a> ", escape(name));
    }
    let _ = write!(page, "</nav>\n<main>\n{content}</main>\n</body>\n</html>\n");
    page
}

/// Documentation: what is said, then the source on a line of its own, object identifiers set apart.
pub(super) fn prose(documentation: &str) -> String {
    let (said, source) = match documentation.split_once("Source: ") {
        Some((said, source)) => (said.trim_end(), Some(source)),
        None => (documentation, None),
    };
    let mut html = String::new();
    if !said.is_empty() {
        let _ = write!(html, "<p>{}</p>", numbers_apart(said));
    }
    if let Some(source) = source {
        let _ = write!(html, "<p class=\"source\"><b>Source</b> {}</p>", numbers_apart(source));
    }
    html
}

/// Object identifiers in a face of their own, allowed to break at their dots.
fn numbers_apart(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', '.', ';', ')', ':']);
        if !bare.starts_with("1.3.6.1.") {
            return escape(word);
        }
        let broken = escape(bare).replace('.', ".<wbr/>");
        format!("<code>{broken}</code>{}", escape(&word[bare.len()..]))
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_and_its_numbers_stand_apart() {
        assert_eq!(
            prose("Less than <1>. Source: sysName 1.3.6.1.2.1.1.5."),
            "<p>Less than &lt;1&gt;.</p><p class=\"source\"><b>Source</b> sysName \
             <code>1.<wbr/>3.<wbr/>6.<wbr/>1.<wbr/>2.<wbr/>1.<wbr/>1.<wbr/>5</code>.</p>"
        );
        assert_eq!(prose("Version 1.0, or 1.2.3."), "<p>Version 1.0, or 1.2.3.</p>");
    }
}
