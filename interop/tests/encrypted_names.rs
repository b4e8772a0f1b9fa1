//! The agent's `[names]`: every name is asked for over TLS, and none in clear.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use remote_services_interop::ours::program;
use remote_services_interop::pki::Authority;
use remote_services_interop::process::{run, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::unbound::Unbound;
use remote_services_interop::{Tool, require};
use virtual_printer::access::Guests;
use virtual_printer::fleet;

/// Names that no other resolver knows.
const SERVER: &str = "server.names.test";
const PRINTER: &str = "printer.names.test";
const SCRIPTS: &str = "scripts.names.test";

struct World {
    server: OurServer,
    unbound: Unbound,
    authority: Authority,
    data: PathBuf,
}

impl World {
    fn new() -> Self {
        let server = OurServer::named(&[SERVER]);
        let pki = server.folder().join("pki");
        let data = server.folder().join("agent");
        fs::create_dir(&pki).unwrap();
        fs::create_dir(&data).unwrap();
        let authority = Authority::new(&pki);
        let unbound = Unbound::start(&authority, &[SERVER, PRINTER, SCRIPTS]);
        Self { server, unbound, authority, data }
    }

    fn settings(&self, text: &str) {
        fs::write(self.data.join("agent.toml"), text).unwrap();
    }

    fn agent(&self, words: &[&str]) -> Command {
        let mut agent = program("remote-services-agent");
        agent.args(words).arg("--data").arg(&self.data);
        agent
    }

    fn register(&self) -> Output {
        let key = self.server.folder().join("key");
        fs::write(&key, self.server.registration_key(Duration::from_secs(600))).unwrap();
        run(self.agent(&["register"]).arg("--key-file").arg(&key))
    }

    fn asked_for(&self, name: &str) -> usize {
        self.unbound.queries().lines().filter(|line| line.contains(&format!(" {name}. "))).count()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn server_and_devices_are_found_by_names_that_are_asked_for_in_secret() {
    if !require(&[Tool::Unbound]) {
        return;
    }
    let world = World::new();
    let roots = world.authority.certificate();
    world.settings("");
    let output = world.register();
    assert!(!output.status.success(), "the system must not know {SERVER}");

    world.settings(&world.unbound.section(&roots));
    let output = world.register();
    assert!(output.status.success(), "{}", said(&output));
    let before = world.asked_for(SERVER);
    assert!(before > 0, "{}", world.unbound.queries());

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 1, &guests)).unwrap();
    let target = format!("{PRINTER}:{}", fleet.ports().unwrap().0);
    run_ok(world.agent(&["run", "--once", "-c", "public"]).arg(&target));
    assert!(world.asked_for(SERVER) > before, "{}", world.unbound.queries());
    assert!(world.asked_for(PRINTER) > 0, "{}", world.unbound.queries());
    // What a person does by hand asks in the same way.
    let asked = world.asked_for(PRINTER);
    for by_hand in [&["action", "status", &target, "-c", "public"][..], &["preview", &target, "-c", "public"]]
    {
        run_ok(&mut world.agent(by_hand));
    }
    assert!(world.asked_for(PRINTER) > asked, "{}", world.unbound.queries());
    let audit = fs::read_to_string(world.data.join("exchanges.log")).unwrap();
    assert!(audit.contains("\"stored\"") || audit.contains("\"uploaded\""), "{audit}");
}

#[test]
fn a_resolver_that_somebody_else_certifies_is_told_no_name() {
    if !require(&[Tool::Unbound]) {
        return;
    }
    let world = World::new();
    let other = world.server.folder().join("other");
    fs::create_dir(&other).unwrap();
    let roots = Authority::named(&other, "another authority").certificate();
    world.settings(&world.unbound.section(&roots));
    let output = world.register();
    assert!(!output.status.success());
    assert!(said(&output).contains("encrypted resolution"), "{}", said(&output));
    assert_eq!(world.asked_for(SERVER), 0, "{}", world.unbound.queries());
}

#[test]
fn a_proxy_script_is_fetched_by_such_names_and_asks_for_none_in_clear() {
    if !require(&[Tool::Unbound, Tool::Strace]) {
        return;
    }
    let world = World::new();
    let script = world.server.folder().join("proxy.pac");
    // In clear this would be a question for the system's resolver.
    let text =
        "function FindProxyForURL(url, host) { return dnsResolve(host) ? 'PROXY 127.0.0.1:1' : 'DIRECT'; }";
    fs::write(&script, text).unwrap();
    let section = world.unbound.section(&world.authority.certificate());
    world.settings(&format!("proxy = \"pac+file://{}\"\n{section}", script.display()));

    let key = world.server.folder().join("key");
    fs::write(&key, world.server.registration_key(Duration::from_secs(600))).unwrap();
    let trace = world.server.folder().join("trace");
    let register = world.agent(&["register"]);
    let mut traced = Command::new(Tool::Strace.path());
    traced.args(["-f", "-e", "trace=connect,sendto,sendmmsg,sendmsg", "-o"]).arg(&trace);
    traced.arg(register.get_program()).args(register.get_args()).arg("--key-file").arg(&key);
    run_ok(&mut traced);
    let calls = fs::read_to_string(&trace).unwrap();
    assert!(calls.contains(&format!("htons({})", world.unbound.tls.port())), "{calls}");
    assert!(!calls.contains("htons(53)"), "a name was asked for in clear: {calls}");
    assert!(!calls.contains("nscd") && !calls.contains("io.systemd.Resolve"), "{calls}");
}
