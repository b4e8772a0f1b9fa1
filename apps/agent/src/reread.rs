//! The settings while the agent runs: the file is looked at again and again, and a mistake in it never loosens anything.
//!
//! What it says counts once the audit log has taken what it permits. While that takes no entry, nothing is sealed or sent, nor done that needs
//! a permission: not by what it says now, which nobody could look up, and not by what it said before, which may be more than it
//! allows now.
//!
//! A file that cannot be read or is wrong, that went away or was emptied, gives no permission: what was allowed before is
//! not allowed until it says so again, and reading goes on by what it said last. That it said something outlasts a restart: then
//! there is nothing to go on by, and the agent does not start.

use crate::contact::configured;
use crate::failure::Failure;
use crate::home::Home;
use crate::identity;
use crate::settings::{self, Settings};
use crate::site::{Site, server_failure};
use crate::witness;
use remote_services_core::backoff::Backoff;
use remote_services_transport::client::blocking::Client;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// `agent.toml` as it was seen last.
pub(crate) struct SettingsFile {
    path: PathBuf,
    seen: Option<Content>,
    /// Whether it ever said anything.
    spoke: bool,
}

#[derive(PartialEq)]
enum Content {
    Text(Zeroizing<String>),
    Absent,
    Unreadable(String),
}

