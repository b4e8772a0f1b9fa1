//! Object identifiers as octets: reading arcs, comparing, checking. All input is checked once, on the way in.
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::iter::FusedIterator;

/// The arcs of an object identifier, from the root down.
#[derive(Clone, Debug)]
pub struct Arcs<'a> {
    rest: &'a [u8],
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The next number holds the first two arcs.
    Root,
    /// The second arc, which was read together with the first one.
    Second(u32),
    Plain,
}

impl<'a> Arcs<'a> {
    pub(super) fn of_whole(wire: &'a [u8]) -> Self {
        Arcs { rest: wire, state: State::Root }
    }

    pub(super) fn of_suffix(wire: &'a [u8]) -> Self {
        Arcs { rest: wire, state: State::Plain }
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        let mut rest = self.rest;
        while let Some((&octet, tail)) = rest.split_first() {
            rest = tail;
            number = (number << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                self.rest = rest;
                return Some(number);
            }
        }
        None
    }
}

impl Iterator for Arcs<'_> {
    type Item = u32;

    #[expect(clippy::cast_possible_truncation, reason = "`check` admits arcs up to 2^32 - 1 only")]
    fn next(&mut self) -> Option<u32> {
        match self.state {
            State::Plain => self.number().map(|n| n as u32),
            State::Second(arc) => {
                self.state = State::Plain;
                Some(arc)
            }
            State::Root => {
                let joined = self.number()?;
                let first = (joined / 40).min(2);
                self.state = State::Second((joined - 40 * first) as u32);
                Some(first as u32)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let numbers = count_numbers(self.rest);
        let extra = match self.state {
            State::Plain => 0,
            State::Second(_) => 1,
            State::Root => usize::from(numbers > 0),
        };
        (numbers + extra, Some(numbers + extra))
    }
}

impl ExactSizeIterator for Arcs<'_> {}
impl FusedIterator for Arcs<'_> {}

/// Why octets are not an object identifier, and at which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireFault {
    Empty,
    /// The last number has no last octet.
    Unfinished(usize),
    /// X.690 §8.19.2: the first octet of a number must not be 0x80.
    Padded(usize),
    /// An arc above 2^32 - 1.
    ArcTooLarge(usize),
    TooManyArcs(usize),
}

/// Checks the octets of an object identifier, in one pass.
#[inline(never)]
pub(crate) fn check(wire: &[u8], max_arcs: usize) -> Result<(), WireFault> {
    let plain = plain_octets(wire);
    let mut arcs = 1 + plain; // the first number counts for two
    let mut number = 0_u64;
    let mut start = plain;
    // X.690 §8.19.4: the first number is 40 × arc1 + arc2, so it may pass 2^32 by 80.
    let mut limit = u64::from(u32::MAX) + if plain == 0 { 80 } else { 0 };
    if wire.is_empty() {
        return Err(WireFault::Empty);
    }
    for (at, &octet) in wire.iter().enumerate().skip(plain) {
        if octet < 0x80 && start == at {
            // By far the most arcs are one octet.
            arcs += 1;
            start = at + 1;
            limit = u64::from(u32::MAX);
            continue;
        }
        if at == start && octet == 0x80 {
            return Err(WireFault::Padded(at));
        }
        number = (number << 7) | u64::from(octet & 0x7f);
        if number > limit {
            return Err(WireFault::ArcTooLarge(start));
        }
        if octet & 0x80 == 0 {
            arcs += 1;
            number = 0;
            start = at + 1;
            limit = u64::from(u32::MAX);
        }
    }
    if start != wire.len() {
        return Err(WireFault::Unfinished(start));
    }
    if arcs > max_arcs {
        return Err(WireFault::TooManyArcs(arcs));
    }
    Ok(())
}

/// Whether the octets are an identifier of the usual kind: all arcs of one octet, or at most 16 octets and arcs that are
/// not much longer. Without a loop over them. Of what it does not take, [`check`] says whether it is one.
#[inline]
pub(crate) fn is_usual(wire: &[u8], max_arcs: usize) -> bool {
    // As many numbers as octets, and the first stands for two arcs.
    wire.len() < max_arcs && !wire.is_empty() && (!any_continues(wire) || has_short_arcs(wire))
}

