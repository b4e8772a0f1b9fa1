//! Histories of devices with a model that knows the truth: whatever happens to boards, addresses and clocks, no page is
//! counted that was not printed, and none twice; and each happening is told for what it is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;
use remote_services_collect::identity::DeviceKey;
use remote_services_collect::truth::Ledger;
use remote_services_core::counter::{CounterEvent, CounterUnit, Counters, MarkerCount};
use remote_services_core::device::DeviceReport;
use remote_services_core::network::Interface;
use remote_services_core::time::Timestamp;

/// Where a Counter32 begins again.
const WRAP: u64 = 1 << 32;
/// No engine prints more in a day; what the ledger takes for possible is more.
const MOST_A_DAY: u64 = 20_000;

/// What happens on a day, before the readings of its evening.
#[derive(Clone, Copy, Debug)]
enum Day {
    /// A device prints.
    Print { device: usize, pages: u64 },
    /// Its counter is set to zero.
    Reset { device: usize },
    /// It shows zero this once.
    ShowsZero { device: usize },
    /// It gets another main board, with a counter that is this much lower or higher.
    SwapBoard { device: usize, down: bool, by: u64 },
    /// It gets the board of this slot: one that was taken out before, or another one whose counter is nearly the same.
    FitBoard { device: usize, slot: usize, near: u64 },
    /// The reader's clock jumps by days.
    ClockJumps { days: i64 },
    /// Another device takes the place, and the address, of this one.
    Replace { device: usize, begins: u64 },
    /// DHCP gives it another address.
    Move { device: usize },
    /// A print server shows it at a second address from now on.
    SecondAddress { device: usize },
    /// It is switched off for the day.
    Off { device: usize },
}

/// A device as it is.
#[derive(Default)]
struct Device {
    serial: String,
    addresses: Vec<SocketAddr>,
    counter: u64,
    /// Pages printed since it was first read, in truth.
    printed: u64,
    off: bool,
    seen: bool,
    shows_zero: bool,
    swapped: bool,
    /// Number of the board that is fitted, and what those that were taken out show.
    board: usize,
    shelf: BTreeMap<usize, u64>,
}

/// Everything that goes on, and the reader.
struct World {
    devices: Vec<Device>,
    /// Where each of the three places has its device.
    places: [usize; 3],
    /// Whether boards have MAC addresses that are told.
    boards_are_told: bool,
    next_address: u16,
    clock: i64,
    ledgers: BTreeMap<DeviceKey, (Ledger, i64)>,
    counted: BTreeMap<DeviceKey, u64>,
}

impl World {
    fn new(begins: [u64; 3]) -> Self {
        let mut world = Self {
            devices: Vec::new(),
            places: [0; 3],
            boards_are_told: false,
            next_address: 1,
            clock: 20_000,
            ledgers: BTreeMap::new(),
            counted: BTreeMap::new(),
        };
        for (place, begins) in begins.into_iter().enumerate() {
            let address = world.address();
            world.places[place] = world.add(begins, vec![address]);
        }
        world
    }

    fn address(&mut self) -> SocketAddr {
        self.next_address += 1;
        let [high, low] = self.next_address.to_be_bytes();
        SocketAddr::from(([198, 18, high, low], 161))
    }

    fn add(&mut self, counter: u64, addresses: Vec<SocketAddr>) -> usize {
        let serial = format!("SN{:06}", self.devices.len() + 1);
        let device = Device { serial, addresses, counter, ..Device::default() };
        self.devices.push(device);
        self.devices.len() - 1
    }

