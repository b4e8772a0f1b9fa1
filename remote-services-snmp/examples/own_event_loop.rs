//! The engine in an event loop of one's own: no driver, only a socket that does not block and mio to wait for it.
//!
//! ```text
//! own_event_loop ADDRESS COMMUNITY NAME      for instance: 192.0.2.7:161 public 1.3.6.1.2.1.43.11.1.1
//! ```
//!
//! Whatever waits for your sockets and timers, the loop stays the same: do what the manager says, wait for the socket or
//! the deadline, tell the manager what came.
#![allow(dead_code, reason = "a test runs the walk without main")]

use std::error::Error;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Instant as SystemInstant;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerOptions, RequestError,
};
use remote_services_snmp::{Oid, VarBind};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [address, community, name] = &words[..] else { return Err("ADDRESS COMMUNITY NAME".into()) };
    for read in walk(address.parse()?, community, name.parse()?)? {
        println!("{} = {:?}", read.name, read.value);
    }
    Ok(())
}

/// Everything below a name.
pub(crate) fn walk(agent: SocketAddr, community: &str, below: Oid) -> Result<Vec<VarBind>, Box<dyn Error>> {
    // Any source of numbers that others cannot guess will do.
    let mut number = [0; 8];
    let random = move || {
        getrandom::fill(&mut number).expect("the system gives random numbers");
        u64::from_ne_bytes(number)
    };
    // Asked without SNMPv3, so no cryptography is needed.
    let mut manager = Manager::new(ManagerConfig::default(), CryptoProvider::none(), random)?;
    let peer = manager.add_peer(agent, Credentials::v2c(community), PeerOptions::default())?;

    let mut poll = Poll::new()?;
    let any = if agent.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let mut socket = UdpSocket::bind(any.parse()?)?;
    poll.registry().register(&mut socket, SNMP, Interest::READABLE)?;
    let start = SystemInstant::now();
    let now = || Instant::from_start(start.elapsed());

    let request = manager.request(now(), peer, Operation::Walk(below))?;
    let mut events = Events::with_capacity(16);
    let mut buffer = vec![0; 65_535];
    loop {
        while let Some(output) = manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => match socket.send_to(&bytes, to) {
                    Ok(_) => manager.recycle(bytes),
                    // Lost, as on the way: the manager sends again when it is time.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => manager.handle_unreachable(now(), to),
                },
                Output::Completed(outcome) if outcome.id == request => {
                    return outcome.result.map_err(RequestError::into);
                }
                _ => {}
            }
        }
        // Timers of the rest of the program would be taken into account here.
        let wait = manager.next_deadline().map(|deadline| deadline.saturating_since(now()));
        match poll.poll(&mut events, wait) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        // Other sockets of the program would have other tokens.
        if events.iter().any(|event| event.token() == SNMP) {
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                manager.handle_datagram(now(), from, &buffer[..length]);
            }
        }
        manager.handle_deadline(now());
    }
}

const SNMP: Token = Token(0);
