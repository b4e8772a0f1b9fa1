//! The state of a printer as RFC 3805 §2.2.13.2 and HOST-RESOURCES-MIB (RFC 2790) put it, from what is the matter with it.

use super::Device;
use super::alerts::Matter;

/// hrDeviceStatus, hrPrinterStatus, hrPrinterDetectedErrorState and what the console says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// hrDeviceStatus: running(2), warning(3), down(5).
    pub device_status: i32,
    /// hrPrinterStatus: other(1), idle(3), printing(4), warmup(5).
    pub printer_status: i32,
    /// hrPrinterDetectedErrorState: the first octet and the second.
    pub errors: [u8; 2],
    /// The first line of the console.
    pub console: String,
}

/// What the printer does, beside what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Starts: answers nothing.
    Starting,
    /// Has started and gets ready.
    WarmingUp,
    /// Waits for work.
    Idle,
    /// Prints.
    Printing,
    /// Sleeps to save power.
    Sleeping,
}

impl Device {
    /// The state, unless the printer is still as it was recorded.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        if self.as_recorded {
            return None;
        }
        let stopped = self.alerts.is_critical();
        let warned = self.alerts.is_warning();
        let doing = self.doing();
        let (device_status, printer_status) = match doing {
            Doing::Starting | Doing::WarmingUp => (DOWN, 5),
            _ if stopped => (DOWN, 1),
            Doing::Sleeping => (if warned { WARNING } else { RUNNING }, 1),
            Doing::Printing => (if warned { WARNING } else { RUNNING }, 4),
            Doing::Idle => (if warned { WARNING } else { RUNNING }, 3),
        };
        Some(State { device_status, printer_status, errors: self.errors(), console: self.words(doing) })
    }

    fn errors(&self) -> [u8; 2] {
        let trays = self.trays.iter().zip(&self.source.layout.trays).filter(|(_, row)| !row.by_hand);
        let (mut fed, mut paper) = (0, 0);
        for (tray, _) in trays {
            fed += 1;
            paper += u32::from(tray.sheets > 0);
        }
        let no_paper = fed > 0 && paper == 0;
        let mut bits = [0_u8; 2];
        for alert in self.alerts.rows() {
            let (octet, bit) = match alert.matter {
                Matter::Jam => (0, 0x04),
                Matter::CoverOpen(_) => (0, 0x08),
                Matter::TrayLow(_) => (0, 0x80),
                Matter::TrayEmpty(_) if no_paper => (0, 0x40),
                Matter::TrayEmpty(_) => (1, 0x04),
                Matter::SupplyLow(index) => (0, if self.marks(index) { 0x20 } else { 0 }),
                Matter::SupplyOut(index) => (0, if self.marks(index) { 0x10 } else { 0x01 }),
                Matter::OutputFull => (1, 0x08),
                Matter::ServiceNeeded => (0, 0x01),
                Matter::Recorded => continue,
            };
            bits[octet] |= bit;
        }
        bits
    }

    fn marks(&self, index: u32) -> bool {
        self.source.layout.supplies.iter().any(|row| row.index == index && row.marks)
    }

    fn words(&self, doing: Doing) -> String {
        let worst = self.alerts.rows().iter().filter(|row| row.matter != Matter::Recorded);
        let worst = worst
            .min_by_key(|row| row.severity)
            .map(|row| String::from_utf8_lossy(&row.description).into_owned());
        match (doing, &self.message, worst) {
            (Doing::Starting | Doing::WarmingUp, _, _) => "Warming up".to_owned(),
            (_, _, Some(worst)) if self.alerts.is_critical() => worst,
            (Doing::Printing, _, _) => "Printing".to_owned(),
            (_, Some(message), _) => message.clone(),
            (_, _, Some(worst)) => worst,
            (Doing::Sleeping, _, _) => "Sleeping".to_owned(),
            (Doing::Idle, _, _) => "Ready".to_owned(),
        }
    }

    /// What it does at present.
    #[must_use]
    pub fn doing(&self) -> Doing {
        match self.power {
            super::Power::Starting { .. } => Doing::Starting,
            super::Power::WarmingUp { .. } => Doing::WarmingUp,
            super::Power::On if self.busy_until > self.now => Doing::Printing,
            super::Power::On => Doing::Idle,
            super::Power::Asleep => Doing::Sleeping,
        }
    }
}

const RUNNING: i32 = 2;
const WARNING: i32 = 3;
const DOWN: i32 = 5;
