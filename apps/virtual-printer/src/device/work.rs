//! Sides that are printed, and what comes of it.

use super::alerts::{Matter, Words};
use super::counts::{Color, Service};
use super::job::{Job, JobRecord, Rest};
use super::supplies::Condition;
use super::{Device, Event, Power};
use std::time::Duration;

/// Jobs that are remembered.
const MOST_JOBS: usize = 10;
/// Jobs that may wait for a repair; the oldest is given up for another.
const MOST_WAITING: usize = 100;

impl Device {
    /// Takes a job: prints it, or keeps it until printing is possible. What came is remembered with the remark.
    pub fn take(&mut self, job: Job, remark: Option<String>) {
        self.jobs_taken += 1;
        if matches!(self.power, Power::Asleep) {
            self.power = Power::On;
        }
        self.idle_since = self.now;
        if job.service == Service::Copy {
            self.counts.scan(job.mono_sides.saturating_add(job.color_sides));
        }
        let rest = Rest::of(&job);
        if rest.next().is_some() {
            self.as_recorded = false;
            if self.waiting.len() >= MOST_WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back(rest);
        }
        if self.jobs.len() >= MOST_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(JobRecord { number: self.jobs_taken, at: self.now, job, remark });
        self.touch();
        self.work();
    }

    /// Prints what waits, as far as it can.
    pub(super) fn work(&mut self) {
        if !matches!(self.power, Power::On) {
            return;
        }
        while let Some(mut rest) = self.waiting.pop_front() {
            while let Some(color) = rest.next() {
                if self.alerts.is_critical() || !self.side(&mut rest, color) {
                    self.waiting.push_front(rest);
                    return;
                }
            }
            // A sheet that was to have a second side and got none.
            if rest.turned {
                self.counts.sheet(Color::Mono, false);
            }
        }
    }

    /// One side; `false` when there is no paper for it.
    fn side(&mut self, rest: &mut Rest, wanted: Color) -> bool {
        if !rest.turned && !self.feed() {
            return false;
        }
        let color = self.source.layout.printable(wanted);
        match wanted {
            Color::Mono => rest.mono -= 1,
            Color::Full => rest.color -= 1,
        }
        if rest.two_sided && !rest.turned {
            rest.turned = true;
        } else {
            self.counts.sheet(color, rest.turned);
            rest.turned = false;
        }
        self.counts.impression(rest.service, color);
        let minute = Duration::from_secs(60);
        self.busy_until = self.busy_until.max(self.now) + minute / self.source.layout.speed.max(1);
        self.touch();
        self.use_supplies(color);
        if self.life.as_mut().is_some_and(super::life::Life::jams) {
            self.enter(Matter::Jam);
        }
        true
    }

    /// Takes a sheet from the first tray that has one; those that are fed by hand come last.
    fn feed(&mut self) -> bool {
        let rows = &self.source.layout.trays;
        if rows.is_empty() {
            return true;
        }
        let mut order: Vec<usize> = (0..rows.len()).filter(|at| !rows[*at].by_hand).collect();
        order.extend((0..rows.len()).filter(|at| rows[*at].by_hand));
        let Some(at) = order.iter().copied().find(|at| self.trays[*at].sheets > 0) else {
            for at in order {
                let row = &self.source.layout.trays[at];
                if !row.by_hand {
                    self.enter(Matter::TrayEmpty(row.index));
                }
            }
            return false;
        };
        self.trays[at].take();
        let (row, tray) = (&self.source.layout.trays[at], self.trays[at]);
        let index = row.index;
        if tray.sheets == 0 {
            self.leave(Matter::TrayLow(index));
            self.enter(Matter::TrayEmpty(index));
        } else if row.is_low(tray) && !row.by_hand {
            self.enter(Matter::TrayLow(index));
        }
        true
    }

    fn use_supplies(&mut self, color: Color) {
        for at in 0..self.supplies.len() {
            let row = &self.source.layout.supplies[at];
            if row.use_for(&mut self.supplies[at], color) {
                self.supply_changed(at);
            }
        }
    }

    /// The alerts that fit the condition of this supply.
    pub(super) fn supply_changed(&mut self, at: usize) {
        let row = &self.source.layout.supplies[at];
        let index = row.index;
        let condition = row.condition(self.supplies[at]);
        let (low, out) = (Matter::SupplyLow(index), Matter::SupplyOut(index));
        match condition {
            Condition::Enough => {
                self.leave(low);
                self.leave(out);
            }
            Condition::Low => {
                self.leave(out);
                self.enter(low);
            }
            Condition::Empty => {
                self.leave(low);
                self.enter(out);
            }
        }
    }

    /// An alert enters the table.
    pub(super) fn enter(&mut self, matter: Matter) {
        let layout = &self.source.layout;
        let (name, receptacle) = match matter {
            Matter::CoverOpen(index) => {
                let cover = layout.covers.iter().find(|cover| cover.0 == index);
                (cover.map_or("Cover", |cover| cover.2.as_str()), false)
            }
            Matter::TrayLow(index) | Matter::TrayEmpty(index) => {
                let tray = layout.trays.iter().find(|row| row.index == index);
                (tray.map_or("Tray", |row| row.name.as_str()), false)
            }
            Matter::SupplyLow(index) | Matter::SupplyOut(index) => {
                let supply = layout.supplies.iter().find(|row| row.index == index);
                (supply.map_or("Supply", |row| row.spoken.as_str()), supply.is_some_and(|row| row.receptacle))
            }
            _ => ("", false),
        };
        let words = Words::of(matter, name, receptacle);
        let Some(alert) = self.alerts.enter(matter, words, self.up_time()) else { return };
        self.as_recorded = false;
        let cares = !matches!(matter, Matter::TrayLow(_) | Matter::SupplyLow(_));
        if let (Some(life), true) = (&mut self.life, cares) {
            life.plan_repair(matter, self.now);
        }
        self.tell(Event::Entered(alert));
        self.touch();
    }

    /// An alert leaves the table.
    pub(super) fn leave(&mut self, matter: Matter) {
        if let Some(alert) = self.alerts.leave(matter) {
            self.as_recorded = false;
            self.tell(Event::Left(alert));
            self.touch();
        }
    }

    /// Somebody removes what is the matter; then the printer goes on.
    pub(super) fn repair(&mut self, matter: Matter) {
        match matter {
            Matter::TrayLow(index) | Matter::TrayEmpty(index) => {
                if let Some(at) = self.source.layout.trays.iter().position(|row| row.index == index) {
                    self.trays[at] = self.source.layout.trays[at].with(true);
                }
                self.leave(Matter::TrayLow(index));
                self.leave(Matter::TrayEmpty(index));
            }
            Matter::SupplyLow(index) | Matter::SupplyOut(index) => {
                if let Some(at) = self.source.layout.supplies.iter().position(|row| row.index == index) {
                    self.set_supply(at, 100);
                    self.config_changes += 1;
                }
            }
            other => self.leave(other),
        }
        self.idle_since = self.now;
        self.touch();
        self.work();
    }

    /// Another supply in this place, with this much of a new one.
    pub(super) fn set_supply(&mut self, at: usize, percent: u32) {
        if let Some(row) = self.source.layout.supplies.get(at) {
            self.supplies[at] = row.with_percent(percent);
            self.as_recorded = false;
            self.supply_changed(at);
            self.touch();
        }
    }
}
