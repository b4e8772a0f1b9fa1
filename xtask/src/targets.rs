//! `cargo xtask targets`: the crates for machines that are not this one.
//!
//! Core and the sans-IO part of snmp are checked for a processor without an operating system, and the tests of codecs and of
//! published vectors run on 32 bits and on a machine whose octets stand the other way round, both played by qemu. Neither
//! needs a standard library for that machine: it is built from Debian's source of it, with Debian's compiler of the same
//! version, which is unpacked under `target/tools` and not installed.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::peers;
use crate::run_tests::run_and_count;
use crate::step::{self, Outcome, cargo, heading};
use crate::tally::Tally;

/// A processor without an operating system: 32 bits, no `std`.
const BARE: &str = "thumbv7em-none-eabi";
/// What is checked for it: package and features, none being the smallest.
const BARE_CHECKS: [(&str, &str); 5] = [
    ("remote-services-core", ""),
    ("remote-services-core", "serde"),
    ("remote-services-snmp", ""),
    ("remote-services-snmp", "rustcrypto"),
    ("remote-services-snmp", "legacy"),
];

/// A machine that qemu plays.
#[derive(Debug)]
struct Machine {
    /// As rustc calls it.
    target: &'static str,
    /// Linker, and the Debian package that has it with the C library.
    linker: (&'static str, &'static str),
    /// What runs its programs.
    qemu: &'static str,
    /// Where its C library is.
    root: &'static str,
}

const MACHINES: [Machine; 2] = [
    Machine {
        target: "i686-unknown-linux-gnu",
        linker: ("i686-linux-gnu-gcc", "gcc-i686-linux-gnu"),
        qemu: "qemu-i386",
        root: "/usr/i686-linux-gnu",
    },
    Machine {
        target: "s390x-unknown-linux-gnu",
        linker: ("s390x-linux-gnu-gcc", "gcc-s390x-linux-gnu"),
        qemu: "qemu-s390x",
        root: "/usr/s390x-linux-gnu",
    },
];

/// What runs there: package, features, integration tests; its unit tests run too.
const TESTS: [(&str, &str, &[&str]); 2] = [
    ("remote-services-core", "serde", &[]),
    (
        "remote-services-snmp",
        "legacy",
        &[
            "differential",
            "key_cache",
            "malformed",
            "manager_v3",
            "pair",
            "rfc1157",
            "rfc2578",
            "rfc3411",
            "rfc3412",
            "rfc3414",
            "rfc3416",
            "rfc3417",
            "rfc3826",
            "rfc7860",
            "round_trip",
            "secrets",
        ],
    ),
];

/// Debian's compiler, its libraries and the source of the standard library.
const PACKAGES: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];

/// Checks and runs all of it, and ends with one line of totals.
///
/// # Errors
/// When a tool is missing, something does not build, or a test fails there. Nothing is left out in silence.
pub fn run() -> Outcome {
    tools()?;
    let compiler = Compiler::unpacked()?;
    heading(&format!("{BARE}: no operating system"));
    for (package, features) in BARE_CHECKS {
        let mut check = compiler.cargo(&["check", "--quiet", "-Zbuild-std=core,alloc", "--target", BARE]);
        step::run(check.args([
            "--package",
            package,
            "--lib",
            "--no-default-features",
            "--features",
            features,
        ]))?;
    }
    let mut lines = Vec::new();
    let mut failed = false;
    for machine in &MACHINES {
        heading(&format!("{}: by {}", machine.target, machine.qemu));
        let mut tally = Tally::default();
        let mut content = true;
        for (package, features, tests) in TESTS {
            let mut test = compiler.cargo(&["test", "--no-fail-fast", "-Zbuild-std=std,panic_abort"]);
            test.args(["--target", machine.target, "--package", package, "--features", features, "--lib"]);
            test.args(tests.iter().flat_map(|name| ["--test", name])).args(["--", "--show-output"]);
            machine.environment(&mut test);
            content &= run_and_count(test, &mut tally)?;
        }
        let wanted = TESTS.iter().map(|(_, _, tests)| tests.len() + 1).sum();
        failed |= !content || !all_well(&tally, wanted);
        print!("{}", tally.report());
        lines.push(format!("{} {} of {wanted} test programs", machine.target, tally.programs()));
    }
    println!("targets: {BARE} checked {} ways, {}", BARE_CHECKS.len(), lines.join(", "));
    if failed { Err("a test failed on another machine, or did not run".to_owned()) } else { Ok(()) }
}

