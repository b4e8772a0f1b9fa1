//! `run`: the agent's work, once or again and again.

use super::snmp_options::SnmpOptions;
use crate::commands::{self, Obeyed};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::interrupt;
use crate::journal::CommandJournal;
use crate::progress::Progress;
use crate::round;
use crate::settings::Settings;
use crate::site::Site;
use crate::survey::{SnmpAsker, read_targets};
use clap::Args;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Options of `run`.
#[derive(Args)]
pub struct RunOptions {
    /// Folder with the agent's data
    #[arg(long, value_name = "FOLDER", env = "RS_AGENT_DATA")]
    pub data: PathBuf,
    /// Targets, as for discover; default: those of the settings
    #[arg(value_name = "TARGETS")]
    pub targets: Vec<String>,
    /// Targets to leave out
    #[arg(long, value_name = "TARGETS")]
    pub exclude: Vec<String>,
    /// Do everything once and end
    #[arg(long)]
    pub once: bool,
    /// Send what waits and ask for commands, without reading devices
    #[arg(long)]
    pub no_collect: bool,
    /// Seconds between two readings of all devices
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    pub every: u64,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &RunOptions) -> Result<(), Failure> {
    let stop = interrupt::stop_flag()?;
    let home = Home::open(&options.data)?;
    let settings = Settings::read(&home.settings())?;
    let wanted = if options.targets.is_empty() { settings.targets.clone() } else { options.targets.clone() };
    if wanted.is_empty() && !options.no_collect {
        return Err(Failure::usage("no targets: name some, or write targets = [\"…\"] into agent.toml"));
    }
    let mut asker = SnmpAsker::new(&options.snmp, stop.clone())?;
    let mut site = Site::open(home, settings, stop)?;
    let mut journal = CommandJournal::open(&site.home).context("command journal")?;
    let mut poll = Poll::new(site.client.id(), site.directory.next_poll.unwrap_or(DEFAULT_POLL));
    let mut last_reading: Option<Instant> = None;
    loop {
        let due = last_reading.is_none_or(|last| last.elapsed() >= Duration::from_secs(options.every));
        if due && !options.no_collect {
            let targets = read_targets(&wanted, &options.exclude, |why| eprintln!("{why}"))?;
            let mut progress = Progress::new("asking hosts", targets.len());
            let round = round::read(&mut site, &mut asker, &targets, &mut progress)?;
            progress.finish();
            eprintln!("{} devices read, {} payloads wait", round.devices.len(), site.waiting());
            last_reading = Some(Instant::now());
            if let Err(failure) = site.introduce(&round.introductions()) {
                later(options.once, failure)?;
            }
        }
        if let Err(failure) = round::send(&mut site, &mut |line| eprintln!("{line}")) {
            later(options.once, failure)?;
        }
        let (obeyed, again) =
            commands::obey(&mut site, &mut asker, &mut journal, &mut poll, &mut |line| eprintln!("{line}"))?;
        for done in &obeyed {
            println!("{}", sentence(done));
        }
        if let Err(failure) = round::send(&mut site, &mut |line| eprintln!("{line}")) {
            later(options.once, failure)?;
        }
        if options.once {
            return Ok(());
        }
        let until_reading = last_reading
            .map_or(Duration::MAX, |last| Duration::from_secs(options.every).saturating_sub(last.elapsed()));
        if site.wait(again.min(until_reading)) {
            return Err(Failure::interrupted());
        }
    }
}

/// A server that is away is no reason for a service to end: the spool waits. Once is once, though.
fn later(once: bool, failure: Failure) -> Result<(), Failure> {
    if once || failure.code != crate::failure::ExitCode::Failed {
        return Err(failure);
    }
    eprintln!("{failure}; trying again later");
    Ok(())
}

/// What became of a command, in one line.
#[must_use]
pub fn sentence(done: &Obeyed) -> String {
    let action = done.action.as_ref().map_or_else(|| "command".to_owned(), ToString::to_string);
    let execution = &done.execution;
    match (&execution.reason, &execution.result) {
        (Some(reason), _) => format!("{action}: {} ({reason})", execution.state),
        (None, Some(result)) => format!("{action}: {} ({}): {}", execution.state, result.code, result.text),
        (None, None) => format!("{action}: {}", execution.state),
    }
}

/// The pace until the server names one.
pub const DEFAULT_POLL: NextPoll = NextPoll { seconds: 900, jitter: 300 };
