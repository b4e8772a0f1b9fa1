use super::*;
use proptest::prelude::*;
use remote_services_core::counter::MarkerCount;

const DAY: Duration = Duration::from_secs(86_400);

fn counters(value: u64) -> Counters {
    let count = MarkerCount { value, unit: CounterUnit::Impressions, marker: Some(1) };
    Counters { life_counts: vec![count], ..Counters::default() }
}

/// What is counted, with its event, after each value; the first one is the beginning.
fn run(values: &[u64]) -> Vec<(u64, Option<CounterEvent>)> {
    let mut ledger = Ledger::default();
    values
        .iter()
        .map(|value| {
            let mut reading = counters(*value);
            let increment = ledger.observe(&mut reading, DAY).remove(0);
            assert_eq!(reading.epoch, ledger.epoch);
            assert_eq!(reading.events, Vec::from_iter(increment.event.clone()));
            (increment.counted, increment.event)
        })
        .skip(1)
        .collect()
}

#[test]
fn growth_is_the_difference() {
    assert_eq!(run(&[100, 100, 150]), [(0, None), (50, None)]);
}

#[test]
fn a_wrap_is_counted_across_two_to_the_32() {
    assert_eq!(run(&[WRAP - 10, 5]), [(15, Some(CounterEvent::CounterWrap))]);
}

#[test]
fn a_reset_and_a_decrease_count_nothing_and_differ() {
    assert_eq!(run(&[50_000, 20]), [(0, Some(CounterEvent::CounterReset))]);
    assert_eq!(run(&[50_000, 49_000]), [(0, Some(CounterEvent::Other))]);
    assert_eq!(run(&[50_000, 20, 40])[1], (20, None));
}

#[test]
fn a_value_that_was_wrong_once_is_not_counted_twice() {
    assert_eq!(
        run(&[50_000, 0, 50_010, 50_020]),
        [(0, Some(CounterEvent::CounterReset)), (10, Some(CounterEvent::Other)), (10, None)]
    );
    assert_eq!(
        run(&[50_000, 900_000_000, 50_010]),
        [(0, Some(CounterEvent::Other)), (0, Some(CounterEvent::CounterReset))]
    );
}

