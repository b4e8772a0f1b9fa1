//! Discovery: which of many addresses answer, which credentials they take, and which are printers.
//!
//! ```text
//!  target ─▶ [echo] ─▶ identify with the first credential ──answer──▶ printer? ──yes──▶ Found
//!              │           ▲        │                                    │ first device is none
//!              │ silence   │        ├─ first silence, refusal            ▼
//!              ▼           └────────┘  next credential too         list the devices ──▶ Found
//!           NoAnswer          none left ──▶ NoAnswer or Refused          ▼
//!                                                              tell its kind ──▶ NotPrinter
//! ```
//!
//! [`Discovery`] sends nothing and waits for nothing: it hands out probes and takes answers. The pace (packets per
//! second, time-outs, retransmission) is the manager's, which is told by [`Contact`] how much patience a question is worth;
//! the number of questions under way is [`Options::window`]. It asks
//! for names only (GET, GETNEXT) and never touches the print ports, so a sleeping printer is woken no more
//! than by one SNMP request.
//!
//! Credentials are tried from the strongest version down, v3, v2c, v1, and never below [`Options::lowest`]; a
//! [`Network`] has credentials and a lowest version of its own. After a first silence the next ones are tried while the
//! first may still be answered; the strongest that are answered count. Where targets come from:
//!
//! | module | source |
//! | --- | --- |
//! | [`targets`] | what a person types, or a file of it |
//! | [`broadcast`] | hosts that answer one request to all |
//! | `dns` | zones, reverse names, printers that announce themselves (feature `dns`) |
//! | [`queues`] | devices of print servers' queues |
//!
//! [`echo`] asks by ICMP who is there at all; [`drive`](crate::drive) has the loop around everything.

pub mod broadcast;
mod contact;
#[cfg(feature = "dns")]
pub mod dns;
pub mod echo;
mod host;
mod kind;
mod machine;
mod probe;
mod progress;
pub mod queues;
mod target;
pub mod targets;

pub use contact::Contact;
pub use kind::HostKind;
pub use machine::Discovery;
pub use probe::{Evidence, Sign};
pub(crate) use probe::{identify, list_devices, needs_devices};
pub use progress::Progress;
pub use target::{InTurn, Target};

use core::net::SocketAddr;
use remote_services_snmp::engine::{Operation, RequestError};

use crate::RequestKey;
use crate::profile::Profiles;

/// SNMP versions, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SnmpVersion {
    /// SNMPv1: community in clear.
    V1,
    /// SNMPv2c: community in clear.
    V2c,
    /// SNMPv3.
    V3,
}

/// How to discover.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Versions of the caller's credentials; a probe names one by its position here.
    pub credentials: Vec<SnmpVersion>,
    /// Credentials below this version are never used.
    pub lowest: SnmpVersion,
    /// Networks with rules of their own, named by targets.
    pub networks: Vec<Network>,
    /// The most questions that wait for an answer at the same time, and so the most hosts under way. Default 512.
    pub window: usize,
    /// Ask by ICMP echo first. Default off.
    pub echo: bool,
    /// Ask hosts by SNMP that did not answer the echo: firewalls may drop it. Default off.
    pub ask_silent: bool,
    /// What is known of single makers; by default what comes with the crate.
    pub profiles: Profiles,
}

impl Options {
    /// These credentials, all versions allowed.
    #[must_use]
    pub fn new(credentials: Vec<SnmpVersion>) -> Self {
        Self {
            credentials,
            lowest: SnmpVersion::V1,
            networks: Vec::new(),
            window: 512,
            echo: false,
            ask_silent: false,
            profiles: Profiles::builtin(),
        }
    }
}

/// Rules of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Positions in [`Options::credentials`]: these are tried and no others.
    pub credentials: Vec<usize>,
    /// Credentials below this version are never used here; [`Options::lowest`] holds besides.
    pub lowest: SnmpVersion,
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The handle for the answer.
    pub key: RequestKey,
    /// Whom to ask.
    pub address: SocketAddr,
    /// What to ask.
    pub question: Question,
}

/// What to ask a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether it is there: ICMP echo.
    Echo,
    /// What it is.
    Snmp {
        /// With which of the credentials.
        credential: usize,
        /// The request.
        operation: Operation,
        /// What is known of the host by now.
        contact: Contact,
    },
}

/// What became of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The target.
    pub address: SocketAddr,
    /// What it is.
    pub outcome: Outcome,
}

/// What a target turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A printer, or a print server that shows printers: its [`Evidence::kind`] tells.
    Found {
        /// Position of the credential that it took.
        credential: usize,
        /// What it said; `device` and `object_id` are what a [`Collection`](crate::plan::Collection) starts from.
        evidence: Box<Evidence>,
    },
    /// It speaks SNMP and is something else.
    NotPrinter {
        /// Position of the credential that it took.
        credential: usize,
        /// What it said.
        evidence: Box<Evidence>,
    },
    /// Nothing came back.
    NoAnswer,
    /// Somebody is there who refuses our credentials, or whose answers cannot be used.
    Refused(RequestError),
    /// Nothing was sent: the policy allows none of its credentials.
    NotAsked,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_networks;
