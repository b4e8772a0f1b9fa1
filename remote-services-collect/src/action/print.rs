//! Print a test page: in a language that the device names, by a way that it offers; proof by its page counter.

use remote_services_core::command::ResultCode;

use super::device::find;
use super::watch::{Watched, watch};
use super::ways::ways;
use super::{Before, Content, Device, Outcome, Seen, Sent, Wish, test_page};

pub(super) fn carry_out<D: Device>(
    device: &mut D,
    who: &str,
    wish: Wish<'_>,
) -> Result<Outcome<D::Reading>, D::Error> {
    let seen = match find(device, who)? {
        Ok(seen) => seen,
        Err(missing) => return Ok(missing.into()),
    };
    let before = Before::of(&seen);
    let identity = &seen.report().identity;
    let model = identity.make_and_model.clone().unwrap_or_default();
    let serial = identity.serial_number.clone().unwrap_or_default();
    let lines = [TITLE, &model, &serial, &before.at.to_string()];
    let page = match test_page(&seen.report().properties.interpreters, &lines) {
        Ok(page) => page,
        Err(error) => return Ok(Outcome::new(ResultCode::RefusedByDevice, error.to_string(), seen)),
    };
    device.keep(&before)?;
    let mut closed = Vec::new();
    for way in ways(seen.store(), wish) {
        let what = match device.send(seen.address(), &way, TITLE, Content::Job(&page.bytes))? {
            Sent::Whole(octets) => format!("{octets} octets of {:?} sent {way}", page.language),
            Sent::Broken(octets, why) => {
                format!("{octets} octets of {:?} sent {way}, then: {why}", page.language)
            }
            // Nothing came out, so another way may be tried.
            Sent::Nothing(why) => {
                closed.push(format!("{way}: {why}"));
                continue;
            }
            Sent::Changed(_) => continue,
        };
        let looks = device.patience().page_looks;
        return conclude(device, who, &before, &what, looks);
    }
    Ok(Outcome::new(ResultCode::NotReachable, closed.join("; "), seen))
}

/// Whether the page came out before this process ended: the page counter knows.
pub(super) fn look_after<D: Device>(
    device: &mut D,
    who: &str,
    before: &Before,
) -> Result<Outcome<D::Reading>, D::Error> {
    conclude(device, who, before, "interrupted while printing", 1)
}

/// Looks until the page counter moves, a few times at most, and reports the last look.
fn conclude<D: Device>(
    device: &mut D,
    who: &str,
    before: &Before,
    what: &str,
    looks: u32,
) -> Result<Outcome<D::Reading>, D::Error> {
    let between = device.patience().between_page_looks;
    let watched = watch(device, who, looks, between, |seen, _| {
        let after = Before::of(&seen);
        if after.life_count == before.life_count {
            return Err(seen);
        }
        let shown =
            |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
        let (was, is) = (shown(before.life_count), shown(after.life_count));
        let text = format!("{what}; the page counter went from {was} to {is}");
        Ok(Outcome::new(ResultCode::Ok, text, seen))
    })?;
    Ok(match watched {
        Watched::End(outcome) => Outcome { text: told(what, outcome.text), ..outcome },
        Watched::Over(Some(seen)) => {
            let text = format!("{what}, but the page counter has not moved");
            Outcome::new(ResultCode::DeviceBusy, text, seen)
        }
        Watched::Over(None) => {
            let text = format!("{what}, and then the device did not answer any more");
            Outcome::new(ResultCode::NotReachable, text, None)
        }
    })
}

fn told(what: &str, text: String) -> String {
    if text.starts_with(what) { text } else { format!("{what}; {text}") }
}

const TITLE: &str = "remote-services test page";
