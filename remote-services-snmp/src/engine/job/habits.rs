//! What was learnt about how much one peer can answer at once.

use super::super::PeerOptions;

/// How large GETBULK answers this peer manages. Shared by all requests to it.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    wanted: u16,
    varbinds: u16,
    /// Answers in a row since the size changed.
    good: u8,
    /// How often GETBULK met silence where GETNEXT was answered.
    silent: u8,
    /// Whether an answer held more than was asked for.
    surplus: bool,
}

impl Habits {
    pub(crate) fn new(options: &PeerOptions) -> Self {
        let wanted = options.bulk_varbinds.max(1);
        Self { wanted, varbinds: wanted, good: 0, silent: 0, surplus: false }
    }

    /// Repetitions to ask for with so many columns; `None` when this peer is better asked by GETNEXT.
    pub(crate) fn repetitions(&self, columns: usize) -> Option<u16> {
        let columns = u16::try_from(columns).unwrap_or(u16::MAX).max(1);
        (self.silent < SILENT_LIMIT && !self.surplus).then(|| (self.varbinds / columns).max(1))
    }

    /// A GETBULK of this many variable bindings was too much.
    pub(crate) fn too_much(&mut self, asked: usize) {
        let asked = u16::try_from(asked).unwrap_or(u16::MAX);
        self.varbinds = (self.varbinds.min(asked) / 2).max(1);
        self.good = 0;
    }

    /// A GETBULK was answered.
    pub(crate) fn bulk_answered(&mut self) {
        self.silent = 0;
        self.good += 1;
        if self.good == GOOD_BEFORE_GROWTH {
            self.good = 0;
            self.varbinds = self.varbinds.saturating_mul(2).min(self.wanted);
        }
    }

    /// An answer held more than was asked for. How long one to GETBULK is the agent decides, so that what stands behind its
    /// rows would be taken for a cell that ends a column.
    pub(crate) fn surplus_met(&mut self) {
        self.surplus = true;
    }

    /// GETNEXT was answered where GETBULK was not.
    pub(crate) fn bulk_silent(&mut self) {
        self.silent = self.silent.saturating_add(1);
    }
}

/// Growing is slow and shrinking fast, since a time-out costs more than a smaller answer.
const GOOD_BEFORE_GROWTH: u8 = 4;
/// Once may have been loss; twice is an agent that ignores GETBULK.
const SILENT_LIMIT: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinks_at_once_and_grows_slowly_up_to_what_was_wanted() {
        let mut habits = Habits::new(&PeerOptions { bulk_varbinds: 20, ..PeerOptions::default() });
        habits.too_much(20);
        assert_eq!(habits.repetitions(1), Some(10));
        for _ in 0..3 {
            habits.bulk_answered();
        }
        assert_eq!(habits.repetitions(1), Some(10));
        habits.bulk_answered();
        assert_eq!(habits.repetitions(1), Some(20));
        for _ in 0..8 {
            habits.bulk_answered();
        }
        assert_eq!(habits.repetitions(1), Some(20));
    }

    #[test]
    fn repetitions_are_shared_by_the_columns_and_never_zero() {
        let habits = Habits::new(&PeerOptions { bulk_varbinds: 10, ..PeerOptions::default() });
        assert_eq!(habits.repetitions(3), Some(3));
        assert_eq!(habits.repetitions(200), Some(1));
    }

    #[test]
    fn whoever_answers_more_than_was_asked_is_asked_by_getnext_from_then_on() {
        let mut habits = Habits::new(&PeerOptions::default());
        habits.surplus_met();
        habits.bulk_answered();
        assert_eq!(habits.repetitions(1), None);
    }

    #[test]
    fn two_silences_end_getbulk() {
        let mut habits = Habits::new(&PeerOptions::default());
        habits.bulk_silent();
        assert!(habits.repetitions(1).is_some());
        habits.bulk_silent();
        assert_eq!(habits.repetitions(1), None);
    }
}
