//! One virtual printer at work: a UDP socket that answers SNMP and a TCP port that takes print jobs.

use crate::mib::PrinterMib;
use crate::objects::{Endpoints, objects};
use crate::persona::{Fault, Persona};
use crate::raw9100;
use crate::works::Works;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{self, AuthProtocol, PrivProtocol};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig};
use remote_services_snmp::message::{Message, Version};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

/// Versions of SNMP that a printer answers. A query in another version is not answered, as by an old or a
/// hardened device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// SNMPv1 alone.
    V1,
    /// SNMPv1 and SNMPv2c.
    V2c,
    /// SNMPv3 alone.
    V3,
    /// All three.
    All,
}

/// Who may ask.
#[derive(Clone)]
pub struct Guests {
    /// Community that may read.
    pub community: String,
    /// Community that may write.
    pub write_community: Option<String>,
    /// SNMPv3 user, who may read and write with authentication (HMAC-SHA-256 or as given) and privacy (AES-128).
    pub user: Option<UsmGuest>,
}

/// An SNMPv3 user by passwords.
#[derive(Clone)]
pub struct UsmGuest {
    /// User name.
    pub name: String,
    /// Authentication protocol.
    pub auth_protocol: AuthProtocol,
    /// Authentication password, at least 8 octets.
    pub auth_password: String,
    /// Privacy password, at least 8 octets; without one the user is authNoPriv.
    pub priv_password: Option<String>,
}

/// A printer that runs until it is dropped.
pub struct Printer {
    /// Where it answers SNMP.
    pub snmp: SocketAddr,
    /// Where it takes print jobs.
    pub raw: Option<SocketAddr>,
    /// What it has counted.
    pub works: Arc<Works>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Printer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Starts a printer that poses as `persona` on this socket. `keys` is shared by a fleet: making keys of
/// passwords takes about a millisecond each time.
///
/// # Errors
/// When the print port cannot be opened or the guests' passwords break a rule of SNMPv3.
pub async fn start(
    persona: &Persona,
    speaks: Speaks,
    guests: &Guests,
    socket: UdpSocket,
    keys: &mut KeyCache,
) -> io::Result<Printer> {
    let snmp = socket.local_addr()?;
    let listener = TcpListener::bind((snmp.ip(), 0)).await?;
    let raw = listener.local_addr()?;
    let works = Arc::new(Works::new(persona.life_count));
    let address = match snmp.ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => Ipv4Addr::LOCALHOST,
    };
    let objects = objects(persona, &Endpoints { address, raw_port: Some(raw.port()) });
    let mib = PrinterMib::living(objects, Arc::clone(&works));
    let agent = Agent {
        responder: responder(guests, speaks, engine_id(persona)?, keys, true)?,
        mib,
        speaks,
        fault: persona.fault,
    };
    let tasks =
        vec![tokio::spawn(agent.serve(socket)), tokio::spawn(raw9100::serve(listener, Arc::clone(&works)))];
    Ok(Printer { snmp, raw: Some(raw), works, tasks })
}

/// Starts an agent that replays a recording to the letter.
///
/// # Errors
/// When the guests' passwords break a rule of SNMPv3.
pub fn replay(
    mib: PrinterMib,
    speaks: Speaks,
    guests: &Guests,
    socket: UdpSocket,
    fault: Fault,
) -> io::Result<Printer> {
    let snmp = socket.local_addr()?;
    let mut number = [0; 4];
    getrandom::fill(&mut number).map_err(|error| io::Error::other(error.to_string()))?;
    let engine_id = EngineId::with_format(OUR_ENTERPRISE, 5, &number)
        .map_err(|error| io::Error::other(error.to_string()))?;
    let responder = responder(guests, speaks, engine_id, &mut KeyCache::new(), false)?;
    let agent = Agent { responder, mib, speaks, fault };
    Ok(Printer {
        snmp,
        raw: None,
        works: Arc::new(Works::new(0)),
        tasks: vec![tokio::spawn(agent.serve(socket))],
    })
}

