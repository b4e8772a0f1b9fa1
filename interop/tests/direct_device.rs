//! A device that embeds the crates: it registers itself when a network comes, reports, obeys once, and is one device with what
//! an agent sees.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use remote_services_core::time::Timestamp;
use remote_services_interop::curl_client::CurlClient;
use remote_services_interop::ours::program;
use remote_services_interop::process::{Guard, run_ok};
use remote_services_interop::server::OurServer;
use remote_services_interop::{Tool, require};
use remote_services_transport::enrol::validity;
use remote_services_transport::pem::certificates;
use serde_json::{Value, json};
use virtual_printer::access::Guests;
use virtual_printer::fleet;

const HOUR: Duration = Duration::from_secs(3600);

/// A folder as it leaves the factory.
fn factory(folder: &Path, registration_key: &str, [maker, model, serial]: [&str; 3]) {
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("registration-key"), registration_key).unwrap();
    let nameplate = json!({
        "Identity": {"Manufacturer": maker, "MakeAndModel": model, "SerialNumber": serial},
        "Network": {"Interface": [{"MacAddress": "00:00:5e:00:53:01"}]},
        "Counters": {"LifeCount": [{"value": 4711, "unit": "impressions", "marker": 1}]},
    });
    fs::write(folder.join("nameplate"), nameplate.to_string()).unwrap();
}

fn power_on(folder: &Path, log: &Path) -> Guard {
    Guard::start(program("direct-device").arg(folder), log)
}

/// The only device that the server knows, once `wanted` holds of it.
fn device(world: &CurlClient, wanted: impl Fn(&Value) -> bool) -> Value {
    world.wait_for("/api/v1/devices", |answer| {
        assert!(answer["total"].as_u64()? <= 1, "{answer:#}");
        answer["devices"].get(0).filter(|device| wanted(device)).cloned()
    })
}

fn all_opened(world: &CurlClient, count: usize) {
    world.wait_for("/api/v1/uploads", |answer| {
        let uploads = answer.as_array()?;
        let opened = uploads.iter().filter(|upload| upload["state"] == "opened").count();
        assert!(uploads.iter().all(|upload| upload["state"] != "quarantined"), "{answer:#}");
        (uploads.len() >= count && opened == uploads.len()).then_some(())
    });
}

#[test]
fn without_its_folder_it_says_how_it_is_used_and_ends() {
    for words in [&[][..], &["--help"]] {
        let output = program("direct-device").args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("usage: direct-device FOLDER"), "{words:?}: {said}");
    }
}

#[test]
fn a_new_device_registers_itself_when_a_network_comes_reports_and_obeys_once() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let mut world = CurlClient::unregistered();
    let folder = world.path("device");
    factory(&folder, &world.server.registration_key(HOUR), ["Example", "Example Laser 9", "DIRECT4711"]);
    let away = world.server.go_away();
    let (first, second) = (world.path("log-1"), world.path("log-2"));
    let mut device_itself = power_on(&folder, &first);
    device_itself.wait_until("no network yet", || {
        fs::read_to_string(&first).ok().filter(|log| log.contains("not yet: "))
    });
    assert!(!folder.join("spool").exists(), "nothing is read before it is known to whom");

    world.server.come_back(&away);
    let known = device(&world, |device| !device["latest"].as_object().is_none_or(serde_json::Map::is_empty));
    assert_eq!((&known["serial"], &known["macs"][0]), (&"DIRECT4711".into(), &"00005e005301".into()));
    all_opened(&world, 1);
    assert_eq!(known["latest"]["counters"]["LifeCount"][0]["value"], 4711, "{known:#}");

    device_itself.kill();
    let (client, id) = (known["clients"][0].as_str().unwrap(), known["id"].as_str().unwrap());
    let queue = |action: &str| {
        let wish = json!({"client": client, "device": id, "action": action}).to_string();
        let queued =
            world.as_operator("/api/v1/commands", &["-H", "Content-Type: application/json", "-d", &wish]);
        assert_eq!(queued.status, 201, "{}", queued.text());
        format!("/api/v1/commands/{}", queued.json()["id"].as_str().unwrap())
    };
    let (allowed, unknown) = (queue("printTestPage"), queue("upgrade"));
    let mut device_itself = power_on(&folder, &second);
    let ended = |state: &str| {
        let state = state.to_owned();
        move |answer: &Value| (answer["state"] == state.as_str()).then(|| answer.clone())
    };
    world.wait_for(&allowed, ended("succeeded"));
    world.wait_for(&unknown, ended("rejected"));
    device_itself.kill();
    let mut device_itself = power_on(&folder, &first);
    all_opened(&world, 3);
    device_itself.kill();
    let logs = fs::read_to_string(&first).unwrap() + &fs::read_to_string(&second).unwrap();
    assert_eq!(logs.matches("doing printTestPage").count(), 1, "{logs}");
    assert!(!logs.contains("doing upgrade") && !logs.contains("registered"), "{logs}");
}

