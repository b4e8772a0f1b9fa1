//! What the server wishes of this agent's settings, as far as the site lets it, and when the daily work is due.
//!
//! ```text
//! DATA/state/policy.json         the server's wishes as they were last heard, and by which version of this program
//! DATA/state/last-reading        when all devices were last read, in RFC 3339
//! DATA/state/last-poll           when the server was last asked for commands, where the site has a window for that
//! DATA/state/last-waking         since when a reading that was slept over waits
//! ```
//!
//! A wish is applied in normal mode only and within the site's limits, each by itself; in lockdown the agent does not even ask. What the
//! administrator set on site, in the settings or on the command line, wins over a wish.
//!
//! Another version of this program, a later one or the one before that a supervisor went back to, may have kept what it read
//! otherwise or did not know. So what is known goes on to count, and is asked for anew in full, once.

use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::present::printable;
use crate::settings::Settings;
use crate::site::errors::Concern;
use crate::site::{Site, server_failure};
use crate::survey::now;
use jiff::tz::TimeZone;
use remote_services_core::time::Timestamp;
use remote_services_transport::clock::WallClock;
use remote_services_transport::document::Policy;
use remote_services_transport::durable;
use remote_services_transport::policy::{KeptPolicy, PolicyOutcome, apply, may_ask};
use remote_services_transport::schedule::{Daily, DailyWindow, Due};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// What is kept of the wishes.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Kept {
    /// The version of this program that heard them.
    program: String,
    #[serde(flatten)]
    heard: KeptPolicy,
}

/// The wishes and the schedule that follows.
pub struct Wishes {
    kept: KeptPolicy,
    /// When this process began, or the machine woke: it was asleep before, as far as anybody knows.
    woke: Timestamp,
    /// When this process began, and never later than now.
    started: Timestamp,
    clock: WallClock,
    /// When it last began to ask devices.
    begun: Option<Timestamp>,
    /// Why what came last is no policy: told once, however often it comes.
    no_policy: Option<String>,
}

impl Wishes {
    /// What was heard in earlier runs; a copy only, so one that cannot be read is no loss.
    #[must_use]
    pub fn load(home: &Home) -> Self {
        let kept = std::fs::read(home.state(POLICY)).ok();
        let Kept { program, heard: mut kept } =
            kept.and_then(|octets| serde_json::from_slice(&octets).ok()).unwrap_or_default();
        if program != VERSION {
            // By its ETag the server would say that all of it is known.
            kept.etag = None;
        }
        let clock = WallClock::new(Instant::now(), now());
        Self { kept, woke: now(), started: now(), clock, begun: None, no_policy: None }
    }

    /// Notes that this agent begins to work, or that the machine woke, or another time is true now.
    pub fn wake(&mut self, site: &Site) {
        self.woke = now();
        self.started = self.started.min(self.woke);
        let Some(window) = self.daily_window(site) else { return };
        let last = moment(&site.home, LAST).max(self.begun);
        let kept = moment(&site.home, LAST_WAKING);
        self.woke = daily(window, site).waking(last, kept.unwrap_or(self.woke), self.woke);
        if kept != Some(self.woke) {
            // If it cannot be kept, the wait begins anew with the next waking.
            let _ = durable::replace(&site.home.state(LAST_WAKING), self.woke.to_string().as_bytes());
        }
    }

    /// Says whether the machine slept since the last look, or its clock was set: then all waits are to be thought over.
    pub fn look_at_clock(&mut self, site: &Site) -> bool {
        let leapt = self.clock.leapt(Instant::now(), now());
        if leapt {
            self.wake(site);
            tell!("the machine was asleep, or its clock was set: it is {}", now());
        }
        leapt
    }

    fn daily_window(&self, site: &Site) -> Option<DailyWindow> {
        let (wish, _) = self.applied(site);
        site.settings.daily_window.clone().or(wish.daily_window)?.parse().ok()
    }

    /// Asks the server, if the site lets it have wishes; notes what changed and what goes beyond the limits.
    ///
    /// # Errors
    /// When the server cannot be asked, or the disk fails.
    pub fn ask(&mut self, site: &mut Site) -> Result<(), Failure> {
        if site.settings.is_suspended() || !may_ask(site.settings.mode, &site.settings.limits()) {
            site.forget_left_out();
            return Ok(());
        }
        let request = self.kept.request(&site.directory().urls.policy, site.client.id());
        let answer = site.client.exchange(&request, Duration::ZERO).map_err(server_failure)?;
        let mut heard = self.kept.clone();
        let outcome = heard.handle(&answer);
        if let PolicyOutcome::Failed { step, why } = outcome {
            if answer.status == 200 {
                self.tell_no_policy(site, why.clone())?;
            }
            return Err(Failure::of_answer(step, format_args!("the policy: {why}")));
        }
        self.no_policy = None;
        site.end_errors(&[Concern::Policy])?;
        if outcome != PolicyOutcome::Changed {
            // The site may have changed what it lets the server wish.
            return site.leave_out(self.applied(site).1);
        }
        let kept = Kept { program: VERSION.to_owned(), heard: heard.clone() };
        let octets = serde_json::to_vec(&kept).context("policy")?;
        durable::replace(&site.home.state(POLICY), &octets).context("policy")?;
        self.kept = heard;
        let (applied, left_out) = self.applied(site);
        let text = serde_json::to_string(&applied).context("policy")?;
        let told = if left_out.is_empty() { String::new() } else { format!("; {}", left_out.join("; ")) };
        site.claim("policy", "server", &format!("applied {text}{told}"))?;
        site.leave_out(left_out)
    }

