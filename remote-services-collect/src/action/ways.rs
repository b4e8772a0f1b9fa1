//! Where a device takes print data: by raw TCP or by LPR.

use core::fmt;

use crate::store::ObjectStore;
use crate::tables::{channel, device};

/// The port that is tried when the device names none.
pub const RAW_PORT: u16 = 9100;
/// The port of line printer daemons (RFC 1179).
pub const LPR_PORT: u16 = 515;
/// The queue that is named when the device names none; most devices take any.
const QUEUE: &str = "lp";

/// chLPDServer of PrtChannelTypeTC.
const LPD: i64 = 8;
/// chPort9100 of PrtChannelTypeTC: raw TCP, whatever the port.
const PORT_9100: i64 = 11;
/// chPortTCP, chBidirPortTCP: a TCP port that prtChannelInformation names.
const TCP: [i64; 2] = [37, 38];

/// A way in for print data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Raw TCP.
    Raw {
        /// Where.
        port: u16,
    },
    /// The line printer daemon protocol (RFC 1179).
    Lpr {
        /// Where.
        port: u16,
        /// The queue there.
        queue: String,
    },
}

impl Way {
    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Raw { port } | Self::Lpr { port, .. } => *port,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw { port } => write!(f, "to port {port}"),
            Self::Lpr { port, queue } => write!(f, "by LPR to queue {queue} on port {port}"),
        }
    }
}

/// Which way somebody wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish<'a> {
    /// As the device offers: raw first, then LPR where the first takes nothing.
    #[default]
    Any,
    /// Raw TCP, on this port or the one that the device names.
    Raw(Option<u16>),
    /// LPR, on this port or 515, to this queue or the one that the device names.
    Lpr(Option<u16>, Option<&'a str>),
}

/// The ways to try, in their order.
pub(super) fn ways(store: &ObjectStore, wish: Wish<'_>) -> Vec<Way> {
    let lpr = |port: Option<u16>, queue: Option<&str>| {
        let queue = queue.map(str::to_owned).or_else(|| lpr_queue(store));
        Way::Lpr { port: port.unwrap_or(LPR_PORT), queue: queue.unwrap_or_else(|| QUEUE.to_owned()) }
    };
    match wish {
        Wish::Raw(port) => vec![Way::Raw { port: port.unwrap_or_else(|| raw_port(store)) }],
        Wish::Lpr(port, queue) => vec![lpr(port, queue)],
        Wish::Any => {
            let offered = lpr_queue(store).is_some().then(|| lpr(None, None));
            [Way::Raw { port: raw_port(store) }].into_iter().chain(offered).collect()
        }
    }
}

/// The TCP port for raw print data, by prtChannelTable; 9100 when it says nothing.
#[must_use]
pub fn raw_port(store: &ObjectStore) -> u16 {
    let channels = channel::channels(store, device::printer_index(store));
    let of = |types: &[i64]| {
        channels
            .iter()
            .filter(|channel| types.contains(&channel.channel_type))
            .find_map(|channel| channel.value("port")?.parse::<u16>().ok().filter(|port| *port > 0))
    };
    of(&[PORT_9100])
        // A channel of the right type without a port is 9100 by its name.
        .or_else(|| channels.iter().any(|channel| channel.channel_type == PORT_9100).then_some(RAW_PORT))
        .or_else(|| of(&TCP))
        .unwrap_or(RAW_PORT)
}

/// The queue of the device's line printer daemon, by prtChannelTable; `None` when it has none there.
#[must_use]
pub fn lpr_queue(store: &ObjectStore) -> Option<String> {
    let channels = channel::channels(store, device::printer_index(store));
    let daemon = channels.iter().find(|channel| channel.channel_type == LPD)?;
    Some(daemon.value("queue").filter(|queue| !queue.is_empty()).unwrap_or(QUEUE).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::{Oid, Value, oid};
    use std::collections::BTreeMap;

    fn store(channels: &[(i32, &str)]) -> ObjectStore {
        let mut values: BTreeMap<Oid, Value> = BTreeMap::new();
        let entry = oid!("1.3.6.1.2.1.43.14.1.1");
        for (index, (channel_type, information)) in (1..).zip(channels) {
            values.insert(entry.extend(&[2, 1, index]).unwrap(), Value::Integer(*channel_type));
            values.insert(entry.extend(&[9, 1, index]).unwrap(), Value::from(*information));
        }
        ObjectStore::from(values)
    }

    #[test]
    fn the_port_is_the_one_that_the_raw_channel_names() {
        assert_eq!(raw_port(&store(&[(8, "queue=lp"), (11, "port=9101")])), 9101);
        assert_eq!(raw_port(&store(&[(38, "Port=2501"), (11, "")])), 9100);
        assert_eq!(raw_port(&store(&[(38, "Port=2501")])), 2501);
        assert_eq!(raw_port(&store(&[(11, "port=0")])), 9100);
        assert_eq!(raw_port(&ObjectStore::new()), 9100);
    }

    #[test]
    fn lpr_is_the_second_way_where_the_device_has_a_daemon_and_the_only_one_for_who_wants_it() {
        let both = store(&[(8, "queue=PASSTHRU"), (11, "port=9101")]);
        let lpr = |port, queue: &str| Way::Lpr { port, queue: queue.to_owned() };
        assert_eq!(ways(&both, Wish::Any), [Way::Raw { port: 9101 }, lpr(515, "PASSTHRU")]);
        assert_eq!(ways(&store(&[(11, "")]), Wish::Any), [Way::Raw { port: 9100 }]);
        assert_eq!(ways(&both, Wish::Lpr(Some(1515), Some("text"))), [lpr(1515, "text")]);
        assert_eq!(ways(&ObjectStore::new(), Wish::Lpr(None, None)), [lpr(515, "lp")]);
        assert_eq!(ways(&both, Wish::Raw(Some(2000))), [Way::Raw { port: 2000 }]);
        assert_eq!(lpr_queue(&store(&[(8, "")])).as_deref(), Some("lp"));
    }
}