    fn happens(&mut self, day: Day) {
        let address = self.address();
        match day {
            Day::Print { device, pages } => {
                let device = self.at(device);
                device.counter = (device.counter + pages) % WRAP;
                device.printed += if device.seen { pages } else { 0 };
            }
            Day::Reset { device } => {
                let device = self.at(device);
                device.counter = 0;
            }
            // A first reading that is wrong has nothing to be wrong against.
            Day::ShowsZero { device } => {
                let device = self.at(device);
                device.shows_zero = device.seen;
            }
            // Once: a third board could show nearly what the first did, and then only serial numbers tell them apart.
            Day::SwapBoard { device, .. } if self.at(device).swapped => {}
            Day::SwapBoard { device, down, by } => {
                let device = self.at(device);
                let lower = device.counter.saturating_sub(by);
                let higher = (device.counter + by).min(WRAP - 1);
                device.counter = if down { lower } else { higher };
                device.swapped = true;
            }
            Day::FitBoard { device, slot, near } => {
                let device = self.at(device);
                if slot == device.board {
                    return;
                }
                device.shelf.insert(device.board, device.counter);
                // Half of the new ones show a little less than the old one, the others a little more.
                let nearly =
                    if near % 2 == 0 { device.counter + near } else { device.counter.saturating_sub(near) };
                device.counter = device.shelf.remove(&slot).unwrap_or(nearly);
                device.board = slot;
                // A first reading that is wrong has nothing to be wrong against, on this board either.
                device.shows_zero = false;
            }
            Day::ClockJumps { days } => self.clock += days,
            Day::Replace { device, begins } => {
                let gone = self.places[device];
                let addresses = core::mem::take(&mut self.devices[gone].addresses);
                self.places[device] = self.add(begins, addresses);
            }
            Day::Move { device } => self.at(device).addresses = vec![address],
            Day::SecondAddress { device } => self.at(device).addresses.push(address),
            Day::Off { device } => self.at(device).off = true,
        }
    }

    fn at(&mut self, place: usize) -> &mut Device {
        &mut self.devices[self.places[place]]
    }

    /// The evening: all that answers is read, each device once, and taken in. Gives the events of each.
    fn read(&mut self) -> Vec<(String, Vec<CounterEvent>)> {
        self.clock += 1;
        let mut told = Vec::new();
        let mut round = BTreeMap::new();
        for device in self.devices.iter_mut().filter(|device| !device.off) {
            for address in &device.addresses {
                let mut report = report(&device.serial, if device.shows_zero { 0 } else { device.counter });
                if self.boards_are_told {
                    let mac_address = Some(format!("00:11:22:33:44:{:02x}", device.board));
                    report.network.interfaces = vec![Interface { mac_address, ..Interface::default() }];
                }
                let key = DeviceKey::of(&report, *address);
                // Two addresses with one serial number are one device.
                if round.insert(key.clone(), *address).is_some() {
                    continue;
                }
                device.seen = true;
                let (ledger, read_at) =
                    self.ledgers.entry(key.clone()).or_insert((Ledger::default(), self.clock));
                let day = |days: i64| Timestamp::from_unix_seconds(days * 86_400);
                let elapsed = day(self.clock).since(day(*read_at));
                *read_at = self.clock;
                let before = ledger.epoch;
                let counted: u64 =
                    ledger.observe_device(&mut report, elapsed).iter().map(|more| more.counted).sum();
                *self.counted.entry(key).or_default() += counted;
                assert_eq!(
                    ledger.epoch > before,
                    !report.counters.events.is_empty(),
                    "an event begins an epoch"
                );
                told.push((device.serial.clone(), report.counters.events));
            }
        }
        for device in &mut self.devices {
            (device.off, device.shows_zero) = (false, false);
        }
        told
    }

    fn counted_of(&self, device: &Device) -> u64 {
        let key = DeviceKey::of(&report(&device.serial, 0), SocketAddr::from(([198, 18, 0, 1], 161)));
        self.counted.get(&key).copied().unwrap_or(0)
    }
}

fn report(serial: &str, value: u64) -> DeviceReport {
    let mut report = DeviceReport::default();
    report.identity.serial_number = Some(serial.into());
    report.identity.system_object_id = Some("1.3.6.1.4.1.99999.1".into());
    let count = MarkerCount { value, unit: CounterUnit::Impressions, marker: Some(1) };
    report.counters = Counters { life_counts: vec![count], ..Counters::default() };
    report
}

fn device() -> impl Strategy<Value = usize> {
    0_usize..3
}