#[test]
fn each_event_begins_an_epoch_and_other_counters_go_on() {
    let mut ledger = Ledger::default();
    let mut reading = counters(1_000);
    reading.life_counts.push(MarkerCount { value: 7, unit: CounterUnit::Impressions, marker: Some(2) });
    ledger.observe(&mut reading, DAY);
    reading.life_counts[0].value = 3;
    reading.life_counts[1].value = 9;
    let increments = ledger.observe(&mut reading, DAY);
    assert_eq!((ledger.epoch, reading.epoch), (1, 1));
    assert_eq!(increments.iter().map(|increment| increment.counted).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn counts_of_different_units_are_never_compared() {
    let mut ledger = Ledger::default();
    let mut observe = |value, unit| {
        let mut reading = counters(value);
        reading.life_counts[0].unit = unit;
        let increment = ledger.observe(&mut reading, DAY).remove(0);
        (increment.counted, increment.event, reading.epoch)
    };
    let (impressions, sheets) = (|| CounterUnit::Impressions, || CounterUnit::Sheets);
    observe(1_000, sheets());
    // As many as can have been printed, and far fewer: neither is growth or a fall.
    assert_eq!(observe(1_900, impressions()), (0, Some(CounterEvent::Other), 1));
    assert_eq!(observe(1_910, impressions()), (10, None, 1));
    assert_eq!(observe(100, sheets()), (0, Some(CounterEvent::Other), 2));
    assert_eq!(observe(105, sheets()), (5, None, 2));
    // Nor does the value from before the change say anything now.
    assert_eq!(observe(2_000, sheets()), (1_895, None, 2));
}

#[test]
fn a_ledger_that_kept_no_units_goes_on() {
    let mut ledger = Ledger::default();
    ledger.observe(&mut counters(1_000), DAY);
    ledger.units.clear();
    assert_eq!(ledger.observe(&mut counters(1_010), DAY)[0].counted, 10);
    assert_eq!(ledger.units["LifeCount/1"], CounterUnit::Impressions);
}

#[test]
fn two_meters_of_one_label_are_two_counters() {
    use remote_services_core::counter::BillingMeter;
    let meter = |value| {
        let (label, unit) = ("Copies".to_owned(), CounterUnit::Impressions);
        BillingMeter { label, value, unit, service_usage: None }
    };
    let reading =
        |one, other| Counters { billing_meters: vec![meter(one), meter(other)], ..Counters::default() };
    let mut ledger = Ledger::default();
    ledger.observe(&mut reading(9_000, 5), DAY);
    let more = ledger.observe(&mut reading(9_010, 6), DAY);
    assert_eq!(
        more.iter().map(|more| (more.counted, more.event.clone())).collect::<Vec<_>>(),
        [(10, None), (1, None)]
    );
}

#[test]
fn a_meter_that_goes_or_comes_beside_others_of_its_label_is_taken_for_none_of_them() {
    use remote_services_core::reading::Header;
    let reading = |rows: &[(u32, u64)]| {
        let mut header = Header::default();
        let mut billing_meters = Vec::new();
        for (at, (row, value)) in rows.iter().enumerate() {
            let (label, unit) = ("Total Impressions".to_owned(), CounterUnit::Impressions);
            billing_meters.push(BillingMeter { label, value: *value, unit, service_usage: None });
            header.source(
                format!("BillingMeter[{}]", at + 1),
                "1.3.6.1.4.1.253.8.53.13.2.1.6",
                Some(row.to_string()),
            );
        }
        Counters { header, billing_meters, ..Counters::default() }
    };
    let mut ledger = Ledger::default();
    let mut observe = |rows: &[(u32, u64)]| {
        let mut counters = reading(rows);
        let increments = ledger.observe(&mut counters, DAY);
        let counted: Vec<u64> = increments.iter().map(|increment| increment.counted).collect();
        (counted, counters.events, counters.epoch)
    };
    let other = vec![CounterEvent::Other];
    assert_eq!(observe(&[(1, 1_000), (2, 9_000)]), (vec![0, 0], vec![], 0));
    // In another order they are the same meters.
    assert_eq!(observe(&[(2, 9_010), (1, 1_001)]), (vec![10, 1], vec![], 0));
    assert_eq!(observe(&[(2, 9_020)]), (vec![0], other.clone(), 1));
    assert_eq!(observe(&[(2, 9_025)]), (vec![5], vec![], 1));
    assert_eq!(observe(&[(1, 1_002), (2, 9_030)]), (vec![0, 0], other.clone(), 2));
    // As many as before, but not the same ones.
    assert_eq!(observe(&[(2, 9_035), (3, 9_100)]), (vec![0, 0], other, 3));
    assert_eq!(observe(&[(2, 9_036), (3, 9_102)]), (vec![1, 2], vec![], 3));
}

#[test]
fn meters_and_counters_of_services_wrap_at_two_to_the_31_and_life_counts_do_not() {
    use remote_services_core::counter::{BillingMeter, ServiceCounters, ServiceType};
    let reading = |value: u64| {
        let impressions = Some(ColorCounts { total: Some(value), ..ColorCounts::default() });
        let (work_type, persistence) = (WorkType::WorkTotals, Persistence::Lifetime);
        let work = WorkCounters { work_type, persistence, impressions, ..WorkCounters::default() };
        let service = ServiceCounters { service_type: ServiceType::Print, work: vec![work] };
        let (label, unit) = ("Total".to_owned(), CounterUnit::Impressions);
        let meter = BillingMeter { label, value, unit, service_usage: None };
        Counters { billing_meters: vec![meter], services: vec![service], ..counters(value) }
    };
    let mut ledger = Ledger::default();
    ledger.observe(&mut reading(SIGNED_WRAP - 10), DAY);
    let mut after = reading(5);
    let told: Vec<_> = ledger
        .observe(&mut after, DAY)
        .into_iter()
        .map(|more| (more.counter, more.counted, more.event))
        .collect();
    assert_eq!(
        told,
        [
            ("LifeCount/1".into(), 0, Some(CounterEvent::CounterReset)),
            ("BillingMeter/Total".into(), 15, Some(CounterEvent::CounterWrap)),
            ("Service/print/impressions/total".into(), 15, Some(CounterEvent::CounterWrap)),
        ]
    );
    assert_eq!(after.epoch, 1, "one epoch for all of them");
    let again = ledger.observe(&mut reading(9), DAY);
    assert!(again.iter().all(|more| (more.counted, more.event.clone()) == (4, None)), "{again:?}");
}

#[test]
fn another_board_is_told_by_its_serial_number_or_by_all_its_addresses() {
    let marks = |marks: &[&str]| marks.iter().map(|mark| (*mark).to_owned()).collect::<Vec<_>>();
    let [one, both, other, serial, spare] = [
        marks(&["mac 00:00:00:00:00:01"]),
        marks(&["mac 00:00:00:00:00:02", "mac 00:00:00:00:00:01"]),
        marks(&["mac 00:00:00:00:00:03"]),
        marks(&["serial A", "mac 00:00:00:00:00:01"]),
        marks(&["serial B", "mac 00:00:00:00:00:01"]),
    ];
    assert!(!is_another(&one, &both), "a second interface came up");
    assert!(is_another(&both, &other));
    assert!(is_another(&serial, &spare), "the network card was kept");
    assert!(!is_another(&serial, &one), "one of them tells no serial number");
    assert!(!is_another(&one, &[]) && !is_another(&[], &one), "nothing is known");
}

#[derive(Clone, Debug)]
enum Happening {
    Print(u64),
    Reset,
    /// Shows zero once.
    WrongReading,
    OtherBoard,
}

fn printing() -> impl Strategy<Value = Happening> {
    (0_u64..2_000).prop_map(Happening::Print)
}

fn board_tried_and_put_back() -> impl Strategy<Value = Vec<Happening>> {
    let some = || prop::collection::vec(printing(), 0..9);
    (some(), some(), some()).prop_map(|(before, meanwhile, after)| {
        [before, vec![Happening::OtherBoard], meanwhile, vec![Happening::OtherBoard], after].concat()
    })
}

/// Where the counter begins, and what happens to it.
fn life() -> impl Strategy<Value = (u64, Vec<Happening>)> {
    let one_board = prop_oneof![
        3 => printing(),
        1 => Just(Happening::Reset),
        1 => Just(Happening::WrongReading),
    ];
    let happenings = |of| prop::collection::vec(of, 0..40);
    prop_oneof![
        (0_u64..100_000, happenings(one_board.boxed())),
        (0_u64..100_000, board_tried_and_put_back()),
        (WRAP - 5_000..WRAP, happenings(printing().boxed())),
    ]
}

proptest! {
    // A device, in some lives with a second, new board; only what is printed may be counted.
    #[test]
    fn nothing_is_ever_counted_that_was_not_printed((start, happenings) in life()) {
        let mut boards = [start, 0];
        let mut fitted = 0;
        let (mut printed, mut counted) = (0_u64, 0_u64);
        let mut ledger = Ledger::default();
        ledger.observe(&mut counters(start), DAY);
        for happening in happenings {
            let mut shown = None;
            match happening {
                Happening::Print(pages) => {
                    printed += pages;
                    boards[fitted] = (boards[fitted] + pages) % WRAP;
                }
                Happening::Reset => boards[fitted] = 0,
                Happening::WrongReading => shown = Some(0),
                Happening::OtherBoard => fitted = 1 - fitted,
            }
            let before = ledger.epoch;
            let value = shown.unwrap_or(boards[fitted]);
            let fell = value < ledger.tracks["LifeCount/1"].value;
            let increments = ledger.observe(&mut counters(value), DAY);
            counted += increments[0].counted;
            prop_assert!(!fell || ledger.epoch > before);
            prop_assert!(counted <= printed, "counted {counted}, printed {printed}");
        }
    }

    #[test]
    fn plain_printing_is_counted_in_full_across_the_wrap(
        start in WRAP - 5_000..WRAP,
        pages in prop::collection::vec(0_u64..2_000, 0..40),
    ) {
        let mut value = start;
        let mut ledger = Ledger::default();
        ledger.observe(&mut counters(value), DAY);
        let mut counted = 0;
        for pages in &pages {
            value = (value + pages) % WRAP;
            counted += ledger.observe(&mut counters(value), DAY)[0].counted;
        }
        prop_assert_eq!(counted, pages.iter().sum::<u64>());
    }

    #[test]
    fn no_values_panic(values: Vec<u64>) {
        run(&values);
    }
}
