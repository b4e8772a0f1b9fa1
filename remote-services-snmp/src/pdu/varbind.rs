//! A name with its value.
use alloc::vec::Vec;

use crate::ber::{Buffer, DecodeError, Limits, Reader, Writer};
use crate::smi::{Oid, OidRef, Value, ValueRef};

/// A variable binding (RFC 3416 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VarBind {
    /// The full name of an object instance, or in GETNEXT and GETBULK the name to go on from.
    pub name: Oid,
    /// Its value; [`Value::Null`] in requests that read.
    pub value: Value,
}

/// A variable binding that borrows the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VarBindRef<'a> {
    /// See [`VarBind::name`].
    pub name: OidRef<'a>,
    /// See [`VarBind::value`].
    pub value: ValueRef<'a>,
}

impl VarBind {
    /// A name with its value.
    #[must_use]
    pub fn new(name: Oid, value: Value) -> Self {
        VarBind { name, value }
    }

    /// A name to be read: its value is [`Value::Null`].
    #[must_use]
    pub fn unspecified(name: Oid) -> Self {
        VarBind { name, value: Value::Null }
    }

    /// The borrowed form.
    #[must_use]
    pub fn as_ref(&self) -> VarBindRef<'_> {
        VarBindRef { name: self.name.as_ref(), value: self.value.as_ref() }
    }
}

impl<'a> VarBindRef<'a> {
    /// Reads any form. Bindings in the common form are read elsewhere.
    #[cold]
    pub(super) fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut contents = reader.sequence()?;
        let name = contents.oid(limits)?;
        let value = contents.value(limits)?;
        contents.finish()?;
        Ok(VarBindRef { name, value })
    }

    #[inline]
    pub(crate) fn encode<B: Buffer>(self, writer: &mut Writer<B>) {
        let end = writer.mark();
        writer.value(self.value);
        writer.name(self.name.as_wire(), end);
    }

    /// A copy that lives without the datagram.
    #[inline]
    #[must_use]
    pub fn to_owned(self) -> VarBind {
        VarBind { name: self.name.to_owned(), value: self.value.to_owned() }
    }

    /// Appends the copy, made where it is to stay.
    #[inline]
    pub(crate) fn copy_to(&self, list: &mut Vec<VarBind>) {
        // Written by its parts into the list's own memory: `push` would make it elsewhere and move it.
        list.extend(core::iter::once_with(|| VarBind { name: Oid::default(), value: Value::Null }));
        if let Some(place) = list.last_mut() {
            self.name.copy_to(&mut place.name);
            self.value.copy_to(&mut place.value);
        }
    }
}
