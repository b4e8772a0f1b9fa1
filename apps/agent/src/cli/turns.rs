//! What `run` does at each turn, and until when it rests.

mod reading;
mod rest;

use self::reading::FAILED_READING;
use super::run::{DEFAULT_POLL, RunOptions, sentence};
use super::scope::{Scope, ScopeOptions};
use crate::commands;
use crate::downloads;
use crate::due::Due;
use crate::failure::{ExitCode, Failure};
use crate::journal::CommandJournal;
use crate::listen::Ear;
use crate::long_poll::LongPoll;
use crate::present::counted;
use crate::roster::Roster;
use crate::round;
use crate::site::Site;
use crate::software::{self, Software};
use crate::supervise;
use crate::survey::SnmpAsker;
use crate::wishes::Wishes;
use remote_services_core::backoff::Backoff;
use remote_services_transport::poll::Poll;
use remote_services_transport::software::Attempt;
use std::time::{Duration, Instant};

/// An agent at work.
pub(super) struct Turns<'a> {
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
    long_poll: LongPoll,
    /// How often in a row the server said that there was news, and there was none.
    fruitless: u32,
    /// What went wrong at the last turn and was told.
    trouble: Option<String>,
    /// Why devices, or the jobs of this site, were not read the last time that it was due.
    unread: Option<Failure>,
    /// What went wrong when a device that told of an event was read the last time, and was told.
    unread_event: Option<String>,
    /// The waits after readings that failed, and until when to wait.
    pace: Backoff,
    not_before: Option<Instant>,
    /// Whether a supervisor was told that this program is well.
    told_healthy: bool,
    /// What the last attempt to install a version came to.
    attempt: Option<Attempt>,
}

/// How a turn ended.
pub(super) struct Turn {
    /// When the server, or its absence, calls for the next one.
    again: Duration,
    /// The first thing that did not work.
    pub(super) trouble: Option<Failure>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(
        options: &'a RunOptions,
        (whom, scope): (ScopeOptions, Scope),
        site: Site,
        asker: SnmpAsker,
        journal: CommandJournal,
        ear: Option<Ear>,
    ) -> Self {
        Self {
            options,
            whom,
            scope,
            roster: Roster::default(),
            poll: journal.poll(site.client.id(), site.directory().next_poll.unwrap_or(DEFAULT_POLL)),
            wishes: Wishes::load(&site.home),
            site,
            asker,
            journal,
            ear,
            long_poll: LongPoll::new(),
            fruitless: 0,
            trouble: None,
            unread: None,
            unread_event: None,
            pace: FAILED_READING,
            not_before: None,
            told_healthy: false,
            attempt: None,
        }
    }

    /// Turn after turn.
    ///
    /// # Errors
    /// When the stop flag was set; nothing else ends it.
    pub(super) fn again_and_again(&mut self) -> Result<(), Failure> {
        let mut refreshed = Ok(());
        self.wishes.wake(&self.site);
        loop {
            let Turn { again, trouble } = self.turn(refreshed)?;
            self.tell(trouble);
            if let Some(folder) = self.site.replaced.take() {
                if self.site.seal_held().is_err() {
                    self.tell_held();
                }
                if let Err(failure) = software::start_again(&folder) {
                    tell!("{failure}; this version goes on");
                }
            }
            // While nothing may be sealed nothing is read, however long that is due.
            let seals = self.site.check_clock().is_ok() && self.site.check_witnessed().is_ok();
            let reads = self.reads() && seals;
            let wait = if reads { again.min(self.until_reading()) } else { again };
            if self.rest(wait.max(SHORTEST_REST))? {
                return Err(Failure::interrupted());
            }
            self.heed();
            refreshed = self.site.refresh();
        }
    }

    /// Takes over what the administrator changed; says whether anything did.
    fn heed(&mut self) -> bool {
        if !self.site.has_new_settings() {
            return false;
        }
        // By the way that was, and in the mode that was, nothing is asked any more.
        self.long_poll.disarm();
        let targets = &self.site.settings.targets;
        if self.options.scope.names_nobody() && *targets != self.whom.targets {
            let whom = ScopeOptions { targets: targets.clone(), ..self.whom.clone() };
            let read = match whom.names_nobody() && !self.options.no_collect {
                true => Err(Failure::usage("the settings name no targets")),
                false => whom.read(&mut self.asker),
            };
            match read {
                // Who is known may not be among them any more.
                Ok(scope) => (self.whom, self.scope, self.roster) = (whom, scope, Roster::default()),
                Err(failure) => tell!("{failure}; the targets stay as they were"),
            }
        }
        true
    }

    /// What goes wrong is told once, and once that it is over.
    fn tell(&mut self, trouble: Option<Failure>) {
        let now = trouble.map(|failure| failure.sentence);
        match &now {
            Some(why) if self.trouble.as_ref() != Some(why) => tell!("{why}; trying again later"),
            None if self.trouble.is_some() => tell!("all is well again"),
            _ => {}
        }
        self.trouble = now;
    }

