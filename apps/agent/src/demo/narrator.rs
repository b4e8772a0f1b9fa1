//! What the demo tells as it goes: numbered steps, each with what came of it.

use crate::failure::{ExitCode, Failure};
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

    /// Carries out one step; when it fails, the failure names it. Whatever went wrong, everything is the demo's own, so
    /// its exit code is [`ExitCode::Failed`] unless the user ended it.
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
        work().map_err(|failure| {
            let code = match failure.code {
                ExitCode::Interrupted => ExitCode::Interrupted,
                _ => ExitCode::Failed,
            };
            Failure { code, ..failure }.while_doing(&format!("step {number}, {}", lower_first(name)))
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_is_named_and_ends_with_1_whatever_failed() {
        let tale = Narrator::new();
        tale.step("Begin", || Ok(())).unwrap();
        for failure in [Failure::no_answer("no way"), Failure::refused("no way"), Failure::usage("no way")] {
            let failure = tale.step::<()>("Register", || Err(failure)).unwrap_err();
            assert_eq!(failure.code, ExitCode::Failed);
            assert!(failure.sentence.ends_with(", register: no way"), "{failure}");
        }
        let ended = tale.step::<()>("Upload", || Err(Failure::interrupted())).unwrap_err();
        assert_eq!(ended.code, ExitCode::Interrupted);
    }
}
