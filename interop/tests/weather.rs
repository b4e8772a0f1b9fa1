//! An agent and its server with bad weather between them, and clocks that are wrong: every report arrives exactly once, and
//! every command is carried out exactly once.
//!
//! `REMOTE_SERVICES_WEATHERS` is another number of seeds.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use remote_services_interop::ours::{Running, Said, SiteServer, agent, program};
use remote_services_interop::weather::Weather;
use remote_services_interop::{Tool, require};
use remote_services_transport::registration_key::{RegistrationKey, ServerUrl};
use serde_json::{Value, json};

/// Readings of all printers in bad weather.
const READINGS: usize = 3;
const MODELS: [&str; 3] = ["xerox", "hp", "ricoh"];
/// Rounds in which the weather may keep something back.
const ROUNDS: usize = 12;

struct World {
    folder: tempfile::TempDir,
    server: SiteServer,
    weather: Weather,
    printers: Vec<Printer>,
}

/// Plays its part until it is dropped.
struct Printer {
    _running: Running,
    snmp: String,
    control: String,
}

impl Printer {
    fn start(model: &str) -> Self {
        let mut command = program("virtual-printer");
        command.args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--model", model]);
        let mut running = Running::start(&mut command);
        let said = running.wait_until("it runs", |out| out.contains("running; ").then(|| out.to_owned()));
        let after = |words: &str| {
            said.split_once(words).unwrap().1.split([',', '\n']).next().unwrap().trim().to_owned()
        };
        Self { _running: running, snmp: after("SNMP on "), control: after("control on http://") }
    }

    fn pages(&self) -> u64 {
        let url = format!("http://{}/printers/0", self.control);
        let look: Value = ureq::get(url).call().unwrap().into_body().read_json().unwrap();
        look["jobsTaken"].as_u64().unwrap()
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SiteServer::start(&folder.path().join("server"));
        let url = server.device_url().trim_start_matches("https://").trim_end_matches('/').to_owned();
        let weather = Weather::start(url.parse().unwrap(), seed);
        let printers = MODELS.map(Printer::start).into();
        Self { folder, server, weather, printers }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    fn register(&self) {
        let file = self.server.key_file(self.folder.path());
        let mut key = RegistrationKey::from_text(fs::read_to_string(&file).unwrap().trim()).unwrap();
        key.server = ServerUrl::new("127.0.0.1", self.weather.address.port()).unwrap();
        fs::write(&file, key.to_text()).unwrap();
        let words = ["register", "--key-file", file.to_str().unwrap(), "--data"];
        let said = Running::start(agent(&words).arg(self.data())).end();
        assert_eq!(said.code, Some(0), "{}", said.all());
        fs::write(self.data().join("agent.toml"), "[actions]\nprintTestPage = \"on\"\n").unwrap();
    }

    fn round(&self, words: &[&str]) -> Command {
        let data = self.data().display().to_string();
        agent(&[&["run", "--once", "--data", &data], words].concat())
    }

    fn run(&self, words: &[&str]) -> Said {
        Running::start(&mut self.round(words)).end()
    }

    fn reads(&self) -> Said {
        self.run(&self.targets())
    }

    fn targets(&self) -> Vec<&str> {
        self.printers.iter().map(|printer| printer.snmp.as_str()).collect()
    }

    fn waiting(&self) -> usize {
        let Ok(folder) = fs::read_dir(self.data().join("spool/pending")) else { return 0 };
        folder.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "sealed")).count()
    }

    fn pages(&self) -> u64 {
        self.printers.iter().map(Printer::pages).sum()
    }

    /// How many readings of each device the server has.
    fn readings(&self) -> BTreeMap<String, usize> {
        let mut of_each = BTreeMap::new();
        for reading in self.server.operator.get("readings?kind=identity&limit=5000").as_array().unwrap() {
            *of_each.entry(reading["device"].to_string()).or_default() += 1;
        }
        of_each
    }
}

