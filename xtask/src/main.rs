//! What developers and CI type.
//!
//! - `cargo xtask test` installs the peers that the tests talk to where it may, runs every test of the
//!   workspace and says how many ran, how many were left out and why.
//! - `cargo xtask ci` is the whole of `.ci/run`: form, lints, documentation, each feature alone, then all
//!   tests, the demo among them, with nothing left out.
//! - `cargo xtask schemas [DIR]` renders the schemas of the payload as pages to browse.
//! - `cargo xtask api` compares the public interface of each library with the list of it in `docs/api`.
//! - `cargo xtask deny` holds the rules of `deny.toml` on every lock file.
//! - `cargo xtask device` says what a device that embeds the crates costs: crates, lines, size.
//! - `cargo xtask targets` checks the crates for bare metal and runs their tests on 32 bits and big-endian, by qemu.
//! - `cargo xtask minimal` checks each library with the oldest crates that its manifest allows.
//! - `cargo xtask fips` tests the libraries with either line of AWS-LC's FIPS module.
//! - `cargo xtask coverage` says which lines of the libraries their own tests run.
//! - `cargo xtask mutants [GROUP]` changes the code, one thing after the other, and says which changes no test notices.
//! - `cargo xtask package` builds each library from its archive.
//! - `cargo xtask sbom [DIR]` writes what each program and library is made of, as CycloneDX.
//! - `cargo xtask expectations [DIR]` reads recordings of real devices over the network and compares what comes with what
//!   others published about them.
//! - `cargo xtask fuzz --seconds N [TARGET]` runs the targets of `fuzz/` under libFuzzer and ends with what was found.
//! - `cargo xtask bench` prints how fast ours is beside its peers: `snmp` the SNMP crate, `payload` the payload crate,
//!   `fleet` the discovery and collection of many printers, `upload` the client and its spool.
use std::path::Path;
use std::process::ExitCode;

use xtask::step::root;
use xtask::{
    api, bench, ci, coverage, deny, device, expectations, fips, fuzz, minimal, mutants, package, run_tests,
    sbom, schemas, targets,
};

const USAGE: &str = "usage: cargo xtask test [--nothing-left-out]
       cargo xtask ci
       cargo xtask api [--write]
       cargo xtask deny [full]
       cargo xtask device
       cargo xtask schemas [DIR]
       cargo xtask sbom [DIR]
       cargo xtask package
       cargo xtask targets
       cargo xtask coverage
       cargo xtask mutants [next_step | truth | ber | usm | spool | seal] [--shard K/N]
       cargo xtask minimal
       cargo xtask fips
       cargo xtask expectations [DIR]
       cargo xtask fuzz --seconds N [--processor] [--address] [TARGET]
       cargo xtask bench [snmp | payload | fleet | upload] [--report]
       cargo xtask bench criterion [GROUP]
       cargo xtask bench instructions [--write]

test  installs missing Debian packages when run by root on Debian, otherwise lists them and the tests that
      are left out for want of them; runs all tests; with --nothing-left-out a test left out is a failure
api   the public interface of each library against its list in docs/api, which --write makes anew, and the crates of
      others in it against docs/api/foreign.tsv
deny  the rules of deny.toml on every lock file: licences, refused crates and versions, sources; full: by cargo-deny
      (installs it under target/tools)
device  builds the example of a device that embeds the crates as firmware is built: crates, lines, size
schemas  writes the browsable reference of the payload's schemas into DIR (target/schemas)
sbom  writes what each program and library is made of into DIR (target/sbom), as CycloneDX 1.5
package  each library as it would be published, built from its archive
targets  core and snmp for a processor without an operating system, and the tests of codecs and vectors on 32 bits and
      big-endian under qemu; unpacks Debian's compiler under target/tools, installs linkers and qemu when run by root
coverage  a line for each library: how much of it its own tests run, and the files that lack most; fails below what
      docs/coverage.md says. Installs Debian's LLVM of the compiler's version when run by root
