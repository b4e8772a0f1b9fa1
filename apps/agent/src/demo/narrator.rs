//! What the demo tells as it goes: numbered steps, each with what came of it.

use crate::failure::Failure;
use std::cell::Cell;

/// Numbers the steps.
pub(super) struct Narrator {
    step: Cell<u32>,
}

impl Narrator {
    /// Begins with step 1.
    #[must_use]
    pub(super) fn new() -> Self {
        Self { step: Cell::new(0) }
    }

    /// Carries out one step; when it fails, the failure names it.
    ///
    /// # Errors
    /// What the step gives, with the step's number and name in front.
    pub(super) fn step<T>(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.step.set(self.step.get() + 1);
        let number = self.step.get();
        say!("\n{number}. {name}");
        work().map_err(|failure| failure.while_doing(&format!("step {number}, {}", lower_first(name))))
    }
}

impl Default for Narrator {
    fn default() -> Self {
        Self::new()
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
