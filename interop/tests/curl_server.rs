//! A client made of `openssl` and `curl` on our server: it registers, uploads, polls and reports.
use std::fs;
use std::time::Duration;

use remote_services_core::id::Uuid;
use remote_services_interop::curl_client::{CurlClient, DEVICE, UPLOAD};
use remote_services_interop::server::OurServer;
use remote_services_interop::{Tool, require};
use serde_json::Value;

const LIFETIME: Duration = Duration::from_secs(600);
const JSON: &str = "Content-Type: application/json";

#[test]
fn openssl_checks_the_pin_and_the_certificate_that_a_one_time_key_brings_once() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::unregistered();
    let (password, pin) = client.registration_key(LIFETIME);

    // The trust anchor, as EST gives it, has the public key that the registration key pins.
    client.unpack_certificate(&client.curl("/.well-known/est/cacerts", &[]), "anchor.pem");
    client.openssl("x509 -in anchor.pem -pubkey -noout -out anchor.pub");
    client.openssl("pkey -pubin -in anchor.pub -outform DER -out anchor.spki");
    client.openssl("dgst -sha256 -binary -out anchor.hash anchor.spki");
    let hash = client.openssl("base64 -in anchor.hash");
    assert_eq!(hash.trim().trim_end_matches('=').replace('+', "-").replace('/', "_"), pin);

    let answer = client.enrol("client.key", &password);
    assert_eq!(answer.status, 200, "{}", answer.text());
    client.unpack_certificate(&answer, "client.pem");
    client.openssl("verify -purpose sslclient -CAfile ca.pem client.pem");
    let certified = client.openssl("x509 -in client.pem -noout -pubkey");
    assert_eq!(certified, client.openssl("pkey -in client.key -pubout"));
    assert!(client.name().parse::<Uuid>().is_ok(), "{}", client.name());

    // A lost answer may be asked for again with the same key pair; nobody else gets anything.
    let again = client.enrol("client.key", &password);
    assert_eq!((again.status, again.body), (200, answer.body));
    client.make_key("thief.key");
    let thief = client.enrol("thief.key", &password);
    assert_eq!((thief.status, thief.json()["reason"].as_str()), (403, Some("used")));
}

#[test]
fn unknown_mistyped_and_expired_keys_are_refused_each_with_its_reason() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::unregistered();
    let reason = |password: &str| {
        let answer = client.enrol("client.key", password);
        assert!(matches!(answer.status, 401 | 403), "{}: {}", answer.status, answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        answer.json()["reason"].as_str().unwrap().to_owned()
    };
    let of_another_server = OurServer::start().registration_key(LIFETIME);
    let secrets = of_another_server.split_once("/#").unwrap().1;
    assert_eq!(reason(secrets.split_once('.').unwrap().0), "unknown");

    let (password, _) = client.registration_key(LIFETIME);
    let (start, last) = password.split_at(password.len() - 1);
    assert_eq!(reason(&format!("{start}{}", if last == "0" { '1' } else { '0' })), "mistyped");

    let (short, _) = client.registration_key(Duration::from_secs(1));
    // Its second is what has to pass, and nothing else tells that it has.
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(reason(&short), "expired");
}

#[test]
fn an_upload_is_taken_once_and_opened() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::registered();
    client.seal("one", "SERIAL-1");
    let first = client.upload("one");
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json()["upload"], UPLOAD);
    assert!(client.digest("one").ends_with(first.json()["digest"].as_str().unwrap()), "{}", first.text());
    assert!(first.header("remote-services-next-poll").is_some());

    let again = client.upload("one");
    assert_eq!((again.status, again.json()), (200, first.json()));
    // The same report sealed again has other bytes.
    client.seal("two", "SERIAL-1");
    assert_eq!(client.upload("two").status, 409);

    client.wait_for("/api/v1/devices", |answer| {
        (answer["total"] == 1).then(|| assert!(answer.to_string().contains("SERIAL-1"), "{answer}"))
    });
    let uploads = client.as_operator("/api/v1/uploads", &[]).json();
    assert_eq!(uploads.as_array().map(Vec::len), Some(1), "{uploads}");
}

