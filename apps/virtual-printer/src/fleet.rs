//! Many virtual printers in one process: on neighbouring ports of one address, or on neighbouring addresses of loopback with
//! the ports of real printers.
//!
//! What stands still of a recording is shared by all printers that play it, so a printer costs some 20 kB and its sockets.

use crate::access::{Engines, Guests, Speaks};
use crate::device::Condition;
use crate::faults::Faults;
use crate::printer::{self, Printer, PrinterOptions};
use crate::services::Services;
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
    /// and 32,000 (below the ports that Linux hands out by itself). A fixed port of another service is that of
    /// the first printer, and counts up with them.
    Ports(SocketAddr),
    /// On neighbouring addresses from this one, all with this port for SNMP and the same ports for all else.
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
    let services = match options.place {
        Place::Ports(_) if !options.each.to_the_letter => counted(options.each.services, options.count)?,
        _ => vec![options.each.services; options.count as usize],
    };
    make_room(u64::from(options.count) * options.each.services.sockets())?;
    let sockets = match options.place {
        Place::Ports(first) if first.port() == 0 => neighbourhood(first.ip(), options.count).await?,
        Place::Ports(first) => bind_ports(first, options.count).await?,
        Place::Addresses(first, port) => bind_addresses(first, port, options.count).await?,
    };
    let engines = Engines::new(guests);
    let mut printers = Vec::with_capacity(sockets.len());
    for ((number, socket), services) in (0..).zip(sockets).zip(services) {
        let source = Arc::clone(&options.sources[number as usize % options.sources.len()]);
        let mut each = options.each.clone();
        each.speaks = (options.speaks)(number);
        each.device.number = number;
        each.services = services;
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

/// The services of each printer where all share one address: fixed ports count up.
fn counted(first: Services, count: u32) -> io::Result<Vec<Services>> {
    let wrong = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    let named = [("--raw", first.raw), ("--lpr", first.lpr), ("--web", first.web)];
    let fixed: Vec<(&str, u32)> = named
        .into_iter()
        .filter_map(|(name, port)| Some((name, u32::from(port.filter(|port| *port != 0)?))))
        .collect();
    for (at, (name, port)) in fixed.iter().enumerate() {
        if port + count.max(1) - 1 > u32::from(u16::MAX) {
            return wrong(format!("{count} ports from {name} {port} go beyond 65535"));
        }
        if let Some((other, theirs)) = fixed[at + 1..].iter().find(|(_, o)| o.abs_diff(*port) < count) {
            return wrong(format!(
                "each of the {count} printers has ports of its own, counted from {name} {port} and \
                 {other} {theirs}: they meet; name ports that are further apart, or give each an address \
                 (--addresses)"
            ));
        }
    }
    let at = |port: Option<u16>, number: u32| match port {
        Some(port) if port != 0 => u16::try_from(u32::from(port) + number).ok(),
        any => any,
    };
    let of = |number| Services {
        raw: at(first.raw, number),
        lpr: at(first.lpr, number),
        web: at(first.web, number),
    };
    Ok((0..count).map(of).collect())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[test]
    fn fixed_ports_count_up_from_printer_to_printer_and_free_ones_stay_free() {
        let services = counted(Services { raw: Some(9100), lpr: Some(0), web: None }, 3).unwrap();
        let raw: Vec<_> = services.iter().map(|services| services.raw.unwrap()).collect();
        assert_eq!(raw, [9100, 9101, 9102]);
        assert!(services.iter().all(|services| (services.lpr, services.web) == (Some(0), None)));
        assert!(counted(Services { raw: Some(9100), lpr: None, web: Some(9103) }, 3).is_ok());
    }

    #[test]
    fn ports_that_would_meet_or_end_are_told_before_anything_starts() {
        for (services, why) in [
            (Services { raw: Some(9100), lpr: None, web: Some(9102) }, "--raw 9100 and --web 9102"),
            (Services { raw: None, lpr: Some(9102), web: Some(9100) }, "--lpr 9102 and --web 9100"),
            (Services { raw: Some(65534), lpr: None, web: None }, "--raw 65534 go beyond 65535"),
        ] {
            let error = counted(services, 3).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
