//! How soon a running agent hears of a command: at once where the server holds its answer, and at the server's pace where the
//! site does not want that.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// A proxy for one server; how many octets clients have sent through it.
fn counting_proxy() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || join(client, &counted));
        }
    });
    (address, count)
}

fn join(mut client: TcpStream, counted: &AtomicUsize) -> io::Result<()> {
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
    std::thread::spawn(move || io::copy(&mut back, &mut to_client));
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut piece) {
        counted.fetch_add(read, Ordering::SeqCst);
        server.write_all(&piece[..read])?;
    }
    server.shutdown(std::net::Shutdown::Both)
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
    let (proxy, sent) = counting_proxy();
    let settings = format!("proxy = \"http://{proxy}\"\n[actions]\ncheckSoftware = \"ask\"\n");
    let mut agent = world.resting(&settings, "awaitingConsent");
    let path = world.ask();
    agent.wait_until("the command", |_| (world.state(&path) == "awaitingConsent").then_some(()));
    // Until the turn is over and the next question is held; then nothing is sent for as long as it is.
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let before = sent.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_secs(5));
        if sent.load(Ordering::SeqCst) == before {
            break;
        }
        assert!(Instant::now() < deadline, "it asks again and again: {}", agent.stderr());
    }
    assert!(sent.load(Ordering::SeqCst) > 0 && !agent.has_ended());
    assert_eq!(world.state(&path), "awaitingConsent");
}

#[test]
fn an_agent_that_may_not_have_answers_held_asks_by_the_pace_of_the_server() {
    let world = World::new();
    let mut agent = world.resting("long-poll = \"off\"\n[actions]\ncheckSoftware = \"on\"\n", "succeeded");
    let path = world.ask();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!((world.state(&path), agent.has_ended()), (json!("queued"), false));
}
