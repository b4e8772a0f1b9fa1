use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use remote_services_transport::document::ContentDigest;
use serde_json::Value;
use ureq::Agent;

use super::{Running, agent, program};
use crate::clock::Clock;

/// `remote-services-server serve` on a data folder.
#[derive(Debug)]
pub struct SiteServer {
    running: Running,
    device_url: String,
    clock: Option<Clock>,
    /// The operator's API.
    pub operator: Operator,
}

/// The operator's API of any server of ours.
#[derive(Debug)]
pub struct Operator {
    url: String,
    data: PathBuf,
}

impl SiteServer {
    /// Starts it on any free ports.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(data: &Path) -> Self {
        Self::start_by(data, None)
    }

    /// The same by another clock, which its registration keys and agents have, too.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_by(data: &Path, clock: Option<Clock>) -> Self {
        let any = "127.0.0.1:0";
        let (running, device_url, operator_url) = serve(data, any, any, clock.as_ref());
        Self { running, device_url, clock, operator: Operator::new(&operator_url, data) }
    }

    /// Where clients connect.
    #[must_use]
    pub fn device_url(&self) -> &str {
        &self.device_url
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Starts it again on the same data and the same ports.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let address = |url: &str| url.split("//").nth(1).expect("a URL has two slashes").to_owned();
        let (device, operator) = (address(&self.device_url), address(&self.operator.url));
        let started = serve(&self.operator.data, &device, &operator, self.clock.as_ref());
        assert_eq!((&started.1, &started.2), (&self.device_url, &self.operator.url));
        self.running = started.0;
    }

    /// Makes a registration key by the command line, as it is handed to a person, in a file.
    ///
    /// # Panics
    /// When the server's program does not make one.
    #[must_use]
    pub fn key_file(&self, folder: &Path) -> PathBuf {
        let mut make = program("remote-services-server");
        make.args(["registration-key", "create", "--data"]).arg(&self.operator.data);
        let said = Running::start(by(self.clock.as_ref(), &mut make)).end();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let file = folder.join("registration-key");
        fs::write(&file, said.stdout).expect("the test's own folder");
        file
    }

    /// Registers an agent, whose data folder this is.
    ///
    /// # Panics
    /// When the agent cannot be registered.
    pub fn register(&self, agent_data: &Path) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let key = self.key_file(folder.path()).display().to_string();
        let data = agent_data.display().to_string();
        let mut register = agent(&["register", "--data", &data, "--key-file", &key]);
        let said = Running::start(by(self.clock.as_ref(), &mut register)).end();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
    }
}

impl Operator {
    /// An operator who reads the token from the server's data folder.
    #[must_use]
    pub fn new(url: &str, data: &Path) -> Self {
        Self { url: url.to_owned(), data: data.to_owned() }
    }

    /// `GET /api/v1/…`
    ///
    /// # Panics
    /// When the answer is not 200 with JSON.
    #[must_use]
    pub fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1/{path}", self.url);
        let answer = http().get(&url).header("authorization", self.token()).call();
        let mut answer = answer.expect("the server answers");
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("it is text");
        assert_eq!(answer.status(), 200, "{url}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"))
    }

    /// `POST /api/v1/…`, which must create something.
    ///
    /// # Panics
    /// When the answer is not 201 with JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v1/{path}", self.url);
        let answer = http().post(&url).header("authorization", self.token()).send_json(body);
        let mut answer = answer.expect("the server answers");
        let text = answer.body_mut().read_to_string().expect("it is text");
        assert_eq!(answer.status(), 201, "{url}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"))
    }

    /// `PUT /api/v1/clients/{client}/policy` for the only client there is.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn wish(&self, policy: &Value) {
        let client = self.get("clients")[0]["id"].as_str().expect("there is a client").to_owned();
        let url = format!("{}/api/v1/clients/{client}/policy", self.url);
        let answer = http().put(&url).header("authorization", self.token()).send_json(policy);
        assert_eq!(answer.expect("the server answers").status(), 204, "{policy}");
    }

    /// `PUT /api/v1/artifacts`; gives the digest as commands and manifests name it.
    ///
    /// # Panics
    /// When the server does not take it.
    #[must_use]
    pub fn put_artifact(&self, octets: &[u8]) -> Value {
        let url = format!("{}/api/v1/artifacts", self.url);
        let digest = ContentDigest::of(octets);
        let call = http().put(&url).header("authorization", self.token());
        let call = call.header("content-digest", digest.to_string());
        let mut answer =
            call.header("content-type", "application/octet-stream").send(octets).expect("the server answers");
        let text = answer.body_mut().read_to_string().expect("it is text");
        assert_eq!(answer.status(), 201, "{url}: {text}");
        serde_json::json!(digest)
    }

    /// Takes the trust away from every client.
    ///
    /// # Panics
    /// When the server does not do it.
    pub fn revoke_all_clients(&self) {
        let clients = self.get("clients");
        for client in clients.as_array().expect("a list") {
            let id = client["id"].as_str().expect("it has a name");
            let url = format!("{}/api/v1/clients/{id}", self.url);
            let answer = http().delete(&url).header("authorization", self.token()).call();
            assert_eq!(answer.expect("the server answers").status(), 204);
        }
    }

    /// Asks again and again until `found` sees what it waits for.
    ///
    /// # Panics
    /// When it takes too long.
    pub fn wait_for<T>(&self, path: &str, mut found: impl FnMut(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let answer = self.get(path);
            if let Some(found) = found(&answer) {
                return found;
            }
            assert!(Instant::now() < deadline, "{path} still says {answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The uploads, once all of them are opened or set aside.
    ///
    /// # Panics
    /// When the server does not come to an end with them.
    #[must_use]
    pub fn opened_uploads(&self) -> Vec<Value> {
        self.wait_for("uploads?limit=5000", |uploads| {
            let uploads = uploads.as_array().expect("a list");
            uploads.iter().all(|upload| upload["state"] != "received").then(|| uploads.clone())
        })
    }

    /// All devices that the server knows.
    ///
    /// # Panics
    /// When the answer has no list.
    #[must_use]
    pub fn devices(&self) -> Vec<Value> {
        self.get("devices?limit=5000")["devices"].as_array().expect("a list").clone()
    }

    fn token(&self) -> String {
        let token = remote_services_server::operator_token(&self.data, None).expect("the server made it");
        format!("Bearer {}", *token)
    }
}

fn http() -> Agent {
    let patience = Some(Duration::from_secs(60));
    Agent::config_builder().timeout_global(patience).http_status_as_error(false).build().into()
}

fn by<'a>(clock: Option<&Clock>, command: &'a mut Command) -> &'a mut Command {
    match clock {
        Some(clock) => clock.set(command),
        None => command,
    }
}

fn serve(data: &Path, listen: &str, operator: &str, clock: Option<&Clock>) -> (Running, String, String) {
    let mut command = program("remote-services-server");
    command.args(["serve", "--listen", listen, "--operator-listen", operator, "--format", "json", "--data"]);
    let mut running = Running::start(by(clock, command.arg(data)));
    let announced: Value = running.wait_until("the server announces itself", |stdout| {
        stdout.split_once('\n').map(|(line, _)| serde_json::from_str(line).expect("JSON was asked for"))
    });
    let url = |name: &str| announced[name].as_str().expect("it is announced").to_owned();
    let (device_url, operator_url) = (url("deviceUrl"), url("operatorUrl"));
    (running, device_url, operator_url)
}
