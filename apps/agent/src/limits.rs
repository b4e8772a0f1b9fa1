//! `[limits]`: the site's own bounds. What the server asks for beyond them is left out or waits, never bent the other way.

use crate::settings::WrongSetting;
use crate::trail::LogLimits;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::AuditLimits;
use remote_services_transport::policy::LocalLimits;
use remote_services_transport::spool::SpoolLimits;
use serde::Deserialize;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The bounds as the file has them; what is absent has the default of this program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SiteLimits {
    /// Seconds between two readings of all devices that the server may wish: least and most, from one minute on
    /// (default one hour to one week).
    pub collect_every: Option<[u32; 2]>,
    /// Seconds between two searches for devices that the server may wish: least and most, from one minute on (default one
    /// hour to thirty days).
    pub discover_every: Option<[u32; 2]>,
    /// Milliseconds to wait for a device's first answer that the server may wish: least and most, from 10 to 60,000 (default
    /// 200 to 10,000).
    pub snmp_timeout_ms: Option<[u32; 2]>,
    /// How often a silent device is asked again, as the server may wish: least and most, up to 20 (default 0 to 5).
    pub snmp_retries: Option<[u32; 2]>,
    /// Seconds between two questions for newer software that the server may wish: least and most, from one minute on
    /// (default one hour to thirty days).
    pub software_every: Option<[u32; 2]>,
    /// Seconds between two questions for commands, whatever the server says: least and most, from 5 s to one day
    /// (default both).
    pub poll_every: Option<[u32; 2]>,
    /// Octets of all payloads that wait, from 1 MiB on (default 256 MiB).
    pub spool_bytes: Option<u64>,
    /// Number of payloads that wait, from 1 to 10,000 (the default).
    pub spool_count: Option<usize>,
    /// Days that a payload may wait, from 1 to 365 (the default: a server takes no older ones).
    pub spool_days: Option<u32>,
    /// Octets of the audit log, from 1 MiB to 1 GiB (default 32 MiB).
    pub audit_bytes: Option<u64>,
    /// Octets of the log of exchanges, from 1 MiB to 1 GiB (default 64 MiB).
    pub exchanges_bytes: Option<u64>,
    /// Seconds since it was issued after which a command that is new here is refused, from one minute on (default:
    /// whatever the server says by its expiry).
    pub command_age: Option<u32>,
    /// How many commands are begun within any hour; the others wait, or expire (default as many as come). None at all
    /// is what `[actions]` and lockdown are for.
    pub commands_per_hour: Option<u32>,
}

impl SiteLimits {
    /// Whether they can be meant.
    ///
    /// # Errors
    /// One sentence about the first that cannot.
    pub fn check(&self) -> Result<(), WrongSetting> {
        let wrong = |name: &str, why: &str| Err(WrongSetting::new(Some("limits"), name, why));
        let (seconds, longest) = ("seconds", u32::MAX);
        for (name, bounds, least, most, unit) in [
            ("collect-every", self.collect_every, MINUTE, longest, seconds),
            ("discover-every", self.discover_every, MINUTE, longest, seconds),
            ("software-every", self.software_every, MINUTE, longest, seconds),
            ("poll-every", self.poll_every, *NEXT_POLL.start(), *NEXT_POLL.end(), seconds),
            ("snmp-timeout-ms", self.snmp_timeout_ms, 10, 60_000, "milliseconds"),
            ("snmp-retries", self.snmp_retries, 0, 20, "times"),
        ] {
            let Some([from, to]) = bounds else { continue };
            if from > to {
                return wrong(name, "the least comes first, then the most");
            }
            if from < least || to > most {
                return wrong(name, &format!("from {least} to {most} {unit}"));
            }
        }
        let all = SpoolLimits::default();
        if self.spool_bytes.is_some_and(|bytes| bytes < LEAST_SPOOL) {
            return wrong("spool-bytes", &format!("at least {LEAST_SPOOL}, so that a report fits in"));
        }
        if self.spool_count.is_some_and(|count| count == 0 || count > all.max_count) {
            return wrong("spool-count", &format!("from 1 to {}", all.max_count));
        }
        if self.spool_days.is_some_and(|days| days == 0 || self.spool().max_age > all.max_age) {
            return wrong("spool-days", "from 1 to 365");
        }
        for (name, bytes) in [("audit-bytes", self.audit_bytes), ("exchanges-bytes", self.exchanges_bytes)] {
            if bytes.is_some_and(|bytes| !LOG.contains(&bytes)) {
                return wrong(name, &format!("from {} to {}", LOG.start(), LOG.end()));
            }
        }
        if self.command_age.is_some_and(|seconds| seconds < MINUTE) {
            return wrong("command-age", &format!("at least {MINUTE} seconds"));
        }
        if self.commands_per_hour == Some(0) {
            return wrong("commands-per-hour", "at least 1; [actions] switches commands off");
        }
        Ok(())
    }

