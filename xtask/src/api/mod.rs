//! `cargo xtask api`: the public interface of each library against the list of it in `docs/api`, and the crates of
//! others that stand in it against `docs/api/foreign.tsv`.
//!
//! What is public is read from rustdoc's JSON, so re-exports, private modules and macros are what a user sees. That form
//! changes with the compiler: the lists are made by the Rust that [`FORMAT`] belongs to.
mod foreign;
mod listing;
mod types;

use std::fs;

pub use foreign::{Foreign, check as check_foreign};
pub use listing::{Listing, list};
use serde_json::Value;

use crate::features;
use crate::manifest::{Member, members};
use crate::step::{self, Outcome, cargo, heading, root};

/// `format_version` of the JSON that is understood: Rust 1.95.
pub const FORMAT: u64 = 57;

/// Compares, or with `write` makes the lists anew.
///
/// # Errors
/// The lines that came and went; or a crate of others that is not listed with a reason; or another Rust.
pub fn run(write: bool) -> Outcome {
    let libraries: Vec<Member> = members(&root())?.into_iter().filter(Member::is_published_library).collect();
    document(&libraries)?;
    let folder = root().join("docs/api");
    let mut complaints = Vec::new();
    let mut found = Vec::new();
    let mut lines = 0;
    for library in &libraries {
        let listing = read(&library.name)?;
        lines += listing.lines.len();
        let path = folder.join(format!("{}.txt", library.name));
        let text = listing.lines.join("\n") + "\n";
        if write {
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        } else {
            let listed = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            complaints
                .extend(difference(&listed, &text).iter().map(|line| format!("{}: {line}", library.name)));
        }
        found.extend(listing.foreign.into_iter().map(|name| (library.name.clone(), name)));
    }
    let path = folder.join("foreign.tsv");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    complaints.extend(check_foreign(&Foreign::parse(&text)?, &found));
    println!("{} libraries, {lines} public items, {} differences", libraries.len(), complaints.len());
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n(`cargo xtask api --write` makes the lists anew)", complaints.join("\n")))
}

/// Has rustdoc write the JSON, with the features that everything else is built with.
fn document(libraries: &[Member]) -> Outcome {
    heading("public interface: rustdoc's JSON");
    let mut command = cargo(&["doc", "--quiet", "--no-deps", "--lib"]);
    for library in libraries {
        command.args(["--package", &library.name]);
    }
    command.args(["--features", &features::list(libraries, false)]);
    command.env("RUSTDOC", root().join(".ci/rustdoc-json"));
    step::run(command.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json"))
}

fn read(library: &str) -> Result<Listing, String> {
    let path = step::target().join("doc").join(format!("{}.json", library.replace('-', "_")));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    match json["format_version"].as_u64() {
        Some(FORMAT) => Ok(list(&json)),
        other => {
            Err(format!("rustdoc's JSON has format {other:?}; the lists are made with {FORMAT} (Rust 1.95)"))
        }
    }
}

/// Lines of one text that the other has not: `- gone`, `+ new`.
fn difference(before: &str, after: &str) -> Vec<String> {
    let gone = before
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line))
        .map(|line| format!("- {line}"));
    let new = after
        .lines()
        .filter(|line| !before.lines().any(|other| other == *line))
        .map(|line| format!("+ {line}"));
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_came_is_told() {
        assert_eq!(difference("a\nb\nc\n", "a\nc\nd\n"), ["- b", "+ d"]);
        assert!(difference("a\n", "a\n").is_empty());
    }
}
