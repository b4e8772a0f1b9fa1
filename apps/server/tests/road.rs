//! The real client of the transport crate on the real server: every step of its day.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_core::command::{CommandState, ResultCode};
use remote_services_payload::seal::{self, Certificate, SealLimits, Trust};
use remote_services_server::ServerConfig;
use remote_services_transport::client::blocking::{
    Client, DeviceOutcome, DrainEnd, Enrolled, FetchedCommand, StopFlag, Uploader, enrol, new_key,
};
use remote_services_transport::client::{ClientConfig, ClientError};
use remote_services_transport::document::{
    ClientDescription, DeviceEvidence, Evidence, EvidenceKind, Execution, ExecutionResult, NextPoll,
};
use remote_services_transport::enrol::{EnrolError, EnrolOutcome, Identity};
use remote_services_transport::execution::ReportOutcome;
use remote_services_transport::poll::{Poll, PollOutcome};
use remote_services_transport::registration_key::RegistrationKey;
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use remote_services_transport::upload::UploadOutcome;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::payload::{Parcel, report};
use support::{TestServer, folder, now, uuid7};

fn register(server: &TestServer, text: &str) -> Result<(ClientConfig, Identity), ClientError> {
    let registration = RegistrationKey::from_text(text).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::new(server.running().device_url().parse().unwrap(), provider);
    match enrol(&config, &registration, &new_key().unwrap())? {
        Enrolled::Issued(identity) => Ok((config, *identity)),
        Enrolled::AskAgain(_) => panic!("this server asks nobody"),
    }
}

fn registration_key(server: &TestServer) -> String {
    let wish = json!({ "tenant": "acme", "ttlSeconds": 600 });
    let answer = server.operator("POST", "/api/v1/registration-keys").json(&wish).send();
    answer.json()["registrationKey"].as_str().unwrap().to_owned()
}

/// The client as the helpers that seal payloads know it.
fn as_sender(identity: &Identity) -> support::Client {
    support::Client {
        id: identity.client,
        certificate: identity.chain[0].clone(),
        key: rcgen::KeyPair::try_from(identity.key.to_pkcs8().unwrap().as_slice()).unwrap(),
    }
}

#[test]
fn a_client_registers_uploads_polls_reports_and_renews() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.next_poll = NextPoll { seconds: 30, jitter: 0 };
    let server = TestServer::start_with(config);
    let key = registration_key(&server);
    let (config, identity) = register(&server, &key).unwrap();
    assert!(matches!(register(&server, &key).err(), Some(ClientError::Enrol(EnrolError::KeyRefused { .. }))));

    let client = Client::new(config.clone(), &identity).unwrap();
    let directory = client.directory().unwrap();
    assert_eq!(client.directory().unwrap(), directory, "not modified, so the first one stands");
    client.describe(&ClientDescription { edition: Some("lite".into()), ..Default::default() }).unwrap();
    let device = uuid7();
    let serial = Evidence {
        kind: EvidenceKind::Serial,
        value: "ABC123456".into(),
        source: "prtGeneralSerialNumber".into(),
        time: now(),
    };
    let evidence = DeviceEvidence {
        manufacturer: Some("Xerox".into()),
        evidence: vec![serial],
        ..DeviceEvidence::default()
    };
    assert_eq!(client.put_device(device, &evidence).unwrap(), DeviceOutcome::Known);
    assert_eq!(client.put_device(uuid7(), &evidence).unwrap(), DeviceOutcome::Merged(device));

    let sender = as_sender(&identity);
    let upload = uuid7();
    let sealed = Parcel::of(&sender, upload, device).seal(&server, &report("ABC123456", "00:9c:02:ab:cd:01"));
    let (mut spool, _) = Spool::open(&data.path().join("spool"), SpoolLimits::default()).unwrap();
    spool.append(Class::Report, upload, SealedPayload::new(&sealed).unwrap()).unwrap();
    let (spool, stop) = (Mutex::new(spool), StopFlag::new());
    let end = Uploader::new(&client, &spool, &stop).drain(&mut |_| {}).unwrap();
    assert!(matches!(end.end, DrainEnd::Empty), "{end:?}");
    let receipts = spool.lock().unwrap().receipts().unwrap();
    assert_eq!(receipts[0].upload, upload);
    let again = client.upload(upload, &sealed).unwrap();
    assert!(matches!(again, UploadOutcome::Stored { duplicate: true, .. }), "{again:?}");
    server.api_until("/api/v1/uploads?state=opened", |list| (list.as_array()?.len() == 1).then_some(()));

    carry_out(&server, &client, &identity, device);

    let next = new_key().unwrap();
    let EnrolOutcome::Issued(id, chain) = client.renew(&next).unwrap() else { panic!("not issued") };
    assert_eq!(id, client.id());
    let renewed = Identity { client: id, chain, key: next, anchors: identity.anchors };
    Client::new(config, &renewed).unwrap().directory().unwrap();
}

fn carry_out(
    server: &TestServer,
    client: &Client,
    identity: &Identity,
    device: remote_services_core::id::Uuid,
) {
    let mut poll = Poll::new(client.id(), NextPoll { seconds: 900, jitter: 0 });
    let (outcome, wait) = client.commands(&mut poll, None);
    assert_eq!((outcome, wait), (PollOutcome::Nothing, Duration::from_secs(30)));
    let wish = json!({ "client": client.id(), "device": device, "action": "troubleshoot" });
    let queued = server.operator("POST", "/api/v1/commands").json(&wish).send().json();
    let (outcome, _) = client.commands(&mut poll, Some(Duration::from_secs(10)));
    let PollOutcome::Commands(list) = outcome else { panic!("{outcome:?}") };
    let id = list.commands[0].id;
    assert_eq!(queued["id"], id.to_string());

    let root = Certificate::from_der(&identity.anchors.certificates()[0]).unwrap();
    let verifier = |_: &str, body: &[u8]| {
        let trust = Trust::new(now()).authority(root.clone());
        let verified = seal::verify(body, &trust, &SealLimits::default());
        verified.map(|verified| verified.content.to_vec()).map_err(|error| error.to_string())
    };
    let FetchedCommand::Verified(command) = client.command(id, &verifier).unwrap() else { panic!("{id}") };
    assert_eq!((command.client, command.device), (client.id(), Some(device)));

    let mut etag = None;
    let mut execution = Execution::in_state(CommandState::Accepted);
    for state in [CommandState::Accepted, CommandState::Running, CommandState::Succeeded] {
        execution.state = state;
        if execution.state == CommandState::Succeeded {
            execution.result = Some(ExecutionResult { code: ResultCode::Ok, text: "reached".into() });
        }
        let outcome = client.report(id, &execution, &mut etag).unwrap();
        assert!(matches!(outcome, ReportOutcome::Taken { etag: Some(_) }), "{outcome:?}");
    }
    // The last answer was lost: the client knows an older version and sends the same again.
    let outcome = client.report(id, &execution, &mut Some("\"e1\"".to_owned())).unwrap();
    assert!(matches!(outcome, ReportOutcome::Taken { .. }), "{outcome:?}");
    let late = Execution::in_state(CommandState::Failed);
    assert!(matches!(client.report(id, &late, &mut etag).unwrap(), ReportOutcome::Closed(_)));
    assert_eq!(server.api(&format!("/api/v1/commands/{id}"))["state"], "succeeded");
    assert_eq!(client.commands(&mut poll, None).0, PollOutcome::Nothing);
}
