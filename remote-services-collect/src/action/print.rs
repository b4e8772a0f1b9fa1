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
    // Without a count from before no later one proves anything: one look is for the report.
    let looks = if before.life_count.is_none() { 1 } else { looks };
    let watched = watch(device, who, looks, between, |seen, _| {
        let (Some(was), Some(is)) = (before.life_count, Before::of(&seen).life_count) else {
            return Err(seen);
        };
        if !is_further(was, is) {
            return Err(seen);
        }
        let text = format!("{what}; the page counter went from {was} to {is}");
        Ok(Outcome::new(ResultCode::Ok, text, seen))
    })?;
    Ok(match watched {
        Watched::End(outcome) => Outcome { text: told(what, outcome.text), here: None, ..outcome },
        Watched::Over(Some(seen)) => {
            let text = match (before.life_count, Before::of(&seen).life_count) {
                (None, _) => format!(
                    "{what}, but the device told no page counter before, so that nothing shows whether a page came out"
                ),
                (_, None) => format!("{what}, but the page counter cannot be read any more"),
                (Some(was), Some(is)) if was != is => {
                    format!("{what}, but the page counter went from {was} to {is}, which shows no page")
                }
                _ => format!("{what}, but the page counter has not moved"),
            };
            Outcome::new(ResultCode::DeviceBusy, text, seen)
        }
        Watched::Over(None) => {
            let text = format!("{what}, and then the device did not answer any more");
            Outcome::new(ResultCode::NotReachable, text, None)
        }
    })
}

/// Whether a page was counted; prtMarkerLifeCount has 32 bits, and may have come to their end.
fn is_further(was: u64, is: u64) -> bool {
    is > was || is.saturating_add(1 << 32).checked_sub(was).is_some_and(|pages| pages <= MOST_PAGES)
}

/// What may be printed while a page is waited for: more than that below is no end of the 32 bits but another count.
const MOST_PAGES: u64 = 10_000;

fn told(what: &str, text: String) -> String {
    if text.starts_with(what) { text } else { format!("{what}; {text}") }
}

const TITLE: &str = "remote-services test page";
