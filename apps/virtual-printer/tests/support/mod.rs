//! Printers in the process of the test, and managers that ask them.
#![allow(dead_code, reason = "not every test needs all of it")]

use remote_services_collect::synthetic;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, PeerId, PeerOptions, Secret};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::runtime::Runtime;
use virtual_printer::access::{Engines, Guests, UsmGuest};
use virtual_printer::printer::{self, Printer, PrinterOptions};
use virtual_printer::source::Source;

/// A printer, and the runtime that it lives on.
pub(crate) struct Bench {
    pub(crate) printer: Printer,
    runtime: Runtime,
}

/// Everybody who may ask in these tests.
pub(crate) fn guests() -> Guests {
    Guests {
        community: "public".to_owned(),
        write_community: Some("private".to_owned()),
        user: Some(UsmGuest {
            name: "monitor".to_owned(),
            auth_protocol: AuthProtocol::HmacSha256,
            auth_password: "authpass12".to_owned(),
            priv_password: Some("privpass12".to_owned()),
        }),
    }
}

/// Credentials of the user.
pub(crate) fn user() -> Credentials {
    guests().user_credentials().unwrap()
}

impl Bench {
    /// A printer of this model on a free port.
    pub(crate) fn start(model: &str, options: PrinterOptions) -> Self {
        assert!(synthetic::by_name(model).is_some());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let printer = runtime.block_on(async {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let source = Arc::new(Source::built_in(model).unwrap());
            printer::start(source, options, &Engines::new(&guests()), socket).await.unwrap()
        });
        Self { printer, runtime }
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A manager that asks with these credentials, and does not wait long for what is lost.
    pub(crate) fn ask(&self, credentials: Credentials) -> (ManagerDriver, PeerId) {
        asker(self.printer.snmp, credentials)
    }
}

/// A manager for this address.
#[allow(clippy::field_reassign_with_default, reason = "the type is non_exhaustive")]
pub(crate) fn asker(address: SocketAddr, credentials: Credentials) -> (ManagerDriver, PeerId) {
    let manager = Manager::new(ManagerConfig::default(), rustcrypto(), os_random()).unwrap();
    let mut driver = ManagerDriver::bind_any(manager).unwrap();
    let mut options = PeerOptions::default();
    options.timeout = Duration::from_millis(200);
    options.retries = 2;
    let peer = driver.add_peer(address, credentials, options).unwrap();
    (driver, peer)
}

/// Waits for something with a deadline that no machine misses.
pub(crate) fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(found) = ready() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not happen")
}

/// Privacy as the guests have it.
pub(crate) const PRIVACY: PrivProtocol = PrivProtocol::Aes128;

/// A secret of text.
pub(crate) fn secret(text: &str) -> Secret {
    Secret::from(text)
}
