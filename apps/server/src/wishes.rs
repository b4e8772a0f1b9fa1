//! A policy that an operator puts, checked before it is kept.

use remote_services_core::mode::SecurityMode;
use remote_services_transport::document::Policy;
use remote_services_transport::policy::{LocalLimits, apply};
use remote_services_transport::schedule::DailyWindow;

/// The policy that a text is, unless no client could apply one of its wishes, or one has a name that this version does not know: it
/// is misspelt, or for clients that are newer than their server.
///
/// # Errors
/// One sentence about the first thing that is wrong.
pub(crate) fn read(text: &str) -> Result<Policy, String> {
    let policy: Policy = serde_json::from_str(text).map_err(|error| format!("the document: {error}"))?;
    if let Some(name) = policy.others.keys().find(|name| !Policy::MEMBERS.contains(&name.as_str())) {
        return Err(unknown(name));
    }
    let paces = 60..=u32::MAX;
    let limits = LocalLimits {
        remote_settings: true,
        collect_every: paces.clone(),
        discover_every: paces.clone(),
        snmp_timeout_ms: 10..=60_000,
        snmp_retries: 0..=20,
        software_every: paces,
        whose: "the possible",
    };
    let is_window = |text: &str| text.parse::<DailyWindow>().is_ok();
    let (_, wrong) = apply(&policy, SecurityMode::Normal, &limits, &is_window);
    wrong.into_iter().next().map_or(Ok(policy), Err)
}

/// What is told of a member that there is none of: those that it may be meant for, or all.
fn unknown(name: &str) -> String {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let away = |member: &str| distance(&bare(&name), &bare(member));
    let close = |member: &&str| away(member) <= member.len() / 3;
    let mut near: Vec<&str> = Policy::MEMBERS.into_iter().filter(close).collect();
    near.sort_by_key(|member| away(member));
    match near.as_slice() {
        [] => format!("{name:?} is no member of a policy, which may have {}", Policy::MEMBERS.join(", ")),
        near => format!("{name:?} is no member of a policy; nearest is {}", near.join(", then ")),
    }
}

/// A name without how its words are told apart, which differs from the settings' file to this document.
fn bare(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many characters must be put in, left out or replaced (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, a) in one.iter().enumerate() {
        let mut before = std::mem::replace(&mut row[0], done + 1);
        for (at, b) in other.iter().enumerate() {
            let replaced = before + usize::from(a != b);
            before = row[at + 1];
            row[at + 1] = replaced.min(before + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

/// Characters of a name that are looked at and told: the longest member has less than half of them.
const LONGEST_NAME: usize = 40;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[test]
    fn what_no_client_could_apply_is_refused_with_the_member_and_what_it_may_be() {
        assert_eq!(read(r#"{"collectEvery":60,"snmpRetries":null}"#).unwrap().collect_every, Some(60));
        for (text, why) in [
            (r#"{"dailyWindow":"at night"}"#, "dailyWindow is no window HH:MM-HH:MM"),
            (r#"{"collectionProfile":"all"}"#, "collectionProfile is neither usual nor detailed"),
            (
                r#"{"collectEvery":"often"}"#,
                "collectEvery is no whole number within the possible 60 to 4294967295",
            ),
            (r#"{"snmpRetries":-1}"#, "snmpRetries -1 is not within the possible 0 to 20"),
            (r#"{"dailyWindow":["02:00-04:00"]}"#, "dailyWindow is no window HH:MM-HH:MM"),
            (r#"{"collectEvery":0}"#, "collectEvery 0 is not within the possible 60 to 4294967295"),
            (r#"{"snmpTimeoutMs":0}"#, "snmpTimeoutMs 0 is not within the possible 10 to 60000"),
            (r#"{"snmpRetries":4000000000}"#, "snmpRetries 4000000000 is not within the possible 0 to 20"),
        ] {
            assert_eq!(read(text).unwrap_err(), why, "{text}");
        }
        for text in ["[", "[]", r#"{"snmpRetries":1,"snmpRetries":2}"#] {
            assert!(read(text).unwrap_err().starts_with("the document: "), "{text}");
        }
    }

    #[test]
    fn a_member_that_there_is_none_of_is_refused_with_those_that_are_nearest() {
        for (name, nearest) in [
            ("collectEvry", "collectEvery"),
            ("collect-every", "collectEvery"),
            ("COLLECT_EVERY", "collectEvery"),
            ("collectsEvery", "collectEvery"),
            ("snmpRetry", "snmpRetries"),
            ("snmpTimeout", "snmpTimeoutMs"),
            ("discovreEvery", "discoverEvery"),
        ] {
            let why = read(&format!(r#"{{"snmpRetries":1,"{name}":7200}}"#)).unwrap_err();
            assert_eq!(why, format!("{name:?} is no member of a policy; nearest is {nearest}"));
        }
        let long = "x".repeat(10_000);
        for name in ["later", "", "<\u{1b}>", &long] {
            let text = serde_json::to_string(&serde_json::json!({ name: 1 })).unwrap();
            let why = read(&text).unwrap_err();
            assert!(
                why.ends_with(
                    "which may have dailyWindow, collectEvery, discoverEvery, collectionProfile, \
                snmpTimeoutMs, snmpRetries, maintenanceWindow, softwareEvery"
                ),
                "{why}"
            );
            assert!(why.len() < 250 && !why.contains('\u{1b}'), "{why}");
        }
        let distance = |one: &str, other: &str| distance(&bare(one), &bare(other));
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")), (3, 3, 3));
    }
}