#[test]
fn of_two_devices_with_copies_of_one_flash_one_obeys() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let world = CurlClient::unregistered();
    let (folder, copied) = (world.path("device"), world.path("copy"));
    factory(&folder, &world.server.registration_key(HOUR), ["Example", "Example Laser 9", "DIRECT4711"]);
    let (first, second) = (world.path("log-1"), world.path("log-2"));
    let mut device_itself = power_on(&folder, &first);
    let known = device(&world, |device| device["clients"].get(0).is_some());
    all_opened(&world, 1);
    device_itself.kill();
    let wish = json!({"client": known["clients"][0], "device": known["id"], "action": "printTestPage"});
    let wish = ["-H", "Content-Type: application/json", "-d", &wish.to_string()];
    let queued = world.as_operator("/api/v1/commands", &wish);
    assert_eq!(queued.status, 201, "{}", queued.text());
    let id = queued.json()["id"].as_str().unwrap().to_owned();
    let done = |answer: &Value| (answer["state"] == "succeeded").then(|| answer.clone());
    let mut device_itself = power_on(&folder, &first);
    let told = world.wait_for(&format!("/api/v1/commands/{id}"), done);
    device_itself.kill();

    // The other flash was copied when the command had been accepted.
    run_ok(Command::new("cp").arg("-a").arg(&folder).arg(&copied));
    let mut state: Value = serde_json::from_slice(&fs::read(copied.join("state")).unwrap()).unwrap();
    let command = &mut state["commands"]["commands"][&id];
    assert_eq!(command["execution"]["state"], "succeeded", "{command:#}");
    command["execution"] = json!({"state": "accepted", "attempt": 0});
    fs::write(copied.join("state"), state.to_string()).unwrap();
    let log = |path: &Path| fs::read_to_string(path).unwrap();
    let mut copy = power_on(&copied, &second);
    let left = || {
        let state: Value = serde_json::from_slice(&fs::read(copied.join("state")).ok()?).ok()?;
        let result = &state["commands"]["commands"][&id]["execution"]["result"];
        result["text"].as_str().map(str::to_owned)
    };
    let why = copy.wait_until("it is done or left", left);
    assert!(why.starts_with("not begun here: "), "{why}");
    copy.kill();
    assert_eq!(log(&first).matches("doing printTestPage").count(), 1, "{}", log(&first));
    assert!(!log(&second).contains("doing"), "{}", log(&second));
    let after = world.wait_for(&format!("/api/v1/commands/{id}"), done);
    assert_eq!(after, told, "the copy says nothing of it");
}

#[test]
fn a_device_that_an_agent_sees_too_is_one_device() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guests = Guests { community: "public".to_owned(), write_community: None, user: None };
    let fleet = runtime.block_on(fleet::start(Ipv4Addr::LOCALHOST.into(), 0, 1, &guests)).unwrap();
    let target = fleet.printers[0].printer.snmp.to_string();
    let world = CurlClient::unregistered();
    let (data, key, folder) = (world.path("agent"), world.path("key"), world.path("device"));
    fs::write(&key, world.server.registration_key(HOUR)).unwrap();
    let agent = || program("remote-services-agent");
    run_ok(agent().args(["register", "--data"]).arg(&data).arg("--key-file").arg(&key));
    let mut read = agent();
    read.args(["run", "--once", "-c", "public", "--data"]).arg(&data).arg(&target);
    run_ok(&mut read);
    let seen = device(&world, |device| device["serial"].is_string());
    let plate = ["manufacturer", "model", "serial"].map(|name| seen[name].as_str().unwrap());

    factory(&folder, &world.server.registration_key(HOUR), plate);
    let _device_itself = power_on(&folder, &world.path("log"));
    let both = device(&world, |device| device["clients"].as_array().is_some_and(|it| it.len() == 2));
    assert_eq!(both["id"], seen["id"]);
    all_opened(&world, 3);
    // Read by the agent once more, it still is.
    run_ok(&mut read);
    all_opened(&world, 5);
    assert_eq!(device(&world, |_| true)["id"], seen["id"]);
}

#[test]
fn a_device_that_was_switched_off_until_its_certificate_ended_renews_it_and_goes_on() {
    let mut server = OurServer::with(|config| config.lifetimes.client = Duration::from_secs(1));
    let folder = server.folder().join("device");
    factory(&folder, &server.registration_key(HOUR), ["Example", "Example Laser 9", "DIRECT4711"]);
    let log = server.folder().join("log");
    let end = || {
        let state: Value = serde_json::from_slice(&fs::read(folder.join("state")).ok()?).ok()?;
        let chain = certificates(state["pem"][1].as_str()?)?;
        validity(&chain[0]).map(|(_, end)| end)
    };
    let mut device_itself = power_on(&folder, &log);
    let first = device_itself.wait_until("a certificate", end);
    device_itself.kill();
    while Timestamp::from_system_time(SystemTime::now()) <= first.plus(Duration::from_secs(1)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let away = server.go_away();
    server.come_back(&away);
    let mut device_itself = power_on(&folder, &log);
    device_itself.wait_until("a new certificate", || end().filter(|end| end.since(first) > 24 * HOUR));
    device_itself
        .wait_until("it reports", || fs::read_to_string(&log).ok().filter(|log| log.contains("Stored")));
}
