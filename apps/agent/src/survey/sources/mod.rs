//! Where hosts to ask come from, beside lists of addresses.
//!
//! | file | source |
//! | --- | --- |
//! | `broadcast` | whoever answers one SNMP request to a whole subnet |
//! | `dns` | a zone of the domain name system, or the addresses of a range that have a name |
//! | `service` | printers that announce themselves by multicast DNS |
//! | `queues` | printers that the queues of a print server print to |
//!
//! Every datagram of a source is a packet of the site's budget, as is the beginning of each connection to a name server or
//! print server. What a source finds is a host to ask and no more.

mod broadcast;
mod dns;
mod queues;
mod service;

pub use broadcast::broadcast;
pub use dns::{name_server, reverse, zone};
pub use queues::{CupsServer, print_server};
pub use service::services;

use super::{Origin, SnmpAsker};
use crate::failure::Failure;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Told of each host that a source finds.
pub type Found<'a> = &'a mut dyn FnMut(SocketAddr, Origin) -> Result<(), Failure>;

/// Takes datagrams until `until`, or until the process is to end.
fn listen(
    asker: &SnmpAsker,
    socket: &UdpSocket,
    until: Instant,
    mut take: impl FnMut(SocketAddr, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut buffer = vec![0; 65_535];
    loop {
        if asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let wait = left.clamp(Duration::from_millis(1), BETWEEN_LOOKS_AT_THE_STOP_FLAG);
        let received = socket.set_read_timeout(Some(wait)).and_then(|()| socket.recv_from(&mut buffer));
        // An error here is a time-out, or one that a host far away has caused.
        if let Ok((length, from)) = received {
            take(from, &buffer[..length])?;
        }
    }
}

const BETWEEN_LOOKS_AT_THE_STOP_FLAG: Duration = Duration::from_millis(200);
