//! An agent that ends after each round, as from cron: what the server does not answer for keeps nothing else from its turn.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use front::{client_files, go_by};
use remote_services_agent::cli::{Command, Line};
use remote_services_agent::commands::{Obedience, obey};
use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::modules;
use remote_services_agent::settings::Settings;
use remote_services_agent::site::Site as AgentSite;
use remote_services_agent::survey::SnmpAsker;
use remote_services_core::id::Uuid;
use remote_services_interop::ours::Site;
use remote_services_interop::stand_in::StandIn;
use remote_services_interop::{Tool, require};
use remote_services_transport::client::blocking::{Client, StopFlag};
use remote_services_transport::client::{ClientConfig, Timeouts};
use remote_services_transport::document::NextPoll;
use serde_json::json;

/// A site whose agent is asked three things, and nginx in front of its server.
struct World {
    site: Site,
    commands: Vec<Uuid>,
    _front: StandIn,
}

impl World {
    /// `rules` are nginx's, with `BAD` for the first two commands.
    fn new(rules: &str) -> Self {
        let site = Site::start();
        let operator = &site.server.operator;
        let client = operator.get("clients")[0]["id"].clone();
        let wish = json!({ "client": client, "action": "checkSoftware" });
        let commands: Vec<String> =
            (0..3).map(|_| operator.post("commands", &wish)["id"].as_str().unwrap().to_owned()).collect();
        let rules = rules.replace("BAD", &format!("({}|{})", commands[0], commands[1]));
        let (url, authority) = (site.server.device_url(), site.folder().join("server/ca"));
        let front = StandIn::in_front_of(url, &authority, &client_files(&site.data(), site.folder()), &rules);
        go_by(&site.data(), &front.url());
        let commands = commands.iter().map(|id| id.parse().unwrap()).collect();
        Self { site, commands, _front: front }
    }

    fn state(&self, command: usize) -> String {
        let shown = self.site.server.operator.get(&format!("commands/{}", self.commands[command]));
        shown["state"].as_str().unwrap().to_owned()
    }

    /// One round as `run --once` has it, by an agent that waits for no answer longer than a second.
    fn round(&self) -> Obedience {
        let home = Home::open(&self.site.data()).unwrap();
        let (server, identity) = identity::load(&home, &Settings::default()).unwrap();
        let timeouts = Timeouts { first_byte: Duration::from_secs(1), ..Timeouts::default() };
        let config = ClientConfig::new(server, modules::tls()).with_timeouts(timeouts);
        let mut site = AgentSite::open(home, Settings::default(), StopFlag::new()).unwrap();
        site.client = Arc::new(Client::new(config, &identity).unwrap());
        let Command::Discover(options) = Line::parse_from(["agent", "discover", "127.0.0.1"]).command else {
            panic!("not discover")
        };
        let mut asker = SnmpAsker::new(&options.snmp, StopFlag::new()).unwrap();
        let mut journal = CommandJournal::open(&site.home).unwrap();
        let mut poll = journal.poll(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
        obey(&mut site, &mut asker, &mut journal, Some(&mut poll), &mut |_| {}).unwrap()
    }
}

#[test]
fn commands_that_never_come_keep_no_other_from_one_of_the_next_rounds() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    // Takes every connection, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let world = World::new(&format!("location ~ /commands/BAD$ {{ proxy_pass http://{address}; }}"));
    let first = world.round();
    assert!(first.obeyed.is_empty() && first.missed.is_some(), "each wait is a long one");
    let second = world.round();
    let done: Vec<Uuid> = second.obeyed.iter().map(|done| done.command).collect();
    assert_eq!(done, [world.commands[2]]);
    assert_eq!(world.state(2), "rejected");
    assert_eq!([0, 1].map(|command| world.state(command)), ["delivered", "delivered"]);
}

#[test]
fn reports_that_are_never_taken_keep_no_other_from_being_told_in_one_of_the_next_rounds() {
    if !require(&[Tool::Nginx]) {
        return;
    }
    let world = World::new("location ~ /commands/BAD/execution$ { return 500; }");
    let told = |round| {
        let said = world.site.run(&["--no-collect"]);
        assert!(said.stderr.contains("will be sent later"), "{round}: {}", said.all());
        [0, 1, 2].map(|command| world.state(command))
    };
    let states = told(1);
    assert!(states.iter().all(|state| state != "rejected"), "{states:?}");
    let states = told(2);
    assert_eq!(states[2], "rejected", "{states:?}");
    assert!(states[..2].iter().all(|state| state != "rejected"), "{states:?}");
}
