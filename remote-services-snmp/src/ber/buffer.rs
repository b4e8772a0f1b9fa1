//! What a writer writes into.
use alloc::vec::Vec;
use core::fmt;

/// Memory of a [`Writer`](super::Writer): a `Vec`, which grows, or a [`FixedBuffer`], which does not.
pub trait Buffer: sealed::Memory {}

/// A slice to write into. What finds no room is counted, so that in the end it is known how much was missing.
#[derive(Debug)]
pub struct FixedBuffer<'b> {
    pub(super) octets: &'b mut [u8],
    pub(super) missing: usize,
}

/// The slice has no room for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferTooSmall {
    /// Octets of the whole message.
    pub needed: usize,
}

pub(super) mod sealed {
    pub trait Memory {
        fn octets(&self) -> &[u8];
        fn octets_mut(&mut self) -> &mut [u8];
        /// Puts more room before what is there, at least `octets` if it can at all, and tells how much.
        fn grow(&mut self, octets: usize) -> usize;
        /// So many octets found no room.
        fn lose(&mut self, octets: usize);
        fn lost(&self) -> usize;
    }
}

impl Buffer for Vec<u8> {}

impl sealed::Memory for Vec<u8> {
    #[inline]
    fn octets(&self) -> &[u8] {
        self
    }

    #[inline]
    fn octets_mut(&mut self) -> &mut [u8] {
        self
    }

    fn grow(&mut self, octets: usize) -> usize {
        let (len, spare) = (self.len(), self.capacity() - self.len());
        if spare >= octets {
            self.resize(len + spare, 0);
            self.copy_within(..len, spare);
            return spare;
        }
        let added = octets.max(self.len()).max(128);
        let mut larger = alloc::vec![0; added];
        larger.extend_from_slice(self);
        *self = larger;
        added
    }

    #[inline]
    fn lose(&mut self, _: usize) {}

    #[inline]
    fn lost(&self) -> usize {
        0
    }
}

impl Buffer for FixedBuffer<'_> {}

impl sealed::Memory for FixedBuffer<'_> {
    fn octets(&self) -> &[u8] {
        self.octets
    }

    fn octets_mut(&mut self) -> &mut [u8] {
        self.octets
    }

    fn grow(&mut self, _: usize) -> usize {
        0
    }

    fn lose(&mut self, octets: usize) {
        self.missing = self.missing.saturating_add(octets);
    }

    fn lost(&self) -> usize {
        self.missing
    }
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message has {} octets, for which the buffer is too small", self.needed)
    }
}

impl core::error::Error for BufferTooSmall {}

#[cfg(test)]
mod tests {
    use super::sealed::Memory as _;
    use super::*;

    #[test]
    fn memory_grows_before_what_is_there_and_at_least_doubles() {
        for (len, wanted, added) in [(0, 1, 128), (4, 200, 200), (300, 1, 300)] {
            let mut memory: Vec<u8> = alloc::vec![7; len];
            memory.shrink_to_fit();
            assert_eq!(memory.grow(wanted), added);
            assert_eq!(memory, [alloc::vec![0; added], alloc::vec![7; len]].concat());
        }
    }

    #[test]
    fn memory_that_is_there_already_is_used_first() {
        for wanted in [1, 60] {
            let mut memory = Vec::with_capacity(64);
            memory.extend([1, 2, 3, 4]);
            let place: *const u8 = memory.as_ptr();
            assert_eq!((memory.grow(wanted), memory.as_ptr()), (60, place));
            assert_eq!((memory.len(), &memory[60..]), (64, &[1, 2, 3, 4][..]));
        }
    }

    #[test]
    fn a_buffer_that_is_too_small_says_so_with_the_number_of_octets() {
        let error = alloc::format!("{}", BufferTooSmall { needed: 29 });
        assert_eq!(error, "the message has 29 octets, for which the buffer is too small");
    }
}
