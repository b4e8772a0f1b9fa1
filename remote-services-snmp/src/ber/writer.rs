//! Writing elements back to front.
use alloc::vec::Vec;

use super::{Buffer, BufferTooSmall, FixedBuffer, Tag};
use crate::smi::ValueRef;

/// Writes elements from the last octet to the first: contents, then [`Writer::wrap`] puts length and tag before
/// them. Grows when it must; give it a used `Vec` to spare the allocation, or a slice to allocate nothing at all.
#[derive(Clone, Debug)]
pub struct Writer<B: Buffer = Vec<u8>> {
    /// What was written stands at the end, from `start` on.
    buffer: B,
    start: usize,
}

/// A place in the output, to measure from. See [`Writer::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Default for Writer {
    /// A writer that holds nothing yet and grows at once.
    fn default() -> Self {
        Writer { buffer: Vec::new(), start: 0 }
    }
}

impl Writer {
    /// A writer that holds `octets` before it grows.
    #[must_use]
    pub fn with_capacity(octets: usize) -> Self {
        Writer { buffer: alloc::vec![0; octets], start: octets }
    }

    /// A writer on the memory of `buffer`, whose contents are lost.
    #[must_use]
    pub fn reuse(mut buffer: Vec<u8>) -> Self {
        // What stands there is written over, so it need not be zeros. Should the message be longer than the one before, the
        // rest of the memory is there for it.
        if buffer.is_empty() {
            buffer.resize(buffer.capacity(), 0);
        }
        Writer { start: buffer.len(), buffer }
    }

    /// What was written, as a `Vec`.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
        }
        self.buffer
    }

    /// Forgets what was written and keeps the memory for the next message.
    pub fn clear(&mut self) {
        self.start = self.buffer.len();
    }
}

impl<'b> Writer<FixedBuffer<'b>> {
    /// A writer that writes into `octets`, at their end, and never allocates. When they are too few it goes on without
    /// writing, and [`finish`](Self::finish) tells how many are needed; with none it only measures.
    ///
    /// ```
    /// use remote_services_snmp::ber::{BufferTooSmall, Tag, Writer};
    ///
    /// let mut memory = [0; 8];
    /// let mut writer = Writer::in_slice(&mut memory);
    /// let end = writer.mark();
    /// writer.integer(5);
    /// writer.wrap(Tag::SEQUENCE, end);
    /// assert_eq!(writer.finish()?, [0x30, 3, 2, 1, 5]);
    ///
    /// let mut writer = Writer::in_slice(&mut []);
    /// writer.octets(Tag::OCTET_STRING, b"seven octets more than five");
    /// assert_eq!(writer.finish(), Err(BufferTooSmall { needed: 29 }));
    /// # Ok::<(), BufferTooSmall>(())
    /// ```
    #[must_use]
    pub fn in_slice(octets: &'b mut [u8]) -> Self {
        Writer { start: octets.len(), buffer: FixedBuffer { octets, missing: 0 } }
    }

    /// What was written: the last octets of the slice.
    ///
    /// # Errors
    /// The slice is too small.
    pub fn finish(self) -> Result<&'b [u8], BufferTooSmall> {
        let needed = self.len();
        if self.is_whole() { Ok(&self.buffer.octets[self.start..]) } else { Err(BufferTooSmall { needed }) }
    }
}

