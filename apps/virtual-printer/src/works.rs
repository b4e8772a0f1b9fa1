//! The moving parts that the SNMP side and the print side of a virtual printer share.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Counts of one virtual printer.
#[derive(Debug)]
pub struct Works {
    life_count: AtomicU32,
    power_on_count: AtomicU32,
    jobs: AtomicU64,
    resets: AtomicU32,
    started: Mutex<Instant>,
}

impl Works {
    /// A printer that has made this many impressions in its life and was just switched on.
    #[must_use]
    pub fn new(life_count: u32) -> Self {
        Self {
            life_count: AtomicU32::new(life_count),
            power_on_count: AtomicU32::new(0),
            jobs: AtomicU64::new(0),
            resets: AtomicU32::new(0),
            started: Mutex::new(Instant::now()),
        }
    }

    /// Prints this many impressions. The life count is a Counter32: it goes round at 2³².
    pub fn print(&self, impressions: u32) {
        self.life_count.fetch_add(impressions, Ordering::Relaxed);
        self.power_on_count.fetch_add(impressions, Ordering::Relaxed);
        self.jobs.fetch_add(1, Ordering::Relaxed);
    }

    /// prtGeneralReset: the power-on count and sysUpTime start again.
    pub fn reset(&self) {
        self.power_on_count.store(0, Ordering::Relaxed);
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.resets.fetch_add(1, Ordering::Relaxed);
    }

    /// prtMarkerLifeCount.
    #[must_use]
    pub fn life_count(&self) -> u32 {
        self.life_count.load(Ordering::Relaxed)
    }

    /// prtMarkerPowerOnCount.
    #[must_use]
    pub fn power_on_count(&self) -> u32 {
        self.power_on_count.load(Ordering::Relaxed)
    }

    /// Jobs that came in by the print port.
    #[must_use]
    pub fn jobs(&self) -> u64 {
        self.jobs.load(Ordering::Relaxed)
    }

    /// Resets that were asked for.
    #[must_use]
    pub fn resets(&self) -> u32 {
        self.resets.load(Ordering::Relaxed)
    }

    /// sysUpTime in hundredths of a second; goes round at 2³².
    #[must_use]
    pub fn up_time(&self) -> u32 {
        let started = *self.started.lock().unwrap_or_else(PoisonError::into_inner);
        u32::try_from(started.elapsed().as_millis() / 10 % (1 << 32)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_count_goes_round_and_the_power_on_count_starts_again_with_a_reset() {
        let works = Works::new(u32::MAX);
        works.print(3);
        assert_eq!((works.life_count(), works.power_on_count(), works.jobs()), (2, 3, 1));
        works.reset();
        assert_eq!((works.life_count(), works.power_on_count(), works.resets()), (2, 0, 1));
    }
}
