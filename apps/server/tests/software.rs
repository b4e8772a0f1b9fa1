//! Software from the operator to a client's installer, and wishes for its settings.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_core::mode::SecurityMode;
use remote_services_payload::seal::{self, Certificate, SealLimits, Trust};
use remote_services_server::{policy, set_policy};
use remote_services_transport::client::ClientConfig;
use remote_services_transport::client::blocking::{Client as RealClient, FetchError, StopFlag};
use remote_services_transport::document::{ContentDigest, SoftwareManifest};
use remote_services_transport::enrol::Identity;
use remote_services_transport::pem;
use remote_services_transport::policy::{KeptPolicy, LocalLimits, PolicyOutcome, apply};
use remote_services_transport::software::{
    ArtifactFile, Attempt, Component, Installer, NotInstalled, Offer, OfferRefusal, UpdateState, Updates,
    install,
};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{Client, TestServer, folder, now, uuid7};

fn real(client: &Client, server: &TestServer) -> RealClient {
    let key = client.key.serialize_pem();
    let ca = server.running().ca_pem();
    let identity = Identity::from_pem(&pem::certificate_to_pem(&client.certificate), &key, &ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::new(server.running().device_url().parse().unwrap(), provider);
    RealClient::new(config, &identity).unwrap()
}

fn verifier(server: &TestServer) -> impl Fn(&str, &[u8]) -> Result<Vec<u8>, String> + use<> {
    let root = pem::certificates(&server.running().ca_pem()).unwrap().remove(0);
    move |_: &str, body: &[u8]| {
        let root = Certificate::from_der(&root).map_err(|error| error.to_string())?;
        let trust = Trust::new(now()).authority(root);
        let verified =
            seal::verify(body, &trust, &SealLimits::default()).map_err(|error| error.to_string())?;
        Ok(verified.content.to_vec())
    }
}

fn put_artifact(server: &TestServer, octets: &[u8]) -> ContentDigest {
    let digest = ContentDigest::of(octets);
    let call = server.operator("PUT", "/api/v1/artifacts").header("content-digest", &digest.to_string());
    let answer = call.header("content-type", "application/octet-stream").body(octets).send();
    assert_eq!(answer.status, 201, "{}", answer.text());
    digest
}

fn publish(server: &TestServer, version: &str, digest: ContentDigest) {
    let wish = json!({ "component": "agent", "version": version, "channel": "stable", "digest": digest });
    let answer = server.operator("POST", "/api/v1/software").json(&wish).send();
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn component() -> Component {
    Component { name: "agent".into(), channel: Some("stable".into()), target: None }
}

struct Host(String);

impl Installer for Host {
    fn running(&self) -> String {
        self.0.clone()
    }

    fn preconditions(&self, _: &SoftwareManifest) -> Result<(), String> {
        Ok(())
    }

    fn install(&mut self, manifest: &SoftwareManifest, file: &Path) -> Result<(), NotInstalled> {
        assert_eq!(ContentDigest::of(&std::fs::read(file).unwrap()), manifest.artifact.digest);
        self.0.clone_from(&manifest.version);
        Ok(())
    }
}

#[test]
fn software_is_published_found_fetched_over_a_restart_and_installed_once() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let program: Vec<u8> = (0..50_000_u32).map(|at| (at % 253) as u8).collect();
    let mut state = UpdateState::default();
    let check = |server: &TestServer, version: &str, state: &mut UpdateState| {
        real(&client, server).software(&component(), version, state, &verifier(server), now()).unwrap()
    };
    assert_eq!(check(&server, "1.0", &mut state), Offer::Current);
    publish(&server, "1.1", put_artifact(&server, &program));
    let Offer::Newer(manifest) = check(&server, "1.0", &mut state) else { panic!("nothing is offered") };
    assert_eq!((manifest.version.as_str(), manifest.sequence), ("1.1", 1));

    // Some pieces, then the server stops; what was fetched is not fetched again.
    let downloads = data.path().join("downloads");
    let mut file = ArtifactFile::open(&downloads, &manifest.artifact).unwrap();
    let stop = StopFlag::new();
    let stopped = real(&client, &server).fetch(&mut file, 1_000, &stop, &mut |have| {
        if have >= 20_000 {
            stop.stop();
        }
    });
    assert!(matches!(stopped, Err(FetchError::Stopped)));
    server.stop();
    let server = TestServer::start(data.path());
    let mut file = ArtifactFile::open(&downloads, &manifest.artifact).unwrap();
    assert_eq!(file.have(), 20_000);
    let mut pieces = 0;
    let path =
        real(&client, &server).fetch(&mut file, 10_000, &StopFlag::new(), &mut |_| pieces += 1).unwrap();
    assert_eq!((std::fs::read(&path).unwrap(), pieces), (program.clone(), 3));

    let mut updates = Updates { state };
    updates.fetched();
    let mut host = Host("1.0".into());
    let attempt = install(&mut updates, &mut host, &path, now(), true, &mut |_| Ok::<_, ()>(())).unwrap();
    assert_eq!(attempt, Attempt::Installed("1.1".into()));
    assert_eq!(check(&server, "1.1", &mut updates.state), Offer::Current);

    // The same manifest as it was, shown to a client that has seen a later one.
    publish(&server, "1.2", put_artifact(&server, b"newer"));
    assert!(matches!(check(&server, "1.1", &mut updates.state), Offer::Newer(_)));
    updates.state.sequence = 3;
    let refused = check(&server, "1.1", &mut updates.state);
    assert_eq!(refused, Offer::Refused(OfferRefusal::Rollback { found: 2, seen: 3 }));
    assert_eq!(server.api("/api/v1/software").as_array().unwrap().len(), 2);
}

#[test]
fn only_artifacts_can_be_fetched_and_ranges_are_kept_to() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let upload = b"0 the payload of somebody else";
    assert_eq!(client.put_upload(&server, uuid7(), upload).status, 201);
    let path = |digest: ContentDigest| format!("/rs/v1/artifacts/sha-256/{}", digest.to_hex());
    let get = |path: &str, fields: &[(&str, &str)]| {
        let call = client.call(&server, "GET", path);
        let call = fields.iter().fold(call, |call, (name, value)| call.header(name, value));
        call.send()
    };
    assert_eq!(get(&path(ContentDigest::of(upload)), &[]).status, 404);
    let artifact = path(put_artifact(&server, b"0123456789"));
    let whole = get(&artifact, &[]);
    assert_eq!((whole.status, whole.body.as_slice()), (200, &b"0123456789"[..]));
    let tag = whole.header("etag").unwrap().to_owned();
    for (range, status, body, shown) in [
        ("bytes=2-4", 206, &b"234"[..], Some("bytes 2-4/10")),
        ("bytes=7-", 206, b"789", Some("bytes 7-9/10")),
        ("bytes=7-99", 206, b"789", Some("bytes 7-9/10")),
        ("bytes=10-", 416, b"", Some("bytes */10")),
        ("bytes=4-2", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ] {
        let part = get(&artifact, &[("range", range), ("if-range", &tag)]);
        assert_eq!(
            (part.status, part.body.as_slice(), part.header("content-range")),
            (status, body, shown),
            "{range}"
        );
    }
    let other = get(&artifact, &[("range", "bytes=2-4"), ("if-range", "\"other\"")]);
    assert_eq!((other.status, other.body.len()), (200, 10), "a part of another file is of no use");
    let call = server.operator("PUT", "/api/v1/artifacts").body(b"x");
    assert_eq!(call.send().problem(), "digest");
    let wish = json!({ "component": "agent", "version": "1", "digest": ContentDigest::of(b"never seen") });
    assert_eq!(server.operator("POST", "/api/v1/software").json(&wish).send().status, 404);
}

#[test]
fn wishes_for_settings_are_heard_and_applied_within_local_limits_in_normal_mode_only() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let real = real(&client, &server);
    let mut kept = KeptPolicy::default();
    let ask = |kept: &mut KeptPolicy| {
        let request = kept.request("/rs/v1/clients/{client}/policy", client.id);
        let answer = real.exchange(&request, Duration::ZERO).unwrap();
        (answer.status, kept.handle(&answer))
    };
    assert_eq!(ask(&mut kept), (204, PolicyOutcome::Same));
    let path = format!("/api/v1/clients/{}/policy", client.id);
    let wish = json!({ "dailyWindow": "01:00-03:00", "collectEvery": 60 });
    assert_eq!(server.operator("PUT", &path).json(&wish).send().status, 204);
    assert_eq!(ask(&mut kept), (200, PolicyOutcome::Changed));
    assert_eq!(ask(&mut kept), (304, PolicyOutcome::Same));
    // A version number that was given before, as after a store is put back from a backup, is not what it was.
    let (first, other) = (kept.etag.clone(), json!({ "collectEvery": 7_200 }));
    server.operator("PUT", &path).json(&other).send();
    assert_eq!(ask(&mut kept), (200, PolicyOutcome::Changed));
    assert_eq!(server.operator("PUT", &path).json(&wish).send().status, 204);
    assert_eq!(ask(&mut kept), (200, PolicyOutcome::Changed));
    assert_eq!(kept.etag, first, "it goes by what the policy says");
    let is_window = |text: &str| text.parse::<remote_services_transport::schedule::DailyWindow>().is_ok();
    let (applied, left_out) = apply(&kept.policy, SecurityMode::Normal, &LocalLimits::default(), &is_window);
    assert_eq!((applied.daily_window.as_deref(), applied.collect_every), (Some("01:00-03:00"), None));
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    let (applied, _) = apply(&kept.policy, SecurityMode::Lockdown, &LocalLimits::default(), &is_window);
    assert_eq!(applied, Default::default());
    let stranger = format!("/api/v1/clients/{}/policy", uuid7());
    assert_eq!(server.operator("PUT", &stranger).json(&wish).send().status, 404);
    assert_eq!(server.operator("GET", &stranger).send().status, 404);

    // By the command line, too, beside the server; what nobody could apply is refused by both.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let set = |id, wishes| runtime.block_on(set_policy(data.path(), id, wishes));
    set(client.id, r#"{"snmpRetries":1,"snmpTimeoutMs":null}"#).unwrap();
    assert_eq!(ask(&mut kept), (200, PolicyOutcome::Changed));
    assert_eq!((kept.policy.snmp_retries, kept.policy.others.len()), (Some(1), 0));
    let shown = server.operator("GET", &path).send();
    assert_eq!(shown.text(), r#"{"snmpRetries":1,"snmpTimeoutMs":null}"#);
    assert_eq!(runtime.block_on(policy(data.path(), client.id)).unwrap(), Some(shown.text()));
    assert_eq!(server.api("/api/v1/clients")[0]["policy"]["snmpRetries"], 1);
    let wrong = json!({ "dailyWindow": "at night" });
    let refused = server.operator("PUT", &path).json(&wrong).send();
    assert_eq!((refused.status, refused.problem().as_str()), (400, "malformed"));
    let misspelt = server.operator("PUT", &path).json(&json!({ "snmpRetrys": 1 })).send();
    assert_eq!((misspelt.status, misspelt.problem().as_str()), (400, "malformed"));
    assert_eq!(misspelt.json()["detail"], "\"snmpRetrys\" is no member of a policy; nearest is snmpRetries");
    let why = set(client.id, r#"{"collectionProfile":"all"}"#).unwrap_err().to_string();
    assert_eq!(why, "the policy was not set: collectionProfile is neither usual nor detailed");
    let nobody = uuid7();
    for why in [
        set(nobody, "{}").unwrap_err().to_string(),
        runtime.block_on(policy(data.path(), nobody)).unwrap_err().to_string(),
    ] {
        assert_eq!(why, format!("no client is called {nobody}"));
    }
    assert_eq!(ask(&mut kept), (304, PolicyOutcome::Same));
}
