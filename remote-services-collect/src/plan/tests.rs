//! The plan against devices made of values, and against devices that fail.

use super::*;
use crate::drive::{self, Answer, Asker};
use crate::replay;
use crate::samples::{BROTHER, IDENTITY_ONLY, KYOCERA, SHARP, XEROX, values};
use remote_services_core::reading::WithheldReason;
use remote_services_core::status::RetrievalOutcome;
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::{Value, oid};
use std::net::SocketAddr;

/// A device that answers from values unless `fails` says otherwise.
struct Device<F> {
    values: BTreeMap<Oid, Value>,
    fails: F,
    outcomes: VecDeque<Answer<usize>>,
    asked: Vec<Operation>,
    most_waiting: usize,
}

impl<F: Fn(&Operation) -> Option<RequestError>> Asker for Device<F> {
    type Id = usize;
    type Error = ();

    fn submit(&mut self, _: SocketAddr, _: usize, operation: Operation) -> Result<usize, ()> {
        let answer = replay::answer(&self.values, &operation);
        let (result, partial) = match (self.fails)(&operation) {
            // A walk that breaks off has read its first part.
            Some(error) if matches!(operation, Operation::Table(_)) => {
                (Err(error), answer.unwrap().into_iter().take(1).collect())
            }
            Some(error) => (Err(error), Vec::new()),
            None => (answer, Vec::new()),
        };
        self.asked.push(operation);
        self.outcomes.push_back(Answer { id: self.asked.len(), result, partial });
        self.most_waiting = self.most_waiting.max(self.outcomes.len());
        Ok(self.asked.len())
    }

    fn next(&mut self) -> Result<Option<Answer<usize>>, ()> {
        Ok(self.outcomes.pop_front())
    }
}

fn read<F>(lines: &str, known: &Known, fails: F) -> (ObjectStore, Vec<Operation>)
where
    F: Fn(&Operation) -> Option<RequestError>,
{
    let mut device = Device {
        values: values(lines),
        fails,
        outcomes: VecDeque::new(),
        asked: Vec::new(),
        most_waiting: 0,
    };
    let mut collection = Collection::new(known);
    drive::collect(&mut collection, "192.0.2.1:161".parse().unwrap(), 0, &mut device).unwrap();
    assert!(collection.is_done());
    assert!(device.most_waiting <= 2);
    (collection.finish(), device.asked)
}

fn works(_: &Operation) -> Option<RequestError> {
    None
}

fn silence() -> RequestError {
    RequestError::Timeout { attempts: 4, garbage: None }
}

#[test]
fn options_of_a_xerox_are_one_column_and_cost_who_has_none_a_name() {
    let options = [1, 7, 10].map(|option| oid!("1.3.6.1.4.1.253.8.55.6").extend(&[option, 0]).unwrap());
    let lines: String = options.iter().map(|name| format!("\n{name}|2|3")).collect();
    let (store, asked) = read(&format!("{XEROX}{lines}"), &Known::default(), works);
    assert!(options.iter().all(|name| store.get(name).is_some()));
    let root = oid!("1.3.6.1.4.1.253.8.55.6");
    let columns = |asked: &[Operation]| {
        let of = |operation: &Operation| match operation {
            Operation::Table(columns) => columns.iter().filter(|column| column.starts_with(&root)).count(),
            _ => 0,
        };
        asked.iter().map(of).sum::<usize>()
    };
    assert_eq!(columns(&asked), 1);
    let (_, without) = read(XEROX, &Known::default(), works);
    assert_eq!((columns(&without), without.len()), (0, asked.len()), "no message more");
}

#[test]
fn everything_that_is_used_is_fetched() {
    for (name, lines) in [
        ("Kyocera", KYOCERA),
        ("Brother", BROTHER),
        ("Sharp", SHARP),
        ("Xerox", XEROX),
        ("Lexmark", IDENTITY_ONLY),
    ] {
        let (store, _) = read(lines, &Known::default(), works);
        let context = crate::ReadContext::default();
        let fetched = crate::build(&store, &context);
        let all = crate::build(&ObjectStore::from(values(lines)), &context);
        assert_eq!(fetched, all, "{name}");
    }
}

#[test]
fn a_printer_known_from_discovery_takes_three_operations_and_an_unknown_one_four() {
    let known = Known { device: Some(1), object_id: Some(oid!("1.3.6.1.4.1.1347.41")) };
    assert_eq!(read(KYOCERA, &known, works).1.len(), 3);
    assert_eq!(read(KYOCERA, &Known::default(), works).1.len(), 4);
}

#[test]
fn the_devices_are_listed_when_the_first_is_no_printer() {
    let hosted = "\
        1.3.6.1.2.1.25.3.2.1.2.1|6|1.3.6.1.2.1.25.3.1.3
        1.3.6.1.2.1.25.3.2.1.2.5|6|1.3.6.1.2.1.25.3.1.5
        1.3.6.1.2.1.25.3.2.1.3.5|4|Some Printer";
    let (store, asked) = read(hosted, &Known::default(), works);
    assert!(asked.contains(&list_devices()));
    assert!(store.get(&oid!("1.3.6.1.2.1.25.3.2.1.3.5")).is_some());
}

