use super::{Found, listen};
use crate::failure::{Context, Failure};
use crate::survey::{Origin, SnmpAsker};
use remote_services_collect::discover::Network;
use remote_services_collect::discover::broadcast::Broadcast;
use remote_services_snmp::driver::os_random;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Sends one request, with the credentials of these rules, to each of these broadcast addresses, and tells of everybody who answers within `patience`.
///
/// # Errors
/// When this machine cannot send there, or the stop flag was set.
pub fn broadcast(
    asker: &mut SnmpAsker,
    subnets: &[SocketAddr],
    rules: &Network,
    patience: Duration,
    found: Found<'_>,
) -> Result<(), Failure> {
    let random = u32::try_from(os_random()() >> 32).unwrap_or(1);
    let mut broadcast = Broadcast::new(&asker.credentials(&rules.credentials), rules.lowest, random);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("cannot open a UDP socket")?;
    socket.set_broadcast(true).context("cannot send broadcasts")?;
    let messages: Vec<Vec<u8>> = broadcast.messages().map(<[u8]>::to_vec).collect();
    for subnet in subnets {
        for message in &messages {
            asker.wait_for_packet()?;
            socket.send_to(message, subnet).context(format_args!("cannot send a broadcast to {subnet}"))?;
        }
    }
    listen(asker, &socket, Instant::now() + patience, |from, bytes| {
        match broadcast.handle_datagram(from, bytes) {
            Some(host) => found(host, Origin::Broadcast),
            None => Ok(()),
        }
    })
}