fn lives_through(seed: u64) -> (usize, usize) {
    let world = World::new(seed);
    world.register();
    let said = world.reads();
    assert_eq!(said.code, Some(0), "{}", said.all());
    let client = world.server.operator.get("clients")[0]["id"].clone();
    let devices = world.server.operator.devices();
    assert_eq!(devices.len(), MODELS.len());
    let before = world.server.operator.opened_uploads().len();

    world.weather.set_calm(false);
    let mut commands = Vec::new();
    for (number, device) in devices.iter().cycle().take(READINGS * 2).enumerate() {
        let wish = json!({ "client": client, "device": device["id"], "action": "printTestPage" });
        commands.push(world.server.operator.post("commands", &wish)["id"].as_str().unwrap().to_owned());
        // What fails is tried again: by the next reading, and by rounds without one.
        if number % 2 == 0 {
            world.reads();
        } else {
            world.run(&["--no-collect"]);
        }
    }
    // A partition in the middle of a round: it stands still, and goes on or is given up.
    let mut running = Running::start(&mut world.round(&["--no-collect"]));
    world.weather.set_parted(true);
    thread::sleep(Duration::from_secs(2));
    world.weather.set_parted(false);
    let _ = running.end();
    let done = |id: &String| world.server.operator.get(&format!("commands/{id}"))["state"] == "succeeded";
    for _ in 0..ROUNDS {
        if world.waiting() == 0 && commands.iter().all(done) {
            break;
        }
        world.run(&["--no-collect"]);
    }
    // What the weather never let pass goes when it is over.
    world.weather.set_calm(true);
    for _ in 0..3 {
        world.run(&["--no-collect"]);
    }
    assert_eq!(world.waiting(), 0, "seed {seed}");
    for id in &commands {
        let shown = world.server.operator.get(&format!("commands/{id}"));
        assert_eq!(shown["state"], "succeeded", "seed {seed}: {shown}");
    }
    assert_eq!(world.pages(), commands.len() as u64, "seed {seed}: each page is printed once");
    let readings = world.readings();
    assert_eq!(readings.len(), MODELS.len(), "seed {seed}: {readings:?}");
    // And each page brings the look at the printer that followed it.
    let each = 1 + READINGS + commands.len() / MODELS.len();
    assert!(readings.values().all(|count| *count == each), "seed {seed}: {readings:?}");
    assert!(world.server.operator.opened_uploads().len() > before);
    let verify = ["audit", "verify", "--data", world.data().to_str().unwrap()].map(str::to_owned);
    let words: Vec<&str> = verify.iter().map(String::as_str).collect();
    let said = Running::start(&mut agent(&words)).end();
    assert_eq!(said.code, Some(0), "seed {seed}: {}", said.all());
    (world.weather.faults(), world.weather.unheard())
}

#[test]
fn every_report_arrives_once_and_every_page_is_printed_once_in_any_weather() {
    let seeds = std::env::var("REMOTE_SERVICES_WEATHERS").map_or(3, |text| text.parse().unwrap());
    let (mut faults, mut unheard) = (0, 0);
    for seed in 1..=seeds {
        let (more, not_heard) = lives_through(seed);
        (faults, unheard) = (faults + more, unheard + not_heard);
    }
    assert!(faults > 10 && unheard > 0, "the weather was fair: {faults} faults, {unheard} answers unheard");
}

/// The same command with a clock on the wall that is off: `+2d`, `-10m`. The one that counts goes on as it was.
fn with_clock(offset: &str, command: &Command) -> Command {
    let mut inside = Command::new(Tool::Faketime.path());
    inside.args(["-f", offset]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            inside.env(name, value);
        }
    }
    inside.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    inside
}

