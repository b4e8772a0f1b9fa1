//! What a device that embeds the crates costs: crates in its tree, lines to write, octets of the program.
use std::fs;
use std::path::Path;

use crate::step::{Outcome, cargo, heading, root, run, target};
use crate::tree;

/// The example that is counted.
pub const EXAMPLE: &str = "direct-device";
/// Crates that its tree stays below, by every way of counting: itself, what only compiles with it (macros) and what only
/// its build scripts run included.
pub const CRATES: usize = 60;
/// Lines that its source stays below.
pub const LINES: usize = 200;

/// Builds the example as firmware would be, prints what it costs and compares it with the README.
///
/// # Errors
/// When it does not build, exceeds a bound, or the README says something else (by more than one part in twenty).
pub fn measure() -> Outcome {
    heading("a device that embeds the crates");
    let (crates, to_build, lines) = (crates()?.len(), crates_to_build()?.len(), lines()?);
    run(&mut cargo(&["build", "--quiet", "--profile", "firmware", "--package", EXAMPLE]))?;
    let program = target().join("firmware").join(EXAMPLE);
    let size = fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?.len();
    let kib = size.div_ceil(1024);
    println!("{EXAMPLE}: {crates} crates, {to_build} to build it, {lines} lines, {kib} KiB stripped");
    if to_build >= CRATES || lines >= LINES {
        return Err(format!("{EXAMPLE} must stay below {CRATES} crates and {LINES} lines"));
    }
    let stated = stated()?;
    if (stated.crates, stated.to_build) != (crates, to_build) || stated.kib.abs_diff(kib) * 20 > kib {
        return Err(format!("the README has {stated:?}"));
    }
    Ok(())
}

/// The crates in its tree, `name vVERSION`.
///
/// # Errors
/// When cargo cannot say.
pub fn crates() -> Result<Vec<String>, String> {
    tree::crates(EXAMPLE, &[])
}

/// The same with what only its build scripts run.
///
/// # Errors
/// When cargo cannot say.
pub fn crates_to_build() -> Result<Vec<String>, String> {
    tree::crates_to_build(EXAMPLE, &[])
}

/// Lines of its source, all of them.
///
/// # Errors
/// When it cannot be read.
pub fn lines() -> Result<usize, String> {
    let folder = root().join("examples").join(EXAMPLE).join("src");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.flatten().map(|file| read(&file.path()).map(|text| text.lines().count())).sum()
}

/// What the README says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Crates in its tree: `56 crates in its tree`.
    pub crates: usize,
    /// Crates with those of build scripts: `59 with build dependencies`.
    pub to_build: usize,
    /// Size of the program: `2000 KiB stripped`.
    pub kib: u64,
}

/// What the README says of it.
///
/// # Errors
/// When the README does not say.
pub fn stated() -> Result<Stated, String> {
    let readme = read(&root().join("README.md"))?;
    let words: Vec<&str> = readme.split_whitespace().collect();
    let number = |before: &[&str]| {
        let at = words.windows(before.len()).position(|window| window == before)?;
        words.get(at.checked_sub(1)?)?.parse::<u32>().ok()
    };
    let missing = |what: &str| format!("the README does not say how many {what}");
    let count = |number: Option<u32>, what| number.map(|number| number as usize).ok_or_else(|| missing(what));
    Ok(Stated {
        crates: count(number(&["crates", "in", "its", "tree"]), "crates")?,
        to_build: count(number(&["with", "build"]), "crates with build dependencies")?,
        kib: number(&["KiB", "stripped"]).ok_or_else(|| missing("KiB"))?.into(),
    })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
