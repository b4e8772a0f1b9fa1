//! Our responder on a port of its own, with a thread that hands it datagrams.
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Clock};

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};

/// What every user authenticates with.
pub const AUTH_PASSWORD: &str = "authpass12";
/// What every user encrypts with.
pub const PRIVACY_PASSWORD: &str = "privpass12";

/// A responder with communities `public` (read) and `private` (write), and users `sha1aes` and `sha256aes` who may
/// write with privacy.
pub struct Served {
    /// Where it answers.
    pub address: SocketAddr,
    table: Arc<Mutex<SortedTable>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Serves a table until dropped.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[must_use]
    pub fn start(table: SortedTable) -> Self {
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
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let now = Instant::from_start(started.elapsed());
                let mut table = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(reply) = responder.handle_datagram(now, from, &buffer[..length], &mut *table) {
                    // A peer that is gone is nobody's loss here.
                    let _ = socket.send_to(&reply, from);
                }
            }
        });
        Self { address, table, stop, thread: Some(thread) }
    }

    /// A look at the table as it is now.
    #[must_use]
    pub fn table(&self) -> SortedTable {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Served {
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
        .community("private", Access::ReadWrite);
    let mut cache = KeyCache::default();
    for (name, auth) in [("sha1aes", AuthProtocol::HmacSha1), ("sha256aes", AuthProtocol::HmacSha256)] {
        let auth = Some((auth, AUTH_PASSWORD.as_bytes()));
        let privacy = Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
        let user = User::new(&provider, &mut cache, name.as_bytes(), auth, privacy);
        let user = user.expect("the passwords are long enough");
        config = config.user(user, Access::ReadWrite, SecurityLevel::AuthPriv);
    }
    Responder::new(config, &provider, Instant::START, 1).expect("the provider has these algorithms")
}
