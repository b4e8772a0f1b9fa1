//! The operator's side: who gets in, what the pages show, what they never do.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_server::{
    KeyWish, Server, ServerConfig, StartError, create_registration_key, login_link,
};
use serde_json::json;
use std::time::Duration;
use support::http::{Answer, Call};
use support::payload::{Parcel, report};
use support::{TestServer, folder, uuid7};

fn browse(server: &TestServer, path: &str, cookie: &str) -> Answer {
    Call::new(server.running().operator_address(), None, "GET", path).header("cookie", cookie).send()
}

fn sign_in(server: &TestServer) -> String {
    let link = server.login_link();
    let path = link.strip_prefix(server.running().operator_url()).unwrap();
    let look = Call::new(server.running().operator_address(), None, "HEAD", path).send();
    assert_eq!((look.status, look.header("set-cookie")), (401, None), "to look at a link opens nothing");
    let answer = browse(server, path, "");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "nor is it used up by that");
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict;"), "{cookie}");
    assert_eq!(browse(server, path, "").status, 401, "a link works once");
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn the_api_wants_the_token() {
    let data = folder();
    let server = TestServer::start(data.path());
    let address = server.running().operator_address();
    for path in ["devices", "readings", "uploads", "clients", "commands", "audit"] {
        let path = format!("/api/v1/{path}");
        assert_eq!(Call::new(address, None, "GET", &path).send().status, 401, "{path}");
        let wrong = Call::new(address, None, "GET", &path).header("authorization", "Bearer wrong").send();
        assert_eq!((wrong.status, wrong.header("www-authenticate").is_some()), (401, true));
        assert_eq!(server.operator("GET", &path).send().status, 200, "{path}");
    }
    let health = Call::new(address, None, "GET", "/api/v1/health").send();
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    let elsewhere = server.call("GET", "/api/v1/devices").send();
    assert_eq!(elsewhere.status, 404, "the client side has no operator's API");
}

#[test]
fn a_registration_key_made_by_the_api_registers_a_client() {
    let data = folder();
    let server = TestServer::start(data.path());
    let wish = json!({ "tenant": "acme", "ttlSeconds": 60 });
    let answer = server.operator("POST", "/api/v1/registration-keys").json(&wish).send();
    assert_eq!(answer.status, 201);
    let text = answer.json()["registrationKey"].as_str().unwrap().to_owned();
    assert!(text.starts_with(server.running().device_url()));
    let key = remote_services_transport::registration_key::RegistrationKey::from_text(&text).unwrap();
    assert_eq!(*key.pin.as_bytes(), server.running().ca_spki_pin());
    let enrolled = server.simple_enroll(&key.key.to_text(), &rcgen::KeyPair::generate().unwrap());
    assert_eq!(enrolled.status, 200);
    assert_eq!(server.api("/api/v1/clients")[0]["tenant"], "acme");

    for wish in [json!({ "tenant": "" }), json!({ "ttlSeconds": 0 }), json!({ "tenant": "a\nb" })] {
        assert_eq!(
            server.operator("POST", "/api/v1/registration-keys").json(&wish).send().status,
            400,
            "{wish}"
        );
    }
}

