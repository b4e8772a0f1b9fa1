//! The secrets of the command line: in a file or the environment instead, and a warning where others can read them.

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;
use std::path::Path;

/// A file with what is not to stand on the command line. No `Debug`: it is all secrets.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct SecretsFile {
    pub(crate) community: Option<String>,
    pub(crate) write_community: Option<String>,
    pub(crate) auth_password: Option<String>,
    pub(crate) priv_password: Option<String>,
    /// Of receivers of notifications that have none of their own.
    pub(crate) notify_community: Option<String>,
}

impl SecretsFile {
    /// Reads the file.
    ///
    /// # Errors
    /// One sentence with the file, which repeats nothing of what stands in it.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let file = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| format!("secrets file {file}: {error}"))?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            format!(
                "secrets file {file}, line {line}: expected NAME = \"SECRET\" with community, write-community, \
                 auth-password, priv-password or notify-community"
            )
        })
    }
}

/// A sentence about each secret that was given by an option.
pub(crate) fn exposed(matches: &ArgMatches) -> Vec<String> {
    let given = |id: &str| {
        let by_option = matches.value_source(id) == Some(ValueSource::CommandLine);
        let values = matches.get_raw(id).filter(|_| by_option).into_iter().flatten();
        values.map(|value| value.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let exposed = |(id, _): &(&str, &str)| match *id {
        "notify" => given(id).iter().any(|receiver| has_community(receiver)),
        // The community that all know is none.
        _ => given(id).iter().any(|secret| !matches!(&**secret, "" | "public")),
    };
    let told = OPTIONS.iter().filter(|option| exposed(option)).map(|(id, instead)| {
        let option = id.replace('_', "-");
        format!(
            "warning: --{option} is on the command line, where other users of this host can read it: {instead}"
        )
    });
    told.collect()
}

fn has_community(receiver: &str) -> bool {
    let who = receiver.rsplit_once('@').map_or(receiver, |(who, _)| who);
    let who = who.strip_prefix("inform:").unwrap_or(who);
    who.split_once(':').is_some_and(|(_, community)| !matches!(community, "" | "public"))
}

/// Options with secrets, and where else they may stand.
const OPTIONS: [(&str, &str); 5] = [
    ("community", EITHER),
    ("write_community", EITHER),
    ("auth_password", EITHER),
    ("priv_password", EITHER),
    ("notify", "put the community into a file (--secrets, notify-community)"),
];
const EITHER: &str = "put it into a file (--secrets), or give it in the environment";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]
    use super::*;
    use crate::cli::Line;
    use clap::CommandFactory as _;

    fn warned(words: &[&str]) -> Vec<String> {
        exposed(&Line::command().try_get_matches_from([&["virtual-printer"], words].concat()).unwrap())
    }

    #[test]
    fn each_secret_on_the_command_line_is_told_and_not_repeated() {
        let words = ["--community", "quince", "--write-community", "quince", "--user", "monitor"];
        let more = ["--auth-password", "quince-12", "--priv-password", "quince-34"];
        let notify = ["--notify", "3@127.0.0.1:1", "--notify", "inform:2c:quince@127.0.0.1:1"];
        let told = warned(&[&words[..], &more, &notify].concat());
        let options = ["--community", "--write-community", "--auth-password", "--priv-password", "--notify"];
        assert_eq!(told.len(), options.len(), "{told:?}");
        for (told, option) in told.iter().zip(options) {
            assert!(told.starts_with(&format!("warning: {option} is on the command line, ")), "{told}");
            assert!(told.contains("--secrets") && !told.contains("quince"), "{told}");
        }
        for words in [&[][..], &["--community", "public", "--notify", "2c@127.0.0.1:1", "--secrets", "f"]] {
            assert_eq!(warned(words), [""; 0], "{words:?}");
        }
    }

    #[test]
    fn every_option_that_hides_its_environment_is_looked_at() {
        let line = Line::command();
        let hidden = line.get_arguments().filter(|argument| argument.is_hide_env_values_set());
        let hidden: Vec<&str> = hidden.map(|argument| argument.get_id().as_str()).collect();
        assert_eq!(hidden.len(), 4);
        assert!(hidden.iter().all(|id| OPTIONS.iter().any(|(known, _)| known == id)), "{hidden:?}");
    }

    #[test]
    fn a_file_that_is_wrong_is_told_with_its_line_and_without_a_secret() {
        let path = std::env::temp_dir().join(format!("virtual-printer-secrets-{}", std::process::id()));
        for (text, line) in [("community = quince\n", 1), ("# ours\ncomunity = \"quince\"\n", 2)] {
            std::fs::write(&path, text).unwrap();
            let why = SecretsFile::read(&path).err().unwrap();
            assert!(why.contains(&format!("line {line}: ")) && !why.contains("quince"), "{why}");
        }
        std::fs::write(&path, "write-community = \"quince\"\n").unwrap();
        let read = SecretsFile::read(&path).ok().unwrap();
        assert_eq!((read.write_community.as_deref(), read.community), (Some("quince"), None));
        std::fs::remove_file(&path).unwrap();
        assert!(SecretsFile::read(&path).is_err());
    }
}
