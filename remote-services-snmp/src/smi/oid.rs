//! The owned object identifier.
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use super::wire::{self, Arcs};
use super::{MAX_ARCS, OidRef};

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

/// Why an object identifier could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OidError {
    /// Fewer than two arcs: BER has no form for them (X.690 §8.19.4).
    TooFewArcs,
    /// More than [`MAX_ARCS`].
    TooManyArcs,
    /// The first arc is above 2.
    FirstArc(u32),
    /// The first arc is 0 or 1 and the second is above 39.
    SecondArc(u32),
    /// An arc above 2^32 - 1 in text, whose first character stands at this position.
    ArcTooLarge(usize),
    /// A character at this position that is neither a digit nor a dot between digits.
    BadText(usize),
}

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

    /// Whether `self` lies in the subtree of `prefix`; an identifier lies in its own subtree.
    #[must_use]
    pub fn starts_with(&self, prefix: &Oid) -> bool {
        self.as_wire().starts_with(prefix.as_wire())
    }

    /// The arcs below `prefix` (of a table column: the row's index), or `None` outside its subtree.
    #[must_use]
    pub fn strip_prefix(&self, prefix: &Oid) -> Option<Arcs<'_>> {
        self.as_wire().strip_prefix(prefix.as_wire()).map(Arcs::of_suffix)
    }

    /// This identifier with one more arc.
    ///
    /// # Errors
    /// [`OidError::TooManyArcs`].
    pub fn child(&self, arc: u32) -> Result<Self, OidError> {
        self.extend(&[arc])
    }

    /// This identifier with more arcs below it.
    ///
    /// # Errors
    /// [`OidError::TooManyArcs`].
    pub fn extend(&self, arcs: &[u32]) -> Result<Self, OidError> {
        if self.len() + arcs.len() > MAX_ARCS {
            return Err(OidError::TooManyArcs);
        }
        let mut octets = Vec::with_capacity(self.as_wire().len() + 2 * arcs.len());
        octets.extend_from_slice(self.as_wire());
        for &arc in arcs {
            wire::push_number(&mut octets, u64::from(arc));
        }
        Ok(Self::from_checked_wire(&octets))
    }

    /// This identifier without its last arc, or `None` when only two are left.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, before_last) = self.as_wire().split_last()?;
        let end = before_last.iter().rposition(|octet| octet & 0x80 == 0)?;
        Some(Self::from_checked_wire(&before_last[..=end]))
    }

    /// The least identifier that is greater than this one: itself with a 0 below, or, when it has no room for one more
    /// arc, [`Oid::subtree_end`]. `None` when there is none.
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        self.child(0).ok().or_else(|| self.subtree_end())
    }

    /// The least identifier that is greater than all in this one's subtree: the last arc plus one, or the parent's
    /// end where that would pass 2^32 - 1. `None` when nothing comes after the subtree.
    ///
    /// ```
    /// use remote_services_snmp::oid;
    /// assert_eq!(oid!("1.3.6.1").subtree_end(), Some(oid!("1.3.6.2")));
    /// assert_eq!(oid!("1.3.4294967295").subtree_end(), Some(oid!("1.4")));
    /// assert_eq!(oid!("1.39").subtree_end(), Some(oid!("2.0")));
    /// ```
    #[must_use]
    pub fn subtree_end(&self) -> Option<Self> {
        let mut arcs = self.to_arcs();
        while let [.., last] = arcs[..] {
            let above = arcs.len() - 1;
            if above == 1 {
                return match (arcs[0], last) {
                    (root @ (0 | 1), 39..) => Self::from_arcs(&[root + 1, 0]).ok(),
                    (root, second) => Self::from_arcs(&[root, second.checked_add(1)?]).ok(),
                };
            }
            if let Some(next) = last.checked_add(1) {
                arcs[above] = next;
                return Self::from_arcs(&arcs).ok();
            }
            arcs.truncate(above);
        }
        None
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
        let len = wire.len() as u8;
        if let (8..=16, Some(front), Some(back)) = (len, wire.first_chunk(), wire.last_chunk()) {
            self.0 = Repr::Inline { len, octets: short(*front, *back, len) };
            return;
        }
        let mut octets = [0; INLINE];
        octets[..wire.len()].copy_from_slice(wire);
        self.0 = Repr::Inline { len, octets: Inline(octets) };
    }

    /// For the `oid!` macro, which has checked the octets at compile time.
    #[doc(hidden)]
    #[must_use]
    pub const fn __from_static_wire(wire: &'static [u8]) -> Self {
        Oid(Repr::Static(wire))
    }
}

/// 8 to 16 octets, given as the first and the last eight, through registers: a copy of any length costs more, and so does
/// reading in other pieces what was written a moment ago.
#[inline]
fn short(front: [u8; 8], back: [u8; 8], len: u8) -> Inline {
    let rest = u64::from_le_bytes(back).checked_shr(8 * (16 - u32::from(len))).unwrap_or(0);
    let mut octets = [0; INLINE];
    octets[..8].copy_from_slice(&front);
    octets[8..16].copy_from_slice(&rest.to_le_bytes());
    Inline(octets)
}

/// The first two arcs as the one number that stands for them.
pub(super) fn join_roots(first: u32, second: u32) -> Result<u64, OidError> {
    match (first, second) {
        (0 | 1, 0..=39) | (2, _) => Ok(40 * u64::from(first) + u64::from(second)),
        (0 | 1, _) => Err(OidError::SecondArc(second)),
        _ => Err(OidError::FirstArc(first)),
    }
}

