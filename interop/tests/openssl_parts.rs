//! A long log in parts: openssl, Info-ZIP, Python and xmllint read each part, and the list that closes them.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod openssl;

use std::fs;
use std::process::Command;

use openssl::{World, now};
use remote_services_core::consent::{Consent, ConsentScope, Consents};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_payload::container::{FinishedLog, Limits, LogHead, Packer, SealedPart};
use remote_services_payload::kind::SCHEMAS;
use remote_services_payload::seal::{OsRandom, Signer, SoftwareSigner};

const NAME: &str = "engine.log";
const PART: usize = 3_000;

fn consents() -> Consents {
    let scope = ConsentScope::Engineering;
    let text = scope.statement().to_owned();
    let consent = Consent {
        id: Uuid::from_u128(1),
        given_by: "Ada Lovelace".into(),
        given_at: now(),
        scopes: vec![scope],
        devices: Vec::new(),
        until: None,
        text,
        revocation: None,
    };
    Consents::try_from(vec![consent]).unwrap()
}

/// The log as it leaves: its parts in order, and the list.
fn packed(world: &World, log: &[u8]) -> (Vec<SealedPart>, Vec<u8>) {
    let key = SoftwareSigner::from_pkcs8_pem(&world.text("client.key")).unwrap();
    let client = world.certificate_of("client");
    let recipients = [world.certificate_of("server")];
    let consents = consents();
    let permits = [consents.permit(&ConsentScope::Engineering, None, now(), SecurityMode::Normal).unwrap()];
    let head = LogHead {
        transfer: Uuid::from_u128(2),
        sender: "client".into(),
        sequence: 7,
        redaction: "default".into(),
        device: None,
        kind: "engineering".into(),
        name: NAME.into(),
        length: log.len() as u64,
    };
    let signer = Signer::new(&client, &key);
    let mut packer = Packer::new(head, PART, &permits, signer, &recipients, Limits::default()).unwrap();
    let (mut rest, mut parts) = (log, Vec::new());
    while let Some(part) = packer.push(&mut rest, now(), &mut OsRandom).unwrap() {
        parts.push(part);
    }
    let FinishedLog { last, list } = packer.finish(now(), &mut OsRandom).unwrap();
    parts.extend(last);
    (parts, list)
}

/// Opens a container by openssl, and gives one of its entries by Info-ZIP and by Python.
fn entry(world: &World, sealed: &[u8], name: &str) -> Vec<u8> {
    fs::write(world.path("sealed"), sealed).unwrap();
    fs::write(world.path("zip"), world.opened_by_openssl("server")).unwrap();
    run_ok(Command::new(Tool::Unzip.path()).arg("-t").arg(world.path("zip")));
    let unzipped =
        Command::new(Tool::Unzip.path()).arg("-p").arg(world.path("zip")).arg(name).output().unwrap();
    assert!(unzipped.status.success());
    let script =
        "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    let python = Command::new(Tool::Python.path())
        .args(["-c", script])
        .arg(world.path("zip"))
        .arg(name)
        .output()
        .unwrap();
    assert_eq!(python.stdout, unzipped.stdout, "{}", String::from_utf8_lossy(&python.stderr));
    unzipped.stdout
}

/// xmllint judges a document by one of our schemas.
fn is_valid(world: &World, document: &[u8], schema: &str) -> bool {
    for (name, text) in SCHEMAS {
        fs::write(world.path(name), text).unwrap();
    }
    fs::write(world.path("document"), document).unwrap();
    let mut xmllint = Command::new(Tool::Xmllint.path());
    xmllint.args(["--nonet", "--noout", "--schema"]).arg(world.path(schema)).arg(world.path("document"));
    xmllint.output().unwrap().status.success()
}

#[test]
fn others_read_every_part_and_the_list_of_a_log_of_any_length() {
    if !require(&[Tool::Openssl, Tool::Unzip, Tool::Python, Tool::Xmllint]) {
        return;
    }
    let world = World::new();
    for length in [0, 1, PART, PART + 1, 3 * PART, 3 * PART + 17] {
        let log: Vec<u8> = b"fuser ok \x00\xFF\r\n".iter().copied().cycle().take(length).collect();
        let (parts, list) = packed(&world, &log);
        let (mut read, mut digests) = (Vec::new(), Vec::new());
        for SealedPart { octets, .. } in &parts {
            read.extend(entry(&world, octets, NAME));
            let said = run_ok(
                Command::new(Tool::Openssl.path()).args(["dgst", "-sha256", "-r"]).arg(world.path("sealed")),
            );
            digests.push(said.split_whitespace().next().unwrap().to_owned());
            assert!(is_valid(&world, &entry(&world, octets, "manifest.xml"), "manifest.xsd"));
        }
        assert_eq!(read, log, "{length}");
        assert_eq!(parts.len(), length.div_ceil(PART).max(1));

        let document = entry(&world, &list, "parts.xml");
        assert!(is_valid(&world, &document, "parts.xsd"), "{length}");
        assert!(is_valid(&world, &entry(&world, &list, "manifest.xml"), "manifest.xsd"));
        let document = String::from_utf8(document).unwrap();
        let listed: Vec<_> =
            document.split("sha256=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(listed, digests, "{length}");
        for (from, to) in
            [("number=\"1\"", "number=\"0\""), (" length=", " size="), ("</PartList>", "<Part/></PartList>")]
        {
            assert!(!is_valid(&world, document.replacen(from, to, 1).as_bytes(), "parts.xsd"), "{to}");
        }
    }
}
