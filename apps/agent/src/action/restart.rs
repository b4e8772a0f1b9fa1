//! Restart the device: prtGeneralReset, and proof by sysUpTime starting again.

use super::{Done, Hands, find, look};
use crate::failure::Failure;
use crate::journal::Before;
use remote_services_collect::action::{Reset, reset};
use remote_services_collect::build::printer_index;
use remote_services_core::command::ResultCode;
use remote_services_core::id::Uuid;
use remote_services_transport::execution::Begun;
use remote_services_transport::spool::Class;
use std::time::Duration;

/// `_begun` shows that the journal knows that the device may restart.
pub(super) fn carry_out(device: Uuid, hands: &mut Hands<'_>, _begun: &Begun) -> Result<Done, Failure> {
    let reading = match find(device, hands)? {
        Ok(reading) => reading,
        Err(done) => return Ok(done),
    };
    let Some(index) = printer_index(&reading.store) else {
        return Ok(Done::with(ResultCode::RefusedByDevice, "the device has no printer to reset", Vec::new()));
    };
    let before = look(&reading);
    (hands.keep)(before.clone())?;
    if let Err(failure) =
        hands.asker.set(reading.address, reading.credential, vec![reset(index, Reset::PowerCycle)])
    {
        return Ok(Done::with(ResultCode::RefusedByDevice, failure.sentence, Vec::new()));
    }
    conclude(device, &before, LOOKS, hands)
}

/// Whether the device restarted before the agent stopped: sysUpTime knows.
pub(super) fn look_after(
    device: Uuid,
    before: Option<&Before>,
    hands: &mut Hands<'_>,
) -> Result<Done, Failure> {
    match before {
        Some(before) => conclude(device, before, 1, hands),
        // The look is kept before anything is written: no look, no restart.
        None => Ok(Done::with(ResultCode::Internal, "interrupted before anything was written", Vec::new())),
    }
}

fn conclude(device: Uuid, before: &Before, looks: u32, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    for attempt in 0..looks {
        if attempt > 0 && hands.site.wait(BETWEEN_LOOKS) {
            return Err(Failure::interrupted());
        }
        if let Ok(mut reading) = find(device, hands)? {
            let after = look(&reading);
            if restarted(before, &after) {
                let (_, upload) = hands.site.keep(&mut reading, Class::Result)?;
                return Ok(Done::with(
                    ResultCode::Ok,
                    "the device restarted: its uptime began again",
                    vec![upload],
                ));
            }
        }
    }
    Ok(Done::with(ResultCode::NotReachable, "the device did not come back restarted in time", Vec::new()))
}

/// Whether less time passed on the device than between the looks, by more than its clock may drift.
fn restarted(before: &Before, after: &Before) -> bool {
    let (Some(was), Some(is)) = (before.up_time, after.up_time) else { return false };
    let between = after.at.since(before.at).as_millis() / 10;
    let expected = u128::from(was) + between;
    u128::from(is) + 100 + between / 100 < expected
}

/// Devices take minutes to start.
const LOOKS: u32 = 120;
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::time::Timestamp;

    fn look_at(seconds: i64, up_time: u64) -> Before {
        Before { life_count: None, up_time: Some(up_time), at: Timestamp::from_unix_seconds(seconds) }
    }

    #[test]
    fn a_restart_shows_in_the_uptime_even_when_it_is_longer_than_before() {
        assert!(restarted(&look_at(1000, 500_000), &look_at(1010, 300)));
        assert!(restarted(&look_at(1000, 500), &look_at(1600, 50_000)));
        assert!(!restarted(&look_at(1000, 500), &look_at(1600, 60_500)));
        assert!(!restarted(&look_at(1000, 500_000), &look_at(1002, 500_150)));
    }
}