impl FromStr for Oid {
    type Err = OidError;

    /// Reads `1.3.6.1` or `.1.3.6.1`.
    fn from_str(text: &str) -> Result<Self, OidError> {
        let digits = text.strip_prefix('.').unwrap_or(text);
        let mut position = text.len() - digits.len();
        let mut arcs = Vec::new();
        for part in digits.split('.') {
            if let Some(bad) = part.bytes().position(|c| !c.is_ascii_digit()) {
                return Err(OidError::BadText(position + bad));
            }
            if part.is_empty() {
                return Err(OidError::BadText(position));
            }
            if arcs.len() == MAX_ARCS {
                return Err(OidError::TooManyArcs);
            }
            arcs.push(part.parse().map_err(|_| OidError::ArcTooLarge(position))?);
            position += part.len() + 1;
        }
        Self::from_arcs(&arcs)
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

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl fmt::Display for OidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OidError::TooFewArcs => f.write_str("an object identifier needs at least two arcs"),
            OidError::TooManyArcs => write!(f, "an object identifier has at most {MAX_ARCS} arcs"),
            OidError::FirstArc(arc) => write!(f, "the first arc is {arc}, but may be 0, 1 or 2 only"),
            OidError::SecondArc(arc) => {
                write!(f, "the second arc is {arc}, but under 0 and 1 it is at most 39")
            }
            OidError::ArcTooLarge(at) => write!(f, "the arc at character {at} is above 4294967295"),
            OidError::BadText(at) => {
                write!(f, "expected a number at character {at} of the object identifier")
            }
        }
    }
}

impl core::error::Error for OidError {}

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
    fn text_and_arcs_and_wire_are_the_same_identifier() {
        let printer = oid("1.3.6.1.4.1.253.8.62");
        assert_eq!(printer, Oid::from_arcs(&[1, 3, 6, 1, 4, 1, 253, 8, 62]).unwrap());
        assert_eq!(printer.as_wire(), [0x2b, 6, 1, 4, 1, 0x81, 0x7d, 8, 62]);
        assert_eq!(printer.to_string(), "1.3.6.1.4.1.253.8.62");
        assert_eq!(printer.len(), 9);
        assert_eq!(oid(".1.3.6"), oid("1.3.6"));
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
    fn what_is_no_identifier_is_refused_with_the_reason() {
        assert_eq!("".parse::<Oid>(), Err(OidError::BadText(0)));
        assert_eq!("1".parse::<Oid>(), Err(OidError::TooFewArcs));
        assert_eq!("1.3.x".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1..3".parse::<Oid>(), Err(OidError::BadText(2)));
        assert_eq!("1.3.".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1.3.+6".parse::<Oid>(), Err(OidError::BadText(4)));
        assert_eq!("1.3.4294967296".parse::<Oid>(), Err(OidError::ArcTooLarge(4)));
        assert_eq!("3.1".parse::<Oid>(), Err(OidError::FirstArc(3)));
        assert_eq!("1.40".parse::<Oid>(), Err(OidError::SecondArc(40)));
        assert_eq!(Oid::from_arcs(&[1; 129]), Err(OidError::TooManyArcs));
        assert_eq!(Oid::from_arcs(&[1; 128]).unwrap().child(0), Err(OidError::TooManyArcs));
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
    fn a_row_index_is_what_is_left_below_the_column() {
        let column = oid("1.3.6.1.2.1.43.11.1.1.9");
        let cell = column.extend(&[1, 300]).unwrap();
        assert!(cell.starts_with(&column) && column.starts_with(&column));
        assert_eq!(cell.strip_prefix(&column).unwrap().collect::<Vec<_>>(), vec![1, 300]);
        assert_eq!(column.strip_prefix(&column).unwrap().len(), 0);
        assert!(oid("1.3.6.1.2.1.43.11.1.1.90").strip_prefix(&column).is_none());
        assert_eq!(cell.parent().unwrap().parent().unwrap(), column);
        assert_eq!(oid("1.3").parent(), None);
        assert_eq!(oid("2.999").parent(), None);
    }

    #[test]
    fn nothing_lies_between_an_identifier_and_its_successor() {
        assert_eq!(oid("1.3.6").successor(), Some(oid("1.3.6.0")));
        let deepest = Oid::from_arcs(&[1; 128]).unwrap();
        let mut next = [1; 128];
        next[127] = 2;
        assert_eq!(deepest.successor(), Some(Oid::from_arcs(&next).unwrap()));
        let mut last = [u32::MAX; 128];
        last[0] = 2;
        assert_eq!(Oid::from_arcs(&last).unwrap().successor(), None);
    }

    #[test]
    fn a_subtree_ends_before_the_next_sibling_of_it_or_of_an_ancestor() {
        for (subtree, end) in [
            ("1.3.6.1", Some("1.3.6.2")),
            ("1.3.6.127", Some("1.3.6.128")),
            ("1.3.4294967295.4294967295", Some("1.4")),
            ("0.39", Some("1.0")),
            ("1.39.4294967295", Some("2.0")),
            ("2.39", Some("2.40")),
            ("2.4294967295", None),
            ("2.4294967295.4294967295", None),
        ] {
            assert_eq!(oid(subtree).subtree_end(), end.map(oid), "{subtree}");
            if let Some(end) = end.map(oid) {
                let inside = oid(subtree).extend(&[u32::MAX; 20]).unwrap();
                assert!(inside < end && !end.starts_with(&oid(subtree)));
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
