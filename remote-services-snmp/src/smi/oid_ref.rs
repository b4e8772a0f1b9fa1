//! The borrowed object identifier: a checked piece of the datagram.
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use super::Oid;
use super::wire::{self, Arcs};

/// An object identifier that borrows the octets it was decoded from. Already checked: reading arcs cannot fail.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OidRef<'a>(&'a [u8]);

impl OidRef<'static> {
    /// `0.0`, the zeroDotZero of RFC 2578.
    pub const ZERO: Self = OidRef(&[0]);
}

impl<'a> OidRef<'a> {
    /// Octets that came out of `wire::check`.
    pub(crate) fn from_checked_wire(wire: &'a [u8]) -> Self {
        OidRef(wire)
    }

    /// The arcs, from the root down.
    #[must_use]
    pub fn arcs(self) -> Arcs<'a> {
        Arcs::of_whole(self.0)
    }

    /// The arcs in a `Vec`, for those who keep them as numbers. Faster than collecting [`Self::arcs`].
    #[must_use]
    pub fn to_arcs(self) -> Vec<u32> {
        wire::to_arcs(self.0)
    }

    /// Appends the arcs, so that one `Vec` can hold those of many identifiers.
    pub fn append_arcs(self, arcs: &mut Vec<u32>) {
        wire::append_arcs(self.0, arcs);
    }

    /// How many arcs there are: 2 to 128.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is no identifier without arcs")]
    pub fn len(self) -> usize {
        1 + wire::count_numbers(self.0)
    }

    /// Whether it lies in the subtree of `prefix`.
    #[must_use]
    pub fn starts_with(self, prefix: OidRef<'_>) -> bool {
        self.0.starts_with(prefix.0)
    }

    /// The arcs below `prefix`, or `None` outside its subtree.
    #[must_use]
    pub fn strip_prefix(self, prefix: OidRef<'_>) -> Option<Arcs<'a>> {
        self.0.strip_prefix(prefix.0).map(Arcs::of_suffix)
    }

    /// Whether it comes after `previous`, which lies in the subtree of `root`, and lies there too.
    #[inline]
    pub(crate) fn follows_within(self, previous: OidRef<'_>, root: OidRef<'_>) -> bool {
        wire::follows_within(self.0, previous.0, root.0.len())
    }

    /// The contents octets of the BER encoding, without tag and length.
    #[must_use]
    pub fn as_wire(self) -> &'a [u8] {
        self.0
    }

    /// A copy that lives without the datagram.
    #[inline]
    #[must_use]
    pub fn to_owned(self) -> Oid {
        Oid::from_checked_wire(self.0)
    }

    #[inline(always)]
    pub(crate) fn copy_to(self, place: &mut Oid) {
        place.copy_checked_wire(self.0);
    }
}

impl PartialOrd for OidRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OidRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        wire::compare(self.0, other.0)
    }
}

impl PartialEq<Oid> for OidRef<'_> {
    fn eq(&self, other: &Oid) -> bool {
        self.0 == other.as_wire()
    }
}

impl fmt::Display for OidRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, arc) in self.arcs().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            write!(f, "{arc}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for OidRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}
