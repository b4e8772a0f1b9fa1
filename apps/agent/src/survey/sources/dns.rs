use super::Found;
use crate::failure::{Context, ExitCode, Failure};
use crate::survey::{Origin, SnmpAsker};
use remote_services_collect::discover::dns::reverse::ReverseWalk;
use remote_services_collect::discover::dns::transfer::Transfer;
use remote_services_collect::discover::targets::TargetList;
use remote_services_snmp::driver::{Clock, os_random};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// The name server to ask: the one that is named (`192.0.2.53` or with a port), or the system's first.
///
/// # Errors
/// When it is no address, or the system names none.
pub fn name_server(named: Option<&str>) -> Result<SocketAddr, Failure> {
    if let Some(named) = named {
        let ip = named.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
        return ip.or_else(|_| named.parse()).map_err(|_| {
            Failure::usage(format_args!(
                "--dns-server {named}: give an IP address, with :PORT if it is not 53"
            ))
        });
    }
    let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let first = servers.filter_map(|rest| rest.trim().parse::<IpAddr>().ok()).next();
    first.map(|ip| SocketAddr::new(ip, PORT)).ok_or_else(|| {
        Failure::usage(format_args!("{RESOLV_CONF} names no name server: give one by --dns-server"))
    })
}

/// Transfers a zone and tells of every host in it, to be asked on `port`.
///
/// # Errors
/// When the server cannot be reached or gives no transfer, or the stop flag was set.
pub fn zone(
    asker: &mut SnmpAsker,
    server: SocketAddr,
    zone: &str,
    port: u16,
    found: Found<'_>,
) -> Result<(), Failure> {
    let Some((mut transfer, question)) = Transfer::new(zone, random()) else {
        return Err(Failure::usage(format_args!("--zone {zone}: this is no domain name")));
    };
    asker.wait_for_packet()?;
    let about = format!("the zone {zone} from {server}");
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE).context(&about)?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .context(&about)?;
    let length = u16::try_from(question.len()).context(&about)?;
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).context(&about)?;
    let mut message = Vec::new();
    for _ in 0..MAX_MESSAGES {
        if asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        let mut length = [0; 2];
        stream.read_exact(&mut length).context(&about)?;
        message.resize(u16::from_be_bytes(length).into(), 0);
        stream.read_exact(&mut message).context(&about)?;
        if transfer.handle_message(&message).context(&about)? {
            for host in transfer.hosts() {
                found(SocketAddr::new(host.address, port), Origin::Dns(host.name.clone()))?;
            }
            return Ok(());
        }
    }
    Err(Failure::failed(format_args!("{about}: more messages than any zone needs")))
}

/// Asks for the names of all addresses of a list, and tells of those that have one.
///
/// # Errors
/// When the server cannot be asked, or the stop flag was set.
pub fn reverse(
    asker: &mut SnmpAsker,
    server: SocketAddr,
    list: &TargetList,
    timeout: Duration,
    found: Found<'_>,
) -> Result<(), Failure> {
    let local: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let about = format!("the name server {server}");
    let socket = UdpSocket::bind((local, 0))
        .and_then(|socket| socket.connect(server).map(|()| socket))
        .context(&about)?;
    socket.set_read_timeout(Some(Duration::from_millis(5))).context(&about)?;
    let clock = Clock::start();
    let mut walk = ReverseWalk::new(list.addresses(), timeout, asker.in_flight(), random());
    let mut buffer = vec![0; 65_535];
    while !walk.is_done() {
        while let Some(question) = walk.poll_transmit(clock.now()) {
            asker.wait_for_packet()?;
            // What is not sent is as good as not answered.
            let _ = socket.send(&question);
            if let Ok(length) = receive_now(&socket, &mut buffer) {
                walk.handle_datagram(&buffer[..length]);
            }
        }
        if asker.is_stopped() {
            return Err(Failure::interrupted());
        }
        if let Ok(length) = socket.recv(&mut buffer) {
            walk.handle_datagram(&buffer[..length]);
        }
        walk.handle_deadline(clock.now());
        while let Some((address, host)) = walk.next_found() {
            found(address, Origin::Dns(host.name))?;
        }
    }
    match walk.asked_and_silent() {
        (asked, silent) if silent > 0 && silent == asked => {
            Err(Failure { code: ExitCode::NoAnswer, sentence: format!("{about} does not answer") })
        }
        (_, 0) => Ok(()),
        (asked, silent) => {
            tell!("{about} did not answer {silent} of {asked} questions");
            Ok(())
        }
    }
}

fn receive_now(socket: &UdpSocket, buffer: &mut [u8]) -> std::io::Result<usize> {
    socket.set_nonblocking(true)?;
    let received = socket.recv(buffer);
    socket.set_nonblocking(false)?;
    received
}

fn random() -> u16 {
    u16::try_from(os_random()() >> 48).unwrap_or(1)
}

const PORT: u16 = 53;
const RESOLV_CONF: &str = "/etc/resolv.conf";
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_MESSAGES: usize = 1 << 20;
