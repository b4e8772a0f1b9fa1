//! How far long work has come: a bar on a terminal, plain lines otherwise. All of it goes to standard error.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Shows how far one piece of work has come.
pub struct Progress {
    bar: Option<ProgressBar>,
    label: String,
    total: u64,
    done: u64,
    told: Instant,
}

impl Progress {
    /// Begins to show `label` with `total` steps.
    #[must_use]
    pub fn new(label: &str, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("  {msg:<24} [{bar:40}] {pos}/{len} {elapsed}") {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(label.to_owned());
            bar
        });
        Self { bar, label: label.to_owned(), total, done: 0, told: Instant::now() }
    }

    /// Shows nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            bar: Some(ProgressBar::hidden()),
            label: String::new(),
            total: 0,
            done: 0,
            told: Instant::now(),
        }
    }

    /// Says how many steps are done.
    pub fn set(&mut self, done: u64) {
        self.set_with(done, String::new);
    }

    /// Says how many steps are done, and more that is worth telling.
    pub fn set_with(&mut self, done: u64, more: impl FnOnce() -> String) {
        self.done = done;
        match &self.bar {
            Some(bar) if bar.is_hidden() => {}
            Some(bar) => {
                bar.set_position(done);
                if self.told.elapsed() >= BETWEEN_WORDS {
                    self.told = Instant::now();
                    bar.set_message(format!("{} {}", self.label, more()));
                }
            }
            None if self.told.elapsed() >= BETWEEN_LINES => {
                self.told = Instant::now();
                let more = more();
                let apart = if more.is_empty() { "" } else { "; " };
                tell!("  {}: {done} of {}{apart}{more}", self.label, self.total);
            }
            None => {}
        }
    }

    /// Ends the showing with a last line.
    pub fn finish(self) {
        match self.bar {
            Some(bar) => bar.finish(),
            None => tell!("  {}: {} of {}", self.label, self.done, self.total),
        }
    }
}

/// What stands beside a bar changes at most this often.
const BETWEEN_WORDS: Duration = Duration::from_millis(200);
/// Plain lines come at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(2);
