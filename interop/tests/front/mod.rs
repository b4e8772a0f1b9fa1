//! An agent that reaches its server through somebody in front of it.
#![allow(dead_code, reason = "each program of tests uses its part")]

use std::fs;
use std::path::Path;

use remote_services_agent::home::Home;
use remote_services_agent::identity;
use remote_services_agent::settings::Settings;
use remote_services_core::pem;
use remote_services_interop::ours::agent_says;
use remote_services_interop::stand_in::ClientFiles;

/// Certificate and key of the agent with this data folder, for who passes its requests on; the key is put in `folder`.
pub(crate) fn client_files(data: &Path, folder: &Path) -> ClientFiles {
    let (home, key) = (Home::look(data), folder.join("client.key.pem"));
    let (_, own) = identity::load(&home, &Settings::default()).unwrap();
    fs::write(&key, &*pem::encode("PRIVATE KEY", &own.key.to_pkcs8().unwrap())).unwrap();
    ClientFiles { certificate: home.identity("client.pem"), key }
}

/// The agent finds its server at this URL from now on.
pub(crate) fn go_by(data: &Path, url: &str) {
    fs::write(Home::look(data).identity("server-url"), format!("{url}\n")).unwrap();
}

/// A person agrees that the logs of this agent are sent.
pub(crate) fn consent_to_logs(data: &Path) {
    let who = ["consent", "record", "--scope", "engineering", "--given-by", "Ada Lovelace", "--agree"];
    let said = agent_says(&[&who[..], &["--data", data.to_str().unwrap()]].concat());
    assert_eq!(said.code, Some(0), "{}", said.all());
}
