//! What the audit log knows of the settings that count and of the consents on record: whatever changes is noted before
//! anything is sealed or done by it, also what changed while no agent was at work, and whoever changed it.
//!
//! ```text
//! DATA/state/witnessed.json     what was noted last
//! ```
//!
//! Killed right after an entry is written, the next one writes it once more: twice, and never not at all.

use crate::consents;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::settings::Settings;
use crate::site::SUPPORTED;
use crate::survey::now;
use crate::trail::Trail;
use remote_services_core::command::ActionSetting;
use remote_services_core::consent::{Consent, ConsentScope, Consents};
use remote_services_core::hex;
use remote_services_core::redact::CustomSettings;
use remote_services_transport::durable;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;

/// What was noted last.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Witnessed {
    settings: String,
    /// SHA-256 of each consent as it was then, by its identifier.
    consents: BTreeMap<String, String>,
}

/// Notes what these settings permit, if that is something else than before.
///
/// # Errors
/// When the audit log or the disk fails.
pub(crate) fn settings(home: &Home, settings: &Settings, audit: &Trail) -> Result<(), Failure> {
    let mut witnessed = Witnessed::load(home);
    let text = permitted(settings);
    if witnessed.settings == text {
        return Ok(());
    }
    audit.append(now(), "settings", "agent.toml", &text).context("audit log")?;
    witnessed.settings = text;
    witnessed.keep(home)
}

/// The consents on record. What was given, withdrawn or changed since is noted.
///
/// # Errors
/// When they, the audit log or the disk fail.
pub(crate) fn consents(home: &Home, audit: &Trail) -> Result<Consents, Failure> {
    let consents = consents::load(home)?;
    let mut witnessed = Witnessed::load(home);
    let now_on_record: BTreeMap<String, String> =
        consents.records().iter().map(|consent| (consent.id.to_string(), digest(consent))).collect();
    if witnessed.consents == now_on_record {
        return Ok(consents);
    }
    let note = |id: &str, text: &str| audit.append(now(), "consent", id, text).context("audit log");
    for consent in consents.records() {
        let id = consent.id.to_string();
        match witnessed.consents.get(&id) {
            Some(known) if *known == now_on_record[&id] => {}
            Some(_) if consent.revocation.is_some() => note(&id, &withdrawn(consent))?,
            Some(_) => note(&id, &format!("changed on the disk: {}", given(consent)))?,
            None => {
                note(&id, &given(consent))?;
                if consent.revocation.is_some() {
                    note(&id, &withdrawn(consent))?;
                }
            }
        }
    }
    for gone in witnessed.consents.keys().filter(|id| !now_on_record.contains_key(*id)) {
        note(gone, "is on record no more")?;
    }
    witnessed.consents = now_on_record;
    witnessed.keep(home)?;
    Ok(consents)
}

impl Witnessed {
    /// One that is gone or damaged knows nothing: all is noted again.
    fn load(home: &Home) -> Self {
        let octets = std::fs::read(home.state(FILE)).unwrap_or_default();
        serde_json::from_slice(&octets).unwrap_or_default()
    }

    fn keep(&self, home: &Home) -> Result<(), Failure> {
        let path = home.state(FILE);
        serde_json::to_vec_pretty(self)
            .map_err(io::Error::from)
            .and_then(|octets| durable::replace(&path, &octets))
            .context(format_args!("cannot keep {}", path.display()))
    }
}

fn permitted(settings: &Settings) -> String {
    let redaction = settings.redaction().map_or_else(
        |wrong| wrong.sentence,
        |redaction| redaction.label().into_owned() + &of_the_site(&settings.redaction),
    );
    let actions: Vec<String> = SUPPORTED
        .iter()
        .map(|action| (action, settings.action(action)))
        .filter(|(_, setting)| *setting != ActionSetting::Off)
        .map(|(action, setting)| format!("{action} {setting}"))
        .collect();
    let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
    format!("mode {}; redaction {redaction}; actions that are not off: {actions}", settings.mode.label())
}

