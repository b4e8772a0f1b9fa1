//! Reading INTEGERs and the unsigned types that look like them.
use super::reader::Result;
use super::{DecodeErrorKind, Reader, Tag};

impl Reader<'_> {
    /// An INTEGER of 32 bits.
    ///
    /// # Errors
    /// As [`Reader::expect`]; no octets; out of range.
    #[inline(always)]
    pub fn integer(&mut self) -> Result<i32> {
        // One octet is what version, error-status and error-index take, and mostly all of a number.
        if let &[0x02, 0x01, number, ref after @ ..] = self.rest {
            self.rest = after;
            self.offset += 3;
            return Ok(i32::from(number.cast_signed()));
        }
        self.longer_integer()
    }

    #[inline(never)]
    fn longer_integer(&mut self) -> Result<i32> {
        // Message numbers, without a look at what else an INTEGER may be.
        if let &[0x02, 0x04, a, b, c, d, ref after @ ..] = self.rest {
            self.rest = after;
            self.offset += 6;
            return Ok(i32::from_be_bytes([a, b, c, d]));
        }
        self.expect(Tag::INTEGER)?.signed(Tag::INTEGER)
    }

    #[inline]
    pub(super) fn signed(self, tag: Tag) -> Result<i32> {
        if let Some(number) = short_signed(self.rest) {
            return Ok(number);
        }
        match *self.rest {
            [first, ..] => {
                // RFC 3417 §8 lets senders use more octets than needed: what the sign repeats says nothing.
                let fill = if first < 0x80 { 0x00 } else { 0xff };
                let significant = strip_fill(self.rest, fill);
                let mut octets = [fill; 4];
                let Some(low) =
                    4_usize.checked_sub(significant.len()).and_then(|from| octets.get_mut(from..))
                else {
                    return Err(self.error(DecodeErrorKind::OutOfRange(tag)));
                };
                low.copy_from_slice(significant);
                let number = i32::from_be_bytes(octets);
                if (number < 0) != (fill == 0xff) {
                    return Err(self.error(DecodeErrorKind::OutOfRange(tag)));
                }
                Ok(number)
            }
            [] => Err(self.wrong_size(tag)),
        }
    }

    pub(super) fn unsigned32(self, tag: Tag) -> Result<u32> {
        u32::try_from(self.unsigned(tag)?).map_err(|_| self.error(DecodeErrorKind::OutOfRange(tag)))
    }

    #[inline]
    pub(super) fn unsigned(self, tag: Tag) -> Result<u64> {
        let Some(&first) = self.rest.first() else { return Err(self.wrong_size(tag)) };
        if first >= 0x80 {
            return Err(self.error(DecodeErrorKind::OutOfRange(tag)));
        }
        let significant = if first == 0 { strip_fill(self.rest, 0) } else { self.rest };
        if significant.len() > 8 {
            return Err(self.error(DecodeErrorKind::OutOfRange(tag)));
        }
        Ok(significant.iter().fold(0, |sum, &octet| (sum << 8) | u64::from(octet)))
    }
}

/// The number of one to four octets in two's complement.
#[inline]
pub(crate) fn short_signed(octets: &[u8]) -> Option<i32> {
    match *octets {
        [a] => Some(i32::from(a.cast_signed())),
        [a, b] => Some(i32::from(i16::from_be_bytes([a, b]))),
        [a, b, c] => Some(i32::from_be_bytes([a, b, c, 0]) >> 8),
        [a, b, c, d] => Some(i32::from_be_bytes([a, b, c, d])),
        _ => None,
    }
}

fn strip_fill(octets: &[u8], fill: u8) -> &[u8] {
    let kept = octets.iter().position(|&octet| octet != fill).unwrap_or(octets.len());
    &octets[kept..]
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::ber::Limits;
    use crate::smi::ValueRef;

    fn value(octets: &[u8]) -> core::result::Result<ValueRef<'_>, DecodeErrorKind> {
        Reader::new(octets).value(&Limits::default()).map_err(|error| error.kind())
    }

    #[test]
    fn integers_reach_from_minus_2_31_to_2_31_minus_1_and_may_be_padded() {
        assert_eq!(value(&[2, 4, 0x80, 0, 0, 0]), Ok(ValueRef::Integer(i32::MIN)));
        assert_eq!(value(&[2, 4, 0x7f, 0xff, 0xff, 0xff]), Ok(ValueRef::Integer(i32::MAX)));
        assert_eq!(value(&[2, 6, 0, 0, 0, 0, 0, 7]), Ok(ValueRef::Integer(7)));
        assert_eq!(value(&[2, 5, 0xff, 0xff, 0xff, 0xff, 0xfe]), Ok(ValueRef::Integer(-2)));
        assert_eq!(value(&[2, 3, 0xff, 0xff, 0xff]), Ok(ValueRef::Integer(-1)));
        assert_eq!(value(&[2, 2, 0x00, 0xff]), Ok(ValueRef::Integer(255)));
        assert_eq!(value(&[2, 3, 0xff, 0x00, 0x00]), Ok(ValueRef::Integer(-65_536)));
        let out_of_range = Err(DecodeErrorKind::OutOfRange(Tag::INTEGER));
        assert_eq!(value(&[2, 5, 0, 0x80, 0, 0, 0]), out_of_range);
        assert_eq!(value(&[2, 5, 0xff, 0x7f, 0xff, 0xff, 0xff]), out_of_range);
        assert_eq!(value(&[2, 5, 1, 0, 0, 0, 0]), out_of_range);
        assert_eq!(value(&[2, 0]), Err(DecodeErrorKind::WrongSize { tag: Tag::INTEGER, found: 0 }));
    }

    #[test]
    fn one_to_four_octets_are_a_number_at_once_and_more_or_none_are_not() {
        for (octets, number) in [
            (&[0xff][..], -1),
            (&[0x7f], 127),
            (&[0x80, 0], -32_768),
            (&[1, 0], 256),
            (&[0xff, 0xfe, 0xfd], -259),
            (&[1, 2, 3], 0x01_0203),
            (&[0x80, 0, 0, 0], i32::MIN),
            (&[1, 2, 3, 4], 0x0102_0304),
        ] {
            assert_eq!(short_signed(octets), Some(number));
        }
        assert_eq!((short_signed(&[]), short_signed(&[0; 5])), (None, None));
    }

    #[test]
    fn counters_reach_their_type_s_maximum_and_no_further() {
        assert_eq!(value(&[0x41, 5, 0, 0xff, 0xff, 0xff, 0xff]), Ok(ValueRef::Counter32(u32::MAX)));
        assert_eq!(value(&[0x42, 1, 0]), Ok(ValueRef::Gauge32(0)));
        assert_eq!(value(&[0x43, 7, 0, 0, 0, 0, 0, 1, 0]), Ok(ValueRef::TimeTicks(256)));
        let mut counter64 = vec![0x46, 9, 0];
        counter64.extend([0xff; 8]);
        assert_eq!(value(&counter64), Ok(ValueRef::Counter64(u64::MAX)));
        counter64[2] = 1;
        assert_eq!(value(&counter64), Err(DecodeErrorKind::OutOfRange(Tag::COUNTER64)));
        assert_eq!(value(&[0x41, 5, 1, 0, 0, 0, 0]), Err(DecodeErrorKind::OutOfRange(Tag::COUNTER32)));
        assert_eq!(value(&[0x42, 1, 0xff]), Err(DecodeErrorKind::OutOfRange(Tag::GAUGE32)));
    }
}
