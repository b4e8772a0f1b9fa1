//! How many messages a printer costs: discovery and collection through our manager and responder, without a network.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use remote_services_collect::discover::{Discovery, Options, Outcome, SnmpVersion};
use remote_services_collect::drive::{self, Answer, Asker};
use remote_services_collect::plan::{Baseline, Collection, Known, peer_options};
use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build};
use remote_services_core::device::DeviceReport;
use remote_services_core::time::Timestamp;
use remote_services_interop::shared;
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::engine::{
    ApiMisuse, Completed, Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerId, RequestId,
};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Oid, Value, oid};

#[test]
fn a_first_collection_takes_few_messages_from_every_recording() {
    let Some(folder) = shared("data/printers") else { return };
    let mut all_collected = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snmprec") {
            continue;
        }
        let values = record::parse(&std::fs::read(&path).unwrap(), Mode::Lenient).unwrap().values;
        let mut link = Link::new(&values);
        let mut discovery = Discovery::new([link.address].into_iter(), &Options::new(vec![SnmpVersion::V2c]));
        let mut known = Known::default();
        drive::discover(&mut discovery, &mut link, |finding, _| {
            if let Outcome::Found { evidence, .. } = finding.outcome {
                known = Known::from(&*evidence);
            }
        })
        .unwrap();
        let discovered = link.manager.stats().sent;
        let mut collection = Collection::new(&known);
        let address = link.address;
        drive::collect(&mut collection, address, 0, &mut link).unwrap();
        let context = ReadContext::default();
        let mut all = values.clone();
        // snmpEnableAuthenTraps: the responder has one of its own.
        all.insert(oid!("1.3.6.1.2.1.11.30.0"), Value::Integer(2));
        let all = ObjectStore::from(all);
        let (fetched, whole) = (build(&collection.finish(), &context), build(&all, &context));
        assert!(fetched == whole, "{}: {}", path.display(), difference(&fetched, &whole));
        let collected = link.manager.stats().sent - discovered;
        assert_eq!(discovered, 1, "{}", path.display());
        assert!(collected <= 8, "{collected} messages for {}", path.display());
        all_collected.push(collected);
    }
    let (messages, printers) = (all_collected.iter().sum::<u64>(), all_collected.len() as u64);
    println!("{messages} messages for {printers} printers");
    // One printer is of a maker that counts at devices of their own, which are looked for.
    assert!(messages <= 5 * printers + 1, "{all_collected:?}");
}

#[test]
fn a_second_reading_takes_three_messages_at_most_and_tells_what_a_whole_one_would() {
    let Some(folder) = shared("data/printers") else { return };
    let (mut messages, mut printers) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snmprec") {
            continue;
        }
        let mut values = record::parse(&std::fs::read(&path).unwrap(), Mode::Lenient).unwrap().values;
        values.insert(UP_TIME, Value::TimeTicks(4_000_000));
        let mut link = Link::new(&values);
        let address = link.address;
        let whole = |link: &mut Link, known: &Known| {
            let mut collection = Collection::new(known);
            drive::collect(&mut collection, address, 0, link).unwrap();
            collection.finish()
        };
        let store = whole(&mut link, &Known::default());
        let known = Known { device: device_of(&store), object_id: None };
        let (read_at, later) = (Timestamp::from_unix_millis(0), Timestamp::from_unix_millis(3_600_000));
        let baseline = Baseline::new(&store, read_at).unwrap();

        // An hour passes: pages are printed, toner is used up, an alert comes.
        let moved = |name: &Oid, value: &Value| match value {
            _ if *name == UP_TIME => Some(Value::TimeTicks(4_360_000)),
            Value::Counter32(count) if name.starts_with(&LIFE_COUNT) => Some(Value::Counter32(count + 10)),
            Value::Integer(level @ 1..) if name.starts_with(&SUPPLY_LEVEL) => Some(Value::Integer(level - 1)),
            _ => None,
        };
        for (name, value) in &values {
            if let Some(value) = moved(name, value) {
                link.table.insert(name.clone(), value);
            }
        }
        let before = link.manager.stats().sent;
        let mut collection = Collection::again(&baseline, &known, later, Profiles::builtin());
        drive::collect(&mut collection, address, 0, &mut link).unwrap();
        let taken = link.manager.stats().sent - before;
        assert!(!collection.is_whole(), "{}", path.display());
        assert!(taken <= 3, "{taken} messages for {}", path.display());
        let context = ReadContext::default();
        let (again, whole) =
            (build(&collection.finish(), &context), build(&whole(&mut link, &Known::default()), &context));
        assert!(again == whole, "{}: {}", path.display(), difference(&again, &whole));
        (messages, printers) = (messages + taken, printers + 1);
    }
    println!("{messages} messages for second readings of {printers} printers");
    assert!(2 * messages <= 5 * printers);
}

