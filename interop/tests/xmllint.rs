//! libxml2 judges our documents by our schemas, and refuses what our reader refuses.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "../../remote-services-payload/tests/models/mod.rs"]
mod models;

use models::random::{self, Dice};
use models::{sample, sample_usage};
use remote_services_interop::{Tool, require};
use remote_services_payload::kind::{self, Document, Encoded, PayloadKind, SCHEMAS};
use remote_services_payload::xml::Limits;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with the schemas, as somebody who takes the crate gets them.
fn schemas() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in SCHEMAS {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What xmllint says about the files: nothing when all are valid.
fn complaints(folder: &Path, kind: PayloadKind, files: &[PathBuf]) -> String {
    let output = Command::new(Tool::Xmllint.path())
        .args(["--nonet", "--noout", "--schema"])
        .arg(folder.join(format!("{}.xsd", kind.label())))
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let bad = said.lines().filter(|line| !line.ends_with(" validates")).collect::<Vec<_>>().join("\n");
    assert_eq!(output.status.success(), bad.is_empty(), "{said}");
    assert!(!output.status.success() || said.lines().count() == files.len(), "{said}");
    bad
}

fn documents(report: &remote_services_core::device::DeviceReport) -> Vec<Encoded> {
    kind::encode_report(report).unwrap()
}

fn encoded(documents: impl IntoIterator<Item = Document>) -> impl Iterator<Item = Encoded> {
    documents.into_iter().map(|document| document.encode().unwrap())
}

#[test]
fn xmllint_accepts_every_document_that_we_write() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let folder = schemas();
    let mut all = documents(&sample::report());
    all.push(kind::encode_agent(&sample::agent()).unwrap());
    all.extend(encoded(sample_usage::with_consent()));
    all.extend(documents(&Default::default()));
    all.push(kind::encode_agent(&Default::default()).unwrap());
    for seed in 0..60 {
        all.extend(documents(&random::report(seed)));
        all.extend(documents(&random::full_report(seed, 2)));
        all.push(kind::encode_agent(&random::agent(seed)).unwrap());
        all.extend(encoded(random::with_consent(&mut Dice::new(seed))));
        all.extend(encoded(random::with_consent(&mut Dice::full(seed, 2))));
    }
    // what xmllint accepts is also what comes back
    for document in &all {
        let decoded = kind::decode(document.kind, &document.xml, &Limits::default()).unwrap();
        assert_eq!((decoded.unknown_total(), &decoded.document.encode().unwrap()), (0, document));
    }
    for kind in PayloadKind::ALL {
        let mut files = Vec::new();
        for (number, document) in all.iter().filter(|document| document.kind == *kind).enumerate() {
            let file = folder.path().join(format!("{number}-{}", document.name()));
            fs::write(&file, &document.xml).unwrap();
            files.push(file);
        }
        assert!(files.len() > 60);
        assert_eq!(complaints(folder.path(), *kind, &files), "");
    }
}

/// One change each: what is replaced in the sample, and by what.
const MUTANTS: &[(PayloadKind, &str, &str)] = &[
    (PayloadKind::Supplies, "<Index>1.1</Index>", ""),
    (PayloadKind::Supplies, "<Level>240</Level>", "<Level>many</Level>"),
    (PayloadKind::Supplies, "<Level>240</Level>", "<Level>240</Level><Level>241</Level>"),
    (PayloadKind::Supplies, "<Level>240</Level>", "<Level></Level>"),
    (PayloadKind::Supplies, "<Level>240</Level>", "<Level>9223372036854775808</Level>"),
    (PayloadKind::Supplies, "<Type>wasteToner</Type>", "<Type></Type>"),
    (
        PayloadKind::Supplies,
        "<RemainingPercent>8</RemainingPercent>",
        "<RemainingPercent>8e0</RemainingPercent>",
    ),
    (PayloadKind::Supplies, "<Paper>", "stray text<Paper>"),
    (
        PayloadKind::Supplies,
        "</Supply><Paper>",
        "</Supply><Paper><Tray>1</Tray><Quality>measured</Quality></Paper><Supply>",
    ),
    (PayloadKind::Counters, "<Epoch>1</Epoch>", "<Epoch>-1</Epoch>"),
    (PayloadKind::Counters, "<Epoch>1</Epoch>", "<Epoch>18446744073709551616</Epoch>"),
    (PayloadKind::Counters, "unit=\"impressions\" ", ""),
    (PayloadKind::Counters, "marker=\"1\"", "marker=\"first\""),
    (PayloadKind::Counters, "<Unit>impressions</Unit><ServiceUsage>", "<ServiceUsage>"),
    (PayloadKind::Counters, " direction=\"input\"", ""),
    (PayloadKind::Identity, "2026-11-22T09:30:00.000Z", "2026-11-22T09:30:00.000"),
    (PayloadKind::Identity, "2026-11-22T09:30:00.000Z", "2026-11-31T09:30:00.000Z"),
    (
        PayloadKind::Identity,
        "<InstallDate>2026-08-14T09:30:00.000<",
        "<InstallDate>2026-08-14T09:30:00.000+01:00<",
    ),
    (PayloadKind::Identity, "<InstallDate>2026-08-14T09:30:00.000<", "<InstallDate>2026-08-14<"),
    (PayloadKind::Identity, "schemaVersion=\"1.0\"", "schemaVersion=\"2.0\""),
    (PayloadKind::Identity, " schemaVersion=\"1.0\"", ""),
    (PayloadKind::Identity, "urn:remote-services:identity:1", "urn:remote-services:identity:2"),
    (PayloadKind::Network, "<SubnetMask>24</SubnetMask>", "<SubnetMask>33</SubnetMask>"),
    (PayloadKind::Network, "<AddressChanged>true", "<AddressChanged>TRUE"),
    (PayloadKind::Agent, "<SecurityMode>normal", "<SecurityMode>relaxed"),
    (PayloadKind::DetailedUsage, "<Usage><State>on</State>", "<Usage>"),
    (PayloadKind::DetailedUsage, "lower=\"0\" upper", "lower=\"none\" upper"),
    (PayloadKind::DetailedUsage, " colorant=\"black\"", ""),
    (PayloadKind::Engineering, "<Size>1048576</Size>", "<Size>1 MiB</Size>"),
    (PayloadKind::Engineering, "<Digest>00070e", "<Digest>00070E"),
    (PayloadKind::Engineering, "<Consent>consent-3</Consent>", ""),
    (PayloadKind::JobAccounting, "currency=\"EUR\"", "currency=\"euro\""),
    (PayloadKind::JobAccounting, ">0.84<", ">0.8400001<"),
    (PayloadKind::JobAccounting, ">0.84<", ">1000000000000.01<"),
    (PayloadKind::JobAccounting, "<Management>", "<Management/><Management>"),
    (PayloadKind::PrintControl, "<UserNotified>true</UserNotified>", ""),
    (PayloadKind::PrintControl, "<Action>changed</Action>", "<Action/>"),
    (
        PayloadKind::Status,
        "<Index>7</Index><Severity>critical</Severity>",
        "<Severity>critical</Severity><Index>7</Index>",
    ),
    (PayloadKind::Properties, "\"monochrome\">24</PrintSpeed>", "\"monochrome\">NaN</PrintSpeed>"),
];