/// Linkers and emulators, installed where we may.
fn tools() -> Outcome {
    heading("tools: linkers of other machines, qemu");
    let programs = MACHINES.iter().flat_map(|machine| [machine.linker, (machine.qemu, "qemu-user")]);
    let missing: Vec<String> =
        programs.filter_map(|(program, package)| peers::ensure(program, package).err()).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// Debian's rustc, unpacked.
struct Compiler {
    root: PathBuf,
}

impl Compiler {
    /// The one under `target/tools`, fetched when it is not there.
    fn unpacked() -> Result<Self, String> {
        let compiler = Self { root: step::target().join("tools/debian-rust") };
        if !compiler.rustc().is_file() {
            heading("compiler: Debian's, with the source of the standard library");
            compiler.fetch()?;
        }
        Ok(compiler)
    }

    fn rustc(&self) -> PathBuf {
        self.root.join("usr/bin/rustc")
    }

    /// Downloads the packages and unpacks them; nothing is installed. First beside the place, so that half of it is
    /// never taken for all.
    fn fetch(&self) -> Outcome {
        peers::ensure("apt-get", "apt").map_err(|why| format!("{why}: the compiler comes from Debian"))?;
        let (archives, half) = (self.root.with_extension("archives"), self.root.with_extension("half"));
        for folder in [&archives, &half] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let shared = shared_library()?;
        let mut download = Command::new("apt-get");
        download.args(["-q", "download"]).args(PACKAGES).arg(shared).current_dir(&archives);
        step::run(&mut download)?;
        for archive in files(&archives)? {
            step::run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&half))?;
        }
        let _ = fs::remove_dir_all(&archives);
        fs::rename(&half, &self.root).map_err(|error| format!("{}: {error}", self.root.display()))
    }

    /// A cargo that builds the standard library with this compiler, in a folder of its own.
    fn cargo(&self, words: &[&str]) -> Command {
        let mut command = cargo(words);
        command
            .arg("--target-dir")
            .arg(step::target().join("targets"))
            .env("LD_LIBRARY_PATH", self.root.join("usr/lib/x86_64-linux-gnu"))
            .env("RUSTC", self.rustc())
            // What lets a released compiler build the standard library.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS");
        command
    }
}

/// The package with the compiler's own library: its version is in its name.
fn shared_library() -> Result<String, String> {
    let output = Command::new("apt-cache")
        .args(["depends", "libstd-rust-web-dev"])
        .output()
        .map_err(|error| format!("apt-cache: {error}"))?;
    named_with_version(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| "apt-cache knows no libstd-rust-web (apt-get update?)".to_owned())
}

fn named_with_version(dependencies: &str) -> Option<String> {
    let names = dependencies.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.filter(|name| name.starts_with("libstd-rust-web-")).map(str::to_owned).next()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

impl Machine {
    /// Tells cargo who links and who runs.
    fn environment(&self, command: &mut Command) {
        let name = self.target.to_uppercase().replace('-', "_");
        let compiler = self.target.replace('-', "_");
        command
            .env(format!("CARGO_TARGET_{name}_LINKER"), self.linker.0)
            .env(format!("CARGO_TARGET_{name}_RUNNER"), format!("{} -L {}", self.qemu, self.root))
            .env(format!("CC_{compiler}"), self.linker.0);
    }
}

/// Every program that was wanted came to its end, and no test failed or was left out.
fn all_well(tally: &Tally, wanted: usize) -> bool {
    let (passed, failed, left_out) = tally.counts();
    tally.programs() == wanted && passed > 0 && failed == 0 && left_out == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::root;

    #[test]
    fn the_compilers_library_is_found_by_the_version_in_its_name() {
        let said =
            "libstd-rust-web-dev\n  Depends: libc6\n  Depends: libstd-rust-web-1.96\n  Conflicts: <rustup>\n";
        assert_eq!(named_with_version(said).as_deref(), Some("libstd-rust-web-1.96"));
        assert_eq!(named_with_version("libstd-rust-web-dev\n"), None);
    }

    #[test]
    fn a_program_that_dies_a_test_that_fails_and_one_left_out_are_not_well() {
        let fine = "test a ... ok\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured";
        let failing = "test a ... FAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured";
        let ignored = "test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured";
        let after = |said: &str| {
            let mut tally = Tally::default();
            said.lines().for_each(|line| {
                tally.line(line);
            });
            tally
        };
        assert!(all_well(&after(fine), 1));
        assert!(!all_well(&after(fine), 2), "the second one said nothing");
        assert!(!all_well(&after(failing), 1));
        assert!(!all_well(&after(ignored), 1));
        assert!(!all_well(&after(""), 0), "nothing ran");
    }

    #[test]
    fn every_test_program_of_the_list_is_there() {
        for (package, _, tests) in TESTS {
            for test in tests {
                let folder = root().join(package).join("tests");
                let there = folder.join(test).join("main.rs").is_file()
                    || folder.join(format!("{test}.rs")).is_file();
                assert!(there, "{package}: {test}");
            }
        }
    }
}
