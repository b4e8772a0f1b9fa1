//! Discovery: which of many addresses answer, which credentials they take, and which are printers.
//!
//! ```text
//!  target ──▶ identify with the first credential ──answer──▶ printer? ──yes──▶ Found
//!                 ▲        │                                    │ first device is none
//!                 │        ├─ silence, refusal                  ▼
//!                 └────────┘  next credential             list the devices ──▶ Found or NotPrinter
//!                    none left ──▶ NoAnswer or Refused
//! ```
//!
//! [`Discovery`] sends nothing and waits for nothing: it hands out probes and takes answers. The pace (packets per
//! second, time-outs, retransmission) is the manager's; the number of hosts under way is [`Options::window`]. It asks
//! for names only (GET, GETNEXT) and never touches the print ports, so a sleeping printer is woken no more
//! than by one SNMP request.
//!
//! Credentials are tried from the strongest version down, v3, v2c, v1, and never below [`Options::lowest`].
//! [`targets`] turns what a person types into addresses; [`drive`](crate::drive) has the loop around it.

mod probe;
pub mod targets;

pub use probe::{Evidence, Sign};
pub(crate) use probe::{identify, list_devices, needs_devices};

use core::net::SocketAddr;
use remote_services_snmp::VarBind;
use remote_services_snmp::engine::{Operation, RequestError};
use std::collections::{BTreeMap, VecDeque};

use crate::RequestKey;
use crate::profile::Profiles;
use crate::store::{ObjectStore, is_refusal};

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
    /// Hosts under way at the same time. Default 512.
    pub window: usize,
    /// What is known of single makers; by default what comes with the crate.
    pub profiles: Profiles,
}

impl Options {
    /// These credentials, all versions allowed.
    #[must_use]
    pub fn new(credentials: Vec<SnmpVersion>) -> Self {
        Self { credentials, lowest: SnmpVersion::V1, window: 512, profiles: Profiles::builtin() }
    }
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The handle for the answer.
    pub key: RequestKey,
    /// Whom to ask.
    pub address: SocketAddr,
    /// With which of the credentials.
    pub credential: usize,
    /// What to ask.
    pub operation: Operation,
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
    /// A printer.
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
}

/// How far a discovery is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Targets begun.
    pub started: u64,
    /// Targets decided.
    pub finished: u64,
    /// Of these, printers.
    pub found: u64,
    /// Of these, hosts that are no printers.
    pub not_printers: u64,
    /// Of these, silent.
    pub no_answer: u64,
    /// Of these, refusing.
    pub refused: u64,
}

/// The state of a discovery. `T` gives the targets one by one; none is held before its turn.
#[derive(Debug)]
pub struct Discovery<T> {
    targets: T,
    exhausted: bool,
    /// Positions of usable credentials, strongest version first.
    ladder: Vec<usize>,
    window: usize,
    profiles: Profiles,
    next_key: u64,
    /// Hosts with a question under way. A host is here or in `again`, never in both.
    waiting: BTreeMap<RequestKey, Host>,
    /// Hosts with a further question to send.
    again: VecDeque<Host>,
    findings: VecDeque<Finding>,
    progress: Progress,
}

#[derive(Debug)]
struct Host {
    address: SocketAddr,
    /// Position in the ladder.
    rung: usize,
    step: Step,
    answers: ObjectStore,
    /// The most telling failure so far.
    refused: Option<RequestError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Identify,
    IdentifyPlainly,
    ListDevices,
}

impl<T: Iterator<Item = SocketAddr>> Discovery<T> {
    /// A discovery of these targets. Without a credential that the policy allows, it is done at once.
    #[must_use]
    pub fn new(targets: T, options: &Options) -> Self {
        let mut ladder: Vec<usize> = (0..options.credentials.len())
            .filter(|position| options.credentials[*position] >= options.lowest)
            .collect();
        ladder.sort_by_key(|position| core::cmp::Reverse(options.credentials[*position]));
        Self {
            targets,
            exhausted: ladder.is_empty(),
            ladder,
            window: options.window.max(1),
            profiles: options.profiles.clone(),
            next_key: 0,
            waiting: BTreeMap::new(),
            again: VecDeque::new(),
            findings: VecDeque::new(),
            progress: Progress::default(),
        }
    }

