//! The page of one schema: its structure as a tree, then every type.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::html::{escape, frame, prose};
use super::read::{Body, Member, Schema, Type, Word};

/// All schemas, and which type stands where.
pub(super) struct Set<'a> {
    pub(super) schemas: &'a [Schema],
    /// Links at the top of every page: file and name.
    pub(super) pages: Vec<(String, String)>,
}

impl<'a> Set<'a> {
    pub(super) fn new(schemas: &'a [Schema]) -> Self {
        let mut pages = vec![("index.html".to_owned(), "All schemas".to_owned())];
        pages.extend(schemas.iter().map(|schema| (schema.page(), schema.stem().to_owned())));
        pages.push(("elements.html".to_owned(), "A to Z".to_owned()));
        Self { schemas, pages }
    }

    /// A type by the name that it has in a schema, with the schema that it stands in.
    pub(super) fn find(&self, from: &'a Schema, name: &str) -> Option<(&'a Schema, &'a Type)> {
        if let Some(found) = from.types.iter().find(|of| of.name == name) {
            return Some((from, found));
        }
        from.includes.iter().find_map(|file| {
            let included = self.schemas.iter().find(|schema| schema.file == *file)?;
            self.find(included, name)
        })
    }

    /// A type's name as a link to where it is described.
    pub(super) fn link(&self, from: &'a Schema, name: &str) -> String {
        match self.find(from, name) {
            Some((schema, of)) => {
                let file = if schema.file == from.file { String::new() } else { schema.page() };
                format!("<a class=\"name\" href=\"{file}#{}\">{}</a>", of.name, escape(name))
            }
            None => format!("<code>{}</code>", escape(name)),
        }
    }

    /// What values a simple type allows, in words; empty when that is all that its base allows.
    fn range(&self, from: &'a Schema, name: &str) -> String {
        if let Some((_, range)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return (*range).to_owned();
        }
        let Some((schema, of)) = self.find(from, name) else { return String::new() };
        match &of.body {
            Body::Complex { text: Some(base), .. } => self.range(schema, base),
            Body::Simple { base, facets, words } if words.is_empty() => {
                // the type's own documentation says in words what its pattern means
                let narrowed = facet_words(facets, false);
                if narrowed.is_empty() { self.range(schema, base) } else { narrowed }
            }
            Body::Simple { words, .. } => format!("{} words", words.len()),
            Body::Union(members) => {
                let listed = members.iter().filter_map(|member| self.find(schema, member));
                let words = listed.map(|(_, member)| match &member.body {
                    Body::Simple { words, .. } => words.len(),
                    _ => 0,
                });
                format!("{} words, or another", words.sum::<usize>())
            }
            Body::Complex { .. } => String::new(),
        }
    }

    /// Where a type is used: the type, or root, and its member.
    fn users(&self, of: (&Schema, &Type)) -> Vec<(&'a Schema, &'a str, &'a str)> {
        let mut users = Vec::new();
        for schema in self.schemas {
            let is_it = |name: &str| {
                name == of.1.name && self.find(schema, name).is_some_and(|(place, _)| place.file == of.0.file)
            };
            for user in &schema.types {
                let Body::Complex { children, attributes, .. } = &user.body else { continue };
                let members = children.iter().chain(attributes).filter(|member| is_it(&member.of));
                users.extend(members.map(|member| (schema, user.name.as_str(), member.name.as_str())));
            }
        }
        users
    }
}