/// Whether 8 to 16 octets are an identifier, seen in its first and its last eight octets. As neither may hold two octets
/// in a row that do not end a number, and none that could be padding, numbers have three octets at most.
#[inline]
fn has_short_arcs(wire: &[u8]) -> bool {
    let (Some(front), Some(back)) = (wire.first_chunk(), wire.last_chunk()) else { return false };
    let (front, back) = (u64::from_le_bytes(*front), u64::from_le_bytes(*back));
    let long = |octets: u64| {
        let continues = octets & HIGH;
        let padding = continues & !((octets & !HIGH) + !HIGH);
        continues & (continues << 8) | padding
    };
    wire.len() <= 16 && long(front) | long(back) == 0 && back >> 63 == 0
}

/// Whether any octet has its highest bit set, and so belongs to a number of several octets.
#[inline]
fn any_continues(octets: &[u8]) -> bool {
    let (Some(first), Some(last)) = (octets.first_chunk(), octets.last_chunk()) else {
        return octets.iter().fold(0, |seen, octet| seen | octet) >= 0x80;
    };
    let mut seen = u64::from_ne_bytes(*first) | u64::from_ne_bytes(*last);
    if octets.len() > 16 {
        for chunk in octets.as_chunks().0 {
            seen |= u64::from_ne_bytes(*chunk);
        }
    }
    seen & HIGH != 0
}

/// Appends all arcs of a checked identifier.
pub(super) fn append_arcs(wire: &[u8], arcs: &mut Vec<u32>) {
    match plain_root(wire) {
        Some((roots, rest)) => {
            arcs.extend(roots);
            arcs.extend(rest.iter().map(|&octet| u32::from(octet)));
        }
        None => arcs.extend(Arcs::of_whole(wire)),
    }
}

/// All arcs of a checked identifier, in a `Vec` with room for at most eight more.
#[inline]
pub(super) fn to_arcs(wire: &[u8]) -> Vec<u32> {
    if let 8..=16 = wire.len()
        && let Some(arcs) = usual_arcs(wire)
    {
        return arcs;
    }
    match plain_root(wire) {
        Some((roots, rest)) => roots.into_iter().chain(rest.iter().map(|&octet| u32::from(octet))).collect(),
        None => Arcs::of_whole(wire).collect(),
    }
}

/// The arcs of an identifier of 8 to 16 octets, when each of them takes one octet. Without a loop: all that is copied
/// has a fixed size.
#[inline]
fn usual_arcs(wire: &[u8]) -> Option<Vec<u32>> {
    let (front, back) = (wire.first_chunk()?, wire.last_chunk()?);
    if !takes_one_octet_each(wire) {
        return None;
    }
    let mut arcs = [0; 17];
    // The second may write over a part of the first, with the same arcs.
    widen(front, arcs.get_mut(1..)?.first_chunk_mut()?);
    widen(back, arcs.get_mut(wire.len() - 7..)?.first_chunk_mut()?);
    let root = u32::from(front[0]);
    let first = (root / 40).min(2);
    *arcs.first_chunk_mut()? = [first, root - 40 * first];
    let mut arcs = arcs.to_vec();
    arcs.truncate(wire.len() + 1);
    Some(arcs)
}

/// Apart from those who use the octets as single ones, which the compiler would otherwise cut out of words.
#[inline(never)]
fn takes_one_octet_each(wire: &[u8]) -> bool {
    !any_continues(wire)
}

#[inline]
fn widen(octets: &[u8; 8], arcs: &mut [u32; 8]) {
    for (arc, octet) in arcs.iter_mut().zip(octets) {
        *arc = u32::from(*octet);
    }
}

/// The first two arcs and the octets of the others, when each of them takes one octet.
#[inline]
fn plain_root(wire: &[u8]) -> Option<([u32; 2], &[u8])> {
    let (&root, rest) = wire.split_first()?;
    let first = match root {
        0..40 => 0,
        40..80 => 1,
        _ => 2,
    };
    (!any_continues(wire)).then_some(([first, u32::from(root) - 40 * first], rest))
}

