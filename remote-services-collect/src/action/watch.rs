//! Watching a device until something shows.

use core::time::Duration;
use remote_services_core::command::ResultCode;

use super::device::find;
use super::{Before, Device, Outcome, Progress};
use crate::up_time::began_again;

/// What a watch came to.
pub(super) enum Watched<R> {
    /// It came to its end.
    End(Outcome<R>),
    /// The looks are over: the last look, if it was answered.
    Over(Option<R>),
}

/// Looks at most so often, the first time at once, and no longer than as many looks with their waits take of a device that
/// answers at once: what is waited for answers counts. `judge` sees each look that is answered by the right device, and whether
/// looks before it were not answered.
pub(super) fn watch<D: Device>(
    device: &mut D,
    who: &str,
    looks: u32,
    between: Duration,
    mut judge: impl FnMut(D::Reading, bool) -> Result<Outcome<D::Reading>, D::Reading>,
) -> Result<Watched<D::Reading>, D::Error> {
    let (mut last, mut silent) = (None, false);
    let (begun, within) = (device.clock(), between * looks.saturating_sub(1));
    for look in 0..looks {
        if look > 0 {
            let left = within.saturating_sub(device.clock().saturating_sub(begun));
            if left.is_zero() {
                break;
            }
            device.wait(between.min(left))?;
        }
        device.progress(Progress::Watching(look + 1, looks));
        match find(device, who)? {
            Ok(seen) => match judge(seen, silent) {
                Ok(outcome) => return Ok(Watched::End(outcome)),
                Err(seen) => last = Some(seen),
            },
            Err(missing) if missing.another => {
                let text = "another device answers at that address now";
                return Ok(Watched::End(Outcome::new(ResultCode::NotReachable, text, None)));
            }
            Err(_) => (last, silent) = (None, true),
        }
    }
    Ok(Watched::Over(last))
}

/// Whether less time passed on the device than between the looks, by more than its clock may drift: it began again.
pub(super) fn restarted(before: &Before, after: &Before) -> bool {
    let (Some(was), Some(is)) = (before.up_time, after.up_time) else { return false };
    began_again(was, is, after.at.since(before.at).as_millis() / 10)
}
