//! What an agent does about what it could not do in time: readings that its key did not sign, and a clock that is not the
//! server's.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Operator, program};
use remote_services_interop::process::{Guard, run};
use remote_services_interop::relay::{DatagramRelay, Relay};
use remote_services_interop::server::OurServer;
use remote_services_interop::softhsm::{MODULE, PIN, SoftHsm, bring_back, take_away};
use remote_services_interop::{Tool, require};
use remote_services_transport::registration_key::{RegistrationKey, ServerUrl};
use serde_json::json;
use tokio::runtime::Runtime;
use virtual_printer::access::Guests;
use virtual_printer::fleet::{self, Fleet};

const HOST: &str = "localhost";

/// An agent behind a wire that can be held up, as are those to its printers.
struct World {
    server: OurServer,
    wire: Relay,
    data: PathBuf,
    token: Option<SoftHsm>,
    printers: Vec<DatagramRelay>,
    _fleet: Fleet,
    _runtime: Runtime,
}

impl World {
    fn new(printers: usize, token: Option<SoftHsm>, settings: &str) -> Self {
        let server = OurServer::with(|config| {
            config.names = vec![HOST.to_owned()];
            (config.next_poll.seconds, config.next_poll.jitter) = (5, 0);
        });
        let data = server.folder().join("agent");
        fs::create_dir(&data).unwrap();
        let key = token.as_ref().map(|token| {
            let pin = token.folder().join("pin");
            fs::write(&pin, PIN).unwrap();
            let pin = pin.display();
            format!(
                "[tls]\nkey = \"pkcs11:token=a%20token;object=client?module-path={MODULE}&pin-source={pin}\"\n"
            )
        });
        let text = format!("long-poll = \"off\"\n{settings}{}", key.unwrap_or_default());
        fs::write(data.join("agent.toml"), text).unwrap();
        let wire = Relay::start(server.running().device_address());
        let runtime = Runtime::new().unwrap();
        let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
        let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 4, &guests)).unwrap();
        // These speak SNMPv2c.
        let printers = fleet.printers.iter().step_by(3).take(printers);
        let printers = printers.map(|printer| DatagramRelay::holding(printer.printer.snmp)).collect();
        let world = Self { server, wire, data, token, printers, _fleet: fleet, _runtime: runtime };
        let mut key =
            RegistrationKey::from_text(&world.server.registration_key(Duration::from_secs(600))).unwrap();
        key.server = ServerUrl::new(HOST, world.wire.address.port()).unwrap();
        let file = world.server.folder().join("key");
        fs::write(&file, key.to_text()).unwrap();
        let mut register = program("remote-services-agent");
        let registered = run(world.set(&mut register, &["register"]).arg("--key-file").arg(&file));
        assert!(registered.status.success(), "{}", String::from_utf8_lossy(&registered.stderr));
        world
    }

    fn set<'a>(&self, command: &'a mut Command, words: &[&str]) -> &'a mut Command {
        command.args(words).arg("--data").arg(&self.data);
        if let Some(token) = &self.token {
            let (name, value) = token.environment();
            command.env(name, value);
        }
        command
    }

    /// Starts an agent that reads once an hour, and waits until it begins to.
    fn begin(&self, command: &mut Command) -> Guard {
        self.set(command, &["run", "--every", "3600", "-c", "public", "-t", "2", "-r", "5"]);
        command.args(self.printers.iter().map(|printer| printer.address.to_string()));
        let mut agent = Guard::start(command, &self.server.folder().join("log"));
        agent.wait_until("devices are asked", || {
            self.printers.iter().all(|printer| printer.flights() > 0).then_some(())
        });
        agent
    }
}

#[test]
fn all_devices_are_read_again_at_once_when_the_key_signs_again() {
    if !require(&[Tool::Softhsm]) {
        return;
    }
    let token = SoftHsm::new();
    let tokens = token.tokens();
    let world = World::new(2, Some(token), "");
    let mut agent = world.begin(&mut program("remote-services-agent"));
    take_away(&tokens);
    world.printers.iter().for_each(DatagramRelay::let_go);
    let log = || fs::read_to_string(world.server.folder().join("log")).unwrap();
    agent.wait_until("what was read is held", || log().contains("not sealed yet: ").then_some(()));
    assert!(!log().contains("2 devices read"), "{}", log());
    bring_back(&tokens);
    // What came later was left out, and an hour is long.
    agent.wait_until("both are read", || {
        let log = log();
        let (_, after) = log.split_once("sealed now: ")?;
        after.contains("2 devices read, 2 of them as a whole").then_some(())
    });
}

