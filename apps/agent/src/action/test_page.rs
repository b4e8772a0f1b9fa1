//! Print a test page: raw TCP, in a language that the device names, and proof by its page counter.

use super::{Done, Hands, find, look, raw_print};
use crate::failure::Failure;
use crate::journal::Before;
use crate::survey::Reading;
use remote_services_collect::action::{raw_port, test_page};
use remote_services_core::command::ResultCode;
use remote_services_core::id::Uuid;
use remote_services_transport::execution::Begun;
use remote_services_transport::spool::Class;
use std::net::SocketAddr;
use std::time::Duration;

/// `_begun` shows that the journal knows that paper may come out.
pub(super) fn carry_out(device: Uuid, hands: &mut Hands<'_>, _begun: &Begun) -> Result<Done, Failure> {
    let reading = match find(device, hands)? {
        Ok(reading) => reading,
        Err(done) => return Ok(done),
    };
    let before = look(&reading);
    (hands.keep)(before.clone())?;
    let identity = &reading.report.identity;
    let model = identity.make_and_model.clone().unwrap_or_default();
    let serial = identity.serial_number.clone().unwrap_or_default();
    let lines = ["remote-services test page", &model, &serial, &before.at.to_string()];
    let page = match test_page(&reading.report.properties.interpreters, &lines) {
        Ok(page) => page,
        Err(error) => return Ok(Done::with(ResultCode::RefusedByDevice, error.to_string(), Vec::new())),
    };
    let address = SocketAddr::new(reading.address.ip(), raw_port(&reading.store));
    if let Err(error) = raw_print::send(address, &page.bytes, SEND_TIMEOUT) {
        return Ok(Done::with(
            ResultCode::NotReachable,
            format!("print port {address}: {error}"),
            Vec::new(),
        ));
    }
    let sent = format!("{} octets of {:?} sent to {address}", page.bytes.len(), page.language);
    conclude(device, &before, &sent, LOOKS, hands)
}

/// Whether the page came out before the agent stopped: the page counter knows.
pub(super) fn look_after(
    device: Uuid,
    before: Option<&Before>,
    hands: &mut Hands<'_>,
) -> Result<Done, Failure> {
    match before {
        Some(before) => conclude(device, before, "interrupted while printing", 1, hands),
        // The look is kept before anything is sent: no look, no paper.
        None => Ok(Done::with(ResultCode::Internal, "interrupted before anything was sent", Vec::new())),
    }
}

/// Looks until the page counter moves, a few times at most, and reports the last look.
fn conclude(
    device: Uuid,
    before: &Before,
    what: &str,
    looks: u32,
    hands: &mut Hands<'_>,
) -> Result<Done, Failure> {
    let mut reading = None;
    for attempt in 0..looks {
        if attempt > 0 && hands.site.wait(BETWEEN_LOOKS) {
            return Err(Failure::interrupted());
        }
        match find(device, hands)? {
            Ok(seen) if look(&seen).life_count != before.life_count => {
                return moved(seen, before, what, hands);
            }
            Ok(seen) => reading = Some(seen),
            Err(done) if reading.is_none() && attempt + 1 == looks => return Ok(done),
            Err(_) => {}
        }
    }
    let mut evidence = Vec::new();
    if let Some(mut reading) = reading {
        evidence.push(hands.site.keep(&mut reading, Class::Result)?.1);
    }
    let text = format!("{what}, but the page counter has not moved");
    Ok(Done::with(ResultCode::DeviceBusy, text, evidence))
}

fn moved(mut reading: Reading, before: &Before, what: &str, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    let (_, upload) = hands.site.keep(&mut reading, Class::Result)?;
    let shown = |count: Option<u64>| count.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
    let counters = &reading.report.counters;
    let event = counters.events.first().map(|event| format!(" ({event})")).unwrap_or_default();
    let text = format!(
        "{what}; the page counter went from {} to {}{event}",
        shown(before.life_count),
        shown(look(&reading).life_count)
    );
    Ok(Done::with(ResultCode::Ok, text, vec![upload]))
}

const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// A cold device takes its time to warm up and print.
const LOOKS: u32 = 30;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