    /// What the server may set.
    #[must_use]
    pub fn policy(&self, remote_settings: bool) -> LocalLimits {
        let all = LocalLimits::default();
        let range =
            |bounds: Option<[u32; 2]>, all: RangeInclusive<u32>| bounds.map_or(all, |[from, to]| from..=to);
        LocalLimits {
            remote_settings,
            collect_every: range(self.collect_every, all.collect_every),
            discover_every: range(self.discover_every, all.discover_every),
            snmp_timeout_ms: range(self.snmp_timeout_ms, all.snmp_timeout_ms),
            snmp_retries: range(self.snmp_retries, all.snmp_retries),
            software_every: range(self.software_every, all.software_every),
            whose: all.whose,
        }
    }

    /// How much may wait to be sent.
    #[must_use]
    pub fn spool(&self) -> SpoolLimits {
        let all = SpoolLimits::default();
        SpoolLimits {
            max_bytes: self.spool_bytes.unwrap_or(all.max_bytes),
            max_count: self.spool_count.unwrap_or(all.max_count),
            max_age: self.spool_days.map_or(all.max_age, |days| DAY * days),
            ..all
        }
    }

    /// How much is kept of what this agent did.
    #[must_use]
    pub fn logs(&self) -> LogLimits {
        LogLimits {
            main: AuditLimits::of_octets(self.audit_bytes.unwrap_or(AUDIT)),
            exchanges: AuditLimits::of_octets(self.exchanges_bytes.unwrap_or(EXCHANGES)),
        }
    }

    /// The wait until the server is asked again, of the wait that it wants; after a failure it may be longer than the
    /// site has it, so that nobody is asked more often for being away.
    #[must_use]
    pub fn pace(&self, wanted: Duration, failed: bool) -> Duration {
        let Some([from, to]) = self.poll_every.map(|bounds| bounds.map(|it| Duration::from_secs(it.into())))
        else {
            return wanted;
        };
        if failed { wanted.max(from) } else { wanted.clamp(from, to) }
    }

    /// The shortest wait between two questions for commands.
    #[must_use]
    pub fn shortest_pace(&self) -> Duration {
        self.poll_every.map_or(Duration::ZERO, |[from, _]| Duration::from_secs(from.into()))
    }

    /// Whether a command that was issued then comes too late.
    #[must_use]
    pub fn is_too_old(&self, issued_at: Timestamp, now: Timestamp) -> bool {
        self.command_age.is_some_and(|age| issued_at.plus(Duration::from_secs(age.into())) < now)
    }

    /// Whether another command may begin, with those that began then. A clock that was ahead for a while and is right again
    /// holds nothing up for longer than an hour.
    #[must_use]
    pub fn may_begin(&self, begun: impl Iterator<Item = Timestamp>, now: Timestamp) -> bool {
        let Some(most) = self.commands_per_hour else { return true };
        let lately = begun.filter(|at| at.since(now).max(now.since(*at)) < HOUR).count();
        u32::try_from(lately).is_ok_and(|lately| lately < most)
    }
}

