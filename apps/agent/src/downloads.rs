//! Files on their way from the server, `DATA/downloads/DIGEST` and `DIGEST.part`: none stays that nobody waits for, such as the
//! part of a version that another one took the place of, or of a firmware whose command was given up. Nor does any part stay
//! where readings have next to no room left: it can be fetched again, and they cannot be read again.

use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::journal::CommandJournal;
use crate::room;
use crate::software::Software;
use remote_services_transport::document::ContentDigest;
use std::io;

/// Removes what neither the manifest that is offered nor a command that is open names, and where the disk is nearly full all
/// that is not whole. A crash amid it leaves less to remove.
///
/// # Errors
/// When the disk fails, or what is offered cannot be read: all stays then.
pub(crate) fn clear(home: &Home, journal: &CommandJournal, free: room::Free) -> Result<(), Failure> {
    let files = match std::fs::read_dir(home.downloads()) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context(home.downloads().display()),
    };
    let (mut awaited, mut nearly_full) = (None, None);
    for file in files {
        let path = file.context(home.downloads().display())?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let digest = name.strip_suffix(PART).unwrap_or(name);
        if digest.len() != HEX || !digest.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            continue;
        }
        let is_part = name.ends_with(PART);
        if is_part && *nearly_full.get_or_insert_with(|| room::is_nearly_full(&home.downloads(), free)) {
            home::remove(&path)?;
            continue;
        }
        if awaited.is_none() {
            let offered = Software::load(home)?.offered();
            let all = offered.into_iter().chain(journal.awaited_files());
            awaited = Some(all.map(|digest| digest.to_hex()).collect::<Vec<_>>());
        }
        if !awaited.iter().flatten().any(|awaited| awaited == digest) {
            home::remove(&path)?;
        }
    }
    Ok(())
}

/// Removes what is there of one file.
///
/// # Errors
/// As the disk says.
pub(crate) fn remove(home: &Home, digest: ContentDigest) -> Result<(), Failure> {
    let whole = home.downloads().join(digest.to_hex());
    home::remove(&whole.with_extension("part"))?;
    home::remove(&whole)
}

const PART: &str = ".part";
/// Digits of a digest.
const HEX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Entry;
    use remote_services_core::command::CommandState;
    use remote_services_core::id::Uuid;
    use remote_services_core::time::Timestamp;
    use remote_services_transport::document::{Command, Execution, SoftwareArtifact, SoftwareManifest};
    use serde_json::{Map, json};

    fn digest(of: &str) -> ContentDigest {
        ContentDigest::of(of.as_bytes())
    }

    fn upgrade(id: u128, file: &str) -> Command {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(id), "client": Uuid::from_u128(7), "action": "upgrade", "issuer": "o",
            "issuedAt": "1970-01-01T00:00:00Z", "expiresAt": "1970-01-08T00:00:00Z", "nonce": "AAAA",
            "artifacts": [{ "name": "f", "size": 1, "digest": digest(file) }],
        }))
        .unwrap()
    }

    fn offer(file: &str) -> serde_json::Value {
        let artifact = SoftwareArtifact { digest: digest(file), size: 1, origins: Vec::new() };
        let offered = SoftwareManifest {
            document: SoftwareManifest::DOCUMENT.to_owned(),
            component: "agent".into(),
            version: "1.1".into(),
            channel: None,
            from: Vec::new(),
            target: None,
            artifact,
            not_before: None,
            expires: Timestamp::default(),
            sequence: 1,
            preconditions: Map::new(),
        };
        json!({ "state": { "offered": offered } })
    }

    #[test]
    fn what_is_offered_or_named_by_an_open_command_stays_and_the_rest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut journal = CommandJournal::open(&home).unwrap();
        let free: room::Free = |_| Some(1 << 30);
        clear(&home, &journal, free).unwrap();
        for (id, file, state) in
            [(1, "scheduled", CommandState::Scheduled), (2, "over", CommandState::Succeeded)]
        {
            let entry = Entry {
                command: Some(upgrade(id, file)),
                execution: Execution::in_state(state),
                reported: false,
                etag: None,
                before: None,
                since: Timestamp::default(),
                decision: None,
            };
            journal.take_up(Uuid::from_u128(id), entry).unwrap();
        }
        std::fs::create_dir(home.downloads()).unwrap();
        let put = || {
            for file in ["offered", "scheduled", "over", "superseded"] {
                for ending in ["", ".part"] {
                    let name = format!("{}{ending}", digest(file).to_hex());
                    std::fs::write(home.downloads().join(name), file).unwrap();
                }
            }
        };
        let left = || {
            let files = std::fs::read_dir(home.downloads()).unwrap();
            let mut left: Vec<String> =
                files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
            left.sort();
            left
        };
        put();
        std::fs::write(home.downloads().join("README"), "of somebody").unwrap();
        // What is offered cannot be read: it may be any of them.
        std::fs::write(home.state("software.json"), "{").unwrap();
        assert!(clear(&home, &journal, free).is_err());
        assert_eq!(left().len(), 9);
        std::fs::write(home.state("software.json"), offer("offered").to_string()).unwrap();
        clear(&home, &journal, free).unwrap();
        clear(&home, &journal, |_| None).unwrap();
        assert_eq!(left(), ["of somebody", "offered", "offered", "scheduled", "scheduled"]);
        clear(&home, &journal, |_| Some(1_000)).unwrap();
        assert_eq!(left(), ["of somebody", "offered", "scheduled"], "what is whole stays");
        put();
        remove(&home, digest("superseded")).unwrap();
        assert!(!left().contains(&"superseded".to_owned()));
    }
}
