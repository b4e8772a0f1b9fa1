//! A server and a printer in this process, and an agent that is started as one of its own, with secrets of each kind.
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_interop::ours::{Operator, Running};
use remote_services_interop::server::OurServer;
use remote_services_interop::squid::Squid;
use remote_services_snmp::crypto::AuthProtocol;
use remote_services_snmp::usm::{EngineId, LocalizedKeys};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use virtual_printer::access::{Guests, Speaks, UsmGuest};
use virtual_printer::fleet::{self, Fleet, FleetOptions, Place};
use virtual_printer::printer::PrinterOptions;

use crate::heard::AS_AGENT;
use crate::planted::{Planted, hex};

/// What the one test is called: without a thread of its own it does not know.
const THIS_TEST: &str = "no_planted_secret_is_found_outside_of_the_places_that_are_for_it";
/// A name that only the proxies resolve.
pub(crate) const HOST: &str = "upload.test";
/// The SNMPv3 user.
pub(crate) const USER: &str = "monitor";
/// The user of the proxies.
pub(crate) const PROXY_USER: &str = "scanner";

/// Words that stand nowhere else.
pub(crate) const COMMUNITY: &str = "quince-reads-4711";
pub(crate) const WRITE: &str = "quince-writes-4712";
pub(crate) const TRAPS: &str = "quince-traps-4713";
pub(crate) const AUTH: &str = "medlar-authenticates";
pub(crate) const PRIVACY: &str = "medlar-encrypts-all";
pub(crate) const OTHER_AUTH: &str = "medlar-is-mistaken";
pub(crate) const PROXY: &str = "sorb-opens-the-way";
pub(crate) const OTHER_PROXY: &str = "sorb-finds-no-way";

/// Files of the agent's folder that are there to hold secrets: what all others are sealed under.
pub(crate) const AGENT_VAULTS: &[&str] = &["/secrets.key"];
/// Files of the server's folder that are there to hold secrets.
pub(crate) const SERVER_VAULTS: &[&str] = &["/keys.passphrase"];

/// Server, printer and agent.
pub(crate) struct World {
    pub(crate) server: OurServer,
    fleet: Fleet,
    folder: TempDir,
    runtime: Runtime,
}

impl World {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["agent", "vault"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let runtime = Runtime::new().unwrap();
        let guest = UsmGuest {
            name: USER.to_owned(),
            auth_protocol: AuthProtocol::HmacSha256,
            auth_password: AUTH.to_owned(),
            priv_password: Some(PRIVACY.to_owned()),
        };
        let guests = Guests {
            community: COMMUNITY.to_owned(),
            write_community: Some(WRITE.to_owned()),
            user: Some(guest),
        };
        let options = FleetOptions {
            count: 1,
            place: Place::Ports((Ipv4Addr::LOCALHOST, 0).into()),
            sources: fleet::built_in().unwrap(),
            speaks: |_| Speaks::All,
            showcase: false,
            each: PrinterOptions::default(),
        };
        let fleet = runtime.block_on(fleet::start_with(options, &guests)).unwrap();
        Self { server: OurServer::named(&[HOST]), fleet, folder, runtime }
    }

    pub(crate) fn printer(&self) -> SocketAddr {
        self.fleet.printers[0].printer.snmp
    }

    pub(crate) fn registration_key(&self) -> String {
        self.server.registration_key(Duration::from_secs(600))
    }

    /// The agent's data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// Payloads in the agent's spool.
    pub(crate) fn waiting(&self) -> usize {
        let spool = fs::read_dir(self.data().join("spool/pending")).unwrap();
        spool.flatten().filter(|entry| entry.path().extension().is_some_and(|it| it == "sealed")).count()
    }