struct Agent {
    responder: Responder,
    mib: PrinterMib,
    speaks: Speaks,
    fault: Fault,
}

impl Agent {
    async fn serve(mut self, socket: UdpSocket) {
        let started = std::time::Instant::now();
        let mut buffer = vec![0; 65_535];
        let mut received: u64 = 0;
        loop {
            let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
            received += 1;
            let datagram = &buffer[..length];
            if self.fault == Fault::DropsPackets && received.is_multiple_of(3) || !self.understands(datagram)
            {
                continue;
            }
            let now = Instant::START + started.elapsed();
            if let Some(reply) = self.responder.handle_datagram(now, from, datagram, &mut self.mib) {
                if let Fault::Slow(delay) = self.fault {
                    tokio::time::sleep(delay).await;
                }
                // A reply that the network does not take is a lost reply.
                let _ = socket.send_to(&reply, from).await;
            }
        }
    }

    fn understands(&self, datagram: &[u8]) -> bool {
        match Message::decode(datagram, &Limits::default()) {
            Ok(Message::Community(message)) => match self.speaks {
                Speaks::V1 => message.version == Version::V1,
                Speaks::V2c | Speaks::All => true,
                Speaks::V3 => false,
            },
            Ok(Message::V3(_)) => matches!(self.speaks, Speaks::V3 | Speaks::All),
            Err(_) => true,
        }
    }
}

/// `own_objects`: whether the engine's own counters are part of what is served.
fn responder(
    guests: &Guests,
    speaks: Speaks,
    engine_id: EngineId,
    keys: &mut KeyCache,
    own_objects: bool,
) -> io::Result<Responder> {
    let provider = crypto::rustcrypto();
    // Every start has a new engine id or a fleet's start time as boots: nothing is stored between starts.
    let boots = boots();
    let mut config = ResponderConfig::new(engine_id, boots).serve_engine_objects(own_objects);
    if speaks != Speaks::V3 {
        config = config.community(guests.community.as_str(), Access::Read);
        if let Some(write) = &guests.write_community {
            config = config.community(write.as_str(), Access::ReadWrite);
        }
    }
    if let (Speaks::V3 | Speaks::All, Some(guest)) = (speaks, &guests.user) {
        let privacy =
            guest.priv_password.as_ref().map(|password| (PrivProtocol::Aes128, password.as_bytes()));
        let least = if privacy.is_some() { SecurityLevel::AuthPriv } else { SecurityLevel::AuthNoPriv };
        let auth = Some((guest.auth_protocol, guest.auth_password.as_bytes()));
        let user = User::new(&provider, keys, guest.name.as_bytes(), auth, privacy)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
        config = config.user(user, Access::ReadWrite, least);
    }
    // A system without randomness gives zeros, which are refused.
    Responder::new(config, &provider, Instant::START, || getrandom::u64().unwrap_or(0))
        .map_err(|error| io::Error::other(error.to_string()))
}

/// Seconds since 2020 as snmpEngineBoots: higher at every start, which is all that RFC 3414 §2.2 asks of it.
fn boots() -> u32 {
    let since = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    let seconds = std::time::SystemTime::now().duration_since(since).map_or(1, |elapsed| elapsed.as_secs());
    u32::try_from(seconds).unwrap_or(1).clamp(1, i32::MAX.unsigned_abs() - 1)
}

fn engine_id(persona: &Persona) -> io::Result<EngineId> {
    let mut octets = [0; 6];
    octets.copy_from_slice(&persona.mac_address());
    EngineId::with_format(OUR_ENTERPRISE, 3, &octets).map_err(|error| io::Error::other(error.to_string()))
}

/// 32473 is reserved for examples (RFC 5612).
const OUR_ENTERPRISE: u32 = 32_473;
