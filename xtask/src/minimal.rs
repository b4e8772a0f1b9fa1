//! `cargo xtask minimal`: each library with the oldest crates that its manifest allows.
//!
//! A lower bound that nobody builds with is a guess. In a copy of the workspace that has the libraries alone, without what
//! only their tests need, cargo takes the lowest version of each crate that they name (and what those need, as new as may
//! be), and each library is checked with its features.
use crate::copy::Copy;
use crate::features::FIPS;
use crate::manifest::{Member, members};
use crate::step::{self, Outcome, heading, root};

/// Checks all libraries.
///
/// # Errors
/// When cargo finds no such set of versions, or a library does not build with it.
pub fn run() -> Outcome {
    heading("minimal versions: each library with the oldest crates that its manifest allows");
    let libraries: Vec<Member> = members(&root())?.into_iter().filter(Member::is_published_library).collect();
    let copy = Copy::of_workspace("minimal")?;
    let folders: Vec<&str> = libraries.iter().map(|library| library.folder.as_str()).collect();
    copy.change("Cargo.toml", |manifest| with_members(manifest, &folders))?;
    for folder in &folders {
        copy.change(&format!("{folder}/Cargo.toml"), without_tests)?;
    }
    let mut lock = copy.cargo(&["generate-lockfile", "-Zdirect-minimal-versions"]);
    // What lets a released cargo do so.
    step::run(lock.env("RUSTC_BOOTSTRAP", "1"))?;
    for library in &libraries {
        let package = ["check", "--quiet", "--locked", "--lib", "--package", &library.name];
        step::run(copy.cargo(&package).arg("--no-default-features"))?;
        // The FIPS module takes minutes, and is built with both its lines by `cargo xtask fips`.
        let features: Vec<&str> =
            library.features.iter().map(String::as_str).filter(|name| *name != FIPS).collect();
        if !features.is_empty() {
            step::run(copy.cargo(&package).args(["--features", &features.join(",")]))?;
        }
    }
    println!("minimal: {} libraries build with the oldest crates they allow", libraries.len());
    Ok(())
}

/// The workspace's manifest with these members and nothing left out.
fn with_members(manifest: &str, folders: &[&str]) -> String {
    let list: Vec<String> = folders.iter().map(|folder| format!("\"{folder}\"")).collect();
    let (before, rest) = manifest.split_once("members = [").unwrap_or((manifest, ""));
    let after = rest.find("\n[").map_or("", |at| &rest[at..]);
    let after: String = tables(after, |heading| !heading.starts_with("[profile"));
    format!("{before}members = [{}]\n{after}", list.join(", "))
}

/// A library's manifest without tests, examples and what they need.
fn without_tests(manifest: &str) -> String {
    tables(manifest, |heading| !heading.starts_with("[[") && !heading.contains("dev-dependencies"))
}

/// Those tables whose heading is kept.
fn tables(manifest: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut kept = true;
    let lines = manifest.split_inclusive('\n').filter(|line| {
        if line.starts_with('[') {
            kept = keep(line);
        }
        kept
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_libraries_are_members_and_versions_stay() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\n    \"a\", # x[1]\n    \"b\",\n]\nexclude = [\"c\"]\n\n[workspace.dependencies]\nd = \"1\"\n\n[profile.dev.package]\nd = {}\n\n[workspace.lints.rust]\nx = 1\n";
        assert_eq!(
            with_members(manifest, &["a"]),
            "[workspace]\nresolver = \"3\"\nmembers = [\"a\"]\n\n[workspace.dependencies]\nd = \"1\"\n\n[workspace.lints.rust]\nx = 1\n"
        );
    }

    #[test]
    fn a_manifest_keeps_what_the_library_needs_and_loses_what_its_tests_need() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[dev-dependencies]\nc = \"1\"\n\n[target.'cfg(unix)'.dev-dependencies]\nd = \"1\"\n\n[[example]]\nname = \"e\"\n\n[features]\nf = []\n";
        assert_eq!(
            without_tests(manifest),
            "[package]\nname = \"a\"\n\n[dependencies]\nb = \"1\"\n\n[features]\nf = []\n"
        );
    }
}