/// What a site's own profile takes out, in the same words however the settings have it: its name alone says nothing of that.
fn of_the_site(settings: &CustomSettings) -> String {
    let CustomSettings { name, base, rules } = settings;
    if name.is_none() && rules.is_empty() {
        return String::new();
    }
    let mut rules: Vec<String> =
        rules.iter().map(|rule| format!("{} {}", word(&rule.treatment), rule.element)).collect();
    rules.sort_by(|one, other| one.split(' ').next_back().cmp(&other.split(' ').next_back()));
    let (all, mut room) = (rules.join(", "), MOST_OF_RULES);
    let told: Vec<&str> = rules
        .iter()
        .map(String::as_str)
        .take_while(|rule| {
            room = room.saturating_sub(rule.len() + 2);
            room > 0
        })
        .collect();
    let but = if rules.is_empty() { "" } else { " but for: " };
    let rest = match rules.len() - told.len() {
        0 => String::new(),
        more => format!(" and {more} more, SHA-256 of all {}", hex::encode(&Sha256::digest(all))),
    };
    format!(", which is {}{but}{}{rest}", word(base), told.join(", "))
}

/// A setting as the file has it.
fn word(setting: &impl Serialize) -> String {
    serde_json::to_value(setting).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn given(consent: &Consent) -> String {
    let scopes: Vec<&str> = consent.scopes.iter().map(ConsentScope::label).collect();
    let whose = match consent.devices.as_slice() {
        [] => "all devices".to_owned(),
        devices => devices.join(", "),
    };
    let until = consent.until.map_or_else(String::new, |until| format!(" until {until}"));
    format!(
        "{} given by {} at {} for {whose}{until}, who agreed to: {}",
        scopes.join(", "),
        consent.given_by,
        consent.given_at,
        consent.text
    )
}

fn withdrawn(consent: &Consent) -> String {
    consent.revocation.as_ref().map_or_else(String::new, |it| format!("withdrawn by {} at {}", it.by, it.at))
}

fn digest(consent: &Consent) -> String {
    hex::encode(&Sha256::digest(serde_json::to_vec(consent).unwrap_or_default()))
}

const FILE: &str = "witnessed.json";
/// Octets of a profile's rules that an entry has, which holds no more than 4096 characters.
const MOST_OF_RULES: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::parse(&Home::look(folder.path()), text).unwrap();
        let told = permitted(&settings);
        let told = told.strip_prefix("mode normal; redaction ").unwrap();
        told.strip_suffix("; actions that are not off: getStatus on, troubleshoot on").unwrap().to_owned()
    }

    fn rule(element: &str, treatment: &str) -> String {
        format!("[[redaction.rules]]\nelement = {element:?}\ndo = {treatment:?}\n")
    }

    #[test]
    fn a_sites_own_profile_is_told_by_its_rules_and_not_by_its_name() {
        let (place, name) = (rule("Identity/Location", "withhold"), rule("Identity/SystemName", "keep"));
        let acme = |base: &str| format!("[redaction]\nname = \"acme\"\nbase = {base:?}\n");
        for (text, wanted) in [
            (String::new(), "default"),
            ("[redaction]\nbase = \"strict\"\n".to_owned(), "strict"),
            (acme("strict"), "custom.acme, which is strict"),
            (acme("default"), "custom.acme, which is default"),
            (place.clone(), "custom, which is default but for: withhold Identity/Location"),
            (
                acme("strict") + &name + &place,
                "custom.acme, which is strict but for: withhold Identity/Location, keep Identity/SystemName",
            ),
        ] {
            assert_eq!(told(&text), wanted, "{text}");
        }
        assert_eq!(told(&(place.clone() + &name)), told(&(name + &place)), "the order says nothing");
    }

    #[test]
    fn more_rules_than_an_entry_holds_are_told_by_their_digest() {
        let elements = remote_services_core::redact::elements();
        let texts: Vec<String> =
            elements.into_iter().filter(|element| element.text).map(|element| element.path).collect();
        let all = |last: &str| {
            let (end, rest) = texts.split_last().unwrap();
            rest.iter().map(|element| rule(element, "keep")).collect::<String>() + &rule(end, last)
        };
        let (keep, withhold) = (told(&all("keep")), told(&all("pseudonym")));
        assert!(keep.len() < 2500 && keep.contains(" more, SHA-256 of all "), "{keep}");
        assert_ne!(keep, withhold, "the last one is not among those that are told");
    }
}
