//! The agent's `[tls]`: what the site demands of the server, a key in a token; and nothing of the agent listens.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::ours::program;
use remote_services_interop::process::{Guard, run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::softhsm::{MODULE, PIN, SoftHsm};
use remote_services_interop::{Tool, require};
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
    assert!(!world.data.join("identity/client.key.pem").exists());
    assert!(files_with(&world.data, b"PRIVATE KEY").is_empty());

    fs::write(&pin, "000000").unwrap();
    let said = world.refused();
    assert!(said.contains("does not accept the PIN") && !said.contains("000000"), "{said}");
}

fn files_with(folder: &Path, words: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, words));
        } else if fs::read(&path).unwrap().windows(words.len()).any(|window| window == words) {
            found.push(path);
        }
    }
    found
}

/// States of the TCP sockets of a process, as `/proc/net/tcp` numbers them: `01` established, `0A` listening.
fn states(process: u32) -> BTreeSet<String> {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{process}/fd")) else { return BTreeSet::new() };
    let links = descriptors.flatten().filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
    let sockets: BTreeSet<String> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let tables = tables.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let columns = tables.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let of_ours = columns.filter(|columns| columns.get(9).is_some_and(|inode| sockets.contains(*inode)));
    of_ours.map(|columns| columns[3].to_owned()).collect()
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
        seen.append(&mut states(process));
        let arrived = fs::read_dir(&receipts).map_or(0, Iterator::count) + agent_log_counts(&world);
        (arrived > 0 && seen.contains("01")).then_some(())
    });
    seen.append(&mut states(process));
    assert!(!seen.contains("0A"), "{seen:?}\n{}", agent.log());
}

/// Lines of the audit log that tell of an upload that the server has.
fn agent_log_counts(world: &World) -> usize {
    let log = fs::read_to_string(world.data.join("audit.log")).unwrap_or_default();
    log.lines().filter(|line| line.contains("\"uploaded\"") || line.contains("\"stored\"")).count()
}
