//! The state of a discovery.

use remote_services_snmp::VarBind;
use remote_services_snmp::engine::RequestError;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::probe::{identify, identify_plainly, list_devices, needs_devices, weigh};
use super::{Finding, Network, Options, Outcome, Probe, Progress, Question, SnmpVersion, Target, kind};
use crate::RequestKey;
use crate::profile::Profiles;
use crate::store::{ObjectStore, is_refusal};

/// The state of a discovery. `T` gives the targets one by one; none is held before its turn.
#[derive(Debug)]
pub struct Discovery<T> {
    targets: T,
    exhausted: bool,
    /// That of the options, then those of the networks.
    ladders: Vec<Ladder>,
    window: usize,
    echo: bool,
    ask_silent: bool,
    profiles: Profiles,
    next_key: u64,
    /// Hosts with a question under way. A host is here or in `again`, never in both.
    waiting: BTreeMap<RequestKey, Host>,
    /// Hosts with a further question to send.
    again: VecDeque<Host>,
    findings: VecDeque<Finding>,
    progress: Progress,
}

/// Positions of usable credentials, strongest version first.
type Ladder = Rc<[usize]>;

#[derive(Debug)]
struct Host {
    /// Being asked is `target.address`; addresses that were silent are gone.
    target: Target,
    /// What the finding is about when no address answers.
    named: core::net::SocketAddr,
    ladder: Ladder,
    /// Position in the ladder.
    rung: usize,
    step: Step,
    answers: ObjectStore,
    /// The most telling failure so far.
    refused: Option<RequestError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Echo,
    Identify,
    IdentifyPlainly,
    ListDevices,
    TellKind,
}

