//! A device is recorded, the recording is replayed, and both read the same but for who and whose it is.
use std::fs;

use remote_services_collect::synthetic;
use remote_services_interop::ours::{Running, VirtualPrinters, program};
use remote_services_interop::process::run_ok;
use serde_json::Value;

fn collect(address: &str) -> Value {
    let mut agent = program("remote-services-agent");
    let text = run_ok(agent.args(["collect", "--retries", "4", "--format", "json", "-c", "public", address]));
    serde_json::from_str(&text).expect("the agent writes JSON")
}

/// Takes out what belongs to the time and place of a reading, and what a recording replaces.
fn without_identity(mut report: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for name in [
                    "Header",
                    "Retrieval",
                    "Uptime",
                    "LastResetAt",
                    "SerialNumber",
                    "SystemName",
                    "Location",
                    "Contact",
                    "AssetTag",
                    "MacAddress",
                    "Ipv4Address",
                    "Ipv6Address",
                    "DefaultGateway",
                    "EngineId",
                    "Discovery",
                    "DeviceIdString",
                    "PrinterName",
                ] {
                    members.remove(name);
                }
                members.values_mut().for_each(clean);
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut report);
    report
}

#[test]
fn what_is_replayed_reads_as_what_was_recorded_but_for_what_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    for device in synthetic::ALL {
        let printer = VirtualPrinters::start(&["--model", device.name]);
        let address = printer.addresses[0].to_string();
        let before = collect(&address);
        let file = folder.path().join(format!("{}.snmprec", device.name));
        let mut record = program("remote-services-agent");
        record
            .args(["record", "--retries", "4", "-c", "public", &address, "--format", "json", "-o"])
            .arg(&file);
        let told: Value = serde_json::from_str(&run_ok(&mut record)).unwrap();
        assert!(told["Values"].as_u64().unwrap() > 150, "{told}");
        drop(printer);

        let recorded = fs::read_to_string(&file).unwrap();
        let serial = before["Identity"]["SerialNumber"].as_str().unwrap();
        let digits: String = serial.bytes().map(|octet| format!("{octet:02x}")).collect();
        assert!(!recorded.contains(serial) && !recorded.contains(&digits), "{serial} in\n{recorded}");
        assert!(
            !recorded.contains("facilities@example.org") && !recorded.contains("Building 1"),
            "{recorded}"
        );

        let mut replay = program("remote-services-agent");
        replay.args(["replay", "--listen", "127.0.0.1:0", "--format", "json"]).arg(&file);
        let mut replay = Running::start(&mut replay);
        let address = replay.wait_until("it is served", |stdout| {
            let told: Value = serde_json::from_str(stdout.trim()).ok()?;
            Some(told[0]["Address"].as_str()?.to_owned())
        });
        let after = collect(&address);
        assert_ne!(before["Identity"]["SerialNumber"], after["Identity"]["SerialNumber"], "{}", device.name);
        // Where the serial number stands in other texts, its replacement does.
        let replacement = after["Identity"]["SerialNumber"].as_str().unwrap().to_owned();
        let before = before.to_string().replace(serial, &replacement);
        let before = without_identity(serde_json::from_str(&before).unwrap());
        let after = without_identity(after);
        for kind in ["Counters", "Status", "Properties", "Identity", "Network"] {
            assert_eq!(before[kind], after[kind], "{}: {kind}", device.name);
        }
        let show = run_ok(
            program("remote-services-agent").args(["show", "--format", "json", "--recording"]).arg(&file),
        );
        let shown = without_identity(serde_json::from_str(&show).unwrap());
        assert_eq!(shown["Counters"], after["Counters"], "{}", device.name);
        replay.signal("INT");
        assert_eq!(replay.end().code, Some(0));
    }
}

#[test]
fn a_recording_that_is_none_and_a_device_that_is_not_there_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.snmprec");
    fs::write(&file, "nothing\n").unwrap();
    let mut replay = program("remote-services-agent");
    let said = Running::start(replay.arg("replay").arg(&file)).end();
    assert!(said.sentence(2).contains("no line of it is a value"), "{}", said.all());
    let mut record = program("remote-services-agent");
    let said =
        Running::start(record.args(["record", "--retries", "0", "--timeout", "0.2", "127.0.0.1:9"])).end();
    assert!(said.sentence(3).contains("127.0.0.1:9"), "{}", said.all());
}
