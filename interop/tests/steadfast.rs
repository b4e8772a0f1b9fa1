//! An agent that stays: whatever answers in the server's place, and whatever the disk does, it goes on, at a measured pace.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, Said, VirtualPrinters, agent, agent_says};
use remote_services_interop::server::{Away, OurServer};
use remote_services_interop::stand_in::StandIn;
use remote_services_interop::{Tool, require};

/// A server, and the data folder of an agent that is registered with it and has heard its directory.
struct World {
    server: OurServer,
    data: PathBuf,
}

impl World {
    fn new() -> Self {
        let server = OurServer::start();
        let (data, key) = (server.folder().join("agent"), server.folder().join("key"));
        fs::write(&key, server.registration_key(Duration::from_secs(600))).unwrap();
        let world = Self { server, data };
        let key = key.display().to_string();
        let said = agent_says(&["register", "--data", world.data(), "--key-file", &key]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(world.once(&["--no-collect"]).code, Some(0));
        world
    }

    fn data(&self) -> &str {
        self.data.to_str().unwrap()
    }

    fn once(&self, words: &[&str]) -> Said {
        agent_says(&[&["run", "--once", "--data", self.data()], words].concat())
    }

    fn run(&self, words: &[&str]) -> Running {
        Running::start(&mut agent(&[&["run", "--data", self.data()], words].concat()))
    }

    fn stand_in(&self, away: &Away, rules: &str) -> StandIn {
        StandIn::start(away.address, &self.server.authority(), rules)
    }
}

/// Sealed payloads that wait in the spool.
fn waiting(data: &Path) -> usize {
    let Ok(folder) = fs::read_dir(data.join("spool/pending")) else { return 0 };
    folder.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "sealed")).count()
}

