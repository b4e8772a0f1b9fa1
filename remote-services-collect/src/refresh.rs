//! From a notification of a device to "read this device again soon".
//!
//! ```text
//!  Received ──▶ handle() ──▶ due after a moment, so that a burst becomes one reading
//!                            and no sooner than the pace of that device allows
//!               poll()  ──▶ Refresh { address, groups } ──▶ a reading, by the caller
//! ```
//!
//! A notification is a hint and no reading: it can be forged, repeated or lost, so nothing of it enters the model. It comes
//! from an address that is known, or it is not looked at. However many come, a device is read no more often than
//! [`Pace::least`], and no more memory is taken than the known devices need. Does no I/O and reads no clock.
//!
//! | what came | read again | after |
//! | --- | --- | --- |
//! | printerV2Alert (RFC 3805), by SNMPv1 printerV1Alert | status; supplies too when it is about supplies or trays | a moment |
//! | icAlertV2Trap (PWG 5106.3) | counters | a moment |
//! | coldStart, warmStart (RFC 3418) | everything: another board or firmware may have started | [`Pace::after_start`] |
//! | linkUp | identity: the address may be new | a moment |
//! | a trap below the enterprise of a maker in the profiles | status | a moment |
//! | anything else, such as authenticationFailure and linkDown | nothing | |

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Notification, Received};
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeMap;

use crate::profile::Profiles;
use crate::store::integer;

/// Which parts of a device are worth reading again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Identity, network and properties.
    pub identity: bool,
    /// Status and alerts.
    pub status: bool,
    /// Counters.
    pub counters: bool,
    /// Supplies and paper.
    pub supplies: bool,
}

impl Groups {
    /// Nothing.
    pub const NONE: Self = Self { identity: false, status: false, counters: false, supplies: false };
    /// Everything.
    pub const ALL: Self = Self { identity: true, status: true, counters: true, supplies: true };
    /// Status and alerts only.
    pub const STATUS: Self = Self { status: true, ..Self::NONE };

    fn and(self, other: Self) -> Self {
        Self {
            identity: self.identity || other.identity,
            status: self.status || other.status,
            counters: self.counters || other.counters,
            supplies: self.supplies || other.supplies,
        }
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.identity, "identity"),
            (self.status, "status"),
            (self.counters, "counters"),
            (self.supplies, "supplies"),
        ];
        let words: Vec<&str> = words.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| *word).collect();
        f.write_str(&words.join(", "))
    }
}

/// How soon and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long to wait for more notifications of the same event.
    pub settle: Duration,
    /// How long a device that has started is left alone.
    pub after_start: Duration,
    /// The least time between two readings of one device.
    pub least: Duration,
}

impl Default for Pace {
    /// Two seconds, one minute, one minute.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { settle: Duration::from_secs(2), after_start: minute, least: minute }
    }
}

/// A device that is to be read again now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Where it is.
    pub address: IpAddr,
    /// What of it.
    pub groups: Groups,
}

/// What became of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The device is going to be read again; these groups because of this notification.
    Due(Groups),
    /// It tells of nothing that a reading would show.
    Nothing,
    /// It comes from no device that is known.
    Stranger,
}

/// Collects notifications and says when to read which device again.
#[derive(Debug, Default)]
pub struct Refresher {
    pace: Pace,
    profiles: Profiles,
    devices: BTreeMap<IpAddr, Watched>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Watched {
    /// When to read it, and what.
    due: Option<(Instant, Groups)>,
    /// When it was handed out last.
    last: Option<Instant>,
    notified: bool,
}

impl Refresher {
    /// A collector with this pace and the makers that the profiles know.
    #[must_use]
    pub fn new(pace: Pace, profiles: Profiles) -> Self {
        Self { pace, profiles, devices: BTreeMap::new() }
    }

    /// The devices whose notifications count. What is known of those that stay is kept.
    pub fn know(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        let mut known = core::mem::take(&mut self.devices);
        let kept = addresses.into_iter().map(|address| (address, known.remove(&address).unwrap_or_default()));
        self.devices = kept.collect();
    }

    /// Whether this device has ever sent a notification: that it can is seen, never declared.
    #[must_use]
    pub fn has_notified(&self, address: IpAddr) -> bool {
        self.devices.get(&address).is_some_and(|device| device.notified)
    }