#[test]
fn a_reading_that_waits_for_the_key_is_sealed_before_another_version_starts() {
    if !require(&[Tool::Softhsm]) {
        return;
    }
    let token = SoftHsm::new();
    let tokens = token.tokens();
    let folder = tempfile::tempdir().unwrap();
    let versions = folder.path().join("versions/first");
    fs::create_dir_all(&versions).unwrap();
    let (own, first) = (program("remote-services-agent"), versions.join("remote-services-agent"));
    if fs::hard_link(own.get_program(), &first).is_err() {
        fs::copy(own.get_program(), &first).unwrap();
    }
    symlink("versions/first", folder.path().join("current")).unwrap();
    let world = World::new(1, Some(token), &format!("[software]\nfolder = {:?}\n", folder.path()));
    let mark = folder.path().join("started");
    let next = format!(
        "#!/bin/sh\ncase $1 in --version) echo remote-services-agent 9.9;; *) touch {:?}; exec sleep 600;; esac\n",
        mark.display().to_string()
    );
    let operator = Operator::new(world.server.running().operator_url(), &world.server.folder().join("data"));
    let digest = operator.put_artifact(next.as_bytes());
    let _ = operator.post("software", &json!({ "component": "agent", "version": "9.9", "digest": digest }));

    let mut agent = world.begin(&mut Command::new(folder.path().join("current/remote-services-agent")));
    take_away(&tokens);
    world.wire.hold();
    let before = world.wire.flights();
    world.printers[0].let_go();
    // After the reading, the server is asked, and the answer is kept back until the key is there again.
    agent.wait_until("the server is asked", || (world.wire.flights() > before).then_some(()));
    bring_back(&tokens);
    // The key is looked for at a pace of its own, which nobody sees from outside; what comes later is sealed in any case.
    std::thread::sleep(Duration::from_secs(3));
    world.wire.let_go();
    agent.wait_until("the other version runs", || mark.exists().then_some(()));
    let log = agent.log();
    assert!(log.contains("version 9.9 is installed") && !log.contains("is lost"), "{log}");
    assert!(log.contains("sealed now: 1 reading"), "{log}");
    let waiting = fs::read_dir(world.data.join("spool/pending")).unwrap().count();
    assert!(waiting > 0 || has_arrived(&world.data), "it is neither here nor there: {log}");
}

/// Whether the server said that it has a report.
fn has_arrived(data: &Path) -> bool {
    fs::read_to_string(data.join("exchanges.log")).unwrap_or_default().contains("\"stored\"")
}

#[test]
fn an_agent_whose_clock_is_off_rests_between_its_turns_although_a_reading_is_due() {
    if !require(&[Tool::Faketime]) {
        return;
    }
    let world = World::new(1, None, "");
    let mut agent = Command::new(Tool::Faketime.path());
    // What it counts its waits with goes on as ever.
    agent.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
    agent.args(["-f", "+3h"]).arg(program("remote-services-agent").get_program());
    world.set(&mut agent, &["run", "-c", "public"]).arg(world.printers[0].address.to_string());
    let mut agent = Guard::start(&mut agent, &world.server.folder().join("log"));
    let log = || fs::read_to_string(world.server.folder().join("log")).unwrap();
    agent.wait_until("it is told", || log().contains("3 h 0 min ahead of the server's").then_some(()));
    // A loaded machine makes it slower, and nothing makes it faster than the pace of 5 seconds but turns without a rest.
    let (begun, before) = (Instant::now(), world.wire.flights());
    agent.wait_until("some turns", || (world.wire.flights() >= before + 12).then_some(()));
    assert!(begun.elapsed() > Duration::from_secs(8), "{:?}: {}", begun.elapsed(), log());
    assert_eq!(world.printers[0].flights(), 0, "nothing is read");
}
