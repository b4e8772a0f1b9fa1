//! Restart the device: prtGeneralReset, else what the maker's profile says; proof by sysUpTime starting again.

use remote_services_core::command::ResultCode;
use remote_services_snmp::{Value, VarBind};

use super::device::find;
use super::watch::{Watched, restarted, watch};
use super::{Before, Device, Outcome, Seen, WriteFailure};
use crate::build::printer_index;
use crate::maker;
use crate::tables::general;

/// The ways to restart a device (prtGeneralReset, RFC 3805).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reset {
    /// powerCycleReset (4): as if switched off and on.
    PowerCycle,
    /// resetToNVRAM (5): back to the stored settings.
    ToStoredSettings,
    /// resetToFactoryDefaults (6): all settings are lost, the network's among them.
    ToFactoryDefaults,
}

/// What to SET to restart the printer with this hrDeviceIndex.
#[must_use]
pub fn reset(device: u32, reset: Reset) -> VarBind {
    let value = match reset {
        Reset::PowerCycle => 4,
        Reset::ToStoredSettings => 5,
        Reset::ToFactoryDefaults => 6,
    };
    let name = general::RESET.child(device).expect("prtGeneralReset has 11 arcs, one more is below 128");
    VarBind::new(name, Value::Integer(value))
}

pub(super) fn carry_out<D: Device>(device: &mut D, who: &str) -> Result<Outcome<D::Reading>, D::Error> {
    let seen = match find(device, who)? {
        Ok(seen) => seen,
        Err(missing) => return Ok(missing.into()),
    };
    let index = printer_index(seen.store());
    let profiles = device.profiles();
    let makers = maker::profile(seen.store(), index, &profiles).map_or(&[][..], |profile| &profile.restart);
    let standard = index.map(|index| reset(index, Reset::PowerCycle));
    let makers = makers.iter().filter_map(|restart| {
        Some(VarBind::new(restart.index.below(&restart.column, index)?, Value::Integer(restart.value)))
    });
    let ways: Vec<VarBind> = standard.into_iter().chain(makers).collect();
    if ways.is_empty() {
        return Ok(Outcome::new(ResultCode::RefusedByDevice, "the device has no printer to reset", seen));
    }
    let before = Before::of(&seen);
    device.keep(&before)?;
    let mut refusals = Vec::new();
    for way in ways {
        let name = way.name.clone();
        match device.set(&seen, vec![way])? {
            Ok(()) => return conclude(device, who, &before, None),
            // It may have been done all the same: the device is watched, and no other way is tried.
            Err(WriteFailure::Unknown(why)) => return conclude(device, who, &before, Some(&why)),
            Err(WriteFailure::Refused(why)) => refusals.push(format!("{name}: {why}")),
        }
    }
    Ok(Outcome::new(ResultCode::RefusedByDevice, refusals.join("; "), seen))
}

/// Whether the device restarted before this process ended: sysUpTime knows.
pub(super) fn look_after<D: Device>(
    device: &mut D,
    who: &str,
    before: &Before,
) -> Result<Outcome<D::Reading>, D::Error> {
    conclude_in(device, who, before, None, 1)
}

fn conclude<D: Device>(
    device: &mut D,
    who: &str,
    before: &Before,
    doubt: Option<&str>,
) -> Result<Outcome<D::Reading>, D::Error> {
    let looks = device.patience().restart_looks;
    conclude_in(device, who, before, doubt, looks)
}

fn conclude_in<D: Device>(
    device: &mut D,
    who: &str,
    before: &Before,
    doubt: Option<&str>,
    looks: u32,
) -> Result<Outcome<D::Reading>, D::Error> {
    let between = device.patience().between_restart_looks;
    let watched = watch(device, who, looks, between, |seen, was_silent| {
        let after = Before::of(&seen);
        if restarted(before, &after) {
            let text = "the device restarted: its uptime began again";
            Ok(Outcome::new(ResultCode::Ok, text, seen))
        } else if was_silent && after.up_time.is_none() {
            let text = "the device was silent and is there again; it tells no uptime";
            Ok(Outcome::new(ResultCode::Ok, text, seen))
        } else {
            Err(seen)
        }
    })?;
    let doubt = doubt.map(|why| format!(" (the SET: {why})")).unwrap_or_default();
    Ok(match watched {
        Watched::End(outcome) => outcome,
        Watched::Over(Some(seen)) => Outcome::new(
            ResultCode::RefusedByDevice,
            format!("the device answers and did not restart{doubt}"),
            seen,
        ),
        Watched::Over(None) => {
            let text = format!("the device did not come back restarted in time{doubt}");
            Outcome::new(ResultCode::NotReachable, text, None)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    #[test]
    fn a_restart_writes_the_reset_object_of_the_printer() {
        let binding = reset(3, Reset::PowerCycle);
        assert_eq!(binding.name, oid!("1.3.6.1.2.1.43.5.1.1.3.3"));
        assert_eq!(binding.value, Value::Integer(4));
    }
}
