//! Several networks at once, each with its targets and, where it has them, credentials of its own.

use super::snmp_options::{Entry, NamedCredentials, Version};
use crate::failure::Failure;
use crate::survey::one_a_line;
use crate::vault::{self, Vault};
use remote_services_collect::discover::targets::{TargetError, TargetList};
use serde::Deserialize;
use std::path::Path;

/// A `[[network]]` table of the file that `--networks` names.
pub(super) struct NetworkRules {
    /// What it is called.
    pub(super) name: String,
    /// Items of a target list.
    pub(super) targets: String,
    /// What to leave out, in the same form.
    pub(super) exclusions: String,
    /// The lowest version that may be used here.
    pub(super) lowest: Option<Version>,
    /// Credentials of its own; with none, those of the site hold.
    pub(super) credentials: Vec<NamedCredentials>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    network: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    name: Option<String>,
    targets: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    lowest_version: Option<Version>,
    #[serde(default)]
    credentials: Vec<Entry>,
}

/// Reads the file.
///
/// # Errors
/// A sentence with the file and the line or the network that is wrong.
pub(super) fn read(vault: &Vault, path: &Path) -> Result<Vec<NetworkRules>, Failure> {
    let file: File = vault::toml::read(vault, "networks file", path)?;
    let mut networks = Vec::new();
    for (number, table) in (1..).zip(file.network) {
        let name = table.name.unwrap_or_else(|| format!("network {number}"));
        let place = format!("networks file {}, {name}", path.display());
        check(&table.targets, &table.exclude).map_err(|failure| failure.while_doing(&place))?;
        let mut credentials = Vec::new();
        for entry in table.credentials {
            let ladder = entry.into_ladder().map_err(|failure| failure.while_doing(&place))?;
            credentials.extend(ladder.into_iter().map(|step| NamedCredentials {
                name: format!("{} of {name}", step.name),
                credentials: step.credentials,
            }));
        }
        networks.push(NetworkRules {
            name,
            targets: one_a_line(&table.targets),
            exclusions: one_a_line(&table.exclude),
            lowest: table.lowest_version,
            credentials,
        });
    }
    Ok(networks)
}

/// Whether each entry can be meant by itself.
fn check(targets: &[String], exclude: &[String]) -> Result<(), Failure> {
    let entries = |entries: &[String], list: &str| {
        for (number, entry) in (1..).zip(entries) {
            if let Err(TargetError { item, cause, .. }) = TargetList::parse(entry, "") {
                return Err(Failure::usage(format_args!("{list}, entry {number}: {item:?}: {cause}")));
            }
        }
        Ok(())
    };
    entries(targets, "targets")?;
    entries(exclude, "exclude")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Result<Vec<NetworkRules>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("networks.toml");
        std::fs::write(&path, text).unwrap();
        read(&Vault::default(), &path).map_err(|failure| failure.sentence)
    }

    #[test]
    fn each_network_has_targets_and_may_have_credentials() {
        let read = networks(
            "[[network]]\nname = \"office\"\ntargets = [\"192.0.2.0/24\"]\n\
             [[network]]\ntargets = [\"198.51.100.0/24\"]\nexclude = [\"198.51.100.9\"]\nlowest-version = \"3\"\n\
             [[network.credentials]]\nuser = \"monitor\"\nauth-password = \"long enough\"\n",
        );
        let read = read.unwrap();
        assert_eq!((read[0].name.as_str(), read[0].credentials.len()), ("office", 0));
        assert_eq!(read[1].credentials[0].name, "v3 user monitor of network 2");
        assert_eq!((read[1].lowest, read[1].exclusions.as_str()), (Some(Version::V3), "198.51.100.9"));
    }

    #[test]
    fn a_comment_in_an_entry_ends_with_it_and_a_mistake_in_one_is_told_with_its_number() {
        let read = networks(
            "[[network]]\nname = \"office\"\ntargets = [\"192.0.2.1 # copier\", \"192.0.2.2\"]\n\
             exclude = [\"192.0.2.3 # gone\", \"192.0.2.2\"]\n",
        );
        let read = read.unwrap();
        let list = TargetList::parse(&read[0].targets, &read[0].exclusions).unwrap();
        assert_eq!(list.addresses().collect::<Vec<_>>(), ["192.0.2.1:161".parse().unwrap()]);
        for (lists, place) in [
            ("targets = [\"192.0.2.1 # a\", \"192.0.2.400\"]", "office: targets, entry 2: \"192.0.2.400\": "),
            ("targets = []\nexclude = [\"192.0.2.400\"]", "office: exclude, entry 1: \"192.0.2.400\": "),
        ] {
            let wrong = networks(&format!("[[network]]\nname = \"office\"\n{lists}\n")).err().unwrap();
            assert!(wrong.contains("networks.toml, ") && wrong.contains(place), "{wrong}");
        }
    }

    #[test]
    fn mistakes_are_told_with_file_and_place_and_without_secrets() {
        let wrong = networks("[[network]]\ntargets = []\npassword = \"secret words\"\n").err().unwrap();
        assert!(wrong.contains("networks.toml, line") && !wrong.contains("secret words"), "{wrong}");
        let wrong = networks(
            "[[network]]\nname = \"x\"\ntargets = []\n[[network.credentials]]\nauth-password = \"secret words\"\n",
        );
        let wrong = wrong.err().unwrap();
        assert!(
            wrong.contains(", x: ") && wrong.contains("user") && !wrong.contains("secret words"),
            "{wrong}"
        );
    }
}
