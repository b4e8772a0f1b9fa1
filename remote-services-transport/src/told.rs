//! What does not work is told once, and again when it has changed, however often it is tried.

use std::collections::BTreeMap;
use std::fmt::Display;

/// What was told of each thing that is tried again and again.
pub struct Teller<'a> {
    known: BTreeMap<&'static str, String>,
    tell: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> Teller<'a> {
    /// Nothing was told yet; `tell` does it.
    pub fn new(tell: impl FnMut(&str) + 'a) -> Self {
        Self { known: BTreeMap::new(), tell: Box::new(tell) }
    }

    /// Takes in how a thing went, and tells a person what was not told yet: why it does not work, or that it is well again.
    pub fn of<T, E: Display>(&mut self, what: &'static str, done: Result<T, E>) -> Option<T> {
        let why = done.as_ref().err().map(ToString::to_string);
        let before = match &why {
            Some(why) => self.known.insert(what, why.clone()),
            None => self.known.remove(what),
        };
        match why {
            Some(why) if before.as_ref() != Some(&why) => (self.tell)(&format!("{what}: {why}")),
            None if before.is_some() => (self.tell)(&format!("{what}: well again")),
            _ => {}
        }
        done.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_until_it_changes() {
        let mut lines = Vec::new();
        let mut told = Teller::new(|line: &str| lines.push(line.to_owned()));
        let full = || ("a", Err("full"));
        for (what, done) in [("a", Ok(1)), full(), ("b", Err("off")), full(), ("a", Ok(2)), full()] {
            assert_eq!(told.of(what, done), done.ok());
        }
        drop(told);
        assert_eq!(lines, ["a: full", "b: off", "a: well again", "a: full"]);
    }
}