mutants  changes the code of all groups or of one, one thing after the other, and fails when no test notices and docs/mutants.md
      gives no reason; needs cargo-mutants and says how to get it. --shard 0/8: the first of eight parts of each group. For
      example: cargo xtask mutants truth; cargo xtask mutants ber --shard 2/8
minimal  each library with the oldest crates that its manifest allows
fips  the libraries with AWS-LC's FIPS module 4 (Cargo.lock) and with the validated module 3 (fips/validated.lock): version,
      mode and what each approves
ci    rustfmt, deny, api, clippy, rustdoc, each library's features one by one, instruction counts, test --nothing-left-out
expectations: the recordings of DIR, served by snmpsim and read over v2c and v3, against DIR/EXPECTED.tsv; without DIR
      those beside the project. Ends with one line of totals
fuzz  runs each target of fuzz/, or one, N seconds under libFuzzer (needs a nightly toolchain; installs cargo-fuzz under
      target/tools); ends with targets, executions, findings, and fails when there are findings. --processor: seconds of
      the processor, whatever else the machine does; --address: with AddressSanitizer
bench  tables of ours beside the peers, of all groups or of one, and how many goals were reached; --report also writes them
      with plots to target/bench/report.html; criterion: ber, usm, engine, walk, fleet, xml, zip, seal,
      spool, upload by criterion, ratios beside them; instructions: our counts against the
      committed ones, --write replaces those";

const HELP: [&str; 3] = ["help", "--help", "-h"];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["test"] => run_tests::run(false),
        ["test", "--nothing-left-out"] => run_tests::run(true),
        ["ci"] => ci::run(),
        ["api"] => api::run(false),
        ["api", "--write"] => api::run(true),
        ["deny"] => deny::run(),
        ["deny", "full"] => deny::full(),
        ["device"] => device::measure(),
        ["schemas"] => render(&root().join("target/schemas")),
        ["schemas", folder] if !folder.starts_with('-') => render(Path::new(folder)),
        ["package"] => package::run(),
        ["targets"] => targets::run(),
        ["coverage"] => coverage::run(),
        ["minimal"] => minimal::run(),
        ["fips"] => fips::run(),
        ["sbom"] => sbom::run(&root().join("target/sbom")),
        ["sbom", folder] if !folder.starts_with('-') => sbom::run(Path::new(folder)),
        ["expectations"] => expectations::compare(None),
        ["expectations", folder] if !folder.starts_with('-') => expectations::compare(Some(folder)),
        ["fuzz", ref words @ ..] if !words.iter().any(|word| HELP.contains(word)) => {
            let Some(wish) = fuzz::Wish::from_words(words) else {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            };
            fuzz::run(&wish)
        }
        ["mutants", ref words @ ..] if !words.iter().any(|word| HELP.contains(word)) => {
            let Some(wish) = mutants::Wish::from_words(words) else {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            };
            mutants::run(&wish)
        }
        ["bench", "instructions"] => bench::instructions(false),
        ["bench", "instructions", "--write"] => bench::instructions(true),
        ["bench", "criterion"] => bench::criterion::run(None),
        ["bench", "criterion", group] if bench::criterion::GROUPS.contains(&group) => {
            bench::criterion::run(Some(group))
        }
        ["bench"] => bench::measure(None, false),
        ["bench", "--report"] => bench::measure(None, true),
        ["bench", group] if is_group(group) => bench::measure(Some(group), false),
        ["bench", group, "--report"] if is_group(group) => bench::measure(Some(group), true),
        [.., word] if HELP.contains(&word) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn is_group(word: &str) -> bool {
    bench::GROUPS.iter().any(|(name, _)| *name == word)
}

fn render(target: &Path) -> Result<(), String> {
    schemas::run(&root().join("remote-services-payload/schemas"), target)
}
