//! Reading elements from borrowed octets.
use super::{DecodeError, DecodeErrorKind, Limits, Tag};
use crate::smi::{OidRef, ValueRef, check_wire};

/// Reads elements one after the other. Cheap to copy; a copy reads on independently.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub(super) rest: &'a [u8],
    /// Of `rest`, counted from the first octet of the datagram.
    pub(super) offset: usize,
}

pub(super) type Result<T> = core::result::Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// Starts at the first octet of a datagram.
    #[must_use]
    pub fn new(octets: &'a [u8]) -> Self {
        Reader { rest: octets, offset: 0 }
    }

    /// Starts inside a datagram: `offset` is where `octets` stand in it.
    #[must_use]
    pub fn at(octets: &'a [u8], offset: usize) -> Self {
        Reader { rest: octets, offset }
    }

    /// Where the next element starts, counted from the first octet of the datagram.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The octets that were not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element, which stays unread.
    ///
    /// # Errors
    /// Truncated, when nothing is left.
    #[inline]
    pub fn peek_tag(&self) -> Result<Tag> {
        match self.rest.first() {
            Some(&tag) => Ok(Tag(tag)),
            None => Err(self.error(DecodeErrorKind::Truncated { needed: 1, available: 0 })),
        }
    }

    /// The next element, whatever its tag: the tag and a reader of its contents.
    ///
    /// # Errors
    /// A length that is malformed or reaches beyond the octets.
    #[inline]
    pub fn element(&mut self) -> Result<(Tag, Reader<'a>)> {
        let (tag, header, length) = match *self.rest {
            [tag, length, ..] if length < 0x80 => (tag, 2, usize::from(length)),
            // What messages of 256 octets and more begin with, in most senders also shorter ones.
            [tag, 0x82, high, low, ..] => (tag, 4, usize::from(u16::from_be_bytes([high, low]))),
            _ => self.long_header()?,
        };
        let Some(contents) = self.rest.get(header..header + length) else {
            return Err(self
                .error(DecodeErrorKind::Truncated { needed: header + length, available: self.rest.len() }));
        };
        let contents = Reader { rest: contents, offset: self.offset + header };
        self.rest = &self.rest[header + length..];
        self.offset += header + length;
        Ok((Tag(tag), contents))
    }

    /// The contents of the next element, which must have this tag.
    ///
    /// # Errors
    /// As [`Reader::element`]; another tag.
    #[inline]
    pub fn expect(&mut self, expected: Tag) -> Result<Reader<'a>> {
        let found = self.peek_tag()?;
        if found != expected {
            return Err(self.error(DecodeErrorKind::UnexpectedTag { expected, found }));
        }
        Ok(self.element()?.1)
    }

    /// The contents of a SEQUENCE.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    #[inline]
    pub fn sequence(&mut self) -> Result<Reader<'a>> {
        self.expect(Tag::SEQUENCE)
    }

    /// An OCTET STRING of at most `limit` octets.
    ///
    /// # Errors
    /// As [`Reader::expect`]; too long.
    #[inline]
    pub fn octet_string(&mut self, limit: usize) -> Result<&'a [u8]> {
        let contents = self.expect(Tag::OCTET_STRING)?;
        if contents.rest.len() > limit {
            return Err(contents.error(DecodeErrorKind::TooLong { limit }));
        }
        Ok(contents.rest)
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// As [`Reader::expect`]; no valid identifier.
    pub fn oid(&mut self, limits: &Limits) -> Result<OidRef<'a>> {
        self.expect(Tag::OBJECT_IDENTIFIER)?.whole_oid(limits)
    }

    /// Any value that a variable binding may have.
    ///
    /// # Errors
    /// As [`Reader::element`]; a tag that no value has; contents that the type does not allow.
    pub fn value(&mut self, limits: &Limits) -> Result<ValueRef<'a>> {
        let start = self.offset;
        let (tag, contents) = self.element()?;
        contents
            .strict_value(tag, start, limits)
            .or_else(|error| limits.quirks.value(tag, contents.rest).ok_or(error))
    }

    /// The value that these contents are by the RFCs. `start` is the offset of the tag.
    #[inline]
    fn strict_value(self, tag: Tag, start: usize, limits: &Limits) -> Result<ValueRef<'a>> {
        let contents = self;
        let value = match tag {
            Tag::INTEGER => ValueRef::Integer(contents.signed(tag)?),
            Tag::OCTET_STRING => ValueRef::OctetString(contents.rest),
            Tag::OBJECT_IDENTIFIER => ValueRef::ObjectIdentifier(contents.whole_oid(limits)?),
            Tag::COUNTER32 => ValueRef::Counter32(contents.unsigned32(tag)?),
            Tag::GAUGE32 => ValueRef::Gauge32(contents.unsigned32(tag)?),
            Tag::TIME_TICKS => ValueRef::TimeTicks(contents.unsigned32(tag)?),
            Tag::COUNTER64 => ValueRef::Counter64(contents.unsigned(tag)?),
            Tag::OPAQUE => ValueRef::Opaque(contents.rest),
            Tag::IP_ADDRESS => match contents.rest.try_into() {
                Ok(octets) => ValueRef::IpAddress(octets),
                Err(_) => return Err(contents.wrong_size(tag)),
            },
            Tag::NULL => contents.nothing(tag, ValueRef::Null)?,
            Tag::NO_SUCH_OBJECT => contents.nothing(tag, ValueRef::NoSuchObject)?,
            Tag::NO_SUCH_INSTANCE => contents.nothing(tag, ValueRef::NoSuchInstance)?,
            Tag::END_OF_MIB_VIEW => contents.nothing(tag, ValueRef::EndOfMibView)?,
            other => return Err(DecodeError::new(DecodeErrorKind::UnknownValue(other), start)),
        };
        Ok(value)
    }

    /// Says that the enclosing element ends here.
    ///
    /// # Errors
    /// Octets are left.
    #[inline]
    pub fn finish(&self) -> Result<()> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(self.error(DecodeErrorKind::TrailingData { extra })),
        }
    }

    /// Goes on at `rest`, which is the end of what was not read yet.
    #[inline]
    pub(crate) fn go_on_at(&mut self, rest: &'a [u8]) {
        self.offset += self.rest.len() - rest.len();
        self.rest = rest;
    }

    /// An error at the next element.
    #[cold]
    pub(crate) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    /// Tag, octets of the header, octets of the contents.
    #[cold]
    fn long_header(&self) -> Result<(u8, usize, usize)> {
        let &[tag, first, ref more @ ..] = self.rest else {
            return Err(self.error(DecodeErrorKind::Truncated { needed: 2, available: self.rest.len() }));
        };
        let octets = first & 0x7f;
        if octets == 0 {
            return Err(self.error(DecodeErrorKind::IndefiniteLength));
        }
        if octets > MAX_LENGTH_OCTETS {
            return Err(self.error(DecodeErrorKind::LengthOfLength(octets)));
        }
        let octets = usize::from(octets);
        let Some(length) = more.get(..octets) else {
            let needed = 2 + octets;
            return Err(self.error(DecodeErrorKind::Truncated { needed, available: self.rest.len() }));
        };
        let length = length.iter().fold(0_u32, |sum, &octet| (sum << 8) | u32::from(octet));
        // Where usize has 32 bits, header + length must not wrap.
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(usize::MAX - 16);
        Ok((tag, 2 + octets, length))
    }

    fn whole_oid(self, limits: &Limits) -> Result<OidRef<'a>> {
        match check_wire(self.rest, limits.allowed_arcs()) {
            Ok(()) => Ok(OidRef::from_checked_wire(self.rest)),
            Err(fault) => Err(DecodeError::of_oid(fault, self.offset)),
        }
    }

    fn nothing(self, tag: Tag, value: ValueRef<'a>) -> Result<ValueRef<'a>> {
        if self.rest.is_empty() { Ok(value) } else { Err(self.wrong_size(tag)) }
    }

    pub(super) fn wrong_size(self, tag: Tag) -> DecodeError {
        self.error(DecodeErrorKind::WrongSize { tag, found: self.rest.len() })
    }
}

