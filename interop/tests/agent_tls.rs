//! The agent's `[tls]`: what the site demands of the server, a key in a token; and nothing of the agent listens.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::files::files_with;
use remote_services_interop::ours::program;
use remote_services_interop::pki::revoking;
use remote_services_interop::process::{Guard, run, run_ok, tcp_states};
use remote_services_interop::relay::Relay;
use remote_services_interop::server::OurServer;
use remote_services_interop::softhsm::{MODULE, PIN, SoftHsm, bring_back, exchange, take_away};
use remote_services_interop::{Tool, require};
use remote_services_transport::registration_key::{RegistrationKey, ServerUrl};
use virtual_printer::access::Guests;
use virtual_printer::fleet;

const HOST: &str = "localhost";

/// An agent's data folder beside a server that calls itself [`HOST`].
struct World {
    server: OurServer,
    data: PathBuf,
    token: Option<SoftHsm>,
}

impl World {
    fn new(tls: &str, token: Option<SoftHsm>) -> Self {
        let server = OurServer::named(&[HOST]);
        let data = server.folder().join("agent");
        fs::create_dir(&data).unwrap();
        let world = Self { server, data, token };
        world.demand(tls);
        world
    }

    fn demand(&self, tls: &str) {
        fs::write(self.data.join("agent.toml"), format!("[tls]\n{tls}\n")).unwrap();
    }

    fn agent(&self, words: &[&str]) -> Command {
        let mut agent = program("remote-services-agent");
        agent.args(words).arg("--data").arg(&self.data);
        if let Some(token) = &self.token {
            let (name, value) = token.environment();
            agent.env(name, value);
        }
        agent
    }

    fn register(&self) -> Output {
        let key = self.server.folder().join("key");
        fs::write(&key, self.server.registration_key(Duration::from_secs(600))).unwrap();
        run(self.agent(&["register"]).arg("--key-file").arg(&key))
    }

    /// What a round without devices says when it does not work.
    fn refused(&self) -> String {
        let output = run(&mut self.agent(&["run", "--once", "--no-collect"]));
        assert!(!output.status.success(), "it was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

#[test]
fn the_agent_demands_what_its_settings_say_and_tells_what_is_not_so() {
    let world = World::new("name-suffixes = [\"example.com\"]", None);
    let said = String::from_utf8_lossy(&world.register().stderr).into_owned();
    assert!(said.contains("its name localhost is not under example.com"), "{said}");

    world.demand("name-suffixes = [\"localhost\"]\nmin-version = \"1.3\"\npost-quantum = \"off\"");
    let output = world.register();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));

    world.demand(&format!("pins = [\"{}\"]", "A".repeat(43)));
    let said = world.refused();
    let pin =
        said.split("SHA-256 ").nth(1).and_then(|rest| rest.get(..43)).unwrap_or_else(|| panic!("{said}"));
    world.demand(&format!("pins = [\"{}\", \"{pin}\"]", "A".repeat(43)));
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));

    world.demand("revocation-lists = [\"/no/such/list\"]");
    assert!(world.refused().contains("/no/such/list"));
    world.demand("min-version = \"1.1\"");
    assert!(world.refused().contains("[tls] min-version"));
}

#[test]
fn a_key_in_a_token_serves_the_agent_and_no_file_holds_one() {
    if !require(&[Tool::Softhsm]) {
        return;
    }
    let token = SoftHsm::new();
    let pin = token.folder().join("pin");
    fs::write(&pin, format!("{PIN}\n")).unwrap();
    let uri =
        format!("pkcs11:token=a%20token;object=client?module-path={MODULE}&pin-source={}", pin.display());
    let world = World::new(&format!("key = \"{uri}\""), Some(token));
    let output = world.register();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));
    run_ok(&mut world.agent(&["audit", "verify"]));
    // A key that was made to register anew, which the server did not do: its certificate is of the one before.
    world.demand(&format!("key = \"{}\"", uri.replace("object=client", "object=another")));
    let used = world.server.folder().join("key");
    assert!(!run(world.agent(&["register", "--replace"]).arg("--key-file").arg(&used)).status.success());
    let said = world.refused();
    assert!(said.contains("object=another") && said.contains("is not that of the certificate in"), "{said}");
    world.demand(&format!("key = \"{uri}\""));
    assert!(!world.data.join("identity/client.key.pem").exists());
    assert!(files_with(&world.data, b"PRIVATE KEY").is_empty());

    assert!(!run(&mut world.agent(&["secrets", "status"])).status.success(), "the PIN is in clear");
    let mut seal = world.agent(&["secrets", "seal", "pin"]);
    let sealed =
        String::from_utf8(seal.stdin(fs::File::open(&pin).unwrap()).output().unwrap().stdout).unwrap();
    assert!(sealed.starts_with("sealed:v1:"), "{sealed}");
    fs::write(&pin, sealed).unwrap();
    run_ok(&mut world.agent(&["secrets", "status"]));
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));

    // A wrong one is tried once, by whichever process, until another one is there.
    for words in ["does not accept the PIN", "is not tried again before that file holds another one"] {
        let _ = fs::remove_file(&pin);
        fs::write(&pin, "000000").unwrap();
        let output = run(&mut world.agent(&["run", "--once", "--no-collect"]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words) && !said.contains("000000"), "{said}");
        assert_eq!(output.status.code(), Some(4), "{said}");
    }
    fs::write(&pin, PIN).unwrap();
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));
    assert!(!world.data.join("state/pin-refused.json").exists());
}

