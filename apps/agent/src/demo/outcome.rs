//! The three commands of the demo, and what must come of them.

use super::operator::Operator;
use crate::failure::Failure;
use crate::intake::Device;
use crate::present::{printable, table};
use crate::site::Site;
use remote_services_core::id::Uuid;
use remote_services_transport::client::blocking::StopFlag;
use serde_json::Value;
use std::time::{Duration, Instant};

/// A command and the state that it must reach.
pub(super) struct Wanted {
    command: Uuid,
    action: &'static str,
    state: &'static str,
}

/// Waits until the server has opened everything that was uploaded.
///
/// # Errors
/// When it sets something aside, puts it off, or does not come to an end within a minute.
pub(super) fn wait_until_opened(
    operator: &Operator,
    put_off: &dyn Fn() -> Option<String>,
    stop: &StopFlag,
) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        if let Some(bad) = first(&operator.get("uploads?state=quarantined&limit=1")?) {
            return Err(Failure::failed(format_args!(
                "the server set upload {} aside: {}",
                bad["upload"].as_str().unwrap_or("?"),
                bad["reason"].as_str().unwrap_or("?")
            )));
        }
        if first(&operator.get("uploads?state=received&limit=1")?).is_none() {
            return Ok(());
        }
        // It would try again later, but whatever its disk or database lacks is not here to come by itself.
        if let Some(why) = put_off() {
            return Err(Failure::failed(format_args!("the server cannot open the uploads: {why}")));
        }
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(Failure::failed("the server has not opened all uploads within a minute"));
        }
        if stop.wait(Duration::from_millis(100)) {
            return Err(Failure::interrupted());
        }
    }
}

fn first(list: &Value) -> Option<&Value> {
    list.as_array().or_else(|| list["uploads"].as_array()).and_then(|uploads| uploads.first())
}

/// Queues a troubleshoot, a test page and a restart, which the administrator has disabled.
///
/// # Errors
/// When the server does not take them.
pub(super) fn queue(
    operator: &Operator,
    site: &Site,
    devices: &[Device],
    ports: (u16, u16),
) -> Result<Vec<Wanted>, Failure> {
    let known = operator.get("devices?limit=1000")?;
    let find = |offset: u16| -> Result<(String, String), Failure> {
        let device = devices
            .iter()
            .find(|device| device.address.port() == ports.0.saturating_add(offset))
            .or_else(|| devices.first())
            .ok_or_else(|| Failure::failed("no device to act on"))?;
        let serial = device.report.identity.serial_number.clone().unwrap_or_default();
        known["devices"]
            .as_array()
            .and_then(|known| known.iter().find(|device| device["serial"].as_str() == Some(&serial)))
            .and_then(|device| Some((device["id"].as_str()?.to_owned(), serial.clone())))
            .ok_or_else(|| {
                Failure::failed(format_args!(
                    "the server does not list the device with serial number {serial}"
                ))
            })
    };
    let mut wanted = Vec::new();
    for (action, offset, state, reason) in [
        ("troubleshoot", JAMMED, "succeeded", "the paper jam was reported"),
        ("printTestPage", AT_WRAP, "succeeded", "see whether the page counter goes round"),
        ("restart", JAMMED, "rejected", "the administrator has disabled this one"),
    ] {
        let (device, serial) = find(offset)?;
        let command = operator.queue(site.client.id(), &device, action, reason)?;
        say!("   {action} for {serial}: {command}");
        wanted.push(Wanted { command, action, state });
    }
    Ok(wanted)
}

/// Shows what the server knows of the commands, and compares.
///
/// # Errors
/// When one of them ended otherwise.
pub(super) fn compare(operator: &Operator, wanted: &[Wanted]) -> Result<(), Failure> {
    let mut table = table(&["Action", "Outcome", "What the agent reported"]);
    let mut wrong = Vec::new();
    for Wanted { command, action, state } in wanted {
        let view = operator.get(&format!("commands/{command}"))?;
        let last = view["executions"]
            .as_array()
            .and_then(|executions| executions.last())
            .cloned()
            .unwrap_or_default();
        let found = view["state"].as_str().unwrap_or("?").to_owned();
        let outcome = match (found.as_str(), last["reason"].as_str()) {
            ("succeeded", _) => "done".to_owned(),
            ("rejected", Some("blockedByPolicy")) => "refused: disabled".to_owned(),
            (other, reason) => format!("{other} {}", reason.unwrap_or_default()),
        };
        let text = last["result"]["text"].as_str().or(last["reason"].as_str()).unwrap_or_default();
        table.add_row([(*action).to_owned(), outcome, printable(text)]);
        if found != *state {
            wrong.push(format!("{action} is {found} and should be {state}"));
        }
    }
    say!("{table}");
    if wrong.is_empty() { Ok(()) } else { Err(Failure::failed(wrong.join("; "))) }
}

/// Ports, from the first, of the printers that have these faults.
const JAMMED: u16 = 3;
const AT_WRAP: u16 = 5;
