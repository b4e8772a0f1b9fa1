//! What a device that embeds the crates costs: crates in its tree, lines to write, octets of the program.
use std::fs;
use std::path::Path;

use crate::step::{Outcome, cargo, heading, root, run, target};
use crate::tree;

/// The example that is counted.
pub const EXAMPLE: &str = "direct-device";
/// Crates that its tree stays below, itself and what only compiles with it (macros) included.
pub const CRATES: usize = 60;
/// Lines that its source stays below.
pub const LINES: usize = 200;

/// Builds the example as firmware would be, prints what it costs and compares it with the README.
///
/// # Errors
/// When it does not build, exceeds a bound, or the README says something else (by more than one part in twenty).
pub fn measure() -> Outcome {
    heading("a device that embeds the crates");
    let (crates, lines) = (crates()?.len(), lines()?);
    run(&mut cargo(&["build", "--quiet", "--profile", "firmware", "--package", EXAMPLE]))?;
    let program = target().join("firmware").join(EXAMPLE);
    let size = fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?.len();
    let kib = size.div_ceil(1024);
    println!("{EXAMPLE}: {crates} crates, {lines} lines, {kib} KiB stripped");
    if crates >= CRATES || lines >= LINES {
        return Err(format!("{EXAMPLE} must stay below {CRATES} crates and {LINES} lines"));
    }
    let (stated_crates, stated_kib) = stated()?;
    if stated_crates != crates || stated_kib.abs_diff(kib) * 20 > kib {
        return Err(format!("the README says {stated_crates} crates and {stated_kib} KiB"));
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

/// Lines of its source, all of them.
///
/// # Errors
/// When it cannot be read.
pub fn lines() -> Result<usize, String> {
    let folder = root().join("examples").join(EXAMPLE).join("src");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.flatten().map(|file| read(&file.path()).map(|text| text.lines().count())).sum()
}

/// Crates and KiB as the README has them: `59 crates in its tree and 2000 KiB`.
///
/// # Errors
/// When the README does not say.
pub fn stated() -> Result<(usize, u64), String> {
    let readme = read(&root().join("README.md"))?;
    let words: Vec<&str> = readme.split_whitespace().collect();
    let number = |before: &[&str]| {
        let at = words.windows(before.len()).position(|window| window == before)?;
        words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
    };
    let crates = number(&["crates", "in", "its", "tree"]).ok_or("the README does not say how many crates")?;
    let kib = number(&["KiB", "stripped"]).ok_or("the README does not say how many KiB")?;
    Ok((usize::try_from(crates).map_err(|error| error.to_string())?, kib))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
