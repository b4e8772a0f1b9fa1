//! Consents of the site, and what the server then has, opened with its key.

use super::World;
use remote_services_agent::consents;
use remote_services_agent::home::Home;
use remote_services_core::consent::{Consent, ConsentScope};
use remote_services_core::id::Uuid;
use remote_services_core::pem;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::Part;
use remote_services_payload::container::{self, Expected, Limits, SignerBinding};
use remote_services_payload::kind::{self, Document, PayloadKind};
use remote_services_payload::seal::{Certificate, PURPOSE_CLIENT, Recipient, SoftwareRecipient, Trust};
use std::path::{Path, PathBuf};

/// A consent of the whole site.
pub fn consent(world: &World, given_at: Timestamp, scopes: Vec<ConsentScope>) {
    let text = scopes.iter().map(ConsentScope::statement).collect::<Vec<_>>().join(" ");
    let consent = Consent {
        id: Uuid::from_u128(7),
        given_by: "Ada Lovelace".into(),
        given_at,
        text,
        scopes,
        devices: Vec::new(),
        until: None,
        revocation: None,
    };
    consents::record(&Home::look(&world.data()), consent).unwrap();
}

/// What the server has in its archive, opened with its key.
pub fn documents(world: &World) -> Vec<Document> {
    let server = world.folder.path().join("server");
    let ca = |name: &str| std::fs::read_to_string(server.join("ca").join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_der(&der(&ca(name))).unwrap();
    let recipient = certificate("encryption.pem");
    let key = SoftwareRecipient::from_pkcs8_der(&opened(&server, &ca("encryption.key"))).unwrap();
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
    pem::decode(pem).unwrap().1.to_vec()
}

/// One of the server's own keys, as PKCS#8.
pub fn opened(server: &Path, pem: &str) -> Vec<u8> {
    let passphrase = std::fs::read_to_string(server.join("keys.passphrase")).unwrap();
    let der = der(pem);
    let encrypted = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
    encrypted.decrypt(passphrase.trim()).unwrap().as_bytes().to_vec()
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}
