//! Where this agent stands and whom to ask about it: what the person who registers it tells the server's operator.
//!
//! ```text
//! DATA/identity/registration.json    what register was given, by the client that it is about
//!
//! register --location, --contact ─▶ kept before the identity counts ─┐
//! agent.toml: location, contact ─────────── each wins over that ─────┴▶ each description of this client
//! ```
//!
//! Both are given on purpose, for the operator: they stand in no payload, so no redaction takes them out, and lockdown lets them
//! go. An empty text in `agent.toml` takes back what register was given. What was told to one server is not told to another:
//! whoever registers anew says it anew.

mod email_address;
mod location;

pub use email_address::EmailAddress;
pub use location::Location;

use crate::failure::{Context, Failure};
use crate::home::{Home, remove};
use crate::settings::Settings;
use remote_services_core::id::Uuid;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// What the operator is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Where the agent stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Whom to ask about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<EmailAddress>,
}

impl Registration {
    /// What register was given for this client. Nothing but the operator's page depends on it, so a file that cannot be used is
    /// told of, and is as one in which nothing is.
    pub(crate) fn load(home: &Home, client: Uuid) -> Self {
        let all = all(home).unwrap_or_else(|failure| {
            tell!(
                "{failure}; until then the operator is told what agent.toml says of both, and nothing else"
            );
            BTreeMap::new()
        });
        all.get(&client).cloned().unwrap_or_default()
    }

    /// Keeps it for a client that is about to be, beside what the one of before told.
    ///
    /// # Errors
    /// As the disk says; the identity must stay what it is then.
    pub(crate) fn keep(&self, home: &Home, client: Uuid) -> Result<(), Failure> {
        if *self == Self::default() {
            return Ok(());
        }
        let mut all = all(home).unwrap_or_default();
        all.insert(client, self.clone());
        write(home, &all)
    }

    /// Whether the settings say something else of what is said here.
    pub(crate) fn is_overruled(&self, settings: &Settings) -> bool {
        let told = self.under(settings);
        (self.location.is_some() && told.location != self.location)
            || (self.contact.is_some() && told.contact != self.contact)
    }

    /// What of it is told, where the settings say something of their own.
    #[must_use]
    pub fn under(&self, settings: &Settings) -> Self {
        let Self { location, contact } = self.clone();
        Self {
            location: settings.location.clone().or(location).filter(|it| !it.is_empty()),
            contact: settings.contact.clone().or(contact).filter(|it| !it.is_empty()),
        }
    }
}

/// Forgets what other clients than this one told.
///
/// # Errors
/// As the disk says.
pub(crate) fn forget_others(home: &Home, client: Uuid) -> Result<(), Failure> {
    let mut all = all(home).unwrap_or_default();
    all.retain(|whose, _| *whose == client);
    if all.is_empty() { remove(&home.identity(FILE)) } else { write(home, &all) }
}

fn all(home: &Home) -> Result<BTreeMap<Uuid, Registration>, Failure> {
    let path = home.identity(FILE);
    let octets = match std::fs::read(&path) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).context(path.display()),
    };
    serde_json::from_slice(&octets).map_err(|error| {
        Failure::failed(format_args!(
            "{} is damaged: {error}. It says where this agent stands and whom to ask about it: bring it back from a backup, \
             or remove it and write location and contact into agent.toml",
            path.display()
        ))
    })
}

fn write(home: &Home, all: &BTreeMap<Uuid, Registration>) -> Result<(), Failure> {
    let path = home.identity(FILE);
    serde_json::to_vec(all)
        .map_err(io::Error::from)
        .and_then(|octets| durable::replace(&path, &octets))
        .context(format_args!("cannot keep {}", path.display()))
}

const FILE: &str = "registration.json";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(location: &str, contact: &str) -> Registration {
        Registration { location: location.parse().ok(), contact: contact.parse().ok() }
    }

    #[test]
    fn what_was_said_of_one_client_is_not_said_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let [one, other, third] = [1, 2, 3].map(Uuid::from_u128);
        let first = told("Second floor", "ada@example.com");
        first.keep(&home, one).unwrap();
        told("Cellar", "").keep(&home, other).unwrap();
        assert_eq!(Registration::load(&home, one), first, "until the other counts");
        assert_eq!(Registration::load(&home, other), told("Cellar", ""));
        assert_eq!(Registration::load(&home, third), Registration::default());
        forget_others(&home, other).unwrap();
        assert_eq!(Registration::load(&home, one), Registration::default());
        Registration::default().keep(&home, third).unwrap();
        forget_others(&home, third).unwrap();
        assert!(!home.identity(FILE).exists());
    }

    #[test]
    fn the_settings_win_one_by_one_and_an_empty_text_takes_back() {
        let given = told("Second floor", "ada@example.com");
        for (text, location, contact) in [
            ("", "Second floor", "ada@example.com"),
            ("location = \"Cellar\"", "Cellar", "ada@example.com"),
            ("contact = \"help@example.com\"", "Second floor", "help@example.com"),
            ("location = \"\"\ncontact = \" \"", "", ""),
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert_eq!(given.under(&settings), told(location, contact), "{text}");
            assert_eq!(given.is_overruled(&settings), !text.is_empty(), "{text}");
        }
        let settings: Settings = toml::from_str("contact = \"help@example.com\"").unwrap();
        assert!(!told("Cellar", "").is_overruled(&settings), "of that they say nothing");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_says_nothing_and_may_be_overwritten_by_who_registers() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let client = Uuid::from_u128(1);
        std::fs::write(home.identity(FILE), "{").unwrap();
        let failure = all(&home).unwrap_err();
        assert!(failure.sentence.contains("registration.json is damaged: "), "{failure}");
        assert_eq!(Registration::load(&home, client), Registration::default());
        told("Cellar", "").keep(&home, client).unwrap();
        assert_eq!(Registration::load(&home, client), told("Cellar", ""));
    }
}
