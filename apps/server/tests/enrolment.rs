//! Who gets a certificate, who does not, and what a certificate is good for.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use remote_services_server::{ServerConfig, decide};
use remote_services_transport::certs_only;
use remote_services_transport::registration_key::{RegistrationKey, SpkiPin};
use serde_json::json;
use std::time::Duration;
use support::http::Answer;
use support::{Client, TestServer, folder, now, request_for, uuid7};
use tokio::runtime::Runtime;
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_trust_anchor_is_for_everybody_and_fits_the_pin() {
    let data = folder();
    let server = TestServer::start(data.path());
    let answer = server.call("GET", "/.well-known/est/cacerts").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/pkcs7-mime; smime-type=certs-only"));
    let anchors = certs_only::read(&answer.body).unwrap();
    let pin = SpkiPin::of_certificate(&anchors[0]).unwrap();
    assert_eq!(*pin.as_bytes(), server.running().ca_spki_pin());
}

#[test]
fn a_key_registers_one_client_and_the_server_names_it() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (first, second) = (server.enrol("acme"), server.enrol("acme"));
    assert_ne!(first.id, second.id);
    let clients = server.api("/api/v1/clients");
    assert_eq!(clients.as_array().unwrap().len(), 2);
    assert!(clients.as_array().unwrap().iter().all(|client| client["tenant"] == "acme"));
    assert_eq!(first.call(&server, "GET", "/rs/v1/").send().status, 200);
}

#[test]
fn a_used_key_serves_only_the_same_key_pair_again() {
    let data = folder();
    let server = TestServer::start(data.path());
    let one_time = server.one_time_key("default", HOUR);
    let key = KeyPair::generate().unwrap();
    let first = server.simple_enroll(&one_time, &key);
    let again = server.simple_enroll(&one_time, &key);
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body, "a lost answer must be repeated as it was");

    let other = server.simple_enroll(&one_time, &KeyPair::generate().unwrap());
    assert_eq!((other.status, other.reason().as_str()), (403, "used"));
    assert_eq!(server.api("/api/v1/clients").as_array().unwrap().len(), 1);
}

#[test]
fn a_key_used_by_many_at_once_registers_one() {
    let data = folder();
    let server = TestServer::start(data.path());
    let one_time = server.one_time_key("default", HOUR);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let run = || server.simple_enroll(&one_time, &KeyPair::generate().unwrap()).status;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 403)), "{statuses:?}");
    assert_eq!(server.api("/api/v1/clients").as_array().unwrap().len(), 1);
}

#[test]
fn unknown_mistyped_missing_and_expired_keys_are_told_apart() {
    let data = folder();
    let server = TestServer::start(data.path());
    let key = KeyPair::generate().unwrap();

    let elsewhere = folder();
    let unknown = TestServer::start(elsewhere.path()).one_time_key("default", HOUR);
    let answer = server.simple_enroll(&unknown, &key);
    assert_eq!((answer.status, answer.reason().as_str()), (401, "unknown"));
    assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));

    let last = if unknown.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &unknown[..unknown.len() - 1]);
    let answer = server.simple_enroll(&mistyped, &key);
    assert_eq!((answer.status, answer.reason().as_str()), (401, "mistyped"));

    let answer = server.call("POST", "/.well-known/est/simpleenroll").send();
    assert_eq!((answer.status, answer.reason().as_str()), (401, "missing"));

    let short = server.one_time_key("default", Duration::from_secs(1));
    let made = now();
    while now().since(made) <= Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = server.simple_enroll(&short, &key);
    assert_eq!((answer.status, answer.reason().as_str()), (403, "expired"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("expired"));
}

#[test]
fn guessing_is_slowed_down() {
    let data = folder();
    let server = TestServer::start(data.path());
    let elsewhere = folder();
    let foreign = TestServer::start(elsewhere.path()).one_time_key("default", HOUR);
    let key = KeyPair::generate().unwrap();
    let statuses: Vec<u16> = (0..22).map(|_| server.simple_enroll(&foreign, &key).status).collect();
    assert!(statuses[..20].iter().all(|status| *status == 401));
    assert_eq!(statuses[20..], [429, 429]);
}

#[test]
fn a_request_that_is_no_proof_of_a_p256_key_is_refused() {
    let data = folder();
    let server = TestServer::start(data.path());
    let one_time = server.one_time_key("default", HOUR);
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let answer = server.simple_enroll(&one_time, &p384);
    assert_eq!((answer.status, answer.reason().as_str()), (400, "badRequest"));
    // The key is still good for a right request.
    assert_eq!(server.simple_enroll(&one_time, &KeyPair::generate().unwrap()).status, 200);
}

