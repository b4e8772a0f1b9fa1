//! The strict DER reader and writer under the container.
//!
//! Reads one element at a time from a slice and copies nothing. Refused: indefinite and non-minimal lengths,
//! multi-octet tags, elements that end beyond their parent, octets left over. Every refusal names the field
//! and the offset from the start of the bytes that were handed in.

use der::asn1::ObjectIdentifier;

use super::error::{DerError, DerErrorKind};

/// Tags of the profile, as they stand on the wire.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, constructed
    pub(crate) const CONTEXT_0: u8 = 0xA0;
    /// `[1]`, constructed
    pub(crate) const CONTEXT_1: u8 = 0xA1;
    /// `[2]`, constructed
    pub(crate) const CONTEXT_2: u8 = 0xA2;
    /// `[0]`, primitive
    pub(crate) const CONTEXT_0_PRIMITIVE: u8 = 0x80;
}

/// One element: its octets with and without the header, and where it starts.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    /// Tag, length and value.
    pub(crate) whole: &'a [u8],
    /// The value alone.
    pub(crate) body: &'a [u8],
    /// Offset of the value from the start of the input.
    pub(crate) offset: usize,
}

/// An AlgorithmIdentifier: the parameters stay encoded.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    /// The encoded parameters; empty when absent.
    pub(crate) parameters: &'a [u8],
    pub(crate) offset: usize,
}

/// Reads the elements of one value in order.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    base: usize,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`, which stands at `base` in the input.
    pub(crate) fn new(bytes: &'a [u8], base: usize) -> Self {
        Self { bytes, base, at: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.base + self.at
    }

    /// The next tag, if anything is left.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next element, whatever its tag.
    pub(crate) fn any(&mut self, field: &'static str) -> Result<Element<'a>, DerError> {
        let offset = self.offset();
        let fail = |kind| DerError { field, offset, kind };
        let rest = &self.bytes[self.at..];
        let truncated = |needed: usize| fail(DerErrorKind::Truncated { needed, available: rest.len() });
        let &[tag, first, ..] = rest else { return Err(truncated(2)) };
        if tag & 0x1F == 0x1F {
            return Err(fail(DerErrorKind::LongTag));
        }
        let (header, length) = match first {
            0..=0x7F => (2, usize::from(first)),
            0x80 => return Err(fail(DerErrorKind::IndefiniteLength)),
            // Four length octets reach beyond every limit that this crate sets.
            0x81..=0x84 => {
                let count = usize::from(first & 0x7F);
                let octets = rest.get(2..2 + count).ok_or_else(|| truncated(2 + count))?;
                let length = octets.iter().fold(0_u32, |sum, octet| (sum << 8) | u32::from(*octet));
                if octets[0] == 0 || length < 0x80 {
                    return Err(fail(DerErrorKind::NonMinimalLength));
                }
                let length = usize::try_from(length).map_err(|_| fail(DerErrorKind::Overlong))?;
                (2 + count, length)
            }
            _ => return Err(fail(DerErrorKind::Overlong)),
        };
        let end = header.checked_add(length).ok_or_else(|| fail(DerErrorKind::Overlong))?;
        let whole = rest.get(..end).ok_or_else(|| truncated(end))?;
        self.at += end;
        Ok(Element { whole, body: &whole[header..], offset: offset + header })
    }

    /// The next element, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8, field: &'static str) -> Result<Element<'a>, DerError> {
        match self.peek() {
            Some(found) if found != tag => Err(DerError {
                field,
                offset: self.offset(),
                kind: DerErrorKind::UnexpectedTag { expected: tag, found },
            }),
            _ => self.any(field),
        }
    }

    /// A cursor on the inside of the next element, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8, field: &'static str) -> Result<Self, DerError> {
        self.element(tag, field).map(|element| element.inside())
    }

    pub(crate) fn oid(&mut self, field: &'static str) -> Result<ObjectIdentifier, DerError> {
        let element = self.element(tag::OID, field)?;
        ObjectIdentifier::from_bytes(element.body).map_err(|_| DerError {
            field,
            offset: element.offset,
            kind: DerErrorKind::Value,
        })
    }

    /// A non-negative INTEGER of at most 31 bits.
    pub(crate) fn small_integer(&mut self, field: &'static str) -> Result<u32, DerError> {
        let element = self.element(tag::INTEGER, field)?;
        let fail = |kind| DerError { field, offset: element.offset, kind };
        match *element.body {
            [] => Err(fail(DerErrorKind::Value)),
            [0, next, ..] if next < 0x80 => Err(fail(DerErrorKind::NonMinimalInteger)),
            [first, ..] if first >= 0x80 || element.body.len() > 4 => Err(fail(DerErrorKind::Value)),
            ref octets => Ok(octets.iter().fold(0, |sum, octet| (sum << 8) | u32::from(*octet))),
        }
    }

    pub(crate) fn algorithm(&mut self, field: &'static str) -> Result<Algorithm<'a>, DerError> {
        let mut inside = self.enter(tag::SEQUENCE, field)?;
        let offset = inside.offset();
        let oid = inside.oid(field)?;
        let parameters = if inside.peek().is_some() { inside.any(field)?.whole } else { &[] };
        inside.finish(field)?;
        Ok(Algorithm { oid, parameters, offset })
    }

    /// Says that nothing may be left.
    pub(crate) fn finish(self, field: &'static str) -> Result<(), DerError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            extra => {
                Err(DerError { field, offset: self.offset(), kind: DerErrorKind::TrailingData { extra } })
            }
        }
    }
}

