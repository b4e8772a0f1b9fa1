//! Sends a file in constant memory: `send SERVER IDENTITY-FOLDER FILE [SHA-256]`, the digest in hexadecimal when it was
//! taken before, as it is of all that was sealed and kept. `send digest FILE` takes it and prints it.
//!
//! The folder holds `chain.pem`, `key.pem` and `anchors.pem`. Ends well when the server answered 201 or 204.
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use remote_services_core::hex;
use remote_services_core::id::uuid_v7;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::ClientConfig;
use remote_services_transport::client::blocking::Client;
use remote_services_transport::document::ContentDigest;
use remote_services_transport::enrol::Identity;
use remote_services_transport::exchange::Body;
use remote_services_transport::upload::UploadOutcome;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["digest", file] => digest(file),
        [server, folder, file] => send(server, folder, file, None),
        [server, folder, file, digest] => send(server, folder, file, Some(digest)),
        _ => Err("usage: send SERVER IDENTITY-FOLDER FILE [SHA-256] | send digest FILE".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn digest(file: &str) -> Result<(), Box<dyn Error>> {
    println!("{}", ContentDigest::of_reader(&mut File::open(file)?)?.1.to_hex());
    Ok(())
}

fn send(server: &str, folder: &str, file: &str, digest: Option<&str>) -> Result<(), Box<dyn Error>> {
    let read = |name| std::fs::read_to_string(Path::new(folder).join(name));
    let identity = Identity::from_pem(&read("chain.pem")?, &read("key.pem")?, &read("anchors.pem")?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = Client::new(ClientConfig::new(server.parse()?, provider), &identity)?;
    let file = File::open(file)?;
    let (length, digest) = match digest {
        Some(text) => {
            let octets = hex::decode(text).ok_or("the digest is not 64 hexadecimal digits")?;
            (file.metadata()?.len(), ContentDigest::from_sha256(octets))
        }
        None => ContentDigest::of_reader(&mut &file)?,
    };
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let upload = uuid_v7(Timestamp::default(), random);
    // nginx writes what is PUT and knows no receipts.
    match client.upload(upload, Body::streamed(&file, length, digest))? {
        UploadOutcome::Unconfirmed { status: 201 | 204, .. } => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
