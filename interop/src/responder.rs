//! Our responder on a port of its own, with a thread that hands it datagrams.
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Clock};

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{
    Access, Grant, MibHandler, Responder, ResponderConfig, SortedTable, View,
};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Value, oid};

/// What every user authenticates with.
pub const AUTH_PASSWORD: &str = "authpass12";
/// What every user encrypts with.
pub const PRIVACY_PASSWORD: &str = "privpass12";

/// A responder with communities `public` (read), `private` (write), `narrow` (read the system group without
/// sysContact) and `second` (read the context of that name), and users `sha1aes` and `sha256aes` who may write with
/// privacy, and `sha256only` who may write without.
pub struct Served<M = SortedTable> {
    /// Where it answers.
    pub address: SocketAddr,
    table: Arc<Mutex<M>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl<M: MibHandler + Send + 'static> Served<M> {
    /// Serves a table or another handler until dropped.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[must_use]
    pub fn start(table: M) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a bound socket takes a time-out");
        let address = socket.local_addr().expect("a bound socket has an address");
        let table = Arc::new(Mutex::new(table));
        let stop = Arc::new(AtomicBool::new(false));
        let mut responder = responder();
        let (shared, stopped) = (Arc::clone(&table), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let started = Clock::now();
            let mut buffer = vec![0; 65_535];
            let mut reply = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let now = Instant::from_start(started.elapsed());
                let mut table = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if responder.handle_datagram_into(now, from, &buffer[..length], &mut *table, &mut reply) {
                    // A peer that is gone is nobody's loss here.
                    let _ = socket.send_to(&reply, from);
                }
            }
        });
        Self { address, table, stop, thread: Some(thread) }
    }

    /// A look at the table as it is now.
    #[must_use]
    pub fn table(&self) -> M
    where
        M: Clone,
    {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<M> Drop for Served<M> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The engine alone, as [`Served`] runs it.
///
/// # Panics
/// Never: names and passwords are within bounds.
#[must_use]
pub fn responder() -> Responder {
    let provider = rustcrypto();
    let engine_id = EngineId::with_format(99_999, 4, b"interop").expect("seven octets of text");
    let mut config = ResponderConfig::new(engine_id, 1)
        .community("public", Access::Read)
        .community("private", Access::ReadWrite)
        .community("narrow", Grant::reading(system_without_contact()))
        .community_in_context("second", Access::Read, b"second");
    let mut cache = KeyCache::default();
    for (name, auth, least) in [
        ("sha1aes", AuthProtocol::HmacSha1, SecurityLevel::AuthPriv),
        ("sha256aes", AuthProtocol::HmacSha256, SecurityLevel::AuthPriv),
        ("sha256only", AuthProtocol::HmacSha256, SecurityLevel::AuthNoPriv),
    ] {
        let auth = Some((auth, AUTH_PASSWORD.as_bytes()));
        let privacy = Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
        let privacy = privacy.filter(|_| least == SecurityLevel::AuthPriv);
        let user = User::new(&provider, &mut cache, name.as_bytes(), auth, privacy);
        let user = user.expect("the passwords are long enough");
        config = config.user(user, Access::ReadWrite, least);
    }
    Responder::new(config, &provider, Instant::START, os_random()).expect("the provider has these algorithms")
}

fn system_without_contact() -> View {
    View::nothing().include(oid!("1.3.6.1.2.1.1")).exclude(oid!("1.3.6.1.2.1.1.4"))
}

/// What [`crate::behaviours`] want an agent to have.
#[must_use]
pub fn standard_table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.1.0"), Value::from("a device that is asked"));
    table.insert(oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.99999.1")));
    table.insert(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(4_711));
    table.insert(oid!("1.3.6.1.2.1.1.4.0"), Value::from("operator@example.com"));
    table.insert(oid!("1.3.6.1.2.1.1.5.0"), Value::from("device"));
    table.insert_writable(oid!("1.3.6.1.2.1.1.6.0"), Value::from("room 1"));
    table.insert(oid!("1.3.6.1.2.1.31.1.1.1.6.1"), Value::Counter64(u64::MAX));
    table.insert(oid!("1.3.6.1.2.1.31.1.1.1.7.1"), Value::Counter64(7));
    table.insert(oid!("1.3.6.1.2.1.31.1.1.1.15.1"), Value::Gauge32(10));
    table
}
