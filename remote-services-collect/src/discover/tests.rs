//! Discovery against devices made of values.

use super::*;
use crate::drive::{self, Answer, Asker};
use crate::replay;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;

/// What one address does.
#[derive(Clone)]
pub(super) enum Peer {
    /// Answers this credential only; others are met with silence.
    Device {
        credential: usize,
        values: BTreeMap<Oid, Value>,
    },
    Refuses(RequestError),
    /// Fails at requests with more names than this.
    Clumsy {
        names: usize,
        values: BTreeMap<Oid, Value>,
    },
}

#[derive(Default)]
pub(super) struct Network {
    pub(super) peers: BTreeMap<SocketAddr, Peer>,
    pub(super) outcomes: VecDeque<Answer<u64>>,
    pub(super) asked: Vec<(SocketAddr, usize)>,
    pub(super) most_waiting: usize,
    /// Who answers echo; `None` when echo cannot be sent.
    pub(super) echo: Option<BTreeSet<SocketAddr>>,
    pub(super) echoes: usize,
}

fn silence() -> RequestError {
    RequestError::Timeout { attempts: 4, garbage: None }
}

impl Asker for Network {
    type Id = u64;
    type Error = ();

    fn submit(&mut self, address: SocketAddr, credential: usize, operation: Operation) -> Result<u64, ()> {
        self.asked.push((address, credential));
        let id = self.asked.len() as u64;
        let names = match &operation {
            Operation::Get(names) | Operation::GetNext(names) => names.len(),
            _ => 1,
        };
        let result = match self.peers.get(&address) {
            None => Err(silence()),
            Some(Peer::Refuses(error)) => Err(error.clone()),
            Some(Peer::Device { credential: right, .. }) if *right != credential => Err(silence()),
            Some(Peer::Device { values, .. }) => replay::answer(values, &operation),
            Some(Peer::Clumsy { names: most, .. }) if names > *most => Err(RequestError::TooLarge),
            Some(Peer::Clumsy { values, .. }) => replay::answer(values, &operation),
        };
        self.outcomes.push_back(Answer { id, result, partial: Vec::new() });
        self.most_waiting = self.most_waiting.max(self.outcomes.len());
        Ok(id)
    }

    fn echo(&mut self, address: SocketAddr) -> Result<Option<u64>, ()> {
        let Some(alive) = &self.echo else { return Ok(None) };
        self.echoes += 1;
        let id = u64::MAX - self.echoes as u64;
        let result = if alive.contains(&address) { Ok(Vec::new()) } else { Err(silence()) };
        self.outcomes.push_back(Answer { id, result, partial: Vec::new() });
        self.most_waiting = self.most_waiting.max(self.outcomes.len());
        Ok(Some(id))
    }

    fn next(&mut self) -> Result<Option<Answer<u64>>, ()> {
        Ok(self.outcomes.pop_front())
    }
}

pub(super) fn at(last: u8) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 161))
}

