use super::*;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use remote_services_core::time::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// Zones whose clocks change in different ways: by an hour, by half of one, never, at midnight, south of the equator.
const ZONES: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "Africa/Cairo",
    "UTC",
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn local(year: i16, month: i8, day: i8, hour: i8, minute: i8, name: &str) -> Timestamp {
    let zoned = date(year, month, day).at(hour, minute, 0, 0).to_zoned(zone(name)).unwrap();
    Timestamp::from_unix_millis(zoned.timestamp().as_millisecond())
}

fn daily(window: &str, name: &str, id: u128) -> Daily {
    Daily::new(window.parse().unwrap(), zone(name), Uuid::from_u128(id))
}

#[test]
fn windows_are_written_and_read() {
    for text in ["02:00-04:00", "22:30-01:00", "00:00-00:00", "23:59-00:00"] {
        assert_eq!(text.parse::<DailyWindow>().unwrap().to_string(), text);
    }
    for text in ["", "2:00-04:00", "02:00", "24:00-25:00", "02:00-04:60", "02:00 to 04:00", "+2:00-04:00"] {
        assert!(text.parse::<DailyWindow>().is_err(), "{text}");
    }
}

#[test]
fn a_moment_that_the_clocks_jump_over_comes_as_much_later_and_one_that_comes_twice_counts_once() {
    // 31 March 2024, Berlin: 02:00 becomes 03:00. 27 October 2024: 03:00 becomes 02:00.
    let window: DailyWindow = "02:30-02:31".parse().unwrap();
    let berlin = zone("Europe/Berlin");
    let schedule = Daily::new(window, berlin.clone(), Uuid::from_u128(1));
    let spring = schedule.moment_after(local(2024, 3, 31, 0, 0, "Europe/Berlin")).unwrap();
    assert_eq!(spring.unix_seconds() / 60, local(2024, 3, 31, 3, 30, "Europe/Berlin").unix_seconds() / 60);
    let autumn = schedule.moment_after(local(2024, 10, 27, 0, 0, "Europe/Berlin")).unwrap();
    let next = schedule.moment_after(autumn).unwrap();
    assert_eq!((next.unix_seconds() - autumn.unix_seconds()) / 60, 25 * 60, "not an hour later");
    assert!(window.contains(autumn, &berlin));
}

#[test]
fn what_was_slept_over_is_done_once_a_while_after_waking() {
    let schedule = daily("02:00-04:00", "Europe/Berlin", 7);
    let last = local(2024, 6, 1, 3, 0, "Europe/Berlin");
    let woke = local(2024, 6, 9, 12, 0, "Europe/Berlin");
    let Due::At(moment) = schedule.due(Some(last), woke, woke) else { panic!("at once") };
    assert!(moment > woke && moment < woke.plus(Duration::from_secs(3600)));
    assert_eq!(schedule.due(Some(last), woke, moment), Due::Now);
    let Due::At(next) = schedule.due(Some(moment), woke, moment) else { panic!("again at once") };
    assert!(
        next > local(2024, 6, 10, 2, 0, "Europe/Berlin") && next < local(2024, 6, 10, 4, 0, "Europe/Berlin")
    );
}

#[test]
fn who_is_never_awake_for_long_does_what_was_missed_all_the_same() {
    // Awake at noon for a minute a day, and not at its own moment.
    for id in 0..64 {
        let schedule = daily("02:00-04:00", "Europe/Berlin", id);
        let first = local(2024, 6, 2, 12, 0, "Europe/Berlin");
        let mut last = Some(local(2024, 6, 1, 12, 0, "Europe/Berlin"));
        let (mut before, mut runs) = (None, Vec::new());
        for day in 0..10 {
            let now = first.plus(Duration::from_secs(day * 24 * 3600));
            let woke = schedule.waking(last, before.unwrap_or(now), now);
            before = Some(woke);
            if schedule.due(last, woke, now) == Due::Now {
                last = Some(now);
                runs.push(day);
            }
        }
        assert_eq!(runs, [1, 3, 5, 7, 9], "client {id}");
    }
    // What was done since is no reason, and neither is a waking that has not been yet.
    let schedule = daily("02:00-04:00", "UTC", 7);
    let at = |day, hour| local(2024, 6, day, hour, 0, "UTC");
    assert_eq!(schedule.waking(Some(at(3, 12)), at(2, 12), at(5, 12)), at(5, 12));
    assert_eq!(schedule.waking(Some(at(1, 12)), at(9, 12), at(5, 12)), at(5, 12));
    assert_eq!(schedule.waking(None, at(4, 12), at(5, 12)), at(4, 12));
}

