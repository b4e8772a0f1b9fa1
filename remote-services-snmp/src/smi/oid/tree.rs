//! Object identifiers as nodes of the tree: what lies below, above and after them.
use alloc::vec::Vec;

use super::{Arcs, INLINE, MAX_ARCS, Oid, OidError, wire};

impl Oid {
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
        let own = self.as_wire();
        let added: usize = arcs.iter().map(|arc| wire::base128_len(u64::from(*arc))).sum();
        if own.len() + added <= INLINE {
            let mut octets = [0; INLINE];
            octets[..own.len()].copy_from_slice(own);
            let numbers = arcs.iter().map(|arc| u64::from(*arc));
            let new = numbers.flat_map(|arc| {
                (0..wire::base128_len(arc)).rev().map(move |position| wire::base128_octet(arc, position))
            });
            octets[own.len()..].iter_mut().zip(new).for_each(|(octet, new)| *octet = new);
            return Ok(Self::from_checked_wire(&octets[..own.len() + added]));
        }
        if self.len() + arcs.len() > MAX_ARCS {
            return Err(OidError::TooManyArcs);
        }
        let mut octets = Vec::with_capacity(own.len() + added);
        octets.extend_from_slice(own);
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
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn oid(text: &str) -> Oid {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_below_is_the_same_identifier_whether_it_is_short_or_long() {
        let root = [1, 3, 6, 1, 4, 1];
        for arcs in
            (0..30).map(|count| vec![300; count]).chain([vec![0, 127, 128, u32::MAX], vec![u32::MAX; 122]])
        {
            let whole = [&root[..], &arcs].concat();
            assert_eq!(Oid::from_arcs(&root).unwrap().extend(&arcs), Oid::from_arcs(&whole), "{arcs:?}");
        }
        assert_eq!(Oid::from_arcs(&root).unwrap().extend(&[0; 123]), Err(OidError::TooManyArcs));
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
}
