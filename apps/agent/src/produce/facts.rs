//! What only the administrator knows of a device: what the contract expects of it, whether somebody manages it, on which
//! computer it hangs, and words of the site's own. They stand in `DATA/devices.toml`:
//!
//! ```toml
//! [[device]]                        # no serial number: every device
//! management-state = "managed"
//!
//! [[device]]
//! serial-number = "VD21457943"
//! target-volume = 4000              # impressions a month
//! workstation = "PC-17"             # of a device that is attached to a computer
//! user-defined = { "Cost centre" = "4711" }
//! ```
//!
//! What is said of a single device comes after what is said of all, and wins.

use crate::failure::Failure;
use remote_services_core::device::{DeviceReport, ManagementState};
use remote_services_core::properties::UserDefined;
use remote_services_core::reading::Header;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the administrator wrote of devices.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// One entry a device, or one for all.
    #[serde(default, rename = "device")]
    devices: Vec<Fact>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fact {
    /// As the device tells it; every device where there is none.
    serial_number: Option<String>,
    management_state: Option<String>,
    workstation: Option<String>,
    target_volume: Option<u64>,
    #[serde(default)]
    user_defined: BTreeMap<String, String>,
}

/// Words of the site's own that a device may have.
const MOST_WORDS: usize = 64;

impl Facts {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence with the line of what is wrong.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let facts: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            Failure::usage(format_args!("devices.toml, line {line}: {}", error.message()))
        })?;
        for fact in &facts.devices {
            let of = fact.serial_number.as_deref().unwrap_or("every device");
            if let Some(word) = &fact.management_state
                && !matches!(
                    ManagementState::from_label(word),
                    ManagementState::Managed
                        | ManagementState::Unmanaged
                        | ManagementState::Trial
                        | ManagementState::Retired
                )
            {
                return Err(Failure::usage(format_args!(
                    "devices.toml: {of}: {word:?} is no management state: managed, unmanaged, trial, retired"
                )));
            }
            if fact.user_defined.len() > MOST_WORDS
                || fact.user_defined.keys().any(|name| name.trim().is_empty())
            {
                return Err(Failure::usage(format_args!(
                    "devices.toml: {of}: at most {MOST_WORDS} user-defined words, and each has a name"
                )));
            }
        }
        Ok(facts)
    }

    /// Adds to a report what is known of its device.
    pub fn add(&self, report: &mut DeviceReport) {
        let normal = |serial: &str| serial.trim().to_uppercase();
        let serial = report.identity.serial_number.as_deref().map(normal);
        let of_all = self.devices.iter().filter(|fact| fact.serial_number.is_none());
        let of_one = self.devices.iter().filter(|fact| {
            fact.serial_number.is_some() && fact.serial_number.as_deref().map(normal) == serial
        });
        for fact in of_all.chain(of_one) {
            let identity = &mut report.identity;
            if let Some(word) = &fact.management_state {
                identity.management_state = ManagementState::from_label(word);
                told(&mut identity.header, "ManagementState");
            }
            if fact.workstation.is_some() {
                identity.management_workstation.clone_from(&fact.workstation);
                told(&mut identity.header, "ManagementWorkstation");
            }
            if fact.target_volume.is_some() {
                report.counters.target_volume = fact.target_volume;
                told(&mut report.counters.header, "TargetVolume");
            }
            let properties = &mut report.properties;
            for (name, value) in &fact.user_defined {
                let value = Some(value.clone());
                match properties.user_defined.iter_mut().find(|known| known.name == *name) {
                    Some(known) => known.value = value,
                    None => properties.user_defined.push(UserDefined { name: name.clone(), value }),
                }
                told(&mut properties.header, "UserDefined");
            }
        }
    }
}

/// Notes who says so, once; what is told is not missing.
fn told(header: &mut Header, element: &str) {
    header.withheld.retain(|withheld| withheld.element != element);
    if !header.sources.iter().any(|source| source.element == element) {
        header.source(element, "rule:administrator", None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::reading::WithheldReason;

    const FILE: &str = "\
[[device]]
serial-number = \"vd21457943\"
target-volume = 4000
workstation = \"PC-17\"
management-state = \"trial\"
user-defined = { \"Cost centre\" = \"4711\" }

[[device]]
management-state = \"managed\"
user-defined = { \"Cost centre\" = \"1\", \"Region\" = \"North\" }
";

    fn report(serial: &str) -> DeviceReport {
        let mut report = DeviceReport::default();
        report.identity.serial_number = Some(serial.into());
        report.counters.header.withhold("TargetVolume", WithheldReason::NotSupported);
        report.properties.header.withhold("UserDefined", WithheldReason::NotSupported);
        report
    }

    #[test]
    fn a_device_has_what_is_said_of_it_and_of_all() {
        let facts = Facts::read(FILE).unwrap();
        let mut one = report("VD21457943");
        facts.add(&mut one);
        assert_eq!(one.identity.management_state, ManagementState::Trial);
        assert_eq!(one.identity.management_workstation.as_deref(), Some("PC-17"));
        assert_eq!(one.counters.target_volume, Some(4_000));
        let words: Vec<_> = one
            .properties
            .user_defined
            .iter()
            .map(|word| (word.name.as_str(), word.value.as_deref().unwrap()))
            .collect();
        assert_eq!(words, [("Cost centre", "4711"), ("Region", "North")]);
        assert!(one.counters.header.withheld.is_empty() && one.properties.header.withheld.is_empty());
        assert_eq!(one.counters.header.sources[0].object, "rule:administrator");

        let mut other = report("ZZ1");
        facts.add(&mut other);
        assert_eq!(other.identity.management_state, ManagementState::Managed);
        assert_eq!((other.counters.target_volume, other.properties.user_defined.len()), (None, 2));
        assert_eq!(other.counters.header.withheld[0].element, "TargetVolume");
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        for (text, said) in [
            ("[[device]]\nserial-number = \"A\"\ntarget-volume = -1", "line 3"),
            ("[[device]]\ntarget = 1", "line 2"),
            ("[[device]]\nmanagement-state = \"lost\"", "no management state"),
            ("[[device]]\nuser-defined = { \"\" = \"x\" }", "has a name"),
        ] {
            let failure = Facts::read(text).unwrap_err().to_string();
            assert!(failure.contains(said), "{failure}");
        }
    }
}