    /// Tells the audit log and the server: whoever wished has to know that nothing of it is applied.
    fn tell_no_policy(&mut self, site: &mut Site, why: String) -> Result<(), Failure> {
        if self.no_policy.as_ref() == Some(&why) {
            return Ok(());
        }
        site.claim("policy", "server", &format!("not applied: {why}"))?;
        site.begin_error(Concern::Policy, &why)?;
        self.no_policy = Some(why);
        Ok(())
    }

    /// The wishes that count, and what was left out.
    #[must_use]
    pub fn applied(&self, site: &Site) -> (Policy, Vec<String>) {
        let (is_window, settings) = (|text: &str| text.parse::<DailyWindow>().is_ok(), &site.settings);
        let (mut wish, mut left_out) =
            apply(&self.kept.policy, settings.mode, &settings.limits(), &is_window);
        let mut own = |name: &str, wish: &mut Option<String>, is_own: bool| {
            if is_own && wish.take().is_some() {
                left_out.push(format!("{name} is the site's own"));
            }
        };
        own("dailyWindow", &mut wish.daily_window, settings.daily_window.is_some());
        own("collectionProfile", &mut wish.collection_profile, settings.detailed_usage.is_some());
        own("maintenanceWindow", &mut wish.maintenance_window, settings.software.window.is_some());
        (wish, left_out)
    }

    /// How long until all devices are to be read. `every` is what the command line says.
    #[must_use]
    pub fn until_reading(&self, site: &Site, every: Option<Duration>) -> Duration {
        let (now, last) = (now(), moment(&site.home, LAST).max(self.begun));
        if let Some(window) = self.daily_window(site).filter(|_| every.is_none()) {
            let until = wait(daily(window, site).due(last, self.woke, now), now);
            // Wherever the server moves its window to, readings are no closer than the site lets it wish.
            let is_wished = site.settings.daily_window.is_none();
            let least = Duration::from_secs((*site.settings.limits().collect_every.start()).into());
            let last = last.filter(|last| is_wished && *last <= now);
            // A reading takes its time, and the next is not to be later by that each day.
            let least = least - least / 12;
            let least = last.map_or(Duration::ZERO, |last| least.saturating_sub(between(last, now)));
            return until.max(least);
        }
        let (wish, _) = self.applied(site);
        let every = every
            .or_else(|| wish.collect_every.map(|seconds| Duration::from_secs(seconds.into())))
            .unwrap_or(DAY);
        // A start reads at once, as somebody who starts the agent expects.
        let last = last.filter(|last| *last >= self.started && *last <= now);
        last.map_or(Duration::ZERO, |last| every.saturating_sub(between(last, now)))
    }

    /// How long until the server is to be asked for commands, where the site has a window for that.
    #[must_use]
    pub fn until_asking(&self, site: &Site) -> Option<Duration> {
        let window: DailyWindow = site.settings.poll_window.as_ref()?.parse().ok()?;
        let (now, last) = (now(), moment(&site.home, LAST_POLL));
        Some(wait(daily(window, site).due_within(last, now), now))
    }

    /// Notes that devices are being asked. What fails in the middle counts, too: they are asked no more often than the
    /// schedule has it, whatever the disk or the server does.
    pub fn begin(&mut self) {
        self.begun = Some(now());
    }

    /// Notes that the reading that began is to be done again.
    pub fn begin_again(&mut self) {
        self.begun = None;
    }

    /// Notes that all devices were read.
    ///
    /// # Errors
    /// As the disk says.
    pub fn was_read(home: &Home) -> Result<(), Failure> {
        durable::replace(&home.state(LAST), now().to_string().as_bytes())
            .context("the time of the last reading")
    }

    /// Notes that the server was asked for commands.
    ///
    /// # Errors
    /// As the disk says.
    pub fn was_asked(home: &Home) -> Result<(), Failure> {
        durable::replace(&home.state(LAST_POLL), now().to_string().as_bytes())
            .context("the time of the last question for commands")
    }
}

/// Wishes were for one client of one server: no other's ETag is to stand for them.
pub(crate) fn forget(home: &Home) -> Result<(), Failure> {
    home::remove(&home.state(POLICY))
}

/// What a person is told where there is a window and this host's time zone is not known.
pub(crate) fn unknown_zone(home: &Home, settings: &Settings) -> Option<String> {
    let wish = Wishes::load(home).kept.policy;
    let own = [&settings.daily_window, &settings.poll_window, &settings.software.window];
    let wished = [&wish.daily_window, &wish.maintenance_window];
    if own.into_iter().chain(wished).all(Option::is_none)
        || TimeZone::try_system().is_ok_and(|zone| !zone.is_unknown())
    {
        return None;
    }
    let named = std::env::var_os("TZ").map(|name| printable(&name.to_string_lossy()));
    let zone =
        named.map_or_else(|| "this host's time zone".to_owned(), |name| format!("the time zone {name}"));
    Some(format!(
        "{zone} is not known here, so windows count in UTC: correct TZ, or install the time zone database"
    ))
}

fn daily(window: DailyWindow, site: &Site) -> Daily {
    Daily::new(window, TimeZone::system(), site.client.id())
}

fn wait(due: Due, now: Timestamp) -> Duration {
    match due {
        Due::Now => Duration::ZERO,
        Due::At(moment) => between(now, moment),
    }
}

fn moment(home: &Home, file: &str) -> Option<Timestamp> {
    std::fs::read_to_string(home.state(file)).ok()?.trim().parse().ok()
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(later.unix_millis() - earlier.unix_millis()).unwrap_or(0))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const POLICY: &str = "policy.json";
const LAST: &str = "last-reading";
const LAST_POLL: &str = "last-poll";
const LAST_WAKING: &str = "last-waking";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
