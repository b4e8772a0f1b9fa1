//! The reader: members of types from tokens, with limits, namespaces, paths and a place for every error.

use super::attributes::Attributes;
use super::error::{XmlCause, XmlError, excerpt};
use super::limits::Limits;
use super::namespace::{Scope, is_name, split};
use super::path::Path;
use super::table::{Content, Field, Occurs, Type};
use super::tokens::{Token, Tokens};
use super::unknown::Kept;
use std::borrow::Cow;

/// Reads one document from the root inwards.
///
/// The caller asks for the next member and gets its position in the type; the value that the member holds is then
/// read by the type that fills it, which ends with [`Reader::close`].
pub(crate) struct Reader<'a> {
    pub(super) tokens: Tokens<'a>,
    pub(super) limits: Limits,
    pub(super) path: Path<'a>,
    pub(super) scope: Scope<'a>,
    /// Where the start tag of the last element began.
    pub(super) element_at: usize,
    /// Attributes of the last start tag, without declarations.
    attributes: Attributes<'a>,
    elements: usize,
    pub(super) kept: Kept,
}

/// Which members of a type have been read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    last: usize,
    /// How many of the last there were.
    count: u32,
    mask: u64,
}

impl Seen {
    /// Attributes come in any order.
    pub(crate) fn mark(&mut self, position: usize) {
        self.mask |= 1 << position;
    }

    /// The member that was read last, and how many of it there were.
    pub(crate) fn last(&self) -> Option<(usize, u32)> {
        (self.count > 0).then_some((self.last, self.count))
    }

    fn holds(&self, position: usize) -> bool {
        self.mask >> position & 1 == 1
    }

