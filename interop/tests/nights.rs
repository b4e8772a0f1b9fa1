//! The daily reading over nights: at its moment, once a day, also when the clocks change, and once for all nights that were
//! slept over.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use remote_services_core::time::Timestamp;
use remote_services_interop::clock::Clock;
use remote_services_interop::ours::{Running, SiteServer, VirtualPrinters, agent};
use remote_services_interop::{Tool, require};
use remote_services_transport::schedule::{Daily, DailyWindow};

const ZONE: &str = "Europe/Berlin";
const WINDOW: &str = "02:00-04:00";
const HOUR: Duration = Duration::from_secs(3600);

/// A site whose clock is moved, with one printer.
struct World {
    folder: tempfile::TempDir,
    clock: Clock,
    server: SiteServer,
    printers: VirtualPrinters,
    agent: Running,
    /// How often this run of the agent was moved to another time.
    moves: usize,
}

fn local(day: Date, hour: i8) -> Timestamp {
    let zoned = day.at(hour, 0, 0, 0).to_zoned(TimeZone::get(ZONE).unwrap()).unwrap();
    Timestamp::from_unix_seconds(zoned.timestamp().as_second())
}

impl World {
    /// A site that is registered at ten on this day, and whose agent begins then.
    fn new(day: Date) -> Self {
        Self::with(day, 10, &format!("daily-window = \"{WINDOW}\"\n"))
    }

    /// The same with other settings, and an agent that begins at another hour.
    fn with(day: Date, hour: i8, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::new(folder.path(), local(day, 10));
        let server = SiteServer::start_by(&folder.path().join("server"), Some(clock.clone()));
        let data = folder.path().join("agent");
        server.register(&data);
        // One that listens looks at its clock every second.
        let settings = format!("{settings}[traps]\nlisten = \"127.0.0.1:0\"\n");
        fs::write(data.join("agent.toml"), settings).unwrap();
        let printers = VirtualPrinters::start(&["--fleet", "1", "--speaks", "2c"]);
        clock.move_to(local(day, hour));
        let agent = begin(&clock, &data, &printers);
        Self { folder, clock, server, printers, agent, moves: 0 }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// The agent ends and begins again.
    fn restart(&mut self) {
        self.agent.signal("TERM");
        assert_eq!(self.agent.end().code, Some(0));
        (self.agent, self.moves) = (begin(&self.clock, &self.data(), &self.printers), 0);
    }

    /// It is another time, by more than a minute, and the agent knows. All that it did by the time before is done.
    fn leap(&mut self, to: Timestamp) {
        self.clock.move_to(to);
        self.moves += 1;
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.agent.stderr().matches("its clock was set").count() < self.moves {
            assert!(!self.agent.has_ended() && Instant::now() < deadline, "{to}: {}", self.agent.stderr());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// It is a little later: nothing that was slept over.
    fn step(&self, to: Timestamp) {
        self.clock.move_to(to);
    }

    /// When the printer was read, earliest first, as the server knows it, once there are so many readings.
    fn readings(&self, count: usize) -> Vec<Timestamp> {
        self.server.operator.wait_for("readings?kind=identity&limit=500", |readings| {
            let readings = readings.as_array().unwrap();
            let at = |reading: &serde_json::Value| reading["readAt"].as_str().unwrap().parse().unwrap();
            (readings.len() >= count).then(|| readings.iter().rev().map(at).collect())
        })
    }

    /// When this client's moment comes next after a time.
    fn moment_after(&self, time: Timestamp) -> Timestamp {
        let id = self.server.operator.get("clients")[0]["id"].as_str().unwrap().parse().unwrap();
        let window: DailyWindow = WINDOW.parse().unwrap();
        Daily::new(window, TimeZone::get(ZONE).unwrap(), id).moment_after(time).unwrap()
    }

    /// A night that the machine is on: from the evening of this day on.
    fn night(&mut self, day: Date, readings: &mut Vec<Timestamp>) {
        self.leap(local(day, 23));
        let moment = self.moment_after(local(day, 23));
        self.leap(moment.minus(Duration::from_secs(2)));
        self.step(moment);
        readings.push(moment);
        assert_eq!(self.readings(readings.len()), *readings);
        // Two hours on: the hour that comes twice is over, too.
        self.leap(moment.plus(2 * HOUR));
        self.leap(local(day.tomorrow().unwrap(), 9));
    }
}

/// Starts an agent, which has had its first turn then.
fn begin(clock: &Clock, data: &Path, printers: &VirtualPrinters) -> Running {
    let well = data.join("state/healthy.json");
    let _ = fs::remove_file(&well);
    let mut agent = agent(&["run", "--data", data.to_str().unwrap(), "-c", "public", &printers.target()]);
    let mut agent = Running::start(clock.set(agent.env("TZ", ZONE)));
    agent.wait_until("its first turn", |_| well.exists().then_some(()));
    agent
}

/// Two nights, on the second of which the clocks change, three that are slept over, and another one.
fn reads_once_a_day(before: Date) {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let mut world = World::new(before);
    let day = |days: i64| before.checked_add(jiff::Span::new().days(days)).unwrap();
    // There was never a reading: it is made within an hour.
    let first = local(before, 11);
    world.leap(first);
    let mut readings = vec![first];
    assert_eq!(world.readings(1), readings);
    world.night(day(0), &mut readings);
    world.night(day(1), &mut readings);

    // Asleep over three nights, and awake again for a minute, twice: that is made up for, once.
    world.leap(local(day(2), 20));
    world.leap(local(day(5), 12));
    world.restart();
    world.leap(local(day(5), 13));
    readings.push(local(day(5), 13));
    assert_eq!(world.readings(readings.len()), readings);
    world.leap(local(day(5), 18));
    world.night(day(5), &mut readings);

    // Nothing came late either.
    assert_eq!(world.readings(readings.len()), readings);
    let zone = TimeZone::get(ZONE).unwrap();
    let window: DailyWindow = WINDOW.parse().unwrap();
    let inside = readings.iter().filter(|at| window.contains(**at, &zone)).count();
    assert_eq!(inside, 3, "all but the first and the one that was made up for: {readings:?}");
}

#[test]
fn a_day_has_one_reading_in_its_window_when_summer_time_ends_and_nights_that_were_slept_over_have_one() {
    reads_once_a_day(date(2026, 10, 23));
}

#[test]
fn a_day_has_one_reading_in_its_window_when_summer_time_begins_and_nights_that_were_slept_over_have_one() {
    reads_once_a_day(date(2027, 3, 26));
}

#[test]
fn without_a_window_a_day_lies_between_two_readings_though_the_machine_sleeps_and_its_clock_was_ahead() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let day = date(2026, 6, 10);
    // Its clock is ahead by four hours when it begins, and reads at once.
    let mut world = World::with(day, 15, "");
    let mut readings = vec![local(day, 15)];
    assert_eq!(world.readings(1), readings);
    // Set right, it cannot have read in the future: it reads once more, and not again and again.
    world.leap(local(day, 11));
    readings.insert(0, local(day, 11));
    assert_eq!(world.readings(2), readings);
    for hour in [12, 17, 22] {
        world.leap(local(day, hour));
    }
    let tomorrow = day.tomorrow().unwrap();
    world.leap(local(tomorrow, 12));
    readings.push(local(tomorrow, 12));
    assert_eq!(world.readings(3), readings);
    world.leap(local(tomorrow, 20));
    assert_eq!(world.readings(3), readings);
}
