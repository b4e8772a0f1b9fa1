//! The program itself, in a process of its own that can be killed.

use remote_services_transport::certs_only;
use remote_services_transport::registration_key::RegistrationKey;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::http::Call;
use super::{Client, request_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_remote-services-server");

pub struct Program {
    pub child: Child,
    pub device: std::net::SocketAddr,
    pub operator: std::net::SocketAddr,
    pub ca: String,
    pub token: String,
}

impl Program {
    pub fn serve(data: &Path) -> Self {
        let mut child = Command::new(PROGRAM)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--operator-listen",
                "127.0.0.1:0",
                "--format",
                "json",
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let urls: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| urls[name].as_str().unwrap().split("//").nth(1).unwrap().parse().unwrap();
        Self {
            child,
            device: address("deviceUrl"),
            operator: address("operatorUrl"),
            ca: std::fs::read_to_string(data.join("ca/ca.pem")).unwrap(),
            token: remote_services_server::operator_token(data, None).unwrap().to_string(),
        }
    }

    pub fn call<'a>(&self, method: &'a str, path: &'a str) -> Call<'a> {
        Call::new(self.device, Some(self.ca.clone()), method, path)
    }

    pub fn api(&self, path: &str) -> Value {
        let token = format!("Bearer {}", self.token);
        Call::new(self.operator, None, "GET", path).header("authorization", &token).send().json()
    }

    pub fn enrol(&self, data: &Path) -> Client {
        let text = run(&["registration-key", "create", "--data", data.to_str().unwrap()]);
        let text = String::from_utf8(text.stdout).unwrap();
        let one_time = RegistrationKey::from_text(&text).unwrap().key;
        let key = rcgen::KeyPair::generate().unwrap();
        let answer = self
            .call("POST", "/.well-known/est/simpleenroll")
            .header("authorization", &one_time.to_basic())
            .header("content-type", "application/pkcs10")
            .body(request_for(&key).as_bytes())
            .send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(certs_only::read(&answer.body).unwrap().len(), 1);
        Client::new(&answer, key)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}
