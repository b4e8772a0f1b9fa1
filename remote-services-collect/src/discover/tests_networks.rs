//! Echo before SNMP, several addresses of a host, networks with rules of their own, and what kind a host is.

use super::tests::{Network as Fake, Peer, at, printer, run, run_over, v2c};
use super::*;
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;

fn device(credential: usize, values: BTreeMap<Oid, Value>) -> Peer {
    Peer::Device { credential, values }
}

#[test]
fn who_does_not_answer_echo_is_not_asked_by_snmp_unless_told_so() {
    let mut options = v2c();
    options.echo = true;
    let mut network = Fake { echo: Some([at(1), at(3)].into()), ..Fake::default() };
    network.peers.insert(at(1), device(0, printer()));
    network.peers.insert(at(2), device(0, printer()));
    let (outcomes, progress) = run(&mut network, &options, 3);
    assert!(matches!(outcomes[&at(1)], Outcome::Found { .. }));
    assert_eq!((&outcomes[&at(2)], &outcomes[&at(3)]), (&Outcome::NoAnswer, &Outcome::NoAnswer));
    assert_eq!((progress.no_answer, progress.no_echo, network.echoes), (2, 1, 3));
    assert!(network.asked.iter().all(|(address, _)| *address != at(2)));

    options.ask_silent = true;
    let (outcomes, progress) = run(&mut network, &options, 3);
    assert!(matches!(outcomes[&at(2)], Outcome::Found { .. }));
    assert_eq!((progress.found, progress.no_echo), (2, 0));
}

#[test]
fn where_echo_cannot_be_sent_all_are_asked_by_snmp() {
    let mut options = v2c();
    options.echo = true;
    let mut network = Fake::default();
    network.peers.insert(at(2), device(0, printer()));
    let (_, progress) = run(&mut network, &options, 3);
    assert_eq!((progress.found, progress.no_answer, progress.no_echo), (1, 2, 0));
}

#[test]
fn echo_counts_towards_the_hosts_under_way() {
    let mut options = v2c();
    (options.echo, options.window) = (true, 4);
    let mut network = Fake { echo: Some((1..=20).map(at).collect()), ..Fake::default() };
    let (_, progress) = run(&mut network, &options, 20);
    assert_eq!((network.most_waiting, progress.finished), (4, 20));
}

#[test]
fn a_host_with_several_addresses_is_asked_by_the_next_when_one_is_silent() {
    let mut network = Fake::default();
    network.peers.insert(at(2), device(0, printer()));
    network.peers.insert(at(3), device(0, printer()));
    let host = |last, others: &[u8]| Target {
        others: others.iter().copied().map(at).collect(),
        ..Target::from(at(last))
    };
    let targets = [host(1, &[2, 3]), host(4, &[5])];
    let (outcomes, progress) = run_over(&mut network, &v2c(), targets.into_iter());
    assert!(matches!(outcomes[&at(2)], Outcome::Found { .. }));
    assert_eq!(outcomes[&at(4)], Outcome::NoAnswer);
    assert_eq!((outcomes.len(), progress.started, progress.finished), (2, 2, 2));
    assert!(network.asked.iter().all(|(address, _)| *address != at(3)));
}

#[test]
fn each_network_has_its_own_credentials_and_its_own_lowest_version() {
    let mut options = Options::new(vec![SnmpVersion::V3, SnmpVersion::V2c, SnmpVersion::V1]);
    options.networks = vec![
        Network { credentials: vec![0, 1, 2], lowest: SnmpVersion::V2c },
        Network { credentials: vec![2], lowest: SnmpVersion::V1 },
        Network { credentials: vec![1, 2], lowest: SnmpVersion::V3 },
    ];
    let targets = (0..3_u8).map(|network| Target { network: Some(network.into()), ..at(network + 1).into() });
    let mut network = Fake::default();
    let (outcomes, progress) = run_over(&mut network, &options, targets.clone());
    assert_eq!(network.asked, [(at(1), 0), (at(2), 2), (at(1), 1)]);
    assert_eq!((&outcomes[&at(3)], progress.not_asked), (&Outcome::NotAsked, 1));

    // What the whole site forbids, no network allows.
    options.lowest = SnmpVersion::V3;
    network.asked.clear();
    let (_, progress) = run_over(&mut network, &options, targets);
    assert_eq!((network.asked, progress.not_asked), (vec![(at(1), 0)], 2));
}

#[test]
fn power_supplies_switches_routers_and_computers_are_told_apart() {
    let host = |more: &[(Oid, Value)]| {
        let mut values = BTreeMap::from([(oid!("1.3.6.1.2.1.1.1.0"), Value::from("something"))]);
        values.extend(more.iter().cloned());
        values
    };
    let services = |number| (oid!("1.3.6.1.2.1.1.7.0"), Value::Integer(number));
    let id = |id| (oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(id));
    let cases = [
        (HostKind::Ups, host(&[(oid!("1.3.6.1.2.1.33.1.1.1.0"), Value::from("a maker")), services(72)])),
        (HostKind::Ups, host(&[id(oid!("1.3.6.1.4.1.318.1.3.2.7"))])),
        (HostKind::Switch, host(&[(oid!("1.3.6.1.2.1.17.1.2.0"), Value::Integer(24)), services(6)])),
        (HostKind::Switch, host(&[services(2)])),
        (HostKind::Router, host(&[services(4)])),
        (HostKind::Computer, host(&[id(oid!("1.3.6.1.4.1.8072.3.2.10")), services(72)])),
        (HostKind::Other, host(&[services(64)])),
    ];
    for (number, (kind, values)) in (1..).zip(cases) {
        let mut network = Fake::default();
        network.peers.insert(at(1), device(0, values));
        let (outcomes, _) = run(&mut network, &v2c(), 1);
        let Outcome::NotPrinter { evidence, .. } = &outcomes[&at(1)] else {
            panic!("{number}: {outcomes:?}")
        };
        assert_eq!(evidence.kind, kind, "{number}");
    }
}