    /// Takes in what a receiver has handed out. By SNMPv1 a proxy may have sent it: then the address in it counts, if that
    /// is known and the sender's is not.
    pub fn handle(&mut self, now: Instant, received: &Received) -> Verdict {
        let agent = received.v1.as_ref().map(|trap| IpAddr::from(trap.agent_addr));
        let known = |address: &IpAddr| self.devices.contains_key(address);
        let sender = Some(received.source.ip().to_canonical()).filter(known).or(agent.filter(known));
        match sender {
            Some(address) => self.notify(now, address, &received.notification),
            None => Verdict::Stranger,
        }
    }

    /// The same for a notification that came another way.
    pub fn notify(&mut self, now: Instant, address: IpAddr, notification: &Notification) -> Verdict {
        let (groups, wait) = self.meaning(notification);
        let Some(device) = self.devices.get_mut(&address) else { return Verdict::Stranger };
        device.notified = true;
        if groups == Groups::NONE {
            return Verdict::Nothing;
        }
        let soon = now + wait;
        let allowed = device.last.map_or(soon, |last| last + self.pace.least);
        let at = soon.max(allowed);
        device.due = Some(match device.due {
            // The first of a burst decides when; but a device that starts is not asked sooner because of it.
            Some((due, before)) => {
                (if wait > self.pace.settle { due.max(at) } else { due }, before.and(groups))
            }
            None => (at, groups),
        });
        Verdict::Due(groups)
    }

    /// A device whose time has come; again until `None`.
    pub fn poll(&mut self, now: Instant) -> Option<Refresh> {
        let due = |device: &Watched| device.due.filter(|(at, _)| *at <= now);
        let (address, (_, groups)) = self
            .devices
            .iter()
            .filter_map(|(address, device)| Some((*address, due(device)?)))
            .min_by_key(|(_, (at, _))| *at)?;
        let device = self.devices.get_mut(&address)?;
        device.due = None;
        device.last = Some(now);
        Some(Refresh { address, groups })
    }

    /// When to poll next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.devices.values().filter_map(|device| device.due).map(|(at, _)| at).min()
    }

    /// What a notification is about, and how long to wait.
    fn meaning(&self, notification: &Notification) -> (Groups, Duration) {
        let (what, settle) = (&notification.trap_oid, self.pace.settle);
        if *what == PRINTER_V2_ALERT {
            return (of_alert(notification), settle);
        }
        if *what == IC_ALERT {
            return (Groups { counters: true, ..Groups::STATUS }, settle);
        }
        if *what == Notification::COLD_START || *what == Notification::WARM_START {
            return (Groups::ALL, self.pace.after_start);
        }
        if *what == Notification::LINK_UP {
            return (Groups { identity: true, ..Groups::NONE }, settle);
        }
        let of_maker = self.profiles.of_object_id(what).is_some();
        (if of_maker { Groups::STATUS } else { Groups::NONE }, settle)
    }
}

/// An alert is about a part: supplies and trays have documents of their own.
fn of_alert(notification: &Notification) -> Groups {
    let group = |varbind: &&remote_services_snmp::VarBind| varbind.name.starts_with(&ALERT_GROUP);
    let group = notification.varbinds.iter().find(group).map(|varbind| &varbind.value).and_then(integer);
    match group {
        // PrtAlertGroupTC: input(8), markerSupplies(11), finSupply(31), finSupplyMediaInput(32).
        Some(8 | 11 | 31 | 32) => Groups { supplies: true, ..Groups::STATUS },
        _ => Groups::STATUS,
    }
}

