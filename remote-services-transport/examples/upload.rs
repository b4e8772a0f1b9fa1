//! Sends one file as an upload, in constant memory: `upload SERVER IDENTITY-FOLDER FILE [PROXY-HOST:PORT [USER PASSWORD]]`.
//!
//! The folder holds `chain.pem`, `key.pem` and `anchors.pem`. Prints what the server made of it.

use remote_services_core::id::uuid_v7;
use remote_services_core::secret::Secret;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::Client;
use remote_services_transport::client::{ClientConfig, ProxySettings};
use remote_services_transport::document::ContentDigest;
use remote_services_transport::enrol::Identity;
use remote_services_transport::exchange::Body;
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    match upload() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn upload() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, folder, file, proxy @ ..] = arguments.as_slice() else {
        return Err("usage: upload SERVER IDENTITY-FOLDER FILE [PROXY-HOST:PORT [USER PASSWORD]]".into());
    };
    let read = |name| std::fs::read_to_string(Path::new(folder).join(name));
    let identity = Identity::from_pem(&read("chain.pem")?, &read("key.pem")?, &read("anchors.pem")?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::new(server.parse()?, Arc::clone(&provider));
    if let [address, credentials @ ..] = proxy {
        let (host, port) = address.rsplit_once(':').ok_or("the proxy is HOST:PORT")?;
        let credentials = match credentials {
            [user, password] => Some((user.clone(), Secret::from(password.as_str()))),
            _ => None,
        };
        config = config.with_proxy(ProxySettings { host: host.to_owned(), port: port.parse()?, credentials });
    }
    let client = Client::new(config, &identity)?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let mut random = [0; 10];
    provider.secure_random.fill(&mut random).map_err(|_| "no random octets")?;
    let upload = uuid_v7(Timestamp::from_unix_millis(now), random);
    let file = File::open(file)?;
    let (length, digest) = ContentDigest::of_reader(&mut &file)?;
    let outcome = client.upload(upload, Body::streamed(&file, length, digest))?;
    println!("{upload}: {outcome:?}");
    Ok(())
}
