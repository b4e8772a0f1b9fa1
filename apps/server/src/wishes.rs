//! What an operator wishes of a client's settings, checked before it is kept.

use remote_services_core::mode::SecurityMode;
use remote_services_transport::document::Policy;
use remote_services_transport::policy::{LocalLimits, apply};
use remote_services_transport::schedule::DailyWindow;

/// The policy that a text is, unless no client could apply one of its wishes. What this version does not know may be known to
/// a client.
///
/// # Errors
/// One sentence about the first thing that is wrong.
pub(crate) fn read(text: &str) -> Result<Policy, String> {
    let policy: Policy = serde_json::from_str(text).map_err(|error| format!("the document: {error}"))?;
    let paces = 60..=u32::MAX;
    let limits = LocalLimits {
        remote_settings: true,
        collect_every: paces.clone(),
        discover_every: paces.clone(),
        snmp_timeout_ms: 10..=60_000,
        snmp_retries: 0..=20,
        software_every: paces,
    };
    let mut known = policy.clone();
    known.others.retain(|name, _| Policy::MEMBERS.contains(&name.as_str()));
    let is_window = |text: &str| text.parse::<DailyWindow>().is_ok();
    let (_, wrong) = apply(&known, SecurityMode::Normal, &limits, &is_window);
    wrong.into_iter().next().map_or(Ok(policy), Err)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[test]
    fn what_no_client_could_apply_is_refused_and_what_a_later_one_may_know_is_not() {
        assert_eq!(read(r#"{"collectEvery":60,"later":true}"#).unwrap().collect_every, Some(60));
        for (text, why) in [
            (r#"{"dailyWindow":"at night"}"#, "dailyWindow is no window"),
            (r#"{"collectionProfile":"all"}"#, "collectionProfile is neither"),
            (r#"{"collectEvery":"often","later":true}"#, "collectEvery is no whole number"),
            (r#"{"snmpRetries":-1}"#, "snmpRetries -1 is not within"),
            (r#"{"dailyWindow":["02:00-04:00"]}"#, "dailyWindow is no window"),
            (r#"{"collectEvery":0}"#, "collectEvery"),
            (r#"{"snmpTimeoutMs":0}"#, "snmpTimeoutMs"),
            (r#"{"snmpRetries":4000000000}"#, "snmpRetries"),
            ("[", "the document: "),
        ] {
            assert!(read(text).unwrap_err().contains(why), "{text}");
        }
    }
}
