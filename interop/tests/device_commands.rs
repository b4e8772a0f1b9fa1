//! Commands of a server about a device, from the operator's wish to what the virtual printer tells of it afterwards.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, Said, SiteServer, agent, agent_says, program};
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use serde_json::{Value, json};

struct World {
    folder: tempfile::TempDir,
    server: SiteServer,
    data: PathBuf,
    printer: Printer,
    client: Value,
    device: Value,
}

struct Printer {
    _running: Running,
    snmp: SocketAddr,
    raw: SocketAddr,
    lpr: SocketAddr,
    control: String,
}

impl Printer {
    /// `start_takes` seconds it is silent after a restart.
    fn start(listen: &str, model: &str, start_takes: u32) -> Self {
        let mut command = program("virtual-printer");
        command.args(["--listen", listen, "--lpr", "0", "--control", "127.0.0.1:0"]);
        command.args(["--start-takes", &start_takes.to_string()]);
        command.args(["--write-community", "private", "--model", model]);
        let mut running = Running::start(&mut command);
        let said =
            running.wait_until("it runs", |stdout| stdout.contains("running; ").then(|| stdout.to_owned()));
        let control = said.split_once("control on http://").unwrap().1.split([',', '\n']).next().unwrap();
        let control = control.trim().to_owned();
        let look = look(&control);
        let address = |service: &str| look["addresses"][service].as_str().unwrap().parse().unwrap();
        let (snmp, raw, lpr) = (address("snmp"), address("raw"), address("lpr"));
        Self { _running: running, snmp, raw, lpr, control }
    }

    fn look(&self) -> Value {
        look(&self.control)
    }
}

fn look(control: &str) -> Value {
    ureq::get(format!("http://{control}/printers/0")).call().unwrap().into_body().read_json().unwrap()
}

impl World {
    /// A printer that was read once by an agent with all actions switched on.
    fn new(settings: &str) -> Self {
        Self::with_start_of(3, settings)
    }

