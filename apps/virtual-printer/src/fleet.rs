//! Many virtual printers in one process: on neighbouring ports of one address, or on neighbouring addresses of loopback with
//! the ports of real printers.
//!
//! What stands still of a recording is shared by all printers that play it, so a printer costs some 20 kB and its sockets.

use crate::access::{Engines, Guests, Speaks};
use crate::device::Condition;
use crate::faults::Faults;
use crate::printer::{self, Printer, PrinterOptions};
use crate::source::{Source, SourceError};
use remote_services_collect::synthetic;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::UdpSocket;

/// A fleet that runs until it is dropped.
pub struct Fleet {
    /// The printers, in the order of their places.
    pub printers: Vec<Member>,
}

/// One of a fleet.
pub struct Member {
    /// Its number, from 0.
    pub number: u32,
    /// What it plays.
    pub source: Arc<Source>,
    /// What was the matter with it at the start.
    pub condition: Condition,
    /// What goes wrong on the way to it.
    pub faults: Faults,
    /// The printer.
    pub printer: Printer,
}

/// Where the printers of a fleet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On neighbouring ports of one address, from this one; with port 0 on the first free neighbourhood between 20,000
    /// and 32,000 (below the ports that Linux hands out by itself). Other services take any free port.
    Ports(SocketAddr),
    /// On neighbouring addresses from this one, all with this port for SNMP.
    Addresses(Ipv4Addr, u16),
}

/// How a fleet is started.
pub struct FleetOptions {
    /// How many.
    pub count: u32,
    /// Where.
    pub place: Place,
    /// What they play, in turn.
    pub sources: Vec<Arc<Source>>,
    /// What each speaks, by its number.
    pub speaks: fn(u32) -> Speaks,
    /// Whether the first few have something the matter, each something else: low toner, a jam, a counter before its end, lost
    /// packets.
    pub showcase: bool,
    /// Everything else, the same for all.
    pub each: PrinterOptions,
}

impl Fleet {
    /// The first and the last port on which the fleet answers SNMP.
    #[must_use]
    pub fn ports(&self) -> Option<(u16, u16)> {
        let first = self.printers.first()?.printer.snmp.port();
        Some((first, self.printers.last()?.printer.snmp.port()))
    }
}

impl Member {
    /// The maker and the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.source.identity.make_and_model
    }
}

/// All built-in recordings, in their order.
///
/// # Errors
/// When one cannot be played.
pub fn built_in() -> Result<Vec<Arc<Source>>, SourceError> {
    synthetic::ALL.iter().map(|recording| Source::built_in(recording.name).map(Arc::new)).collect()
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

/// Starts `count` printers of all makers in turn on neighbouring ports (see [`Place::Ports`]). They speak what [`speaks`]
/// says, and the first few have something the matter.
///
/// # Errors
/// As [`start_with`].
pub async fn start(address: IpAddr, first_port: u16, count: u16, guests: &Guests) -> io::Result<Fleet> {
    let options = FleetOptions {
        count: u32::from(count),
        place: Place::Ports(SocketAddr::new(address, first_port)),
        sources: built_in().map_err(io::Error::other)?,
        speaks,
        showcase: true,
        each: PrinterOptions::default(),
    };
    start_with(options, guests).await
}

/// Starts a fleet.
///
/// Every printer has a socket for each service, so this raises the number of files that the process may have open (its soft
/// limit) where it has to.
///
/// # Errors
/// When there is no room, or as the operating system says.
pub async fn start_with(options: FleetOptions, guests: &Guests) -> io::Result<Fleet> {
    if options.sources.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a fleet needs something to play"));
    }
    make_room(u64::from(options.count) * options.each.services.sockets())?;
    let sockets = match options.place {
        Place::Ports(first) if first.port() == 0 => neighbourhood(first.ip(), options.count).await?,
        Place::Ports(first) => bind_ports(first, options.count).await?,
        Place::Addresses(first, port) => bind_addresses(first, port, options.count).await?,
    };
    let engines = Engines::new(guests);
    let mut printers = Vec::with_capacity(sockets.len());
    for (number, socket) in (0..).zip(sockets) {
        let source = Arc::clone(&options.sources[number as usize % options.sources.len()]);
        let mut each = options.each.clone();
        each.speaks = (options.speaks)(number);
        each.device.number = number;
        if options.showcase {
            each.device.condition = condition(number);
            each.faults.drop_every = if number == 8 { 3 } else { each.faults.drop_every };
        }
        let (condition, faults) = (each.device.condition, each.faults.clone());
        let printer = printer::start(Arc::clone(&source), each, &engines, socket).await?;
        printers.push(Member { number, source, condition, faults, printer });
    }
    Ok(Fleet { printers })
}

fn condition(number: u32) -> Condition {
    match number {
        1 => Condition::LowToner,
        3 => Condition::Jammed,
        5 => Condition::CounterAtWrap,
        _ => Condition::Good,
    }
}

fn make_room(sockets: u64) -> io::Result<()> {
    let needed = sockets + FILES_FOR_OTHERS;
    let allowed = rlimit::increase_nofile_limit(needed)?;
    if allowed < needed {
        return Err(io::Error::other(format!(
            "{needed} open files are needed, and this process may have {allowed} (see ulimit -n)"
        )));
    }
    Ok(())
}

async fn neighbourhood(address: IpAddr, count: u32) -> io::Result<Vec<UdpSocket>> {
    let step = u16::try_from(count.max(1)).map_err(|_| too_many(count))?;
    let mut first = *PORTS.start();
    loop {
        match bind_ports(SocketAddr::new(address, first), count).await {
            Ok(sockets) => return Ok(sockets),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
        first = match first.checked_add(step) {
            Some(next) if PORTS.contains(&next) && PORTS.contains(&next.saturating_add(step)) => next,
            _ => return Err(too_many(count)),
        };
    }
}

fn too_many(count: u32) -> io::Error {
    let (from, to) = (PORTS.start(), PORTS.end());
    let why = format!("no {count} neighbouring UDP ports are free between {from} and {to}");
    io::Error::new(io::ErrorKind::AddrInUse, why)
}

async fn bind_ports(first: SocketAddr, count: u32) -> io::Result<Vec<UdpSocket>> {
    let mut sockets = Vec::with_capacity(count as usize);
    for offset in 0..count {
        let port = u16::try_from(offset).ok().and_then(|offset| first.port().checked_add(offset));
        let port = port.ok_or_else(|| {
            let why = format!("{count} ports from {} go beyond 65535", first.port());
            io::Error::new(io::ErrorKind::InvalidInput, why)
        })?;
        sockets.push(bind(SocketAddr::new(first.ip(), port)).await?);
    }
    Ok(sockets)
}

async fn bind_addresses(first: Ipv4Addr, port: u16, count: u32) -> io::Result<Vec<UdpSocket>> {
    let mut sockets = Vec::with_capacity(count as usize);
    for offset in 0..count {
        let address = first.to_bits().checked_add(offset).map(Ipv4Addr::from);
        let address = address.filter(Ipv4Addr::is_loopback).ok_or_else(|| {
            let why = format!("{count} addresses from {first} are not all in 127.0.0.0/8");
            io::Error::new(io::ErrorKind::InvalidInput, why)
        })?;
        sockets.push(bind(SocketAddr::from((address, port))).await?);
    }
    Ok(sockets)
}

async fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("UDP port {} of {}: {error}", address.port(), address.ip()))
    })
}

/// Files that the rest of the process has open: libraries, a server with its database and connections.
const FILES_FOR_OTHERS: u64 = 300;
const PORTS: std::ops::RangeInclusive<u16> = 20_000..=32_000;
