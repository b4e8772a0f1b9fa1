//! As much of `Cargo.toml` as the checks need: members, dependencies by table, features.
use std::fs;
use std::path::Path;

/// A member of the workspace.
#[derive(Debug)]
pub struct Member {
    /// Folder below the root: `apps/agent`.
    pub folder: String,
    /// Package name.
    pub name: String,
    /// Names in `[dependencies]`.
    pub dependencies: Vec<String>,
    /// Names in `[features]`, `default` among them when it is there.
    pub features: Vec<String>,
    /// Whether there is a library.
    pub library: bool,
}

impl Member {
    /// One of the crates that others link: `remote-services-*` at the root.
    #[must_use]
    pub fn is_published_library(&self) -> bool {
        self.library && self.folder.starts_with("remote-services-")
    }
}

/// All members, in the order of the workspace's manifest.
///
/// # Errors
/// When a manifest cannot be read.
pub fn members(root: &Path) -> Result<Vec<Member>, String> {
    let text = read(&root.join("Cargo.toml"))?;
    let list = text
        .split_once("members = [")
        .and_then(|(_, rest)| rest.split_once("\n]"))
        .ok_or("Cargo.toml: no list of members")?
        .0;
    list.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .map(|folder| member(root, folder))
        .collect()
}

fn member(root: &Path, folder: &str) -> Result<Member, String> {
    let path = root.join(folder);
    let text = read(&path.join("Cargo.toml"))?;
    let name = table(&text, "package")
        .find_map(|line| line.strip_prefix("name = "))
        .ok_or_else(|| format!("{folder}/Cargo.toml: no name"))?
        .trim_matches('"')
        .to_owned();
    Ok(Member {
        folder: folder.to_owned(),
        name,
        dependencies: keys(&text, "dependencies"),
        features: keys(&text, "features"),
        library: path.join("src/lib.rs").is_file(),
    })
}

/// The lines of `[name]`, without comments and empty ones.
fn table<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let heading = format!("[{name}]");
    text.lines()
        .map(str::trim_end)
        .skip_while(move |line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The keys of `[name]`: what stands before `=` or, for `key.workspace = true`, before the dot.
fn keys(text: &str, name: &str) -> Vec<String> {
    table(text, name)
        .filter(|line| !line.starts_with([' ', ']', '"']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim().split('.').next().unwrap_or(key).to_owned())
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"x\"\n\n[features]\ndefault = [\"std\"]\n# why\nstd = []\nmany = [\n    \"std\",\n]\n\n[dependencies]\nserde = { workspace = true }\nder.workspace = true # why\n\n[dev-dependencies]\nproptest.workspace = true\n";

    #[test]
    fn keys_of_one_table_are_read_and_no_others() {
        assert_eq!(keys(MANIFEST, "features"), ["default", "std", "many"]);
        assert_eq!(keys(MANIFEST, "dependencies"), ["serde", "der"]);
    }

    #[test]
    fn every_member_of_this_workspace_is_read() {
        let members = members(&crate::step::root()).expect("the manifests are part of the project");
        let snmp = members.iter().find(|member| member.name == "remote-services-snmp").expect("is a member");
        assert!(snmp.library && snmp.features.iter().any(|feature| feature == "default"));
        assert!(members.iter().any(|member| member.folder == "xtask"));
    }
}
