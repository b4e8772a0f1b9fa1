//! Sealing and opening beside a limit: one SHA-256 over the same octets and one copy of them cannot be had for less. And the
//! archive that is sealed, beside the crate zip.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

use std::hint::black_box;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::{
    ArchiveLimits, EntrySource, ManifestHead, ManifestVersion, Part, write,
};
use remote_services_payload::container::seal_message;
use remote_services_payload::seal::{
    Certificate, OsRandom, Recipient, SealLimits, Signer, SoftwareRecipient, SoftwareSigner, Trust, open,
};
use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

struct World {
    authority: Certificate,
    client: (Certificate, SoftwareSigner),
    server: (Certificate, SoftwareRecipient),
}

impl World {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = named("authority", KeyUsagePurpose::KeyCertSign);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, key).unwrap();
        let issue = |name: &str, usage: KeyUsagePurpose| {
            let key = KeyPair::generate().unwrap();
            let issued = named(name, usage).signed_by(&key, &authority).unwrap();
            (Certificate::from_der(issued.der()).unwrap(), key.serialize_der())
        };
        let (client, client_key) = issue("client", KeyUsagePurpose::DigitalSignature);
        let (server, server_key) = issue("server", KeyUsagePurpose::KeyAgreement);
        Self {
            authority: Certificate::from_der(authority.der()).unwrap(),
            client: (client, SoftwareSigner::from_pkcs8_der(&client_key).unwrap()),
            server: (server, SoftwareRecipient::from_pkcs8_der(&server_key).unwrap()),
        }
    }

    fn seal(&self, content: &[u8]) -> Vec<u8> {
        let signer = Signer::new(&self.client.0, &self.client.1);
        seal_message(content, &signer, std::slice::from_ref(&self.server.0), now(), &mut OsRandom).unwrap()
    }

    fn open(&self, sealed: &[u8], trust: &Trust) -> usize {
        let recipient = Recipient { certificate: &self.server.0, key: &self.server.1 };
        open(sealed, &recipient, trust, &SealLimits::default()).unwrap().content().len()
    }
}

fn named(name: &str, usage: KeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![usage];
    params
}

fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

fn containers(criterion: &mut Criterion) {
    let world = World::new();
    let trust = Trust::new(now()).authority(world.authority.clone());
    for (name, length) in [("8 KiB", 8 << 10), ("8 MiB", 8 << 20)] {
        let mut group = criterion.benchmark_group(format!("seal/{name}"));
        group.sample_size(30).measurement_time(Duration::from_secs(4));
        group.throughput(Throughput::Bytes(length as u64));
        let content = vec![0x5A; length];
        group.bench_function("ours, seal", |bencher| bencher.iter(|| world.seal(black_box(&content))));
        let sealed = world.seal(&content);
        group.bench_function("ours, open", |bencher| bencher.iter(|| world.open(black_box(&sealed), &trust)));
        group.bench_function("limit, SHA-256 and a copy", |bencher| {
            bencher.iter(|| (Sha256::digest(black_box(&content)), content.clone()));
        });
        group.finish();
    }
}

/// XML that compresses as reports do: the same elements with other numbers.
fn report() -> Vec<u8> {
    let rows = (0..900).map(|row| {
        let level = row * 7_919 % 10_007;
        format!("<Supply index=\"{row}\"><Level>{level}</Level><Capacity>{}</Capacity></Supply>\n", level * 3)
    });
    rows.collect::<String>().into_bytes()
}

fn archives(criterion: &mut Criterion) {
    let head = ManifestHead {
        version: ManifestVersion::V1_0,
        payload: Uuid::from_u128(1),
        transfer: Uuid::from_u128(2),
        sender: "client".to_owned(),
        recipients: vec![World::new().server.0.key_id()],
        sequence: 4,
        part: Part::WHOLE,
        created_at: now(),
        redaction: "default".to_owned(),
        device: None,
    };
    let octets = report();
    let entry = EntrySource { name: "supplies.xml", kind: "supplies", schema: None, octets: &octets };
    let mut group = criterion.benchmark_group("zip/a report with its manifest");
    group.throughput(Throughput::Bytes(octets.len() as u64));
    group.bench_function("ours, write", |bencher| {
        bencher.iter(|| write(&head, &[black_box(entry)], &ArchiveLimits::default()).unwrap());
    });
    group.bench_function("zip, one entry at the same level", |bencher| {
        bencher.iter(|| {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            archive.start_file("supplies.xml", SimpleFileOptions::default()).unwrap();
            archive.write_all(black_box(&octets)).unwrap();
            archive.finish().unwrap().into_inner()
        });
    });
    group.finish();
}

criterion_group!(benches, containers, archives);
criterion_main!(benches);
