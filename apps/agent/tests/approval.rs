//! Registration keys that need a person's approval: the agent as a program, its server in this process.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use remote_services_server::{KeyWish, RunningServer, Server, ServerConfig, decide};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const PATIENCE: Duration = Duration::from_secs(120);

/// A server, and a key of it that needs approval in a file.
struct World {
    folder: tempfile::TempDir,
    runtime: Runtime,
    server: Option<RunningServer>,
}

impl World {
    fn new() -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let mut world = Self { folder, runtime, server: None };
        world.start(0);
        let wish = KeyWish::new("acme", Duration::from_secs(600)).with_approval();
        let made = world.runtime.block_on(world.server().create_key(&wish)).unwrap();
        std::fs::write(world.path("key"), made.text()).unwrap();
        world
    }

    fn start(&mut self, port: u16) {
        let mut config = ServerConfig::new(self.path("server"));
        config.listen.set_port(port);
        config.approval_pace = Duration::from_secs(5);
        // A program that another test starts has a copy of the lock until it is that program, and the port may be lent.
        let until = Instant::now() + PATIENCE;
        let start = || self.runtime.block_on(Server::start(config.clone()));
        self.server = Some(loop {
            match start() {
                Ok(server) => break server,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        });
    }

    fn stop(&mut self) -> u16 {
        let server = self.server.take().unwrap();
        let port = server.device_address().port();
        self.runtime.block_on(server.shutdown());
        port
    }

    fn server(&self) -> &RunningServer {
        self.server.as_ref().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, with the data folder of that name.
    fn agent(&self, data: &str, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
        command.args(words).arg("--data").arg(self.path(data)).env_remove("CREDENTIALS_DIRECTORY");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn register(&self, data: &str, words: &[&str]) -> Waiting {
        let mut command = self.agent(data, &[&["register"], words].concat());
        Waiting::new(command.arg("--key-file").arg(self.path("key")).spawn().unwrap())
    }

    /// The one who asked, as the operator sees it.
    fn asked(&self) -> Value {
        let request = ureq::get(format!("{}/api/v1/approvals", self.server().operator_url()))
            .header("authorization", format!("Bearer {}", self.server().operator_token()));
        let list: Value = request.call().unwrap().into_body().read_json().unwrap();
        let [asked] = list.as_array().unwrap().as_slice() else { panic!("{list}") };
        asked.clone()
    }

    fn answer(&self, word: &str, document: &Value) {
        let id = self.asked()["id"].as_str().unwrap().to_owned();
        let url = format!("{}/api/v1/approvals/{id}/{word}", self.server().operator_url());
        let request =
            ureq::post(url).header("authorization", format!("Bearer {}", self.server().operator_token()));
        assert_eq!(request.send_json(document).unwrap().status(), 204);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.stop();
        }
    }
}

/// A program that runs, and what it tells.
struct Waiting {
    child: Child,
    lines: Receiver<String>,
}

impl Waiting {
    fn new(mut child: Child) -> Self {
        let (sender, lines) = channel();
        let told = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || told.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The next line that is told with these words.
    fn told(&self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("it never told: {words}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its exit code, and all that it printed and told since.
    fn end(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "it never ended");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut said = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        self.lines.iter().for_each(|line| said += &line);
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Ended already, where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_agent_waits_for_approval_over_a_kill_and_a_server_that_is_away_and_has_its_certificate_then() {
    let mut world = World::new();
    let first = world.register("agent", &[]);
    let told = first.told("must approve");
    assert!(told.contains("asked again in 5 seconds"), "{told}");
    let asked = world.asked();
    assert_eq!((&asked["state"], &asked["tenant"]), (&json!("waiting"), &json!("acme")));
    assert!(told.contains(asked["key"].as_str().unwrap()), "people compare it: {told} {asked}");
    first.kill();

    let second = world.register("agent", &[]);
    assert_eq!(second.told("must approve"), told, "the same key waits");
    let port = world.stop();
    second.told("waiting, asked again");
    let id = asked["id"].as_str().unwrap().parse().unwrap();
    world.runtime.block_on(decide(&world.path("server"), id, None)).unwrap();
    world.start(port);
    let (code, said) = second.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("registered with https://"), "{said}");

    let round = world.agent("agent", &["run", "--once", "--no-collect"]).output().unwrap();
    assert!(round.status.success(), "{}", String::from_utf8_lossy(&round.stderr));
    let again = world.register("other", &[]).end();
    assert!(again.0 == Some(4) && again.1.contains("already used"), "{again:?}");
}

#[test]
fn an_agent_that_waits_for_approval_waits_on_when_somebody_else_answers_for_the_server() {
    let mut world = World::new();
    let waiting = world.register("agent", &[]);
    waiting.told("must approve");
    let port = world.stop();
    // A portal that wants a login, as far as it comes: no TLS is spoken there.
    let until = Instant::now() + PATIENCE;
    let portal = loop {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(portal) => break portal,
            Err(error) => assert!(Instant::now() < until, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let answering = std::thread::spawn(move || {
        let (mut one, _) = portal.accept().unwrap();
        let _ = one.read(&mut [0; 4096]).unwrap();
        one.write_all(b"HTTP/1.1 302 Found\r\nlocation: http://portal/login\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    });
    let told = waiting.told("asked again in 300 seconds");
    assert!(told.contains("no trusted connection"), "{told}");
    answering.join().unwrap();
    waiting.kill();
    world.start(port);
    world.answer("approve", &json!({}));
    assert_eq!(world.register("agent", &[]).end().0, Some(0), "the same key");
}

#[test]
fn an_agent_that_is_refused_is_told_the_reason_and_has_no_identity() {
    let world = World::new();
    let (code, said) = world.register("agent", &["--no-wait"]).end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("must approve") && said.contains("run the same command again in 5 s"), "{said}");
    // A second key pair may not slip in while the first waits.
    let (code, said) = world.register("other", &["--no-wait"]).end();
    assert!(code == Some(4) && said.contains("already used"), "{said}");

    let waiting = world.register("agent", &[]);
    waiting.told("must approve");
    world.answer("refuse", &json!({ "reason": "this site has closed" }));
    let (code, said) = waiting.end();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("the operator refused this client: this site has closed"), "{said}");
    assert!(!world.path("agent/identity/client.pem").exists());
    assert_eq!(world.asked()["reason"], "this site has closed");
    // It stays refused.
    assert_eq!(world.register("agent", &[]).end().0, Some(4));
}
