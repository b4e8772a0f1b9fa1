//! The first page, and all elements from A to Z.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::html::{escape, frame, prose};
use super::page::Set;
use super::read::Body;

/// The first page: every schema with its types.
pub(super) fn index(set: &Set<'_>) -> String {
    let mut html = String::from(
        "<h1>Payload schemas</h1>\n\
         <p>What a payload carries about printers, one XML document a kind. The pages are made from the schemas \
         (XSD 1.0) themselves: every element with its type, unit, range and source, every list of words with their \
         meaning.</p>\n\
         <p>In a structure <code>?</code> is at most once, <code>*</code> any number, <code>+</code> once or more. \
         Lists of words are open unless they say otherwise: a number or word outside the list stays as it came. \
         What is missing stands in the <a href=\"common.html#Withheld\">Withheld</a> of a document's header, with the \
         reason.</p>\n",
    );
    // writing to a String cannot fail, here and below
    for schema in set.schemas {
        let title = schema.roots.first().map_or(schema.stem(), |root| root.name.as_str());
        let namespace = match &schema.namespace {
            Some(namespace) => format!("<p><code>{}</code></p>", escape(namespace)),
            None => "<p>Included by the others.</p>".to_owned(),
        };
        let _ = writeln!(html, "<h2><a href=\"{}\">{}</a></h2>", schema.page(), escape(title));
        let _ = writeln!(html, "{}{namespace}", prose(&schema.documentation));
        let _ = write!(html, "<details><summary>{} types</summary><ul class=\"plain\">", schema.types.len());
        for of in &schema.types {
            let _ =
                write!(html, "<li><a class=\"name\" href=\"{}#{1}\">{1}</a></li>", schema.page(), of.name);
        }
        html.push_str("</ul></details>\n");
    }
    frame("Payload schemas", &set.pages, "index.html", &html)
}

/// Every element and attribute by name, with the types that have it.
pub(super) fn elements(set: &Set<'_>) -> String {
    let mut names: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut note = |name: &str, link: String| {
        names.entry((name.to_lowercase(), name.to_owned())).or_default().push(link);
    };
    for schema in set.schemas {
        let page = schema.page();
        for root in &schema.roots {
            note(&root.name, format!("<a href=\"{page}\">{}, document</a>", schema.stem()));
        }
        for of in &schema.types {
            let Body::Complex { children, attributes, .. } = &of.body else { continue };
            for (mark, members) in [("", children), ("@", attributes)] {
                for member in members {
                    let place = format!("{}, {}", schema.stem(), of.name);
                    let link = format!("<a href=\"{page}#{}.{mark}{}\">{place}</a>", of.name, member.name);
                    note(&format!("{mark}{}", member.name), link);
                }
            }
        }
    }
    let mut html = String::from(
        "<h1>Elements and attributes</h1>\n<p>By name, with the schema and the type that has them; attributes with \
         @ first.</p>\n<table><thead><tr><th>Name</th><th>Where</th></tr></thead><tbody>\n",
    );
    for ((_, name), links) in names {
        let _ = writeln!(
            html,
            "<tr><td><span class=\"name\">{}</span></td><td>{}</td></tr>",
            escape(&name),
            links.join("; ")
        );
    }
    html.push_str("</tbody></table>\n");
    frame("Elements — payload schemas", &set.pages, "elements.html", &html)
}
