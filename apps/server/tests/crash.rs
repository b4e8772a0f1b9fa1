//! The program itself: killed in the middle, stopped in an orderly way, told nonsense.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use support::http::Call;
use support::program::{Program, run};
use support::{folder, uuid7};
use uuid::Uuid;

#[test]
fn killed_in_the_middle_of_uploads_it_keeps_what_it_acknowledged_exactly_once() {
    let data = folder();
    let mut program = Program::serve(data.path());
    let client = program.enrol(data.path());
    let mut acknowledged: BTreeMap<Uuid, Vec<u8>> = BTreeMap::new();
    let mut unanswered: Vec<(Uuid, Vec<u8>)> = Vec::new();

    for round in 0..5_usize {
        let (sender, receiver) = mpsc::channel();
        let (address, ca) = (program.device, program.ca.clone());
        std::thread::scope(|scope| {
            // Four senders that never pause, so that some uploads are on their way whenever it dies.
            for _ in 0..4 {
                let (sender, first) = (sender.clone(), unanswered.pop());
                let (client, ca) = (&client, ca.clone());
                scope.spawn(move || {
                    let fresh = || {
                        let upload = uuid7();
                        (upload, format!("0 payload {upload}").into_bytes())
                    };
                    let mut next = first.unwrap_or_else(fresh);
                    loop {
                        let path = client.path(&format!("/uploads/{}", next.0));
                        let call = Call::new(address, Some(ca.clone()), "PUT", &path);
                        let call = call.identity(&client.certificate, &client.key).sealed(&next.1);
                        let taken = call.try_send().is_ok_and(|answer| matches!(answer.status, 200 | 201));
                        // Without an answer it may be there or not; it is sent again in the next round.
                        sender.send((taken, next)).unwrap();
                        if !taken {
                            return;
                        }
                        next = fresh();
                    }
                });
            }
            drop(sender);
            for (seen, (taken, (upload, bytes))) in receiver.iter().enumerate() {
                if taken {
                    acknowledged.insert(upload, bytes);
                } else {
                    unanswered.push((upload, bytes));
                }
                if seen == round * 3 {
                    program.child.kill().unwrap();
                }
            }
        });
        program.child.wait().unwrap();
        program = Program::serve(data.path());
    }

    let uploads = program.api("/api/v1/uploads?limit=5000");
    let mut stored = BTreeMap::new();
    for row in uploads.as_array().unwrap() {
        let upload: Uuid = row["upload"].as_str().unwrap().parse().unwrap();
        let digest = row["digest"].as_str().unwrap().to_owned();
        assert!(stored.insert(upload, digest).is_none(), "{upload} is there twice");
    }
    assert!(acknowledged.len() >= 5, "only {} uploads in five rounds", acknowledged.len());
    for (upload, bytes) in &acknowledged {
        let digest = stored.get(upload).unwrap_or_else(|| panic!("{upload} was acknowledged and is lost"));
        let file = data.path().join("archive/sha-256").join(&digest[..2]).join(&digest[2..]);
        assert_eq!(&std::fs::read(file).unwrap(), bytes);
    }
}

#[cfg(unix)]
#[test]
fn sigterm_ends_it_in_an_orderly_way() {
    let data = folder();
    let mut program = Program::serve(data.path());
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = program.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_operators_token_is_printed_beside_the_server_and_no_file_of_it_holds_it_in_clear() {
    let data = folder();
    let server = Program::serve(data.path());
    let said = run(&["operator-token", "--data", data.path().to_str().unwrap()]);
    let token = String::from_utf8(said.stdout).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let asked = Call::new(server.operator, None, "GET", "/api/v1/clients").header("authorization", &bearer);
    assert_eq!(asked.send().status, 200);
    for entry in std::fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        let octets = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!octets.windows(43).any(|at| at == token.trim().as_bytes()), "{}", path.display());
    }
    std::fs::write(data.path().join("other"), "another\n").unwrap();
    let other = data.path().join("other").display().to_string();
    let said = run(&["operator-token", "--data", data.path().to_str().unwrap(), "--key-passphrase", &other]);
    let why = String::from_utf8(said.stderr).unwrap();
    assert!(!said.status.success() && said.stdout.is_empty() && why.contains("does not open"), "{why}");
}

