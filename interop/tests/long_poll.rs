//! How soon a running agent hears of a command: at once where the server holds its answer, and at the server's pace where the
//! site does not want that.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, SiteServer, agent};
use serde_json::{Value, json};

struct World {
    folder: tempfile::TempDir,
    server: SiteServer,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = SiteServer::start(&folder.path().join("server"));
        server.register(&folder.path().join("agent"));
        Self { folder, server }
    }

    /// An agent that reads nobody and has heard of its first command: it rests then, for a quarter of an hour by the
    /// server's pace.
    fn resting(&self, settings: &str, state: &str) -> Running {
        let data = self.folder.path().join("agent");
        fs::write(data.join("agent.toml"), settings).unwrap();
        let path = self.ask();
        let mut agent =
            Running::start(&mut agent(&["run", "--no-collect", "--data", data.to_str().unwrap()]));
        agent.wait_until("the first turn", |_| (self.state(&path) == state).then_some(()));
        agent
    }

    fn ask(&self) -> String {
        let client = self.server.operator.get("clients")[0]["id"].clone();
        let command =
            self.server.operator.post("commands", &json!({ "client": client, "action": "checkSoftware" }));
        format!("commands/{}", command["id"].as_str().unwrap())
    }

    fn state(&self, path: &str) -> Value {
        self.server.operator.get(path)["state"].clone()
    }
}

/// A proxy between one agent and its server, and what went through it.
struct Proxy {
    address: SocketAddr,
    wires: Arc<Wires>,
}

#[derive(Default)]
struct Wires {
    /// Octets that the agent sent.
    sent: AtomicUsize,
    /// The connection on which it sent the last of them.
    last: AtomicUsize,
    /// The connection on which nothing comes back any more.
    mute: AtomicUsize,
    /// The connections that the agent has closed.
    closed: Mutex<BTreeSet<usize>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, wires) = (listener.local_addr().unwrap(), Arc::new(Wires::default()));
        let all = Arc::clone(&wires);
        std::thread::spawn(move || {
            for (client, number) in listener.incoming().flatten().zip(1..) {
                let wires = Arc::clone(&all);
                std::thread::spawn(move || {
                    let _ = wires.join(client, number);
                    wires.closed.lock().unwrap().insert(number);
                });
            }
        });
        Self { address, wires }
    }

    fn sent(&self) -> usize {
        self.wires.sent.load(Ordering::SeqCst)
    }

    /// Waits until nothing more is sent: then the last question is held.
    fn wait_until_held(&self, agent: &Running) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut quiet = 0;
        // Twice: an agent that gets no processor for a while is quiet, too.
        while quiet < 2 {
            let before = self.sent();
            std::thread::sleep(Duration::from_secs(4));
            quiet = if self.sent() == before { quiet + 1 } else { 0 };
            assert!(Instant::now() < deadline, "it asks again and again: {}", agent.stderr());
        }
    }
}

impl Wires {
    fn join(self: &Arc<Self>, mut client: TcpStream, number: usize) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            client.read_exact(&mut octet)?;
            head.push(octet[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut server = TcpStream::connect(head.split(' ').nth(1).unwrap_or_default())?;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let (mut back, mut to_client) = (server.try_clone()?, client.try_clone()?);
        let wires = Arc::clone(self);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = back.read(&mut piece) {
                if wires.mute.load(Ordering::SeqCst) != number && to_client.write_all(&piece[..read]).is_err()
                {
                    break;
                }
            }
        });
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = client.read(&mut piece) {
            self.last.store(number, Ordering::SeqCst);
            self.sent.fetch_add(read, Ordering::SeqCst);
            server.write_all(&piece[..read])?;
        }
        server.shutdown(std::net::Shutdown::Both)
    }
}

#[test]
fn an_agent_at_rest_hears_of_commands_at_once_one_after_the_other_where_the_server_holds_its_answer() {
    let world = World::new();
    let mut agent = world.resting("[actions]\ncheckSoftware = \"on\"\n", "succeeded");
    for _ in 0..2 {
        let path = world.ask();
        let begun = Instant::now();
        agent.wait_until("the command", |_| (world.state(&path) == "succeeded").then_some(()));
        // One that asks by the server's pace alone takes a quarter of an hour.
        assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
    }
    agent.signal("TERM");
    let asked = Instant::now();
    assert_eq!(agent.end().code, Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(30),
        "a question that is held does not keep it from ending"
    );
}

#[test]
fn a_command_that_waits_for_a_person_is_heard_of_once_and_not_again_and_again() {
    let world = World::new();
    let proxy = Proxy::start();
    let settings = format!("proxy = \"http://{}\"\n[actions]\ncheckSoftware = \"ask\"\n", proxy.address);
    let mut agent = world.resting(&settings, "awaitingConsent");
    let path = world.ask();
    agent.wait_until("the command", |_| (world.state(&path) == "awaitingConsent").then_some(()));
    // Until the turn is over and the next question is held; then nothing is sent for as long as it is.
    proxy.wait_until_held(&agent);
    assert!(proxy.sent() > 0 && !agent.has_ended());
    assert_eq!(world.state(&path), "awaitingConsent");
}

#[test]
fn a_question_that_is_held_ends_when_the_settings_go_another_way_or_into_lockdown() {
    for change in ["proxy = \"none\"\n", "mode = \"lockdown\"\n"] {
        let world = World::new();
        let proxy = Proxy::start();
        let way = format!("proxy = \"http://{}\"\n", proxy.address);
        let settings = format!("{way}[actions]\ncheckSoftware = \"on\"\n");
        let mut agent = world.resting(&settings, "succeeded");
        proxy.wait_until_held(&agent);
        // No answer comes by this way any more: the agent would wait for it until its time-out, and that is 110 s.
        let wires = &proxy.wires;
        let held = wires.last.load(Ordering::SeqCst);
        wires.mute.store(held, Ordering::SeqCst);
        assert!(!wires.closed.lock().unwrap().contains(&held));
        let settings = if change.starts_with("mode") { format!("{change}{way}") } else { change.to_owned() };
        fs::write(world.folder.path().join("agent/agent.toml"), settings).unwrap();
        let deadline = Instant::now() + Duration::from_secs(70);
        while !wires.closed.lock().unwrap().contains(&held) {
            assert!(!agent.has_ended() && Instant::now() < deadline, "{change}: {}", agent.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(agent.stderr().contains("the settings were read again"), "{change}: {}", agent.stderr());
    }
}

#[test]
fn an_agent_that_may_not_have_answers_held_asks_by_the_pace_of_the_server() {
    let world = World::new();
    let mut agent = world.resting("long-poll = \"off\"\n[actions]\ncheckSoftware = \"on\"\n", "succeeded");
    let path = world.ask();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!((world.state(&path), agent.has_ended()), (json!("queued"), false));
}