impl<B: Buffer> Writer<B> {
    /// What was written so far; of a slice that is too small, an end that fitted.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.buffer.octets()[self.start..]
    }

    /// The same, to be changed in place.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.buffer.octets_mut()[self.start..]
    }

    /// Whether everything that was written found room.
    pub(crate) fn is_whole(&self) -> bool {
        self.buffer.lost() == 0
    }

    /// Octets written so far, and those that found no room in a slice.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.octets().len() - self.start + self.buffer.lost()
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Remembers this place; everything written from now on stands before it.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.len())
    }

    /// Makes everything that was written since `mark` the contents of one element.
    #[inline]
    pub fn wrap(&mut self, tag: Tag, mark: Mark) {
        self.header(tag, self.len() - mark.0);
    }

    /// An INTEGER.
    pub fn integer(&mut self, number: i32) {
        self.signed(Tag::INTEGER, number);
    }

    /// An element with these contents.
    #[inline]
    pub fn octets(&mut self, tag: Tag, contents: &[u8]) {
        if contents.len() >= 0x80 {
            self.raw(contents);
            return self.header(tag, contents.len());
        }
        if let Some([slot_tag, length, slot @ ..]) = self.slot(2 + contents.len()) {
            *slot_tag = tag.0;
            *length = short(contents.len());
            slot.copy_from_slice(contents);
        }
    }

    /// The name of a variable binding whose value was written since `mark`, and the SEQUENCE around both.
    #[inline]
    pub(crate) fn name(&mut self, name: &[u8], mark: Mark) {
        let length = 2 + name.len() + self.len() - mark.0;
        if length >= 0x80 {
            self.octets(Tag::OBJECT_IDENTIFIER, name);
            return self.wrap(Tag::SEQUENCE, mark);
        }
        if let Some((header, slot)) = self.slot(4 + name.len()).and_then(|slot| slot.split_first_chunk_mut())
        {
            *header = [Tag::SEQUENCE.0, short(length), Tag::OBJECT_IDENTIFIER.0, short(name.len())];
            slot.copy_from_slice(name);
        }
    }

    /// A variable binding without a value, as requests that read have it.
    #[inline]
    pub(crate) fn unspecified(&mut self, name: &[u8]) {
        if name.len() >= 0x80 - 4 {
            let mark = self.mark();
            self.octets(Tag::NULL, &[]);
            return self.name(name, mark);
        }
        let parts = self.slot(6 + name.len()).and_then(|slot| slot.split_first_chunk_mut());
        if let Some((header, rest)) = parts
            && let Some((slot, null)) = rest.split_last_chunk_mut()
        {
            *header = [Tag::SEQUENCE.0, short(4 + name.len()), Tag::OBJECT_IDENTIFIER.0, short(name.len())];
            slot.copy_from_slice(name);
            *null = [Tag::NULL.0, 0];
        }
    }

    /// Any value of a variable binding.
    pub fn value(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Integer(number) => self.integer(number),
            ValueRef::OctetString(octets) => self.octets(Tag::OCTET_STRING, octets),
            ValueRef::Null => self.octets(Tag::NULL, &[]),
            ValueRef::ObjectIdentifier(oid) => self.octets(Tag::OBJECT_IDENTIFIER, oid.as_wire()),
            ValueRef::IpAddress(octets) => self.octets(Tag::IP_ADDRESS, &octets),
            ValueRef::Counter32(number) => self.unsigned(Tag::COUNTER32, number.into()),
            ValueRef::Gauge32(number) => self.unsigned(Tag::GAUGE32, number.into()),
            ValueRef::TimeTicks(number) => self.unsigned(Tag::TIME_TICKS, number.into()),
            ValueRef::Opaque(octets) => self.octets(Tag::OPAQUE, octets),
            ValueRef::Counter64(number) => self.unsigned(Tag::COUNTER64, number),
            ValueRef::NoSuchObject => self.octets(Tag::NO_SUCH_OBJECT, &[]),
            ValueRef::NoSuchInstance => self.octets(Tag::NO_SUCH_INSTANCE, &[]),
            ValueRef::EndOfMibView => self.octets(Tag::END_OF_MIB_VIEW, &[]),
        }
    }

    /// An unsigned number in the shortest form that does not read as negative.
    pub fn unsigned(&mut self, tag: Tag, number: u64) {
        // One bit more than the number has, because the first bit is the sign.
        let octets = 1 + (u64::BITS - number.leading_zeros()) / 8;
        let mut whole = [0; 11];
        whole[3..].copy_from_slice(&number.to_be_bytes());
        self.number(tag, &mut whole, octets as usize);
    }

    /// Octets as they are.
    #[inline]
    pub fn raw(&mut self, octets: &[u8]) {
        if let Some(slot) = self.slot(octets.len()) {
            slot.copy_from_slice(octets);
        }
    }

    /// Room for so many octets before what was written; in a `Vec` there always is.
    #[inline]
    fn slot(&mut self, octets: usize) -> Option<&mut [u8]> {
        if octets > self.start {
            self.make_room(octets)?;
        }
        let end = self.start;
        self.start -= octets;
        self.buffer.octets_mut().get_mut(self.start..end)
    }

    #[cold]
    fn make_room(&mut self, octets: usize) -> Option<()> {
        self.start += self.buffer.grow(octets - self.start);
        if octets > self.start {
            // Nothing may be written behind the gap either.
            self.buffer.lose(octets - self.start);
            self.start = 0;
            return None;
        }
        Some(())
    }

    #[inline]
    fn signed(&mut self, tag: Tag, number: i32) {
        if let Ok(one) = i8::try_from(number) {
            return self.raw(&[tag.0, 1, one.cast_unsigned()]);
        }
        let same_as_sign = (number ^ (number >> 31)).leading_zeros();
        let octets = 1 + (i32::BITS - same_as_sign) / 8;
        let mut whole = [0; 6];
        whole[2..].copy_from_slice(&number.to_be_bytes());
        self.number(tag, &mut whole, octets as usize);
    }

    /// The last `octets` of `whole` as contents; the two before them are room for tag and length.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most 9 octets")]
    fn number<const ROOM: usize>(&mut self, tag: Tag, whole: &mut [u8; ROOM], octets: usize) {
        let from = ROOM - 2 - octets;
        whole[from] = tag.0;
        whole[from + 1] = octets as u8;
        // All of it is written, because a fixed size is one store, and what is too much is written over later.
        if self.start < ROOM {
            return self.in_little_room(&whole[from..]);
        }
        let end = self.start;
        self.buffer.octets_mut()[end - ROOM..end].copy_from_slice(whole);
        self.start = end - 2 - octets;
    }

    #[cold]
    fn in_little_room(&mut self, octets: &[u8]) {
        self.raw(octets);
    }

    #[inline]
    fn header(&mut self, tag: Tag, length: usize) {
        match u8::try_from(length) {
            Ok(short @ 0..0x80) => self.raw(&[tag.0, short]),
            Ok(one) => self.raw(&[tag.0, 0x81, one]),
            Err(_) => self.long_header(tag, length),
        }
    }

    fn long_header(&mut self, tag: Tag, length: usize) {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|&&octet| octet == 0).count();
        self.raw(&octets[skip..]);
        self.raw(&[tag.0, 0x80 | short(octets.len() - skip)]);
    }
}

/// A length that was found to be below 128.
#[expect(clippy::cast_possible_truncation, reason = "below 128, as each caller has looked")]
fn short(length: usize) -> u8 {
    length as u8
}

#[cfg(test)]
mod tests;
