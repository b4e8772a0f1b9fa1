//! The consents of this site and its key for pseudonyms, on the disk of the agent and nowhere else.
//!
//! The consents are one JSON file, replaced as a whole, which outlives every consent: what was withdrawn stays on
//! record. An agent that runs reads it again before each sealing, so that a withdrawal counts from then on.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::modules;
use crate::vault::PSEUDONYMS;
use remote_services_core::consent::{Consent, ConsentScope, Consents, Permit};
use remote_services_core::hex;
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::{PseudonymKey, Redaction};
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Reads the consents; an absent file holds none.
///
/// # Errors
/// When the file cannot be read or a record in it proves nothing: nothing is guessed about consents.
pub fn load(home: &Home) -> Result<Consents, Failure> {
    let path = home.consents();
    match std::fs::read(&path) {
        Ok(octets) => serde_json::from_slice(&octets).context(format_args!("consents {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Consents::none()),
        Err(error) => Err(Failure::failed(format_args!("consents {}: {error}", path.display()))),
    }
}

/// Puts a consent on record.
///
/// # Errors
/// When it would prove nothing, or cannot be kept.
pub fn record(home: &Home, consent: Consent) -> Result<(), Failure> {
    change(home, |consents| consents.add(consent).map_err(Failure::usage))
}

/// Takes a consent back from now on.
///
/// # Errors
/// When there is none with this identifier that still stands, or the change cannot be kept.
pub fn withdraw(home: &Home, id: Uuid, by: &str, now: Timestamp) -> Result<(), Failure> {
    change(home, |consents| {
        let withdrawn = consents.revoke(id, by, now);
        let none =
            || Failure::failed(format_args!("no consent {id} is on record that was not withdrawn before"));
        withdrawn.then_some(()).ok_or_else(none)
    })
}

/// One change at a time, also beside an agent that runs.
fn change(home: &Home, change: impl FnOnce(&mut Consents) -> Result<(), Failure>) -> Result<(), Failure> {
    let path = home.consents();
    let keep = || format!("cannot keep the consent in {}", path.display());
    durable::create_private_folder(path.parent().unwrap_or(Path::new("."))).context(keep())?;
    let lock = durable::private_file()
        .create(true)
        .truncate(false)
        .open(home.state("consents.lock"))
        .context(keep())?;
    File::lock(&lock).context(keep())?;
    let mut consents = load(home)?;
    change(&mut consents)?;
    let octets = serde_json::to_vec_pretty(&consents).context(keep())?;
    durable::replace(&path, &octets).context(keep())
}

/// What the consents on record allow for this device, or for all of the site.
#[must_use]
pub fn permits<'a>(
    consents: &'a Consents,
    device: Option<&str>,
    now: Timestamp,
    mode: SecurityMode,
) -> Vec<Permit<'a>> {
    let scopes = ConsentScope::LISTED.iter();
    scopes.filter_map(|(scope, ..)| consents.permit(scope, device, now, mode).ok()).collect()
}

