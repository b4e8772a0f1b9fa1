//! What waits for a packet of the site's rate. New questions and repetitions take turns, so that neither many silent devices
//! nor many busy ones keep the others waiting.

use alloc::collections::VecDeque;

use super::pending::ExchangeId;

/// Exchanges that wait to be sent, each kind in its order. Closed ones stay until their turn comes.
#[derive(Default)]
pub(crate) struct SendQueue {
    fresh: VecDeque<ExchangeId>,
    again: VecDeque<ExchangeId>,
    /// Whose turn it is when both wait.
    turn_of_again: bool,
}

/// Which of the two lines something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Questions asked for the first time.
    Fresh,
    /// Questions that had no answer.
    Again,
}

impl SendQueue {
    pub(crate) fn push(&mut self, line: Line, exchange: ExchangeId) {
        self.line(line).push_back(exchange);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.again.is_empty()
    }

    /// The next one and where it stands. `may_start` says that there are fresh questions beside those that wait here.
    pub(crate) fn front(&self, may_start: bool) -> Option<(Line, ExchangeId)> {
        let fresh_waits = may_start || !self.fresh.is_empty();
        match self.again.front() {
            Some(&exchange) if self.turn_of_again || !fresh_waits => Some((Line::Again, exchange)),
            _ => Some((Line::Fresh, *self.fresh.front()?)),
        }
    }

    /// Takes the first one of a line out.
    pub(crate) fn pop(&mut self, line: Line) {
        self.line(line).pop_front();
    }

    /// One of this line was sent: it is the turn of the other.
    pub(crate) fn sent(&mut self, line: Line) {
        self.turn_of_again = line == Line::Fresh;
    }

    fn line(&mut self, line: Line) -> &mut VecDeque<ExchangeId> {
        match line {
            Line::Fresh => &mut self.fresh,
            Line::Again => &mut self.again,
        }
    }
}