/// Days on which nothing happens to counters but printing.
fn quiet() -> impl Strategy<Value = Day> {
    prop_oneof![
        8 => (device(), 0..MOST_A_DAY).prop_map(|(device, pages)| Day::Print { device, pages }),
        1 => device().prop_map(|device| Day::Move { device }),
        1 => device().prop_map(|device| Day::SecondAddress { device }),
        1 => (device(), 0_u64..1_000_000).prop_map(|(device, begins)| Day::Replace { device, begins }),
        1 => device().prop_map(|device| Day::Off { device }),
    ]
}

/// Any day. A board whose counter lies closer than a device can print is told by its serial number only, so boards differ by
/// more than the readings could have been apart.
fn any_day() -> impl Strategy<Value = Day> {
    prop_oneof![
        12 => quiet(),
        1 => device().prop_map(|device| Day::Reset { device }),
        1 => device().prop_map(|device| Day::ShowsZero { device }),
        1 => (device(), any::<bool>(), 400_000_000_u64..800_000_000)
            .prop_map(|(device, down, by)| Day::SwapBoard { device, down, by }),
        1 => (-20_i64..20).prop_map(|days| Day::ClockJumps { days }),
    ]
}

/// Any day of devices whose boards are told apart, fitted and taken out as often as one likes.
fn day_with_boards() -> impl Strategy<Value = Day> {
    prop_oneof![
        6 => quiet(),
        1 => device().prop_map(|device| Day::Reset { device }),
        1 => device().prop_map(|device| Day::ShowsZero { device }),
        4 => (device(), 0_usize..4, 0_u64..3_000)
            .prop_map(|(device, slot, near)| Day::FitBoard { device, slot, near }),
        1 => (-20_i64..20).prop_map(|days| Day::ClockJumps { days }),
    ]
}

/// A counter that begins low, in the middle, or shortly before it wraps.
fn begins() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..100_000, 900_000_000_u64..1_500_000_000, WRAP - 100_000..WRAP]
}

