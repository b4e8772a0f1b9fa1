//! Ping, then fetch the latest state.

use super::ping::ping;
use super::{Done, Hands, find};
use crate::failure::Failure;
use remote_services_core::command::ResultCode;
use remote_services_core::id::Uuid;
use remote_services_transport::spool::Class;
use std::time::Duration;

pub(super) fn carry_out(device: Uuid, hands: &mut Hands<'_>) -> Result<Done, Failure> {
    let Some(known) = hands.site.memory.device(device) else {
        return Ok(Done::with(ResultCode::Internal, "the device is not known here", Vec::new()));
    };
    let answer = ping(known.address.ip(), Duration::from_secs(2));
    let mut reading = match find(device, hands)? {
        Ok(reading) => reading,
        Err(mut done) => {
            done.result.text = format!("{answer}; {}", done.result.text);
            return Ok(done);
        }
    };
    let (_, upload) = hands.site.keep(&mut reading, Class::Result)?;
    let status = &reading.report.status;
    let alerts = match status.alerts.as_slice() {
        [] => "no alerts".to_owned(),
        [alert, rest @ ..] => {
            let first = alert.description.clone().unwrap_or_else(|| alert.code.words());
            if rest.is_empty() { first } else { format!("{first}, and {} more alerts", rest.len()) }
        }
    };
    Ok(Done::with(
        ResultCode::Ok,
        format!("{answer}; the device is {}: {alerts}", status.overall),
        vec![upload],
    ))
}
