//! Attributes of one start tag, with what the dialect asks of them.

use super::error::{XmlCause, excerpt};
use super::limits::Limits;
use super::namespace::{Scope, declared_prefix};
use super::tokens::resolve;
use std::borrow::Cow;

/// The attributes of one start tag, read in one pass.
#[derive(Default)]
pub(crate) struct Attributes<'a> {
    /// Name and value, in order.
    plain: Vec<(&'a str, Cow<'a, str>)>,
    /// How many of them were taken.
    taken: usize,
    /// Prefix (empty for the default) and namespace.
    declared: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Attributes<'a> {
    /// Reads what stands in a start tag behind the name.
    pub(crate) fn read(&mut self, tag: &'a str, limits: &Limits) -> Result<(), XmlCause> {
        self.clear();
        let mut rest = tag;
        loop {
            let trimmed = without_blanks(rest);
            if trimmed.is_empty() {
                return Ok(());
            }
            if trimmed.len() == rest.len() {
                return Err(not_well_formed("no blank before an attribute"));
            }
            let (name, raw);
            (name, raw, rest) = split(trimmed)?;
            let value = value(raw)?;
            if value.len() > limits.text {
                return Err(XmlCause::TextTooLong { limit: limits.text });
            }
            self.add(name, value, limits)?;
        }
    }

    fn add(&mut self, name: &'a str, value: Cow<'a, str>, limits: &Limits) -> Result<(), XmlCause> {
        let (list, name_in_list) = match declared_prefix(name) {
            // the default namespace is one more
            Some(_) if self.declared.len() > limits.namespaces => {
                return Err(XmlCause::TooManyNamespaces { limit: limits.namespaces });
            }
            Some(prefix) => (&mut self.declared, prefix),
            None if self.plain.len() >= limits.attributes => {
                return Err(XmlCause::TooManyAttributes { limit: limits.attributes });
            }
            None => (&mut self.plain, name),
        };
        if list.iter().any(|(other, _)| *other == name_in_list) {
            return Err(XmlCause::DuplicateAttribute(excerpt(name)));
        }
        list.push((name_in_list, value));
        Ok(())
    }

    /// Two attributes with one name in one namespace, through two prefixes (Namespaces in XML 1.0 §6.3).
    pub(crate) fn same_by_namespace(&self, scope: &Scope<'_>) -> Option<(&'a str, &'a str)> {
        let prefixed = |(name, _): &(&'a str, Cow<'a, str>)| {
            let (prefix, local) = name.split_once(':')?;
            Some((*name, scope.uri(prefix)?, local))
        };
        let mut rest = self.plain.iter().filter_map(prefixed);
        while let Some((first, uri, local)) = rest.next() {
            if let Some((second, ..)) = rest.clone().find(|other| (other.1, other.2) == (uri, local)) {
                return Some((first, second));
            }
        }
        None
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.plain.clear();
        self.declared.clear();
        self.taken = 0;
    }

    /// The next one that is no declaration.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<(&'a str, Cow<'a, str>)> {
        let (name, value) = self.plain.get_mut(self.taken)?;
        self.taken += 1;
        Some((name, std::mem::take(value)))
    }

    /// All of them with their names as they stand there, declarations first.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let declared = self.declared.iter().map(|(prefix, uri)| match *prefix {
            "" => ("xmlns".to_owned(), uri.to_string()),
            prefix => (format!("xmlns:{prefix}"), uri.to_string()),
        });
        declared
            .chain(self.plain.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())))
            .collect()
    }

    /// The namespace that a prefix (empty for the default) is declared for.
    pub(crate) fn declared(&self, prefix: &str) -> Option<&str> {
        self.declared.iter().find(|(declared, _)| *declared == prefix).map(|(_, uri)| &**uri)
    }

    /// How many namespaces are declared.
    pub(crate) fn declarations(&self) -> usize {
        self.declared.len()
    }

    /// Takes one of them.
    pub(crate) fn declaration(&mut self, position: usize) -> (&'a str, Cow<'a, str>) {
        let (prefix, uri) = &mut self.declared[position];
        (prefix, std::mem::take(uri))
    }
}

/// Name, value as it stands there, and what follows.
pub(super) fn split(text: &str) -> Result<(&str, &str, &str), XmlCause> {
    let end = text.bytes().position(|octet| is_blank(octet) || matches!(octet, b'=' | b'"' | b'\'' | b'<'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let Some(rest) = without_blanks(rest).strip_prefix('=') else {
        return Err(not_well_formed("no `=` behind the name of an attribute"));
    };
    let rest = without_blanks(rest);
    let Some(quote @ (b'"' | b'\'')) = rest.bytes().next() else {
        return Err(not_well_formed("no quote around the value of an attribute"));
    };
    let Some(length) = rest[1..].bytes().position(|octet| octet == quote) else {
        return Err(not_well_formed("no quote behind the value of an attribute"));
    };
    Ok((name, &rest[1..=length], &rest[length + 2..]))
}

/// XML 1.0 §3.3.3: references are resolved, blanks are spaces.
fn value(raw: &str) -> Result<Cow<'_, str>, XmlCause> {
    let Some(first) = raw.bytes().position(|octet| matches!(octet, b'&' | b'<' | b'\t' | b'\n' | b'\r'))
    else {
        return Ok(Cow::Borrowed(raw));
    };
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some(at) = next {
        value.push_str(&rest[..at]);
        let octet = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match octet {
            b'<' => return Err(not_well_formed("`<` in an attribute")),
            b'&' => {
                let Some(end) = rest.find(';') else {
                    return Err(not_well_formed("`&` without `;` in an attribute"));
                };
                value.push_str(&resolve(&rest[..end])?);
                rest = &rest[end + 1..];
            }
            b'\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                value.push(' ');
            }
            _ => value.push(' '),
        }
        next = rest.bytes().position(|octet| matches!(octet, b'&' | b'<' | b'\t' | b'\n' | b'\r'));
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

fn not_well_formed(why: &str) -> XmlCause {
    XmlCause::NotWellFormed(why.into())
}

pub(super) fn without_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}
