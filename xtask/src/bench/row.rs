//! A line of the table.
use super::Programs;

/// One piece of work with its goal.
pub trait Row {
    /// What is done, in a few words.
    fn work(&self) -> &str;

    /// Does it with ours and with the peers.
    ///
    /// # Errors
    /// Why it could not be measured, in a sentence: the goal then counts as missed.
    fn measure(&self, programs: &Programs) -> Result<Line, String>;
}

/// What was measured, in words of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The goal.
    pub goal: String,
    /// The peers and their figures.
    pub peers: String,
    /// Our figure.
    pub ours: String,
    /// Ours by the best peer's.
    pub ratio: String,
    /// Whether the goal is reached.
    pub reached: bool,
}

impl Line {
    /// Above the columns.
    pub(super) const HEADING: [&str; 6] = ["work", "goal", "peers", "ours", "ratio", "reached"];

    pub(super) fn cells(self, work: &str) -> [String; 6] {
        let reached = if self.reached { "reached" } else { "NOT reached" };
        [work.to_owned(), self.goal, self.peers, self.ours, self.ratio, reached.to_owned()]
    }
}