impl Content {
    fn read(path: &Path) -> Self {
        match settings::read_text(path) {
            Ok(text) => Self::Text(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Absent,
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// The same once nobody is in the middle of writing it.
    fn settled(mut self, path: &Path) -> Self {
        for _ in 0..LOOKS {
            std::thread::sleep(BETWEEN_LOOKS);
            let again = Self::read(path);
            if again == self {
                break;
            }
            self = again;
        }
        self
    }

    fn says_nothing(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Absent => true,
            Self::Unreadable(_) => false,
        }
    }
}

impl SettingsFile {
    /// The file from which these settings came.
    pub(crate) fn new(home: &Home, settings: &Settings) -> Self {
        let path = home.settings();
        let content = Content::read(&path);
        let spoke = !content.says_nothing() || *settings != Settings::default();
        if !content.says_nothing() {
            Settings::keep_that_they_spoke(home);
        }
        let mut file = Self { path, seen: None, spoke };
        // It may have changed since; then the first look takes it over.
        if file.meaning(home, &content).is_ok_and(|found| found == *settings) {
            file.seen = Some(content);
        }
        file
    }

    /// Whether it says what it said the last time.
    pub(crate) fn is_as_seen(&self) -> bool {
        self.seen.as_ref() == Some(&Content::read(&self.path))
    }

    /// What it says, if that is something else than the last time.
    pub(crate) fn look(&mut self, home: &Home) -> Option<Result<Settings, Failure>> {
        let found = Content::read(&self.path);
        if self.seen.as_ref() == Some(&found) {
            return None;
        }
        let found = found.settled(&self.path);
        let meaning = self.meaning(home, &found);
        if !found.says_nothing() {
            self.spoke = true;
            Settings::keep_that_they_spoke(home);
        }
        self.seen = Some(found);
        Some(meaning)
    }

    fn meaning(&self, home: &Home, content: &Content) -> Result<Settings, Failure> {
        let wrong = |why: &str| Err(Failure::usage(format_args!("settings {}: {why}", self.path.display())));
        match content {
            Content::Unreadable(why) => wrong(why),
            Content::Absent if self.spoke => wrong("the file went away"),
            Content::Text(_) if self.spoke && content.says_nothing() => wrong("the file is empty now"),
            Content::Absent => Ok(Settings::default()),
            Content::Text(text) => Settings::parse(home, text),
        }
    }
}

/// What the file says now and does not count yet, since the audit log did not take it.
pub(crate) struct Unwitnessed {
    settings: Settings,
    why: Failure,
    pace: Backoff,
    again: Instant,
}

impl Site {
    /// Takes over what the administrator has changed in the settings. While they are wrong nothing is done that needs their
    /// permission, see [`Settings::is_suspended`]. Says whether anything changed since the last look.
    pub fn heed(&mut self) -> bool {
        let told = match self.file.look(&self.home) {
            None => {
                let is_due = |it: &Unwitnessed| it.again <= Instant::now();
                return self.unwitnessed.as_ref().is_some_and(is_due) && self.witness_settings().is_ok();
            }
            Some(Ok(settings)) => match self.count(settings) {
                Ok(told) => told,
                // Whoever seals or sends hears of it, and so does each turn.
                Err(_) => {
                    self.changed = true;
                    return true;
                }
            },
            Some(Err(failure)) => {
                self.settings.suspend();
                // Once the audit log takes them they count as those of before do.
                if let Some(unwitnessed) = &mut self.unwitnessed {
                    unwitnessed.settings.suspend();
                }
                format!(
                    "{failure}; until this is mended nothing is done that needs the permission of the settings, \
                     and devices are read by what they said before"
                )
            }
        };
        self.tell_settings(&told);
        true
    }

    fn tell_settings(&mut self, told: &str) {
        self.changed = true;
        tell!("{told}");
        if let Err(failure) = self.note("settings", "agent.toml", told) {
            tell!("{failure}");
        }
    }

    /// Takes these settings over once the audit log has what they permit.
    fn count(&mut self, settings: Settings) -> Result<String, Failure> {
        match witness::settings(&self.home, &settings, &self.audit) {
            Ok(()) => {
                self.unwitnessed = None;
                Ok(self.take_over(settings))
            }
            Err(failure) => {
                self.settings.suspend();
                let why = failure.while_doing(
                    "the settings that were changed do not count before they stand in the audit log, and until then nothing is \
                     sealed, sent or done that needs their permission",
                );
                let mut pace = self.unwitnessed.take().map_or(NOTING, |before| before.pace);
                let again = Instant::now() + pace.next_wait(0, None);
                self.unwitnessed = Some(Unwitnessed { settings, why: why.clone(), pace, again });
                Err(why)
            }
        }
    }

    /// Tries once more to have in the audit log what it did not take of the settings, if there is anything.
    ///
    /// # Errors
    /// When it still takes no entry.
    pub(crate) fn witness_settings(&mut self) -> Result<(), Failure> {
        let Some(unwitnessed) = &self.unwitnessed else { return Ok(()) };
        let told = self.count(unwitnessed.settings.clone())?;
        self.tell_settings(&told);
        Ok(())
    }

    /// Whether settings are in the audit log by which something could be sealed or sent.
    ///
    /// # Errors
    /// When the file says something else by now that is not there.
    pub(crate) fn check_witnessed(&self) -> Result<(), Failure> {
        self.unwitnessed.as_ref().map_or(Ok(()), |unwitnessed| Err(unwitnessed.why.clone()))
    }

    /// Takes over what changed, and says whether anything did since this was asked the last time, whoever looked in between.
    pub fn has_new_settings(&mut self) -> bool {
        self.heed();
        std::mem::take(&mut self.changed)
    }

    fn take_over(&mut self, mut settings: Settings) -> String {
        let mut told = format!("the settings were read again: mode {}", settings.mode.label());
        let (old, new) = (&self.settings, &settings);
        if new.traps != old.traps {
            told += "; [traps] counts when the agent is started again";
        }
        if new.payload != old.payload {
            told += "; [payload] counts when the agent is started again";
        }
        if new.secrets != old.secrets {
            told += "; [secrets] counts when the agent is started again";
        }
        if new.tls.key != old.tls.key {
            told += "; [tls] key counts when the agent is started again";
        }
        let other_proxy = new.proxy != old.proxy || new.proxy_credentials != old.proxy_credentials;
        if (other_proxy || new.names != old.names || new.tls != old.tls)
            && let Err(failure) = self.connect_by(&settings)
        {
            told += &format!("; proxy, [names] and [tls] stay as they were: {failure}");
            settings.proxy.clone_from(&self.settings.proxy);
            settings.proxy_credentials.clone_from(&self.settings.proxy_credentials);
            settings.names.clone_from(&self.settings.names);
            settings.tls.clone_from(&self.settings.tls);
        }
        self.settings = settings;
        self.detail = self.settings.detail();
        self.bound_spool();
        self.audit.bound(self.settings.limits.logs());
        told
    }

    /// Goes another way to the server from now on.
    fn connect_by(&mut self, settings: &Settings) -> Result<(), Failure> {
        let (server, names) = (identity::registered(&self.home)?.server, settings.names.resolver()?);
        let config = configured(&self.home, settings, server, &names, &self.audit)?;
        let client = Client::new(config.clone(), &self.identity).map_err(server_failure)?;
        // So that it knows the paths; if the server is away, it hears of them later.
        let _ = client.directory();
        (self.config, self.client, self.names) = (config, Arc::new(client), names);
        Ok(())
    }
}

/// The pace of tries to have changed settings in the audit log.
const NOTING: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_secs(300));
const LOOKS: usize = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that says this and is understood, and what the next look makes of what it says then.
    fn then(before: &str, after: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::look(folder.path());
        std::fs::write(home.settings(), before).unwrap();
        let mut file = SettingsFile::new(&home, &Settings::read(&home).unwrap());
        assert!(file.look(&home).is_none(), "{before}");
        std::fs::write(home.settings(), after).unwrap();
        file.look(&home).unwrap().map_err(|failure| failure.sentence)
    }

    #[test]
    fn lists_of_revoked_certificates_that_are_demanded_and_named_no_more_make_the_file_wrong() {
        let lists = "[tls]\nrevocation-lists = [\"/etc/rs/ca.crl\"]\n";
        let before = format!("{lists}revocation = \"hard\"\n");
        let said = then(&before, "[tls]\nrevocation = \"hard\"\n").err().unwrap();
        assert!(said.contains("agent.toml") && said.contains("[tls] revocation: "), "{said}");
        assert!(then(&before, lists).is_ok());
    }

    #[test]
    fn a_file_that_grew_beyond_its_bound_is_wrong() {
        let said = then("mode = \"lockdown\"\n", &"#".repeat(2 << 20)).err().unwrap();
        assert!(said.contains("agent.toml: larger than 1 MiB"), "{said}");
    }
}
