//! Whom to ask: one host, by which addresses, under which network's rules.

use core::net::SocketAddr;
use std::collections::VecDeque;

/// One host to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its address.
    pub address: SocketAddr,
    /// Further addresses of the same host, asked one after the other as long as nothing answers.
    pub others: Vec<SocketAddr>,
    /// Position of its network in [`Options::networks`](super::Options::networks); `None`: the options' own credentials.
    pub network: Option<usize>,
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self { address, others: Vec::new(), network: None }
    }
}

impl Target {
    /// All its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        core::iter::once(self.address).chain(self.others.iter().copied())
    }
}

/// Several lists at once: one item of each in turn, so that no subnet waits for another to end.
#[derive(Clone, Debug)]
pub struct InTurn<I>(VecDeque<I>);

impl<I: Iterator> InTurn<I> {
    /// These lists.
    pub fn new(lists: impl IntoIterator<Item = I>) -> Self {
        Self(lists.into_iter().collect())
    }
}

impl<I: Iterator> Iterator for InTurn<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        while let Some(mut list) = self.0.pop_front() {
            if let Some(item) = list.next() {
                self.0.push_back(list);
                return Some(item);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_different_length_take_turns_and_all_come_to_their_end() {
        let items: Vec<i32> = InTurn::new([vec![1, 2, 3], vec![], vec![10]].map(Vec::into_iter)).collect();
        assert_eq!(items, [1, 10, 2, 3]);
    }
}
