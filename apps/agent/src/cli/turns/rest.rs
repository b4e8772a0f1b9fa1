//! Until when an agent rests, and what ends it.

use super::Turns;
use super::reading::FAILED_READING;
use crate::failure::Failure;
use crate::listen::Ear;
use crate::settings::Switch;
use remote_services_core::mode::SecurityMode;
use std::time::{Duration, Instant};

impl Turns<'_> {
    /// Waits, and reads devices again that tell of an event meanwhile; ends early when the settings changed, the server has
    /// a command, the time of one has come, or the machine was asleep. Gives whether the stop flag was set.
    pub(super) fn rest(&mut self, time: Duration) -> Result<bool, Failure> {
        let mut ear = self.ear.take();
        if let Some(ear) = &mut ear {
            ear.know(self.site.memory.devices().map(|(_, device)| device.address.ip()));
        }
        let (until, held) = (Instant::now() + time, self.may_be_held());
        if held {
            let least = self.site.settings.limits.shortest_pace();
            self.long_poll.arm(&self.site.client, &self.poll, least);
        } else {
            self.long_poll.disarm();
        }
        // What could not be followed in this turn is no reason for another one at once.
        let left_over = self.site.has_aside_wishes();
        let due = self.due();
        let mut ended = Ok(false);
        while let Ok(false) = ended
            && Instant::now() < until
            && !self.heed()
            && !self.clock_leapt()
            && (left_over || !self.site.has_aside_wishes())
            && !(held && self.long_poll.has_news())
            && !self.due().is_more_than(&due)
            && !self.signs_again()
        {
            for address in ear.as_mut().map(Ear::due).unwrap_or_default() {
                ended = ended.and(self.read_again(address).map(|()| false));
            }
            let left = until.saturating_duration_since(Instant::now());
            let slice = if ear.is_some() || held { LISTENING } else { HEEDING };
            ended = ended.map(|_| self.site.wait(left.min(slice)));
        }
        self.ear = ear;
        self.fruitless = if held && self.long_poll.has_news() { self.fruitless + 1 } else { 0 };
        ended
    }

    /// Whether the machine slept since the last look, or its clock was set. What the server's clock was compared with then is
    /// not this clock any more.
    pub(super) fn clock_leapt(&mut self) -> bool {
        let leapt = self.wishes.look_at_clock(&self.site);
        if leapt {
            self.site.doubt_clock();
        }
        leapt
    }

    /// Whether readings that waited for the key are sealed now: they are sent, and all devices are read, since those that came
    /// after them were left out.
    pub(super) fn signs_again(&mut self) -> bool {
        if self.site.held() == 0 || self.site.seal_held().is_err() {
            return false;
        }
        (self.pace, self.not_before) = (FAILED_READING, None);
        self.wishes.begin_again();
        true
    }

    /// Whether the server can be asked to hold its answer, and the site lets it.
    fn may_be_held(&self) -> bool {
        let settings = &self.site.settings;
        settings.long_poll == Switch::On
            && settings.poll_window.is_none()
            && settings.mode == SecurityMode::Normal
            && !settings.is_suspended()
            && !self.site.is_odd()
            && self.site.directory().features.contains("longPoll")
            && self.poll.knows_version()
            && self.fruitless < MOST_FRUITLESS
    }
}

/// How long a notification may wait to be looked at.
const LISTENING: Duration = Duration::from_secs(1);
/// A server that is so often wrong about news is asked at its pace for once.
const MOST_FRUITLESS: u32 = 3;
/// How often the settings are looked at while nothing is due.
const HEEDING: Duration = Duration::from_secs(5);