/// The redaction that leaves in what the permits are for.
#[must_use]
pub fn permitted(redaction: Redaction, permits: &[Permit<'_>]) -> Redaction {
    permits.iter().fold(redaction, Redaction::permitting)
}

/// The site's key for pseudonyms, when there is one.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn pseudonym_key(home: &Home) -> Result<Option<Arc<PseudonymKey>>, Failure> {
    let path = home.identity(PSEUDONYM_KEY);
    match std::fs::read(&path).map(Zeroizing::new) {
        Ok(octets) => {
            let damaged = |why: &str| {
                Failure::failed(format_args!(
                    "{} is damaged: {why}. Bring the file, and the key that it is sealed under, back from a backup; \
                     without one move it away, and people get other pseudonyms than before by the new key that is made",
                    path.display()
                ))
            };
            let text =
                std::str::from_utf8(&octets).map_err(|_| damaged("it holds octets that are no text"))?;
            let opened = home.vault().open_stored(PSEUDONYMS, &path, Zeroizing::new(text.to_owned()));
            let text = opened.map_err(|failure| damaged(&failure.sentence))?;
            let octets: Option<[u8; 32]> = hex::decode(text.trim());
            let made = octets.map(|octets| Some(Arc::new(PseudonymKey::new(octets))));
            made.ok_or_else(|| damaged("a key for pseudonyms has 64 hexadecimal digits"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::failed(format_args!("{}: {error}", path.display()))),
    }
}

/// The site's key for pseudonyms, made and kept when there is none: with another key the same person would be another.
///
/// # Errors
/// When there is no randomness, or the key cannot be kept or read.
pub fn pseudonym_key_or_new(home: &Home) -> Result<Arc<PseudonymKey>, Failure> {
    if let Some(key) = pseudonym_key(home)? {
        return Ok(key);
    }
    let mut octets = Zeroizing::new([0; 32]);
    modules::at_rest()?.random().fill(&mut *octets).context("cannot make a key for pseudonyms")?;
    let path = home.identity(PSEUDONYM_KEY);
    let text = home.vault().for_disk(PSEUDONYMS, &Zeroizing::new(hex::encode(&*octets)))?;
    durable::replace(&path, text.as_bytes())
        .context(format_args!("cannot keep the key for pseudonyms in {}", path.display()))?;
    Ok(Arc::new(PseudonymKey::new(*octets)))
}

const PSEUDONYM_KEY: &str = "pseudonym.key";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn consent(id: u128) -> Consent {
        let scope = ConsentScope::PersonalDetails;
        Consent {
            id: Uuid::from_u128(id),
            given_by: "Ada Lovelace".into(),
            given_at: at(100),
            text: scope.statement().into(),
            scopes: vec![scope],
            devices: Vec::new(),
            until: None,
            revocation: None,
        }
    }

    fn allowed(home: &Home, now: i64, mode: SecurityMode) -> usize {
        permits(&load(home).unwrap(), Some("device"), at(now), mode).len()
    }

    #[test]
    fn a_consent_counts_from_its_record_to_its_withdrawal_and_stays_on_record() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::look(folder.path());
        assert_eq!(allowed(&home, 150, SecurityMode::Normal), 0);
        record(&home, consent(7)).unwrap();
        assert_eq!(allowed(&home, 150, SecurityMode::Normal), 1);
        assert_eq!(allowed(&home, 150, SecurityMode::Lockdown), 0);
        withdraw(&home, Uuid::from_u128(7), "Ada Lovelace", at(200)).unwrap();
        assert_eq!(allowed(&home, 200, SecurityMode::Normal), 0);
        assert_eq!(load(&home).unwrap().records().len(), 1);
        for (id, why) in [(7, "withdrawn twice"), (8, "never given")] {
            assert!(withdraw(&home, Uuid::from_u128(id), "Ada Lovelace", at(300)).is_err(), "{why}");
        }
        assert!(record(&home, consent(7)).is_err(), "the same identifier");
    }

    #[test]
    fn consents_are_recorded_beside_an_agent_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let running = Home::open(folder.path()).unwrap();
        record(&Home::look(folder.path()), consent(7)).unwrap();
        assert_eq!(allowed(&running, 150, SecurityMode::Normal), 1);
    }

    #[test]
    fn a_torn_file_is_an_error_and_no_consent() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        std::fs::write(home.consents(), "[{").unwrap();
        assert!(load(&home).unwrap_err().sentence.contains("consents.json"));
        std::fs::write(
            home.consents(),
            "[{\"id\":\"00000000-0000-0000-0000-000000000007\",\"givenBy\":\"\"}]",
        )
        .unwrap();
        assert!(load(&home).is_err());
    }

    #[test]
    fn the_key_for_pseudonyms_is_made_once_and_only_the_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        assert!(pseudonym_key(&home).unwrap().is_none());
        let made = pseudonym_key_or_new(&home).unwrap();
        let again = pseudonym_key_or_new(&home).unwrap();
        assert_eq!(made.of("jdoe"), again.of("jdoe"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let permissions = home.identity(PSEUDONYM_KEY).metadata().unwrap().permissions();
            assert_eq!(permissions.mode() & 0o077, 0);
        }
        let path = home.identity(PSEUDONYM_KEY);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, b"\xff\xfe").unwrap();
        let sentence = pseudonym_key_or_new(&home).err().unwrap().sentence;
        assert!(sentence.contains("pseudonym.key is damaged: ") && sentence.contains("backup"), "{sentence}");
        for torn in ["", "0011", &whole[..63], &whole.replace(char::is_numeric, "x")] {
            std::fs::write(&path, torn).unwrap();
            let sentence = pseudonym_key_or_new(&home).err().unwrap().sentence;
            for words in [path.to_str().unwrap(), "is damaged", "backup", "other pseudonyms"] {
                assert!(sentence.contains(words), "{sentence}");
            }
            assert!(torn.is_empty() || !sentence.contains(torn), "{sentence}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), torn, "another key would make other people");
        }
    }
}
