//! The names of devices in the DNS, looked up while the devices are read: nothing waits for a name server but the report of
//! the device itself, and that not for long.

use super::sources::name_server;
use crate::failure::{Context, Failure};
use remote_services_collect::discover::dns::names::{DeviceNames, Found};
use remote_services_snmp::driver::{Clock, os_random};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Finds names of addresses. No call waits.
pub(crate) trait LookUp: Send {
    /// Wants the names of this address, as they are now.
    fn ask(&mut self, address: IpAddr);

    /// Sends what `may_send` allows, and takes what has come.
    fn turn(&mut self, may_send: &mut dyn FnMut() -> bool);

    /// What was found; `None` as long as that is not decided.
    fn found(&self, address: IpAddr) -> Option<Found>;
}

/// Asks one name server, over UDP.
pub(crate) struct NameServer {
    socket: UdpSocket,
    lookups: DeviceNames,
    clock: Clock,
}

impl NameServer {
    /// The one that is named as for `--dns-server`, or the system's first.
    ///
    /// # Errors
    /// When it is no address, the system names none, or there is no socket.
    pub(crate) fn open(named: Option<&str>) -> Result<Self, Failure> {
        let server = name_server(named)?;
        Ok(Self {
            socket: socket(server).context(format_args!("the name server {server}"))?,
            lookups: DeviceNames::new(TIMEOUT, os_random()),
            clock: Clock::start(),
        })
    }
}

impl LookUp for NameServer {
    fn ask(&mut self, address: IpAddr) {
        self.lookups.ask(address, self.clock.now());
    }

    fn turn(&mut self, may_send: &mut dyn FnMut() -> bool) {
        let now = self.clock.now();
        while self.lookups.has_question() && may_send() {
            let Some(question) = self.lookups.poll_transmit(now) else { break };
            // What is not sent is as good as not answered.
            let _ = self.socket.send(&question);
        }
        let mut buffer = [0; LONGEST_ANSWER];
        // An error is that there is nothing, or that the server is not there, which the deadlines tell.
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.lookups.handle_datagram(&buffer[..length]);
        }
        self.lookups.handle_deadline(now);
    }

    fn found(&self, address: IpAddr) -> Option<Found> {
        self.lookups.found(address)
    }
}

/// A socket that hears of this server only, and does not block.
pub(super) fn socket(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let local: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((local, 0))?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// For each of two tries.
const TIMEOUT: Duration = Duration::from_millis(700);
/// Without EDNS no answer is longer.
const LONGEST_ANSWER: usize = 512;
