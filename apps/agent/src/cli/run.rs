//! `run`: the agent's work, once or again and again.

use super::scope::{Scope, ScopeOptions};
use super::snmp_options::SnmpOptions;
use crate::accounting;
use crate::action::{self, Hands};
use crate::commands::{self, Obeyed};
use crate::failure::{Context, ExitCode, Failure};
use crate::home::Home;
use crate::interrupt;
use crate::journal::CommandJournal;
use crate::listen::{Ear, Hearer};
use crate::memory::Device;
use crate::modules;
use crate::present::{counted, printable};
use crate::progress::Progress;
use crate::roster::Roster;
use crate::round;
use crate::settings::Settings;
use crate::site::Site;
use crate::software::{self, Software};
use crate::survey::{self, SnmpAsker};
use crate::wishes::Wishes;
use clap::Args;
use remote_services_core::id::Uuid;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
    #[arg(long, value_name = "SECONDS")]
    pub every: Option<u64>,
    /// Seconds between two discoveries; in between, what moves is read of the devices that are known
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    pub discover_every: u64,
    /// How to talk to devices
    #[command(flatten)]
    pub snmp: SnmpOptions,
}

pub(super) fn carry_out(options: &RunOptions) -> Result<(), Failure> {
    let stop = interrupt::stop_flag()?;
    let home = Home::open(&options.data)?;
    let settings = Settings::read(&home.settings())?;
    let mut whom = options.scope.clone();
    if whom.names_nobody() {
        whom.targets.clone_from(&settings.targets);
    }
    if whom.names_nobody() && !options.no_collect {
        return Err(Failure::usage("no targets: name some, or write targets = [\"…\"] into agent.toml"));
    }
    let mut asker = SnmpAsker::new(&options.snmp, stop.clone())?;
    // Wrong targets and credentials are told now, not in the middle of the night.
    let scope = whom.read(&mut asker)?;
    let modules = modules::report(&settings, asker.crypto())?;
    let site = Site::open(home, settings, stop)?;
    tell!("{}", modules::sentence(&modules));
    let journal = CommandJournal::open(&site.home).context("command journal")?;
    let poll = Poll::new(site.client.id(), site.directory().next_poll.unwrap_or(DEFAULT_POLL));
    let users: Vec<_> = asker.all_credentials().collect();
    let hearer = || Hearer::new(&site.home, site.client.id(), &users, asker.crypto().clone());
    let ear = if options.once { None } else { Ear::open(&site.settings, asker.profiles(), hearer)? };
    let wishes = Wishes::load(&site.home);
    let roster = Roster::default();
    let mut agent = Agent { options, whom, scope, roster, site, asker, journal, poll, wishes, ear };
    loop {
        let turn = agent.turn();
        if options.once {
            return turn.map(drop);
        }
        let again = match turn {
            Ok(again) => again,
            Err(failure) if failure.may_pass() => {
                tell!("{failure}; trying again later");
                Duration::from_secs(DEFAULT_POLL.seconds.into())
            }
            Err(failure) => return Err(failure),
        };
        if let Some(folder) = agent.site.replaced.take() {
            software::start_again(&folder)?;
        }
        if agent.rest(again.min(agent.until_reading()))? {
            return Err(Failure::interrupted());
        }
        match agent.site.refresh() {
            // Such as a network where somebody opens TLS to look inside: the next may be another.
            Err(failure) if failure.may_pass() => tell!("{failure}; trying again later"),
            refreshed => refreshed?,
        }
    }
}

struct Agent<'a> {
    options: &'a RunOptions,
    whom: ScopeOptions,
    scope: Scope,
    roster: Roster,
    site: Site,
    asker: SnmpAsker,
    journal: CommandJournal,
    poll: Poll,
    wishes: Wishes,
    ear: Option<Ear>,
}

