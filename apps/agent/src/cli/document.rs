//! What a program reads of this one: with `--format json` one document on standard output, whatever came of it.
//!
//! ```text
//! the result                                            as each command has it; some say in it how it ended
//! [REPORT, {"address": "...", "error": {...}}]          of several targets: whoever was expected and not read is among them
//! {"error": {"code": "noAnswer", "exitCode": 3,
//!            "text": "..."}}                            in place of a result
//! ```
//!
//! The sentence on standard error and the exit code are the same with any format. A command line that cannot be understood has no
//! document, since it may be the format that is wrong.

use super::print;
use crate::failure::Failure;
use clap::ArgMatches;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether whoever calls asks for JSON.
pub(super) fn is_json(matches: &ArgMatches) -> bool {
    let here = matches.try_get_raw("format").ok().flatten();
    here.is_some_and(|mut given| given.any(|format| format == "json"))
        || matches.subcommand().is_some_and(|(_, below)| is_json(below))
}

/// Notes that something was written to standard output.
pub(super) fn note_written() {
    WRITTEN.store(true, Ordering::Relaxed);
}

/// Writes the document in place of a result, unless there is one already.
pub(super) fn print_in_place_of_result(failure: &Failure) {
    if !WRITTEN.load(Ordering::Relaxed) {
        // The exit code still says it.
        let _ = print(&format!("{:#}", json!({ "error": error(failure) })));
    }
}

fn error(failure: &Failure) -> Value {
    json!({ "code": failure.code.label(), "exitCode": failure.code as u8, "text": failure.sentence })
}

/// Documents of several targets, each written as soon as it is there.
#[derive(Default)]
pub(super) struct Array {
    begun: bool,
}

impl Array {
    /// One that was read.
    ///
    /// # Errors
    /// As [`print`].
    pub(super) fn add(&mut self, document: &str) -> Result<(), Failure> {
        let before = if std::mem::replace(&mut self.begun, true) { "," } else { "[" };
        print(&format!("{before}{document}"))
    }

    /// One that was not, where it is known where it is.
    ///
    /// # Errors
    /// As [`print`].
    pub(super) fn add_failure(
        &mut self,
        address: Option<SocketAddr>,
        failure: &Failure,
    ) -> Result<(), Failure> {
        let document = match address {
            Some(address) => json!({ "address": address, "error": error(failure) }),
            None => json!({ "error": error(failure) }),
        };
        self.add(&format!("{document:#}"))
    }

    /// There are no more.
    ///
    /// # Errors
    /// As [`print`].
    pub(super) fn end(self) -> Result<(), Failure> {
        print(if self.begun { "]" } else { "[]" })
    }
}

static WRITTEN: AtomicBool = AtomicBool::new(false);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Line;
    use clap::CommandFactory as _;

    #[test]
    fn each_command_that_has_the_format_is_known_to_be_asked_for_it() {
        fn asked(words: &[&str]) -> bool {
            is_json(&Line::command().try_get_matches_from([&["agent"], words].concat()).unwrap())
        }
        for words in [
            &["collect", "192.0.2.7"][..],
            &["discover", "192.0.2.7"],
            &["show", "192.0.2.7"],
            &["record", "192.0.2.7"],
            &["preview", "192.0.2.7"],
            &["action", "status", "192.0.2.7"],
            &["audit", "verify", "--data", "d"],
            &["quarantine", "list", "--data", "d"],
            &["commands", "list", "--data", "d"],
            &["consent", "list", "--data", "d"],
            &["secrets", "status", "--data", "d"],
            &["crypto"],
        ] {
            assert!(!asked(words), "{words:?}");
            assert!(asked(&[words, &["--format", "json"]].concat()), "{words:?}");
        }
        assert!(!asked(&["run", "--data", "d"]));
    }
}