    fn with_start_of(start_takes: u32, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SiteServer::start(&folder.path().join("server"));
        let data = folder.path().join("agent");
        server.register(&data);
        fs::write(data.join("agent.toml"), settings).unwrap();
        let printer = Printer::start("127.0.0.1:0", "xerox", start_takes);
        let said =
            agent_says(&["run", "--once", "--data", data.to_str().unwrap(), &printer.snmp.to_string()]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let device = server.operator.devices()[0]["id"].clone();
        let client = server.operator.get("clients")[0]["id"].clone();
        Self { folder, server, data, printer, client, device }
    }

    /// Queues a wish, lets the agent ask once, and gives what became of it.
    fn ask(&self, wish: Value) -> Value {
        let path = self.queue(wish);
        let said = self.obey();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        self.server.operator.get(&path)
    }

    /// Where the server keeps its commands.
    fn store(&self) -> PathBuf {
        self.folder.path().join("server/server.sqlite")
    }

    /// Queues a wish; its path.
    fn queue(&self, mut wish: Value) -> String {
        let members = json!({ "client": self.client, "device": self.device });
        wish.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let command = self.server.operator.post("commands", &wish);
        format!("commands/{}", command["id"].as_str().unwrap())
    }

    /// Lets the agent ask once.
    fn obey(&self) -> Said {
        Running::start(&mut self.asking()).end()
    }

    /// An agent that asks once.
    fn asking(&self) -> Command {
        let data = self.data.to_str().unwrap();
        let write = ["--write-community", "private"];
        let run = ["run", "--once", "--no-collect", "--data", data, "--retries", "4"];
        agent(&[&run[..], &write].concat())
    }
}

fn result(command: &Value) -> (&str, &str) {
    let last = command["executions"].as_array().unwrap().last().unwrap();
    (command["state"].as_str().unwrap(), last["result"]["text"].as_str().unwrap_or_default())
}

const ALL: &str =
    "[actions]\nrestart = \"on\"\nprintTestPage = \"on\"\nupgrade = \"on\"\nsetConfiguration = \"on\"\n";

#[test]
fn each_action_of_a_server_is_done_once_to_the_device_and_reported() {
    let world = World::new(ALL);
    let restart = world.ask(json!({ "action": "restart" }));
    assert_eq!(result(&restart), ("succeeded", "the device restarted: its uptime began again"), "{restart}");
    assert_eq!(world.printer.look()["state"]["boots"], 1);

    let settings = json!({ "settings": { "location": "Second floor", "contact": "help@example.com" } });
    let set = world.ask(json!({ "action": "setConfiguration", "parameters": settings }));
    let (state, text) = result(&set);
    assert!(state == "succeeded" && text.contains("is \"Second floor\""), "{set}");
    let evidence = &set["executions"].as_array().unwrap().last().unwrap()["evidence"];
    assert_eq!(evidence.as_array().map(Vec::len), Some(1), "the last look is an upload: {set}");

    // Who was the contact is for the site to know.
    let settings = json!({ "settings": { "contact": "nobody" } });
    let set = world.ask(json!({ "action": "setConfiguration", "parameters": settings }));
    assert_eq!(result(&set), ("succeeded", "contact is \"nobody\""), "{set}");
    let audit = fs::read_to_string(world.data.join("audit.log")).unwrap();
    assert!(audit.contains("contact was \\\"help@example.com\\\" and is \\\"nobody\\\""), "{audit}");

    let made = program("virtual-printer").args(["--model", "xerox", "--firmware", "119.7"]).output().unwrap();
    let digest = world.server.operator.put_artifact(&made.stdout);
    let upgrade = world.ask(json!({
        "action": "upgrade", "parameters": { "version": "119.7", "model": "AltaLink C8155" },
        "artifacts": [{ "name": "new.vpf", "digest": digest }],
    }));
    let (state, text) = result(&upgrade);
    assert!(state == "succeeded" && text.ends_with("became 119.7"), "{upgrade}");
    let look = world.printer.look();
    assert_eq!((&look["state"]["firmware"], &look["state"]["boots"]), (&json!("119.7"), &json!(2)), "{look}");
    assert_eq!(fs::read_dir(world.data.join("downloads")).unwrap().count(), 0, "the file was for once");

    let lpr = json!({ "way": "lpr", "port": world.printer.lpr.port(), "queue": "text" });
    let page = world.ask(json!({ "action": "printTestPage", "parameters": lpr }));
    let (state, text) = result(&page);
    assert!(state == "succeeded" && text.contains("by LPR to queue text"), "{page}");
}

#[test]
fn a_command_that_cannot_be_followed_is_reported_with_the_reason_and_does_nothing() {
    let world = World::new(ALL);
    for (wish, words) in [
        (json!({ "action": "upgrade" }), "an upgrade has one file, the command names 0"),
        (json!({ "action": "printTestPage", "parameters": { "copies": 9 } }), "unknown field `copies`"),
        (
            json!({ "action": "setConfiguration", "parameters": { "settings": { "community": "x" } } }),
            "no setting of this device is called \"community\"",
        ),
    ] {
        let command = world.ask(wish);
        let (state, text) = result(&command);
        assert!(state == "failed" && text.contains(words), "{command}");
    }
    assert_eq!(world.printer.look()["jobsTaken"], 0);
}

#[test]
fn a_command_does_nothing_to_the_printer_that_took_the_place_of_another() {
    let mut world = World::new(ALL);
    let place = world.printer.snmp.to_string();
    let known = world.printer.look()["serialNumber"].clone();
    // The old one goes before the new one comes.
    world.printer = Printer::start("127.0.0.1:0", "hp", 3);
    world.printer = Printer::start(&place, "hp", 3);
    assert_ne!(world.printer.look()["serialNumber"], known);
    for wish in [
        json!({ "action": "restart" }),
        json!({ "action": "printTestPage" }),
        json!({ "action": "setConfiguration", "parameters": { "settings": { "location": "x" } } }),
    ] {
        let command = world.ask(wish);
        let (state, text) = result(&command);
        assert!(state == "failed" && text.contains("another device answers at that address"), "{command}");
    }
    let look = world.printer.look();
    assert_eq!((&look["state"]["boots"], &look["jobsTaken"]), (&json!(0), &json!(0)), "{look}");
}

#[test]
fn what_is_off_is_refused_before_anything_is_fetched_or_read() {
    let world = World::new("");
    let command = world.ask(json!({ "action": "restart" }));
    assert_eq!(command["state"], "rejected", "{command}");
    let last = command["executions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["reason"], "blockedByPolicy");
    assert_eq!(world.printer.look()["state"]["boots"], 0);
}

#[test]
fn what_a_person_may_not_do_is_told_as_an_object_and_stands_in_the_audit_log() {
    let world = World::new("[actions]\nrestart = \"off\"\nsetConfiguration = \"ask\"\nupgrade = \"off\"\n");
    let data = world.data.to_str().unwrap();
    let at = world.printer.snmp.to_string();
    let act = |words: &[&str]| {
        let more = ["--data", data, "--write-community", "private", "--format", "json"];
        agent_says(&[&["action", words[0], &at], &words[1..], &more].concat())
    };
    let other = ["set", "location=x", "--agreed-by", "Ada", "--serial", "EHQ999999"];
    for (words, code, address) in [
        (&["restart"][..], "policyDisabled", Value::Null),
        (&["set", "location=x"], "consentDenied", Value::Null),
        (&other, "notMyDevice", at.clone().into()),
    ] {
        let said = act(words);
        assert_eq!(said.code, Some(5), "{}{}", said.stdout, said.stderr);
        let told: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!((&told["code"], &told["address"]), (&code.into(), &address), "{told}");
        assert!(
            told["text"].as_str().is_some_and(|text| said.stderr.contains(text)),
            "{told} {}",
            said.stderr
        );
        let audit = fs::read_to_string(world.data.join("audit.log")).unwrap();
        let last = audit.trim_end().lines().last().unwrap();
        assert!(last.contains(code) && last.contains("127.0.0.1"), "{last}");
    }
    let audit = fs::read_to_string(world.data.join("audit.log")).unwrap();
    assert!(audit.contains("agreed by Ada"), "{audit}");
    let look = world.printer.look();
    assert_eq!(look["state"]["boots"], 0, "{look}");
}

/// A wire to the port for print data that carries so many octets of each connection and holds the rest back.
struct Wire {
    port: u16,
    /// How many octets each connection brought.
    brought: Arc<Mutex<Vec<usize>>>,
}

impl Wire {
    fn to(printer: SocketAddr, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, brought) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<_>>>::default());
        let noted = Arc::clone(&brought);
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                noted.lock().unwrap().push(0);
                let (mut client, mut printer) = (client, TcpStream::connect(printer).unwrap());
                let (mut piece, mut carried) = ([0; 4096], 0);
                while let Ok(read @ 1..) = client.read(&mut piece) {
                    let allowed = read.min(most - carried);
                    let _ = printer.write_all(&piece[..allowed]);
                    carried += allowed;
                    noted.lock().unwrap()[number] += read;
                }
            }
        });
        Self { port, brought }
    }

    fn brought(&self) -> Vec<usize> {
        self.brought.lock().unwrap().clone()
    }
}