pub(super) fn printer() -> BTreeMap<Oid, Value> {
    BTreeMap::from([
        (oid!("1.3.6.1.2.1.1.1.0"), Value::from("KYOCERA Document Solutions Printing System")),
        (oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.1347.41"))),
        (oid!("1.3.6.1.2.1.1.5.0"), Value::from("KM1")),
        (oid!("1.3.6.1.2.1.25.3.2.1.2.1"), Value::ObjectIdentifier(oid!("1.3.6.1.2.1.25.3.1.5"))),
        (oid!("1.3.6.1.2.1.25.3.2.1.3.1"), Value::from("ECOSYS P2040dw")),
        (oid!("1.3.6.1.2.1.43.5.1.1.1.1"), Value::Counter32(0)),
        (oid!("1.3.6.1.2.1.43.5.1.1.17.1"), Value::from("VD21457943")),
    ])
}

fn server(devices: &[(u32, Oid)]) -> BTreeMap<Oid, Value> {
    let mut values = BTreeMap::from([
        (oid!("1.3.6.1.2.1.1.1.0"), Value::from("Linux host")),
        (oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.8072.3.2.10"))),
    ]);
    for (index, kind) in devices {
        let name = oid!("1.3.6.1.2.1.25.3.2.1.2").child(*index).unwrap();
        values.insert(name, Value::ObjectIdentifier(kind.clone()));
    }
    values
}

pub(super) fn run(
    network: &mut Network,
    options: &Options,
    last: u8,
) -> (BTreeMap<SocketAddr, Outcome>, Progress) {
    run_over(network, options, (1..=last).map(at))
}

pub(super) fn run_over<T: Into<Target>>(
    network: &mut Network,
    options: &Options,
    targets: impl Iterator<Item = T>,
) -> (BTreeMap<SocketAddr, Outcome>, Progress) {
    let mut discovery = Discovery::new(targets, options);
    let mut outcomes = BTreeMap::new();
    drive::discover(&mut discovery, network, |finding, discovery| {
        outcomes.insert(finding.address, finding.outcome);
        assert!(discovery.progress().finished <= discovery.progress().started);
    })
    .unwrap();
    (outcomes, discovery.progress())
}

pub(super) fn v2c() -> Options {
    Options::new(vec![SnmpVersion::V2c])
}

#[test]
fn a_printer_is_found_with_one_request() {
    let mut network = Network::default();
    network.peers.insert(at(1), Peer::Device { credential: 0, values: printer() });
    let (outcomes, progress) = run(&mut network, &v2c(), 1);
    let Outcome::Found { credential: 0, evidence } = &outcomes[&at(1)] else { panic!("{outcomes:?}") };
    assert_eq!(evidence.sign, Some(Sign::PrinterMib));
    assert_eq!(evidence.device, Some(1));
    assert_eq!(evidence.model.as_deref(), Some("ECOSYS P2040dw"));
    assert_eq!(evidence.serial_number.as_deref(), Some("VD21457943"));
    assert_eq!(network.asked.len(), 1);
    assert_eq!((progress.found, progress.finished), (1, 1));
}

#[test]
fn other_hosts_are_told_apart_by_the_list_of_their_devices() {
    let processor = oid!("1.3.6.1.2.1.25.3.1.3");
    let mut network = Network::default();
    let host = server(&[(1, processor.clone()), (2, oid!("1.3.6.1.2.1.25.3.1.4"))]);
    let print_server = server(&[(1, processor), (9, oid!("1.3.6.1.2.1.25.3.1.5"))]);
    network.peers.insert(at(1), Peer::Device { credential: 0, values: host });
    network.peers.insert(at(2), Peer::Device { credential: 0, values: print_server });
    network.peers.insert(at(3), Peer::Device { credential: 0, values: server(&[]) });
    let (outcomes, progress) = run(&mut network, &v2c(), 3);
    assert!(matches!(outcomes[&at(1)], Outcome::NotPrinter { .. }));
    let Outcome::Found { evidence, .. } = &outcomes[&at(2)] else { panic!("{outcomes:?}") };
    assert_eq!((evidence.sign, evidence.device), (Some(Sign::DeviceType), Some(9)));
    assert_eq!(evidence.kind, HostKind::PrintServer);
    assert!(matches!(outcomes[&at(3)], Outcome::NotPrinter { .. }));
    assert_eq!((progress.found, progress.not_printers), (1, 2));
}

#[test]
fn an_agent_that_only_says_who_made_it_is_a_printer_when_the_maker_makes_nothing_else() {
    let identity = |id| BTreeMap::from([(oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(id))]);
    let mut network = Network::default();
    let xerox = identity(oid!("1.3.6.1.4.1.253.8.62.1.20.6.34.2.1"));
    let hp_switch = identity(oid!("1.3.6.1.4.1.11.2.3.7.11.160"));
    network.peers.insert(at(1), Peer::Device { credential: 0, values: xerox });
    network.peers.insert(at(2), Peer::Device { credential: 0, values: hp_switch });
    let (outcomes, _) = run(&mut network, &v2c(), 2);
    let Outcome::Found { evidence, .. } = &outcomes[&at(1)] else { panic!("{outcomes:?}") };
    assert_eq!((evidence.sign, evidence.device), (Some(Sign::Maker), None));
    assert!(matches!(outcomes[&at(2)], Outcome::NotPrinter { .. }));
}

#[test]
fn credentials_are_tried_from_the_strongest_down_and_never_below_the_policy() {
    let mut options = Options::new(vec![SnmpVersion::V1, SnmpVersion::V3, SnmpVersion::V2c]);
    let mut network = Network::default();
    network.peers.insert(at(1), Peer::Device { credential: 0, values: printer() });
    let (outcomes, _) = run(&mut network, &options, 1);
    assert!(matches!(outcomes[&at(1)], Outcome::Found { credential: 0, .. }));
    assert_eq!(network.asked.iter().map(|(_, credential)| *credential).collect::<Vec<_>>(), [1, 2, 0]);

    options.lowest = SnmpVersion::V2c;
    network.asked.clear();
    let (outcomes, _) = run(&mut network, &options, 1);
    assert_eq!(outcomes[&at(1)], Outcome::NoAnswer);
    assert_eq!(network.asked.iter().map(|(_, credential)| *credential).collect::<Vec<_>>(), [1, 2]);

    options.lowest = SnmpVersion::V3;
    options.credentials = vec![SnmpVersion::V2c];
    assert!(Discovery::new([at(1)].into_iter(), &options).is_done());
}

#[test]
fn refusals_are_reported_and_silence_is_not_one() {
    let mut network = Network::default();
    network.peers.insert(at(1), Peer::Refuses(RequestError::UnknownUser));
    network.peers.insert(at(2), Peer::Refuses(RequestError::Unreachable));
    let (outcomes, progress) = run(&mut network, &v2c(), 3);
    assert_eq!(outcomes[&at(1)], Outcome::Refused(RequestError::UnknownUser));
    assert_eq!(outcomes[&at(2)], Outcome::NoAnswer);
    assert_eq!(outcomes[&at(3)], Outcome::NoAnswer);
    assert_eq!((progress.refused, progress.no_answer), (1, 2));
}

#[test]
fn an_agent_that_fails_at_the_first_question_is_asked_a_plainer_one() {
    let mut network = Network::default();
    let values = server(&[]);
    network.peers.insert(at(1), Peer::Clumsy { names: 3, values });
    let (outcomes, _) = run(&mut network, &v2c(), 1);
    assert!(matches!(outcomes[&at(1)], Outcome::NotPrinter { .. }));
    // The names it fails at, three of them, and what kind of host it is.
    assert_eq!(network.asked.len(), 3);
}

#[test]
fn no_more_hosts_are_under_way_than_allowed() {
    let mut options = v2c();
    options.window = 3;
    let mut network = Network::default();
    let (outcomes, progress) = run(&mut network, &options, 20);
    assert_eq!(outcomes.len(), 20);
    assert_eq!((network.most_waiting, progress.started, progress.no_answer), (3, 20, 20));
}

#[test]
fn stopping_begins_no_further_target() {
    let mut discovery = Discovery::new((1..=9).map(at), &v2c());
    let probe = discovery.poll_request().unwrap();
    discovery.stop();
    assert!(discovery.poll_request().is_none());
    assert!(!discovery.is_done());
    discovery.handle(probe.key, Err(silence()));
    discovery.handle(probe.key, Err(silence()));
    assert!(discovery.is_done());
    assert_eq!(discovery.progress().finished, 1);
    assert_eq!(discovery.next_finding().map(|finding| finding.outcome), Some(Outcome::NoAnswer));
}