#[test]
fn the_objects_of_a_maker_that_hid_behind_another_are_asked_afterwards() {
    let known = Known { device: Some(1), object_id: Some(oid!("1.3.6.1.4.1.11.2.3.9.1")) };
    let (store, asked) = read(BROTHER, &known, works);
    // Scalars, probe and the walk; then the maker's own objects, and which of its tables there are.
    assert_eq!(asked.len(), 5);
    assert!(store.get(&oid!("1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0")).is_some());
}

#[test]
fn one_column_that_breaks_the_agent_does_not_cost_the_others() {
    let broken = oid!("1.3.6.1.2.1.43.18.1.1.8.1");
    let fails = |operation: &Operation| match operation {
        Operation::Table(roots) if roots.contains(&broken) => {
            Some(RequestError::ErrorStatus { status: ErrorStatus::GenErr, index: 1, name: None })
        }
        _ => None,
    };
    let (store, _) = read(KYOCERA, &Known::default(), fails);
    assert_eq!(
        store.gaps().iter().map(|gap| gap.name.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&broken)
    );
    assert_eq!(store.why_missing(std::slice::from_ref(&broken)), WithheldReason::Error);
    assert_eq!(store.outcome(), RetrievalOutcome::Partial);
    let all = values(KYOCERA).len();
    assert!(store.values().len() > all - 5, "{} of {all}", store.values().len());
}

#[test]
fn a_device_that_falls_silent_is_left_in_peace_and_what_it_said_is_kept() {
    let fails = |operation: &Operation| matches!(operation, Operation::Table(_)).then(silence);
    let (store, asked) = read(KYOCERA, &Known::default(), fails);
    assert_eq!(asked.len(), 5);
    let report = crate::build(&store, &crate::ReadContext::default());
    assert_eq!(report.identity.serial_number.as_deref(), Some("VD20000001"));
    let withheld = |element: &str| {
        let mut all = report.supplies.header.withheld.iter().chain(&report.counters.header.withheld);
        all.find(|withheld| withheld.element == element).map(|withheld| withheld.reason.clone())
    };
    assert_eq!(withheld("Supply"), Some(WithheldReason::NotAnswered));
    assert_eq!(withheld("PowerOnCount"), Some(WithheldReason::NotAnswered));
    assert_eq!(store.outcome(), RetrievalOutcome::Partial);
}

#[test]
fn silence_about_one_table_costs_half_of_them_at_most() {
    let silent = oid!("1.3.6.1.2.1.43.18.1.1.8.1");
    let fails = |operation: &Operation| match operation {
        Operation::Table(roots) if roots.contains(&silent) => Some(silence()),
        _ => None,
    };
    let (store, asked) = read(KYOCERA, &Known::default(), fails);
    assert_eq!(asked.len(), 6, "the whole once, and each half once");
    assert!(store.get(&oid!("1.3.6.1.2.1.43.10.2.1.4.1.1")).is_some());
    assert_eq!(store.why_missing(&[silent]), WithheldReason::NotAnswered);
}

#[test]
fn a_dead_host_is_asked_once_and_a_refusal_ends_the_reading() {
    let (store, asked) = read(KYOCERA, &Known::default(), |_| Some(silence()));
    assert_eq!(asked.len(), 1);
    assert_eq!(store.outcome(), RetrievalOutcome::NoAnswer);

    let (store, asked) = read(KYOCERA, &Known::default(), |_| Some(RequestError::UnknownUser));
    assert_eq!(asked.len(), 1);
    assert_eq!(store.outcome(), RetrievalOutcome::AuthenticationFailed);
}

#[test]
fn a_device_that_invents_rows_without_end_is_left_in_peace() {
    let known = Known { device: Some(1), object_id: Some(oid!("1.3.6.1.4.1.1347.41")) };
    let mut collection = Collection::new(&known);
    let page = Value::OctetString(vec![b'x'; 60_000]);
    let (mut rows, mut asked) = (0, 0);
    while let Some((key, _)) = collection.poll_request() {
        asked += 1;
        let invented = (rows..rows + 70).map(|row| {
            let name = oid!("1.3.6.1.2.1.43.18.1.1.8.1").child(row).unwrap();
            VarBind::new(name, page.clone())
        });
        collection.handle(key, Err(RequestError::AnswerTooLong { limit: 4 << 20 }), invented.collect());
        rows += 70;
    }
    assert!(collection.is_done());
    assert!(asked <= 6, "{asked} requests");
    let store = collection.finish();
    assert_eq!(store.outcome(), RetrievalOutcome::Partial);
    assert!(store.gaps().len() > 50, "what was not asked any more is told");
}

#[test]
fn a_device_that_drips_its_answers_is_asked_nothing_more() {
    let limit = Duration::from_secs(120);
    let (store, asked) = read(KYOCERA, &Known::default(), |operation| {
        matches!(operation, Operation::Table(_)).then_some(RequestError::TookTooLong { limit })
    });
    let tables = asked.iter().filter(|operation| matches!(operation, Operation::Table(_))).count();
    assert!(tables <= 2, "{tables} tables, of which none may be asked again in halves");
    assert_eq!(store.outcome(), RetrievalOutcome::Partial);
}

#[test]
fn a_late_answer_to_nothing_is_ignored() {
    let mut collection = Collection::new(&Known::default());
    let (key, _) = collection.poll_request().unwrap();
    collection.handle(key, Err(RequestError::Unreachable), Vec::new());
    collection.handle(key, Ok(Vec::new()), Vec::new());
    assert!(collection.is_done());
    assert_eq!(collection.finish().outcome(), RetrievalOutcome::NoAnswer);
}
