//! Counts what libtest prints, line by line.
//!
//! `cargo test -- --show-output` prints what passing tests wrote. A test that lacks a peer or its data writes
//! `left out: REASON` and returns; libtest calls that a pass, we do not.
//!
//! ```text
//!      Running tests/net_snmp.rs (target/debug/deps/net_snmp-0123)
//! test snmpget_reads_our_responder ... ok
//! ---- snmpget_reads_our_responder stdout ----
//! left out: needs snmpget (Debian package snmp)
//! test result: ok. 1 passed; 0 failed; 0 ignored; …
//! ```
use std::collections::BTreeSet;

/// What a run of all tests came to.
#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failed: usize,
    ignored: usize,
    programs: usize,
    binary: String,
    section: Option<String>,
    inside_output: bool,
    left_out: BTreeSet<(String, String)>,
    ignored_tests: Vec<(String, String)>,
    failures: Vec<String>,
}

impl Tally {
    /// Takes one line of output; says whether it is worth printing.
    ///
    /// The output of tests that passed is swallowed, except for the lines that say what was left out.
    pub fn line(&mut self, line: &str) -> bool {
        if let Some(rest) = line.trim_start().strip_prefix("Running ") {
            self.begin_binary(rest.split(" (").next().unwrap_or(rest));
        } else if let Some(rest) = line.trim_start().strip_prefix("Doc-tests ") {
            self.begin_binary(&format!("doc-tests of {rest}"));
        } else if line == "successes:" {
            self.inside_output = true;
        } else if line == "failures:" {
            self.inside_output = false;
            self.section = None;
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            self.inside_output = false;
            self.section = None;
            self.programs += 1;
            self.passed += count(counts, " passed");
            self.failed += count(counts, " failed");
            self.ignored += count(counts, " ignored");
        } else if let Some(name) = section_name(line) {
            self.section = Some(name.to_owned());
        } else if let Some(reason) = line.strip_prefix("left out: ")
            && let Some(test) = &self.section
        {
            return self.left_out.insert((format!("{}: {test}", self.binary), reason.to_owned()));
        } else if let Some((name, verdict)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        {
            let name = format!("{}: {name}", self.binary);
            if let Some(reason) = verdict.strip_prefix("ignored") {
                self.ignored_tests.push((name, reason.trim_start_matches(", ").to_owned()));
            } else if verdict == "FAILED" {
                self.failures.push(name);
            }
        }
        !self.inside_output
    }

    /// How many tests passed, failed, and were left out.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let left_out = self.left_out.iter().map(|(test, _)| test).collect::<BTreeSet<_>>().len();
        (self.passed.saturating_sub(left_out), self.failed, left_out + self.ignored)
    }

    /// How many test programs came to their end: one that died, or was never built, said nothing of its tests.
    #[must_use]
    pub fn programs(&self) -> usize {
        self.programs
    }

    /// The failures, what was left out and why, and as last line `N passed, N failed, N skipped`.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = String::new();
        for name in &self.failures {
            text += &format!("failed: {name}\n");
        }
        for (name, reason) in &self.left_out {
            text += &format!("left out: {name}: {reason}\n");
        }
        for (name, reason) in &self.ignored_tests {
            let reason = if reason.is_empty() { "marked #[ignore] without a reason" } else { reason };
            text += &format!("left out: {name}: {reason}\n");
        }
        let (passed, failed, skipped) = self.counts();
        text + &format!("{passed} passed, {failed} failed, {skipped} skipped\n")
    }

    fn begin_binary(&mut self, name: &str) {
        name.clone_into(&mut self.binary);
        self.inside_output = false;
        self.section = None;
    }
}

/// `---- NAME stdout ----`
fn section_name(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// The number before `label` in `ok. 3 passed; 0 failed; …`.
fn count(text: &str, label: &str) -> usize {
    let Some(end) = text.find(label) else { return 0 };
    let start = text[..end].rfind(' ').map_or(0, |at| at + 1);
    text[start..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "\
     Running unittests src/lib.rs (target/debug/deps/core-1)

running 2 tests
test adds ... ok
test waits ... ignored, needs a printer

successes:

---- adds stdout ----
left out is not the first word here

successes:
    adds

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/net_snmp.rs (target/debug/deps/net_snmp-2)

running 3 tests
test gets ... ok
test sets ... ok
test walks ... FAILED

successes:

---- gets stdout ----
left out: needs snmpget (Debian package snmp)
left out: needs snmpd (Debian package snmpd)

successes:
    gets
    sets

failures:

---- walks stdout ----
thread 'walks' panicked at interop/tests/net_snmp.rs:1:1

failures:
    walks

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
";

    fn read() -> (Tally, Vec<&'static str>) {
        let mut tally = Tally::default();
        let printed = RUN.lines().filter(|line| tally.line(line)).collect();
        (tally, printed)
    }

    #[test]
    fn a_test_that_says_left_out_is_not_counted_as_passed() {
        assert_eq!(read().0.counts(), (2, 1, 2));
    }

    #[test]
    fn the_report_names_failures_and_reasons_and_ends_with_the_plain_line() {
        let report = read().0.report();
        assert!(report.contains("failed: tests/net_snmp.rs: walks\n"), "{report}");
        assert!(
            report.contains("left out: tests/net_snmp.rs: gets: needs snmpget (Debian package snmp)\n"),
            "{report}"
        );
        assert!(report.contains("left out: unittests src/lib.rs: waits: needs a printer\n"), "{report}");
        assert!(report.ends_with("\n2 passed, 1 failed, 2 skipped\n"), "{report}");
    }

    #[test]
    fn output_of_passing_tests_is_not_repeated_but_that_of_failing_ones_is() {
        let printed = read().1;
        assert!(!printed.contains(&"left out is not the first word here"));
        assert!(printed.contains(&"left out: needs snmpget (Debian package snmp)"));
        assert!(printed.contains(&"thread 'walks' panicked at interop/tests/net_snmp.rs:1:1"));
    }
}
