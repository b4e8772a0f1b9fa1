//! A script that asks for JSON gets one document that can be read, whatever came of it, beside the exit code and the sentence.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;

use remote_services_interop::ours::{Said, VirtualPrinters, agent_says};
use remote_services_interop::process::free_udp_port;
use serde_json::{Value, json};

const QUICK: [&str; 4] = ["--timeout", "0.2", "--retries", "0"];

fn document(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.all()))
}

#[test]
fn what_has_no_result_has_a_document_that_says_why_with_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let [data, gone, bad] = ["data", "gone", "bad.toml"].map(|name| folder.path().join(name));
    fs::create_dir(&data).unwrap();
    fs::write(&bad, "what = is this\n").unwrap();
    let nobody = format!("127.0.0.1:{}", free_udp_port());
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let [data, gone, bad] = [&data, &gone, &bad].map(|path| path.to_str().unwrap());
    for (words, code, name) in [
        (&["collect", &nobody][..], 3, "noAnswer"),
        (&["collect", "--jobs", &nobody], 3, "noAnswer"),
        (&["collect", "nowhere.invalid"], 3, "noAnswer"),
        (&["collect", "192.0.2.0/33"], 2, "usage"),
        (&["collect", &nobody, "--credentials", bad], 2, "usage"),
        (&["discover", "192.0.2.0/33"], 2, "usage"),
        (&["show", &nobody], 3, "noAnswer"),
        (&["show", "--report", bad], 2, "usage"),
        (&["record", &nobody], 3, "noAnswer"),
        (&["preview", &nobody], 3, "noAnswer"),
        (&["action", "upgrade", &nobody, "--file", gone, "--sha-256", "0"], 2, "usage"),
        (&["audit", "show", "--data", gone], 2, "usage"),
        (&["audit", "verify", "--data", gone], 2, "usage"),
        (&["commands", "list", "--data", gone], 2, "usage"),
        (&["consent", "list", "--data", gone], 2, "usage"),
        (&["quarantine", "list", "--data", gone], 2, "usage"),
        (&["quarantine", "show", "--data", data, id], 1, "failed"),
        (&["secrets", "status", "--data", data, gone], 2, "usage"),
        (&["replay", gone], 2, "usage"),
    ] {
        let quick = if words.contains(&nobody.as_str()) { &QUICK[..] } else { &[] };
        let said = agent_says(&[words, &["--format", "json"], quick].concat());
        assert_eq!(said.code, Some(code), "{words:?}: {}", said.all());
        let told = document(&said);
        assert_eq!(
            (&told["error"]["code"], &told["error"]["exitCode"]),
            (&json!(name), &json!(code)),
            "{words:?}"
        );
        let text = told["error"]["text"].as_str().unwrap();
        assert!(said.stderr.contains(text), "{words:?}: {}", said.all());
    }
}

#[test]
fn of_several_devices_each_that_was_named_has_its_document_also_the_silent_one() {
    let printers = VirtualPrinters::start(&["--speaks", "2c"]);
    let (there, silent) = (printers.target(), format!("127.0.0.1:{}", free_udp_port()));
    let collect = |targets: &[&str]| {
        let fixed = ["collect", "-c", "public", "--snmp-version", "2c", "--format", "json"];
        agent_says(&[&fixed[..], &QUICK, targets].concat())
    };
    let said = collect(&[&there, &silent, "nowhere.invalid"]);
    assert_eq!(said.code, Some(0), "{}", said.all());
    let all = document(&said);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3, "{}", said.all());
    let read = all.iter().filter(|each| each["error"].is_null() && each["Identity"].is_object());
    assert_eq!(read.count(), 1);
    let at = |address: Value| all.iter().find(|each| each["address"] == address && !each["error"].is_null());
    assert_eq!(at(json!(silent)).unwrap()["error"]["code"], "noAnswer");
    assert!(at(Value::Null).unwrap()["error"]["text"].as_str().unwrap().contains("nowhere.invalid"));

    let other = format!("127.0.0.1:{}", free_udp_port());
    let said = collect(&[&silent, &other]);
    assert_eq!(said.code, Some(3), "{}", said.all());
    let errors = document(&said);
    let exits = errors.as_array().unwrap().iter().map(|each| each["error"]["exitCode"].as_u64());
    assert!(exits.eq([Some(3), Some(3)]), "{errors}");
}
