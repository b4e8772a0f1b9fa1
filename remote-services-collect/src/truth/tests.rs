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
    assert_eq!(run(&[50_000, 4_999]), [(0, Some(CounterEvent::CounterReset))]);
    assert_eq!(run(&[50_000, 5_000]), [(0, Some(CounterEvent::Other))], "a tenth is not below a tenth");
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
fn the_counters_of_another_main_board_are_compared_with_nothing_and_a_board_that_tells_nothing_is_the_same_one()
 {
    use remote_services_core::device::Module;
    let report = |serial: Option<&str>, value| {
        let mut report = DeviceReport { counters: counters(value), ..DeviceReport::default() };
        let module =
            |kind, serial: &str| Module { kind, serial_number: Some(serial.into()), ..Module::default() };
        report.identity.modules.push(module(ModuleKind::Finisher, "F"));
        report.identity.modules.extend(serial.map(|serial| module(ModuleKind::Controller, serial)));
        report
    };
    let mut ledger = Ledger::default();
    let mut observe = |serial, value| {
        let mut report = report(serial, value);
        let told: Vec<_> = ledger.observe_device(&mut report, DAY);
        let told: Vec<_> = told.into_iter().map(|more| (more.counted, more.event)).collect();
        (told, report.counters.epoch)
    };
    assert_eq!(observe(Some("A"), 1_000), (vec![(0, None)], 0));
    assert_eq!(observe(Some("A"), 1_010), (vec![(10, None)], 0));
    assert_eq!(observe(None, 1_020), (vec![(10, None)], 0));
    assert_eq!(observe(Some("B"), 1_030), (vec![(0, Some(CounterEvent::Other))], 1));
    assert_eq!(observe(Some("B"), 1_035), (vec![(5, None)], 1));
}

#[test]
fn a_label_that_only_looks_like_a_mark_of_another_one_is_a_label_of_its_own() {
    let reading = |meters: &[(&str, u64)]| {
        let meter = |(label, value): &(&str, u64)| {
            let (label, unit) = ((*label).to_owned(), CounterUnit::Impressions);
            BillingMeter { label, value: *value, unit, service_usage: None }
        };
        Counters { billing_meters: meters.iter().map(meter).collect(), ..Counters::default() }
    };
    for other in ["Copies#color", "Copies#2"] {
        let mut ledger = Ledger::default();
        let mut observe = |meters: &[(&str, u64)]| {
            let told = ledger.observe(&mut reading(meters), DAY);
            told.into_iter().map(|more| (more.counted, more.event)).collect::<Vec<_>>()
        };
        observe(&[("Copies", 100), (other, 9_000)]);
        assert_eq!(observe(&[("Copies", 110), (other, 9_001)]), [(10, None), (1, None)], "{other}");
        if other == "Copies#color" {
            assert_eq!(observe(&[("Copies", 115)]), [(5, None)], "{other} went");
        }
    }
}

#[test]
fn at_most_16_values_are_remembered_from_which_a_counter_fell() {
    let mut ledger = Ledger::default();
    for value in (1..=20).rev() {
        ledger.observe(&mut counters(value * 1_000), DAY);
    }
    let fallen: Vec<u64> = (5..=20).rev().map(|value| value * 1_000).collect();
    assert_eq!(ledger.tracks["LifeCount/1"].fallen_from, fallen);
}

#[test]
fn a_meter_that_stood_at_two_to_the_31_has_no_wrap_there() {
    let reading = |value| {
        let (label, unit) = ("Total".to_owned(), CounterUnit::Impressions);
        let meter = BillingMeter { label, value, unit, service_usage: None };
        Counters { billing_meters: vec![meter], ..Counters::default() }
    };
    let mut ledger = Ledger::default();
    ledger.observe(&mut reading(SIGNED_WRAP), DAY);
    let told = ledger.observe(&mut reading(5), DAY).remove(0);
    assert_eq!((told.counted, told.event), (0, Some(CounterEvent::CounterReset)));
}

#[test]
fn a_meter_alone_of_its_label_is_known_by_the_label_wherever_it_stands() {
    use remote_services_core::reading::Header;
    let mut ledger = Ledger::default();
    for (instance, value, counted) in [("1", 100, 0), ("2", 110, 10)] {
        let (label, unit) = ("Copies".to_owned(), CounterUnit::Impressions);
        let meter = BillingMeter { label, value, unit, service_usage: None };
        let mut header = Header::default();
        header.source("BillingMeter[1]", "1.3.6.1.4.1.253.8.53.13.2.1.6", Some(instance.into()));
        let mut reading = Counters { header, billing_meters: vec![meter], ..Counters::default() };
        let told = ledger.observe(&mut reading, DAY).remove(0);
        assert_eq!((told.counter.as_str(), told.counted, told.event), ("BillingMeter/Copies", counted, None));
    }
}

#[test]
fn as_much_as_an_engine_can_print_in_the_time_is_counted_and_one_side_more_is_not() {
    // A day and ten minutes of 1,500 sides a minute.
    assert_eq!(run(&[7, 2_175_007]), [(2_175_000, None)]);
    assert_eq!(run(&[7, 2_175_008]), [(0, Some(CounterEvent::Other))]);
    // Half of what 32 bits tell apart, however long it took.
    for (counted, event) in [(WRAP / 2, None), (WRAP / 2 + 1, Some(CounterEvent::Other))] {
        let mut ledger = Ledger::default();
        ledger.observe(&mut counters(0), DAY);
        let told = ledger.observe(&mut counters(counted), 10_000 * DAY).remove(0);
        let expected = if event.is_none() { counted } else { 0 };
        assert_eq!((told.counted, told.event), (expected, event));
    }
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
