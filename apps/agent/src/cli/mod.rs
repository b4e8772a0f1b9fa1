//! What the user types: one file a command.

/// The end of every command's help.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0 done   1 failed   2 wrong command line, settings or credentials file
  3 nobody answered, or the server is busy   4 credentials, certificate or registration key refused
  5 the device or the site's settings declined   130 interrupted"
    };
}

/// What the exit codes mean, as the help says it.
#[cfg(test)]
pub(crate) const EXIT_CODES: &str = exit_codes!();

/// Examples of a command, the files that it reads, and the exit codes.
macro_rules! help {
    ($examples:literal $(, $file:ident)*) => {
        concat!("Examples:\n", $examples, "\n\n", $(help!(@$file), "\n\n",)* exit_codes!())
    };
    (@settings) => {
        settings_file!()
    };
    (@networks) => {
        networks_file!()
    };
    (@credentials) => {
        credentials_file!()
    };
}

/// What the settings look like, for the command that obeys them.
macro_rules! settings_file {
    () => {
        "\
Settings, in DATA/agent.toml; each may be left out:
  site-name = \"Main office\"
  location = \"Second floor\"           # for the server's operator, as is contact; else what register was given
  contact = \"help@example.com\"        # e-mail address of the person to ask about this agent
  mode = \"normal\"                     # or \"lockdown\": uploads only, commands refused
  daily-window = \"02:00-04:00\"        # when devices are read, in local time; else every --every seconds
  remote-settings = \"on\"              # or \"off\": the server may not set when and how often
  targets = [\"192.0.2.0/24\"]          # when the command line names none
  proxy = \"http://proxy.example:3128\"  # or \"pac+file:///PATH\", \"wpad\", \"environment\"
  [proxy-credentials]                 # for a proxy that wants them
  user = \"scanner\"                    # the password is in password-file, or in the environment as RS_PROXY_PASSWORD
  password-file = \"/etc/rs/proxy-password\"
  [redaction]                         # own rules: see the manual, \"What leaves the site\"
  base = \"default\"                    # or \"strict\"
  [limits]                            # the site's own bounds, whatever the server says: see the manual
  collect-every = [3600, 604800]      # seconds, least and most
  commands-per-hour = 20
  [software]                          # newer versions of this program; without a folder nobody asks
  folder = \"/opt/remote-services\"     # versions/VERSION/, current
  window = \"22:00-04:00\"              # when they are installed
  [logs]                              # what sendEngineeringLog may send, with consent
  folder = \"/var/log/printers\"
  source = \"engine\"
  [actions]                           # \"on\", \"ask\" (a person, by `commands agree`) or \"off\"
  getStatus = \"on\"
  troubleshoot = \"on\"
  printTestPage = \"off\"
  restart = \"off\"
  setConfiguration = \"off\"
  upgrade = \"ask\""
    };
}

/// What a networks file looks like, for the command that reads one.
macro_rules! networks_file {
    () => {
        "\
Networks file:
  [[network]]
  name = \"warehouse\"                  # may be left out
  targets = [\"198.51.100.0/24\"]
  exclude = [\"198.51.100.9\"]
  lowest-version = \"3\"                # may be left out, as may the credentials: then those of the site hold
  [[network.credentials]]             # as in a credentials file
  user = \"monitor\"
  auth-password = \"...\""
    };
}

/// What a credentials file looks like, for the commands that ask devices.
macro_rules! credentials_file {
    () => {
        "\
Credentials file:
  [[credentials]]                     # tried first
  user = \"monitor\"
  auth-protocol = \"sha256\"            # or \"sha\"
  auth-password = \"...\"
  priv-password = \"...\"               # AES-128
  context = \"\"
  [[credentials]]                     # tried next
  versions = [\"2c\", \"1\"]
  communities = [\"site\", \"public\"]"
    };
}

pub mod action;
pub mod audit;
pub mod collect;
pub mod commands;
pub mod consent;
pub mod crypto;
pub mod demo;
pub mod discover;
mod document;
mod exposed;
mod networks;
pub mod preview;
pub mod profiles;
pub mod quarantine;
pub mod record;
mod recording;
pub mod register;
pub mod replay;
pub mod run;
pub mod scope;
pub mod secrets;
pub mod secrets_key;
pub mod secrets_rekey;
pub mod show;
pub mod snmp_crypto;
mod snmp_keys;
pub mod snmp_options;
pub mod supervise;
mod turns;

use crate::failure::Failure;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// The command line.
#[derive(Parser)]
#[command(name = "remote-services-agent", bin_name = "remote-services-agent", version, about, long_about = None, after_help = AFTER_HELP)]
pub struct Line {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Carries out what this program was called with, and ends it where that is wrong or asks for help. Secrets that others can read
/// there are told. Who asks for JSON gets a document, whatever comes of it.
///
/// # Errors
/// One sentence and an exit code.
pub fn carry_out_as_called() -> Result<(), Failure> {
    let matches = Line::command().get_matches();
    for warning in exposed::exposed(&matches) {
        tell!("{warning}");
    }
    let line =
        Line::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut Line::command()).exit());
    carry_out(line).inspect_err(|failure| {
        if document::is_json(&matches) {
            document::print_in_place_of_result(failure);
        }
    })
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Do something to one device: restart, test page, upgrade, settings
    Action(action::ActionOptions),
    /// Read, export and check the audit log
    Audit(audit::AuditOptions),
    /// Agree to commands that wait for a person, or refuse them
    Commands(commands::CommandsOptions),
    /// Record, show and withdraw what people of the site agreed to send
    Consent(consent::ConsentOptions),
    /// Show whose cryptography is used, what of it a FIPS 140 module approves, and what is switched off
    Crypto(crypto::CryptoOptions),
    /// Show the whole road on this machine: virtual printers, server, discovery, upload, commands
    Demo(demo::DemoOptions),
    /// Find out which hosts are printers
    Discover(discover::DiscoverOptions),
    /// Read one device and show all that it says
    Collect(collect::CollectOptions),
    /// Show the state of a device: from the device, a recording, or a report that was kept
    Show(show::ShowOptions),
    /// Record a device: a file that may be given away, with who and whose it is replaced
    Record(record::RecordOptions),
    /// Serve recordings as if the devices were there
    Replay(replay::ReplayOptions),
    /// Show what would be sent, beside what was read
    Preview(preview::PreviewOptions),
    /// Show what is known of makers, and check profiles of one's own
    Profiles(profiles::ProfilesOptions),
    /// Show payloads that were set aside and why, put them back, or give them up
    Quarantine(quarantine::QuarantineOptions),
    /// Register this agent with a server, once
    Register(register::RegisterOptions),
    /// Discover, collect, upload, and carry out commands, again and again
    Run(run::RunOptions),
    /// Seal secrets, and show which are stored in clear
    Secrets(secrets::SecretsOptions),
    /// Keep `run` going, and go back to the version before when a new one fails
    Supervise(supervise::SuperviseOptions),
}

/// How to show a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs: names as in the XML schemas; what has no result has an "error" with "code", "exitCode" and "text"
    Json,
    /// For programs: the documents of the payload
    Xml,
}

/// Carries out the command line.
///
/// # Errors
/// One sentence and an exit code.
pub fn carry_out(line: Line) -> Result<(), Failure> {
    match line.command {
        Command::Action(options) => action::carry_out(&options),
        Command::Audit(options) => audit::carry_out(&options),
        Command::Commands(options) => commands::carry_out(&options),
        Command::Consent(options) => consent::carry_out(&options),
        Command::Crypto(options) => crypto::carry_out(&options),
        Command::Demo(options) => demo::carry_out(&options),
        Command::Discover(options) => discover::carry_out(&options),
        Command::Collect(options) => collect::carry_out(&options),
        Command::Show(options) => show::carry_out(&options),
        Command::Record(options) => record::carry_out(&options),
        Command::Replay(options) => replay::carry_out(&options),
        Command::Preview(options) => preview::carry_out(&options),
        Command::Profiles(options) => profiles::carry_out(&options),
        Command::Quarantine(options) => quarantine::carry_out(&options),
        Command::Register(options) => register::carry_out(&options),
        Command::Run(options) => run::carry_out(&options),
        Command::Secrets(options) => secrets::carry_out(&options),
        Command::Supervise(options) => supervise::carry_out(&options),
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no error.
///
/// # Errors
/// When the output cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    document::note_written();
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format_args!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

const AFTER_HELP: &str = concat!(
    "\
Examples:
  remote-services-agent demo
  remote-services-agent discover 192.0.2.0/24 --community site
  remote-services-agent collect printer-7.example --user monitor --format json
  remote-services-agent action restart printer-7.example --serial EHQ100000
  remote-services-agent record printer-7.example -o device.snmprec
  remote-services-agent replay device.snmprec
  remote-services-agent preview printer-7.example --format html -o preview.html
  remote-services-agent register --data /var/lib/remote-services --key-file registration-key
  remote-services-agent run --data /var/lib/remote-services 192.0.2.0/24

",
    exit_codes!()
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;

    /// The lines of a file that a help text shows, without its heading.
    fn file(text: &str) -> String {
        text.lines().skip(1).map(|line| format!("{}\n", line.trim())).collect()
    }

    #[test]
    fn the_command_line_is_in_order() {
        Line::command().debug_assert();
    }

    #[test]
    fn an_agent_that_never_rests_is_not_asked_for() {
        for option in ["--every", "--discover-every"] {
            assert!(Line::try_parse_from(["agent", "run", "--data", "d", option, "1"]).is_ok(), "{option}");
            assert!(Line::try_parse_from(["agent", "run", "--data", "d", option, "0"]).is_err(), "{option}");
        }
    }

    /// The commands below one, without the `help` that clap adds.
    fn all_of(command: &clap::Command) -> Vec<&clap::Command> {
        let below = command.get_subcommands().filter(|command| command.get_name() != "help");
        std::iter::once(command).chain(below.flat_map(all_of)).collect()
    }

    /// The words of a shell's line, up to where its output goes.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                '>' | '|' | '&' if !quoted => break,
                letter => words.last_mut().unwrap().push(letter),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn each_command_has_examples_that_can_be_read_and_exit_codes() {
        let mut line = Line::command();
        line.build();
        let commands = all_of(&line);
        assert!(commands.len() > 35, "{}", commands.len());
        for command in commands {
            let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
            for help in [command.clone().render_help(), command.clone().render_long_help()] {
                let help = help.to_string();
                let (_, examples) =
                    help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{name}: {help}"));
                assert!(help.contains("\nExit codes:\n  0 done "), "{name}: {help}");
                let examples = examples.split("\n\n").next().unwrap().replace(" \\\n", " ");
                let own = examples.lines().filter_map(|line| line.find(&name).map(|at| words(&line[at..])));
                let own: Vec<_> = own.collect();
                assert!(!own.is_empty(), "{name}: {examples}");
                for example in own {
                    let read = Line::try_parse_from(&example);
                    assert!(read.is_ok(), "{name}: {example:?}: {}", read.err().unwrap());
                }
            }
        }
    }

    #[test]
    fn the_files_that_the_help_shows_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let home = crate::home::Home::look(folder.path());
        std::fs::write(home.settings(), file(settings_file!())).unwrap();
        let settings = crate::settings::Settings::read(&home).unwrap();
        assert_eq!(settings.site_name.as_deref(), Some("Main office"));
        assert_eq!(settings.contact.map(|contact| contact.to_string()).as_deref(), Some("help@example.com"));

        let networks = folder.path().join("networks.toml");
        std::fs::write(&networks, file(networks_file!()).replace("...", "long enough")).unwrap();
        let networks = networks::read(&Vault::default(), &networks).unwrap();
        assert_eq!(networks[0].credentials[0].name, "v3 user monitor of warehouse");

        let credentials = folder.path().join("snmp.toml");
        std::fs::write(&credentials, file(credentials_file!()).replace("...", "long enough")).unwrap();
        let line = ["agent", "discover", "192.0.2.1", "--credentials", credentials.to_str().unwrap()];
        let Command::Discover(options) = Line::parse_from(line).command else { panic!("not discover") };
        let names: Vec<String> =
            options.snmp.ladder(&Vault::default()).unwrap().into_iter().map(|step| step.name).collect();
        assert_eq!(names, ["v3 user monitor", "v2c", "v2c", "v1", "v1"]);
    }
}
