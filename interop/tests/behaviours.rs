//! The same behaviours of our responder and of net-snmp's agent. Where the two differ, the reason stands here.
use remote_services_interop::behaviours::{Peer, all};
use remote_services_interop::responder::{Served, standard_table};
use remote_services_interop::snmpd::Snmpd;
use remote_services_interop::{Tool, require};

/// What snmpd 5.9 does in another way: the behaviour, what comes back, and why ours does not do the same.
const OF_SNMPD: [(&str, &str, &str); 7] = [
    (
        "GET of SNMPv1 blames the first name that is not there",
        "noSuchName 3: NULL, NULL, NULL",
        "RFC 3584 §4.2.2.1: the error-index is that of the first binding with an exception",
    ),
    (
        "what the view hides is not there",
        "noError 0: value, noSuchObject, noSuchObject; noSuchName 3: NULL, NULL, NULL",
        "as above",
    ),
    (
        "a wrong key for privacy is reported",
        "silence",
        "RFC 3414 §3.2 (8): what decrypts to nothing sensible is usmStatsDecryptionErrors, and is reported",
    ),
    ("an unknown context is reported", "silence", "RFC 3413 §3.2 (5): snmpUnknownContexts is reported"),
    (
        "the context of another engine is reported",
        "noError 0: value at authPriv",
        "RFC 3412 §7.2 (13): nobody here has registered for that engine, so snmpUnknownPDUHandlers is reported",
    ),
    (
        "what does not fit into 484 octets is too big",
        "silence",
        "RFC 3416 §4.2.1 (3): an empty answer with tooBig fits",
    ),
    (
        "GETBULK fills 484 octets and no more",
        "genErr 0, true false",
        "RFC 3416 §4.2.3: as many bindings as fit",
    ),
];

#[test]
fn our_responder_behaves_as_the_standards_say() {
    let served = Served::start(standard_table());
    let mut peer = Peer::at(served.address);
    for behaviour in all() {
        assert_eq!((behaviour.observe)(&mut peer), behaviour.expected, "{}", behaviour.name);
    }
}

#[test]
fn snmpd_behaves_alike_or_the_difference_is_listed() {
    if !require(&[Tool::Snmp, Tool::Snmpd]) {
        return;
    }
    let snmpd = Snmpd::start();
    let mut peer = Peer::at(snmpd.address);
    let mut wrong = Vec::new();
    for behaviour in all() {
        let listed = OF_SNMPD.iter().find(|(name, ..)| *name == behaviour.name);
        let expected = listed.map_or(behaviour.expected, |(_, said, _)| said);
        let said = (behaviour.observe)(&mut peer);
        if said != expected {
            wrong.push(format!("{}\n  expected {expected}\n  observed {said}", behaviour.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_difference_is_one_of_a_behaviour_that_there_is() {
    for (name, said, _) in OF_SNMPD {
        let behaviour = all().into_iter().find(|behaviour| behaviour.name == name);
        let behaviour = behaviour.unwrap_or_else(|| panic!("no behaviour is called {name}"));
        assert_ne!(behaviour.expected, said, "{name} is no difference");
    }
}
