//! The state of a discovery.

use remote_services_snmp::VarBind;
use remote_services_snmp::engine::RequestError;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::host::{Host, Ladder, Next, Step};
use super::probe::{identify, identify_plainly, list_devices, needs_devices, weigh};
use super::{
    Contact, Finding, Network, Options, Outcome, Probe, Progress, Question, SnmpVersion, Target, kind,
};
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
    next_host: u64,
    /// Hosts under way: each has an entry in `waiting` or in `again`.
    hosts: BTreeMap<HostId, Host>,
    /// Questions that wait for an answer, and with which rung of the host's ladder they were asked.
    waiting: BTreeMap<RequestKey, (HostId, usize)>,
    /// Further questions to send.
    again: VecDeque<(HostId, usize)>,
    /// Questions whose answers nobody wants any more.
    needless: VecDeque<RequestKey>,
    findings: VecDeque<Finding>,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HostId(u64);

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
            next_host: 0,
            hosts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            again: VecDeque::new(),
            needless: VecDeque::new(),
            findings: VecDeque::new(),
            progress: Progress::default(),
        }
    }

    /// The next request to send, or `None` when answers must come first or all is done.
    pub fn poll_request(&mut self) -> Option<Probe> {
        let (id, rung) = self.next_question()?;
        let host = self.hosts.get(&id)?;
        let operation = match host.step {
            Step::Echo => None,
            Step::Identify if host.is_plain(rung) => Some(identify_plainly()),
            Step::Identify => Some(identify()),
            Step::ListDevices => Some(list_devices()),
            Step::TellKind => Some(kind::question()),
        };
        let contact = match host.step {
            Step::Identify if host.is_plain(rung) => Contact::Known,
            Step::Identify if rung == 0 => Contact::First,
            Step::Identify => Contact::Further,
            _ => Contact::Known,
        };
        let question = operation.map_or(Question::Echo, |operation| Question::Snmp {
            credential: host.ladder[rung],
            operation,
            contact,
        });
        let key = RequestKey(self.next_key);
        let probe = Probe { key, address: host.target.address, question };
        self.next_key += 1;
        self.waiting.insert(key, (id, rung));
        Some(probe)
    }

    /// Whom to ask next and with which rung of its ladder.
    fn next_question(&mut self) -> Option<(HostId, usize)> {
        if self.waiting.len() >= self.window {
            return None;
        }
        self.again.pop_front().or_else(|| Some((self.begin()?, 0)))
    }

    /// Takes the outcome of a request. A key that nothing waits for is ignored. The answer to an echo has no values.
    pub fn handle(&mut self, key: RequestKey, result: Result<Vec<VarBind>, RequestError>) {
        let Some((id, rung)) = self.waiting.remove(&key) else { return };
        let Some(host) = self.hosts.get_mut(&id) else { return };
        match (result, host.step) {
            (Err(_), Step::Echo) if !self.ask_silent => self.silent(id),
            (_, Step::Echo) => self.identify(id),
            (result, Step::Identify) => self.tried(id, rung, result),
            (Ok(answers), _) => {
                host.answers.extend(answers);
                self.answered(id);
            }
            // It did answer the question before, so what it is will be said without a list.
            (Err(_), _) => self.decide(id),
        }
    }

    /// Hears that the first attempt of a request was not answered in time, though it may be answered yet. The host is asked
    /// with its next credentials too. Never hearing of it costs only time.
    pub fn handle_silence(&mut self, key: RequestKey) {
        let Some(&(id, rung)) = self.waiting.get(&key) else { return };
        let Some(host) = self.hosts.get_mut(&id) else { return };
        if host.step == Step::Identify
            && host.is_last(rung)
            && let Some(next) = host.begin()
        {
            self.again.push_back((id, next));
        }
    }

    /// The next request that may be given up, because what it asks is known: its answer would be ignored.
    pub fn poll_needless(&mut self) -> Option<RequestKey> {
        self.needless.pop_front()
    }

    /// Says that this host cannot send ICMP echo: from now on every target is asked by SNMP at once.
    pub fn handle_no_echo(&mut self, key: RequestKey) {
        self.echo = false;
        if let Some((id, _)) = self.waiting.remove(&key) {
            self.identify(id);
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
        self.exhausted && self.hosts.is_empty()
    }

    /// Begins no further target. Those under way are decided.
    pub fn stop(&mut self) {
        self.exhausted = true;
    }

    fn begin(&mut self) -> Option<HostId> {
        loop {
            if self.exhausted {
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
            let mut host = Host::new(target, ladder, self.first_step());
            if host.step == Step::Identify {
                host.begin();
            }
            let id = HostId(self.next_host);
            self.next_host += 1;
            self.hosts.insert(id, host);
            return Some(id);
        }
    }

    fn first_step(&self) -> Step {
        if self.echo { Step::Echo } else { Step::Identify }
    }

    /// Begins to ask a host by SNMP.
    fn identify(&mut self, id: HostId) {
        let Some(host) = self.hosts.get_mut(&id) else { return };
        host.step = Step::Identify;
        if let Some(rung) = host.begin() {
            self.again.push_back((id, rung));
        }
    }

    /// What the question with one rung has come to.
    fn tried(&mut self, id: HostId, rung: usize, result: Result<Vec<VarBind>, RequestError>) {
        let Some(host) = self.hosts.get_mut(&id) else { return };
        match result {
            Ok(answers) => {
                let mut store = ObjectStore::new();
                store.extend(answers);
                // An agent with an empty view: other credentials may see more.
                match store.values().is_empty() {
                    true => host.over(rung),
                    false => host.answered(rung, store),
                }
            }
            Err(RequestError::Unreachable) if !host.has_answered() => {
                return match host.refused.take() {
                    Some(error) => self.end(id, Outcome::Refused(error)),
                    None => self.silent(id),
                };
            }
            Err(error) => {
                let silent = matches!(error, RequestError::Timeout { garbage: None, .. });
                let stumbles = !silent && !is_refusal(&error) && error != RequestError::Cancelled;
                if !silent {
                    host.refused = Some(error);
                }
                if stumbles && !host.is_plain(rung) {
                    host.ask_plainly(rung);
                    return self.again.push_back((id, rung));
                }
                host.over(rung);
            }
        }
        match host.next() {
            Next::Wait => {}
            Next::Ask(rung) => self.again.push_back((id, rung)),
            Next::Take => {
                self.give_up_questions(id);
                self.answered(id);
            }
            Next::GiveUp => match host.refused.take() {
                Some(RequestError::Cancelled) | None => self.silent(id),
                Some(error) => self.end(id, Outcome::Refused(error)),
            },
        }
    }

    /// What a host has answered to the rung that counts.
    fn answered(&mut self, id: HostId) {
        let Some(host) = self.hosts.get_mut(&id) else { return };
        if host.step == Step::Identify && needs_devices(&host.answers) {
            host.step = Step::ListDevices;
        } else if host.step != Step::TellKind && weigh(&host.answers, &self.profiles).sign.is_none() {
            host.step = Step::TellKind;
        } else {
            return self.decide(id);
        }
        self.again.push_back((id, host.rung));
    }

    /// Nothing came back from this address: the next one of the host, if it has one.
    fn silent(&mut self, id: HostId) {
        self.give_up_questions(id);
        let first = self.first_step();
        let Some(host) = self.hosts.get_mut(&id) else { return };
        let was_echo = host.step == Step::Echo;
        if host.next_address(first) {
            let rung = if first == Step::Identify { host.begin().unwrap_or(0) } else { 0 };
            return self.again.push_back((id, rung));
        }
        self.progress.no_echo += u64::from(was_echo);
        let named = host.named;
        self.hosts.remove(&id);
        self.finish(named, Outcome::NoAnswer);
    }

    fn decide(&mut self, id: HostId) {
        let Some(host) = self.hosts.get(&id) else { return };
        let evidence = Box::new(weigh(&host.answers, &self.profiles));
        let credential = host.ladder[host.rung];
        let outcome = match evidence.sign {
            Some(_) => Outcome::Found { credential, evidence },
            None => Outcome::NotPrinter { credential, evidence },
        };
        self.end(id, outcome);
    }

    /// Ends a host under the address that was asked last.
    fn end(&mut self, id: HostId, outcome: Outcome) {
        self.give_up_questions(id);
        if let Some(host) = self.hosts.remove(&id) {
            self.finish(host.target.address, outcome);
        }
    }

    /// Wants no answer any more to what a host was asked so far.
    fn give_up_questions(&mut self, id: HostId) {
        self.again.retain(|(of, _)| *of != id);
        let needless = &mut self.needless;
        self.waiting.retain(|key, (of, _)| {
            if *of == id {
                needless.push_back(*key);
            }
            *of != id
        });
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