const MINUTE: u32 = 60;
/// What a client takes from a server in any case.
const NEXT_POLL: RangeInclusive<u32> = 5..=86_400;
const LEAST_SPOOL: u64 = 1 << 20;
const LOG: RangeInclusive<u64> = 1 << 20..=1 << 30;
const AUDIT: u64 = 32 << 20;
const EXCHANGES: u64 = 64 << 20;
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::document::NextPoll;

    fn read(text: &str) -> Result<SiteLimits, String> {
        let limits: SiteLimits = toml::from_str(text).map_err(|error| error.to_string())?;
        limits.check().map(|()| limits).map_err(|failure| failure.sentence)
    }

    #[test]
    fn without_any_the_bounds_of_the_program_hold() {
        let limits = read("").unwrap();
        assert_eq!(limits.policy(true), LocalLimits::default());
        assert_eq!(limits.spool(), SpoolLimits::default());
        let files = AuditLimits::default();
        assert_eq!(limits.logs().main, files);
        assert_eq!(limits.logs().exchanges, AuditLimits { max_file: 2 * files.max_file, ..files });
        assert!(!limits.is_too_old(Timestamp::default(), Timestamp::from_unix_seconds(1 << 40)));
        assert!(limits.may_begin(std::iter::repeat_n(Timestamp::default(), 9_999), Timestamp::default()));
        let bounds =
            [*NEXT_POLL.start(), *NEXT_POLL.end()].map(|seconds| Duration::from_secs(seconds.into()));
        assert_eq!(bounds, [NextPoll::MIN, NextPoll::MAX]);
    }

    #[test]
    fn what_cannot_be_meant_is_told_by_its_name() {
        for text in [
            "collect-every = [7200, 3600]",
            "collect-every = [0, 3600]",
            "software-every = [59, 60]",
            "discover-every = [59, 60]",
            "snmp-timeout-ms = [9, 1000]",
            "snmp-retries = [0, 21]",
            "poll-every = [1, 900]",
            "poll-every = [5, 86401]",
            "spool-bytes = 1000",
            "spool-count = 0",
            "spool-count = 10001",
            "spool-days = 0",
            "spool-days = 366",
            "audit-bytes = 1048575",
            "audit-bytes = 1073741825",
            "exchanges-bytes = 0",
            "command-age = 59",
            "commands-per-hour = 0",
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(text.split(' ').next().unwrap()), "{text}: {why}");
        }
        assert!(read("spool-hours = 1").is_err());
    }

    #[test]
    fn the_pace_of_the_server_stays_within_the_sites_and_a_failure_shortens_no_wait() {
        let limits = read("poll-every = [60, 600]").unwrap();
        let seconds = Duration::from_secs;
        for (wanted, failed, kept) in
            [(5, false, 60), (300, false, 300), (86_400, false, 600), (5, true, 60), (3600, true, 3600)]
        {
            assert_eq!(limits.pace(seconds(wanted), failed), seconds(kept), "{wanted} {failed}");
        }
    }

    #[test]
    fn a_clock_that_was_ahead_holds_no_command_up_for_long() {
        let limits = read("commands-per-hour = 2\ncommand-age = 60").unwrap();
        let at = Timestamp::from_unix_seconds;
        let may = |begun: &[i64]| limits.may_begin(begun.iter().map(|seconds| at(*seconds)), at(10_000));
        assert!(may(&[]) && may(&[9_999]) && !may(&[9_999, 6_401]) && may(&[9_999, 6_400]));
        assert!(may(&[9_999, 99_999_999]) && !may(&[9_999, 10_060]));
        assert!(!limits.is_too_old(at(9_940), at(10_000)) && limits.is_too_old(at(9_939), at(10_000)));
        assert!(!limits.is_too_old(at(99_999), at(10_000)), "one from a clock that is ahead is not old");
    }
}