/// Waits until the agent has said this on standard error.
fn wait_until_told(agent: &mut Running, words: &str) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !agent.stderr().contains(words) {
        assert!(!agent.has_ended() && Instant::now() < deadline, "{words:?}: {}", agent.stderr());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn no_odd_answer_ends_a_running_agent_and_no_payload_is_lost_to_it() {
    if !require(&[Tool::Nginx, Tool::Openssl]) {
        return;
    }
    let mut world = World::new();
    let printers = VirtualPrinters::start(&["--fleet", "1", "--speaks", "2c"]);
    let mut agent = world.run(&["--every", "1", "-c", "public", "--snmp-version", "2c", &printers.target()]);
    agent.wait_until("a first reading", |_| (waiting(&world.data) == 0).then_some(()));
    wait_until_told(&mut agent, "stored by the server");
    let away = world.server.go_away();
    for status in [403, 404, 302, 400] {
        let mut other = world.stand_in(&away, &format!("return {status} https://portal.test/;"));
        // It comes back after the odd answer, with nothing but the question whether the server is there again.
        other.wait_for(3);
        wait_until_told(&mut agent, &format!("status {status}"));
        assert!(!agent.has_ended(), "{status}: {}", agent.stderr());
    }
    let foreign = OurServer::start();
    let other = StandIn::start(away.address, &foreign.authority(), "return 200;");
    wait_until_told(&mut agent, "no trusted connection");
    drop(other);
    let before = waiting(&world.data);
    agent.wait_until("reading goes on", |_| (waiting(&world.data) > before.max(4)).then_some(()));
    for status in [403, 404, 302, 400] {
        let told = agent.stderr().matches(&format!("status {status}")).count();
        assert!(told <= 2, "told {told} times: {}", agent.stderr());
    }
    world.server.come_back(&away);
    agent.wait_until("all is sent", |_| (waiting(&world.data) <= 1).then_some(()));
    assert!(
        fs::read_dir(world.data.join("spool/quarantine")).map_or(0, Iterator::count) == 0,
        "{}",
        agent.stderr()
    );
    wait_until_told(&mut agent, "all is well again");
}

#[test]
fn an_agent_that_starts_without_its_server_for_the_first_time_waits_for_it() {
    let mut world = World::new();
    fs::remove_file(world.data.join("state/directory.json")).unwrap();
    let away = world.server.go_away();
    assert_eq!(world.once(&["--no-collect"]).code, Some(3));
    let mut agent = world.run(&["--no-collect"]);
    wait_until_told(&mut agent, "the server is away");
    world.server.come_back(&away);
    agent.wait_until("the directory", |_| world.data.join("state/directory.json").exists().then_some(()));
    agent.signal("TERM");
    assert_eq!(agent.end().code, Some(0));
}

#[test]
fn a_round_ends_when_the_server_wants_to_be_left_alone() {
    if !require(&[Tool::Nginx, Tool::Openssl]) {
        return;
    }
    let mut world = World::new();
    let printers = VirtualPrinters::start(&["--fleet", "1", "--speaks", "2c"]);
    let away = world.server.go_away();
    // One is of no use, and is no server of ours; the other is, and wants to be left alone.
    let rules = [("return 405;", 1), ("add_header Retry-After 999999999 always; return 503;", 3)];
    for (round, (rules, code)) in (1..).zip(rules) {
        let other = world.stand_in(&away, rules);
        let said = world.once(&["-c", "public", "--snmp-version", "2c", &printers.target()]);
        assert_eq!(said.code, Some(code), "{}", said.stderr);
        assert_eq!(waiting(&world.data), 2 * round, "{}", said.stderr);
        assert!(!said.stderr.contains("trying again in"), "{}", said.stderr);
        let uploads = other.requests().iter().filter(|line| line.contains("/uploads/")).count();
        assert_eq!(uploads, 1, "{:?}", other.requests());
    }
}

#[test]
fn an_agent_that_reads_nothing_asks_at_the_pace_of_the_server() {
    if !require(&[Tool::Nginx, Tool::Openssl]) {
        return;
    }
    let mut world = World::new();
    let directory = world.data.join("state/directory.json");
    let healthy = format!(
        "location = /rs/v1/ {{ default_type application/json; root {}; try_files /{} =500; }} location / {{ return 204; }}",
        directory.parent().unwrap().display(),
        directory.file_name().unwrap().to_str().unwrap(),
    );
    let away = world.server.go_away();
    for rules in [&healthy, "return 503;"] {
        let mut other = world.stand_in(&away, rules);
        let mut agent = world.run(&["--no-collect"]);
        other.wait_for(2);
        // The absence of more needs a while to be seen; an agent that does not rest asks thousands of times.
        std::thread::sleep(Duration::from_secs(3));
        assert!(other.requests().len() < 10, "{:?}", other.requests());
        agent.signal("INT");
        assert_eq!(agent.end().code, Some(130));
    }
}

/// A socket that nobody answers on, and how many datagrams came to it.
fn silence() -> (String, Arc<AtomicUsize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (address, count) = (socket.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        while socket.recv(&mut [0; 2048]).is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

#[test]
fn a_disk_that_takes_nothing_does_not_make_the_agent_ask_devices_more_often() {
    let world = World::new();
    let quick = ["-c", "public", "--snmp-version", "2c", "--timeout", "0.1", "--retries", "0"];
    // What cannot be replaced stands for a full disk: a folder where the file is written before it takes its place.
    let block = |name: &str| {
        let path = world.data.join("state").join(name);
        fs::create_dir_all(path.join("occupied")).unwrap();
        path
    };
    let memory = block("devices.new");
    let (target, asked) = silence();
    let mut agent = world.run(&[&quick[..], &["--every", "1", &target]].concat());
    wait_until_told(&mut agent, "trying again later");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(asked.load(Ordering::SeqCst), 0, "what it would hear could not be kept: {}", agent.stderr());
    agent.kill();
    fs::remove_dir_all(memory).unwrap();

    block("last-reading.new");
    let mut agent = world.run(&[&quick[..], &["--every", "3600", &target]].concat());
    wait_until_told(&mut agent, "the time of the last reading");
    let first = asked.load(Ordering::SeqCst);
    assert!(first > 0);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(asked.load(Ordering::SeqCst), first, "once an hour: {}", agent.stderr());
    assert!(!agent.has_ended());
}

#[test]
fn who_is_in_the_way_is_named_and_not_the_server() {
    let world = World::new();
    let script = world.data.join("missing.pac");
    fs::write(world.data.join("agent.toml"), format!("proxy = \"pac+file://{}\"\n", script.display()))
        .unwrap();
    let said = world.once(&["--no-collect"]);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    assert!(
        said.stderr.contains("missing.pac") && !said.stderr.contains("the server is away"),
        "{}",
        said.stderr
    );

    // A proxy that refuses, and one that is not there.
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    fs::write(world.data.join("agent.toml"), format!("proxy = \"http://{address}\"\n")).unwrap();
    let refusing = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = proxy.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    for words in ["the proxy does not let this client through", "the proxy is away"] {
        let said = world.once(&["--no-collect"]);
        assert_eq!(said.code, Some(3), "{}", said.stderr);
        assert!(said.stderr.contains(words) && said.stderr.contains(&address.to_string()), "{}", said.stderr);
        assert!(!said.stderr.contains("the server is away"), "{}", said.stderr);
    }
    refusing.join().unwrap();
}
