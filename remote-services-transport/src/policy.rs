//! Settings that the server wishes for, as far as the site lets it.
//!
//! ```text
//! lockdown, or remote settings switched off ─▶ nobody asks, and what was kept counts no more
//! normal ── GET policy, If-None-Match ─▶ 200 kept durably ─▶ each setting: within local limits ─▶ applied
//!                                      ╲─▶ 304 as before                    ╲─▶ beyond ─▶ not applied, told
//!                                      ╲─▶ 204 404 no wishes
//! ```
//!
//! What this version does not know is kept with the rest, so that a version that does finds it.
//!
//! [`apply`] is a pure function of the wish and the limits: a wish beyond a limit, or of another type than it has, is left out as a
//! whole, never bent, and takes no other with it. What is no JSON object at all is no policy, and what was known stays.

use crate::document::{Policy, expand, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::NextStep;
use remote_services_core::mode::SecurityMode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// The policy as it was last heard, to be kept durably.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeptPolicy {
    /// The server's version of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What it wishes.
    pub policy: Policy,
}

/// What an answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyOutcome {
    /// There are other wishes than before; to be kept.
    Changed,
    /// All is as it was.
    Same,
    /// The server could not say, or what it said is no policy.
    Failed {
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
}

impl KeptPolicy {
    /// What to ask.
    #[must_use]
    pub fn request(&self, template: &str, client: Uuid) -> Request<'static> {
        let path = expand(template, &[("client", &client.to_string())]);
        let request = Request::new(Method::Get, path).with("accept", names::JSON);
        match &self.etag {
            Some(etag) => request.with("if-none-match", etag.clone()),
            None => request,
        }
    }

    /// Takes the answer in.
    pub fn handle(&mut self, answer: &Answer) -> PolicyOutcome {
        let (step, why) = answer.verdict(names::JSON);
        let heard = match (step, answer.status) {
            (_, 200) => match serde_json::from_slice(&answer.body) {
                Ok(policy) => Self { etag: answer.etag().map(str::to_owned), policy },
                Err(error) => {
                    // It may quote the document.
                    let why: String = error.to_string().chars().take(LONGEST_WHY).collect();
                    let why = format!("the policy cannot be read: {why}");
                    return PolicyOutcome::Failed { step: NextStep::Unknown, why };
                }
            },
            (NextStep::GoOn, 304) => return PolicyOutcome::Same,
            // A server without policies says so in its own words.
            (NextStep::GoOn | NextStep::Gone, _) => Self::default(),
            (step, _) => return PolicyOutcome::Failed { step, why },
        };
        if *self == heard {
            return PolicyOutcome::Same;
        }
        *self = heard;
        PolicyOutcome::Changed
    }
}

/// What the site lets a server set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalLimits {
    /// Whether it may set anything.
    pub remote_settings: bool,
    /// Seconds between two readings of all devices (default one hour to one week).
    pub collect_every: RangeInclusive<u32>,
    /// Seconds between two searches for devices (default one hour to thirty days).
    pub discover_every: RangeInclusive<u32>,
    /// Milliseconds to wait for a device's first answer (default 0.2 to 10 seconds).
    pub snmp_timeout_ms: RangeInclusive<u32>,
    /// How often a silent device is asked again (default 0 to 5 times).
    pub snmp_retries: RangeInclusive<u32>,
    /// Seconds between two questions for newer software (default one hour to thirty days).
    pub software_every: RangeInclusive<u32>,
    /// Whose limits these are, as it stands before them in what is told of a wish beyond (default `the site's`).
    pub whose: &'static str,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self {
            remote_settings: true,
            collect_every: 3_600..=604_800,
            discover_every: 3_600..=2_592_000,
            snmp_timeout_ms: 200..=10_000,
            snmp_retries: 0..=5,
            software_every: 3_600..=2_592_000,
            whose: "the site's",
        }
    }
}

/// Seconds of the day that a daily window stands for.
const DAY: u32 = 86_400;

/// Whether the client asks for a policy at all.
#[must_use]
pub fn may_ask(mode: SecurityMode, limits: &LocalLimits) -> bool {
    mode == SecurityMode::Normal && limits.remote_settings
}