#[test]
fn killed_in_the_middle_of_an_upgrade_the_agent_does_it_no_second_time_and_tells_what_it_sees() {
    let made = program("virtual-printer").args(["--model", "xerox", "--firmware", "119.7"]).output().unwrap();
    let whole = made.stdout.len();
    let is_running = |world: &World| {
        let folder = fs::read_dir(world.data.join("state/commands"));
        // What is being written is not kept yet.
        let files = folder.into_iter().flatten().flatten();
        let mut kept = files.filter(|file| file.path().extension().is_some_and(|it| it == "json"));
        kept.any(|file| fs::read_to_string(file.path()).is_ok_and(|text| text.contains("\"running\"")))
    };
    let sent = |wire: &Wire| wire.brought().first().is_some_and(|octets| *octets >= 10_000);
    let through = |wire: &Wire| wire.brought().first().is_some_and(|octets| *octets >= whole);
    // Half of it, all of it, and hardly begun.
    for (most, moment, deadline) in [(10_000, "sent", 15), (whole, "through", 60), (whole, "running", 60)] {
        let world = World::new(ALL);
        let wire = Wire::to(world.printer.raw, most);
        let digest = world.server.operator.put_artifact(&made.stdout);
        let path = world.queue(json!({
            "action": "upgrade", "runDeadline": deadline,
            "parameters": { "version": "119.7", "way": "raw", "port": wire.port },
            "artifacts": [{ "name": "new.vpf", "digest": digest }],
        }));
        let mut agent = Running::start(&mut world.asking());
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let now = match moment {
                "sent" => sent(&wire),
                "through" => through(&wire),
                _ => is_running(&world),
            };
            if now {
                break;
            }
            assert!(Instant::now() < deadline && !agent.has_ended(), "{moment}: {}", agent.stderr());
            std::thread::sleep(Duration::from_millis(1));
        }
        agent.kill();
        assert!(is_running(&world), "{moment}: it was killed too late");
        let said = world.obey();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let upgrade = world.server.operator.get(&path);
        let states: Vec<_> =
            upgrade["executions"].as_array().unwrap().iter().map(|it| it["state"].clone()).collect();
        let (state, text) = result(&upgrade);
        let look = world.printer.look();
        let (boots, firmware) = (look["state"]["boots"].as_u64().unwrap(), &look["state"]["firmware"]);
        assert!(wire.brought().len() <= 1, "{moment}: sent a second time: {:?}", wire.brought());
        let is_new = *firmware == json!("119.7");
        assert_eq!((is_new, boots), (state == "succeeded", u64::from(is_new)), "{moment}: {upgrade} {look}");
        match moment {
            "through" => {
                assert!(state == "succeeded" && text.contains("interrupted while upgrading"), "{upgrade}");
            }
            "sent" => assert!(!is_new && text.contains("interrupted while upgrading"), "{upgrade}"),
            _ => assert!(text.contains("interrupted"), "{upgrade}"),
        }
        // Killed before it could tell that it runs, it tells the end alone.
        assert!(moment == "running" || states.contains(&json!("running")), "{states:?}");
        // Nothing is left to do, and nothing is done.
        assert_eq!(world.obey().code, Some(0));
        assert_eq!(world.server.operator.get(&path)["state"], upgrade["state"]);
        assert!(wire.brought().len() <= 1 && world.printer.look()["state"]["boots"] == boots);
    }
}