impl<T> Discovery<T>
where
    T: Iterator,
    T::Item: Into<Target>,
{
    /// A discovery of these targets. Without a credential that the policy allows, it is done at once.
    #[must_use]
    pub fn new(targets: T, options: &Options) -> Self {
        let all = Network { credentials: (0..options.credentials.len()).collect(), lowest: options.lowest };
        let ladders: Vec<Ladder> =
            core::iter::once(&all).chain(&options.networks).map(|network| ladder(network, options)).collect();
        Self {
            targets,
            exhausted: ladders.iter().all(|ladder| ladder.is_empty()),
            ladders,
            window: options.window.max(1),
            echo: options.echo,
            ask_silent: options.ask_silent,
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
            None => self.begin()?,
        };
        let key = RequestKey(self.next_key);
        self.next_key += 1;
        let operation = match host.step {
            Step::Echo => None,
            Step::Identify => Some(identify()),
            Step::IdentifyPlainly => Some(identify_plainly()),
            Step::ListDevices => Some(list_devices()),
            Step::TellKind => Some(kind::question()),
        };
        let question = operation.map_or(Question::Echo, |operation| Question::Snmp {
            credential: host.ladder[host.rung],
            operation,
        });
        let probe = Probe { key, address: host.target.address, question };
        self.waiting.insert(key, host);
        Some(probe)
    }

    /// Takes the outcome of a request. A key that nothing waits for is ignored. The answer to an echo has no values.
    pub fn handle(&mut self, key: RequestKey, result: Result<Vec<VarBind>, RequestError>) {
        let Some(mut host) = self.waiting.remove(&key) else { return };
        match (result, host.step) {
            (Ok(_), Step::Echo) => {
                host.step = Step::Identify;
                self.again.push_back(host);
            }
            (Err(_), Step::Echo) if self.ask_silent => {
                host.step = Step::Identify;
                self.again.push_back(host);
            }
            (Err(_), Step::Echo) => self.silent(host),
            (Ok(answers), _) => {
                host.answers.extend(answers);
                self.answered(host);
            }
            // It did answer the question before, so what it is will be said without a list.
            (Err(_), Step::ListDevices | Step::TellKind) => self.decide(&host),
            (Err(RequestError::Unreachable), _) => match host.refused.take() {
                Some(error) => self.finish(host.target.address, Outcome::Refused(error)),
                None => self.silent(host),
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

    /// Says that this host cannot send ICMP echo: from now on every target is asked by SNMP at once.
    pub fn handle_no_echo(&mut self, key: RequestKey) {
        self.echo = false;
        if let Some(mut host) = self.waiting.remove(&key) {
            host.step = Step::Identify;
            self.again.push_back(host);
        }
    }

    /// The next target that has been decided.
    pub fn next_finding(&mut self) -> Option<Finding> {
        self.findings.pop_front()
    }

    /// How far it is.
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

    fn begin(&mut self) -> Option<Host> {
        loop {
            if self.exhausted || self.waiting.len() >= self.window {
                return None;
            }
            let Some(target) = self.targets.next().map(Into::into) else {
                self.exhausted = true;
                return None;
            };
            self.progress.started += 1;
            let ladder = self.ladders.get(target.network.map_or(0, |network| network + 1));
            let Some(ladder) = ladder.filter(|ladder| !ladder.is_empty()).map(Rc::clone) else {
                self.finish(target.address, Outcome::NotAsked);
                continue;
            };
            return Some(Host {
                named: target.address,
                target,
                ladder,
                rung: 0,
                step: self.first_step(),
                answers: ObjectStore::new(),
                refused: None,
            });
        }
    }

    fn first_step(&self) -> Step {
        if self.echo { Step::Echo } else { Step::Identify }
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
        if host.step != Step::TellKind && weigh(&host.answers, &self.profiles).sign.is_none() {
            host.step = Step::TellKind;
            return self.again.push_back(host);
        }
        self.decide(&host);
    }

    fn next_rung(&mut self, mut host: Host) {
        host.rung += 1;
        host.step = Step::Identify;
        if host.rung < host.ladder.len() {
            return self.again.push_back(host);
        }
        match host.refused.take() {
            Some(RequestError::Cancelled) | None => self.silent(host),
            Some(error) => self.finish(host.target.address, Outcome::Refused(error)),
        }
    }

    /// Nothing came back from this address: the next one of the host, if it has one.
    fn silent(&mut self, mut host: Host) {
        if !host.target.others.is_empty() {
            host.target.address = host.target.others.remove(0);
            host.rung = 0;
            host.step = self.first_step();
            return self.again.push_back(host);
        }
        if host.step == Step::Echo {
            self.progress.no_echo += 1;
        }
        self.finish(host.named, Outcome::NoAnswer);
    }

    fn decide(&mut self, host: &Host) {
        let evidence = Box::new(weigh(&host.answers, &self.profiles));
        let credential = host.ladder[host.rung];
        let outcome = match evidence.sign {
            Some(_) => Outcome::Found { credential, evidence },
            None => Outcome::NotPrinter { credential, evidence },
        };
        self.finish(host.target.address, outcome);
    }

    fn finish(&mut self, address: core::net::SocketAddr, outcome: Outcome) {
        self.progress.finished += 1;
        *match outcome {
            Outcome::Found { .. } => &mut self.progress.found,
            Outcome::NotPrinter { .. } => &mut self.progress.not_printers,
            Outcome::NoAnswer => &mut self.progress.no_answer,
            Outcome::Refused(_) => &mut self.progress.refused,
            Outcome::NotAsked => &mut self.progress.not_asked,
        } += 1;
        self.findings.push_back(Finding { address, outcome });
    }
}

/// What the policy allows of a network's credentials, strongest version first; of one version, in the order given.
fn ladder(network: &Network, options: &Options) -> Ladder {
    let version = |position: &usize| options.credentials.get(*position).copied();
    let lowest: SnmpVersion = network.lowest.max(options.lowest);
    let mut positions: Vec<usize> = network.credentials.clone();
    positions.retain(|position| version(position).is_some_and(|version| version >= lowest));
    positions.sort_by_key(|position| core::cmp::Reverse(version(position)));
    positions.into()
}
