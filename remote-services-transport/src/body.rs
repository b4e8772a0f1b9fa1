//! What a request carries: octets in memory, or octets that are read while they are sent.
//!
//! The digest stands in the head of the request, so it is known before the first octet leaves. It is taken once, here or
//! where the octets were made, and never again: whoever sends a payload that was sealed and kept has it already, and the
//! server compares it with what came, which also finds what a disk has changed in between.

use crate::document::ContentDigest;
use std::io;

/// Octets that need not be in memory all at once. A request may be sent again, so they are read by position.
pub trait BodySource: Sync {
    /// Reads octets from position `at` on, at least one of them unless that is the end, and says how many.
    ///
    /// # Errors
    /// As the source says; the request then fails.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// The body of a request.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    octets: Octets<'a>,
    length: u64,
    digest: ContentDigest,
}

#[derive(Clone, Copy)]
enum Octets<'a> {
    Memory(&'a [u8]),
    Source(&'a dyn BodySource),
}

impl<'a> Body<'a> {
    /// Octets whose digest was taken elsewhere.
    #[must_use]
    pub fn known(octets: &'a [u8], digest: ContentDigest) -> Self {
        Self { octets: Octets::Memory(octets), length: octets.len() as u64, digest }
    }

    /// So many octets, read while they are sent in constant memory; their digest was taken when they were made.
    #[must_use]
    pub fn streamed(source: &'a dyn BodySource, length: u64, digest: ContentDigest) -> Self {
        Self { octets: Octets::Source(source), length, digest }
    }

    /// How many octets.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Their digest.
    #[must_use]
    pub fn digest(&self) -> ContentDigest {
        self.digest
    }

    /// The octets from position `at` on, at most `most` and at least one of them before the end; `buffer` is for those
    /// that have to be read. For whoever sends requests by a client of their own.
    ///
    /// # Errors
    /// As the [`BodySource`] says, or that it ends too early.
    pub fn window<'b>(&self, at: u64, most: usize, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]>
    where
        'a: 'b,
    {
        let length = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX).min(most);
        match self.octets {
            Octets::Memory(octets) => {
                let from = usize::try_from(at).unwrap_or(usize::MAX).min(octets.len());
                Ok(&octets[from..from + length])
            }
            Octets::Source(source) => {
                // Grows once, for the first window.
                buffer.resize(buffer.len().max(length), 0);
                loop {
                    match source.read_at(at, &mut buffer[..length]) {
                        Ok(0) if length > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        Ok(read) => return Ok(&buffer[..read.min(length)]),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }
}

/// Takes the digest.
impl<'a> From<&'a [u8]> for Body<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::known(octets, ContentDigest::of(octets))
    }
}

impl<'a> From<&'a Vec<u8>> for Body<'a> {
    fn from(octets: &'a Vec<u8>) -> Self {
        octets.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Body<'a> {
    fn from(octets: &'a [u8; N]) -> Self {
        octets.as_slice().into()
    }
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    fn windows(body: &Body<'_>, most: usize) -> io::Result<Vec<u8>> {
        let (mut all, mut buffer) = (Vec::new(), Vec::new());
        while (all.len() as u64) < body.length() {
            let piece = body.window(all.len() as u64, most, &mut buffer)?;
            assert!(!piece.is_empty() && piece.len() <= most);
            all.extend_from_slice(piece);
        }
        assert!(buffer.len() <= most, "no more memory than one window");
        Ok(all)
    }

    struct Elsewhere(Vec<u8>);

    impl BodySource for Elsewhere {
        fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = &self.0[usize::try_from(at).unwrap_or(usize::MAX).min(self.0.len())..];
            let read = rest.len().min(into.len());
            into[..read].copy_from_slice(&rest[..read]);
            Ok(read)
        }
    }

    #[test]
    fn windows_are_the_whole_in_order_from_memory_and_from_a_source() {
        let octets: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        let source = Elsewhere(octets.clone());
        let memory = Body::from(&octets);
        let streamed = Body::streamed(&source, 1_000, memory.digest());
        for most in [1, 7, 999, 1_000, 4_096] {
            assert_eq!(windows(&memory, most).unwrap(), octets);
            assert_eq!(windows(&streamed, most).unwrap(), octets);
        }
        let cut = Body::streamed(&source, 1_001, memory.digest());
        assert_eq!(windows(&cut, 64).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let part = Body::streamed(&source, 10, memory.digest());
        assert_eq!(windows(&part, 64).unwrap(), octets[..10]);
    }
}