/// Makes one command of the server's larger than any answer may be, behind the server's back.
const BLOAT: &str = "
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
changed = store.execute('UPDATE commands SET signed = zeroblob(64000000) WHERE id = ?', (sys.argv[2],))
assert changed.rowcount == 1
store.commit()
";

#[test]
fn a_command_that_does_not_come_holds_up_no_other() {
    if !require(&[Tool::Python]) {
        return;
    }
    let world = World::new("[actions]\ngetStatus = \"on\"\n");
    let paths: Vec<_> = (0..3).map(|_| world.queue(json!({ "action": "getStatus" }))).collect();
    let bloated = paths[1].trim_start_matches("commands/");
    let store = world.store();
    run_ok(Command::new(Tool::Python.path()).args(["-c", BLOAT]).arg(store).arg(bloated));
    for _ in 0..2 {
        let said = world.obey();
        assert!(said.stdout.contains(bloated) || said.stderr.contains(bloated), "{said:?}");
        let states = paths.iter().map(|path| world.server.operator.get(path)["state"].clone());
        assert_eq!(states.collect::<Vec<_>>(), ["succeeded", "delivered", "succeeded"]);
    }
}

#[test]
fn a_restart_that_does_not_show_by_its_deadline_has_timed_out() {
    let world = World::with_start_of(600, ALL);
    let restart = world.ask(json!({ "action": "restart", "runDeadline": 1 }));
    assert_eq!(restart["state"], "timedOut", "{restart}");
    let last = restart["executions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["result"]["code"], "notReachable", "what is known is told: {restart}");
}