/// How many base-128 numbers stand in `wire`.
pub(super) fn count_numbers(wire: &[u8]) -> usize {
    wire.iter().filter(|&&octet| octet & 0x80 == 0).count()
}

/// The order of the arcs (lexicographic, as RFC 3416 §4.2.2 wants it), found without decoding them.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    match first_difference(a, b) {
        Some(differs) => compare_from(a, b, differs),
        None => a.len().cmp(&b.len()),
    }
}

/// The order of two identifiers whose octets differ first at `differs`.
#[inline]
fn compare_from(a: &[u8], b: &[u8], differs: usize) -> Ordering {
    let (x, y) = (a[differs], b[differs]);
    if x & y < 0x80 {
        // At least one number ends here. The other, should it go on, is the longer and so, in shortest form, the greater.
        return x.cmp(&y);
    }
    let length = |wire: &[u8]| wire[differs..].iter().position(|octet| octet & 0x80 == 0);
    length(a).cmp(&length(b)).then_with(|| x.cmp(&y))
}

/// Where two identifiers differ, as far as both go. Looks at eight octets at a time.
#[inline]
fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let both = a.len().min(b.len());
    let (a, b) = (&a[..both], &b[..both]);
    let mut at = 0;
    while let (Some(x), Some(y)) = (a[at..].first_chunk(), b[at..].first_chunk()) {
        if let Some(differs) = differing_octet(x, y) {
            return Some(at + differs);
        }
        at += 8;
    }
    match (a.last_chunk(), b.last_chunk()) {
        // Of the last eight, those that were looked at before are the same.
        (Some(x), Some(y)) => differing_octet(x, y).map(|differs| both - 8 + differs),
        _ => a.iter().zip(b).position(|(x, y)| x != y),
    }
}

#[inline]
fn differing_octet(x: &[u8; 8], y: &[u8; 8]) -> Option<usize> {
    let differs = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
    (differs != 0).then(|| (differs.trailing_zeros() / 8) as usize)
}

/// How many octets stand before the first that belongs to a number of several octets, or fewer where all are short.
#[inline]
fn plain_octets(wire: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let continues = |chunk: &[u8; 8]| u64::from_le_bytes(*chunk) & HIGH;
    let before = |continues: u64| (continues.trailing_zeros() / 8) as usize;
    let mut at = 0;
    while let Some(chunk) = wire[at..].first_chunk() {
        match continues(chunk) {
            0 => at += 8,
            some => return at + before(some),
        }
    }
    // The last eight, of which some were looked at before. Without a mark all of them are short.
    wire.last_chunk().map_or(0, |chunk| wire.len() - 8 + before(continues(chunk)))
}

/// Whether `a` comes after `b` and begins with the same octets, at least so many of them.
#[inline]
pub(crate) fn follows_within(a: &[u8], b: &[u8], shared: usize) -> bool {
    let Some(differs) = first_difference(a, b) else { return a.len() > b.len() && b.len() >= shared };
    differs >= shared && compare_from(a, b, differs).is_gt()
}

/// Appends one number in base 128, shortest form.
pub(super) fn push_number(wire: &mut impl Extend<u8>, number: u64) {
    let octets = base128_len(number);
    wire.extend((0..octets).rev().map(|position| base128_octet(number, position)));
}

/// Octets that `number` takes in base 128.
pub(super) const fn base128_len(number: u64) -> usize {
    let mut octets = 1;
    let mut rest = number >> 7;
    while rest > 0 {
        octets += 1;
        rest >>= 7;
    }
    octets
}

/// The octet at `position`, counted from the last, of `number` in base 128.
pub(super) const fn base128_octet(number: u64, position: usize) -> u8 {
    let more = if position == 0 { 0 } else { 0x80 };
    ((number >> (7 * position)) & 0x7f) as u8 | more
}

/// The highest bit of each of eight octets.
const HIGH: u64 = 0x8080_8080_8080_8080;
