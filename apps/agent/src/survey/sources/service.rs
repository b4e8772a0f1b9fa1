use super::{Found, listen};
use crate::failure::{Context, Failure};
use crate::survey::{Origin, SnmpAsker};
use remote_services_collect::discover::dns::service::{Browse, GROUP};
use remote_services_snmp::driver::os_random;
use socket2::SockRef;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use sysinfo::Networks;

/// Asks on every IPv4 network of this host which printers announce themselves, and tells of all that do so within
/// `patience`. What is missing of an answer is asked for after half of it.
///
/// # Errors
/// When this machine cannot send multicasts, or the stop flag was set.
pub fn services(
    asker: &mut SnmpAsker,
    port: u16,
    patience: Duration,
    found: Found<'_>,
) -> Result<(), Failure> {
    let mut browse = Browse::new(u16::try_from(os_random()() >> 48).unwrap_or(1));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("cannot open a UDP socket")?;
    // RFC 6762 §11: messages have an IP TTL of 255.
    SockRef::from(&socket).set_multicast_ttl_v4(255).context("cannot send multicasts")?;
    let question = browse.question();
    let mut questions = vec![question.clone(), question];
    for half in 0..2 {
        for question in questions.drain(..1) {
            send(asker, &socket, &question)?;
        }
        listen(asker, &socket, Instant::now() + patience / 2, |_, bytes| {
            browse.handle_datagram(bytes);
            Ok(())
        })?;
        // The second time only what is missing, or all of it again when nothing came.
        if half == 0
            && let Some(further) = browse.further_question()
        {
            questions = vec![further];
        }
    }
    for announced in browse.announced() {
        let origin = Origin::DnsSd { instance: announced.instance, service: announced.service };
        found(SocketAddr::new(announced.address, port), origin)?;
    }
    Ok(())
}

fn send(asker: &mut SnmpAsker, socket: &UdpSocket, question: &[u8]) -> Result<(), Failure> {
    let mut first_error = None;
    let mut sent = false;
    for local in local_addresses()? {
        asker.wait_for_packet()?;
        let result =
            SockRef::from(socket).set_multicast_if_v4(&local).and_then(|()| socket.send_to(question, GROUP));
        match result {
            Ok(_) => sent = true,
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if !sent => Err(error).context("cannot send multicasts"),
        None if !sent => Err(Failure::no_answer("this host has no network to ask for services")),
        _ => Ok(()),
    }
}

/// One of each network of this host.
fn local_addresses() -> Result<Vec<Ipv4Addr>, Failure> {
    let networks = Networks::new_with_refreshed_list().context("cannot list the networks of this host")?;
    let first = |ips: &[sysinfo::IpNetwork]| {
        ips.iter().find_map(|network| match network.addr {
            IpAddr::V4(ip) if !ip.is_loopback() => Some(ip),
            _ => None,
        })
    };
    Ok(networks.values().filter_map(|network| first(network.ip_networks())).collect())
}
