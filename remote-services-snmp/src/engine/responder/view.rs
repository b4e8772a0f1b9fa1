//! Which part of the MIB somebody may see (RFC 3415 §4, vacmViewTreeFamilyTable).
use alloc::vec::Vec;

use crate::smi::{Oid, OidRef};

/// A set of object instances, made of subtrees that are included or excluded. Empty until something is included.
///
/// Where several subtrees hold a name, the one with the most arcs decides, and among those of the same length the
/// greatest, as vacmViewTreeFamilyTable has it.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What holds for a name in none of the subtrees.
    everything: bool,
    /// In the order in which they are to be asked: most arcs first, then the greatest name.
    families: Vec<Family>,
}

#[derive(Clone, Debug)]
struct Family {
    subtree: Oid,
    /// One bit for each arc, the highest bit of the first octet for the first arc; a zero bit matches any arc.
    /// Arcs beyond the mask must match.
    mask: Vec<u8>,
    included: bool,
    /// Where the subtree ends.
    end: Option<Oid>,
}

impl View {
    /// A view of nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A view of all there is.
    #[must_use]
    pub fn everything() -> Self {
        View { everything: true, families: Vec::new() }
    }

    /// With this subtree in it.
    #[must_use]
    pub fn include(self, subtree: Oid) -> Self {
        self.with(subtree, &[], true)
    }

    /// With this subtree out of it.
    #[must_use]
    pub fn exclude(self, subtree: Oid) -> Self {
        self.with(subtree, &[], false)
    }

    /// With all subtrees in it whose arcs are those of `subtree` wherever `mask` has a one: the highest bit of its
    /// first octet is for the first arc, and arcs beyond it count as ones (vacmViewTreeFamilyMask). One row of a
    /// table, for instance.
    #[must_use]
    pub fn include_masked(self, subtree: Oid, mask: &[u8]) -> Self {
        self.with(subtree, mask, true)
    }

    /// The opposite of [`include_masked`](Self::include_masked).
    #[must_use]
    pub fn exclude_masked(self, subtree: Oid, mask: &[u8]) -> Self {
        self.with(subtree, mask, false)
    }

    /// Whether an instance of this name may be seen.
    #[must_use]
    pub fn contains(&self, name: OidRef<'_>) -> bool {
        self.decides(name).unwrap_or(self.everything)
    }

    /// Whether the subtree that decides about this name is included; `None` when none holds it.
    pub(crate) fn decides(&self, name: OidRef<'_>) -> Option<bool> {
        self.families.iter().find(|family| family.holds(name)).map(|family| family.included)
    }

    /// Whether nothing can be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.everything && !self.families.iter().any(|family| family.included)
    }

    /// The first name after a hidden one at which something may come into sight, or `None` when nothing will.
    /// No name in between is in the view.
    pub(super) fn next_border(&self, hidden: &Oid) -> Border {
        if self.families.iter().any(|family| !family.mask.is_empty()) {
            return Border::Unknown;
        }
        let starts = self.families.iter().filter(|family| family.included).map(|family| &family.subtree);
        let starts = starts.filter(|start| *start > hidden);
        let left = self.families.iter().filter(|family| hidden.starts_with(&family.subtree));
        let ends = left.filter_map(|family| family.end.as_ref());
        starts.chain(ends).min().cloned().map_or(Border::None, Border::At)
    }

    fn with(mut self, subtree: Oid, mask: &[u8], included: bool) -> Self {
        let end = subtree.subtree_end();
        let family = Family { subtree, mask: mask.into(), included, end };
        self.families.retain(|known| known.subtree != family.subtree || known.mask != family.mask);
        self.families.push(family);
        self.families
            .sort_by(|a, b| b.subtree.len().cmp(&a.subtree.len()).then_with(|| b.subtree.cmp(&a.subtree)));
        self
    }
}

/// See [`View::next_border`].
pub(super) enum Border {
    At(Oid),
    None,
    /// Wildcards have no borders: every instance must be looked at.
    Unknown,
}

impl Family {
    fn holds(&self, name: OidRef<'_>) -> bool {
        if self.mask.is_empty() {
            return name.starts_with(self.subtree.as_ref());
        }
        let mut arcs = name.arcs();
        self.subtree.arcs().enumerate().all(|(position, wanted)| {
            let octet = self.mask.get(position / 8).copied().unwrap_or(0xff);
            let counts = octet & (0x80 >> (position % 8)) != 0;
            arcs.next().is_some_and(|arc| !counts || arc == wanted)
        })
    }
}
