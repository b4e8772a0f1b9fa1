//! The owned object identifier: `text` reads and prints it, `tree` goes up, down and on from it.
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::wire::{self, Arcs};
use super::{MAX_ARCS, OidRef, ShortName};

mod text;
mod tree;

pub use text::OidError;

/// An object identifier (RFC 2578 §3.5): 2 to 128 arcs, each at most 2^32 - 1. Ordered arc by arc, as GETNEXT orders names.
///
/// Identifiers up to 24 octets long, which are nearly all, live without an allocation.
#[derive(Clone)]
pub struct Oid(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, octets: Inline },
    Heap(Box<[u8]>),
    Static(&'static [u8]),
}

/// In line with words, so that the octets of a short identifier are moved in registers.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Inline([u8; INLINE]);

impl Oid {
    /// Makes an identifier from its arcs.
    ///
    /// # Errors
    /// See [`OidError`].
    pub fn from_arcs(arcs: &[u32]) -> Result<Self, OidError> {
        let &[first, second, ref rest @ ..] = arcs else { return Err(OidError::TooFewArcs) };
        if arcs.len() > MAX_ARCS {
            return Err(OidError::TooManyArcs);
        }
        let mut octets = Vec::with_capacity(arcs.len() + 8);
        wire::push_number(&mut octets, join_roots(first, second)?);
        for &arc in rest {
            wire::push_number(&mut octets, u64::from(arc));
        }
        Ok(Self::from_checked_wire(&octets))
    }

    /// The arcs, from the root down.
    #[must_use]
    pub fn arcs(&self) -> Arcs<'_> {
        Arcs::of_whole(self.as_wire())
    }

    /// The arcs in a `Vec`, for those who keep them as numbers. Faster than collecting [`Self::arcs`]. There may be
    /// room for a few more arcs.
    #[must_use]
    pub fn to_arcs(&self) -> Vec<u32> {
        wire::to_arcs(self.as_wire())
    }

    /// Appends the arcs, so that one `Vec` can hold those of many identifiers.
    pub fn append_arcs(&self, arcs: &mut Vec<u32>) {
        wire::append_arcs(self.as_wire(), arcs);
    }

    /// How many arcs there are: 2 to 128.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is no identifier without arcs")]
    pub fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// The contents octets of the BER encoding, without tag and length.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, octets } => &octets.0[..usize::from(*len)],
            Repr::Heap(octets) => octets,
            Repr::Static(octets) => octets,
        }
    }

    /// The borrowed form.
    #[must_use]
    pub fn as_ref(&self) -> OidRef<'_> {
        OidRef::from_checked_wire(self.as_wire())
    }

    /// Octets that came out of `wire::check` or of the encoder.
    #[inline]
    pub(super) fn from_checked_wire(wire: &[u8]) -> Self {
        let mut oid = Oid::default();
        oid.copy_checked_wire(wire);
        oid
    }

    /// The same, put where it is to stay: moving an identifier costs more than making most of them.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most INLINE, which is 24")]
    pub(super) fn copy_checked_wire(&mut self, wire: &[u8]) {
        if wire.len() > INLINE {
            self.0 = Repr::Heap(wire.into());
            return;
        }
        if let Some(name) = ShortName::from_checked_wire(wire) {
            *self = Self::from_short_name(name);
            return;
        }
        let len = wire.len() as u8;
        let mut octets = [0; INLINE];
        octets[..wire.len()].copy_from_slice(wire);
        self.0 = Repr::Inline { len, octets: Inline(octets) };
    }

    /// Through registers: a copy of any length costs more, and so does reading in other pieces what was written a moment
    /// ago.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
    pub(crate) fn from_short_name(ShortName { front, back, len }: ShortName) -> Self {
        let len = len as u8;
        let rest = back.checked_shr(8 * (16 - u32::from(len))).unwrap_or(0);
        let mut octets = [0; INLINE];
        octets[..8].copy_from_slice(&front.to_le_bytes());
        octets[8..16].copy_from_slice(&rest.to_le_bytes());
        Oid(Repr::Inline { len, octets: Inline(octets) })
    }

    /// For the `oid!` macro, which has checked the octets at compile time.
    #[doc(hidden)]
    #[must_use]
    pub const fn __from_static_wire(wire: &'static [u8]) -> Self {
        Oid(Repr::Static(wire))
    }
}

/// The first two arcs as the one number that stands for them.
pub(super) fn join_roots(first: u32, second: u32) -> Result<u64, OidError> {
    match (first, second) {
        (0 | 1, 0..=39) | (2, _) => Ok(40 * u64::from(first) + u64::from(second)),
        (0 | 1, _) => Err(OidError::SecondArc(second)),
        _ => Err(OidError::FirstArc(first)),
    }
}

