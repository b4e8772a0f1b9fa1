//! What a printer is reached by. The protocols are told apart from their sockets: `pdl`, `pjl`, `stream` and `rfc1179` take octets
//! and give back what to do.
//!
//! | service | port of real printers | what it does |
//! | --- | --- | --- |
//! | `snmp` | 161 | answers, with the faults that are switched on |
//! | `raw` | 9100 | takes jobs and firmware, answers PJL |
//! | `lpr` | 515 | takes jobs (RFC 1179) |
//! | `web` | 80 | one page, to look at |
//! | `notify` | – | tells receivers of alerts and starts |
//! | `control` | – | one for all printers of the process: faults and actions by HTTP |

pub mod control;
mod lpr;
pub(crate) mod notify;
mod pdl;
mod pjl;
mod raw;
mod rfc1179;
pub(crate) mod snmp;
mod stream;
mod web;

pub use notify::{Receiver, ReceiverError, ReceiverVersion};

use crate::printer::Core;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Which services a printer has besides SNMP, on which ports of its address; port 0 is any free one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Services {
    /// Raw TCP.
    pub raw: Option<u16>,
    /// LPR.
    pub lpr: Option<u16>,
    /// A page.
    pub web: Option<u16>,
}

impl Default for Services {
    /// Raw TCP alone: what most printers are sent jobs by.
    fn default() -> Self {
        Self { raw: Some(0), lpr: None, web: None }
    }
}

impl Services {
    /// SNMP alone.
    #[must_use]
    pub fn none() -> Self {
        Self { raw: None, lpr: None, web: None }
    }

    /// How many sockets a printer with these has.
    #[must_use]
    pub fn sockets(&self) -> u64 {
        1 + [self.raw, self.lpr, self.web].iter().flatten().count() as u64
    }
}

pub(crate) struct Listeners {
    raw: Option<TcpListener>,
    lpr: Option<TcpListener>,
    web: Option<TcpListener>,
}

pub(crate) async fn bind(services: &Services, address: IpAddr) -> io::Result<Listeners> {
    let listen = async |port: Option<u16>| match port {
        Some(port) => {
            let listener = TcpListener::bind((address, port)).await;
            let listener = listener.map_err(|error| {
                io::Error::new(error.kind(), format!("TCP port {port} of {address}: {error}"))
            })?;
            Ok::<_, io::Error>(Some(listener))
        }
        None => Ok(None),
    };
    Ok(Listeners {
        raw: listen(services.raw).await?,
        lpr: listen(services.lpr).await?,
        web: listen(services.web).await?,
    })
}

impl Listeners {
    pub(crate) fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>, Option<SocketAddr>) {
        let of = |listener: &Option<TcpListener>| listener.as_ref().and_then(|it| it.local_addr().ok());
        (of(&self.raw), of(&self.lpr), of(&self.web))
    }

    pub(crate) fn serve(self, core: &Arc<Core>) -> Vec<JoinHandle<()>> {
        let mut tasks = Vec::new();
        tasks.extend(self.raw.map(|listener| tokio::spawn(raw::serve(listener, Arc::clone(core)))));
        tasks.extend(self.lpr.map(|listener| tokio::spawn(lpr::serve(listener, Arc::clone(core)))));
        tasks.extend(self.web.map(|listener| tokio::spawn(web::serve(listener, Arc::clone(core)))));
        tasks
    }
}
