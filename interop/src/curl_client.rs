//! A client of our server that is made of `openssl` and `curl`, and of our sealing.
use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use remote_services_core::counter::{CounterUnit, MarkerCount};
use remote_services_core::device::DeviceReport;
use remote_services_core::supply::{LevelQuality, Supply, SupplyClass, SupplyType};
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{Limits, pack};
use remote_services_payload::kind::encode_report;
use remote_services_payload::seal::{Certificate, OsRandom, Signer, SoftwareSigner};
use serde_json::Value;

use crate::Tool;
use crate::process::{PATIENCE, run, run_ok};
use crate::server::OurServer;

/// A name for an upload.
pub const UPLOAD: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A name for a device.
pub const DEVICE: &str = "01890a5d-ac96-774b-bcce-b302099a8058";

/// What curl brought back.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: String,
}

impl Answer {
    /// The body, which must be JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// A server, and a folder with what its client has: `ca.pem`, `client.key` and, once registered, `client.pem`.
pub struct CurlClient {
    /// The server.
    pub server: OurServer,
    requests: Cell<u32>,
}

impl CurlClient {
    /// A server, and a client that has a key pair and nothing else.
    #[must_use]
    pub fn unregistered() -> Self {
        let client = Self { server: OurServer::start(), requests: Cell::new(0) };
        client.write("ca.pem", client.server.running().ca_pem().as_bytes());
        client.make_key("client.key");
        client
    }

    /// A server, and a client that it has given a certificate.
    #[must_use]
    pub fn registered() -> Self {
        let client = Self::unregistered();
        let (password, _) = client.registration_key(Duration::from_secs(600));
        let answer = client.enrol("client.key", &password);
        assert_eq!(answer.status, 200, "{}", answer.text());
        client.unpack_certificate(&answer, "client.pem");
        client
    }

    /// A file in the client's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.server.folder().join(name)
    }

