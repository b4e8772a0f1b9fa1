//! Which members of a type have been read, and what that forbids.

use super::Reader;
use super::error::{XmlCause, XmlError};
use super::read::fields;
use super::table::{Content, Field, Occurs, Type};

/// Which members of a type have been read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(super) last: usize,
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

impl Reader<'_> {
    /// Notes that the member at `position` begins; refuses a second single one and one that comes too late.
    #[inline]
    pub(super) fn in_order(
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
}