#[test]
fn xmllint_and_our_reader_refuse_the_same_mutants() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let folder = schemas();
    let mut samples = documents(&sample::report());
    samples.push(kind::encode_agent(&sample::agent()).unwrap());
    samples.extend(encoded(sample_usage::with_consent()));
    for (kind, from, to) in MUTANTS {
        let sample = samples.iter().find(|document| document.kind == *kind).unwrap();
        let text = String::from_utf8(sample.xml.clone()).unwrap();
        assert!(text.contains(from), "{kind} has no {from}");
        let mutant = text.replacen(from, to, 1);
        let ours = kind::decode(*kind, mutant.as_bytes(), &Limits::default());
        assert!(ours.is_err(), "our reader takes {kind} with {to} for {from}");
        let file = folder.path().join("mutant.xml");
        fs::write(&file, mutant).unwrap();
        let theirs = complaints(folder.path(), *kind, &[file]);
        assert!(!theirs.is_empty(), "xmllint takes {kind} with {to} for {from}");
    }
}

#[test]
fn xmllint_accepts_every_published_document_by_its_own_and_by_the_current_schemas() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let current = schemas();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../remote-services-payload/tests/published");
    let paths = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seen = 0;
    for version in paths(&home).filter(|path| path.is_dir()) {
        let documents: Vec<_> =
            paths(&version).filter(|path| path.extension().is_some_and(|ending| ending == "xml")).collect();
        for kind in PayloadKind::ALL {
            let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
            let of_kind = |path: &&PathBuf| stem(path).split('-').next() == Some(kind.label());
            let files: Vec<_> = documents.iter().filter(of_kind).cloned().collect();
            if files.is_empty() {
                continue; // younger than this version
            }
            for schemas in [version.join("schemas"), current.path().to_owned()] {
                assert_eq!(complaints(&schemas, *kind, &files), "", "{}", version.display());
            }
            seen += files.len();
        }
    }
    assert!(seen >= 3 * PayloadKind::ALL.len());
}

#[test]
fn xmllint_accepts_what_others_put_in_after_it_was_passed_on() {
    if !require(&[Tool::Xmllint]) {
        return;
    }
    let folder = schemas();
    let mut samples = documents(&sample::report());
    samples.push(kind::encode_agent(&sample::agent()).unwrap());
    for sample in samples {
        let others =
            "<Extensions><v:Toner xmlns:v=\"urn:vendor\" chip=\"7\"><v:Part/>&lt;</v:Toner></Extensions>";
        let end = format!("</{}>", sample.kind.root());
        let mut newer = String::from_utf8(sample.xml).unwrap();
        newer.insert_str(newer.rfind(&end).unwrap(), others);
        let decoded = kind::decode(sample.kind, newer.as_bytes(), &Limits::default()).unwrap();
        let passed_on = decoded.encode().unwrap().xml;
        assert_eq!(String::from_utf8_lossy(&passed_on), newer);
        let file = folder.path().join("passed-on.xml");
        fs::write(&file, passed_on).unwrap();
        assert_eq!(complaints(folder.path(), sample.kind, &[file]), "");
    }
}
