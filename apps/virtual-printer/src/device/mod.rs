//! The printer itself: what it counts, what sinks, what goes wrong. No sockets and no clock: whoever drives it says what
//! time it is, as time since the printer was switched on first, and everything else follows from that and the seed.
//!
//! ```text
//!  advance(now) ─▶ life: a job, a repair ─┐
//!  print(job)   ──────────────────────────┼─▶ counts, supplies, trays ─▶ alerts ─▶ state() ─▶ the MIB, the page
//!  act(jam, open a cover, reset, …) ──────┘                                 └────▶ notices ─▶ traps and informs
//! ```
//!
//! The sides of a job are counted when it begins; that it prints shows as long as a real printer of that speed would take.
//! A job that cannot go on waits until the printer is repaired.

mod act;
pub mod alerts;
pub mod counts;
pub mod job;
mod life;
pub mod status;
pub mod supplies;
pub mod trays;
pub mod upgrade;
mod work;

pub use act::{Action, Reset};
pub use life::Pace;

use crate::source::{Layout, Source};
use alerts::{Alert, AlertTable, Matter};
use counts::{Color, Counts, Service};
use job::{JobRecord, Rest};
use life::Life;
use remote_services_snmp::{Oid, Value};
use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use supplies::Supply;
use trays::Tray;

/// How a printer starts.
#[derive(Clone, Debug)]
pub struct DeviceOptions {
    /// Number in its fleet: serial number, MAC address, name and counts follow from it. 0 is the recorded device itself.
    pub number: u32,
    /// What it tells as its own address.
    pub address: Ipv4Addr,
    /// The port that takes print jobs, told in prtChannelInformation; none to tell what the recording does.
    pub raw_port: Option<u16>,
    /// Whether it lives, and how busily. Without, it does what it is told to and nothing else.
    pub pace: Option<Pace>,
    /// The same seed and number give the same life.
    pub seed: u64,
    /// How long a start takes, in which nothing is answered.
    pub start_takes: Duration,
    /// What is wrong from the start.
    pub condition: Condition,
}

impl Default for DeviceOptions {
    fn default() -> Self {
        Self {
            number: 0,
            address: Ipv4Addr::LOCALHOST,
            raw_port: None,
            pace: None,
            seed: 0,
            start_takes: Duration::from_secs(5),
            condition: Condition::Good,
        }
    }
}

/// What is the matter with a printer from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Good,
    /// The first supply has 4 % left.
    LowToner,
    /// Paper is stuck.
    Jammed,
    /// prtMarkerLifeCount, and the maker's Counter32 of the same, are at their last number before 2³².
    CounterAtWrap,
}

/// Something that receivers of notifications are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An alert has entered the table.
    Entered(Alert),
    /// An alert has left it.
    Left(Alert),
    /// The printer has started: with another configuration than before (coldStart), or with the same.
    Started {
        /// Whether the configuration may have changed.
        cold: bool,
    },
}

/// A printer.
#[derive(Debug)]
pub struct Device {
    source: Arc<Source>,
    options: DeviceOptions,
    now: Duration,
    /// Goes up with everything that the MIB shows.
    revision: u64,
    counts: Counts,
    /// Counts at the last start, for prtMarkerPowerOnCount.
    counts_at_start: Counts,
    /// In place of prtMarkerLifeCount as recorded.
    life_count: Option<u32>,
    supplies: Vec<Supply>,
    trays: Vec<Tray>,
    alerts: AlertTable,
    config_changes: u32,
    power: Power,
    /// snmpEngineBoots beyond those of the process.
    boots: u32,
    started: Duration,
    firmware: Option<String>,
    waiting: VecDeque<Rest>,
    busy_until: Duration,
    idle_since: Duration,
    jobs: VecDeque<JobRecord>,
    jobs_taken: u64,
    life: Option<Life>,
    events: Vec<Event>,
    written: BTreeMap<Oid, Value>,
    message: Option<String>,
    /// Nothing has happened yet: state and console are those of the recording.
    as_recorded: bool,
}

#[derive(Debug)]
enum Power {
    Starting { until: Duration, firmware: Option<String>, cold: bool },
    WarmingUp { until: Duration },
    On,
    Asleep,
}

impl Device {
    /// A printer that is switched on now, at time zero.
    #[must_use]
    pub fn new(source: Arc<Source>, options: DeviceOptions) -> Self {
        let layout = &source.layout;
        let mut counts = Counts::default();
        let number = u64::from(options.number);
        let color = layout.printable(Color::Full);
        counts.add(Service::Print, Color::Mono, number * 7919 % 90_000);
        counts.add(Service::Copy, color, number * 104_729 % 9_000);
        let varied = |row: &supplies::SupplyRow, at: u32| match (row.shown, options.number) {
            (supplies::Shown::Number, 1..) => row.with_percent(25 + (options.number * 13 + at * 29) % 75),
            _ => row.as_recorded(),
        };
        let supplies = layout.supplies.iter().zip(0..).map(|(row, at)| varied(row, at)).collect();
        let life = options.pace.map(|pace| {
            Life::new(pace, options.seed ^ (number << 32 | number.wrapping_mul(0x9E37_79B9)), Duration::ZERO)
        });
        let asleep = layout.single.printer_status.as_ref().is_some_and(|(_, status)| *status == 1)
            && layout.single.device_status.as_ref().is_some_and(|(_, status)| *status == 2);
        let mut device = Self {
            now: Duration::ZERO,
            revision: 0,
            counts_at_start: counts,
            counts,
            life_count: None,
            supplies,
            trays: layout.trays.iter().map(trays::TrayRow::as_recorded).collect(),
            alerts: AlertTable::with(layout.alerts.clone()),
            config_changes: 0,
            power: if asleep { Power::Asleep } else { Power::On },
            boots: 0,
            started: Duration::ZERO,
            firmware: None,
            waiting: VecDeque::new(),
            busy_until: Duration::ZERO,
            idle_since: Duration::ZERO,
            jobs: VecDeque::new(),
            jobs_taken: 0,
            life,
            events: Vec::new(),
            written: BTreeMap::new(),
            message: None,
            as_recorded: true,
            options,
            source,
        };
        match device.options.condition {
            Condition::Good => {}
            Condition::LowToner => device.set_supply(0, 4),
            Condition::Jammed => device.enter(Matter::Jam),
            Condition::CounterAtWrap => device.set_life_count(u32::MAX),
        }
        device.events.clear();
        device
    }