    /// A file that is there to hold a secret, outside of the agent's data.
    pub(crate) fn vault(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join("vault").join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A credentials file with passwords, and a community for what does not take them.
    pub(crate) fn passwords(&self, auth: &str) -> String {
        let text = format!(
            "[[credentials]]\nuser = \"{USER}\"\nauth-password = \"{auth}\"\npriv-password = \"{PRIVACY}\"\n"
        );
        self.vault(if auth == AUTH { "passwords" } else { "others" }, &text)
    }

    /// A credentials file with keys that were localised for an engine.
    pub(crate) fn localized(&self, engine: &EngineId, keys: &LocalizedKeys) -> String {
        let text = format!(
            "[[credentials]]\nuser = \"{USER}\"\n[[credentials.keys]]\nengine-id = \"{}\"\nauth-key = \"{}\"\npriv-key = \"{}\"\n",
            hex(engine.as_slice()),
            hex(keys.auth().unwrap().1.expose()),
            hex(keys.privacy().unwrap().1.expose()),
        );
        self.vault("localized", &text)
    }

    /// The administrator's settings, with a proxy and a password for it.
    pub(crate) fn settings(&self, squid: &Squid, password: &str) {
        let text = format!(
            "proxy = \"http://{PROXY_USER}:{password}@{}\"\n[traps]\ncommunities = [\"{TRAPS}\"]\n\
             [actions]\nsetConfiguration = \"on\"\n",
            squid.address
        );
        fs::write(self.data().join("agent.toml"), text).unwrap();
    }

    /// What the program seals these files as stays sealed.
    pub(crate) fn seal(&self, planted: &Planted, files: &[&str]) {
        let settings = self.data().join("agent.toml");
        let words = [&["secrets", "seal-files", settings.to_str().unwrap()], files].concat();
        self.agent(planted, true, &words);
        self.agent(planted, true, &[&["secrets", "status"], files].concat());
    }

    /// Plants what agent and server made themselves: private keys, the key of the agent's secrets, the operator's
    /// token, a link to the pages. Gives the agent's private key.
    pub(crate) fn keys(&self, planted: &mut Planted) -> String {
        let (_, identity) = identity::load(&Home::look(&self.data()), &Settings::default()).unwrap();
        let own = identity.key_pem().unwrap().as_str().to_owned();
        planted.pem("the client's key", &own);
        let key = fs::read_to_string(self.data().join("secrets.key")).unwrap();
        planted.text("the key of the secrets", key.trim());
        let data = self.server.folder().join("data");
        let keys: Vec<PathBuf> =
            fs::read_dir(data.join("ca")).unwrap().flatten().map(|it| it.path()).collect();
        let keys: Vec<&PathBuf> =
            keys.iter().filter(|path| path.extension().is_some_and(|it| it == "key")).collect();
        assert!(keys.len() >= 3, "{keys:?}");
        for key in keys {
            let name = key.file_stem().unwrap().to_str().unwrap();
            planted.pem(&format!("the server's key {name}"), &self.server.opened_key(name));
        }
        let passphrase = fs::read_to_string(data.join("keys.passphrase")).unwrap();
        planted.text("the passphrase of the server's keys", passphrase.trim());
        planted.text("the operator's token", self.server.running().operator_token());
        let link = self.runtime.block_on(self.server.running().login_link()).unwrap();
        planted.text("the token of a login link", link.split_once("token=").unwrap().1);
        own
    }

    /// Runs the agent with every log event; what it says holds no secret.
    pub(crate) fn agent(&self, planted: &Planted, works: bool, words: &[&str]) {
        let data = self.data();
        let key = data.join("secrets.key");
        let mut line = vec!["remote-services-agent"];
        line.extend(words);
        line.extend(match words[0] {
            "collect" => ["--secrets-key", key.to_str().unwrap()],
            _ => ["--data", data.to_str().unwrap()],
        });
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", THIS_TEST, "--nocapture", "--test-threads", "1"]);
        let said = Running::start(again.env(AS_AGENT, line.join("\n"))).end();
        assert_eq!(said.code == Some(0), works, "{words:?}: {:?}\n{}", said.code, said.all());
        for words in ["the agent's process is heard", "and so is what others log"] {
            assert!(said.stderr.contains(words), "{}", said.stderr);
        }
        planted.hide(&format!("what {words:?} says"), said.all().as_bytes());
    }

    /// The operator's API.
    pub(crate) fn operator(&self) -> Operator {
        let url = format!("http://{}", self.server.running().operator_address());
        Operator::new(&url, &self.server.folder().join("data"))
    }

    /// Queues a wish about the device, lets the agent do it, and gives what became of it.
    pub(crate) fn command(&self, mut wish: Value, agent: impl FnOnce()) -> Value {
        let operator = self.operator();
        assert_eq!(
            operator.opened_uploads().iter().filter(|upload| upload["state"] == "quarantined").count(),
            0
        );
        wish["client"] = operator.get("clients")[0]["id"].clone();
        wish["device"] = operator.devices()[0]["id"].clone();
        let queued = operator.post("commands", &wish);
        agent();
        operator.get(&format!("commands/{}", queued["id"].as_str().unwrap()))
    }

    /// All that the server knows of the device, once it has what the last command left.
    pub(crate) fn whole_device(&self) -> Value {
        let operator = self.operator();
        let _ = operator.opened_uploads();
        let device = operator.devices()[0].clone();
        let whole = operator.get(&format!("devices/{}", device["id"].as_str().unwrap()));
        assert!(whole["latest"]["identity"]["SerialNumber"].is_string(), "{whole:#}");
        whole
    }
}