/// hrDeviceIndex of the first row of prtGeneralTable or hrPrinterTable.
fn device_of(store: &ObjectStore) -> Option<u32> {
    let columns = [oid!("1.3.6.1.2.1.43"), oid!("1.3.6.1.2.1.25.3.5.1")];
    let mut rows = columns.iter().flat_map(|column| store.below(column));
    rows.next().and_then(|(arcs, _)| arcs.get(if arcs.len() > 3 { 3 } else { 1 }).copied())
}

const UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const LIFE_COUNT: Oid = oid!("1.3.6.1.2.1.43.10.2.1.4");
const SUPPLY_LEVEL: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9");

/// The first lines in which two reports differ.
fn difference(one: &DeviceReport, other: &DeviceReport) -> String {
    let [one, other] = [one, other].map(|report| serde_json::to_string_pretty(report).expect("plain data"));
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other).take(3);
    lines.map(|(one, other)| format!("\nfetched {one}\nwhole   {other}")).collect()
}

/// Our manager and our responder with a recording behind it, joined without a network. Answers are at most one
/// Ethernet frame, as most printers keep it.
struct Link {
    address: SocketAddr,
    manager: Manager,
    peer: PeerId,
    responder: Responder,
    table: SortedTable,
    completed: VecDeque<Completed>,
}

impl Link {
    fn new(values: &BTreeMap<Oid, Value>) -> Self {
        let address = SocketAddr::from(([192, 0, 2, 1], 161));
        let mut number = 1;
        let random = move || {
            number += 1;
            number
        };
        let mut manager =
            Manager::new(ManagerConfig::default(), rustcrypto(), random).expect("numbers that differ");
        let peer = manager
            .add_peer(address, Credentials::v2c("public"), peer_options())
            .expect("one peer of usual options");
        let engine_id = EngineId::with_format(99_999, 4, b"recording").expect("nine octets of text");
        let config =
            ResponderConfig::new(engine_id, 1).community("public", Access::Read).max_message_size(1472);
        let mut table = SortedTable::new();
        for (name, value) in values {
            table.insert(name.clone(), value.clone());
        }
        let responder =
            Responder::new(config, &rustcrypto(), Instant::START, os_random()).expect("no user needs a key");
        Self { address, manager, peer, responder, table, completed: VecDeque::new() }
    }
}

impl Asker for Link {
    type Id = RequestId;
    type Error = ApiMisuse;

    fn submit(&mut self, _: SocketAddr, _: usize, operation: Operation) -> Result<RequestId, ApiMisuse> {
        self.manager.request(Instant::START, self.peer, operation)
    }

    fn next(&mut self) -> Result<Option<Answer<RequestId>>, ApiMisuse> {
        while self.completed.is_empty() {
            match self.manager.poll_output() {
                Some(Output::Transmit { bytes, .. }) => {
                    let reply =
                        self.responder.handle_datagram(Instant::START, self.address, &bytes, &mut self.table);
                    if let Some(reply) = reply {
                        self.manager.handle_datagram(Instant::START, self.address, &reply);
                    }
                }
                Some(Output::Completed(completed)) => self.completed.push_back(completed),
                _ => return Ok(None),
            }
        }
        let completed = self.completed.pop_front();
        Ok(completed.map(|Completed { id, result, partial, .. }| Answer { id, result, partial }))
    }
}
