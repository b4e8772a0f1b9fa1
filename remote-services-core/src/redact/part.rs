//! The way through the model: every type of the model is a part, and says what its members are called.
//!
//! The macros that declare the model implement [`Part`], so that a member that is added later is redacted from
//! its first day, as free text at least.

use super::rules::Rules;
use crate::alert_code::AlertCode;
use crate::digest::Sha256;
use crate::mode::SecurityMode;
use crate::money::{Amount, Currency};
use crate::reading::Header;
use crate::time::{DateTime, Timestamp};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::TypeId;

/// A type of the model.
pub(crate) trait Part: 'static {
    /// Whether it can be absent.
    const OPTIONAL: bool;
    /// Whether it is a text, or a list of texts.
    const TEXT: bool;

    /// Whether there is nothing in it that could be taken out, so that its place in the report need not be known.
    fn is_nothing(&self) -> bool {
        false
    }

    /// Takes out what must not go out.
    fn redact(&mut self, rules: &mut Rules) -> Fate;

    /// Lists the elements below.
    fn describe(catalogue: &mut Catalogue) {
        let _ = catalogue;
    }
}

/// Headers are redacted after the rest, since they take up what it has lost.
pub(super) fn is_header<P: Part>() -> bool {
    TypeId::of::<P>() == TypeId::of::<Header>()
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays, perhaps with marks in it.
    Stays,
    /// Nothing of it may stay: who holds it takes it away where it can be absent.
    Gone,
}

/// Where a member stands in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// In an element with this name.
    Given(&'static str),
    /// In an element that is called like this member.
    Element(&'static str),
    /// In an attribute that is called like this member.
    Attribute(&'static str),
    /// In the text of the parent itself.
    Content,
}

impl Name {
    /// Appends the step to a path.
    pub(crate) fn push_to(self, path: &mut String) {
        if self != Self::Content && !path.is_empty() {
            path.push('/');
        }
        match self {
            Self::Given(name) => path.push_str(name),
            Self::Element(field) => push_camel(path, field, true),
            Self::Attribute(field) => {
                path.push('@');
                push_camel(path, field, false);
            }
            Self::Content => {}
        }
    }
}

/// `serial_number` as `SerialNumber` or `serialNumber`.
fn push_camel(path: &mut String, field: &str, mut capital: bool) {
    for letter in field.chars() {
        if letter == '_' {
            capital = true;
        } else {
            path.push(if capital { letter.to_ascii_uppercase() } else { letter });
            capital = false;
        }
    }
}

/// An element of the model, as rules name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Path from the kind's root, without positions: `Supplies/Supply/Level`; attributes as `…/@unit`.
    pub path: String,
    /// Whether the schema lets it be absent.
    pub optional: bool,
    /// Whether it is a text, or a list of texts.
    pub text: bool,
}

/// Collects the elements of a type.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    path: String,
    pub(crate) elements: Vec<Element>,
}

impl Catalogue {
    pub(crate) fn member<P: Part>(&mut self, name: Name) {
        if is_header::<P>() {
            return;
        }
        let parent = self.path.len();
        name.push_to(&mut self.path);
        if name != Name::Content {
            self.elements.push(Element { path: self.path.clone(), optional: P::OPTIONAL, text: P::TEXT });
        }
        P::describe(self);
        self.path.truncate(parent);
    }
}

impl Part for String {
    const OPTIONAL: bool = false;
    const TEXT: bool = true;

    fn redact(&mut self, rules: &mut Rules) -> Fate {
        rules.text(self)
    }
}

impl<P: Part> Part for Option<P> {
    const OPTIONAL: bool = true;
    const TEXT: bool = P::TEXT;

    fn is_nothing(&self) -> bool {
        self.is_none()
    }

    fn redact(&mut self, rules: &mut Rules) -> Fate {
        if let Some(part) = self
            && (rules.takes_all() || part.redact(rules) == Fate::Gone)
        {
            *self = None;
            rules.note_member();
        }
        Fate::Stays
    }

    fn describe(catalogue: &mut Catalogue) {
        P::describe(catalogue);
    }
}

impl<P: Part> Part for Vec<P> {
    const OPTIONAL: bool = true;
    const TEXT: bool = P::TEXT;

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }

    fn redact(&mut self, rules: &mut Rules) -> Fate {
        if self.is_empty() {
            return Fate::Stays;
        }
        if rules.takes_all() {
            self.clear();
            rules.note_member();
            return Fate::Stays;
        }
        let mut position = 1;
        self.retain_mut(|part| match rules.entry(position, part) {
            Fate::Stays => {
                position += 1;
                true
            }
            Fate::Gone => {
                rules.forget_entry(position);
                rules.note_member();
                false
            }
        });
        Fate::Stays
    }

    fn describe(catalogue: &mut Catalogue) {
        P::describe(catalogue);
    }
}

impl<P: Part> Part for Box<P> {
    const OPTIONAL: bool = P::OPTIONAL;
    const TEXT: bool = P::TEXT;

    fn is_nothing(&self) -> bool {
        P::is_nothing(self)
    }

    fn redact(&mut self, rules: &mut Rules) -> Fate {
        P::redact(self, rules)
    }

    fn describe(catalogue: &mut Catalogue) {
        P::describe(catalogue);
    }
}

macro_rules! numbers {
    ($($type:ty),+ $(,)?) => {$(
        impl Part for $type {
            const OPTIONAL: bool = false;
            const TEXT: bool = false;

            // A number that must not go out goes with the option that holds it.
            fn is_nothing(&self) -> bool {
                true
            }

            fn redact(&mut self, _: &mut Rules) -> Fate {
                Fate::Stays
            }
        }
    )+};
}

numbers!(
    bool,
    u8,
    u16,
    u32,
    u64,
    i32,
    i64,
    f64,
    Timestamp,
    DateTime,
    AlertCode,
    SecurityMode,
    Amount,
    Currency,
    Sha256
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_members_become_names_of_elements() {
        let mut path = String::from("Identity");
        for name in [Name::Element("make_and_model"), Name::Given("X"), Name::Content, Name::Attribute("a_b")]
        {
            name.push_to(&mut path);
        }
        assert_eq!(path, "Identity/MakeAndModel/X/@aB");
    }
}