    #[inline]
    fn advance(&mut self, position: usize) {
        self.count = if position == self.last { self.count + 1 } else { 1 };
        self.last = position;
        self.mask |= 1 << position;
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8], limits: Limits, namespace: &'static str) -> Result<Self, XmlError> {
        if octets.len() > limits.octets {
            let cause = XmlCause::TooLarge { limit: limits.octets, found: octets.len() };
            return Err(XmlError { cause, offset: 0, line: 1, column: 1, path: String::new() });
        }
        Ok(Self {
            tokens: Tokens::new(octets)?,
            limits,
            path: Path::new(),
            scope: Scope::new(namespace),
            element_at: 0,
            attributes: Attributes::default(),
            elements: 0,
            kept: Kept::default(),
        })
    }

    /// Passes the start tag of the root element and gives its `schemaVersion`.
    pub(crate) fn root(&mut self, namespace: &str, name: &str) -> Result<String, XmlError> {
        loop {
            match self.token()? {
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) | Token::End(_) => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
                Token::Start(found, attributes) => {
                    let (ours, local) = self.open(found, attributes)?;
                    if !ours || local != name {
                        let in_namespace = if ours { format!("{{{namespace}}}") } else { String::new() };
                        return Err(self.error(XmlCause::WrongRoot {
                            expected: format!("{{{namespace}}}{name}"),
                            found: format!("{in_namespace}{}", excerpt(found)),
                        }));
                    }
                    self.keep_prefixes();
                    return self.schema_version();
                }
            }
        }
    }

    /// Checks that nothing stands behind the root, and gives what was not known.
    pub(crate) fn finish(mut self) -> Result<Kept, XmlError> {
        loop {
            match self.token()? {
                Token::Text(text) if is_blank(&text) => {}
                Token::Eof => return Ok(self.kept.finished()),
                _ => return Err(self.error(XmlCause::AfterRoot)),
            }
        }
    }

    /// Passes the start tag of the next member and gives its position in the type, or passes the end tag of the
    /// parent (`None`). What the type does not have is stepped over and kept.
    #[inline]
    pub(crate) fn next_member(
        &mut self,
        seen: &mut Seen,
        table: &'static Type,
    ) -> Result<Option<usize>, XmlError> {
        let fields = fields(table);
        if self.scope.default_is_ours() {
            // documents of ours have the members in order and nothing between them
            for (position, field) in fields.iter().enumerate().skip(seen.last) {
                if self.tokens.skip_start(field.name) {
                    self.enter(field.name)?;
                    self.attributes.clear();
                    self.in_order(seen, position, fields)?;
                    return Ok(Some(position));
                }
            }
        }
        if self.tokens.skip_end(self.path.last()) {
            return Ok(None);
        }
        self.next_member_among_others(seen, fields)
    }

    #[inline(never)]
    fn next_member_among_others(
        &mut self,
        seen: &mut Seen,
        fields: &'static [Field],
    ) -> Result<Option<usize>, XmlError> {
        loop {
            match self.token()? {
                Token::Start(name, attributes) => {
                    let (ours, local) = self.open(name, attributes)?;
                    if ours && let Some(position) = fields.iter().position(|field| field.name == local) {
                        self.in_order(seen, position, fields)?;
                        self.keep_prefixes();
                        return Ok(Some(position));
                    }
                    self.skip_unknown(seen.last().map(|(last, count)| (fields[last].name, count)))?;
                }
                Token::End(_) => return Ok(None),
                Token::Text(text) if is_blank(&text) => {}
                Token::Text(_) => return Err(self.error(XmlCause::UnexpectedText)),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// The text of the element up to its end tag.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let text = self.tokens.skip_text().unwrap_or("");
        if text.len() <= self.limits.text && self.tokens.skip_end(self.path.last()) {
            return Ok(Cow::Borrowed(text));
        }
        self.rest_of_text(text)
    }

    fn rest_of_text(&mut self, begun: &'a str) -> Result<Cow<'a, str>, XmlError> {
        let mut text = Cow::Borrowed(begun);
        loop {
            if text.len() > self.limits.text {
                return Err(self.error(XmlCause::TextTooLong { limit: self.limits.text }));
            }
            if self.tokens.skip_end(self.path.last()) {
                return Ok(text);
            }
            match self.token()? {
                Token::Text(more) if text.is_empty() => text = more,
                Token::Text(more) => text.to_mut().push_str(&more),
                Token::End(_) => return Ok(text),
                Token::Start(name, _) => return Err(self.error(XmlCause::UnexpectedElement(excerpt(name)))),
                Token::Eof => return Err(self.error(XmlCause::Truncated)),
            }
        }
    }

    /// Passes the end tag of an element that holds nothing; what a newer schema put there is kept.
    pub(crate) fn nothing_inside(&mut self) -> Result<(), XmlError> {
        self.next_member_among_others(&mut Seen::default(), &[]).map(|_| ())
    }

    /// Keeps all attributes of an element that should have none.
    #[inline]
    pub(crate) fn no_attributes(&mut self) -> Result<(), XmlError> {
        while let Some((name, text)) = self.next_attribute()? {
            self.keep_attribute(name, &text)?;
        }
        Ok(())
    }

    /// The next attribute of the element whose start tag was just passed, declarations left out: its name and its
    /// value.
    #[inline]
    pub(crate) fn next_attribute(&mut self) -> Result<Option<(&'a str, Cow<'a, str>)>, XmlError> {
        let Some((name, text)) = self.attributes.take() else { return Ok(None) };
        if let Some((prefix, _)) = name.split_once(':')
            && self.scope.is_ours(prefix).is_none()
        {
            return Err(self.element_error(XmlCause::UnboundPrefix(excerpt(prefix))));
        }
        Ok(Some((name, text)))
    }

    /// Leaves the element whose end tag was just passed.
    #[inline]
    pub(crate) fn close(&mut self) {
        self.path.leave();
        self.scope.leave(self.path.depth());
    }

    /// Notes that the member at `position` begins; refuses a second single one and one that comes too late.
    #[inline]
    fn in_order(
        &mut self,
        seen: &mut Seen,
        position: usize,
        fields: &'static [Field],
    ) -> Result<(), XmlError> {
        if position < seen.last || (position == seen.last && seen.count > 0) {
            let field = &fields[position];
            if position < seen.last {
                return Err(self.element_error(XmlCause::OutOfOrder(field.name)));
            }
            if field.occurs != Occurs::Many {
                return Err(self.element_error(XmlCause::RepeatedElement(field.name)));
            }
        }
        seen.advance(position);
        self.path.count(seen.count);
        Ok(())
    }

    /// Refuses an element that lacks one of the members in `required`.
    #[inline]
    pub(crate) fn all_there(&self, seen: &Seen, required: u64, table: &'static Type) -> Result<(), XmlError> {
        if seen.mask & required == required { Ok(()) } else { Err(self.missing(seen, table)) }
    }

    #[cold]
    fn missing(&self, seen: &Seen, table: &'static Type) -> XmlError {
        let missing =
            |(position, field): &(usize, &Field)| field.occurs == Occurs::Once && !seen.holds(*position);
        let name = fields(table).iter().enumerate().find(missing).map_or("", |(_, field)| field.name);
        match table.content {
            Content::Attributes { .. } => self.element_error(XmlCause::MissingAttribute(name)),
            // at the end tag, where the last of them could have stood
            _ => self.error(XmlCause::MissingElement(name)),
        }
    }

    /// The text of the element is not a value of its type.
    #[cold]
    pub(crate) fn bad_value(&self, expected: &'static str, text: &str) -> XmlError {
        self.element_error(XmlCause::Value { expected, text: excerpt(text) })
    }

    /// The text of a leaf is not a value of its type.
    #[cold]
    pub(crate) fn bad_text(&self, table: &'static Type, text: &str) -> XmlError {
        match table.content {
            Content::Attributes { text: Some(of), .. } => self.bad_value(of.name, text),
            _ => self.bad_value(table.name, text),
        }
    }

    /// The value of the attribute at `position` is not one of its type.
    #[cold]
    pub(crate) fn bad_attribute(&self, table: &'static Type, position: usize, text: &str) -> XmlError {
        let field = &fields(table)[position];
        let mut error = self.bad_value(field.of.name, text);
        error.path = format!("{}/@{}", error.path, field.name);
        error
    }

    fn schema_version(&mut self) -> Result<String, XmlError> {
        let mut version = None;
        while let Some((name, text)) = self.next_attribute()? {
            match name {
                SCHEMA_VERSION => version = Some(text.into_owned()),
                other => self.keep_attribute(other, &text)?,
            }
        }
        let version =
            version.ok_or_else(|| self.element_error(XmlCause::MissingAttribute(SCHEMA_VERSION)))?;
        let minor = version.strip_prefix("1.").unwrap_or("");
        if minor.is_empty() || minor.len() > 9 || !minor.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(self.element_error(XmlCause::SchemaVersion(excerpt(&version))));
        }
        Ok(version)
    }

    /// Enters the element of the start tag that was just passed: whether it is ours, and its local name.
    pub(super) fn open(&mut self, name: &'a str, attributes: &'a str) -> Result<(bool, &'a str), XmlError> {
        self.enter(name)?;
        let (prefix, local) = split(name);
        self.attributes.read(attributes, &self.limits).map_err(|cause| self.element_error(cause))?;
        for position in 0..self.attributes.declarations() {
            self.declare(position)?;
        }
        match self.scope.is_ours(prefix) {
            Some(_) if prefix.is_empty() && local.len() < name.len() => Err(self.bad_name(name)),
            Some(ours) => Ok((ours, local)),
            None => Err(self.error(XmlCause::UnboundPrefix(excerpt(prefix)))),
        }
    }

    #[inline]
    fn enter(&mut self, name: &'a str) -> Result<(), XmlError> {
        self.element_at = self.tokens.at();
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(self.error(XmlCause::TooManyElements { limit: self.limits.elements }));
        }
        if self.path.depth() >= self.limits.depth {
            return Err(self.error(XmlCause::TooDeep { limit: self.limits.depth }));
        }
        self.path.enter(name);
        Ok(())
    }

    /// Takes up one of the namespaces that the last start tag declares.
    fn declare(&mut self, position: usize) -> Result<(), XmlError> {
        let (prefix, uri) = self.attributes.declaration(position);
        if !prefix.is_empty() && (!is_name(prefix) || prefix.contains(':')) {
            return Err(self.bad_name(prefix));
        }
        let depth = self.path.depth();
        self.scope.declare(depth, prefix, uri, &self.limits).map_err(|cause| self.element_error(cause))
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, XmlError> {
        match self.tokens.next() {
            Ok(Token::End(found)) if found != self.path.last() => {
                Err(self.error(XmlCause::MismatchedEndTag {
                    expected: excerpt(self.path.last()),
                    found: excerpt(found),
                }))
            }
            Ok(token) => Ok(token),
            Err(cause) => Err(self.error(cause)),
        }
    }

    #[cold]
    pub(super) fn bad_name(&self, name: &str) -> XmlError {
        self.element_error(XmlCause::NotWellFormed(format!("{:?} is no name", excerpt(name))))
    }

    /// An error at the last event.
    #[cold]
    pub(super) fn error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.tokens.at(), self.path.text())
    }

    /// An error at the last start tag.
    #[cold]
    fn element_error(&self, cause: XmlCause) -> XmlError {
        self.tokens.error(cause, self.element_at, self.path.text())
    }
}

