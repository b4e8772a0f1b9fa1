//! What is done to a printer from outside: by somebody who stands before it, by SNMP, by a test.

use super::alerts::Matter;
use super::counts::Counter;
use super::job::{Job, Origin};
use super::{Device, Event, Power};
use remote_services_snmp::{Oid, Value};
use serde::Deserialize;
use std::time::Duration;

/// prtGeneralReset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reset {
    /// powerCycleReset(4)
    PowerCycle,
    /// resetToNVRAM(5)
    ToNvram,
    /// resetToFactoryDefaults(6): what SET has written is forgotten.
    ToFactoryDefaults,
}

/// Something that somebody does. In JSON: `{"do": "jam"}`, `{"do": "setSupply", "index": 1, "percent": 4}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Paper gets stuck.
    Jam,
    /// A cover is opened (prtCoverIndex).
    OpenCover {
        /// prtCoverIndex.
        index: u32,
    },
    /// The output bin is full.
    FillOutput,
    /// Someone has to come who knows the device.
    NeedService,
    /// Everything that is wrong is repaired: covers closed, trays filled, supplies that are out replaced.
    Repair,
    /// Another supply is put in (prtMarkerSuppliesIndex).
    SetSupply {
        /// prtMarkerSuppliesIndex.
        index: u32,
        /// How much of a new one it has.
        percent: u32,
    },
    /// A tray is emptied (prtInputIndex).
    EmptyTray {
        /// prtInputIndex.
        index: u32,
    },
    /// prtMarkerLifeCount is another number from now on, as after a swap of boards. Counts of the maker stay.
    SetLifeCount {
        /// What it starts from.
        value: u32,
    },
    /// The printer goes to sleep.
    Sleep,
    /// It wakes.
    Wake,
    /// It prints.
    Print {
        /// Sides in black.
        #[serde(default)]
        mono: u32,
        /// Sides in colour.
        #[serde(default)]
        color: u32,
        /// Whether on both sides.
        #[serde(default, rename = "twoSided")]
        two_sided: bool,
    },
    /// It starts again.
    Restart,
    /// It has this firmware after a start.
    SetFirmware {
        /// The version.
        version: String,
    },
}

impl Device {
    /// Does what somebody does.
    ///
    /// # Errors
    /// When there is no such part.
    pub fn act(&mut self, action: Action) -> Result<(), &'static str> {
        let layout = &self.source.layout;
        match action {
            Action::Jam => self.enter(Matter::Jam),
            Action::OpenCover { index } => {
                if !layout.covers.iter().any(|cover| cover.0 == index) {
                    return Err("there is no cover of this index");
                }
                self.enter(Matter::CoverOpen(index));
            }
            Action::FillOutput => self.enter(Matter::OutputFull),
            Action::NeedService => self.enter(Matter::ServiceNeeded),
            Action::Repair => {
                let matters: Vec<Matter> = self.alerts.rows().iter().map(|row| row.matter).collect();
                for matter in matters.into_iter().filter(|matter| *matter != Matter::Recorded) {
                    self.repair(matter);
                }
            }
            Action::SetSupply { index, percent } => {
                let at = layout.supplies.iter().position(|row| row.index == index);
                self.set_supply(at.ok_or("there is no supply of this index")?, percent);
                self.config_changes += 1;
                self.work();
            }
            Action::EmptyTray { index } => {
                let at = layout.trays.iter().position(|row| row.index == index);
                let at = at.ok_or("there is no tray of this index")?;
                self.trays[at] = layout.trays[at].with(false);
                self.enter(Matter::TrayEmpty(index));
            }
            Action::SetLifeCount { value } => self.set_life_count(value),
            Action::Sleep => self.power = Power::Asleep,
            Action::Wake => self.power = Power::On,
            Action::Print { mono, color, two_sided } => {
                let job = Job { color_sides: color, two_sided, ..Job::sides(Origin::Local, mono) };
                self.take(job, None);
            }
            Action::Restart => self.reset(Reset::PowerCycle),
            Action::SetFirmware { version } => self.start_again(Some(version), true),
        }
        self.as_recorded = false;
        self.touch();
        Ok(())
    }

    /// prtMarkerLifeCount shows this at present, and what is counted from now on is added.
    pub(super) fn set_life_count(&mut self, value: u32) {
        let counted = self.counts.of(Counter::Impressions(None, None)) % (1 << 32);
        self.life_count = Some(value.wrapping_sub(u32::try_from(counted).unwrap_or(0)));
    }

    /// prtGeneralReset is set: the printer starts again.
    pub fn reset(&mut self, reset: Reset) {
        if reset == Reset::ToFactoryDefaults {
            self.written.clear();
            self.config_changes += 1;
        }
        self.start_again(None, reset != Reset::PowerCycle);
    }

    /// Silence, and then a start, with this firmware if it is a new one.
    pub(super) fn start_again(&mut self, firmware: Option<String>, cold: bool) {
        self.waiting.clear();
        self.busy_until = self.now;
        self.power = Power::Starting { until: self.now + self.options.start_takes, firmware, cold };
        self.as_recorded = false;
        self.touch();
    }

    pub(super) fn has_started(&mut self) {
        let starting = std::mem::replace(&mut self.power, Power::WarmingUp { until: self.now + WARM_UP });
        let Power::Starting { firmware, cold, .. } = starting else { return };
        if let Some(firmware) = firmware {
            self.firmware = Some(firmware);
            self.config_changes += 1;
        }
        self.boots += 1;
        self.started = self.now;
        self.counts_at_start = self.counts;
        self.message = None;
        // What is wrong is found again, as after any start.
        let matters: Vec<Matter> = self.alerts.rows().iter().map(|row| row.matter).collect();
        self.alerts.clear();
        self.events.clear();
        self.tell(Event::Started { cold });
        for matter in matters.into_iter().filter(|matter| *matter != Matter::Recorded) {
            self.enter(matter);
        }
        self.touch();
    }

    /// Objects are written, one after the other. They were checked before.
    pub fn write(&mut self, objects: impl IntoIterator<Item = (Oid, Value)>) {
        self.written.extend(objects);
        self.config_changes += 1;
        self.touch();
    }

    /// What SET had written before.
    pub fn unwrite(&mut self, before: std::collections::BTreeMap<Oid, Value>) {
        self.written = before;
        self.config_changes = self.config_changes.saturating_sub(1);
        self.touch();
    }

    /// The ready message of the console (`@PJL RDYMSG`); none to have the printer's own again.
    pub fn show(&mut self, message: Option<String>) {
        self.message = message;
        self.as_recorded = false;
        self.touch();
    }
}

/// From the first answer until the printer prints.
const WARM_UP: Duration = Duration::from_secs(3);
