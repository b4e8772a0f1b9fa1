//! `cargo xtask fips`: the libraries with either line of AWS-LC's FIPS module.
//!
//! | lock file | `aws-lc-rs` | module |
//! | --- | --- | --- |
//! | `Cargo.lock` | 1.18 and later | 4, not validated yet |
//! | `fips/validated.lock` | 1.17 | 3, validated: who must use a validated module builds with this one |
//!
//! For each, the tests that ask the linked module for its version, its mode and what it approves are built and run.
use std::fs;

use crate::copy::Copy;
use crate::features::FIPS_TOOLS;
use crate::run_tests::run_and_count;
use crate::step::{Outcome, cargo, heading, root};
use crate::tally::Tally;
use crate::{deny, peers};

/// The lock file with the validated module.
pub const VALIDATED: &str = "fips/validated.lock";
/// Tells the tests which module is wanted.
const MODULE: &str = "REMOTE_SERVICES_FIPS_MODULE";
/// The crates that call the module, and the test of each that asks it.
const TESTS: [(&str, &str); 3] = [
    ("remote-services-snmp", "fips_module"),
    ("remote-services-payload", "providers"),
    ("remote-services-transport", "post_quantum"),
];

/// Builds and asks both, and holds the rules of `deny.toml` on the lock file that no other check sees.
///
/// # Errors
/// When a tool of the module's build is missing, a lock file does not fit, a rule refuses a crate, or a test fails.
pub fn run() -> Outcome {
    let missing: Vec<String> =
        FIPS_TOOLS.iter().filter_map(|(program, package)| peers::ensure(program, package).err()).collect();
    if !missing.is_empty() {
        return Err(missing.join("; "));
    }
    let copy = validated()?;
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    ask(copy.cargo(&words), "3")?;
    heading("FIPS module 4: Cargo.lock");
    ask(cargo(&words), "4")
}

/// A copy of the workspace with the lock file that no other check sees, when it fits the manifests and the rules of
/// `deny.toml` hold on it.
///
/// # Errors
/// When it does not, or a rule refuses a crate.
pub fn validated() -> Result<Copy, String> {
    heading(&format!("FIPS module 3: {VALIDATED}"));
    let copy = Copy::of_workspace("fips-validated")?;
    let lock = root().join(VALIDATED);
    fs::copy(&lock, copy.folder.join("Cargo.lock"))
        .map_err(|error| format!("{}: {error}", lock.display()))?;
    deny::in_one(&copy.folder).map_err(|why| format!("{VALIDATED}: {why}"))?;
    Ok(copy)
}

fn words() -> Vec<String> {
    let mut words: Vec<String> =
        ["test", "--locked", "--no-fail-fast"].iter().map(|&word| word.to_owned()).collect();
    for (package, test) in TESTS {
        let feature = format!("{package}/fips");
        for word in ["--package", package, "--features", &feature, "--test", test] {
            words.push(word.to_owned());
        }
    }
    words
}

/// All that was asked for ran and passed.
fn ask(mut command: std::process::Command, module: &str) -> Outcome {
    let mut tally = Tally::default();
    command.env(MODULE, module);
    let content = run_and_count(command, &mut tally)?;
    print!("FIPS module {module}: {}", tally.report());
    let (passed, failed, left_out) = tally.counts();
    if content && tally.programs() == TESTS.len() && passed > 0 && failed + left_out == 0 {
        Ok(())
    } else {
        Err(format!("FIPS module {module}: {} of {} test programs ran", tally.programs(), TESTS.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version of a crate in a lock file, and whether it is above the line of module 3.
    fn version(lock: &str, name: &str) -> (u32, u32) {
        let text = fs::read_to_string(root().join(lock)).expect("it is part of the project");
        let (_, after) = text.split_once(&format!("name = \"{name}\"\nversion = \"")).expect("it is linked");
        let mut numbers = after.split(['.', '"']).map(|number| number.parse().expect("a number"));
        (numbers.next().expect("major"), numbers.next().expect("minor"))
    }

    #[test]
    fn the_two_lock_files_have_the_two_modules() {
        assert_eq!(version(VALIDATED, "aws-lc-rs"), (1, 17));
        assert_eq!(version(VALIDATED, "aws-lc-fips-sys"), (0, 13));
        assert!(version("Cargo.lock", "aws-lc-rs") >= (1, 18));
        assert_eq!(version("Cargo.lock", "aws-lc-fips-sys"), (0, 14));
    }
}