#[test]
fn pages_show_what_devices_said_and_escape_it() {
    let data = folder();
    let server = TestServer::start(data.path());
    let client = server.enrol("acme");
    let (upload, device) = (uuid7(), uuid7());
    let sealed = Parcel::of(&client, upload, device).seal(&server, &report("ABC123456", "00:9c:02:ab:cd:01"));
    client.put_upload(&server, upload, &sealed);
    server.api_until("/api/v1/devices", |devices| (devices["total"] == 1).then_some(()));
    let wish = json!({ "client": client.id, "device": device, "action": "printTestPage" });
    server.operator("POST", "/api/v1/commands").json(&wish).send();

    assert_eq!(browse(&server, "/", "").status, 401);
    assert_eq!(browse(&server, &format!("/devices/{device}"), "").status, 401);
    let cookie = sign_in(&server);
    let page = browse(&server, "/", &cookie);
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe"), "{csp}");
    let text = page.text();
    for wanted in ["Xerox VersaLink C405", "ABC123456", "stopped", "Black Toner", "4 %", "second floor"] {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    assert!(!text.contains("<script") && !text.contains("style=") && !text.contains("http://"), "{text}");

    let text = browse(&server, &format!("/devices/{device}"), &cookie).text();
    assert!(text.contains("Paper jam in &#60;area 2&#62;") && !text.contains("<area 2>"), "{text}");
    for wanted in ["Black Impressions", "1\u{202F}234\u{202F}567", "print test page", &upload.to_string()] {
        assert!(text.contains(wanted), "{wanted} is missing in {text}");
    }
    assert_eq!(browse(&server, "/uploads", &cookie).status, 200);
    let wish = json!({ "collectionProfile": "usual", "snmpRetries": 1 });
    server.operator("PUT", &format!("/api/v1/clients/{}/policy", client.id)).json(&wish).send();
    let told = json!({
        "wishesLeftOut": ["<later> is nothing"], "location": "Cellar <2>", "contact": "ada@example.com",
        "errors": ["it ends <soon>"]
    });
    assert_eq!(client.put_json(&server, &client.path(""), &told).status, 201);
    let text = browse(&server, "/clients", &cookie).text();
    assert!(text.contains("not applied: &#60;later&#62; is nothing"), "{text}");
    assert!(text.contains("Cellar &#60;2&#62;") && text.contains("ada@example.com"), "{text}");
    assert!(text.contains("it ends &#60;soon&#62;"), "{text}");
    assert!(text.contains("collectionProfile: usual") && text.contains("snmpRetries: 1"), "{text}");

    assert_eq!(browse(&server, "/api/v1/devices", &cookie).status, 200, "a session may read the API");
    let address = server.running().operator_address();
    let change = Call::new(address, None, "POST", "/api/v1/commands").header("cookie", &cookie).json(&wish);
    assert_eq!(change.send().status, 401, "a cookie alone may not change anything");
    assert_eq!(browse(&server, &format!("/devices/{}", uuid7()), &cookie).status, 404);
}

#[test]
fn the_operators_side_is_never_in_clear_on_a_network() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.operator_listen = "0.0.0.0:0".parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = runtime.block_on(Server::start(config));
    assert!(matches!(result.err(), Some(StartError::OperatorInClear(_))));
}

#[test]
fn the_operators_side_speaks_tls_when_told_to() {
    let data = folder();
    let mut config = ServerConfig::new(data.path());
    config.operator_tls = true;
    let server = TestServer::start_with(config);
    assert!(server.running().operator_url().starts_with("https://"));
    let roots = Some(server.running().ca_pem());
    let address = server.running().operator_address();
    assert_eq!(Call::new(address, roots.clone(), "GET", "/api/v1/health").send().status, 200);
    let link = server.login_link();
    let path = link.strip_prefix(server.running().operator_url()).unwrap();
    let answer = Call::new(address, roots, "GET", path).send();
    assert!(answer.header("set-cookie").unwrap().ends_with("; Secure"));
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let data = folder();
    let server = TestServer::start(data.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let second = runtime.block_on(Server::start(ServerConfig::new(data.path())));
    assert!(matches!(second.err(), Some(StartError::InUse { .. })));
    server.stop();
    TestServer::start(data.path()).stop();
}

#[test]
fn keys_and_links_are_made_beside_a_running_server() {
    let data = folder();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let nobody = runtime.block_on(login_link(data.path()));
    assert!(nobody.unwrap_err().to_string().contains("no server has run"));

    let server = TestServer::start(data.path());
    let made = runtime
        .block_on(create_registration_key(data.path(), None, &KeyWish::new("acme", Duration::from_secs(60))))
        .unwrap();
    let key = remote_services_transport::registration_key::RegistrationKey::from_text(made.text()).unwrap();
    let answer = server.simple_enroll(&key.key.to_text(), &rcgen::KeyPair::generate().unwrap());
    assert_eq!(answer.status, 200);
    let link = runtime.block_on(login_link(data.path())).unwrap();
    let path = link.strip_prefix(server.running().operator_url()).unwrap();
    assert_eq!(browse(&server, path, "").status, 303);
}
