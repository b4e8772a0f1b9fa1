//! Things found by a handle at the cost of one comparison, in memory that is used again.

use alloc::vec::Vec;

/// Where a thing is, and which one it is. Never given out twice by one slab. Ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    number: u64,
    place: u32,
}

impl Key {
    /// How many things were kept before it.
    pub(crate) fn number(self) -> u64 {
        self.number
    }
}

/// Things under keys. Places are used again, keys are not.
pub(crate) struct Slab<T> {
    /// A place without a thing holds the number of the next such place.
    places: Vec<Place<T>>,
    next_free: u32,
    next_number: u64,
    len: usize,
}

enum Place<T> {
    Taken { number: u64, thing: T },
    Free { next_free: u32 },
}

impl<T> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), next_free: NONE, next_number: 0, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Keeps a thing. The callers bound how many there are, far below 2^32.
    pub(crate) fn insert(&mut self, thing: T) -> Key {
        let number = self.next_number;
        self.next_number += 1;
        self.len += 1;
        let taken = Place::Taken { number, thing };
        if let Some(free) = self.places.get_mut(index(self.next_free))
            && let Place::Free { next_free } = *free
        {
            *free = taken;
            return Key { number, place: core::mem::replace(&mut self.next_free, next_free) };
        }
        let place = u32::try_from(self.places.len()).unwrap_or(NONE);
        self.places.push(taken);
        Key { number, place }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.places.get(index(key.place)) {
            Some(Place::Taken { number, thing }) if *number == key.number => Some(thing),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.places.get_mut(index(key.place)) {
            Some(Place::Taken { number, thing }) if *number == key.number => Some(thing),
            _ => None,
        }
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        let place = self.places.get_mut(index(key.place))?;
        let free = Place::Free { next_free: core::mem::replace(&mut self.next_free, key.place) };
        self.len -= 1;
        match core::mem::replace(place, free) {
            Place::Taken { thing, .. } => Some(thing),
            Place::Free { .. } => None,
        }
    }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The end of the list of free places.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_and_old_keys_find_nothing() {
        let mut slab = Slab::new();
        let (first, second) = (slab.insert('a'), slab.insert('b'));
        assert_eq!(slab.remove(first), Some('a'));
        let third = slab.insert('c');
        assert_eq!((slab.get(first), slab.get(second), slab.get(third)), (None, Some(&'b'), Some(&'c')));
        assert_eq!((slab.remove(first), slab.len(), slab.places.len()), (None, 2, 2));
        assert!(first < second && second < third);
        slab.remove(second);
        slab.remove(third);
        let keys: Vec<Key> = (0..5).map(|_| slab.insert('d')).collect();
        assert_eq!((slab.len(), slab.places.len()), (5, 5));
        assert!(keys.iter().all(|key| slab.get(*key).is_some()));
    }
}
