//! Which elements belong to the namespace of the kind that is read.

use super::error::{XmlCause, excerpt};
use super::limits::Limits;
use std::borrow::Cow;

/// Prefix of the declarations themselves.
const XMLNS: &str = "xmlns";
/// Bound by XML itself.
const XML: &str = "xml";
/// What they are bound to (Namespaces in XML 1.0 §3).
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";
const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";

/// The declarations in force.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    namespace: &'static str,
    /// Innermost last. As many as the limits on depth and namespaces allow.
    bindings: Vec<Binding<'a>>,
    /// Those with a prefix.
    prefixes: usize,
    /// Whether a name without a prefix is ours.
    default_is_ours: bool,
}

#[derive(Debug)]
struct Binding<'a> {
    /// Depth of the element that declares it.
    depth: usize,
    /// Empty for the default namespace.
    prefix: &'a str,
    uri: Cow<'a, str>,
    ours: bool,
}

/// The prefix that an attribute declares: empty for the default namespace.
pub(crate) fn declared_prefix(attribute: &str) -> Option<&str> {
    let rest = attribute.strip_prefix(XMLNS)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':').filter(|prefix| !prefix.is_empty()) }
}

/// Prefix (empty when there is none) and local part of a name.
pub(crate) fn split(name: &str) -> (&str, &str) {
    match name.bytes().position(|octet| octet == b':') {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => ("", name),
    }
}

impl<'a> Scope<'a> {
    pub(crate) fn new(namespace: &'static str) -> Self {
        Self { namespace, bindings: Vec::new(), prefixes: 0, default_is_ours: false }
    }

    pub(crate) fn declare(
        &mut self,
        depth: usize,
        prefix: &'a str,
        uri: Cow<'a, str>,
        limits: &Limits,
    ) -> Result<(), XmlCause> {
        let bound_by_xml = prefix == XML || prefix == XMLNS || [XML_URI, XMLNS_URI].contains(&&*uri);
        if bound_by_xml && (prefix != XML || uri != XML_URI) || (!prefix.is_empty() && uri.is_empty()) {
            return Err(XmlCause::ForbiddenNamespace(excerpt(prefix)));
        }
        if uri.len() > limits.namespace {
            return Err(XmlCause::NamespaceTooLong { limit: limits.namespace });
        }
        let ours = uri == self.namespace;
        if prefix.is_empty() {
            self.default_is_ours = ours;
        } else {
            self.prefixes += 1;
            if self.prefixes > limits.namespaces {
                return Err(XmlCause::TooManyNamespaces { limit: limits.namespaces });
            }
        }
        self.bindings.push(Binding { depth, prefix, uri, ours });
        Ok(())
    }

    /// Forgets what elements deeper than `depth` declared.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        while let Some(binding) = self.bindings.pop_if(|binding| binding.depth > depth) {
            if binding.prefix.is_empty() {
                self.default_is_ours = self.default().is_some_and(|outer| outer.ours);
            } else {
                self.prefixes -= 1;
            }
        }
    }

    /// Whether a name without a prefix is ours.
    #[inline]
    pub(crate) fn default_is_ours(&self) -> bool {
        self.default_is_ours
    }

    /// The depth of the element that declares the default namespace, and the namespace; 0 and nothing when there is
    /// none.
    pub(crate) fn default_namespace(&self) -> (usize, &str) {
        self.default().map_or((0, ""), |binding| (binding.depth, &binding.uri))
    }

    /// The prefixes that the element at `depth` declares, and their namespaces.
    pub(crate) fn prefixes_at(&self, depth: usize) -> impl Iterator<Item = (&'a str, &str)> {
        let here =
            self.bindings.iter().rposition(|binding| binding.depth != depth).map_or(0, |outer| outer + 1);
        let prefixed = self.bindings[here..].iter().filter(|binding| !binding.prefix.is_empty());
        prefixed.map(|binding| (binding.prefix, &*binding.uri))
    }

    /// Whether names with this prefix are ours; `None` when the prefix is bound to nothing.
    #[inline]
    pub(crate) fn is_ours(&self, prefix: &str) -> Option<bool> {
        if prefix.is_empty() {
            return Some(self.default_is_ours);
        }
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(binding.ours),
            None if prefix == XML => Some(false),
            None => None,
        }
    }

    /// The namespace that a prefix stands for.
    pub(crate) fn uri(&self, prefix: &str) -> Option<&str> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(&binding.uri),
            None => (prefix == XML).then_some(XML_URI),
        }
    }

    fn default(&self) -> Option<&Binding<'a>> {
        self.bindings.iter().rev().find(|binding| binding.prefix.is_empty())
    }
}

/// Whether `name` is a Name of XML 1.0 (fifth edition, production 5).
pub(crate) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name) && characters.all(continues_name)
}

/// Whether `name` is a name, or two with a colon between them (Namespaces in XML 1.0, production 7).
pub(crate) fn is_qualified_name(name: &str) -> bool {
    let (prefix, local) = name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
    prefix.into_iter().chain([local]).all(|part| is_name(part) && !part.contains(':'))
}

fn starts_name(character: char) -> bool {
    matches!(character,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(scope: &mut Scope<'static>, depth: usize, prefix: &'static str, uri: &'static str) {
        scope.declare(depth, prefix, Cow::Borrowed(uri), &Limits::default()).unwrap();
    }

    #[test]
    fn the_innermost_declaration_counts_until_its_element_ends() {
        let mut scope = Scope::new("urn:ours");
        assert_eq!(scope.is_ours(""), Some(false));
        assert_eq!(scope.is_ours("p"), None);
        declared(&mut scope, 1, "", "urn:ours");
        declared(&mut scope, 2, "", "urn:other");
        declared(&mut scope, 2, "p", "urn:ours");
        assert_eq!((scope.is_ours(""), scope.is_ours("p")), (Some(false), Some(true)));
        assert_eq!(scope.default_namespace(), (2, "urn:other"));
        assert_eq!(scope.prefixes_at(2).collect::<Vec<_>>(), [("p", "urn:ours")]);
        scope.leave(1);
        assert_eq!((scope.is_ours(""), scope.is_ours("p")), (Some(true), None));
    }

    #[test]
    fn what_xml_binds_itself_is_not_bound_anew() {
        let mut scope = Scope::new("urn:ours");
        for (prefix, uri) in [("xmlns", "u"), ("xml", "u"), ("p", XML_URI), ("", XMLNS_URI), ("p", "")] {
            let refused = scope.declare(1, prefix, Cow::Borrowed(uri), &Limits::default());
            assert_eq!(refused, Err(XmlCause::ForbiddenNamespace(prefix.into())));
        }
        declared(&mut scope, 1, "xml", XML_URI);
        assert_eq!(scope.is_ours("xml"), Some(false));
    }

    #[test]
    fn tells_names_from_other_text() {
        for good in ["a", "_b-1", "Größe", "x.y"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "a=", "a\"", "×"] {
            assert!(!is_name(bad), "{bad}");
        }
        for (name, good) in
            [("a", true), ("a:b", true), ("a:b:c", false), (":a", false), ("a:", false), ("a:1", false)]
        {
            assert_eq!(is_qualified_name(name), good, "{name}");
        }
    }

    #[test]
    fn tells_declarations_from_attributes() {
        assert_eq!(declared_prefix("xmlns"), Some(""));
        assert_eq!(declared_prefix("xmlns:rs"), Some("rs"));
        assert_eq!(declared_prefix("xmlnsrs"), None);
        assert_eq!(declared_prefix("xmlns:"), None);
        assert_eq!(declared_prefix("unit"), None);
    }
}
