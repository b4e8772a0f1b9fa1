//! Which version is believed in, decided without a clock, a process or a file.

use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

/// How long a version on trial is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long it has to go on after it said that it is well.
    pub probation: Duration,
    /// How long it may take to say so: its first reading is over by then.
    pub patience: Duration,
}

/// What is heard of the version that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing, for so long.
    Nothing(Duration),
    /// It said that it is well, so long ago.
    Well(Duration),
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

    /// What to do while the current version runs, by what is heard of this run of it.
    #[must_use]
    pub fn looked(&self, heard: Heard, terms: &Terms) -> Step {
        match (&self.trial, heard) {
            (Some(_), Heard::Well(since)) if since >= terms.probation => Step::Believe,
            (Some(trial), Heard::Nothing(since)) if since >= terms.patience => {
                let patience = terms.patience.as_secs();
                self.back(trial, &format!("it has not said within {patience} s that it is well"))
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

    const TERMS: Terms = Terms { probation: Duration::from_secs(600), patience: Duration::from_secs(900) };
    const WELL_LONG: Heard = Heard::Well(TERMS.probation);
    const SILENT_LONG: Heard = Heard::Nothing(TERMS.patience);

    fn at() -> Timestamp {
        Timestamp::from_unix_seconds(1)
    }

    /// A record that believes in 1.0 and has 1.1 on trial.
    fn on_trial() -> Record {
        let mut record = Record::default();
        assert!(record.sees("1.0"));
        assert_eq!(record.looked(WELL_LONG, &TERMS), Step::Believe);
        record.believe();
        assert!(record.sees("1.1") && !record.sees("1.1"));
        record
    }

    #[test]
    fn a_version_that_is_well_to_the_end_of_its_probation_is_believed_in() {
        let mut record = on_trial();
        let early = Heard::Well(TERMS.probation - Duration::from_secs(1));
        assert_eq!(record.looked(early, &TERMS), Step::GoOn, "too early");
        assert_eq!(record.ended("signal 9"), Step::GoOn, "once may be somebody else's doing");
        assert_eq!(record.looked(WELL_LONG, &TERMS), Step::Believe);
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
        let Step::RollBack(to, why) = on_trial().looked(SILENT_LONG, &TERMS) else { panic!("it failed") };
        assert!(to == "1.0" && why.contains("within 900 s"), "{why}");
    }

    #[test]
    fn a_first_reading_may_outlast_the_probation_but_not_the_patience() {
        let record = on_trial();
        for silent in [TERMS.probation, TERMS.patience - Duration::from_secs(1)] {
            assert_eq!(record.looked(Heard::Nothing(silent), &TERMS), Step::GoOn, "{silent:?}");
        }
        assert_eq!(record.looked(Heard::Well(Duration::ZERO), &TERMS), Step::GoOn, "its probation begins");
        assert!(matches!(record.looked(SILENT_LONG, &TERMS), Step::RollBack(..)));
    }

    #[test]
    fn where_both_are_bad_it_stays_with_the_one_before_and_never_goes_forth_again() {
        let mut record = on_trial();
        record.rolled_back("1.0", "it failed", at());
        assert!(!record.sees("1.0"), "no trial for what is believed in");
        for _ in 0..99 {
            assert_eq!(record.ended("exit code 1"), Step::GoOn);
            assert_eq!(record.looked(SILENT_LONG, &TERMS), Step::GoOn);
        }
        assert_eq!(record.rolled_back[0].version, "1.1");
    }

    #[test]
    fn where_there_is_none_before_the_only_one_goes_on() {
        let mut record = Record::default();
        record.sees("1.0");
        for _ in 0..9 {
            let looked = record.looked(SILENT_LONG, &TERMS);
            assert_eq!((record.ended("1"), looked), (Step::GoOn, Step::GoOn));
        }
        assert_eq!(record.looked(WELL_LONG, &TERMS), Step::Believe, "late is not never");
    }

    #[test]
    fn one_that_came_before_the_last_had_stood_its_trial_goes_back_to_the_last_that_had() {
        let mut record = on_trial();
        assert!(record.sees("1.2"));
        assert_eq!(record.trial, Some(Trial { version: "1.2".into(), failures: 0 }));
        assert!(matches!(record.looked(SILENT_LONG, &TERMS), Step::RollBack(to, _) if to == "1.0"));
        assert!(record.sees("1.0") && record.trial.is_none(), "went back by hand");
    }
}
