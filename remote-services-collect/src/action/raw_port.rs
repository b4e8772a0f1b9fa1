//! Where a device takes raw print data.

use crate::store::ObjectStore;
use crate::tables::{channel, device};

/// The port that is tried when the device names none.
pub const RAW_PORT: u16 = 9100;

/// chPort9100 of PrtChannelTypeTC: raw TCP, whatever the port.
const PORT_9100: i64 = 11;
/// chPortTCP, chBidirPortTCP: a TCP port that prtChannelInformation names.
const TCP: [i64; 2] = [37, 38];

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
}
