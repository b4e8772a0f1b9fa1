//! prtChannelTable (Printer-MIB) and ppmPortTable (PWG 5107.1): the ways in for print data.

use remote_services_core::device::Identity;
use remote_services_snmp::oid;

use super::Reading;
use crate::store::{ObjectStore, Table};
use crate::text::Charset;

/// 2 type, 6 state, 9 information.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.43.14.1.1"), columns: &[2, 6, 9] };
/// 3 name of the port, 4 service name or URI.
pub(crate) static PORTS: Table = Table { entry: oid!("1.3.6.1.4.1.2699.1.2.1.3.1.1"), columns: &[3, 4] };

/// A print data channel.
pub(crate) struct Channel {
    /// PrtChannelTypeTC of the IANA-PRINTER-MIB: 8 LPD, 11 raw TCP on 9100, 38 bidirectional TCP.
    pub(crate) channel_type: i64,
    /// prtChannelInformation: `keyword=value` lines.
    pub(crate) information: String,
}

impl Channel {
    /// The value of a keyword, whatever its case.
    pub(crate) fn value(&self, keyword: &str) -> Option<&str> {
        self.information.split(['\n', '\r', ';', '\0']).find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(keyword).then(|| value.trim())
        })
    }
}

/// The printer's channels in the order of the table.
pub(crate) fn channels(store: &ObjectStore, device: Option<u32>) -> Vec<Channel> {
    let rows = device.map(|device| store.rows(&TABLE, Some(device))).unwrap_or_default();
    rows.iter()
        .filter_map(|row| {
            let information = row.octets(9).map(|octets| String::from_utf8_lossy(octets).into_owned());
            Some(Channel { channel_type: row.number(2)?, information: information.unwrap_or_default() })
        })
        .collect()
}

pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    let add = |name: String, object: String, identity: &mut Identity| {
        if !name.is_empty() && !identity.queue_names.contains(&name) {
            identity.queue_names.push(name);
            let element = format!("QueueName[{}]", identity.queue_names.len());
            identity.header.source(element, object, None);
        }
    };
    for row in reading.store.rows(&PORTS, None) {
        let named = [4, 3].into_iter().find_map(|column| Some((column, row.text(column, Charset::Unknown)?)));
        if let Some((column, name)) = named {
            add(name, PORTS.column(column).to_string(), identity);
        }
    }
    for channel in channels(reading.store, reading.device) {
        if let Some(queue) = channel.value("queue") {
            add(queue.to_owned(), TABLE.column(9).to_string(), identity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_of_a_channel_are_read_whatever_their_case() {
        let channel = Channel { channel_type: 11, information: "Description=Raw\r\nPORT=9101\r\n".into() };
        assert_eq!(channel.value("port"), Some("9101"));
        assert_eq!(channel.value("queue"), None);
    }
}
