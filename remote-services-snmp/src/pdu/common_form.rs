//! The form that nearly all variable bindings have on the wire: one-octet lengths, numbers not padded beyond need.
//!
//! ```text
//!  30 len   06 len name   tag len value        all three lengths below 128
//! ```
//!
//! Reading it takes a few comparisons. Whatever does not look like this — longer, padded, bent or corrupt — is left
//! to the general reader, which knows every form and says what is wrong. What is taken here, it takes as well, as
//! the same binding.
use alloc::vec::Vec;

use super::{VarBind, VarBindRef};
use crate::ber::{Tag, short_signed};
use crate::smi::{Oid, OidRef, ShortName, Value, ValueRef, check_wire, is_usual};

/// Checks bindings from the front of `octets` on, at most so many, until one has not the common form; how many they
/// are and what follows them.
#[inline(never)]
pub(super) fn check_run(mut octets: &[u8], most: usize, max_arcs: usize) -> (usize, &[u8]) {
    let mut left = most;
    while left > 0
        && let Some(after) = check(octets, max_arcs)
    {
        octets = after;
        left -= 1;
    }
    (most - left, octets)
}

/// Checks the binding at the front of `octets`; what follows it, if it has the common form.
#[inline]
fn check(octets: &[u8], max_arcs: usize) -> Option<&[u8]> {
    let Parts { name, tag, contents, after } = Parts::split(octets)?;
    let good = is_identifier(name, max_arcs)
        && match tag {
            Tag::OCTET_STRING | Tag::OPAQUE => true,
            Tag::INTEGER => matches!(contents.len(), 1..=4),
            Tag::COUNTER32 | Tag::GAUGE32 | Tag::TIME_TICKS => is_unsigned(contents, 4),
            Tag::COUNTER64 => is_unsigned(contents, 8),
            Tag::OBJECT_IDENTIFIER => is_identifier(contents, max_arcs),
            Tag::IP_ADDRESS => contents.len() == 4,
            Tag::NULL | Tag::NO_SUCH_OBJECT | Tag::NO_SUCH_INSTANCE | Tag::END_OF_MIB_VIEW => {
                contents.is_empty()
            }
            _ => false,
        };
    good.then_some(after)
}

/// Reads a binding that was checked, and what follows it, if it has the common form.
#[inline(always)]
pub(super) fn read(octets: &[u8]) -> Option<(VarBindRef<'_>, &[u8])> {
    let Parts { name, tag, contents, after } = Parts::split(octets)?;
    let value = match tag {
        Tag::INTEGER => ValueRef::Integer(short_signed(contents)?),
        Tag::OCTET_STRING => ValueRef::OctetString(contents),
        Tag::OBJECT_IDENTIFIER if !contents.is_empty() => {
            ValueRef::ObjectIdentifier(OidRef::from_checked_wire(contents))
        }
        Tag::COUNTER32 if is_unsigned(contents, 4) => ValueRef::Counter32(unsigned32(contents)),
        Tag::GAUGE32 if is_unsigned(contents, 4) => ValueRef::Gauge32(unsigned32(contents)),
        Tag::TIME_TICKS if is_unsigned(contents, 4) => ValueRef::TimeTicks(unsigned32(contents)),
        Tag::COUNTER64 if is_unsigned(contents, 8) => ValueRef::Counter64(unsigned64(contents)),
        Tag::OPAQUE => ValueRef::Opaque(contents),
        Tag::IP_ADDRESS => ValueRef::IpAddress(contents.try_into().ok()?),
        Tag::NULL => ValueRef::Null,
        Tag::NO_SUCH_OBJECT => ValueRef::NoSuchObject,
        Tag::NO_SUCH_INSTANCE => ValueRef::NoSuchInstance,
        Tag::END_OF_MIB_VIEW => ValueRef::EndOfMibView,
        _ => return None,
    };
    Some((VarBindRef { name: OidRef::from_checked_wire(name), value }, after))
}

