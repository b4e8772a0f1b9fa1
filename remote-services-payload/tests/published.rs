//! What was published once is readable for ever: documents, schemas, JSON. See `published/README.md`.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod models;
mod versions;

use models::random::{self, Dice};
use models::{sample, sample_usage};
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_payload::archive::{Manifest, ManifestEntry, ManifestHead, ManifestVersion, Part};
use remote_services_payload::kind::{self, Document, PayloadKind, SCHEMA_VERSION, SCHEMAS};
use remote_services_payload::seal::KeyId;
use remote_services_payload::xml::Limits;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use versions::{home, versions};

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}

fn kind_of(file: &Path) -> PayloadKind {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    PayloadKind::from_label(stem.split('-').next().unwrap()).unwrap()
}

/// The JSON form of a document, and the document that a JSON form gives.
macro_rules! json_forms {
    ($($kind:ident),+ $(,)?) => {
        fn to_json(document: &Document) -> Value {
            match document {
                $( Document::$kind(content) => serde_json::to_value(content).unwrap(), )+
                other => panic!("{} has no JSON form here", other.kind()),
            }
        }

        fn from_json(kind: PayloadKind, json: Value) -> Document {
            match kind {
                $( PayloadKind::$kind => Document::$kind(serde_json::from_value(json).unwrap()), )+
                other => panic!("{other} has no JSON form here"),
            }
        }
    };
}

json_forms!(
    Identity,
    Network,
    Properties,
    Status,
    Counters,
    Supplies,
    DetailedUsage,
    Agent,
    Engineering,
    JobAccounting,
    PrintControl,
);

/// What is frozen of each kind: a plausible document, one of which nothing is absent, and the least one.
fn specimens() -> Vec<(&'static str, Document)> {
    let documents = |report: DeviceReport, agent| {
        let DeviceReport { identity, network, properties, status, counters, supplies, usage } = report;
        [
            Document::Identity(identity),
            Document::Network(network),
            Document::Properties(properties),
            Document::Status(status),
            Document::Counters(counters),
            Document::Supplies(supplies),
            Document::DetailedUsage(usage.unwrap_or_default()),
            Document::Agent(agent),
        ]
    };
    let mut all = Vec::new();
    let mut add = |name, documents: Vec<Document>| {
        all.extend(documents.into_iter().map(|document| (name, document)));
    };
    add("", documents(sample::report(), sample::agent()).to_vec());
    add("", sample_usage::with_consent().to_vec());
    add("-full", documents(random::full_report(1, 2), random::full_agent(1, 2)).to_vec());
    add("-full", random::with_consent(&mut Dice::full(1, 2)).to_vec());
    add("-least", documents(DeviceReport::default(), Default::default()).to_vec());
    let least = [
        Document::Engineering(Default::default()),
        Document::JobAccounting(Default::default()),
        Document::PrintControl(Default::default()),
    ];
    add("-least", least.to_vec());
    all
}

fn manifest() -> Manifest {
    let head = ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client 17".to_owned(),
        recipients: vec![KeyId([7; 32]), KeyId([8; 32])],
        sequence: 42,
        part: Part { number: 2, of: 3 },
        created_at: sample::at(0),
        redaction: "default".to_owned(),
        device: Some("device 3".to_owned()),
    };
    let entry = |name: &str, schema: Option<&str>| ManifestEntry {
        name: name.to_owned(),
        kind: "identity".to_owned(),
        size: 7,
        sha256: [9; 32],
        schema: schema.map(str::to_owned),
    };
    let entries = vec![
        entry("identity.xml", Some(PayloadKind::Identity.namespace())),
        entry("engineering/log-7", None),
    ];
    Manifest { head, entries }
}

/// Writes the folder of a version that is not there yet.
fn publish(folder: &Path) {
    fs::create_dir_all(folder.join("schemas")).unwrap();
    for (name, text) in SCHEMAS {
        fs::write(folder.join("schemas").join(name), text).unwrap();
    }
    for (suffix, document) in specimens() {
        let stem = format!("{}{suffix}", document.kind().label());
        fs::write(folder.join(format!("{stem}.xml")), document.encode().unwrap().xml).unwrap();
        let json = serde_json::to_string_pretty(&to_json(&document)).unwrap();
        fs::write(folder.join(format!("{stem}.json")), json + "\n").unwrap();
    }
    fs::write(folder.join("manifest.xml"), manifest().to_xml().unwrap()).unwrap();
}

/// `PUBLISH=1` writes the folder of a new version; one that is there is never written again.
#[test]
fn the_version_that_is_written_is_published_whole() {
    let folder = home().join(SCHEMA_VERSION);
    if std::env::var_os("PUBLISH").is_some() && !folder.exists() {
        publish(&folder);
    }
    let schemas = files(&folder.join("schemas"), "xsd");
    assert_eq!(schemas.len(), SCHEMAS.len());
    for kind in PayloadKind::ALL {
        for suffix in ["", "-full", "-least"] {
            for ending in ["xml", "json"] {
                let file = folder.join(format!("{}{suffix}.{ending}", kind.label()));
                assert!(file.exists(), "{} is not published", file.display());
            }
        }
    }
}

#[test]
fn every_published_document_is_read_as_it_was_meant() {
    let mut seen = 0;
    for folder in versions() {
        for file in files(&folder, "xml").iter().filter(|file| !file.ends_with("manifest.xml")) {
            let shown = file.display();
            let decoded = kind::decode(kind_of(file), &fs::read(file).unwrap(), &Limits::default())
                .unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(decoded.unknown_total(), 0, "{shown}");
            assert_eq!(Some(decoded.schema_version.as_str()), folder.file_name().unwrap().to_str());
            let json: Value =
                serde_json::from_slice(&fs::read(file.with_extension("json")).unwrap()).unwrap();
            assert_eq!(to_json(&decoded.document), json, "{shown}");
            assert_eq!(from_json(kind_of(file), json), decoded.document, "{shown}");
            seen += 1;
        }
    }
    assert!(seen >= 3 * PayloadKind::ALL.len());
}

#[test]
fn a_published_manifest_is_read_and_written_as_it_was() {
    for folder in versions() {
        let octets = fs::read(folder.join("manifest.xml")).unwrap();
        let read = Manifest::from_xml(&octets).unwrap();
        assert_eq!(read, manifest());
        assert_eq!(String::from_utf8(read.to_xml().unwrap()), String::from_utf8(octets));
    }
}