#[test]
fn an_agent_whose_token_was_away_sends_what_it_read_meanwhile_and_goes_on() {
    if !require(&[Tool::Softhsm]) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 1, &guests)).unwrap();
    let token = SoftHsm::new();
    let (pin, tokens) = (token.folder().join("pin"), token.tokens());
    fs::write(&pin, PIN).unwrap();
    let uri =
        format!("pkcs11:token=a%20token;object=client?module-path={MODULE}&pin-source={}", pin.display());
    let world = World::new(&format!("key = \"{uri}\""), Some(token));
    assert!(world.register().status.success());
    let mut agent = world.agent(&["run", "--every", "1", "-c", "public"]);
    agent.args(fleet.printers.iter().map(|printer| printer.printer.snmp.to_string()));
    let log = world.server.folder().join("log");
    let mut agent = Guard::start(&mut agent, &log);
    agent.wait_until("reports have arrived", || (agent_log_counts(&world) > 2).then_some(()));
    let says = |words: &str| log_of(&log).contains(words).then_some(());
    take_away(&tokens);
    agent.wait_until("a reading is held", || says("not sealed yet: 1 reading"));
    let before = agent_log_counts(&world);
    bring_back(&tokens);
    agent.wait_until("it is sealed", || says("sealed now: 1 reading that waited"));
    agent.wait_until("readings arrive again", || (agent_log_counts(&world) > before + 2).then_some(()));
    assert!(!agent.log().contains("is not sent"), "{}", agent.log());
    run_ok(Command::new("kill").arg(agent.id().to_string()));
    assert!(agent.wait(Duration::from_secs(300)).success());
    run_ok(&mut world.agent(&["audit", "verify"]));
}

