//! Traps and informs of what enters and leaves the alert table (printerV2Alert), and of starts.

use crate::device::alerts::Alert;
use crate::device::{Device, Event};
use crate::printer::Core;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::driver::tokio::NotificationSender;
use remote_services_snmp::engine::Credentials;
use remote_services_snmp::engine::notify::{Notification, Notifier, NotifierConfig, Target};
use remote_services_snmp::{Oid, Value, oid};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// printerV2Alert
const ALERT: Oid = oid!("1.3.6.1.2.1.43.18.2.0.1");
const ALERT_ENTRY: Oid = oid!("1.3.6.1.2.1.43.18.1.1");

/// Who is told: in text `[inform:]VERSION[:COMMUNITY]@ADDRESS:PORT`, with version 1, 2c or 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    /// In which version.
    pub version: ReceiverVersion,
    /// Whether it has to acknowledge.
    pub inform: bool,
}

/// How a receiver is talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiverVersion {
    /// SNMPv1, in this community or that of the guests.
    V1(Option<String>),
    /// SNMPv2c, in this community or that of the guests.
    V2c(Option<String>),
    /// SNMPv3, as the user of the guests.
    V3,
}

/// Why text names no receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverError(&'static str);

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: a receiver is [inform:]VERSION[:COMMUNITY]@ADDRESS:PORT with version 1, 2c or 3",
            self.0
        )
    }
}

impl std::error::Error for ReceiverError {}

impl FromStr for Receiver {
    type Err = ReceiverError;

    fn from_str(text: &str) -> Result<Self, ReceiverError> {
        let (who, address) = text.rsplit_once('@').ok_or(ReceiverError("no @"))?;
        let address = address.parse().map_err(|_| ReceiverError("no address with a port"))?;
        let (inform, who) = who.strip_prefix("inform:").map_or((false, who), |who| (true, who));
        let (version, community) =
            who.split_once(':').map_or((who, None), |(version, it)| (version, Some(it)));
        let community = community.map(str::to_owned);
        let version = match version {
            "1" if inform => return Err(ReceiverError("SNMPv1 has no informs")),
            "1" => ReceiverVersion::V1(community),
            "2c" => ReceiverVersion::V2c(community),
            "3" if community.is_none() => ReceiverVersion::V3,
            "3" => return Err(ReceiverError("SNMPv3 has no community")),
            _ => return Err(ReceiverError("no version")),
        };
        Ok(Self { address, version, inform })
    }
}

/// Tells receivers, until it is dropped.
pub(crate) struct Teller {
    sender: NotificationSender,
}

impl Teller {
    /// # Errors
    /// When a receiver wants SNMPv3 and there is no user, or the socket cannot be had.
    pub(crate) fn new(core: &Core, receivers: &[Receiver]) -> io::Result<Self> {
        let other = |error: &dyn fmt::Display| io::Error::other(error.to_string());
        let engines = core.engines();
        let guests = engines.guests();
        let address = core.look(|device| device.options().address.octets());
        let config = NotifierConfig { agent_address: address, ..NotifierConfig::default() };
        let mut notifier =
            Notifier::new(config, engines.provider(), os_random()).map_err(|error| other(&error))?;
        for receiver in receivers {
            let community =
                |given: &Option<String>| given.clone().unwrap_or_else(|| guests.community.clone());
            let credentials = match &receiver.version {
                ReceiverVersion::V1(given) => Credentials::v1(community(given)),
                ReceiverVersion::V2c(given) => Credentials::v2c(community(given)),
                ReceiverVersion::V3 => {
                    guests.user_credentials().ok_or_else(|| other(&"a receiver by SNMPv3 needs a user"))?
                }
            };
            let target = if receiver.inform {
                Target::inform(receiver.address, credentials)
            } else {
                Target::trap(receiver.address, credentials)
            };
            notifier.add_target(target).map_err(|error| other(&error))?;
        }
        let sender = NotificationSender::bind_any(notifier, core.engine_clock)?;
        Ok(Self { sender })
    }

    pub(crate) async fn run(mut self, core: Arc<Core>) {
        let mut under_way = false;
        loop {
            let wait = core.until_next_event();
            tokio::select! {
                () = core.stirred() => {}
                () = sleep(wait) => {}
                outcome = self.sender.next(), if under_way => {
                    // What a receiver does not acknowledge, it does not know; nobody else is to be told of that.
                    under_way = matches!(outcome, Ok(Some(_)));
                    continue;
                }
            }
            core.tell(|event, device, engine| {
                under_way |= self.sender.notify(engine, &notification(event, device)).is_ok();
            });
        }
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait.max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}

/// What is told of an event.
fn notification(event: &Event, device: &Device) -> Notification {
    let uptime = device.up_time();
    match event {
        Event::Started { cold: true } => Notification::new(uptime, Notification::COLD_START),
        Event::Started { cold: false } => Notification::new(uptime, Notification::WARM_START),
        Event::Entered(alert) => of_alert(uptime, device, alert, None),
        Event::Left(alert) => of_alert(uptime, device, alert, Some(REMOVAL)),
    }
}

/// printerV2Alert with its six objects. That a row has left is told as an event of the alert group with the index of the row
/// (RFC 3805 §2.2.13.4, alertRemovalOfBinaryChangeEntry).
fn of_alert(uptime: u32, device: &Device, alert: &Alert, code: Option<i32>) -> Notification {
    let printer = device.layout().device.unwrap_or(1);
    let index = i32::try_from(alert.index).unwrap_or(0);
    let (group, group_index) =
        if code.is_some() { (ALERT_GROUP, index) } else { (alert.group, alert.group_index) };
    let values = [
        (1, index),
        (2, alert.severity),
        (4, group),
        (5, group_index),
        (6, alert.location),
        (7, code.unwrap_or(alert.code)),
    ];
    let mut notification = Notification::new(uptime, ALERT);
    for (column, value) in values {
        if let Ok(name) = ALERT_ENTRY.extend(&[column, printer, alert.index]) {
            notification = notification.with(name, Value::Integer(value));
        }
    }
    notification
}

/// alertRemovalOfBinaryChangeEntry
const REMOVAL: i32 = 1801;
/// prtAlertGroup alert(18)
const ALERT_GROUP: i32 = 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_are_read_and_what_cannot_be_is_said() {
        let read = |text: &str| text.parse::<Receiver>();
        let informed = read("inform:2c:site@127.0.0.1:1162").unwrap();
        assert!(informed.inform && informed.version == ReceiverVersion::V2c(Some("site".to_owned())));
        assert_eq!(read("3@[::1]:162").unwrap().version, ReceiverVersion::V3);
        for text in ["2c", "2c@host", "4@127.0.0.1:1", "inform:1@127.0.0.1:1", "3:x@127.0.0.1:1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
