//! ICMP echo over a socket of the operating system, in the budget of the site.

use remote_services_collect::discover::echo::{EchoId, EchoOptions, Echoes};
use remote_services_snmp::engine::Instant;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Asks many hosts by ICMP echo. Never waits: its sockets do not block.
pub(super) struct Pinger {
    echoes: Echoes,
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
}

impl Pinger {
    /// Opens the sockets: one for pings that the system lets anybody have, or else a raw one.
    ///
    /// # Errors
    /// What the system said, when it lets this process have neither.
    pub(super) fn open(timeout: Duration, token: u64) -> io::Result<Self> {
        let v4 = socket(Domain::IPV4, Protocol::ICMPV4);
        let v6 = socket(Domain::IPV6, Protocol::ICMPV6).ok();
        match v4 {
            Err(error) if v6.is_none() => Err(error),
            v4 => Ok(Self {
                echoes: Echoes::new(EchoOptions { timeout, ..EchoOptions::default() }, token),
                v4: v4.ok(),
                v6,
            }),
        }
    }

    /// Whether hosts of this family can be asked.
    pub(super) fn reaches(&self, host: IpAddr) -> bool {
        self.socket(host).is_some()
    }

    /// Asks a host.
    pub(super) fn ask(&mut self, host: IpAddr) -> EchoId {
        self.echoes.ask(host.to_canonical())
    }

    /// Hosts without an outcome.
    pub(super) fn open_questions(&self) -> usize {
        self.echoes.open()
    }

    /// Sends what `may_send` allows, and takes what has come.
    pub(super) fn turn(&mut self, now: Instant, mut may_send: impl FnMut() -> bool) {
        while self.echoes.wants_to_send() && may_send() {
            let Some(request) = self.echoes.poll_transmit(now) else { break };
            let sent = self
                .socket(request.to)
                .map(|socket| socket.send_to(&request.bytes, SocketAddr::new(request.to, 0)));
            match sent {
                // Neither is about this host; the answer will not come, and it is asked again.
                Some(Ok(_)) => {}
                Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => self.echoes.handle_unreachable(request.id),
            }
        }
        let mut buffer = [0; 1_500];
        for socket in [&self.v4, &self.v6].into_iter().flatten() {
            // An error is one host's that was reported to the socket; the next datagram may stand behind it.
            for _ in 0..AT_ONCE {
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => self.echoes.handle_datagram(from.ip(), &buffer[..length]),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
        }
        self.echoes.handle_deadline(now);
    }

    /// The next host that answered (`true`) or stayed silent.
    pub(super) fn next_outcome(&mut self) -> Option<(EchoId, bool)> {
        self.echoes.next_outcome()
    }

    fn socket(&self, host: IpAddr) -> Option<&UdpSocket> {
        if host.to_canonical().is_ipv4() { self.v4.as_ref() } else { self.v6.as_ref() }
    }
}

/// A socket that sends and receives ICMP. It has the calls of a UDP socket, whose ports mean nothing here.
fn socket(domain: Domain, protocol: Protocol) -> io::Result<UdpSocket> {
    let socket = match Socket::new(domain, Type::DGRAM, Some(protocol)) {
        Ok(socket) => socket,
        Err(error) => Socket::new(domain, Type::RAW, Some(protocol)).map_err(|_| error)?,
    };
    socket.set_nonblocking(true)?;
    // Where the system gives less, some hosts are asked again.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    Ok(socket.into())
}

/// Datagrams taken before the clock is looked at again.
const AT_ONCE: usize = 1_024;
const RECEIVE_BUFFER: usize = 1 << 20;
