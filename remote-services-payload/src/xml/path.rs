//! The open elements of a document, for errors and for what must find its place again.

use std::fmt::Write as _;

/// The way from the root to the element that is being read.
#[derive(Debug)]
pub(crate) struct Path<'a> {
    open: Vec<Step<'a>>,
}

#[derive(Debug)]
struct Step<'a> {
    /// As it stands in the tag.
    name: &'a str,
    /// Without its prefix, which may be long: whoever asks for the path a thousand times does not look for the colon.
    local: &'a str,
    /// Which of its neighbours of the same name it is, from 1.
    position: u32,
}

impl<'a> Path<'a> {
    pub(crate) fn new() -> Self {
        Self { open: Vec::with_capacity(8) }
    }

    #[inline]
    pub(crate) fn enter(&mut self, name: &'a str, local: &'a str) {
        self.open.push(Step { name, local, position: 1 });
    }

    /// Says which of its neighbours the innermost element is.
    #[inline]
    pub(crate) fn count(&mut self, position: u32) {
        if let Some(step) = self.open.last_mut() {
            step.position = position;
        }
    }

    #[inline]
    pub(crate) fn leave(&mut self) {
        self.open.pop();
    }

    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The innermost element.
    #[inline]
    pub(crate) fn last(&self) -> &'a str {
        self.open.last().map_or("", |step| step.name)
    }

    /// `Supplies/Supply[3]/Level`; the first of its name carries no position.
    pub(crate) fn text(&self) -> String {
        self.outer(0)
    }

    /// The same of the element that so many steps further out.
    pub(crate) fn outer(&self, steps: usize) -> String {
        let mut text = String::new();
        for step in &self.open[..self.open.len().saturating_sub(steps)] {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(&super::error::excerpt(step.local));
            write_position(&mut text, step.position);
        }
        text
    }
}

/// Appends `[3]`; nothing for the first.
pub(crate) fn write_position(text: &mut String, position: u32) {
    if position > 1 {
        // writing to a String cannot fail
        let _ = write!(text, "[{position}]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_neighbours_by_position() {
        let mut path = Path::new();
        path.enter("Supplies", "Supplies");
        path.enter("s:Supply", "Supply");
        path.count(4);
        path.enter("Level", "Level");
        assert_eq!(path.text(), "Supplies/Supply[4]/Level");
        assert_eq!(path.outer(1), "Supplies/Supply[4]");
        path.leave();
        path.leave();
        path.enter("Paper", "Paper");
        assert_eq!((path.text().as_str(), path.last(), path.depth()), ("Supplies/Paper", "Paper", 2));
    }
}
