//! Faults of the past, for devices that keep none: what was raised since, from reading to reading.
//!
//! The caller keeps a [`FaultLog`] for each device and hands every new status to [`FaultLog::observe`]. A critical alert that
//! was not in force at the reading before is a fault; one that goes on is the same one. Where the maker keeps a history
//! itself, that one is reported and the log only goes on. An alert that came and went between two readings is seen only by a
//! notification; see [`refresh`](crate::refresh).

use crate::up_time::began_again;
use remote_services_core::status::{Alert, AlertSeverity, Fault, FaultHistory, Status};
use remote_services_core::time::{DateTime, Timestamp};
use std::collections::VecDeque;

/// What is remembered of the faults of one device. Plain data, for the caller to store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultLog {
    /// Faults of the past, latest first. At most [`MOST_FAULTS`].
    pub faults: VecDeque<Fault>,
    /// Alerts in force at the reading before.
    pub open: Vec<OpenAlert>,
    /// sysUpTime at the reading before, and when that was.
    pub uptime: Option<(u64, Timestamp)>,
}

/// An alert in force, as far as it is the same one at the next reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAlert {
    /// prtAlertIndex: never used twice until the device starts anew.
    pub index: i64,
    /// prtAlertCode.
    pub code: i64,
    /// The part: number of its group, its index and the place.
    pub place: (i64, i64, i64),
}

/// Faults that are kept of one device: more than the forty that have to be.
pub const MOST_FAULTS: usize = 64;

impl FaultLog {
    /// Takes in a status: what is new in it is noted, and the log becomes its history unless the device has one of its own.
    /// `read_at` is the time of faults whose alert tells none.
    pub fn observe(&mut self, status: &mut Status, read_at: Timestamp) {
        let restarted = match (self.uptime, status.uptime) {
            (Some((was, at)), Some(is)) => began_again(was, is, read_at.since(at).as_millis() / 10),
            _ => false,
        };
        let same = |before: &OpenAlert, now: &OpenAlert| {
            before.code == now.code && before.place == now.place && (restarted || before.index == now.index)
        };
        let critical = status.alerts.iter().filter(|alert| alert.severity == AlertSeverity::Critical);
        let mut now_open = Vec::new();
        let mut raised = Vec::new();
        for alert in critical {
            let open = OpenAlert::of(alert);
            if !self.open.iter().any(|before| same(before, &open)) {
                raised.push(fault(alert, read_at));
            }
            now_open.push(open);
        }
        raised.sort_by_key(|fault| fault.occurred_at.map(DateTime::as_written));
        for fault in raised {
            self.faults.push_front(fault);
        }
        self.faults.truncate(MOST_FAULTS);
        self.open = now_open;
        self.uptime = status.uptime.map(|uptime| (uptime, read_at)).or(self.uptime);
        let own = status.fault_history.as_ref().is_some_and(|history| !history.faults.is_empty());
        if !own && !self.faults.is_empty() {
            let history = status.fault_history.get_or_insert_with(FaultHistory::default);
            history.faults = self.faults.iter().cloned().collect();
            status.header.withheld.retain(|withheld| !withheld.element.starts_with("FaultHistory"));
            status.header.source("FaultHistory/Fault", "rule:alerts-over-time", None);
        }
    }
}

impl OpenAlert {
    fn of(alert: &Alert) -> Self {
        let group = alert.group.number().unwrap_or(0);
        let place = (group, alert.group_index.unwrap_or(-2), alert.location.unwrap_or(-2));
        Self { index: alert.index, code: alert.code.0, place }
    }
}

fn fault(alert: &Alert, read_at: Timestamp) -> Fault {
    let index = alert.group_index.filter(|index| *index > 0).map(|index| format!(" {index}"));
    Fault {
        code: alert.code.to_string(),
        description: alert.description.clone(),
        occurred_at: Some(alert.raised_at.unwrap_or(read_at).into()),
        component: Some(format!("{}{}", alert.group, index.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::alert_code::AlertCode;
    use remote_services_core::status::AlertGroup;

    fn alert(index: i64, code: i64, severity: AlertSeverity) -> Alert {
        let (group, group_index) = (AlertGroup::MediaPath, Some(1));
        Alert { index, severity, group, group_index, code: AlertCode(code), ..Alert::default() }
    }

    fn status(uptime: u64, alerts: Vec<Alert>) -> Status {
        Status { uptime: Some(uptime), alerts, ..Status::default() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn codes(status: &Status) -> Vec<&str> {
        status
            .fault_history
            .as_ref()
            .map(|history| history.faults.iter().map(|fault| fault.code.as_str()).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_fault_that_goes_on_is_one_and_one_that_comes_again_is_another() {
        let mut log = FaultLog::default();
        let jam =
            |index| vec![alert(index, 8, AlertSeverity::Critical), alert(99, 1104, AlertSeverity::Warning)];
        let mut first = status(100, jam(1));
        log.observe(&mut first, at(1));
        assert_eq!(codes(&first), ["jam"]);
        let mut still = status(200, jam(1));
        log.observe(&mut still, at(2));
        assert_eq!(codes(&still), ["jam"]);
        log.observe(&mut status(300, Vec::new()), at(3));
        let mut again = status(400, jam(7));
        log.observe(&mut again, at(4));
        assert_eq!(codes(&again), ["jam", "jam"]);
        let fault = &log.faults[0];
        assert_eq!(
            (fault.occurred_at, fault.component.as_deref()),
            (Some(at(4).into()), Some("mediaPath 1"))
        );
    }

    #[test]
    fn a_device_that_starts_anew_raises_the_same_fault_under_another_number() {
        let mut log = FaultLog::default();
        log.observe(&mut status(50_000, vec![alert(40, 8, AlertSeverity::Critical)]), at(1));
        let mut after = status(10, vec![alert(1, 8, AlertSeverity::Critical)]);
        log.observe(&mut after, at(2));
        assert_eq!(codes(&after), ["jam"]);
    }

    #[test]
    fn after_497_days_sysuptime_begins_again_and_a_fault_under_another_number_is_another() {
        let mut log = FaultLog::default();
        let jam = |uptime, index| status(uptime, vec![alert(index, 8, AlertSeverity::Critical)]);
        log.observe(&mut jam(4_294_966_913, 40), at(50_000_000));
        let mut after = jam(127, 41);
        log.observe(&mut after, at(50_000_005));
        assert_eq!(codes(&after), ["jam", "jam"]);
    }

    #[test]
    fn the_last_forty_are_there_and_the_memory_is_bounded() {
        let mut log = FaultLog::default();
        let mut last = Status::default();
        for number in 0..200 {
            last = status(u64::try_from(number).unwrap(), vec![alert(number, 8, AlertSeverity::Critical)]);
            log.observe(&mut last, at(number));
        }
        assert!((40..=MOST_FAULTS).contains(&codes(&last).len()));
        assert_eq!(log.faults[0].occurred_at, Some(at(199).into()));
    }

    #[test]
    fn the_history_of_the_maker_stays() {
        let mut log = FaultLog::default();
        let own = Fault { code: "8153".into(), ..Fault::default() };
        let mut read = status(1, vec![alert(1, 8, AlertSeverity::Critical)]);
        read.fault_history = Some(FaultHistory { faults: vec![own], ..FaultHistory::default() });
        log.observe(&mut read, at(1));
        assert_eq!(codes(&read), ["8153"]);
        assert_eq!(log.faults.len(), 1);
    }
}