#[test]
fn a_clock_that_is_set_back_brings_no_second_run_and_a_wild_one_does_not_stop_it() {
    let schedule = daily("02:00-04:00", "UTC", 7);
    let done = schedule.moment_after(local(2024, 6, 1, 0, 0, "UTC")).unwrap();
    let back = local(2024, 6, 1, 1, 0, "UTC");
    assert!(matches!(schedule.due(Some(done), back, back), Due::At(next) if next > done));
    // Last done in 2099, says the memory.
    let wild = local(2099, 1, 1, 0, 0, "UTC");
    let now = local(2024, 6, 1, 12, 0, "UTC");
    assert!(matches!(schedule.due(Some(wild), back, now), Due::Now));
}

#[test]
fn a_fleet_is_spread_over_its_window() {
    let mut quarters = [0; 4];
    let from = local(2024, 6, 1, 2, 0, "UTC");
    for id in 0..1_000 {
        let moment = daily("02:00-04:00", "UTC", id).moment_after(local(2024, 6, 1, 0, 0, "UTC")).unwrap();
        let minutes = (moment.unix_seconds() - from.unix_seconds()) / 60;
        quarters[usize::try_from(minutes / 30).unwrap()] += 1;
    }
    assert!(quarters.iter().all(|count| (180..=320).contains(count)), "{quarters:?}");
}

