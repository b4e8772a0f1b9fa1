//! The memory that answers are made in, used again for each of them.
use alloc::vec::Vec;

use crate::ber::Tag;
use crate::ber::{Buffer, Writer};
use crate::pdu::{VarBindList, VarBindRef, VarBinds};
use crate::smi::{Oid, OidRef, ValueRef};

/// Empty at first. Each part grows to what the largest answer so far has taken, which is bounded by the responder's
/// largest message, and stays.
#[derive(Default)]
pub(super) struct Arena {
    /// The bindings of the answer.
    pub(super) list: BindingList,
    /// The whole answer.
    pub(super) message: Writer,
    /// How far each repeated name of a GETBULK has come.
    pub(super) columns: Vec<Oid>,
}

/// Bindings encoded one behind the other, never more than there is room for.
#[derive(Default)]
pub(super) struct BindingList {
    octets: Vec<u8>,
    /// The binding that is being added: writing goes back to front.
    one: Writer,
    octets_left: usize,
    bindings_left: usize,
    overflowed: bool,
}

impl BindingList {
    /// Empties the list and sets its bounds.
    pub(super) fn restart(&mut self, octets: usize, bindings: usize) {
        self.octets.clear();
        self.octets_left = octets;
        self.bindings_left = bindings;
        self.overflowed = false;
    }

    /// Adds a binding if there is room. After the first that found none, none is added.
    pub(super) fn push(&mut self, name: OidRef<'_>, value: ValueRef<'_>) {
        self.one.clear();
        VarBindRef { name, value }.encode(&mut self.one);
        if self.overflowed || self.one.len() > self.octets_left || self.bindings_left == 0 {
            self.overflowed = true;
            return;
        }
        self.octets_left -= self.one.len();
        self.bindings_left -= 1;
        self.octets.extend_from_slice(self.one.as_slice());
    }

    /// Makes it the list of the request, each binding in its shortest form.
    pub(super) fn repeat(&mut self, asked: &VarBinds<'_>) {
        self.restart(usize::MAX, usize::MAX);
        for varbind in asked {
            self.push(varbind.name, varbind.value);
        }
    }

    /// Whether no binding was added.
    pub(super) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether a binding found no room.
    pub(super) fn has_overflowed(&self) -> bool {
        self.overflowed
    }
}

impl VarBindList for BindingList {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        writer.octets(Tag::SEQUENCE, &self.octets);
    }
}