#[test]
fn a_clock_that_is_wrong_loses_no_report_and_has_nothing_done_twice_or_too_late() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let mut world = World::new(0);
    world.register();
    let mut readings = 0;
    let targets: Vec<String> = world.targets().into_iter().map(str::to_owned).collect();
    let data = world.data().display().to_string();
    let reads = |offset: &str| {
        let mut round = agent(&["run", "--once", "--data", &data]);
        round.args(&targets);
        let said = Running::start(&mut with_clock(offset, &round)).end();
        (said.code, said.all())
    };
    // Some minutes are nothing.
    for offset in ["+0", "-3m", "+3m"] {
        let (code, said) = reads(offset);
        readings += 1;
        assert_eq!(code, Some(0), "{offset}: {said}");
    }
    let client = world.server.operator.get("clients")[0]["id"].clone();
    let device = world.server.operator.devices()[0]["id"].clone();
    let wish = json!({ "client": client, "device": device, "action": "printTestPage" });
    let command = |world: &World| {
        let id = world.server.operator.post("commands", &wish)["id"].as_str().unwrap().to_owned();
        format!("commands/{id}")
    };

    // Long ago no certificate is valid yet: that is told, with the clock as a reason, and what waits goes on waiting.
    world.server.kill();
    let mut running = Running::start(agent(&["run", "--once", "--data", &data]).args(&targets));
    running.wait_until("all wait", |_| (world.waiting() > MODELS.len()).then_some(()));
    running.kill();
    readings += 1;
    let waited = world.waiting();
    world.server.start_again();
    let early = command(&world);
    let (code, said) = reads("-400d");
    assert_ne!(code, Some(0));
    assert!(said.contains("or the clock here is wrong"), "{said}");
    assert_eq!(world.waiting(), waited);
    assert_eq!(world.server.operator.get(&early)["state"], "queued");

    // When the clock is right again, all goes, and the command is carried out once.
    let (code, said) = reads("+0");
    readings += 1;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((world.waiting(), world.pages()), (0, 1));
    assert_eq!(world.server.operator.get(&early)["state"], "succeeded");

    // Days ahead a command is past its end: it is not carried out, neither then nor later. Nothing is read that the server
    // would put aside as signed in the future, and a person is told.
    let late = command(&world);
    let (code, said) = reads("+3d");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("3 d 0 h ahead of the server's"), "{said}");
    let (code, _) = reads("+0");
    readings += 1;
    assert_eq!(code, Some(0));
    let shown = world.server.operator.get(&late);
    let last = shown["executions"].as_array().unwrap().last().unwrap();
    assert_eq!((&shown["state"], &last["reason"]), (&json!("rejected"), &json!("stale")), "{said}: {shown}");
    assert_eq!((world.waiting(), world.pages()), (0, 1));
    let counts: Vec<usize> = world.readings().into_values().collect();
    assert_eq!(counts.iter().sum::<usize>(), readings * MODELS.len() + 1, "{counts:?}: one after the page");
    let uploads = world.server.operator.get("uploads?limit=500");
    let aside: Vec<&Value> =
        uploads.as_array().unwrap().iter().filter(|upload| upload["state"] == "quarantined").collect();
    assert_eq!(aside, Vec::<&Value>::new());
}

#[test]
fn what_waits_outlasts_a_clock_that_was_ahead_and_is_right_again() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let mut world = World::new(0);
    world.register();
    let settings = world.data().join("agent.toml");
    let before = fs::read_to_string(&settings).unwrap_or_default();
    fs::write(&settings, format!("{before}\n[limits]\nspool-days = 1\n")).unwrap();
    let targets: Vec<String> = world.targets().into_iter().map(str::to_owned).collect();
    let data = world.data().display().to_string();
    let reads = |offset: &str| {
        let mut round = agent(&["run", "--once", "--data", &data]);
        round.args(&targets);
        let said = Running::start(&mut with_clock(offset, &round)).end();
        (said.code, said.all())
    };
    assert_eq!(reads("+0").0, Some(0));
    for _ in 0..4 {
        let (code, said) = reads("+10d");
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("10 d 0 h ahead of the server's"), "{said}");
    }
    world.server.kill();
    for round in 1..=3 {
        let mut running = Running::start(agent(&["run", "--once", "--data", &data]).args(&targets));
        running.wait_until("all wait", |_| (world.waiting() > round * MODELS.len()).then_some(()));
        running.kill();
    }
    world.server.start_again();
    let (code, said) = reads("+0");
    assert_eq!((code, world.waiting()), (Some(0), 0), "{said}");
    let audit = fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert_eq!(audit.matches("\"dropped\"").count(), 0, "{audit}");
    let counts: Vec<usize> = world.readings().into_values().collect();
    assert_eq!(counts.iter().sum::<usize>(), 5 * MODELS.len(), "{counts:?}");
}