/// The page of one schema.
pub(super) fn page<'a>(set: &Set<'a>, schema: &'a Schema) -> String {
    let mut html = String::new();
    let title = schema.roots.first().map_or(schema.stem(), |root| root.name.as_str());
    // writing to a String cannot fail, here and below
    let version =
        if schema.version.is_empty() { "" } else { &format!("version {}", escape(&schema.version)) };
    let _ = writeln!(html, "<h1>{} <small>{version}</small></h1>", escape(title));
    html.push_str(&prose(&schema.documentation));
    if let Some(namespace) = &schema.namespace {
        let _ = writeln!(html, "<p>Namespace <code>{}</code></p>", escape(namespace));
    }
    let includes: Vec<String> = schema
        .includes
        .iter()
        .map(|file| format!("<a href=\"{0}.html\">{0}</a>", file.trim_end_matches(".xsd")))
        .collect();
    let with = if includes.is_empty() { String::new() } else { format!(", with {}", includes.join(", ")) };
    let _ = writeln!(html, "<p>Schema <a href=\"{0}\">{0}</a>{with}</p>", schema.file);
    for root in &schema.roots {
        let _ =
            writeln!(html, "<p>Root element <code>{}</code></p>{}", root.name, prose(&root.documentation));
        html.push_str("<details open=\"open\"><summary>Structure</summary>\n");
        tree(set, schema, &root.of, 0, &mut html);
        html.push_str("</details>\n");
    }
    for of in &schema.types {
        section(set, schema, of, &mut html);
    }
    frame(&format!("{title} — payload schemas"), &set.pages, &schema.page(), &html)
}

/// The elements inside of a type, each with those inside of it. What every document has is not repeated.
fn tree<'a>(set: &Set<'a>, from: &'a Schema, of: &str, depth: usize, html: &mut String) {
    let Some((schema, Type { name, body: Body::Complex { children, .. }, .. })) = set.find(from, of) else {
        return;
    };
    if children.is_empty() || schema.namespace.is_some() != from.namespace.is_some() || depth > DEEPEST {
        return;
    }
    html.push_str("<ul class=\"tree\">");
    for child in children {
        let mark = match child.occurs {
            (1, Some(1)) => "",
            (0, Some(1)) => " ?",
            (0, None) => " *",
            _ => " +",
        };
        let _ = write!(html, "<li><a class=\"name\" href=\"#{name}.{0}\">{0}</a>{mark}", escape(&child.name));
        tree(set, schema, &child.of, depth + 1, html);
        html.push_str("</li>\n");
    }
    html.push_str("</ul>");
}

fn section<'a>(set: &Set<'a>, schema: &'a Schema, of: &'a Type, html: &mut String) {
    let form = match &of.body {
        Body::Complex { .. } => "elements and attributes",
        Body::Union(_) => "open list of words",
        Body::Simple { words, .. } if words.is_empty() => "text",
        Body::Simple { .. } => "list of words",
    };
    let _ =
        writeln!(html, "<h2 id=\"{0}\"><span class=\"name\">{0}</span> <small>{form}</small></h2>", of.name);
    html.push_str(&prose(&of.documentation));
    match &of.body {
        Body::Complex { children, attributes, text, any } => {
            if let Some(text) = text {
                let _ =
                    writeln!(html, "<p>Text: {} {}</p>", set.link(schema, text), range(set, schema, text));
            }
            members(set, schema, of, children, "", html);
            members(set, schema, of, attributes, "@", html);
            if *any {
                html.push_str("<p>Any elements of other namespaces.</p>\n");
            }
        }
        Body::Simple { base, facets, words } => {
            let narrowed = facet_words(facets, true);
            let narrowed =
                if narrowed.is_empty() { String::new() } else { format!(": {}", escape(&narrowed)) };
            let _ = writeln!(html, "<p>Narrows {} down{narrowed}</p>", set.link(schema, base));
            listed(of, words, html);
        }
        Body::Union(members) => {
            let links: Vec<String> = members.iter().map(|member| set.link(schema, member)).collect();
            let _ = writeln!(html, "<p>One of {}</p>", links.join(", or else a "));
        }
    }
    used_in(set, schema, of, html);
}