/// The wishes that are applied, and one sentence about each that is not. `is_window` says whether a text is a window.
#[must_use]
pub fn apply(
    policy: &Policy,
    mode: SecurityMode,
    limits: &LocalLimits,
    is_window: &dyn Fn(&str) -> bool,
) -> (Policy, Vec<String>) {
    if !may_ask(mode, limits) {
        return (Policy::default(), Vec::new());
    }
    let mut left_out = Vec::new();
    let (others, whose) = (&policy.others, limits.whose);
    let mut window = |name: &str, wish: &Option<String>| {
        let kept = wish.clone().filter(|text| is_window(text));
        if (wish.is_some() || others.contains_key(name)) && kept.is_none() {
            left_out.push(format!("{name} is no window HH:MM-HH:MM"));
        }
        kept
    };
    let mut daily_window = window("dailyWindow", &policy.daily_window);
    let maintenance_window = window("maintenanceWindow", &policy.maintenance_window);
    // A window is a reading a day.
    if !limits.collect_every.contains(&DAY) && daily_window.take().is_some() {
        let (from, to) = (limits.collect_every.start(), limits.collect_every.end());
        left_out.push(format!(
            "dailyWindow, which is a reading each {DAY} seconds, is not within {whose} {from} to {to}"
        ));
    }
    let collection_profile =
        policy.collection_profile.clone().filter(|name| [USUAL, DETAILED].contains(&name.as_str()));
    let is_wished = policy.collection_profile.is_some() || others.contains_key("collectionProfile");
    if is_wished && collection_profile.is_none() {
        left_out.push(format!("collectionProfile is neither {USUAL} nor {DETAILED}"));
    }
    let mut number = |name: &str, wish: Option<u32>, limits: &RangeInclusive<u32>| {
        let kept = wish.filter(|number| limits.contains(number));
        let wished = wish.map(Number::from);
        let (from, to) = (limits.start(), limits.end());
        let beyond = match others.get(name) {
            Some(Value::Number(number)) if !number.is_f64() => Some(number),
            Some(_) => {
                left_out.push(format!("{name} is no whole number within {whose} {from} to {to}"));
                None
            }
            None => wished.as_ref().filter(|_| kept.is_none()),
        };
        if let Some(number) = beyond {
            left_out.push(format!("{name} {number} is not within {whose} {from} to {to}"));
        }
        kept
    };
    let applied = Policy {
        daily_window,
        collect_every: number("collectEvery", policy.collect_every, &limits.collect_every),
        discover_every: number("discoverEvery", policy.discover_every, &limits.discover_every),
        collection_profile,
        snmp_timeout_ms: number("snmpTimeoutMs", policy.snmp_timeout_ms, &limits.snmp_timeout_ms),
        snmp_retries: number("snmpRetries", policy.snmp_retries, &limits.snmp_retries),
        maintenance_window,
        software_every: number("softwareEvery", policy.software_every, &limits.software_every),
        others: Map::new(),
    };
    let unknown = others.keys().filter(|name| !Policy::MEMBERS.contains(&name.as_str()));
    for name in unknown.take(MOST_TOLD) {
        let name: String = name.chars().take(40).collect();
        left_out.push(format!("{name:?} is nothing that this version knows"));
    }
    (applied, left_out)
}

