//! What `cargo metadata` says of a workspace: its packages, and whom each depends on.
use std::path::Path;

use serde_json::Value;

use crate::step::cargo;

/// A package, ours or another's.
#[derive(Clone, Debug)]
pub struct Package {
    /// Cargo's name for name, version and source together.
    pub id: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// The registry or repository that it comes from; `None` for a folder of the project.
    pub source: Option<String>,
    /// SPDX expression of `package.license`.
    pub license: Option<String>,
    /// Names of its programs.
    pub programs: Vec<String>,
    /// Identifiers of the packages that it links or that compile with it; those of tests are not among them.
    pub dependencies: Vec<String>,
    /// `package.description`.
    pub description: Option<String>,
}

/// The packages of the workspace in this folder with all features, as its lock file has them.
///
/// # Errors
/// When cargo cannot say, the lock file among the reasons.
pub fn packages(folder: &Path) -> Result<Vec<Package>, String> {
    let words = ["metadata", "--format-version", "1", "--locked", "--all-features"];
    let output = cargo(&words)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("cargo metadata could not be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    read(&value).ok_or_else(|| "cargo metadata: not the form of version 1".to_owned())
}

fn read(value: &Value) -> Option<Vec<Package>> {
    let nodes = value["resolve"]["nodes"].as_array()?;
    let dependencies_of = |id: &str| -> Vec<String> {
        let node = nodes.iter().find(|node| node["id"] == id);
        let edges = node.and_then(|node| node["deps"].as_array()).into_iter().flatten();
        edges
            .filter(|edge| edge["dep_kinds"].as_array().is_some_and(|all| all.iter().any(is_shipped)))
            .filter_map(|edge| text(&edge["pkg"]))
            .collect()
    };
    let package = |package: &Value| {
        let id = text(&package["id"])?;
        let targets = package["targets"].as_array()?.iter();
        Some(Package {
            name: text(&package["name"])?,
            version: text(&package["version"])?,
            source: text(&package["source"]),
            license: text(&package["license"]),
            programs: targets
                .filter(|target| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"bin".into())))
                .filter_map(|target| text(&target["name"]))
                .collect(),
            dependencies: dependencies_of(&id),
            description: text(&package["description"]),
            id,
        })
    };
    value["packages"].as_array()?.iter().map(package).collect()
}

/// Normal dependencies have no kind, those of build scripts are `build`.
fn is_shipped(kind: &Value) -> bool {
    kind["kind"].as_str() != Some("dev")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
