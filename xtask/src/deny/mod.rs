//! `cargo xtask deny`: the rules of `deny.toml` on every lock file of the project, without a tool to install.
//!
//! Licences, refused crates and versions, and sources are looked at as cargo-deny does; `cargo xtask deny full` asks
//! cargo-deny itself, which takes minutes to build.
mod licence;
mod rules;
mod versions;

use std::collections::BTreeSet;
use std::path::Path;

pub use rules::Rules;

use crate::metadata::{self, Package};
use crate::step::{self, Outcome, cargo, heading, root};

/// The workspaces: each has a lock file of its own.
pub const WORKSPACES: [&str; 4] = [".", "benches/snmp", "benches/payload", "fuzz"];

/// Looks at all lock files.
///
/// # Errors
/// Each package that a rule refuses, with the rule; or that the rules or a lock file cannot be read.
pub fn run() -> Outcome {
    heading("dependencies: licences, refused crates and versions, sources");
    let rules = Rules::read(&root().join("deny.toml"))?;
    let (mut looked_at, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for workspace in WORKSPACES {
        // Peers of the benches and the fuzzer are measured with or run, and in no program that anybody ships.
        let linked = workspace == ".";
        for (id, found) in look_at(&rules, &root().join(workspace), linked)? {
            refused.extend(found.into_iter().map(|why| format!("{workspace}: {why}")));
            looked_at.insert(id);
        }
    }
    println!("{} packages, {} rules, {} refused", looked_at.len(), rules.len(), refused.len());
    if refused.is_empty() { Ok(()) } else { Err(refused.into_iter().collect::<Vec<_>>().join("\n")) }
}

/// Looks at one more lock file, whose workspace is in `folder` and is shipped.
///
/// # Errors
/// As [`run`].
pub fn in_one(folder: &Path) -> Outcome {
    let rules = Rules::read(&root().join("deny.toml"))?;
    let packages = look_at(&rules, folder, true)?;
    let refused: Vec<String> = packages.iter().flat_map(|(_, found)| found.clone()).collect();
    println!("{} packages, {} rules, {} refused", packages.len(), rules.len(), refused.len());
    if refused.is_empty() { Ok(()) } else { Err(refused.join("\n")) }
}

/// Each package of a workspace, and what is wrong with it.
fn look_at(rules: &Rules, folder: &Path, linked: bool) -> Result<Vec<(String, Vec<String>)>, String> {
    let packages = metadata::packages(folder)?;
    Ok(packages
        .into_iter()
        .map(|package| (package.id.clone(), complaints(rules, &package, linked)))
        .collect())
}

/// The same by cargo-deny, installed under `target/tools` when it is not there.
///
/// # Errors
/// When it finds something, or cannot be installed.
pub fn full() -> Outcome {
    let tools = step::target().join("tools");
    let program = tools.join("bin/cargo-deny");
    if !program.is_file() {
        heading("deny: installing cargo-deny");
        let mut install = cargo(&["install", "--locked", "--version", CARGO_DENY, "--root"]);
        step::run(install.arg(&tools).arg("cargo-deny"))?;
    }
    heading("dependencies: cargo-deny");
    let mut command = std::process::Command::new(program);
    command.args(["--locked", "check", "bans", "licenses", "sources"]);
    step::run(command.current_dir(root()).stdin(std::process::Stdio::null()))
}

/// What is wrong with a package.
fn complaints(rules: &Rules, package: &Package, linked: bool) -> Vec<String> {
    let name = format!("{} {}", package.name, package.version);
    let mut found = Vec::new();
    match rules.refuses(&package.name, &package.version) {
        Ok(Some(why)) => found.push(format!("{name} is refused: {why}")),
        Ok(None) => {}
        Err(why) => found.push(format!("{name}: {why}")),
    }
    if let Some(source) = package.source.as_ref().filter(|source| !source.starts_with("registry+")) {
        found.push(format!("{name} comes from {source}, which is no registry"));
    }
    if linked {
        match &package.license {
            None => found.push(format!("{name} states no licence")),
            Some(stated) if !licence::allowed(stated, &rules.licences) => {
                found.push(format!("{name} is licensed {stated}, which deny.toml does not allow"));
            }
            Some(_) => {}
        }
    }
    found
}

const CARGO_DENY: &str = "0.20.2";

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, source: Option<&str>, license: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            source: source.map(str::to_owned),
            license: license.map(str::to_owned),
            programs: Vec::new(),
            dependencies: Vec::new(),
            description: None,
        }
    }

    #[test]
    fn versions_with_an_advisory_other_sources_and_other_licences_are_refused_with_the_reason() {
        let rules = Rules::read(&root().join("deny.toml")).expect("it is part of the project");
        let said = |version, source, license| {
            complaints(&rules, &package("rustls", version, Some(source), license), true).join("; ")
        };
        let (registry, mit) = ("registry+https://example.invalid/index", Some("MIT"));
        assert_eq!(said("0.23.46", registry, mit), "");
        assert!(said("0.23.17", registry, mit).contains("RUSTSEC-2024-0399"));
        assert!(said("0.23.46", "git+https://example.invalid/rustls", mit).contains("no registry"));
        assert!(said("0.23.46", registry, None).contains("states no licence"));
        assert!(said("0.23.46", registry, Some("GPL-3.0-only")).contains("GPL-3.0-only"));
        assert!(said("not a version", registry, mit).contains("not a version"));
    }
}