/// Without how the device is used.
pub const USUAL: &str = "usual";
/// With how the device is used.
pub const DETAILED: &str = "detailed";
/// So many wishes that are not known are told of.
const MOST_TOLD: usize = 8;
/// Characters of what is told of a document that cannot be read.
const LONGEST_WHY: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(status: u16, body: &str) -> Answer {
        let fields = vec![("etag".to_owned(), "\"p1\"".to_owned())];
        Answer { status, fields, body: body.as_bytes().to_vec() }
    }

    fn is_window(text: &str) -> bool {
        text.len() == 11 && text.contains('-')
    }

    #[test]
    fn a_daily_window_is_within_the_bounds_of_readings_or_left_out() {
        let wish = Policy { daily_window: Some("02:00-04:00".into()), ..Policy::default() };
        let with = |collect_every| {
            let limits = LocalLimits { collect_every, ..LocalLimits::default() };
            apply(&wish, SecurityMode::Normal, &limits, &|_| true)
        };
        assert_eq!(with(3_600..=86_400).0, wish);
        for (bounds, words) in [(172_800..=604_800, "172800 to 604800"), (60..=3_600, "60 to 3600")] {
            let (applied, left_out) = with(bounds);
            assert_eq!(applied, Policy::default());
            assert!(left_out.len() == 1 && left_out[0].ends_with(words), "{left_out:?}");
        }
    }

    #[test]
    fn a_policy_is_kept_until_the_server_has_another() {
        let mut kept = KeptPolicy::default();
        assert_eq!(kept.handle(&answer(200, r#"{"collectEvery":7200,"later":1}"#)), PolicyOutcome::Changed);
        assert!(
            kept.request(names::POLICY, Uuid::nil()).fields.contains(&("if-none-match", "\"p1\"".into()))
        );
        assert_eq!(kept.handle(&answer(304, "")), PolicyOutcome::Same);
        for broken in [answer(200, "["), answer(503, ""), answer(404, "<html>")] {
            assert!(matches!(kept.handle(&broken), PolicyOutcome::Failed { .. }));
            assert_eq!(kept.policy.collect_every, Some(7200), "what was known stays");
        }
        assert_eq!(kept.handle(&answer(204, "")), PolicyOutcome::Changed);
        assert_eq!(kept, KeptPolicy::default());
    }

    #[test]
    fn what_this_version_does_not_know_is_kept_for_one_that_does_and_told() {
        let mut kept = KeptPolicy::default();
        let body = r#"{"collectEvery":7200,"alertProfiles":{"night":["jam"]}}"#;
        kept.handle(&answer(200, body));
        let again: KeptPolicy = serde_json::from_slice(&serde_json::to_vec(&kept).unwrap()).unwrap();
        assert_eq!(again, kept);
        assert_eq!(
            serde_json::to_value(&again.policy).unwrap(),
            serde_json::from_str::<Value>(body).unwrap()
        );
        let (applied, told) = apply(&kept.policy, SecurityMode::Normal, &LocalLimits::default(), &is_window);
        assert_eq!((applied.collect_every, applied.others.len()), (Some(7200), 0));
        assert_eq!(told, ["\"alertProfiles\" is nothing that this version knows"]);
    }

    #[test]
    fn wishes_beyond_a_limit_are_left_out_and_told() {
        let wish = Policy {
            daily_window: Some("02:00-04:00".into()),
            collect_every: Some(1),
            discover_every: Some(86_400),
            collection_profile: Some("everything".into()),
            snmp_timeout_ms: Some(60_000),
            snmp_retries: Some(6),
            maintenance_window: Some("whenever".into()),
            software_every: Some(86_400),
            ..Policy::default()
        };
        let (applied, told) = apply(&wish, SecurityMode::Normal, &LocalLimits::default(), &is_window);
        assert_eq!(applied.daily_window.as_deref(), Some("02:00-04:00"));
        assert_eq!((applied.collect_every, applied.software_every), (None, Some(86_400)));
        assert_eq!((applied.maintenance_window, applied.collection_profile), (None, None));
        assert_eq!((applied.discover_every, applied.snmp_timeout_ms), (Some(86_400), None));
        assert_eq!(applied.snmp_retries, None);
        assert_eq!(told.len(), 5, "{told:?}");
    }

    #[test]
    fn a_wish_of_another_type_is_left_out_and_told_by_itself() {
        let told = |body: &str| {
            let mut kept = KeptPolicy::default();
            assert_eq!(kept.handle(&answer(200, body)), PolicyOutcome::Changed, "{body}");
            let (applied, told) =
                apply(&kept.policy, SecurityMode::Normal, &LocalLimits::default(), &is_window);
            assert_eq!(applied.discover_every, Some(86_400), "{body}");
            assert_eq!(Policy { discover_every: None, ..applied }, Policy::default(), "{body}");
            told
        };
        for (wish, why) in [
            (r#""dailyWindow":["02:00-04:00"]"#, "dailyWindow is no window HH:MM-HH:MM"),
            (r#""maintenanceWindow":2"#, "maintenanceWindow is no window HH:MM-HH:MM"),
            (r#""collectionProfile":{}"#, "collectionProfile is neither usual nor detailed"),
            (r#""collectEvery":7200.0"#, "collectEvery is no whole number within the site's 3600 to 604800"),
            (r#""snmpTimeoutMs":1e3"#, "snmpTimeoutMs is no whole number within the site's 200 to 10000"),
            (
                r#""softwareEvery":"often""#,
                "softwareEvery is no whole number within the site's 3600 to 2592000",
            ),
            (r#""snmpRetries":-5"#, "snmpRetries -5 is not within the site's 0 to 5"),
            (
                r#""collectEvery":18446744073709551615"#,
                "collectEvery 18446744073709551615 is not within the site's 3600 to 604800",
            ),
        ] {
            assert_eq!(told(&format!(r#"{{{wish},"discoverEvery":86400}}"#)), [why]);
        }
    }

    #[test]
    fn what_is_told_of_a_document_that_cannot_be_read_has_an_end() {
        let outcome = KeptPolicy::default().handle(&answer(200, &format!("{:?}", "x".repeat(10_000))));
        let PolicyOutcome::Failed { why, .. } = outcome else { panic!("{outcome:?}") };
        assert!(why.starts_with("the policy cannot be read: ") && why.len() < 300, "{why}");
    }

    proptest! {
        #[test]
        fn in_lockdown_or_without_leave_no_wish_is_applied(every: u32, remote_settings: bool) {
            let wish = Policy { collect_every: Some(every), ..Policy::default() };
            let limits = LocalLimits { remote_settings, ..LocalLimits::default() };
            let (applied, _) = apply(&wish, SecurityMode::Lockdown, &limits, &is_window);
            prop_assert_eq!(applied, Policy::default());
            let (applied, _) = apply(&wish, SecurityMode::Normal, &limits, &is_window);
            let within = remote_settings && limits.collect_every.contains(&every);
            prop_assert_eq!(applied.collect_every, within.then_some(every));
        }
    }
}