impl<'a> Element<'a> {
    pub(crate) fn inside(&self) -> Cursor<'a> {
        Cursor::new(self.body, self.offset)
    }
}

/// Tag and length of an element whose value has `length` octets.
pub(crate) fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut header = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => header.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let skip = octets.iter().take_while(|octet| **octet == 0).count();
            let count = u8::try_from(octets.len() - skip).unwrap_or(0x7E);
            header.push(0x80 | count);
            header.extend_from_slice(&octets[skip..]);
        }
    }
    header
}

/// An element with this value, given in pieces.
pub(crate) fn element(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let length = pieces.iter().map(|piece| piece.len()).sum();
    let mut out = header(tag, length);
    out.reserve_exact(length);
    for piece in pieces {
        out.extend_from_slice(piece);
    }
    out
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    element(tag::OID, &[oid.as_bytes()])
}

/// An INTEGER below 128.
pub(crate) fn small_integer(value: u8) -> Vec<u8> {
    debug_assert!(value < 0x80);
    vec![tag::INTEGER, 1, value]
}

/// An AlgorithmIdentifier whose parameters are absent or given encoded.
pub(crate) fn algorithm(algorithm: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    element(tag::SEQUENCE, &[&oid(algorithm), parameters])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(bytes: &[u8]) -> Result<usize, DerErrorKind> {
        Cursor::new(bytes, 0).any("test").map(|element| element.body.len()).map_err(|error| error.kind)
    }

    #[test]
    fn reads_what_it_writes_at_every_length_boundary() {
        for length in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0x10_0000] {
            let bytes = element(tag::OCTET_STRING, &[&vec![7; length]]);
            assert_eq!(first(&bytes), Ok(length));
        }
    }

    #[test]
    fn refuses_every_form_that_der_forbids() {
        assert_eq!(first(&[0x30, 0x80, 0, 0]), Err(DerErrorKind::IndefiniteLength));
        assert_eq!(first(&[0x04, 0x81, 0x01, 0]), Err(DerErrorKind::NonMinimalLength));
        assert_eq!(first(&[0x04, 0x82, 0x00, 0x80]), Err(DerErrorKind::NonMinimalLength));
        assert_eq!(first(&[0x1F, 0x21, 0x00]), Err(DerErrorKind::LongTag));
        assert_eq!(first(&[0x04, 0x85, 1, 0, 0, 0, 0]), Err(DerErrorKind::Overlong));
        assert_eq!(
            first(&[0x04, 0x83, 0xFF, 0xFF, 0xFF]),
            Err(DerErrorKind::Truncated { needed: 0xFF_FFFF + 5, available: 5 })
        );
        assert_eq!(first(&[0x04]), Err(DerErrorKind::Truncated { needed: 2, available: 1 }));
        assert_eq!(first(&[0x04, 0x83, 1]), Err(DerErrorKind::Truncated { needed: 5, available: 3 }));
    }

    #[test]
    fn offsets_count_from_the_first_byte_of_the_input() {
        let bytes = element(tag::SEQUENCE, &[&small_integer(1), &[0x04, 0x01, 0x00]]);
        let mut outer = Cursor::new(&bytes, 0);
        let mut inside = outer.enter(tag::SEQUENCE, "outer").unwrap();
        assert_eq!(inside.small_integer("version"), Ok(1));
        let error = inside.small_integer("second").unwrap_err();
        assert_eq!(error.offset, 5);
        assert_eq!(error.to_string(), "second: unexpected tag 0x04 (expected 0x02) at byte 5");
        let mut trailing = Cursor::new(&bytes, 0).enter(tag::SEQUENCE, "outer").unwrap();
        trailing.any("version").unwrap();
        assert_eq!(trailing.finish("outer").unwrap_err().kind, DerErrorKind::TrailingData { extra: 3 });
    }

    #[test]
    fn small_integers_are_minimal_and_have_31_bits_at_most() {
        let read = |body: &[u8]| {
            let integer = element(tag::INTEGER, &[body]);
            Cursor::new(&integer, 0).small_integer("test").map_err(|error| error.kind)
        };
        for (body, value) in [
            (&[0][..], 0),
            (&[0x7F], 0x7F),
            (&[0, 0x80], 0x80),
            (&[1, 2], 0x0102),
            (&[0x7F, 0xFE, 0xFD, 0xFC], 0x7FFE_FDFC),
        ] {
            assert_eq!(read(body), Ok(value));
        }
        assert_eq!(read(&[0, 0x7F]), Err(DerErrorKind::NonMinimalInteger));
        for body in [&[][..], &[0x80], &[0xFF, 0xFF], &[1, 2, 3, 4, 5], &[0, 0x80, 0, 0, 0]] {
            assert_eq!(read(body), Err(DerErrorKind::Value), "{body:?}");
        }
    }
}