fn members<'a>(
    set: &Set<'a>,
    schema: &'a Schema,
    of: &Type,
    members: &'a [Member],
    mark: &str,
    html: &mut String,
) {
    if members.is_empty() {
        return;
    }
    let what = if mark.is_empty() { "Element" } else { "Attribute" };
    let _ = writeln!(
        html,
        "<table class=\"members\"><thead><tr><th>{what}</th><th>Type</th><th>How often</th><th>What it holds</th></tr></thead><tbody>"
    );
    for member in members {
        let documentation = if member.documentation.is_empty() {
            set.find(schema, &member.of).map_or("", |(_, of)| of.documentation.as_str())
        } else {
            &member.documentation
        };
        let fixed = member.fixed.as_ref().map_or(String::new(), |value| format!(" always {value}"));
        let _ = writeln!(
            html,
            "<tr id=\"{0}.{mark}{1}\"><td><span class=\"name\">{mark}{1}</span></td><td>{2}{3}</td><td>{4}{5}</td><td>{6}</td></tr>",
            of.name,
            escape(&member.name),
            set.link(schema, &member.of),
            range(set, schema, &member.of),
            times(member.occurs),
            escape(&fixed),
            prose(documentation),
        );
    }
    html.push_str("</tbody></table>\n");
}

fn range<'a>(set: &Set<'a>, schema: &'a Schema, name: &str) -> String {
    let range = set.range(schema, name);
    if range.is_empty() { range } else { format!("<p class=\"range\">{}</p>", escape(&range)) }
}

fn listed(of: &Type, words: &[Word], html: &mut String) {
    if words.is_empty() {
        return;
    }
    html.push_str("<table><thead><tr><th>Word</th><th>Meaning</th></tr></thead><tbody>\n");
    for word in words {
        let _ = writeln!(
            html,
            "<tr id=\"{0}.{1}\"><td><span class=\"name\">{1}</span></td><td>{2}</td></tr>",
            of.name,
            escape(&word.value),
            prose(&word.documentation)
        );
    }
    html.push_str("</tbody></table>\n");
}

fn used_in<'a>(set: &Set<'a>, schema: &'a Schema, of: &'a Type, html: &mut String) {
    // what nearly every type uses is no news
    let users: BTreeMap<String, String> = set
        .users((schema, of))
        .into_iter()
        .map(|(place, user, member)| {
            let file = if place.file == schema.file { String::new() } else { place.page() };
            let link = format!("<a class=\"name\" href=\"{file}#{user}\">{user}/{}</a>", escape(member));
            (format!("{user}/{member} {file}"), link)
        })
        .collect();
    if users.is_empty() || users.len() > MOST_USERS {
        return;
    }
    let links: Vec<String> = users.into_values().collect();
    let _ = writeln!(html, "<p class=\"users\">Used in {}</p>", links.join(", "));
}

/// How often a member stands there.
pub(super) fn times(occurs: (u32, Option<u32>)) -> String {
    match occurs {
        (1, Some(1)) => "once".to_owned(),
        (0, Some(1)) => "at most once".to_owned(),
        (0, None) => "any number".to_owned(),
        (least, None) => format!("{least} or more"),
        (least, Some(most)) => format!("{least} to {most}"),
    }
}

fn facet_words(facets: &[(String, String)], patterns: bool) -> String {
    let value = |name: &str| facets.iter().find(|(facet, _)| facet == name).map(|(_, value)| value.as_str());
    let mut words = Vec::new();
    match (value("minInclusive"), value("maxInclusive")) {
        (Some(least), Some(most)) => words.push(format!("{least} to {most}")),
        (None, Some(most)) => words.push(format!("at most {most}")),
        (Some(least), None) => words.push(format!("at least {least}")),
        (None, None) => {}
    }
    match (value("minLength"), value("maxLength")) {
        (Some(least), Some(most)) => words.push(format!("{least} to {most} characters")),
        (None, Some(most)) => words.push(format!("at most {most} characters")),
        (Some(least), None) => words.push(format!("at least {least} character")),
        (None, None) => {}
    }
    words.extend(value("fractionDigits").map(|places| format!("at most {places} decimals")));
    words.extend(value("pattern").filter(|_| patterns).map(|pattern| format!("pattern {pattern}")));
    words.join("; ")
}

/// Types of XSD itself, and what they allow.
const BUILT_IN: &[(&str, &str)] = &[
    ("xs:boolean", "true or false"),
    ("xs:unsignedLong", "0 to 18446744073709551615"),
    ("xs:long", "-9223372036854775808 to 9223372036854775807"),
];
/// Elements below each other in the tree; our schemas have six.
const DEEPEST: usize = 12;
/// More users than these are not listed.
const MOST_USERS: usize = 24;
