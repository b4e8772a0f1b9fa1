//! Faults on the command line: `loss=0.1,latencyMs=50,genErr=1.3.6.1.2.1.43.11`.

use super::Faults;
use std::fmt;
use std::str::FromStr;

/// Why text names no faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultError {
    /// There is no fault of this name.
    Name(String),
    /// Its value cannot be.
    Value {
        /// The fault.
        name: String,
        /// What its value would be.
        expected: &'static str,
    },
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            let wrong = |expected| FaultError::Value { name: name.to_owned(), expected };
            let share =
                || value.and_then(|value| value.parse().ok()).ok_or_else(|| wrong("a share from 0 to 1"));
            let number = || value.and_then(|value| value.parse().ok()).ok_or_else(|| wrong("a whole number"));
            let subtree = || {
                let value = value.ok_or_else(|| wrong("an object identifier"))?;
                value.parse().map_err(|_| wrong("an object identifier"))
            };
            match name {
                "loss" => faults.loss = share()?,
                "dropEvery" => faults.drop_every = number()?,
                "latencyMs" => faults.latency_ms = number()?,
                "jitterMs" => faults.jitter_ms = number()?,
                "silent" if value.is_none() => faults.silent = true,
                "duplicates" => faults.duplicates = share()?,
                "truncated" => faults.truncated = share()?,
                "wrongRequestId" => faults.wrong_request_id = share()?,
                "surplus" => faults.surplus = share()?,
                "genErr" => faults.gen_err.0.push(subtree()?),
                "wrongTypes" => faults.wrong_types.0.push(subtree()?),
                "lies" => faults.lies.0.push(subtree()?),
                "notIncreasing" => faults.not_increasing.0.push(subtree()?),
                "maxMessageSize" => faults.max_message_size = Some(number()?),
                other => return Err(FaultError::Name(other.to_owned())),
            }
        }
        faults.check()?;
        Ok(faults)
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} is no fault: loss, dropEvery, latencyMs, jitterMs, silent, duplicates, truncated, \
                 wrongRequestId, surplus, genErr, wrongTypes, lies, notIncreasing, maxMessageSize"
            ),
            Self::Value { name, expected } => write!(f, "{name} takes {expected}"),
        }
    }
}

impl std::error::Error for FaultError {}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    #[test]
    fn words_and_json_say_the_same() {
        let text =
            "loss=0.25, latencyMs=40,silent,genErr=1.3.6.1.2.1.43.11,genErr=1.3.6.1.4,maxMessageSize=484";
        let faults: Faults = text.parse().unwrap();
        assert_eq!(faults.gen_err.0, [oid!("1.3.6.1.2.1.43.11"), oid!("1.3.6.1.4")]);
        let json = serde_json::to_string(&faults).unwrap();
        assert_eq!(serde_json::from_str::<Faults>(&json).unwrap(), faults);
        let partial: Faults = serde_json::from_str(r#"{"genErr": ["1.3.6.1.4"], "silent": true}"#).unwrap();
        assert!(partial.silent && partial.touch_objects() && partial.touch_datagrams());
        assert_eq!("".parse::<Faults>(), Ok(Faults::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, why) in [
            ("lost=1", "\"lost\" is no fault"),
            ("loss=2", "loss takes a share"),
            ("loss", "loss takes a share"),
            ("genErr=x", "genErr takes an object identifier"),
            ("maxMessageSize=100", "maxMessageSize takes 484"),
        ] {
            let error = text.parse::<Faults>().unwrap_err().to_string();
            assert!(error.starts_with(why), "{text}: {error}");
        }
        assert!(serde_json::from_str::<Faults>(r#"{"lost": 1}"#).is_err());
    }
}