/// Appends copies of checked bindings from the front of `octets` on, at most so many, as long as they are the rows of a
/// column: in the common form, numbers of 32 bits or octets, with short names of which each plainly follows the one before,
/// which is `before` for the first, and shares so many octets with it. Gives how many they are and what follows them.
#[inline(never)]
pub(super) fn copy_rows<'a>(
    mut octets: &'a [u8],
    most: usize,
    mut before: ShortName,
    shared: usize,
    list: &mut Vec<VarBind>,
) -> (usize, &'a [u8]) {
    let mut left = most;
    while left > 0
        && let Some(Parts { name, tag, contents, after }) = Parts::split(octets)
        && let Some(name) = ShortName::from_checked_wire(name)
        && name.plainly_follows(before, shared)
    {
        // Made where they are to stay: to make them elsewhere and move them costs more than all the rest.
        let owned = || Oid::from_short_name(name);
        if tag == Tag::OCTET_STRING {
            let octets = || Value::OctetString(contents.into());
            list.extend(core::iter::once_with(|| VarBind { name: owned(), value: octets() }));
        } else if let Some(number) = number(tag, contents, octets, after) {
            let value = || match tag {
                Tag::COUNTER32 => Value::Counter32(number),
                Tag::GAUGE32 => Value::Gauge32(number),
                Tag::TIME_TICKS => Value::TimeTicks(number),
                _ => Value::Integer(number.cast_signed()),
            };
            list.extend(core::iter::once_with(|| VarBind { name: owned(), value: value() }));
        } else {
            break;
        }
        (octets, before) = (after, name);
        left -= 1;
    }
    (most - left, octets)
}

/// The number of 32 bits that the binding at the front of `octets` holds, before what is `after` it.
#[inline(always)]
fn number(tag: Tag, contents: &[u8], octets: &[u8], after: &[u8]) -> Option<u32> {
    let good = match tag {
        Tag::COUNTER32 | Tag::GAUGE32 | Tag::TIME_TICKS => is_unsigned(contents, 4),
        Tag::INTEGER => matches!(contents.len(), 1..=4),
        _ => false,
    };
    if !good {
        return None;
    }
    // The last four octets of the binding: the number's, and where it has fewer, before them some that do not count.
    let last = u32::from_be_bytes(*octets.get(..octets.len() - after.len())?.last_chunk()?);
    let others = 8 * 4_usize.saturating_sub(contents.len());
    let shifted = last << others;
    Some(match tag {
        Tag::INTEGER => (shifted.cast_signed() >> others).cast_unsigned(),
        _ => shifted >> others,
    })
}

struct Parts<'a> {
    name: &'a [u8],
    tag: Tag,
    contents: &'a [u8],
    after: &'a [u8],
}

impl<'a> Parts<'a> {
    #[inline]
    fn split(octets: &'a [u8]) -> Option<Self> {
        let (&[0x30, length, 0x06, name_length], rest) = octets.split_first_chunk()? else { return None };
        // A length of 128 or more is not one: it says how many octets the length takes.
        if length >= 0x80 {
            return None;
        }
        let (inside, after) = rest.split_at_checked(usize::from(length).checked_sub(2)?)?;
        let (name, value) = inside.split_at_checked(usize::from(name_length))?;
        let (&[tag, value_length], contents) = value.split_first_chunk()?;
        // As `inside` is shorter than 128 octets, this holds for one-octet lengths only.
        if contents.len() != usize::from(value_length) {
            return None;
        }
        Some(Parts { name, tag: Tag(tag), contents, after })
    }
}

#[inline]
fn is_identifier(octets: &[u8], max_arcs: usize) -> bool {
    is_usual(octets, max_arcs) || check_wire(octets, max_arcs).is_ok()
}

/// Whether the octets are an unsigned number of so many octets, before which a zero may stand.
#[inline]
fn is_unsigned(octets: &[u8], most: usize) -> bool {
    match *octets {
        [0, ..] => octets.len() <= most + 1,
        [first, ..] => first < 0x80 && octets.len() <= most,
        [] => false,
    }
}

#[inline]
fn unsigned32(octets: &[u8]) -> u32 {
    match *octets {
        [a] => u32::from(a),
        [a, b] => u32::from(u16::from_be_bytes([a, b])),
        [a, b, c] => u32::from_be_bytes([0, a, b, c]),
        [a, b, c, d] | [0, a, b, c, d] => u32::from_be_bytes([a, b, c, d]),
        _ => octets.iter().fold(0, |sum, &octet| (sum << 8) | u32::from(octet)),
    }
}

