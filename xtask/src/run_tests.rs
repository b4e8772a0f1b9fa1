//! `cargo xtask test`: the peers, then every test, then the sum.
use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::step::{self, Outcome, cargo, heading};
use crate::{features, peers, tally::Tally, test_programs};

/// Tells `interop` that our own programs have been built.
const BUILT: &str = "REMOTE_SERVICES_PROGRAMS_ARE_BUILT";

/// Runs all tests and prints how many passed, failed and were left out.
///
/// # Errors
/// When a test failed, the tests could not be built, or one was left out and `nothing_left_out` is asked for.
pub fn run(nothing_left_out: bool) -> Outcome {
    peers::prepare()?;
    // One set of features for programs and tests, so that nothing is compiled twice.
    let [option, features] = features::arguments(nothing_left_out)?;
    heading("tests: all of the workspace");
    step::run(&mut cargo(&["build", "--quiet", "--workspace", "--bins", &option, &features]))?;
    let mut tally = Tally::default();
    let programs = test_programs::build(&["--workspace", &option, &features])?;
    let mut faults = test_programs::run(programs, BUILT, &mut tally);
    let examples =
        ["test", "--workspace", "--doc", &option, &features, "--no-fail-fast", "--", "--show-output"];
    println!("-- cargo {}", examples.join(" "));
    if !run_and_count(cargo(&examples), &mut tally)? {
        faults.push("doc-tests".to_owned());
    }
    heading("what the tests came to");
    for fault in &faults {
        println!("not green: {fault}");
    }
    print!("{}", tally.report());
    let (passed, failed, skipped) = tally.counts();
    if failed > 0 || !faults.is_empty() {
        return Err("the tests did not all pass".to_owned());
    }
    if passed == 0 {
        return Err("no test ran".to_owned());
    }
    if nothing_left_out && skipped > 0 {
        return Err(format!("{skipped} tests were left out, and nothing may be"));
    }
    Ok(())
}

/// Streams the output of a `cargo test` through a tally; says whether cargo was content. Both streams share one pipe, so
/// that the order is kept.
///
/// # Errors
/// When cargo cannot be run.
pub(crate) fn run_and_count(mut command: Command, tally: &mut Tally) -> Result<bool, String> {
    let fail = |error: std::io::Error| format!("cargo test could not be run: {error}");
    let (reader, writer) = std::io::pipe().map_err(fail)?;
    let mut child = command.stdout(writer.try_clone().map_err(fail)?).stderr(writer).spawn().map_err(fail)?;
    // With it go our own ends of the pipe, so that reading ends when cargo does.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(fail)?;
        let line = String::from_utf8_lossy(&line);
        if tally.line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().map_err(fail)?;
    Ok(status.success())
}
