//! What this process has used.
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::unistd::Pid;

/// Keeps this process, and those that it starts, on one CPU. To wake a CPU that sleeps costs the waker more than a message
/// does, and in a virtual machine a different time at each turn; what is compared here would drown in it.
pub(crate) fn share_one() {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this).expect("the system tells");
    let last = (0..CpuSet::count()).rev().find(|&cpu| allowed.is_set(cpu).is_ok_and(|set| set));
    let mut one = CpuSet::new();
    one.set(last.expect("it runs on one")).expect("a number below the count");
    sched_setaffinity(this, &one).expect("less than before is allowed");
}

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
