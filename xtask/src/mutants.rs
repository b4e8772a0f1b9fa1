//! `cargo xtask mutants [GROUP] [--shard K/N]`: whether the tests notice when the code says something else.
//!
//! cargo-mutants changes one thing after the other in a copy of the tree. Each change meets the unit tests of its module or
//! crate first, which are cheap to build; what they let through meets all tests of the crate. What survives those as well
//! must stand in `docs/mutants.md` with the reason why no test can or need notice it. So must a test that did not end in
//! time: a slow machine looks the same as an endless loop, and only a person can tell them apart.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Outcome, cargo, heading, root};

/// Where the survivors stand, with the reason of each.
pub const REASONS: &str = "docs/mutants.md";

/// Code that belongs together, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Group {
    name: &'static str,
    package: &'static str,
    /// In the package's folder.
    files: &'static str,
    /// Features beside the default ones, without which some of the files would not be compiled.
    features: &'static str,
    /// Files that no such set of features compiles.
    except: &'static [&'static str],
    /// Which unit tests come first; all of the crate when it is empty.
    first: &'static str,
}

const GROUPS: [Group; 6] = [
    Group::new("next_step", "remote-services-transport", "src/next_step.rs").tests("next_step"),
    Group::new("truth", "remote-services-collect", "src/truth.rs").tests("truth"),
    Group::new("ber", "remote-services-snmp", "src/ber/**"),
    Group::new("usm", "remote-services-snmp", "src/usm/**").features("legacy"),
    Group::new("spool", "remote-services-transport", "src/spool/**"),
    Group::new("seal", "remote-services-payload", "src/seal/**")
        .features("ring,aws-lc-rs")
        .except(&["src/seal/no_module.rs"]),
];

impl Group {
    const fn new(name: &'static str, package: &'static str, files: &'static str) -> Self {
        Group { name, package, files, features: "", except: &[], first: "" }
    }

    const fn tests(self, first: &'static str) -> Self {
        Group { first, ..self }
    }

    const fn features(self, features: &'static str) -> Self {
        Group { features, ..self }
    }

    const fn except(self, except: &'static [&'static str]) -> Self {
        Group { except, ..self }
    }
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Only this one.
    pub group: Option<String>,
    /// Only the part `K/N` of each, with K from 0.
    pub shard: Option<String>,
}

impl Wish {
    /// Reads the words behind `mutants`; `None` when they are not understood.
    #[must_use]
    pub fn from_words(words: &[&str]) -> Option<Self> {
        let mut wish = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--shard" => {
                    let shard = *words.next()?;
                    let (part, parts) = shard.split_once('/')?;
                    let (part, parts): (u32, u32) = (part.parse().ok()?, parts.parse().ok()?);
                    wish.shard = (part < parts).then(|| Some(shard.to_owned()))?;
                }
                name if wish.group.is_none() && GROUPS.iter().any(|group| group.name == name) => {
                    wish.group = Some(name.to_owned());
                }
                _ => return None,
            }
        }
        Some(wish)
    }
}

/// What became of the mutants of a run, each by its name as cargo-mutants writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    caught: Vec<String>,
    missed: Vec<String>,
    timeout: Vec<String>,
    unviable: Vec<String>,
}

/// Runs the groups and ends with one line of totals.
///
/// # Errors
/// When a mutant survives that `docs/mutants.md` does not list, the tests fail without any, or cargo-mutants is missing.
pub fn run(wish: &Wish) -> Outcome {
    find_tool()?;
    let path = root().join(REASONS);
    let page = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (mut all, mut unlisted) = (Tally::default(), Vec::new());
    let groups: Vec<&Group> =
        GROUPS.iter().filter(|group| wish.group.as_ref().is_none_or(|name| name == group.name)).collect();
    for group in &groups {
        let tally = examine(group, wish.shard.as_deref())?;
        println!("{}: {}", group.name, tally.spell());
        unlisted.extend(tally.not_in(&listed(&page)));
        all.add(tally);
    }
    for mutant in &unlisted {
        println!("not in {REASONS}: {mutant}");
    }
    println!("mutants: {} groups, {}, {} of them not listed", groups.len(), all.spell(), unlisted.len());
    if unlisted.is_empty() { Ok(()) } else { Err(format!("{} survivors without a reason", unlisted.len())) }
}

