//! Proxies between a client and its server: which way is gone, what worked is remembered, what breaks is gone around.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

#[path = "support/behind.rs"]
mod behind;
mod support;

use behind::{DRIVERS, Driver, World, connect, tunnel};
use remote_services_core::secret::Secret;
use remote_services_transport::client::{
    ClientConfig, ClientError, FindProxy, Phase, ProxyEnvironment, Route, pac_routes,
};
use remote_services_transport::registration_key::ServerUrl;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, Listener, Server, answer, server_tls};

/// A proxy that lets everybody through, or breaks after this many octets from the server.
fn proxy(breaks_after: Option<u64>) -> Listener {
    Listener::start(move |tcp| {
        let mut client = BufReader::new(tcp);
        let (port, _) = connect(&mut client)?;
        tunnel(client, port, breaks_after.unwrap_or(u64::MAX))
    })
}

/// Breaks in the middle of its answer to CONNECT.
fn broken() -> Listener {
    Listener::start(|tcp| {
        let mut client = BufReader::new(tcp);
        client.read_line(&mut String::new())?;
        client.get_mut().write_all(b"HTTP/1.1 200 Conn")?;
        client.get_mut().shutdown(Shutdown::Both)
    })
}

/// Ways that are given, and how often they were asked for.
struct Ways(Mutex<String>, AtomicUsize);

impl Ways {
    fn new(pac: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(pac.to_owned()), AtomicUsize::new(0)))
    }
}

impl FindProxy for Ways {
    fn routes(&self, _: &ServerUrl) -> Result<Vec<Route>, String> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let credentials = ("user".to_owned(), Secret::from("sesame"));
        pac_routes(&self.0.lock().unwrap(), Some(&credentials)).map_err(|error| error.to_string())
    }
}

