use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;

/// What a server wishes of a client's settings; the body of `GET clients/{client}/policy`. Absent members wish nothing.
///
/// Each member is read by itself: one whose value is of another type than here takes no other with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// When the daily work is done, in local time: `HH:MM-HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_window: Option<String>,
    /// Seconds between two readings of all devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collect_every: Option<u32>,
    /// Seconds between two searches for devices; in between those are read that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discover_every: Option<u32>,
    /// How much is read of each device: `usual`, or `detailed` with how it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_profile: Option<String>,
    /// Milliseconds to wait for a device's first answer by SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp_timeout_ms: Option<u32>,
    /// How often a device that is silent is asked again by SNMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snmp_retries: Option<u32>,
    /// When software may be installed, in local time: `HH:MM-HH:MM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
    /// Seconds between two questions for newer software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_every: Option<u32>,
    /// What this version does not know, as it came, be it a member or the type of one in [`MEMBERS`](Self::MEMBERS): a later
    /// one may know it.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Policy {
    /// The members that this version knows.
    pub const MEMBERS: [&str; 8] = [
        "dailyWindow",
        "collectEvery",
        "discoverEvery",
        "collectionProfile",
        "snmpTimeoutMs",
        "snmpRetries",
        "maintenanceWindow",
        "softwareEvery",
    ];

    fn take(&mut self, name: String, value: Value) {
        let is_read = match name.as_str() {
            "dailyWindow" => read(&mut self.daily_window, &value),
            "collectEvery" => read(&mut self.collect_every, &value),
            "discoverEvery" => read(&mut self.discover_every, &value),
            "collectionProfile" => read(&mut self.collection_profile, &value),
            "snmpTimeoutMs" => read(&mut self.snmp_timeout_ms, &value),
            "snmpRetries" => read(&mut self.snmp_retries, &value),
            "maintenanceWindow" => read(&mut self.maintenance_window, &value),
            "softwareEvery" => read(&mut self.software_every, &value),
            _ => false,
        };
        if !is_read {
            self.others.insert(name, value);
        }
    }
}

/// Whether the value is one of this member.
fn read<'a, T: Deserialize<'a>>(member: &mut Option<T>, value: &'a Value) -> bool {
    Deserialize::deserialize(value).map(|wish| *member = wish).is_ok()
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Wishes)
    }
}

struct Wishes;

impl<'de> Visitor<'de> for Wishes {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of wishes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Policy, A::Error> {
        let (mut policy, mut seen) = (Policy::default(), BTreeSet::new());
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if let Some(known) = Policy::MEMBERS.iter().find(|known| **known == name)
                && !seen.insert(known)
            {
                return Err(A::Error::duplicate_field(known));
            }
            policy.take(name, value);
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all() -> Policy {
        Policy {
            daily_window: Some("01:00-02:00".into()),
            collect_every: Some(1),
            discover_every: Some(2),
            collection_profile: Some("usual".into()),
            snmp_timeout_ms: Some(3),
            snmp_retries: Some(4),
            maintenance_window: Some("02:00-03:00".into()),
            software_every: Some(u32::MAX),
            others: Map::new(),
        }
    }

    #[test]
    fn all_members_are_read_as_they_are_written() {
        let written = serde_json::to_value(all()).unwrap();
        let names: BTreeSet<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(Policy::MEMBERS));
        assert_eq!(serde_json::from_value::<Policy>(written).unwrap(), all());
    }

    #[test]
    fn a_value_of_another_type_takes_no_other_member_with_it_and_is_kept() {
        let numbers =
            [json!("x"), json!(-5), json!(7200.0), json!(4_294_967_296_u64), json!([1]), json!(true)];
        let texts = [json!(1), json!(["01:00-02:00"]), json!({ "from": "01:00" })];
        let whole = serde_json::to_value(all()).unwrap();
        for name in Policy::MEMBERS {
            let others = if whole[name].is_string() { &texts[..] } else { &numbers[..] };
            for other in others {
                let mut document = whole.clone();
                document[name] = other.clone();
                let policy: Policy = serde_json::from_value(document.clone()).unwrap();
                assert_eq!(policy.others, Map::from_iter([(name.to_owned(), other.clone())]));
                assert_eq!(serde_json::to_value(&policy).unwrap(), document);
                let mut without = document;
                without.as_object_mut().unwrap().remove(name);
                let without: Policy = serde_json::from_value(without).unwrap();
                assert_eq!(Policy { others: Map::new(), ..policy }, without);
            }
        }
    }

    #[test]
    fn a_number_that_is_kept_is_written_as_the_one_that_came() {
        let policy: Policy = serde_json::from_str(r#"{"later":924.11245263624265571e-16}"#).unwrap();
        let again: Policy = serde_json::from_slice(&serde_json::to_vec(&policy).unwrap()).unwrap();
        assert_eq!(again, policy);
    }

    #[test]
    fn what_is_no_object_or_names_a_member_twice_is_no_policy() {
        let deep = format!(r#"{{"later":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        for text in [
            "[]",
            "null",
            "7",
            "\"x\"",
            r#"{"collectEvery":7200"#,
            r#"{"collectEvery":7200,"collectEvery":7200}"#,
            r#"{"snmpRetries":"x","snmpRetries":1}"#,
            &deep,
        ] {
            assert!(serde_json::from_str::<Policy>(text).is_err(), "{text}");
        }
        let nothing: Policy = serde_json::from_str(r#"{"snmpRetries":null}"#).unwrap();
        assert_eq!(nothing, Policy::default());
    }
}