fn find_tool() -> Outcome {
    let found = cargo(&["mutants", "--version"]).output().map_err(|error| format!("cargo: {error}"))?;
    let said = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if !found.status.success() {
        return Err(format!(
            "cargo-mutants is missing: `cargo install --locked cargo-mutants --version {CARGO_MUTANTS}`"
        ));
    }
    if said != format!("cargo-mutants {CARGO_MUTANTS}") {
        println!("{said}; the names in {REASONS} are those of {CARGO_MUTANTS}");
    }
    Ok(())
}

/// The unit tests first, then all tests for what they let through.
fn examine(group: &Group, shard: Option<&str>) -> Result<Tally, String> {
    heading(&format!("mutants: {}, unit tests", group.name));
    let mut first = mutants(group, "unit");
    first.arg("--cargo-arg=--lib");
    if let Some(shard) = shard {
        first.args(["--shard", shard]);
    }
    if !group.first.is_empty() {
        first.args(["--", "--", group.first]);
    }
    let mut tally = finish(&mut first, group, "unit")?;
    let left = core::mem::take(&mut tally.missed);
    if !left.is_empty() {
        heading(&format!("mutants: {}, all tests for {} survivors", group.name, left.len()));
        let mut second = mutants(group, "all");
        second.args(["--cargo-arg=--lib", "--cargo-arg=--tests"]);
        for mutant in &left {
            second.args(["--re", &format!("^{}$", escape(mutant))]);
        }
        let again = finish(&mut second, group, "all")?;
        if again.len() != left.len() {
            return Err(format!("{} of {} survivors were tested again", again.len(), left.len()));
        }
        tally.add(again);
    }
    Ok(tally)
}

fn mutants(group: &Group, pass: &str) -> Command {
    let mut command = cargo(&["mutants", "--package", group.package, "--no-shuffle", "--jobs", "1"]);
    command.args(["--timeout", SECONDS, "--colors", "never"]);
    command.arg("--file").arg(format!("{}/{}", group.package, group.files));
    for file in group.except {
        command.arg("--exclude").arg(format!("{}/{file}", group.package));
    }
    if !group.features.is_empty() {
        command.args(["--features", group.features]);
    }
    let folder = step::target().join("mutants");
    command.arg("--output").arg(folder.join(group.name).join(pass));
    // What changes is one file: that is what incremental builds are for.
    command.env("CARGO_TARGET_DIR", folder.join("build")).env("CARGO_INCREMENTAL", "1");
    command.env("CARGO_PROFILE_TEST_DEBUG", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}

fn finish(command: &mut Command, group: &Group, pass: &str) -> Result<Tally, String> {
    let output = step::target().join("mutants").join(group.name).join(pass);
    fs::create_dir_all(&output).map_err(|error| format!("{}: {error}", output.display()))?;
    let status = command.status().map_err(|error| format!("cargo mutants: {error}"))?;
    match status.code() {
        Some(0 | SOME_MISSED | SOME_TIMED_OUT) => Tally::read(&output.join("mutants.out")),
        _ => Err(format!("cargo mutants, {}: {status}; its logs are in {}", group.name, output.display())),
    }
}

impl Tally {
    fn read(folder: &Path) -> Result<Self, String> {
        let lines = |name: &str| -> Result<Vec<String>, String> {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
        };
        Ok(Tally {
            caught: lines("caught.txt")?,
            missed: lines("missed.txt")?,
            timeout: lines("timeout.txt")?,
            unviable: lines("unviable.txt")?,
        })
    }

    fn add(&mut self, other: Self) {
        self.caught.extend(other.caught);
        self.missed.extend(other.missed);
        self.timeout.extend(other.timeout);
        self.unviable.extend(other.unviable);
    }

    fn len(&self) -> usize {
        self.caught.len() + self.missed.len() + self.timeout.len() + self.unviable.len()
    }

    fn spell(&self) -> String {
        let Tally { caught, missed, timeout, unviable } = self;
        format!(
            "{} mutants, {} caught, {} unviable, {} timed out, {} survived",
            self.len(),
            caught.len(),
            unviable.len(),
            timeout.len(),
            missed.len()
        )
    }

    /// What survived or did not end beyond what is listed: a reason is good for one mutant, not for all of its name.
    fn not_in(&self, listed: &BTreeMap<String, usize>) -> Vec<String> {
        let mut left = listed.clone();
        let mut unlisted = Vec::new();
        for mutant in self.missed.iter().chain(&self.timeout) {
            match left.get_mut(&without_position(mutant)) {
                Some(times) if *times > 0 => *times -= 1,
                _ => unlisted.push(mutant.clone()),
            }
        }
        unlisted
    }
}

/// The mutants of lines `` - `MUTANT`: why ``, and how many of each. Without a why it is not listed.
fn listed(page: &str) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for line in page.lines() {
        let Some((mutant, why)) = line.strip_prefix("- `").and_then(|line| line.split_once("`: ")) else {
            continue;
        };
        if why.split_whitespace().count() > 3 {
            *times.entry(without_position(mutant)).or_default() += 1;
        }
    }
    times
}

