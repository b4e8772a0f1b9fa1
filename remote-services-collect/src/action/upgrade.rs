//! Give the device another firmware: a file of a known digest to the device that it is for, the restart watched, the version
//! read back.

use remote_services_core::command::ResultCode;
use remote_services_core::status::OverallStatus;

use super::device::find;
use super::watch::{Watched, restarted, watch};
use super::ways::ways;
use super::{Before, Content, Device, Outcome, Package, Seen, Sent, Wish};
use crate::identity::DeviceKey;
use crate::maker::DeviceId;

/// What to send, how, and to whom it may go.
#[derive(Clone, Copy)]
pub struct Upgrade<'a> {
    /// The file.
    pub package: Package<'a>,
    /// How to send it.
    pub wish: Wish<'a>,
    /// The version that must be read back; without one any other than before is right.
    pub version: Option<&'a str>,
    /// The model that it is for: all of what the device calls itself, as its make and model or as the model of its IEEE 1284
    /// id, with or without the name of the manufacturer before it, in whole words and without regard to case.
    pub model: Option<&'a str>,
    /// Versions that it may replace; none named means any.
    pub from: &'a [String],
}

pub(super) fn carry_out<D: Device>(
    device: &mut D,
    who: &str,
    upgrade: &Upgrade<'_>,
) -> Result<Outcome<D::Reading>, D::Error> {
    // The long work comes first, so that the device is looked at immediately before the first octet.
    if let Err(why) = device.verify(&upgrade.package)? {
        return Ok(Outcome::new(ResultCode::IntegrityFailed, format!("{why}; nothing was sent"), None));
    }
    let seen = match find(device, who)? {
        Ok(seen) => seen,
        Err(missing) => return Ok(missing.into()),
    };
    if let Some((code, why)) = obstacle(&seen, upgrade) {
        return Ok(Outcome::new(code, format!("{why}; nothing was sent"), seen));
    }
    let before = Before::of(&seen);
    if let (Some(wanted), Some(is)) = (upgrade.version, &before.firmware)
        && wanted == is
    {
        return Ok(Outcome::new(
            ResultCode::Ok,
            format!("version {is} runs already; nothing was sent"),
            seen,
        ));
    }
    device.keep(&before)?;
    // One way only: what may have been taken as a firmware by one port is not sent to another.
    let Some(way) = ways(seen.store(), upgrade.wish).into_iter().next() else {
        return Ok(Outcome::new(ResultCode::RefusedByDevice, "the device offers no way to send it", seen));
    };
    let content = Content::Package(&upgrade.package);
    let what = match device.send(seen.address(), &way, upgrade.package.name, content)? {
        Sent::Nothing(why) => {
            return Ok(Outcome::new(
                ResultCode::NotReachable,
                format!("{way}: {why}; nothing was sent"),
                seen,
            ));
        }
        Sent::Changed(octets) => {
            let text = format!(
                "the file changed while it was sent: {octets} octets went {way} and the rest was held back"
            );
            return Ok(Outcome::new(ResultCode::IntegrityFailed, text, seen));
        }
        Sent::Whole(octets) => format!("{octets} octets sent {way}"),
        Sent::Broken(octets, why) => {
            format!("{octets} of {} octets sent {way}, then: {why}", upgrade.package.size)
        }
    };
    let looks = device.patience().upgrade_looks;
    conclude(device, who, upgrade, &before, &what, looks)
}

/// What became of it before this process ended: the version tells.
pub(super) fn look_after<D: Device>(
    device: &mut D,
    who: &str,
    upgrade: &Upgrade<'_>,
    before: &Before,
) -> Result<Outcome<D::Reading>, D::Error> {
    let looks = device.patience().upgrade_looks;
    conclude(device, who, upgrade, before, "interrupted while upgrading", looks)
}

/// Why this device may not have it, if so.
fn obstacle(seen: &impl Seen, upgrade: &Upgrade<'_>) -> Option<(ResultCode, String)> {
    let identity = &seen.report().identity;
    if !matches!(seen.key(), DeviceKey::Serial { .. } | DeviceKey::Mac(_)) {
        let why = "the device tells neither serial number nor MAC address, so that another could stand in its place";
        return Some((ResultCode::RefusedByDevice, why.to_owned()));
    }
    let by_id = identity.device_id_1284.as_deref().and_then(|id| DeviceId::parse(id).model());
    let models = [identity.make_and_model.as_deref(), by_id];
    let maker = identity.manufacturer.as_deref();
    if let Some(wanted) = upgrade.model
        && !models.iter().flatten().any(|model| is_model(model, maker, wanted))
    {
        let model = models[0].or(models[1]).unwrap_or_default();
        let part = words(model).iter().any(|word| words(wanted).contains(word));
        let hint = if part { ", and a part of its name could be another model's" } else { "" };
        let why = format!("the file is for {wanted}, the device is {model:?}{hint}");
        return Some((ResultCode::UnsupportedPackage, why));
    }
    let version = identity.firmware_version.as_deref().unwrap_or("unknown");
    if !upgrade.from.is_empty() && !upgrade.from.iter().any(|from| from == version) {
        let why = format!("the file may not replace version {version}");
        return Some((ResultCode::UnsupportedPackage, why));
    }
    (seen.report().status.overall == OverallStatus::Busy)
        .then(|| (ResultCode::DeviceBusy, "the device is at work".to_owned()))
}