#[test]
fn a_pin_that_is_refused_while_the_agent_is_at_work_is_not_tried_by_its_next_start() {
    if !require(&[Tool::Softhsm]) {
        return;
    }
    let token = SoftHsm::new();
    let (pin, tokens) = (token.folder().join("pin"), token.tokens());
    fs::write(&pin, PIN).unwrap();
    let uri =
        format!("pkcs11:token=a%20token;object=client?module-path={MODULE}&pin-source={}", pin.display());
    let world = World::new(&format!("key = \"{uri}\""), Some(token));
    assert!(world.register().status.success());
    let log = world.server.folder().join("log");
    let mut agent = world.agent(&["run", "--every", "1", "-c", "public", "127.0.0.1:1"]);
    let mut agent = Guard::start(&mut agent, &log);
    agent.wait_until("reports have arrived", || (agent_log_counts(&world) > 0).then_some(()));
    assert!(!world.data.join("state/pin-refused.json").exists());
    // Another token of that name, with another PIN.
    let other = SoftHsm::with_pin("999999");
    take_away(&tokens);
    exchange(&tokens, &other);
    agent.wait_until("it is refused", || world.data.join("state/pin-refused.json").exists().then_some(()));
    agent.kill();
    let output = run(&mut world.agent(&["run", "--once", "--no-collect"]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("is not tried again before that file holds another one"), "{said}");
    assert_eq!(output.status.code(), Some(4), "{said}");
}

/// A list of the server's authority, in its time until the first day of a year.
fn list(world: &World, serials: &[Vec<u8>], until: i32) -> Vec<u8> {
    let read = |name: &str| fs::read_to_string(world.server.folder().join("data/ca").join(name)).unwrap();
    revoking(&read("ca.pem"), &world.server.opened_key("ca"), serials, until)
}

/// The serial number of the certificate that the server shows.
fn serial(world: &World) -> Vec<u8> {
    let address = world.server.running().device_address().to_string();
    let openssl = |words: &[&str]| run_ok(Command::new(Tool::Openssl.path()).args(words));
    let shown = world.server.folder().join("shown");
    fs::write(&shown, openssl(&["s_client", "-connect", &address, "-servername", HOST])).unwrap();
    let serial = openssl(&["x509", "-noout", "-serial", "-in", &shown.display().to_string()]);
    let hex = serial.trim().strip_prefix("serial=").unwrap();
    hex.as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn an_agent_at_work_reads_its_lists_of_revoked_certificates_again_before_each_connection() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new("", None);
    let relay = Relay::start(world.server.running().device_address());
    let mut key =
        RegistrationKey::from_text(&world.server.registration_key(Duration::from_secs(600))).unwrap();
    key.server = ServerUrl::new(HOST, relay.address.port()).unwrap();
    let file = world.server.folder().join("key");
    fs::write(&file, key.to_text()).unwrap();
    run_ok(world.agent(&["register"]).arg("--key-file").arg(&file));

    let path = world.server.folder().join("ca.crl");
    fs::write(&path, list(&world, &[], 2090)).unwrap();
    world.demand(&format!("revocation-lists = [{:?}]", path.display().to_string()));
    let log = world.server.folder().join("log");
    let mut agent =
        Guard::start(&mut world.agent(&["run", "--every", "1", "-c", "public", "127.0.0.1:1"]), &log);
    agent.wait_until("a report is stored", || (agent_log_counts(&world) > 0).then_some(()));
    // A connection that stands is not looked at again, so the wire is cut.
    fs::write(&path, list(&world, &[serial(&world)], 2090)).unwrap();
    relay.cut();
    let says = |words: &str| log_of(&log).contains(words).then_some(());
    agent.wait_until("the server is refused", || says("its certificate was revoked"));

    // A list that cannot be read changes nothing, and is told.
    fs::write(&path, "no list").unwrap();
    agent.wait_until("it is told", || says("the lists of revoked certificates stay as they were: [tls]"));
    fs::write(&path, list(&world, &[], 2090)).unwrap();
    let before = agent_log_counts(&world);
    agent.wait_until("the server is trusted again", || (agent_log_counts(&world) > before).then_some(()));
}

#[test]
fn a_list_that_is_out_of_date_ends_the_hard_agent_and_not_the_soft_one() {
    if !require(&[Tool::Openssl]) {
        return;
    }
    let world = World::new("", None);
    assert!(world.register().status.success());
    let path = world.server.folder().join("ca.crl");
    let demand = |policy: &str| {
        let list = path.display().to_string();
        world.demand(&format!("revocation-lists = [{list:?}]\nrevocation = \"{policy}\""));
    };
    fs::write(&path, list(&world, &[], 2021)).unwrap();
    demand("hard");
    let said = world.refused();
    assert!(said.contains("(CRL) of its issuer is out of date"), "{said}");
    demand("soft");
    run_ok(&mut world.agent(&["run", "--once", "--no-collect"]));
    fs::write(&path, list(&world, &[serial(&world)], 2021)).unwrap();
    let said = world.refused();
    assert!(said.contains("its certificate was revoked"), "an old list still revokes: {said}");
}

fn log_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn nothing_of_the_agent_listens_while_it_collects_uploads_and_waits() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 3, &guests)).unwrap();
    let world = World::new("", None);
    assert!(world.register().status.success());
    let mut agent = world.agent(&["run", "-c", "public"]);
    agent.args(fleet.printers.iter().map(|printer| printer.printer.snmp.to_string()));
    let mut agent = Guard::start(&mut agent, &world.server.folder().join("log"));
    let mut seen = BTreeSet::new();
    let process = agent.id();
    // It speaks to the server, so the look at its sockets sees them; and then it waits for the next round.
    let receipts = world.data.join("spool/receipts");
    agent.wait_until("reports have arrived", || {
        seen.append(&mut tcp_states(process));
        let arrived = fs::read_dir(&receipts).map_or(0, Iterator::count) + agent_log_counts(&world);
        (arrived > 0 && seen.contains("01")).then_some(())
    });
    seen.append(&mut tcp_states(process));
    assert!(!seen.contains("0A"), "{seen:?}\n{}", agent.log());
}

/// Lines of the log of exchanges that tell of an upload that the server has.
fn agent_log_counts(world: &World) -> usize {
    let log = fs::read_to_string(world.data.join("exchanges.log")).unwrap_or_default();
    log.lines().filter(|line| line.contains("\"uploaded\"") || line.contains("\"stored\"")).count()
}