// RFC 3417 §8 allows more length octets than needed, and deployed devices send them, so unlike DER we do not
// insist on the shortest form. We still cap it: 4 octets cover any datagram.
const MAX_LENGTH_OCTETS: u8 = 4;

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn value(octets: &[u8]) -> core::result::Result<ValueRef<'_>, DecodeErrorKind> {
        Reader::new(octets).value(&Limits::default()).map_err(|error| error.kind())
    }

    #[test]
    fn accepts_long_form_length_for_short_value() {
        for octets in [&[2, 0x81, 1, 5][..], &[2, 0x82, 0, 1, 5], &[2, 0x84, 0, 0, 0, 1, 5]] {
            assert_eq!(value(octets), Ok(ValueRef::Integer(5)));
        }
    }

    #[test]
    fn a_reader_tells_where_it_is_and_what_is_left() {
        let octets = [4, 2, 1, 2, 2, 1, 5];
        let mut reader = Reader::at(&octets, 40);
        assert_eq!((reader.offset(), reader.rest(), reader.is_empty()), (40, &octets[..], false));
        assert_eq!(reader.octet_string(2), Ok(&[1, 2][..]));
        assert_eq!((reader.offset(), reader.rest(), reader.is_empty()), (44, &[2, 1, 5][..], false));
        assert_eq!(reader.finish().map_err(|error| (error.kind(), error.offset())), {
            Err((DecodeErrorKind::TrailingData { extra: 3 }, 44))
        });
        assert_eq!((reader.integer(), reader.offset(), reader.is_empty()), (Ok(5), 47, true));
        assert_eq!(reader.finish(), Ok(()));
        let mut again = Reader::at(&octets, 40);
        again.go_on_at(&octets[4..]);
        assert_eq!((again.offset(), again.rest()), (44, &[2, 1, 5][..]));
        let refused = Reader::at(&octets, 40).octet_string(1).map_err(|error| (error.kind(), error.offset()));
        assert_eq!(refused, Err((DecodeErrorKind::TooLong { limit: 1 }, 42)));
    }

    #[test]
    fn integers_of_every_length_move_the_reader_behind_them() {
        for (octets, number) in [
            (&[2, 1, 0xff][..], -1),
            (&[2, 2, 1, 0], 256),
            (&[2, 3, 1, 0, 0], 65_536),
            (&[2, 4, 1, 2, 3, 4], 0x0102_0304),
            (&[2, 5, 0, 1, 2, 3, 4], 0x0102_0304),
        ] {
            let all = [octets, &[5, 0]].concat();
            let mut reader = Reader::at(&all, 10);
            assert_eq!(reader.integer(), Ok(number));
            assert_eq!((reader.offset(), reader.rest()), (10 + octets.len(), &[5, 0][..]));
        }
    }

    #[test]
    fn each_form_of_length_reads_what_it_says_and_goes_on_behind_it() {
        for length in [0, 1, 127, 128, 255, 256, 300, 65_535, 65_536, 70_000] {
            let contents = vec![7; length];
            let octets = u32::try_from(length).unwrap().to_be_bytes();
            for used in 0..=4 {
                let header = match used {
                    0 if length < 128 => vec![4, octets[3]],
                    1..=4 if octets[..4 - used].iter().all(|&octet| octet == 0) => {
                        [&[4, 0x80 | u8::try_from(used).unwrap()], &octets[4 - used..]].concat()
                    }
                    _ => continue,
                };
                let all = [&header[..], &contents, &[5, 0]].concat();
                let mut reader = Reader::at(&all, 10);
                let (tag, found) = reader.element().unwrap();
                assert_eq!((tag, found.rest() == contents), (Tag::OCTET_STRING, true), "{length} {used}");
                assert_eq!(found.offset(), 10 + header.len());
                assert_eq!((reader.offset(), reader.rest()), (10 + header.len() + length, &[5, 0][..]));
                let cut = Reader::new(&all[..all.len() - 3]).element().map_err(|error| error.kind());
                let (needed, available) = (header.len() + length, all.len() - 3);
                assert_eq!(cut.err(), Some(DecodeErrorKind::Truncated { needed, available }));
            }
        }
    }

    #[test]
    fn refuses_indefinite_and_overlong_lengths() {
        assert_eq!(value(&[4, 0x80, 0, 0]), Err(DecodeErrorKind::IndefiniteLength));
        assert_eq!(value(&[2, 0x85, 0, 0, 0, 0, 1, 5]), Err(DecodeErrorKind::LengthOfLength(5)));
        assert_eq!(value(&[2, 0xff, 1]), Err(DecodeErrorKind::LengthOfLength(127)));
    }

    #[test]
    fn a_length_beyond_the_end_says_how_much_is_missing() {
        let error = Reader::at(&[4, 5, 1, 2], 40).element().unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Truncated { needed: 7, available: 4 });
        assert_eq!(error.offset(), 40);
        assert!(matches!(value(&[4, 0x84, 0xff, 0xff, 0xff, 0xff]), Err(DecodeErrorKind::Truncated { .. })));
        assert!(matches!(value(&[4, 0x82, 1]), Err(DecodeErrorKind::Truncated { .. })));
        let cut = DecodeErrorKind::Truncated { needed: 5, available: 3 };
        assert_eq!(value(&[4, 0x83, 1]), Err(cut), "so far only the length is known to be missing");
        assert!(matches!(value(&[4]), Err(DecodeErrorKind::Truncated { .. })));
        assert!(matches!(value(&[]), Err(DecodeErrorKind::Truncated { .. })));
    }

    #[test]
    fn fixed_sizes_are_kept() {
        assert_eq!(value(&[0x40, 4, 10, 0, 0, 1]), Ok(ValueRef::IpAddress([10, 0, 0, 1])));
        for octets in [&[0x40, 3, 10, 0, 0][..], &[0x40, 5, 1, 2, 3, 4, 5], &[5, 1, 0], &[0x82, 1, 0]] {
            assert!(matches!(value(octets), Err(DecodeErrorKind::WrongSize { .. })));
        }
        assert_eq!(value(&[0x45, 1, 0]), Err(DecodeErrorKind::UnknownValue(Tag(0x45))));
    }

    #[test]
    fn object_identifiers_are_checked_arc_by_arc() {
        let oid = |contents: &[u8]| {
            let mut octets = vec![6, 0x82];
            octets.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
            octets.extend(contents);
            Reader::new(&octets)
                .oid(&Limits::default())
                .map(OidRef::to_owned)
                .map_err(|e| (e.kind(), e.offset()))
        };
        assert_eq!(oid(&[0x88, 0x37]), Ok("2.999".parse().unwrap()));
        assert_eq!(oid(&[0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f]), Ok("1.3.4294967295".parse().unwrap()));
        assert_eq!(oid(&[0x2b, 0x90, 0x80, 0x80, 0x80, 0]), Err((DecodeErrorKind::ArcTooLarge, 5)));
        assert_eq!(oid(&[0x90, 0x80, 0x80, 0x80, 0x4f]), Ok("2.4294967295".parse().unwrap()));
        assert_eq!(oid(&[0x90, 0x80, 0x80, 0x80, 0x50]), Err((DecodeErrorKind::ArcTooLarge, 4)));
        assert_eq!(oid(&[0x2b, 0x80, 1]), Err((DecodeErrorKind::PaddedArc, 5)));
        assert_eq!(oid(&[0x2b, 0x81]), Err((DecodeErrorKind::UnfinishedArc, 5)));
        assert_eq!(oid(&[]), Err((DecodeErrorKind::EmptyOid, 4)));
        assert_eq!(oid(&[0x2b; 127]).unwrap().len(), 128);
        assert_eq!(oid(&[0x2b; 128]), Err((DecodeErrorKind::TooManyArcs(129), 4)));
        // No number of continuation octets wraps the arc or the clock.
        assert_eq!(oid(&[0xff; 60_000]), Err((DecodeErrorKind::ArcTooLarge, 4)));
    }

    #[test]
    fn errors_print_what_and_where() {
        let octets: Vec<u8> = vec![0x30, 2, 0x41, 0];
        let error = Reader::new(&octets).sequence().unwrap().integer().unwrap_err();
        assert_eq!(alloc::format!("{error}"), "unexpected tag Counter32 (expected INTEGER) at byte 2");
    }
}
