//! Identifiers of 8 to 16 octets, which most names are, in two words: compared and copied without a loop.
/// Its first and its last eight octets, which may be partly the same, and how many it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShortName {
    pub(super) front: u64,
    pub(super) back: u64,
    pub(super) len: usize,
}

impl ShortName {
    /// Of octets that came out of `wire::check`.
    #[inline(always)]
    pub(crate) fn from_checked_wire(octets: &[u8]) -> Option<Self> {
        let (front, back) = (octets.first_chunk()?, octets.last_chunk()?);
        let len = octets.len();
        (len <= 16).then_some(Self {
            front: u64::from_le_bytes(*front),
            back: u64::from_le_bytes(*back),
            len,
        })
    }

    /// Whether it can be seen at a glance that it comes after `previous` and begins with the same octets, at least so many
    /// of them. Where it cannot, `wire::follows_within` tells.
    #[inline(always)]
    pub(crate) fn plainly_follows(self, previous: Self, shared: usize) -> bool {
        let (ours, theirs, start) = if self.front == previous.front {
            (self.back, previous.back, self.len - 8)
        } else {
            (self.front, previous.front, 0)
        };
        // Of equal words 64: the octets taken then are equal too.
        let bits = (ours ^ theirs).trailing_zeros() & !7;
        let octet = |word: u64| (word >> (bits & 63)) & 0xff;
        let (ours, theirs) = (octet(ours), octet(theirs));
        // Where both numbers go on, their lengths have to be compared.
        self.len == previous.len
            && start + bits as usize / 8 >= shared
            && ours > theirs
            && ours & theirs < 0x80
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::wire;
    use super::*;
    use crate::Oid;

    #[test]
    fn what_plainly_follows_does_follow_and_nearly_all_that_follows_does_so_plainly() {
        let last = [0, 1, 2, 127, 128, 129, 255, 256, 16_383, 16_384, 40_000];
        let mut names = Vec::new();
        for length in 5..18 {
            for at in [2, length / 2, length - 1] {
                for arc in last {
                    let mut arcs: Vec<u32> = [1, 3].into_iter().chain((1..).take(length - 2)).collect();
                    arcs[at] = arc;
                    names.push(Oid::from_arcs(&arcs).unwrap());
                }
            }
        }
        let (mut plain, mut all) = (0, 0);
        for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a.as_wire(), b.as_wire()))) {
            let (Some(short), Some(previous)) =
                (ShortName::from_checked_wire(a), ShortName::from_checked_wire(b))
            else {
                continue;
            };
            for shared in 1..=b.len() {
                let follows = wire::follows_within(a, b, shared);
                let plainly = short.plainly_follows(previous, shared);
                assert!(follows || !plainly, "{a:02x?} after {b:02x?} by {shared}");
                if a.len() == b.len() {
                    plain += usize::from(plainly);
                    all += usize::from(follows);
                }
            }
        }
        assert!(plain > 10_000 && plain * 10 > all * 9, "{plain} of {all}");
    }

    #[test]
    fn other_lengths_are_not_short() {
        for length in 0..20 {
            let octets = [1; 20];
            let short = ShortName::from_checked_wire(&octets[..length]);
            assert_eq!(short.is_some(), (8..=16).contains(&length));
        }
    }
}
