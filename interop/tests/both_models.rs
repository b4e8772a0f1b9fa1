//! The same security in both models: a device that talks to the server itself, and an agent that does it for devices.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use remote_services_interop::curl_client::CurlClient;
use remote_services_interop::ours::{agent_says, program};
use remote_services_interop::process::{Guard, run_ok, tcp_states};
use remote_services_interop::relay::Relay;
use remote_services_interop::{Tool, require};
use remote_services_transport::registration_key::{RegistrationKey, ServerUrl};
use serde_json::{Value, json};

/// Cipher suites of TLS 1.3 and 1.2 with forward secrecy and authenticated encryption, as SECURITY.md names them.
const SUITES: [u16; 9] = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8];
/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746): no suite, a word.
const NO_RENEGOTIATION: u16 = 0x00ff;

/// What a client offers in its first flight (RFC 8446 §4.1.2).
#[derive(Debug, PartialEq, Eq)]
struct Hello {
    versions: Vec<u16>,
    suites: BTreeSet<u16>,
    signatures: BTreeSet<u16>,
}

impl Hello {
    fn read(flight: &[u8]) -> Self {
        let mut rest = &flight[5 + 4 + 2 + 32..];
        assert_eq!((flight[0], flight[5]), (22, 1), "a handshake that begins with a ClientHello");
        let _session = take(&mut rest, 1);
        let suites = numbers(take(&mut rest, 2));
        let _compression = take(&mut rest, 1);
        let mut extensions = take(&mut rest, 2);
        let mut hello = Self {
            versions: Vec::new(),
            suites: suites.into_iter().filter(|suite| *suite != NO_RENEGOTIATION).collect(),
            signatures: BTreeSet::new(),
        };
        while !extensions.is_empty() {
            let kind = numbers(&extensions[..2])[0];
            extensions = &extensions[2..];
            let mut body = take(&mut extensions, 2);
            match kind {
                13 => hello.signatures = numbers(take(&mut body, 2)).into_iter().collect(),
                43 => hello.versions = numbers(take(&mut body, 1)),
                _ => {}
            }
        }
        hello
    }
}

/// The octets behind a length of so many octets.
fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let count = rest[..length].iter().fold(0, |count, octet| count << 8 | usize::from(*octet));
    let (taken, left) = rest[length..].split_at(count);
    *rest = left;
    taken
}

fn numbers(octets: &[u8]) -> Vec<u16> {
    octets.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect()
}

/// A registration key for the server at the other end of the relay.
fn key_through(world: &CurlClient, relay: &Relay) -> String {
    let text = world.server.registration_key(Duration::from_secs(600));
    let mut key = RegistrationKey::from_text(&text).unwrap();
    key.server = ServerUrl::new("localhost", relay.address.port()).unwrap();
    key.to_text().to_string()
}

/// The uploads of a client, once there are some and all are opened.
fn uploads(world: &CurlClient, client: &str) -> Vec<Value> {
    world.wait_for("/api/v1/uploads", |answer| {
        let all = answer.as_array()?;
        let of_client: Vec<Value> = all.iter().filter(|it| it["client"] == client).cloned().collect();
        let opened = of_client.iter().all(|upload| upload["state"] == "opened");
        (!of_client.is_empty() && opened).then_some(of_client)
    })
}

/// The algorithms of the sealed container, as OpenSSL reads them, in their order; none of what is encrypted.
fn seal_of(archive: &Path, upload: &Value) -> Vec<String> {
    let digest = upload["digest"].as_str().unwrap();
    let file = archive.join(&digest[..2]).join(&digest[2..]);
    let mut openssl = Command::new(Tool::Openssl.path());
    let parsed = run_ok(openssl.args(["asn1parse", "-inform", "DER", "-in"]).arg(file));
    let named = parsed.lines().filter_map(|line| line.split_once("OBJECT")?.1.trim().strip_prefix(':'));
    named.map(str::to_owned).collect()
}

