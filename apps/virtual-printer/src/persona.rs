//! One virtual printer: a model with a serial number, an address, counts and faults.

use crate::model::{Levels, MODELS, Model};
use std::time::Duration;

/// Who a virtual printer poses as, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Persona {
    /// The model.
    pub model: &'static Model,
    /// Number of the printer in its fleet, from 0: serial number and MAC address follow from it.
    pub number: u32,
    /// Impressions that the marker has made; goes round at 2³².
    pub life_count: u32,
    /// What is wrong.
    pub fault: Fault,
    /// sysName.
    pub system_name: String,
    /// sysLocation.
    pub location: String,
}

/// What is wrong with a virtual printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Black toner at 4 %, with the alert and the error bit that go with it.
    LowToner,
    /// Paper stuck, printing stopped.
    Jammed,
    /// The life count is at its last number before 2³².
    CounterAtWrap,
    /// Every third datagram is lost.
    DropsPackets,
    /// Every answer comes this late.
    Slow(Duration),
}

impl Persona {
    /// Printer `number` of a fleet: makers take turns, and the first few printers have one fault each.
    #[must_use]
    pub fn of_fleet(number: u32) -> Self {
        let model = &MODELS[number as usize % MODELS.len()];
        let fault = match number {
            1 => Fault::LowToner,
            3 => Fault::Jammed,
            5 => Fault::CounterAtWrap,
            8 => Fault::DropsPackets,
            _ => Fault::None,
        };
        Self::new(model, number, fault)
    }

    /// A printer of this model with this fault.
    #[must_use]
    pub fn new(model: &'static Model, number: u32, fault: Fault) -> Self {
        let life_count = if fault == Fault::CounterAtWrap {
            u32::MAX
        } else {
            10_000 + number.wrapping_mul(7919) % 900_000
        };
        Self {
            model,
            number,
            life_count,
            fault,
            system_name: format!("{}-{number:04}", model.key),
            location: format!("Building {}, floor {}", 1 + number / 40, 1 + number / 8 % 5),
        }
    }

    /// Serial number: the maker's first letters and the number.
    #[must_use]
    pub fn serial_number(&self) -> String {
        format!("{}{:06}", self.model.serial_prefix, 100_000 + self.number)
    }

    /// MAC address: the maker's first three octets and the number.
    #[must_use]
    pub fn mac_address(&self) -> [u8; 6] {
        let [a, b, c] = self.model.mac_prefix;
        let [_, x, y, z] = self.number.to_be_bytes();
        [a, b, c, x, y, z]
    }

    /// The toners: colour, capacity, level and unit as this maker tells them.
    #[must_use]
    pub fn toners(&self) -> Vec<Toner> {
        let colors: &[&str] =
            if self.model.color { &["black", "cyan", "magenta", "yellow"] } else { &["black"] };
        colors
            .iter()
            .zip(0_u32..)
            .map(|(color, at)| {
                let percent = match (self.fault, at) {
                    (Fault::LowToner, 0) => 4,
                    _ => 25 + i32::try_from((self.number * 13 + at * 29) % 75).unwrap_or(0),
                };
                let (unit, capacity, level) = match self.model.levels {
                    Levels::Percent => (19, 100, percent),
                    Levels::Impressions => (7, 7200, 72 * percent),
                    Levels::SomeRemaining => (19, -2, -3),
                    Levels::PercentWithoutCapacity => (19, -2, percent),
                };
                Toner { color, unit, capacity, level }
            })
            .collect()
    }
}

/// One toner as prtMarkerSuppliesTable tells it.
#[derive(Clone, Copy, Debug)]
pub struct Toner {
    /// prtMarkerColorantValue.
    pub color: &'static str,
    /// prtMarkerSuppliesSupplyUnit.
    pub unit: i32,
    /// prtMarkerSuppliesMaxCapacity.
    pub capacity: i32,
    /// prtMarkerSuppliesLevel.
    pub level: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_of_a_thousand_has_a_thousand_serial_numbers_and_mac_addresses() {
        let fleet: Vec<Persona> = (0..1000).map(Persona::of_fleet).collect();
        let serials: std::collections::BTreeSet<String> = fleet.iter().map(Persona::serial_number).collect();
        let macs: std::collections::BTreeSet<[u8; 6]> = fleet.iter().map(Persona::mac_address).collect();
        assert_eq!((serials.len(), macs.len()), (1000, 1000));
    }

    #[test]
    fn the_first_twelve_have_each_fault_once() {
        for fault in [Fault::LowToner, Fault::Jammed, Fault::CounterAtWrap, Fault::DropsPackets] {
            assert_eq!(
                (0..12).filter(|number| Persona::of_fleet(*number).fault == fault).count(),
                1,
                "{fault:?}"
            );
        }
    }
}
