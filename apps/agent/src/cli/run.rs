//! `run`: the agent's work, once or again and again.

use super::scope::ScopeOptions;
use super::secrets::tell_plain;
use super::snmp_options::SnmpOptions;
use super::turns::Turns;
use crate::commands::Obeyed;
use crate::failure::{Context, ExitCode, Failure};
use crate::home::Home;
use crate::interrupt::Stop;
use crate::journal::CommandJournal;
use crate::listen::{Ear, Hearer};
use crate::modules;
use crate::present::printable;
use crate::settings::Settings;
use crate::site::Site;
use crate::survey::SnmpAsker;
use crate::wishes;
use clap::Args;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::document::NextPoll;
use std::path::PathBuf;

/// Options of `run`.
#[derive(Args)]
#[command(after_help = help!("  remote-services-agent run --data /var/lib/remote-services 192.0.2.0/24 --credentials snmp.toml
  remote-services-agent run --data DIR --once 192.0.2.1-20
  remote-services-agent run --data DIR --networks networks.toml --exclude 192.0.2.7 --ping --lowest-version 3
  remote-services-agent run --data DIR --dns-sd --zone printers.example --print-server print.example
  remote-services-agent run --data DIR --once --no-collect", networks, settings, credentials))]
pub struct RunOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// Whom to read, as for discover; when nobody is named, the targets of the settings
    #[command(flatten)]
    pub scope: ScopeOptions,
    /// Do everything once and end
    #[arg(long)]
    pub once: bool,
    /// Send what waits and ask for commands, without reading devices
    #[arg(long)]
    pub no_collect: bool,
    /// Seconds between two readings of all devices; when not given: the daily window of the settings, what the server
    /// wishes, or a day
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub every: Option<u64>,
    /// Seconds between two discoveries; in between, what moves is read of the devices that are known. When not given: what
    /// the server wishes, or a day
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub discover_every: Option<u64>,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &RunOptions) -> Result<(), Failure> {
    let stop = Stop::listen()?;
    match work(options, stop.flag.clone()) {
        // Who manages services ends them so, and nothing is left undone that the next start does not take up.
        Err(failure) if failure.code == ExitCode::Interrupted && stop.was_ended() && !options.once => Ok(()),
        ended => ended,
    }
}

/// Goes on until it is interrupted, whatever the server, the network or the disk does meanwhile; only what a person must
/// mend, and what is found at the start, ends it.
fn work(options: &RunOptions, stop: StopFlag) -> Result<(), Failure> {
    let root = &options.data;
    // A mistyped folder is not made: nobody would look for it there.
    Home::existing(root)?;
    let open = || options.snmp.secrets.open(root);
    let home = match options.once {
        true => open()?,
        false => Home::patiently(root, &stop, open)?,
    };
    let settings = Settings::read(&home)?;
    let mut whom = options.scope.clone();
    if whom.names_nobody() {
        whom.targets.clone_from(&settings.targets);
    }
    if whom.names_nobody() && !options.no_collect {
        return Err(Failure::usage("no targets: name some, or write targets = [\"…\"] into agent.toml"));
    }
    let mut asker = SnmpAsker::with_vault(&options.snmp, home.vault().clone(), stop.clone())?;
    asker.look_up_names(settings.names.look_up(options.snmp.dns_names.as_deref())?);
    // Wrong targets and credentials are told now, not in the middle of the night.
    let scope = whom.read(&mut asker)?;
    let files = [&options.snmp.credentials, &options.scope.networks];
    if let Some(text) = wishes::unknown_zone(&home, &settings) {
        tell!("{text}");
    }
    tell_plain(&home, &files.into_iter().flatten().map(PathBuf::as_path).collect::<Vec<_>>());
    let modules = modules::report(&settings, asker.crypto())?;
    let begin = |site: Result<Site, Failure>| {
        let site = site?;
        let journal = CommandJournal::open(&site.home).context("command journal")?;
        journal.damaged().for_each(|damaged| tell!("{damaged}"));
        Ok((site, journal))
    };
    let (site, journal) = if options.once {
        begin(Site::open(home, settings, stop))?
    } else {
        let mut held = Some(home);
        Home::patiently(root, &stop, || {
            let home = held.take().map_or_else(open, Ok)?;
            begin(Site::open_to_stay(home, settings.clone(), stop.clone()))
        })?
    };
    tell!("{}", modules::sentence(&modules));
    let users: Vec<_> = asker.all_credentials().collect();
    let hearer = || Hearer::new(&site.home, site.client.id(), &users, asker.crypto().clone());
    let ear = if options.once { None } else { Ear::open(&site.settings, asker.profiles(), hearer)? };
    let mut agent = Turns::new(options, (whom, scope), site, asker, journal, ear);
    let ended = match options.once {
        true => agent.turn(Ok(())).and_then(|turn| turn.trouble.map_or(Ok(()), Err)),
        false => agent.again_and_again(),
    };
    agent.tell_held();
    ended
}

/// What became of a command, in one line.
#[must_use]
pub fn sentence(done: &Obeyed) -> String {
    let action = done.action.as_ref().map_or_else(|| "command".to_owned(), ToString::to_string);
    let execution = &done.execution;
    printable(&match (&execution.reason, &execution.result) {
        (Some(reason), _) => format!("{action}: {} ({reason})", execution.state),
        (None, Some(result)) => format!("{action}: {} ({}): {}", execution.state, result.code, result.text),
        (None, None) => format!("{action}: {}", execution.state),
    })
}

/// The pace until the server names one.
pub const DEFAULT_POLL: NextPoll = NextPoll { seconds: 900, jitter: 300 };

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunOptions,
    }

    #[test]
    fn a_data_folder_that_is_not_there_is_told_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let typo = folder.path().join("typo");
        for more in [&["--once"][..], &[], &["--no-collect"], &["192.0.2.1"]] {
            let words = ["run", "--data", typo.to_str().unwrap()];
            let line = Line::parse_from(words.iter().chain(more));
            let failure = work(&line.run, StopFlag::new()).unwrap_err();
            assert_eq!(failure.code, ExitCode::Usage);
            assert!(failure.sentence.starts_with("there is no data folder "), "{failure}");
            assert!(!typo.exists());
        }
    }
}
