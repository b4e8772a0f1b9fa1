//! Which version is believed in, decided without a clock, a process or a file.

use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is remembered of the versions in a folder, kept durably after every change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// The version that last stood its trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good: Option<String>,
    /// The version that is on trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
    /// Versions that failed and were left for the one before, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rolled_back: Vec<RolledBack>,
}

/// A version on trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Which.
    pub version: String,
    /// How often it ended without having been asked to.
    pub failures: u32,
}

/// A version that was left for the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// Which.
    pub version: String,
    /// The one that is current instead.
    pub to: String,
    /// When.
    pub at: Timestamp,
    /// One sentence.
    pub why: String,
}

/// What to do about the version that is current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it runs on, or is started again.
    GoOn,
    /// It has stood its trial.
    Believe,
    /// Make this version the current one again, for this reason.
    RollBack(String, String),
}

impl Record {
    /// Takes note of the version that is current; says whether it is a new one.
    pub fn sees(&mut self, current: &str) -> bool {
        if self.good.as_deref() == Some(current) {
            // Somebody went back to it by hand, or a crash came between the link and the note of it.
            return self.trial.take().is_some();
        }
        if self.trial.as_ref().is_some_and(|trial| trial.version == current) {
            return false;
        }
        self.trial = Some(Trial { version: current.to_owned(), failures: 0 });
        true
    }

    /// What to do while the current version runs: `healthy` when this run of it said so, `over` when its probation is.
    #[must_use]
    pub fn looked(&self, healthy: bool, over: bool) -> Step {
        match (&self.trial, over, healthy) {
            (Some(_), true, true) => Step::Believe,
            (Some(trial), true, false) => {
                self.back(trial, "it has not said in its probation that it is well")
            }
            _ => Step::GoOn,
        }
    }

    /// What to do when it ended without having been asked to, in this way.
    pub fn ended(&mut self, how: &str) -> Step {
        let Some(trial) = &mut self.trial else { return Step::GoOn };
        trial.failures = trial.failures.saturating_add(1);
        match (trial.failures, &self.trial) {
            (MOST_FAILURES.., Some(trial)) => self.back(
                trial,
                &format!("it ended {} times in its probation, the last time with {how}", trial.failures),
            ),
            _ => Step::GoOn,
        }
    }

    fn back(&self, trial: &Trial, why: &str) -> Step {
        match &self.good {
            Some(good) => Step::RollBack(good.clone(), format!("version {} failed: {why}", trial.version)),
            None => Step::GoOn,
        }
    }

    /// The version on trial has stood it.
    pub fn believe(&mut self) {
        self.good = self.trial.take().map(|trial| trial.version).or(self.good.take());
    }

    /// The version on trial was left for another.
    pub fn rolled_back(&mut self, to: &str, why: &str, at: Timestamp) {
        let Some(Trial { version, .. }) = self.trial.take() else { return };
        self.rolled_back.push(RolledBack { version, to: to.to_owned(), at, why: why.to_owned() });
        let excess = self.rolled_back.len().saturating_sub(MOST_REMEMBERED);
        self.rolled_back.drain(..excess);
    }
}

/// So often may a version on trial end before it has failed: once may be somebody else's doing.
const MOST_FAILURES: u32 = 3;
/// So many versions that failed are remembered, as many as are not tried again.
const MOST_REMEMBERED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_unix_seconds(1)
    }

    /// A record that believes in 1.0 and has 1.1 on trial.
    fn on_trial() -> Record {
        let mut record = Record::default();
        assert!(record.sees("1.0"));
        assert_eq!(record.looked(true, true), Step::Believe);
        record.believe();
        assert!(record.sees("1.1") && !record.sees("1.1"));
        record
    }

    #[test]
    fn a_version_that_is_well_to_the_end_of_its_probation_is_believed_in() {
        let mut record = on_trial();
        assert_eq!(record.looked(true, false), Step::GoOn, "too early");
        assert_eq!(record.ended("signal 9"), Step::GoOn, "once may be somebody else's doing");
        assert_eq!(record.looked(true, true), Step::Believe);
        record.believe();
        assert_eq!((record.good.as_deref(), &record.trial), (Some("1.1"), &None));
    }

    #[test]
    fn one_that_ends_again_and_again_or_is_never_well_is_left_for_the_one_before() {
        let mut record = on_trial();
        assert_eq!((record.ended("1"), record.ended("1")), (Step::GoOn, Step::GoOn));
        let Step::RollBack(to, why) = record.ended("exit code 1") else { panic!("it failed") };
        assert!(
            to == "1.0" && why.contains("1.1") && why.contains("3 times") && why.contains("exit code 1"),
            "{why}"
        );
        let Step::RollBack(to, why) = on_trial().looked(false, true) else { panic!("it failed") };
        assert!(to == "1.0" && why.contains("well"), "{why}");
    }

    #[test]
    fn where_both_are_bad_it_stays_with_the_one_before_and_never_goes_forth_again() {
        let mut record = on_trial();
        record.rolled_back("1.0", "it failed", at());
        assert!(!record.sees("1.0"), "no trial for what is believed in");
        for _ in 0..99 {
            assert_eq!(record.ended("exit code 1"), Step::GoOn);
            assert_eq!(record.looked(false, true), Step::GoOn);
        }
        assert_eq!(record.rolled_back[0].version, "1.1");
    }

    #[test]
    fn where_there_is_none_before_the_only_one_goes_on() {
        let mut record = Record::default();
        record.sees("1.0");
        for _ in 0..9 {
            assert_eq!((record.ended("1"), record.looked(false, true)), (Step::GoOn, Step::GoOn));
        }
        assert_eq!(record.looked(true, true), Step::Believe, "late is not never");
    }

    #[test]
    fn one_that_came_before_the_last_had_stood_its_trial_goes_back_to_the_last_that_had() {
        let mut record = on_trial();
        assert!(record.sees("1.2"));
        assert_eq!(record.trial, Some(Trial { version: "1.2".into(), failures: 0 }));
        assert!(matches!(record.looked(false, true), Step::RollBack(to, _) if to == "1.0"));
        assert!(record.sees("1.0") && record.trial.is_none(), "went back by hand");
    }
}