fn three() -> impl Strategy<Value = [u64; 3]> {
    [begins(), begins(), begins()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_history_yields_a_negative_or_doubled_count(
        begins in [0_u64..100_000, 0_u64..100_000, 900_000_000_u64..1_500_000_000],
        days in prop::collection::vec(any_day(), 1..60),
    ) {
        let mut world = World::new(begins);
        world.read();
        for day in days {
            world.happens(day);
            world.read();
            for device in &world.devices {
                let counted = world.counted_of(device);
                prop_assert!(counted <= device.printed, "{}: counted {counted} of {} after {day:?}", device.serial, device.printed);
            }
        }
    }

    #[test]
    fn boards_that_come_and_go_nearly_equal_never_yield_a_doubled_count(
        begins in [0_u64..100_000, 0_u64..100_000, 900_000_000_u64..1_500_000_000],
        days in prop::collection::vec(day_with_boards(), 1..80),
    ) {
        let mut world = World::new(begins);
        world.boards_are_told = true;
        world.read();
        for day in days {
            let before = match day {
                Day::FitBoard { device, .. } => Some((device, world.at(device).board, world.at(device).serial.clone())),
                _ => None,
            };
            world.happens(day);
            let told = world.read();
            if let Some((device, board, serial)) = before
                && world.at(device).board != board
                && world.at(device).seen
            {
                let events = told.iter().find(|(of, _)| *of == serial).map(|(_, events)| events.as_slice());
                prop_assert!(events.is_none_or(|events| events == [CounterEvent::Other]), "{serial}: {events:?}");
            }
            for device in &world.devices {
                let counted = world.counted_of(device);
                prop_assert!(counted <= device.printed, "{}: counted {counted} of {} after {day:?}", device.serial, device.printed);
            }
        }
    }

    #[test]
    fn between_two_boards_every_page_is_counted(
        pages in prop::collection::vec((0..MOST_A_DAY, 0_usize..3), 1..40),
    ) {
        let mut world = World::new([70_000, 5, 7]);
        world.boards_are_told = true;
        world.read();
        let mut printed = 0;
        for (pages, slot) in pages {
            world.happens(Day::FitBoard { device: 0, slot, near: 40 });
            world.read();
            world.happens(Day::Print { device: 0, pages });
            world.read();
            printed += pages;
        }
        prop_assert_eq!(world.counted_of(&world.devices[world.places[0]]), printed);
    }

    #[test]
    fn a_wrap_and_a_reset_after_one_another_are_two_events(
        printed in 1_000_u64..MOST_A_DAY, more in 1_u64..MOST_A_DAY,
    ) {
        use CounterEvent::{CounterReset, CounterWrap};
        let events_of = |world: &World, told: Vec<(String, Vec<CounterEvent>)>| {
            let serial = world.devices[world.places[0]].serial.clone();
            told.into_iter().find(|(of, _)| *of == serial).map(|(_, events)| events).unwrap_or_default()
        };
        let mut world = World::new([WRAP - 1, 5, 7]);
        world.read();
        world.happens(Day::Print { device: 0, pages: printed });
        let told = world.read();
        prop_assert_eq!(events_of(&world, told), [CounterWrap]);
        world.happens(Day::Reset { device: 0 });
        let told = world.read();
        prop_assert_eq!(events_of(&world, told), [CounterReset]);
        world.happens(Day::Print { device: 0, pages: more });
        let told = world.read();
        prop_assert_eq!(events_of(&world, told).into_iter().filter(|event| *event == CounterWrap).count(), 0);
        let device = &world.devices[world.places[0]];
        prop_assert!(world.counted_of(device) <= device.printed);
    }

    #[test]
    fn what_only_moves_is_doubled_or_replaced_is_counted_in_full(
        begins in three(),
        days in prop::collection::vec(quiet(), 1..60),
    ) {
        let mut world = World::new(begins);
        world.read();
        for day in days {
            world.happens(day);
            for (serial, events) in world.read() {
                // A wrap is the only thing that may happen to a counter here.
                prop_assert!(events.iter().all(|event| *event == CounterEvent::CounterWrap), "{serial}: {events:?} after {day:?}");
            }
        }
        world.read();
        for device in world.devices.iter().filter(|device| !device.addresses.is_empty()) {
            prop_assert_eq!(world.counted_of(device), device.printed, "{}", &device.serial);
        }
    }

    #[test]
    fn each_happening_yields_its_event(printed in 1_000_u64..MOST_A_DAY, more in 0..MOST_A_DAY, far in 400_000_000_u64..800_000_000) {
        use CounterEvent::{CounterReset, CounterWrap, Other};
        let begins = 1_000_000_000;
        let cases: [(u64, Day, &[CounterEvent]); 7] = [
            (begins, Day::Print { device: 0, pages: printed }, &[]),
            (WRAP - printed, Day::Print { device: 0, pages: printed + more }, &[CounterWrap]),
            (begins, Day::Reset { device: 0 }, &[CounterReset]),
            (begins, Day::SwapBoard { device: 0, down: true, by: far }, &[Other]),
            (begins, Day::SwapBoard { device: 0, down: false, by: far }, &[Other]),
            (begins, Day::Replace { device: 0, begins: more }, &[]),
            (begins, Day::Move { device: 0 }, &[]),
        ];
        for (begins, day, expected) in cases {
            let mut world = World::new([begins, 5, 7]);
            world.read();
            world.happens(day);
            let told = world.read();
            let serial = world.at(0).serial.clone();
            let events = told.iter().find(|(of, _)| *of == serial).map(|(_, events)| events.as_slice());
            prop_assert_eq!(events, Some(expected), "{:?}", day);
        }
    }

    #[test]
    fn a_clock_that_jumps_loses_pages_at_worst(
        days in prop::collection::vec((0..MOST_A_DAY, -400_i64..400), 1..40),
    ) {
        let mut world = World::new([50_000, 5, 7]);
        world.read();
        for (pages, jump) in days {
            world.happens(Day::ClockJumps { days: jump });
            world.happens(Day::Print { device: 0, pages });
            world.read();
            let device = &world.devices[world.places[0]];
            prop_assert!(world.counted_of(device) <= device.printed);
        }
    }
}

#[test]
fn a_bill_of_a_day_is_the_difference_of_two_readings() {
    let mut ledger = Ledger::default();
    let day = Duration::from_secs(86_400);
    ledger.observe(&mut report("A", 100).counters, day);
    let more = ledger.observe(&mut report("A", 180).counters, day);
    assert_eq!((more[0].counted, more[0].event.clone()), (80, None));
}
