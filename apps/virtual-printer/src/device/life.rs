//! A printer's life: users who send jobs, paper that jams, somebody who comes and repairs. The same seed gives the same
//! life, whatever the clock that drives it.

use super::alerts::Matter;
use super::counts::Service;
use super::job::{Job, Origin};
use std::time::Duration;

/// How much goes on, and how long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Mean time between jobs.
    pub job_every: Duration,
    /// One side in this many jams; 0 for never.
    pub jam_once_in: u32,
    /// Mean time until somebody repairs or refills.
    pub repair_after: Duration,
    /// Idle time until the printer sleeps.
    pub sleep_after: Duration,
}

impl Default for Pace {
    /// An office: a job each five minutes, a jam in two thousand sides, three minutes until somebody cares.
    fn default() -> Self {
        Self {
            job_every: Duration::from_secs(300),
            jam_once_in: 2_000,
            repair_after: Duration::from_secs(180),
            sleep_after: Duration::from_secs(900),
        }
    }
}

/// What happens by itself, and when.
#[derive(Debug)]
pub(super) struct Life {
    rng: fastrand::Rng,
    pace: Pace,
    next_job: Duration,
    repairs: Vec<(Duration, Matter)>,
}

impl Life {
    pub(super) fn new(pace: Pace, seed: u64, now: Duration) -> Self {
        let mut life =
            Self { rng: fastrand::Rng::with_seed(seed), pace, next_job: Duration::ZERO, repairs: Vec::new() };
        life.next_job = now + life.around(pace.job_every);
        life
    }

    pub(super) fn sleep_after(&self) -> Duration {
        self.pace.sleep_after
    }

    /// Between a half and one and a half of this.
    fn around(&mut self, mean: Duration) -> Duration {
        let mean = u64::try_from(mean.as_millis()).unwrap_or(u64::MAX / 2).max(1);
        Duration::from_millis(mean / 2 + self.rng.u64(0..=mean))
    }

    pub(super) fn next_event(&self) -> Duration {
        self.repairs.iter().map(|(at, _)| *at).fold(self.next_job, Duration::min)
    }

    /// The job that is due.
    pub(super) fn job(&mut self, now: Duration) -> Option<Job> {
        if self.next_job > now {
            return None;
        }
        let until_next = self.around(self.pace.job_every);
        self.next_job += until_next;
        let sides = 1 + self.rng.u32(0..6) * self.rng.u32(0..4);
        let color = if self.rng.u32(0..100) < 35 { self.rng.u32(0..=sides) } else { 0 };
        let service = match self.rng.u32(0..100) {
            0..75 => Service::Print,
            75..95 => Service::Copy,
            _ => Service::Fax,
        };
        let color = if service == Service::Fax { 0 } else { color };
        let job = Job::sides(Origin::Local, sides - color);
        Some(Job { service, color_sides: color, two_sided: self.rng.bool(), ..job })
    }

    /// The repair that is due.
    pub(super) fn repair(&mut self, now: Duration) -> Option<Matter> {
        let first = self.repairs.iter().enumerate().min_by_key(|(_, (at, _))| *at)?;
        let (at, (when, _)) = first;
        (*when <= now).then(|| self.repairs.remove(at).1)
    }

    /// Somebody will care.
    pub(super) fn plan_repair(&mut self, matter: Matter, now: Duration) {
        let at = now + self.around(self.pace.repair_after);
        self.repairs.push((at, matter));
    }

    pub(super) fn jams(&mut self) -> bool {
        self.pace.jam_once_in > 0 && self.rng.u32(0..self.pace.jam_once_in) == 0
    }
}