    /// Writes a file into the client's folder.
    pub fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.path(name), octets).expect("the folder is ours");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("the file was just made")
    }

    fn read_text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("PEM is text")
    }

    /// Runs `openssl` in the client's folder with these words, which are divided by blanks.
    pub fn openssl(&self, words: &str) -> String {
        run_ok(Command::new(Tool::Openssl.path()).current_dir(self.server.folder()).args(words.split(' ')))
    }

    /// Makes a P-256 key.
    pub fn make_key(&self, name: &str) {
        self.openssl(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}"));
    }

    /// Takes the certificate out of an answer of EST.
    pub fn unpack_certificate(&self, answer: &Answer, name: &str) {
        self.write("est.b64", &answer.body);
        self.openssl("base64 -d -in est.b64 -out est.der");
        self.openssl(&format!("pkcs7 -inform DER -in est.der -print_certs -out {name}"));
    }

    /// The one-time key and the pin of a new registration key.
    #[must_use]
    pub fn registration_key(&self, lifetime: Duration) -> (String, String) {
        let text = self.server.registration_key(lifetime);
        let parts = text.split_once("/#").and_then(|(_, secrets)| secrets.split_once('.'));
        let (key, pin) = parts.expect("a registration key is https://HOST:PORT/#KEY.PIN");
        (key.to_owned(), pin.to_owned())
    }

    /// Asks for a certificate.
    #[must_use]
    pub fn enrol(&self, key: &str, password: &str) -> Answer {
        self.openssl(&format!("req -new -key {key} -subj /CN=any -outform DER -out client.csr"));
        self.openssl("base64 -in client.csr -out client.b64");
        let (digest, body) = (self.digest("client.b64"), format!("@{}", self.path("client.b64").display()));
        let (user, kind) = (format!(":{password}"), "Content-Type: application/pkcs10");
        let words = ["-u", &user, "-H", kind, "-H", &digest, "--data-binary", &body];
        self.curl("/.well-known/est/simpleenroll", &words)
    }

    /// `Content-Digest` of a file.
    #[must_use]
    pub fn digest(&self, file: &str) -> String {
        self.openssl(&format!("dgst -sha256 -binary -out digest {file}"));
        format!("Content-Digest: sha-256=:{}:", self.openssl("base64 -in digest").trim())
    }

    /// A request to the clients' side, without a certificate.
    #[must_use]
    pub fn curl(&self, path: &str, words: &[&str]) -> Answer {
        self.curl_to(&format!("{}{path}", self.server.running().device_url()), words)
    }

    /// A request to the clients' side with the client's certificate.
    #[must_use]
    pub fn as_client(&self, path: &str, words: &[&str]) -> Answer {
        let certificate = self.path("client.pem").display().to_string();
        let key = self.path("client.key").display().to_string();
        self.curl(path, &[&["--cert", &certificate, "--key", &key], words].concat())
    }

    /// A request to the operator's side.
    #[must_use]
    pub fn as_operator(&self, path: &str, words: &[&str]) -> Answer {
        let running = self.server.running();
        let token = format!("Authorization: Bearer {}", running.operator_token());
        self.curl_to(&format!("{}{path}", running.operator_url()), &[&["-H", &token], words].concat())
    }

    /// A request to any URL.
    #[must_use]
    pub fn curl_to(&self, url: &str, words: &[&str]) -> Answer {
        let number = self.requests.replace(self.requests.get() + 1);
        let (headers, body) = (format!("headers-{number}"), format!("body-{number}"));
        self.write(&body, b"");
        let mut curl = Command::new(Tool::Curl.path());
        curl.args(["-sS", "--max-time", "60", "-w", "%{http_code}", "--cacert"]).arg(self.path("ca.pem"));
        curl.arg("-D").arg(self.path(&headers)).arg("-o").arg(self.path(&body)).args(words).arg(url);
        let output = run(&mut curl);
        assert!(output.status.success(), "{curl:?}: {}", String::from_utf8_lossy(&output.stderr));
        let status = String::from_utf8_lossy(&output.stdout).parse().expect("curl prints the status");
        Answer { status, body: self.read(&body), headers: self.read_text(&headers) }
    }

    /// The client's name, which the server put into the certificate.
    #[must_use]
    pub fn name(&self) -> String {
        let subject = self.openssl("x509 -in client.pem -noout -subject -nameopt multiline");
        let line = subject.lines().find_map(|line| line.trim().strip_prefix("commonName"));
        line.expect("there is a common name").trim_start_matches([' ', '=']).to_owned()
    }

    /// Seals a report of a device with this serial number, a toner and a life count, by the client's key, to the certificate that the
    /// server's directory names.
    pub fn seal(&self, file: &str, serial: &str) {
        let directory = self.as_client("/rs/v1/", &[]).json();
        let encoded = &directory["encryptionCertificates"][0]["certificate"];
        self.write("server.b64", encoded.as_str().expect("the directory has one").as_bytes());
        self.openssl("base64 -d -A -in server.b64 -out server.der");
        let recipient = Certificate::from_der(&self.read("server.der")).expect("the server made it");
        let certificate = Certificate::from_pem(&self.read_text("client.pem")).expect("the server made it");
        let key = SoftwareSigner::from_pkcs8_pem(&self.read_text("client.key")).expect("openssl made it");
        let signer = Signer::new(&certificate, &key);
        let documents = encode_report(&report(serial)).expect("all of it is within the schemas");
        let entries: Vec<_> = documents
            .iter()
            .map(|document| EntrySource {
                name: document.name(),
                kind: document.kind.label(),
                schema: None,
                octets: &document.xml,
            })
            .collect();
        let id = UPLOAD.parse().expect("a UUID");
        let head = ManifestHead {
            version: ManifestVersion::V1_0,
            payload: id,
            transfer: id,
            sender: self.name(),
            recipients: Vec::new(),
            sequence: 1,
            part: Part::WHOLE,
            created_at: Timestamp::from_system_time(SystemTime::now()),
            redaction: "default".to_owned(),
            device: Some(DEVICE.to_owned()),
        };
        let sealed = pack(head, &entries, &[], &signer, &[recipient], &Limits::default(), &mut OsRandom);
        self.write(file, &sealed.expect("keys and certificates belong together"));
    }

    /// Uploads a sealed file under the name [`UPLOAD`].
    #[must_use]
    pub fn upload(&self, file: &str) -> Answer {
        let (digest, body) = (self.digest(file), self.path(file).display().to_string());
        let kind = "Content-Type: application/vnd.remote-services.sealed";
        let words = ["-H", kind, "-H", "If-None-Match: *", "-H", &digest, "-T", &body];
        self.as_client(&format!("/rs/v1/clients/{}/uploads/{UPLOAD}", self.name()), &words)
    }

    /// Asks the operator's API until `found` sees what it waits for.
    pub fn wait_for<T>(&self, path: &str, found: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.as_operator(path, &[]).json();
            if let Some(found) = found(&answer) {
                return found;
            }
            assert!(Instant::now() < deadline, "{path} still says {answer}");
        }
    }
}

fn report(serial: &str) -> DeviceReport {
    let mut report = DeviceReport::default();
    report.identity.serial_number = Some(serial.to_owned());
    report.identity.make_and_model = Some("Example Laser 9".to_owned());
    report.counters.life_counts =
        vec![MarkerCount { value: 4_711, unit: CounterUnit::Impressions, marker: Some(1) }];
    report.supplies.supplies = vec![Supply {
        index: "1".to_owned(),
        name: Some("Yellow Toner".to_owned()),
        supply_type: SupplyType::Toner,
        class: SupplyClass::SupplyThatIsConsumed,
        max_capacity: Some(5_000),
        level: Some(250),
        quality: LevelQuality::Measured,
        remaining_percent: Some(5.0),
        ..Supply::default()
    }];
    report
}
