//! A table of things under random numbers.
//!
//! The numbers are ours and unpredictable to others, so they serve as their own hash: nobody can make them collide.

use alloc::vec::Vec;

/// Open addressing with linear probing; never more than three quarters full.
pub(crate) struct Numbers<T> {
    /// A power of two of places, or none.
    places: Vec<Option<(i32, T)>>,
    len: usize,
}

impl<T> Numbers<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), len: 0 }
    }

    pub(crate) fn get(&self, number: i32) -> Option<&T> {
        self.find(number).and_then(|at| self.places[at].as_ref()).map(|(_, thing)| thing)
    }

    /// Keeps a thing under a number that has none.
    pub(crate) fn insert(&mut self, number: i32, thing: T) {
        if 4 * (self.len + 1) > 3 * self.places.len() {
            let places = (2 * self.places.len()).max(SMALLEST);
            let grown = core::iter::repeat_with(|| None).take(places).collect();
            let before = core::mem::replace(&mut self.places, grown);
            for (number, thing) in before.into_iter().flatten() {
                self.put(number, thing);
            }
        }
        self.put(number, thing);
        self.len += 1;
    }

    pub(crate) fn remove(&mut self, number: i32) {
        let Some(mut gap) = self.find(number) else { return };
        self.places[gap] = None;
        self.len -= 1;
        // What stands behind the gap, up to the next free place, may have been meant for it or a place before.
        let mut at = gap;
        loop {
            at = self.after(at);
            let Some((number, _)) = &self.places[at] else { return };
            let distance = |from: usize| at.wrapping_sub(from) & (self.places.len() - 1);
            if distance(self.home(*number)) >= distance(gap) {
                self.places.swap(gap, at);
                gap = at;
            }
        }
    }

    fn put(&mut self, number: i32, thing: T) {
        let mut at = self.home(number);
        while self.places[at].is_some() {
            at = self.after(at);
        }
        self.places[at] = Some((number, thing));
    }

    fn find(&self, number: i32) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        let mut at = self.home(number);
        loop {
            match &self.places[at] {
                Some((other, _)) if *other == number => return Some(at),
                Some(_) => at = self.after(at),
                None => return None,
            }
        }
    }

    fn home(&self, number: i32) -> usize {
        usize::try_from(number.unsigned_abs()).unwrap_or(0) & (self.places.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }
}

/// Places of the smallest table.
const SMALLEST: usize = 16;

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_kept_is_found_and_what_is_removed_is_not_however_crowded_the_homes_are() {
        let mut numbers = Numbers::new();
        let mut model = BTreeMap::new();
        assert_eq!(numbers.get(7), None::<&i32>);
        let mut state = 1_u64;
        for turn in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Few homes, and some of the numbers at the upper end.
            let number = i32::try_from((state >> 40) & 7 | (state >> 50) & 0x1f0).unwrap();
            let number = if turn % 3 == 0 { i32::MAX - number } else { number };
            if model.remove(&number).is_some() {
                numbers.remove(number);
            } else {
                model.insert(number, turn);
                numbers.insert(number, turn);
            }
            assert_eq!(numbers.get(number), model.get(&number));
            assert_eq!(numbers.len, model.len());
        }
        assert!(model.iter().all(|(number, thing)| numbers.get(*number) == Some(thing)));
    }
}
