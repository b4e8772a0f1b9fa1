//! The open elements of a document, for errors and notes.

/// The way from the root to the element that is being read.
#[derive(Debug, Default)]
pub(crate) struct Path<'a> {
    open: Vec<Step<'a>>,
}

#[derive(Debug)]
struct Step<'a> {
    name: &'a str,
    /// Which of its neighbours of the same name it is, from 1.
    position: usize,
    /// The child that was read last, and its position.
    child: (&'a str, usize),
}

impl<'a> Path<'a> {
    pub(crate) fn enter(&mut self, name: &'a str) {
        let position = match self.open.last_mut() {
            Some(parent) if parent.child.0 == name => {
                parent.child.1 += 1;
                parent.child.1
            }
            Some(parent) => {
                parent.child = (name, 1);
                1
            }
            None => 1,
        };
        self.open.push(Step { name, position, child: ("", 0) });
    }

    pub(crate) fn leave(&mut self) {
        self.open.pop();
    }

    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The innermost element.
    pub(crate) fn last(&self) -> &'a str {
        self.open.last().map_or("", |step| step.name)
    }

    /// `Supplies/Supply[3]/Level`; the first of its name carries no position.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.open {
            if !text.is_empty() {
                text.push('/');
            }
            text.push_str(&super::error::excerpt(step.name));
            if step.position > 1 {
                text.push_str(&format!("[{}]", step.position));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_neighbours_by_position() {
        let mut path = Path::default();
        path.enter("Supplies");
        for _ in 0..3 {
            path.enter("Supply");
            path.enter("Level");
            path.leave();
            path.leave();
        }
        path.enter("Supply");
        path.enter("Level");
        assert_eq!(path.text(), "Supplies/Supply[4]/Level");
        path.leave();
        path.leave();
        path.enter("Paper");
        assert_eq!(path.text(), "Supplies/Paper");
    }
}