#[inline]
fn unsigned64(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |sum, &octet| (sum << 8) | u64::from(octet))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::ber::{Limits, Reader, Writer};
    use crate::smi::{MAX_ARCS, Value};
    use crate::{VarBind, oid};

    fn bindings() -> Vec<Vec<u8>> {
        let values = [
            Value::Integer(-1),
            Value::Integer(i32::MIN),
            Value::OctetString((0..90).collect()),
            Value::OctetString([7; 130].into()),
            Value::Null,
            Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62")),
            Value::IpAddress([192, 0, 2, 1]),
            Value::Counter32(u32::MAX),
            Value::Gauge32(128),
            Value::TimeTicks(0),
            Value::Opaque([1, 2].into()),
            Value::Counter64(u64::MAX),
            Value::NoSuchObject,
            Value::NoSuchInstance,
            Value::EndOfMibView,
        ];
        let names = [
            oid!("1.3.6.1.2.1.1.1.0"),
            oid!("1.3.6.1.4.1.253.8.51.10.2.1.4.1.1.1.1.1.1.1.1.2.3.4"),
            oid!("0.0"),
        ];
        let write = |(name, value): (&Oid, &Value)| {
            let mut writer = Writer::default();
            VarBind::new(name.clone(), value.clone()).as_ref().encode(&mut writer);
            writer.into_vec()
        };
        values.iter().flat_map(|value| names.iter().map(move |name| (name, value))).map(write).collect()
    }

    #[test]
    fn what_the_common_form_takes_the_general_reader_takes_as_the_same() {
        let limits = Limits::default();
        let mut taken = 0;
        for good in bindings() {
            for at in 0..good.len() {
                for to in 0..=u8::MAX {
                    let mut octets = good.clone();
                    octets[at] = to;
                    octets.extend([0x30, 0, 0]);
                    let mut reader = Reader::new(&octets);
                    let general = VarBindRef::decode(&mut reader, &limits);
                    let Some(after) = check(&octets, MAX_ARCS) else { continue };
                    assert_eq!(read(&octets), Some((general.unwrap(), after)), "{octets:02x?}");
                    assert_eq!(after, reader.rest());
                    taken += 1;
                }
            }
        }
        assert!(taken > 50_000, "{taken}");
    }

    #[test]
    fn rows_are_copied_as_they_are_read() {
        let mut copied = 0;
        for good in bindings() {
            for (at, to) in (0..good.len()).flat_map(|at| (0..=u8::MAX).map(move |to| (at, to))) {
                let mut octets = good.clone();
                octets[at] = to;
                octets.extend([0x30, 0, 0]);
                if check(&octets, MAX_ARCS).is_none() {
                    continue;
                }
                let (varbind, after) = read(&octets).unwrap();
                let (name, mut list) = (varbind.name.as_wire(), Vec::new());
                // All but those that begin with zero come after it.
                let Some(before) = [0; 16].get(..name.len()).and_then(ShortName::from_checked_wire) else {
                    continue;
                };
                match copy_rows(&octets, 2, before, 0, &mut list) {
                    (0, rest) => assert_eq!((rest, list.len()), (&octets[..], 0)),
                    (rows, rest) => assert_eq!((rows, rest, list), (1, after, [varbind.to_owned()].into())),
                }
                copied += usize::from(copy_rows(&octets, 1, before, 0, &mut Vec::new()).0 == 1);
                assert_eq!(copy_rows(&octets, 0, before, 0, &mut Vec::new()).0, 0);
                let itself = ShortName::from_checked_wire(name).unwrap();
                assert_eq!(copy_rows(&octets, 1, itself, 0, &mut Vec::new()).0, 0);
            }
        }
        assert!(copied > 20_000, "{copied}");
    }

    #[test]
    fn the_arcs_have_their_limit_in_the_common_form_too() {
        let octets = [0x30, 8, 6, 4, 0x2b, 6, 1, 2, 5, 0];
        assert_eq!(check(&octets, 5), Some(&[][..]));
        assert_eq!(check(&octets, 4), None);
    }
}
