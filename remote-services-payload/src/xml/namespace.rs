//! Which elements belong to the namespace of the kind that is read.

/// Prefix of the declarations themselves.
const XMLNS: &str = "xmlns";
/// Bound by XML itself.
const XML: &str = "xml";

/// The declarations in force.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    namespace: &'static str,
    /// Innermost last. As many as the limits on depth and attributes allow.
    bindings: Vec<Binding<'a>>,
}

#[derive(Debug)]
struct Binding<'a> {
    /// Depth of the element that declares it.
    depth: usize,
    prefix: &'a str,
    ours: bool,
}

/// The prefix that an attribute declares: empty for the default namespace.
pub(crate) fn declared_prefix(attribute: &str) -> Option<&str> {
    let rest = attribute.strip_prefix(XMLNS)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
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
        Self { namespace, bindings: Vec::new() }
    }

    pub(crate) fn declare(&mut self, depth: usize, prefix: &'a str, namespace: &str) {
        self.bindings.push(Binding { depth, prefix, ours: namespace == self.namespace });
    }

    /// Forgets what elements deeper than `depth` declared.
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth > depth) {
            self.bindings.pop();
        }
    }

    /// Whether names with this prefix are ours; `None` when the prefix is bound to nothing.
    #[inline]
    pub(crate) fn is_ours(&self, prefix: &str) -> Option<bool> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(binding.ours),
            None if prefix.is_empty() || prefix == XML => Some(false),
            None => None,
        }
    }
}

/// Whether `name` is a Name of XML 1.0 (fifth edition, production 5).
pub(crate) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name) && characters.all(continues_name)
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

    #[test]
    fn the_innermost_declaration_counts_until_its_element_ends() {
        let mut scope = Scope::new("urn:ours");
        assert_eq!(scope.is_ours(""), Some(false));
        assert_eq!(scope.is_ours("p"), None);
        scope.declare(1, "", "urn:ours");
        scope.declare(2, "", "urn:other");
        scope.declare(2, "p", "urn:ours");
        assert_eq!((scope.is_ours(""), scope.is_ours("p")), (Some(false), Some(true)));
        scope.leave(1);
        assert_eq!((scope.is_ours(""), scope.is_ours("p")), (Some(true), None));
    }

    #[test]
    fn tells_names_from_other_text() {
        for good in ["a", "_b-1", "Größe", "x.y"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "a=", "a\"", "×"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn tells_declarations_from_attributes() {
        assert_eq!(declared_prefix("xmlns"), Some(""));
        assert_eq!(declared_prefix("xmlns:rs"), Some("rs"));
        assert_eq!(declared_prefix("xmlnsrs"), None);
        assert_eq!(declared_prefix("unit"), None);
    }
}