impl TryFrom<&[u32]> for Oid {
    type Error = OidError;

    fn try_from(arcs: &[u32]) -> Result<Self, OidError> {
        Self::from_arcs(arcs)
    }
}

impl From<OidRef<'_>> for Oid {
    fn from(borrowed: OidRef<'_>) -> Self {
        borrowed.to_owned()
    }
}

/// `0.0`, the zeroDotZero of RFC 2578.
impl Default for Oid {
    fn default() -> Self {
        Oid(Repr::Static(&[0]))
    }
}

impl PartialEq for Oid {
    fn eq(&self, other: &Self) -> bool {
        self.as_wire() == other.as_wire()
    }
}

impl Eq for Oid {}

impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_wire().hash(state);
    }
}

impl PartialOrd for Oid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Oid {
    fn cmp(&self, other: &Self) -> Ordering {
        wire::compare(self.as_wire(), other.as_wire())
    }
}

/// Keeps `Oid` at 32 octets.
const INLINE: usize = 24;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    fn oid(text: &str) -> Oid {
        text.parse().unwrap()
    }

    #[test]
    fn the_root_arcs_are_packed_as_x690_8_19_4_says() {
        assert_eq!(oid("2.999").as_wire(), [0x88, 0x37]);
        assert_eq!(oid("2.999").arcs().collect::<Vec<_>>(), [2, 999]);
        assert_eq!(oid("2.4294967295").to_string(), "2.4294967295");
        assert_eq!(oid("0.39").as_wire(), [39]);
        assert_eq!(oid("1.0").as_wire(), [40]);
        assert_eq!(oid("2.0").as_wire(), [80]);
    }

    #[test]
    fn the_order_is_that_of_the_arcs_not_of_the_octets() {
        let sorted = [
            "0.0",
            "1.3",
            "1.3.6",
            "1.3.6.0",
            "1.3.6.1",
            "1.3.6.127",
            "1.3.6.128",
            "1.3.6.16383",
            "1.3.6.16383.5",
            "1.3.6.16384",
            "1.3.6.2097151",
            "1.3.6.2097152",
            "1.3.6.4294967295",
            "1.3.7",
            "2.0",
            "2.47",
            "2.48",
            "2.16303",
            "2.16304",
        ]
        .map(oid);
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} against {b}");
                for root in &sorted {
                    if b.starts_with(root) {
                        let follows = a.as_ref().follows_within(b.as_ref(), root.as_ref());
                        assert_eq!(follows, i > j && a.starts_with(root), "{a} after {b} below {root}");
                    }
                }
            }
        }
    }

    #[test]
    fn arcs_in_a_vec_are_those_that_are_read_one_by_one() {
        for text in
            ["0.0", "0.39", "1.0", "1.39.5", "2.0", "2.47.127", "2.48", "2.999.3", "1.3.6.1.4.1.253.8.62"]
        {
            assert_eq!(oid(text).to_arcs(), oid(text).arcs().collect::<Vec<_>>());
            let mut both = oid(text).to_arcs();
            oid(text).as_ref().append_arcs(&mut both);
            assert_eq!(both, [oid(text).to_arcs(), oid(text).to_arcs()].concat());
        }
        // Every length around the one that is read without a loop, and a long arc at each place.
        for root in [[0, 39], [1, 3], [2, 47], [2, 48]] {
            for length in 0..24 {
                let mut arcs: Vec<u32> = root.into_iter().chain((1..).take(length)).collect();
                assert_eq!(Oid::from_arcs(&arcs).unwrap().to_arcs(), arcs);
                for at in 2..arcs.len() {
                    let arc = core::mem::replace(&mut arcs[at], 128);
                    assert_eq!(Oid::from_arcs(&arcs).unwrap().to_arcs(), arcs);
                    arcs[at] = arc;
                }
            }
        }
    }

    #[test]
    fn long_identifiers_leave_the_inline_form_without_notice() {
        let mut arcs = vec![1, 3];
        for arc in 0..126 {
            arcs.push(u32::MAX - arc);
            let long = Oid::from_arcs(&arcs).unwrap();
            assert_eq!(long.arcs().collect::<Vec<_>>(), arcs);
            assert_eq!(long.arcs().len(), arcs.len());
        }
    }

    #[test]
    fn an_identifier_stays_small() {
        assert_eq!(size_of::<Oid>(), 32);
    }
}