/// `FILE:LINE:COLUMN: CHANGE` without line and column, which move with every edit above.
fn without_position(mutant: &str) -> String {
    let Some((place, change)) = mutant.split_once(": ") else { return mutant.to_owned() };
    format!("{}: {change}", place.trim_end_matches(|it: char| it == ':' || it.is_ascii_digit()))
}

/// As a regular expression that means these letters.
fn escape(text: &str) -> String {
    let special = |it: char| it.is_ascii_punctuation() && !matches!(it, '_' | '<' | '>');
    text.chars().flat_map(|it| special(it).then_some('\\').into_iter().chain([it])).collect()
}

const CARGO_MUTANTS: &str = "27.1.0";
/// For the tests of one mutant: many times what they take on a busy machine.
const SECONDS: &str = "300";
const SOME_MISSED: i32 = 2;
const SOME_TIMED_OUT: i32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_and_a_part_of_it_can_be_asked_for_and_nonsense_not() {
        assert_eq!(Wish::from_words(&[]), Some(Wish::default()));
        let wish = Wish { group: Some("ber".into()), shard: Some("0/4".into()) };
        assert_eq!(Wish::from_words(&["ber", "--shard", "0/4"]), Some(wish.clone()));
        assert_eq!(Wish::from_words(&["--shard", "0/4", "ber"]), Some(wish));
        for words in
            [&["no_such"][..], &["ber", "usm"], &["--shard"], &["--shard", "4/4"], &["--shard", "x/4"]]
        {
            assert_eq!(Wish::from_words(words), None, "{words:?}");
        }
    }

    #[test]
    fn each_survivor_needs_a_line_of_its_own_with_a_reason_wherever_it_has_moved_to() {
        let page = "- `a/src/b.rs:7:3: replace || with && in f`: both are true there always\n\
                    - `a/src/c.rs: delete ! in g`: because\n\
                    text: `a/src/d.rs: delete ! in h`: this is no line of the list\n";
        let listed = listed(page);
        let survived = |mutants: &[&str]| {
            let missed = mutants.iter().map(|mutant| (*mutant).to_owned()).collect();
            let tally = Tally { missed, ..Tally::default() };
            tally.not_in(&listed)
        };
        let (moved, other) =
            ("a/src/b.rs:70:30: replace || with && in f", "a/src/b.rs:71:1: replace || with && in f");
        assert!(survived(&[moved]).is_empty());
        assert_eq!(survived(&[moved, other]), [other], "one reason is for one mutant");
        for mutant in ["a/src/c.rs:1:1: delete ! in g", "a/src/d.rs:1:1: delete ! in h"] {
            assert_eq!(survived(&[mutant]), [mutant]);
        }
        let endless = Tally { timeout: vec![moved.into(), other.into()], ..Tally::default() };
        assert_eq!(endless.not_in(&listed), [other], "what does not end is not caught");
    }

    #[test]
    fn a_name_is_looked_for_letter_by_letter() {
        assert_eq!(
            escape("a.rs:1:2: replace f -> Vec<u8> with vec![]"),
            r"a\.rs\:1\:2\: replace f \-> Vec<u8> with vec\!\[\]"
        );
    }

    #[test]
    fn every_group_is_code_that_is_there_and_has_its_part_of_the_page() {
        let page = fs::read_to_string(root().join(REASONS)).expect("it is part of the project");
        for group in GROUPS {
            for file in group.except.iter().chain([&group.files]) {
                let path = root().join(group.package).join(file.trim_end_matches("/**"));
                assert!(path.exists(), "{}", path.display());
            }
            assert!(page.contains(&format!("\n## {}\n", group.name)), "{}", group.name);
        }
    }
}
