//! What the audit log knows of the settings that count and of the consents on record: whatever changes is noted before
//! anything is sealed or done by it, also what changed while no agent was at work, and whoever changed it.
//!
//! ```text
//! DATA/state/witnessed.json     what was noted last; the checkpoints of the audit log have its digest
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
#[derive(Clone, Default, Serialize, Deserialize)]
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
    let mut witnessed = Witnessed::load(home, audit);
    let text = permitted(settings);
    if witnessed.settings == text {
        return Ok(());
    }
    let before = witnessed.clone();
    witnessed.settings.clone_from(&text);
    witnessed.once_noted(home, audit, &before, || {
        audit.append(now(), "settings", "agent.toml", &text).context("audit log")
    })
}

/// The consents on record. What was given, withdrawn or changed since is noted.
///
/// # Errors
/// When they, the audit log or the disk fail.
pub(crate) fn consents(home: &Home, audit: &Trail) -> Result<Consents, Failure> {
    let consents = consents::load(home)?;
    let mut witnessed = Witnessed::load(home, audit);
    let now_on_record: BTreeMap<String, String> =
        consents.records().iter().map(|consent| (consent.id.to_string(), digest(consent))).collect();
    if witnessed.consents == now_on_record {
        return Ok(consents);
    }
    let mut news = Vec::new();
    for consent in consents.records() {
        let id = consent.id.to_string();
        match witnessed.consents.get(&id) {
            Some(known) if *known == now_on_record[&id] => {}
            Some(_) if consent.revocation.is_some() => news.push((id, withdrawn(consent))),
            Some(_) => news.push((id, format!("changed on the disk: {}", given(consent)))),
            None => {
                news.push((id.clone(), given(consent)));
                if consent.revocation.is_some() {
                    news.push((id, withdrawn(consent)));
                }
            }
        }
    }
    let gone = witnessed.consents.keys().filter(|id| !now_on_record.contains_key(*id));
    news.extend(gone.map(|id| (id.clone(), "is on record no more".to_owned())));
    let before = witnessed.clone();
    witnessed.consents = now_on_record;
    witnessed.once_noted(home, audit, &before, || note(&news, audit))?;
    Ok(consents)
}

/// Notes what is new of consents. Of very many at once only the first ones have entries of their own: whoever writes them into the file
/// must not fill the log with them until what stood there is given up.
fn note(news: &[(String, String)], audit: &Trail) -> Result<(), Failure> {
    let append = |id: &str, text: &str| audit.append(now(), "consent", id, text).context("audit log");
    let (told, others) = news.split_at(news.len().min(AT_ONCE));
    for (id, text) in told {
        append(id, text)?;
    }
    if others.is_empty() {
        return Ok(());
    }
    let mut digest = Sha256::new();
    for (id, text) in others {
        digest.update(format!("{id} {text}\n"));
    }
    let digest = hex::encode(&digest.finalize());
    append("consents.json", &format!("{} more at once, SHA-256 of all {digest}", others.len()))
}

impl Witnessed {
    /// One that is gone, damaged, or another one than was kept, knows nothing: all is noted again.
    fn load(home: &Home, audit: &Trail) -> Self {
        let octets = std::fs::read(home.state(FILE)).unwrap_or_default();
        let is_kept = audit.word(WORD).is_some_and(|word| word == hex::encode(&Sha256::digest(&octets)));
        if is_kept { serde_json::from_slice(&octets).unwrap_or_default() } else { Self::default() }
    }

    /// Keeps it, and believes it once its entries are in the audit log. It is put down first: where the disk does not take it, no entry
    /// is written again and again. Where the log takes none, what was there before stands.
    fn once_noted(
        &self,
        home: &Home,
        audit: &Trail,
        before: &Self,
        note: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let digest = self.put(home)?;
        if let Err(failure) = note() {
            let _ = before.put(home);
            return Err(failure);
        }
        // The entries stand: where they cannot be signed for yet, they are at worst written once more.
        if let Err(error) = audit.set_word(WORD, &digest, now()) {
            tell!("audit log: {error}");
        }
        Ok(())
    }

    /// Writes it, and gives its digest.
    fn put(&self, home: &Home) -> Result<String, Failure> {
        let path = home.state(FILE);
        let octets = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        let kept = octets.and_then(|octets| {
            durable::replace(&path, &octets)?;
            Ok(hex::encode(&Sha256::digest(&octets)))
        });
        kept.context(format_args!("cannot keep {}", path.display()))
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
    let logs =
        |name: &str, octets: Option<u64>| octets.map_or(String::new(), |octets| format!("; {name} {octets}"));
    format!(
        "mode {}; redaction {redaction}; actions that are not off: {actions}{}{}",
        settings.mode.label(),
        logs("audit-bytes", settings.limits.audit_bytes),
        logs("exchanges-bytes", settings.limits.exchanges_bytes)
    )
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
        devices => clipped(&devices.join(", ")),
    };
    let until = consent.until.map_or_else(String::new, |until| format!(" until {until}"));
    format!(
        "{} given by {} at {} for {whose}{until}, who agreed to: {}",
        scopes.join(", "),
        clipped(&consent.given_by),
        consent.given_at,
        clipped(&consent.text)
    )
}

/// The beginning of a long text, and what tells it from others: all of it stands in the file of consents.
fn clipped(text: &str) -> String {
    match text.char_indices().nth(MOST_OF_A_TEXT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… (SHA-256 {})", &text[..end], hex::encode(&Sha256::digest(text))),
    }
}

fn withdrawn(consent: &Consent) -> String {
    consent
        .revocation
        .as_ref()
        .map_or_else(String::new, |it| format!("withdrawn by {} at {}", clipped(&it.by), it.at))
}

fn digest(consent: &Consent) -> String {
    hex::encode(&Sha256::digest(serde_json::to_vec(consent).unwrap_or_default()))
}

/// So many consents have an entry each that are new at one time.
const AT_ONCE: usize = 32;
/// So much of the text of a consent, in characters.
const MOST_OF_A_TEXT: usize = 512;
const FILE: &str = "witnessed.json";
/// What the digest of it is called in the checkpoints.
const WORD: &str = "witnessed";
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