/// The attribute of every root element.
pub(crate) const SCHEMA_VERSION: &str = "schemaVersion";

fn fields(table: &'static Type) -> &'static [Field] {
    match table.content {
        Content::Elements { fields } => fields,
        Content::Attributes { attributes, .. } => attributes,
        Content::Text | Content::Tokens { .. } => &[],
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Record;
    use proptest::prelude::*;
    use remote_services_core::counter::Counters;
    use remote_services_core::device::Identity;
    use remote_services_core::status::Status;
    use remote_services_core::supply::Supplies;
    use std::fmt::Debug;

    fn read<T: Record>(xml: &[u8], kind: Kind, short_cuts: bool) -> Result<(String, T, Kept), XmlError> {
        let (namespace, root, _) = kind;
        let mut reader = Reader::new(xml, Limits::default(), namespace)?;
        if !short_cuts {
            reader.tokens.without_short_cuts();
        }
        let version = reader.root(namespace, root)?;
        let content = T::read(&mut reader)?;
        Ok((version, content, reader.finish()?))
    }

    fn both_ways<T: Record + PartialEq + Debug>(xml: &[u8], kind: Kind) {
        let text = String::from_utf8_lossy(xml);
        assert_eq!(read::<T>(xml, kind, true), read::<T>(xml, kind, false), "{text}");
    }

    /// Namespace, name of the root, and a document.
    type Kind = (&'static str, &'static str, &'static str);

    const IDENTITY: Kind =
        ("urn:remote-services:identity:1", "Identity", include_str!("../../tests/data/identity.xml"));
    const STATUS: Kind =
        ("urn:remote-services:status:1", "Status", include_str!("../../tests/data/status.xml"));
    const COUNTERS: Kind =
        ("urn:remote-services:counters:1", "Counters", include_str!("../../tests/data/counters.xml"));
    const SUPPLIES: Kind =
        ("urn:remote-services:supplies:1", "Supplies", include_str!("../../tests/data/supplies.xml"));

    #[test]
    fn short_cuts_change_nothing_in_a_good_document() {
        for kind in [IDENTITY, STATUS, COUNTERS, SUPPLIES] {
            let whole = kind.2.as_bytes();
            match kind.1 {
                "Identity" => both_ways::<Identity>(whole, kind),
                "Status" => both_ways::<Status>(whole, kind),
                "Counters" => both_ways::<Counters>(whole, kind),
                _ => both_ways::<Supplies>(whole, kind),
            }
        }
        assert!(read::<Supplies>(SUPPLIES.2.as_bytes(), SUPPLIES, true).is_ok());
    }

    const PIECES: &[&str] = &[
        "<",
        ">",
        "/",
        "</",
        "/>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "]]",
        "<?",
        "&amp;",
        "&",
        "\r",
        "\n",
        " ",
        "=",
        "\"",
        "<Supply>",
        "</Supply>",
        "<Level>",
        "</Level>",
        "<New/>",
        "<New>",
        "</New>",
        "xmlns=''",
        " a='1'",
        "Level",
        "\u{0}",
    ];

    proptest! {
        #[test]
        fn short_cuts_change_nothing_in_a_changed_document(
            which in 0_usize..4,
            at in any::<prop::sample::Index>(),
            pieces in prop::collection::vec(prop::sample::select(PIECES), 0..4),
            removed in 0_usize..12,
        ) {
            let kind = [IDENTITY, STATUS, COUNTERS, SUPPLIES][which];
            let mut xml = kind.2.as_bytes().to_vec();
            let at = at.index(xml.len());
            let end = (at + removed).min(xml.len());
            xml.splice(at..end, pieces.concat().into_bytes());
            match which {
                0 => both_ways::<Identity>(&xml, kind),
                1 => both_ways::<Status>(&xml, kind),
                2 => both_ways::<Counters>(&xml, kind),
                _ => both_ways::<Supplies>(&xml, kind),
            }
        }
    }
}
