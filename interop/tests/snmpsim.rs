//! Our manager on snmpsim, which plays recordings of real devices: every value must come back as it was recorded.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use remote_services_collect::discover::{Discovery, Options, Outcome, SnmpVersion};
use remote_services_collect::plan::{Collection, Known};
use remote_services_collect::record::{Mode, Recording, parse};
use remote_services_collect::{ObjectStore, ReadContext, build, drive};
use remote_services_interop::manager::{Patience, askers, user};
use remote_services_interop::network::Network;
use remote_services_interop::snmpsim::{AUTH_PASSWORD, PRIVACY_PASSWORD, Snmpsim, USER};
use remote_services_interop::{Tool, require, shared};
use remote_services_snmp::crypto::AuthProtocol::HmacSha1;
use remote_services_snmp::driver::CallError;
use remote_services_snmp::engine::{Credentials, Operation, RequestError};
use remote_services_snmp::{Oid, Value, VarBind, oid};

/// A few objects of every type, from two enterprises, written for this test.
const SMALL: &[u8] = b"\
1.3.6.1.2.1.1.1.0|4|A printer, made for a test
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
1.3.6.1.2.1.1.3.0|67|4294967295
1.3.6.1.2.1.2.2.1.6.1|4x|02aabbccddee
1.3.6.1.2.1.4.20.1.1.192.0.2.7|64|192.0.2.7
1.3.6.1.2.1.25.3.5.1.2.1|4x|20
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.43.10.2.1.4.1.1|65|4294967290
1.3.6.1.2.1.43.11.1.1.9.1.1|2|-3
1.3.6.1.2.1.99.1.0|66|4000000000
";

#[test]
fn every_value_of_every_recording_comes_back_over_v2c_and_v3() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let Some(folder) = shared("data/printers") else { return };
    let recordings = recordings(&folder);
    assert!(recordings.len() > 10);
    let named: Vec<_> = recordings.iter().map(|(name, recording)| (name.as_str(), recording)).collect();
    let snmpsim = Snmpsim::serve(&named);
    let (driver, mut asker) = askers(Patience::Much).into_iter().next().expect("there are two");
    for (name, recording) in &recordings {
        for (version, credentials) in as_v2c_and_v3(name) {
            let walk = Operation::Walk(oid!("1.3.6.1"));
            let answer = asker.ask(snmpsim.address, &credentials, walk);
            let answer = answer.unwrap_or_else(|error| panic!("{name} by {version}, {driver}: {error}"));
            assert_same(&answer, &recording.values, &format!("{name} by {version}"));
        }
    }
}

#[test]
fn every_type_of_value_comes_back_with_every_driver_and_version() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let recording = parse(SMALL, Mode::Strict).unwrap();
    let snmpsim = Snmpsim::serve(&[("small", &recording)]);
    for (driver, mut asker) in askers(Patience::Much) {
        for (version, credentials) in as_v2c_and_v3("small") {
            let answer = asker.ask(snmpsim.address, &credentials, Operation::Walk(oid!("1.3.6.1"))).unwrap();
            assert_same(&answer, &recording.values, &format!("{driver}, {version}"));
        }
        // SNMPv1 has no Counter64: an agent passes over it (RFC 3584 §4.2.2).
        let mut values = recording.values.clone();
        values.retain(|_, value| !matches!(value, Value::Counter64(_)));
        let v1 = Arc::new(Credentials::v1("small"));
        let answer = asker.ask(snmpsim.address, &v1, Operation::Walk(oid!("1.3.6.1"))).unwrap();
        assert_same(&answer, &values, &format!("{driver}, v1"));
    }
}

