//! `cargo xtask sbom [DIR]`: what each program and each library is made of, as CycloneDX 1.5 JSON.
//!
//! A list has what is linked on this platform with the features on by default, macros included: crates, versions,
//! licences, checksums of the lock file, and who needs whom. It has neither time nor random number, so that equal sources
//! give equal lists.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use toml::Table;

use crate::metadata::{self, Package};
use crate::step::{Outcome, heading, root};
use crate::{manifest, tree};

/// Writes `NAME.cdx.json` for every library and every program that is not a tool of the project.
///
/// # Errors
/// When cargo cannot tell the trees, or the folder cannot be written.
pub fn run(folder: &Path) -> Outcome {
    heading("bill of materials");
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, document) in documents()? {
        let path = folder.join(format!("{name}.cdx.json"));
        let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())? + "\n";
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        let count = document["components"].as_array().map_or(0, Vec::len);
        println!("{}: {count} components", path.display());
    }
    Ok(())
}

/// The documents by name of crate.
///
/// # Errors
/// When cargo cannot tell the trees, or the lock file cannot be read.
pub fn documents() -> Result<BTreeMap<String, Value>, String> {
    let packages = metadata::packages(&root())?;
    let checksums = checksums()?;
    let members = manifest::members(&root())?;
    let shipped = members.iter().filter(|it| it.is_published_library() || it.folder.starts_with("apps/"));
    shipped
        .map(|member| {
            let within: BTreeSet<String> = tree::crates(&member.name, &[])?
                .iter()
                .map(|line| line.replace(" v", " ").replace(" *", ""))
                .collect();
            let document = document(&member.name, &packages, &within, &checksums)
                .ok_or_else(|| format!("{} is not in cargo's metadata", member.name))?;
            Ok((member.name.clone(), document))
        })
        .collect()
}

fn document(
    name: &str,
    packages: &[Package],
    within: &BTreeSet<String>,
    checksums: &BTreeMap<String, String>,
) -> Option<Value> {
    let main = packages.iter().find(|package| package.name == name)?;
    let chosen: Vec<&Package> = packages.iter().filter(|package| within.contains(&key(package))).collect();
    let refs: BTreeMap<&str, String> =
        chosen.iter().map(|package| (package.id.as_str(), purl(package))).collect();
    let components: BTreeMap<String, Value> = chosen
        .iter()
        .filter(|package| package.id != main.id)
        .map(|package| (purl(package), component(package, "library", checksums)))
        .collect();
    let dependencies: BTreeMap<String, Value> = chosen
        .iter()
        .map(|package| {
            let needs: BTreeSet<&String> =
                package.dependencies.iter().filter_map(|id| refs.get(id.as_str())).collect();
            (purl(package), json!({ "ref": purl(package), "dependsOn": needs }))
        })
        .collect();
    let kind = if main.programs.is_empty() { "library" } else { "application" };
    Some(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(main, kind, checksums) },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies.into_values().collect::<Vec<_>>(),
    }))
}

fn component(package: &Package, kind: &str, checksums: &BTreeMap<String, String>) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // The slash is how manifests wrote OR before SPDX expressions.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(text) = &package.description {
        component["description"] = json!(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(checksum) = checksums.get(&key(package)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

/// As cargo's tree names it.
fn key(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

/// The package URL: `+` of build metadata has a meaning of its own there.
fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version.replace('+', "%2B"))
}

/// SHA-256 of the archives, by name and version.
fn checksums() -> Result<BTreeMap<String, String>, String> {
    let path = root().join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    let packages = table.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let sum = |package: &toml::Value| {
        let word = |key: &str| package.get(key).and_then(toml::Value::as_str);
        Some((format!("{} {}", word("name")?, word("version")?), word("checksum")?.to_owned()))
    };
    Ok(packages.filter_map(sum).collect())
}
