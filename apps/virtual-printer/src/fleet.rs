//! Many virtual printers in one process, on neighbouring ports of one loopback address.

use crate::persona::Persona;
use crate::printer::{self, Guests, Printer, Speaks};
use remote_services_snmp::usm::KeyCache;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::UdpSocket;

/// A fleet that runs until it is dropped.
pub struct Fleet {
    /// The printers, in the order of their ports.
    pub printers: Vec<(Persona, Printer)>,
}

impl Fleet {
    /// The first and the last port on which the fleet answers SNMP.
    #[must_use]
    pub fn ports(&self) -> Option<(u16, u16)> {
        let first = self.printers.first()?.1.snmp.port();
        Some((first, self.printers.last()?.1.snmp.port()))
    }
}

/// The version that printer `number` of a fleet speaks: v2c, v3 and v1 take turns.
#[must_use]
pub fn speaks(number: u32) -> Speaks {
    match number % 3 {
        0 => Speaks::V2c,
        1 => Speaks::V3,
        _ => Speaks::V1,
    }
}

/// Starts `count` printers that speak what [`speaks`] says; see [`start_speaking`].
///
/// # Errors
/// As [`start_speaking`].
pub async fn start(address: IpAddr, first_port: u16, count: u16, guests: &Guests) -> io::Result<Fleet> {
    start_speaking(speaks, address, first_port, count, guests).await
}

/// Starts `count` printers on neighbouring ports from `first_port`; with port 0, on the first free
/// neighbourhood between 20,000 and 32,000 (below the ports that Linux hands out by itself).
///
/// Every printer has two sockets, so this raises the number of files that the process may have open (its soft limit)
/// where it has to.
///
/// # Errors
/// When there is no room, or as the operating system says.
pub async fn start_speaking(
    speaks: impl Fn(u32) -> Speaks,
    address: IpAddr,
    first_port: u16,
    count: u16,
    guests: &Guests,
) -> io::Result<Fleet> {
    make_room(count)?;
    let sockets = match first_port {
        0 => neighbourhood(address, count).await?,
        first => bind_all(address, first, count).await?,
    };
    let mut keys = KeyCache::new();
    let mut printers = Vec::with_capacity(sockets.len());
    for (number, socket) in (0..).zip(sockets) {
        let persona = Persona::of_fleet(number);
        let printer = printer::start(&persona, speaks(number), guests, socket, &mut keys).await?;
        printers.push((persona, printer));
    }
    Ok(Fleet { printers })
}

fn make_room(count: u16) -> io::Result<()> {
    let needed = 2 * u64::from(count) + FILES_FOR_OTHERS;
    let allowed = rlimit::increase_nofile_limit(needed)?;
    if allowed < needed {
        return Err(io::Error::other(format!(
            "{count} printers need {needed} open files, and this process may have {allowed} (see ulimit -n)"
        )));
    }
    Ok(())
}

async fn neighbourhood(address: IpAddr, count: u16) -> io::Result<Vec<UdpSocket>> {
    let mut first = *PORTS.start();
    loop {
        match bind_all(address, first, count).await {
            Ok(sockets) => return Ok(sockets),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
        first = match first.checked_add(count.max(1)) {
            Some(next) if PORTS.contains(&next) && PORTS.contains(&next.saturating_add(count)) => next,
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    format!(
                        "no {count} neighbouring UDP ports are free between {} and {}",
                        PORTS.start(),
                        PORTS.end()
                    ),
                ));
            }
        };
    }
}

async fn bind_all(address: IpAddr, first: u16, count: u16) -> io::Result<Vec<UdpSocket>> {
    let mut sockets = Vec::with_capacity(usize::from(count));
    for offset in 0..count {
        let port = first.checked_add(offset).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{count} ports from {first} go beyond 65535"))
        })?;
        let socket = UdpSocket::bind(SocketAddr::new(address, port)).await.map_err(|error| {
            io::Error::new(error.kind(), format!("UDP port {port} of {address}: {error}"))
        })?;
        sockets.push(socket);
    }
    Ok(sockets)
}

/// Files that the rest of the process has open: libraries, a server with its database and connections.
const FILES_FOR_OTHERS: u64 = 300;
const PORTS: std::ops::RangeInclusive<u16> = 20_000..=32_000;
