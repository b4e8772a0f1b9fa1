//! `cargo xtask coverage`: which lines of the libraries their own tests run.
//!
//! The tests of each library are built with counters in our crates alone, so that what others wrote is built no second
//! time; Debian's LLVM of the compiler's version reads the counts. Lines of tests are no lines: they would only flatter.
//! The least that each library must have stands in `docs/coverage.md`, with the reason where it is below the goal.
mod lines;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::features::{self, FIPS};
use crate::manifest::{Member, members};
use crate::peers;
use crate::step::{self, Outcome, cargo, heading, root};
use lines::Lines;

/// What a library should have, in percent of its lines.
pub const GOAL: f64 = 90.0;
/// Where the least of each library stands, and why.
pub const FLOORS: &str = "docs/coverage.md";

/// Builds and runs the tests with counters and prints a line for each library, and the files that lack most.
///
/// # Errors
/// When a test fails, a tool is missing, or a library has less than `docs/coverage.md` says.
pub fn run() -> Outcome {
    let llvm = Llvm::of_the_compiler()?;
    let libraries: Vec<Member> = members(&root())?.into_iter().filter(Member::is_published_library).collect();
    let folder = step::target().join("coverage");
    let profiles = folder.join("profiles");
    let _ = fs::remove_dir_all(&profiles);
    fs::create_dir_all(&profiles).map_err(|error| format!("{}: {error}", profiles.display()))?;
    let wrapper = wrapper(&folder)?;

    heading("coverage: the libraries' tests, with counters");
    let mut words =
        vec!["test".to_owned(), "--no-fail-fast".to_owned(), "--lib".to_owned(), "--tests".to_owned()];
    words.extend(libraries.iter().flat_map(|library| ["--package".to_owned(), library.name.clone()]));
    words.extend(["--features".to_owned(), features::list(&libraries, false)]);
    let test = |more: &[&str]| {
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let mut command = cargo(&words);
        command
            .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
            .env("CARGO_INCREMENTAL", "0")
            .env("LLVM_PROFILE_FILE", profiles.join("%p-%m.profraw"));
        command
    };
    let programs = programs(test(&["--no-run", "--message-format=json"]))?;
    step::run(&mut test(&["--quiet"]))?;

    heading("coverage: what they ran");
    let counted = llvm.count(&programs, &profiles, &folder.join("all.profdata"))?;
    println!("without the feature {FIPS}; {} test programs", programs.len());
    judge(&counted, &libraries)
}

/// A compiler that puts counters into what it compiles. Cargo calls it for the members of the workspace only, and keeps
/// what it makes apart.
fn wrapper(folder: &Path) -> Result<PathBuf, String> {
    let path = folder.join("rustc");
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let script = "#!/bin/sh\nexec \"$@\" -C instrument-coverage\n";
    // Not written anew when it is there: cargo would compile everything again.
    if fs::read_to_string(&path).ok().as_deref() != Some(script) {
        fs::write(&path, script).map_err(fail)?;
        step::run(Command::new("chmod").arg("+x").arg(&path))?;
    }
    Ok(path)
}

/// The programs that cargo built.
fn programs(mut build: Command) -> Result<Vec<PathBuf>, String> {
    let output = build.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo test: {error}"))?;
    if !output.status.success() {
        return Err(format!("the tests could not be built: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let programs: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect();
    if programs.is_empty() { Err("cargo built no test".to_owned()) } else { Ok(programs) }
}

/// Debian's LLVM tools: those of rustup would be a component more.
struct Llvm {
    version: String,
}

impl Llvm {
    /// Of the version that the compiler has, as another one cannot read what it writes.
    fn of_the_compiler() -> Result<Self, String> {
        let output = Command::new("rustc").arg("-vV").current_dir(root()).output();
        let text = output.map_err(|error| format!("rustc: {error}"))?.stdout;
        let text = String::from_utf8_lossy(&text).into_owned();
        let version = text.lines().find_map(|line| line.strip_prefix("LLVM version: ")?.split('.').next());
        let version = version.ok_or("rustc -vV names no LLVM")?.to_owned();
        peers::ensure(&format!("llvm-cov-{version}"), &format!("llvm-{version}"))?;
        Ok(Self { version })
    }

    fn tool(&self, name: &str) -> Command {
        Command::new(format!("{name}-{}", self.version))
    }

    fn count(&self, programs: &[PathBuf], profiles: &Path, merged: &Path) -> Result<String, String> {
        let mut merge = self.tool("llvm-profdata");
        merge.args(["merge", "-sparse", "-o"]).arg(merged).arg(profiles);
        step::run(&mut merge)?;
        let mut export = self.tool("llvm-cov");
        export.args(["export", "-format=lcov", "--skip-functions", "-instr-profile"]).arg(merged);
        for (number, program) in programs.iter().enumerate() {
            if number > 0 {
                export.arg("-object");
            }
            export.arg(program);
        }
        let output = export.stderr(Stdio::null()).output().map_err(|error| format!("llvm-cov: {error}"))?;
        if !output.status.success() {
            return Err(format!("llvm-cov export ended with {}", output.status));
        }
        String::from_utf8(output.stdout).map_err(|error| format!("llvm-cov: {error}"))
    }
}

/// A line for each library; those with less than they must have fail it.
fn judge(counted: &str, libraries: &[Member]) -> Outcome {
    let files = lines::by_file(counted, &root())?;
    let path = root().join(FLOORS);
    let page = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let floors = floors(&page);
    let mut missing = Vec::new();
    for library in libraries {
        let own = files.iter().filter(|(file, _)| file.starts_with(&format!("{}/src/", library.folder)));
        let own: Vec<(&String, &Lines)> = own.collect();
        let all = own.iter().fold(Lines::default(), |sum, (_, lines)| sum.and(**lines));
        let floor = floors.get(library.name.as_str()).copied();
        println!("{}: {:.1} % of {} lines", library.name, all.percent(), all.all);
        let mut worst = own;
        worst.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.missed()));
        for (file, lines) in worst.iter().take(3).filter(|(_, lines)| lines.missed() > 0) {
            println!("    {file}: {} of {} lines never ran", lines.missed(), lines.all);
        }
        match floor {
            None => missing.push(format!("{} has no line in {FLOORS}", library.name)),
            Some(floor) if all.percent() < floor => {
                missing.push(format!("{}: {:.1} %, not {floor} %", library.name, all.percent()));
            }
            Some(_) => {}
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(missing.join("; ")) }
}

/// The rows `| library | least | why |` of the page.
#[must_use]
pub fn floors(page: &str) -> BTreeMap<&str, f64> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some((cells.next()?, cells.next()?.parse().ok()?))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_has_a_least_and_what_is_below_the_goal_has_a_reason() {
        let page = fs::read_to_string(root().join(FLOORS)).expect("it is part of the project");
        let floors = floors(&page);
        for library in
            members(&root()).expect("they are there").iter().filter(|one| one.is_published_library())
        {
            let floor = floors.get(library.name.as_str()).expect("a row");
            let row = page.lines().find(|line| line.starts_with(&format!("| {} |", library.name)));
            let why = row.expect("a row").trim_end_matches([' ', '|']).rsplit('|').next().expect("a cell");
            assert!(*floor >= GOAL || why.split_whitespace().count() > 8, "{}: {why}", library.name);
        }
    }

    #[test]
    fn only_rows_with_a_number_are_floors() {
        let page =
            "| library | at least | why |\n| --- | --- | --- |\n| a | 90 | |\ntext\n| b | 12.5 | because |\n";
        assert_eq!(floors(page), BTreeMap::from([("a", 90.0), ("b", 12.5)]));
    }
}