#[test]
fn nothing_but_enrolment_is_open_without_a_certificate() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let (upload, command) = (uuid7(), uuid7());
    for (method, path) in [
        ("GET", "/rs/v1/".to_owned()),
        ("PUT", client.path("")),
        ("PUT", client.path(&format!("/devices/{upload}"))),
        ("PUT", client.path(&format!("/uploads/{upload}"))),
        ("GET", client.path("/commands")),
        ("GET", client.path(&format!("/commands/{command}"))),
        ("PUT", client.path(&format!("/commands/{command}/execution"))),
        ("POST", "/.well-known/est/simplereenroll".to_owned()),
    ] {
        let answer = server.call(method, &path).send();
        assert_eq!((answer.status, answer.reason().as_str()), (403, "noCertificate"), "{method} {path}");
        assert_eq!(answer.problem(), "not-trusted");
        assert!(answer.header("remote-services-next-poll").is_some(), "{path}");
    }
}

#[test]
fn another_clients_path_is_closed() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (mine, other) = (server.enrol("default"), server.enrol("default"));
    let path = other.path(&format!("/uploads/{}", uuid7()));
    let answer = mine.call(&server, "PUT", &path).sealed(b"0data").send();
    assert_eq!((answer.status, answer.reason().as_str()), (403, "anotherClient"));
    let answer = mine.call(&server, "GET", &other.path("/commands")).send();
    assert_eq!((answer.status, answer.reason().as_str()), (403, "anotherClient"));
    assert!(server.api("/api/v1/uploads").as_array().unwrap().is_empty());
}

#[test]
fn a_revoked_client_is_refused_from_its_next_request_on_and_after_a_restart() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    assert_eq!(client.call(&server, "GET", "/rs/v1/").send().status, 200);
    let path = format!("/api/v1/clients/{}", client.id);
    assert_eq!(server.operator("DELETE", &path).send().status, 204);
    let answer = client.call(&server, "GET", "/rs/v1/").send();
    assert_eq!((answer.status, answer.reason().as_str()), (403, "revoked"));
    server.stop();

    let server = TestServer::start(data.path());
    assert_eq!(client.call(&server, "GET", "/rs/v1/").send().reason(), "revoked");
    assert_eq!(server.api("/api/v1/clients")[0]["revoked"], true);
}

#[test]
fn a_resumed_session_is_asked_again_who_it_is() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let identity = Some((client.certificate.clone(), client.key.serialize_der()));
    let config = support::http::tls(&server.running().ca_pem(), identity).unwrap();
    let call = || server.call("GET", "/rs/v1/").config(&config).send();
    let (first, second) = (call(), call());
    assert_eq!((first.status, first.resumed), (200, false));
    assert_eq!((second.status, second.resumed), (200, true));

    server.operator("DELETE", &format!("/api/v1/clients/{}", client.id)).send();
    let third = call();
    assert_eq!((third.status, third.resumed, third.reason().as_str()), (403, true, "revoked"));
}

#[test]
fn a_certificate_of_another_authority_gets_no_connection() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = Issuer::new(root, KeyPair::generate().unwrap());
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, client.id.to_string());
    let certificate = leaf.signed_by(&client.key, &issuer).unwrap();
    let forged =
        Client { id: client.id, certificate: certificate.der().to_vec(), key: KeyPair::generate().unwrap() };
    let result = server.call("GET", "/rs/v1/").identity(&forged.certificate, &client.key).try_send();
    assert!(result.is_err(), "{result:?}");
}

#[test]
fn a_client_renews_its_certificate_and_keeps_its_identity() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let renewed = renew(&server, &client);
    assert_eq!(renewed.id, client.id);
    assert_ne!(renewed.certificate, client.certificate);
    assert_eq!(renewed.call(&server, "GET", &client.path("/commands")).send().status, 204);
    assert_eq!(client.call(&server, "GET", &client.path("/commands")).send().status, 204);
}

#[test]
fn a_client_cannot_fill_the_server_with_certificates() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("default");
    let mut answers = (0..40).map(|_| ask_to_renew(&server, &client, &KeyPair::generate().unwrap()));
    let refused = answers.find(|answer| answer.status != 200).expect("it ends at some time");
    assert_eq!((refused.status, refused.problem().as_str()), (429, "busy"));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(
        client.call(&server, "GET", &client.path("/commands")).send().status,
        204,
        "it goes on as it is"
    );
    assert_eq!(renew(&server, &server.enrol("default")).key.public_key_raw().len(), 65, "others renew");
}

