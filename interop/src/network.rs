//! Discovery and collection over a real socket: the blocking driver as the asker that they want.
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use remote_services_collect::drive::{Answer, Asker};
use remote_services_collect::plan::peer_options;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::engine::{Credentials, Operation, PeerId, RequestId};

use crate::manager::{loopback, manager};

/// A socket, and the credentials that requests name by position.
pub struct Network {
    driver: ManagerDriver,
    credentials: Vec<Arc<Credentials>>,
    peers: BTreeMap<(SocketAddr, usize), PeerId>,
    time_out: Duration,
}

impl Network {
    /// A network for these credentials; a silent host is given up after a few of these time-outs.
    #[must_use]
    pub fn new(credentials: Vec<Arc<Credentials>>, time_out: Duration) -> Self {
        let driver = ManagerDriver::bind(loopback(), manager()).expect("loopback has a free port");
        Self { driver, credentials, peers: BTreeMap::new(), time_out }
    }
}

impl Asker for Network {
    type Id = RequestId;
    type Error = io::Error;

    fn submit(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> io::Result<RequestId> {
        let peer = match self.peers.get(&(address, credential)) {
            Some(peer) => *peer,
            None => {
                let mut options = peer_options();
                options.timeout = self.time_out;
                let credentials = Arc::clone(&self.credentials[credential]);
                let peer = self.driver.add_peer(address, credentials, options).map_err(io::Error::other)?;
                self.peers.insert((address, credential), peer);
                peer
            }
        };
        self.driver.submit(peer, operation).map_err(io::Error::other)
    }

    fn next(&mut self) -> io::Result<Option<Answer<RequestId>>> {
        let completed = self.driver.next(Duration::from_secs(60))?;
        Ok(completed.map(|it| Answer { id: it.id, result: it.result, partial: it.partial }))
    }
}