#[test]
fn wrong_passwords_and_unknown_users_are_told_apart() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let recording = parse(SMALL, Mode::Strict).unwrap();
    let snmpsim = Snmpsim::serve(&[("small", &recording)]);
    let privacy = Some(PRIVACY_PASSWORD);
    for (driver, mut asker) in askers(Patience::Little) {
        let mut outcome = |credentials| {
            let get = Operation::Get(vec![oid!("1.3.6.1.2.1.1.1.0")]);
            match asker.ask(snmpsim.address, &Arc::new(credentials), get) {
                Err(CallError::Request { error, .. }) => error,
                other => panic!("{driver}: {other:?}"),
            }
        };
        let error = outcome(user(USER, HmacSha1, "not the password", privacy, "small"));
        assert_eq!(error, RequestError::AuthenticationFailed, "{driver}");
        let error = outcome(user(USER, HmacSha1, AUTH_PASSWORD, Some("not the password"), "small"));
        assert_eq!(error, RequestError::DecryptionFailed, "{driver}");
        let error = outcome(user("nobody", HmacSha1, AUTH_PASSWORD, privacy, "small"));
        assert_eq!(error, RequestError::UnknownUser, "{driver}");
        let error = outcome(user(USER, HmacSha1, AUTH_PASSWORD, None, "small"));
        assert_eq!(error, RequestError::UnsupportedSecurityLevel, "{driver}");
        let error = outcome(Credentials::v2c("not the community"));
        assert!(matches!(error, RequestError::Timeout { garbage: None, .. }), "{driver}: {error:?}");
    }
}

#[test]
fn every_recorded_printer_is_found_and_read_over_the_network_as_the_recording_says() {
    if !require(&[Tool::Snmp, Tool::Snmpsim]) {
        return;
    }
    let Some(folder) = shared("data/printers") else { return };
    let recordings = recordings(&folder);
    let named: Vec<_> = recordings.iter().map(|(name, recording)| (name.as_str(), recording)).collect();
    let snmpsim = Snmpsim::serve(&named);
    // A fragment of a device lacks sysObjectID, by which the maker's own objects are chosen.
    for (name, recording) in recordings.iter().filter(|(name, _)| !name.ends_with(".fragment")) {
        let expected = build(&ObjectStore::from(recording.values.clone()), &ReadContext::default());
        for (version, credentials) in as_v2c_and_v3(name) {
            let mut network = Network::new(vec![credentials], Duration::from_secs(2));
            let options = Options::new(vec![SnmpVersion::V3]);
            let mut discovery = Discovery::new(std::iter::once(snmpsim.address), &options);
            let mut known = None;
            drive::discover(&mut discovery, &mut network, |finding, _| match finding.outcome {
                Outcome::Found { evidence, .. } => known = Some(Known::from(&*evidence)),
                other => panic!("{name} by {version}: {other:?}"),
            })
            .unwrap();
            let known = known.unwrap_or_else(|| panic!("{name} by {version} was not decided"));
            let mut collection = Collection::new(&known);
            drive::collect(&mut collection, snmpsim.address, 0, &mut network).unwrap();
            let report = build(&collection.finish(), &ReadContext::default());
            assert_eq!(report, expected, "{name} by {version}");
        }
    }
}

/// Credentials for the recording of that name.
fn as_v2c_and_v3(name: &str) -> [(&'static str, Arc<Credentials>); 2] {
    let v3 = user(USER, HmacSha1, AUTH_PASSWORD, Some(PRIVACY_PASSWORD), name);
    [("v2c", Arc::new(Credentials::v2c(name))), ("v3", Arc::new(v3))]
}

fn assert_same(answer: &[VarBind], expected: &BTreeMap<Oid, Value>, what: &str) {
    let answer: BTreeMap<_, _> = answer.iter().map(|varbind| (&varbind.name, &varbind.value)).collect();
    for (name, value) in expected {
        assert_eq!(answer.get(name), Some(&value), "{what}: {name}");
    }
    assert_eq!(answer.len(), expected.len(), "{what}: more than was recorded");
}

/// Name and content of each recording, without the lines that cannot be read.
fn recordings(folder: &Path) -> Vec<(String, Recording)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("it is there")
        .flatten()
        .filter_map(|file| {
            let name = file.file_name().to_string_lossy().strip_suffix(".snmprec")?.to_owned();
            let bytes = fs::read(file.path()).expect("it can be read");
            Some((name, parse(&bytes, Mode::Lenient).expect("it is not endless")))
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}
