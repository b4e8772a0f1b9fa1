//! A binding that waits until it is known whether it is wanted.
use crate::ber::{Limits, Reader, Writer};
use crate::smi::{Oid, ValueRef};

/// Keeps its memory from one binding to the next.
#[derive(Default)]
pub(super) struct Held {
    name: Option<Oid>,
    /// The value as it would be sent.
    value: Writer,
}

impl Held {
    /// Forgets what is held.
    pub(super) fn clear(&mut self) {
        self.name = None;
    }

    /// Holds a copy.
    pub(super) fn hold(&mut self, name: &Oid, value: ValueRef<'_>) {
        self.name = Some(name.clone());
        self.value.clear();
        self.value.value(value);
    }

    pub(super) fn name(&self) -> Option<&Oid> {
        self.name.as_ref()
    }

    /// Shows what is held, if anything is.
    pub(super) fn show(&self, see: &mut dyn FnMut(&Oid, ValueRef<'_>)) {
        let value = Reader::new(self.value.as_slice()).value(&Limits::widest());
        if let (Some(name), Ok(value)) = (&self.name, value) {
            see(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::{Value, oid};

    #[test]
    fn what_was_held_is_shown_as_it_was() {
        let mut held = Held::default();
        for value in [
            Value::Integer(-1),
            Value::OctetString(vec![7; 65_535]),
            Value::OctetString(Vec::new()),
            Value::ObjectIdentifier(oid!("2.4294967295.1")),
            Value::IpAddress([1, 2, 3, 4]),
            Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
            Value::Counter32(u32::MAX),
            Value::Counter64(u64::MAX),
            Value::Null,
            Value::EndOfMibView,
        ] {
            held.hold(&oid!("1.3.6.1"), value.as_ref());
            let mut shown = None;
            held.show(&mut |name, value| shown = Some((name.clone(), value.to_owned())));
            assert_eq!(shown, Some((oid!("1.3.6.1"), value)));
        }
        held.clear();
        held.show(&mut |_, _| panic!("nothing is held"));
    }
}