/// Whether these words are the model: all of them, for a C300 is neither an IM C300 nor an MP C300. No words fit nothing.
fn is_model(model: &str, manufacturer: Option<&str>, wanted: &str) -> bool {
    let (model, wanted) = (words(model), words(wanted));
    let maker = words(manufacturer.unwrap_or_default());
    let without_maker = model.strip_prefix(&*maker).unwrap_or(&model);
    !wanted.is_empty() && (wanted == model || wanted == without_maker)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

fn conclude<D: Device>(
    device: &mut D,
    who: &str,
    upgrade: &Upgrade<'_>,
    before: &Before,
    what: &str,
    looks: u32,
) -> Result<Outcome<D::Reading>, D::Error> {
    let between = device.patience().between_restart_looks;
    let (mut came_back, mut settled) = (false, 0);
    let was = before.firmware.as_deref().unwrap_or("unknown");
    let watched = watch(device, who, looks, between, |seen, was_silent| {
        let after = Before::of(&seen);
        let is = after.firmware.as_deref().unwrap_or("unknown").to_owned();
        let right = match upgrade.version {
            Some(wanted) => after.firmware.as_deref() == Some(wanted),
            None => after.firmware.is_some() && after.firmware != before.firmware,
        };
        came_back |= restarted(before, &after) || (was_silent && after.up_time.is_none());
        if right && came_back {
            let text = format!("{what}; the device restarted, version {was} became {is}");
            return Ok(Outcome::new(ResultCode::Ok, text, seen));
        }
        // Some devices restart more than once: the version has time to settle.
        settled += u32::from(came_back);
        if settled < SETTLED {
            return Err(seen);
        }
        let wanted = upgrade.version.map(|wanted| format!(" and not {wanted}")).unwrap_or_default();
        let text = format!("{what}; the device restarted and has version {is}{wanted}");
        Ok(Outcome::new(ResultCode::RefusedByDevice, text, seen))
    })?;
    Ok(match watched {
        Watched::End(outcome) if outcome.text.starts_with(what) => outcome,
        Watched::End(outcome) => Outcome { text: format!("{what}; {}", outcome.text), here: None, ..outcome },
        Watched::Over(Some(seen)) => {
            let console = seen.report().status.console_messages.first();
            let console = console.map(|line| format!("; its console says {line:?}")).unwrap_or_default();
            let is = seen.report().identity.firmware_version.as_deref().unwrap_or("unknown");
            let done = if came_back { "it restarted and" } else { "it did not restart and" };
            let text = format!("{what}, but {done} has version {is}");
            let here = format!("{text}{console}");
            Outcome::new(ResultCode::RefusedByDevice, text, seen).with_words(here)
        }
        Watched::Over(None) => {
            let text = format!("{what}, and then the device did not come back in time");
            Outcome::new(ResultCode::NotReachable, text, None)
        }
    })
}

/// Looks after a restart until a version counts as the one that stays.
const SETTLED: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_by_whole_words() {
        for (model, maker, wanted) in [
            ("Xerox AltaLink C8155", Some("Xerox"), " altalink c8155"),
            ("Xerox AltaLink C8155", None, "Xerox AltaLink C8155"),
            ("RICOH IM C300", Some("Ricoh"), "IM  C300"),
            ("RICOH IM C300", Some("Ricoh"), "Ricoh IM C300"),
            ("X 5", None, "X 5"),
        ] {
            assert!(is_model(model, maker, wanted), "{model} {wanted}");
        }
        for (model, maker, wanted) in [
            ("Xerox AltaLink C8155", Some("Xerox"), "5"),
            ("Xerox AltaLink C8155", Some("Xerox"), "C8155"),
            ("Xerox AltaLink C8155", Some("Xerox"), ""),
            ("RICOH IM C300", Some("Ricoh"), "C300"),
            ("RICOH MP C300", Some("Ricoh"), "C300"),
            ("RICOH MP C300", Some("Ricoh"), "IM C300"),
            ("", None, " "),
            ("Xerox", Some("Xerox"), ""),
            ("C300", None, "IM C300"),
        ] {
            assert!(!is_model(model, maker, wanted), "{model} {wanted}");
        }
    }
}
