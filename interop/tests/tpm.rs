//! The agent's key in a TPM, played by swtpm behind tpm2-pkcs11: enrolment, handshake, seal and audit log.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::files::files_with;
use remote_services_interop::ours::program;
use remote_services_interop::process::{Guard, run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::swtpm::{PIN, Swtpm, TOKEN, uri};
use remote_services_interop::{Tool, require};
use remote_services_payload::seal::Certificate;
use remote_services_transport::pem::certificates;
use tokio::runtime::Runtime;
use virtual_printer::access::Guests;
use virtual_printer::fleet::{self, Fleet};

const TOOLS: [Tool; 4] = [Tool::Swtpm, Tool::Tpm2Tools, Tool::Tpm2Pkcs11, Tool::Pkcs11Tool];

/// An agent whose key is in a TPM, a server, and a printer.
struct World {
    tpm: Swtpm,
    server: OurServer,
    data: PathBuf,
    printers: Fleet,
    /// What the printers run on.
    _runtime: Runtime,
}

impl World {
    fn new() -> Self {
        let (tpm, server) = (Swtpm::new(), OurServer::named(&["localhost"]));
        let data = server.folder().join("agent");
        fs::create_dir(&data).unwrap();
        let runtime = Runtime::new().unwrap();
        let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
        let printers = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 1, &guests)).unwrap();
        let world = Self { tpm, server, data, printers, _runtime: runtime };
        world.give_pin(PIN);
        world.key("client");
        world
    }

    fn pin(&self) -> PathBuf {
        self.tpm.folder().join("pin")
    }

    fn give_pin(&self, pin: &str) {
        fs::write(self.pin(), format!("{pin}\n")).unwrap();
    }

    /// The settings name the key of this label.
    fn key(&self, label: &str) {
        let key = format!("{}&pin-source={}", uri(label), self.pin().display());
        fs::write(self.data.join("agent.toml"), format!("[tls]\nkey = {key:?}\n")).unwrap();
    }

    fn agent(&self, words: &[&str]) -> Command {
        let mut agent = program("remote-services-agent");
        agent.args(words).arg("--data").arg(&self.data).envs(self.tpm.environment());
        agent
    }

    fn register(&self) -> Output {
        let key = self.server.folder().join("key");
        fs::write(&key, self.server.registration_key(Duration::from_secs(600))).unwrap();
        run(self.agent(&["register"]).arg("--key-file").arg(&key))
    }

    /// A run that reads the printer.
    fn run(&self, words: &[&str]) -> Command {
        let mut agent = self.agent(&["run", "-c", "public"]);
        agent.args(words);
        agent.args(self.printers.printers.iter().map(|printer| printer.printer.snmp.to_string()));
        agent
    }

    /// Reports that the server said it has.
    fn stored(&self) -> usize {
        let log = fs::read_to_string(self.data.join("exchanges.log")).unwrap_or_default();
        log.lines().filter(|line| line.contains("\"stored\"")).count()
    }

    /// That the agent's certificate is of the key that the TPM shows under this label.
    fn assert_certified(&self, label: &str) {
        let shown = self.tpm.folder().join("shown.der");
        let file = shown.display().to_string();
        let read = ["--token-label", TOKEN, "--read-object", "--type", "pubkey", "--label", label];
        self.tpm.tool(&[&read[..], &["--output-file", &file]].concat());
        let chain = fs::read_to_string(self.data.join("identity/client.pem")).unwrap();
        let certificate = Certificate::from_der(&certificates(&chain).unwrap()[0]).unwrap();
        assert_eq!(certificate.public_key().to_spki(), fs::read(&shown).unwrap());
    }
}

#[test]
fn a_key_made_in_a_tpm_enrols_seals_and_signs_and_no_file_holds_one() {
    if !require(&TOOLS) {
        return;
    }
    let world = World::new();
    let output = world.register();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.assert_certified("client");
    for round in 1..4 {
        run_ok(&mut world.run(&["--once"]));
        assert!(world.stored() >= round, "round {round}");
    }
    run_ok(&mut world.agent(&["audit", "verify"]));
    assert!(!world.data.join("identity/client.key.pem").exists());
    for folder in [&world.data, &world.tpm.folder().join("store")] {
        assert!(files_with(folder, b"PRIVATE KEY").is_empty());
    }

    // A wrong PIN is told as one, and tried once.
    world.give_pin("000000");
    for words in ["does not accept the PIN", "is not tried again"] {
        let output = run(&mut world.run(&["--once"]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words) && !said.contains("000000"), "{said}");
        assert_eq!(output.status.code(), Some(4), "{said}");
    }
    world.give_pin(PIN);
    run_ok(&mut world.run(&["--once"]));
}

#[test]
fn a_key_that_others_made_in_a_tpm_is_found_and_used() {
    if !require(&TOOLS) {
        return;
    }
    let world = World::new();
    let make = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", "theirs", "--id", "07"];
    world.tpm.tool(&[&["--token-label", TOKEN, "--pin", PIN], &make[..]].concat());
    world.key("theirs");
    let output = world.register();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.assert_certified("theirs");
    run_ok(&mut world.run(&["--once"]));
    assert!(world.stored() > 0);
    run_ok(&mut world.agent(&["audit", "verify"]));
}

#[test]
fn an_agent_whose_tpm_was_away_sends_what_it_read_meanwhile_and_goes_on() {
    if !require(&TOOLS) {
        return;
    }
    let mut world = World::new();
    assert!(world.register().status.success());
    let log = world.server.folder().join("log");
    let mut agent = Guard::start(&mut world.run(&["--every", "1"]), &log);
    agent.wait_until("reports have arrived", || (world.stored() > 2).then_some(()));
    let says = |words: &str| fs::read_to_string(&log).unwrap().contains(words).then_some(());
    world.tpm.take_away();
    agent.wait_until("a reading is held", || says("not sealed yet: 1 reading"));
    let before = world.stored();
    world.tpm.bring_back();
    agent.wait_until("it is sealed", || says("sealed now: "));
    agent.wait_until("readings arrive again", || (world.stored() > before + 2).then_some(()));
    run_ok(Command::new("kill").arg(agent.id().to_string()));
    assert!(agent.wait(Duration::from_secs(300)).success());
    run_ok(&mut world.agent(&["audit", "verify"]));
}
