//! What the codec knows about each type, as data: the other half of every schema.
//!
//! The same declaration makes the writer, the reader and this table, so a comparison of the table with
//! the XSD tells whether schema and codec agree.

/// A type of the schemas.
#[derive(Debug)]
pub struct Type {
    /// Its name in the XSD.
    pub name: &'static str,
    /// What it holds.
    pub content: Content,
}

/// What an element holds.
#[derive(Debug)]
pub enum Content {
    /// Text of one of the simple types of `common.xsd`.
    Text,
    /// One of these words, or another token.
    Tokens {
        /// The listed words in the order of the model.
        labels: fn() -> Vec<&'static str>,
    },
    /// Elements in this order.
    Elements {
        /// The children.
        fields: &'static [Field],
    },
    /// Attributes, and text when there is a type for it.
    Attributes {
        /// The attributes; order does not matter in XML.
        attributes: &'static [Field],
        /// Type of the text.
        text: Option<&'static Type>,
    },
}

/// A child element or an attribute.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// How often it stands there.
    pub occurs: Occurs,
    /// What it holds.
    pub of: &'static Type,
}

/// How often a child stands in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// Exactly once.
    Once,
    /// At most once.
    Optional,
    /// Any number of times.
    Many,
}

impl Type {
    /// A bit for each child or attribute that must be there.
    pub(crate) const fn required(&self) -> u64 {
        let fields = match self.content {
            Content::Elements { fields } => fields,
            Content::Attributes { attributes, .. } => attributes,
            Content::Text | Content::Tokens { .. } => &[],
        };
        assert!(fields.len() <= 64, "there is a bit for each");
        let mut mask = 0;
        let mut position = 0;
        while position < fields.len() {
            if matches!(fields[position].occurs, Occurs::Once) {
                mask |= 1 << position;
            }
            position += 1;
        }
        mask
    }
}

impl Field {
    /// The entry of a member, its type inferred from the getter.
    pub(crate) const fn element<R, M: super::Member>(name: &'static str, _: fn(&R) -> &M) -> Self {
        Self { name, occurs: M::OCCURS, of: M::TYPE }
    }

    /// The entry of an attribute, its type inferred from the getter.
    pub(crate) const fn attribute<R, A: super::Attribute>(name: &'static str, _: fn(&R) -> &A) -> Self {
        Self { name, occurs: A::OCCURS, of: A::TYPE }
    }

    /// The type of the text of an element, inferred from the getter.
    pub(crate) const fn text<R, S: super::Simple>(_: fn(&R) -> &S) -> &'static Type {
        S::TYPE
    }
}
