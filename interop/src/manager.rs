//! Our manager behind both of its drivers, so that a behaviour is written once and tried twice.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use remote_services_snmp::VarBind;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::tokio::ManagerHandle;
use remote_services_snmp::driver::{CallError, os_random};
use remote_services_snmp::engine::{Credentials, Manager, ManagerConfig, Operation, PeerOptions, Secret};

/// What both drivers do.
pub trait Asker {
    /// Asks `address` as `credentials` and waits for the outcome.
    ///
    /// # Errors
    /// Those of the driver.
    fn ask(
        &mut self,
        address: SocketAddr,
        credentials: &Arc<Credentials>,
        operation: Operation,
    ) -> Result<Vec<VarBind>, CallError>;
}

/// How long to wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// For a peer that will answer, on a loaded machine.
    Much,
    /// For a peer that will not.
    Little,
}

/// Both drivers, with their names for messages.
#[must_use]
pub fn askers(patience: Patience) -> [(&'static str, Box<dyn Asker>); 2] {
    let options = patience.options();
    [("blocking", Box::new(Blocking::new(options.clone()))), ("tokio", Box::new(Tokio::new(options)))]
}

/// SNMPv3 with authentication by `auth` and, when there is a password for it, AES-128.
#[must_use]
pub fn user(
    name: &str,
    auth: AuthProtocol,
    password: &str,
    privacy: Option<&str>,
    context: &str,
) -> Credentials {
    Credentials::V3 {
        user: name.to_owned(),
        auth: Some((auth, Secret::from(password))),
        privacy: privacy.map(|password| (PrivProtocol::Aes128, Secret::from(password))),
        context_name: context.to_owned(),
    }
}

struct Blocking {
    driver: ManagerDriver,
    options: PeerOptions,
}

struct Tokio {
    runtime: tokio::runtime::Runtime,
    handle: ManagerHandle,
    options: PeerOptions,
}

impl Patience {
    fn options(self) -> PeerOptions {
        let timeout = Duration::from_millis(if self == Patience::Much { 1_000 } else { 300 });
        PeerOptions { timeout, retries: 2, ..PeerOptions::default() }
    }
}

impl Blocking {
    fn new(options: PeerOptions) -> Self {
        let driver = ManagerDriver::bind(loopback(), manager()).expect("loopback has a free port");
        Self { driver, options }
    }
}

impl Asker for Blocking {
    fn ask(
        &mut self,
        address: SocketAddr,
        credentials: &Arc<Credentials>,
        operation: Operation,
    ) -> Result<Vec<VarBind>, CallError> {
        let peer = self.driver.add_peer(address, Arc::clone(credentials), self.options.clone())?;
        self.driver.call(peer, operation)
    }
}

impl Tokio {
    fn new(options: PeerOptions) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a thread can wait for sockets");
        let handle = runtime.block_on(async { ManagerHandle::bind(loopback(), manager()) });
        Self { runtime, handle: handle.expect("loopback has a free port"), options }
    }
}

impl Asker for Tokio {
    fn ask(
        &mut self,
        address: SocketAddr,
        credentials: &Arc<Credentials>,
        operation: Operation,
    ) -> Result<Vec<VarBind>, CallError> {
        self.runtime.block_on(async {
            let peer = self.handle.add_peer(address, Arc::clone(credentials), self.options.clone()).await?;
            self.handle.call(peer, operation).await
        })
    }
}

pub(crate) fn manager() -> Manager {
    Manager::new(ManagerConfig::default(), rustcrypto(), os_random()).expect("randomness")
}

pub(crate) fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}