fn both(config: &ClientConfig, world: &World) -> [Result<u16, ClientError>; 2] {
    DRIVERS.map(|driver| world.ask(driver, config, "/"))
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn by(world: &World, ways: &Arc<Ways>, network: &Arc<Mutex<String>>) -> ClientConfig {
    let network = Arc::clone(network);
    let config = world.server.config().with_proxy_finder(Arc::<Ways>::clone(ways));
    config.with_network_name(Arc::new(move || network.lock().unwrap().clone()))
}

#[test]
fn a_way_that_does_not_lead_there_is_gone_around_and_the_winner_remembered_for_its_network() {
    let world = World::new();
    let (good, broken, nobody) = (proxy(None), broken(), free_port());
    let pac = format!("PROXY {nobody}; PROXY {}; PROXY {}; DIRECT", broken.address, good.address);
    let (ways, network) = (Ways::new(&pac), Arc::new(Mutex::new("office".to_owned())));
    let config = by(&world, &ways, &network);
    for round in 1..=2 {
        for result in both(&config, &world) {
            assert_eq!(result.unwrap(), 200);
        }
        assert_eq!(broken.count(), 1, "asked in the first round only, by the driver that went first");
        assert_eq!(good.count(), 2 * round);
    }
    // On another network the list is gone through again; back in the office, the winner is still known.
    *network.lock().unwrap() = "home".to_owned();
    assert!(both(&config, &world).iter().all(Result::is_ok));
    assert_eq!(broken.count(), 2);
    *network.lock().unwrap() = "office".to_owned();
    assert!(both(&config, &world).iter().all(Result::is_ok));
    assert_eq!(broken.count(), 2);
    // The finder is asked for each connection: when it names the winner no more, the winner is not used.
    *ways.0.lock().unwrap() = "DIRECT".to_owned();
    let before = good.count();
    assert!(both(&config, &world).iter().all(Result::is_ok));
    assert_eq!(good.count(), before);
}

/// Wants credentials, whatever it is shown.
fn asking() -> Listener {
    Listener::start(|tcp| {
        let mut client = BufReader::new(tcp);
        connect(&mut client)?;
        let answer = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        client.get_mut().write_all(answer)?;
        client.get_mut().shutdown(Shutdown::Both)
    })
}

#[test]
fn a_proxy_that_wants_other_credentials_is_not_gone_around_and_the_error_says_which_it_is() {
    let world = World::new();
    let (asking, good, nobody) = (asking(), proxy(None), free_port());
    let pac = format!("PROXY {nobody}; PROXY {}; PROXY {}; DIRECT", asking.address, good.address);
    let config = by(&world, &Ways::new(&pac), &Arc::default());
    for result in both(&config, &world) {
        let error = result.unwrap_err();
        assert!(matches!(error, ClientError::ProxyCredentials { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&asking.address.to_string()) && text.contains("no other way is tried"),
            "{text}"
        );
        assert!(!text.contains("sesame") && !text.contains(&nobody.to_string()), "{text}");
    }
    assert_eq!((asking.count(), good.count()), (4, 0), "without credentials, with them, by both drivers");
}

/// What a proxy does with CONNECT now.
#[derive(Clone, Copy)]
enum Mood {
    LetsThrough,
    /// Answers with this status; 407 wants Basic.
    Says(u16),
    /// Connects to this port instead, as one does that looks inside.
    LeadsTo(u16),
}

/// A proxy whose mood changes.
struct Fickle(Listener, Arc<Mutex<Mood>>);

impl Fickle {
    fn new(mood: Mood) -> Self {
        let mood = Arc::new(Mutex::new(mood));
        let now = Arc::clone(&mood);
        let listener = Listener::start(move |tcp| {
            let mut client = BufReader::new(tcp);
            let (asked, _) = connect(&mut client)?;
            let mood = *now.lock().unwrap();
            let status = match mood {
                Mood::LetsThrough => return tunnel(client, asked, u64::MAX),
                Mood::LeadsTo(port) => return tunnel(client, port, u64::MAX),
                Mood::Says(status) => status,
            };
            let fields = "Proxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close";
            write!(client.get_mut(), "HTTP/1.1 {status} No\r\n{fields}\r\n\r\n")?;
            client.get_mut().shutdown(Shutdown::Both)
        });
        Self(listener, mood)
    }

    fn becomes(&self, mood: Mood) {
        *self.1.lock().unwrap() = mood;
    }
}

/// Two proxies, of which the second worked last because the first, which the script prefers, was out of order.
struct Preferred {
    world: World,
    config: ClientConfig,
    first: Fickle,
    second: Fickle,
}

impl Preferred {
    fn new() -> Self {
        let (world, first, second) =
            (World::new(), Fickle::new(Mood::Says(502)), Fickle::new(Mood::LetsThrough));
        let pac = format!("PROXY {}; PROXY {}", first.0.address, second.0.address);
        let config = by(&world, &Ways::new(&pac), &Arc::default());
        Self { world, config, first, second }
    }

    fn ask(&self, driver: Driver, path: &str) -> Result<u16, ClientError> {
        self.world.ask(driver, &self.config, path)
    }

    /// How often each proxy is connected to during an exchange that goes well.
    fn connections(&self, driver: Driver) -> (usize, usize) {
        let counts = || (self.first.0.count(), self.second.0.count());
        let before = counts();
        assert_eq!(self.ask(driver, "/").unwrap(), 200);
        (counts().0 - before.0, counts().1 - before.1)
    }

    fn second_worked_last(&self, driver: Driver) {
        self.first.becomes(Mood::Says(502));
        self.second.becomes(Mood::LetsThrough);
        assert_eq!(self.ask(driver, "/").unwrap(), 200);
        assert_eq!(self.connections(driver), (0, 1), "it is remembered");
    }
}

#[test]
fn a_proxy_that_worked_last_and_says_no_gives_way_to_the_one_that_the_script_prefers() {
    for driver in DRIVERS {
        let two = Preferred::new();
        let stranger = Authority::named("somebody in between");
        let tls = server_tls(&stranger, false, stranger.server("localhost", |_| {}));
        let inside = Server::start(tls, |_, tls| answer(tls, 200, "", b"what was looked for"));
        for no in
            [Mood::Says(407), Mood::Says(403), Mood::LeadsTo(inside.listener.address.port()), Mood::Says(502)]
        {
            two.second_worked_last(driver);
            two.first.becomes(Mood::LetsThrough);
            two.second.becomes(no);
            let (first, second) = two.connections(driver);
            assert!(first == 1 && second >= 1, "{first} {second}");
            assert_eq!(two.connections(driver), (1, 0), "the other is remembered now");
        }
        assert!(inside.seen().is_empty());
    }
}

#[test]
fn a_proxy_that_worked_last_and_says_no_is_told_when_none_is_left_and_loses_its_place() {
    for driver in DRIVERS {
        let two = Preferred::new();
        for status in [407, 403] {
            two.second_worked_last(driver);
            two.second.becomes(Mood::Says(status));
            let error = two.ask(driver, "/").unwrap_err().to_string();
            let named = two.second.0.address.to_string();
            assert!(error.contains(&named), "{error}");
            two.first.becomes(Mood::LetsThrough);
            assert_eq!(two.connections(driver), (1, 0), "{status}");
        }
    }
}

#[test]
fn a_proxy_through_which_an_answer_was_lost_is_not_preferred_any_more() {
    for driver in DRIVERS {
        let two = Preferred::new();
        two.second_worked_last(driver);
        two.first.becomes(Mood::LetsThrough);
        assert_eq!(two.connections(driver), (0, 1));
        let error = two.ask(driver, "/lost").unwrap_err();
        assert!(matches!(error, ClientError::Lost { phase: Phase::FirstByte, .. }), "{error}");
        assert_eq!(two.connections(driver), (1, 0));
    }
}

#[test]
fn a_proxy_that_breaks_half_way_loses_the_answer_and_is_tried_again_later() {
    let world = World::new();
    // In the handshake, and in the answer after it.
    for (octets, phase) in [(100, Phase::Tls), (2_500, Phase::FirstByte)] {
        let breaking = proxy(Some(octets));
        let ways = Ways::new(&format!("PROXY {}", breaking.address));
        let config = by(&world, &ways, &Arc::default());
        for result in both(&config, &world) {
            match result {
                Err(error @ ClientError::Lost { phase: found, .. }) => {
                    assert!(found <= phase, "{error}");
                    assert!(error.is_passing(), "{error}");
                }
                Ok(200) if phase == Phase::FirstByte => {}
                other => panic!("{octets}: {other:?}"),
            }
        }
    }
    let broken = broken();
    let config = by(&world, &Ways::new(&format!("PROXY {}", broken.address)), &Arc::default());
    for result in both(&config, &world) {
        let error = result.unwrap_err();
        assert!(matches!(error, ClientError::Http { .. }) && error.is_passing(), "{error}");
        assert!(!error.to_string().contains("sesame"));
    }
}

#[test]
fn no_way_at_all_is_said_and_may_come_later() {
    let world = World::new();
    let config = by(&world, &Ways::new("SOCKS x.test:1"), &Arc::default());
    for result in both(&config, &world) {
        let error = result.unwrap_err();
        assert!(matches!(error, ClientError::NoRoute { .. }) && error.is_passing(), "{error}");
    }
}

#[test]
fn the_environment_leads_through_its_proxy_but_for_its_exceptions() {
    let world = World::new();
    let good = proxy(None);
    for (no_proxy, through) in [("other.test", 2), ("localhost", 0)] {
        let variables = [("https_proxy", good.address.to_string()), ("no_proxy", no_proxy.to_owned())];
        let get =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let environment = ProxyEnvironment::read(get).unwrap();
        let before = good.count();
        let config = world.server.config().with_proxy_finder(Arc::new(environment));
        for result in both(&config, &world) {
            assert_eq!(result.unwrap(), 200);
        }
        assert_eq!(good.count() - before, through, "{no_proxy}");
    }
}

#[cfg(unix)]
#[test]
fn a_script_leads_both_drivers_through_its_proxy_and_one_that_fails_leads_nowhere() {
    use remote_services_transport::client::blocking::{ProxyScript, ScriptSource};
    use std::os::unix::fs::PermissionsExt as _;
    let (world, good) = (World::new(), proxy(None));
    let folder = tempfile::tempdir().unwrap();
    let (script, program) = (folder.path().join("proxy.pac"), folder.path().join("evaluates"));
    std::fs::write(&script, "function FindProxyForURL(url, host) {}").unwrap();
    // In the place of the program that evaluates scripts: it is told the server and gives a way.
    for (answers, through) in [(format!("echo 'PROXY {}'", good.address), true), ("exit 3".to_owned(), false)]
    {
        std::fs::write(&program, format!("#!/bin/sh\nread url\nread host\n{answers}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let source = ScriptSource::File(script.clone());
        let finder = ProxyScript::new(source, program.clone()).with_time(Duration::from_secs(30));
        let before = good.count();
        for result in both(&world.server.config().with_proxy_finder(Arc::new(finder)), &world) {
            match result {
                Ok(status) => assert!(through && status == 200),
                Err(error) => {
                    assert!(!through && error.to_string().contains("the proxy script fails"), "{error}");
                }
            }
        }
        assert_eq!(good.count() - before, if through { 2 } else { 0 });
    }
}