    /// Lets time pass until `now`: what was planned until then happens, in its order.
    pub fn advance(&mut self, now: Duration) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            let was_printing = self.doing();
            self.now = self.now.max(at);
            self.happen();
            self.touch_if(self.doing() != was_printing);
        }
        let before = self.doing();
        self.now = self.now.max(now);
        self.touch_if(self.doing() != before);
    }

    /// When something will happen by itself next.
    #[must_use]
    pub fn next_event(&self) -> Option<Duration> {
        match &self.power {
            Power::Starting { until, .. } | Power::WarmingUp { until } => return Some(*until),
            Power::On | Power::Asleep => {}
        }
        let life = self.life.as_ref()?;
        let sleep = (matches!(self.power, Power::On) && self.waiting.is_empty())
            .then(|| self.idle_since.max(self.busy_until) + life.sleep_after());
        Some(sleep.map_or(life.next_event(), |sleep| sleep.min(life.next_event())))
    }

    fn happen(&mut self) {
        let now = self.now;
        match &self.power {
            Power::Starting { until, .. } if *until <= now => return self.has_started(),
            Power::WarmingUp { until } if *until <= now => {
                self.power = Power::On;
                self.idle_since = now;
                self.touch();
                return self.work();
            }
            Power::Starting { .. } | Power::WarmingUp { .. } => return,
            Power::On | Power::Asleep => {}
        }
        let Some(life) = &mut self.life else { return };
        if let Some(matter) = life.repair(now) {
            return self.repair(matter);
        }
        if let Some(job) = life.job(now) {
            return self.take(job, None);
        }
        if matches!(self.power, Power::On) {
            self.power = Power::Asleep;
            self.as_recorded = false;
            self.touch();
        }
    }

    fn touch(&mut self) {
        self.revision += 1;
    }

    fn touch_if(&mut self, changed: bool) {
        if changed {
            self.touch();
        }
    }

    /// What is played.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The objects that move.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.source.layout
    }

    /// How it was started.
    #[must_use]
    pub fn options(&self) -> &DeviceOptions {
        &self.options
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// A number that is another one whenever the MIB shows something else, the uptime left aside.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether it answers at all.
    #[must_use]
    pub fn is_up(&self) -> bool {
        !matches!(self.power, Power::Starting { .. })
    }

    /// How often it was started again.
    #[must_use]
    pub fn boots(&self) -> u32 {
        self.boots
    }

    /// sysUpTime at present, in hundredths of a second; goes round at 2³².
    #[must_use]
    pub fn up_time(&self) -> u32 {
        let hundredths = self.now.saturating_sub(self.started).as_millis() / 10;
        u32::try_from(hundredths % (1 << 32)).unwrap_or(0)
    }

    /// What it has counted.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What it has counted since the last start.
    #[must_use]
    pub fn counts_at_start(&self) -> &Counts {
        &self.counts_at_start
    }

    /// What prtMarkerLifeCount starts from, in place of the recorded value.
    #[must_use]
    pub fn life_count(&self) -> Option<u32> {
        self.life_count
    }

    /// The supplies, in the order of [`Layout::supplies`].
    #[must_use]
    pub fn supplies(&self) -> &[Supply] {
        &self.supplies
    }

    /// The trays, in the order of [`Layout::trays`].
    #[must_use]
    pub fn trays(&self) -> &[Tray] {
        &self.trays
    }

    /// The alert table.
    #[must_use]
    pub fn alerts(&self) -> &AlertTable {
        &self.alerts
    }

    /// prtGeneralConfigChanges since the first start.
    #[must_use]
    pub fn config_changes(&self) -> u32 {
        self.config_changes
    }

    /// The firmware, where it is no more the recorded one.
    #[must_use]
    pub fn firmware(&self) -> Option<&str> {
        self.firmware.as_deref()
    }

    /// The last jobs, the latest last.
    pub fn jobs(&self) -> impl DoubleEndedIterator<Item = &JobRecord> {
        self.jobs.iter()
    }

    /// Jobs that came from the network or the device's own glass.
    #[must_use]
    pub fn jobs_taken(&self) -> u64 {
        self.jobs_taken
    }

    /// What SET has written.
    #[must_use]
    pub fn written(&self) -> &BTreeMap<Oid, Value> {
        &self.written
    }

    /// What receivers of notifications are to be told, since the last time.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    fn tell(&mut self, event: Event) {
        // Nobody may be listening.
        if self.events.len() >= MOST_EVENTS {
            self.events.remove(0);
        }
        self.events.push(event);
    }
}

const MOST_EVENTS: usize = 64;

#[cfg(test)]
mod tests;