/// printerV2Alert (RFC 3805). printerV1Alert with specific trap 1 becomes the same (RFC 3584 §3.1).
const PRINTER_V2_ALERT: Oid = oid!("1.3.6.1.2.1.43.18.2.0.1");
/// prtAlertGroup
const ALERT_GROUP: Oid = oid!("1.3.6.1.2.1.43.18.1.1.4");
/// icAlertV2Trap (PWG 5106.3)
const IC_ALERT: Oid = oid!("1.3.6.1.4.1.2699.1.3.0.1");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use remote_services_snmp::Value;

    fn at(seconds: u64) -> Instant {
        Instant::from_start(Duration::from_secs(seconds))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn refresher() -> Refresher {
        let mut refresher = Refresher::new(Pace::default(), Profiles::builtin());
        refresher.know([address(1), address(2)]);
        refresher
    }

    fn alert(group: i32) -> Notification {
        let name = ALERT_GROUP.extend(&[1, 17]).unwrap();
        Notification::new(1, PRINTER_V2_ALERT).with(name, Value::Integer(group))
    }

    #[test]
    fn a_burst_is_one_reading_of_all_that_it_was_about() {
        let mut refresher = refresher();
        assert_eq!(refresher.notify(at(0), address(1), &alert(13)), Verdict::Due(Groups::STATUS));
        let supplies = Groups { supplies: true, ..Groups::STATUS };
        assert_eq!(refresher.notify(at(1), address(1), &alert(11)), Verdict::Due(supplies));
        assert_eq!(refresher.poll(at(1)), None);
        assert_eq!(refresher.next_deadline(), Some(at(2)));
        assert_eq!(refresher.poll(at(2)), Some(Refresh { address: address(1), groups: supplies }));
        assert_eq!((refresher.poll(at(2)), refresher.next_deadline()), (None, None));
    }

    #[test]
    fn a_device_that_cries_without_end_is_read_once_a_minute() {
        let mut refresher = refresher();
        let mut readings = 0;
        for second in 0..600 {
            refresher.notify(at(second), address(1), &alert(13));
            readings += usize::from(refresher.poll(at(second)).is_some());
        }
        assert_eq!(readings, 10);
    }

    #[test]
    fn a_device_that_starts_is_left_alone_until_it_can_answer() {
        let mut refresher = refresher();
        refresher.notify(at(0), address(1), &alert(13));
        let start = Notification::new(0, Notification::COLD_START);
        assert_eq!(refresher.notify(at(1), address(1), &start), Verdict::Due(Groups::ALL));
        assert_eq!(refresher.poll(at(30)), None);
        assert_eq!(refresher.poll(at(61)), Some(Refresh { address: address(1), groups: Groups::ALL }));
    }

    #[test]
    fn strangers_and_what_no_reading_would_show_lead_to_nothing() {
        let mut refresher = refresher();
        assert_eq!(refresher.notify(at(0), address(9), &alert(13)), Verdict::Stranger);
        for nothing in
            [Notification::AUTHENTICATION_FAILURE, Notification::LINK_DOWN, oid!("1.3.6.1.4.1.9.9.41.2.0.1")]
        {
            assert_eq!(refresher.notify(at(0), address(1), &Notification::new(0, nothing)), Verdict::Nothing);
        }
        assert_eq!(refresher.next_deadline(), None);
        assert!(refresher.has_notified(address(1)) && !refresher.has_notified(address(2)));
    }

    #[test]
    fn a_trap_of_a_maker_and_a_link_that_came_up_say_what_to_read() {
        let mut refresher = refresher();
        let xerox = Notification::new(0, oid!("1.3.6.1.4.1.253.8.51.3.0.1"));
        assert_eq!(refresher.notify(at(0), address(1), &xerox), Verdict::Due(Groups::STATUS));
        let link = Notification::new(0, Notification::LINK_UP);
        let Verdict::Due(groups) = refresher.notify(at(0), address(2), &link) else { panic!("due") };
        assert_eq!(groups.to_string(), "identity");
    }

    proptest! {
        #[test]
        fn no_device_is_read_more_often_than_its_pace(events in prop::collection::vec((0_u64..20, 1_u8..4, 0_i32..35, any::<bool>()), 0..200)) {
            let mut refresher = refresher();
            let mut now = 0;
            let mut last: BTreeMap<IpAddr, u64> = BTreeMap::new();
            for (wait, device, group, start) in events {
                now += wait;
                let notification = if start { Notification::new(0, Notification::COLD_START) } else { alert(group) };
                refresher.notify(at(now), address(device), &notification);
                while let Some(refresh) = refresher.poll(at(now)) {
                    prop_assert!(refresh.address != address(3), "a stranger");
                    let before = last.insert(refresh.address, now);
                    prop_assert!(before.is_none_or(|before| now - before >= 60));
                }
            }
        }
    }
}