impl Agent<'_> {
    /// All that is due, once; says when to come again. What does not work does not keep the rest from being done: a
    /// full disk empties by sending, and devices can be read while the server is away. The first failure is told.
    fn turn(&mut self) -> Result<Duration, Failure> {
        let once = self.options.once;
        let mut first = Ok(());
        let mut note = |result: Result<(), Failure>| match result {
            Err(failure) if failure.code == ExitCode::Interrupted => Err(failure),
            Err(failure) if !once && !failure.may_pass() => Err(failure),
            Err(failure) => {
                if first.is_ok() {
                    first = Err(failure);
                }
                Ok(())
            }
            Ok(()) => Ok(()),
        };
        note(self.site.expire())?;
        if !self.options.no_collect && (once || self.until_reading().is_zero()) {
            note(self.read())?;
            note(self.account())?;
        }
        let sent = self.send();
        let reached = sent.is_ok();
        note(sent)?;
        if reached {
            note(self.wishes.ask(&mut self.site))?;
        }
        let mut again = Duration::from_secs(DEFAULT_POLL.seconds.into());
        note(self.obey().map(|wait| again = wait))?;
        if reached {
            note(self.send())?;
            note(self.update())?;
        }
        note(self.site.checkpoint())?;
        first.map(|()| again)
    }

    /// Waits, and reads devices again that tell of an event meanwhile. Gives whether the stop flag was set.
    fn rest(&mut self, time: Duration) -> Result<bool, Failure> {
        let Some(mut ear) = self.ear.take() else { return Ok(self.site.wait(time)) };
        ear.know(self.site.memory.devices().map(|(_, device)| device.address.ip()));
        let until = Instant::now() + time;
        let mut stopped = false;
        while !stopped && Instant::now() < until {
            for address in ear.due() {
                self.read_again(address)?;
            }
            let left = until.saturating_duration_since(Instant::now());
            stopped = self.site.wait(left.min(LISTENING));
        }
        self.ear = Some(ear);
        Ok(stopped)
    }

    /// Reads the devices at an address, and sends what they say.
    fn read_again(&mut self, address: IpAddr) -> Result<(), Failure> {
        let there = |(_, device): &(Uuid, &Device)| device.address.ip() == address;
        let devices: Vec<Uuid> = self.site.memory.devices().filter(there).map(|(id, _)| id).collect();
        let mut read = Ok(());
        for device in devices {
            let patience = self.site.watch;
            let hands =
                &mut Hands { site: &mut self.site, asker: &mut self.asker, keep: &mut |_| Ok(()), patience };
            read = read
                .and(action::get_status(device, hands).map(|done| tell!("{address}: {}", done.result.text)));
        }
        match read.and_then(|()| self.send()) {
            Err(failure) if failure.may_pass() => {
                tell!("{failure}; trying again later");
                Ok(())
            }
            result => result,
        }
    }

    fn until_reading(&self) -> Duration {
        self.wishes.until_reading(&self.site, self.options.every.map(Duration::from_secs))
    }

    fn read(&mut self) -> Result<(), Failure> {
        let Self { options, whom, scope, site, asker, roster, .. } = self;
        let round = if options.once || roster.is_due(Duration::from_secs(options.discover_every)) {
            let targets = whom.gather(scope, asker)?;
            let mut progress = Progress::new("asking hosts", targets.len());
            let round = round::read(site, asker, &targets, &scope.rules, roster, &mut progress)?;
            progress.finish();
            round
        } else {
            let mut gather = |asker: &mut SnmpAsker| whom.gather(scope, asker);
            let mut progress = Progress::silent();
            round::read_known(site, asker, &mut gather, &scope.rules, roster, &mut progress)?
        };
        Wishes::was_read(&self.site.home)?;
        let (read, waiting) =
            (counted(round.devices.len(), "device"), counted(self.site.waiting(), "payload"));
        let whole = round.devices.iter().filter(|device| device.whole).count();
        tell!("{read} read, {whole} of them as a whole, {waiting} to send");
        let introduced = self.site.introduce(&round.introductions(), &mut Progress::silent());
        match survey::verdict(&round.findings) {
            Err(failure) if !self.options.once => {
                tell!("{failure}");
                introduced
            }
            verdict => verdict.and(introduced),
        }
    }

    /// Takes in the jobs of a print server on this host.
    fn account(&mut self) -> Result<(), Failure> {
        let records = accounting::keep(&mut self.site)?;
        if records > 0 {
            tell!("{} to send", counted(records, "job record"));
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), Failure> {
        let receipts = round::send(&mut self.site, &mut |line| tell!("{line}"))?;
        if !receipts.is_empty() {
            tell!("{} stored by the server", counted(receipts.len(), "payload"));
        }
        Ok(())
    }

    /// Looks after this program's own version.
    fn update(&mut self) -> Result<(), Failure> {
        let (wish, _) = self.wishes.applied(&self.site);
        let (attempt, text) = Software::load(&self.site.home)?.turn(&mut self.site, &wish, false)?;
        if attempt.is_some() {
            tell!("{text}");
        }
        Ok(())
    }

    fn obey(&mut self) -> Result<Duration, Failure> {
        let Self { site, asker, journal, poll, .. } = self;
        let done = commands::obey(site, asker, journal, poll, &mut |line| tell!("{line}"))?;
        for done in &done.obeyed {
            say!("{}", sentence(done));
        }
        match done.missed {
            Some(why) if self.options.once => Err(Failure::no_answer(why)),
            Some(why) => {
                tell!("{why}; trying again later");
                Ok(done.again)
            }
            None => Ok(done.again),
        }
    }
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

/// How long a notification may wait to be looked at.
const LISTENING: Duration = Duration::from_secs(1);

/// The pace until the server names one.
pub const DEFAULT_POLL: NextPoll = NextPoll { seconds: 900, jitter: 300 };