#[test]
fn a_policy_is_of_a_client_that_is_there_and_has_members_that_are_there() {
    let data = folder();
    let server = Program::serve(data.path());
    let client = server.enrol(data.path()).id.to_string();
    let policy = |words: &[&str]| {
        let said = run(&[&["policy"], words, &["--data", data.path().to_str().unwrap()]].concat());
        let text = |octets| String::from_utf8(octets).unwrap();
        (said.status.code(), text(said.stdout), text(said.stderr))
    };
    let done = |text: &str| (Some(0), format!("{text}\n"), String::new());
    let failed = |why: &str| (Some(1), String::new(), format!("remote-services-server: {why}\n"));
    assert_eq!(policy(&["show", &client]), done("{}"));
    assert_eq!(policy(&["set", &client, r#"{"snmpRetries":1}"#]), done(r#"{"snmpRetries":1}"#));
    let misspelt = policy(&["set", &client, r#"{"snmpRetrys":2}"#]);
    let why = "the policy was not set: \"snmpRetrys\" is no member of a policy; nearest is snmpRetries";
    assert_eq!(misspelt, failed(why));
    let beyond = policy(&["set", &client, r#"{"snmpRetries":21}"#]);
    assert_eq!(beyond, failed("the policy was not set: snmpRetries 21 is not within the possible 0 to 20"));
    assert_eq!(policy(&["show", &client]), done(r#"{"snmpRetries":1}"#));
    let nobody = "0198a1b2-0000-7000-8000-000000000001";
    for words in [&["show", nobody][..], &["set", nobody, "{}"]] {
        assert_eq!(policy(words), failed(&format!("no client is called {nobody}")));
    }
}

#[test]
fn wrong_usage_and_failures_have_their_exit_codes_and_one_sentence() {
    let data = folder();
    let folder = data.path().to_str().unwrap();
    assert_eq!(run(&["dance"]).status.code(), Some(2));
    assert_eq!(run(&["serve"]).status.code(), Some(2));

    let nobody = run(&["registration-key", "create", "--data", folder]);
    assert_eq!(nobody.status.code(), Some(1));
    let sentence = String::from_utf8(nobody.stderr).unwrap();
    assert!(sentence.contains("no server has run on this folder yet"), "{sentence}");
    assert_eq!(sentence.lines().count(), 1);

    let clear = run(&["serve", "--data", folder, "--operator-listen", "0.0.0.0:0"]);
    assert_eq!(clear.status.code(), Some(1));
    assert!(String::from_utf8(clear.stderr).unwrap().contains("must be on loopback or have TLS"));
    assert!(clear.stdout.is_empty());

    // A program reads the same of each command.
    let nobody = "0198a1b2-0000-7000-8000-000000000001";
    for words in [
        &["registration-key", "create"][..],
        &["policy", "show", nobody],
        &["policy", "set", nobody, "{}"],
        &["approval", "list"],
        &["login-link"],
        &["operator-token"],
    ] {
        let said = run(&[words, &["--data", folder, "--format", "json"]].concat());
        let document: Value = serde_json::from_slice(&said.stdout).unwrap();
        let sentence = String::from_utf8(said.stderr).unwrap();
        assert_eq!((said.status.code(), &document["error"]["exitCode"]), (Some(1), &json!(1)), "{words:?}");
        assert_eq!(document["error"]["code"], "failed", "{words:?}");
        let told = sentence.trim_end().strip_prefix("remote-services-server: ");
        assert_eq!(document["error"]["text"].as_str(), told, "{words:?}");
    }

    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("Examples:") && help.contains("registration-key create"), "{help}");
}