proptest! {
    /// Whatever the zone, the window and the day: one moment a day, in its window, a day or so after the last.
    #[test]
    fn every_day_has_exactly_one_moment_and_it_lies_in_its_window(
        name in 0..ZONES.len(),
        start in 0_u32..1440,
        length in 1_u32..1440,
        id: u128,
        day in 0_i64..4_000,
    ) {
        let zone = zone(ZONES[name]);
        let end = (start + length) % 1440;
        let text = format!("{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60);
        let window: DailyWindow = text.parse().unwrap();
        let schedule = Daily::new(window, zone.clone(), Uuid::from_u128(id));
        let mut time = Timestamp::from_unix_seconds(1_577_836_800 + day * 86_400);
        for _ in 0..4 {
            let moment = schedule.moment_after(time).unwrap();
            prop_assert!(moment > time);
            prop_assert!(window.contains(moment, &zone), "{} is outside", moment);
            let next = schedule.moment_after(moment).unwrap();
            let hours = (next.unix_seconds() - moment.unix_seconds()) as f64 / 3600.0;
            prop_assert!((21.9..=26.1).contains(&hours), "{} h after {}", hours, moment);
            // Nothing lies between two moments, whenever one asks.
            for part in 1..8 {
                let between = moment.unix_millis() + (next.unix_millis() - moment.unix_millis()) * part / 8;
                prop_assert_eq!(schedule.moment_after(Timestamp::from_unix_millis(between)), Some(next));
            }
            time = next;
        }
    }

    /// A client that asks now and then, sleeps for days and has its clock set: no more than one run a day.
    #[test]
    fn runs_never_bunch(
        id: u128,
        steps in proptest::collection::vec((1_u64..200_000, any::<bool>()), 1..80),
    ) {
        let schedule = Daily::new("02:00-04:00".parse().unwrap(), zone("Europe/Berlin"), Uuid::from_u128(id));
        let mut now = Timestamp::from_unix_seconds(1_700_000_000);
        let (mut woke, mut last, mut runs) = (now, None, Vec::new());
        for (seconds, sleeps) in steps {
            now = now.plus(Duration::from_secs(seconds));
            if sleeps {
                woke = now;
            }
            if schedule.due(last, woke, now) == Due::Now {
                last = Some(now);
                runs.push(now);
            }
        }
        for pair in runs.windows(3) {
            let hours = (pair[2].unix_seconds() - pair[0].unix_seconds()) / 3600;
            prop_assert!(hours >= 20, "three runs within {} h", hours);
        }
    }
}

#[test]
fn the_window_of_a_command_is_open_in_local_time_and_unknown_in_other_words() {
    use crate::execution::WindowState;
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let state = |window, now: &str| window_state(window, now.parse().unwrap(), &zone);
    assert_eq!(state(None, "2026-07-01T12:00:00Z"), WindowState::Open);
    // Two hours ahead of UTC in summer, one in winter.
    assert_eq!(state(Some("02:00-04:00"), "2026-07-01T00:30:00Z"), WindowState::Open);
    assert_eq!(state(Some("02:00-04:00"), "2026-01-01T00:30:00Z"), WindowState::Closed);
    assert_eq!(state(Some("02:00-04:00"), "2026-07-01T02:00:00Z"), WindowState::Closed);
    assert_eq!(state(Some("maintenance"), "2026-07-01T00:30:00Z"), WindowState::Unknown);
}

#[test]
fn a_window_that_is_not_gone_beyond_leaves_what_was_missed_for_the_next() {
    let at = |day: i8, hour: i8, minute: i8| local(2026, 11, day, hour, minute, "UTC");
    let daily = daily("02:00-04:00", "UTC", 7);
    let Due::At(moment) = daily.due_within(None, at(29, 0, 0)) else { panic!("it is before the window") };
    assert!(at(29, 2, 0) <= moment && moment < at(29, 4, 0), "{moment}");
    let just = moment.plus(Duration::from_secs(1));
    let next = Due::At(moment.plus(Duration::from_secs(24 * 3600)));
    // Its moment has come: once.
    assert_eq!(daily.due_within(Some(at(28, 3, 0)), moment), Due::Now);
    assert_eq!(daily.due_within(Some(moment), just), next);
    // Who starts in the window after its moment, or was held up, is not too late; who starts after the window is.
    assert_eq!(daily.due_within(None, just), Due::Now);
    assert_eq!(daily.due_within(Some(at(28, 3, 0)), just), Due::Now);
    assert_eq!(daily.due_within(Some(at(28, 3, 0)), at(29, 4, 0)), next);
    assert_eq!(daily.due_within(None, at(29, 12, 0)), next);
    // Slept for a week; a clock that was ahead.
    assert_eq!(daily.due_within(Some(at(22, 0, 0)), at(29, 12, 0)), next);
    assert_eq!(daily.due_within(Some(local(2028, 1, 1, 0, 0, "UTC")), at(29, 12, 0)), next);
}

#[test]
fn a_window_that_the_clocks_jump_over_is_open_as_much_later() {
    // (zone, window, day before the jump)
    let nights = [
        ("Europe/Berlin", "02:00-03:00", (2026, 3, 28)),
        ("America/New_York", "02:00-03:00", (2026, 3, 7)),
        ("Africa/Cairo", "00:00-01:00", (2026, 4, 23)),
        ("Australia/Lord_Howe", "01:30-02:30", (2026, 10, 3)),
        ("Europe/Berlin", "01:30-03:15", (2026, 3, 28)),
    ];
    for (name, window, (year, month, day)) in nights {
        for id in 0..50 {
            let daily = daily(window, name, id);
            let last = daily.moment_after(local(year, month, day, 0, 0, name)).unwrap();
            let Due::At(next) = daily.due_within(Some(last), last) else { panic!("it was done") };
            let hours = (next.unix_seconds() - last.unix_seconds()) as f64 / 3600.0;
            assert!((22.9..=25.1).contains(&hours), "{name} {window}: {hours} h");
            assert_eq!(daily.due_within(Some(last), next), Due::Now, "{name} {window}");
        }
    }
}

#[test]
fn a_fleet_that_missed_a_window_keeps_to_its_moments_in_the_next() {
    let at = |day: i8, hour: i8| local(2026, 11, day, hour, 0, "UTC");
    let moments =
        (0..20).map(|id| match daily("02:00-04:00", "UTC", id).due_within(Some(at(27, 5)), at(29, 2)) {
            Due::At(moment) => moment.unix_seconds(),
            Due::Now => at(29, 2).unix_seconds(),
        });
    let moments: std::collections::BTreeSet<_> = moments.collect();
    assert!(moments.len() >= 19, "{moments:?}");
}
