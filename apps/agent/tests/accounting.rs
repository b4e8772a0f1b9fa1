//! Jobs of a print server on this host: sealed under the consent that is on record, each once, over a restart of the agent.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod support;

use remote_services_agent::accounting;
use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_core::consent::{Consent, ConsentScope};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::Part;
use remote_services_payload::container::{self, Expected, Limits, SignerBinding};
use remote_services_payload::kind::{self, Document, PayloadKind};
use remote_services_payload::seal::{Certificate, PURPOSE_CLIENT, Recipient, SoftwareRecipient, Trust};
use std::path::{Path, PathBuf};
use support::World;

const LOG: &str = "\
lp ana 1 [20/May/2024:19:21:05 +0000] total 40 - pc-1 before.pdf - one-sided
lp ana 2 [21/May/2024:19:21:05 +0000] total 12 - pc-1 a.pdf - one-sided
lp bob 3 [21/May/2024:19:21:05 +0000] total 1 - pc-2 b.pdf - one-sided
";
const MORE: &str = "lp eve 4 [22/May/2024:08:00:00 +0000] total 50 - pc-3 c.pdf - one-sided\n";

/// Settings with a page log and rules, and where the log is.
fn settings(world: &World) -> (String, PathBuf) {
    let (log, policy) = (world.folder.path().join("page_log"), world.folder.path().join("policy.toml"));
    std::fs::write(&policy, "name = \"Office\"\n[[rule]]\nname = \"long\"\nimpressions-above = 10\n")
        .unwrap();
    (format!("[jobs]\npage-log = {log:?}\npolicy = {policy:?}\n"), log)
}

fn consent(world: &World, scopes: Vec<ConsentScope>) {
    let text = scopes.iter().map(ConsentScope::statement).collect::<Vec<_>>().join(" ");
    let consent = Consent {
        id: Uuid::from_u128(7),
        given_by: "Ada Lovelace".into(),
        given_at: Timestamp::from_unix_seconds(1_716_249_600), // 2024-05-21
        text,
        scopes,
        devices: Vec::new(),
        until: None,
        revocation: None,
    };
    consents::record(&Home::look(&world.data()), consent).unwrap();
}

/// What the server has in its archive, opened with its key.
fn documents(world: &World) -> Vec<Document> {
    let server = world.folder.path().join("server");
    let ca = |name: &str| std::fs::read_to_string(server.join("ca").join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_der(&der(&ca(name))).unwrap();
    let recipient = certificate("encryption.pem");
    let key = SoftwareRecipient::from_pkcs8_der(&der(&ca("encryption.key"))).unwrap();
    let uploads = world.get("/api/v1/uploads");
    let mut files = Vec::new();
    files_below(&server.join("archive/sha-256"), &mut files);
    let mut documents = Vec::new();
    for file in files {
        let sealed = std::fs::read(file).unwrap();
        let opened = uploads.as_array().unwrap().iter().find_map(|upload| {
            let now = remote_services_agent::survey::now();
            let trust = Trust::new(now).authority(certificate("ca.pem")).purpose(PURPOSE_CLIENT);
            let expected = Expected {
                sender: upload["client"].as_str().unwrap(),
                binding: SignerBinding::CommonName,
                transfer: upload["upload"].as_str().unwrap().parse().unwrap(),
                part: Part::WHOLE,
            };
            let recipient = Recipient { certificate: &recipient, key: &key };
            container::unpack(&sealed, &recipient, &trust, &expected, &Limits::default()).ok()
        });
        let opened = opened.expect("an upload of ours");
        for entry in opened.archive().unwrap().entries() {
            let (listed, octets) = entry.unwrap();
            let kind = PayloadKind::from_label(&listed.kind).unwrap();
            documents.push(kind::decode(kind, &octets, &Default::default()).unwrap().document);
        }
    }
    documents
}

fn der(pem: &str) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject as _;
    match pem.contains("PRIVATE KEY") {
        true => rustls::pki_types::PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
            .unwrap()
            .secret_pkcs8_der()
            .to_vec(),
        false => rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec(),
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

/// Ids of the jobs and documents' rules that were sent, in order.
fn told(world: &World) -> (Vec<String>, Vec<String>) {
    let (mut jobs, mut rules) = (Vec::new(), Vec::new());
    for document in documents(world) {
        match document {
            Document::JobAccounting(accounting) => {
                assert!(accounting.jobs.iter().all(|job| job.owner.as_deref() != Some("ana")), "a pseudonym");
                jobs.extend(accounting.jobs.into_iter().map(|job| job.job_id));
            }
            Document::PrintControl(control) => rules.extend(control.violations.into_iter().map(|broken| {
                assert!(broken.document_name.is_none());
                format!("{} {}", broken.policy_rule, broken.total_impressions.unwrap_or_default())
            })),
            _ => {}
        }
    }
    jobs.sort();
    rules.sort();
    (jobs, rules)
}

#[test]
fn jobs_and_violations_since_the_consent_reach_the_server_once_over_a_restart() {
    let world = World::new();
    let (settings, log) = settings(&world);
    std::fs::write(&log, LOG).unwrap();
    consent(&world, vec![ConsentScope::JobAccounting, ConsentScope::PrintControl]);
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 3, "two jobs, one of which broke the rule");
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    std::fs::write(&log, format!("{LOG}{MORE}")).unwrap();
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 2);
    site.send(|_| {}).unwrap();
    let strings = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    assert_eq!(told(&world), (strings(&["2", "3", "4"]), strings(&["long 12", "long 50"])));
}

#[test]
fn without_consent_or_in_lockdown_no_job_is_read() {
    let world = World::new();
    let (settings, log) = settings(&world);
    std::fs::write(&log, LOG).unwrap();
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    consent(&world, vec![ConsentScope::PrintControl]);
    let mut site = world.site(&format!("mode = \"lockdown\"\n{settings}"));
    assert_eq!(accounting::keep(&mut site).unwrap(), 0);
    drop(site);
    let mut site = world.site(&settings);
    assert_eq!(accounting::keep(&mut site).unwrap(), 1, "the violation alone");
}

#[test]
fn a_policy_that_cannot_be_used_is_told_with_its_file_and_line() {
    let world = World::new();
    let (settings, _) = settings(&world);
    std::fs::write(world.folder.path().join("policy.toml"), "name = \"Office\"\nrules = 1\n").unwrap();
    let failure = accounting::keep(&mut world.site(&settings)).unwrap_err();
    assert!(failure.sentence.contains("policy.toml") && failure.sentence.contains("line"), "{failure}");
}
