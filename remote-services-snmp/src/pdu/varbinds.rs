//! The list of variable bindings, in the datagram or in memory.
use alloc::vec::Vec;
use core::iter::FusedIterator;

use super::{VarBind, VarBindRef, common_form};
use crate::ber::{Buffer, DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};
use crate::smi::{ShortName, Value};

/// The variable bindings of a decoded PDU, still in the datagram. Each one was checked.
#[derive(Clone, Copy, Debug)]
pub struct VarBinds<'a> {
    contents: Reader<'a>,
    count: usize,
}

impl<'a> VarBinds<'a> {
    pub(super) fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let contents = reader.sequence()?;
        let max_arcs = limits.allowed_arcs();
        let mut rest = contents;
        let mut count = 0;
        loop {
            let (checked, after) = common_form::check_run(rest.rest(), limits.varbinds - count, max_arcs);
            count += checked;
            rest.go_on_at(after);
            if rest.is_empty() {
                break;
            }
            if count == limits.varbinds {
                return Err(rest.error(DecodeErrorKind::TooManyVarBinds { limit: limits.varbinds }));
            }
            VarBindRef::decode(&mut rest, limits)?;
            count += 1;
        }
        Ok(VarBinds { contents, count })
    }

    /// Refuses values of types that SNMPv1 does not have.
    pub(super) fn check_version1(&self, limits: &Limits) -> Result<(), DecodeError> {
        let mut rest = self.contents;
        while !rest.is_empty() {
            let mut binding = rest.sequence()?;
            binding.oid(limits)?;
            let tag = binding.peek_tag()?;
            let foreign = [Tag::COUNTER64, Tag::NO_SUCH_OBJECT, Tag::NO_SUCH_INSTANCE, Tag::END_OF_MIB_VIEW];
            if foreign.contains(&tag) {
                return Err(binding.error(DecodeErrorKind::UnknownValue(tag)));
            }
        }
        Ok(())
    }

    /// A list of none.
    pub(crate) fn empty() -> Self {
        VarBinds { contents: Reader::new(&[]), count: 0 }
    }

    /// Octets that the list takes in the datagram, without its own tag and length.
    pub(crate) fn octets(&self) -> usize {
        self.contents.rest().len()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bindings, one after the other.
    #[must_use]
    pub fn iter(&self) -> VarBindsIter<'a> {
        VarBindsIter { octets: self.contents.rest(), left: self.count }
    }

    /// Copies that live without the datagram.
    #[must_use]
    pub fn to_vec(&self) -> Vec<VarBind> {
        let mut owned = Vec::with_capacity(self.count);
        owned.extend(self.iter().map(VarBindRef::to_owned));
        owned
    }
}

impl PartialEq for VarBinds<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for VarBinds<'_> {}

impl<'a> IntoIterator for VarBinds<'a> {
    type Item = VarBindRef<'a>;
    type IntoIter = VarBindsIter<'a>;

    fn into_iter(self) -> VarBindsIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &VarBinds<'a> {
    type Item = VarBindRef<'a>;
    type IntoIter = VarBindsIter<'a>;

    fn into_iter(self) -> VarBindsIter<'a> {
        self.iter()
    }
}

/// See [`VarBinds::iter`].
#[derive(Clone, Debug)]
pub struct VarBindsIter<'a> {
    octets: &'a [u8],
    left: usize,
}

impl<'a> Iterator for VarBindsIter<'a> {
    type Item = VarBindRef<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<VarBindRef<'a>> {
        self.left = self.left.checked_sub(1)?;
        let Some((varbind, after)) = common_form::read(self.octets) else { return self.next_of_any_form() };
        self.octets = after;
        Some(varbind)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a> VarBindsIter<'a> {
    /// Appends copies of the next bindings, at most so many, as long as they are rows of a column as most are: see
    /// `common_form::copy_rows`. Gives how many.
    #[inline]
    pub(crate) fn copy_rows(
        &mut self,
        most: usize,
        before: ShortName,
        shared: usize,
        list: &mut Vec<VarBind>,
    ) -> usize {
        let (rows, after) = common_form::copy_rows(self.octets, most.min(self.left), before, shared, list);
        self.octets = after;
        self.left -= rows;
        rows
    }

    #[inline(never)]
    fn next_of_any_form(&mut self) -> Option<VarBindRef<'a>> {
        let mut rest = Reader::new(self.octets);
        // Limits and quirks were applied when the list was checked; the octets are the same.
        let checked = VarBindRef::decode(&mut rest, &Limits::widest());
        debug_assert!(checked.is_ok(), "VarBinds::decode has read this binding before");
        self.octets = rest.rest();
        checked.ok()
    }
}

impl ExactSizeIterator for VarBindsIter<'_> {}
impl FusedIterator for VarBindsIter<'_> {}

/// A list of variable bindings that can be written.
pub trait VarBindList {
    /// Writes the list, tag and length included.
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>);
}

impl VarBindList for Vec<VarBind> {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        self.as_slice().encode(writer);
    }
}

impl VarBindList for [VarBind] {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        for varbind in self.iter().rev() {
            match &varbind.value {
                Value::Null => writer.unspecified(varbind.name.as_wire()),
                value => VarBindRef { name: varbind.name.as_ref(), value: value.as_ref() }.encode(writer),
            }
        }
        writer.wrap(Tag::SEQUENCE, end);
    }
}

impl VarBindList for [VarBindRef<'_>] {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        for varbind in self.iter().rev() {
            varbind.encode(writer);
        }
        writer.wrap(Tag::SEQUENCE, end);
    }
}

impl<T: VarBindList + ?Sized> VarBindList for &T {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        (**self).encode(writer);
    }
}

impl VarBindList for VarBinds<'_> {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        writer.octets(Tag::SEQUENCE, self.contents.rest());
    }
}
