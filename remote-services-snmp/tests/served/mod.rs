//! A responder of ours on a socket and a thread of its own, which end with it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::{Clock, bind, blocking, os_random};
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Oid, Value, oid};

pub(crate) const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
pub(crate) const COLUMN: Oid = oid!("1.3.6.1.4.1.9");
pub(crate) const ROWS: u32 = 50;

/// One responder that many peers stand for: an agent does not mind how often it is asked.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Served {
    pub(crate) fn new(local: &str) -> Option<Self> {
        let socket = bind(local.parse().unwrap()).ok()?;
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let clock = Clock::start();
            blocking::serve(&socket, &mut responder(clock), &mut table(), clock, &stopped)
        });
        Some(Self { address, stop, thread: Some(thread) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        assert!(matches!(ended, Ok(Ok(()))) || std::thread::panicking(), "the responder failed");
    }
}

/// Community `public`, which may write the name.
pub(crate) fn responder(clock: Clock) -> Responder {
    let engine = EngineId::with_format(8072, 5, &[7]).unwrap();
    let config = ResponderConfig::new(engine, 1).community("public", Access::ReadWrite);
    Responder::new(config, &CryptoProvider::none(), clock.now(), os_random()).unwrap()
}

pub(crate) fn table() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert_writable(NAME, Value::from("lobby"));
    for row in 1..=ROWS {
        table.insert(COLUMN.child(row).unwrap(), Value::Gauge32(row));
    }
    table
}