#[test]
fn a_body_that_is_not_what_its_headers_say_is_refused() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::registered();
    client.seal("one", "SERIAL-1");
    let digest = client.digest("one");
    client.write("text", b"this is not sealed");
    assert_eq!(client.upload("text").status, 422);
    let path = format!("/rs/v1/clients/{}/uploads/{UPLOAD}", client.name());
    let put = |words: &[&str]| {
        let body = client.path("one").display().to_string();
        client.as_client(&path, &[words, &["-T", &body]].concat()).status
    };
    let (sealed, new) = ("Content-Type: application/vnd.remote-services.sealed", "If-None-Match: *");
    let other = client.digest("text");
    assert_eq!(put(&["-H", sealed, "-H", new, "-H", &other]), 400, "another digest");
    assert_eq!(put(&["-H", sealed, "-H", new]), 400, "no digest");
    assert_eq!(put(&["-H", sealed, "-H", &digest]), 400, "no If-None-Match");
    assert_eq!(put(&["-H", JSON, "-H", new, "-H", &digest]), 415, "another media type");
    assert_eq!(client.upload("one").status, 201, "nothing of all this was kept");
}

#[test]
fn a_command_is_polled_verified_by_openssl_and_reported_on() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::registered();
    let name = client.name();
    let commands = format!("/rs/v1/clients/{name}/commands");
    let nothing = client.as_client(&commands, &[]);
    assert_eq!(nothing.status, 204, "{}", nothing.text());
    let known = format!("If-None-Match: {}", nothing.header("etag").unwrap());
    assert_eq!(client.as_client(&commands, &["-H", &known]).status, 304);

    let wish = format!(r#"{{"client":"{name}","action":"sendBillingNow"}}"#);
    let queued = client.as_operator("/api/v1/commands", &["-H", JSON, "-d", &wish]);
    assert_eq!(queued.status, 201, "{}", queued.text());
    let id = queued.json()["id"].as_str().unwrap().to_owned();

    let listed = client.as_client(&commands, &["-H", &known]);
    assert_eq!((listed.status, listed.json()["commands"][0]["id"].as_str()), (200, Some(id.as_str())));
    client.write("command.der", &client.as_client(&format!("{commands}/{id}"), &[]).body);
    client
        .openssl("cms -verify -inform DER -in command.der -CAfile ca.pem -purpose any -binary -out command");
    let command: Value = serde_json::from_slice(&fs::read(client.path("command")).unwrap()).unwrap();
    assert_eq!((&command["action"], &command["client"]), (&"sendBillingNow".into(), &name.into()));

    let report = |state: &str, tag: Option<&str>| {
        client.write("report", format!(r#"{{"state":"{state}","attempt":1}}"#).as_bytes());
        let (digest, body) = (client.digest("report"), client.path("report").display().to_string());
        let tag = tag.map(|tag| format!("If-Match: {tag}"));
        let mut words = vec!["-H", JSON, "-H", &digest, "-T", &body];
        words.extend(tag.iter().flat_map(|tag| ["-H", tag]));
        client.as_client(&format!("{commands}/{id}/execution"), &words)
    };
    let accepted = report("accepted", None);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(report("running", Some("\"another\"")).status, 412);
    let running = report("running", accepted.header("etag"));
    assert_eq!(running.status, 200, "{}", running.text());
    assert_eq!(report("delivered", running.header("etag")).status, 409);
    assert_eq!(report("succeeded", running.header("etag")).status, 200);
    assert_eq!(client.as_operator(&format!("/api/v1/commands/{id}"), &[]).json()["state"], "succeeded");
    assert_eq!(client.as_client(&commands, &[]).status, 204);
}

#[test]
fn without_a_certificate_below_another_name_or_when_revoked_nothing_is_given() {
    if !require(&[Tool::Openssl, Tool::Curl]) {
        return;
    }
    let client = CurlClient::registered();
    let own = format!("/rs/v1/clients/{}/commands", client.name());
    assert!(matches!(client.curl(&own, &[]).status, 401 | 403));
    assert_eq!(client.as_client(&format!("/rs/v1/clients/{DEVICE}/commands"), &[]).status, 403);
    assert_eq!(client.as_client(&own, &[]).status, 204);
    let revoked = client.as_operator(&format!("/api/v1/clients/{}", client.name()), &["-X", "DELETE"]);
    assert!(matches!(revoked.status, 200 | 204), "{}", revoked.text());
    assert!(matches!(client.as_client(&own, &[]).status, 401 | 403));
    let devices = format!("{}/api/v1/devices", client.server.running().operator_url());
    assert_eq!(client.curl_to(&devices, &[]).status, 401);
}
