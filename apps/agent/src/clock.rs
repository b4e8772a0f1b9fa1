//! This host's clock beside the server's: what a site does about one that is off. Whether it is, [`Clock`](remote_services_transport::clock::Clock) says.

use crate::failure::Failure;
use crate::site::Site;
pub use remote_services_transport::clock::Told;
use remote_services_transport::clock::{Change, TICK};

impl Site {
    /// Takes in what the server's clock showed, if it said so; asks a second time, when it must have gone on, before this one counts
    /// as off.
    pub(crate) fn hear_clock(&mut self, told: Option<Told>) -> Result<(), Failure> {
        told.map_or(Ok(()), |told| self.compare_clock(told))?;
        if told.is_none() || !self.clock.is_suspected() {
            return Ok(());
        }
        if self.wait(TICK) {
            return Err(Failure::interrupted());
        }
        let (_, again) = self.contact().ask();
        again.map_or(Ok(()), |again| self.compare_clock(again))
    }

    /// Holds this host's clock against the server's. That they differ by more than the server bears, as two answers in a row
    /// have it, and that they do not any more, is noted and told to the server.
    ///
    /// # Errors
    /// When the audit log cannot be kept.
    pub fn compare_clock(&mut self, told: Told) -> Result<(), Failure> {
        match self.clock.compare(told) {
            Some(Change::Off(text)) => {
                self.claim("clock", "server", &text)?;
                // Each description has it, until it is over.
                if let Err(error) = self.tell_errors() {
                    tell!("the server was not told of the clock: {error}");
                }
                Ok(())
            }
            Some(Change::Agrees) => {
                if let Err(error) = self.tell_errors() {
                    tell!("the server was not told that the clock is right again: {error}");
                }
                self.claim("clock", "server", "this host's clock and the server's agree again")
            }
            None => Ok(()),
        }
    }

    /// Notes that the clock was set, or the machine slept: nothing is known of it until the server tells its time again.
    pub(crate) fn doubt_clock(&mut self) {
        self.clock.doubt();
    }

    /// Whether the server would believe what is sealed now, as far as is known.
    ///
    /// # Errors
    /// When the clocks differ by too much: what a person is to do about it.
    pub fn check_clock(&self) -> Result<(), Failure> {
        self.clock.off().map_or(Ok(()), |text| Err(Failure::failed(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::id::uuid_v7;
    use remote_services_core::time::Timestamp;
    use remote_services_payload::seal::{MAX_AGE, MAX_SKEW};
    use remote_services_transport::clock::Clock;
    use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    /// Starts, turns, sleep, and this host's clock set to whatever, beside a server whose clock is right when it is there.
    #[test]
    fn nothing_goes_for_its_age_that_has_not_waited_so_long_whatever_this_hosts_clock_shows() {
        const HOUR: Duration = Duration::from_secs(3600);
        let max_age = Duration::from_secs(7 * 86_400);
        let limits = SpoolLimits { max_age, ..SpoolLimits::default() };
        let (mut by_vouching, mut made) = (0, BTreeMap::new());
        for seed in 1..=12_u64 {
            let folder = tempfile::tempdir().unwrap();
            let open = || Spool::open(folder.path(), limits).unwrap().0;
            let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut roll = |sides: u32| {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                u32::try_from(dice % u64::from(sides)).unwrap()
            };
            let (mut spool, mut clock) = (open(), Clock::new(MAX_SKEW, MAX_AGE));
            let (mut real, mut off, mut elapsed) = (at(0), 0_i64, Duration::ZERO);
            for number in 0..60_u8 {
                match roll(8) {
                    0 => {
                        (spool, clock, elapsed) = {
                            drop(spool);
                            (open(), Clock::new(MAX_SKEW, MAX_AGE), Duration::ZERO)
                        }
                    }
                    1 => {
                        off = [0, 0, 10, -10, 25_000, -20_000][usize::try_from(roll(6)).unwrap()] * 24
                            + i64::from(roll(3))
                            - 1;
                    }
                    2 => {
                        let time = HOUR * roll(60);
                        (real, elapsed) = (real.plus(time), elapsed + time);
                    }
                    // It sleeps, or is off until the next start.
                    3 => real = real.plus(HOUR * roll(100)),
                    4 => {
                        let named = Timestamp::from_unix_millis(real.unix_millis() + off * 3_600_000);
                        let id = uuid_v7(named, [number; 10]);
                        let octets = sealed();
                        spool.append(Class::Meter, id, SealedPayload::new(&octets).unwrap()).unwrap();
                        made.insert(id, real);
                    }
                    turn => {
                        let own = Timestamp::from_unix_millis(real.unix_millis() + off * 3_600_000);
                        let told = Told { server: real, before: own, after: own };
                        if turn < 7 {
                            clock.compare(told);
                            if clock.is_suspected() {
                                let later = |time: Timestamp| time.plus(Duration::from_secs(2));
                                clock.compare(Told {
                                    server: later(told.server),
                                    before: later(told.before),
                                    after: later(told.after),
                                });
                            }
                        }
                        let passed = std::mem::take(&mut elapsed);
                        let vouched = clock.take_vouched();
                        for dropped in spool.expire(vouched, passed).unwrap() {
                            let age = real.unix_millis() - made[&dropped.entry.id].unix_millis();
                            assert!(
                                age > 7 * 86_400_000,
                                "seed {seed}: {dropped:?} after {} h",
                                age / 3_600_000
                            );
                            by_vouching += u32::from(vouched.is_some() && passed < max_age);
                        }
                    }
                }
            }
        }
        assert!(by_vouching > 5, "only {by_vouching} went, so nothing was tried");
    }

    /// The smallest container that has the form of a sealed one.
    fn sealed() -> Vec<u8> {
        let name = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
        [&[0x30, 0x84, 0, 0, 0, 13][..], &name].concat()
    }
}