    /// The next request to send, or `None` when answers must come first or all is done.
    pub fn poll_request(&mut self) -> Option<Probe> {
        let host = match self.again.pop_front() {
            Some(host) => host,
            None if self.exhausted || self.waiting.len() >= self.window => return None,
            None => match self.targets.next() {
                Some(address) => {
                    self.progress.started += 1;
                    Host {
                        address,
                        rung: 0,
                        step: Step::Identify,
                        answers: ObjectStore::new(),
                        refused: None,
                    }
                }
                None => {
                    self.exhausted = true;
                    return None;
                }
            },
        };
        let key = RequestKey(self.next_key);
        self.next_key += 1;
        let operation = match host.step {
            Step::Identify => identify(),
            Step::IdentifyPlainly => probe::identify_plainly(),
            Step::ListDevices => list_devices(),
        };
        let probe = Probe { key, address: host.address, credential: self.ladder[host.rung], operation };
        self.waiting.insert(key, host);
        Some(probe)
    }

    /// Takes the outcome of a request. A key that nothing waits for is ignored.
    pub fn handle(&mut self, key: RequestKey, result: Result<Vec<VarBind>, RequestError>) {
        let Some(mut host) = self.waiting.remove(&key) else { return };
        match (result, host.step) {
            (Ok(answers), _) => {
                host.answers.extend(answers);
                self.answered(host);
            }
            // It did answer the question before, so what it is will be said without a list.
            (Err(_), Step::ListDevices) => self.decide(&host),
            (Err(RequestError::Unreachable), _) => match host.refused.take() {
                Some(error) => self.finish(host.address, Outcome::Refused(error)),
                None => self.finish(host.address, Outcome::NoAnswer),
            },
            (Err(error), step) => {
                let silent = matches!(error, RequestError::Timeout { garbage: None, .. });
                let stumbles = !silent && !is_refusal(&error) && error != RequestError::Cancelled;
                if !silent {
                    host.refused = Some(error);
                }
                if stumbles && step == Step::Identify {
                    host.step = Step::IdentifyPlainly;
                    self.again.push_back(host);
                } else {
                    self.next_rung(host);
                }
            }
        }
    }

    /// The next target that has been decided.
    pub fn next_finding(&mut self) -> Option<Finding> {
        self.findings.pop_front()
    }

    /// How far it is. Truthful: `started` counts targets whose first request was handed out.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Whether every target is decided. Findings may still wait to be taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.exhausted && self.waiting.is_empty() && self.again.is_empty()
    }

    /// Begins no further target. Those under way are decided.
    pub fn stop(&mut self) {
        self.exhausted = true;
    }

    fn answered(&mut self, mut host: Host) {
        if host.answers.values().is_empty() {
            // An agent with an empty view: other credentials may see more.
            return self.next_rung(host);
        }
        if host.step == Step::Identify && needs_devices(&host.answers) {
            host.step = Step::ListDevices;
            return self.again.push_back(host);
        }
        self.decide(&host);
    }

    fn next_rung(&mut self, mut host: Host) {
        host.rung += 1;
        host.step = Step::Identify;
        if host.rung < self.ladder.len() {
            return self.again.push_back(host);
        }
        let outcome = match host.refused.take() {
            Some(RequestError::Cancelled) | None => Outcome::NoAnswer,
            Some(error) => Outcome::Refused(error),
        };
        self.finish(host.address, outcome);
    }

    fn decide(&mut self, host: &Host) {
        let evidence = Box::new(probe::weigh(&host.answers, &self.profiles));
        let credential = self.ladder[host.rung];
        let outcome = match evidence.sign {
            Some(_) => Outcome::Found { credential, evidence },
            None => Outcome::NotPrinter { credential, evidence },
        };
        self.finish(host.address, outcome);
    }

    fn finish(&mut self, address: SocketAddr, outcome: Outcome) {
        self.progress.finished += 1;
        *match outcome {
            Outcome::Found { .. } => &mut self.progress.found,
            Outcome::NotPrinter { .. } => &mut self.progress.not_printers,
            Outcome::NoAnswer => &mut self.progress.no_answer,
            Outcome::Refused(_) => &mut self.progress.refused,
        } += 1;
        self.findings.push_back(Finding { address, outcome });
    }
}

#[cfg(test)]
mod tests;
