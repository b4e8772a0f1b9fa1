//! Recordings of real devices by our own virtual printer, and the forms in which targets and credentials are given.
use std::fs;
use std::process::Command;

use remote_services_core::device::DeviceReport;
use remote_services_interop::ours::{VirtualPrinters, agent, agent_says};
use remote_services_interop::{Tool, require, shared};
use remote_services_payload::kind::{self, PayloadKind, SCHEMAS};
use remote_services_payload::xml::Limits;
use serde_json::Value;

/// The kinds that every reading of a device fills.
const DEVICE_KINDS: [PayloadKind; 6] = [
    PayloadKind::Identity,
    PayloadKind::Network,
    PayloadKind::Properties,
    PayloadKind::Status,
    PayloadKind::Counters,
    PayloadKind::Supplies,
];

/// The documents inside the one that `collect --format xml` prints.
fn documents(xml: &str) -> Vec<(PayloadKind, String)> {
    DEVICE_KINDS
        .into_iter()
        .map(|kind| {
            // Each stands on a line of its own; an element inside may have the root's name.
            let (open, close) = (format!("<{} xmlns=", kind.root()), format!("</{}>\n", kind.root()));
            let start = xml.find(&open).unwrap_or_else(|| panic!("no {kind} in {xml}"));
            let end = start + xml[start..].find(&close).expect("it is closed") + close.len();
            (kind, xml[start..end].to_owned())
        })
        .collect()
}

/// All names in a JSON document, each with its path.
fn names(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let here = format!("{path}/{name}");
                into.push(here.clone());
                names(member, &here, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, path, into)),
        _ => {}
    }
}

fn names_of(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    names(value, "", &mut all);
    all.sort();
    all.dedup();
    all
}

#[test]
fn every_shared_recording_is_served_read_and_valid_in_both_forms() {
    let Some(recordings) = shared("data/printers") else { return };
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SCHEMAS {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut seen = 0;
    for file in fs::read_dir(recordings).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "snmprec") {
            continue;
        }
        let shown = path.display();
        let printer = VirtualPrinters::start(&["--lenient", "--recording", path.to_str().unwrap()]);
        let target = printer.target();
        let read = |format: &str| {
            let said = agent_says(&["collect", &target, "--snmp-version", "2c", "--format", format]);
            assert_eq!(said.code, Some(0), "{shown}: {said:?}");
            said.stdout
        };
        let json: Value = serde_json::from_str(&read("json")).unwrap();
        let mut report = DeviceReport::default();
        for (kind, document) in documents(&read("xml")) {
            let xml = folder.path().join(kind.entry_name());
            fs::write(&xml, &document).unwrap();
            let mut xmllint = Command::new(Tool::Xmllint.path());
            xmllint.args(["--nonet", "--noout", "--schema"]).arg(folder.path().join(format!("{kind}.xsd")));
            let judged = xmllint.arg(&xml).output().unwrap();
            let complaint = String::from_utf8_lossy(&judged.stderr).into_owned();
            assert!(judged.status.success(), "{shown}: {complaint}");
            let decoded = kind::decode(kind, document.as_bytes(), &Limits::default()).unwrap();
            assert!(decoded.document.place_in(&mut report).is_none());
        }
        assert_eq!(names_of(&json), names_of(&serde_json::to_value(&report).unwrap()), "{shown}");
        for kind in ["Identity", "Properties", "Counters", "Supplies"] {
            let mut of_json = json[kind].clone();
            let mut of_xml = serde_json::to_value(&report).unwrap()[kind].clone();
            for value in [&mut of_json, &mut of_xml] {
                value["Header"]["ReadAt"] = Value::Null;
            }
            assert_eq!(of_json, of_xml, "{shown}: {kind}");
        }
        seen += 1;
    }
    assert!(seen >= 16, "{seen} recordings");
}

#[test]
fn targets_are_taken_in_all_their_forms() {
    let printers = VirtualPrinters::start(&["--fleet", "6", "--speaks", "2c"]);
    let (first, last) = (printers.addresses[0].port(), printers.addresses[5].port());
    let found = |words: &[&str]| {
        let fixed = ["discover", "--format", "json", "--snmp-version", "2c", "--timeout", "0.5"];
        let said = agent_says(&[&fixed, words].concat());
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        serde_json::from_str::<Value>(&said.stdout).unwrap().as_array().unwrap().len()
    };
    assert_eq!(found(&[&format!("127.0.0.1:{first}")]), 1);
    assert_eq!(found(&[&format!("localhost:{first}")]), 1);
    assert_eq!(found(&[&format!("127.0.0.1:{first}-{last}")]), 6);
    assert_eq!(found(&[&format!("127.0.0.1/32:{first}-{last}")]), 6);
    assert_eq!(found(&[&format!("127.0.0.1-127.0.0.2:{first}")]), 1);
    assert_eq!(
        found(&[&format!("127.0.0.1-2:{first}-{last}"), "--exclude", &format!("127.0.0.1:{last}")]),
        5
    );
    assert_eq!(found(&[&format!("127.0.0.1:{first}"), &format!("127.0.0.1:{last}")]), 2);
}

#[test]
fn credentials_come_from_options_the_environment_and_a_file_and_are_never_shown() {
    let secret = "ZanzibarTeaHouse";
    let printer = VirtualPrinters::start(&[
        "--community",
        "hidden-elsewhere",
        "--user",
        "monitor",
        "--auth-password",
        secret,
        "--priv-password",
        secret,
    ]);
    let target = printer.target();
    let fixed = ["collect", &target, "--format", "json", "--timeout", "0.5"];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.toml");
    let entry = format!(
        "[[credentials]]\nuser = \"monitor\"\nauth-password = \"{secret}\"\npriv-password = \"{secret}\"\n"
    );
    fs::write(&file, entry).unwrap();

    let mut by_options = agent(&fixed);
    by_options.args(["--user", "monitor", "--auth-password", secret, "--priv-password", secret]);
    let mut by_environment = agent(&fixed);
    by_environment
        .env("RS_SNMP_USER", "monitor")
        .env("RS_SNMP_AUTH_PASSWORD", secret)
        .env("RS_SNMP_PRIV_PASSWORD", secret);
    let mut by_file = agent(&fixed);
    by_file.arg("--credentials").arg(&file);
    for mut command in [by_options, by_environment, by_file] {
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(output.status.code(), Some(0), "{said:?}");
        assert!(said[0].contains("\"SerialNumber\": \"VR91000001\""), "{said:?}");
        assert!(said.iter().all(|text| !text.contains(secret)), "{said:?}");
    }
    assert_ne!(agent_says(&fixed).code, Some(0), "without credentials nobody may read");
}
