//! What this process has used.
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// User and system time of this process.
pub(crate) fn time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    let part = |seconds: i64, micros: i64| {
        Duration::from_secs(seconds.unsigned_abs()) + Duration::from_micros(micros.unsigned_abs())
    };
    let (user, system) = (usage.user_time(), usage.system_time());
    part(user.tv_sec(), user.tv_usec()) + part(system.tv_sec(), system.tv_usec())
}

/// Octets of memory in use.
pub(crate) fn memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line of it");
    1024 * line.trim().trim_end_matches("kB").trim().parse::<usize>().expect("a number")
}
