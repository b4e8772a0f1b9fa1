//! Secrets on the command line, where other users of the host can read them for as long as the program runs.

use crate::vault::is_sealed;
use clap::ArgMatches;
use clap::parser::ValueSource;

/// A sentence about each secret that was given by an option, in clear.
pub(super) fn exposed(matches: &ArgMatches) -> Vec<String> {
    let own = matches.subcommand().into_iter().flat_map(|(command, below)| {
        let here = SECRETS.iter().filter(move |secret| {
            secret.command.is_none_or(|only| only == command) && is_exposed(below, secret.id)
        });
        let here = here.map(move |Secret { option, instead, .. }| {
            // It plays a device, and has no file of credentials.
            let instead = if command == "replay" { "give it in the environment" } else { instead };
            format!(
                "warning: {option} is on the command line, where other users of this host can read it: {instead}"
            )
        });
        here.chain(exposed(below)).collect::<Vec<_>>()
    });
    own.collect()
}

fn is_exposed(matches: &ArgMatches, id: &str) -> bool {
    matches.try_contains_id(id).is_ok()
        && matches.value_source(id) == Some(ValueSource::CommandLine)
        && matches.get_raw(id).into_iter().flatten().any(|given| {
            let given = given.to_string_lossy();
            // The community that all know is none.
            !is_sealed(&given) && !matches!(&*given, "" | "public")
        })
}

/// An option that takes a secret.
struct Secret {
    id: &'static str,
    option: &'static str,
    /// The only command that has it with this meaning.
    command: Option<&'static str>,
    instead: &'static str,
}

const SECRETS: [Secret; 5] = [
    Secret {
        id: "community",
        option: "--community",
        command: None,
        instead: "put it into a file (--credentials), or seal it (secrets seal communities)",
    },
    Secret {
        id: "write_community",
        option: "--write-community",
        command: None,
        instead: "put it into a file (--write-community-file), or seal it (secrets seal communities)",
    },
    Secret {
        id: "auth_password",
        option: "--auth-password",
        command: None,
        instead: "put it into a file (--credentials), or seal it (secrets seal auth-password)",
    },
    Secret {
        id: "priv_password",
        option: "--priv-password",
        command: None,
        instead: "put it into a file (--credentials), or seal it (secrets seal priv-password)",
    },
    Secret {
        id: "key",
        option: "--key",
        command: Some("register"),
        instead: "put it into a file, or give it on standard input (--key-file)",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Line;
    use clap::CommandFactory as _;

    fn warned(words: &[&str]) -> Vec<String> {
        exposed(&Line::command().try_get_matches_from([&["agent"], words].concat()).unwrap())
    }

    #[test]
    fn each_secret_that_stands_on_the_command_line_is_told_and_not_repeated() {
        let words =
            ["collect", "192.0.2.7", "-c", "quince", "-u", "monitor", "-A", "quince-12", "-X", "quince-34"];
        let told = warned(&words);
        assert_eq!(told.len(), 3, "{told:?}");
        for (told, option) in told.iter().zip(["--community", "--auth-password", "--priv-password"]) {
            assert!(told.starts_with(&format!("warning: {option} is on the command line")), "{told}");
            assert!(told.contains("--credentials") && !told.contains("quince"), "{told}");
        }
        let told =
            warned(&["action", "restart", "192.0.2.7", "--serial", "A", "--write-community", "quince"]);
        assert!(matches!(&told[..], [one] if one.contains("--write-community-file")), "{told:?}");
        let told = warned(&["replay", "a.snmprec", "-c", "quince"]);
        assert!(matches!(&told[..], [one] if one.contains("environment")), "{told:?}");
        let told = warned(&["register", "--data", "d", "--key", "quince"]);
        assert!(matches!(&told[..], [one] if one.contains("--key-file")), "{told:?}");
    }

    #[test]
    fn what_is_no_secret_or_sealed_or_in_a_file_is_not_told() {
        for words in [
            &["collect", "192.0.2.7"][..],
            &["collect", "192.0.2.7", "-c", "public"],
            &["collect", "192.0.2.7", "-c", "sealed:v1:AAAA"],
            &["collect", "192.0.2.7", "--credentials", "snmp.toml", "--write-community-file", "w"],
            &["register", "--data", "d", "--key-file", "-"],
        ] {
            assert_eq!(warned(words), Vec::<String>::new(), "{words:?}");
        }
    }

    #[test]
    fn every_option_of_a_password_community_or_key_is_looked_at() {
        fn all(command: &clap::Command, found: &mut Vec<String>) {
            for argument in command.get_arguments().filter(|argument| argument.is_hide_env_values_set()) {
                let id = argument.get_id().as_str();
                if !SECRETS.iter().any(|secret| secret.id == id) {
                    found.push(format!("{} {id}", command.get_name()));
                }
            }
            command.get_subcommands().for_each(|below| all(below, found));
        }
        let mut left_out = Vec::new();
        all(&Line::command(), &mut left_out);
        assert_eq!(left_out, Vec::<String>::new());
    }
}