    /// All that is due, once; says when to come again. What does not work does not keep the rest from being done: a
    /// full disk empties by sending, and devices can be read while the server is away.
    ///
    /// # Errors
    /// When the stop flag was set.
    pub(super) fn turn(&mut self, refreshed: Result<(), Failure>) -> Result<Turn, Failure> {
        let mut trouble = None;
        let mut note = |result: Result<(), Failure>| match result {
            Err(failure) if failure.code == ExitCode::Interrupted => Err(failure),
            Err(failure) => {
                trouble.get_or_insert(failure);
                Ok(())
            }
            Ok(()) => Ok(()),
        };
        note(refreshed)?;
        note(self.site.witness())?;
        note(self.site.seal_kept())?;
        note(self.site.follow_aside_wishes())?;
        note(downloads::clear(&self.site.home, &self.journal, self.site.free))?;
        note(self.site.expire())?;
        // It may have slept in the middle of the turn before.
        self.clock_leapt();
        let clock = self.site.check_clock();
        if clock.is_ok() && self.site.check_witnessed().is_ok() && self.reads() {
            let (read, accounted) = self.read_when_due();
            note(read)?;
            note(accounted)?;
        }
        note(clock)?;
        self.tell_healthy();
        let mut reached = !self.site.is_odd();
        if reached {
            let sent = self.send();
            reached = sent.is_ok() || self.site.takes_others();
            note(sent)?;
        }
        if reached {
            note(self.site.describe_anew())?;
            note(self.wishes.ask(&mut self.site))?;
        }
        let mut again = Duration::from_secs(DEFAULT_POLL.seconds.into());
        note(self.obey(&mut again))?;
        if reached {
            note(self.send())?;
            note(supervise::report_failed(&mut self.site))?;
            note(self.update())?;
            // What was changed amid this turn was heeded in it, and ends no rest.
            note(self.site.describe_anew())?;
        } else if !self.site.is_odd() {
            note(self.miss_updates())?;
        }
        note(self.site.checkpoint())?;
        Ok(Turn { again, trouble })
    }

    /// Once the first reading is over, and before commands that may take longer than a supervisor's patience.
    fn tell_healthy(&mut self) {
        if !self.told_healthy && !self.site.is_odd() {
            supervise::tell_healthy(&self.site.home);
            self.told_healthy = true;
        }
    }

    /// What waited for its time and may be done now.
    fn due(&self) -> Due {
        Due::now(&self.site, &self.journal, &self.wishes.applied(&self.site).0)
    }

    /// What is lost with this process.
    pub(super) fn tell_held(&self) {
        if self.site.held() > 0 {
            tell!("{} could not be sealed and is lost", counted(self.site.held(), "reading"));
        }
    }

    /// How long the site's window for questions for commands is away, if it has one and somebody did not ask for one round.
    fn until_asking(&self) -> Option<Duration> {
        self.wishes.until_asking(&self.site).filter(|_| !self.options.once)
    }

    fn send(&mut self) -> Result<(), Failure> {
        // Who was told already that the server is away is not told of each try.
        let quiet = self.trouble.is_some();
        let receipts = round::send(&mut self.site, quiet, &mut |line| tell!("{line}"))?;
        if !receipts.is_empty() {
            tell!("{} stored by the server", counted(receipts.len(), "payload"));
        }
        Ok(())
    }

    /// Looks after this program's own version.
    fn update(&mut self) -> Result<(), Failure> {
        self.heed();
        if self.site.settings.is_suspended() {
            return Ok(());
        }
        let (wish, _) = self.wishes.applied(&self.site);
        let (attempt, text) = Software::load(&self.site.home)?.turn(&mut self.site, &wish, false)?;
        // One that failed was told when it began to.
        let is_news = |it: &Attempt| {
            !matches!(
                it,
                Attempt::Failed(_) | Attempt::GivenUp(_) | Attempt::Changed(_) | Attempt::Obstructed { .. }
            )
        };
        if attempt.as_ref().is_some_and(is_news) && attempt != self.attempt {
            tell!("{text}");
            downloads::clear(&self.site.home, &self.journal, self.site.free)?;
        }
        self.attempt = attempt;
        Ok(())
    }

    /// Minds how long this program's own version was not heard of.
    fn miss_updates(&mut self) -> Result<(), Failure> {
        if self.site.settings.is_suspended() {
            return Ok(());
        }
        Software::load(&self.site.home)?.unasked(&mut self.site)
    }

    /// Asks for commands, when it is time to, and carries them out; `again` is when to ask the next time.
    fn obey(&mut self, again: &mut Duration) -> Result<(), Failure> {
        let until = self.until_asking();
        let Self { site, asker, journal, poll, .. } = self;
        let poll = until.is_none_or(|until| until.is_zero()).then_some(poll);
        let done = commands::obey(site, asker, journal, poll, &mut |line| tell!("{line}"))?;
        if !done.obeyed.is_empty() {
            self.fruitless = 0;
        }
        for done in &done.obeyed {
            say!("{}", sentence(done));
        }
        let all = done.missed.is_none() && done.failed.is_none();
        if done.again.is_some() && all && self.site.settings.poll_window.is_some() {
            Wishes::was_asked(&self.site.home)?;
        }
        let until = self.until_asking();
        *again = match done.again {
            Some(again) if until.is_none() || !all => again,
            // What goes on, or is to be tried again, does not wait for the window.
            _ if self.site.waiting() > 0 || !self.journal.open_commands().is_empty() => *again,
            _ => LONGEST_REST,
        };
        *again = until.filter(|until| !until.is_zero()).map_or(*again, |until| until.min(*again));
        done.failed.or(done.missed).map_or(Ok(()), Err)
    }
}

/// Without questions for commands the server hears of this client so often, and its directory is read again.
const LONGEST_REST: Duration = Duration::from_secs(6 * 60 * 60);
/// Whatever is due, there is a breath between two turns.
const SHORTEST_REST: Duration = Duration::from_secs(1);