#[test]
fn an_agent_and_a_device_by_itself_offer_the_same_tls_show_certificates_seal_alike_and_listen_nowhere() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let world = CurlClient::unregistered();
    let server = world.server.running().device_address();
    let (of_agent, of_device) = (Relay::start(server), Relay::start(server));
    let archive = world.path("data/archive/sha-256");

    let data = world.path("agent");
    fs::write(world.path("key"), key_through(&world, &of_agent)).unwrap();
    let agent = || program("remote-services-agent");
    run_ok(agent().args(["register", "--data"]).arg(&data).arg("--key-file").arg(world.path("key")));
    let mut run = agent();
    run.args(["run", "--every", "1", "-c", "public", "127.0.0.1:1", "--data"]).arg(&data);
    let mut agent_itself = Guard::start(&mut run, &world.path("agent.log"));

    let folder = world.path("device");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("registration-key"), key_through(&world, &of_device)).unwrap();
    let nameplate = json!({
        "Identity": {"Manufacturer": "Example", "MakeAndModel": "Laser 9", "SerialNumber": "BOTH4711"},
        "Network": {"Interface": [{"MacAddress": "00:00:5e:00:53:01"}]},
        "Counters": {"LifeCount": [{"value": 4711, "unit": "impressions", "marker": 1}]},
    });
    fs::write(folder.join("nameplate"), nameplate.to_string()).unwrap();
    let mut device_itself = Guard::start(program("direct-device").arg(&folder), &world.path("device.log"));

    let mut listening = BTreeSet::new();
    let clients = [(&mut agent_itself, "agent"), (&mut device_itself, "device")];
    for (guard, what) in clients {
        let process = guard.id();
        guard.wait_until(what, || {
            let states = tcp_states(process);
            listening.extend(states.contains("0A").then_some(what));
            // Connected to the server, as seen from inside the process: the look at its sockets sees them.
            states.contains("01").then_some(())
        });
    }
    let known = world.wait_for("/api/v1/clients", |answer| {
        let clients = answer.as_array()?;
        let id = |client: &Value| client["id"].as_str().map(str::to_owned);
        (clients.len() == 2).then(|| clients.iter().filter_map(id).collect::<Vec<_>>())
    });
    // Stored under a client's path is only what came over TLS with that client's certificate.
    let seals: Vec<Vec<String>> =
        known.iter().map(|client| seal_of(&archive, &uploads(&world, client)[0])).collect();
    for (guard, what) in [(&agent_itself, "agent"), (&device_itself, "device")] {
        listening.extend(tcp_states(guard.id()).contains("0A").then_some(what));
    }
    assert_eq!(listening, BTreeSet::new());
    assert_eq!(seals[0], seals[1]);
    for algorithm in ["aes-256-gcm", "dhSinglePass-stdDH-sha256kdf-scheme", "id-aes256-wrap"] {
        assert!(seals[0].iter().any(|named| named == algorithm), "{algorithm}: {seals:?}");
    }

    let hellos =
        |relay: &Relay| -> Vec<Hello> { relay.begun().iter().map(|flight| Hello::read(flight)).collect() };
    let (agents, devices) = (hellos(&of_agent), hellos(&of_device));
    let said = agent_says(&["crypto", "--format", "json"]);
    let module = serde_json::from_str::<Value>(&said.stdout).unwrap()[0]["Module"].clone();
    for hello in agents.iter().chain(&devices) {
        assert_eq!(hello.versions, [0x0304, 0x0303], "TLS 1.3 before 1.2 and nothing older");
        assert!(hello.suites.iter().all(|suite| SUITES.contains(suite)), "{hello:x?}");
        assert!(!hello.suites.is_empty() && !hello.signatures.is_empty(), "{hello:x?}");
        // With another module than the device's the agent may offer fewer or newer ones.
        if module == "ring" {
            assert_eq!(hello, &devices[0]);
        }
    }
    // Without a certificate there is nothing to be had for either.
    for client in &known {
        let answer = world.curl(&format!("/rs/v1/clients/{client}/commands"), &[]);
        assert_eq!((answer.status, &answer.json()["reason"]), (403, &json!("noCertificate")));
    }
}
