//! Recordings of real devices against what others published about them: parsed, collected and built without a network.
//!
//! The same by way of snmpsim and the network: `cargo xtask expectations`.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;

use remote_services_collect::drive::{self, Answer, Asker};
use remote_services_collect::plan::{Collection, Known};
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, replay};
use remote_services_core::device::DeviceReport;
use remote_services_interop::expectations::{Expectation, Tally, excuses};
use remote_services_interop::shared;
use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Oid, Value};

#[test]
fn published_expectations_hold() {
    let Some(folder) = shared("data/printers") else { return };
    let expected = Expectation::read(&std::fs::read_to_string(folder.join("EXPECTED.tsv")).unwrap()).unwrap();
    let mut files: Vec<&str> = expected.iter().map(|row| row.file.as_str()).collect();
    files.dedup();
    let mut tally = Tally::default();
    for file in files {
        tally.judge(file, "", &read(&folder.join(file)), &expected);
    }
    println!("{}", tally.report());
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert_eq!(tally.different.len(), excuses(), "an excuse that is not needed any more");
    assert!(tally.matched > 580, "only {} compared", tally.matched);
}

#[test]
fn the_plan_fetches_from_every_recording_what_the_report_needs() {
    let Some(folder) = shared("data/printers") else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snmprec") {
            continue;
        }
        files += 1;
        let values = values(&path);
        let mut device = Device { values: &values, outcomes: VecDeque::new(), asked: 0 };
        let mut collection = Collection::new(&Known::default());
        let address: SocketAddr = "192.0.2.1:161".parse().unwrap();
        let Ok(()) = drive::collect(&mut collection, address, 0, &mut device);
        let context = ReadContext::default();
        let all = ObjectStore::from(values.clone());
        assert_eq!(build(&collection.finish(), &context), build(&all, &context), "{}", path.display());
        assert!(device.asked <= 7, "{} operations for {}", device.asked, path.display());
    }
    assert!(files >= 16, "{files} recordings");
}

/// Lines that a strict reader refuses are left out, as snmpsim does.
fn values(path: &Path) -> BTreeMap<Oid, Value> {
    let bytes = std::fs::read(path).expect("listed a moment ago");
    record::parse(&bytes, Mode::Lenient).expect("a lenient reading refuses only a million lines").values
}

fn read(path: &Path) -> DeviceReport {
    build(&ObjectStore::from(values(path)), &ReadContext::default())
}

/// A recording that answers.
struct Device<'a> {
    values: &'a BTreeMap<Oid, Value>,
    outcomes: VecDeque<Answer<usize>>,
    asked: usize,
}

impl Asker for Device<'_> {
    type Id = usize;
    type Error = Infallible;

    fn submit(&mut self, _: SocketAddr, _: usize, operation: Operation) -> Result<usize, Infallible> {
        self.asked += 1;
        let result = replay::answer(self.values, &operation);
        self.outcomes.push_back(Answer { id: self.asked, result, partial: Vec::new() });
        Ok(self.asked)
    }

    fn next(&mut self) -> Result<Option<Answer<usize>>, Infallible> {
        Ok(self.outcomes.pop_front())
    }
}
