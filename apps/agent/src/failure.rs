//! How a command of this program ends when it does not end well: one sentence and an exit code.

use std::fmt;

/// Why the program stops, for a person, and the exit code, for a script.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// One sentence without a full stop at the end.
    pub sentence: String,
}

/// Exit codes other than 0. They are printed in `--help` and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Something failed.
    Failed = 1,
    /// The command line or a file it names is wrong.
    Usage = 2,
    /// Nobody answered.
    NoAnswer = 3,
    /// Credentials or a registration key were refused.
    Refused = 4,
    /// The device, or the settings of the site, did not let it be done.
    Declined = 5,
    /// Ctrl-C; SIGTERM, but for `run`, which ends with 0 then.
    Interrupted = 130,
}

impl Failure {
    /// Something failed.
    pub fn failed(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Failed, sentence: sentence.to_string() }
    }

    /// The command line or a file it names is wrong.
    pub fn usage(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Usage, sentence: sentence.to_string() }
    }

    /// Nobody answered.
    pub fn no_answer(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::NoAnswer, sentence: sentence.to_string() }
    }

    /// Credentials or a registration key were refused.
    pub fn refused(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Refused, sentence: sentence.to_string() }
    }

    /// The device, or the settings of the site, did not let it be done.
    pub fn declined(sentence: impl fmt::Display) -> Self {
        Self { code: ExitCode::Declined, sentence: sentence.to_string() }
    }

    /// The user pressed Ctrl-C.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { code: ExitCode::Interrupted, sentence: "interrupted".to_owned() }
    }

    /// The same failure, with something to know besides it.
    #[must_use]
    pub fn and(mut self, also: &str) -> Self {
        self.sentence = format!("{}; {also}", self.sentence);
        self
    }

    /// Whether the same may work later without anybody doing anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self.code, ExitCode::Failed | ExitCode::NoAnswer)
    }

    /// The same failure, with what was being done in front of it.
    #[must_use]
    pub fn while_doing(mut self, what: &str) -> Self {
        self.sentence = format!("{what}: {}", self.sentence);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

/// Adds what was being done to a lower error.
pub trait Context<T> {
    /// Turns the error into a [`Failure`] that starts with `what`.
    ///
    /// # Errors
    /// The lower error, with `what` in front.
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::failed(format_args!("{what}: {error}")))
    }
}