#[test]
fn an_expired_certificate_may_do_nothing_but_renew_itself() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.lifetimes.client = Duration::from_secs(1);
    let server = TestServer::start_with(config);
    let client = server.enrol("default");
    let (_, not_after) = remote_services_transport::enrol::validity(&client.certificate).unwrap();
    while now() <= not_after.plus(Duration::from_secs(1)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = client.call(&server, "GET", "/rs/v1/").send();
    assert_eq!((answer.status, answer.reason().as_str()), (403, "certificateExpired"));
    assert_eq!(renew(&server, &client).id, client.id);
}

fn renew(server: &TestServer, client: &Client) -> Client {
    let key = KeyPair::generate().unwrap();
    let answer = ask_to_renew(server, client, &key);
    assert_eq!(answer.status, 200, "{}", answer.text());
    Client::new(&answer, key)
}

fn ask_to_renew(server: &TestServer, client: &Client, key: &KeyPair) -> Answer {
    client
        .call(server, "POST", "/.well-known/est/simplereenroll")
        .header("content-type", "application/pkcs10")
        .body(request_for(key).as_bytes())
        .send()
}

fn key_with_approval(server: &TestServer) -> String {
    let order = json!({ "tenant": "acme", "ttlSeconds": 3600, "needsApproval": true });
    let made = server.operator("POST", "/api/v1/registration-keys").json(&order).send().json();
    assert_eq!(made["needsApproval"], true);
    let key = RegistrationKey::from_text(made["registrationKey"].as_str().unwrap()).unwrap();
    key.key.to_text().to_string()
}

#[test]
fn a_key_that_needs_approval_gives_nothing_before_a_person_agreed_and_then_only_to_who_asked_first() {
    let data = folder();
    let server = TestServer::start(data.path());
    let one_time = key_with_approval(&server);
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    for _ in 0..2 {
        let answer = server.simple_enroll(&one_time, &key);
        assert_eq!((answer.status, answer.header("retry-after")), (202, Some("60")));
        assert!(answer.body.is_empty());
    }
    let stranger = server.simple_enroll(&one_time, &other);
    assert_eq!((stranger.status, stranger.reason().as_str()), (403, "used"));
    assert_eq!(server.api("/api/v1/clients").as_array().unwrap().len(), 0);

    let waiting = server.api("/api/v1/approvals");
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    let id: Uuid = waiting[0]["id"].as_str().unwrap().parse().unwrap();
    let runtime = Runtime::new().unwrap();
    for reason in ["", "two\nlines"] {
        runtime.block_on(decide(data.path(), id, Some(reason))).unwrap_err();
    }
    runtime.block_on(decide(data.path(), id, None)).unwrap();
    let again = runtime.block_on(decide(data.path(), id, Some("too late"))).unwrap_err().to_string();
    assert!(again.contains("has decided"), "{again}");
    let approve = format!("/api/v1/approvals/{id}/approve");
    assert_eq!(server.operator("POST", &approve).send().status, 409);
    let nobody = format!("/api/v1/approvals/{}/approve", uuid7());
    assert_eq!(server.operator("POST", &nobody).send().status, 404);
    let stranger = server.simple_enroll(&one_time, &other);
    assert_eq!((stranger.status, stranger.reason().as_str()), (403, "used"));
    assert_eq!(server.simple_enroll(&one_time, &key).status, 200);
    assert_eq!(server.api("/api/v1/clients")[0]["tenant"], "acme");
    assert_eq!(server.api("/api/v1/approvals").as_array().unwrap().len(), 0, "it waits no longer");
}

#[test]
fn who_asked_in_time_is_not_too_late_when_the_person_was_slow_and_who_asks_late_is() {
    let data = folder();
    let server = TestServer::start(data.path());
    let (early, late) = (key_with_approval(&server), key_with_approval(&server));
    let (key, runtime) = (KeyPair::generate().unwrap(), Runtime::new().unwrap());
    assert_eq!(server.simple_enroll(&early, &key).status, 202);
    let database = sqlx::sqlite::SqliteConnectOptions::new().filename(data.path().join("server.sqlite"));
    runtime.block_on(async {
        let pool = sqlx::SqlitePool::connect_with(database).await.unwrap();
        sqlx::query("UPDATE registration_keys SET expires_at = 1").execute(&pool).await.unwrap();
        pool.close().await;
    });
    let answer = server.simple_enroll(&late, &key);
    assert_eq!((answer.status, answer.reason().as_str()), (403, "expired"));
    let id: Uuid = server.api("/api/v1/approvals")[0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(server.simple_enroll(&early, &key).status, 202);
    runtime.block_on(decide(data.path(), id, None)).unwrap();
    assert_eq!(server.simple_enroll(&early, &key).status, 200);
}
